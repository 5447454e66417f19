//! The authority's acts: who signs them here, what was signed, what waits.
//!
//! The officer's password is asked for with every act, opens the officer's key for it alone, and
//! is wiped. Signing asks no network; submitting is an act of its own.

pub(crate) mod changing;
pub(crate) mod importing;
pub(crate) mod joint;
pub(crate) mod planning;
pub(crate) mod rules;
pub(crate) mod sealing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{DeviceKind, Role};
use yichuan_document::statement::Audience;
use yichuan_unit::authority::{
    Authority, AuthorityFailed, IssuedTicket, LEVELS, SignedAct, catch_up, is_here, require_here,
};
use yichuan_unit::cli::{act_lines, act_name};
use yichuan_unit::home::Home;
use yichuan_unit::keystore::Password;
use yichuan_unit::office::Failed;
use yichuan_unit::office::mirror::Mirror;

use super::me::roster;
use super::roster::Paging;
use crate::desk::Desk;
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::{At, take_home};
use crate::words::{Coded, Page, Time, page};

/// A password as it was typed; wiped when dropped.
pub(crate) struct Typed(Password);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Password::new(text)))
    }
}

/// The officer's password alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficerSigns {
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// The authority's home, taken for one act.
struct Place {
    folder: PathBuf,
    /// None where it is the desk's own home, which is taken already.
    _home: Option<Home>,
}

/// The authority's home of this desk: as it was started, else as its settings say, else its own.
fn named(desk: &Desk, at: &At<'_>) -> Option<PathBuf> {
    let named = desk.authority.clone();
    let named = named.or_else(|| at.held.place.settings.authority.clone());
    named.or_else(|| Some(at.home.folder().to_owned()).filter(|own| is_here(own)))
}

/// Whether an account may have acts of the authority signed here.
fn may_sign(roster: &Roster, at: &At<'_>) -> Result<(), Failed> {
    let unlocked = &at.held.unlocked;
    let standing = roster.standing_of(&unlocked.account, &unlocked.device)?;
    Ok(standing.require(Role::Authority)?)
}

impl Place {
    fn taken(folder: PathBuf, at: &At<'_>) -> Result<Self, Problem> {
        let own = std::fs::canonicalize(at.home.folder())?;
        let home = if std::fs::canonicalize(&folder).is_ok_and(|folder| folder == own) {
            None
        } else if is_here(&folder) {
            Some(take_home(&folder)?)
        } else {
            return Err(AuthorityFailed::NotHere.into());
        };
        require_here(&folder, &at.held.place.pin)?;
        Ok(Self {
            folder,
            _home: home,
        })
    }
}

/// Does `work` with the authority's home taken, for an account that may.
async fn at_authority<T, W>(desk: Arc<Desk>, sitting: &Sitting, work: W) -> Result<T, Problem>
where
    T: Send + 'static,
    W: AsyncFnOnce(&mut At<'_>, &Path) -> Result<T, Problem> + Send + 'static,
{
    let done = sitting.act(async move |at| {
        let roster = roster(at).await?;
        may_sign(&roster, at)?;
        let folder = named(&desk, at).ok_or(AuthorityFailed::NotHere)?;
        let place = Place::taken(folder, at)?;
        work(at, &place.folder).await
    });
    done.await
}

/// Opens the authority's home on the newest roster that this computer has verified.
fn opened(at: &At<'_>, folder: &Path) -> Result<Authority, Problem> {
    let home = at.home.folder();
    let session = at.held.session.as_ref();
    let kept = match session {
        Some(_) => None,
        None => Mirror::load(home, &at.held.place.pin)?,
    };
    if let Some(mirror) = session.map(|session| &session.mirror).or(kept.as_ref()) {
        catch_up(folder, home, mirror)?;
    }
    Ok(Authority::open(folder)?)
}

/// Has the officer sign, once the home follows the log.
async fn signed<W>(
    desk: Arc<Desk>,
    sitting: &Sitting,
    password: Typed,
    work: W,
) -> Result<Json<Signed>, Problem>
where
    W: FnOnce(&mut Authority, &Password) -> Result<Outcome, AuthorityFailed> + Send + 'static,
{
    let done = at_authority(desk, sitting, async move |at, folder| {
        // Nothing fails after it was signed: tickets are told once.
        let log = roster(at).await?;
        let mut authority = opened(at, folder)?;
        let outcome = work(&mut authority, &password.0)?;
        drop(password);
        Ok(Signed::of(outcome, &log))
    });
    Ok(Json(done.await?))
}

/// What an act of signing gives.
#[derive(Default)]
pub(crate) struct Outcome {
    acts: Vec<SignedAct>,
    tickets: Vec<IssuedTicket>,
    to_revoke: Vec<String>,
}

impl From<SignedAct> for Outcome {
    fn from(act: SignedAct) -> Self {
        Self {
            acts: vec![act],
            ..Self::default()
        }
    }
}

/// A record that an act puts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActRecord {
    word: String,
    id: String,
    what: String,
}

