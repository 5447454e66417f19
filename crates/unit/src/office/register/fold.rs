//! The fold of the events of one document. What each statement does stands in
//! `proto/statement.md`; what does not follow changes nothing, since the exchange has judged it.

use std::sync::Arc;

use yichuan_document::life::{Delivery, DeliveryEvent, Fact, Stage};
use yichuan_document::signed::{Body, Payload};
use yichuan_document::statement::{
    About, Approval, ApprovalRefusal, Assignment, Contact, CopiesNumbered, Deletion,
    DeliveryRefusal, Dispatch, ExtensionDecision, ExtensionRequest, Fetch, Inquiry, InquiryDue,
    MeetingReply, MoreCopies, OfDelivery, Overdue, PermissionDecision, PermissionRequest, Print,
    Recall, RecallAnswer, Receipt, Redirection, Reminder, Return, ReturnAcknowledgement, Rewrap,
    SealUse, Submission, Supersession, Supplement, SupplementApproval, Supplemented as Begun,
    Violation, Withdrawal,
};
use yichuan_document::{Digest, Timestamp, UnitCode, UnitRef};
use yichuan_evidence::entry::EntryKind;

use super::view::{DeliveryView, Extension, Given};
use super::{Dispatched, Document, Look, Recalled, Registers, Supplemented};
use crate::office::feed::Event;

/// A statement that an event brings.
struct Said<'e> {
    index: u64,
    kind: EntryKind,
    time: Timestamp,
    digest: Digest,
    payload: &'e Payload,
    unit: &'e UnitCode,
}

impl Said<'_> {
    fn body<B: Body>(&self) -> Option<B> {
        self.payload.body().ok()
    }
}

impl Registers {
    pub(super) fn take(&mut self, event: &Event, unit: &UnitCode) {
        let entry = &event.entry;
        let Ok(signed) = entry.signed() else { return };
        let Ok(payload) = signed.claimed() else {
            return;
        };
        let Some(about) = about(entry.kind, &payload) else {
            return;
        };
        let known = self.documents.entry(about.manifest);
        let document = Arc::make_mut(known.or_insert_with(|| Arc::new(Document::new(about))));
        if !document.entries.insert(event.index) {
            return;
        }
        document.fold(&Said {
            index: event.index,
            kind: entry.kind,
            time: entry.time,
            digest: signed.digest(),
            payload: &payload,
            unit,
        });
        if let (EntryKind::Supersession, Ok(body)) = (entry.kind, payload.body::<Supersession>()) {
            let replacing = self.documents.get_mut(&body.by.manifest);
            if let Some(replacing) = replacing {
                Arc::make_mut(replacing).replaces = Some(body.about);
            }
        }
    }
}

/// The document that a statement is about.
pub(in crate::office) fn about(kind: EntryKind, payload: &Payload) -> Option<About> {
    Some(match kind {
        EntryKind::Submission => payload.body::<Submission>().ok()?.about,
        EntryKind::Approval => payload.body::<Approval>().ok()?.about,
        EntryKind::ApprovalRefusal => payload.body::<ApprovalRefusal>().ok()?.about,
        EntryKind::Withdrawal => payload.body::<Withdrawal>().ok()?.about,
        EntryKind::Seal => payload.body::<SealUse>().ok()?.about,
        EntryKind::Dispatch => payload.body::<Dispatch>().ok()?.about,
        EntryKind::Redirection => payload.body::<Redirection>().ok()?.about,
        EntryKind::Recall => payload.body::<Recall>().ok()?.about,
        EntryKind::Inquiry => payload.body::<Inquiry>().ok()?.about,
        EntryKind::InquiryDue => payload.body::<InquiryDue>().ok()?.about,
        EntryKind::Supplement => payload.body::<Supplement>().ok()?.about,
        EntryKind::SupplementApproval => payload.body::<SupplementApproval>().ok()?.about,
        EntryKind::Supplemented => payload.body::<Begun>().ok()?.about,
        EntryKind::Supersession => payload.body::<Supersession>().ok()?.about,
        EntryKind::MoreCopies => payload.body::<MoreCopies>().ok()?.about,
        EntryKind::Contact => payload.body::<Contact>().ok()?.about,
        EntryKind::ExtensionDecision => payload.body::<ExtensionDecision>().ok()?.about,
        EntryKind::Overdue => payload.body::<Overdue>().ok()?.about,
        EntryKind::Reminder => payload.body::<Reminder>().ok()?.about,
        EntryKind::MeetingReply => payload.body::<MeetingReply>().ok()?.about,
        EntryKind::Assignment => payload.body::<Assignment>().ok()?.about,
        EntryKind::PermissionRequest => payload.body::<PermissionRequest>().ok()?.about,
        EntryKind::PermissionDecision => payload.body::<PermissionDecision>().ok()?.about,
        EntryKind::Print => payload.body::<Print>().ok()?.about,
        EntryKind::CopiesNumbered => payload.body::<CopiesNumbered>().ok()?.about,
        EntryKind::Deletion => payload.body::<Deletion>().ok()?.about,
        _ => of_delivery(kind, payload)?.about,
    })
}

