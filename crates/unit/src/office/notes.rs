//! What a unit adds for itself: register numbers, opinions, drafts handed over. The exchange keeps
//! it, encrypted to the unit's key, so that every computer of the unit has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::header::PartName;
use yichuan_document::statement::{About, AttachmentRef, NoteKind, UnitNote};
use yichuan_document::{AccountId, Digest, Timestamp, cbor};
use yichuan_envelope::{DRAFT_BYTES_MAX, close_draft, open_draft, open_note};
use yichuan_evidence::entry::{Entry, EntryKind};

use super::dossier::Statement;
use super::failed::Failed;
use super::session::Session;
use crate::home::{read_at_most, replace};
use crate::lang::say;
use crate::oa::plain_line;
use crate::unix;

/// The most characters of a register number that the unit's own register gives.
pub const NUMBER_CHARS_MAX: usize = 64;
/// The most bytes of a closed note of which a copy stays on this computer.
const CLOSED_BYTES_KEPT: u64 = 64 << 10;
/// The version of a draft's form, `proto/statement.md`.
const DRAFT_VERSION: u16 = 1;

/// A note of the own unit, its signatures verified, its content still closed.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The entry's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// Who wrote it.
    pub account: AccountId,
    /// The code of its kind.
    pub kind: u16,
    /// The document that it is about.
    pub about: Option<About>,
    note: AttachmentRef,
}

/// The numbers that the unit's own registers give to documents, as far as they were read: of each
/// document the last one that the account can read.
#[derive(Clone, Default)]
pub struct OwnNumbers {
    read: Option<u64>,
    /// A copy shares them.
    numbers: Arc<BTreeMap<Digest, String>>,
}

impl OwnNumbers {
    /// The number of the document with this manifest.
    pub fn of(&self, manifest: &Digest) -> Option<&String> {
        self.numbers.get(manifest)
    }
}

/// A draft that is handed over: words to whoever takes it, and files.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct HandedOver {
    #[n(0)]
    version: u16,
    #[n(1)]
    words: String,
    #[n(2)]
    files: Vec<HandedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct HandedFile {
    #[n(0)]
    name: PartName,
    #[n(1)]
    bytes: ByteVec,
}

