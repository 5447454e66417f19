//! What happens to a document after its dispatch.

use yichuan_document::life::{DeliveryState, Facts};
use yichuan_document::manifest::{Recipient, RecipientRole};
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::clocks::{IndexSpan, TIME_ID, Time};
use yichuan_document::roster::record::{Status, Unit};
use yichuan_document::signed::{Body, SlotRole};
use yichuan_document::statement::{
    About, AttachmentRef, Audience, Contact, CopiesNumbered, DeliveryRefusal, ExtensionDecision,
    ExtensionRequest, Inquiry, InquiryDue, MeetingReply, MoreCopies, Overdue, Recall, RecallAnswer,
    Reception, ReceptionRow, Redirection, Reminder, ReturnAcknowledgement, Rewrap, Supersession,
    Supplement, SupplementApproval, Supplemented,
};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Digest, DocumentId, Timestamp, cbor};
use yichuan_envelope::WrapContext;
use yichuan_evidence::entry::EntryKind;

use super::parties::{self, ADDED};
use super::{CLERK, MANAGER, RECIPIENTS, STEP_MS, World, recipient_clerk, unit};

const HOUR_MS: u64 = 3_600_000;

impl World {
    /// Dispatched, with a supervising unit and a unit that is no party.
    pub(crate) fn widened() -> Self {
        let mut world = Self::widened_and_submitted();
        world.approve();
        world.seal();
        world.dispatch();
        world
    }

    /// The same, and no more than submitted.
    pub(crate) fn widened_and_submitted() -> Self {
        let mut world = Self::new();
        parties::widen(&mut world);
        world.submit();
        world
    }

    /// The next entry is recorded at that instant.
    pub(crate) fn next_at(&mut self, at: Timestamp) {
        self.now = Timestamp::from_unix_ms(at.unix_ms() - STEP_MS);
    }

    /// When a delivery is due.
    pub(crate) fn due(&self, code: &str) -> Timestamp {
        self.clocks[code].1
    }

    /// The instant of a step of the table.
    pub(crate) fn step(&self, code: &str, percent: u64) -> Timestamp {
        let (from, due) = self.clocks[code];
        from.plus_ms(due.ms_since(from) * percent / 100)
    }

    /// Records what the exchange says.
    pub(crate) fn exchange<B: Body>(&mut self, kind: EntryKind, body: &B) -> Digest {
        let payload = self.payload(None, body);
        let signed = self.sign(&payload, &[(SlotRole::Exchange, "entries")]);
        self.record(kind, &signed, &[]);
        signed.digest()
    }

    /// Records what an account says, on which nothing rests.
    pub(crate) fn says<B: Body>(
        &mut self,
        account: &str,
        kind: EntryKind,
        body: &B,
        attached: &[Vec<u8>],
    ) -> Digest {
        let signed = self.said(account, body);
        self.record(kind, &signed, attached);
        signed.digest()
    }

    /// The same about a delivery, for which it is the last thing said.
    pub(crate) fn says_of<B: Body>(
        &mut self,
        (account, code): (&str, &str),
        kind: EntryKind,
        body: &B,
        attached: &[Vec<u8>],
    ) {
        let said = self.says(account, kind, body, attached);
        self.last.insert(code.to_owned(), said);
    }

    pub(crate) fn overdue_body(&self, code: &str) -> Overdue {
        Overdue {
            about: self.about(),
            unit: unit(code),
            due: self.due(code),
            size: self.log.len() as u64,
            outage: None,
        }
    }

    /// Overdue, at the very instant.
    pub(crate) fn overdue(&mut self, code: &str) {
        let body = self.overdue_body(code);
        self.next_at(body.due);
        self.exchange(EntryKind::Overdue, &body);
    }

    pub(crate) fn reminder_body(&self, code: &str, percent: u16, to: Audience) -> Reminder {
        Reminder {
            about: self.about(),
            unit: unit(code),
            due: self.due(code),
            percent,
            to,
        }
    }

    pub(crate) fn remind(&mut self, code: &str, percent: u16, to: Audience) {
        self.next_at(self.step(code, u64::from(percent)));
        let body = self.reminder_body(code, percent, to);
        self.exchange(EntryKind::Reminder, &body);
    }

    /// By when the sender was to look: eight hours after the dispatch.
    pub(crate) fn inquiry_due_body(&self) -> InquiryDue {
        InquiryDue {
            about: self.about(),
            due: self.clocks[RECIPIENTS[0]].0.plus_ms(8 * HOUR_MS),
            size: self.log.len() as u64,
        }
    }