/// The delivery that a party's statement is about.
pub(in crate::office) fn of_delivery(kind: EntryKind, payload: &Payload) -> Option<OfDelivery> {
    Some(match kind {
        EntryKind::Fetch => payload.body::<Fetch>().ok()?.delivery,
        EntryKind::Receipt => payload.body::<Receipt>().ok()?.delivery,
        EntryKind::Return => payload.body::<Return>().ok()?.delivery,
        EntryKind::Violation => payload.body::<Violation>().ok()?.delivery,
        EntryKind::DeliveryRefusal => payload.body::<DeliveryRefusal>().ok()?.delivery,
        EntryKind::ReturnAcknowledgement => payload.body::<ReturnAcknowledgement>().ok()?.delivery,
        EntryKind::RecallAnswer => payload.body::<RecallAnswer>().ok()?.delivery,
        EntryKind::ExtensionRequest => payload.body::<ExtensionRequest>().ok()?.delivery,
        EntryKind::Rewrap => payload.body::<Rewrap>().ok()?.delivery,
        _ => return None,
    })
}

/// The recipient that a statement is about, where it is about one.
pub fn recipient_of(kind: EntryKind, payload: &Payload) -> Option<UnitCode> {
    let unit = match kind {
        EntryKind::MoreCopies => payload.body::<MoreCopies>().ok()?.unit,
        EntryKind::CopiesNumbered => payload.body::<CopiesNumbered>().ok()?.unit,
        EntryKind::Contact => payload.body::<Contact>().ok()?.unit,
        EntryKind::ExtensionDecision => payload.body::<ExtensionDecision>().ok()?.unit,
        EntryKind::Overdue => payload.body::<Overdue>().ok()?.unit,
        EntryKind::Reminder => payload.body::<Reminder>().ok()?.unit,
        EntryKind::MeetingReply => payload.body::<MeetingReply>().ok()?.unit,
        EntryKind::Redirection => payload.body::<Redirection>().ok()?.to,
        _ => of_delivery(kind, payload)?.unit,
    };
    Some(unit.unit)
}

impl Document {
    fn fold(&mut self, said: &Said<'_>) {
        // A body that this build cannot read says nothing here.
        let _read = match said.kind {
            EntryKind::Submission
            | EntryKind::Approval
            | EntryKind::ApprovalRefusal
            | EntryKind::Withdrawal
            | EntryKind::Seal
            | EntryKind::Dispatch => self.fold_issuing(said),
            EntryKind::Redirection => self.fold_redirection(said),
            EntryKind::Recall
            | EntryKind::Inquiry
            | EntryKind::InquiryDue
            | EntryKind::Supersession => self.fold_all(said),
            EntryKind::Supplement
            | EntryKind::SupplementApproval
            | EntryKind::Rewrap
            | EntryKind::Supplemented => self.fold_more(said),
            EntryKind::Deletion => {
                self.deleted = Some(said.index);
                Some(())
            }
            EntryKind::MoreCopies
            | EntryKind::CopiesNumbered
            | EntryKind::Contact
            | EntryKind::ExtensionDecision
            | EntryKind::Overdue
            | EntryKind::Reminder
            | EntryKind::MeetingReply => self.fold_one(said),
            _ => self.fold_delivery(said),
        };
    }

