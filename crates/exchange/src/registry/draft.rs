//! A draft: a consistent view with what earlier requests of the same batch have decided.

mod entry;

use std::cell::OnceCell;
use std::collections::hash_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use minicbor::bytes::{ByteArray, ByteVec};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use yichuan_document::roster::record::{Policy, Status};
use yichuan_document::roster::{Decided, Roster};
use yichuan_document::statement::{AttachmentRef, Outage};
use yichuan_document::{Digest, StatementId, Timestamp, UnitCode, cbor};
use yichuan_evidence::entry::{ENTRY_VERSION, Entry};
use yichuan_store::{Batch, Pair, StoreError, Table, View};
use yichuan_wire::figures::{FIGURES_BYTES_MAX, Figures};

pub use entry::NewEntry;

use super::figures::Counted;
use crate::tables;

/// How many successors are followed.
const HEIRS_MAX: usize = 32;

/// A view, and what the batch has added to it so far.
pub struct Draft<'v> {
    view: &'v dyn View,
    /// None where the batch takes a row away.
    puts: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
    roster: Arc<Roster>,
    now: Timestamp,
    rng: ChaCha20Rng,
    next_index: u64,
    entries: Vec<Stored>,
    feeds: HashMap<UnitCode, u64>,
    outages: Vec<Outage>,
    /// The policy of the roster as it is now, read once.
    policy: OnceCell<Option<Arc<Policy>>>,
    /// Who hears of what concerns a unit, by the roster as it is now.
    heirs: HashMap<UnitCode, UnitCode>,
    /// The figures that the batch changes, by unit and month.
    figures: HashMap<(UnitCode, u32), Figures>,
}

/// An entry that the batch appends.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its index.
    pub index: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The hash of its leaf.
    pub leaf: Digest,
}

impl<'v> Draft<'v> {
    /// A draft on `view`, whose log has `size` entries, at the time `now`.
    pub fn new(
        view: &'v dyn View,
        roster: Arc<Roster>,
        size: u64,
        now: Timestamp,
        rng: ChaCha20Rng,
    ) -> Self {
        Self {
            view,
            puts: BTreeMap::new(),
            roster,
            now,
            rng,
            next_index: size,
            entries: Vec::new(),
            feeds: HashMap::new(),
            outages: Vec::new(),
            policy: OnceCell::new(),
            heirs: HashMap::new(),
            figures: HashMap::new(),
        }
    }

    /// The same draft, knowing when the exchange was not there.
    #[must_use]
    pub fn with_outages(mut self, outages: &[Outage]) -> Self {
        self.outages = outages.to_vec();
        self
    }

    /// The last time between two instants at which the exchange was not there.
    pub fn outage(&self, from: Timestamp, until: Timestamp) -> Option<Outage> {
        let mut latest = self.outages.iter().rev();
        let overlaps = |outage: &&Outage| outage.from < until && outage.until > from;
        latest.find(overlaps).copied()
    }

    /// Puts a row that no decision is about.
    pub fn set(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.puts.insert((table, key), Some(value));
    }

    /// Takes a row away that no decision is about.
    pub(super) fn forget(&mut self, table: Table, key: Vec<u8>) {
        self.puts.entry((table, key)).or_insert(None);
    }

