//! The hooks of a home, where a seat for OA systems tells them of what happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use yichuan_unit::hooks::Hooks;
use yichuan_unit::office::notices::Notice;

/// How often it is looked whether there are hooks that no agent tells.
const HOOKS_EVERY: Duration = Duration::from_secs(5);

/// The hooks of the home, where this seat tells them.
#[derive(Default)]
pub(crate) struct Hooked {
    hooks: Option<Arc<Hooks>>,
    at_work: Vec<tokio::task::JoinHandle<()>>,
    /// The last event that they were told of; none before the first look.
    heard: Option<u64>,
    tried: Option<Instant>,
}

impl Hooked {
    /// Puts the hooks to work, where there are any and no agent has them; tells whether they are.
    pub(crate) fn work(&mut self, home: &std::path::Path) -> bool {
        let due = self.tried.is_none_or(|at| at.elapsed() >= HOOKS_EVERY);
        if self.hooks.is_none() && due {
            self.tried = Some(Instant::now());
            match Hooks::of(home) {
                Ok(Some(hooks)) => {
                    self.at_work = hooks.work();
                    self.hooks = Some(hooks);
                }
                Ok(None) => {}
                Err(why) => tracing::warn!("hooks: {why:?}"),
            }
        }
        self.is_at_work()
    }

    /// Whether they are at work.
    pub(crate) const fn is_at_work(&self) -> bool {
        self.hooks.is_some()
    }

    /// Lets them go: what waits for them waits on the disk.
    pub(crate) fn rest(&mut self) {
        for work in self.at_work.drain(..) {
            work.abort();
        }
        self.hooks = None;
        self.heard = None;
        self.tried = None;
    }

    /// The last event that they were told of; `newest` where there are none.
    pub(crate) fn heard(&mut self, newest: u64) -> std::io::Result<u64> {
        let Some(hooks) = &self.hooks else {
            return Ok(newest);
        };
        let heard = match self.heard {
            Some(heard) => heard,
            None => hooks.taken_up(newest)?,
        };
        self.heard = Some(heard);
        Ok(heard)
    }

    /// Tells them of what happened, with who is on duty.
    pub(crate) fn tell(&mut self, notices: Vec<Notice>, on_duty: &[String]) -> std::io::Result<()> {
        let (Some(hooks), Some(last)) = (&self.hooks, notices.last().map(|it| it.sequence)) else {
            return Ok(());
        };
        let with_duty = notices.into_iter().map(|notice| (notice, on_duty.to_vec()));
        let lost = hooks.take_up(&with_duty.collect::<Vec<_>>())?;
        if lost > 0 {
            tracing::warn!("hooks: {lost} events were dropped");
        }
        self.heard = Some(last);
        Ok(())
    }
}

impl Drop for Hooked {
    fn drop(&mut self) {
        self.rest();
    }
}