    /// What leads to the dispatch.
    fn fold_issuing(&mut self, said: &Said<'_>) -> Option<()> {
        let (digest, time) = (said.digest, said.time);
        let account = said.payload.account.clone();
        match said.kind {
            EntryKind::Submission => {
                let account = account?;
                self.outgoing |= account.unit() == *said.unit;
                let wraps = said.body::<Submission>()?.wraps;
                self.submission = Some((digest, wraps, account, time));
            }
            EntryKind::Approval => {
                let account = account?;
                // Only issuers approve: the unit issues it together with who has submitted it.
                self.outgoing |= account.unit() == *said.unit;
                self.approvals.push((digest, account, time));
                self.stage = Stage::Approved;
            }
            EntryKind::ApprovalRefusal => {
                self.refusal = said.body::<ApprovalRefusal>().map(|body| body.code);
                self.stage = Stage::RefusedByApprover;
            }
            EntryKind::Withdrawal => self.stage = Stage::Withdrawn,
            EntryKind::Seal => {
                self.seals.push((digest, account?, time));
                self.last_seal = Some(digest);
                self.stage = Stage::Sealed;
            }
            _ => {
                let body: Dispatch = said.body()?;
                self.rest = Some(DeliveryView::begun(body.seal, body.at));
                self.last_seal = Some(body.seal);
                self.dispatched = Some(Dispatched {
                    at: body.at,
                    dues: body.due,
                });
                self.stage = Stage::Dispatched;
                self.incoming = !self.outgoing;
            }
        }
        Some(())
    }

    /// A closed unit's delivery goes on with its successor; of a document that the successor hears
    /// of only now, this is the beginning.
    fn fold_redirection(&mut self, said: &Said<'_>) -> Option<()> {
        let (digest, time) = (said.digest, said.time);
        let body: Redirection = said.body()?;
        let first = self.dispatched.is_none();
        self.begin(time, body.due);
        let from = self
            .deliveries
            .entry(body.from.unit.clone())
            .or_insert_with(|| {
                let rest = self.rest.clone();
                Box::new(rest.unwrap_or_else(|| DeliveryView::begun(digest, time)))
            });
        from.apply(DeliveryEvent::Redirected, time);
        from.last = digest;
        let successor = DeliveryView {
            delivery: from.delivery.successor().unwrap_or(Delivery::ANNOUNCED),
            due: Some(body.due),
            overdue: from.overdue,
            ..DeliveryView::begun(digest, time)
        };
        // A successor that had the document already keeps its own delivery, or none as its issuer.
        let issues = self.submission.as_ref().map(|it| it.2.unit()) == Some(body.to.unit.clone());
        if !issues && (first || self.outgoing) {
            self.incoming |= body.to.unit == *said.unit;
            let known = self.deliveries.entry(body.to.unit);
            known.or_insert_with(|| Box::new(successor));
        }
        Some(())
    }

    /// What is said of a document at whose dispatch the unit was no party.
    fn begin(&mut self, at: Timestamp, due: Timestamp) {
        if self.dispatched.is_none() {
            let dues = vec![due];
            self.dispatched = Some(Dispatched { at, dues });
            self.stage = Stage::Dispatched;
        }
    }

