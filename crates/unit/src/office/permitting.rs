//! Printing and deleting by the consent of the department's head (Art. 19).
//!
//! Nothing is printed or deleted before the exchange has recorded that it was granted; the numbers
//! of originals are the exchange's.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use yichuan_document::roster::record::Role;
use yichuan_document::signed::Body;
use yichuan_document::statement::{
    About, AttachmentRef, CopiesNumbered, Deletion, PermissionDecision, PermissionRequest, Permit,
    Print, Recall,
};
use yichuan_document::{AccountId, Digest, DocumentId, Timestamp, cbor};
use yichuan_evidence::entry::{Entry, EntryKind};

use super::dossier::Statement;
use super::failed::Failed;
use super::session::Session;
use super::withheld::takes_away;
use crate::lang::say;

/// What the head was asked for, and what became of it.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The index of the request's entry.
    pub index: u64,
    /// When it was asked for.
    pub time: Timestamp,
    /// Who asked.
    pub by: AccountId,
    /// What for.
    pub permit: Permit,
    /// The request.
    pub request: PermissionRequest,
    /// The request's statement digest.
    pub digest: Digest,
    /// What was decided, by whom and when.
    pub decided: Option<Decided>,
    /// The index and the time of the entry by which it was done.
    pub done: Option<(u64, Timestamp)>,
    /// The copy numbers, and the index of the entry that gave them.
    pub copies: Option<(u64, Timestamp, CopiesNumbered)>,
}

/// A decision about a request.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Whether it was granted.
    pub granted: bool,
    /// By whom.
    pub by: AccountId,
    /// When.
    pub time: Timestamp,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The document.
    pub about: About,
    /// What for.
    pub permit: Permit,
    /// How many copies, where copies are made.
    pub count: Option<u16>,
    /// The first number that is printed again.
    pub first: Option<u32>,
    /// The code of the reason.
    pub reason: u16,
}

/// Where a permission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The head has not decided.
    Waits,
    /// Granted and not done yet.
    Granted,
    /// Refused.
    Refused,
    /// Done.
    Done,
}

impl Standing {
    /// The words, in Chinese and English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Waits => ("待审批", "waits"),
            Self::Granted => ("已同意", "granted"),
            Self::Refused => ("不同意", "refused"),
            Self::Done => ("已办", "done"),
        }
    }
}

impl Permission {
    /// Refuses what another permission is for: to delete, or to print.
    fn is_to(&self, delete: bool) -> Result<(), Failed> {
        if delete == (self.permit == Permit::Deletion) {
            return Ok(());
        }
        let what = say("该申请是为了", "what was asked for is to");
        let permit = say(self.permit.zh(), self.permit.en());
        Err(Failed::Usage(format!("{what} {permit}")))
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        match (&self.decided, self.done) {
            (_, Some(_)) => Standing::Done,
            (None, None) => Standing::Waits,
            (Some(Decided { granted: true, .. }), None) => Standing::Granted,
            (Some(_), None) => Standing::Refused,
        }
    }

    /// The reason in words, if any came with it.
    pub const fn note(&self) -> Option<&AttachmentRef> {
        self.request.note.as_ref()
    }
}

impl Session {
    /// What the head of this unit was asked for, oldest first, for one document or for all.
    pub fn permissions(&self, manifest: Option<&Digest>) -> Result<Vec<Permission>, Failed> {
        let mut all = Vec::new();
        let mut prints = Vec::new();
        for statement in self.own_statements_of(&KINDS)? {
            // What this build cannot read says nothing here.
            let _read = take(&mut all, &mut prints, &statement);
        }
        all.retain(|asked| manifest.is_none_or(|it| asked.request.about.manifest == *it));
        Ok(all)
    }

    /// The permission whose request is the entry at `index`.
    pub fn permission(&self, index: u64) -> Result<Permission, Failed> {
        let all = self.permissions(None)?;
        let found = all.into_iter().find(|asked| asked.index == index);
        found.ok_or(Failed::WhichDocument {
            typed: index.to_string(),
            matches: 0,
        })
    }