/// A statement of the authority.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Act {
    sequence: u64,
    /// The file's name in the authority's home.
    file: String,
    signed: Time,
    what: String,
    records: Vec<ActRecord>,
    /// `recorded`, `to-submit`, `incomplete`, `complete` (and not taken in yet) or `overtaken`.
    state: &'static str,
    /// How many signatures it lacks.
    missing: usize,
}

/// A ticket, shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketShown {
    account: String,
    device: String,
    /// The secret, to be handed over once.
    ticket: String,
}

/// What was signed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Signed {
    acts: Vec<Act>,
    tickets: Vec<TicketShown>,
    /// Seals that are to be revoked now, for their unit was closed or has another name.
    to_revoke: Vec<String>,
}

impl Act {
    /// A statement of this home, beside what the log has.
    fn of(act: &SignedAct, log: &Roster) -> Self {
        let state = match act.missing {
            0 if act.sequence <= log.sequence() => "recorded",
            0 => "to-submit",
            usize::MAX => "overtaken",
            _ => "incomplete",
        };
        Self::told(act, state)
    }

    fn told(act: &SignedAct, state: &'static str) -> Self {
        let name = act.file.file_name().and_then(|name| name.to_str());
        let records = act_lines(act).into_iter().map(|line| ActRecord {
            word: line.word,
            id: line.id,
            what: line.what,
        });
        Self {
            sequence: act.sequence,
            file: name.unwrap_or_default().to_owned(),
            signed: act.time.into(),
            what: act_name(act),
            records: records.collect(),
            state,
            missing: if state == "overtaken" { 0 } else { act.missing },
        }
    }
}

impl Signed {
    fn of(outcome: Outcome, log: &Roster) -> Self {
        let tickets = outcome.tickets.iter().map(|ticket| TicketShown {
            account: ticket.account.to_string(),
            device: ticket.device.to_string(),
            ticket: ticket.code.reveal().to_string(),
        });
        Self {
            acts: outcome.acts.iter().map(|act| Act::of(act, log)).collect(),
            tickets: tickets.collect(),
            to_revoke: outcome.to_revoke,
        }
    }
}

/// The authority at this desk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorityState {
    /// Whether acts of the authority are signed here.
    here: bool,
    origin: Option<String>,
    /// How many statements this home has.
    acts: usize,
    /// Signed, and not in the log yet.
    to_submit: Vec<Act>,
    /// Others must sign these, or they were overtaken.
    pending: Vec<Act>,
    /// Files of acts in whose place another came into the log.
    overtaken: Vec<String>,
    /// Whether electronic seals are made here.
    makes_electronic_seals: bool,
    device_kinds: Vec<Coded>,
    seal_levels: Vec<SealLevel>,
    ceilings: Vec<Coded>,
    audiences: Vec<Coded>,
}

