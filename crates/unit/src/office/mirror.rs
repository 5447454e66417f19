//! This computer's copy of the roster: every statement verified, folded and compared.
//!
//! What the exchange shows is believed only as far as it follows from the pinned genesis. A log
//! that shrinks or forks is refused, and what shows it is kept as proof.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use yichuan_document::key::PublicKey;
use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::roster::record::{Kind, Time};
use yichuan_document::roster::{RECORD_BYTES_MAX, Roster};
use yichuan_document::signed::Seen;
use yichuan_document::{Digest, cbor};
use yichuan_evidence::checkpoint::{self, Checkpoint, NoteKey, SignedCheckpoint};
use yichuan_evidence::entry::Entry;
use yichuan_evidence::proof::{self, Inclusion, Path as ProofPath, Relation};
use yichuan_wire::message::{Answer, Ask, Entries, Proof, Proven, ProvenEntry};

use super::failed::Failed;
use super::records::{append_record, read_records};
use crate::link::Link;
use yichuan_evidence::verify::RootPin;

/// The roster as this computer knows it, with the newest checkpoint that it has seen.
pub struct Mirror {
    folder: PathBuf,
    roster: Roster,
    next: u64,
    entries: Vec<(u64, Vec<u8>)>,
    newest: Option<SignedCheckpoint>,
    /// Every key that was certified for checkpoints, for what was kept before a rotation.
    certified: Vec<PublicKey>,
}

/// The roster as the log goes on.
pub struct RosterWalk<'m> {
    roster: Roster,
    rest: &'m [(u64, Vec<u8>)],
}

impl RosterWalk<'_> {
    /// The roster as it stood at `index`. Indexes only rise: it never goes back.
    pub fn to(&mut self, index: u64) -> Result<&Roster, Failed> {
        while let Some(((at, bytes), rest)) = self.rest.split_first()
            && *at <= index
        {
            let entry = Entry::read(bytes)?;
            let signed = entry.signed().map_err(|_| Failed::Protocol)?;
            let decided = self.roster.decide(&signed, entry.time)?;
            self.roster.apply(&decided);
            self.rest = rest;
        }
        Ok(&self.roster)
    }
}

impl Mirror {
    /// The copy that an earlier connection left in `home`; none where there was none.
    pub fn load(home: &Path, pin: &RootPin) -> Result<Option<Self>, Failed> {
        let folder = home.join("roster");
        let records = read_records(&folder.join("entries"))?;
        let mut mirror: Option<Self> = None;
        for (index, bytes) in records {
            match &mut mirror {
                // A desk and a command may both have taken the same entry in.
                Some(mirror) if index < mirror.next => {}
                None => mirror = Some(Self::begin(&folder, pin, index, bytes)?),
                Some(mirror) => mirror.fold(index, bytes)?,
            }
        }
        if let Some(mirror) = &mut mirror
            && let Ok(note) = fs::read(folder.join("checkpoint"))
        {
            mirror.newest = Some(mirror.verify_with(&note, &mirror.certified)?);
        }
        Ok(mirror)
    }

    /// Takes in what the exchange has recorded about the roster since.
    pub async fn follow(
        known: Option<Self>,
        home: &Path,
        pin: &RootPin,
        link: &Link,
    ) -> Result<Self, Failed> {
        if let Some(mut mirror) = known {
            mirror.advance(link).await?;
            return Ok(mirror);
        }
        let mut first = entries_from(link, 0).await?;
        if first.entries.is_empty() {
            return Err(Failed::Protocol);
        }
        let genesis = first.entries.remove(0);
        let folder = home.join("roster");
        let mut mirror = Self::begin(&folder, pin, genesis.index, genesis.entry.to_vec())?;
        first.entries.insert(0, genesis);
        mirror.take_in(first, link).await?;
        Ok(mirror)
    }

    /// Takes in what has changed since.
    pub async fn advance(&mut self, link: &Link) -> Result<(), Failed> {
        let page = entries_from(link, self.next).await?;
        self.take_in(page, link).await
    }

    async fn take_in(&mut self, first: Entries, link: &Link) -> Result<(), Failed> {
        let mut pages = vec![first];
        loop {
            let page = &pages[pages.len() - 1];
            for item in page.entries.iter().filter(|item| item.index > 0) {
                self.fold(item.index, item.entry.to_vec())?;
            }
            let Some(next) = page.next else { break };
            pages.push(entries_from(link, next.max(self.next)).await?);
        }
        // Only now is the key known that the checkpoints must be signed with.
        for page in &pages {
            self.verify_page(page)?;
        }
        self.keep(&pages)?;
        if let Some(last) = pages.last() {
            self.see(last.checkpoint.as_bytes(), link).await?;
        }
        Ok(())
    }

