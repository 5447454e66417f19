//! What waits for its hook: one small file for each event and hook, so that it survives the agent.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::home::{read_at_most, replace};
use crate::unix;

/// The most events that wait for one hook.
pub(super) const WAITING_MAX: usize = 1_000;
/// The most bytes of one.
const ITEM_BYTES_MAX: u64 = 16 << 10;
/// The waits before the next attempts, in seconds; after the last one it is given up.
const WAITS: [u64; 9] = [5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400];

/// The most characters that are kept of why an attempt failed.
const WHY_CHARS_MAX: usize = 200;

/// What waits for a hook, for whoever looks after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many events.
    pub count: usize,
    /// How often the first of them was tried.
    pub attempts: usize,
    /// When it is tried next, in milliseconds since 1970.
    pub next_ms: u64,
    /// Why it was not delivered.
    pub failed: Option<String>,
}

/// An event that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    hook: String,
    urgent: bool,
    attempts: usize,
    next_ms: u64,
    event: Value,
    /// Why the last attempt failed.
    #[serde(default)]
    failed: Option<String>,
}

/// What is next for a hook.
#[derive(Debug)]
pub(super) enum Next {
    /// This one, under this name.
    Due(String, Box<Item>),
    /// Nothing now; something in so many milliseconds.
    In(u64),
    /// Nothing.
    Nothing,
}

/// The events that wait.
#[derive(Debug)]
pub(super) struct Queue {
    folder: PathBuf,
}

impl Item {
    pub(super) fn new(hook: &str, urgent: bool, event: Value) -> Self {
        Self {
            hook: hook.to_owned(),
            urgent,
            attempts: 0,
            next_ms: 0,
            event,
            failed: None,
        }
    }

    pub(super) const fn event(&self) -> &Value {
        &self.event
    }
}

impl Queue {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        unix::create_private_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Puts an event in, unless it is there; tells how many ordinary ones had to go for it.
    pub(super) fn push(&self, sequence: u64, item: &Item) -> io::Result<usize> {
        let name = format!("{sequence:020}-{}", item.hook);
        let path = self.folder.join(&name);
        if path.exists() {
            return Ok(0);
        }
        let waiting = self.of_hook(&item.hook)?;
        let mut lost = 0;
        if waiting.len() >= WAITING_MAX {
            // The oldest that is not urgent; where all are urgent, the oldest.
            let ordinary = waiting.iter().find(|(_, item)| !item.urgent);
            if let Some((oldest, _)) = ordinary.or(waiting.first()) {
                fs::remove_file(self.folder.join(oldest))?;
                lost = 1;
            }
        }
        self.write(&name, item)?;
        Ok(lost)
    }

    fn write(&self, name: &str, item: &Item) -> io::Result<()> {
        let bytes = serde_json::to_vec(item).map_err(io::Error::other)?;
        replace(&self.folder.join(name), &bytes)
    }

    /// What is next for a hook: urgent events first, each kind in its order.
    pub(super) fn next(&self, hook: &str, now_ms: u64) -> Next {
        let Ok(mut waiting) = self.of_hook(hook) else {
            return Next::In(60_000);
        };
        waiting.sort_by_key(|(name, item)| (!item.urgent, name.clone()));
        let soonest = waiting.iter().map(|(_, item)| item.next_ms).min();
        let due = waiting.into_iter().find(|(_, item)| item.next_ms <= now_ms);
        match (due, soonest) {
            (Some((name, item)), _) => Next::Due(name, Box::new(item)),
            (None, Some(at)) => Next::In(at.saturating_sub(now_ms)),
            (None, None) => Next::Nothing,
        }
    }

