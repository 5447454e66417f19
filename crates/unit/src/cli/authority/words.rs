//! What the authority signed, in words for people and as JSON for scripts.

use serde_json::{Value, json};
use yichuan_document::cbor;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{ACTS, Change};
use yichuan_document::roster::duty::{
    Delegation, Escrow, Person, Quorum, Recovery, RecoveryPurpose,
};
use yichuan_document::roster::record::clocks::TIME_ID;
use yichuan_document::roster::record::{
    Account, Device, ExchangeKeys, Kind, Officer, Policy, Record, SealGrant, Status, Ticket, Unit,
};
use yichuan_document::roster::{POLICY_ID, RECORD_BYTES_MAX, Roster};
use yichuan_document::{DeviceId, UnitCode};

use super::clocks;
use super::permitted::Permitted;
use crate::authority::{PutInOffice, SignedAct};
use crate::lang::{local, say};
use crate::office::history::belongs_to;

/// One record, ready to be shown.
pub(in super::super) struct Row {
    pub(super) kind: &'static str,
    pub(super) word: &'static str,
    pub(super) id: String,
    pub(super) what: String,
    data: Value,
}

impl Row {
    pub(in super::super) fn cells(&self) -> Vec<String> {
        vec![self.word.to_owned(), self.id.clone(), self.what.clone()]
    }

    /// Whether it is of a unit, or belongs to it.
    pub(in super::super) fn belongs_to(&self, unit: &UnitCode) -> bool {
        let named = |id: &str| belongs_to(id, unit);
        // A ticket's id says nothing; the account that it enrols does.
        named(&self.id) || self.data["account"].as_str().is_some_and(named)
    }

    pub(in super::super) fn json(&self) -> Value {
        json!({ "kind": self.kind, "id": self.id, "record": self.data })
    }
}

/// The records of the roster that the authority puts, in the order of the roster.
pub(in super::super) fn roster(roster: &Roster) -> Vec<Row> {
    let mut changes = Vec::new();
    changes.extend(roster.policy().map(|it| Change::put(POLICY_ID, &it)));
    changes.extend(roster.time().map(|it| Change::put(TIME_ID, &it)));
    changes.extend(all::<Officer>(roster));
    changes.extend(all::<ExchangeKeys>(roster));
    changes.extend(all::<Unit>(roster));
    changes.extend(all::<Account>(roster));
    changes.extend(all::<Device>(roster));
    changes.extend(all::<Ticket>(roster));
    changes.extend(all::<SealGrant>(roster));
    changes.extend(all::<Quorum>(roster));
    changes.extend(all::<Escrow>(roster));
    changes.extend(all::<Recovery>(roster));
    changes.extend(all::<Delegation>(roster));
    changes.extend(all::<Person>(roster));
    let mut rows: Vec<Row> = changes.iter().filter_map(row).collect();
    let permitted = Permitted::of(roster);
    for row in rows.iter_mut().filter(|row| row.kind == "device") {
        permitted.tell(&row.id, &mut row.what, &mut row.data);
    }
    rows
}

/// A record as JSON; none of what no authority puts.
pub(in super::super) fn record(change: &Change) -> Option<Value> {
    row(change).map(|row| row.json())
}

fn all<R: Record>(roster: &Roster) -> impl Iterator<Item = Change> {
    roster
        .all::<R>()
        .map(|(id, record)| Change::put(id, &record))
}

/// The act's number, when it was signed, and what it was.
pub(super) fn act_cells(act: &SignedAct) -> Vec<String> {
    vec![
        act.sequence.to_string(),
        local(act.time),
        name(act),
        act.file.display().to_string(),
    ]
}

/// The heads of [`act_cells`].
pub(super) fn act_head() -> [&'static str; 4] {
    [
        say("号", "no"),
        say("签发时间", "signed"),
        say("事项", "act"),
        say("文件", "file"),
    ]
}

/// The act with its records, for a script.
pub(super) fn act_json(act: &SignedAct) -> Value {
    let records: Vec<Value> = act
        .changes
        .iter()
        .filter_map(|change| row(change).map(|row| row.json()))
        .collect();
    json!({
        "sequence": act.sequence,
        "code": act.code,
        "time_ms": act.time.unix_ms(),
        "file": act.file,
        "missing": act.missing,
        "roots": act.roots.as_ref().map(roots_json),
        "records": records,
    })
}

