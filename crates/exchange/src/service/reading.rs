//! Reading: the log, documents and attachments, each by those who may.

use std::ops::Bound;

use minicbor::bytes::ByteVec;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yichuan_document::life::DeliveryState;
use yichuan_document::manifest::Manifest;
use yichuan_document::statement::Extract;
use yichuan_document::wrap::{Wrap, WrapList};
use yichuan_document::{Digest, StatementId, UnitCode, UnitRef};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_evidence::log as tree_log;
use yichuan_evidence::tile::{self, Tile, TileKind};
use yichuan_store::View;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{
    ANSWER_BYTES_MAX, AttachmentOf, DocumentFile, DocumentFrom, ENTRIES_PER_ANSWER_MAX, Entries,
    ExtractFile, InclusionOf, Proof, Proven, ProvenEntry, Push, TileRef,
};

use super::Office;
use crate::log::NodeReader;
use crate::net::Session;
use crate::registry::{NOT_ASSIGNED, Refusal, context, in_force, row};
use crate::sequencer::{Newest, clock};
use crate::tables::{self, DeliveryRow, DocumentRow, ReadersRow};

impl Office {
    /// One entry under a checkpoint.
    pub(super) fn proven(
        &self,
        view: &dyn View,
        index: u64,
        newest: &Newest,
    ) -> Result<Proven, Refusal> {
        let entry = self.proven_entry(view, index, newest.size)?;
        Ok(Proven {
            entry,
            checkpoint: newest.checkpoint.clone(),
        })
    }

    fn proven_entry(&self, view: &dyn View, index: u64, size: u64) -> Result<ProvenEntry, Refusal> {
        let bytes = view.get(tables::ENTRIES, &tables::index(index))?;
        let bytes = bytes.ok_or_else(|| broken_log(index))?;
        let nodes = NodeReader {
            cache: &self.published().nodes,
            view,
        };
        let path = tree_log::inclusion(index, size, &nodes).map_err(|_| broken_log(index))?;
        Ok(ProvenEntry {
            index,
            entry: ByteVec::from(bytes),
            path,
        })
    }

    /// `newest` was read before `view`, so that the view has all that it covers.
    pub(super) fn page(
        &self,
        newest: &Newest,
        view: &dyn View,
        indexes: impl Iterator<Item = u64>,
    ) -> Result<Entries, Refusal> {
        let mut entries = Vec::new();
        let mut bytes = 0;
        for index in indexes {
            // What came after the checkpoint is shown with the next one.
            if index >= newest.size {
                break;
            }
            if entries.len() >= ENTRIES_PER_ANSWER_MAX as usize || bytes > ANSWER_BYTES_MAX {
                let checkpoint = newest.checkpoint.clone();
                return Ok(Entries {
                    entries,
                    checkpoint,
                    next: Some(index),
                });
            }
            let entry = self.proven_entry(view, index, newest.size)?;
            bytes += entry.entry.len() + entry.path.len() * 34;
            entries.push(entry);
        }
        Ok(Entries {
            entries,
            checkpoint: newest.checkpoint.clone(),
            next: None,
        })
    }

