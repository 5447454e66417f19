//! The unit's events: numbered, verified, kept, and only ever added to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::{Digest, Manifest, UnitCode, cbor};
use yichuan_evidence::entry::Entry;
use yichuan_wire::message::{Answer, Ask, Proven, Push};

use super::dossier::kept_manifest;
use super::failed::Failed;
use super::mirror::Mirror;
use super::numbers::Numbers;
use super::records::{append_record, read_records};
use super::register::Registers;
use super::verified::Verified;
use crate::link::Link;

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its number in the unit's feed.
    pub sequence: u64,
    /// The entry's index in the log.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
}

/// The unit's events as this computer has them.
pub struct Feed {
    path: PathBuf,
    unit: UnitCode,
    events: Vec<Event>,
    /// How long the file was when it was read.
    length: u64,
    made: Mutex<Made>,
}

/// Manifests, by their digests.
pub type Manifests = BTreeMap<Digest, Arc<Manifest>>;

/// What follows from the events and was made of them once: a register of many years is not made
/// anew for every look at it.
#[derive(Default)]
pub(super) struct Made {
    /// How many events were folded.
    folded: usize,
    registers: Arc<Registers>,
    /// Those that were read, whose digests were compared.
    manifests: Arc<Manifests>,
    pub(super) verified: Verified,
    pub(super) numbers: Arc<Numbers>,
}

/// An event as it is kept: the proof was checked when it came.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Kept {
    #[n(0)]
    index: u64,
    #[n(1)]
    entry: ByteVec,
}

impl Feed {
    /// The events that were kept in `home` for `unit`.
    pub fn load(home: &Path, unit: &UnitCode) -> Result<Self, Failed> {
        let path = home.join("feeds").join(unit.as_str());
        let mut feed = Self {
            path,
            unit: unit.clone(),
            events: Vec::new(),
            length: 0,
            made: Mutex::default(),
        };
        feed.refresh()?;
        Ok(feed)
    }

    /// Takes in what other programs, and other accounts at this desk, have kept meanwhile. The file
    /// is read only where it has grown.
    pub fn refresh(&mut self) -> Result<(), Failed> {
        let length = match std::fs::metadata(&self.path) {
            Ok(file) => file.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error.into()),
        };
        if length == self.length {
            return Ok(());
        }
        let events = kept_events(&self.path)?;
        // Those that are known are the first of them: what was made of them stays.
        if events.len() > self.events.len() {
            self.events = events;
        }
        self.length = length;
        Ok(())
    }

    /// What was made of the events, to be looked at or added to for a moment.
    pub(super) fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every manifest that is kept in `home`, of the documents that the events tell of.
    pub fn manifests_in(&self, home: &Path) -> Arc<Manifests> {
        let registers = self.registers();
        for digest in self.unread(registers.each().map(|it| it.about.manifest)) {
            if let Some(manifest) = kept_manifest(home, &digest) {
                self.have_read(digest, Arc::new(manifest));
            }
        }
        self.manifests()
    }

    /// Every manifest that was read.
    pub(super) fn manifests(&self) -> Arc<Manifests> {
        Arc::clone(&self.made().manifests)
    }

    /// Those of `wanted` that were not read yet.
    pub(super) fn unread(&self, wanted: impl IntoIterator<Item = Digest>) -> Vec<Digest> {
        let made = self.made();
        let wanted = wanted.into_iter();
        wanted
            .filter(|digest| !made.manifests.contains_key(digest))
            .collect()
    }

    /// A manifest that has this digest was read.
    pub(super) fn have_read(&self, digest: Digest, manifest: Arc<Manifest>) {
        Arc::make_mut(&mut self.made().manifests).insert(digest, manifest);
    }

    /// The unit's registers as the events tell them.
    pub fn registers(&self) -> Arc<Registers> {
        let mut made = self.made();
        let more = &self.events[made.folded..];
        if !more.is_empty() {
            Arc::make_mut(&mut made.registers).fold(more, &self.unit);
            made.folded = self.events.len();
        }
        Arc::clone(&made.registers)
    }

    /// The events, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Adds events that no exchange has sent.
    #[cfg(test)]
    pub(super) fn extend_for_test(&mut self, events: Vec<Event>) {
        self.events.extend(events);
    }

    /// The number of the last event.
    pub fn cursor(&self) -> u64 {
        self.events.last().map_or(0, |event| event.sequence)
    }

    /// Takes in everything up to now. Further pushes stay in the link for whoever waits for them.
    pub async fn catch_up(&mut self, mirror: &mut Mirror, link: &Link) -> Result<(), Failed> {
        let Answer::Subscribed(head) = link.ask(Ask::Subscribe(self.cursor())).await? else {
            return Err(Failed::Protocol);
        };
        while self.cursor() < head {
            let push = link.next_push().await?;
            self.take(&push, mirror)?;
            if self.cursor() == head {
                mirror.see(push.what.checkpoint.as_bytes(), link).await?;
            }
        }
        Ok(())
    }

    /// Takes one event in; one that is known changes nothing.
    pub fn take(&mut self, push: &Push, mirror: &Mirror) -> Result<Option<&Event>, Failed> {
        if push.sequence <= self.cursor() {
            return Ok(None);
        }
        if push.sequence != self.cursor() + 1 {
            return Err(Failed::FeedGap {
                expected: self.cursor() + 1,
                found: push.sequence,
            });
        }
        let (entry, _) = mirror.verify(&push.what)?;
        self.add(push.sequence, &push.what, entry)?;
        Ok(self.events.last())
    }

    fn add(&mut self, sequence: u64, what: &Proven, entry: Entry) -> Result<(), Failed> {
        let kept = Kept {
            index: what.entry.index,
            entry: what.entry.entry.clone(),
        };
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        append_record(&self.path, sequence, &cbor::to_vec(&kept))?;
        self.events.push(Event {
            sequence,
            index: what.entry.index,
            entry,
        });
        Ok(())
    }
}

