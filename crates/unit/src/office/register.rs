//! The registers: what the unit sent and what it received, as the fold of its events.
//!
//! Nothing is kept that does not follow from the feed, so a newly enrolled computer has them in
//! full once it has the feed.

use std::collections::BTreeMap;

use yichuan_document::life::{Delivery, DeliveryEvent, DeliveryState, Stage, Step};
use yichuan_document::signed::Payload;
use yichuan_document::statement::{
    About, Approval, ApprovalRefusal, Dispatch, Fetch, OfDelivery, Receipt, Redirection, Return,
    SealUse, Submission, Violation, Withdrawal,
};
use yichuan_document::{AccountId, Digest, DocumentId, Timestamp, UnitCode};
use yichuan_evidence::entry::{Entry, EntryKind};

use super::failed::Failed;
use super::feed::{Event, Feed};

/// The unit's documents, by the digest of their manifests.
#[derive(Default)]
pub struct Registers {
    documents: BTreeMap<Digest, Document>,
}

/// A document as the unit's events tell it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its id and manifest.
    pub about: About,
    /// Whether the unit issues it.
    pub outgoing: bool,
    /// The submission: statement digest, wraps digest, account and time.
    pub submission: Option<(Digest, Digest, AccountId, Timestamp)>,
    /// The approvals, in the order in which they came.
    pub approvals: Vec<(Digest, AccountId, Timestamp)>,
    /// The seals.
    pub seals: Vec<(Digest, AccountId, Timestamp)>,
    /// The last seal's statement, which a recipient's first one follows.
    pub last_seal: Option<Digest>,
    /// How far it has come; of an incoming document always dispatched.
    pub stage: Stage,
    /// The code of a refusal by the approver.
    pub refusal: Option<u16>,
    /// When it was dispatched, and until when it is to be signed for.
    pub dispatched: Option<(Timestamp, Timestamp)>,
    /// The deliveries that the unit sees: all of its own document, its own of another's.
    pub deliveries: BTreeMap<UnitCode, DeliveryView>,
    /// The indexes of the entries.
    pub entries: Vec<u64>,
}

/// A delivery as the unit's events tell it.
#[derive(Clone, Debug)]
pub struct DeliveryView {
    /// The state.
    pub delivery: Delivery,
    /// The last party-made statement about it.
    pub last: Digest,
    /// When the state was reached.
    pub since: Timestamp,
    /// The code of a return.
    pub return_code: Option<u16>,
    /// The index of the entry that returned it.
    pub return_entry: Option<u64>,
}

impl Registers {
    /// Folds the unit's events.
    pub fn of(feed: &Feed, unit: &UnitCode) -> Self {
        let mut registers = Self::default();
        for event in feed.events() {
            registers.take(event, unit);
        }
        registers
    }

    /// The documents, oldest id first.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let mut documents: Vec<&Document> = self.documents.values().collect();
        documents.sort_by_key(|document| document.about.document);
        documents.into_iter()
    }

    /// The documents whose id begins or ends as typed; ids of one minute begin alike.
    pub fn find(&self, typed: &str) -> Vec<&Document> {
        let fits = |id: &DocumentId| {
            let text = id.to_string();
            text.starts_with(typed) || text.ends_with(typed)
        };
        self.documents()
            .filter(|document| fits(&document.about.document))
            .collect()
    }

    /// The one document that was meant.
    pub fn one(&self, typed: &str) -> Result<&Document, Failed> {
        only(typed, &self.find(typed))
    }

    /// The one received document that was meant.
    pub fn one_received(&self, typed: &str) -> Result<&Document, Failed> {
        let mut found = self.find(typed);
        found.retain(|document| !document.outgoing);
        only(typed, &found)
    }

    fn take(&mut self, event: &Event, unit: &UnitCode) {
        let entry = &event.entry;
        let Some(payload) = entry.signed().ok().and_then(|signed| signed.claimed().ok()) else {
            return;
        };
        let Some(about) = about(entry.kind, &payload) else {
            return;
        };
        let own = payload
            .account
            .as_ref()
            .is_some_and(|account| account.unit() == *unit);
        let known = self.documents.entry(about.manifest);
        let document = known.or_insert_with(|| Document::new(about));
        document.entries.push(event.index);
        if entry.kind == EntryKind::Submission {
            document.outgoing |= own;
        }
        document.fold(event, entry, &payload);
    }
}

fn only<'d>(typed: &str, found: &[&'d Document]) -> Result<&'d Document, Failed> {
    match found {
        [one] => Ok(one),
        many => Err(Failed::WhichDocument {
            typed: typed.to_owned(),
            matches: many.len(),
        }),
    }
}

/// The document that a statement is about.
fn about(kind: EntryKind, payload: &Payload) -> Option<About> {
    Some(match kind {
        EntryKind::Submission => payload.body::<Submission>().ok()?.about,
        EntryKind::Approval => payload.body::<Approval>().ok()?.about,
        EntryKind::ApprovalRefusal => payload.body::<ApprovalRefusal>().ok()?.about,
        EntryKind::Withdrawal => payload.body::<Withdrawal>().ok()?.about,
        EntryKind::Seal => payload.body::<SealUse>().ok()?.about,
        EntryKind::Dispatch => payload.body::<Dispatch>().ok()?.about,
        EntryKind::Redirection => payload.body::<Redirection>().ok()?.about,
        EntryKind::Fetch => payload.body::<Fetch>().ok()?.delivery.about,
        EntryKind::Receipt => payload.body::<Receipt>().ok()?.delivery.about,
        EntryKind::Return => payload.body::<Return>().ok()?.delivery.about,
        EntryKind::Violation => payload.body::<Violation>().ok()?.delivery.about,
        _ => return None,
    })
}

