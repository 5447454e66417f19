//! Looking after what was sent: the state of reception and who was called, returns that are signed
//! for, and more time (Art. 9 to 11).

use std::sync::Arc;

use yichuan_document::life::{DeliveryState, Facts};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{
    About, AttachmentRef, Contact, ContactOutcome, ExtensionDecision, ExtensionRequest, Inquiry,
    OfDelivery, Reception, ReceptionRow, ReturnAcknowledgement,
};
use yichuan_document::{AccountId, Digest, Manifest, Timestamp, UnitCode, UnitRef, cbor};
use yichuan_envelope::open_note;
use yichuan_evidence::entry::{Entry, EntryKind};

use super::dossier::{Dossier, Statement};
use super::failed::{Failed, Inconsistent};
use super::register::{DeliveryView, Document, Registers, Timing};
use super::session::Session;
use crate::link::LinkFailed;

/// A line of the table of reception.
#[derive(Clone, Debug)]
pub struct Line {
    /// The recipient.
    pub unit: UnitCode,
    /// The state of its delivery.
    pub state: DeliveryState,
    /// The facts beside it.
    pub facts: Facts,
    /// When the state was reached.
    pub since: Timestamp,
    /// How it stands to its due time.
    pub timing: Timing,
    /// Who acted last for the recipient.
    pub account: Option<AccountId>,
    /// Which delivery to this unit it is, from 1.
    pub round: u32,
}

/// What a look at the state of reception has shown, and where it is recorded.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The document.
    pub about: About,
    /// What was seen.
    pub lines: Vec<Line>,
    /// The entry's index.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
}

/// A call between sender and recipient, as the log has it.
#[derive(Clone, Debug)]
pub struct Called {
    /// The entry's index.
    pub index: u64,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Who recorded it.
    pub account: AccountId,
    /// What was recorded.
    pub contact: Contact,
}

/// The state of reception, one line per delivery, by unit.
pub fn reception(document: &Document, manifest: &Manifest, now: Timestamp) -> Vec<Line> {
    let deliveries = document.all_deliveries(manifest);
    let line = |(unit, view): (&UnitCode, &DeliveryView)| Line {
        unit: unit.clone(),
        state: view.delivery.state(),
        facts: view.delivery.facts(),
        since: view.since,
        timing: document.timing_of(unit, manifest, now),
        account: view.account.clone(),
        round: view.round,
    };
    deliveries.into_iter().map(line).collect()
}

/// The calls about a document that were recorded, oldest first.
pub fn contacts(dossier: &Dossier) -> Vec<Called> {
    let called = |statement: &Statement| {
        Some(Called {
            index: statement.index,
            recorded: statement.entry.time,
            account: statement.payload.account.clone()?,
            contact: statement.payload.body().ok()?,
        })
    };
    let contacts = dossier.of_kind(EntryKind::Contact);
    contacts.filter_map(called).collect()
}

impl Session {
    /// The unit's registers, without lapses that the authority has annulled.
    pub fn registers(&self) -> Result<Arc<Registers>, Failed> {
        let times = self.mirror.times()?;
        let unit = self.identity.unit();
        let registers = self.feed.registers().corrected(&times);
        Ok(registers.joined(&self.home, &unit))
    }

    /// Requires the account to have one of `roles`.
    pub(super) fn require_any(&self, roles: &[Role]) -> Result<(), Failed> {
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        let mut last = Ok(());
        for role in roles {
            last = standing.require(*role);
            if last.is_ok() {
                return Ok(());
            }
        }
        Ok(last?)
    }

    /// The unit with the origin of this exchange.
    pub(super) fn with_origin(&self, unit: &UnitCode) -> UnitRef {
        UnitRef {
            unit: unit.clone(),
            origin: self.mirror.roster().origin().clone(),
        }
    }

    /// Names a delivery, and the last statement about it that this unit has seen.
    pub(super) fn delivery_to(&self, about: About, unit: &UnitCode) -> Result<OfDelivery, Failed> {
        let registers = self.feed.registers();
        let unknown = || Failed::WhichDocument {
            typed: about.document.to_string(),
            matches: 0,
        };
        let document = registers
            .with_manifest(&about.manifest)
            .filter(|document| document.about == about)
            .ok_or_else(unknown)?;
        let last = document.view_of(unit).map(|view| view.last);
        let last = last.or(document.last_seal);
        Ok(OfDelivery {
            about,
            unit: self.with_origin(unit),
            previous: last.ok_or(Failed::Inconsistent(Inconsistent::Life { index: 0 }))?,
        })
    }

    /// The own delivery of a document, for who receives, and words about it that only its sender
    /// and this unit can read.
    pub(super) async fn own_delivery(
        &mut self,
        about: About,
        words: Option<&str>,
    ) -> Result<(OfDelivery, Option<(Vec<u8>, AttachmentRef)>), Failed> {
        self.require_any(&[Role::Receive])?;
        let lead = self.lead_of(about.manifest).await?;
        let delivery = self.delivery_to(about, &self.identity.unit())?;
        let readers = [lead, delivery.unit.clone()];
        let note = self.words_for(words, &about.manifest, &readers)?;
        Ok((delivery, note))
    }

