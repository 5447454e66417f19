//! The registers: what the unit sent and what it received, as the fold of its events.
//!
//! Nothing is kept that does not follow from the feed, so a newly enrolled computer has them in
//! full once it has the feed.

mod fold;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yichuan_document::life::{DeliveryState, Fact, Stage};
use yichuan_document::roster::record::Time;
use yichuan_document::statement::{About, Recall, Supplement};
use yichuan_document::{AccountId, Digest, DocumentId, Manifest, Timestamp, UnitCode};

use super::failed::Failed;
use super::feed::Event;

pub use fold::recipient_of;
pub(super) use fold::{about as about_of, of_delivery};
pub use view::{DeliveryView, Extension, Given, Timing};

/// The unit's documents, by the digest of their manifests. A copy shares them.
#[derive(Clone, Default)]
pub struct Registers {
    documents: BTreeMap<Digest, Arc<Document>>,
}

/// A document as the unit's events tell it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its id and manifest.
    pub about: About,
    /// Whether the unit issues it.
    pub outgoing: bool,
    /// Whether it was sent to the unit. A unit that only supervises a recipient hears of documents
    /// that it neither sent nor received.
    pub incoming: bool,
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
    /// Its dispatch.
    pub dispatched: Option<Dispatched>,
    /// The deliveries of which something was said: all of its own document, its own of another's.
    /// In boxes, for the map of a document with one recipient has room for eleven.
    pub deliveries: BTreeMap<UnitCode, Box<DeliveryView>>,
    /// What holds for every other delivery: what was said of all of them.
    rest: Option<DeliveryView>,
    /// The sender's looks at the state of reception (查询).
    pub looks: Vec<Look>,
    /// By when the sender was to look, where the exchange has recorded that it had not.
    pub look_missed: Option<Timestamp>,
    /// The index of the entry by which the unit deleted what it held (Art. 19).
    pub deleted: Option<u64>,
    /// The recalls.
    pub recalls: Vec<Recalled>,
    /// The supplements, by their statement digests.
    pub supplements: BTreeMap<Digest, Supplemented>,
    /// The rewraps that were not dispatched yet: for whom.
    rewraps: BTreeMap<Digest, UnitCode>,
    /// The document that took its place.
    pub replaced_by: Option<About>,
    /// The document whose place it took, where the events tell it; else its manifest does.
    pub replaces: Option<About>,
    /// The indexes of the entries.
    pub entries: BTreeSet<u64>,
}

/// A document's dispatch.
#[derive(Clone, Debug)]
pub struct Dispatched {
    /// When.
    pub at: Timestamp,
    /// Until when it is to be signed for: one for all, or one per recipient of the manifest.
    pub dues: Vec<Timestamp>,
}

/// A look at the state of reception.
#[derive(Clone, Debug)]
pub struct Look {
    /// Who looked.
    pub account: AccountId,
    /// When it was recorded.
    pub time: Timestamp,
    /// The entry's index.
    pub entry: u64,
}

/// A recall.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// The statement's digest.
    pub digest: Digest,
    /// The entry's index.
    pub entry: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// Who recalled.
    pub account: AccountId,
    /// What was said.
    pub recall: Recall,
}

/// A supplement.
#[derive(Clone, Debug)]
pub struct Supplemented {
    /// The entry's index.
    pub entry: u64,
    /// Who asked for it.
    pub account: AccountId,
    /// When.
    pub time: Timestamp,
    /// What was asked for.
    pub supplement: Supplement,
    /// What the approver decided.
    pub granted: Option<bool>,
}

impl Registers {
    /// Folds more events; one that is there twice counts once.
    pub(super) fn fold(&mut self, events: &[Event], unit: &UnitCode) {
        for event in events {
            self.take(event, unit);
        }
    }

    /// The same without what the authority has annulled with its corrections of time (protocol
    /// rule 28). What is corrected is not folded any further.
    #[must_use]
    pub fn corrected(self: Arc<Self>, corrections: &[Time]) -> Arc<Self> {
        let annuls = |entry| corrections.iter().any(|time| time.annuls(entry));
        let is_annulled = |document: &Document| {
            let mut views = document.deliveries.values();
            views.any(|view| view.overdue.is_some_and(annuls))
        };
        if corrections.is_empty() {
            return self;
        }
        self.changed(is_annulled, |document| {
            let views = document.deliveries.values_mut();
            views.for_each(|view| view.annul(annuls));
        })
    }

    /// The same with other ones for those documents that `wanted` takes.
    pub(super) fn changed(
        mut self: Arc<Self>,
        wanted: impl Fn(&Document) -> bool,
        mut change: impl FnMut(&mut Document),
    ) -> Arc<Self> {
        if self.each().any(&wanted) {
            let documents = Arc::make_mut(&mut self).documents.values_mut();
            for document in documents.filter(|it| wanted(it)) {
                change(Arc::make_mut(document));
            }
        }
        self
    }