    /// The value of a key, as it will be after the batch.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(value) = self.puts.get(&(table, key.to_vec())) {
            return Ok(value.clone());
        }
        self.view.get(table, key)
    }

    /// The pairs of a table whose key begins with `prefix`, as they will be after the batch: at
    /// most `limit` of those that stand already, and all that the batch adds.
    pub fn beginning_with(
        &self,
        table: Table,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let from = Bound::Included(prefix);
        let last = [prefix, &[0xff; 80]].concat();
        let stand = self
            .view
            .range(table, from, Bound::Excluded(&last), limit)?;
        let mut pairs: BTreeMap<Vec<u8>, Vec<u8>> = stand.into_iter().collect();
        let first = (table, prefix.to_vec());
        let newer = self.puts.range(first..);
        for ((_, key), value) in
            newer.take_while(|((of, key), _)| *of == table && key.starts_with(prefix))
        {
            match value {
                Some(value) => pairs.insert(key.clone(), value.clone()),
                None => pairs.remove(key),
            };
        }
        Ok(pairs.into_iter().collect())
    }

    /// The first `limit` keys of a table between `from` and `to`, as they stand before the batch.
    pub fn keys_before(
        &self,
        table: Table,
        (from, to): (&[u8], &[u8]),
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        let pairs = self.view.range(table, bounds.0, bounds.1, limit)?;
        Ok(pairs.into_iter().map(|(key, _)| key).collect())
    }

    /// The roster, as it will be after the batch.
    pub fn roster(&self) -> &Arc<Roster> {
        &self.roster
    }

    /// The policy in force, as it will be after the batch.
    pub fn policy(&self) -> Option<Arc<Policy>> {
        let read = || self.roster.policy().map(Arc::new);
        self.policy.get_or_init(read).clone()
    }

    /// The time of the batch's entries.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id for a statement of the exchange.
    pub fn new_id(&mut self) -> StatementId {
        StatementId::new(self.now, &mut self.rng)
    }

    /// The index that the next entry will have.
    pub const fn next_index(&self) -> u64 {
        self.next_index
    }

    /// The entries so far.
    pub fn entries(&self) -> &[Stored] {
        &self.entries
    }

    /// The units whose feeds have grown, with their newest number.
    pub const fn feeds(&self) -> &HashMap<UnitCode, u64> {
        &self.feeds
    }

    /// Takes a decision in; what follows in the batch sees it.
    pub fn apply(&mut self, decision: Decision) -> Result<u64, StoreError> {
        let first = self.next_index;
        self.list(first, &decision);
        if let Some(decided) = &decision.roster {
            Arc::make_mut(&mut self.roster).apply(decided);
            self.policy = OnceCell::new();
            self.heirs.clear();
        }
        for (table, key, value) in decision.puts {
            self.puts.insert((table, key), value);
        }
        for row in decision.statement_rows {
            let value = [row.digest.as_bytes().as_slice(), &first.to_be_bytes()].concat();
            self.puts.insert((tables::STATEMENTS, row.key), Some(value));
        }
        for entry in decision.entries {
            self.append(entry);
        }
        for counted in decision.counts {
            self.count(&counted)?;
        }
        let new = decision.announcements.into_iter();
        let new = new.map(|(position, unit)| (first + position as u64, unit));
        let told: BTreeSet<(u64, UnitCode)> = decision
            .earlier
            .into_iter()
            .chain(new)
            .map(|(index, unit)| (index, self.heir(unit)))
            .collect();
        for (index, unit) in told {
            let sequence = self.feed_head(&unit)? + 1;
            let key = tables::feed(&unit, sequence);
            self.puts
                .insert((tables::FEEDS, key), Some(index.to_be_bytes().to_vec()));
            let head = (tables::FEED_HEADS, unit.as_str().as_bytes().to_vec());
            self.puts
                .insert(head, Some(sequence.to_be_bytes().to_vec()));
            self.feeds.insert(unit, sequence);
        }
        Ok(first)
    }

    /// Everything that the batch puts, for the store.
    pub fn into_batch(self) -> Batch {
        let mut batch = Batch::new();
        for ((table, key), value) in self.puts {
            match value {
                Some(value) => batch.put(table, key, value),
                None => batch.delete(table, key),
            }
        }
        for ((unit, month), figures) in self.figures {
            let key = tables::figures(&unit, month);
            batch.put(tables::FIGURES, key, cbor::to_vec(&figures));
        }
        for entry in self.entries {
            batch.put(tables::ENTRIES, tables::index(entry.index), entry.bytes);
        }
        batch
    }

    /// The indexes of a unit's events, in order, as they will be after the batch.
    pub fn events_of(&self, unit: &UnitCode) -> Result<Vec<u64>, StoreError> {
        let mut indexes = Vec::new();
        for sequence in 1..=self.feed_head(unit)? {
            let row = self.get(tables::FEEDS, &tables::feed(unit, sequence))?;
            let index = row.and_then(|row| row.try_into().ok());
            indexes.extend(index.map(u64::from_be_bytes));
        }
        Ok(indexes)
    }

    fn list(&mut self, first: u64, decision: &Decision) {
        for (position, unit, received) in &decision.listed {
            let entry = decision.entries.get(*position);
            if let Some(document) = entry.and_then(|entry| entry.readers.document) {
                let index = first + *position as u64;
                let key = tables::unit_document(unit, *received, index);
                let value = document.as_bytes().to_vec();
                self.set(tables::UNIT_DOCUMENTS, key, value);
            }
        }
    }

    fn count(&mut self, counted: &Counted) -> Result<(), StoreError> {
        let of = (counted.unit.clone(), counted.month);
        let figures = match self.figures.entry(of) {
            Place::Occupied(known) => known.into_mut(),
            Place::Vacant(place) => {
                let key = tables::figures(&counted.unit, counted.month);
                let bytes = self.view.get(tables::FIGURES, &key)?;
                let before = bytes.map(|bytes| cbor::read::<Figures>(&bytes, FIGURES_BYTES_MAX));
                let before = before.transpose();
                let before = before.map_err(|why| StoreError::Corrupt(Box::new(why)))?;
                place.insert(before.unwrap_or_default())
            }
        };
        counted.apply(figures);
        Ok(())
    }

    /// Who is to hear of what concerns a unit: its successor where it is closed.
    fn heir(&mut self, unit: UnitCode) -> UnitCode {
        if let Some(heir) = self.heirs.get(&unit) {
            return heir.clone();
        }
        let mut heir = unit.clone();
        for _ in 0..HEIRS_MAX {
            let record = self.roster.unit(&heir);
            let closed = record.filter(|record| record.status == Status::Closed);
            match closed.and_then(|closed| closed.successor) {
                Some(successor) => heir = successor,
                None => break,
            }
        }
        self.heirs.insert(unit, heir.clone());
        heir
    }

    fn feed_head(&self, unit: &UnitCode) -> Result<u64, StoreError> {
        if let Some(known) = self.feeds.get(unit) {
            return Ok(*known);
        }
        let row = self.get(tables::FEED_HEADS, unit.as_str().as_bytes())?;
        Ok(row
            .and_then(|row| row.try_into().ok())
            .map_or(0, u64::from_be_bytes))
    }

    fn append(&mut self, new: NewEntry) {
        let mut salt = [0; 32];
        self.rng.fill_bytes(&mut salt);
        let named = new
            .attachments
            .iter()
            .filter_map(|bytes| AttachmentRef::to(bytes))
            .collect();
        let entry = Entry {
            version: ENTRY_VERSION,
            time: self.now,
            salt: ByteArray::from(salt),
            kind: new.kind,
            roster: self.roster.head(),
            statement: ByteVec::from(new.statement),
            attachments: named,
            allotted: new.allotted,
        };
        let index = self.next_index;
        let bytes = entry.to_bytes();
        let leaf = yichuan_document::tree::leaf_hash(&bytes);
        for attachment in new.attachments {
            let digest = Digest::of(&attachment);
            let key = (tables::ATTACHMENTS, digest.as_bytes().to_vec());
            self.puts.insert(key, Some(attachment));
        }
        if let Some(document) = &new.readers.document {
            let key = tables::document_entry(document, index);
            self.puts
                .insert((tables::DOCUMENT_ENTRIES, key), Some(Vec::new()));
        }
        if new.kind.is_roster() {
            self.puts.insert(
                (tables::ROSTER_ENTRIES, tables::index(index)),
                Some(Vec::new()),
            );
        }
        let readers = cbor::to_vec(&new.readers);
        self.puts
            .insert((tables::READERS, tables::index(index)), Some(readers));
        self.entries.push(Stored { index, bytes, leaf });
        self.next_index += 1;
    }
}

