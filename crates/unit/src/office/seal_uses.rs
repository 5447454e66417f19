//! Every use of a unit's seals (Art. 12 to 14): when, by whom, on which computer and document, and
//! where it stands, as far as the reader can open it.

use std::collections::HashSet;

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::statement::SealUse;
use yichuan_document::{AccountId, DeviceId, DocumentId, PersonId, SealId, Timestamp, UnitCode};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_seal::{Placement, SealRecord};
use yichuan_wire::ErrorCode;

use super::dossier::verify_statement;
use super::failed::{Failed, Inconsistent};
use super::session::Session;
use crate::lang::{local, say};
use crate::link::LinkFailed;

/// One use of a seal.
#[derive(Clone, Debug)]
pub struct Used {
    /// The entry's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// The account that set it.
    pub account: AccountId,
    /// The person whose account it was then.
    pub person: Option<PersonId>,
    /// The computer.
    pub device: Option<DeviceId>,
    /// The seal, the document, and what the statement says besides.
    pub said: SealUse,
    /// 发文字号, where the document has one and this unit is a party of it.
    pub number: Option<String>,
    /// Where the seal stands; none where this account cannot open the record.
    pub places: Option<Vec<Placement>>,
    /// What the seal is called, and what has become of it since.
    pub seal: SealNow,
}

/// A seal as the roster has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealNow {
    /// What it is called.
    pub name: String,
    /// Whether it may still be used.
    pub state: SealState,
}

/// Whether a seal may still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealState {
    /// It may.
    Active,
    /// Not until it is resumed.
    Suspended,
    /// Never again.
    Revoked,
    /// Its time is over.
    Expired,
}

impl SealState {
    /// The Chinese and the English word.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Active => ("有效", "active"),
            Self::Suspended => ("已暂停", "suspended"),
            Self::Revoked => ("已注销", "revoked"),
            Self::Expired => ("已过期", "expired"),
        }
    }
}

impl Used {
    /// The document.
    pub const fn document(&self) -> DocumentId {
        self.said.about.document
    }
}

