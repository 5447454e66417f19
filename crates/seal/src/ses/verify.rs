//! Judging a seal or a signature, in the ten steps of `proto/seal.md`.
//!
//! Steps 1, 2 and 10 need the file around it: whoever reads that adds what it finds with
//! [`Report::add`], and gives the digest of step 3. Every check runs, whatever the others found.

use yichuan_document::Timestamp;

use super::finding::{Fact, Finding, Verdict};
use super::{
    Code, Deviation, Generation, Listed, SesSeal, SesSignature, SignedMessage, Unreadable,
};
use crate::certificate::{Certificate, CertifiedKey, Chain, RevocationList, known, trace};
use crate::der::Oid;
use crate::sm2_key::{SignatureForm, Sm2Public, Sm2Signature, sm3};

/// How far a signer's clock may be ahead, in milliseconds.
const AHEAD_MAX_MS: u64 = 5 * 60 * 1_000;
/// How far the container's time may be from the signed one before it is told, in milliseconds.
const APART_MAX_MS: u64 = 60 * 1_000;

/// Whom the caller trusts, and what it knows to be revoked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// Who makes seals: makers' certificates, or those of authorities that certify makers only.
    /// Never an authority that certifies signers too, or each of these could make seals.
    pub makers: &'a [Certificate],
    /// Who certifies those that sign with seals, or their certificates.
    pub signers: &'a [Certificate],
    /// Certificates that may stand between, believed in nothing.
    pub others: &'a [Certificate],
    /// Revoked certificates, by issuer. Where no list speaks of one, that is told.
    pub lists: &'a [RevocationList],
    /// Revoked seals, all of them; none where the caller does not know.
    pub seals: Option<&'a [RevokedSeal<'a>]>,
}

/// A seal that was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedSeal<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// From when on.
    pub since: Timestamp,
}

/// What the caller asks about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// SM3 of what should have been sealed: in an OFD, of the bytes of `Signature.xml`.
    pub data_hash: Option<[u8; 32]>,
    /// The file `Seal.esl` beside it, where there is one.
    pub seal_file: Option<&'a [u8]>,
    /// The time that the file around it tells.
    pub declared_at: Option<Timestamp>,
    /// A time at which the signature is proved to have been there, such as its place in a log.
    pub seen_at: Option<Timestamp>,
    /// The time now.
    pub now: Timestamp,
}

/// What was found, and what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Finding>,
    seal: Option<SesSeal>,
    signature: Option<SesSignature>,
    message: Option<SignedMessage>,
}

impl Report {
    /// A report on something of which only this can be said.
    pub fn of(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            seal: None,
            signature: None,
            message: None,
        }
    }

    /// The verdict over all findings.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }

    /// What was found, by step.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether this was found.
    pub fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    /// By which standard it is laid out, where it could be read.
    pub fn generation(&self) -> Option<Generation> {
        let signature = self.signature.as_ref().map(SesSignature::generation);
        signature.or(self.seal.as_ref().map(SesSeal::generation))
    }

    /// The seal, where it could be read.
    pub fn seal(&self) -> Option<&SesSeal> {
        self.signature
            .as_ref()
            .map(SesSignature::seal)
            .or(self.seal.as_ref())
    }

    /// The signature, where there is one that could be read.
    pub const fn signature(&self) -> Option<&SesSignature> {
        self.signature.as_ref()
    }

    /// The signed message without a seal, where it was one that could be read.
    pub const fn message(&self) -> Option<&SignedMessage> {
        self.message.as_ref()
    }

    /// Adds what the reader of the file around it found.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.findings.sort_by_key(|finding| finding.code.step());
    }
}

