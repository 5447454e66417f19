//! Walking through the entries in the order of the log: folding the roster, judging each
//! statement by the roster as it stood, then the checkpoint and the exchange's list.

use std::collections::{HashMap, HashSet};

use yichuan_document::roster::Roster;
use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::signed::{Payload, Signed};
use yichuan_document::statement::{AttachmentRef, Extract};
use yichuan_document::{Digest, StatementId, Timestamp, UnitCode, UnitRef, tree};

use super::RootPin;
use super::case::Case;
use super::fault::Fault;
use super::finding::{Check, Findings, Gap};
use super::statement::{Said, Stop, by_exchange};
use super::story::{Event, What};
use super::telling::tell;
use crate::bundle::{Head, Proven};
use crate::checkpoint::{self, Checkpoint, NoteKey};
use crate::entry::{BadEntry, Entry, EntryKind};

/// What came of the walk.
pub(super) struct Walked<'h> {
    pub(super) findings: Findings,
    pub(super) roster: Option<Roster>,
    pub(super) case: Case<'h>,
    pub(super) story: Vec<Event>,
    /// The checkpoint, if its signature stands.
    pub(super) checkpoint: Option<Checkpoint>,
    /// The unit that the list was made for, if the exchange signed it.
    pub(super) reader: Option<UnitRef>,
}

/// Walks through a head.
pub(super) fn walk<'h>(head: &'h Head, root: Option<&RootPin>) -> Walked<'h> {
    let mut walk = Walk {
        head,
        findings: Findings::default(),
        roster: None,
        case: Case::new(head, claimed_reader(&head.extract)),
        story: Vec::new(),
        last_time: Timestamp::default(),
        ids: HashSet::new(),
        seen: HashMap::new(),
        named: Vec::new(),
        known_names: HashSet::new(),
    };
    let lines = walk.lines();
    for line in &lines {
        walk.line(line);
    }
    walk.anchor(root);
    walk.attachments();
    walk.case.close_wraps(&mut walk.findings);
    let checkpoint = walk.checkpoint();
    walk.inclusion(&lines, checkpoint.as_ref());
    let reader = walk.extract(checkpoint.as_ref());
    if walk.case.unknown.is_empty() {
        walk.findings.pass(Check::KnownKinds);
    }
    Walked {
        findings: walk.findings,
        roster: walk.roster,
        case: walk.case,
        story: walk.story,
        checkpoint,
        reader,
    }
}

struct Walk<'h> {
    head: &'h Head,
    findings: Findings,
    roster: Option<Roster>,
    case: Case<'h>,
    story: Vec<Event>,
    last_time: Timestamp,
    ids: HashSet<(Option<UnitCode>, StatementId)>,
    seen: HashMap<u64, Digest>,
    /// The attachments that the document's entries name, each once.
    named: Vec<AttachmentRef>,
    known_names: HashSet<AttachmentRef>,
}

struct Line<'h> {
    proven: &'h Proven,
    is_roster: bool,
}

