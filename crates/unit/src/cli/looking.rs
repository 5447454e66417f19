//! Looking: units, registers, one document.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::inspection::ReturnCode;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Status, Unit};
use yichuan_document::statement::{AttachmentRef, SERIES_RECEIVED};
use yichuan_document::{Digest, Manifest, UnitCode};
use yichuan_envelope::open_note;
use yichuan_evidence::entry::EntryKind;

use super::Globals;
use super::acting::block_on;
use super::deciding::find;
use super::noting::{kind_words, text_of};
use crate::lang::{local, say, steps, table};
use crate::office::ended::Closing;
use crate::office::place::Place;
use crate::office::register::{Document, Registers};
use crate::office::{Failed, Session};

pub(super) fn units(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let place = Place::of(&home)?;
    let connected = block_on(async { place.contact(&home).connect().await })?;
    let roster = connected.mirror.roster();
    let mut rows = Vec::new();
    let mut listed = Vec::new();
    for (code, unit) in roster.all::<Unit>() {
        let key = code
            .parse()
            .ok()
            .and_then(|code: UnitCode| roster.unit_key(&code));
        let state = match (unit.status, &key) {
            (Status::Active, Some(_)) => say("可收发", "ready"),
            (Status::Active, None) => say("尚无密钥", "no key yet"),
            (Status::Suspended | Status::Closed, _) => say("已停用", "closed"),
        };
        rows.push(vec![code.to_owned(), unit.name.clone(), state.to_owned()]);
        listed.push(json!({
            "code": code,
            "name": unit.name,
            "active": unit.status == Status::Active,
            "key_epoch": key.map(|key| key.epoch),
        }));
    }
    let head = [
        say("代码", "code"),
        say("名称", "name"),
        say("状态", "state"),
    ];
    globals.print(&json!(listed), &table(&head, &rows));
    Ok(ExitCode::SUCCESS)
}

/// `yichuan people`.
#[derive(Debug, Args)]
pub(super) struct People {
    /// 单位代码，缺省为本单位 · the unit's code; the own one if it is not said
    unit: Option<String>,
}

impl People {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let people = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let unit = match &self.unit {
                Some(typed) => typed
                    .parse()
                    .map_err(|_| Failed::UnknownUnit(typed.clone()))?,
                None => session.identity.unit(),
            };
            session.people(&unit).await
        })?;
        let rows: Vec<Vec<String>> = people
            .iter()
            .map(|listed| {
                let roles: Vec<&str> = listed
                    .account
                    .roles
                    .iter()
                    .map(|role| say(role.zh(), role.en()))
                    .collect();
                let card = listed.card.as_ref();
                vec![
                    listed.id.to_string(),
                    card.map_or_else(
                        || listed.account.person.to_string(),
                        |card| visible(&card.name),
                    ),
                    listed.account.post.clone(),
                    roles.join(say("、", ", ")),
                    card.map(|card| visible(&card.office_phone))
                        .unwrap_or_default(),
                    card.map(|card| visible(&card.mobile)).unwrap_or_default(),
                ]
            })
            .collect();
        let listed: Vec<Value> = people
            .iter()
            .map(|listed| {
                let card = listed.card.as_ref();
                json!({
                    "account": listed.id.as_str(),
                    "person": listed.account.person.as_str(),
                    "post": listed.account.post,
                    "name": card.map(|card| &card.name),
                    "office_phone": card.map(|card| &card.office_phone),
                    "mobile": card.map(|card| &card.mobile),
                })
            })
            .collect();
        let head = [
            say("帐号", "account"),
            say("姓名", "name"),
            say("职务", "post"),
            say("角色", "roles"),
            say("办公电话", "office"),
            say("手机", "mobile"),
        ];
        let text = if rows.is_empty() {
            say("该单位没有帐号。", "the unit has no accounts.").to_owned()
        } else {
            table(&head, &rows)
        };
        globals.print(&json!(listed), &text);
        Ok(ExitCode::SUCCESS)
    }
}

/// What somebody has typed, without what would steer a terminal.
fn visible(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).collect()
}

pub(super) fn outbox(globals: &Globals) -> Result<ExitCode, Failed> {
    register(globals, true)
}

pub(super) fn inbox(globals: &Globals) -> Result<ExitCode, Failed> {
    register(globals, false)
}

/// A line of a register: what the events tell, and what stands outside on the document.
struct Registered {
    document: Document,
    manifest: Manifest,
    register_number: Option<String>,
    /// The act with which it ended, where its issuer was closed before it was dispatched.
    ended: Option<Closing>,
}

