//! Preparing a request: everything that can be checked before its turn, on any core.
//!
//! Signatures, standing, shape, sizes and digests are checked against one state of the roster.
//! The sequencer prepares again where the roster has changed in between.

mod holders;
mod what;

use yichuan_document::level::NotTransmissible;
use yichuan_document::manifest::{BadManifest, Manifest};
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::roster::{Roster, Standing};
use yichuan_document::signed::{Body, Payload, RosterHead, Signed, Signer, Verified};
use yichuan_document::statement::{
    Application, Approval, ApprovalRefusal, Assignment, Contact, Deletion, DeliveryRefusal,
    ExtensionDecision, ExtensionRequest, Fetch, HandOver, HandOverTaken, Inquiry, MeetingReply,
    MoreCopies, NumberRequest, PasswordSet, PermissionDecision, PermissionRequest, Print, Recall,
    RecallAnswer, Receipt, Return, ReturnAcknowledgement, Rewrap, SealUse, Submission, Supplement,
    SupplementApproval, UnitNote, Violation, Withdrawal,
};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Digest, StatementId, Timestamp, Transmissible, UnitCode};
use yichuan_envelope::Leaves;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{CLOCK_SKEW_MS_MAX, INLINE_BODY_BYTES_MAX};

pub use what::What;

pub(super) use holders::{check_holders, check_wrap_list};

use super::{Refusal, own};
use crate::tables;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The statement.
    pub signed: Signed,
    /// What came beside it.
    pub attachments: Vec<Vec<u8>>,
    /// Where its body is, if it is a submission.
    pub body: BodyGiven,
}

/// Where the body of a submission is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyGiven {
    /// Nowhere; right for everything but a submission.
    Absent,
    /// Uploaded before, whole and durable, under the key of this root.
    Stored(Digest),
    /// With the statement: leaf list and segments.
    Inline(Vec<u8>, Vec<u8>),
}

/// A request whose signatures stand and whose shape fits: only [`prepare`] makes one.
#[derive(Debug)]
pub struct Prepared {
    verified: Verified,
    standing: Standing,
    unit: UnitCode,
    head: RosterHead,
    /// What came beside it.
    pub attachments: Vec<Vec<u8>>,
    /// What it asks.
    pub what: What,
}

/// A submission whose manifest, wraps and small body fit each other and the roster.
#[derive(Debug)]
pub struct CheckedSubmission {
    /// What was signed.
    pub body: Submission,
    /// The manifest.
    pub manifest: Manifest,
    /// Proof of the one check of Art. 15.
    pub level: Transmissible,
    /// A small body that came with it.
    pub small: Option<SmallBody>,
}

/// A small body whose segments were checked against the root.
#[derive(Debug)]
pub struct SmallBody {
    /// Its key.
    pub key: Digest,
    /// What is kept: length of the leaf list, leaf list, segments.
    pub row: Vec<u8>,
}

impl Prepared {
    /// The account's unit.
    pub const fn unit(&self) -> &UnitCode {
        &self.unit
    }

    /// The account's standing when it was prepared.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The roster that it was prepared against.
    pub const fn head(&self) -> RosterHead {
        self.head
    }

    /// The statement's payload.
    pub const fn payload(&self) -> &Payload {
        self.verified.payload()
    }

    /// The statement, as it was received.
    pub const fn signed(&self) -> &Signed {
        self.verified.signed()
    }

    /// The statement's id.
    pub const fn id(&self) -> StatementId {
        self.verified.payload().id
    }

    /// The statement's digest.
    pub const fn digest(&self) -> Digest {
        self.verified.digest()
    }

    /// How many bytes it brings, roughly.
    pub fn bytes(&self) -> usize {
        let attachments: usize = self.attachments.iter().map(Vec::len).sum();
        match &self.what {
            What::Submission(submission) => {
                attachments + submission.small.as_ref().map_or(0, |small| small.row.len())
            }
            _ => attachments,
        }
    }

