//! Fills an office's registers: documents that have their whole life behind them.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::inspection::{Inspection, Outcome};
use yichuan_document::key::Signs;
use yichuan_document::signed::{Body, Seen, Signed, SlotRole};
use yichuan_document::statement::{
    About, Approval, AttachmentRef, Fetch, InspectionList, OfDelivery, Receipt, SealUse, Submission,
};
use yichuan_document::{Digest, SealId, StatementId, UnitCode, UnitRef};
use yichuan_unit::link::Link;
use yichuan_unit::office::session::record;
use yichuan_unit::office::{Session, inspect};
use yichuan_unit::token::{OwnKey, TokenFailed};
use yichuan_wire::message::{Answer, Ask, Record};

use super::post::{Failure, Offices, Post, password};
use super::submitting::{closed, connect, draft};

/// How many documents are closed before they are sent, so that not all of them are in memory.
const AT_ONCE: usize = 2_000;

/// Issues documents to one office, which signs for them. Neither approver nor custodian nor
/// recipient opens what it signs: what is measured is what lists do with what was recorded.
#[derive(Args)]
pub(super) struct Issue {
    #[command(flatten)]
    offices: Offices,
    #[arg(long)]
    documents: usize,
    /// How many of the last ones are not signed for.
    #[arg(long, default_value_t = 100)]
    pending: usize,
    /// How many are on their way at once.
    #[arg(long, default_value_t = 32)]
    lanes: usize,
}

/// Somebody who signs, without a look at what is signed.
struct Hand {
    session: Session,
    post: Arc<Post>,
}

/// Everybody who has a part in a document.
struct Hands {
    clerk: Hand,
    approver: Hand,
    custodian: Hand,
    recipient: Hand,
    seal: (SealId, OwnKey),
}

/// Their connections, of one lane.
struct Lane {
    clerk: Link,
    approver: Link,
    custodian: Link,
    recipient: Link,
}

impl Hand {
    fn sign<B: Body>(
        &self,
        body: &B,
        more: &[(SlotRole, &dyn Signs<TokenFailed>)],
    ) -> Result<Signed, Failure> {
        let identity = &self.session.identity;
        let seen: Option<Seen> = self.session.mirror.seen();
        let context = identity.context(self.session.mirror.roster(), seen);
        let id = StatementId::new(yichuan_unit::now(), &mut yichuan_unit::chance()?);
        Ok(identity.sign_with(&context, id, body, more)?)
    }

    fn unit(&self) -> UnitRef {
        self.session.identity.unit_ref(self.session.mirror.roster())
    }

    async fn connect(&self) -> Result<Link, Failure> {
        connect(&self.post, &self.session).await
    }
}

async fn recorded(link: &Link, record: Record) -> Result<(), Failure> {
    match link.ask(Ask::Record(record)).await? {
        Answer::Recorded(_) => Ok(()),
        _ => Err("a statement was answered by something else".into()),
    }
}

impl Hands {
    async fn lane(&self) -> Result<Lane, Failure> {
        Ok(Lane {
            clerk: self.clerk.connect().await?,
            approver: self.approver.connect().await?,
            custodian: self.custodian.connect().await?,
            recipient: self.recipient.connect().await?,
        })
    }

    /// The whole life of one document.
    async fn live(&self, lane: &Lane, submission: Record, sign: bool) -> Result<(), Failure> {
        let submitted = Signed::read(&submission.statement)?;
        let Submission { about, wraps } = submitted.claimed()?.body()?;
        recorded(&lane.clerk, submission).await?;
        let approval = Approval {
            about,
            wraps,
            submission: submitted.digest(),
            declarations: vec![1, 2, 3],
        };
        let approval = self.approver.sign(&approval, &[])?;
        recorded(&lane.approver, record(&approval, Vec::new(), None)).await?;
        let sealed = self.seal(about, approval.digest(), &lane.custodian).await?;
        if !sign {
            return Ok(());
        }
        let delivery = |previous| OfDelivery {
            about,
            unit: self.recipient.unit(),
            previous,
        };
        let fetch = Fetch {
            delivery: delivery(sealed),
        };
        let fetch = self.recipient.sign(&fetch, &[])?;
        recorded(&lane.recipient, record(&fetch, Vec::new(), None)).await?;
        let receipt = Receipt {
            delivery: delivery(fetch.digest()),
            opening: Digest::of(b"unopened"),
            inspection: self.inspection(),
        };
        let receipt = self.recipient.sign(&receipt, &[])?;
        recorded(&lane.recipient, record(&receipt, Vec::new(), None)).await
    }