/// What a statement says that waits for signatures.
pub(super) fn claimed(act: &SignedAct) -> String {
    listed(say("待会签", "to be signed:"), act)
}

/// What was signed, in lines for whoever answers for it.
pub(super) fn told(act: &SignedAct) -> String {
    let mut text = listed(say("已签发", "signed"), act);
    if act.missing > 0 {
        text.push_str(&format!(
            "  {} {}; {}\n",
            say("尚缺签名", "signatures missing:"),
            act.missing,
            say(
                "由其他签发人 yichuan authority cosign 该文件",
                "have others cosign this file (`yichuan authority cosign`)"
            )
        ));
    }
    text
}

fn listed(word: &str, act: &SignedAct) -> String {
    let mut text = format!(
        "{word} {} {} → {}\n",
        act.sequence,
        name(act),
        act.file.display()
    );
    for row in act.changes.iter().filter_map(row) {
        text.push_str(&format!("  {} {}  {}\n", row.word, row.id, row.what));
    }
    if let Some(roots) = &act.roots {
        let (origin, set) = (&roots.origin, &roots.set);
        text.push_str(&format!("  {} {origin}\n", say("系统", "origin")));
        for key in &set.keys {
            text.push_str(&format!("  {} {}\n", say("根密钥", "root key"), key.id()));
        }
        let rule = say("须签名的根密钥数", "root keys that must sign");
        text.push_str(&format!(
            "  {rule}: {} / {}\n",
            set.threshold,
            set.keys.len()
        ));
        let next = say("接任者摘要", "its successor's digest");
        text.push_str(&format!("  {next}: {}\n", roots.next));
    }
    text
}

/// A set of root keys, for a script.
fn roots_json(roots: &PutInOffice) -> Value {
    let keys = roots.set.keys.iter().map(|key| key.id().to_string());
    json!({
        "origin": roots.origin.as_str(),
        "keys": keys.collect::<Vec<_>>(),
        "threshold": roots.set.threshold,
        "next": roots.next.to_string(),
    })
}

pub(super) fn name(act: &SignedAct) -> String {
    let Some(code) = act.code else {
        let words = match act.sequence {
            0 => say("创世", "genesis"),
            _ => say("根密钥接任", "succession of the root"),
        };
        return words.to_owned();
    };
    let known = ACTS.iter().find(|row| row.0 == code);
    known.map_or_else(|| code.to_string(), |row| say(row.1, row.2).to_owned())
}

pub(super) fn row(change: &Change) -> Option<Row> {
    let (kind, word, (what, data)) = match change.kind {
        Kind::Policy => ("policy", say("规则", "policy"), policy(change)?),
        Kind::Time => (
            "time",
            say("时间", "time"),
            clocks::time_told(&read(change)?),
        ),
        Kind::Officer => ("officer", say("签发人", "officer"), officer(change)?),
        Kind::Exchange => ("exchange", say("交换中心", "exchange"), exchange(change)?),
        Kind::Unit => ("unit", say("单位", "unit"), unit(change)?),
        Kind::Account => ("account", say("帐号", "account"), account(change)?),
        Kind::Device => ("device", say("设备", "computer"), device(change)?),
        Kind::Ticket => ("ticket", say("登记凭证", "ticket"), ticket(change)?),
        Kind::Seal => ("seal", say("印章", "seal"), seal(change)?),
        Kind::Quorum => ("quorum", say("会签规则", "m-of-n rule"), quorum(change)?),
        Kind::Escrow => ("escrow", say("托管密钥", "escrow key"), escrow(change)?),
        Kind::Recovery => ("recovery", say("密钥恢复", "recovery"), recovery(change)?),
        Kind::Delegation => ("delegation", say("代行", "delegation"), delegation(change)?),
        Kind::Person => ("person", say("人员", "person"), person(change)?),
        _ => return None,
    };
    Some(Row {
        kind,
        word,
        id: change.id.clone(),
        what,
        data,
    })
}

