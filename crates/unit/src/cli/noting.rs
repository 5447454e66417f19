//! What the unit keeps for itself: notes on documents, and drafts that are handed over.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use yichuan_document::statement::NoteKind;

use super::Globals;
use super::acting::block_on;
use crate::lang::{local, say, size, table};
use crate::office::codes::note_words;
use crate::office::drafts::distinct;
use crate::office::notes::{DraftFile, Noted};
use crate::office::{Failed, PartProblem, Session};

/// `yichuan note`.
#[derive(Debug, Subcommand)]
pub(super) enum NoteCommand {
    /// 添加 · add one
    Add(Add),
    /// 查看 · read them
    List(List),
}

/// `yichuan note add`.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 内容，只有本单位能看 · the words, which only this unit can read
    #[arg(long)]
    text: String,
    /// 种类 · what it is
    #[arg(long, value_enum, default_value = "opinion")]
    kind: Kind,
}

/// What a typed note can be; drafts have commands of their own.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// 意见 · an opinion
    Opinion,
    /// 登记号 · a number in a register of the unit's own
    Register,
}

/// `yichuan note list`.
#[derive(Debug, Args)]
pub(super) struct List {
    /// 公文标识，不写则列出全部 · the document; all when it is not named
    id: Option<String>,
}

/// `yichuan draft`.
#[derive(Debug, Subcommand)]
pub(super) enum DraftCommand {
    /// 交出 · hand a draft over to whoever takes it up in this unit
    Give(Give),
    /// 查看 · the drafts that were handed over
    List,
    /// 接手：取出文件 · take one up: write its files into a new folder
    Take(Take),
}

/// `yichuan draft give`.
#[derive(Debug, Args)]
pub(super) struct Give {
    /// 交接说明 · words to whoever takes it up
    #[arg(long, default_value = "")]
    text: String,
    /// 文件：要素文件、正文、附件 · the files: elements, main text, annexes
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// `yichuan draft take`.
#[derive(Debug, Args)]
pub(super) struct Take {
    /// 编号，见 yichuan draft list · its number, from `yichuan draft list`
    number: u64,
    /// 新目录 · a folder that does not exist yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl NoteCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Add(add) => add.run(globals),
            Self::List(list) => list.run(globals),
        }
    }
}

impl Add {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        if self.text.trim().is_empty() {
            return Err(Failed::Usage(
                say("内容为空", "there are no words").to_owned(),
            ));
        }
        let kind = match self.kind {
            Kind::Opinion => NoteKind::Opinion,
            Kind::Register => NoteKind::RegisterNumber,
        };
        let home = globals.take_home()?;
        let (index, entry) = block_on(async {
            let (mut session, _) = globals.session(&home, None).await?;
            let registers = session.feed.registers();
            let about = registers.one(&self.id)?.about;
            session.add_note(kind, Some(about), &self.text).await
        })?;
        recorded(globals, ("已添加", "added"), index, &entry);
        Ok(ExitCode::SUCCESS)
    }
}

fn recorded(
    globals: &Globals,
    what: (&str, &str),
    index: u64,
    entry: &yichuan_evidence::entry::Entry,
) {
    globals.print(
        &json!({ "done": what.1, "index": index, "time_ms": entry.time.unix_ms() }),
        &format!(
            "{}\n{} {index}, {}",
            say(what.0, what.1),
            say("日志序号", "log index"),
            local(entry.time)
        ),
    );
}

/// The words of a note, or that they cannot be read here.
pub(super) async fn text_of(session: &Session, noted: &Noted) -> Result<String, Failed> {
    match session.read_note(noted).await {
        Err(Failed::NoteUnreadable(_)) => {
            Ok(say("（本帐号不能打开）", "(not for this account)").to_owned())
        }
        read => read,
    }
}