    /// An inquiry that sees `states`, and what was seen.
    pub(crate) fn inquiry_body(&self, states: &[(&str, DeliveryState)]) -> (Inquiry, Vec<u8>) {
        let row = |(code, state): &(&str, DeliveryState)| ReceptionRow {
            unit: unit(code),
            state: state.code(),
            facts: Facts::NONE.bits(),
        };
        let mut rows: Vec<ReceptionRow> = states.iter().map(row).collect();
        rows.sort_by(|one, other| one.unit.cmp(&other.unit));
        let seen = cbor::to_vec(&Reception { rows });
        let body = Inquiry {
            about: self.about(),
            size: self.log.len() as u64,
            seen: AttachmentRef::to(&seen).unwrap(),
        };
        (body, seen)
    }

    pub(crate) fn inquire(&mut self, states: &[(&str, DeliveryState)]) {
        let (body, seen) = self.inquiry_body(states);
        self.says(CLERK, EntryKind::Inquiry, &body, &[seen]);
    }

    pub(crate) fn recall_body(&self, codes: &[&str]) -> Recall {
        Recall {
            about: self.about(),
            units: codes.iter().map(|code| unit(code)).collect(),
            code: 1,
            note: None,
        }
    }

    /// Recalls from these units, or from all where none is named.
    pub(crate) fn recall(&mut self, codes: &[&str]) {
        let body = self.recall_body(codes);
        let said = self.says(CLERK, EntryKind::Recall, &body, &[]);
        let all = RECIPIENTS.as_slice();
        for code in if codes.is_empty() { all } else { codes } {
            self.last.insert((*code).to_owned(), said);
        }
    }

    pub(crate) fn answer_recall(&mut self, code: &str, answer: u16) {
        let body = RecallAnswer {
            delivery: self.delivery(code),
            code: answer,
            note: None,
        };
        self.deliver(EntryKind::RecallAnswer, code, &body);
    }

    pub(crate) fn refuse(&mut self, code: &str) {
        let body = DeliveryRefusal {
            delivery: self.delivery(code),
            code: 33,
            note: None,
        };
        self.deliver(EntryKind::DeliveryRefusal, code, &body);
    }

    pub(crate) fn acknowledge(&mut self, code: &str) {
        let body = ReturnAcknowledgement {
            delivery: self.delivery(code),
        };
        self.says_of((CLERK, code), EntryKind::ReturnAcknowledgement, &body, &[]);
    }

    pub(crate) fn contact_body(&self, code: &str) -> Contact {
        Contact {
            about: self.about(),
            unit: unit(code),
            at: self.now,
            outcome: 1,
            note: None,
        }
    }

    /// Asks for `hours` more after the due time.
    pub(crate) fn ask_for_time(&mut self, code: &str, hours: u64) {
        let note = b"encrypted reason".to_vec();
        let body = ExtensionRequest {
            delivery: self.delivery(code),
            until: self.due(code).plus_ms(hours * HOUR_MS),
            note: AttachmentRef::to(&note).unwrap(),
        };
        self.says_of(
            (&recipient_clerk(code), code),
            EntryKind::ExtensionRequest,
            &body,
            &[note],
        );
    }

    /// The decision about the last request, with so many hours more.
    pub(crate) fn decision_body(&self, code: &str, hours: Option<u64>) -> ExtensionDecision {
        ExtensionDecision {
            about: self.about(),
            unit: unit(code),
            request: self.last[code],
            until: hours.map(|hours| self.due(code).plus_ms(hours * HOUR_MS)),
        }
    }

    pub(crate) fn give_time(&mut self, account: &str, code: &str, hours: u64) {
        let body = self.decision_body(code, Some(hours));
        self.says(account, EntryKind::ExtensionDecision, &body, &[]);
        let clock = self.clocks.get_mut(code).unwrap();
        clock.1 = clock.1.plus_ms(hours * HOUR_MS);
    }

    /// The content key closed for some units.
    pub(crate) fn wraps_for(&mut self, codes: &[&str]) -> WrapList {
        let manifest = self.document.manifest.digest();
        let wrap = |code: &&str| {
            let holder = unit(code);
            let context = WrapContext {
                genesis: self.genesis,
                manifest,
                unit: &holder,
                epoch: 1,
            };
            let key = self.unit_keys[*code].public();
            yichuan_envelope::wrap(&self.document.key, &context, &key, &mut self.rng).unwrap()
        };
        WrapList(codes.iter().map(wrap).collect())
    }

    pub(crate) fn supplement_body(&mut self, codes: &[&str]) -> (Supplement, Vec<u8>) {
        let wraps = self.wraps_for(codes);
        let recipient = |code: &&str| Recipient {
            unit: unit(code),
            role: RecipientRole::Copy,
            print_quota: 1,
        };
        let body = Supplement {
            about: self.about(),
            recipients: codes.iter().map(recipient).collect(),
            wraps: wraps.digest(),
        };
        (body, wraps.to_bytes())
    }

    /// Names [`ADDED`] as one more recipient.
    pub(crate) fn supplement(&mut self) -> Digest {
        let (body, wraps) = self.supplement_body(&[ADDED]);
        self.says(CLERK, EntryKind::Supplement, &body, &[wraps])
    }

