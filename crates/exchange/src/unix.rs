//! What differs between operating systems: file modes and signals. The one Unix-only module.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Creates a file that only its owner can read; refuses to replace one.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// The mode of a file, if anybody but its owner has any right to it.
pub(crate) fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    let mode = file.metadata()?.mode() & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// The signals by which the program is asked to stop; none is lost from the moment they are heard.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to hear them; until then a signal ends the program on the spot.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until the program is asked to stop.
    pub(crate) async fn asked(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_signal_that_comes_before_anybody_waits_is_not_lost() {
        let signals = StopSignals::listen().unwrap();
        let own = std::process::id().to_string();
        let sent = Command::new("kill").args(["-TERM", &own]).status().unwrap();
        assert!(sent.success());
        let asked = tokio::time::timeout(Duration::from_secs(60), signals.asked());
        assert!(asked.await.is_ok(), "the signal was lost");
    }
}