    pub(super) fn roster_entries(&self, from: u64) -> Result<Entries, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        let key = tables::index(from);
        let limit = ENTRIES_PER_ANSWER_MAX as usize + 1;
        let bounds = (Bound::Included(key.as_slice()), Bound::Unbounded);
        let rows = view.range(tables::ROSTER_ENTRIES, bounds.0, bounds.1, limit)?;
        let indexes = rows.into_iter().filter_map(|(key, _)| index_of(&key));
        // The genesis stands outside the table of what changes the roster.
        let genesis = (from == 0).then_some(0);
        self.page(
            &newest,
            view.as_ref(),
            genesis
                .into_iter()
                .chain(indexes.filter(|index| *index > 0)),
        )
    }

    pub(super) fn document(
        &self,
        unit: &UnitCode,
        wanted: &DocumentFrom,
    ) -> Result<DocumentFile, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        let document = &wanted.document;
        let units = self.units_of(unit);
        let party = party(view.as_ref(), &units, document)?;
        let manifest = view.get(tables::ATTACHMENTS, document.as_bytes())?;
        let manifest = manifest.ok_or(Refusal::of(ErrorCode::STORE))?;
        let indexes = entries_for(view.as_ref(), &units, document, &party)?;
        let indexes = indexes.into_iter().filter(|index| *index >= wanted.from);
        let entries = self.page(&newest, view.as_ref(), indexes)?;
        Ok(DocumentFile {
            manifest: ByteVec::from(manifest),
            entries,
        })
    }

    /// A unit, and those whose work it has taken over: their documents follow to it.
    fn units_of(&self, unit: &UnitCode) -> Vec<UnitCode> {
        let mut units = vec![unit.clone()];
        units.extend(self.newest().roster.predecessors(unit));
        units
    }

    /// Refuses an account that may not open documents of this level, or whom the unit has not
    /// named for this one: need to know inside a unit.
    pub(super) fn may_open(&self, session: &Session, document: &Digest) -> Result<(), Refusal> {
        let roster = &self.newest().roster;
        let standing = roster
            .standing_of(&session.account, &session.device)
            .map_err(Refusal::standing)?;
        let view = self.view()?;
        // The same answer for what is not there and what is not the unit's.
        party(
            view.as_ref(),
            &self.units_of(&session.account.unit()),
            document,
        )?;
        let bytes = view.get(tables::ATTACHMENTS, document.as_bytes())?;
        let bytes = bytes.ok_or(Refusal::of(ErrorCode::STORE))?;
        let manifest = Manifest::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
        if !standing.may_open(manifest.level) {
            return Err(Refusal::about(ErrorCode::NEED_TO_KNOW, manifest.level.zh()));
        }
        let get = |key: &[u8]| view.get(tables::ASSIGNMENTS, key);
        let assigned = in_force(get, roster, &session.account.unit(), document)?;
        if assigned.is_none_or(|(_, row)| row.accounts.contains(&session.account)) {
            Ok(())
        } else {
            Err(Refusal::about(ErrorCode::NEED_TO_KNOW, NOT_ASSIGNED))
        }
    }

    pub(super) fn wrap(&self, unit: &UnitCode, document: &Digest) -> Result<Wrap, Refusal> {
        let view = self.view()?;
        let units = self.units_of(unit);
        let party = party(view.as_ref(), &units, document)?;
        let deleted = tables::delivery(document, unit);
        if view.get(tables::DELETED, &deleted)?.is_some() {
            return Err(Refusal::of(ErrorCode::DELETED));
        }
        if let Some(delivery) = &party.delivery {
            if delivery.regraded {
                return Err(Refusal::of(ErrorCode::REGRADED));
            }
            let state = DeliveryState::from_code(delivery.state);
            let released = matches!(
                state,
                Some(
                    DeliveryState::Fetched
                        | DeliveryState::Inspected
                        | DeliveryState::SignedFor
                        | DeliveryState::Returned
                )
            );
            if !released {
                return Err(Refusal::of(ErrorCode::NOT_FETCHED));
            }
        }
        let own = party.delivery.as_ref().and_then(|delivery| delivery.wraps);
        let wraps = own.unwrap_or(party.row.wraps_bytes);
        let bytes = view.get(tables::ATTACHMENTS, wraps.as_bytes())?;
        let bytes = bytes.ok_or(Refusal::of(ErrorCode::STORE))?;
        let list = WrapList::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
        // The own wrap, or that of a unit whose seeds were left to this one.
        let of = |unit: &UnitCode| list.0.iter().find(|wrap| wrap.unit.unit == *unit);
        let wrap = units.iter().find_map(of).cloned();
        wrap.ok_or(Refusal::of(ErrorCode::STORE))
    }

    pub(super) fn leaves(&self, unit: &UnitCode, document: &Digest) -> Result<Vec<u8>, Refusal> {
        let key = self.body_key(unit, document)?;
        self.leaf_list(&key)
    }

    /// The key of a document's body, for a party.
    pub(super) fn body_key(&self, unit: &UnitCode, document: &Digest) -> Result<Digest, Refusal> {
        let view = self.view()?;
        let row = party(view.as_ref(), &self.units_of(unit), document)?.row;
        let lead = row.issuers.first().ok_or(Refusal::of(ErrorCode::STORE))?;
        Ok(tables::body(&lead.unit, &row.about.document, &row.root))
    }

    pub(super) fn attachment(
        &self,
        unit: &UnitCode,
        of: &AttachmentOf,
    ) -> Result<Vec<u8>, Refusal> {
        let unknown = || Refusal::of(ErrorCode::ATTACHMENT);
        let units = self.units_of(unit);
        let view = self.view()?;
        let bytes = view
            .get(tables::ENTRIES, &tables::index(of.entry))?
            .ok_or_else(unknown)?;
        let entry = Entry::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
        if !entry.kind.is_roster() {
            may_read(view.as_ref(), &units, of.entry)?;
        }
        // The wrap list says who can open; each holder gets its own wrap and no other.
        let wraps = match entry.kind {
            EntryKind::Submission => entry.attachments.get(1),
            EntryKind::Supplement | EntryKind::Rewrap => entry.attachments.first(),
            _ => None,
        };
        let is_wraps = wraps.is_some_and(|wraps| wraps.digest == of.digest);
        if is_wraps && !is_issuer_of(view.as_ref(), &units, of.entry)? {
            return Err(unknown());
        }
        if !entry
            .attachments
            .iter()
            .any(|named| named.digest == of.digest)
        {
            return Err(unknown());
        }
        view.get(tables::ATTACHMENTS, of.digest.as_bytes())?
            .ok_or_else(unknown)
    }

    /// The root that the log had at a size; none where it never was so long.
    pub(super) fn root_at(&self, size: u64) -> Result<Option<Digest>, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        if size > newest.size {
            return Ok(None);
        }
        let nodes = NodeReader {
            cache: &self.published().nodes,
            view: view.as_ref(),
        };
        tree_log::root_at(size, &nodes)
            .map(Some)
            .map_err(|_| broken_log(size))
    }

    pub(super) fn inclusion(&self, of: &InclusionOf) -> Result<Proof, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        if of.size > newest.size {
            return Err(Refusal::about(ErrorCode::MALFORMED, of.size));
        }
        let nodes = NodeReader {
            cache: &self.published().nodes,
            view: view.as_ref(),
        };
        let path = tree_log::inclusion(of.index, of.size, &nodes)
            .map_err(|_| Refusal::about(ErrorCode::MALFORMED, of.index))?;
        Ok(Proof {
            path,
            checkpoint: newest.checkpoint.clone(),
        })
    }

    pub(super) fn consistency(&self, size: u64) -> Result<Proof, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        let nodes = NodeReader {
            cache: &self.published().nodes,
            view: view.as_ref(),
        };
        let path = tree_log::consistency(size, newest.size, &nodes)
            .map_err(|_| Refusal::about(ErrorCode::MALFORMED, size))?;
        Ok(Proof {
            path,
            checkpoint: newest.checkpoint.clone(),
        })
    }

    pub(super) fn tile(&self, of: &TileRef) -> Result<Vec<u8>, Refusal> {
        let outside = |_| Refusal::about(ErrorCode::MALFORMED, of.index);
        let kind = TileKind::Hashes { level: of.level };
        let tile = Tile::new(kind, of.index, of.width).map_err(outside)?;
        let (newest, view) = (self.newest(), self.view()?);
        tile.check_within(newest.size).map_err(outside)?;
        let nodes = NodeReader {
            cache: &self.published().nodes,
            view: view.as_ref(),
        };
        tile::read_hashes(&tile, &nodes).map_err(|_| Refusal::of(ErrorCode::STORE))
    }

    pub(super) fn extract(
        &self,
        unit: &UnitCode,
        document: &Digest,
    ) -> Result<ExtractFile, Refusal> {
        let newest = self.newest();
        let view = self.view()?;
        let units = self.units_of(unit);
        let party = party(view.as_ref(), &units, document)?;
        let mut entries = entries_for(view.as_ref(), &units, document, &party)?;
        entries.retain(|index| *index < newest.size);
        let reader = UnitRef {
            unit: unit.clone(),
            origin: newest.roster.origin().clone(),
        };
        let body = Extract {
            about: party.row.about,
            size: newest.size,
            entries,
            reader,
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| Refusal::of(ErrorCode::STORE))?;
        let now = clock();
        let id = StatementId::new(now, &mut ChaCha20Rng::from_seed(seed));
        let signed = self.registry.sign(&context(&newest.roster), id, now, &body);
        let statement = ByteVec::from(signed.to_bytes());
        Ok(ExtractFile {
            statement,
            checkpoint: newest.checkpoint.clone(),
        })
    }

    pub(super) fn feed_head(&self, unit: &UnitCode) -> Result<u64, Refusal> {
        let row = self
            .view()?
            .get(tables::FEED_HEADS, unit.as_str().as_bytes())?;
        Ok(row
            .and_then(|row| row.try_into().ok())
            .map_or(0, u64::from_be_bytes))
    }

    pub(super) fn feed(
        &self,
        unit: &UnitCode,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Push>, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        let first = tables::feed(unit, after.saturating_add(1));
        let last = tables::feed(unit, u64::MAX);
        let bounds = (
            Bound::Included(first.as_slice()),
            Bound::Included(last.as_slice()),
        );
        let mut pushes = Vec::new();
        for (key, value) in view.range(tables::FEEDS, bounds.0, bounds.1, limit)? {
            let sequence = key.len().checked_sub(8).and_then(|at| index_of(&key[at..]));
            let (Some(sequence), Some(index)) = (sequence, index_of(&value)) else {
                return Err(Refusal::of(ErrorCode::STORE));
            };
            if index >= newest.size {
                break;
            }
            pushes.push(Push {
                sequence,
                what: self.proven(view.as_ref(), index, &newest)?,
            });
        }
        Ok(pushes)
    }
}

