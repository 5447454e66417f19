//! Handing what was signed to the exchange. Twice is harmless: a statement that is in the log is
//! answered with its place there.

use std::path::{Path, PathBuf};

use minicbor::bytes::ByteVec;
use yichuan_document::roster::Roster;
use yichuan_document::roster::act::{ACT_FILE_BYTES_MAX, ActFile};
use yichuan_wire::message::{Answer, Ask, Record};

use super::{Authority, SignedAct, catch_up};
use crate::home::read_at_most;
use crate::link::Link;
use crate::office::{Failed, Session};

/// Submits signed statements in this order, and tells each one's index in the log. All files are
/// read before the first is sent; the genesis is entry 0 of every log, and is never submitted.
pub async fn submit(link: &Link, files: &[PathBuf]) -> Result<Vec<(PathBuf, u64)>, Failed> {
    let mut records = Vec::new();
    for path in files.iter().filter(|path| !is_genesis(path)) {
        records.push((path, record(path)?));
    }
    let mut indexes = Vec::new();
    for (path, record) in records {
        let Answer::Recorded(proven) = link.ask(Ask::Record(record)).await? else {
            return Err(Failed::Protocol);
        };
        indexes.push((path.clone(), proven.entry.index));
    }
    Ok(indexes)
}

fn is_genesis(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "0000.act")
}

fn record(path: &Path) -> Result<Record, Failed> {
    let bytes = read_at_most(path, ACT_FILE_BYTES_MAX as u64)?;
    let read = ActFile::read(&bytes);
    let (signed, attachments) = read.map_err(|_| Failed::Damaged(path.to_owned()))?;
    Ok(Record {
        statement: ByteVec::from(signed.to_bytes()),
        attachments: attachments.into_iter().map(ByteVec::from).collect(),
        body: None,
    })
}

/// What came of submitting what waits.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The statements that the log took, each with its index.
    pub recorded: Vec<(SignedAct, u64)>,
    /// Acts of this home in whose place another came into the log; they were set aside.
    pub overtaken: Vec<PathBuf>,
}

/// Submits what the log does not have yet, over a session's connection, and follows the log before
/// and afterwards. Every statement is found in the log again before this says so.
pub async fn submit_waiting(folder: &Path, session: &mut Session) -> Result<Submission, Failed> {
    session.mirror.advance(&session.link).await?;
    let before = catch_up(folder, &session.home, &session.mirror)?;
    let authority = Authority::open(folder)?;
    let acts = authority.to_submit(session.mirror.roster()).into_iter();
    let acts: Vec<SignedAct> = acts.cloned().collect();
    let files: Vec<PathBuf> = acts.iter().map(|act| act.file.clone()).collect();
    let outcome = submit(&session.link, &files).await;
    session.mirror.advance(&session.link).await?;
    catch_up(folder, &session.home, &session.mirror)?;
    let indexes = outcome?.into_iter().map(|(_, index)| index);
    if session.mirror.roster().sequence() < acts.last().map_or(0, |last| last.sequence) {
        return Err(Failed::Protocol);
    }
    Ok(Submission {
        recorded: acts.into_iter().zip(indexes).collect(),
        overtaken: before.overtaken,
    })
}

impl Authority {
    /// The statements of this home that a log with this roster does not have yet, in order.
    pub fn to_submit(&self, log: &Roster) -> Vec<&SignedAct> {
        let acts = self.acts().iter();
        acts.filter(|act| act.sequence > log.sequence()).collect()
    }
}
