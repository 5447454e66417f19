//! Deciding on an outgoing document: approve, refuse, withdraw, seal.

use std::fs;
use std::path::PathBuf;

use yichuan_document::Digest;
use yichuan_document::statement::{
    Approval, ApprovalRefusal, AttachmentRef, Submission, Withdrawal,
};
use yichuan_envelope::{NOTE_BYTES_MAX, Opened, close_note};
use yichuan_evidence::entry::Entry;
use yichuan_layout::marks::Decision;

use super::content::Content;
use super::dossier::Dossier;
use super::failed::{Failed, Inconsistent};
use super::opening::Folder;
use super::session::Session;

/// A document as its approver or custodian sees it before deciding.
pub struct Review {
    /// The document.
    pub dossier: Dossier,
    /// Its opened header.
    pub opened: Opened,
    pub(super) key: yichuan_envelope::ContentKey,
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

    /// Approves what was looked at. The files are opened here and looked into; a mark above the
    /// label is refused, and what only a person can judge must have been read: `was_read` is the
    /// approver's word for it, which is signed (Art. 15).
    pub async fn approve(
        &mut self,
        review: &Review,
        was_read: bool,
    ) -> Result<(u64, Entry), Failed> {
        self.require_approver()?;
        let (submission, body) = submission(&review.dossier)?;
        let (folder, content) = self.own_files(review).await?;
        if content.decision() == Decision::Refuse {
            fs::remove_dir_all(&folder)?;
            return Err(Failed::Marked(content.marks()));
        }
        let due = content.to_declare();
        if !due.is_empty() && !was_read {
            return Err(Failed::ToDeclare {
                told: content.marks(),
                folder: Folder(&folder).parts(),
            });
        }
        // Title, recipients and level were shown.
        let shown = [1, 2, 3];
        let approval = Approval {
            about: body.about,
            wraps: body.wraps,
            submission,
            declarations: shown.into_iter().chain(due).collect(),
        };
        let done = self
            .say(
                &format!("approval-{}", body.about.document),
                &approval,
                Vec::new(),
            )
            .await?;
        fs::remove_dir_all(&folder)?;
        Ok(done)
    }

    /// Downloads and opens the body of an own document into a folder of its own, and looks into it.
    pub async fn own_files(&self, review: &Review) -> Result<(PathBuf, Content), Failed> {
        let digest = review.dossier.digest.to_string();
        let folder = self.home.join("reviewed").join(digest);
        crate::unix::create_private_folder(&folder)?;
        let leaves = self.leaves(&review.dossier).await?;
        let body = Folder(&folder).body();
        self.download(&review.dossier, &leaves, &body, &mut |_| {})
            .await?;
        let opened = self.open_own(&review.dossier, &leaves, &review.key, &Folder(&folder))?;
        if opened.opened.header_digest() == review.opened.header_digest() {
            Ok((folder, opened.content))
        } else {
            Err(Failed::Inconsistent(Inconsistent::Leaves))
        }
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
pub(super) fn submission(dossier: &Dossier) -> Result<(Digest, Submission), Failed> {
    let missing = Failed::Inconsistent(Inconsistent::Life { index: 0 });
    let statement = dossier.submission().ok_or(missing)?;
    let body = statement.payload.body().map_err(|_| {
        Failed::Inconsistent(Inconsistent::Life {
            index: statement.index,
        })
    })?;
    Ok((statement.digest, body))
}