    /// As it came in, to be prepared again; a small body is taken back from its row.
    pub fn into_incoming(self) -> Incoming {
        let body = match self.what {
            What::Submission(submission) => match submission.small.and_then(SmallBody::split) {
                Some((leaves, segments)) => BodyGiven::Inline(leaves, segments),
                None => BodyGiven::Stored(submission.manifest.root),
            },
            _ => BodyGiven::Absent,
        };
        Incoming {
            signed: self.verified.signed().clone(),
            attachments: self.attachments,
            body,
        }
    }
}

impl SmallBody {
    fn new(key: Digest, leaves: &[u8], segments: &[u8]) -> Self {
        let length = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        Self {
            key,
            row: [&length.to_be_bytes(), leaves, segments].concat(),
        }
    }

    fn split(self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (leaves, segments) = split_small(&self.row)?;
        Some((leaves.to_vec(), segments.to_vec()))
    }
}

/// The leaf list and the segments of a small body's row.
pub fn split_small(row: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = row.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A request that was refused before its turn.
#[derive(Debug)]
pub struct NotPrepared {
    /// Why.
    pub refusal: Refusal,
    /// Whether its signatures stand, so that the refusal goes into the log.
    pub validly_signed: bool,
}

/// Verifies and checks a request against `roster`.
pub fn prepare(
    roster: &Roster,
    now: Timestamp,
    incoming: Incoming,
) -> Result<Prepared, NotPrepared> {
    let early = |refusal| NotPrepared {
        refusal,
        validly_signed: false,
    };
    let payload = incoming
        .signed
        .claimed()
        .map_err(|why| early(Refusal::about(ErrorCode::MALFORMED, why)))?;
    if payload.origin != *roster.origin() || payload.genesis != roster.genesis() {
        return Err(early(Refusal::of(ErrorCode::INSTALLATION)));
    }
    let standing = roster
        .standing(&payload)
        .map_err(|why| early(Refusal::standing(why)))?;
    let signers = signers(roster, &standing, &payload, now).map_err(early)?;
    let verified = incoming
        .signed
        .verify(&signers)
        .map_err(|why| early(Refusal::about(ErrorCode::SIGNATURE, why)))?;
    // From here on the request is validly signed, and a refusal goes into the log.
    let check = Check {
        roster,
        standing: &standing,
        payload: &payload,
    };
    match check.what(now, &incoming) {
        Ok(what) => Ok(Prepared {
            unit: standing.id().unit(),
            verified,
            standing,
            head: roster.head(),
            attachments: incoming.attachments,
            what,
        }),
        Err(refusal) => Err(NotPrepared {
            refusal,
            validly_signed: true,
        }),
    }
}

/// The signers that a statement of this purpose must have.
fn signers(
    roster: &Roster,
    standing: &Standing,
    payload: &Payload,
    now: Timestamp,
) -> Result<Vec<Signer>, Refusal> {
    if !payload.is::<SealUse>() {
        return Ok(standing.signers());
    }
    let body: SealUse = payload
        .body()
        .map_err(|why| Refusal::about(ErrorCode::MALFORMED, why))?;
    standing
        .seal_signers(roster, &body.seal, now)
        .map_err(Refusal::standing)
}

struct Check<'a> {
    roster: &'a Roster,
    standing: &'a Standing,
    payload: &'a Payload,
}

