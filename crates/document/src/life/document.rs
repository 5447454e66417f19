//! A document from its submission to its dispatch, with one issuer or several (联合行文).

use std::fmt;

use super::{Cause, DocumentEvent, Fact, Facts, Misstep, Stage, Step};

/// The most issuers one document may have (联合行文): as many as the manifest allows, since joint
/// documents rarely have more than a dozen.
pub const ISSUERS_MAX: usize = 16;

/// How a document's way to its dispatch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Refused,
    Withdrawn,
    Dispatched,
}

/// How far a document is on its way to the dispatch: which issuers approved, how many seals stand.
///
/// The stage follows from these and cannot disagree with them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Progress {
    /// The seal ordinal of each issuer, by position: a permutation of 1 to n.
    ordinals: Vec<u8>,
    /// Bit *i*: issuer *i* approved.
    approvals: u32,
    /// The seals recorded; the next one due has this ordinal plus one.
    seals: u8,
    end: Option<End>,
    facts: Facts,
}

impl Progress {
    /// A submitted document with these issuers: for each, by its position in the manifest, the
    /// ordinal of its seal. Refuses none, more than [`ISSUERS_MAX`], and ordinals that are not 1 to
    /// *n* in some order.
    pub fn submitted(ordinals: &[u8]) -> Result<Self, BadProgress> {
        if ordinals.is_empty() {
            return Err(BadProgress::NoIssuer);
        }
        if ordinals.len() > ISSUERS_MAX {
            return Err(BadProgress::TooManyIssuers {
                issuers: ordinals.len(),
            });
        }
        for due in 1..=ordinals.len() {
            if !ordinals.iter().any(|ordinal| usize::from(*ordinal) == due) {
                return Err(BadProgress::Ordinals { missing: due });
            }
        }
        Ok(Self {
            ordinals: ordinals.to_vec(),
            approvals: 0,
            seals: 0,
            end: None,
            facts: Facts::NONE,
        })
    }

    /// The progress that a record holds. Refuses what no events lead to: an approval of an issuer
    /// that there is not, a seal without every approval, a stage or fact that does not fit them.
    pub fn restore(
        ordinals: &[u8],
        approvals: u32,
        seals: u8,
        stage: Stage,
        facts: Facts,
    ) -> Result<Self, BadProgress> {
        let blank = Self::submitted(ordinals)?;
        let end = match stage {
            Stage::RefusedByApprover => Some(End::Refused),
            Stage::Withdrawn => Some(End::Withdrawn),
            Stage::Dispatched => Some(End::Dispatched),
            Stage::Submitted | Stage::Approved | Stage::Sealed => None,
        };
        let held = Self {
            approvals,
            seals,
            end,
            facts,
            ..blank
        };
        if approvals & !held.every_approval() != 0 {
            return Err(BadProgress::Approvals { approvals });
        }
        let is_sealed = usize::from(seals) == held.issuers();
        if usize::from(seals) > held.issuers()
            || (seals > 0 && !held.is_approved())
            || (stage == Stage::Dispatched && !is_sealed)
        {
            return Err(BadProgress::Seals { seals });
        }
        if held.stage() != stage {
            return Err(BadProgress::Stage {
                held: stage,
                follows: held.stage(),
            });
        }
        match facts.iter().find(|fact| !could_stand(stage, *fact)) {
            Some(fact) => Err(BadProgress::Fact { stage, fact }),
            None => Ok(held),
        }
    }

    /// Where the document stands.
    pub fn stage(&self) -> Stage {
        match self.end {
            Some(End::Refused) => Stage::RefusedByApprover,
            Some(End::Withdrawn) => Stage::Withdrawn,
            Some(End::Dispatched) => Stage::Dispatched,
            None if !self.is_approved() => Stage::Submitted,
            None if usize::from(self.seals) < self.issuers() => Stage::Approved,
            None => Stage::Sealed,
        }
    }

    /// What is known beside the stage.
    pub const fn facts(&self) -> Facts {
        self.facts
    }

    /// How many issuers the document has.
    pub fn issuers(&self) -> usize {
        self.ordinals.len()
    }