fn kept_events(path: &Path) -> Result<Vec<Event>, Failed> {
    let mut events: Vec<Event> = Vec::new();
    for (sequence, bytes) in read_records(path)? {
        let last = events.last().map_or(0, |event| event.sequence);
        // An agent and a command may both have taken the same event in.
        if sequence <= last {
            continue;
        }
        let damaged = || Failed::Damaged(path.to_owned());
        if sequence != last + 1 {
            return Err(damaged());
        }
        let kept: Kept = cbor::read(&bytes, 64 << 10).map_err(|_| damaged())?;
        let entry = Entry::read(&kept.entry)?;
        events.push(Event {
            sequence,
            index: kept.index,
            entry,
        });
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::register::tests::Story;

    fn keep(feed: &Feed, event: &Event) {
        std::fs::create_dir_all(feed.path.parent().unwrap()).unwrap();
        let kept = Kept {
            index: event.index,
            entry: event.entry.to_bytes().into(),
        };
        append_record(&feed.path, event.sequence, &cbor::to_vec(&kept)).unwrap();
    }

    #[test]
    fn what_another_program_has_kept_is_taken_in_and_folded_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut feed = Feed::load(folder.path(), &"513200-zfb".parse().unwrap()).unwrap();
        assert_eq!((feed.cursor(), feed.registers().each().count()), (0, 0));
        let mut story = Story::dispatched();
        for event in &story.events {
            keep(&feed, event);
        }
        feed.refresh().unwrap();
        let before = feed.registers();
        assert_eq!((feed.cursor(), before.each().count()), (2, 1));
        story.fetch("513201-zf");
        // Both programs have taken the last one in, and only one of them the new one.
        keep(&feed, &story.events[1]);
        keep(&feed, &story.events[2]);
        assert_eq!(feed.cursor(), 2);
        feed.refresh().unwrap();
        assert_eq!(feed.cursor(), 3);
        let entries = |registers: &Registers| registers.each().next().unwrap().entries.len();
        assert_eq!((entries(&before), entries(&feed.registers())), (2, 3));
        feed.refresh().unwrap();
        assert_eq!(feed.cursor(), 3);
    }
}