impl Check<'_> {
    fn what(&self, now: Timestamp, incoming: &Incoming) -> Result<What, Refusal> {
        if self.payload.time > now.plus_ms(CLOCK_SKEW_MS_MAX) {
            return Err(Refusal::of(ErrorCode::CLOCK));
        }
        if incoming.body != BodyGiven::Absent && !self.payload.is::<Submission>() {
            return Err(Refusal::of(ErrorCode::MALFORMED));
        }
        Ok(match self.payload.purpose.as_str() {
            Submission::PURPOSE => {
                self.require(Role::Send)?;
                What::Submission(Box::new(self.submission(now, incoming)?))
            }
            Approval::PURPOSE => What::Approval(self.any()?),
            ApprovalRefusal::PURPOSE => What::ApprovalRefusal(self.any()?),
            Withdrawal::PURPOSE => What::Withdrawal(self.body(Role::Send)?),
            SealUse::PURPOSE => What::Seal(self.body(Role::Seal)?),
            Fetch::PURPOSE => What::Fetch(self.body(Role::Receive)?),
            Receipt::PURPOSE => What::Receipt(self.body(Role::Receive)?),
            Return::PURPOSE => What::Return(self.body(Role::Receive)?),
            Violation::PURPOSE => What::Violation(self.body(Role::Receive)?),
            DeliveryRefusal::PURPOSE => What::DeliveryRefusal(self.body(Role::Receive)?),
            ReturnAcknowledgement::PURPOSE => What::ReturnAcknowledgement(self.body(Role::Send)?),
            Recall::PURPOSE => What::Recall(self.of_sender()?),
            RecallAnswer::PURPOSE => What::RecallAnswer(self.body(Role::Receive)?),
            Inquiry::PURPOSE => What::Inquiry(self.of_sender()?),
            Contact::PURPOSE => What::Contact(self.any()?),
            ExtensionRequest::PURPOSE => What::ExtensionRequest(self.body(Role::Receive)?),
            ExtensionDecision::PURPOSE => What::ExtensionDecision(self.any()?),
            Supplement::PURPOSE => What::Supplement(self.body(Role::Send)?),
            SupplementApproval::PURPOSE => What::SupplementApproval(self.any()?),
            Rewrap::PURPOSE => What::Rewrap(self.body(Role::Send)?),
            MoreCopies::PURPOSE => What::MoreCopies(self.of_sender()?),
            MeetingReply::PURPOSE => What::MeetingReply(self.body(Role::Receive)?),
            Assignment::PURPOSE => What::Assignment(self.any()?),
            PermissionRequest::PURPOSE => What::PermissionRequest(self.any()?),
            PermissionDecision::PURPOSE => What::PermissionDecision(self.any()?),
            Print::PURPOSE => What::Print(self.any()?),
            Deletion::PURPOSE => What::Deletion(self.any()?),
            UnitNote::PURPOSE => What::UnitNote(self.any()?),
            NumberRequest::PURPOSE => What::Number(self.number()?),
            Application::PURPOSE => What::Application(self.body(Role::Manage)?),
            HandOver::PURPOSE => What::HandOver(self.hand_over()?),
            HandOverTaken::PURPOSE => What::HandOverTaken(self.any()?),
            PasswordSet::PURPOSE => What::Password(self.any()?),
            _ => return Err(Refusal::of(ErrorCode::MALFORMED)),
        })
    }

    fn require(&self, role: Role) -> Result<(), Refusal> {
        self.standing.require(role).map_err(Refusal::standing)
    }

    fn body<B: Body>(&self, role: Role) -> Result<B, Refusal> {
        self.require(role)?;
        self.any()
    }

    fn any<B: Body>(&self) -> Result<B, Refusal> {
        self.payload
            .body()
            .map_err(|why| Refusal::about(ErrorCode::MALFORMED, why))
    }

    /// What a sender does with a document that is out: whoever enters or approves there.
    fn of_sender<B: Body>(&self) -> Result<B, Refusal> {
        if !self.standing.has(Role::Approve) {
            self.require(Role::Send)?;
        }
        self.any()
    }

    /// Somebody else of the same unit takes over, who is there to do it.
    fn hand_over(&self) -> Result<HandOver, Refusal> {
        let body: HandOver = self.any()?;
        let other = self.roster.account(&body.to);
        let fits = body.to.unit() == self.standing.id().unit()
            && other.is_some_and(|other| {
                other.status == Status::Active && other.person != *self.standing.person()
            });
        if fits {
            Ok(body)
        } else {
            Err(Refusal::about(ErrorCode::NOT_ALLOWED, &body.to))
        }
    }

    fn number(&self) -> Result<NumberRequest, Refusal> {
        if !self.standing.has(Role::Send) {
            self.require(Role::Receive)?;
        }
        let body: NumberRequest = self.any()?;
        if own::fits(&body) {
            Ok(body)
        } else {
            Err(Refusal::of(ErrorCode::MALFORMED))
        }
    }

    fn submission(
        &self,
        now: Timestamp,
        incoming: &Incoming,
    ) -> Result<CheckedSubmission, Refusal> {
        let body: Submission = self.any()?;
        let [manifest_bytes, wrap_bytes] = incoming.attachments.as_slice() else {
            return Err(Refusal::of(ErrorCode::ATTACHMENT));
        };
        if Digest::of(manifest_bytes) != body.about.manifest {
            return Err(Refusal::of(ErrorCode::ATTACHMENT));
        }
        let manifest = Manifest::read(manifest_bytes)
            .map_err(|why| Refusal::about(ErrorCode::MANIFEST, why))?;
        let ceiling = self
            .roster
            .policy()
            .map(|policy| policy.ceiling)
            .unwrap_or_default();
        let level = manifest
            .check(ceiling)
            .map_err(|why| manifest_refusal(&why))?;
        if manifest.id != body.about.document
            || Some(&manifest.account) != self.payload.account.as_ref()
        {
            return Err(Refusal::of(ErrorCode::MANIFEST));
        }
        let own = self.standing.id().unit();
        check_holders(self.roster, &own, manifest.holders())?;
        self.check_wraps(now, &manifest, &body, wrap_bytes)?;
        let small = match &incoming.body {
            BodyGiven::Inline(leaves, segments) => Some(small_body(&manifest, leaves, segments)?),
            BodyGiven::Stored(root) if *root == manifest.root => None,
            BodyGiven::Stored(_) | BodyGiven::Absent => {
                return Err(Refusal::of(ErrorCode::BODY_MISSING));
            }
        };
        Ok(CheckedSubmission {
            body,
            manifest,
            level,
            small,
        })
    }

    fn check_wraps(
        &self,
        now: Timestamp,
        manifest: &Manifest,
        body: &Submission,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        let list = WrapList::read(bytes).map_err(|why| Refusal::about(ErrorCode::WRAPS, why))?;
        if list.digest() != body.wraps {
            return Err(Refusal::of(ErrorCode::WRAPS));
        }
        check_wrap_list(self.roster, now, &list, manifest.holders())
    }
}

