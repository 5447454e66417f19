//! Numbers: 发文字号, 收文 numbers and 份号, allotted by the exchange, and what became of each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use yichuan_document::life::Stage;
use yichuan_document::manifest::Reference;
use yichuan_document::statement::{About, NumberRequest, SERIES_COPIES, SERIES_RECEIVED};
use yichuan_document::terms::DocumentNumber;
use yichuan_document::{AccountId, Digest, DocumentId, Timestamp, cbor};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::ErrorCode;

use super::dossier::Statement;
use super::failed::Failed;
use super::identity::Identity;
use super::session::{Session, pending_path};
use crate::link::LinkFailed;

/// Consecutive numbers of a series that were allotted at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allotted {
    /// The entry's index in the log.
    pub index: u64,
    /// When.
    pub time: Timestamp,
    /// To whom.
    pub account: AccountId,
    /// The series.
    pub series: String,
    /// The year.
    pub year: u16,
    /// The first number.
    pub first: u32,
    /// How many.
    pub count: u16,
    /// The document that they are for, where one was named.
    pub about: Option<About>,
}

/// All numbers that a unit was allotted.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// How many statements were read.
    read: usize,
    all: Vec<Allotted>,
    /// Where the first register number of a received document stands, by its manifest.
    received: BTreeMap<Digest, usize>,
}

impl Numbers {
    /// All of them, oldest first.
    pub fn all(&self) -> &[Allotted] {
        &self.all
    }

    /// The register number of the received document with this manifest.
    pub fn of_received(&self, manifest: &Digest) -> Option<&Allotted> {
        self.all.get(*self.received.get(manifest)?)
    }

    /// Reads those of `statements` that were not read yet.
    fn read(&mut self, statements: &[Arc<Statement>]) {
        for statement in statements.iter().skip(self.read) {
            let Some(allotted) = Allotted::of(statement) else {
                continue;
            };
            if let Some(about) = allotted
                .about
                .filter(|_| allotted.series == SERIES_RECEIVED)
            {
                self.received
                    .entry(about.manifest)
                    .or_insert(self.all.len());
            }
            self.all.push(allotted);
        }
        self.read = statements.len();
    }
}

/// A document of the unit that carries a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrying {
    /// The document.
    pub about: About,
    /// Its number.
    pub number: DocumentNumber,
    /// How far it has come.
    pub stage: Stage,
    /// The document that it replaces.
    pub replaces: Option<Reference>,
}

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberState {
    /// A document has it.
    InUse,
    /// 空号: it was allotted, and no document has it, or only one that was refused or withdrawn.
    Gap,
    /// 重号: several documents have it, of which none replaces the other.
    Twice,
    /// 未取号: a document has it, and it was never allotted.
    NotAllotted,
}

impl NumberState {
    /// The Chinese and the English word.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::InUse => ("已用", "in use"),
            Self::Gap => ("空号", "gap"),
            Self::Twice => ("重号", "twice"),
            Self::NotAllotted => ("未取号", "not allotted"),
        }
    }
}

/// One line of the report: numbers of one series and year, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The series.
    pub series: String,
    /// The year.
    pub year: u16,
    /// The first number.
    pub first: u32,
    /// How many; one, but for 份号.
    pub count: u16,
    /// What became of it.
    pub state: NumberState,
    /// The documents that have it.
    pub documents: Vec<DocumentId>,
}

impl Session {
    /// The numbers that the unit was allotted.
    pub fn allotted(&self) -> Result<Arc<Numbers>, Failed> {
        let mut made = self.feed.made();
        let made = &mut *made;
        let events = self.feed.events();
        let statements = made.verified.of(EntryKind::Number, events, &self.mirror)?;
        if made.numbers.read < statements.len() {
            Arc::make_mut(&mut made.numbers).read(statements);
        }
        Ok(Arc::clone(&made.numbers))
    }

    /// Has numbers allotted. A command that failed half-way gets the same ones.
    pub async fn number(&mut self, request: &NumberRequest) -> Result<Allotted, Failed> {
        let name = pending_name(request);
        let (index, entry) = self.say(&name, request, Vec::new()).await?;
        self.as_allotted(index, &entry, request)
    }

    /// As [`Session::number`], for a document that is yet to be made: until [`settle`], the same
    /// number is given again.
    pub async fn number_for_draft(&mut self, request: &NumberRequest) -> Result<Allotted, Failed> {
        let name = pending_name(request);
        let (index, entry) = self.say_and_hold(&name, request).await?;
        self.as_allotted(index, &entry, request)
    }