type Shown = Option<(String, Value)>;

fn read<R: Record>(change: &Change) -> Option<R> {
    cbor::read(&change.record, RECORD_BYTES_MAX).ok()
}

fn policy(change: &Change) -> Shown {
    let policy: Policy = read(change)?;
    let (ceiling, zh) = ceiling_words(policy.ceiling);
    let mut what = format!(
        "{} {}, {} {:?}, {} {:?}, {} {}",
        say("最高密级", "ceiling"),
        say(zh, ceiling),
        say("时限（分钟）", "due in minutes"),
        policy.due_minutes,
        say("必查", "mandatory checks"),
        policy.mandatory_checks,
        say("口令有效天数", "days of a password"),
        policy.password_days
    );
    if let Some(clocks) = &policy.clocks {
        what.push_str(&format!("; {}", clocks::told(clocks)));
    }
    let data = json!({
        "ceiling": ceiling,
        "rule_set": policy.rule_set,
        "mandatory_checks": policy.mandatory_checks,
        "due_minutes": policy.due_minutes,
        "password_days": policy.password_days,
        "session_idle_minutes": policy.session_idle_minutes,
        "session_hours": policy.session_hours,
        "clocks": policy.clocks.as_ref().map(clocks::as_json),
    });
    Some((what, data))
}

const fn ceiling_words(ceiling: Ceiling) -> (&'static str, &'static str) {
    match ceiling {
        Ceiling::Public => ("public", "公开"),
        Ceiling::Internal => ("internal", "内部"),
        Ceiling::Secret => ("secret", "秘密"),
    }
}

fn officer(change: &Change) -> Shown {
    let officer: Officer = read(change)?;
    let keys: Vec<String> = officer.keys.iter().map(|it| it.id().to_string()).collect();
    let data = json!({ "keys": keys, "status": status(officer.status).0 });
    Some((
        format!("{} {}", shown(officer.status), keys.join(" ")),
        data,
    ))
}

fn exchange(change: &Change) -> Shown {
    let keys: ExchangeKeys = read(change)?;
    let data = json!({
        "checkpoint": keys.checkpoint.id().to_string(),
        "entries": keys.entries.id().to_string(),
        "tls": keys.tls.id().to_string(),
        "next_tls": keys.next.as_ref().map(|next| next.tls.id().to_string()),
    });
    let what = format!(
        "{} {}",
        say("检查点密钥", "checkpoint key"),
        keys.checkpoint.id()
    );
    Some((what, data))
}

fn unit(change: &Change) -> Shown {
    let unit: Unit = read(change)?;
    let parent = unit.parent.as_ref().map(UnitCode::as_str);
    let data = json!({
        "name": unit.name,
        "parent": parent,
        "status": status(unit.status).0,
        "training": unit.world.is_some(),
        "successor": unit.successor.as_ref().map(UnitCode::as_str),
    });
    let world = unit.world.map_or("", |_| say("（演练）", " (practice)"));
    Some((format!("{} {}{world}", shown(unit.status), unit.name), data))
}

fn account(change: &Change) -> Shown {
    let account: Account = read(change)?;
    let roles: Vec<&str> = account.roles.iter().map(|role| role.en()).collect();
    let words: Vec<&str> = account
        .roles
        .iter()
        .map(|role| say(role.zh(), role.en()))
        .collect();
    let devices: Vec<&str> = account.devices.iter().map(DeviceId::as_str).collect();
    let what = format!(
        "{} {} {} {} @ {}",
        shown(account.status),
        account.person,
        account.post,
        words.join(say("、", ", ")),
        devices.join(", ")
    );
    let data = json!({
        "person": account.person.as_str(),
        "post": account.post,
        "roles": roles,
        "devices": devices,
        "status": status(account.status).0,
        "ceiling": account.ceiling.map(ceiling_words).map(|words| words.0),
    });
    Some((what, data))
}

fn device(change: &Change) -> Shown {
    let device: Device = read(change)?;
    let what = format!(
        "{} {} {}",
        shown(device.status),
        device.responsible,
        device.label
    );
    let data = json!({
        "responsible": device.responsible.as_str(),
        "label": device.label,
        "status": status(device.status).0,
    });
    Some((what, data))
}

