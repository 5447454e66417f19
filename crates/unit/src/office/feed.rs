//! The unit's events: numbered, verified, kept, and only ever added to.

use std::path::{Path, PathBuf};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::{UnitCode, cbor};
use yichuan_evidence::entry::Entry;
use yichuan_wire::message::{Answer, Ask, Proven, Push};

use super::failed::Failed;
use super::mirror::Mirror;
use super::records::{append_record, read_records};
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
    events: Vec<Event>,
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
        let mut events: Vec<Event> = Vec::new();
        for (sequence, bytes) in read_records(&path)? {
            let last = events.last().map_or(0, |event| event.sequence);
            // An agent and a command may both have taken the same event in.
            if sequence <= last {
                continue;
            }
            if sequence != last + 1 {
                return Err(Failed::Damaged(path));
            }
            let kept: Kept =
                cbor::read(&bytes, 64 << 10).map_err(|_| Failed::Damaged(path.clone()))?;
            let entry = Entry::read(&kept.entry)?;
            events.push(Event {
                sequence,
                index: kept.index,
                entry,
            });
        }
        Ok(Self { path, events })
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