impl Document {
    fn new(about: About) -> Self {
        Self {
            about,
            outgoing: false,
            submission: None,
            approvals: Vec::new(),
            seals: Vec::new(),
            last_seal: None,
            stage: Stage::Submitted,
            refusal: None,
            dispatched: None,
            deliveries: BTreeMap::new(),
            entries: Vec::new(),
        }
    }

    fn fold(&mut self, event: &Event, entry: &Entry, payload: &Payload) {
        let digest = entry.signed().map(|signed| signed.digest()).ok();
        let (Some(digest), time) = (digest, entry.time) else {
            return;
        };
        let account = payload.account.clone();
        match (entry.kind, account) {
            (EntryKind::Submission, Some(account)) => {
                let wraps = payload.body::<Submission>().map(|body| body.wraps).ok();
                self.submission = wraps.map(|wraps| (digest, wraps, account, time));
            }
            (EntryKind::Approval, Some(account)) => {
                self.approvals.push((digest, account, time));
                self.stage = Stage::Approved;
            }
            (EntryKind::ApprovalRefusal, _) => {
                self.refusal = payload.body::<ApprovalRefusal>().map(|body| body.code).ok();
                self.stage = Stage::RefusedByApprover;
            }
            (EntryKind::Withdrawal, _) => self.stage = Stage::Withdrawn,
            (EntryKind::Seal, Some(account)) => {
                self.seals.push((digest, account, time));
                self.last_seal = Some(digest);
                self.stage = Stage::Sealed;
            }
            (EntryKind::Dispatch, _) => {
                if let Ok(body) = payload.body::<Dispatch>() {
                    let due = body.due_of(0).unwrap_or(body.at);
                    self.dispatched = Some((body.at, due));
                    self.last_seal = Some(body.seal);
                    self.stage = Stage::Dispatched;
                }
            }
            (EntryKind::Redirection, _) => {
                if let Ok(body) = payload.body::<Redirection>() {
                    self.fold_redirection(&body, digest, time);
                }
            }
            _ => self.fold_delivery(event, entry.kind, digest, time, payload),
        }
    }

    /// A closed unit's delivery goes on with its successor; of a document that the successor hears
    /// of only now, this is the beginning.
    fn fold_redirection(&mut self, body: &Redirection, digest: Digest, time: Timestamp) {
        let first = self.dispatched.is_none();
        if first {
            self.dispatched = Some((time, body.due));
            self.stage = Stage::Dispatched;
        }
        let begun = |delivery| DeliveryView {
            delivery,
            last: digest,
            since: time,
            return_code: None,
            return_entry: None,
        };
        let from = self
            .deliveries
            .entry(body.from.unit.clone())
            .or_insert_with(|| begun(Delivery::ANNOUNCED));
        if let Ok(Step::Changed(after)) = from.delivery.apply(DeliveryEvent::Redirected) {
            from.delivery = after;
            from.since = time;
        }
        from.last = digest;
        let successor = from.delivery.successor().unwrap_or(Delivery::ANNOUNCED);
        // A successor that had the document already keeps its own delivery, or none as its issuer.
        let issues = self.submission.as_ref().map(|it| it.2.unit()) == Some(body.to.unit.clone());
        if !issues && (first || self.outgoing) {
            self.deliveries
                .entry(body.to.unit.clone())
                .or_insert_with(|| begun(successor));
        }
    }

    fn fold_delivery(
        &mut self,
        event: &Event,
        kind: EntryKind,
        digest: Digest,
        time: Timestamp,
        payload: &Payload,
    ) {
        let (of, events): (OfDelivery, &[DeliveryEvent]) = match kind {
            EntryKind::Fetch => match payload.body::<Fetch>() {
                Ok(body) => (body.delivery, &[DeliveryEvent::Fetched]),
                Err(_) => return,
            },
            EntryKind::Receipt => match payload.body::<Receipt>() {
                Ok(body) => (
                    body.delivery,
                    &[DeliveryEvent::Inspected, DeliveryEvent::SignedFor],
                ),
                Err(_) => return,
            },
            EntryKind::Return => match payload.body::<Return>() {
                Ok(body) => (
                    body.delivery,
                    &[DeliveryEvent::Inspected, DeliveryEvent::Returned],
                ),
                Err(_) => return,
            },
            EntryKind::Violation => match payload.body::<Violation>() {
                Ok(body) => (body.delivery, &[DeliveryEvent::Inspected]),
                Err(_) => return,
            },
            _ => return,
        };
        let view = self
            .deliveries
            .entry(of.unit.unit.clone())
            .or_insert(DeliveryView {
                delivery: Delivery::ANNOUNCED,
                last: digest,
                since: time,
                return_code: None,
                return_entry: None,
            });
        for step in events {
            if let Ok(Step::Changed(after)) = view.delivery.apply(*step) {
                view.delivery = after;
                view.since = time;
            }
        }
        view.last = digest;
        if kind == EntryKind::Return {
            view.return_code = payload.body::<Return>().map(|body| body.code).ok();
            view.return_entry = Some(event.index);
        }
    }

    /// The state of a recipient's delivery.
    pub fn state_of(&self, unit: &UnitCode) -> DeliveryState {
        self.deliveries
            .get(unit)
            .map_or(DeliveryState::Announced, |view| view.delivery.state())
    }
}
