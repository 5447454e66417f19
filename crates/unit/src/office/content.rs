//! Looking into a document's files: before it leaves, before it is approved, and after it came.
//!
//! Marks decide whether it may pass at all (Art. 15), its form whether recipients will sign for it
//! (Art. 3 and 11). Everybody looks with the same eyes: what composing lets through, a recipient
//! does not refuse.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value;
use yichuan_document::header::{InnerHeader, Part};
use yichuan_document::inspection::{self, Check, FaultCode, Inspection, Outcome};
use yichuan_document::roster::Roster;
use yichuan_document::terms::Urgency;
use yichuan_document::{Classification, Digest, Manifest};
use yichuan_layout::format::{Declared, Fault, Severity, compare};
use yichuan_layout::marks::{Decision, Finding, Obstacle, Weight};
use yichuan_layout::{Examination, Limits, examine};

use super::failed::Failed;
use super::inspect;
use super::meeting::{FORM_MEDIA_TYPE, FORM_NAME};

/// What could be a mark was looked at by the approver, and is none.
pub const NO_MARK: u16 = 4;
/// What no program could look at was read by the approver, and has no mark.
pub const WAS_READ: u16 = 5;

/// The largest file that is looked into: a document of a thousand pages has a tenth of it, and a
/// large attachment must not take an office computer's memory.
const LOOKED_BYTES_MAX: u64 = 64 << 20;

/// A sentence for a person, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// One file that was looked into.
struct Looked {
    name: String,
    is_main: bool,
    bytes: Digest,
    examination: Examination,
}

/// What was found in the files of one document.
pub struct Content {
    level: Classification,
    files: Vec<Looked>,
    /// Where the main file departs from what was declared of it.
    differs: Vec<Fault>,
}

/// A file of a document, where it stands.
pub struct FileAt<'a> {
    /// Its name as a part.
    pub name: &'a str,
    /// The type that is declared of it.
    pub media_type: &'a str,
    /// Where it is.
    pub path: &'a Path,
}

impl<'a> FileAt<'a> {
    /// A part of a document that was opened into `folder`.
    pub fn of(part: &'a Part, path: &'a Path) -> Self {
        Self {
            name: part.name.as_str(),
            media_type: &part.media_type,
            path,
        }
    }
}

impl Content {
    /// The checks of an inspection that a look into the files answers.
    pub const ANSWERS: [Check; 5] = [
        Check::Format,
        Check::Layout,
        Check::ActiveContent,
        Check::LevelMarks,
        Check::Metadata,
    ];

