//! Titles of documents: opened one by one, for each is a small download, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yichuan_document::life::DeliveryState;
use yichuan_document::{Digest, UnitCode};
use yichuan_unit::office::Failed;
use yichuan_unit::office::register::Document;

use crate::kept::Shelf;
use crate::problem::Problem;
use crate::seat::Held;

/// Under which name they are kept.
const NAME: &str = "titles";
/// The most bytes of what is kept; more titles than these are opened again.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// How many titles are opened while nobody works, each time that somebody looks.
const AT_ONCE: usize = 20;
/// After how many of them lists are asked for anew, and the file is written.
const TOLD_EVERY: usize = 200;

/// Whether an account of `unit` can open a document now: an own one, or one that was fetched.
pub(crate) fn can_open(document: &Document, unit: &UnitCode) -> bool {
    document.outgoing || document.state_of(unit) != DeliveryState::Announced
}

/// The titles that an account has opened, kept so that none is fetched twice: closed, for they are
/// as secret as what they name.
pub(crate) struct Titles {
    shelf: Arc<Shelf>,
    known: BTreeMap<Digest, String>,
    /// How many changes are not kept yet.
    unkept: usize,
}

impl Titles {
    /// Those that were kept. What is damaged, or closed by another keystore of the account, has
    /// none: they are opened again.
    pub(crate) fn of(shelf: &Arc<Shelf>) -> Self {
        let most = u64::try_from(KEPT_BYTES_MAX).unwrap_or(u64::MAX);
        let kept = shelf.read::<Vec<(String, String)>>(NAME, most);
        let kept = kept.ok().flatten().unwrap_or_default().into_iter();
        let known = kept.filter_map(|(digest, title)| Some((Digest::from_hex(&digest)?, title)));
        Self {
            shelf: Arc::clone(shelf),
            known: known.collect(),
            unkept: 0,
        }
    }

    /// The title of the document with this manifest.
    pub(crate) fn get(&self, manifest: &Digest) -> Option<&String> {
        self.known.get(manifest)
    }

    /// A title was opened.
    pub(crate) fn insert(&mut self, manifest: Digest, title: String) {
        if self.known.get(&manifest) != Some(&title) {
            self.known.insert(manifest, title);
            self.unkept += 1;
        }
    }

    /// Forgets the titles of documents that are withheld from the account by now.
    pub(crate) fn forget(&mut self, withheld: &BTreeSet<Digest>) {
        for manifest in withheld {
            self.unkept += usize::from(self.known.remove(manifest).is_some());
        }
    }

    /// Keeps them as they are, where something has changed.
    pub(crate) fn keep(&mut self) -> Result<(), Problem> {
        if self.unkept == 0 {
            return Ok(());
        }
        let mut bytes = 0;
        let all = self
            .known
            .iter()
            .map(|(digest, title)| (digest.to_string(), title));
        // Signs that JSON escapes take six bytes at most.
        let kept = all.take_while(|(digest, title)| {
            bytes += digest.len() + 6 * title.len() + 8;
            bytes < KEPT_BYTES_MAX
        });
        self.shelf.write(NAME, &kept.collect::<Vec<_>>())?;
        self.unkept = 0;
        Ok(())
    }
}

impl Held {
    /// Opens of these titles at most `most` that were not opened before. One that stays closed
    /// stays without. Does nothing without a session.
    pub(crate) async fn open_titles(
        &mut self,
        wanted: impl IntoIterator<Item = Digest>,
        most: usize,
    ) -> Result<(), Problem> {
        let unopened = wanted
            .into_iter()
            .filter(|digest| self.titles.get(digest).is_none() && !self.untitled.contains(digest));
        let unopened: Vec<Digest> = unopened.take(most).collect();
        for digest in unopened {
            let Some(session) = self.session.as_ref() else {
                break;
            };
            match session.review(digest).await {
                Ok(review) => {
                    let title = review.opened.header().title.clone();
                    self.titles.insert(digest, title);
                }
                Err(Failed::Link(why)) if why.passes() => return Err(Failed::Link(why).into()),
                // Not assigned to this account, without a share of the key, or returned since.
                Err(_) => {
                    self.untitled.insert(digest);
                }
            }
        }
        Ok(())
    }