    /// Gives a received document its register number; one that has it keeps it.
    pub async fn register(&mut self, about: About, year: u16) -> Result<Allotted, Failed> {
        if let Some(known) = self.register_number(&about.manifest)? {
            return Ok(known);
        }
        let request = NumberRequest {
            series: SERIES_RECEIVED.to_owned(),
            year,
            document: Some(about),
            count: None,
        };
        match self.number(&request).await {
            // Another computer of the unit was faster; its event is on its way.
            Err(Failed::Link(LinkFailed::Refused(refused)))
                if refused.code == ErrorCode::NUMBERED => {}
            outcome => return outcome,
        }
        loop {
            if let Some(known) = self.register_number(&about.manifest)? {
                return Ok(known);
            }
            self.next_event().await?;
        }
    }

    /// The register number of a received document, where it has one.
    pub fn register_number(&self, document: &Digest) -> Result<Option<Allotted>, Failed> {
        Ok(self.allotted()?.of_received(document).cloned())
    }

    /// What became of every number of the unit.
    pub async fn numbers(&self, seen: &mut dyn FnMut()) -> Result<Vec<Line>, Failed> {
        let unit = self.identity.unit();
        let registers = self.feed.registers();
        let mut carrying = Vec::new();
        for document in registers.documents().filter(|document| document.outgoing) {
            seen();
            let manifest = self.manifest(document.about.manifest).await?;
            let leads = manifest.lead().is_some_and(|lead| lead.unit == unit);
            if let Some(number) = manifest.number.clone().filter(|_| leads) {
                carrying.push(Carrying {
                    about: document.about,
                    number,
                    stage: document.stage,
                    replaces: manifest.replaces,
                });
            }
        }
        Ok(report(self.allotted()?.all(), &carrying))
    }

    fn as_allotted(
        &self,
        index: u64,
        entry: &Entry,
        request: &NumberRequest,
    ) -> Result<Allotted, Failed> {
        Ok(Allotted {
            index,
            time: entry.time,
            account: self.identity.account.clone(),
            series: request.series.clone(),
            year: request.year,
            first: entry.allotted.ok_or(Failed::Protocol)?,
            count: request.count.unwrap_or(1),
            about: request.document,
        })
    }
}

/// The number that was held for a draft has its document.
pub fn settle(home: &Path, identity: &Identity, request: &NumberRequest) -> Result<(), Failed> {
    let path = pending_path(home, &identity.account, &pending_name(request));
    Ok(std::fs::remove_file(path)?)
}

/// The same request has the same name on this computer until it is answered.
fn pending_name(request: &NumberRequest) -> String {
    format!("number-{}", Digest::of(&cbor::to_vec(request)))
}

impl Allotted {
    fn of(statement: &Statement) -> Option<Self> {
        let body: NumberRequest = statement.payload.body().ok()?;
        Some(Self {
            index: statement.index,
            time: statement.entry.time,
            account: statement.payload.account.clone()?,
            // What a program prints must not steer its terminal.
            series: body.series.chars().filter(|c| !c.is_control()).collect(),
            year: body.year,
            first: statement.entry.allotted?,
            count: body.count.unwrap_or(1),
            about: body.document,
        })
    }

    /// As it is written: `收文〔2026〕7号`, copies as `000001–000020`.
    pub fn written(&self) -> String {
        written(&self.series, self.year, self.first, self.count)
    }
}

impl Line {
    /// As it is written.
    pub fn written(&self) -> String {
        written(&self.series, self.year, self.first, self.count)
    }
}

fn written(series: &str, year: u16, first: u32, count: u16) -> String {
    let last = first.saturating_add(u32::from(count.max(1)) - 1);
    match (series == SERIES_COPIES, first == last) {
        (true, true) => format!("{first:06}"),
        (true, false) => format!("{first:06}–{last:06}"),
        (false, true) => format!("{series}〔{year}〕{first}号"),
        (false, false) => format!("{series}〔{year}〕{first}–{last}号"),
    }
}

