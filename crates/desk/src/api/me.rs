//! Who asks, what they may do, how the exchange is reached; the words of pick lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use utoipa::ToSchema;
use yichuan_document::inspection::ReturnReason;
use yichuan_document::level::Ceiling;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{ContactOutcome, PermitReason, RecallReason, RecallReply};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{AccountId, Classification};
use yichuan_unit::lang::{is_chinese, say, within};
use yichuan_unit::office::mirror::Mirror;
use yichuan_unit::office::sealing::kept_seals;
use yichuan_unit::office::staff::stand_ins;

use crate::desk::Desk;
use crate::entry::{Sitting, Spoken, ticket};
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Numbered, Time, UnitRef};

/// Who is signed in, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    account: String,
    unit: UnitRef,
    roles: Vec<Coded>,
    device: String,
    pages: Vec<&'static str>,
    acts: Vec<&'static str>,
    password_until: Option<Time>,
    language: &'static str,
    seals: Vec<Kept>,
}

/// A seal that the account keeps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kept {
    id: String,
    name: String,
    electronic: bool,
    /// The token that its key is on; none where it is in the keystore.
    token: Option<String>,
    width_mm: Option<u32>,
    height_mm: Option<u32>,
}

/// How the exchange is reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeskState {
    /// `connected` or `away`.
    exchange: &'static str,
    since: Time,
    now: Time,
    /// The program's version.
    server: &'static str,
    /// The unit's last event.
    events: u64,
    /// Whether the pages are built in.
    web: bool,
}

/// What each role sees and does. The list is for the browser's menu; whether an act is allowed is
/// decided where it is done.
const ROLES: [(Role, &[&str], &[&str]); 8] = [
    (
        Role::Send,
        &["work", "compose", "sent", "printing", "registers"],
        &[
            "compose",
            "submit",
            "withdraw",
            "inquire",
            "acknowledge",
            "contact",
            "recall",
            "supplement",
            "resend",
            "more-copies",
            "extension-decide",
            "number",
            "note",
            "figures",
        ],
    ),
    (
        Role::Receive,
        &["work", "received", "printing", "registers"],
        &[
            "fetch",
            "sign",
            "return",
            "refuse-delivery",
            "recall-answer",
            "extension-ask",
            "register",
            "permission-ask",
            "permission-carry",
            "assign",
            "reply",
            "contact",
            "note",
            "figures",
        ],
    ),
    (
        Role::Approve,
        &["work", "approve", "sent", "printing", "registers"],
        &[
            "approve",
            "refuse",
            "permission-decide",
            "supplement-decide",
            "inquire",
            "recall",
            "more-copies",
            "extension-decide",
            "delegate",
            "note",
            "figures",
        ],
    ),
    (
        Role::Seal,
        &["work", "seal", "sent", "supervision"],
        &["seal", "figures"],
    ),
    (
        Role::Manage,
        &["work", "registers", "supervision", "authority"],
        &["assign", "apply", "figures"],
    ),
    (
        Role::Archive,
        &["work", "archive", "registers"],
        &["figures"],
    ),
    (
        Role::Audit,
        &["work", "audit", "supervision"],
        &["audit", "figures"],
    ),
    (
        Role::Authority,
        &["work", "supervision", "authority"],
        &["authority", "extension-decide", "figures"],
    ),
];

/// The order of pages in the menu.
const PAGES: [&str; 15] = [
    "work",
    "compose",
    "approve",
    "seal",
    "sent",
    "received",
    "printing",
    "registers",
    "archive",
    "supervision",
    "authority",
    "audit",
    "evidence",
    "staff",
    "settings",
];

/// The roles of an account, with what it stands in for.
pub(crate) fn roles(roster: &Roster, account: &AccountId) -> Vec<Role> {
    let mut roles = roster
        .account(account)
        .map_or_else(Vec::new, |record| record.roles);
    let stands_in = stand_ins(roster, yichuan_unit::now()).contains(account);
    if stands_in && !roles.contains(&Role::Approve) {
        roles.push(Role::Approve);
    }
    roles
}

/// What an account with these roles may do.
pub(crate) fn acts(roles: &[Role]) -> BTreeSet<&'static str> {
    let rows = ROLES.iter().filter(|row| roles.contains(&row.0));
    rows.flat_map(|row| row.2).copied().collect()
}

/// The roster as this computer has it: of the session, else the copy that is kept.
pub(crate) async fn roster(at: &mut At<'_>) -> Result<Roster, Problem> {
    if let Some(session) = at.session_if_reached().await? {
        return Ok(session.mirror.roster().clone());
    }
    let mirror = Mirror::load(at.home.folder(), &at.held.place.pin)?;
    let mirror = mirror.ok_or_else(Problem::away)?;
    Ok(mirror.roster().clone())
}