/// Judges a signature with a seal (电子签章), all of its bytes.
pub fn verify(bytes: &[u8], asked: &Asked<'_>, trust: &Trust<'_>) -> Report {
    let mut judge = Judge::new(trust, asked.now, asked.seen_at);
    let signature = match SesSignature::read(bytes) {
        Ok(signature) => signature,
        Err(cause) => return judge.unreadable(cause),
    };
    judge.deviations(signature.deviations());
    judge.critical(signature.extensions());
    judge.data_hash(signature.data_hash(), asked.data_hash);
    judge.signer(&signature);
    judge.seal(signature.seal(), signature.signed_at());
    judge.time(signature.signed_at(), asked.declared_at);
    if let Some(at) = signature.signed_at() {
        judge.seal_period(signature.seal(), at);
    }
    if asked
        .seal_file
        .is_some_and(|file| file != signature.seal().raw())
    {
        judge.found(Code::SealFileDiffers);
    }
    if signature.time_stamp().is_some() {
        judge.found(Code::TimeStampNotRead);
    }
    judge.report(None, Some(signature))
}

/// Judges a seal alone (电子印章): whether it may be used at `now`.
pub fn verify_seal(bytes: &[u8], now: Timestamp, trust: &Trust<'_>) -> Report {
    let mut judge = Judge::new(trust, now, None);
    let seal = match SesSeal::read(bytes) {
        Ok(seal) => seal,
        Err(cause) => return judge.unreadable(cause),
    };
    judge.seal(&seal, Some(now));
    judge.seal_period(&seal, now);
    judge.report(Some(seal), None)
}

/// The roles that a certificate is used in, with the codes of each.
pub(super) struct Role {
    unreadable: Code,
    key: Code,
    point: Code,
    algorithm: Code,
    wrong: Code,
    usage: Code,
    not_trusted: Code,
    broken: Code,
    outside: Code,
    revoked: Code,
}

pub(super) const SIGNER: Role = Role {
    unreadable: Code::SignerUnreadable,
    key: Code::SignerKey,
    point: Code::SignerPoint,
    algorithm: Code::SignatureAlgorithm,
    wrong: Code::SignatureWrong,
    usage: Code::SignerUsage,
    not_trusted: Code::SignerNotTrusted,
    broken: Code::SignerChainBroken,
    outside: Code::OutsideSignerPeriod,
    revoked: Code::SignerRevoked,
};

const MAKER: Role = Role {
    unreadable: Code::MakerUnreadable,
    key: Code::MakerKey,
    point: Code::MakerPoint,
    algorithm: Code::MakerAlgorithm,
    wrong: Code::MakerSignatureWrong,
    usage: Code::MakerUsage,
    not_trusted: Code::MakerNotTrusted,
    broken: Code::MakerChainBroken,
    outside: Code::OutsideMakerPeriod,
    revoked: Code::MakerRevoked,
};

/// A signature that is claimed: over what, by which algorithm.
pub(super) struct Claim<'a> {
    pub(super) message: &'a [u8],
    pub(super) algorithm: &'a Oid,
    pub(super) signature: &'a [u8],
}