fn register(globals: &Globals, outgoing: bool) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let (session, lines) = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        let lines = registered(&session, outgoing).await?;
        Ok((session, lines))
    })?;
    let (unit, roster) = (session.identity.unit(), session.mirror.roster());
    let listed: Vec<Value> = lines
        .iter()
        .map(|line| as_json(line, &unit, roster))
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
        let rows: Vec<Vec<String>> = lines.iter().map(|line| row(line, &unit, roster)).collect();
        let first = if outgoing {
            say("主送", "to")
        } else {
            say("来文单位", "from")
        };
        let mut head = vec![
            first,
            say("发文字号", "number"),
            say("状态", "state"),
            say("时间", "time"),
            say("办理期限", "due"),
            say("标识", "id"),
        ];
        if !outgoing {
            head.insert(0, say("收文号", "registered"));
        }
        table(&head, &rows)
    };
    globals.print(&json!(listed), &text);
    Ok(ExitCode::SUCCESS)
}

async fn registered(session: &Session, outgoing: bool) -> Result<Vec<Registered>, Failed> {
    let registers = Registers::of(&session.feed, &session.identity.unit());
    let numbers = register_numbers(session)?;
    let bar = steps(say("整理登记簿", "putting the register together"));
    let mut lines = Vec::new();
    let closings = session.closings()?;
    for document in registers.documents() {
        let ended = closings.of(document).cloned();
        if (document.outgoing || ended.is_some()) == outgoing {
            bar.inc(1);
            let line = line(session, document, &numbers).await?;
            lines.push(Registered { ended, ..line });
        }
    }
    bar.finish_and_clear();
    Ok(lines)
}

/// The register numbers of received documents, by manifest.
fn register_numbers(session: &Session) -> Result<BTreeMap<Digest, String>, Failed> {
    let received = session.allotted()?.into_iter();
    let received = received.filter(|number| number.series == SERIES_RECEIVED);
    Ok(received
        .filter_map(|number| Some((number.about?.manifest, number.written())))
        .collect())
}

async fn line(
    session: &Session,
    document: &Document,
    numbers: &BTreeMap<Digest, String>,
) -> Result<Registered, Failed> {
    let digest = document.about.manifest;
    Ok(Registered {
        manifest: session.manifest(digest).await?,
        register_number: numbers.get(&digest).cloned(),
        ended: None,
        document: document.clone(),
    })
}

/// The name of a unit, or its code where the roster has none.
fn name_of(roster: &Roster, code: &UnitCode) -> String {
    roster
        .unit(code)
        .map_or_else(|| code.to_string(), |unit| unit.name)
}

fn row(line: &Registered, unit: &UnitCode, roster: &Roster) -> Vec<String> {
    let (document, manifest) = (&line.document, &line.manifest);
    let since = document
        .deliveries
        .get(unit)
        .map(|view| view.since)
        .or(document.dispatched.map(|dispatched| dispatched.0))
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
    let number = manifest.number.as_ref();
    let mut cells = vec![
        other,
        number.map(ToString::to_string).unwrap_or_default(),
        state(document, line.ended.as_ref(), unit),
        since.map(local).unwrap_or_default(),
        document
            .dispatched
            .map(|dispatched| local(dispatched.1))
            .unwrap_or_default(),
        document.about.document.to_string(),
    ];
    if !sent {
        cells.insert(0, line.register_number.clone().unwrap_or_default());
    }
    cells
}

fn state(document: &Document, ended: Option<&Closing>, unit: &UnitCode) -> String {
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
    let count = |wanted: DeliveryState| {
        document
            .deliveries
            .values()
            .filter(|view| view.delivery.state() == wanted)
            .count()
    };
    format!(
        "{} ({} {}, {} {})",
        say("已发出", "dispatched"),
        say("签收", "signed"),
        count(DeliveryState::SignedFor),
        say("退回", "returned"),
        count(DeliveryState::Returned),
    )
}

