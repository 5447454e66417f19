//! From dispatch to announcement: how long until the recipient's program holds the event.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use yichuan_document::UnitCode;
use yichuan_evidence::entry::EntryKind;
use yichuan_unit::keystore::SealKey;
use yichuan_unit::office::Session;
use yichuan_unit::office::compose::compose;
use yichuan_unit::office::sealing::{Places, SealKeys};

use super::post::{Failure, Offices, Post, password, percentile};
use super::submitting;
use super::transferring::{Closed, stream};

/// Times from dispatch to announcement.
#[derive(Args)]
pub(super) struct Announce {
    #[command(flatten)]
    offices: Offices,
    #[arg(long)]
    rounds: usize,
    /// A file that is uploaded meanwhile; the rounds end with its upload.
    #[arg(long)]
    while_uploading: Option<PathBuf>,
}

impl Announce {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let password = password()?;
        let [clerk, approver, custodian] = self.offices.accounts.as_slice() else {
            return Err("three accounts are needed".into());
        };
        let post = Post::at(&self.offices.from, self.offices.transport)?;
        let clerk = post.unlock(clerk, &password)?;
        let content = *clerk.secrets.content;
        let mut clerk = post.session(&clerk).await?;
        let approver = post.unlock(approver, &password)?;
        let mut approver = post.session(&approver).await?;
        let custodian = post.unlock(custodian, &password)?;
        let seal = custodian.secrets.seals.first();
        let seal = keys(seal.ok_or("the custodian keeps no seal")?);
        let nowhere = nowhere();
        let mut custodian = post.session(&custodian).await?;
        let receiving = Post::at(&self.offices.home, self.offices.transport)?;
        let recipient = receiving.unlock(&self.offices.account, &password)?;
        let mut recipient = receiving.session(&recipient).await?;
        let to: UnitCode = self.offices.account.unit();
        let draft = submitting::draft(&[to], &self.offices.file);
        let upload = match &self.while_uploading {
            Some(file) => {
                let draft = submitting::draft(&draft.to, file);
                let closed = Closed::new(&post, &clerk, &content, &draft)?;
                let mut link = stream(&clerk).await?;
                Some(tokio::spawn(async move {
                    closed.upload(&mut link).await.map(drop)
                }))
            }
            None => None,
        };
        let mut times = Vec::new();
        for _ in 0..self.rounds {
            if upload.as_ref().is_some_and(JoinHandle::is_finished) {
                break;
            }
            let closed = compose(
                post.home.folder(),
                clerk.mirror.roster(),
                clerk.mirror.seen(),
                &clerk.identity,
                &draft,
                &content,
                &mut |_| {},
            )?;
            let id = closed.about.document.to_string();
            clerk.submit(&id, &mut |_| {}).await?;
            let review = approver.review(closed.about.manifest).await?;
            approver.approve(&review, true).await?;
            let review = custodian.review(closed.about.manifest).await?;
            // From before the seal leaves the custodian: more than from dispatch.
            let since = Instant::now();
            let (sealed, arrived) = tokio::join!(
                custodian.seal(&review, &self.offices.seal, &seal, &nowhere),
                announced(&mut recipient)
            );
            sealed?;
            times.push(arrived?.duration_since(since).as_secs_f64() * 1_000.0);
        }
        if let Some(upload) = upload {
            upload.await??;
        }
        times.sort_by(f64::total_cmp);
        Ok(json!({
            "rounds": times.len(),
            "p50_ms": percentile(&times, 50),
            "p99_ms": percentile(&times, 99),
            "most_ms": percentile(&times, 100),
        }))
    }
}

/// The keys of a seal, without the electronic one: what is measured here is the exchange.
pub(super) fn keys(seal: &SealKey) -> SealKeys {
    SealKeys {
        own: seal.at().own_key(),
        electronic: None,
    }
}

/// A seal that stands on no page.
pub(super) fn nowhere() -> Places {
    Places {
        nowhere: true,
        ..Places::default()
    }
}

/// Waits until the next dispatch is verified and kept at the recipient's.
pub(super) async fn announced(recipient: &mut Session) -> Result<Instant, Failure> {
    loop {
        let push = recipient.link.next_push().await?;
        let event = recipient.feed.take(&push, &recipient.mirror)?;
        if event.is_some_and(|event| event.entry.kind == EntryKind::Dispatch) {
            return Ok(Instant::now());
        }
    }
}
