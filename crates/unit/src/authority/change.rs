//! What becomes of units, accounts, computers and seals after they were opened.

use rand_core::Rng as _;
use yichuan_document::roster::act::{
    ACT_ACCOUNT_CLOSED, ACT_ACCOUNT_LOCKED, ACT_ACCOUNT_UNLOCKED, ACT_DEVICE_WITHDRAWN,
    ACT_FILE_BYTES_MAX, ACT_PERSON_ENTERED, ACT_SEAL_ISSUED, ACT_SEAL_REPLACED, ACT_SEAL_RESUMED,
    ACT_SEAL_REVOKED, ACT_SEAL_SUSPENDED, ACT_UNIT_CLOSED, ACT_UNIT_MERGED, ACT_UNIT_SPLIT,
    ActFile, Change,
};
use yichuan_document::roster::duty::{CARD_BYTES_MAX, Person, PersonCard};
use yichuan_document::roster::record::{SealGrant, Status, Unit};
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::AttachmentRef;
use yichuan_document::{AccountId, DeviceId, Digest, PersonId, SealId, UnitCode, cbor};
use yichuan_evidence::entry::ATTACHMENTS_MAX;
use yichuan_seal::ses::SesSeal;

use super::{Authority, AuthorityFailed, SealRequest, SignedAct};
use crate::home::read_at_most;
use crate::keystore::Password;

impl Authority {
    /// Closes a unit for ever; with a successor it is merged into that one. A unit that has open
    /// units below it is refused: they are moved or closed first.
    pub fn close_unit(
        &mut self,
        code: &UnitCode,
        successor: Option<&UnitCode>,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let unit = self.roster.unit(code).ok_or_else(|| unknown(code))?;
        let below: Vec<&str> = self
            .roster
            .all::<Unit>()
            .filter(|(_, other)| other.parent.as_ref() == Some(code))
            .filter(|(_, other)| other.status != Status::Closed)
            .map(|(id, _)| id)
            .collect();
        if !below.is_empty() {
            return Err(AuthorityFailed::UnitsBelow(below.join(", ")));
        }
        if let Some(successor) = successor {
            let after = self.roster.unit(successor);
            let after = after.ok_or_else(|| unknown(successor))?;
            if after.status != Status::Active {
                return Err(AuthorityFailed::NotOpen(successor.to_string()));
            }
        }
        let record = Unit {
            status: Status::Closed,
            successor: successor.cloned(),
            ..unit
        };
        let act = if successor.is_some() {
            ACT_UNIT_MERGED
        } else {
            ACT_UNIT_CLOSED
        };
        self.put(act, Change::put(code.as_str(), &record), password)
    }

    /// Splits a unit into others that are open already. The first one is its successor, to which
    /// what is pending goes.
    pub fn split_unit(
        &mut self,
        code: &UnitCode,
        into: &[UnitCode],
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        for other in into {
            let open = self.roster.unit(other).ok_or_else(|| unknown(other))?;
            if open.status != Status::Active {
                return Err(AuthorityFailed::NotOpen(other.to_string()));
            }
        }
        let unit = self.roster.unit(code).ok_or_else(|| unknown(code))?;
        changed(code, unit.status, Status::Closed)?;
        let record = Unit {
            status: Status::Closed,
            successor: into.first().cloned(),
            ..unit
        };
        let change = Change::put(code.as_str(), &record);
        self.put(ACT_UNIT_SPLIT, change, password)
    }