    /// The roster.
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The newest checkpoint, as statements name it.
    pub fn seen(&self) -> Option<Seen> {
        let checkpoint = self.newest.as_ref()?.checkpoint();
        Some(Seen {
            size: checkpoint.size,
            root: checkpoint.root,
        })
    }

    /// The roster's entries, for an evidence bundle.
    pub fn entries(&self) -> &[(u64, Vec<u8>)] {
        &self.entries
    }

    /// Every confirmation and correction of time by the authority, oldest first.
    pub fn times(&self) -> Result<Vec<Time>, Failed> {
        let mut times = Vec::new();
        // Where there is none, nothing has to be read for it.
        let entries = self.roster.time().map_or(&[][..], |_| &self.entries);
        for (_, bytes) in entries {
            let entry = Entry::read(bytes)?;
            let payload = entry.signed().and_then(|signed| signed.claimed()).ok();
            let act: Option<AuthorityAct> = payload.and_then(|payload| payload.body().ok());
            let changes = act.into_iter().flat_map(|act| act.changes);
            let put = changes.filter(|change| change.kind == Kind::Time);
            times.extend(
                put.filter_map(|change| cbor::read::<Time>(&change.record, RECORD_BYTES_MAX).ok()),
            );
        }
        Ok(times)
    }

    /// The roster as it stood from one index of the log to the next, for statements in order.
    pub fn walk(&self) -> Result<RosterWalk<'_>, Failed> {
        let ((_, genesis), rest) = self.entries.split_first().ok_or(Failed::Protocol)?;
        let signed = Entry::read(genesis)?
            .signed()
            .map_err(|_| Failed::Protocol)?;
        let roster = Roster::begin(&signed).map_err(|_| Failed::Protocol)?;
        Ok(RosterWalk { roster, rest })
    }

    /// Verifies one entry under its checkpoint.
    pub fn verify(&self, proven: &Proven) -> Result<(Entry, Checkpoint), Failed> {
        let signed = self.verify_note(proven.checkpoint.as_bytes())?;
        let entry = verify_entry(&proven.entry, signed.checkpoint())?;
        Ok((entry, signed.checkpoint().clone()))
    }

    /// Verifies the entries of one answer.
    pub fn verify_page(&self, page: &Entries) -> Result<Vec<(u64, Entry)>, Failed> {
        let signed = self.verify_note(page.checkpoint.as_bytes())?;
        let verify =
            |item: &ProvenEntry| Ok((item.index, verify_entry(item, signed.checkpoint())?));
        page.entries.iter().map(verify).collect()
    }

    /// Compares a checkpoint with the newest that was seen: the log may only have grown.
    pub async fn see(&mut self, note: &[u8], link: &Link) -> Result<(), Failed> {
        let signed = self.verify_note(note)?;
        let Some(old) = &self.newest else {
            return self.keep_checkpoint(signed);
        };
        let (old, new) = (old.checkpoint().clone(), signed.checkpoint().clone());
        match proof::compare(&old, &new) {
            Relation::Same => Ok(()),
            Relation::Later => {
                let answer = link.ask(Ask::Consistency(old.size)).await?;
                let Answer::Proof(Proof { path, checkpoint }) = answer else {
                    return Err(Failed::Protocol);
                };
                let newest = self.verify_note(checkpoint.as_bytes())?;
                let path = ProofPath::new(path).map_err(|_| Failed::Protocol)?;
                if proof::verify_growth(&old, newest.checkpoint(), &path).is_err() {
                    return Err(self.fork(&newest));
                }
                self.keep_checkpoint(newest)
            }
            // An answer that was under way when a newer one was seen.
            Relation::Earlier => Ok(()),
            _ => Err(self.fork(&signed)),
        }
    }

    /// Refuses to go on from a newer state than the exchange now shows.
    pub fn refuse_shrunk(&self, note: &str) -> Result<(), Failed> {
        let signed = self.verify_note(note.as_bytes())?;
        let Some(old) = &self.newest else {
            return Ok(());
        };
        match proof::compare(old.checkpoint(), signed.checkpoint()) {
            Relation::Same | Relation::Later => Ok(()),
            _ => Err(self.fork(&signed)),
        }
    }

    /// The size that a checkpoint of the exchange states.
    pub fn size_of(&self, note: &str) -> Result<u64, Failed> {
        Ok(self.verify_note(note.as_bytes())?.checkpoint().size)
    }

    /// A checkpoint with the lines of this log's own key only.
    pub fn own_lines(&self, note: &str) -> Result<String, Failed> {
        Ok(self.verify_note(note.as_bytes())?.export())
    }

    fn begin(folder: &Path, pin: &RootPin, index: u64, bytes: Vec<u8>) -> Result<Self, Failed> {
        let entry = Entry::read(&bytes)?;
        let signed = entry.signed().map_err(|_| Failed::Protocol)?;
        let roster = Roster::begin(&signed).map_err(|_| Failed::AnotherInstallation)?;
        if index != 0 || roster.genesis() != pin.genesis || *roster.origin() != pin.origin {
            return Err(Failed::AnotherInstallation);
        }
        Ok(Self {
            folder: folder.to_owned(),
            roster,
            next: 1,
            entries: vec![(0, bytes)],
            newest: None,
            certified: Vec::new(),
        })
    }

    fn fold(&mut self, index: u64, bytes: Vec<u8>) -> Result<(), Failed> {
        let entry = Entry::read(&bytes)?;
        let signed = entry.signed().map_err(|_| Failed::Protocol)?;
        let decided = self.roster.decide(&signed, entry.time)?;
        self.roster.apply(&decided);
        // Protocol rule 9: a client whose own fold disagrees stops.
        if index < self.next || entry.roster != self.roster.head() {
            return Err(Failed::RosterDisagrees { index });
        }
        self.next = index + 1;
        self.entries.push((index, bytes));
        let keys = self.roster.exchange().map(|keys| keys.checkpoint_keys());
        for key in keys.into_iter().flatten() {
            if !self.certified.contains(&key) {
                self.certified.push(key);
            }
        }
        Ok(())
    }

    fn verify_note(&self, note: &[u8]) -> Result<SignedCheckpoint, Failed> {
        let keys = self.roster.exchange().ok_or(Failed::ExchangeNotCertified)?;
        self.verify_with(note, &keys.checkpoint_keys())
    }

    fn verify_with(&self, note: &[u8], keys: &[PublicKey]) -> Result<SignedCheckpoint, Failed> {
        let origin = self.roster.origin();
        let keys: Result<Vec<NoteKey>, _> = keys
            .iter()
            .map(|key| NoteKey::of_log(origin, key.clone()))
            .collect();
        let keys = keys.map_err(|_| Failed::Checkpoint)?;
        checkpoint::verify(note, &keys).map_err(|_| Failed::Checkpoint)
    }

    fn keep(&self, pages: &[Entries]) -> Result<(), Failed> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join("entries");
        for item in pages.iter().flat_map(|page| &page.entries) {
            append_record(&path, item.index, &item.entry)?;
        }
        Ok(())
    }

    fn keep_checkpoint(&mut self, signed: SignedCheckpoint) -> Result<(), Failed> {
        fs::create_dir_all(&self.folder)?;
        crate::home::replace(&self.folder.join("checkpoint"), signed.export().as_bytes())?;
        self.newest = Some(signed);
        Ok(())
    }

    /// Two checkpoints that cannot both be true, kept as proof.
    fn fork(&self, other: &SignedCheckpoint) -> Failed {
        let ours = self
            .newest
            .as_ref()
            .map(SignedCheckpoint::export)
            .unwrap_or_default();
        let name = format!("fork-{}", Digest::of(other.export().as_bytes()));
        let path = self.folder.join(name);
        let kept = fs::File::create(&path)
            .and_then(|mut file| file.write_all(format!("{ours}\n{}", other.export()).as_bytes()));
        Failed::Fork {
            proof: kept.is_ok().then_some(path),
        }
    }
}

async fn entries_from(link: &Link, index: u64) -> Result<Entries, Failed> {
    match link.ask(Ask::RosterEntries(index)).await? {
        Answer::Entries(page) => Ok(page),
        _ => Err(Failed::Protocol),
    }
}

fn verify_entry(item: &ProvenEntry, checkpoint: &Checkpoint) -> Result<Entry, Failed> {
    let path = ProofPath::new(item.path.clone()).map_err(|_| Failed::Protocol)?;
    let inclusion = Inclusion {
        index: item.index,
        path,
    };
    inclusion
        .verify(&item.entry, checkpoint)
        .map_err(|_| Failed::NotInTheLog { index: item.index })?;
    Ok(Entry::read(&item.entry)?)
}
