//! One statement as an entry records it: its form, and whose it is.

use yichuan_document::roster::record::Role;
use yichuan_document::roster::{Roster, Standing};
use yichuan_document::signed::{Body, Payload, Signed, Signer, SlotRole};
use yichuan_document::statement::AttachmentRef;
use yichuan_document::{Digest, PersonId, SealId};

use super::fault::Fault;
use super::finding::Check;
use crate::entry::{Entry, EntryKind};

/// Where the checks of one statement stopped.
pub(super) type Stop = (Check, Fault);

/// A client's clock may be ahead of the exchange's by this much (protocol rule 24).
const AHEAD_MS_MAX: u64 = 120_000;

/// A statement that was read; whose it is shows when one of the `by_…` has passed.
pub(super) struct Said<'a> {
    /// The entry's index.
    pub(super) index: u64,
    /// The entry.
    pub(super) entry: &'a Entry,
    /// The roster as it stood.
    pub(super) roster: &'a Roster,
    /// The statement.
    pub(super) signed: Signed,
    /// Its payload.
    pub(super) payload: Payload,
    /// Its digest.
    pub(super) digest: Digest,
}

impl<'a> Said<'a> {
    /// Reads the statement of an entry about the document, and checks what all have in common.
    pub(super) fn read(index: u64, entry: &'a Entry, roster: &'a Roster) -> Result<Self, Stop> {
        let unreadable = |_| (Check::Statements, Fault::Unreadable);
        let signed = entry.signed().map_err(unreadable)?;
        let payload = signed.claimed().map_err(unreadable)?;
        let digest = signed.digest();
        Ok(Self {
            index,
            entry,
            roster,
            signed,
            payload,
            digest,
        })
    }

    /// Checks what every statement about the document must be.
    pub(super) fn check_form(&self) -> Result<(), Stop> {
        let payload = &self.payload;
        if payload.origin != *self.roster.origin() || payload.genesis != self.roster.genesis() {
            return Err((Check::Statements, Fault::AnotherInstallation));
        }
        if self.entry.roster != self.roster.head() {
            return Err((Check::Roster, Fault::AnotherRoster));
        }
        if !self.roster.knows_head(&payload.roster) {
            return Err((Check::Statements, Fault::UnknownRoster));
        }
        if payload.time > self.entry.time.plus_ms(AHEAD_MS_MAX) {
            return Err((Check::Order, Fault::TimeAhead));
        }
        let kind = EntryKind::of_purpose(&payload.purpose);
        let recorded_as_said = match self.entry.kind {
            EntryKind::Unknown(_) => kind.is_none(),
            known => kind == Some(known),
        };
        if !recorded_as_said {
            return Err((Check::Statements, Fault::WrongPurpose));
        }
        if self.entry.allotted.is_some() != (self.entry.kind == EntryKind::Number) {
            return Err((Check::Statements, Fault::Allotted));
        }
        Ok(())
    }

    /// The body.
    pub(super) fn body<B: Body>(&self) -> Result<B, Stop> {
        self.payload
            .body()
            .map_err(|why| (Check::Statements, why.into()))
    }

    /// Verifies the signatures of an account with `role` and of its computer.
    pub(super) fn by(&self, role: Role) -> Result<Standing, Stop> {
        let standing = self.by_somebody()?;
        standing
            .require(role)
            .map_err(|why| (Check::Signatures, why.into()))?;
        Ok(standing)
    }

    /// Verifies the signatures of an account with one of `roles` and of its computer.
    pub(super) fn by_any(&self, roles: &[Role]) -> Result<Standing, Stop> {
        let standing = self.by_somebody()?;
        if roles.iter().any(|role| standing.has(*role)) {
            Ok(standing)
        } else {
            Err((Check::Signatures, Fault::Role))
        }
    }

    /// Verifies the signatures of the head of the department, or of who stands in; returns every
    /// person who acts here (protocol rule 16).
    pub(super) fn by_approver(&self) -> Result<(Standing, Vec<PersonId>), Stop> {
        let standing = self.by_somebody()?;
        let approvers = standing.approvers(self.roster, self.entry.time);
        let approvers = approvers.map_err(|why| (Check::Signatures, why.into()))?;
        Ok((standing, approvers))
    }

    /// Verifies the signatures of an account, whatever its roles, and of its computer.
    pub(super) fn by_somebody(&self) -> Result<Standing, Stop> {
        let standing = self.standing()?;
        self.verify(&standing.signers())?;
        Ok(standing)
    }

    /// Verifies the signatures of the custodian, of the computer and of the seal itself.
    pub(super) fn by_custodian(&self, seal: &SealId) -> Result<Standing, Stop> {
        let standing = self.standing()?;
        let signers = standing.seal_signers(self.roster, seal, self.entry.time);
        self.verify(&signers.map_err(|why| (Check::Signatures, why.into()))?)?;
        Ok(standing)
    }

    /// Verifies the signature of the exchange.
    pub(super) fn by_exchange(&self) -> Result<(), Stop> {
        by_exchange(&self.signed, &self.payload, self.roster)
            .map_err(|fault| (Check::Signatures, fault))
    }

    /// Checks that the entry attaches what the statement names, and nothing else.
    pub(super) fn attaches(&self, named: &[AttachmentRef]) -> Result<(), Stop> {
        if self.entry.attachments == named {
            Ok(())
        } else {
            Err((Check::Attachments, Fault::AttachmentsDiffer))
        }
    }

    fn standing(&self) -> Result<Standing, Stop> {
        let standing = self.roster.standing(&self.payload);
        standing.map_err(|why| (Check::Signatures, why.into()))
    }

    fn verify(&self, signers: &[Signer]) -> Result<(), Stop> {
        match self.signed.verify(signers) {
            Ok(_) => Ok(()),
            Err(_) => Err((Check::Signatures, Fault::Signature)),
        }
    }
}

/// Verifies that the exchange itself said it, by the key that `roster` certifies.
pub(super) fn by_exchange(
    signed: &Signed,
    payload: &Payload,
    roster: &Roster,
) -> Result<(), Fault> {
    if payload.account.is_some() || payload.device.is_some() {
        return Err(Fault::Unnamed);
    }
    let keys = roster.exchange().ok_or(Fault::NoExchangeKeys)?;
    let expected = Signer {
        role: SlotRole::Exchange,
        keys: vec![keys.entries],
    };
    match signed.verify(&[expected]) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::Signature),
    }
}