impl Session {
    /// The uses of seals that `wanted` takes, by time and seal, oldest first; every signature and
    /// proof is verified.
    ///
    /// An auditor reads those of its unit and of the units below it from the log. A custodian and a
    /// manager read those of their own unit from its events; other roles are refused.
    pub async fn seal_uses(
        &mut self,
        wanted: &dyn Fn(Timestamp, &SealId) -> bool,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Vec<Used>, Failed> {
        let entries = self.entries_of_seals(seen).await?;
        let mut uses = self.verified_uses(entries, wanted)?;
        for used in &mut uses {
            used.number = self.number_of(used).await?;
            used.places = self.places_of(used).await?;
            seen(1);
        }
        Ok(uses)
    }

    async fn entries_of_seals(
        &mut self,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Vec<(u64, Entry)>, Failed> {
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        if standing.has(Role::Audit) {
            let entries = self.readable_entries(seen).await?;
            let of_seals = entries.into_iter();
            return Ok(of_seals
                .filter(|(_, entry)| entry.kind == EntryKind::Seal)
                .collect());
        }
        if !standing.has(Role::Manage) {
            standing.require(Role::Seal)?;
        }
        let events = self.feed.events().iter();
        let of_seals = events.filter(|event| event.entry.kind == EntryKind::Seal);
        Ok(of_seals
            .map(|event| (event.index, event.entry.clone()))
            .collect())
    }

    fn verified_uses(
        &self,
        entries: Vec<(u64, Entry)>,
        wanted: &dyn Fn(Timestamp, &SealId) -> bool,
    ) -> Result<Vec<Used>, Failed> {
        let now = self.mirror.roster();
        let own = self.identity.unit();
        let mut walk = self.mirror.walk()?;
        let mut uses = Vec::new();
        for (index, entry) in entries {
            let roster = walk.to(index)?;
            let statement = verify_statement(roster, index, entry)?;
            let broken = || Failed::Inconsistent(Inconsistent::Life { index });
            let said: SealUse = statement.payload.body().map_err(|_| broken())?;
            let (time, payload) = (statement.entry.time, statement.payload);
            // Documents that come in, or have several issuers, bring other units' seals along.
            if !wanted(time, &said.seal) || !stands_below(now, said.seal.unit(), &own) {
                continue;
            }
            let account = payload.account.ok_or_else(broken)?;
            let seal = now.seal(&said.seal).ok_or_else(broken)?;
            let state = match seal.status {
                Status::Closed => SealState::Revoked,
                Status::Suspended => SealState::Suspended,
                Status::Active if seal.valid_until <= crate::now() => SealState::Expired,
                Status::Active => SealState::Active,
            };
            uses.push(Used {
                index,
                time,
                person: roster.account(&account).map(|account| account.person),
                account,
                device: payload.device,
                said,
                number: None,
                places: None,
                seal: SealNow {
                    name: seal.name,
                    state,
                },
            });
        }
        Ok(uses)
    }

    async fn number_of(&self, used: &Used) -> Result<Option<String>, Failed> {
        let manifest = if_shown(self.manifest(used.said.about.manifest).await)?;
        let number = manifest
            .as_ref()
            .and_then(|manifest| manifest.number.as_ref());
        Ok(number.map(ToString::to_string))
    }

    async fn places_of(&self, used: &Used) -> Result<Option<Vec<Placement>>, Failed> {
        let said = &used.said;
        let Some(key) = if_shown(self.content_key_of(said.about.manifest).await)? else {
            return Ok(None);
        };
        let closed = self.attachment_of(used.index, said.record.digest);
        let Some(closed) = if_shown(closed.await)? else {
            return Ok(None);
        };
        let broken = || Failed::Inconsistent(Inconsistent::Life { index: used.index });
        let genesis = self.mirror.roster().genesis();
        let record = key.open_record(&genesis, &used.document(), said.ordinal, &closed);
        let record = SealRecord::read(&record.ok_or_else(broken)?).map_err(|_| broken())?;
        if record.seal != said.seal || record.about != said.about {
            return Err(broken());
        }
        Ok(Some(record.placements))
    }
}

/// Whether `unit` is `top`, or stands below it.
fn stands_below(roster: &Roster, unit: UnitCode, top: &UnitCode) -> bool {
    let mut passed = HashSet::new();
    let mut next = Some(unit);
    while let Some(unit) = next.filter(|unit| !passed.contains(unit)) {
        if unit == *top {
            return true;
        }
        next = roster.unit(&unit).and_then(|unit| unit.parent);
        passed.insert(unit);
    }
    false
}

/// None of what this account is not shown or cannot open; every other failure stays one.
fn if_shown<T>(outcome: Result<T, Failed>) -> Result<Option<T>, Failed> {
    const NOT_SHOWN: [ErrorCode; 3] = [
        ErrorCode::UNKNOWN_DOCUMENT,
        ErrorCode::NOT_FETCHED,
        ErrorCode::ATTACHMENT,
    ];
    match outcome {
        Ok(shown) => Ok(Some(shown)),
        Err(Failed::NoShare(_)) => Ok(None),
        Err(Failed::Link(LinkFailed::Refused(refused))) if NOT_SHOWN.contains(&refused.code) => {
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// The heads of a table of uses.
pub fn head() -> [&'static str; 10] {
    [
        say("时间", "time"),
        say("印章", "seal"),
        say("人员", "person"),
        say("帐号", "by"),
        say("设备", "device"),
        say("公文", "document"),
        say("发文字号", "number"),
        say("位置", "placed"),
        say("序号", "index"),
        say("印章现状", "seal now"),
    ]
}

/// A use in those columns.
pub fn cells(used: &Used) -> Vec<String> {
    let (zh, en) = used.seal.state.words();
    vec![
        local(used.time),
        used.said.seal.to_string(),
        or_nothing(used.person.as_ref()),
        used.account.to_string(),
        or_nothing(used.device.as_ref()),
        used.document().to_string(),
        or_nothing(used.number.as_ref()),
        places(used.places.as_deref()),
        used.index.to_string(),
        say(zh, en).to_owned(),
    ]
}

fn or_nothing(known: Option<&impl ToString>) -> String {
    known.map(ToString::to_string).unwrap_or_default()
}

/// Page, left and top of each place.
pub fn places(places: Option<&[Placement]>) -> String {
    match places {
        None => say("本帐号不可见", "closed to this account").to_owned(),
        Some([]) => say("未落图", "on no page").to_owned(),
        Some(places) => places.iter().map(place).collect::<Vec<_>>().join("; "),
    }
}

fn place(place: &Placement) -> String {
    let millimetres = |hundredths: u32| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let file = match place.part {
        0 => String::new(),
        part => format!("{} {} ", say("文件", "file"), part + 1),
    };
    format!(
        "{file}{} {} @ {},{} mm",
        say("页", "page"),
        place.page,
        millimetres(place.x),
        millimetres(place.y)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_millimetres() {
        let on = |part, page| Placement {
            part,
            page,
            x: 12_130,
            y: 705,
            width: 4_200,
            height: 4_200,
            clip: None,
        };
        assert_eq!(places(Some(&[on(0, 2)])), "页 2 @ 121.30,7.05 mm");
        let two = places(Some(&[on(0, 1), on(2, 3)]));
        assert!(two.ends_with("; 文件 3 页 3 @ 121.30,7.05 mm"), "{two}");
        assert_ne!(places(None), places(Some(&[])));
    }
}
