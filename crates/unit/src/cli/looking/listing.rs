//! The registers, line by line: what is to be done stands first.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::roster::Roster;
use yichuan_document::{Digest, Manifest, Timestamp, UnitCode};

use super::super::Globals;
use super::super::acting::block_on;
use super::super::coded::return_words;
use super::name_of;
use super::showing::{facts_json, timing_json};
use crate::lang::{local, say, span, steps, table};
use crate::office::attention::{Attention, order};
use crate::office::ended::Closing;
use crate::office::notes::OwnNumbers;
use crate::office::numbers::{self, Allotted};
use crate::office::register::{Document, Registers};
use crate::office::{Failed, Session};

pub(in super::super) fn outbox(globals: &Globals) -> Result<ExitCode, Failed> {
    register(globals, true)
}

pub(in super::super) fn inbox(globals: &Globals) -> Result<ExitCode, Failed> {
    register(globals, false)
}

/// A line of a register: what the events tell, and what stands outside on the document.
pub(super) struct Registered {
    pub(super) document: Document,
    pub(super) manifest: Arc<Manifest>,
    pub(super) register_number: Option<String>,
    /// The number in a register that the unit keeps by itself, as in its OA system.
    pub(super) own_number: Option<String>,
    pub(super) replaced_by: Option<String>,
    /// The act with which it ended, where its issuer was closed before it was dispatched.
    pub(super) ended: Option<Closing>,
}

impl Registered {
    /// Whether a unit is one of those that issue it.
    fn is_issued_by(&self, unit: &UnitCode) -> bool {
        let mut issuers = self.manifest.issuers.iter();
        issuers.any(|issuer| issuer.unit.unit == *unit)
    }
}

fn register(globals: &Globals, outgoing: bool) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let (session, mut lines) = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        let lines = registered(&session, outgoing).await?;
        Ok((session, lines))
    })?;
    let (unit, roster, now) = (
        session.identity.unit(),
        session.mirror.roster(),
        crate::now(),
    );
    link(&mut lines);
    lines.sort_by_key(|line| order(&line.document, &line.manifest, &unit, now));
    let listed: Vec<Value> = lines
        .iter()
        .map(|line| as_json(line, &unit, roster, now))
        .collect();
    let text = if lines.is_empty() {
        let (zh, en) = if outgoing {
            (
                "还没有发文。拟稿：yichuan compose",
                "nothing was sent yet. To begin: yichuan compose",
            )
        } else {
            (
                "还没有收文。有新公文时会出现在这里。",
                "nothing was received yet; what comes will stand here.",
            )
        };
        say(zh, en).to_owned()
    } else {
        let row = |line: &Registered| row(line, &unit, roster, now);
        let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
        table(&head(outgoing), &rows)
    };
    globals.print(&json!(listed), &text);
    Ok(ExitCode::SUCCESS)
}

fn head(outgoing: bool) -> Vec<&'static str> {
    let first = if outgoing {
        say("主送", "to")
    } else {
        say("来文单位", "from")
    };
    let mut head = vec![
        first,
        say("发文字号", "number"),
        say("状态", "state"),
        say("注意", "attention"),
        say("时间", "time"),
        say("办理期限", "due"),
        say("标识", "id"),
    ];
    head.insert(0, say("登记号", "own number"));
    if !outgoing {
        head.insert(0, say("收文号", "registered"));
    }
    head
}

async fn registered(session: &Session, outgoing: bool) -> Result<Vec<Registered>, Failed> {
    let registers = session.registers()?;
    let numbers = numbers(session).await?;
    let bar = steps(say("整理登记簿", "putting the register together"));
    let mut lines = Vec::new();
    let closings = session.closings()?;
    for document in registers.documents() {
        let ended = closings.of(document).cloned();
        let wanted = if outgoing {
            document.outgoing || ended.is_some()
        } else {
            document.incoming && !document.outgoing && ended.is_none()
        };
        let undecided = !document.incoming && !document.outgoing && ended.is_none();
        if wanted || (outgoing && undecided) {
            bar.inc(1);
            let mut line = line(session, document, &numbers).await?;
            if undecided && !line.is_issued_by(&session.identity.unit()) {
                continue;
            }
            line.document.outgoing |= undecided;
            lines.push(Registered { ended, ..line });
        }
    }
    bar.finish_and_clear();
    Ok(lines)
}

/// The numbers of documents in registers.
pub(super) struct Numbers {
    allotted: Arc<numbers::Numbers>,
    own: OwnNumbers,
}

