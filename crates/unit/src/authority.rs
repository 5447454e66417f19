//! The authority: it signs statements about units, people, computers and seals (Art. 7, 12).
//!
//! Making a statement and submitting it are separate acts: what signs never talks to a network.

mod acts;
mod change;
mod clocks;
mod escrow;
mod failed;
mod import;
mod joint;
mod look_alike;
mod maker;
mod plan;
mod request;
mod roots;
mod seal;
mod submitting;
mod sync;
mod waiting;

use std::path::{Path, PathBuf};

use yichuan_document::inspection::Check;
use yichuan_document::key::{PublicKey, SigningSecret};
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{
    ACT_POLICY_SET, ACT_SEAL_ISSUED, ActFile, AuthorityAct, Change,
};
use yichuan_document::roster::record::{ExchangeKeys, Kind, Policy, SealGrant, SealStep, Status};
use yichuan_document::roster::{Decided, POLICY_ID, RECORD_BYTES_MAX, Roster, RosterRefused};
use yichuan_document::signed::{Context, Payload, RosterHead, Seen, Signed, SlotRole};
use yichuan_document::statement::AttachmentRef;
use yichuan_document::{Digest, Origin, PersonId, SealId, StatementId, cbor, tree};
use yichuan_evidence::verify::RootPin;

pub use acts::{PutInOffice, SignedAct};
pub use change::person_card;
pub use clocks::{
    BadCalendar, BadLine, CALENDAR_BYTES_MAX, WrittenClocks, annulled, calendar, reminders, windows,
};
pub use escrow::escrow_request;
pub use failed::AuthorityFailed;
pub use import::{
    Allowed, BadList, Checked, Fault, Import, LIST_BYTES_MAX, LIST_LINES_MAX, Outcome, UnitList,
};
pub use joint::{Cosigned, claimed, cosign, take};
pub use look_alike::{Alike, LookAlikes};
pub use maker::{ELECTRONIC_SEAL_BYTES_MAX, MakerFiles, SealMaker, makes_electronic_seals};
pub use plan::{
    IssuedTicket, PLAN_BYTES_MAX, Plan, PlannedAccount, PlannedDevice, PlannedTicket, PlannedUnit,
};
pub use request::{EscrowRequest, OfficerRequest, Request, RootRequest};
pub use roots::{Founders, officer_request, root_request};
pub use seal::{JudgedPicture, LEVELS, SealIssue, SealRequest, seal_seed};
pub use submitting::{Submission, submit, submit_waiting};
pub use sync::{Synced, catch_up, sync};
pub use waiting::{PENDING_NAME_MAX, forget_pending, overtaken, pending_file};
pub use yichuan_seal::{BadImpression, OfficeLevel, PICTURE_BYTES_MAX};

use crate::home::replace;
use crate::keystore::{self, KeystoreFailed, Password, Secrets, tries};

/// The most bytes of a request file of an exchange or a custodian.
pub const REQUEST_BYTES_MAX: u64 = 16 << 10;

/// The authority's home: keys, and every statement that was made, in order.
pub struct Authority {
    folder: PathBuf,
    roster: Roster,
    acts: Vec<SignedAct>,
    /// The newest roster of the log that this home has seen, and the checkpoint over it.
    known: Option<(RosterHead, Option<Seen>)>,
}

/// The minutes to sign for a document, by urgency from the least (Art. 10 and 11).
const DUE_MINUTES: [u16; 5] = [480, 480, 240, 120, 60];

/// For how many days a password serves where the authority says nothing else (Art. 17).
pub const PASSWORD_DAYS: u16 = 90;

impl Authority {
    /// Founds an installation: root and officer, the genesis, the officer's certificate and a
    /// policy. What an interrupted attempt has made is kept and carried on from, and so is what
    /// waits for the other founders' signatures; a founded authority is refused.
    pub fn found(
        folder: &Path,
        origin: &Origin,
        officer: &PersonId,
        founders: &Founders,
        password: &Password,
    ) -> Result<Self, AuthorityFailed> {
        password
            .check()
            .map_err(|_| AuthorityFailed::WeakPassword)?;
        crate::unix::create_private_folder(&folder.join("acts"))?;
        if let Err(AuthorityFailed::NotHere) = Self::open(folder) {
            roots::begin(folder, origin, founders, password)?;
        }
        let mut authority = Self::open(folder)?;
        if authority.roster.sequence() >= 2 || authority.roster.origin() != origin {
            return Err(AuthorityFailed::AlreadyFounded);
        }
        let pin = RootPin {
            origin: origin.clone(),
            genesis: authority.roster.genesis(),
        };
        replace(&folder.join("root.pub"), format!("{pin}\n").as_bytes())?;
        if authority.roster.sequence() == 0 && !roots::resumed(folder, 1)? {
            let request = officer_request(folder, officer, password)?;
            let act = authority.certify_officer(&request, password)?;
            if act.missing > 0 {
                return Err(AuthorityFailed::Unfinished {
                    file: act.file,
                    missing: act.missing,
                });
            }
        }
        SealMaker::open_or_make(folder, origin.as_str(), password)?;
        let mut authority = Self::open(folder)?;
        let rules = policy(Ceiling::Secret, 1, &DUE_MINUTES, PASSWORD_DAYS);
        authority.set_policy(&rules, password)?;
        Ok(authority)
    }