fn ticket(change: &Change) -> Shown {
    let ticket: Ticket = read(change)?;
    let state = if ticket.used_by.is_some() {
        say("已使用", "used").to_owned()
    } else {
        format!("{} {}", say("有效至", "until"), local(ticket.expires))
    };
    let what = format!("{} @ {}, {state}", ticket.account, ticket.device);
    let data = json!({
        "account": ticket.account.as_str(),
        "device": ticket.device.as_str(),
        "expires_ms": ticket.expires.unix_ms(),
        "used": ticket.used_by.is_some(),
        "application": ticket.application.map(|digest| digest.to_string()),
    });
    Some((what, data))
}

fn seal(change: &Change) -> Shown {
    let seal: SealGrant = read(change)?;
    let devices: Vec<&str> = seal.devices.iter().map(DeviceId::as_str).collect();
    let waits = seal
        .awaits
        .map_or("", |_| say("（待启用）", " (not in use yet)"));
    let what = format!(
        "{}{waits} {}, {} {} @ {}, {} {}",
        shown(seal.status),
        seal.name,
        say("保管人", "custodian"),
        seal.custodian,
        devices.join(", "),
        say("有效至", "until"),
        local(seal.valid_until)
    );
    let data = json!({
        "name": seal.name,
        "picture": seal.picture.to_string(),
        "custodian": seal.custodian.as_str(),
        "devices": devices,
        "valid_from_ms": seal.valid_from.unix_ms(),
        "valid_until_ms": seal.valid_until.unix_ms(),
        "status": status(seal.status).0,
        "awaits_activation": seal.awaits.is_some(),
    });
    Some((what, data))
}

fn quorum(change: &Change) -> Shown {
    let rule: Quorum = read(change)?;
    let what = format!(
        "{} {}, {} {}, {} {}, {} {}, {} {}",
        say("印章", "seals"),
        rule.seals,
        say("权限", "rights"),
        rule.rights,
        say("恢复密钥", "recoveries"),
        rule.recoveries,
        say("规则", "policy"),
        rule.policy,
        say("其他", "others"),
        rule.others
    );
    let data = json!({
        "seals": rule.seals,
        "rights": rule.rights,
        "recoveries": rule.recoveries,
        "policy": rule.policy,
        "others": rule.others,
    });
    Some((what, data))
}

fn escrow(change: &Change) -> Shown {
    let escrow: Escrow = read(change)?;
    let id = escrow.key.id().to_string();
    Some((id.clone(), json!({ "key": id })))
}

fn recovery(change: &Change) -> Shown {
    let handed: Recovery = read(change)?;
    let (code, zh) = match handed.purpose {
        RecoveryPurpose::Lost => ("lost", "恢复"),
        RecoveryPurpose::Drill => ("drill", "演练"),
    };
    let what = format!(
        "{} → {}, {} {}",
        say(zh, code),
        handed.account,
        say("期次", "epoch"),
        handed.half.epoch
    );
    let data = json!({
        "account": handed.account.as_str(),
        "epoch": handed.half.epoch,
        "purpose": code,
    });
    Some((what, data))
}

fn delegation(change: &Change) -> Shown {
    let lent: Delegation = read(change)?;
    let what = format!(
        "{} {}, {} – {}",
        say("代", "for"),
        lent.of,
        local(lent.from),
        local(lent.until)
    );
    let data = json!({
        "for": lent.of.as_str(),
        "from_ms": lent.from.unix_ms(),
        "until_ms": lent.until.unix_ms(),
    });
    Some((what, data))
}

/// Names and telephones are not in the roster; what it holds is where they stand.
fn person(change: &Change) -> Shown {
    let person: Person = read(change)?;
    let digest = person.card.digest.to_string();
    Some((digest.clone(), json!({ "card": digest })))
}

fn shown(of: Status) -> &'static str {
    let (code, zh) = status(of);
    say(zh, code)
}

const fn status(of: Status) -> (&'static str, &'static str) {
    match of {
        Status::Active => ("active", "有效"),
        Status::Suspended => ("suspended", "暂停"),
        Status::Closed => ("closed", "停用"),
    }
}
