//! How soon an urgent document is announced while a bulk sender fills the exchange.

use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use yichuan_document::terms::Urgency;
use yichuan_document::{Digest, UnitCode};
use yichuan_unit::office::Session;
use yichuan_unit::office::compose::{Draft, compose};
use yichuan_wire::message::Record;

use super::announcing::{announced, keys, nowhere};
use super::post::{Failure, Offices, Post, password, percentile};
use super::submitting::{Outcome, closed, connect, draft, submit};

/// Documents that are approved beforehand, and sealed while the others come in.
const SEALED_EACH: usize = 12;

/// Times from dispatch to announcement, beside a bulk sender.
#[derive(Args)]
pub(super) struct Hurry {
    #[command(flatten)]
    offices: Offices,
    /// Whether the documents are 特急; ordinary ones share the lane of the bulk.
    #[arg(long)]
    most_urgent: bool,
    /// How many ordinary documents the bulk sender pushes at once.
    #[arg(long)]
    bulk: usize,
    /// Over how many connections.
    #[arg(long, default_value_t = 64)]
    submitters: usize,
    /// How often all of this is done.
    #[arg(long, default_value_t = 40)]
    bursts: usize,
}

impl Hurry {
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
        let to: [UnitCode; 1] = [self.offices.account.unit()];
        let ordinary = draft(&to, &self.offices.file);
        let mut draft = ordinary.clone();
        if self.most_urgent {
            draft.urgency = Urgency::MostUrgent;
        }
        let (mut times, mut pushed) = (Vec::new(), Vec::new());
        for _ in 0..self.bursts {
            let mut ready: Vec<Digest> = Vec::new();
            for _ in 0..SEALED_EACH {
                let entered = enter(&post, (&mut clerk, &content), &draft).await?;
                let review = approver.review(entered).await?;
                approver.approve(&review, true).await?;
                ready.push(entered);
            }
            let records = closed(&post, (&clerk, &content), &ordinary, self.bulk)?;
            let tasks = self.push(&post, &clerk, records).await?;
            for manifest in ready {
                // What comes after the bulk is not beside it; without any all of them count.
                if self.bulk > 0 && tasks.iter().all(JoinHandle::is_finished) {
                    break;
                }
                let review = custodian.review(manifest).await?;
                let since = Instant::now();
                let (sealed, arrived) = tokio::join!(
                    custodian.seal(&review, &self.offices.seal, &seal, &nowhere),
                    announced(&mut recipient)
                );
                sealed?;
                times.push(arrived?.duration_since(since).as_secs_f64() * 1_000.0);
            }
            for task in tasks {
                pushed.extend(task.await??.milliseconds);
            }
            // Each of the bulk is an event for everybody in the sending office.
            for session in [&mut clerk, &mut approver, &mut custodian] {
                while let Some(push) = session.link.push_that_is_here() {
                    session.feed.take(&push, &session.mirror)?;
                }
            }
        }
        times.sort_by(f64::total_cmp);
        pushed.sort_by(f64::total_cmp);
        Ok(json!({
            "announced": times.len(),
            "pushed": pushed.len(),
            "p50_ms": percentile(&times, 50),
            "p99_ms": percentile(&times, 99),
            "most_ms": percentile(&times, 100),
            "bulk_p99_ms": percentile(&pushed, 99),
        }))
    }

    /// Sends what is closed over several connections at once.
    async fn push(
        &self,
        post: &Post,
        clerk: &Session,
        records: Vec<Record>,
    ) -> Result<Vec<JoinHandle<Result<Outcome, Failure>>>, Failure> {
        let mut links = Vec::new();
        for _ in 0..self.submitters {
            links.push(connect(post, clerk).await?);
        }
        let share = records.len().div_ceil(self.submitters);
        let mut records = records.into_iter();
        let tasks = links
            .into_iter()
            .map(|link| tokio::spawn(submit(link, records.by_ref().take(share).collect())));
        Ok(tasks.collect())
    }
}

/// The clerk enters a document.
async fn enter(
    post: &Post,
    (clerk, content): (&mut Session, &[u8; 32]),
    draft: &Draft,
) -> Result<Digest, Failure> {
    let closed = compose(
        post.home.folder(),
        clerk.mirror.roster(),
        clerk.mirror.seen(),
        &clerk.identity,
        draft,
        content,
        &mut |_| {},
    )?;
    let id = closed.about.document.to_string();
    clerk.submit(&id, &mut |_| {}).await?;
    Ok(closed.about.manifest)
}