    /// Asks the head, with the reason in words for the own unit.
    pub async fn ask_permission(
        &mut self,
        asked: Asked,
        words: Option<&str>,
    ) -> Result<(u64, Entry), Failed> {
        match asked.permit {
            Permit::Deletion => self.require_any(&[Role::Send, Role::Receive])?,
            _ => self.require_any(&[Role::Receive])?,
        }
        let own = self.identity.unit_ref(self.mirror.roster());
        let closed = words
            .map(|words| self.note(words, &asked.about.manifest, &[own]))
            .transpose()?;
        let note = closed.as_deref().map(AttachmentRef::to);
        let body = PermissionRequest {
            about: asked.about,
            permit: asked.permit.code(),
            count: asked.count,
            first: asked.first,
            reason: asked.reason,
            note: note.map(|note| note.ok_or(Failed::Protocol)).transpose()?,
        };
        if body.well_formed().is_none() {
            let most = PermissionRequest::COPIES_MAX;
            let what = say(
                "份数须为 1 至",
                "the first number where they are printed again, words where the reason asks for \
                 them, and copies from 1 to",
            );
            let more = say("；补印须写明从第几份起，有的事由须说明", "");
            return Err(Failed::Usage(format!("{what} {most}{more}")));
        }
        let typed = (asked.permit.code(), asked.count, asked.first, words);
        let named = Digest::of(&cbor::to_vec(&(asked.about, typed)));
        let name = format!("permission-{named}");
        let outcome = self.say(&name, &body, closed.into_iter().collect()).await?;
        self.caught_up(outcome.0).await?;
        Ok(outcome)
    }

    /// Decides about a request: the head, or who stands in.
    pub async fn decide_permission(
        &mut self,
        asked: &Permission,
        granted: bool,
    ) -> Result<(u64, Entry), Failed> {
        let body = PermissionDecision {
            about: asked.request.about,
            request: asked.digest,
            granted,
        };
        let name = format!("permission-decision-{}", asked.digest);
        let outcome = self.say(&name, &body, Vec::new()).await?;
        self.caught_up(outcome.0).await?;
        Ok(outcome)
    }

    /// Has it recorded that copies are made under a permission, and returns it with the numbers
    /// of the originals. One that was done already is returned as it is: a printer that failed
    /// before anything came out asks for the same file again.
    pub async fn print_under(&mut self, asked: &Permission) -> Result<Permission, Failed> {
        self.require_any(&[Role::Receive])?;
        asked.is_to(false)?;
        let about = asked.request.about;
        self.require_assigned(&about.manifest)?;
        if asked.done.is_none() {
            let body = Print {
                about,
                request: asked.digest,
            };
            let name = format!("print-{}", asked.digest);
            let (index, _) = self.say(&name, &body, Vec::new()).await?;
            let numbered = asked.permit != Permit::Desensitised;
            // The exchange's numbers are the entry that follows.
            self.caught_up(index + u64::from(numbered)).await?;
        }
        self.permission(asked.index)
    }

    /// Has the deletion recorded, and deletes what this computer holds of the document.
    pub async fn delete_under(&mut self, asked: &Permission) -> Result<u64, Failed> {
        self.require_any(&[Role::Send, Role::Receive])?;
        asked.is_to(true)?;
        let about = asked.request.about;
        let index = if let Some((index, _)) = asked.done {
            index
        } else {
            let body = Deletion {
                about,
                request: asked.digest,
            };
            let name = format!("deletion-{}", asked.digest);
            let (index, _) = self.say(&name, &body, Vec::new()).await?;
            self.caught_up(index).await?;
            index
        };
        self.forget_deleted()?;
        Ok(index)
    }

    /// Deletes what this computer holds of documents that the unit has deleted, also where another
    /// computer did it.
    pub fn forget_deleted(&self) -> Result<(), Failed> {
        for body in self.bodies_of::<Deletion>(EntryKind::Deletion) {
            self.held(&body.about).iter().try_for_each(|it| gone(it))?;
        }
        Ok(())
    }

