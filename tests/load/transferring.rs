//! A body on its way to the exchange, and back.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use minicbor::bytes::ByteVec;
use serde_json::{Value, json};
use yichuan_document::manifest::Manifest;
use yichuan_envelope::Leaves;
use yichuan_unit::office::Session;
use yichuan_unit::office::compose::{compose, composed};
use yichuan_wire::message::{BeginBody, BodyRef, SegmentRange};

use super::post::{Failure, Who, password};
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

impl Transfer {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let (post, clerk) = self.who.post(&password()?)?;
        let mut session = post.session(&clerk).await?;
        let draft = submitting::draft(&[self.to], &self.file);
        let closed = compose(
            post.home.folder(),
            session.mirror.roster(),
            session.mirror.seen(),
            &session.identity,
            &draft,
            &clerk.secrets.content,
            &mut |_| {},
        )?;
        let id = closed.about.document.to_string();
        let (folder, record) = composed(post.home.folder(), &id)?;
        let manifest = record.attachments.first().ok_or("no manifest")?;
        let manifest = Manifest::read(manifest).map_err(|_| "an unreadable manifest")?;
        let leaf_bytes = fs::read(folder.join("leaves"))?;
        let leaves = Leaves::read(&leaf_bytes).map_err(|_| "an unreadable leaf list")?;
        let mut body = File::open(folder.join("body"))?;
        let begin = BeginBody {
            body: BodyRef {
                document: manifest.id,
                root: manifest.root,
            },
            leaves: ByteVec::from(leaf_bytes),
        };
        let up = upload(&session, begin, &leaves, &mut body).await?;
        session.submit(&id, &mut |_| {}).await?;
        let mut back = File::create(&self.back)?;
        let range = SegmentRange {
            document: manifest.digest(),
            first: 0,
            count: leaves.count(),
        };
        let down = download(&session, range, &leaves, &mut back).await?;
        fs::remove_dir_all(folder)?;
        Ok(json!({
            "bytes": leaves.body_bytes(),
            "upload_seconds": up,
            "download_seconds": down,
        }))
    }
}

async fn upload(
    session: &Session,
    begin: BeginBody,
    leaves: &Leaves,
    body: &mut File,
) -> Result<f64, Failure> {
    let since = Instant::now();
    let roster = session.mirror.roster();
    let mut link = session
        .link
        .body(|exporter| session.identity.session(roster, exporter))
        .await?;
    let read = |index: u32| {
        let mut segment = vec![0; leaves.length(index).unwrap_or(0) as usize];
        body.seek(SeekFrom::Start(leaves.offset(index).unwrap_or(0)))?;
        body.read_exact(&mut segment)?;
        Ok(segment)
    };
    link.upload(begin, read, |_| {}).await?;
    Ok(since.elapsed().as_secs_f64())
}

async fn download(
    session: &Session,
    range: SegmentRange,
    leaves: &Leaves,
    back: &mut File,
) -> Result<f64, Failure> {
    let since = Instant::now();
    let roster = session.mirror.roster();
    let mut link = session
        .link
        .body(|exporter| session.identity.session(roster, exporter))
        .await?;
    link.download(range, |index, bytes| {
        leaves
            .verify_segment(index, bytes)
            .map_err(std::io::Error::other)?;
        back.write_all(bytes)
    })
    .await?;
    back.sync_all()?;
    Ok(since.elapsed().as_secs_f64())
}