pub(super) struct Judge<'a> {
    trust: &'a Trust<'a>,
    now: Timestamp,
    seen_at: Option<Timestamp>,
    findings: Vec<Finding>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(trust: &'a Trust<'a>, now: Timestamp, seen_at: Option<Timestamp>) -> Self {
        let findings = Vec::new();
        Self {
            trust,
            now,
            seen_at,
            findings,
        }
    }

    pub(super) fn found(&mut self, code: Code) {
        self.tell(code, Fact::None);
    }

    pub(super) fn tell(&mut self, code: Code, fact: Fact) {
        let finding = Finding::with(code, fact);
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn report(mut self, seal: Option<SesSeal>, signature: Option<SesSignature>) -> Report {
        self.findings.sort_by_key(|finding| finding.code.step());
        let (findings, message) = (self.findings, None);
        Report {
            findings,
            seal,
            signature,
            message,
        }
    }

    pub(super) fn report_message(self, message: SignedMessage) -> Report {
        let message = Some(message);
        Report {
            message,
            ..self.report(None, None)
        }
    }

    pub(super) fn unreadable(mut self, cause: Unreadable) -> Report {
        let code = match cause {
            Unreadable::Malformed(_) => Code::Unreadable,
            Unreadable::UnknownVersion { .. } => Code::UnknownVersion,
        };
        self.tell(code, Fact::Unreadable(cause));
        self.report(None, None)
    }

    fn deviations(&mut self, deviations: &[Deviation]) {
        for deviation in deviations {
            self.tell(Code::Deviates, Fact::Deviation(*deviation));
        }
    }

    fn critical(&mut self, extensions: &[super::Extension]) {
        for extension in extensions.iter().filter(|extension| extension.critical) {
            self.tell(Code::CriticalExtension, Fact::Named(extension.id.clone()));
        }
    }

    /// Step 3.
    fn data_hash(&mut self, claimed: &[u8], given: Option<[u8; 32]>) {
        match given {
            None => self.found(Code::DataHashNotGiven),
            Some(hash) if hash != claimed => self.found(Code::DataHashDiffers),
            Some(_) => {}
        }
    }

    /// Steps 4, 5 and 7 for who signed.
    fn signer(&mut self, signature: &SesSignature) {
        let der = signature.certificate();
        self.listed(der, signature.seal().listed());
        let claim = Claim {
            message: signature.signed_bytes(),
            algorithm: signature.algorithm(),
            signature: signature.signature(),
        };
        self.signed_by(der, &claim, signature.signed_at(), &SIGNER);
    }

    /// Steps 4 and 7 for the certificate of who signed.
    pub(super) fn signed_by(
        &mut self,
        der: &[u8],
        claim: &Claim<'_>,
        at: Option<Timestamp>,
        role: &Role,
    ) {
        let Some(certificate) = self.certificate(der, claim, role) else {
            return;
        };
        self.standing(&certificate, at, self.trust.signers, role);
        if at.is_some_and(|at| certificate.covers(at)) && !certificate.covers(self.now) {
            self.tell(Code::SignerOver, Fact::At(certificate.validity().1));
        }
    }

    /// Step 5.
    fn listed(&mut self, der: &[u8], listed: &Listed) {
        match listed {
            Listed::Certificates(list) => {
                if !list.iter().flatten().any(|member| member == der) {
                    self.found(Code::SignerNotListed);
                }
            }
            Listed::Digests(list) => {
                let is_sm3 = |name: &str| name.eq_ignore_ascii_case("SM3") || name == SM3_OID;
                let digest = sm3(der);
                let matches = list
                    .iter()
                    .any(|(name, value)| is_sm3(name) && *value == digest);
                match list.iter().find(|(name, _)| !is_sm3(name)) {
                    _ if matches => {}
                    Some(_) => self.found(Code::ListNotCheckable),
                    None => self.found(Code::SignerNotListed),
                }
            }
        }
    }

    /// Steps 6 and 7 for the seal, used at `at` where that is known.
    fn seal(&mut self, seal: &SesSeal, at: Option<Timestamp>) {
        self.deviations(seal.deviations());
        self.critical(seal.extensions());
        if seal.time_stamp().is_some() {
            self.found(Code::TimeStampNotRead);
        }
        let message = seal.signed_bytes();
        let (algorithm, signature) = (seal.algorithm(), seal.signature());
        let claim = Claim {
            message: &message,
            algorithm,
            signature,
        };
        if let Some(certificate) = self.certificate(seal.maker_certificate(), &claim, &MAKER) {
            self.standing(
                &certificate,
                Some(seal.made_at()),
                self.trust.makers,
                &MAKER,
            );
        }
        let Some(seals) = self.trust.seals else {
            self.found(Code::RevocationUnknown);
            return;
        };
        let since = seals.iter().filter(|revoked| revoked.id == seal.id());
        if let Some(since) = since.map(|revoked| revoked.since).min() {
            self.revoked(since, at, Code::SealRevoked);
        }
    }

    /// Reads a certificate and verifies the signature that its key is said to have made.
    fn certificate(&mut self, der: &[u8], claim: &Claim<'_>, role: &Role) -> Option<Certificate> {
        let certificate = match Certificate::read(der) {
            Ok(certificate) => certificate,
            Err(cause) => {
                self.tell(role.unreadable, Fact::Unreadable(cause.into()));
                return None;
            }
        };
        match certificate.key() {
            _ if claim.algorithm.content() != known::SM2_WITH_SM3 => {
                self.tell(role.algorithm, Fact::Named(claim.algorithm.clone()));
            }
            CertifiedKey::Sm2(key) => self.claim(key, claim, role),
            CertifiedKey::NotAPoint => self.found(role.point),
            CertifiedKey::Other(id) => self.tell(role.key, Fact::Named(id.clone())),
        }
        Some(certificate)
    }

    fn claim(&mut self, key: &Sm2Public, claim: &Claim<'_>, role: &Role) {
        match Sm2Signature::read(claim.signature) {
            Some((signature, form)) if key.verifies(claim.message, &signature) => {
                if form == SignatureForm::Raw {
                    self.tell(Code::Deviates, Fact::Deviation(Deviation::RawSignature));
                }
            }
            _ => self.found(role.wrong),
        }
    }

    /// Step 7 for a certificate that was used at `at`, where that is known.
    fn standing(
        &mut self,
        certificate: &Certificate,
        at: Option<Timestamp>,
        anchors: &[Certificate],
        role: &Role,
    ) {
        if !certificate.may_sign() {
            self.found(role.usage);
        }
        if let Some(id) = certificate.unknown_critical() {
            self.tell(Code::CriticalExtension, Fact::Named(id.clone()));
        }
        if let Some(at) = at.filter(|at| !certificate.covers(*at)) {
            let (from, until) = certificate.validity();
            self.tell(role.outside, Fact::Outside { at, from, until });
        }
        match trace(
            certificate,
            anchors,
            self.trust.others,
            at.unwrap_or(self.now),
        ) {
            Chain::Anchored => {}
            Chain::NoAnchor => self.found(role.not_trusted),
            Chain::Broken => self.found(role.broken),
        }
        let lists = self.trust.lists;
        if let Some(since) = lists
            .iter()
            .filter_map(|list| list.since(certificate))
            .min()
        {
            self.revoked(since, at, role.revoked);
        }
        let used = at.map_or(self.now, |at| at.min(self.now));
        if !lists
            .iter()
            .any(|list| list.speaks_of(certificate, used, self.now))
        {
            self.found(Code::RevocationUnknown);
        }
    }

    /// Something was revoked at `since` and used at `at`, as the signer claims.
    fn revoked(&mut self, since: Timestamp, at: Option<Timestamp>, before: Code) {
        let code = if at.is_none_or(|at| since <= at) {
            before
        } else if self.seen_at.is_some_and(|seen| seen < since) {
            Code::RevokedSince
        } else {
            Code::RevokedLater
        };
        self.tell(code, Fact::At(since));
    }

    /// Steps 7 and 9: the time of signing, against now and against what the file tells.
    pub(super) fn time(&mut self, at: Option<Timestamp>, declared: Option<Timestamp>) {
        let Some(at) = at else {
            self.found(Code::TimeUnknown);
            return;
        };
        if at.ms_since(self.now) > AHEAD_MAX_MS {
            self.tell(Code::InTheFuture, Fact::At(at));
        }
        let apart = |declared: &Timestamp| declared.ms_since(at).max(at.ms_since(*declared));
        if let Some(declared) = declared.filter(|declared| apart(declared) > APART_MAX_MS) {
            self.tell(Code::TimesDiffer, Fact::At(declared));
        }
    }

    fn seal_period(&mut self, seal: &SesSeal, at: Timestamp) {
        let (from, until) = seal.validity();
        if !seal.covers(at) {
            self.tell(Code::OutsideSealPeriod, Fact::Outside { at, from, until });
        } else if !seal.covers(self.now) {
            self.tell(Code::SealOver, Fact::At(until));
        }
        if seal.made_at().ms_since(at) > AHEAD_MAX_MS {
            self.tell(Code::MadeLater, Fact::At(seal.made_at()));
        }
    }
}

/// How a list of digests may name SM3 as well.
const SM3_OID: &str = "1.2.156.10197.1.401";
