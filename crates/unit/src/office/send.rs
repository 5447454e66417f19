//! Sending: a finished envelope goes out, and goes on where it was cut off.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};

use minicbor::bytes::ByteVec;
use yichuan_document::Manifest;
use yichuan_document::statement::About;
use yichuan_envelope::Leaves;
use yichuan_evidence::entry::Entry;
use yichuan_wire::message::{BeginBody, BodyRef, INLINE_BODY_BYTES_MAX};

use super::compose::{composed, with_inline};
use super::failed::{Failed, Inconsistent};
use super::session::Session;

/// A submission that is durable at the exchange.
pub struct Submitted {
    /// The document.
    pub about: About,
    /// Its place in the log.
    pub index: u64,
    /// Its entry.
    pub entry: Entry,
}

impl Session {
    /// Submits a document that was composed on this computer. Repeating it changes nothing.
    pub async fn submit(
        &mut self,
        typed: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Submitted, Failed> {
        let (folder, record) = composed(&self.home, typed)?;
        let damaged = || Failed::Damaged(folder.join("submission"));
        let manifest = record.attachments.first().ok_or_else(damaged)?;
        let manifest = Manifest::read(manifest).map_err(|_| damaged())?;
        let about = About {
            document: manifest.id,
            manifest: manifest.digest(),
        };
        let leaf_bytes = fs::read(folder.join("leaves"))?;
        let leaves =
            Leaves::read(&leaf_bytes).map_err(|_| Failed::Inconsistent(Inconsistent::Leaves))?;
        let mut file = File::open(folder.join("body"))?;
        let record = if manifest.body_bytes <= INLINE_BODY_BYTES_MAX as u64 {
            let mut segments = Vec::new();
            file.read_to_end(&mut segments)?;
            progress(segments.len() as u64);
            with_inline(record, leaf_bytes, segments)
        } else {
            let body = BodyRef {
                document: manifest.id,
                root: manifest.root,
            };
            let begin = BeginBody {
                body,
                leaves: ByteVec::from(leaf_bytes),
            };
            self.upload(begin, &leaves, &mut file, progress).await?;
            record
        };
        let (index, entry) = self.record(record).await?;
        Ok(Submitted {
            about,
            index,
            entry,
        })
    }

    async fn upload(
        &self,
        begin: BeginBody,
        leaves: &Leaves,
        file: &mut File,
        mut progress: impl FnMut(u64),
    ) -> Result<(), Failed> {
        let roster = self.mirror.roster();
        let mut link = self
            .link
            .body(|exporter| self.identity.session(roster, exporter))
            .await?;
        let read = |index: u32| {
            let (Some(offset), Some(length)) = (leaves.offset(index), leaves.length(index)) else {
                return Err(std::io::ErrorKind::InvalidInput.into());
            };
            let mut segment = vec![0; length as usize];
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut segment)?;
            Ok(segment)
        };
        Ok(link.upload(begin, read, &mut progress).await?)
    }
}