/// The register numbers of received documents, and those of the unit's own registers.
pub(super) async fn numbers(session: &Session) -> Result<Numbers, Failed> {
    let mut own = OwnNumbers::default();
    session.read_own_numbers(&mut own).await?;
    Ok(Numbers {
        allotted: session.allotted()?,
        own,
    })
}

pub(super) async fn line(
    session: &Session,
    document: &Document,
    numbers: &Numbers,
) -> Result<Registered, Failed> {
    let digest = document.about.manifest;
    let received = numbers.allotted.of_received(&digest);
    Ok(Registered {
        manifest: session.manifest(digest).await?,
        register_number: received.map(Allotted::written),
        own_number: numbers.own.of(&digest).cloned(),
        replaced_by: document.replaced_by.map(|by| by.document.to_string()),
        ended: None,
        document: document.clone(),
    })
}

/// A corrected document names the one that it replaces; here the other way round as well.
fn link(lines: &mut [Registered]) {
    let named = |line: &Registered| {
        let replaced = line.manifest.replaces?.manifest;
        Some((replaced, line.document.about.document.to_string()))
    };
    let by: BTreeMap<Digest, String> = lines.iter().filter_map(named).collect();
    for line in lines {
        let found = by.get(&line.document.about.manifest);
        line.replaced_by = line.replaced_by.take().or(found.cloned());
    }
}

/// What somebody has to do about it, the most pressing first.
fn attention(line: &Registered, unit: &UnitCode, now: Timestamp) -> Vec<Attention> {
    Attention::of(&line.document, &line.manifest, unit, now)
}

fn row(line: &Registered, unit: &UnitCode, roster: &Roster, now: Timestamp) -> Vec<String> {
    let (document, manifest) = (&line.document, &line.manifest);
    let since = document
        .view_of(unit)
        .filter(|_| !document.outgoing)
        .map(|view| view.since)
        .or(document.dispatched.as_ref().map(|dispatched| dispatched.at))
        .or(document.submission.as_ref().map(|submission| submission.3));
    let sent = document.outgoing || line.ended.is_some();
    let other = if sent {
        let first = manifest.recipients.first();
        let first = first.map(|recipient| name_of(roster, &recipient.unit.unit));
        match (first, manifest.recipients.len()) {
            (Some(name), 2..) => format!("{name} +{}", manifest.recipients.len() - 1),
            (name, _) => name.unwrap_or_default(),
        }
    } else {
        let lead = manifest.lead();
        lead.map(|lead| name_of(roster, &lead.unit))
            .unwrap_or_default()
    };
    let due = if document.outgoing {
        let dues = manifest.recipients.iter();
        dues.filter_map(|named| document.due_of(&named.unit.unit, manifest))
            .max()
            .filter(|_| document.dispatched.is_some())
    } else {
        document.due_of(unit, manifest)
    };
    let number = manifest.number.as_ref();
    let mut cells = vec![
        other,
        number.map(ToString::to_string).unwrap_or_default(),
        state(line, line.ended.as_ref(), unit),
        attention_words(line, unit, now),
        since.map(local).unwrap_or_default(),
        due.map(local).unwrap_or_default(),
        document.about.document.to_string(),
    ];
    cells.insert(0, line.own_number.clone().unwrap_or_default());
    if !sent {
        cells.insert(0, line.register_number.clone().unwrap_or_default());
    }
    cells
}

fn attention_words(line: &Registered, unit: &UnitCode, now: Timestamp) -> String {
    let mut words = Vec::new();
    for attention in attention(line, unit, now) {
        let (zh, en) = attention.words();
        let named = say(zh, en);
        words.push(match attention {
            Attention::Returned => {
                let returned = line.document.returned().map(|(unit, view)| {
                    let reason = view.return_code.map(return_words).unwrap_or_default();
                    format!("{unit} {reason}")
                });
                format!("{named} ({})", returned.collect::<Vec<_>>().join("、"))
            }
            Attention::Urgent => {
                let urgency = line.manifest.urgency;
                say(urgency.zh(), urgency.en()).to_owned()
            }
            Attention::Overdue if !line.document.outgoing => {
                let timing = line.document.timing_of(unit, &line.manifest, now);
                format!("{named} {}", span(timing.late_ms.unwrap_or_default()))
            }
            _ => named.to_owned(),
        });
    }
    if let Some(by) = &line.replaced_by {
        words.push(format!("{} {by}", say("更正件", "replaced by")));
    }
    if let Some(replaced) = line.manifest.replaces {
        words.push(format!("{} {}", say("替代", "replaces"), replaced.id));
    }
    words.join(say("；", "; "))
}

