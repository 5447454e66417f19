//! The work list 待办: what waits for this account, urgent first.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use yichuan_document::life::{DeliveryState, Fact, Stage};
use yichuan_document::roster::record::Role;
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{AccountId, Digest, DocumentId, Manifest, Timestamp, UnitCode};
use yichuan_unit::lang::{local, say};
use yichuan_unit::office::Failed;
use yichuan_unit::office::attention::is_overdue;
use yichuan_unit::office::issuing::{awaits_approval, awaits_seal};
use yichuan_unit::office::permitting::{Permission, Standing};
use yichuan_unit::office::register::{DeliveryView, Document};

use super::documents::{Books, Line};
use super::listed::open_titles;
use super::{compose, drafts, me};
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::titles::can_open;
use crate::words::{Coded, Time, UnitRef};

/// From when on the end of a password is told before it comes.
const REMINDED_MS: u64 = 14 * 86_400_000;

/// How many meeting notices one list looks into for their forms.
const FORMS_LOOKED_MAX: usize = 20;

/// Something that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkItem {
    kind: &'static str,
    /// What is to be done.
    text: String,
    document: Option<String>,
    draft: Option<String>,
    title: Option<String>,
    number: Option<String>,
    from: Option<UnitRef>,
    /// The recipient that it is about.
    unit: Option<UnitRef>,
    urgency: Option<Coded>,
    level: Option<Coded>,
    due: Option<Time>,
    since: Option<Time>,
    overdue: bool,
    /// The act that does it.
    act: Option<&'static str>,
    #[serde(skip)]
    order: (u8, u64),
}

/// What waits for this account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Work {
    items: Vec<WorkItem>,
    now: Time,
}

/// What waits about a document: kind, act, the recipient, when it is due.
struct Waits<'a> {
    kind: &'static str,
    act: &'static str,
    words: (&'static str, &'static str),
    unit: Option<&'a UnitCode>,
    due: Option<Timestamp>,
    overdue: bool,
}

impl<'a> Waits<'a> {
    fn new(kind: &'static str, act: &'static str, words: (&'static str, &'static str)) -> Self {
        Self {
            kind,
            act,
            words,
            unit: None,
            due: None,
            overdue: false,
        }
    }

    fn of(mut self, unit: &'a UnitCode) -> Self {
        self.unit = Some(unit);
        self
    }
}

/// What an own document asks of somebody with these roles.
fn of_sent<'a>(
    document: &'a Document,
    manifest: &'a Manifest,
    (unit, roles): (&UnitCode, &[Role]),
    is_own_entry: bool,
) -> Vec<Waits<'a>> {
    let has = |role| roles.contains(&role);
    let mut waits = Vec::new();
    if has(Role::Approve) && !is_own_entry && awaits_approval(document, manifest, unit) {
        waits.push(Waits::new(
            "approve",
            "approve",
            ("待审批", "to be approved"),
        ));
    }
    if has(Role::Seal) && awaits_seal(document, manifest, unit) {
        waits.push(Waits::new("seal", "seal", ("待用印", "to be sealed")));
    }
    let refused = document.stage == Stage::RefusedByApprover;
    if refused && is_own_entry && document.replaced_by.is_none() {
        let words = (
            "审批退改，待修改重报",
            "refused by the approver: correct it",
        );
        waits.push(Waits::new("refused", "compose", words));
    }
    if has(Role::Approve) && document.open_supplements().next().is_some() {
        let words = ("补发待审批", "a supplement is to be approved");
        waits.push(Waits::new("supplement", "supplement-decide", words));
    }
    if !has(Role::Send) {
        return waits;
    }
    for (unit, _) in document.returned() {
        let words = ("退回待签收", "returned: sign for it");
        waits.push(Waits::new("returned", "acknowledge", words).of(unit));
    }
    if document.look_is_due() {
        let (kind, words) = if document.look_missed.is_some() {
            (
                "inquire-missed",
                ("查询未办", "the check was not made in time"),
            )
        } else {
            (
                "inquire",
                ("待查询接收情况", "look at the state of reception"),
            )
        };
        waits.push(Waits::new(kind, "inquire", words));
    }
    for (unit, view) in document.all_deliveries(manifest) {
        let asked = view.extension.filter(|asked| asked.given.is_none());
        if asked.is_some() && view.delivery.state().is_pending() {
            let words = ("申请延期，待审定", "asks for more time");
            waits.push(Waits::new("more-time", "extension-decide", words).of(unit));
        }
        if is_overdue(document, manifest, unit, yichuan_unit::now()) {
            let words = ("对方逾期未签收，须联系", "is late: call the recipient");
            let waiting = Waits::new("overdue", "contact", words).of(unit);
            waits.push(Waits {
                due: document.due_of(unit, manifest),
                overdue: true,
                ..waiting
            });
        }
    }
    waits
}