    /// Takes away what was opened of documents that their senders have asked back because the level
    /// does not fit; what is encrypted stays, and the exchange opens it no more.
    pub fn quarantine(&self) -> Result<(), Failed> {
        let unit = self.identity.unit();
        for recall in self.bodies_of::<Recall>(EntryKind::Recall) {
            if takes_away(&recall, &unit) {
                let held = self.incoming(&recall.about.manifest);
                gone(&held.join("parts"))?;
                gone(&held.join("sealed"))?;
            }
        }
        Ok(())
    }

    /// What the unit's events of one kind say, as far as this build can read it.
    fn bodies_of<B: Body>(&self, kind: EntryKind) -> impl Iterator<Item = B> {
        let events = self.feed.events().iter();
        let events = events.filter(move |event| event.entry.kind == kind);
        events.filter_map(|event| event.entry.signed().ok()?.claimed().ok()?.body().ok())
    }

    /// The folders that may hold something of a document.
    fn held(&self, about: &About) -> [PathBuf; 2] {
        [
            self.incoming(&about.manifest),
            self.home.join("outgoing").join(about.document.to_string()),
        ]
    }

    /// Who has the original with this code, and when it was printed.
    pub fn resolve_copy(&self, code: &CopyCode) -> Result<Resolved, Failed> {
        let numbered = self.own_statements(EntryKind::CopiesNumbered)?;
        let mut found = numbered.into_iter().filter_map(|statement| {
            let body: CopiesNumbered = statement.payload.body().ok()?;
            (statement.index == code.index).then_some((statement.entry.time, body))
        });
        Ok(match found.next() {
            Some((time, body)) if body.about.document == code.document && body.has(code.copy) => {
                Resolved::Genuine { time, body }
            }
            Some(_) => Resolved::Contradicted,
            None => Resolved::Unknown,
        })
    }
}

/// What became of a look for a copy's code.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// The exchange gave this number, to that recipient, at that time.
    Genuine {
        /// When.
        time: Timestamp,
        /// What it said.
        body: CopiesNumbered,
    },
    /// The entry gave other numbers, or was about another document: the code is forged.
    Contradicted,
    /// No such entry has come to this unit: it is no party of that document, or the code is forged.
    Unknown,
}

impl Resolved {
    /// What it is called for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Genuine { .. } => "genuine",
            Self::Contradicted => "forged",
            Self::Unknown => "unknown",
        }
    }

    /// What it says, in Chinese and English.
    pub const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Genuine { .. } => ("正本，编号属实", "an original; the number is true"),
            Self::Contradicted => (
                "与记录不符，不是正本",
                "contradicted by the log: no original",
            ),
            Self::Unknown => (
                "本单位没有该记录：不是当事单位，或校验码系伪造",
                "not in this unit's records: it is no party, or the code is forged",
            ),
        }
    }
}

/// Deletes a folder, where there is one.
fn gone(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What tells of permissions.
const KINDS: [EntryKind; 5] = [
    EntryKind::PermissionRequest,
    EntryKind::PermissionDecision,
    EntryKind::Print,
    EntryKind::Deletion,
    EntryKind::CopiesNumbered,
];

/// Takes the next statement in; `prints` has each print with the request that it rests on.
fn take(
    all: &mut Vec<Permission>,
    prints: &mut Vec<(Digest, Digest)>,
    statement: &Statement,
) -> Option<()> {
    let (payload, time) = (&statement.payload, statement.entry.time);
    let done = Some((statement.index, time));
    match statement.entry.kind {
        EntryKind::PermissionRequest => {
            let request: PermissionRequest = payload.body().ok()?;
            all.push(Permission {
                index: statement.index,
                time,
                by: payload.account.clone()?,
                permit: Permit::from_code(request.permit)?,
                request,
                digest: statement.digest,
                decided: None,
                done: None,
                copies: None,
            });
        }
        EntryKind::PermissionDecision => {
            let body: PermissionDecision = payload.body().ok()?;
            let by = payload.account.clone()?;
            let granted = body.granted;
            of(all, &body.request)?.decided = Some(Decided { granted, by, time });
        }
        EntryKind::Print => {
            let body: Print = payload.body().ok()?;
            prints.push((statement.digest, body.request));
            of(all, &body.request)?.done = done;
        }
        EntryKind::Deletion => {
            let body: Deletion = payload.body().ok()?;
            of(all, &body.request)?.done = done;
        }
        _ => {
            // Others' numbers come to an issuer as well, and rest on no print of this unit.
            let body: CopiesNumbered = payload.body().ok()?;
            let (_, request) = prints.iter().find(|print| print.0 == body.print)?;
            of(all, request)?.copies = Some((statement.index, time, body));
        }
    }
    Some(())
}

fn of<'p>(all: &'p mut [Permission], request: &Digest) -> Option<&'p mut Permission> {
    all.iter_mut().find(|asked| asked.digest == *request)
}

