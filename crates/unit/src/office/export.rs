//! A document's evidence as one file (protocol rule 34).

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::PathBuf;

use minicbor::bytes::ByteVec;
use yichuan_document::Digest;
use yichuan_document::signed::Signed;
use yichuan_document::statement::Extract;
use yichuan_envelope::{Leaves, Opener};
use yichuan_evidence::bundle::{BundleWriter, Head, Opening, Proven};
use yichuan_evidence::proof::Path as ProofPath;
use yichuan_wire::message::{Answer, Ask, ExtractFile, InclusionOf, Proof, SegmentRange};

use super::dossier::Dossier;
use super::failed::Failed;
use super::session::Session;
use crate::link::LinkFailed;

/// What an export carries of the document itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// The content key and the files: whoever has the bundle can read the document.
    Content,
    /// The encrypted body: the bundle proves without showing.
    Ciphertext,
}

impl Session {
    /// Writes the evidence bundle of a document.
    pub async fn export<W: Write + Send>(
        &mut self,
        digest: Digest,
        carries: Carries,
        out: W,
    ) -> Result<(), Failed> {
        let Answer::Extract(extract) = self.link.ask(Ask::Extract(digest)).await? else {
            return Err(Failed::Protocol);
        };
        let ExtractFile {
            statement,
            checkpoint,
        } = extract;
        self.follow().await?;
        let size = self.mirror.size_of(&checkpoint)?;
        let listed = listed_entries(&statement, size)?;
        let dossier = self.dossier(digest).await?;
        let leaves = self.leaves(&dossier).await?;
        let mut head = Head {
            roster: self.roster_below(size).await?,
            entries: Vec::new(),
            attachments: self.attachments(&dossier, &listed).await?,
            checkpoint: self.mirror.own_lines(&checkpoint)?,
            extract: statement,
            leaves: ByteVec::from(leaves.to_bytes()),
            wraps: Vec::new(),
            opening: None,
        };
        for statement in dossier
            .statements
            .iter()
            .filter(|s| listed.contains(&s.index))
        {
            let entry = statement.entry.to_bytes();
            head.entries
                .push(self.proven(statement.index, entry, size).await?);
        }
        let body = self.ciphertext(&dossier, &leaves).await?;
        match carries {
            Carries::Ciphertext => write_ciphertext(&head, body, out),
            Carries::Content => self.write_content(&dossier, &leaves, head, body, out).await,
        }
    }

    async fn write_content<W: Write + Send>(
        &self,
        dossier: &Dossier,
        leaves: &Leaves,
        mut head: Head,
        mut body: File,
        out: W,
    ) -> Result<(), Failed> {
        let key = self.content_key(dossier).await?;
        let roster = self.mirror.roster();
        let genesis = roster.genesis();
        let opener = Opener::new(&dossier.manifest, leaves, &key, &genesis, roster.origin())?;
        let mut fetch =
            |index: u32, buffer: &mut Vec<u8>| read_segment(&mut body, leaves, index, buffer);
        let opened = opener.header(&mut fetch)?;
        head.opening = Some(Opening {
            key,
            header: opened.header().to_bytes(),
        });
        let mut writer = BundleWriter::begin(BufWriter::with_capacity(1 << 20, out), &head)
            .map_err(|why| Failed::Envelope(why.to_string()))?;
        for place in 0..opened.header().parts.len() {
            opener.part(&opened, place, &mut fetch, &mut writer, &mut |_| {})?;
        }
        writer
            .finish()
            .map_err(|why| Failed::Envelope(why.to_string()))?
            .flush()?;
        Ok(())
    }

    async fn roster_below(&self, size: u64) -> Result<Vec<Proven>, Failed> {
        let mut proven = Vec::new();
        for (index, entry) in self.mirror.entries() {
            if *index < size {
                proven.push(self.proven(*index, entry.clone(), size).await?);
            }
        }
        Ok(proven)
    }

    async fn proven(&self, index: u64, entry: Vec<u8>, size: u64) -> Result<Proven, Failed> {
        let answer = self
            .link
            .ask(Ask::Inclusion(InclusionOf { index, size }))
            .await?;
        let Answer::Proof(Proof { path, .. }) = answer else {
            return Err(Failed::Protocol);
        };
        let path = ProofPath::new(path).map_err(|_| Failed::Protocol)?;
        Ok(Proven {
            index,
            entry: ByteVec::from(entry),
            path,
        })
    }

    /// What the entries name, in the order in which they first name it; the wrap list is the
    /// issuers' alone.
    async fn attachments(&self, dossier: &Dossier, listed: &[u64]) -> Result<Vec<ByteVec>, Failed> {
        let mut seen = Vec::new();
        let mut attachments = Vec::new();
        for statement in dossier
            .statements
            .iter()
            .filter(|s| listed.contains(&s.index))
        {
            for (place, named) in statement.entry.attachments.iter().enumerate() {
                if seen.contains(&named.digest) {
                    continue;
                }
                seen.push(named.digest);
                match self.attachment(statement, place).await {
                    Ok(bytes) => attachments.push(ByteVec::from(bytes)),
                    Err(Failed::Link(LinkFailed::Refused(_))) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(attachments)
    }

    /// The encrypted body: where it was composed or fetched, else downloaded once more.
    async fn ciphertext(&self, dossier: &Dossier, leaves: &Leaves) -> Result<File, Failed> {
        let id = dossier.manifest.id.to_string();
        let places: [PathBuf; 2] = [
            self.home.join("outgoing").join(id).join("body"),
            self.incoming(&dossier.digest).join("body"),
        ];
        for path in places {
            if let Ok(file) = File::open(path)
                && file.metadata()?.len() == leaves.body_bytes()
            {
                return Ok(file);
            }
        }
        let mut file = tempfile::tempfile_in(&self.home)?;
        let roster = self.mirror.roster();
        let mut link = self
            .link
            .body(|exporter| self.identity.session(roster, exporter))
            .await?;
        let range = SegmentRange {
            document: dossier.digest,
            first: 0,
            count: leaves.count(),
        };
        link.download(range, |index, bytes| {
            leaves
                .verify_segment(index, bytes)
                .map_err(io::Error::other)?;
            file.write_all(bytes)
        })
        .await?;
        Ok(file)
    }
}

fn listed_entries(statement: &[u8], size: u64) -> Result<Vec<u64>, Failed> {
    let signed = Signed::read(statement).map_err(|_| Failed::Protocol)?;
    let payload = signed.claimed().map_err(|_| Failed::Protocol)?;
    let body: Extract = payload.body().map_err(|_| Failed::Protocol)?;
    if body.size == size {
        Ok(body.entries)
    } else {
        Err(Failed::Protocol)
    }
}

fn write_ciphertext<W: Write>(head: &Head, mut body: File, out: W) -> Result<(), Failed> {
    let failed = |why: yichuan_evidence::bundle::NotWritten| Failed::Envelope(why.to_string());
    let out = BufWriter::with_capacity(1 << 20, out);
    let mut writer = BundleWriter::begin(out, head).map_err(failed)?;
    body.seek(SeekFrom::Start(0))?;
    io::copy(&mut body, &mut writer)?;
    writer.finish().map_err(failed)?.flush()?;
    Ok(())
}

/// Reads a segment of an encrypted body; the opener verifies it.
pub(super) fn read_segment(
    body: &mut File,
    leaves: &Leaves,
    index: u32,
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    let (Some(offset), Some(length)) = (leaves.offset(index), leaves.length(index)) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    buffer.resize(length as usize, 0);
    body.seek(SeekFrom::Start(offset))?;
    body.read_exact(buffer)
}
