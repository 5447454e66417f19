//! Lists of documents: which are wanted, and in which order. Only what a page shows is made into
//! lines, so that a register of many years costs what its page costs.

use std::collections::BTreeSet;

use serde::Deserialize;
use utoipa::IntoParams;
use yichuan_document::{Digest, Manifest, Timestamp, UnitCode};
use yichuan_unit::lang::day;
use yichuan_unit::office::attention::{Attention, is_completed, order};
use yichuan_unit::office::issuing::{awaits_approval, awaits_seal};
use yichuan_unit::office::register::Document;

use super::documents::{Books, Line, Lines, direction, states};
use crate::problem::Problem;
use crate::seat::At;
use crate::titles::can_open;
use crate::words::{Cut, slug};

/// How many titles one list opens that were not opened before: each is a small download.
const TITLES_OPENED_MAX: usize = 50;

/// Which lines, and in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `sent` or `received`; both where it is not said.
    pub(super) direction: Option<String>,
    /// The code of the own delivery's state.
    state: Option<String>,
    /// The code of the stage.
    stage: Option<String>,
    /// The code of what is to be done.
    attention: Option<String>,
    /// The code of the other unit.
    unit: Option<String>,
    /// A part of the title, the numbers or the id.
    q: Option<String>,
    /// From this day on, such as 2026-11-26.
    from: Option<String>,
    /// Up to this day.
    to: Option<String>,
    urgency: Option<String>,
    level: Option<String>,
    /// What waits for this unit: `approve` or `seal`.
    awaits: Option<String>,
    /// 1 for those of which nothing is left to be done.
    completed: u8,
    /// `pressing` or `newest`.
    order: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
    /// Of an export: `csv` or `xlsx`.
    pub(super) format: Option<String>,
}

impl Wanted {
    /// The same, the newest first.
    pub(super) fn newest(mut self) -> Self {
        self.order = Some("newest".to_owned());
        self
    }
}

/// Opens titles that were not opened before; one that stays closed stays without.
pub(super) async fn open_titles(at: &mut At<'_>, wanted: &[Digest]) -> Result<(), Problem> {
    if at.session_if_reached().await?.is_some() {
        let wanted = wanted.iter().copied();
        at.held.open_titles(wanted, TITLES_OPENED_MAX).await?;
    }
    Ok(())
}

/// The first instant of a day that was typed, and the first after it.
pub(super) fn bound(typed: Option<&str>) -> Result<Option<(u64, u64)>, Problem> {
    let typed = typed.filter(|typed| !typed.is_empty());
    let read = |typed| day(typed).ok_or_else(|| Problem::entry(typed));
    typed.map(read).transpose()
}

/// From when and until when, in milliseconds.
type Span = (Option<u64>, Option<u64>);

/// A document that a list may show.
struct Row<'b> {
    books: &'b Books,
    document: &'b Document,
    manifest: &'b Manifest,
    title: Option<&'b String>,
}

impl Row<'_> {
    /// When it came to stand as it does, in milliseconds.
    fn at(&self) -> u64 {
        let since = self.books.since(self.document);
        since.unwrap_or(self.manifest.composed_at).unix_ms()
    }

    fn fits(&self, wanted: &Wanted, (from, until): Span, named: &BTreeSet<UnitCode>) -> bool {
        let (document, manifest) = (self.document, self.manifest);
        let asked =
            |asked: &Option<String>, fits: &dyn Fn(&str) -> bool| asked.as_deref().is_none_or(fits);
        let at = self.at();
        asked(&wanted.direction, &|way| way == direction(document))
            && from.is_none_or(|from| at >= from)
            && until.is_none_or(|until| at < until)
            && asked(&wanted.urgency, &|code| code == slug(manifest.urgency.en()))
            && asked(&wanted.level, &|code| code == slug(manifest.level.en()))
            && asked(&wanted.stage, &|code| code == slug(document.stage.en()))
            && asked(&wanted.state, &|code| self.has_state(code))
            && (wanted.completed == 0 || is_completed(document, manifest, &self.books.unit))
            && asked(&wanted.awaits, &|what| self.awaits() == Some(what))
            && asked(&wanted.unit, &|code| self.concerns(code))
            && asked(&wanted.attention, &|code| self.asks_for(code))
            && asked(&wanted.q, &|sought| self.says(sought.trim(), named))
    }

    /// Whether the own delivery, or one of an own document, is in this state.
    fn has_state(&self, code: &str) -> bool {
        if let Some(own) = self.books.own_delivery(self.document) {
            return slug(own.delivery.state().en()) == code;
        }
        let states = states(self.document, self.manifest).into_iter();
        states.map(|state| slug(state.en())).any(|it| it == code)
    }

    /// What waits for this unit: `approve` or `seal`.
    fn awaits(&self) -> Option<&'static str> {
        let (document, unit) = (self.document, &self.books.unit);
        if awaits_approval(document, self.manifest, unit) {
            return Some("approve");
        }
        awaits_seal(document, self.manifest, unit).then_some("seal")
    }

    /// Whether a unit sent or received it.
    fn concerns(&self, code: &str) -> bool {
        let lead = self.manifest.lead().map(|lead| &lead.unit);
        let recipients = self.manifest.recipients.iter().map(|it| &it.unit.unit);
        lead.into_iter()
            .chain(recipients)
            .any(|unit| unit.as_str() == code)
    }

    /// Whether something of this kind is to be done about it.
    fn asks_for(&self, code: &str) -> bool {
        let unit = &self.books.unit;
        let asked = Attention::of(self.document, self.manifest, unit, yichuan_unit::now());
        asked.iter().any(|it| slug(it.words().1) == code)
    }

    /// Whether title, numbers or id contain what is sought, or the sender is one of `named`.
    fn says(&self, sought: &str, named: &BTreeSet<UnitCode>) -> bool {
        let books = self.books;
        let has = |text: &str| text.contains(sought);
        let number = self.manifest.number.as_ref();
        sought.is_empty()
            || self.title.is_some_and(|title| has(title))
            || number.is_some_and(|number| has(&number.to_string()))
            || books
                .register_number(self.document)
                .is_some_and(|it| has(&it))
            || books.own_number(self.document).is_some_and(|it| has(it))
            || has(&self.document.about.document.to_string())
            || self
                .manifest
                .lead()
                .is_some_and(|lead| named.contains(&lead.unit))
    }
}