/// What a request does: entries, rows, announcements.
#[derive(Debug, Default)]
pub struct Decision {
    entries: Vec<NewEntry>,
    puts: Vec<(Table, Vec<u8>, Option<Vec<u8>>)>,
    announcements: Vec<(usize, UnitCode)>,
    counts: Vec<Counted>,
    /// Which units' lists the document of an entry stands in from now on, and whether received.
    listed: Vec<(usize, UnitCode, bool)>,
    earlier: Vec<(u64, UnitCode)>,
    statement_rows: Vec<StatementRow>,
    pub(super) roster: Option<Decided>,
}

#[derive(Debug)]
struct StatementRow {
    key: Vec<u8>,
    digest: Digest,
}

impl Decision {
    /// A decision with one entry.
    pub fn new(entry: NewEntry) -> Self {
        Self {
            entries: vec![entry],
            ..Self::default()
        }
    }

    /// Appends one more entry; returns its position within the decision.
    pub fn append(&mut self, entry: NewEntry) -> usize {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// Puts a row.
    pub fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.puts.push((table, key, Some(value)));
    }

    /// Takes a row away.
    pub fn delete(&mut self, table: Table, key: Vec<u8>) {
        self.puts.push((table, key, None));
    }

    /// Lets one more unit read the entry at `position`.
    pub fn share(&mut self, position: usize, unit: &UnitCode) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.readers.owner = Some(unit.clone());
        }
    }

    /// Counts something in a unit's figures.
    pub(super) fn count(&mut self, counted: Counted) {
        self.counts.push(counted);
    }

    /// Puts the document of the entry at `position` into a unit's list.
    pub fn list(&mut self, position: usize, unit: &UnitCode, received: bool) {
        self.listed.push((position, unit.clone(), received));
    }

    /// Tells a unit of the entry at `position`, once however often it is said.
    pub fn announce(&mut self, position: usize, unit: UnitCode) {
        self.announcements.push((position, unit));
    }

    /// Tells a unit of an entry that has stood in the log before.
    pub fn announce_earlier(&mut self, index: u64, unit: UnitCode) {
        self.earlier.push((index, unit));
    }

    /// Remembers the statement of the first entry, so that repeating it changes nothing.
    pub fn note_statement(&mut self, unit: &str, id: &StatementId, digest: &Digest) {
        let key = tables::statement(unit, id);
        self.statement_rows.push(StatementRow {
            key,
            digest: *digest,
        });
    }
}
