//! Judging a list: what becomes of each line, and in which order units are put.

use std::collections::{HashMap, HashSet};

use yichuan_document::UnitCode;
use yichuan_document::roster::record::{Status, Unit};
use yichuan_document::roster::{BadText, Roster, check_text};

use super::super::PlannedUnit;
use super::super::look_alike::look_alikes;
use super::{Allowed, Checked, Fault, Import, Listed, Outcome, UnitList};

/// How many codes of a circle are told.
const CIRCLE_TOLD: usize = 6;

impl UnitList {
    /// Judges every line against the roster and the other lines.
    pub fn check(&self, roster: &Roster, allowed: Allowed) -> Import {
        let list = Judged::new(self, roster);
        let circles = list.circles();
        let named = |unit: &Listed| (unit.code.clone(), unit.name.clone());
        let names: Vec<(String, String)> = list
            .first
            .iter()
            .map(|at| named(&self.units[*at]))
            .collect();
        let names = names
            .iter()
            .map(|(code, name)| (code.as_str(), name.as_str()));
        let alike = list.first.iter().copied().zip(look_alikes(roster, names));
        let mut alike: HashMap<usize, _> = alike.collect();
        let mut lines = Vec::new();
        let mut put = Vec::new();
        for (at, unit) in self.units.iter().enumerate() {
            let mut outcome = list.outcome(at, allowed.update);
            let mut more = Vec::new();
            more.extend(
                circles
                    .get(unit.code.as_str())
                    .filter(|_| list.is_first(at))
                    .cloned(),
            );
            let refused = !allowed.look_alikes.allows(&unit.code);
            if let Some(other) = alike.remove(&at).flatten().filter(|_| refused) {
                let line = list.line_of(&other.code);
                more.push(Fault::LookAlike { other, line });
            }
            if !more.is_empty() {
                let mut faults = match outcome {
                    Outcome::Refused(faults) => faults,
                    _ => Vec::new(),
                };
                faults.append(&mut more);
                outcome = Outcome::Refused(faults);
            }
            if matches!(outcome, Outcome::Opened | Outcome::Changed) {
                put.push(at);
            }
            lines.push(Checked {
                line: unit.line,
                code: unit.code.clone(),
                name: unit.name.clone(),
                outcome,
            });
        }
        Import {
            lines,
            units: list.in_order(put),
            look_alikes: allowed.look_alikes,
        }
    }
}

/// A list beside the roster.
struct Judged<'l> {
    list: &'l UnitList,
    roster: &'l Roster,
    /// The first line of each code, in the order of the file.
    first: Vec<usize>,
    /// The same, by code.
    by_code: HashMap<&'l str, usize>,
}

impl<'l> Judged<'l> {
    fn new(list: &'l UnitList, roster: &'l Roster) -> Self {
        let mut by_code = HashMap::new();
        let mut first = Vec::new();
        for (at, unit) in list.units.iter().enumerate() {
            by_code.entry(unit.code.as_str()).or_insert_with(|| {
                first.push(at);
                at
            });
        }
        Self {
            list,
            roster,
            first,
            by_code,
        }
    }

    fn is_first(&self, at: usize) -> bool {
        self.by_code.get(self.list.units[at].code.as_str()) == Some(&at)
    }

    fn line_of(&self, code: &str) -> Option<usize> {
        let at = self.by_code.get(code)?;
        Some(self.list.units[*at].line)
    }

    fn in_roster(&self, code: &str) -> Option<Unit> {
        code.parse().ok().and_then(|code| self.roster.unit(&code))
    }

    /// The code of the unit above a line: as the list says, or as it was.
    fn parent_at(&self, at: usize) -> Option<String> {
        let unit = &self.list.units[at];
        if self.list.has_parents {
            return unit.parent.clone();
        }
        let before = self.in_roster(&unit.code)?;
        before.parent.map(|parent| parent.to_string())
    }

    /// The unit above, once the list is carried out.
    fn parent_of(&self, code: &str) -> Option<String> {
        match self.by_code.get(code) {
            Some(at) => self.parent_at(*at),
            None => self.in_roster(code)?.parent.map(|it| it.to_string()),
        }
    }