/// The most entries of one document that are read at once.
const DOCUMENT_ENTRIES_MAX: usize = 100_000;

struct Party {
    row: DocumentRow,
    /// Of a recipient; none of an issuer.
    delivery: Option<DeliveryRow>,
}

/// The part of a unit in a document, or of one whose work it has taken over; one answer whether
/// there is none or the document is unknown. `units` has the unit itself first.
fn party(view: &dyn View, units: &[UnitCode], document: &Digest) -> Result<Party, Refusal> {
    let unknown = Refusal::of(ErrorCode::UNKNOWN_DOCUMENT);
    let bytes = view
        .get(tables::DOCUMENTS, document.as_bytes())?
        .ok_or(unknown.clone())?;
    let document_row: DocumentRow = row(&bytes)?;
    for unit in units {
        let mut issuers = document_row.issuers.iter();
        if issuers.any(|issuer| issuer.unit == *unit) {
            return Ok(Party {
                row: document_row,
                delivery: None,
            });
        }
        if let Some(bytes) = view.get(tables::DELIVERIES, &tables::delivery(document, unit))? {
            return Ok(Party {
                row: document_row,
                delivery: Some(row(&bytes)?),
            });
        }
    }
    Err(unknown)
}

fn entries_for(
    view: &dyn View,
    units: &[UnitCode],
    document: &Digest,
    party: &Party,
) -> Result<Vec<u64>, Refusal> {
    let first = tables::document_entry(document, 0);
    let last = tables::document_entry(document, u64::MAX);
    let bounds = (
        Bound::Included(first.as_slice()),
        Bound::Included(last.as_slice()),
    );
    let rows = view.range(
        tables::DOCUMENT_ENTRIES,
        bounds.0,
        bounds.1,
        DOCUMENT_ENTRIES_MAX,
    )?;
    let indexes = rows.iter().filter_map(|(key, _)| index_of(key.get(32..)?));
    if party.delivery.is_none() {
        return Ok(indexes.collect());
    }
    let mut readable = Vec::new();
    for index in indexes {
        let readers = readers(view, index)?;
        if readers.recipient.is_none_or(|unit| units.contains(&unit)) {
            readable.push(index);
        }
    }
    Ok(readable)
}

