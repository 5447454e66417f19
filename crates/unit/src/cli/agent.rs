//! Keeping the connection: announcements are taken in as they come, and bodies ahead of the fetch.
//!
//! It waits with the home free, so that commands work beside it, and connects again when the
//! connection is lost. What it never does: fetch, sign or decide anything.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use yichuan_document::Digest;
use yichuan_evidence::entry::EntryKind;

use super::Globals;
use super::acting::block_on;
use crate::home::Home;
use crate::lang::{local, say, size};
use crate::office::feed::Event;
use crate::office::place::{Place, Unlocked};
use crate::office::register::Registers;
use crate::office::{Failed, Session};

/// How long the first attempt to connect again waits, and the longest wait between two.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// `yichuan agent`.
#[derive(Debug, Args)]
pub(super) struct Agent {
    /// 收到若干条后退出 · end after so many events
    #[arg(long)]
    events: Option<u64>,
    /// 不预先下载正文密文 · do not download encrypted bodies ahead of the fetch
    #[arg(long)]
    no_prefetch: bool,
}

/// What the agent needs to connect again, and how far it has come.
struct Watch<'a> {
    globals: &'a Globals,
    folder: PathBuf,
    place: Place,
    unlocked: Unlocked,
    prefetch: bool,
    left: Option<u64>,
    told: u64,
}

impl Agent {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        block_on(async {
            let (mut session, unlocked) = globals.session(&home, None).await?;
            let mut watch = Watch {
                globals,
                folder: home.folder().to_owned(),
                place: Place::of(&home)?,
                unlocked,
                prefetch: !self.no_prefetch,
                left: self.events,
                told: session.feed.cursor(),
            };
            // Other commands may use the home while this one waits.
            drop(home);
            loop {
                eprintln!(
                    "{}",
                    say("已连接，等待通知", "connected, waiting for announcements")
                );
                match watch.follow(&mut session).await {
                    Err(Failed::Link(why)) if why.passes() => {
                        eprintln!("{}: {why}", say("连接中断", "the connection is lost"));
                    }
                    ended => return ended,
                }
                session = watch.connect_again().await?;
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Watch<'_> {
    /// Tells of events until as many have come as were asked for.
    async fn follow(&mut self, session: &mut Session) -> Result<(), Failed> {
        loop {
            self.catch_up(session).await?;
            if self.left == Some(0) {
                return Ok(());
            }
            let push = session.link.next_push().await?;
            session.feed.take(&push, &session.mirror)?;
        }
    }

    /// Tells of what was not told yet: also of what came while the connection was lost.
    async fn catch_up(&mut self, session: &Session) -> Result<(), Failed> {
        let told = self.told;
        let events = session.feed.events().iter();
        for event in events.filter(|event| event.sequence > told) {
            if self.left == Some(0) {
                return Ok(());
            }
            self.tell(event);
            self.told = event.sequence;
            self.left = self.left.map(|left| left - 1);
            if self.prefetch
                && matches!(
                    event.entry.kind,
                    EntryKind::Dispatch | EntryKind::Redirection
                )
            {
                self.fetch_ahead(session, event).await?;
            }
        }
        Ok(())
    }

    fn tell(&self, event: &Event) {
        let (kind, time, index) = (event.entry.kind, event.entry.time, event.index);
        self.globals.print(
            &json!({
                "kind": kind.code(),
                "index": index,
                "time_ms": time.unix_ms(),
                "sequence": event.sequence,
            }),
            &format!("{} {kind:?} {index}", local(time)),
        );
    }

    /// Downloads the body of a document that was dispatched to this unit.
    async fn fetch_ahead(&self, session: &Session, event: &Event) -> Result<(), Failed> {
        let Some(manifest) = incoming(session, event) else {
            return Ok(());
        };
        // Nobody else writes there meanwhile.
        let home = Home::take(&self.folder, "agent")?;
        let fetched = session.prefetch(manifest).await;
        drop(home);
        match fetched {
            Ok(bytes) => eprintln!(
                "{} ({})",
                say("密文已预先下载", "the encrypted body is here"),
                size(bytes)
            ),
            Err(Failed::Link(why)) if why.passes() => return Err(Failed::Link(why)),
            // The fetch itself will say it again, to somebody who can act on it.
            Err(why) => eprintln!("{}: {why}", say("预先下载未成", "not downloaded ahead")),
        }
        Ok(())
    }

    async fn connect_again(&self) -> Result<Session, Failed> {
        let (mut wait, longest) = RETRY;
        loop {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(longest);
            let home = Home::take(&self.folder, "agent")?;
            let contact = self.place.contact(&home);
            match Session::open(&contact, self.unlocked.identity()).await {
                Err(Failed::Link(why)) if why.passes() => {
                    eprintln!("{}: {why}", say("尚未连上", "not connected yet"));
                }
                // Whoever comes back with the token need not start the agent anew.
                Err(Failed::Token(why)) if why.passes() => {
                    let code = why.code();
                    eprintln!("{code} {}", say(code.zh(), code.en()));
                }
                opened => return opened,
            }
        }
    }
}

/// The document of an event, where it comes from another unit.
fn incoming(session: &Session, event: &Event) -> Option<Digest> {
    let registers = Registers::of(&session.feed, &session.identity.unit());
    let document = registers
        .documents()
        .find(|document| document.entries.contains(&event.index))?;
    (!document.outgoing).then_some(document.about.manifest)
}
