//! The engine: what a request does, decided without any I/O.
//!
//! `decide(draft, request)` looks at a consistent view and says what is to be appended, put and
//! announced, or why not. It holds no socket, reads no clock and draws no chance of its own: the
//! time and the salts come with the draft. It verifies nothing that [`prepare`] has not.

mod agreeing;
mod assigning;
mod clocks;
mod deliveries;
mod documents;
mod draft;
mod figures;
mod looks;
mod own;
mod permitting;
mod prepare;
mod recalling;
mod redirecting;
mod referring;
mod refusal;
mod sittings;
mod staff;
mod supervisor;
mod supplementing;
mod timing;

use yichuan_document::key::SigningSecret;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{ExchangeKeys, Kind};
use yichuan_document::roster::{RECORD_BYTES_MAX, Roster};
use yichuan_document::signed::{Body, Context, Payload, Signed, SlotRole};
use yichuan_document::statement::RequestRefused;
use yichuan_document::{Digest, SealId, StatementId, UnitCode, UnitRef, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

pub use assigning::{NOT_ASSIGNED, in_force};
pub use clocks::SWEEP_MAX;
pub use draft::{Decision, Draft, NewEntry, Stored};
pub use prepare::{BodyGiven, Incoming, NotPrepared, Prepared, What, prepare, split_small};
pub use refusal::{Refusal, row};
pub use sittings::SessionTold;
pub use supervisor::above;
pub use timing::time_in;

use self::supervisor::Supervisors;

use crate::tables;

/// The engine, with the key for what the exchange itself says.
pub struct Registry {
    entries_key: SigningSecret,
    supervisors: Supervisors,
}

/// What came of a request.
#[derive(Debug)]
pub enum Outcome {
    /// New: to be applied and committed.
    New(Box<Decision>),
    /// Recorded before, at this index: nothing to do but to prove it again.
    Repeat(u64),
}

impl Registry {
    /// An engine that signs its own entries with `entries_key`.
    pub fn new(entries_key: SigningSecret) -> Self {
        Self {
            entries_key,
            supervisors: Supervisors::default(),
        }
    }

    /// Decides what a verified request does.
    pub fn decide(&self, draft: &mut Draft<'_>, request: &Prepared) -> Result<Outcome, Refusal> {
        let unit = request.unit();
        if let Some(index) = repeated(draft, unit.as_str(), &request.id(), &request.digest())? {
            return Ok(Outcome::Repeat(index));
        }
        if !draft.roster().knows_head(&request.payload().roster) {
            return Err(Refusal::of(ErrorCode::ROSTER));
        }
        self.catch_up_for(draft, &request.what)?;
        let mut decision = match &request.what {
            What::Submission(submission) => documents::submit(draft, request, submission),
            What::Approval(approval) => documents::approve(draft, request, approval),
            What::ApprovalRefusal(body) => documents::refuse(draft, request, body),
            What::Withdrawal(body) => documents::withdraw(draft, request, body),
            What::Seal(body) => documents::seal(self, draft, request, body),
            What::Fetch(body) => deliveries::fetch(draft, request, body),
            What::Receipt(body) => deliveries::receipt(draft, request, body),
            What::Return(body) => deliveries::give_back(draft, request, body),
            What::Violation(body) => deliveries::violation(draft, request, body),
            What::DeliveryRefusal(body) => recalling::refuse(draft, request, body),
            What::ReturnAcknowledgement(body) => recalling::acknowledge(draft, request, body),
            What::Recall(body) => recalling::recall(draft, request, body),
            What::RecallAnswer(body) => recalling::recall_answer(draft, request, body),
            What::Inquiry(body) => agreeing::inquire(draft, request, body),
            What::Contact(body) => agreeing::contact(draft, request, body),
            What::ExtensionRequest(body) => agreeing::ask_extension(self, draft, request, body),
            What::ExtensionDecision(body) => agreeing::decide_extension(draft, request, body),
            What::MeetingReply(body) => agreeing::reply(draft, request, body),
            What::Supplement(body) => supplementing::supplement(draft, request, body),
            What::SupplementApproval(body) => {
                supplementing::decide_supplement(self, draft, request, body)
            }
            What::Rewrap(body) => supplementing::rewrap(self, draft, request, body),
            What::MoreCopies(body) => supplementing::more_copies(draft, request, body),
            What::Assignment(body) => assigning::assign(draft, request, body),
            What::PermissionRequest(body) => permitting::ask(draft, request, body),
            What::PermissionDecision(body) => permitting::decide(draft, request, body),
            What::Print(body) => permitting::print(self, draft, request, body),
            What::Deletion(body) => permitting::delete(draft, request, body),
            What::UnitNote(body) => own::note(draft, request, body),
            What::Application(body) => staff::application(request, body),
            What::HandOver(body) => staff::hand_over(request, body),
            What::HandOverTaken(body) => staff::hand_over_taken(draft, request, body),
            What::Number(body) => own::number(draft, request, body),
            What::Password(body) => own::password(draft, request, body),
        }?;
        decision.note_statement(unit.as_str(), &request.id(), &request.digest());
        Ok(Outcome::New(Box::new(decision)))
    }

    /// What had fallen due before a statement comes before it (protocol rule 29).
    fn catch_up_for(&self, draft: &mut Draft<'_>, what: &What) -> Result<(), Refusal> {
        match what {
            What::Recall(_) | What::Inquiry(_) => match what.about() {
                Some(about) => self.catch_up_all(draft, &about.manifest),
                None => Ok(()),
            },
            _ => match what.delivery() {
                Some((about, unit)) => self.catch_up(draft, &about.manifest, &unit.unit),
                None => Ok(()),
            },
        }
    }

    /// Decides what a statement about the roster does. Its signatures are verified here, because
    /// they are judged by the very roster that it changes.
    pub fn decide_roster(
        &self,
        draft: &mut Draft<'_>,
        signed: &Signed,
        attachments: Vec<Vec<u8>>,
    ) -> Result<Outcome, Refusal> {
        let payload = signed
            .claimed()
            .map_err(|_| Refusal::of(ErrorCode::MALFORMED))?;
        // The authority is no unit; its statements have a scope of their own.
        let scope = payload
            .account
            .as_ref()
            .map(yichuan_document::AccountId::unit);
        let scope = scope.as_ref().map_or("", UnitCode::as_str);
        if let Some(index) = repeated(draft, scope, &payload.id, &signed.digest())? {
            return Ok(Outcome::Repeat(index));
        }
        let kind = EntryKind::of_purpose(&payload.purpose)
            .filter(|kind| kind.is_roster() && *kind != EntryKind::Genesis)
            .ok_or(Refusal::of(ErrorCode::MALFORMED))?;
        let now = draft.now();
        let decided = draft
            .roster()
            .decide(signed, now)
            .map_err(|why| Refusal::roster(&why))?;
        self.keeps_own_keys(draft.roster(), decided.changes())?;
        let named = refusal::named_by_act(&payload)?;
        let attachments = refusal::match_attachments(&named, attachments)?;
        let mut decision = Decision::new(NewEntry::of(kind, signed, attachments));
        for unit in decided
            .changes()
            .iter()
            .filter_map(|change| unit_of(change.kind, &change.id))
        {
            decision.announce(0, unit);
        }
        self.redirect(draft, decided.changes(), signed.digest(), &mut decision)?;
        Self::annul(draft, decided.changes(), &mut decision)?;
        decision.roster = Some(decided);
        decision.note_statement(scope, &payload.id, &signed.digest());
        Ok(Outcome::New(Box::new(decision)))
    }

    /// A running exchange cannot change the keys that it signs with: what it said in between would
    /// stand under neither.
    fn keeps_own_keys(&self, roster: &Roster, changes: &[Change]) -> Result<(), Refusal> {
        let own = self.entries_key.public();
        let in_use = roster.exchange().is_some_and(|keys| keys.entries == own);
        let others = changes
            .iter()
            .filter(|change| change.kind == Kind::Exchange)
            .filter_map(|change| cbor::read::<ExchangeKeys>(&change.record, RECORD_BYTES_MAX).ok())
            .any(|keys| keys.entries != own);
        if in_use && others {
            Err(Refusal::of(ErrorCode::EXCHANGE_KEYS))
        } else {
            Ok(())
        }
    }

    /// Records that a verified request was refused, once per request and code.
    pub fn decide_refusal(
        &self,
        draft: &mut Draft<'_>,
        request: Digest,
        unit: &UnitCode,
        code: ErrorCode,
        count: u32,
    ) -> Result<Option<Decision>, Refusal> {
        let key = tables::refusal(&request, code.number());
        if draft.get(tables::REFUSALS, &key)?.is_some() {
            return Ok(None);
        }
        let unit_ref = UnitRef {
            unit: unit.clone(),
            origin: draft.roster().origin().clone(),
        };
        let body = RequestRefused {
            request,
            code: code.number(),
            unit: unit_ref,
            count,
        };
        let signed = self.say(draft, &body);
        let entry = NewEntry::of(EntryKind::Refusal, &signed, Vec::new());
        let mut decision = Decision::new(entry.owned_by(unit));
        decision.put(tables::REFUSALS, key, Vec::new());
        decision.announce(0, unit.clone());
        Ok(Some(decision))
    }

    /// Signs a statement of the exchange itself.
    pub fn say<B: Body>(&self, draft: &mut Draft<'_>, body: &B) -> Signed {
        let context = context(draft.roster());
        let (now, id) = (draft.now(), draft.new_id());
        self.sign(&context, id, now, body)
    }

    /// Signs a statement of the exchange itself that is not recorded.
    pub fn sign<B: Body>(
        &self,
        context: &Context,
        id: StatementId,
        now: yichuan_document::Timestamp,
        body: &B,
    ) -> Signed {
        let payload = Payload::new(context, id, now, body);
        Signed::new(&payload, &[(SlotRole::Exchange, &self.entries_key)])
    }
}

/// What a statement of the exchange itself begins with.
pub fn context(roster: &Roster) -> Context {
    Context {
        origin: roster.origin().clone(),
        genesis: roster.genesis(),
        roster: roster.head(),
        seen: None,
        account: None,
        device: None,
    }
}

/// The index at which the same statement was recorded before; refused where another has its id.
fn repeated(
    draft: &Draft<'_>,
    unit: &str,
    id: &StatementId,
    digest: &Digest,
) -> Result<Option<u64>, Refusal> {
    let Some(row) = draft.get(tables::STATEMENTS, &tables::statement(unit, id))? else {
        return Ok(None);
    };
    let (known, index) = row
        .split_first_chunk::<32>()
        .ok_or(Refusal::of(ErrorCode::STORE))?;
    if known != digest.as_bytes() {
        return Err(Refusal::of(ErrorCode::ID_TAKEN));
    }
    let index = index
        .try_into()
        .map_err(|_| Refusal::of(ErrorCode::STORE))?;
    Ok(Some(u64::from_be_bytes(index)))
}

/// The unit that a record of the roster is about.
fn unit_of(kind: Kind, id: &str) -> Option<UnitCode> {
    match kind {
        Kind::Unit | Kind::UnitKey | Kind::Recovery => id.parse().ok(),
        Kind::Seal => Some(id.parse::<SealId>().ok()?.unit()),
        Kind::AccountKeys | Kind::KeyShare | Kind::Account | Kind::Delegation => {
            Some(id.parse::<yichuan_document::AccountId>().ok()?.unit())
        }
        _ => None,
    }
}
