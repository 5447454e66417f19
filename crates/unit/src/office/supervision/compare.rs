//! The figures of the exchange held against the log: equal, or which numbers differ.

use std::collections::{BTreeMap, HashMap, HashSet};

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::statement::Dispatch;
use yichuan_document::{Digest, Manifest, UnitCode};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::figures::{Count, Figures};

use super::at_or_below;
use super::fold::{Fold, Parties, Said, counts};
use super::period::Period;
use super::tally::NUMBERS;
use crate::office::dossier::verify_statement;
use crate::office::failed::{Failed, Inconsistent};
use crate::office::session::Session;

/// How often the figures are asked for again because the log grew meanwhile.
const TRIES: usize = 5;

/// Figures by unit and month.
type ByMonth = HashMap<(UnitCode, u32), Figures>;

/// The figures of a unit and month, as the exchange says and as the log gives.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The unit.
    pub unit: UnitCode,
    /// Year × 100 + month.
    pub month: u32,
    /// What differs; nothing where they are equal.
    pub differences: Vec<Difference>,
}

/// A number that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which number, in Chinese and English.
    pub what: (&'static str, &'static str),
    /// What the exchange says.
    pub said: String,
    /// What the log gives.
    pub found: String,
}

/// The outcome of a comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The size of the log that was folded.
    pub size: u64,
    /// How many entries were verified and folded.
    pub entries: usize,
    /// One row for each unit and month that has figures on either side, rising.
    pub rows: Vec<Compared>,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.rows.iter().all(|row| row.differences.is_empty())
    }
}