pub(super) fn state(line: &Registered, ended: Option<&Closing>, unit: &UnitCode) -> String {
    let (document, manifest) = (&line.document, &line.manifest);
    if let Some(closing) = ended {
        let ended = say("随单位停用终止", "ended with its unit");
        return format!("{ended} {} ({})", closing.unit, closing.index);
    }
    if !document.outgoing {
        let state = document.state_of(unit);
        return say(state.zh(), state.en()).to_owned();
    }
    if document.stage != Stage::Dispatched {
        return say(document.stage.zh(), document.stage.en()).to_owned();
    }
    let views = document.all_deliveries(manifest);
    let count = |wanted: DeliveryState| {
        let states = views.values().map(|view| view.delivery.state());
        states.filter(|state| *state == wanted).count()
    };
    let always = [
        (DeliveryState::SignedFor, ("签收", "signed")),
        (DeliveryState::Returned, ("退回", "returned")),
    ];
    let others = [
        (DeliveryState::Refused, ("拒收", "refused")),
        (DeliveryState::Recalled, ("撤回", "recalled")),
        (DeliveryState::Superseded, ("替代", "superseded")),
    ];
    let others = others.into_iter().filter(|(state, _)| count(*state) > 0);
    let parts: Vec<String> = always
        .into_iter()
        .chain(others)
        .map(|(state, (zh, en))| format!("{} {}", say(zh, en), count(state)))
        .collect();
    format!("{} ({})", say("已发出", "dispatched"), parts.join(", "))
}

pub(super) fn as_json(
    line: &Registered,
    unit: &UnitCode,
    roster: &Roster,
    now: Timestamp,
) -> Value {
    let (document, manifest) = (&line.document, &line.manifest);
    let deliveries: Vec<Value> = document
        .all_deliveries(manifest)
        .into_iter()
        .filter(|(code, _)| document.outgoing || *code == unit)
        .map(|(code, view)| {
            let mut delivery = json!({
                "unit": code.as_str(),
                "name": roster.unit(code).map(|unit| unit.name),
                "state": view.delivery.state().en(),
                "facts": facts_json(view.delivery.facts()),
                "since_ms": view.since.unix_ms(),
                "account": view.account.as_ref().map(yichuan_document::AccountId::as_str),
                "round": view.round,
                "return_code": view.return_code,
                "return_reason": view.return_code.map(return_words),
                "more_copies": view.more_copies,
                "printed": view.printed,
                "extension_asked_ms": view.extension.map(|asked| asked.until.unix_ms()),
            });
            timing_json(&mut delivery, document.timing_of(code, manifest, now));
            delivery
        })
        .collect();
    let attention = attention(line, unit, now).into_iter();
    json!({
        "id": document.about.document.to_string(),
        "manifest": document.about.manifest.to_string(),
        "outgoing": document.outgoing,
        "from": manifest.lead().map(|lead| lead.unit.as_str()),
        "number": manifest.number.as_ref().map(ToString::to_string),
        "register_number": line.register_number,
        "own_number": line.own_number,
        "level": manifest.level.en(),
        "urgency": manifest.urgency.en(),
        "kind": manifest.kind.en(),
        "stage": document.stage.en(),
        "state": document.state_of(unit).en(),
        "attention": attention.map(|attention| attention.words().1).collect::<Vec<_>>(),
        "replaces": manifest.replaces.map(|replaced| replaced.id.to_string()),
        "replaced_by": line.replaced_by,
        "looks": document.looks.len(),
        "dispatched_ms": document.dispatched.as_ref().map(|it| it.at.unix_ms()),
        "due_ms": due_ms(document, manifest, unit),
        "deliveries": deliveries,
        "ended": line.ended.as_ref().map(|closing| json!({
            "unit": closing.unit.as_str(),
            "act": closing.index,
            "time_ms": closing.time.unix_ms(),
        })),
    })
}

/// The own due time; of what was sent, the one that its recipients have, where all have the same.
fn due_ms(document: &Document, manifest: &Manifest, unit: &UnitCode) -> Option<u64> {
    if !document.outgoing {
        return document.due_of(unit, manifest).map(Timestamp::unix_ms);
    }
    let dues = &document.dispatched.as_ref()?.dues;
    dues.first()
        .map(|due| due.unix_ms())
        .filter(|ms| *ms != u64::MAX)
}

/// The documents that a register would show, for commands that look at one.
pub(super) fn of_manifest<'r>(
    registers: &'r Registers,
    digest: &Digest,
) -> Result<&'r Document, Failed> {
    registers.with_manifest(digest).ok_or(Failed::Protocol)
}