/// The documents that are wanted and `seen`, in order.
fn rows<'b>(
    (books, at): (&'b Books, &'b At<'_>),
    wanted: &Wanted,
    seen: impl Fn(&Document) -> bool,
) -> Result<Vec<Row<'b>>, Problem> {
    let from = bound(wanted.from.as_deref())?.map(|(first, _)| first);
    let until = bound(wanted.to.as_deref())?.map(|(_, after)| after);
    let sought = wanted.q.as_deref().unwrap_or_default().trim();
    let named = books.named(sought);
    let all = books.all().filter(|(it, _)| it.outgoing || it.incoming);
    let all = all.map(|(document, manifest)| Row {
        books,
        document,
        manifest,
        title: at.held.titles.get(&document.about.manifest),
    });
    let mut rows: Vec<Row<'_>> = all
        .filter(|row| seen(row.document) && row.fits(wanted, (from, until), &named))
        .collect();
    if wanted.order.as_deref() == Some("newest") {
        rows.sort_by_cached_key(|row| std::cmp::Reverse((row.at(), row.document.about.document)));
    } else {
        let now: Timestamp = yichuan_unit::now();
        rows.sort_by_cached_key(|row| order(row.document, row.manifest, &books.unit, now));
    }
    Ok(rows)
}

/// How many documents there are whose titles are not known in which something is sought.
fn untitled(
    (books, at): (&Books, &At<'_>),
    wanted: &Wanted,
    seen: impl Fn(&Document) -> bool,
) -> usize {
    let sought = wanted.q.as_deref().unwrap_or_default().trim();
    let way = wanted.direction.as_deref();
    let all = books.all().map(|(document, _)| document);
    let unknown = all.filter(|it| {
        (it.outgoing || it.incoming)
            && way.is_none_or(|way| way == direction(it))
            && can_open(it, &books.unit)
            && at.held.titles.get(&it.about.manifest).is_none()
            && !at.held.untitled.contains(&it.about.manifest)
            && seen(it)
    });
    if sought.is_empty() {
        0
    } else {
        unknown.count()
    }
}

/// Opens the titles of what is listed, and makes lines of it.
async fn lines(at: &mut At<'_>, books: &Books, listed: &[Digest]) -> Result<Vec<Line>, Problem> {
    let documents = listed
        .iter()
        .filter_map(|it| books.registers.with_manifest(it));
    let documents: Vec<&Document> = documents.collect();
    let unopened = documents.iter().filter(|it| can_open(it, &books.unit));
    let unopened: Vec<Digest> = unopened.map(|it| it.about.manifest).collect();
    open_titles(at, &unopened).await?;
    let titles = &at.held.titles;
    let line = |document: &&Document| {
        let title = titles.get(&document.about.manifest).cloned();
        Some(books.line(document, books.manifest(document)?, title))
    };
    Ok(documents.iter().filter_map(line).collect())
}

/// One page of the documents that are wanted and `seen`.
pub(super) async fn listed(
    at: &mut At<'_>,
    wanted: &Wanted,
    seen: impl Fn(&Document) -> bool,
) -> Result<Lines, Problem> {
    let books = Books::of(at).await?;
    let untitled = untitled((&books, at), wanted, &seen);
    let rows = rows((&books, at), wanted, &seen)?;
    let rows: Vec<Digest> = rows.iter().map(|row| row.document.about.manifest).collect();
    let cut = Cut::of(rows.len(), wanted.cursor.as_deref(), wanted.limit);
    let items = lines(at, &books, &rows[cut.range()]).await?;
    Ok(Lines {
        page: cut.page(items),
        untitled,
    })
}

/// All documents that are wanted.
pub(super) async fn every(at: &mut At<'_>, wanted: &Wanted) -> Result<Vec<Line>, Problem> {
    let books = Books::of(at).await?;
    let rows = rows((&books, at), wanted, |_| true)?;
    let rows: Vec<Digest> = rows.iter().map(|row| row.document.about.manifest).collect();
    lines(at, &books, &rows).await
}