impl List {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (rows, listed) = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let registers = session.feed.registers();
            let (mut rows, mut listed) = (Vec::new(), Vec::new());
            for noted in session.notes()? {
                let Some(about) = noted.about else { continue };
                let wanted = self.id.as_ref().is_none_or(|typed| {
                    registers
                        .find(typed)
                        .iter()
                        .any(|document| document.about == about)
                });
                if !wanted {
                    continue;
                }
                let text = text_of(&session, &noted).await?;
                rows.push(vec![
                    local(noted.time),
                    noted.account.to_string(),
                    note_words(noted.kind),
                    about.document.to_string(),
                    text.clone(),
                ]);
                listed.push(json!({
                    "document": about.document.to_string(),
                    "kind": noted.kind,
                    "account": noted.account.as_str(),
                    "time_ms": noted.time.unix_ms(),
                    "index": noted.index,
                    "text": text,
                }));
            }
            Ok((rows, listed))
        })?;
        let text = if rows.is_empty() {
            say(
                "还没有附注。添加：yichuan note add 公文标识 --text 内容",
                "no notes yet. To add one: yichuan note add ID --text WORDS",
            )
            .to_owned()
        } else {
            let head = [
                say("时间", "time"),
                say("帐号", "account"),
                say("种类", "kind"),
                say("公文", "document"),
                say("内容", "words"),
            ];
            table(&head, &rows)
        };
        globals.print(&json!(listed), &text);
        Ok(ExitCode::SUCCESS)
    }
}

impl DraftCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Give(give) => give.run(globals),
            Self::List => list_drafts(globals),
            Self::Take(take) => take.run(globals),
        }
    }
}

impl Give {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let files = self
            .files
            .iter()
            .map(|path| DraftFile::read(path))
            .collect::<Result<Vec<_>, _>>()?;
        distinct(&files)?;
        let home = globals.take_home()?;
        let (index, entry) = block_on(async {
            let (mut session, _) = globals.session(&home, None).await?;
            session.hand_over(&self.text, &files).await
        })?;
        recorded(globals, ("已交出", "handed over"), index, &entry);
        Ok(ExitCode::SUCCESS)
    }
}

fn list_drafts(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let (rows, listed) = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        let (mut rows, mut listed) = (Vec::new(), Vec::new());
        for noted in &session.drafts_given()? {
            let (words, files) = match session.take_over(noted).await {
                Err(Failed::NoteUnreadable(_)) => (
                    say("（本帐号不能打开）", "(not for this account)").to_owned(),
                    Vec::new(),
                ),
                taken => taken?,
            };
            let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
            rows.push(vec![
                noted.index.to_string(),
                local(noted.time),
                noted.account.to_string(),
                names.join("、"),
                words.clone(),
            ]);
            listed.push(json!({
                "number": noted.index,
                "account": noted.account.as_str(),
                "time_ms": noted.time.unix_ms(),
                "words": words,
                "files": names,
            }));
        }
        Ok((rows, listed))
    })?;
    let text = if rows.is_empty() {
        say(
            "没有交接稿。交出：yichuan draft give 文件…",
            "no drafts were handed over. To do so: yichuan draft give FILE…",
        )
        .to_owned()
    } else {
        let head = [
            say("编号", "number"),
            say("时间", "time"),
            say("帐号", "account"),
            say("文件", "files"),
            say("说明", "words"),
        ];
        table(&head, &rows)
    };
    globals.print(&json!(listed), &text);
    Ok(ExitCode::SUCCESS)
}

impl Take {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (words, files) = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let noted = session.draft_given(self.number)?;
            session.take_over(&noted).await
        })?;
        // A new folder: nothing that stands somewhere is written over.
        fs::create_dir(&self.out).map_err(|_| Failed::Part {
            path: self.out.clone(),
            what: PartProblem::Exists,
        })?;
        let mut text = if words.is_empty() {
            String::new()
        } else {
            format!("{words}\n")
        };
        for file in &files {
            let path = self.out.join(file.name.as_str());
            let mut to = OpenOptions::new()
                .create_new(true)
                .write(true)
                .open(&path)?;
            to.write_all(&file.bytes)?;
            to.sync_all()?;
            let bytes = size(file.bytes.len() as u64);
            text.push_str(&format!("{} ({bytes})\n", path.display()));
        }
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        globals.print(
            &json!({ "words": words, "folder": self.out, "files": names }),
            &text,
        );
        Ok(ExitCode::SUCCESS)
    }
}