    fn inspection(&self) -> InspectionList {
        let checks = inspect::mandatory(self.recipient.session.mirror.roster());
        let unmade = Inspection::unmade(inspect::RULE_SET);
        let passed = checks
            .into_iter()
            .fold(unmade, |list, check| list.with(check, Outcome::Passed));
        inspect::to_list(&passed)
    }

    async fn seal(&self, about: About, approval: Digest, link: &Link) -> Result<Digest, Failure> {
        let (seal, key) = &self.seal;
        // To the exchange every record is bytes that it cannot read.
        let unread = about.manifest.as_bytes().repeat(8);
        let statement = SealUse {
            about,
            seal: seal.clone(),
            ordinal: 1,
            approvals: vec![approval],
            previous: None,
            record: AttachmentRef::to(&unread).ok_or("the record is too long")?,
        };
        let signed = self
            .custodian
            .sign(&statement, &[(SlotRole::Seal, key as &dyn Signs<_>)])?;
        recorded(link, record(&signed, vec![unread], None)).await?;
        Ok(signed.digest())
    }
}

impl Issue {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let password = password()?;
        let [clerk, approver, custodian] = self.offices.accounts.as_slice() else {
            return Err("three accounts are needed".into());
        };
        let post = Arc::new(Post::at(&self.offices.from, self.offices.transport)?);
        let receiving = Arc::new(Post::at(&self.offices.home, self.offices.transport)?);
        let sender = post.unlock(clerk, &password)?;
        let content = *sender.secrets.content;
        let keys = post.unlock(custodian, &password)?;
        let seal = keys.secrets.seals.first();
        let seal = seal.ok_or("the custodian keeps no seal")?.at().own_key();
        let at = async |post: &Arc<Post>, account| {
            let unlocked = post.unlock(account, &password)?;
            Ok::<_, Failure>(Hand {
                session: post.session(&unlocked).await?,
                post: Arc::clone(post),
            })
        };
        let hands = Arc::new(Hands {
            clerk: at(&post, clerk).await?,
            approver: at(&post, approver).await?,
            custodian: at(&post, custodian).await?,
            recipient: at(&receiving, &self.offices.account).await?,
            seal: (self.offices.seal.clone(), seal),
        });
        let mut lanes = Vec::new();
        for _ in 0..self.lanes {
            lanes.push(hands.lane().await?);
        }
        let to: UnitCode = self.offices.account.unit();
        let draft = draft(&[to], &self.offices.file);
        let started = Instant::now();
        let mut done = 0;
        while done < self.documents {
            let count = AT_ONCE.min(self.documents - done);
            let signed = (self.documents - self.pending.min(self.documents)).saturating_sub(done);
            let session = &hands.clerk.session;
            let records = closed(&post, (session, &content), &draft, count)?;
            let mut shares: Vec<Vec<(Record, bool)>> = Vec::new();
            shares.resize_with(lanes.len(), Vec::new);
            for (place, record) in records.into_iter().enumerate() {
                let lane = place % shares.len();
                shares[lane].push((record, place < signed));
            }
            let mut tasks = Vec::new();
            for (lane, share) in lanes.drain(..).zip(shares) {
                let hands = Arc::clone(&hands);
                tasks.push(tokio::spawn(async move {
                    for (record, sign) in share {
                        hands.live(&lane, record, sign).await?;
                    }
                    Ok::<_, Failure>(lane)
                }));
            }
            for task in tasks {
                lanes.push(task.await??);
            }
            done += count;
            eprintln!("{done} of {} documents", self.documents);
        }
        Ok(json!({ "documents": done, "seconds": started.elapsed().as_secs_f64() }))
    }
}