/// Compares what was allotted with what documents carry: by series, year and number.
pub fn report(allotted: &[Allotted], carrying: &[Carrying]) -> Vec<Line> {
    let mut lines: BTreeMap<(&str, u16, u32), Line> = BTreeMap::new();
    for given in allotted {
        let named: Vec<DocumentId> = given.about.iter().map(|about| about.document).collect();
        let whole = given.series == SERIES_COPIES || given.series == SERIES_RECEIVED;
        let pieces = if whole { 1 } else { given.count };
        for place in 0..pieces {
            let first = given.first.saturating_add(u32::from(place));
            let state = if whole {
                NumberState::InUse
            } else {
                NumberState::Gap
            };
            let line = Line {
                series: given.series.clone(),
                year: given.year,
                first,
                count: if whole { given.count } else { 1 },
                state,
                documents: if whole { named.clone() } else { Vec::new() },
            };
            lines.insert((&given.series, given.year, first), line);
        }
    }
    let mut alive: BTreeMap<(&str, u16, u32), Vec<&Carrying>> = BTreeMap::new();
    for document in carrying {
        let number = &document.number;
        let key = (number.word(), number.year(), number.serial());
        let line = lines.entry(key).or_insert_with(|| Line {
            series: number.word().to_owned(),
            year: number.year(),
            first: number.serial(),
            count: 1,
            state: NumberState::NotAllotted,
            documents: Vec::new(),
        });
        line.documents.push(document.about.document);
        if !matches!(document.stage, Stage::RefusedByApprover | Stage::Withdrawn) {
            alive.entry(key).or_default().push(document);
        }
    }
    for (key, documents) in alive {
        let Some(line) = lines.get_mut(&key) else {
            continue;
        };
        let replaced = |document: &Carrying| {
            let by = documents.iter().filter_map(|other| other.replaces);
            by.into_iter()
                .any(|named| named.manifest == document.about.manifest)
        };
        let standing = documents.iter().filter(|document| !replaced(document));
        line.state = match (standing.count(), line.state) {
            (2.., _) => NumberState::Twice,
            (_, NumberState::Gap) => NumberState::InUse,
            (_, state) => state,
        };
    }
    lines.into_values().collect()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn about(seed: u8) -> About {
        let now = Timestamp::from_unix_ms(1_795_000_000_000);
        About {
            document: DocumentId::new(now, &mut ChaCha20Rng::seed_from_u64(u64::from(seed))),
            manifest: Digest::of(&[seed]),
        }
    }

    fn given(series: &str, first: u32, count: u16, about: Option<About>) -> Allotted {
        Allotted {
            index: 0,
            time: Timestamp::from_unix_ms(0),
            account: "513200-zfb-fs01".parse().unwrap(),
            series: series.to_owned(),
            year: 2026,
            first,
            count,
            about,
        }
    }

    fn carrying(seed: u8, serial: u32, stage: Stage) -> Carrying {
        Carrying {
            about: about(seed),
            number: DocumentNumber::new("云政办发", 2026, serial).unwrap(),
            stage,
            replaces: None,
        }
    }

    fn states(lines: &[Line]) -> Vec<(String, NumberState)> {
        lines
            .iter()
            .map(|line| (line.written(), line.state))
            .collect()
    }

    #[test]
    fn a_number_without_a_living_document_is_a_gap() {
        let allotted: Vec<_> = (1..=5).map(|n| given("云政办发", n, 1, None)).collect();
        let mut corrected = carrying(7, 5, Stage::Dispatched);
        corrected.replaces = Some(Reference {
            id: about(6).document,
            manifest: about(6).manifest,
        });
        let documents = [
            carrying(1, 1, Stage::Dispatched),
            carrying(2, 2, Stage::RefusedByApprover),
            carrying(3, 4, Stage::Submitted),
            carrying(4, 4, Stage::Dispatched),
            carrying(5, 9, Stage::Approved),
            carrying(6, 5, Stage::Dispatched),
            corrected,
        ];
        let lines = report(&allotted, &documents);
        let expected = [
            ("云政办发〔2026〕1号", NumberState::InUse),
            ("云政办发〔2026〕2号", NumberState::Gap),
            ("云政办发〔2026〕3号", NumberState::Gap),
            ("云政办发〔2026〕4号", NumberState::Twice),
            ("云政办发〔2026〕5号", NumberState::InUse),
            ("云政办发〔2026〕9号", NumberState::NotAllotted),
        ];
        let expected: Vec<_> = expected
            .map(|(text, state)| (text.to_owned(), state))
            .into();
        assert_eq!(states(&lines), expected);
        assert_eq!(lines[1].documents, [about(2).document], "the refused one");
    }

    #[test]
    fn a_refused_document_frees_its_number_for_the_corrected_one() {
        let allotted = [given("云政办发", 1, 1, None)];
        let documents = [
            carrying(1, 1, Stage::RefusedByApprover),
            carrying(2, 1, Stage::Submitted),
        ];
        assert_eq!(report(&allotted, &documents)[0].state, NumberState::InUse);
    }

    #[test]
    fn copies_are_a_range_and_received_documents_a_number() {
        let allotted = [
            given("份号", 1, 20, Some(about(1))),
            given("份号", 21, 1, Some(about(2))),
            given("收文", 7, 1, Some(about(3))),
            given("云政函", 3, 2, None),
        ];
        let lines = report(&allotted, &[]);
        let expected = [
            ("云政函〔2026〕3号", NumberState::Gap),
            ("云政函〔2026〕4号", NumberState::Gap),
            ("000001–000020", NumberState::InUse),
            ("000021", NumberState::InUse),
            ("收文〔2026〕7号", NumberState::InUse),
        ];
        let expected: Vec<_> = expected
            .map(|(text, state)| (text.to_owned(), state))
            .into();
        assert_eq!(states(&lines), expected);
        assert!(report(&[], &[]).is_empty());
    }
}