    /// It was delivered.
    pub(super) fn done(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    /// It was not delivered, for that reason: it waits, or is given up.
    pub(super) fn again(
        &self,
        name: &str,
        mut item: Item,
        now_ms: u64,
        why: &str,
    ) -> io::Result<()> {
        let Some(wait) = WAITS.get(item.attempts) else {
            eprintln!("hook {}: {} is given up", item.hook, item.event["id"]);
            return self.done(name);
        };
        item.attempts += 1;
        item.failed = Some(why.chars().take(WHY_CHARS_MAX).collect());
        item.next_ms = now_ms.saturating_add(wait * 1_000);
        self.write(name, &item)
    }

    /// What waits for a hook, and how it stands with what was tried the most.
    pub(super) fn waiting(&self, hook: &str) -> io::Result<Waiting> {
        let waiting = self.of_hook(hook)?;
        let count = waiting.len();
        let tried = waiting.into_iter().max_by_key(|(_, item)| item.attempts);
        Ok(tried.map_or_else(Waiting::default, |(_, item)| Waiting {
            count,
            attempts: item.attempts,
            next_ms: item.next_ms,
            failed: item.failed,
        }))
    }

    /// What waits for a hook, in order; a file that cannot be read is none of ours.
    fn of_hook(&self, hook: &str) -> io::Result<Vec<(String, Item)>> {
        let mut waiting = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let named = name.get(20..).and_then(|rest| rest.strip_prefix('-'));
            if named != Some(hook) {
                continue;
            }
            let bytes = read_at_most(&self.folder.join(&name), ITEM_BYTES_MAX);
            let item = bytes
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok());
            waiting.extend(item.map(|item| (name, item)));
        }
        waiting.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(waiting)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(urgent: bool, id: u64) -> Item {
        Item::new("sms", urgent, json!({ "id": id }))
    }

    fn next_id(queue: &Queue, now: u64) -> Option<u64> {
        match queue.next("sms", now) {
            Next::Due(_, item) => item.event()["id"].as_u64(),
            _ => None,
        }
    }

    #[test]
    fn urgent_events_go_first_and_what_failed_waits_longer_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(folder.path()).unwrap();
        for (sequence, urgent) in [(1, false), (2, true), (3, false)] {
            queue.push(sequence, &item(urgent, sequence)).unwrap();
        }
        assert_eq!(next_id(&queue, 0), Some(2));
        let mut now = 0;
        let mut attempts = 0;
        while let Next::Due(name, item) = queue.next("sms", now) {
            if item.event()["id"] != 2 {
                break;
            }
            queue.again(&name, *item, now, "status 500").unwrap();
            attempts += 1;
            // The others do not wait for it.
            if attempts < WAITS.len() {
                assert_eq!(next_id(&queue, now), Some(1));
            }
            now += WAITS.get(attempts - 1).copied().unwrap_or(0) * 1_000;
        }
        assert_eq!(attempts, WAITS.len() + 1, "then it is given up");
        assert_eq!(next_id(&queue, now), Some(1));
    }

    #[test]
    fn an_event_is_put_in_once_and_survives() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(folder.path()).unwrap();
        queue.push(7, &item(false, 7)).unwrap();
        queue.push(7, &item(false, 8)).unwrap();
        let Next::Due(name, waiting) = queue.next("sms", 0) else {
            panic!("nothing is due");
        };
        assert_eq!(waiting.event()["id"], 7);
        queue.again(&name, *waiting, 0, "status 500").unwrap();
        let told = queue.waiting("sms").unwrap();
        assert_eq!((told.count, told.attempts, told.next_ms), (1, 1, 5_000));
        assert_eq!(told.failed.as_deref(), Some("status 500"));
        let again = Queue::open(folder.path()).unwrap();
        assert!(matches!(again.next("sms", 0), Next::In(5_000)));
        assert!(matches!(again.next("other", 0), Next::Nothing));
        fs::write(folder.path().join("00000000000000000001-sms"), "{").unwrap();
        assert_eq!(
            next_id(&again, 5_000),
            Some(7),
            "what is damaged is passed over"
        );
        again.done(&name).unwrap();
        assert!(matches!(again.next("sms", 5_000), Next::Nothing));
    }

    #[test]
    fn h4_a_hook_that_never_answers_fills_no_disk() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(folder.path()).unwrap();
        for sequence in 0..WAITING_MAX as u64 {
            // Written by hand: each push looks through all that wait.
            let name = format!("{sequence:020}-sms");
            let bytes = serde_json::to_vec(&item(sequence == 0, sequence)).unwrap();
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let lost = queue.push(5_000, &item(false, 5_000)).unwrap();
        assert_eq!(lost, 1);
        let waiting = queue.of_hook("sms").unwrap();
        assert_eq!(waiting.len(), WAITING_MAX);
        assert_eq!(waiting[0].1.event()["id"], 0, "urgent ones stay");
        assert_eq!(waiting[1].1.event()["id"], 2);
    }
}