    /// The documents in no order.
    pub fn each(&self) -> impl Iterator<Item = &Document> {
        self.documents.values().map(AsRef::as_ref)
    }

    /// The documents, oldest id first.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let mut documents: Vec<&Document> = self.each().collect();
        documents.sort_by_key(|document| document.about.document);
        documents.into_iter()
    }

    /// The document with this manifest.
    pub fn with_manifest(&self, manifest: &Digest) -> Option<&Document> {
        self.documents.get(manifest).map(AsRef::as_ref)
    }

    /// The document that an entry is about.
    pub fn of_entry(&self, index: u64) -> Option<&Document> {
        self.each()
            .find(|document| document.entries.contains(&index))
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
        found.retain(|document| document.incoming && !document.outgoing);
        only(typed, &found)
    }

    /// The one document of the own unit that was meant.
    pub fn one_sent(&self, typed: &str) -> Result<&Document, Failed> {
        let mut found = self.find(typed);
        found.retain(|document| document.outgoing);
        only(typed, &found)
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

impl Document {
    fn new(about: About) -> Self {
        Self {
            about,
            outgoing: false,
            incoming: false,
            submission: None,
            approvals: Vec::new(),
            seals: Vec::new(),
            last_seal: None,
            stage: Stage::Submitted,
            refusal: None,
            dispatched: None,
            deliveries: BTreeMap::new(),
            rest: None,
            looks: Vec::new(),
            look_missed: None,
            deleted: None,
            recalls: Vec::new(),
            supplements: BTreeMap::new(),
            rewraps: BTreeMap::new(),
            replaced_by: None,
            replaces: None,
            entries: BTreeSet::new(),
        }
    }

    /// A recipient's delivery; none before the dispatch.
    pub fn view_of(&self, unit: &UnitCode) -> Option<&DeliveryView> {
        let own = self.deliveries.get(unit).map(AsRef::as_ref);
        own.or(self.rest.as_ref())
    }

    /// The state of a recipient's delivery.
    pub fn state_of(&self, unit: &UnitCode) -> DeliveryState {
        self.view_of(unit)
            .map_or(DeliveryState::Announced, |view| view.delivery.state())
    }

    /// Every delivery, by unit: those of the manifest, and those that were begun since.
    pub fn all_deliveries<'d>(
        &'d self,
        manifest: &'d Manifest,
    ) -> BTreeMap<&'d UnitCode, &'d DeliveryView> {
        let named = manifest.recipients.iter();
        let named = named.map(|recipient| &recipient.unit.unit);
        let units = named.chain(self.deliveries.keys());
        units
            .filter_map(|unit| Some((unit, self.view_of(unit)?)))
            .collect()
    }

    /// Until when a recipient is to sign for it; none where no clock runs for it.
    pub fn due_of(&self, unit: &UnitCode, manifest: &Manifest) -> Option<Timestamp> {
        let own = self.view_of(unit).and_then(|view| view.due);
        let due = own.or_else(|| {
            let dues = &self.dispatched.as_ref()?.dues;
            let mut recipients = manifest.recipients.iter();
            match dues.as_slice() {
                [all] => Some(*all),
                each => each
                    .get(recipients.position(|named| named.unit.unit == *unit)?)
                    .copied(),
            }
        });
        due.filter(|due| due.unix_ms() != u64::MAX)
    }

    /// How a recipient's delivery stands to its due time at `now`.
    pub fn timing_of(&self, unit: &UnitCode, manifest: &Manifest, now: Timestamp) -> Timing {
        let view = self.view_of(unit);
        let due = self.due_of(unit, manifest);
        view.map_or_else(Timing::default, |view| view.timing(due, now))
    }

    /// Whether its sender still has to look at the state of reception (Art. 10).
    pub fn look_is_due(&self) -> bool {
        self.outgoing && self.stage == Stage::Dispatched && self.looks.is_empty()
    }

    /// The recipients whose return the sender has not signed for yet.
    pub fn returned(&self) -> impl Iterator<Item = (&UnitCode, &DeliveryView)> {
        let views = self.deliveries.iter().map(|(unit, view)| (unit, &**view));
        views.filter(|(_, view)| {
            view.delivery.state() == DeliveryState::Returned && !view.has(Fact::ReturnAcknowledged)
        })
    }

    /// The supplements that wait for the approver.
    pub fn open_supplements(&self) -> impl Iterator<Item = (&Digest, &Supplemented)> {
        let all = self.supplements.iter();
        all.filter(|(_, supplement)| supplement.granted.is_none())
    }
}

#[cfg(test)]
pub(super) mod tests;