impl Session {
    /// Folds the log that this auditor reads and compares what it gives with what the exchange
    /// says; every signature and every proof is verified. Of one unit, or of all that are looked
    /// after. Refuses an account without the role, and gives up where the log keeps growing.
    pub async fn compare_figures(
        &mut self,
        period: Period,
        only: Option<&UnitCode>,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Comparison, Failed> {
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        standing.require(Role::Audit)?;
        for _ in 0..TRIES {
            let (size, said, entries) = self.said_and_read(period, seen).await?;
            let Some(entries) = entries else { continue };
            let roster = self.mirror.roster();
            let mut scope: HashSet<UnitCode> = at_or_below(roster, &self.identity.unit())
                .into_iter()
                .collect();
            let all = scope.clone();
            if let Some(only) = only {
                if !scope.contains(only) {
                    return Err(Failed::UnknownUnit(only.to_string()));
                }
                scope.retain(|unit| unit == only);
            }
            let (count, found) = self.folded(all, entries, seen).await?;
            let wanted =
                |(unit, month): &(UnitCode, u32)| scope.contains(unit) && period.has(*month);
            return Ok(Comparison {
                size,
                entries: count,
                rows: compared(&said, &found, wanted),
            });
        }
        Err(Failed::NotNow("log".to_owned()))
    }

    /// The figures, and all entries of the time at which they were said; no entries where the log
    /// grew by something that counts.
    async fn said_and_read(
        &mut self,
        period: Period,
        seen: &mut dyn FnMut(u64),
    ) -> Result<(u64, ByMonth, Option<Vec<(u64, Entry)>>), Failed> {
        let before = self.readable_entries(seen).await?;
        let size = self.log_size();
        let said = self.figures(period, true, seen).await?;
        let last = before.last().map_or(0, |(index, _)| index + 1);
        let after = self.readable_entries_from(last, seen).await?;
        let grew = after
            .iter()
            .any(|(_, entry)| counts(entry.kind) || entry.kind.is_roster());
        let said = said.into_iter();
        let said = said.map(|row| ((row.unit, row.month), row.figures));
        Ok((size, said.collect(), (!grew).then_some(before)))
    }

    async fn folded(
        &self,
        scope: HashSet<UnitCode>,
        entries: Vec<(u64, Entry)>,
        seen: &mut dyn FnMut(u64),
    ) -> Result<(usize, ByMonth), Failed> {
        let mut submitted: HashMap<Digest, u64> = HashMap::new();
        for (index, entry) in &entries {
            if entry.kind == EntryKind::Submission
                && let Some(manifest) = entry.attachments.first()
            {
                submitted.insert(manifest.digest, *index);
            }
        }
        let now = self.mirror.roster();
        let mut walk = self.mirror.walk()?;
        let mut fold = Fold::new(scope);
        let mut count = 0;
        for (index, entry) in entries {
            if entry.kind.is_roster() {
                let signed = entry.signed().map_err(|_| Failed::Protocol)?;
                let payload = signed.claimed().map_err(|_| Failed::Protocol)?;
                let roster = walk.to(index)?;
                let heir = |unit: &UnitCode| roster.unit(unit)?.successor;
                fold.take_act(&payload, &heir);
                continue;
            }
            if !counts(entry.kind) {
                continue;
            }
            let roster = walk.to(index)?;
            let statement = verify_statement(roster, index, entry)?;
            let broken = || Failed::Inconsistent(Inconsistent::Life { index });
            let parties = if statement.entry.kind == EntryKind::Dispatch {
                let body: Dispatch = statement.payload.body().map_err(|_| broken())?;
                let digest = body.about.manifest;
                let place = submitted.get(&digest).ok_or_else(broken)?;
                Some(Parties::of(&self.audited_manifest(*place, digest).await?))
            } else {
                None
            };
            let said = Said {
                index,
                time: statement.entry.time,
                kind: statement.entry.kind,
                payload: &statement.payload,
            };
            let clocks = roster.policy().and_then(|policy| policy.clocks);
            let calendar = clocks.and_then(|clocks| clocks.calendar);
            fold.take(calendar.as_ref(), said, parties)
                .ok_or_else(broken)?;
            count += 1;
            seen(1);
        }
        Ok((count, fold.figures(&|unit| was_taken_over(now, unit))))
    }

    /// The manifest that the submission at `entry` names; an auditor reads it as a party does.
    async fn audited_manifest(&self, entry: u64, digest: Digest) -> Result<Manifest, Failed> {
        let bytes = self.attachment_of(entry, digest).await?;
        let wrong = |_| Failed::Inconsistent(Inconsistent::Manifest { signed: digest });
        Manifest::read(&bytes).map_err(wrong)
    }
}

fn was_taken_over(roster: &Roster, unit: &UnitCode) -> bool {
    roster
        .unit(unit)
        .is_some_and(|unit| unit.status == Status::Closed && unit.successor.is_some())
}

/// Both sides by unit and month; what stands on neither is left out.
fn compared(
    said: &ByMonth,
    found: &ByMonth,
    wanted: impl Fn(&(UnitCode, u32)) -> bool,
) -> Vec<Compared> {
    let nothing = Figures::default();
    let mut rows = BTreeMap::new();
    for key in said.keys().chain(found.keys()).filter(|key| wanted(key)) {
        let of = |side: &ByMonth| side.get(key).unwrap_or(&nothing).clone();
        let (said, found) = (of(said), of(found));
        let (unit, month) = key.clone();
        let place = (unit.to_string(), month);
        let row = Compared {
            unit,
            month,
            differences: differences(&said, &found),
        };
        if said != nothing || found != nothing {
            rows.insert(place, row);
        }
    }
    rows.into_values().collect()
}

fn differences(said: &Figures, found: &Figures) -> Vec<Difference> {
    let mut differences: Vec<Difference> = NUMBERS
        .iter()
        .map(|(zh, en, number)| Difference {
            what: (zh, en),
            said: number(said).to_string(),
            found: number(found).to_string(),
        })
        .collect();
    for (what, said, found) in [
        (
            ("退回（原因×次数）", "returned (reason × times)"),
            &said.returned,
            &found.returned,
        ),
        (
            ("签收用时（分×次数）", "minutes × receipts"),
            &said.minutes,
            &found.minutes,
        ),
    ] {
        differences.push(Difference {
            what,
            said: listed(said),
            found: listed(found),
        });
    }
    differences.retain(|one| one.said != one.found);
    differences
}

fn listed(counts: &[Count]) -> String {
    let counts = counts.iter();
    let counts: Vec<String> = counts
        .map(|count| format!("{}×{}", count.what, count.times))
        .collect();
    counts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use yichuan_wire::figures::End;

    #[test]
    fn every_number_that_differs_is_told_and_no_other() {
        let mut said = Figures::default();
        said.count_delivery(End::Signed(5), false, false, 1);
        assert_eq!(differences(&said, &said), []);
        let mut found = said.clone();
        found.count_delivery(End::Returned(10), true, true, 1);
        let told: Vec<&str> = differences(&said, &found)
            .iter()
            .map(|one| one.what.1)
            .collect();
        let expected = ["received", "late", "overdue", "returned (reason × times)"];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_number_of_every_field_is_compared() {
        let one = |set: fn(&mut Figures)| {
            let mut figures = Figures::default();
            set(&mut figures);
            figures
        };
        let count = Count { what: 1, times: 1 };
        let all = [
            one(|it| it.sent = 1),
            one(|it| it.sent_to = 1),
            one(|it| it.inquiries_missed = 1),
            one(|it| it.received = 1),
            one(|it| it.signed = 1),
            one(|it| it.late = 1),
            one(|it| it.overdue = 1),
            one(|it| it.refused = 1),
            one(|it| it.recalled = 1),
            one(|it| it.moved = 1),
            one(|it| it.looks_missed = 1),
            Figures {
                returned: vec![count],
                ..Figures::default()
            },
            Figures {
                minutes: vec![count],
                ..Figures::default()
            },
        ];
        for changed in all {
            let told = differences(&Figures::default(), &changed);
            assert_eq!(told.len(), 1, "{changed:?}");
        }
    }

    #[test]
    fn a_unit_that_only_one_side_knows_is_told() {
        let unit: UnitCode = "513201-zf".parse().unwrap();
        let mut figures = Figures::default();
        figures.count_delivery(End::Pending, false, false, 1);
        let side = HashMap::from([((unit.clone(), 202_611), figures)]);
        let none = HashMap::new();
        for (said, found) in [(&side, &none), (&none, &side)] {
            let rows = compared(said, found, |_| true);
            assert_eq!(rows.len(), 1);
            assert!(!rows[0].differences.is_empty());
            assert!(compared(said, found, |_| false).is_empty());
        }
        assert!(compared(&side, &side, |_| true)[0].differences.is_empty());
    }
}