    /// Closes words about a document for the units concerned.
    pub(super) fn words_for(
        &self,
        words: Option<&str>,
        manifest: &Digest,
        units: &[UnitRef],
    ) -> Result<Option<(Vec<u8>, AttachmentRef)>, Failed> {
        let Some(words) = words else { return Ok(None) };
        let mut readers = units.to_vec();
        readers.sort();
        readers.dedup();
        let closed = self.note(words, manifest, &readers)?;
        let named = AttachmentRef::to(&closed).ok_or(Failed::Protocol)?;
        Ok(Some((closed, named)))
    }

    /// The words that the entry at `index` names, opened with the unit's key; `context` is what
    /// they belong to.
    pub async fn words_at(
        &self,
        index: u64,
        note: &AttachmentRef,
        context: &Digest,
    ) -> Result<String, Failed> {
        let unreadable = || Failed::NoteUnreadable(index);
        let closed = match self.attachment_of(index, note.digest).await {
            // It may have been erased, lawfully; the hash stays.
            Err(Failed::Link(LinkFailed::Refused(_))) => return Err(unreadable()),
            other => other?,
        };
        let roster = self.mirror.roster();
        let own = self.identity.unit_ref(roster);
        open_note(&closed, &roster.genesis(), context, &own, |epoch| {
            self.identity.unit_secret(roster, epoch).ok()
        })
        .map_err(|_| unreadable())
    }

    /// Looks at the state of reception and has it recorded what was seen (查询, Art. 10).
    pub async fn inquire(&mut self, about: About) -> Result<Looked, Failed> {
        self.require_any(&[Role::Send, Role::Approve])?;
        let manifest = self.manifest(about.manifest).await?;
        let registers = self.registers()?;
        let document = registers.with_manifest(&about.manifest);
        let document = document.ok_or(Failed::Protocol)?;
        let lines = reception(document, &manifest, crate::now());
        let row = |line: &Line| ReceptionRow {
            unit: self.with_origin(&line.unit),
            state: line.state.code(),
            facts: line.facts.bits(),
        };
        let seen = Reception {
            rows: lines.iter().map(row).collect(),
        };
        let seen = cbor::to_vec(&seen);
        // The rows are the state after the last event that was taken in. The checkpoint that was
        // looked at last may be older than that, or, in a session that goes on, newer.
        let newest = self.feed.events().last();
        let size = newest.map_or(0, |event| event.index + 1);
        let body = Inquiry {
            about,
            size,
            seen: AttachmentRef::to(&seen).ok_or(Failed::Protocol)?,
        };
        let name = format!("inquiry-{}-{}", about.document, Digest::of(&seen));
        let (index, entry) = self.say(&name, &body, vec![seen]).await?;
        Ok(Looked {
            about,
            lines,
            index,
            entry,
        })
    }

    /// Signs for what a recipient has returned (签收退文, Art. 10).
    pub async fn acknowledge(
        &mut self,
        about: About,
        unit: &UnitCode,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send])?;
        let delivery = self.delivery_to(about, unit)?;
        let name = format!("return-acknowledgement-{}-{unit}", about.document);
        let body = ReturnAcknowledgement { delivery };
        self.say(&name, &body, Vec::new()).await
    }

    /// Records that sender and recipient spoke about a delivery (Art. 10, 11).
    pub async fn record_contact(
        &mut self,
        about: About,
        unit: &UnitCode,
        at: Timestamp,
        outcome: ContactOutcome,
        words: Option<&str>,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send, Role::Receive])?;
        let lead = self.lead_of(about.manifest).await?;
        let unit = self.with_origin(unit);
        let note = self.words_for(words, &about.manifest, &[lead, unit.clone()])?;
        let said = cbor::to_vec(&(about, &unit, at, outcome.code(), words));
        let name = format!("contact-{}-{}", about.document, Digest::of(&said));
        let (note, named) = note.unzip();
        let body = Contact {
            about,
            unit,
            at,
            outcome: outcome.code(),
            note: named,
        };
        self.say(&name, &body, note.into_iter().collect()).await
    }

    /// Asks for more time (延期).
    pub async fn ask_extension(
        &mut self,
        about: About,
        until: Timestamp,
        words: &str,
    ) -> Result<(u64, Entry), Failed> {
        let (delivery, note) = self.own_delivery(about, Some(words)).await?;
        let (closed, note) = note.ok_or(Failed::Protocol)?;
        let name = format!("extension-{}-{}", about.document, until.unix_ms());
        let body = ExtensionRequest {
            delivery,
            until,
            note,
        };
        let done = self.say(&name, &body, vec![closed]).await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }

    /// Decides about more time for a recipient: until when, or that none is given.
    pub async fn decide_extension(
        &mut self,
        about: About,
        unit: &UnitCode,
        until: Option<Timestamp>,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send, Role::Approve, Role::Authority])?;
        let registers = self.feed.registers();
        let document = registers.with_manifest(&about.manifest);
        let view = document.and_then(|document| document.view_of(unit));
        let asked = view.and_then(|view| view.extension);
        let asked = asked.ok_or_else(|| Failed::NotAsked(unit.clone()))?;
        let body = ExtensionDecision {
            about,
            unit: self.with_origin(unit),
            request: asked.request,
            until,
        };
        let until_ms = until.map_or(0, Timestamp::unix_ms);
        let name = format!("extension-decision-{}-{unit}-{until_ms}", about.document);
        self.say(&name, &body, Vec::new()).await
    }

    /// The lead issuer of a document.
    pub(super) async fn lead_of(&self, manifest: Digest) -> Result<UnitRef, Failed> {
        let manifest = self.manifest(manifest).await?;
        Ok(manifest.lead().ok_or(Failed::Protocol)?.clone())
    }
}
