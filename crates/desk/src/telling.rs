//! What a seat tells of what has come: to its browser, and to hooks.

use std::sync::Mutex;

use tokio::sync::broadcast;
use yichuan_unit::office::Failed;

use crate::hooked::Hooked;
use crate::news::News;
use crate::problem::Problem;
use crate::seat::{Held, lock};

impl Held {
    /// Takes in what has come, and tells browser and hooks of events that they were not told of.
    pub(crate) async fn tell(
        &mut self,
        news: &broadcast::Sender<News>,
        hooked: &Mutex<Hooked>,
    ) -> Result<(), Problem> {
        let told = self.told;
        let Some(session) = self.session.as_mut() else {
            return Ok(());
        };
        while let Some(push) = session.link.push_that_is_here() {
            session.feed.take(&push, &session.mirror)?;
        }
        let newest = session.feed.cursor();
        self.told = newest;
        self.forget_withheld()?;
        let Some(session) = self.session.as_ref() else {
            return Ok(());
        };
        let heard = lock(hooked).heard(newest)?;
        let told = if news.receiver_count() == 0 {
            newest
        } else {
            told
        };
        if newest <= told.min(heard) {
            return Ok(());
        }
        let registers = session.registers()?;
        let events = session.feed.events().iter();
        let mut notices = Vec::new();
        for event in events.filter(|event| event.sequence > told.min(heard)) {
            let document = registers.of_entry(event.index);
            let notice = session.notice(event, document).await?;
            if event.sequence > told {
                // Nobody may be listening.
                let _ = news.send(News::notice(&notice, session.mirror.roster()));
            }
            if event.sequence > heard {
                notices.push(notice);
            }
        }
        if notices.is_empty() {
            return Ok(());
        }
        let duty = match session.duty().await {
            Err(Failed::Link(why)) => return Err(Failed::Link(why).into()),
            // A roster that this account cannot open names nobody.
            duty => duty.ok().flatten(),
        };
        let policy = session.mirror.roster().policy();
        let on_duty = duty.map(|duty| duty.at(yichuan_unit::now(), policy.as_ref()));
        let people = on_duty.map(|on_duty| on_duty.people).unwrap_or_default();
        lock(hooked).tell(notices, &people)?;
        Ok(())
    }
}
