//! The authority: it signs statements about units, people, computers and seals (Art. 7, 12).
//!
//! Making a statement and submitting it are separate acts: what signs never talks to a network.

mod acts;
mod change;
mod failed;
mod import;
mod look_alike;
mod plan;
mod seal;

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use yichuan_document::inspection::Check;
use yichuan_document::key::SigningSecret;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{
    ACT_EXCHANGE_CERTIFIED, ACT_OFFICER_CERTIFIED, ACT_POLICY_SET, ACT_SEAL_ISSUED, ActFile,
    AuthorityAct, Change, Genesis,
};
use yichuan_document::roster::record::{ExchangeKeys, Officer, Policy, SealGrant, Status};
use yichuan_document::roster::{Decided, POLICY_ID, Roster};
use yichuan_document::signed::{Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::statement::AttachmentRef;
use yichuan_document::{Digest, Origin, PersonId, StatementId, cbor, tree};
use yichuan_evidence::verify::RootPin;

pub use acts::SignedAct;
pub use failed::AuthorityFailed;
pub use import::{
    Allowed, BadList, Checked, Fault, Import, LIST_BYTES_MAX, LIST_LINES_MAX, Outcome, UnitList,
};
pub use look_alike::Alike;
pub use plan::{
    IssuedTicket, PLAN_BYTES_MAX, Plan, PlannedAccount, PlannedDevice, PlannedTicket, PlannedUnit,
};
pub use seal::{SealIssue, SealRequest, seal_seed};

use crate::home::replace;
use crate::keystore::{self, Password, Secrets};

/// The most bytes of a request file of an exchange or a custodian.
pub const REQUEST_BYTES_MAX: u64 = 16 << 10;

/// The authority's home: keys, and every statement that was made, in order.
pub struct Authority {
    folder: PathBuf,
    roster: Roster,
    acts: Vec<SignedAct>,
}

/// The minutes to sign for a document, by urgency from the least (Art. 10 and 11).
const DUE_MINUTES: [u16; 5] = [480, 480, 240, 120, 60];

/// For how many days a password serves where the authority says nothing else (Art. 17).
pub const PASSWORD_DAYS: u16 = 90;

impl Authority {
    /// Founds an installation: root and officer, the genesis, the officer's certificate and a
    /// policy. What an interrupted attempt has made is kept and carried on from; a founded
    /// authority is refused.
    pub fn found(
        folder: &Path,
        origin: &Origin,
        officer: &PersonId,
        password: &Password,
    ) -> Result<Self, AuthorityFailed> {
        password
            .check()
            .map_err(|_| AuthorityFailed::WeakPassword)?;
        crate::unix::create_private_folder(&folder.join("acts"))?;
        let mut authority = match Self::open(folder) {
            Ok(begun) if begun.roster.sequence() < 2 && begun.roster.origin() == origin => begun,
            Ok(_) => return Err(AuthorityFailed::AlreadyFounded),
            Err(AuthorityFailed::NotHere) => Self::begin(folder, origin, password)?,
            Err(other) => return Err(other),
        };
        let pin = RootPin {
            origin: origin.clone(),
            genesis: authority.roster.genesis(),
        };
        replace(&folder.join("root.pub"), format!("{pin}\n").as_bytes())?;
        let signer = key_or_new(folder, "officer", password)?;
        if authority.roster.sequence() == 0 {
            let record = Officer {
                keys: vec![signer.public()],
                status: Status::Active,
            };
            let change = vec![Change::put(officer.as_str(), &record)];
            let root = authority.key("root", password)?;
            authority.sign((SlotRole::Root, &root), ACT_OFFICER_CERTIFIED, change)?;
        }
        let change = vec![Change::put(
            POLICY_ID,
            &policy(Ceiling::Secret, 1, &DUE_MINUTES, PASSWORD_DAYS),
        )];
        authority.sign((SlotRole::Officer, &signer), ACT_POLICY_SET, change)?;
        Ok(authority)
    }

    /// Makes the root and its successor, and signs the genesis.
    fn begin(folder: &Path, origin: &Origin, password: &Password) -> Result<Self, AuthorityFailed> {
        let root = key_or_new(folder, "root", password)?;
        let next = key_or_new(folder, "next-root", password)?;
        let genesis = Genesis {
            roots: vec![root.public()],
            threshold: 1,
            next: Digest::of(&cbor::to_vec(&vec![next.public()])),
        };
        let context = context(origin.clone(), Digest::from_bytes([0; 32]));
        let now = crate::now();
        let id = StatementId::new(now, &mut crate::chance()?);
        let payload = Payload::new(&context, id, now, &genesis);
        let signed = Signed::new(&payload, &[(SlotRole::Root, &root)]);
        let path = acts::write(folder, 0, &ActFile::new(&signed, Vec::new()))?;
        Self::fold(folder, vec![(path, signed)])
    }

    /// Opens the home and folds what was signed before.
    pub fn open(folder: &Path) -> Result<Self, AuthorityFailed> {
        Self::fold(folder, acts::read(folder)?)
    }

    fn fold(folder: &Path, files: Vec<(PathBuf, Signed)>) -> Result<Self, AuthorityFailed> {
        let mut files = files.into_iter();
        let (path, genesis) = files.next().ok_or(AuthorityFailed::NotHere)?;
        let Ok(mut roster) = Roster::begin(&genesis) else {
            return Err(AuthorityFailed::Damaged(path));
        };
        let mut acts = vec![SignedAct::of(path, &genesis)?];
        for (path, signed) in files {
            let Ok(decided) = roster.decide(&signed, crate::now()) else {
                return Err(AuthorityFailed::Damaged(path));
            };
            roster.apply(&decided);
            acts.push(SignedAct::of(path, &signed)?);
        }
        Ok(Self {
            folder: folder.to_owned(),
            roster,
            acts,
        })
    }

    /// The roster as the authority's own statements make it.
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Every statement that was signed, in order, the genesis first.
    pub fn acts(&self) -> &[SignedAct] {
        &self.acts
    }

    /// The files of every statement, in order.
    pub fn files(&self) -> Vec<PathBuf> {
        self.acts.iter().map(|act| act.file.clone()).collect()
    }

    /// Certifies an exchange by its request line.
    pub fn certify_exchange(
        &mut self,
        request: &str,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let line = request
            .trim_end()
            .strip_prefix("yichuan-exchange-request v1 ");
        let bytes = line.and_then(|line| BASE64.decode(line.as_bytes()).ok());
        let keys: ExchangeKeys = bytes
            .and_then(|bytes| cbor::read(&bytes, 4_096).ok())
            .ok_or(AuthorityFailed::NotARequest)?;
        let change = Change::put(self.roster.origin().as_str(), &keys);
        let root = self.key("root", password)?;
        self.sign(
            (SlotRole::Root, &root),
            ACT_EXCHANGE_CERTIFIED,
            vec![change],
        )
    }

    /// Issues a seal: its key from the custodian's request, its picture from a PNG that follows
    /// the rules for seals of its level.
    pub fn issue_seal(
        &mut self,
        request: &SealRequest,
        grant: SealIssue,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let picture = yichuan_seal::SealPicture::read(&grant.picture)
            .map_err(|why| AuthorityFailed::Picture(why.to_string()))?;
        picture
            .impression(grant.level, grant.diameter_mm)
            .map_err(AuthorityFailed::Impression)?;
        let attachment = AttachmentRef::to(&grant.picture).ok_or(AuthorityFailed::NotARequest)?;
        let now = crate::now();
        let record = SealGrant {
            name: grant.name,
            kind: 1,
            picture: picture.digest(),
            custodian: request.custodian.clone(),
            devices: grant.devices,
            valid_from: now,
            valid_until: now.plus_ms(u64::from(grant.valid_days) * 86_400_000),
            keys: vec![request.key.clone()],
            ses: None,
            status: Status::Active,
        };
        let change = Change::put(grant.id.as_str(), &record);
        let officer = self.key("officer", password)?;
        let made = make(
            &self.roster,
            (SlotRole::Officer, &officer),
            ACT_SEAL_ISSUED,
            (vec![change], vec![attachment]),
        )?;
        self.keep(&made, vec![grant.picture])
    }

    /// Sets the rules of the installation, in place of those before.
    pub fn set_policy(
        &mut self,
        policy: &Policy,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let officer = self.key("officer", password)?;
        let change = vec![Change::put(POLICY_ID, policy)];
        self.sign((SlotRole::Officer, &officer), ACT_POLICY_SET, change)
    }

    fn key(&self, name: &str, password: &Password) -> Result<SigningSecret, AuthorityFailed> {
        let secrets = keystore::open(&key_path(&self.folder, name), password)?;
        Ok(SigningSecret::from_seed(&secrets.signing))
    }

    fn sign(
        &mut self,
        signer: (SlotRole, &SigningSecret),
        act: u16,
        changes: Vec<Change>,
    ) -> Result<SignedAct, AuthorityFailed> {
        let made = make(&self.roster, signer, act, (changes, Vec::new()))?;
        self.keep(&made, Vec::new())
    }

    /// Writes what was made on the present roster, and lets it count.
    fn keep(
        &mut self,
        (signed, decided): &(Signed, Decided),
        files: Vec<Vec<u8>>,
    ) -> Result<SignedAct, AuthorityFailed> {
        let file = ActFile::new(signed, files);
        let path = acts::write(&self.folder, self.acts.len() as u64, &file)?;
        self.roster.apply(decided);
        let act = SignedAct::of(path, signed)?;
        self.acts.push(act.clone());
        Ok(act)
    }
}

/// Signs an act that follows on `roster`, and has the rules of the roster look at it.
fn make(
    roster: &Roster,
    signer: (SlotRole, &SigningSecret),
    act: u16,
    (changes, attachments): (Vec<Change>, Vec<AttachmentRef>),
) -> Result<(Signed, Decided), AuthorityFailed> {
    let body = AuthorityAct {
        sequence: roster.sequence() + 1,
        previous: roster.last_act(),
        act,
        changes,
        attachments,
    };
    let context = context(roster.origin().clone(), roster.genesis());
    let now = crate::now();
    let id = StatementId::new(now, &mut crate::chance()?);
    let signed = Signed::new(&Payload::new(&context, id, now, &body), &[signer]);
    let decided = roster
        .decide(&signed, now)
        .map_err(AuthorityFailed::Refused)?;
    Ok((signed, decided))
}

/// What every statement of the authority begins with. It relies on the newest roster that the
/// exchange's log is known to have had: the one of its start, where the signing machine has never
/// seen the log.
fn context(origin: Origin, genesis: Digest) -> Context {
    Context {
        origin,
        genesis,
        roster: RosterHead {
            count: 0,
            root: tree::empty_root(),
        },
        seen: None,
        account: None,
        device: None,
    }
}

/// A policy that asks for the checks of this release.
pub fn policy(ceiling: Ceiling, rule_set: u16, due_minutes: &[u16], password_days: u16) -> Policy {
    Policy {
        ceiling,
        rule_set,
        mandatory_checks: Check::MANDATORY
            .iter()
            .filter_map(|check| u16::try_from(check.code()).ok())
            .collect(),
        due_minutes: due_minutes.to_vec(),
        password_days,
    }
}

fn key_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.key"))
}

/// The key of that name: one that an interrupted attempt has left, or a new one.
fn key_or_new(
    folder: &Path,
    name: &str,
    password: &Password,
) -> Result<SigningSecret, AuthorityFailed> {
    let path = key_path(folder, name);
    let secrets = if path.try_exists()? {
        keystore::open(&path, password)?
    } else {
        let mut rng = crate::chance()?;
        let secrets = Secrets::generate(&mut rng);
        keystore::create(&path, password, &secrets, &mut rng)?;
        secrets
    };
    Ok(SigningSecret::from_seed(&secrets.signing))
}

#[cfg(test)]
mod tests;