    /// The seal ordinal of each issuer, by position.
    pub fn ordinals(&self) -> &[u8] {
        &self.ordinals
    }

    /// The approvals as one number for a record: bit *i* is the issuer at position *i*.
    pub const fn approvals(&self) -> u32 {
        self.approvals
    }

    /// How many seals stand; they have the ordinals 1 to this.
    pub const fn seals(&self) -> u8 {
        self.seals
    }

    /// Whether the issuer at this position has approved; never for one that there is not.
    pub fn has_approved(&self, issuer: u16) -> bool {
        self.seat(issuer)
            .is_some_and(|bit| self.approvals & bit != 0)
    }

    /// Whether the issuer's seal stands; never for one that there is not.
    pub fn has_sealed(&self, issuer: u16) -> bool {
        self.ordinal(issuer)
            .is_some_and(|ordinal| ordinal <= self.seals)
    }

    /// The issuer whose seal is due now; none before every approval stands, and after the last.
    pub fn sealer_due(&self) -> Option<u16> {
        if self.stage() != Stage::Approved {
            return None;
        }
        (0..)
            .zip(&self.ordinals)
            .find(|(_, ordinal)| **ordinal == self.seals + 1)
            .map(|(i, _)| i)
    }

    /// What `event` makes of the document. Refuses what does not follow, and then nothing changed.
    pub fn apply(&self, event: DocumentEvent) -> Result<Step<Self>, Misstep> {
        self.follow(event).map_err(|cause| Misstep::Document {
            stage: self.stage(),
            event,
            cause,
        })
    }

    fn follow(&self, event: DocumentEvent) -> Result<Step<Self>, Cause> {
        use DocumentEvent as E;
        match event {
            E::Fact(fact) => return self.note(fact),
            E::Supplemented { .. } => return self.supplement(),
            E::Approved { issuer } | E::Refused { issuer } | E::Sealed { issuer } => {
                self.ordinal(issuer).ok_or(Cause::NoSuchIssuer)?;
            }
            E::Submitted | E::Withdrawn | E::Dispatched => {}
        }
        match (self.end, event) {
            (Some(End::Refused), E::Refused { .. })
            | (Some(End::Withdrawn), E::Withdrawn)
            | (Some(End::Dispatched), E::Dispatched) => Err(Cause::Repeated),
            (Some(_), _) => Err(Cause::TooLate),
            (None, E::Approved { issuer }) => self.approve(issuer),
            (None, E::Sealed { issuer }) => self.seal(issuer),
            (None, E::Refused { .. }) => Ok(self.ended(End::Refused)),
            (None, E::Withdrawn) => Ok(self.ended(End::Withdrawn)),
            (None, E::Dispatched) if self.stage() == Stage::Sealed => {
                Ok(self.ended(End::Dispatched))
            }
            (None, E::Dispatched) => Err(Cause::TooEarly),
            (None, _) => Ok(Step::Unchanged),
        }
    }

    fn approve(&self, issuer: u16) -> Result<Step<Self>, Cause> {
        let bit = self.seat(issuer).ok_or(Cause::NoSuchIssuer)?;
        if self.approvals & bit != 0 {
            return Err(Cause::Repeated);
        }
        Ok(Step::Changed(Self {
            approvals: self.approvals | bit,
            ..self.clone()
        }))
    }

    fn seal(&self, issuer: u16) -> Result<Step<Self>, Cause> {
        let ordinal = self.ordinal(issuer).ok_or(Cause::NoSuchIssuer)?;
        if !self.is_approved() {
            return Err(Cause::TooEarly);
        }
        if ordinal <= self.seals {
            return Err(Cause::Repeated);
        }
        if ordinal != self.seals + 1 {
            return Err(Cause::OutOfTurn);
        }
        Ok(Step::Changed(Self {
            seals: ordinal,
            ..self.clone()
        }))
    }

    fn supplement(&self) -> Result<Step<Self>, Cause> {
        let is_gone = self.facts.has(Fact::Deleted) || self.facts.has(Fact::Replaced);
        match self.end {
            None => Err(Cause::TooEarly),
            Some(End::Dispatched) if !is_gone => Ok(Step::Unchanged),
            Some(_) => Err(Cause::TooLate),
        }
    }

