//! A delivery beside its state: its clock, what was said about it, and what came of it.

use yichuan_document::life::{DeliveryEvent, DeliveryState, DocumentLife, Fact};
use yichuan_document::manifest::{Recipient, RecipientRole};
use yichuan_document::statement::Audience;
use yichuan_document::{Digest, Timestamp, UnitRef};

use super::case::{Begun, Case};
use super::fault::Fault;
use super::finding::{Check, Findings};
use super::statement::{Said, Stop};

/// The due time of a delivery that has no clock.
pub(super) const NO_CLOCK: Timestamp = Timestamp::from_unix_ms(u64::MAX);

/// A delivery beside its state.
pub(super) struct Track {
    /// The recipient.
    pub(super) unit: UnitRef,
    /// How the document is addressed to it.
    pub(super) role: RecipientRole,
    /// The last thing that a party said about it.
    pub(super) last: Digest,
    /// What the exchange said about it after that, on which the next statement may rest as well.
    pub(super) also: Option<Digest>,
    /// When it was dispatched.
    pub(super) from: Timestamp,
    /// By when it is to be answered; [`NO_CLOCK`] where it has none.
    pub(super) due: Timestamp,
    /// When it was due before more time was given.
    pub(super) due_before: Option<Timestamp>,
    /// When it ended.
    pub(super) ended: Option<Timestamp>,
    /// How many milliseconds after its due time it was answered, where it was.
    pub(super) late_ms: Option<u64>,
    /// Its states, each with the index of the entry that led to it.
    pub(super) states: Vec<(u64, DeliveryState)>,
    /// Index and time of its overdue entry.
    pub(super) overdue: Option<(u64, Timestamp)>,
    /// Whether it was found already that the overdue entry is missing.
    pub(super) overdue_missing: bool,
    /// The steps of the table of reminders that were told.
    pub(super) reminders: Vec<(u16, Audience)>,
    /// What more time was asked for.
    pub(super) requests: Vec<MoreTime>,
    /// The last answer to a recall.
    pub(super) recall_answer: Option<u16>,
    /// How often sender and recipient spoke about it.
    pub(super) contacts: u32,
    /// How many originals may be printed, as the manifest or the supplement says.
    pub(super) quota: u16,
    /// How many copies more may be printed.
    pub(super) copies: u32,
    /// How many originals were numbered.
    pub(super) printed: u32,
}

/// A request for more time.
pub(super) struct MoreTime {
    pub(super) request: Digest,
    pub(super) until: Timestamp,
    pub(super) decided: bool,
}

impl Track {
    /// A delivery that begins with the entry at `index`.
    pub(super) fn announced(
        index: u64,
        recipient: Recipient,
        last: Digest,
        (from, due): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            unit: recipient.unit,
            role: recipient.role,
            last,
            also: None,
            from,
            due,
            due_before: None,
            ended: None,
            late_ms: None,
            states: vec![(index, DeliveryState::Announced)],
            overdue: None,
            overdue_missing: false,
            reminders: Vec::new(),
            requests: Vec::new(),
            recall_answer: None,
            contacts: 0,
            quota: recipient.print_quota,
            copies: 0,
            printed: 0,
        }
    }

    /// Whether a statement that names `previous` rests on the last one.
    pub(super) fn is_last(&self, previous: &Digest) -> bool {
        self.last == *previous || self.also == Some(*previous)
    }

    /// A party's statement is the last one now.
    pub(super) const fn rest_on(&mut self, last: Digest) {
        self.last = last;
        self.also = None;
    }

    /// Where it stood in a log of `size` entries; none where it had not begun.
    pub(super) fn state_at(&self, size: u64) -> Option<DeliveryState> {
        let before = self.states.iter().rev().find(|(index, _)| *index < size);
        before.map(|(_, state)| *state)
    }
}

impl Case<'_> {
    /// Whether the bundle has everything that was recorded about a unit's deliveries.
    pub(super) fn tells(&self, unit: &UnitRef, said: &Said<'_>) -> bool {
        let (Some(begun), Some(reader)) = (&self.begun, &self.reader) else {
            return false;
        };
        let took_over = || said.roster.predecessors(&reader.unit).contains(&unit.unit);
        reader == unit || begun.sends(reader, said.roster) || took_over()
    }

    /// By how many milliseconds the entry at `index` answered a delivery late, if it did.
    pub(super) fn late_ms(&self, index: u64) -> Option<u64> {
        let tracks = self.begun.iter().flat_map(|begun| &begun.tracks);
        let mut ended = tracks.filter(|track| track.states.last().is_some_and(|it| it.0 == index));
        ended.find_map(|track| track.late_ms)
    }

    /// Looks whether what had fallen due of a delivery was recorded before this statement, as it
    /// must be (protocol rule 29). Where it was not, the exchange has left it out.
    pub(super) fn caught_up(&mut self, place: usize, said: &Said<'_>, findings: &mut Findings) {
        let track = self.begun.as_ref().and_then(|it| it.tracks.get(place));
        if !track.is_some_and(|track| self.tells(&track.unit, said)) {
            return;
        }
        let Some(begun) = &mut self.begun else { return };
        let (Some(track), Some(delivery)) = (
            begun.tracks.get_mut(place),
            begun.life.deliveries().get(place),
        ) else {
            return;
        };
        let owed = delivery.state().is_pending() && said.entry.time >= track.due;
        if !owed || delivery.facts().has(Fact::Overdue) {
            findings.pass(Check::Clock);
        } else if !track.overdue_missing {
            track.overdue_missing = true;
            findings.fail(Check::Clock, Fault::OverdueMissing, Some(said.index));
        }
    }

    /// The same of every delivery of the document.
    pub(super) fn all_caught_up(&mut self, said: &Said<'_>, findings: &mut Findings) {
        let deliveries = self.begun.as_ref().map_or(0, |begun| begun.tracks.len());
        for place in 0..deliveries {
            self.caught_up(place, said, findings);
        }
    }
}

impl Begun {
    /// What events make of one delivery, all or none.
    pub(super) fn follow(
        &self,
        place: usize,
        events: &[DeliveryEvent],
    ) -> Result<DocumentLife, Stop> {
        let mut life = self.life.clone();
        for event in events {
            let step = life
                .apply_to(place, *event)
                .map_err(|why| (Check::Life, why.into()))?;
            life = step.or(life);
        }
        Ok(life)
    }

    /// Applies events to one delivery, all or none.
    pub(super) fn apply_to(
        &mut self,
        place: usize,
        events: &[DeliveryEvent],
        said: &Said<'_>,
    ) -> Result<&mut Track, Stop> {
        let life = self.follow(place, events)?;
        self.lead_on(life, said);
        let track = self.tracks.get_mut(place);
        track.ok_or((Check::Life, Fault::TooEarly))
    }

    /// Puts a life in place of the one before, and notes of each delivery what changed.
    pub(super) fn lead_on(&mut self, life: DocumentLife, said: &Said<'_>) {
        let time = said.entry.time;
        for (delivery, track) in life.deliveries().iter().zip(&mut self.tracks) {
            let state = delivery.state();
            if track.states.last().is_some_and(|last| last.1 == state) {
                continue;
            }
            track.states.push((said.index, state));
            if !state.is_terminal() || track.ended.is_some() {
                continue;
            }
            track.ended = Some(time);
            let is_answered = matches!(
                state,
                DeliveryState::SignedFor | DeliveryState::Returned | DeliveryState::Refused
            );
            if is_answered && time >= track.due {
                track.late_ms = Some(time.ms_since(track.due));
            }
        }
        self.life = life;
    }
}