fn is_issuer_of(view: &dyn View, units: &[UnitCode], index: u64) -> Result<bool, Refusal> {
    let Some(document) = readers(view, index)?.document else {
        return Ok(false);
    };
    Ok(party(view, units, &document)?.delivery.is_none())
}

fn may_read(view: &dyn View, units: &[UnitCode], index: u64) -> Result<(), Refusal> {
    let unknown = Refusal::of(ErrorCode::ATTACHMENT);
    let readers = readers(view, index)?;
    if readers
        .owner
        .as_ref()
        .is_some_and(|owner| units.contains(owner))
    {
        return Ok(());
    }
    let document = readers.document.ok_or(unknown.clone())?;
    let party = party(view, units, &document).map_err(|_| unknown.clone())?;
    let mine =
        party.delivery.is_none() || readers.recipient.is_none_or(|unit| units.contains(&unit));
    if mine { Ok(()) } else { Err(unknown) }
}

pub(super) fn readers(view: &dyn View, index: u64) -> Result<ReadersRow, Refusal> {
    let bytes = view.get(tables::READERS, &tables::index(index))?;
    row(&bytes.ok_or(Refusal::of(ErrorCode::STORE))?)
}

fn index_of(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}

fn broken_log(index: u64) -> Refusal {
    tracing::error!(index, "the log has no proof for an entry");
    Refusal::of(ErrorCode::STORE)
}
