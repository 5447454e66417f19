//! The history of the roster: who did what and when, from the statements that this computer has
//! verified and folded.

use yichuan_document::roster::Roster;
use yichuan_document::roster::act::{
    ACTS, AuthorityAct, Bequest, Change, Delegate, Enrolment, Genesis, NewShare, NewUnitKey,
    RootSuccession, SealActivation,
};
use yichuan_document::roster::record::{Kind, Officer};
use yichuan_document::signed::{Body as _, Payload, Signed, SlotRole};
use yichuan_document::{Timestamp, UnitCode};
use yichuan_evidence::entry::Entry;

use super::failed::Failed;
use super::mirror::Mirror;

/// One statement that changed the roster.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The entry's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// When it was signed, by the signer's clock.
    pub signed: Timestamp,
    /// Who signed: `root`, officers, or an account on a computer.
    pub by: String,
    /// What it was, in Chinese and English.
    pub what: (&'static str, &'static str),
    /// The act's code; none for what no authority signs.
    pub code: Option<u16>,
    /// What it put in place.
    pub changes: Vec<Change>,
    /// The ids that it is about.
    pub about: Vec<String>,
}

impl Happened {
    /// Whether it concerns a unit: the unit itself, or anything that belongs to it.
    pub fn concerns(&self, unit: &UnitCode) -> bool {
        self.about.iter().any(|id| belongs_to(id, unit))
    }
}

/// Whether an id is the unit's own, or of an account, a computer or a seal of it.
pub fn belongs_to(id: &str, unit: &UnitCode) -> bool {
    let rest = id.strip_prefix(unit.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Every statement that made the roster, oldest first.
pub fn history(mirror: &Mirror) -> Result<Vec<Happened>, Failed> {
    let mut walk = mirror.walk()?;
    let mut all = Vec::new();
    for (index, bytes) in mirror.entries() {
        let entry = Entry::read(bytes)?;
        // Officers are named by the roster before the statement.
        let before = walk.to(index.saturating_sub(1))?;
        all.push(happened(before, *index, &entry)?);
    }
    Ok(all)
}

/// What a statement did to the roster `before` it.
pub(super) fn happened(before: &Roster, index: u64, entry: &Entry) -> Result<Happened, Failed> {
    let signed = entry.signed().map_err(|_| Failed::Protocol)?;
    let payload = signed.claimed().map_err(|_| Failed::Protocol)?;
    let Told {
        what,
        code,
        changes,
        about,
    } = told(&payload);
    Ok(Happened {
        index,
        recorded: entry.time,
        signed: payload.time,
        by: signer(&signed, &payload, before),
        what,
        code,
        changes,
        about,
    })
}

/// What a payload says of itself.
struct Told {
    what: (&'static str, &'static str),
    code: Option<u16>,
    changes: Vec<Change>,
    about: Vec<String>,
}

fn told(payload: &Payload) -> Told {
    let plain = |what, about| Told {
        what,
        code: None,
        changes: Vec::new(),
        about,
    };
    match payload.purpose.as_str() {
        Genesis::PURPOSE => plain(("创世", "genesis"), Vec::new()),
        AuthorityAct::PURPOSE => {
            let act = payload.body::<AuthorityAct>().ok();
            let code = act.as_ref().map(|act| act.act);
            let changes = act.map(|act| act.changes).unwrap_or_default();
            let known = ACTS.iter().find(|row| Some(row.0) == code);
            Told {
                what: known.map_or(("其他事项", "another act"), |row| (row.1, row.2)),
                code,
                // A ticket is about the account that it enrols.
                about: changes.iter().map(subject).collect(),
                changes,
            }
        }
        Enrolment::PURPOSE => {
            let device = payload.device.as_ref().map(ToString::to_string);
            let account = payload.account.as_ref().map(ToString::to_string);
            plain(
                ("登记密钥", "keys enrolled"),
                account.into_iter().chain(device).collect(),
            )
        }
        NewUnitKey::PURPOSE => {
            let body = payload.body::<NewUnitKey>().ok();
            let unit = body.map(|body| body.unit.to_string());
            plain(
                ("生成单位密钥", "unit key made"),
                unit.into_iter().collect(),
            )
        }
        NewShare::PURPOSE => {
            let body = payload.body::<NewShare>().ok();
            let account = body.map(|body| body.account.to_string());
            plain(
                ("分发单位密钥", "unit key shared"),
                account.into_iter().collect(),
            )
        }
        other => told_of_duties(other, payload).map_or_else(
            || plain(("未知事项", "unknown"), Vec::new()),
            |(what, about)| plain(what, vec![about]),
        ),
    }
}

/// What people of the authority and of the units say about who acts.
fn told_of_duties(
    purpose: &str,
    payload: &Payload,
) -> Option<((&'static str, &'static str), String)> {
    Some(match purpose {
        RootSuccession::PURPOSE => {
            let body: RootSuccession = payload.body().ok()?;
            let count = body.set.keys.len();
            let about = format!("{}/{count}", body.set.threshold);
            (("根密钥接任", "succession of the root"), about)
        }
        SealActivation::PURPOSE => {
            let body: SealActivation = payload.body().ok()?;
            (("启用印章", "seal taken into use"), body.seal.to_string())
        }
        Delegate::PURPOSE => {
            let body: Delegate = payload.body().ok()?;
            (("委托代行", "delegated"), body.to.to_string())
        }
        Bequest::PURPOSE => {
            let body: Bequest = payload.body().ok()?;
            let about = format!("{} → {}", body.unit, body.legacy.to);
            (("移交单位密钥", "unit key left to successor"), about)
        }
        _ => return None,
    })
}

fn subject(change: &Change) -> String {
    if change.kind == Kind::Ticket {
        let ticket = yichuan_document::cbor::read::<yichuan_document::roster::record::Ticket>(
            &change.record,
            yichuan_document::roster::RECORD_BYTES_MAX,
        );
        if let Ok(ticket) = ticket {
            return ticket.account.to_string();
        }
    }
    change.id.clone()
}

fn signer(signed: &Signed, payload: &Payload, before: &Roster) -> String {
    if let Some(account) = &payload.account {
        let device = payload.device.as_ref().map(ToString::to_string);
        return format!("{account} @ {}", device.unwrap_or_default());
    }
    let keys = signed.claimed_keys(SlotRole::Officer);
    let signs = |officer: &Officer| officer.keys.iter().any(|key| keys.contains(&key.id()));
    let named: Vec<&str> = before
        .all::<Officer>()
        .filter(|(_, officer)| signs(officer))
        .map(|(id, _)| id)
        .collect();
    if named.is_empty() {
        "root".to_owned()
    } else {
        named.join(", ")
    }
}