/// A file of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFile {
    /// Its name, safe to write.
    pub name: PartName,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Session {
    /// The unit's notes, oldest first.
    pub fn notes(&self) -> Result<Vec<Noted>, Failed> {
        let statements = self.own_statements(EntryKind::UnitNote)?;
        let notes = statements.iter().filter_map(|it| Noted::of(it));
        Ok(notes.collect())
    }

    /// The unit's own statements of one kind, each verified by the roster of its time.
    pub(super) fn own_statements(&self, kind: EntryKind) -> Result<Vec<Arc<Statement>>, Failed> {
        self.own_statements_after(kind, None)
    }

    /// The same of several kinds, in the order of the log.
    pub(super) fn own_statements_of(
        &self,
        kinds: &[EntryKind],
    ) -> Result<Vec<Arc<Statement>>, Failed> {
        let mut all = Vec::new();
        for kind in kinds {
            all.extend(self.own_statements(*kind)?);
        }
        all.sort_by_key(|statement| statement.index);
        Ok(all)
    }

    /// Adds a text to a document, or to none. A register number is one line of plain text.
    pub async fn add_note(
        &mut self,
        kind: NoteKind,
        about: Option<About>,
        text: &str,
    ) -> Result<(u64, Entry), Failed> {
        let number = (kind == NoteKind::RegisterNumber)
            .then(|| plain_line(text, NUMBER_CHARS_MAX).ok_or_else(no_number));
        let number = number.transpose()?;
        let text = number.as_deref().unwrap_or(text);
        let own = self.identity.unit_ref(self.mirror.roster());
        let closed = self.note(text, &context(about.as_ref()), &[own])?;
        let name = cbor::to_vec(&(kind.code(), about, text));
        self.record_note(kind, about, closed, &name).await
    }

    /// Hands a draft over to whoever in the unit takes it up.
    pub async fn hand_over(
        &mut self,
        words: &str,
        files: &[DraftFile],
    ) -> Result<(u64, Entry), Failed> {
        let draft = HandedOver {
            version: DRAFT_VERSION,
            words: words.to_owned(),
            files: files
                .iter()
                .map(|file| HandedFile {
                    name: file.name.clone(),
                    bytes: ByteVec::from(file.bytes.clone()),
                })
                .collect(),
        };
        let bytes = cbor::to_vec(&draft);
        if bytes.len() > DRAFT_BYTES_MAX {
            return Err(Failed::DraftTooLarge {
                bytes: bytes.len() as u64,
                limit: DRAFT_BYTES_MAX as u64,
            });
        }
        let roster = self.mirror.roster();
        let own = self.identity.unit_ref(roster);
        let key = roster.unit_key(&own.unit);
        let key = key.ok_or_else(|| Failed::NoUnitKey(own.unit.clone()))?;
        let unit = (own, key.epoch, key.key);
        let mut rng = crate::chance()?;
        let closed = close_draft(&bytes, &roster.genesis(), &context(None), unit, &mut rng)
            .map_err(|why| Failed::Envelope(why.to_string()))?;
        self.record_note(NoteKind::Draft, None, closed, &bytes)
            .await
    }

    /// Records a closed note; `content` names it on this computer until it is recorded.
    async fn record_note(
        &mut self,
        kind: NoteKind,
        about: Option<About>,
        closed: Vec<u8>,
        content: &[u8],
    ) -> Result<(u64, Entry), Failed> {
        let body = UnitNote {
            kind: kind.code(),
            document: about,
            note: AttachmentRef::to(&closed).ok_or(Failed::Protocol)?,
        };
        let name = format!("note-{}", Digest::of(content));
        self.say(&name, &body, vec![closed]).await
    }

    /// The text of a note.
    pub async fn read_note(&self, noted: &Noted) -> Result<String, Failed> {
        let (closed, roster) = (self.closed(noted).await?, self.mirror.roster());
        let own = self.identity.unit_ref(roster);
        let context = context(noted.about.as_ref());
        open_note(&closed, &roster.genesis(), &context, &own, |epoch| {
            self.identity.unit_secret(roster, epoch).ok()
        })
        .map_err(|_| Failed::NoteUnreadable(noted.index))
    }

    /// The words and files of a draft that was handed over.
    pub async fn take_over(&self, noted: &Noted) -> Result<(String, Vec<DraftFile>), Failed> {
        let (closed, roster) = (self.closed(noted).await?, self.mirror.roster());
        let own = self.identity.unit_ref(roster);
        let unreadable = || Failed::NoteUnreadable(noted.index);
        let bytes = open_draft(&closed, &roster.genesis(), &context(None), &own, |epoch| {
            self.identity.unit_secret(roster, epoch).ok()
        })
        .map_err(|_| unreadable())?;
        let draft: HandedOver = cbor::read(&bytes, DRAFT_BYTES_MAX).map_err(|_| unreadable())?;
        if draft.version != DRAFT_VERSION {
            return Err(unreadable());
        }
        let file = |file: HandedFile| DraftFile {
            name: file.name,
            bytes: file.bytes.into(),
        };
        Ok((draft.words, draft.files.into_iter().map(file).collect()))
    }

    /// Reads what is new of the numbers that the unit's own registers give to documents.
    pub async fn read_own_numbers(&self, known: &mut OwnNumbers) -> Result<(), Failed> {
        let mut all_read = true;
        for statement in self.own_statements_after(EntryKind::UnitNote, known.read)? {
            let index = statement.index;
            let noted = Noted::of(&statement).filter(|it| it.is(NoteKind::RegisterNumber));
            let about = noted.as_ref().and_then(|noted| noted.about);
            if let (Some(noted), Some(about)) = (noted, about) {
                match self.read_note(&noted).await {
                    // Another program of the unit may have written anything.
                    Ok(text) => {
                        if let Some(number) = plain_line(&text, NUMBER_CHARS_MAX) {
                            let numbers = Arc::make_mut(&mut known.numbers);
                            numbers.insert(about.manifest, number);
                        }
                    }
                    // The account may get its share of the unit's key later.
                    Err(Failed::NoteUnreadable(_)) => all_read = false,
                    Err(failed) => return Err(failed),
                }
            }
            if all_read {
                known.read = Some(index);
            }
        }
        Ok(())
    }

    /// Those of one kind after the entry with that index.
    fn own_statements_after(
        &self,
        kind: EntryKind,
        after: Option<u64>,
    ) -> Result<Vec<Arc<Statement>>, Failed> {
        let mut made = self.feed.made();
        let all = made.verified.of(kind, self.feed.events(), &self.mirror)?;
        let known = |statement: &Arc<Statement>| after.is_some_and(|it| statement.index <= it);
        Ok(all[all.partition_point(known)..].to_vec())
    }

    /// A note as it is closed: from the copy on this computer, else from the exchange.
    async fn closed(&self, noted: &Noted) -> Result<Vec<u8>, Failed> {
        let digest = noted.note.digest;
        let path = self.home.join("notes").join(digest.to_string());
        if let Ok(bytes) = read_at_most(&path, CLOSED_BYTES_KEPT)
            && Digest::of(&bytes) == digest
        {
            return Ok(bytes);
        }
        let bytes = self.attachment_of(noted.index, digest).await?;
        if bytes.len() as u64 <= CLOSED_BYTES_KEPT {
            // It is asked for again where it cannot be kept.
            let _ = unix::create_private_folder(&self.home.join("notes"))
                .and_then(|()| replace(&path, &bytes));
        }
        Ok(bytes)
    }
}

fn no_number() -> Failed {
    let most = say(
        "登记号为一行，最多",
        "a register number is one line of at most",
    );
    Failed::Usage(format!(
        "{most} {NUMBER_CHARS_MAX} {}",
        say("字", "characters")
    ))
}

impl Noted {
    /// Whether it is of that kind.
    pub fn is(&self, kind: NoteKind) -> bool {
        self.kind == kind.code()
    }

    fn of(statement: &Statement) -> Option<Self> {
        let body: UnitNote = statement.payload.body().ok()?;
        Some(Self {
            index: statement.index,
            time: statement.entry.time,
            account: statement.payload.account.clone()?,
            kind: body.kind,
            about: body.document,
            note: body.note,
        })
    }
}

/// What a note belongs to: a document, or nothing.
fn context(about: Option<&About>) -> Digest {
    about.map_or(Digest::from_bytes([0; 32]), |about| about.manifest)
}