fn as_json(line: &Registered, unit: &UnitCode, roster: &Roster) -> Value {
    let (document, manifest) = (&line.document, &line.manifest);
    let deliveries: Vec<Value> = document
        .deliveries
        .iter()
        .map(|(code, view)| {
            json!({
                "unit": code.as_str(),
                "name": roster.unit(code).map(|unit| unit.name),
                "state": view.delivery.state().en(),
                "since_ms": view.since.unix_ms(),
                "return_code": view.return_code,
            })
        })
        .collect();
    json!({
        "id": document.about.document.to_string(),
        "manifest": document.about.manifest.to_string(),
        "outgoing": document.outgoing,
        "from": manifest.lead().map(|lead| lead.unit.as_str()),
        "number": manifest.number.as_ref().map(ToString::to_string),
        "register_number": line.register_number,
        "level": manifest.level.en(),
        "urgency": manifest.urgency.en(),
        "stage": document.stage.en(),
        "state": document.state_of(unit).en(),
        "dispatched_ms": document.dispatched.map(|dispatched| dispatched.0.unix_ms()),
        "due_ms": document.dispatched.map(|dispatched| dispatched.1.unix_ms()),
        "deliveries": deliveries,
        "ended": line.ended.as_ref().map(|closing| json!({
            "unit": closing.unit.as_str(),
            "act": closing.index,
            "time_ms": closing.time.unix_ms(),
        })),
    })
}

/// `yichuan show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

impl Show {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (json, text) = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let digest = find(&session, &self.id)?;
            describe(&session, digest).await
        })?;
        globals.print(&json, &text);
        Ok(ExitCode::SUCCESS)
    }
}

async fn describe(session: &Session, digest: Digest) -> Result<(Value, String), Failed> {
    let unit = session.identity.unit();
    let roster = session.mirror.roster();
    let registers = Registers::of(&session.feed, &unit);
    let document = registers
        .documents()
        .find(|document| document.about.manifest == digest);
    let document = document.ok_or(Failed::Protocol)?;
    let dossier = session.dossier(digest).await?;
    let line = line(session, document, &register_numbers(session)?).await?;
    let mut json = as_json(&line, &unit, roster);
    let mut text = format!(
        "{} {}\n{}: {}\n",
        say("公文", "document"),
        document.about.document,
        say("状态", "state"),
        state(document, session.closings()?.of(document), &unit)
    );
    if let Some(number) = &dossier.manifest.number {
        text.push_str(&format!("{}: {number}\n", say("发文字号", "number")));
    }
    if let Some(number) = &line.register_number {
        text.push_str(&format!("{}: {number}\n", say("收文号", "registered")));
    }
    for noted in session.notes()? {
        if noted.about == Some(document.about) {
            text.push_str(&format!(
                "{} ({}, {}): {}\n",
                kind_words(noted.kind),
                noted.account,
                local(noted.time),
                text_of(session, &noted).await?
            ));
        }
    }
    let mut rows = Vec::new();
    for recipient in &dossier.manifest.recipients {
        let code = &recipient.unit.unit;
        if !document.outgoing && *code != unit {
            continue;
        }
        let state = document.state_of(code);
        let view = document.deliveries.get(code);
        let name = name_of(roster, code);
        let reason = match view.and_then(|view| view.return_code) {
            Some(found) => reason(session, &dossier, code, found).await,
            None => String::new(),
        };
        rows.push(vec![
            code.to_string(),
            name,
            say(state.zh(), state.en()).to_owned(),
            view.map(|view| local(view.since)).unwrap_or_default(),
            reason,
        ]);
    }
    let head = [
        say("单位", "unit"),
        say("名称", "name"),
        say("状态", "state"),
        say("时间", "time"),
        say("退回原因", "reason"),
    ];
    text.push_str(&table(&head, &rows));
    json["recipients"] = json!(rows);
    Ok((json, text))
}

/// The reason of a return: its code in words, and the text where this account can open it.
async fn reason(
    session: &Session,
    dossier: &crate::office::dossier::Dossier,
    unit: &UnitCode,
    code: u16,
) -> String {
    let known = ReturnCode(u64::from(code)).known();
    let named = known.map_or_else(
        || code.to_string(),
        |reason| say(reason.zh(), reason.en()).to_owned(),
    );
    let of_unit = |statement: &&crate::office::dossier::Statement| {
        statement
            .payload
            .account
            .as_ref()
            .is_some_and(|account| account.unit() == *unit)
    };
    let Some(statement) = dossier.of_kind(EntryKind::Return).find(of_unit) else {
        return named;
    };
    let noted: Option<&AttachmentRef> = statement.entry.attachments.first();
    if noted.is_none() {
        return named;
    }
    let Ok(note) = session.attachment(statement, 0).await else {
        return named;
    };
    let roster = session.mirror.roster();
    let own = session.identity.unit_ref(roster);
    let opened = open_note(&note, &roster.genesis(), &dossier.digest, &own, |epoch| {
        session.identity.unit_secret(roster, epoch).ok()
    });
    opened.map_or(named.clone(), |text| format!("{named}：{text}"))
}
