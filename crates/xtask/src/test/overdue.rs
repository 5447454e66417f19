//! A runner that does not end: after its limit it is ended, with everything that it started, so
//! that the parts before it are told and the parts after it run.

use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::running::{answer, succeeds_silently};

/// Watches over a process until it is told that the process has ended.
pub(super) struct Watch {
    ended: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watch {
    /// Ends the process and all that descend from it when `limit` is over.
    pub(super) fn over(process: u32, limit: Duration) -> Self {
        let (ended, told) = channel();
        let thread = std::thread::spawn(move || {
            let late = told.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late {
                end(process);
            }
            late
        });
        Self { ended, thread }
    }

    /// The process has ended; true if it was made to.
    pub(super) fn was_needed(self) -> bool {
        // Nobody listens any more where the limit was over.
        let _ = self.ended.send(());
        self.thread.join().unwrap_or(false)
    }
}

/// Ends a process with its descendants, which are found before any of them is gone.
fn end(process: u32) {
    let mut family = vec![process];
    let all = answer(Command::new("ps").args(["-e", "-o", "pid=,ppid="])).unwrap_or_default();
    let pairs: Vec<(u32, u32)> = all
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .collect();
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        let children = pairs.iter().filter(|pair| pair.1 == parent);
        family.extend(children.map(|pair| pair.0));
        at += 1;
    }
    let ids = family.iter().map(ToString::to_string);
    succeeds_silently(Command::new("kill").arg("-KILL").args(ids));
}
