//! Looking: units, people, registers, one document.

pub mod events;
mod listing;
mod showing;

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::UnitCode;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Status, Unit};

use super::Globals;
use super::acting::block_on;
pub(super) use crate::lang::visible;
use crate::lang::{say, table};
use crate::office::Failed;
use crate::office::place::Place;

pub(super) use listing::{inbox, outbox};
pub(super) use showing::{Show, reception_head, reception_json, reception_row};

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

/// The name of a unit, or its code where the roster has none.
pub(super) fn name_of(roster: &Roster, code: &UnitCode) -> String {
    roster
        .unit(code)
        .map_or_else(|| code.to_string(), |unit| unit.name)
}