    /// What becomes of a line, as far as the line itself, its code and the unit above it say.
    fn outcome(&self, at: usize, update: bool) -> Outcome {
        let unit = &self.list.units[at];
        let mut faults = Vec::new();
        let code: Result<UnitCode, _> = unit.code.parse();
        if code.is_err() {
            faults.push(Fault::Code);
        } else if let Some(line) = self.line_of(&unit.code).filter(|_| !self.is_first(at)) {
            return Outcome::Refused(vec![Fault::Twice { line }]);
        }
        let before = code.ok().and_then(|code| self.roster.unit(&code));
        let parent = self.parent_at(at);
        let mut known = Outcome::Opened;
        if let Some(before) = before {
            let above = before.parent.as_ref().map(ToString::to_string);
            if before.status == Status::Closed {
                return Outcome::Refused(vec![Fault::Closed]);
            }
            if before.name == unit.name && above == parent {
                return Outcome::Unchanged;
            }
            if !update {
                faults.push(Fault::Differs {
                    name: before.name,
                    parent: above,
                });
            }
            known = Outcome::Changed;
        }
        faults.extend(match check_text(&unit.name) {
            Ok(()) => None,
            Err(BadText::TooLong) => Some(Fault::NameTooLong),
            Err(BadText::Empty) => Some(Fault::NameEmpty),
            Err(_) => Some(Fault::NameInvisible),
        });
        faults.extend(parent.and_then(|parent| self.parent_fault(parent)));
        if faults.is_empty() {
            known
        } else {
            Outcome::Refused(faults)
        }
    }

    fn parent_fault(&self, parent: String) -> Option<Fault> {
        if parent.parse::<UnitCode>().is_err() {
            return Some(Fault::ParentCode(parent));
        }
        // A unit of the list that cannot be taken is told on its own line.
        match self.in_roster(&parent) {
            Some(above) if above.status == Status::Closed => Some(Fault::ParentClosed(parent)),
            Some(_) => None,
            None if self.by_code.contains_key(parent.as_str()) => None,
            None => Some(Fault::ParentUnknown(parent)),
        }
    }

    /// The units that would stand above themselves.
    fn circles(&self) -> HashMap<String, Fault> {
        let mut circles = HashMap::new();
        let mut done: HashSet<String> = HashSet::new();
        for at in &self.first {
            let mut path: Vec<String> = Vec::new();
            let mut places: HashMap<String, usize> = HashMap::new();
            let mut next = Some(self.list.units[*at].code.clone());
            while let Some(code) = next.filter(|code| !done.contains(code)) {
                if let Some(from) = places.get(&code) {
                    let circle = &path[*from..];
                    let told: Vec<String> = circle.iter().take(CIRCLE_TOLD).cloned().collect();
                    let fault = Fault::Cycle(told);
                    circles.extend(circle.iter().map(|code| (code.clone(), fault.clone())));
                    break;
                }
                places.insert(code.clone(), path.len());
                next = self.parent_of(&code);
                path.push(code);
            }
            done.extend(path);
        }
        circles
    }

    /// The units of these lines, each after the one above it. No circle is among them, or nothing
    /// of the list is carried out.
    fn in_order(&self, put: Vec<usize>) -> Vec<PlannedUnit> {
        let wanted: HashSet<usize> = put.iter().copied().collect();
        let mut done = HashSet::new();
        let mut units = Vec::new();
        for at in put {
            let mut path = Vec::new();
            let mut next = Some(at);
            while let Some(at) = next.filter(|at| wanted.contains(at) && done.insert(*at)) {
                path.push(at);
                let parent = self.parent_at(at);
                next = parent.and_then(|parent| self.by_code.get(parent.as_str()).copied());
            }
            for at in path.into_iter().rev() {
                let unit = &self.list.units[at];
                let parent = self.parent_at(at);
                units.push(PlannedUnit::new(
                    unit.code.clone(),
                    unit.name.clone(),
                    parent,
                ));
            }
        }
        units
    }
}