/// Copy numbers as they are written: `000001–000020`.
pub fn numbers(body: &CopiesNumbered) -> String {
    let last = body
        .first
        .saturating_add(u32::from(body.count))
        .saturating_sub(1);
    if last == body.first {
        format!("{:06}", body.first)
    } else {
        format!("{:06}–{last:06}", body.first)
    }
}

/// The code on a printed original: `YC1.<document>.<copy number>.<log index>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyCode {
    /// The document.
    pub document: DocumentId,
    /// The copy number.
    pub copy: u32,
    /// The index of the entry that gave it.
    pub index: u64,
}

impl fmt::Display for CopyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            document,
            copy,
            index,
        } = self;
        write!(f, "YC1.{document}.{copy:06}.{index}")
    }
}

/// Not a code of a printed original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACopyCode;

impl FromStr for CopyCode {
    type Err = NotACopyCode;

    /// Reads a code; only its one way of being written.
    fn from_str(text: &str) -> Result<Self, NotACopyCode> {
        let parts: Vec<&str> = text.split('.').collect();
        let ["YC1", document, copy, index] = parts.as_slice() else {
            return Err(NotACopyCode);
        };
        let code = Self {
            document: document.parse().map_err(|_| NotACopyCode)?,
            copy: copy.parse().map_err(|_| NotACopyCode)?,
            index: index.parse().map_err(|_| NotACopyCode)?,
        };
        if code.to_string() == text && (1..=CopiesNumbered::HIGHEST).contains(&code.copy) {
            Ok(code)
        } else {
            Err(NotACopyCode)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copys_code_has_one_way_of_being_written() {
        let document = "019a0000-0000-7000-8000-000000000001";
        let good = format!("YC1.{document}.000012.345");
        let code: CopyCode = good.parse().unwrap();
        assert_eq!((code.copy, code.index), (12, 345));
        assert_eq!(code.to_string(), good);
        for bad in [
            String::new(),
            format!("YC2.{document}.000012.345"),
            format!("yc1.{document}.000012.345"),
            format!("YC1.{document}.12.345"),
            format!("YC1.{document}.+00012.345"),
            format!("YC1.{document}.000000.345"),
            format!("YC1.{document}.1000000.345"),
            format!("YC1.{document}.000012.0345"),
            format!("YC1.{document}.000012.345.1"),
            format!("YC1.{document}.000012.-1"),
            format!("YC1.{}.000012.345", document.to_uppercase()),
            format!("YC1.{document}.000012.345\n"),
            format!("YC1.{document}.000012.99999999999999999999"),
        ] {
            assert_eq!(bad.parse::<CopyCode>(), Err(NotACopyCode), "{bad}");
        }
    }

    #[test]
    fn copy_numbers_are_written_with_six_digits() {
        let body = |first, count| CopiesNumbered {
            about: About {
                document: "019a0000-0000-7000-8000-000000000001".parse().unwrap(),
                manifest: Digest::of(b"manifest"),
            },
            unit: "513201-zf@yichuan.example".parse().unwrap(),
            print: Digest::of(b"print"),
            first,
            count,
            printed: count,
            quota: count,
            again: false,
        };
        assert_eq!(numbers(&body(7, 1)), "000007");
        assert_eq!(numbers(&body(1, 20)), "000001–000020");
    }
}