    /// Forgets the titles of documents that are withheld from the account by now.
    pub(crate) fn forget_withheld(&mut self) -> Result<(), Problem> {
        let Some(session) = self.session.as_ref() else {
            return Ok(());
        };
        if self
            .withheld_to
            .is_none_or(|to| session.feed.may_withhold(to))
        {
            let account = &self.unlocked.account;
            let withheld = session.feed.withheld(&session.mirror, account)?;
            self.titles.forget(&withheld);
            self.titles.keep()?;
        }
        self.withheld_to = Some(session.feed.cursor());
        Ok(())
    }

    /// Opens a few titles of documents from before this account signed in, the newest first, so
    /// that lists have them all after a while, and what is sought is found. Tells whether lists
    /// have more to show by now.
    pub(crate) async fn open_more_titles(&mut self) -> Result<bool, Problem> {
        let Some(session) = self.session.as_ref() else {
            return Ok(false);
        };
        let last = session.feed.cursor();
        let mut untold = match self.untold.take() {
            Some((at, untold)) if at == last => untold,
            _ => self.without_title()?,
        };
        let before = untold.len();
        let newest = untold.split_off(before.saturating_sub(AT_ONCE));
        let left = untold.len();
        self.untold = Some((last, untold));
        if newest.is_empty() {
            // Until something happens there is nothing more to open.
            return Ok(false);
        }
        self.open_titles(newest.into_iter().rev(), AT_ONCE).await?;
        let told = left == 0 || left / TOLD_EVERY != before / TOLD_EVERY;
        if told {
            self.titles.keep()?;
        }
        Ok(told)
    }

    /// The documents that can be opened whose titles were not, the newest last.
    fn without_title(&self) -> Result<Vec<Digest>, Problem> {
        let Some(session) = self.session.as_ref() else {
            return Ok(Vec::new());
        };
        let unit = self.unlocked.account.unit();
        let registers = session.registers()?;
        let unread = registers.documents().filter(|it| {
            let digest = &it.about.manifest;
            let known = self.titles.get(digest).is_some() || self.untitled.contains(digest);
            (it.outgoing || it.incoming) && can_open(it, &unit) && !known
        });
        Ok(unread.map(|it| it.about.manifest).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn shelf(home: &Path, account: &str, secret: u8) -> Arc<Shelf> {
        let account = account.parse().unwrap();
        Arc::new(Shelf::of(home, &account, &[secret; 32]))
    }

    const ACCOUNT: &str = "513200-zfb-js01";

    #[test]
    fn titles_are_kept_closed_and_forgotten_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path(), ACCOUNT, 1);
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        let mut titles = Titles::of(&shelf);
        titles.insert(one, "关于防火工作的通知".to_owned());
        titles.insert(other, "关于人事任免的通知".to_owned());
        titles.insert(other, "关于人事任免的通知".to_owned());
        assert_eq!(titles.unkept, 2);
        titles.keep().unwrap();
        let mut titles = Titles::of(&shelf);
        assert_eq!(titles.get(&one).unwrap(), "关于防火工作的通知");
        titles.forget(&BTreeSet::from([one, Digest::of(b"unknown")]));
        assert_eq!((titles.get(&one), titles.unkept), (None, 1));
        titles.keep().unwrap();
        let titles = Titles::of(&shelf);
        assert_eq!(titles.get(&one), None);
        assert_eq!(titles.get(&other).unwrap(), "关于人事任免的通知");
    }

    #[test]
    fn g4_titles_of_another_keystore_and_damaged_ones_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let own = shelf(folder.path(), ACCOUNT, 1);
        let one = Digest::of(b"one");
        let mut titles = Titles::of(&own);
        titles.insert(one, "标题".to_owned());
        titles.keep().unwrap();
        // The same account, enrolled anew, has another secret.
        assert_eq!(
            Titles::of(&shelf(folder.path(), ACCOUNT, 2)).get(&one),
            None
        );
        let path = folder.path().join("desk/kept").join(ACCOUNT).join(NAME);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(Titles::of(&own).get(&one), None, "{length}");
        }
        let mut titles = Titles::of(&own);
        titles.insert(one, "标题".to_owned());
        titles.keep().unwrap();
        assert_eq!(Titles::of(&own).get(&one).unwrap(), "标题");
    }
}