    /// What concerns several deliveries at once.
    fn fold_all(&mut self, said: &Said<'_>) -> Option<()> {
        let time = said.time;
        match said.kind {
            EntryKind::Inquiry => {
                self.looks.push(Look {
                    account: said.payload.account.clone()?,
                    time,
                    entry: said.index,
                });
                let event = DeliveryEvent::Fact(Fact::Inquired);
                self.each(|view| view.apply(event, time));
            }
            EntryKind::InquiryDue => {
                self.look_missed = Some(said.body::<InquiryDue>()?.due);
                let event = DeliveryEvent::Fact(Fact::InquiryDue);
                self.each(|view| view.apply(event, time));
            }
            EntryKind::Supersession => {
                self.replaced_by = Some(said.body::<Supersession>()?.by);
                self.each(|view| {
                    if view.apply(DeliveryEvent::Superseded, time) {
                        view.last = said.digest;
                    }
                });
            }
            _ => {
                let recall: Recall = said.body()?;
                if recall.units.is_empty() {
                    self.each(|view| view.recall(said.digest, time));
                }
                let seen = |unit: &&UnitRef| self.outgoing || unit.unit == *said.unit;
                let units: Vec<&UnitRef> = recall.units.iter().filter(seen).collect();
                for unit in units {
                    if let Some(view) = self.delivery_of(&unit.unit, said.unit) {
                        view.recall(said.digest, time);
                    }
                }
                self.recalls.push(Recalled {
                    digest: said.digest,
                    entry: said.index,
                    time,
                    account: said.payload.account.clone()?,
                    recall,
                });
            }
        }
        Some(())
    }

    /// More recipients, or once more the same.
    fn fold_more(&mut self, said: &Said<'_>) -> Option<()> {
        match said.kind {
            EntryKind::Supplement => {
                let supplemented = Supplemented {
                    entry: said.index,
                    account: said.payload.account.clone()?,
                    time: said.time,
                    supplement: said.body()?,
                    granted: None,
                };
                self.supplements.insert(said.digest, supplemented);
            }
            EntryKind::SupplementApproval => {
                let body: SupplementApproval = said.body()?;
                let supplement = self.supplements.get_mut(&body.supplement)?;
                supplement.granted = Some(body.granted);
            }
            EntryKind::Rewrap => {
                let body: Rewrap = said.body()?;
                self.rewraps.insert(said.digest, body.delivery.unit.unit);
            }
            _ => {
                let body: Begun = said.body()?;
                self.begin(body.at, body.due);
                self.rewraps.remove(&body.cause);
                for unit in body.units {
                    if !self.outgoing && unit.unit != *said.unit {
                        continue;
                    }
                    self.incoming |= unit.unit == *said.unit;
                    let before = self.deliveries.get(&unit.unit);
                    let view = DeliveryView {
                        due: Some(body.due),
                        round: before.map_or(1, |before| before.round + 1),
                        more_copies: before.map_or(0, |before| before.more_copies),
                        printed: before.map_or(0, |before| before.printed),
                        ..DeliveryView::begun(body.cause, body.at)
                    };
                    self.deliveries.insert(unit.unit, Box::new(view));
                }
            }
        }
        Some(())
    }

    /// What names a recipient and changes nothing that the other side decides on.
    fn fold_one(&mut self, said: &Said<'_>) -> Option<()> {
        let (own, time) = (said.unit, said.time);
        match said.kind {
            EntryKind::MoreCopies => {
                let body: MoreCopies = said.body()?;
                self.delivery_of(&body.unit.unit, own)?.more_copies += u32::from(body.copies);
            }
            EntryKind::CopiesNumbered => {
                let body: CopiesNumbered = said.body()?;
                self.delivery_of(&body.unit.unit, own)?.printed = u32::from(body.printed);
            }
            EntryKind::Contact => {
                let body: Contact = said.body()?;
                let view = self.delivery_of(&body.unit.unit, own)?;
                view.apply(DeliveryEvent::Fact(Fact::Contact), time);
            }
            EntryKind::ExtensionDecision => {
                let body: ExtensionDecision = said.body()?;
                let view = self.delivery_of(&body.unit.unit, own)?;
                view.due = body.until.or(view.due);
                let given = body.until.map_or(Given::Refused, Given::Until);
                let asked = view.extension.as_mut();
                asked.filter(|asked| asked.request == body.request)?.given = Some(given);
            }
            EntryKind::Overdue => {
                let body: Overdue = said.body()?;
                let view = self.delivery_of(&body.unit.unit, own)?;
                view.apply(DeliveryEvent::Fact(Fact::Overdue), time);
                view.overdue = Some(said.index);
                // A unit that supervises hears of the due time only here.
                view.due = view.due.or(Some(body.due));
            }
            EntryKind::Reminder => {
                let body: Reminder = said.body()?;
                let view = self.delivery_of(&body.unit.unit, own)?;
                view.apply(DeliveryEvent::Fact(Fact::Reminded), time);
                view.reminder = Some((body.percent, body.to));
                view.due = view.due.or(Some(body.due));
            }
            _ => {
                let body: MeetingReply = said.body()?;
                self.delivery_of(&body.unit.unit, own)?.reply = Some(said.index);
            }
        }
        Some(())
    }