    /// Enters names and telephones of at most [`ATTACHMENTS_MAX`] people (Art. 7): the cards are
    /// attachments, the roster holds their digests.
    pub fn enter_people(
        &mut self,
        people: &[(PersonId, PersonCard)],
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        if people.len() > ATTACHMENTS_MAX {
            let most = format!(
                "{} people, at most {ATTACHMENTS_MAX} at a time",
                people.len()
            );
            return Err(AuthorityFailed::Plan(most));
        }
        let (mut changes, mut named, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for (id, card) in people {
            let bytes = cbor::to_vec(card);
            if bytes.len() > CARD_BYTES_MAX {
                return Err(AuthorityFailed::Plan("the card is too long".to_owned()));
            }
            let card = AttachmentRef::to(&bytes).ok_or(AuthorityFailed::NotARequest)?;
            changes.push(Change::put(id.as_str(), &Person { card }));
            named.push(card);
            files.push(bytes);
        }
        self.judge(&changes)?;
        let officer = self.officer(password)?;
        let signers = [(SlotRole::Officer, &officer)];
        let signed = self.statement(&signers, ACT_PERSON_ENTERED, changes, named)?;
        self.settle(signed, files)
    }

    /// The seals of a unit that may still be used: when it is closed or renamed, they are to be
    /// revoked.
    pub fn seals_of(&self, code: &UnitCode) -> Vec<SealId> {
        let seals = self.roster.all::<SealGrant>();
        seals
            .filter(|(_, grant)| grant.status != Status::Closed)
            .filter_map(|(id, _)| id.parse().ok())
            .filter(|id: &SealId| id.unit() == *code)
            .collect()
    }

    /// Locks, unlocks or closes an account.
    pub fn set_account(
        &mut self,
        id: &AccountId,
        status: Status,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let mut record = self.roster.account(id).ok_or_else(|| unknown(id))?;
        changed(id, record.status, status)?;
        record.status = status;
        let act = match status {
            Status::Active => ACT_ACCOUNT_UNLOCKED,
            Status::Suspended => ACT_ACCOUNT_LOCKED,
            Status::Closed => ACT_ACCOUNT_CLOSED,
        };
        self.put(act, Change::put(id.as_str(), &record), password)
    }

    /// Withdraws a computer for ever; its connections are cut.
    pub fn withdraw_device(
        &mut self,
        id: &DeviceId,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let mut record = self.roster.device(id).ok_or_else(|| unknown(id))?;
        changed(id, record.status, Status::Closed)?;
        record.status = Status::Closed;
        let change = Change::put(id.as_str(), &record);
        self.put(ACT_DEVICE_WITHDRAWN, change, password)
    }

    /// Suspends, resumes or revokes a seal (Art. 12).
    pub fn set_seal(
        &mut self,
        id: &SealId,
        status: Status,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let mut record = self.roster.seal(id).ok_or_else(|| unknown(id))?;
        changed(id, record.status, status)?;
        record.status = status;
        let act = match status {
            Status::Active => ACT_SEAL_RESUMED,
            Status::Suspended => ACT_SEAL_SUSPENDED,
            Status::Closed => ACT_SEAL_REVOKED,
        };
        self.put(act, Change::put(id.as_str(), &record), password)
    }

    /// Hands a seal to another custodian, or gives it another key or other computers; its picture
    /// and its validity stay (Art. 13).
    pub fn replace_seal(
        &mut self,
        id: &SealId,
        request: &SealRequest,
        devices: Vec<DeviceId>,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let before = self.roster.seal(id).ok_or_else(|| unknown(id))?;
        let mut record = SealGrant {
            custodian: request.custodian.clone(),
            keys: vec![request.key.clone()],
            devices,
            ses: None,
            ..before
        };
        self.judge(&[Change::put(id.as_str(), &record)])?;
        let officer = self.officer(password)?;
        let picture = self.attached(&record.picture)?;
        let electronic = match &picture {
            Some((picture, size)) => {
                let shown = (picture.as_slice(), *size);
                self.electronic_seal((id, &record), request, shown, password)?
            }
            None => None,
        };
        record.ses = electronic.as_deref().map(Digest::of);
        let files = electronic.into_iter().collect();
        self.put_seal(ACT_SEAL_REPLACED, (id, &record), files, &officer)
    }

    /// The picture of a seal that this home has issued, and its size on paper as its electronic
    /// seal tells it, in hundredths of a millimetre. None where there is no electronic one.
    fn attached(&self, picture: &Digest) -> Result<Option<Shown>, AuthorityFailed> {
        for act in self.acts().iter().rev() {
            let of_seal = matches!(act.code, Some(ACT_SEAL_ISSUED | ACT_SEAL_REPLACED));
            if !of_seal {
                continue;
            }
            let damaged = || AuthorityFailed::Damaged(act.file.clone());
            let bytes = read_at_most(&act.file, ACT_FILE_BYTES_MAX as u64)?;
            let (_, files) = ActFile::read(&bytes).map_err(|_| damaged())?;
            for file in files {
                let Ok(seal) = SesSeal::read(&file) else {
                    continue;
                };
                let shown = seal.picture();
                if Digest::of(shown.data) == *picture {
                    let size = (shown.width_mm * 100, shown.height_mm * 100);
                    return Ok(Some((shown.data.to_vec(), size)));
                }
            }
        }
        Ok(None)
    }

    fn put(
        &mut self,
        act: u16,
        change: Change,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        self.sign_as_officer(act, vec![change], password)
    }
}

/// A card with fresh chance in it, so that nobody guesses what a digest stands for.
pub fn person_card(
    name: String,
    office_phone: String,
    mobile: String,
) -> std::io::Result<PersonCard> {
    let mut salt = vec![0; 16];
    crate::chance()?.fill_bytes(&mut salt);
    Ok(PersonCard {
        name,
        office_phone,
        mobile,
        salt,
    })
}

/// A picture, and its size on paper in hundredths of a millimetre.
type Shown = (Vec<u8>, (u32, u32));

fn unknown(id: &impl ToString) -> AuthorityFailed {
    AuthorityFailed::Unknown(id.to_string())
}

/// Refuses an act that would change nothing: most likely another one was meant.
fn changed(id: &impl ToString, before: Status, after: Status) -> Result<(), AuthorityFailed> {
    if before == after {
        Err(AuthorityFailed::AlreadySo(id.to_string()))
    } else {
        Ok(())
    }
}
