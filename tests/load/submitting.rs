//! Many small documents from many connections at once, and how many of them are there afterwards.

use std::path::Path;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::header::{Contact, Metadata};
use yichuan_document::signed::Signed;
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{Classification, Digest, UnitCode};
use yichuan_evidence::entry::EntryKind;
use yichuan_unit::link::{Expected, Link, Target};
use yichuan_unit::office::Session;
use yichuan_unit::office::compose::{Draft, compose, composed, with_inline};
use yichuan_wire::message::{Answer, Ask, Proven, Record};

use super::post::{Failure, Post, Who, password, percentile};

/// Of how many submissions one is verified by its proof.
const VERIFIED_EVERY: usize = 100;

/// Submits small documents from many connections at once.
#[derive(Args)]
pub(super) struct Submit {
    #[command(flatten)]
    who: Who,
    /// The recipients.
    #[arg(long, value_delimiter = ',')]
    to: Vec<UnitCode>,
    #[arg(long)]
    documents: usize,
    #[arg(long)]
    submitters: usize,
    /// The file that every document carries.
    #[arg(long)]
    file: std::path::PathBuf,
}

/// What a submitter has seen.
pub(super) struct Outcome {
    pub(super) milliseconds: Vec<f64>,
    proofs: Vec<(Digest, Proven)>,
}

impl Submit {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let (post, clerk) = self.who.post(&password()?)?;
        let session = post.session(&clerk).await?;
        let draft = draft(&self.to, &self.file);
        let records = closed(
            &post,
            (&session, &*clerk.secrets.content),
            &draft,
            self.documents,
        )?;
        let mut links = Vec::new();
        for _ in 0..self.submitters {
            links.push(connect(&post, &session).await?);
        }
        let share = records.len().div_ceil(self.submitters);
        let mut records = records.into_iter();
        let started = Instant::now();
        let mut submitters = Vec::new();
        for link in links {
            let records: Vec<Record> = records.by_ref().take(share).collect();
            submitters.push(tokio::spawn(submit(link, records)));
        }
        let (mut times, mut proofs) = (Vec::new(), Vec::new());
        for submitter in submitters {
            let outcome = submitter.await??;
            times.extend(outcome.milliseconds);
            proofs.extend(outcome.proofs);
        }
        let seconds = started.elapsed().as_secs_f64();
        for (statement, proven) in &proofs {
            let (entry, _) = session.mirror.verify(proven)?;
            if entry.signed().map(|signed| signed.digest()) != Ok(*statement) {
                return Err("a proof proves another statement".into());
            }
        }
        times.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "a count of documents")]
        let per_second = times.len() as f64 / seconds;
        Ok(json!({
            "submitted": times.len(),
            "seconds": seconds,
            "per_second": per_second,
            "p50_ms": percentile(&times, 50),
            "p99_ms": percentile(&times, 99),
            "verified": proofs.len(),
        }))
    }
}

/// Closes every document beforehand; what is timed later is nothing but submitting.
pub(super) fn closed(
    post: &Post,
    (session, content): (&Session, &[u8; 32]),
    draft: &Draft,
    documents: usize,
) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::with_capacity(documents);
    for _ in 0..documents {
        let closed = compose(
            post.home.folder(),
            session.mirror.roster(),
            session.mirror.seen(),
            &session.identity,
            draft,
            content,
            &mut |_| {},
        )?;
        let id = closed.about.document.to_string();
        let (folder, record) = composed(post.home.folder(), &id)?;
        let leaves = std::fs::read(folder.join("leaves"))?;
        let segments = std::fs::read(folder.join("body"))?;
        std::fs::remove_dir_all(folder)?;
        records.push(with_inline(record, leaves, segments));
    }
    Ok(records)
}

/// A document of no interest.
pub(super) fn draft(to: &[UnitCode], file: &Path) -> Draft {
    Draft {
        jointly: Vec::new(),
        to: to.to_vec(),
        copy: Vec::new(),
        level: Classification::Internal,
        period: None,
        urgency: Urgency::Ordinary,
        kind: DocumentKind::Notice,
        number: None,
        title: "关于测试传输速度的通知".to_owned(),
        metadata: Metadata::default(),
        contact: Contact::default(),
        print_quota: 0,
        valid_until: None,
        replaces: None,
        replies_to: None,
        receipts_stand: false,
        form: None,
        files: vec![file.to_owned()],
    }
}

pub(super) async fn connect(post: &Post, session: &Session) -> Result<Link, Failure> {
    let contact = post.place.contact(&post.home);
    let target = Target {
        address: contact.address.to_owned(),
        transport: contact.transport,
        expected: Expected::OneOf(vec![session.link.peer_key().clone()]),
    };
    let link = Link::connect(&target, contact.tls_seed).await?;
    let roster = session.mirror.roster();
    link.open_session(session.identity.session(roster, link.exporter())?)
        .await?;
    Ok(link)
}

pub(super) async fn submit(link: Link, records: Vec<Record>) -> Result<Outcome, Failure> {
    let mut outcome = Outcome {
        milliseconds: Vec::with_capacity(records.len()),
        proofs: Vec::new(),
    };
    for (place, record) in records.into_iter().enumerate() {
        let statement = (place % VERIFIED_EVERY == 0).then(|| Signed::read(&record.statement));
        let since = Instant::now();
        let Answer::Recorded(proven) = link.ask(Ask::Record(record)).await? else {
            return Err("a submission was answered by something else".into());
        };
        outcome
            .milliseconds
            .push(since.elapsed().as_secs_f64() * 1_000.0);
        if let Some(statement) = statement {
            let statement = statement.map_err(|_| "an unreadable statement")?;
            outcome.proofs.push((statement.digest(), proven));
        }
    }
    Ok(outcome)
}

/// Counts the submissions that the unit's events tell of.
#[derive(Args)]
pub(super) struct Count {
    #[command(flatten)]
    who: Who,
}

impl Count {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let (post, account) = self.who.post(&password()?)?;
        let session = post.session(&account).await?;
        let events = session.feed.events().iter();
        let submissions = events
            .filter(|event| event.entry.kind == EntryKind::Submission)
            .count();
        Ok(json!({ "submissions": submissions }))
    }
}