    /// What a party says about one delivery, and the next statement about it names.
    fn fold_delivery(&mut self, said: &Said<'_>) -> Option<()> {
        let of = of_delivery(said.kind, said.payload)?;
        let (time, account) = (said.time, said.payload.account.clone());
        let by_recipient = account
            .as_ref()
            .is_some_and(|account| account.unit() == of.unit.unit);
        let view = self.delivery_of(&of.unit.unit, said.unit)?;
        let fact = |fact| [DeliveryEvent::Fact(fact)];
        match said.kind {
            EntryKind::Fetch => view.take([DeliveryEvent::Fetched], time),
            EntryKind::Violation => view.take([DeliveryEvent::Inspected], time),
            EntryKind::Receipt => {
                view.take([DeliveryEvent::Inspected, DeliveryEvent::SignedFor], time);
            }
            EntryKind::Return => {
                view.take([DeliveryEvent::Inspected, DeliveryEvent::Returned], time);
                view.return_code = said.body::<Return>().map(|body| body.code);
                view.return_entry = Some(said.index);
            }
            EntryKind::DeliveryRefusal => {
                view.take([DeliveryEvent::Refused], time);
                view.return_code = said.body::<DeliveryRefusal>().map(|body| body.code);
                view.return_entry = Some(said.index);
            }
            EntryKind::ReturnAcknowledgement => view.take(fact(Fact::ReturnAcknowledged), time),
            EntryKind::RecallAnswer => {
                view.take(fact(Fact::RecallAnswer), time);
                view.recall_answer = said.body::<RecallAnswer>().map(|body| body.code);
            }
            _ => {
                let body: ExtensionRequest = said.body()?;
                view.extension = Some(Extension {
                    request: said.digest,
                    entry: said.index,
                    until: body.until,
                    given: None,
                });
            }
        }
        view.last = said.digest;
        if by_recipient {
            view.account = account;
        }
        Some(())
    }

    /// The delivery of `unit`, taken out of the rest where nothing was said of it alone before. A
    /// unit that hears of a document only as the supervisor of a recipient knows no more of it.
    fn delivery_of(&mut self, unit: &UnitCode, own: &UnitCode) -> Option<&mut DeliveryView> {
        let supervised = !self.outgoing && unit != own;
        if !self.deliveries.contains_key(unit) {
            let begun = self.rest.clone().filter(|_| !supervised);
            let begun = begun.unwrap_or_else(|| {
                DeliveryView::begun(Digest::from_bytes([0; 32]), Timestamp::from_unix_ms(0))
            });
            self.deliveries.insert(unit.clone(), Box::new(begun));
        }
        self.deliveries.get_mut(unit).map(AsMut::as_mut)
    }

    fn each<T>(&mut self, mut change: impl FnMut(&mut DeliveryView) -> T) {
        let views = self.deliveries.values_mut().map(AsMut::as_mut);
        for view in views.chain(self.rest.as_mut()) {
            change(view);
        }
    }
}

impl DeliveryView {
    fn take<const N: usize>(&mut self, events: [DeliveryEvent; N], time: Timestamp) {
        for event in events {
            self.apply(event, time);
        }
    }
}
