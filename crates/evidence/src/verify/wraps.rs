//! The wraps: those of the submission, of a supplement, and of a rewrap.

use yichuan_document::roster::Roster;
use yichuan_document::statement::AttachmentRef;
use yichuan_document::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, Wrap, WrapList, XWING_ENC_BYTES};
use yichuan_document::{Digest, Timestamp, UnitRef, cbor, tree};

use super::case::Case;
use super::fault::Fault;
use super::finding::{Check, Findings, Gap};
use super::statement::Said;
use crate::bundle::WrapProof;

/// The single wraps of a bundle. Each must be in one of the lists that were signed.
pub(super) struct Singles<'h> {
    left: Vec<&'h WrapProof>,
}

impl<'h> Singles<'h> {
    pub(super) fn new(wraps: &'h [WrapProof]) -> Self {
        Self {
            left: wraps.iter().collect(),
        }
    }

    /// Takes out those that are in a list for `holders` with this digest.
    fn place(&mut self, holders: &[&UnitRef], signed: &Digest, said: &Said<'_>) {
        self.left.retain(|single| {
            let leaf = tree::leaf_hash(&cbor::to_vec(&single.wrap));
            let (index, size) = (u64::from(single.index), holders.len() as u64);
            let path = single.path.digests();
            let is_in = tree::verify_inclusion(&leaf, index, size, path, signed).is_ok();
            let is_theirs = holders
                .get(single.index as usize)
                .is_some_and(|unit| **unit == single.wrap.unit);
            !is_in || !is_theirs || !fits(&single.wrap, said.roster, said.entry.time)
        });
    }
}

impl Case<'_> {
    /// Checks the list of wraps that a statement signs and its entry attaches.
    pub(super) fn check_wraps(
        &mut self,
        holders: &[&UnitRef],
        signed: &Digest,
        list: &AttachmentRef,
        said: &Said<'_>,
        findings: &mut Findings,
    ) {
        self.singles.place(holders, signed, said);
        let Some(bytes) = self.attachment(&list.digest) else {
            findings.leave_out(Check::Wraps, Gap::NotInBundle, Some(said.index));
            return;
        };
        let right = AttachmentRef::to(bytes) == Some(*list)
            && WrapList::read(bytes).is_ok_and(|list| {
                let units = list.0.iter().map(|wrap| &wrap.unit);
                let fit = |wrap| fits(wrap, said.roster, said.entry.time);
                list.digest() == *signed
                    && units.eq(holders.iter().copied())
                    && list.0.iter().all(fit)
            });
        if right {
            findings.pass(Check::Wraps);
        } else {
            findings.fail(Check::Wraps, Fault::WrapsDiffer, Some(said.index));
        }
    }

    /// At the end: a single wrap that is in no list was signed by nobody.
    pub(super) fn close_wraps(&self, findings: &mut Findings) {
        if self.begun.is_some() && !self.singles.left.is_empty() {
            findings.fail(Check::Wraps, Fault::WrapsDiffer, None);
        }
    }
}

/// Whether a wrap is for the key that its unit had.
fn fits(wrap: &Wrap, roster: &Roster, now: Timestamp) -> bool {
    roster.unit_key(&wrap.unit.unit).is_some_and(|key| {
        wrap.suite == WRAP_SUITE_1
            && wrap.enc.len() == XWING_ENC_BYTES
            && wrap.ct.len() == WRAPPED_KEY_BYTES
            && key.admits(wrap.epoch, &wrap.key, now)
    })
}