    fn note(&self, fact: Fact) -> Result<Step<Self>, Cause> {
        if self.facts.has(fact) && fact.is_once() {
            return Err(Cause::Repeated);
        }
        let is_deleted = self.facts.has(Fact::Deleted);
        match (fact, self.end) {
            (Fact::Registered, None | Some(End::Dispatched))
            | (Fact::Printed | Fact::Filed, Some(End::Dispatched))
                if !is_deleted => {}
            (Fact::Deleted | Fact::Replaced, Some(_)) => {}
            (Fact::Registered | Fact::Printed | Fact::Filed, Some(_)) => {
                return Err(Cause::TooLate);
            }
            (Fact::Printed | Fact::Filed | Fact::Deleted | Fact::Replaced, None) => {
                return Err(Cause::TooEarly);
            }
            _ => return Err(Cause::Foreign),
        }
        if self.facts.has(fact) {
            return Ok(Step::Unchanged);
        }
        Ok(Step::Changed(Self {
            facts: self.facts.with(fact),
            ..self.clone()
        }))
    }

    fn ended(&self, end: End) -> Step<Self> {
        Step::Changed(Self {
            end: Some(end),
            ..self.clone()
        })
    }

    fn ordinal(&self, issuer: u16) -> Option<u8> {
        self.ordinals.get(usize::from(issuer)).copied()
    }

    fn seat(&self, issuer: u16) -> Option<u32> {
        self.ordinal(issuer).map(|_| 1 << issuer)
    }

    fn every_approval(&self) -> u32 {
        (1 << self.issuers()) - 1
    }

    fn is_approved(&self) -> bool {
        self.approvals == self.every_approval()
    }
}

/// Whether events lead to `stage` with `fact`; facts outlive the stage they began in.
const fn could_stand(stage: Stage, fact: Fact) -> bool {
    match fact {
        Fact::Registered => true,
        Fact::Printed | Fact::Filed => matches!(stage, Stage::Dispatched),
        Fact::Deleted | Fact::Replaced => stage.is_terminal(),
        _ => false,
    }
}

/// Why issuers or a record are not those of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadProgress {
    /// Nobody issues the document.
    NoIssuer,
    /// There are more issuers than [`ISSUERS_MAX`].
    TooManyIssuers {
        /// How many there are.
        issuers: usize,
    },
    /// The seal ordinals are not 1 to *n*, each once.
    Ordinals {
        /// The smallest ordinal that no issuer has.
        missing: usize,
    },
    /// The record holds an approval of an issuer that there is not.
    Approvals {
        /// The approvals in the record, bit by issuer.
        approvals: u32,
    },
    /// The record's seals exceed the issuers, lack an approval, or are too few for its stage.
    Seals {
        /// The seals in the record.
        seals: u8,
    },
    /// The record's stage is not the one that its approvals and seals give.
    Stage {
        /// The stage in the record.
        held: Stage,
        /// The stage that follows from the rest.
        follows: Stage,
    },
    /// The record holds a fact that cannot stand at its stage.
    Fact {
        /// The stage in the record.
        stage: Stage,
        /// The first fact that does not fit.
        fact: Fact,
    },
}

impl fmt::Display for BadProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIssuer => write!(f, "a document needs an issuer"),
            Self::TooManyIssuers { issuers } => {
                write!(
                    f,
                    "{issuers} issuers are more than the {ISSUERS_MAX} that are allowed"
                )
            }
            Self::Ordinals { missing } => write!(f, "no issuer has the seal ordinal {missing}"),
            Self::Approvals { approvals } => {
                write!(
                    f,
                    "approvals {approvals:#x} name an issuer that the document has not"
                )
            }
            Self::Seals { seals } => {
                write!(f, "{seals} seals do not fit the issuers and approvals")
            }
            Self::Stage { held, follows } => {
                write!(
                    f,
                    "the record says {}, but {} follows from it",
                    held.en(),
                    follows.en()
                )
            }
            Self::Fact { stage, fact } => {
                write!(f, "no document is {} and also {}", stage.en(), fact.en())
            }
        }
    }
}

impl std::error::Error for BadProgress {}

#[cfg(test)]
mod tests;