    /// Looks into files, the main one first, of a document that is declared to be this.
    pub fn look(
        files: &[FileAt<'_>],
        level: Classification,
        declared: &Declared<'_>,
    ) -> io::Result<Self> {
        let mut looked = Vec::new();
        for (place, file) in files.iter().enumerate() {
            let (bytes, limits) = to_look_into(file.path)?;
            let words = words_of_form(file, &bytes);
            let examination = match &words {
                Some(words) => examine(file.name, "text/plain", words.as_bytes(), &limits),
                None => examine(file.name, file.media_type, &bytes, &limits),
            };
            looked.push(Looked {
                name: file.name.to_owned(),
                is_main: place == 0,
                bytes: Digest::of(&bytes),
                examination,
            });
        }
        let main = looked
            .first()
            .and_then(|main| main.examination.contents.as_ref().ok());
        let differs = main.map_or_else(Vec::new, |contents| compare(contents, declared));
        Ok(Self {
            level,
            files: looked,
            differs,
        })
    }

    /// Looks into the parts of a document that were opened into `folder`.
    pub fn of_parts(manifest: &Manifest, header: &InnerHeader, folder: &Path) -> io::Result<Self> {
        let paths: Vec<_> = header
            .parts
            .iter()
            .map(|part| folder.join(part.name.as_str()))
            .collect();
        let parts = header.parts.iter().zip(&paths);
        let files: Vec<FileAt<'_>> = parts.map(|(part, path)| FileAt::of(part, path)).collect();
        let number = manifest.number.as_ref().map(ToString::to_string);
        let names: Vec<&str> = header.parts.iter().map(|part| part.name.as_str()).collect();
        let label = (header.title.as_str(), number.as_deref());
        let declared = as_declared(label, manifest.level, manifest.urgency, &names);
        Self::look(&files, manifest.level, &declared)
    }

    /// Whether the files are those that were closed: none was changed between.
    pub fn is_of(&self, parts: &[Part]) -> bool {
        // Of a larger file only the beginning was read.
        let whole = |part: &&Part| part.bytes <= LOOKED_BYTES_MAX;
        let same = |(file, part): (&Looked, &Part)| !whole(&part) || file.bytes == part.digest;
        self.files.len() <= parts.len() && self.files.iter().zip(parts).all(same)
    }

    /// The decision over all files: the weightiest one.
    pub fn decision(&self) -> Decision {
        let files = self.files.iter();
        files
            .map(|file| file.examination.marks.decision(Some(self.level)))
            .min()
            .unwrap_or(Decision::Clean)
    }

    /// What the approver has to declare beyond having seen it: [`NO_MARK`] where something could be
    /// a mark, [`WAS_READ`] where something could not be looked at.
    pub fn to_declare(&self) -> Vec<u16> {
        let marks = || self.files.iter().map(|file| &file.examination.marks);
        let held = marks()
            .flat_map(|marks| &marks.findings)
            .any(|finding| !finding.is_covered(Some(self.level)));
        let unread = marks().any(|marks| !marks.obstacles.is_empty());
        let due = [(held, NO_MARK), (unread, WAS_READ)];
        due.into_iter()
            .filter_map(|(due, code)| due.then_some(code))
            .collect()
    }

    /// Whether an approver has declared what is due.
    pub fn is_declared(&self, declarations: &[u16]) -> bool {
        let mut due = self.to_declare().into_iter();
        due.all(|code| declarations.contains(&code))
    }

    /// Each mark that is above the label, and what could not be looked at.
    pub fn marks(&self) -> Vec<Told> {
        let mut told = Vec::new();
        for file in &self.files {
            let marks = &file.examination.marks;
            let above = marks.findings.iter();
            let above = above.filter(|finding| !finding.is_covered(Some(self.level)));
            told.extend(above.map(|finding| of_finding(&file.name, finding)));
            let hindered = marks.obstacles.iter();
            told.extend(hindered.map(|obstacle| of_obstacle(&file.name, obstacle)));
        }
        told
    }

    /// What every recipient would have to return the document for: files that are damaged, or of
    /// another kind than they say.
    pub fn damaged(&self) -> Vec<Told> {
        let mut told = Vec::new();
        for file in &self.files {
            if !matches!(self.format_of(file), Outcome::Failed(_)) {
                continue;
            }
            let (zh, en) = match &file.examination.contents {
                Err(why) if !file.examination.type_differs => (why.zh(), why.to_string()),
                _ => (
                    "文件内容与扩展名不符".to_owned(),
                    "the file is of another kind than its name says".to_owned(),
                ),
            };
            told.push(in_file(&file.name, &zh, &en));
        }
        told
    }

    /// Departures from the form of an official document that are worth a person's look, each with
    /// whether it is an error.
    pub fn departures(&self) -> Vec<(Severity, Told)> {
        let main = self.files.first();
        let form = main.map_or(&[][..], |main| main.examination.format.as_slice());
        let faults = form.iter().chain(&self.differs);
        faults
            .filter(|fault| fault.rule.severity != Severity::Note)
            .map(|fault| {
                let id = fault.rule.id;
                let told = Told {
                    zh: format!("{}（{id}，{}）", fault.zh(), fault.rule.clause),
                    en: format!("{} ({id}, {})", fault.en(), fault.rule.clause),
                };
                (fault.rule.severity, told)
            })
            .collect()
    }

    /// Refuses what must not leave, and what every recipient would have to return by the rules of
    /// this installation.
    pub fn may_leave(&self, roster: &Roster) -> Result<(), Failed> {
        if self.decision() == Decision::Refuse {
            return Err(Failed::Marked(self.marks()));
        }
        let damaged = self.damaged();
        if !damaged.is_empty() {
            return Err(Failed::NotSendable(damaged));
        }
        let made = self.add_to(Inspection::unmade(inspect::RULE_SET), true);
        let due = inspect::mandatory(roster).into_iter();
        let due: Vec<Told> = due
            .filter(|check| Self::ANSWERS.contains(check))
            .filter(|check| made.outcome(*check) != Some(Outcome::Passed))
            .map(|check| Told {
                zh: format!("本系统规定须通过：{}", check.zh()),
                en: format!("the rules ask for it here: {}", check.en()),
            })
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let faults = self.departures().into_iter().map(|(_, told)| told);
        Err(Failed::NotSendable(due.into_iter().chain(faults).collect()))
    }

    /// The inspection with what was found here. `declared` says whether the approver has signed
    /// that the files were looked at by a person.
    pub fn add_to(&self, inspection: Inspection, declared: bool) -> Inspection {
        let mut list = inspection;
        for check in [Check::Format, Check::Layout, Check::ActiveContent] {
            let outcomes = self.files.iter().filter_map(|file| {
                let applies = file.is_main || check != Check::Layout;
                let made = file.examination.outcomes(self.level, file.is_main);
                made.into_iter()
                    .find(|(made, _)| applies && *made == check)
                    .map(|(_, outcome)| outcome)
            });
            list = list.with(check, worst(outcomes));
        }
        let failed = |fault| Outcome::Failed(FaultCode::from(fault));
        let marks = match (self.decision(), declared) {
            (Decision::Refuse, _) => failed(inspection::Fault::Forbidden),
            (Decision::Hold | Decision::CannotCheck, true) => Outcome::NotChecked,
            (Decision::Hold | Decision::CannotCheck, false) => failed(inspection::Fault::Absent),
            (Decision::Clean, _) => Outcome::Passed,
        };
        let differs = self.differs.iter();
        let errors = differs.filter(|fault| fault.rule.severity == Severity::Error);
        let metadata = match (errors.count(), self.is_laid_out()) {
            (0, true) => Outcome::Passed,
            (0, false) => Outcome::NotChecked,
            _ => failed(inspection::Fault::Mismatch),
        };
        list.with(Check::LevelMarks, marks)
            .with(Check::Metadata, metadata)
    }

    /// Whether the main file has pages of a fixed layout.
    pub fn is_laid_out(&self) -> bool {
        let main = self.files.first();
        let contents = main.and_then(|main| main.examination.contents.as_ref().ok());
        contents.is_some_and(|contents| contents.kind.is_laid_out())
    }

    fn format_of(&self, file: &Looked) -> Outcome {
        let made = file.examination.outcomes(self.level, file.is_main);
        let format = made.into_iter().find(|(check, _)| *check == Check::Format);
        format.map_or(Outcome::NotChecked, |(_, outcome)| outcome)
    }
}

/// What was declared of a document's main file.
pub(super) fn as_declared<'d>(
    (title, number): (&'d str, Option<&'d str>),
    level: Classification,
    urgency: Urgency,
    parts: &[&str],
) -> Declared<'d> {
    let attached = parts.iter().skip(1);
    Declared {
        title: Some(title),
        reference: number,
        level: Some(level),
        urgency: (urgency != Urgency::Ordinary).then(|| urgency.zh()),
        attachments: attached.filter(|name| **name != FORM_NAME).count(),
    }
}