/// Who is signed in
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = Me)))]
pub(crate) async fn me(sitting: Sitting) -> Result<Json<Me>, Problem> {
    let me = sitting.act(async |at| {
        let roster = roster(at).await?;
        let account = at.held.unlocked.account.clone();
        let roles = roles(&roster, &account);
        let rows = ROLES.iter().filter(|row| roles.contains(&row.0));
        let seen: BTreeSet<&str> = rows
            .flat_map(|row| row.1)
            .copied()
            .chain(["evidence", "staff", "settings"])
            .collect();
        let (session, unlocked) = (at.held.session.as_ref(), &at.held.unlocked);
        let kept = |(id, grant): (
            yichuan_document::SealId,
            yichuan_document::roster::record::SealGrant,
        )| Kept {
            id: id.to_string(),
            token: unlocked
                .seal_keys(&grant)
                .ok()
                .and_then(|keys| keys.own.token().map(ToString::to_string)),
            name: grant.name,
            electronic: grant.ses.is_some(),
            width_mm: None,
            height_mm: None,
        };
        Ok(Me {
            unit: UnitRef::of(&roster, &account.unit()),
            roles: roles
                .iter()
                .map(|role| Coded::new(role.zh(), role.en()))
                .collect(),
            device: at.held.unlocked.device.to_string(),
            pages: PAGES
                .into_iter()
                .filter(|page| seen.contains(page))
                .collect(),
            acts: acts(&roles).into_iter().collect(),
            password_until: session
                .and_then(|session| session.password_until)
                .map(Time::from),
            language: if is_chinese() { "zh" } else { "en" },
            seals: kept_seals(&roster, &account)
                .into_iter()
                .map(kept)
                .collect(),
            account: account.to_string(),
        })
    });
    Ok(Json(me.await?))
}

/// How the exchange is reached
#[utoipa::path(get, path = "/api/v1/state", tag = "session",
    responses((status = 200, body = DeskState)))]
pub(crate) async fn state(
    State(desk): State<Arc<Desk>>,
    request: Request,
) -> Result<Json<DeskState>, Problem> {
    let (parts, _) = request.into_parts();
    let seat = ticket(&parts, &desk).and_then(|ticket| desk.of_ticket(ticket));
    let seat = seat.ok_or_else(Problem::signed_out)?;
    let standing = seat.standing();
    Ok(Json(DeskState {
        exchange: if standing.connected {
            "connected"
        } else {
            "away"
        },
        since: standing.since.into(),
        now: yichuan_unit::now().into(),
        server: env!("CARGO_PKG_VERSION"),
        events: standing.events,
        web: crate::web::IS_BUILT,
    }))
}

/// The words of pick lists.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Words {
    levels: Vec<Coded>,
    urgencies: Vec<Coded>,
    kinds: Vec<Coded>,
    roles: Vec<Coded>,
    return_reasons: Vec<Numbered>,
    recall_reasons: Vec<Numbered>,
    recall_replies: Vec<Numbered>,
    permit_reasons: Vec<Numbered>,
    contact_outcomes: Vec<Numbered>,
    delivery_states: Vec<Coded>,
    stages: Vec<Coded>,
    limits: Limits,
}

/// What bounds what is entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limits {
    files_max: usize,
    file_bytes_max: u64,
    recall_units_max: usize,
}

fn numbered(code: u16, zh: &str, en: &str, needs_text: bool) -> Numbered {
    Numbered {
        code,
        text: say(zh, en).to_owned(),
        needs_text,
    }
}

fn words() -> Words {
    // 机密 and above are no choice (Art. 15).
    let levels = Classification::ALL.into_iter();
    let levels = levels.filter(|level| level.transmissible(Ceiling::default()).is_ok());
    let returns = ReturnReason::ALL.into_iter();
    Words {
        levels: levels.map(Coded::level).collect(),
        urgencies: Urgency::ALL.map(|row| Coded::new(row.1, row.2)).into(),
        kinds: DocumentKind::ALL.map(|row| Coded::new(row.1, row.2)).into(),
        roles: Role::ALL.map(|row| Coded::new(row.1, row.2)).into(),
        return_reasons: returns
            .map(|reason| {
                let code = u16::try_from(reason.code()).unwrap_or_default();
                numbered(code, reason.zh(), reason.en(), reason.needs_text())
            })
            .collect(),
        recall_reasons: RecallReason::ALL
            .map(|row| numbered(row.1, row.2, row.3, row.0.needs_text()))
            .into(),
        recall_replies: RecallReply::ALL
            .map(|row| numbered(row.1, row.2, row.3, row.0.needs_text()))
            .into(),
        permit_reasons: PermitReason::ALL
            .map(|row| numbered(row.1, row.2, row.3, row.0.needs_text()))
            .into(),
        contact_outcomes: ContactOutcome::ALL
            .map(|row| numbered(row.1, row.2, row.3, row.0 == ContactOutcome::Other))
            .into(),
        delivery_states: DeliveryState::ALL.map(Coded::state).into(),
        stages: Stage::ALL
            .map(|stage| Coded::new(stage.zh(), stage.en()))
            .into(),
        limits: Limits {
            files_max: crate::uploads::FILES_MAX,
            file_bytes_max: crate::uploads::FILE_BYTES_MAX,
            recall_units_max: yichuan_document::statement::Recall::UNITS_MAX,
        },
    }
}

/// The words of pick lists
#[utoipa::path(get, path = "/api/v1/words", tag = "session",
    responses((status = 200, body = Words)))]
pub(crate) async fn all_words(Spoken(lang): Spoken) -> Json<Words> {
    Json(within(lang, words))
}