/// A level of offices, on which a seal's diameter depends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SealLevel {
    code: String,
    text: String,
    diameter_mm: u32,
    /// Whether a smaller seal is allowed too.
    at_most: bool,
}

fn seal_levels() -> Vec<SealLevel> {
    let level = |row: (yichuan_unit::authority::OfficeLevel, &str, &str)| {
        let Coded { code, text } = Coded::new(row.1, row.2);
        SealLevel {
            code,
            text,
            diameter_mm: row.0.diameter_mm(),
            at_most: row.0.is_at_most(),
        }
    };
    LEVELS.map(level).into()
}

/// A ceiling with its word.
pub(super) fn ceiling(of: Ceiling) -> Coded {
    match of {
        Ceiling::Public => Coded::new("公开", "public"),
        Ceiling::Internal => Coded::new("内部", "internal"),
        Ceiling::Secret => Coded::new("秘密", "secret"),
    }
}

/// Every ceiling. There is none above 秘密 (Art. 15).
const CEILINGS: [Ceiling; 3] = [Ceiling::Public, Ceiling::Internal, Ceiling::Secret];

impl AuthorityState {
    fn nowhere() -> Self {
        Self {
            here: false,
            origin: None,
            acts: 0,
            to_submit: Vec::new(),
            pending: Vec::new(),
            overtaken: Vec::new(),
            makes_electronic_seals: false,
            device_kinds: DeviceKind::ALL.map(|row| Coded::new(row.1, row.2)).into(),
            seal_levels: seal_levels(),
            ceilings: CEILINGS.map(ceiling).into(),
            audiences: Audience::ALL.map(|row| Coded::new(row.1, row.2)).into(),
        }
    }

    fn of(folder: &Path, authority: &Authority, log: &Roster) -> Result<Self, AuthorityFailed> {
        let told = |act: &SignedAct| Act::of(act, log);
        let pending = authority.waiting()?;
        let complete = |act: &SignedAct| match act.missing {
            0 => Act::told(act, "complete"),
            _ => told(act),
        };
        Ok(Self {
            here: true,
            origin: Some(authority.roster().origin().to_string()),
            acts: authority.acts().len(),
            to_submit: authority.to_submit(log).into_iter().map(told).collect(),
            pending: pending.iter().map(complete).collect(),
            overtaken: yichuan_unit::authority::overtaken(folder)?,
            makes_electronic_seals: yichuan_unit::authority::makes_electronic_seals(folder),
            ..Self::nowhere()
        })
    }
}

/// Whether acts of the authority are signed here, and which of them wait
#[utoipa::path(get, path = "/api/v1/authority", tag = "authority",
    responses((status = 200, body = AuthorityState)))]
pub(crate) async fn state(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<AuthorityState>, Problem> {
    let told = sitting.act(async move |at| {
        let log = roster(at).await?;
        may_sign(&log, at)?;
        let Some(folder) = named(&desk, at) else {
            return Ok(AuthorityState::nowhere());
        };
        let place = Place::taken(folder, at)?;
        let authority = Authority::open(&place.folder)?;
        Ok(AuthorityState::of(&place.folder, &authority, &log)?)
    });
    Ok(Json(told.await?))
}

/// What was signed, the newest first
#[utoipa::path(get, path = "/api/v1/authority/acts", tag = "authority", params(Paging),
    responses((status = 200, body = Page<Act>)))]
pub(crate) async fn acts(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Act>>, Problem> {
    let told = at_authority(desk, &sitting, async move |at, folder| {
        let log = roster(at).await?;
        let authority = Authority::open(folder)?;
        let newest: Vec<&SignedAct> = authority.acts().iter().rev().collect();
        let page = page(newest, paging.cursor.as_deref(), paging.limit);
        Ok(Page {
            items: page.items.iter().map(|act| Act::of(act, &log)).collect(),
            next: page.next,
            total: page.total,
        })
    });
    Ok(Json(told.await?))
}