    pub(crate) fn decide_supplement(&mut self, account: &str, of: Digest, granted: bool) -> Digest {
        let body = SupplementApproval {
            about: self.about(),
            supplement: of,
            granted,
        };
        self.says(account, EntryKind::SupplementApproval, &body, &[])
    }

    pub(crate) fn supplemented_body(&self, cause: Digest, code: &str) -> Supplemented {
        let at = self.now.plus_ms(STEP_MS);
        Supplemented {
            about: self.about(),
            cause,
            policy: self.roster.policy_digest().unwrap(),
            at,
            due: at.plus_ms(4 * HOUR_MS),
            units: vec![unit(code)],
        }
    }

    pub(crate) fn supplemented(&mut self, cause: Digest, code: &str) {
        let body = self.supplemented_body(cause, code);
        self.exchange(EntryKind::Supplemented, &body);
        self.last.insert(code.to_owned(), cause);
        self.clocks.insert(code.to_owned(), (body.at, body.due));
    }

    /// [`ADDED`] becomes a recipient.
    pub(crate) fn add(&mut self) {
        let supplement = self.supplement();
        let approval = self.decide_supplement(MANAGER, supplement, true);
        self.supplemented(approval, ADDED);
    }

    pub(crate) fn rewrap_body(&mut self, code: &str) -> (Rewrap, Vec<u8>) {
        let wraps = self.wraps_for(&[code]);
        let body = Rewrap {
            delivery: self.delivery(code),
            wraps: wraps.digest(),
        };
        (body, wraps.to_bytes())
    }

    /// Closes the key once more for a unit that has returned the document, and dispatches that.
    pub(crate) fn send_again(&mut self, code: &str) {
        let (body, wraps) = self.rewrap_body(code);
        let rewrap = self.says(CLERK, EntryKind::Rewrap, &body, &[wraps]);
        self.supplemented(rewrap, code);
    }

    pub(crate) fn copies_body(&self, code: &str) -> MoreCopies {
        MoreCopies {
            about: self.about(),
            unit: unit(code),
            copies: 3,
        }
    }

    /// Originals that the exchange numbers for a recipient which had printed `before`, of two.
    pub(crate) fn numbered_body(
        &self,
        code: &str,
        (first, count): (u32, u16),
        before: u16,
    ) -> CopiesNumbered {
        CopiesNumbered {
            about: self.about(),
            unit: unit(code),
            print: Digest::of(b"print"),
            first,
            count,
            printed: before + count,
            quota: 2,
            again: false,
        }
    }

    pub(crate) fn reply_body(&self, code: &str) -> (MeetingReply, Vec<u8>) {
        let form = b"encrypted form".to_vec();
        let body = MeetingReply {
            about: self.about(),
            unit: unit(code),
            form: AttachmentRef::to(&form).unwrap(),
        };
        (body, form)
    }

    pub(crate) fn supersession_body(&mut self) -> Supersession {
        let id = DocumentId::new(self.now, &mut self.rng);
        Supersession {
            about: self.about(),
            by: About {
                document: id,
                manifest: Digest::of(b"the replacing manifest"),
            },
            dispatch: Digest::of(b"its dispatch"),
            receipts_stand: false,
        }
    }

    /// The authority's time correction, which annuls these entries and lets time begin at `at`.
    pub(crate) fn correct_time(&mut self, at: Timestamp, annulled: &[usize]) {
        let epoch = self.roster.time().map_or(1, |time| time.epoch + 1);
        let span = |index: &usize| IndexSpan {
            from: *index as u64,
            until: *index as u64 + 1,
        };
        let time = Time {
            epoch,
            at,
            annulled: annulled.iter().map(span).collect(),
        };
        self.now = at;
        let change = Change::put(TIME_ID, &time);
        self.act(SlotRole::Officer, "officer", vec![change]);
    }

    /// Closes a unit, whose work another takes over.
    pub(crate) fn close(&mut self, from: &str, to: &str) {
        let closed = Unit {
            status: Status::Closed,
            successor: Some(to.parse().unwrap()),
            ..parties::unit_record(from)
        };
        let change = Change::put(from, &closed);
        self.act(SlotRole::Officer, "officer", vec![change]);
    }

    /// Closes a unit, and hands its delivery on to `to`.
    pub(crate) fn merge(&mut self, from: &str, to: &str) {
        self.close(from, to);
        let body = Redirection {
            about: self.about(),
            from: unit(from),
            to: unit(to),
            due: self.due(from),
            act: self.roster.last_act(),
        };
        let said = self.exchange(EntryKind::Redirection, &body);
        self.last.insert(to.to_owned(), said);
        self.clocks.insert(to.to_owned(), self.clocks[from]);
    }
}
