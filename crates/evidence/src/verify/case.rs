//! The document's case: its life, replayed entry by entry.

use std::collections::{HashMap, HashSet};

use yichuan_document::life::{DocumentEvent, DocumentLife};
use yichuan_document::manifest::Manifest;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, AttachmentRef, NumberRequest, UnitNote};
use yichuan_document::{AccountId, Digest, PersonId, SealId, Timestamp, Transmissible, UnitRef};

use super::adding::Addition;
use super::fault::Fault;
use super::finding::{Check, Findings, Gap};
use super::statement::{Said, Stop};
use super::track::Track;
use super::wraps::Singles;
use crate::bundle::Head;
use crate::entry::EntryKind;

/// The case so far.
pub(super) struct Case<'h> {
    attachments: HashMap<Digest, &'h [u8]>,
    /// Single wraps, until a list is found that they are in.
    pub(super) singles: Singles<'h>,
    /// For whom the list of entries claims to be; what it says is checked at the end.
    pub(super) reader: Option<UnitRef>,
    pub(super) begun: Option<Begun>,
    /// Statements of a later release: what follows may rest on one of them.
    pub(super) unknown: HashSet<Digest>,
}

/// The case of a document that was submitted.
pub(super) struct Begun {
    pub(super) about: About,
    pub(super) manifest: Manifest,
    /// Proof that the level may be transmitted; none where it may not.
    pub(super) level: Option<Transmissible>,
    pub(super) wraps: Digest,
    pub(super) submission: Digest,
    pub(super) submitters: Vec<PersonId>,
    pub(super) approvers: Vec<PersonId>,
    /// By issuer.
    pub(super) approvals: Vec<Option<Digest>>,
    pub(super) last_seal: Option<Digest>,
    pub(super) life: DocumentLife,
    /// By delivery, as the life has them: none before the dispatch.
    pub(super) tracks: Vec<Track>,
    /// Supplements and rewraps, by what is to be dispatched next.
    pub(super) additions: Vec<Addition>,
    /// Whether another document has taken its place.
    pub(super) replaced: bool,
    /// By when the sender was to look at the state of reception.
    pub(super) inquiry_due: Timestamp,
    /// Whether the sender has looked.
    pub(super) inquired: bool,
    /// Whether it was said that the sender had not looked in time.
    pub(super) inquiry_missed: bool,
    /// The copy numbers that were given, with the unit that has them.
    pub(super) numbered: Vec<(UnitRef, u32, u16)>,
    pub(super) receipts: Vec<OpeningSaid>,
    pub(super) records: Vec<RecordSaid>,
}

/// What a receipt proves, if it does.
pub(super) struct OpeningSaid {
    pub(super) index: u64,
    pub(super) unit: UnitRef,
    pub(super) account: AccountId,
    pub(super) opening: Digest,
}

/// A seal's record.
pub(super) struct RecordSaid {
    pub(super) index: u64,
    pub(super) ordinal: u8,
    pub(super) seal: SealId,
    /// The seal's picture, as it was granted at that moment.
    pub(super) picture: Option<Digest>,
    /// Its electronic seal, as it was granted at that moment.
    pub(super) ses: Option<Digest>,
    pub(super) record: AttachmentRef,
}

impl<'h> Case<'h> {
    /// A case of which nothing is known but what the bundle attaches.
    pub(super) fn new(head: &'h Head, reader: Option<UnitRef>) -> Self {
        let attachments = head.attachments.iter();
        Self {
            attachments: attachments
                .map(|bytes| (Digest::of(bytes), bytes.as_slice()))
                .collect(),
            singles: Singles::new(&head.wraps),
            reader,
            begun: None,
            unknown: HashSet::new(),
        }
    }