/// Whether a meeting notice was signed for, and not replied to.
fn is_unanswered(view: &DeliveryView, manifest: &Manifest) -> bool {
    manifest.kind == DocumentKind::MeetingNotice
        && view.delivery.state() == DeliveryState::SignedFor
        && view.reply.is_none()
}

/// Looks which of the meeting notices that nobody replied to have a form; each is a small
/// download, once. What does not open for this account has none that it could fill in.
async fn look_for_forms(at: &mut At<'_>, books: &Books) -> Result<(), Problem> {
    let received = books.all().filter(|(document, _)| !document.outgoing);
    let unanswered = received.filter(|(document, manifest)| {
        let view = document.view_of(&books.unit);
        view.is_some_and(|view| is_unanswered(view, manifest))
    });
    let unknown: Vec<Digest> = unanswered
        .map(|(document, _)| document.about.manifest)
        .filter(|digest| !at.held.forms.contains_key(digest))
        .take(FORMS_LOOKED_MAX)
        .collect();
    for digest in unknown {
        let Some(session) = at.session_if_reached().await? else {
            return Ok(());
        };
        let found = match session.has_form(digest).await {
            Err(Failed::Link(why)) if why.passes() => return Err(Failed::Link(why).into()),
            found => found.unwrap_or(false),
        };
        at.held.forms.insert(digest, found);
    }
    Ok(())
}

/// What a received document asks of a receiver.
fn of_received<'a>(
    document: &'a Document,
    manifest: &'a Manifest,
    unit: &'a UnitCode,
    forms: &BTreeMap<Digest, bool>,
) -> Vec<Waits<'a>> {
    let mut waits = Vec::new();
    let Some(view) = document.view_of(unit) else {
        return waits;
    };
    let has_form = forms.get(&document.about.manifest).copied();
    if is_unanswered(view, manifest) && has_form == Some(true) {
        let words = ("会议通知，待回执", "a meeting notice to be replied to");
        waits.push(Waits::new("reply", "reply", words));
    }
    if view.has(Fact::RecallNotice) && !view.has(Fact::RecallAnswer) {
        let words = ("撤回通知，待答复", "a recall is to be answered");
        waits.push(Waits::new("recall-notice", "recall-answer", words));
    }
    if view.delivery.state().is_pending() {
        let announced = view.delivery.state() == DeliveryState::Announced;
        let (act, words) = if announced {
            ("fetch", ("待取件查验", "to be fetched and inspected"))
        } else {
            ("sign", ("待签收或退回", "to be signed for or returned"))
        };
        let overdue = is_overdue(document, manifest, unit, yichuan_unit::now());
        waits.push(Waits {
            due: document.due_of(unit, manifest),
            overdue,
            ..Waits::new("sign", act, words)
        });
    }
    waits
}

fn item(waits: &Waits<'_>, line: Line, urgency: Urgency, books: &Books) -> WorkItem {
    let due = waits.due.map(Time::from);
    let least = u8::try_from(Urgency::ALL.len()).unwrap_or(u8::MAX);
    let due_ms = waits.due.map_or(u64::MAX, Timestamp::unix_ms);
    WorkItem {
        kind: waits.kind,
        text: say(waits.words.0, waits.words.1).to_owned(),
        document: Some(line.id),
        draft: None,
        title: line.title,
        number: line.number,
        from: line.from,
        unit: waits.unit.map(|unit| UnitRef::of(&books.roster, unit)),
        urgency: Some(line.urgency),
        level: Some(line.level),
        due,
        since: line.since,
        overdue: waits.overdue,
        act: Some(waits.act),
        order: (
            if waits.overdue {
                0
            } else {
                least.saturating_sub(urgency as u8)
            },
            due_ms,
        ),
    }
}

fn plain(kind: &'static str, text: String, act: &'static str) -> WorkItem {
    WorkItem {
        kind,
        text,
        document: None,
        draft: None,
        title: None,
        number: None,
        from: None,
        unit: None,
        urgency: None,
        level: None,
        due: None,
        since: None,
        overdue: false,
        act: Some(act),
        order: (u8::MAX, u64::MAX),
    }
}

