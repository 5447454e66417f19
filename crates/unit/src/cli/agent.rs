//! Keeping the connection: announcements are taken in as they come, and bodies ahead of the fetch.
//!
//! It waits with the home free, so that commands work beside it, and connects again when the
//! connection is lost. What it never does: fetch, sign or decide anything.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use yichuan_document::terms::Urgency;
use yichuan_document::{Digest, Timestamp, UnitCode};

use super::Globals;
use super::acting::block_on;
use super::duty::words as duty_words;
use crate::home::Home;
use crate::hooks::Hooks;
use crate::lang::{local, say, size};
use crate::office::duty::OnDuty;
use crate::office::feed::Event;
use crate::office::notices::Notice;
use crate::office::place::{Place, Unlocked};
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
    /// Bodies that are to be downloaded.
    ahead: Vec<(Urgency, Digest)>,
    hooks: Option<Arc<Hooks>>,
    /// The number of the last event that the hooks have taken up.
    hooked: Option<u64>,
}

impl Agent {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        block_on(async {
            let (mut session, unlocked) = globals.session(&home, None).await?;
            let hooks = Hooks::of(home.folder()).map_err(Failed::Hooks)?;
            let newest = session.feed.cursor();
            let hooked = hooks.as_ref().map(|hooks| hooks.taken_up(newest));
            let at_work = hooks.as_ref().map(Hooks::work).unwrap_or_default();
            let mut watch = Watch {
                globals,
                folder: home.folder().to_owned(),
                place: Place::of(&home)?,
                unlocked,
                prefetch: !self.no_prefetch,
                left: self.events,
                told: newest,
                ahead: Vec::new(),
                hooks,
                hooked: hooked.transpose()?,
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
                    ended => {
                        for work in at_work {
                            work.abort();
                        }
                        if let Some(hooks) = &watch.hooks {
                            hooks.finish().await;
                        }
                        return ended;
                    }
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

    /// Tells of what was not told yet: also of what came while the connection was lost. Bodies are
    /// downloaded afterwards, those of urgent documents first.
    async fn catch_up(&mut self, session: &mut Session) -> Result<(), Failed> {
        loop {
            self.tell_all(session).await?;
            if !self.prefetch {
                return Ok(());
            }
            // Of the most urgent ones the first that came.
            let first = self.ahead.iter().enumerate().rev();
            let first = first.max_by_key(|(_, (urgency, _))| *urgency);
            let Some((place, _)) = first else {
                return Ok(());
            };
            let (urgency, manifest) = self.ahead.remove(place);
            let fetched = self.fetch_ahead(session, manifest).await;
            if fetched.is_err() {
                // The connection is lost; it is the first again after it.
                self.ahead.insert(0, (urgency, manifest));
            }
            fetched?;
            // What has come meanwhile may be more urgent than what is left.
            while let Some(push) = session.link.push_that_is_here() {
                session.feed.take(&push, &session.mirror)?;
            }
        }
    }

    async fn tell_all(&mut self, session: &Session) -> Result<(), Failed> {
        let told = self.told.min(self.hooked.unwrap_or(u64::MAX));
        let events = session.feed.events().iter();
        let news: Vec<&Event> = events.filter(|event| event.sequence > told).collect();
        if news.is_empty() || self.left == Some(0) {
            return Ok(());
        }
        let duty = match session.duty().await {
            Err(Failed::Link(why)) => return Err(Failed::Link(why)),
            // A roster that this account cannot open names nobody.
            duty => duty.ok().flatten(),
        };
        let policy = session.mirror.roster().policy();
        let registers = session.registers()?;
        let mut hooked = Vec::new();
        for event in news {
            if self.left == Some(0) {
                break;
            }
            let document = registers.of_entry(event.index);
            let notice = session.notice(event, document).await?;
            let now = crate::now();
            let on_duty = duty.as_ref().map(|duty| duty.at(now, policy.as_ref()));
            let on_duty = on_duty.unwrap_or_default();
            if event.sequence > self.told {
                self.tell(&notice, &on_duty);
                self.told = event.sequence;
                self.left = self.left.map(|left| left - 1);
                let arrived = notice.arrived();
                self.ahead
                    .extend(arrived.map(|manifest| (notice.urgency, manifest)));
            }
            if self.hooked.is_some_and(|hooked| event.sequence > hooked) {
                hooked.push((notice, on_duty.people));
            }
        }
        self.take_up(&hooked)
    }

    /// Hands what is new to the hooks.
    fn take_up(&mut self, news: &[(Notice, Vec<String>)]) -> Result<(), Failed> {
        let (Some(hooks), Some((last, _))) = (&self.hooks, news.last()) else {
            return Ok(());
        };
        let lost = hooks.take_up(news)?;
        if lost > 0 {
            let words = say("通知积压，丢弃", "too much waits for the hooks; dropped");
            eprintln!("{words}: {lost}");
        }
        self.hooked = Some(last.sequence);
        Ok(())
    }

    /// Tells of a notice: what, of which document, for whom; what is urgent louder.
    fn tell(&self, notice: &Notice, on_duty: &OnDuty) {
        let document = notice.document.map(|about| about.document.to_string());
        let urgency = notice.urgency;
        let mut text = format!(
            "{} {}",
            local(notice.time),
            say(notice.kind.zh(), notice.kind.name())
        );
        if notice.is_urgent() {
            text = format!("!! {} {text}", say(urgency.zh(), urgency.en()));
        }
        if let Some(unit) = &notice.unit {
            text.push_str(&format!(" {unit}"));
        }
        if let Some(document) = &document {
            text.push_str(&format!(" {document}"));
        }
        if let Some(percent) = notice.percent {
            text.push_str(&format!(" {percent}%"));
        }
        if let Some(due) = notice.due {
            text.push_str(&format!("; {} {}", say("期限", "due"), local(due)));
        }
        let to = say(notice.to.zh(), notice.to.name());
        text.push_str(&format!("; {} {to}", say("办理", "for")));
        if !on_duty.people.is_empty() {
            let duty = duty_words(on_duty);
            text.push_str(&format!("; {} {duty}", say("值班", "on duty")));
        }
        if notice.is_urgent() && std::io::stdout().is_terminal() {
            // The terminal's bell.
            text.push('\u{7}');
        }
        self.globals.print(
            &json!({
                "kind": notice.entry,
                "event": notice.kind.name(),
                "for": notice.to.name(),
                "urgency": urgency.en(),
                "document": document,
                "unit": notice.unit.as_ref().map(UnitCode::as_str),
                "due_ms": notice.due.map(Timestamp::unix_ms),
                "percent": notice.percent,
                "on_duty": on_duty.people,
                "index": notice.index,
                "time_ms": notice.time.unix_ms(),
                "sequence": notice.sequence,
            }),
            &text,
        );
    }

    /// Downloads the body of a document that has come.
    async fn fetch_ahead(&self, session: &Session, manifest: Digest) -> Result<(), Failed> {
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