/// The gravest of several outcomes; not checked where there is none.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Failed(_) => 2,
        Outcome::NotChecked => 1,
        Outcome::Passed => 0,
    };
    outcomes.max_by_key(rank).unwrap_or(Outcome::NotChecked)
}

fn in_file(name: &str, zh: &str, en: &str) -> Told {
    Told {
        zh: format!("{name}：{zh}"),
        en: format!("{name}: {en}"),
    }
}

fn of_finding(name: &str, finding: &Finding) -> Told {
    let held = finding.weight == Weight::Hold;
    let excerpt = &finding.excerpt;
    let zh = format!("{}，{}“{excerpt}”", finding.place.zh(), finding.reason.zh());
    let en = format!("{}, {}: “{excerpt}”", finding.place, finding.reason.en());
    if held {
        in_file(
            name,
            &format!("{zh}（须人工核定）"),
            &format!("{en} (to be judged)"),
        )
    } else {
        in_file(name, &zh, &en)
    }
}

fn of_obstacle(name: &str, obstacle: &Obstacle) -> Told {
    in_file(name, &obstacle.zh(), &obstacle.to_string())
}

/// Every word of a reply form, a line each, as its readers see them; none for another file, and for
/// a form that cannot be read. JSON may write a word so that nobody finds it in the bytes.
fn words_of_form(file: &FileAt<'_>, bytes: &[u8]) -> Option<String> {
    if file.name != FORM_NAME || file.media_type != FORM_MEDIA_TYPE {
        return None;
    }
    let mut open = vec![serde_json::from_slice::<Value>(bytes).ok()?];
    let mut words = Vec::new();
    while let Some(value) = open.pop() {
        match value {
            Value::String(word) => words.push(word),
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => {
                for (name, value) in fields {
                    words.push(name);
                    open.push(value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    Some(words.join("\n")).filter(|words| !words.is_empty())
}

/// A file's bytes, and the limits to look into them with. Of a file that is not looked into there
/// is the beginning alone, and limits by which it is too large.
fn to_look_into(path: &Path) -> io::Result<(Vec<u8>, Limits)> {
    let limits = Limits::default();
    let mut file = File::open(path)?;
    if file.metadata()?.len() > LOOKED_BYTES_MAX {
        let mut beginning = vec![0; 1 << 10];
        file.read_exact(&mut beginning)?;
        let file_bytes = beginning.len() - 1;
        return Ok((
            beginning,
            Limits {
                file_bytes,
                ..limits
            },
        ));
    }
    let bytes = read(path, limits.file_bytes)?;
    Ok((bytes, limits))
}

/// A file's bytes, at most one more than are looked at, so that a larger one is known as such.
pub fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
