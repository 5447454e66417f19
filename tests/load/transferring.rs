//! A body on its way to the exchange, and back.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use minicbor::bytes::ByteVec;
use serde_json::{Value, json};
use yichuan_document::{Digest, Manifest};
use yichuan_envelope::Leaves;
use yichuan_unit::link::BodyLink;
use yichuan_unit::office::Session;
use yichuan_unit::office::compose::{Draft, compose, composed};
use yichuan_wire::message::{BeginBody, BodyRef, SegmentRange};

use super::post::{Failure, Post, Who, password};
use super::submitting;

/// Times a body on its way to the exchange and back.
#[derive(Args)]
pub(super) struct Transfer {
    #[command(flatten)]
    who: Who,
    /// The recipient.
    #[arg(long)]
    to: yichuan_document::UnitCode,
    /// The document's file.
    #[arg(long)]
    file: PathBuf,
    /// Where the body is written when it comes back.
    #[arg(long)]
    back: PathBuf,
}

/// A body that was closed and not yet sent.
pub(super) struct Closed {
    id: String,
    folder: PathBuf,
    document: Digest,
    begin: BeginBody,
    leaves: Leaves,
    body: File,
}

impl Closed {
    /// Closes a document for one recipient.
    pub(super) fn new(
        post: &Post,
        session: &Session,
        content: &[u8; 32],
        draft: &Draft,
    ) -> Result<Self, Failure> {
        let home = post.home.folder();
        let (roster, seen) = (session.mirror.roster(), session.mirror.seen());
        let identity = &session.identity;
        let closed = compose(home, roster, seen, identity, draft, content, &mut |_| {})?;
        let id = closed.about.document.to_string();
        let (folder, record) = composed(home, &id)?;
        let manifest = record.attachments.first().ok_or("no manifest")?;
        let manifest = Manifest::read(manifest).map_err(|_| "an unreadable manifest")?;
        let leaf_bytes = fs::read(folder.join("leaves"))?;
        let leaves = Leaves::read(&leaf_bytes).map_err(|_| "an unreadable leaf list")?;
        let begin = BeginBody {
            body: BodyRef {
                document: manifest.id,
                root: manifest.root,
            },
            leaves: ByteVec::from(leaf_bytes),
        };
        Ok(Self {
            id,
            document: manifest.digest(),
            begin,
            leaves,
            body: File::open(folder.join("body"))?,
            folder,
        })
    }

    /// Uploads it over a stream of its own.
    pub(super) async fn upload(mut self, link: &mut BodyLink) -> Result<Self, Failure> {
        let (leaves, body) = (&self.leaves, &mut self.body);
        let read = |index: u32| {
            let mut segment = vec![0; leaves.length(index).unwrap_or(0) as usize];
            body.seek(SeekFrom::Start(leaves.offset(index).unwrap_or(0)))?;
            body.read_exact(&mut segment)?;
            Ok(segment)
        };
        link.upload(self.begin.clone(), read, |_| {}).await?;
        Ok(self)
    }
}

/// A stream for a body.
pub(super) async fn stream(session: &Session) -> Result<BodyLink, Failure> {
    let roster = session.mirror.roster();
    let opened = session
        .link
        .body(|exporter| session.identity.session(roster, exporter));
    Ok(opened.await?)
}

impl Transfer {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let (post, clerk) = self.who.post(&password()?)?;
        let mut session = post.session(&clerk).await?;
        let draft = submitting::draft(&[self.to], &self.file);
        let closed = Closed::new(&post, &session, &clerk.secrets.content, &draft)?;
        let since = Instant::now();
        let closed = closed.upload(&mut stream(&session).await?).await?;
        let up = since.elapsed().as_secs_f64();
        session.submit(&closed.id, &mut |_| {}).await?;
        let mut back = File::create(&self.back)?;
        let down = download(&session, &closed, &mut back).await?;
        fs::remove_dir_all(&closed.folder)?;
        Ok(json!({
            "bytes": closed.leaves.body_bytes(),
            "upload_seconds": up,
            "download_seconds": down,
        }))
    }
}

async fn download(session: &Session, closed: &Closed, back: &mut File) -> Result<f64, Failure> {
    let range = SegmentRange {
        document: closed.document,
        first: 0,
        count: closed.leaves.count(),
    };
    let since = Instant::now();
    let mut link = stream(session).await?;
    link.download(range, |index, bytes| {
        closed
            .leaves
            .verify_segment(index, bytes)
            .map_err(std::io::Error::other)?;
        back.write_all(bytes)
    })
    .await?;
    back.sync_all()?;
    Ok(since.elapsed().as_secs_f64())
}