    /// An attachment of the bundle.
    pub(super) fn attachment(&self, digest: &Digest) -> Option<&'h [u8]> {
        self.attachments.get(digest).copied()
    }

    /// Takes the next entry in; after a refusal the case stands as before.
    pub(super) fn step(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        match said.entry.kind {
            EntryKind::Submission => self.submission(said, findings)?,
            EntryKind::Approval => self.approval(said, findings)?,
            EntryKind::ApprovalRefusal => self.approval_refusal(said)?,
            EntryKind::Withdrawal => self.withdrawal(said)?,
            EntryKind::Seal => self.seal(said, findings)?,
            EntryKind::Dispatch => self.dispatch(said, findings)?,
            EntryKind::Redirection => self.redirection(said, findings)?,
            EntryKind::Fetch => self.fetch(said, findings)?,
            EntryKind::Receipt => self.receipt(said, findings)?,
            EntryKind::Return => self.give_back(said, findings)?,
            EntryKind::Violation => self.violation(said, findings)?,
            EntryKind::DeliveryRefusal => self.delivery_refusal(said, findings)?,
            EntryKind::RecallAnswer => self.recall_answer(said, findings)?,
            EntryKind::ExtensionRequest => self.extension_request(said, findings)?,
            EntryKind::MeetingReply => self.meeting_reply(said)?,
            EntryKind::Recall => self.recall(said, findings)?,
            EntryKind::ReturnAcknowledgement => self.return_acknowledgement(said, findings)?,
            EntryKind::MoreCopies => self.more_copies(said, findings)?,
            EntryKind::CopiesNumbered => self.copies_numbered(said, findings)?,
            EntryKind::Supersession => self.supersession(said, findings)?,
            EntryKind::Supplement => self.supplement(said, findings)?,
            EntryKind::SupplementApproval => self.supplement_approval(said, findings)?,
            EntryKind::Supplemented => self.supplemented(said, findings)?,
            EntryKind::Rewrap => self.rewrap(said, findings)?,
            EntryKind::Inquiry => self.inquiry(said, findings)?,
            EntryKind::InquiryDue => self.inquiry_due(said, findings)?,
            EntryKind::Contact => self.contact(said, findings)?,
            EntryKind::ExtensionDecision => self.extension_decision(said, findings)?,
            EntryKind::Overdue => self.overdue(said, findings)?,
            EntryKind::Reminder => self.reminder(said, findings)?,
            EntryKind::UnitNote => self.unit_note(said)?,
            EntryKind::Number => self.number(said)?,
            EntryKind::Unknown(_) => {
                findings.leave_out(Check::KnownKinds, Gap::UnknownKind, Some(said.index));
                self.unknown.insert(said.digest);
                return Ok(());
            }
            _ => return Err((Check::Statements, Fault::WrongPurpose)),
        }
        findings.pass(Check::Signatures);
        Ok(())
    }

    /// The case that a statement is about; none other has a place in this bundle.
    pub(super) fn of(&mut self, about: &About) -> Result<&mut Begun, Stop> {
        let begun = self.begun.as_mut().ok_or((Check::Life, Fault::TooEarly))?;
        if begun.about == *about {
            Ok(begun)
        } else {
            Err((Check::Statements, Fault::AnotherDocument))
        }
    }

    fn unit_note(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: UnitNote = said.body()?;
        let _ = said.by_somebody()?;
        said.attaches(&[body.note])?;
        self.names(body.document)
    }

    fn number(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: NumberRequest = said.body()?;
        let standing = said.by_somebody()?;
        if !standing.has(Role::Send) && !standing.has(Role::Receive) {
            return Err((Check::Signatures, Fault::Role));
        }
        said.attaches(&[])?;
        self.names(body.document)
    }

    fn names(&self, document: Option<About>) -> Result<(), Stop> {
        let own = self.begun.as_ref().map(|begun| begun.about);
        if document.is_some() && document == own {
            Ok(())
        } else {
            Err((Check::Statements, Fault::AnotherDocument))
        }
    }
}

impl Begun {
    /// Applies an event to the document.
    pub(super) fn apply(&mut self, event: DocumentEvent) -> Result<(), Stop> {
        let step = self
            .life
            .apply(event)
            .map_err(|why| (Check::Life, why.into()))?;
        self.life = step.or(self.life.clone());
        Ok(())
    }

    /// The position of an issuer.
    pub(super) fn issuer(&self, unit: &UnitRef) -> Option<u16> {
        let place = self
            .manifest
            .issuers
            .iter()
            .position(|issuer| issuer.unit == *unit);
        place.and_then(|place| u16::try_from(place).ok())
    }

    /// Whether a unit is one of the senders: an issuer, or who has taken over its work.
    pub(super) fn sends(&self, unit: &UnitRef, roster: &Roster) -> bool {
        if self.issuer(unit).is_some() {
            return true;
        }
        let before = roster.predecessors(&unit.unit);
        let mut issuers = self.manifest.issuers.iter().map(|issuer| &issuer.unit);
        issuers.any(|issuer| issuer.origin == unit.origin && before.contains(&issuer.unit))
    }

    /// The position of a unit's delivery: of the newest, where it has several.
    pub(super) fn recipient(&self, unit: &UnitRef) -> Option<usize> {
        self.tracks.iter().rposition(|track| track.unit == *unit)
    }

    /// The position of a unit's delivery; refused where it has none, or none yet.
    pub(super) fn delivery_of(&self, unit: &UnitRef) -> Result<usize, Stop> {
        let named = || self.manifest.recipients.iter().any(|it| it.unit == *unit);
        match self.recipient(unit) {
            Some(place) => Ok(place),
            None if named() => Err((Check::Life, Fault::TooEarly)),
            None => Err((Check::Deliveries, Fault::NoSuchParty)),
        }
    }

    /// Whether a unit has a part in the document: as a sender, a recipient, or a successor.
    pub(super) fn is_party(&self, unit: &UnitRef, roster: &Roster) -> bool {
        let before = roster.predecessors(&unit.unit);
        let is_it = |known: &UnitRef| {
            known == unit || (known.origin == unit.origin && before.contains(&known.unit))
        };
        let named = self.manifest.recipients.iter().map(|it| &it.unit);
        let later = self.tracks.iter().map(|track| &track.unit);
        self.sends(unit, roster) || named.chain(later).any(is_it)
    }
}