fn manifest_refusal(why: &BadManifest) -> Refusal {
    match why {
        BadManifest::Level(NotTransmissible { level, .. }) => {
            Refusal::about(ErrorCode::LEVEL, level.zh())
        }
        other => Refusal::about(ErrorCode::MANIFEST, other),
    }
}

fn small_body(
    manifest: &Manifest,
    leaf_bytes: &[u8],
    segments: &[u8],
) -> Result<SmallBody, Refusal> {
    if segments.len() > INLINE_BODY_BYTES_MAX {
        return Err(Refusal::about(ErrorCode::TOO_LARGE, INLINE_BODY_BYTES_MAX));
    }
    let wrong = |_| Refusal::of(ErrorCode::BODY_WRONG);
    let leaves = Leaves::read(leaf_bytes).map_err(wrong)?;
    leaves
        .check(manifest)
        .map_err(|_| Refusal::of(ErrorCode::BODY_WRONG))?;
    let mut rest = segments;
    for index in 0..leaves.count() {
        let length = leaves
            .length(index)
            .ok_or(Refusal::of(ErrorCode::BODY_WRONG))?;
        let (segment, after) = usize::try_from(length)
            .ok()
            .and_then(|length| rest.split_at_checked(length))
            .ok_or(Refusal::of(ErrorCode::BODY_WRONG))?;
        leaves
            .verify_segment(index, segment)
            .map_err(|_| Refusal::about(ErrorCode::BODY_WRONG, index))?;
        rest = after;
    }
    if !rest.is_empty() {
        return Err(Refusal::of(ErrorCode::BODY_WRONG));
    }
    let lead = manifest.lead().ok_or(Refusal::of(ErrorCode::MANIFEST))?;
    let key = tables::body(&lead.unit, &manifest.id, &manifest.root);
    Ok(SmallBody::new(key, leaf_bytes, segments))
}
