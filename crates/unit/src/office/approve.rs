//! Deciding on an outgoing document: approve, refuse, withdraw, seal.

use yichuan_document::key::Signs;
use yichuan_document::roster::record::SealGrant;
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{
    Approval, ApprovalRefusal, AttachmentRef, SealUse, Submission, Withdrawal,
};
use yichuan_document::{Digest, SealId, StatementId};
use yichuan_envelope::{NOTE_BYTES_MAX, Opened, close_note};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_seal::{Placement, RECORD_VERSION, SealRecord};

use super::dossier::Dossier;
use super::failed::{Failed, Inconsistent};
use super::session::Session;
use crate::token::OwnKey;

/// A document as its approver or custodian sees it before deciding.
pub struct Review {
    /// The document.
    pub dossier: Dossier,
    /// Its opened header.
    pub opened: Opened,
    key: yichuan_envelope::ContentKey,
}

impl Session {
    /// Opens a document of the own unit to look at it.
    pub async fn review(&self, digest: Digest) -> Result<Review, Failed> {
        let dossier = self.dossier(digest).await?;
        let leaves = self.leaves(&dossier).await?;
        let key = self.content_key(&dossier).await?;
        let opened = self.header(&dossier, &leaves, &key).await?;
        Ok(Review {
            dossier,
            opened,
            key,
        })
    }

    /// Approves what was looked at.
    pub async fn approve(&mut self, review: &Review) -> Result<(u64, Entry), Failed> {
        self.require_approver()?;
        let (submission, body) = submission(&review.dossier)?;
        let approval = Approval {
            about: body.about,
            wraps: body.wraps,
            submission,
            // Title, recipients and level were shown.
            declarations: vec![1, 2, 3],
        };
        self.say(
            &format!("approval-{}", body.about.document),
            &approval,
            Vec::new(),
        )
        .await
    }

    /// Refuses what was looked at, with a reason that only the own unit can read.
    pub async fn refuse(&mut self, review: &Review, text: &str) -> Result<(u64, Entry), Failed> {
        self.require_approver()?;
        let (submission, body) = submission(&review.dossier)?;
        let own = self.identity.unit_ref(self.mirror.roster());
        let note = self.note(text, &body.about.manifest, &[own])?;
        let named = AttachmentRef::to(&note).ok_or(Failed::Protocol)?;
        let refusal = ApprovalRefusal {
            about: body.about,
            submission,
            code: 1,
            note: Some(named),
        };
        self.say(
            &format!("refusal-{}", body.about.document),
            &refusal,
            vec![note],
        )
        .await
    }

    /// Withdraws an own document before it is dispatched.
    pub async fn withdraw(&mut self, dossier: &Dossier) -> Result<(u64, Entry), Failed> {
        let (submission, body) = submission(dossier)?;
        let withdrawal = Withdrawal {
            about: body.about,
            submission,
        };
        self.say(
            &format!("withdrawal-{}", body.about.document),
            &withdrawal,
            Vec::new(),
        )
        .await
    }

    /// Sets the seal; when it is the last one, the exchange dispatches the document.
    pub async fn seal(
        &mut self,
        review: &Review,
        seal: &SealId,
        key: &OwnKey,
        placements: Vec<Placement>,
    ) -> Result<(u64, Entry), Failed> {
        let dossier = &review.dossier;
        let (_, body) = submission(dossier)?;
        let roster = self.mirror.roster();
        let grant: SealGrant = roster
            .seal(seal)
            .ok_or(Failed::Standing(yichuan_document::roster::NoStanding::Seal))?;
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        standing
            .seal_signers(roster, seal, crate::now())
            .map(|_| ())?;
        let own = self.identity.unit_ref(roster);
        let issuer = dossier
            .manifest
            .issuers
            .iter()
            .find(|issuer| issuer.unit == own);
        let ordinal = issuer.ok_or(Failed::Protocol)?.seal_ordinal;
        let approvals: Vec<Digest> = dossier
            .of_kind(EntryKind::Approval)
            .map(|statement| statement.digest)
            .collect();
        let previous = dossier
            .of_kind(EntryKind::Seal)
            .last()
            .map(|statement| statement.digest);
        let record = SealRecord {
            version: RECORD_VERSION,
            about: body.about,
            ordinal,
            seal: seal.clone(),
            picture: grant.picture,
            placements,
            ses: None,
            sealed: review
                .opened
                .header()
                .parts
                .iter()
                .map(|part| part.digest)
                .collect(),
            at: crate::now(),
        };
        let genesis = roster.genesis();
        let document = body.about.document;
        let closed = review
            .key
            .seal_record(&genesis, &document, ordinal, &record.to_bytes());
        let named = AttachmentRef::to(&closed).ok_or(Failed::Protocol)?;
        let statement = SealUse {
            about: body.about,
            seal: seal.clone(),
            ordinal,
            approvals,
            previous,
            record: named,
        };
        let id = StatementId::new(crate::now(), &mut crate::chance()?);
        let more = [(SlotRole::Seal, key as &dyn Signs<_>)];
        let signed = self
            .identity
            .sign_with(&self.context(), id, &statement, &more)?;
        self.say_signed(&format!("seal-{document}"), &signed, vec![closed])
            .await
    }

    /// Closes a text for units.
    pub(super) fn note(
        &self,
        text: &str,
        context: &Digest,
        units: &[yichuan_document::UnitRef],
    ) -> Result<Vec<u8>, Failed> {
        if text.len() > NOTE_BYTES_MAX {
            return Err(Failed::TextTooLong {
                bytes: text.len() as u64,
                limit: NOTE_BYTES_MAX as u64,
            });
        }
        let roster = self.mirror.roster();
        let mut readers = Vec::new();
        for unit in units {
            let key = roster.unit_key(&unit.unit);
            let key = key.ok_or_else(|| Failed::NoUnitKey(unit.unit.clone()))?;
            readers.push((unit.clone(), key.epoch, key.key));
        }
        close_note(
            text,
            &roster.genesis(),
            context,
            &readers,
            &mut crate::chance()?,
        )
        .map_err(|why| Failed::Envelope(why.to_string()))
    }
}

/// The submission's digest and body.
fn submission(dossier: &Dossier) -> Result<(Digest, Submission), Failed> {
    let missing = Failed::Inconsistent(Inconsistent::Life { index: 0 });
    let statement = dossier.submission().ok_or(missing)?;
    let body = statement.payload.body().map_err(|_| {
        Failed::Inconsistent(Inconsistent::Life {
            index: statement.index,
        })
    })?;
    Ok((statement.digest, body))
}
