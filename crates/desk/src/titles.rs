//! Titles of documents: opened one by one, for each is a small download, and kept in memory until
//! the desk is locked.

use yichuan_document::Digest;
use yichuan_document::life::DeliveryState;
use yichuan_unit::office::Failed;
use yichuan_unit::office::register::Document;

use crate::problem::Problem;
use crate::seat::Held;

/// How many titles are opened while nobody works, each time that somebody looks.
const AT_ONCE: usize = 5;
/// Of how many documents titles are opened so: what lists show first. Older ones are opened where
/// they are listed.
const NEWEST: usize = 1_000;

/// Whether an account of `unit` can open a document now: an own one, or one that was fetched.
pub(crate) fn can_open(document: &Document, unit: &yichuan_document::UnitCode) -> bool {
    document.outgoing || document.state_of(unit) != DeliveryState::Announced
}

impl Held {
    /// Opens of these titles at most `most` that were not opened before; tells how many it opened.
    /// One that stays closed stays without. Does nothing without a session.
    pub(crate) async fn open_titles(
        &mut self,
        wanted: impl IntoIterator<Item = Digest>,
        most: usize,
    ) -> Result<usize, Problem> {
        let unopened = wanted
            .into_iter()
            .filter(|digest| !self.titles.contains_key(digest) && !self.untitled.contains(digest));
        let unopened: Vec<Digest> = unopened.take(most).collect();
        let mut opened = 0;
        for digest in unopened {
            let Some(session) = self.session.as_ref() else {
                break;
            };
            match session.review(digest).await {
                Ok(review) => {
                    let title = review.opened.header().title.clone();
                    self.titles.insert(digest, title);
                    opened += 1;
                }
                Err(Failed::Link(why)) if why.passes() => return Err(Failed::Link(why).into()),
                // Not assigned to this account, without a share of the key, or returned since.
                Err(_) => {
                    self.untitled.insert(digest);
                }
            }
        }
        Ok(opened)
    }

    /// Opens a few titles of documents from before this account signed in, the newest first, so
    /// that lists have them all after a while.
    pub(crate) async fn open_more_titles(&mut self) -> Result<usize, Problem> {
        let Some(session) = self.session.as_ref() else {
            return Ok(0);
        };
        let last = session.feed.cursor();
        if self.titled_to == Some(last) {
            return Ok(0);
        }
        let unit = self.unlocked.account.unit();
        let registers = session.registers()?;
        let mut documents: Vec<&Document> = registers
            .documents()
            .filter(|it| (it.outgoing || it.incoming) && can_open(it, &unit))
            .collect();
        documents.sort_by_key(|it| std::cmp::Reverse(it.about.document));
        let newest = documents.iter().take(NEWEST);
        let digests: Vec<Digest> = newest.map(|it| it.about.manifest).collect();
        let opened = self.open_titles(digests, AT_ONCE).await?;
        if opened == 0 {
            // Until something happens there is nothing more to open.
            self.titled_to = Some(last);
        }
        Ok(opened)
    }
}
