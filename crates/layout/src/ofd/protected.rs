//! What the signatures of a package protect, and what none of them does (step 10 of
//! `proto/seal.md`).
//!
//! A second office's seal must not make the first one incomplete, and nobody may hide a file by
//! calling it a part of a signature. So only what a signature consists of is left out, and only
//! where it can be nothing else.

use std::collections::{BTreeSet, HashMap};

use yichuan_seal::ses::{Code, Fact, Finding};
use yichuan_seal::sm2_key::sm3;

use super::Reader;
use crate::Unreadable;
use crate::contents::Signature;
use crate::limits::Budget;

/// How many parts are told of one kind; what is beyond is counted.
const TOLD_MAX: usize = 32;

/// What an entry's bytes give.
#[derive(Clone, Copy, Debug)]
pub(super) enum Digest {
    Sm3([u8; 32]),
    /// It is not as the package says, so that it is nothing that was signed.
    Damaged,
    /// It has more bytes than are read.
    TooLarge,
}

impl Digest {
    pub(super) const fn sm3(self) -> Option<[u8; 32]> {
        match self {
            Self::Sm3(sm3) => Some(sm3),
            Self::Damaged | Self::TooLarge => None,
        }
    }
}

/// The signatures of a package, and what they consist of.
#[derive(Default)]
pub(super) struct Protected<'p> {
    pub(super) signed: Vec<Signed<'p>>,
    /// Lists of signatures, and whether each looks like one.
    lists: Vec<(&'p str, bool)>,
    /// Digests of entries that were read for them.
    digests: HashMap<&'p str, Digest>,
}

/// A signature, with the entries that it consists of and those that it protects.
pub(super) struct Signed<'p> {
    pub(super) signature: Signature,
    /// `Signature.xml`, the value, and the seal's file where it is the seal in the value.
    pub(super) own: [Option<&'p str>; 3],
    /// Whether its parts are a signature's by their own form: a `Signature`, and a structure of SES
    /// or of GB/T 35275 as the value.
    pub(super) stands: bool,
    pub(super) covered: BTreeSet<&'p str>,
}

impl<'p> Protected<'p> {
    pub(super) fn list(&mut self, name: &'p str, is_list: bool) {
        self.lists.push((name, is_list));
    }

    /// What signatures, and the lists of them, consist of.
    pub(super) fn entries(&self) -> BTreeSet<&'p str> {
        let own = self.signed.iter().flat_map(|signed| signed.own).flatten();
        own.chain(self.lists.iter().map(|(list, _)| *list))
            .collect()
    }
}

impl<'p> Reader<'p> {
    /// The digest of an entry. What cannot be read for it is no reason not to read the file.
    pub(super) fn digest(
        &mut self,
        name: &'p str,
        budget: &mut Budget,
    ) -> Result<Digest, Unreadable> {
        budget.work(1)?;
        if let Some(digest) = self.protected.digests.get(name) {
            return Ok(*digest);
        }
        let size = self.package.size(name).unwrap_or(usize::MAX);
        let digest = if size > budget.part() {
            Digest::TooLarge
        } else {
            match self.package.read(name, budget) {
                Ok(bytes) => Digest::Sm3(sm3(&bytes)),
                Err(_) => Digest::Damaged,
            }
        };
        self.protected.digests.insert(name, digest);
        Ok(digest)
    }

    /// Step 10: which entries a signature leaves open. Takes the signatures into what was gathered.
    ///
    /// Left out are lists of signatures and what signatures consist of, those of other signatures
    /// only where they are what they are called and nothing else in the document leads to them.
    pub(super) fn coverage(&mut self, budget: &mut Budget) -> Result<(), Unreadable> {
        let signed = std::mem::take(&mut self.protected.signed);
        let mut beside: BTreeSet<&'p str> = BTreeSet::new();
        let lists = self.protected.lists.iter().filter(|(_, is_list)| *is_list);
        beside.extend(lists.map(|(name, _)| *name));
        for other in signed.iter().filter(|other| other.stands) {
            beside.extend(other.own.iter().flatten());
        }
        beside.retain(|name| !self.reached.contains(name));
        for one in signed {
            budget.work(self.package.names().count())?;
            let names = self.package.names();
            let open = names.filter(|name| {
                !one.covered.contains(name)
                    && !beside.contains(name)
                    && !one.own.contains(&Some(*name))
            });
            let open = open.map(str::to_owned).collect();
            let mut signature = one.signature;
            tell(&mut signature.proof.found, Code::NotCovered, open);
            self.gathered.signature(signature);
        }
        Ok(())
    }
}

/// Adds a finding for each part, up to a bound.
pub(super) fn tell(found: &mut Vec<Finding>, code: Code, parts: BTreeSet<String>) {
    let more = parts.len().saturating_sub(TOLD_MAX);
    let told = parts.into_iter().take(TOLD_MAX);
    found.extend(told.map(|part| Finding::with(code, Fact::Part(part))));
    if more > 0 {
        found.push(Finding::with(code, Fact::Part(format!("… (+{more})"))));
    }
}