impl<'h> Walk<'h> {
    /// The entries of both lists in the order of the log.
    fn lines(&mut self) -> Vec<Line<'h>> {
        let line = |is_roster| move |proven| Line { proven, is_roster };
        let roster = self.head.roster.iter().map(line(true));
        let mut lines: Vec<Line<'h>> = roster
            .chain(self.head.entries.iter().map(line(false)))
            .collect();
        let rises = |list: &[Proven]| list.windows(2).all(|two| two[0].index < two[1].index);
        let mut in_order = rises(&self.head.roster) && rises(&self.head.entries);
        lines.sort_by_key(|line| line.proven.index);
        in_order &= lines
            .windows(2)
            .all(|two| two[0].proven.index != two[1].proven.index);
        if !in_order {
            self.findings.fail(Check::Order, Fault::IndexOrder, None);
        }
        lines
    }

    fn line(&mut self, line: &Line<'h>) {
        let index = line.proven.index;
        let check = if line.is_roster {
            Check::Roster
        } else {
            Check::Statements
        };
        let entry = match Entry::read(&line.proven.entry) {
            Ok(entry) => entry,
            Err(why) => {
                let fault = match why {
                    BadEntry::UnknownVersion { .. } => Fault::UnknownVersion,
                    _ => Fault::Unreadable,
                };
                self.findings.fail(check, fault, Some(index));
                return;
            }
        };
        let epoch = self.epoch();
        let outcome = match (line.is_roster, self.roster.take()) {
            (true, before) => self.fold(index, &entry, before),
            (false, Some(roster)) => {
                self.in_time(index, &entry);
                let outcome = self.statement(index, &entry, &roster);
                self.roster = Some(roster);
                outcome
            }
            (false, None) => Err((Check::Roster, Fault::UnknownRoster)),
        };
        if self.epoch() > epoch {
            self.correct_time(index, &entry);
        } else if line.is_roster {
            self.in_time(index, &entry);
        }
        match outcome {
            Ok(()) => {
                self.findings.pass(check);
                self.findings.pass(Check::Order);
            }
            Err((check, fault)) => self.findings.fail(check, fault, Some(index)),
        }
    }

    /// The epoch of time that the roster is in.
    fn epoch(&self) -> u32 {
        let time = self.roster.as_ref().and_then(Roster::time);
        time.map_or(0, |time| time.epoch)
    }

    /// Within an epoch the time never decreases with the index.
    fn in_time(&mut self, index: u64, entry: &Entry) {
        if entry.time < self.last_time {
            self.findings
                .fail(Check::Order, Fault::TimeGoesBack, Some(index));
        }
        self.last_time = self.last_time.max(entry.time);
    }

    /// The authority has corrected the time: it begins again, and overdue entries are annulled.
    fn correct_time(&mut self, index: u64, entry: &Entry) {
        self.last_time = entry.time;
        let Some(time) = self.roster.as_ref().and_then(Roster::time) else {
            return;
        };
        let annulled = self.case.annul(&time, entry.time);
        if !annulled.is_empty() {
            self.story.push(Event {
                time: entry.time,
                index,
                who: None,
                what: What::OverdueAnnulled { entries: annulled },
                stands: true,
                late_ms: None,
            });
        }
    }

    /// Folds a roster entry; after a refusal the roster stands as before.
    fn fold(&mut self, index: u64, entry: &Entry, before: Option<Roster>) -> Result<(), Stop> {
        self.roster = before;
        let payload = folded(index, entry, &mut self.roster);
        let payload = payload.map_err(|fault| (Check::Roster, fault))?;
        let head = self.roster.as_ref().map(Roster::head);
        if head != Some(entry.roster) {
            return Err((Check::Roster, Fault::AnotherRoster));
        }
        self.said_once(index, &payload)
    }

    fn statement(&mut self, index: u64, entry: &Entry, roster: &Roster) -> Result<(), Stop> {
        for named in &entry.attachments {
            if self.known_names.insert(*named) {
                self.named.push(*named);
            }
        }
        let said = Said::read(index, entry, roster)?;
        let mut event = tell(&said);
        let outcome = self.judge(&said);
        event.stands = outcome.is_ok();
        event.late_ms = self.case.late_ms(index);
        self.story.push(event);
        outcome
    }

    fn judge(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        said.check_form()?;
        self.said_once(said.index, &said.payload)?;
        self.case.step(said, &mut self.findings)
    }

    /// An id is used once, and nobody has seen what was not yet there, or another face of the log.
    fn said_once(&mut self, index: u64, payload: &Payload) -> Result<(), Stop> {
        let unit = payload
            .account
            .as_ref()
            .map(yichuan_document::AccountId::unit);
        if !self.ids.insert((unit, payload.id)) {
            return Err((Check::Statements, Fault::Repeated));
        }
        let Some(seen) = payload.seen else {
            return Ok(());
        };
        if seen.size > index {
            return Err((Check::Order, Fault::SeenTooLarge));
        }
        if *self.seen.entry(seen.size).or_insert(seen.root) != seen.root {
            return Err((Check::Order, Fault::SplitView));
        }
        Ok(())
    }

    fn anchor(&mut self, root: Option<&RootPin>) {
        let outcome = match (root, &self.roster) {
            (None, _) => Err(Fault::NoRoot),
            (Some(_), None) => {
                self.findings
                    .leave_out(Check::Anchor, Gap::RestsOnFailed, None);
                return;
            }
            (Some(root), Some(roster)) if root.origin != *roster.origin() => {
                Err(Fault::AnotherOrigin)
            }
            (Some(root), Some(roster)) if root.genesis != roster.genesis() => {
                Err(Fault::AnotherGenesis)
            }
            _ => Ok(()),
        };
        self.findings.note(Check::Anchor, outcome, None);
    }

    /// Everything attached is named by an entry, in the order of the names, once.
    fn attachments(&mut self) {
        let mut named = self.named.iter();
        for bytes in &self.head.attachments {
            let found = AttachmentRef::to(bytes);
            if !named.any(|known| Some(*known) == found) {
                self.findings.fail(Check::Attachments, Fault::Surplus, None);
                return;
            }
        }
        self.findings.pass(Check::Attachments);
    }

    fn checkpoint(&mut self) -> Option<Checkpoint> {
        let keys: Option<Vec<NoteKey>> = self.roster.as_ref().and_then(|roster| {
            let keys = roster.exchange()?.checkpoint_keys();
            let named = keys.into_iter();
            let named = named.map(|key| NoteKey::of_log(roster.origin(), key).ok());
            named.collect()
        });
        let Some(keys) = keys else {
            self.findings
                .fail(Check::Checkpoint, Fault::NoExchangeKeys, None);
            return None;
        };
        let note = &self.head.checkpoint;
        let Ok(signed) = checkpoint::verify(note.as_bytes(), &keys) else {
            self.findings.fail(Check::Checkpoint, Fault::Note, None);
            return None;
        };
        let only_own = signed.export() == *note;
        let outcome = if only_own {
            Ok(())
        } else {
            Err(Fault::UnknownLines)
        };
        self.findings.note(Check::Checkpoint, outcome, None);
        Some(signed.checkpoint().clone())
    }

    fn inclusion(&mut self, lines: &[Line<'h>], checkpoint: Option<&Checkpoint>) {
        let Some(checkpoint) = checkpoint else {
            self.findings
                .leave_out(Check::Inclusion, Gap::RestsOnFailed, None);
            return;
        };
        for Line { proven, .. } in lines {
            let leaf = tree::leaf_hash(&proven.entry);
            let (path, size) = (proven.path.digests(), checkpoint.size);
            let proof = tree::verify_inclusion(&leaf, proven.index, size, path, &checkpoint.root);
            let outcome = proof.map_err(|_| Fault::Proof);
            self.findings
                .note(Check::Inclusion, outcome, Some(proven.index));
        }
    }

    fn extract(&mut self, checkpoint: Option<&Checkpoint>) -> Option<UnitRef> {
        let Some(roster) = &self.roster else {
            self.findings
                .leave_out(Check::Extract, Gap::RestsOnFailed, None);
            return None;
        };
        let extract = match signed_extract(&self.head.extract, roster) {
            Ok(extract) => extract,
            Err(fault) => {
                self.findings.fail(Check::Extract, fault, None);
                return None;
            }
        };
        for fault in self.misfits(&extract, checkpoint) {
            self.findings.fail(Check::Extract, fault, None);
        }
        self.findings.pass(Check::Extract);
        Some(extract.reader)
    }

    /// Where the exchange's list and the bundle differ.
    fn misfits(&self, extract: &Extract, checkpoint: Option<&Checkpoint>) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Some(begun) = &self.case.begun {
            if extract.about != begun.about {
                faults.push(Fault::AnotherDocument);
            }
            let roster = self.roster.as_ref();
            if !roster.is_some_and(|roster| begun.is_party(&extract.reader, roster)) {
                faults.push(Fault::NoParty);
            }
        }
        if checkpoint.is_none_or(|checkpoint| checkpoint.size != extract.size) {
            faults.push(Fault::AnotherSize);
        }
        let there: Vec<u64> = self
            .head
            .entries
            .iter()
            .map(|proven| proven.index)
            .collect();
        let (found, listed): (HashSet<u64>, HashSet<u64>) = (
            there.iter().copied().collect(),
            extract.entries.iter().copied().collect(),
        );
        if listed.difference(&found).next().is_some() {
            faults.push(Fault::EntryMissing);
        }
        if found.difference(&listed).next().is_some() {
            faults.push(Fault::EntryExtra);
        }
        if faults.is_empty() && there != extract.entries {
            faults.push(Fault::IndexOrder);
        }
        faults
    }
}

