//! What may be used on a computer.

use std::collections::HashMap;

use serde_json::{Value, json};
use yichuan_document::DeviceId;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Account, SealGrant, Status};

use crate::lang::say;

/// The accounts and seals that may be used on each computer: they stand at account and seal.
#[derive(Default)]
pub(super) struct Permitted {
    accounts: HashMap<DeviceId, Vec<String>>,
    seals: HashMap<DeviceId, Vec<String>>,
}

impl Permitted {
    /// Reads them from every account and seal that is not closed.
    pub(super) fn of(roster: &Roster) -> Self {
        let mut all = Self::default();
        for (id, account) in roster.all::<Account>() {
            if account.status != Status::Closed {
                note(&mut all.accounts, account.devices, id);
            }
        }
        for (id, seal) in roster.all::<SealGrant>() {
            if seal.status != Status::Closed {
                note(&mut all.seals, seal.devices, id);
            }
        }
        all
    }

    /// Adds to what is said of a computer who and which seals are permitted there.
    pub(super) fn tell(&self, id: &str, what: &mut String, data: &mut Value) {
        let Ok(device) = id.parse::<DeviceId>() else {
            return;
        };
        for (word, key, of) in [
            (say("帐号", "accounts"), "accounts", &self.accounts),
            (say("印章", "seals"), "seals", &self.seals),
        ] {
            let ids = of.get(&device).map_or(&[][..], Vec::as_slice);
            data[key] = json!(ids);
            if !ids.is_empty() {
                what.push_str(&format!("; {word} {}", ids.join(", ")));
            }
        }
    }
}

fn note(of: &mut HashMap<DeviceId, Vec<String>>, devices: Vec<DeviceId>, id: &str) {
    for device in devices {
        of.entry(device).or_default().push(id.to_owned());
    }
}