/// What this account has begun and not submitted.
fn unsent(at: &mut At<'_>, books: &Books) -> Result<Vec<WorkItem>, Problem> {
    let mut items = Vec::new();
    let is_known = |id: &str| {
        let mut documents = books.all().map(|(document, _)| document.about.document);
        let id: Option<DocumentId> = id.parse().ok();
        id.is_some_and(|id| documents.any(|document| document == id))
    };
    for it in compose::waiting(at)? {
        if !is_known(&it.id) {
            let text = say("已拟稿，待提交", "composed, to be submitted").to_owned();
            items.push(WorkItem {
                document: Some(it.id),
                title: it.title,
                number: it.number,
                since: Some(it.composed),
                ..plain("outgoing", text, "submit")
            });
        }
    }
    for draft in drafts::listed(at)? {
        let (id, title, updated) = draft.into_parts();
        items.push(WorkItem {
            draft: Some(id),
            title,
            since: Some(updated),
            ..plain("draft", say("草稿", "draft").to_owned(), "compose")
        });
    }
    Ok(items)
}

/// Says that the password has to be changed soon.
fn password(at: &At<'_>) -> Option<WorkItem> {
    let session = at.held.session.as_ref()?;
    let until = session.password_until?;
    if until.ms_since(yichuan_unit::now()) >= REMINDED_MS {
        return None;
    }
    let words = say(
        "口令即将到期，请更改",
        "the password has to be changed soon",
    );
    Some(WorkItem {
        due: Some(until.into()),
        ..plain(
            "password",
            format!("{words} ({})", local(until)),
            "password",
        )
    })
}

/// What was asked of the department's head about printing and deleting, and what was granted.
fn permissions(at: &At<'_>, roles: &[Role], account: &AccountId) -> Result<Vec<WorkItem>, Problem> {
    let Some(session) = at.held.session.as_ref() else {
        return Ok(Vec::new());
    };
    let item = |it: &Permission, kind, words: (&str, &str), act| {
        let what = say(it.permit.zh(), it.permit.en());
        WorkItem {
            document: Some(it.request.about.document.to_string()),
            title: at.held.titles.get(&it.request.about.manifest).cloned(),
            since: Some(it.time.into()),
            order: (u8::MAX - 1, it.time.unix_ms()),
            ..plain(kind, format!("{}: {what}", say(words.0, words.1)), act)
        }
    };
    let mut items = Vec::new();
    for it in session.permissions(None)? {
        match it.standing() {
            Standing::Waits if roles.contains(&Role::Approve) && it.by != *account => {
                let words = ("待审批", "to be decided");
                items.push(item(&it, "permission", words, "permission-decide"));
            }
            Standing::Granted if it.by == *account => {
                let words = ("已同意，待办", "granted, to be done");
                items.push(item(&it, "granted", words, "permission-carry"));
            }
            _ => {}
        }
    }
    Ok(items)
}

async fn items(at: &mut At<'_>) -> Result<Vec<WorkItem>, Problem> {
    let books = Books::of(at).await?;
    let account = at.held.unlocked.account.clone();
    let roles = me::roles(&books.roster, &account);
    if roles.contains(&Role::Receive) {
        look_for_forms(at, &books).await?;
    }
    let mut found = Vec::new();
    for (document, manifest) in books.all() {
        let waits = if document.outgoing {
            let own = manifest.account == account;
            of_sent(document, manifest, (&books.unit, &roles), own)
        } else if document.incoming && roles.contains(&Role::Receive) {
            of_received(document, manifest, &books.unit, &at.held.forms)
        } else {
            Vec::new()
        };
        found.extend(waits.into_iter().map(|waits| (document, manifest, waits)));
    }
    let openable = found
        .iter()
        .filter(|(document, _, _)| can_open(document, &books.unit));
    let digests: Vec<Digest> = openable
        .map(|(document, _, _)| document.about.manifest)
        .collect();
    open_titles(at, &digests).await?;
    let mut items: Vec<WorkItem> = found
        .iter()
        .map(|(document, manifest, waits)| {
            let title = at.held.titles.get(&document.about.manifest).cloned();
            let line = books.line(document, manifest, title);
            item(waits, line, manifest.urgency, &books)
        })
        .collect();
    if roles.contains(&Role::Send) {
        items.extend(unsent(at, &books)?);
    }
    items.extend(permissions(at, &roles, &account)?);
    items.extend(password(at));
    items.sort_by(|one, other| {
        let alike = || one.document.cmp(&other.document);
        one.order.cmp(&other.order).then_with(alike)
    });
    Ok(items)
}

/// What waits for this account, urgent first
#[utoipa::path(get, path = "/api/v1/work", tag = "work", responses((status = 200, body = Work)))]
pub(crate) async fn work(sitting: Sitting) -> Result<Json<Work>, Problem> {
    let items = sitting.act(async |at| items(at).await);
    Ok(Json(Work {
        items: items.await?,
        now: yichuan_unit::now().into(),
    }))
}