/// The unit that a list says it was made for, whether or not the exchange has signed it.
fn claimed_reader(extract: &[u8]) -> Option<UnitRef> {
    let payload = Signed::read(extract).ok()?.claimed().ok()?;
    Some(payload.body::<Extract>().ok()?.reader)
}

/// Folds an entry into the roster, which the first entry begins.
fn folded(index: u64, entry: &Entry, roster: &mut Option<Roster>) -> Result<Payload, Fault> {
    let signed = entry.signed().map_err(|_| Fault::Unreadable)?;
    let payload = signed.claimed().map_err(|_| Fault::Unreadable)?;
    if !entry.kind.is_roster() {
        return Err(Fault::UnknownRosterKind);
    }
    if EntryKind::of_purpose(&payload.purpose) != Some(entry.kind) {
        return Err(Fault::WrongPurpose);
    }
    if entry.allotted.is_some() {
        return Err(Fault::Allotted);
    }
    if entry.attachments != named_by_act(&payload)? {
        return Err(Fault::AttachmentsDiffer);
    }
    match roster {
        Some(roster) => {
            let decided = roster
                .decide(&signed, entry.time)
                .map_err(|_| Fault::RosterRefuses)?;
            roster.apply(&decided);
        }
        None if index == 0 => {
            *roster = Some(Roster::begin(&signed).map_err(|_| Fault::RosterRefuses)?);
        }
        None => return Err(Fault::UnknownRoster),
    }
    Ok(payload)
}

fn named_by_act(payload: &Payload) -> Result<Vec<AttachmentRef>, Fault> {
    if !payload.is::<AuthorityAct>() {
        return Ok(Vec::new());
    }
    let act: AuthorityAct = payload.body()?;
    Ok(act.attachments)
}

/// The exchange's list, if the exchange signed it, on the roster that the bundle ends with.
fn signed_extract(bytes: &[u8], roster: &Roster) -> Result<Extract, Fault> {
    let signed = Signed::read(bytes).map_err(|_| Fault::Unreadable)?;
    let payload = signed.claimed().map_err(|_| Fault::Unreadable)?;
    if payload.origin != *roster.origin() || payload.genesis != roster.genesis() {
        return Err(Fault::AnotherInstallation);
    }
    by_exchange(&signed, &payload, roster)?;
    if payload.roster != roster.head() {
        return Err(Fault::AnotherRoster);
    }
    Ok(payload.body()?)
}