    /// Opens the home and folds what was signed before.
    pub fn open(folder: &Path) -> Result<Self, AuthorityFailed> {
        Self::fold(folder, acts::read(folder)?)
    }

    /// Folds the acts of this home; on the newest roster of the log, where this home has seen it.
    fn fold(folder: &Path, files: Vec<(PathBuf, Signed)>) -> Result<Self, AuthorityFailed> {
        let mut files = files.into_iter();
        let (path, genesis) = files.next().ok_or(AuthorityFailed::NotHere)?;
        let Ok(mut roster) = Roster::begin(&genesis) else {
            return Err(AuthorityFailed::Damaged(path));
        };
        let mirror = sync::seen(folder, &roster)?;
        let known = mirror
            .as_ref()
            .map(|mirror| (mirror.roster().head(), mirror.seen()));
        if let Some(mirror) = mirror {
            roster = mirror.roster().clone();
        }
        let (in_the_log, mut acts) = (roster.sequence(), vec![SignedAct::of(path, &genesis)?]);
        for (path, signed) in files {
            let act = SignedAct::of(path, &signed)?;
            if act.sequence > in_the_log {
                let Ok(decided) = roster.decide(&signed, crate::now()) else {
                    return Err(AuthorityFailed::Damaged(act.file));
                };
                roster.apply(&decided);
            }
            acts.push(act);
        }
        Ok(Self {
            folder: folder.to_owned(),
            roster,
            acts,
            known,
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

    /// The TLS keys with which the exchange may answer: those certified last, and those before,
    /// which it uses until the last act has reached it.
    pub fn exchange_keys(&self) -> Vec<PublicKey> {
        let certified = self.acts.iter().rev().flat_map(|act| &act.changes);
        let certified = certified.filter(|change| change.kind == Kind::Exchange);
        certified
            .filter_map(|change| cbor::read(&change.record, RECORD_BYTES_MAX).ok())
            .take(2)
            .flat_map(|keys: ExchangeKeys| {
                let next = keys.next.map(|next| next.tls);
                core::iter::once(keys.tls).chain(next)
            })
            .collect()
    }

    /// The files of every statement, in order.
    pub fn files(&self) -> Vec<PathBuf> {
        self.acts.iter().map(|act| act.file.clone()).collect()
    }

    /// Issues a seal: its key from the custodian's request, its picture from a PNG that follows
    /// the rules for seals of its level.
    pub fn issue_seal(
        &mut self,
        request: &SealRequest,
        grant: SealIssue,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let (picture, judged) =
            JudgedPicture::judged(&grant.picture, grant.level, grant.diameter_mm)?;
        let now = crate::now();
        let mut record = SealGrant {
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
            awaits: grant.awaits.then_some(SealStep::Activation),
            application: grant.application,
        };
        self.judge(&[Change::put(grant.id.as_str(), &record)])?;
        let officer = self.officer(password)?;
        let size = picture.size_on_paper(judged.diameter);
        let shown = (grant.picture.as_slice(), size);
        let electronic = self.electronic_seal((&grant.id, &record), request, shown, password)?;
        record.ses = electronic.as_deref().map(Digest::of);
        let files: Vec<Vec<u8>> = [grant.picture].into_iter().chain(electronic).collect();
        self.put_seal(ACT_SEAL_ISSUED, (&grant.id, &record), files, &officer)
    }

    /// The electronic seal that goes with a grant, where its custodian has asked for one and this
    /// home makes them.
    fn electronic_seal(
        &self,
        (id, grant): (&SealId, &SealGrant),
        request: &SealRequest,
        picture: (&[u8], (u32, u32)),
        password: &Password,
    ) -> Result<Option<Vec<u8>>, AuthorityFailed> {
        let Some(key) = &request.electronic else {
            return Ok(None);
        };
        let Some(maker) = SealMaker::open(&self.folder, password)? else {
            return Ok(None);
        };
        let unit = self.roster.unit(&id.unit());
        let unit = unit.map_or_else(|| id.unit().to_string(), |unit| unit.name);
        maker
            .issue((id.as_str(), grant), &unit, key, picture)
            .map(Some)
    }

    /// Puts a seal's grant, with the files that it names.
    fn put_seal(
        &mut self,
        act: u16,
        (id, grant): (&SealId, &SealGrant),
        files: Vec<Vec<u8>>,
        officer: &SigningSecret,
    ) -> Result<SignedAct, AuthorityFailed> {
        let named: Option<Vec<_>> = files.iter().map(|file| AttachmentRef::to(file)).collect();
        let named = named.ok_or(AuthorityFailed::NotARequest)?;
        let change = Change::put(id.as_str(), grant);
        let signers = [(SlotRole::Officer, officer)];
        let signed = self.statement(&signers, act, vec![change], named)?;
        self.settle(signed, files)
    }

    /// Sets the rules of the installation, in place of those before.
    pub fn set_policy(
        &mut self,
        policy: &Policy,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let change = vec![Change::put(POLICY_ID, policy)];
        self.sign_as_officer(ACT_POLICY_SET, change, password)
    }

    fn key(&self, name: &str, password: &Password) -> Result<SigningSecret, AuthorityFailed> {
        let secrets = keystore::open(&key_path(&self.folder, name), password)?;
        Ok(secrets.signing_here()?)
    }

    /// The officer's key. Wrong passwords in a row make the next try wait, as with an account.
    fn officer(&self, password: &Password) -> Result<SigningSecret, AuthorityFailed> {
        let path = key_path(&self.folder, "officer");
        let wait = tries::wait_ms(&path, crate::now());
        if wait > 0 {
            let seconds = wait.div_ceil(1_000);
            return Err(AuthorityFailed::TooManyTries { seconds });
        }
        let key = self.key("officer", password);
        match &key {
            Ok(_) => tries::forget(&path)?,
            Err(AuthorityFailed::Keystore(KeystoreFailed::WrongPassword)) => {
                tries::count_wrong(&path, crate::now())?;
            }
            Err(_) => {}
        }
        key
    }

    /// Refuses what the rules do not allow, before anybody is asked to sign it.
    fn judge(&self, changes: &[Change]) -> Result<(), AuthorityFailed> {
        let judged = self.roster.judge(changes);
        judged.map(drop).map_err(AuthorityFailed::Refused)
    }

    fn sign_as_officer(
        &mut self,
        act: u16,
        changes: Vec<Change>,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        self.judge(&changes)?;
        let officer = self.officer(password)?;
        let signers = [(SlotRole::Officer, &officer)];
        let signed = self.statement(&signers, act, changes, Vec::new())?;
        self.settle(signed, Vec::new())
    }

    /// The next act, signed by these.
    fn statement(
        &self,
        signers: &[(SlotRole, &SigningSecret)],
        act: u16,
        changes: Vec<Change>,
        attachments: Vec<AttachmentRef>,
    ) -> Result<Signed, AuthorityFailed> {
        self.statement_on(&self.roster, signers, act, changes, attachments)
    }

    /// The act that follows on `roster`, which other statements may still lead to.
    fn statement_on(
        &self,
        roster: &Roster,
        signers: &[(SlotRole, &SigningSecret)],
        act: u16,
        changes: Vec<Change>,
        attachments: Vec<AttachmentRef>,
    ) -> Result<Signed, AuthorityFailed> {
        let body = AuthorityAct {
            sequence: roster.sequence() + 1,
            previous: roster.last_act(),
            act,
            changes,
            attachments,
        };
        let now = crate::now();
        let id = StatementId::new(now, &mut crate::chance()?);
        let payload = Payload::new(&self.context(), id, now, &body);
        Ok(Signed::new(&payload, signers))
    }

    /// What every statement of the authority begins with. It relies on the newest roster that the
    /// exchange's log is known to have had: the one of its start, where this home has never seen
    /// the log.
    fn context(&self) -> Context {
        let start = context(self.roster.origin().clone(), self.roster.genesis());
        let known = self.known.map(|(head, _)| head);
        Context {
            seen: self.known.and_then(|(_, seen)| seen),
            roster: known.unwrap_or(start.roster),
            ..start
        }
    }

    /// Lets a statement count that the rules accept, and sets aside one that lacks signatures.
    fn settle(
        &mut self,
        signed: Signed,
        files: Vec<Vec<u8>>,
    ) -> Result<SignedAct, AuthorityFailed> {
        match self.roster.decide(&signed, crate::now()) {
            Ok(decided) => self.keep(&(signed, decided), files),
            Err(RosterRefused::Quorum { needed, found }) => {
                self.set_aside(&signed, files, needed - found)
            }
            Err(why) => Err(AuthorityFailed::Refused(why)),
        }
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

/// What a statement begins with that relies on the roster at the start of the log.
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
        session_idle_minutes: None,
        session_hours: None,
        clocks: None,
    }
}

/// Refuses a folder in which no authority was founded, or one of another installation.
pub fn require_here(folder: &Path, pin: &RootPin) -> Result<(), AuthorityFailed> {
    if !is_here(folder) {
        return Err(AuthorityFailed::NotHere);
    }
    let (genesis, _) = joint::read_file(&acts::path(folder, 0))?;
    if genesis.digest() == pin.genesis {
        Ok(())
    } else {
        Err(AuthorityFailed::AnotherRoot)
    }
}

/// Whether an authority was founded in the folder.
pub fn is_here(folder: &Path) -> bool {
    acts::path(folder, 0).is_file()
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
    Ok(secrets.signing_here()?)
}

#[cfg(test)]
mod tests;
