//! `yichuan doc`: official documents out of plain text.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use yichuan_typeset::{Form, example, typeset};

use super::Globals;
use crate::fonts;
use crate::lang::{is_chinese, say};
use crate::office::Failed;

/// The largest source that is read; the typesetter itself refuses less.
const SOURCE_BYTES_MAX: u64 = 16 << 20;

/// `yichuan doc`.
#[derive(Debug, Subcommand)]
pub(super) enum DocCommand {
    /// 由文字稿生成 OFD 和 PDF · set a text as OFD and PDF
    Typeset(Typeset),
    /// 输出样稿：公文、信函、命令、纪要 · write a source to start from
    Example(Example),
}

/// `yichuan doc typeset`.
#[derive(Debug, Args)]
pub(super) struct Typeset {
    /// 文字稿（UTF-8 文本） · the text, in UTF-8
    source: PathBuf,
    /// 写入 OFD 文件 · write the OFD here
    #[arg(long, value_name = "FILE", required_unless_present = "pdf")]
    ofd: Option<PathBuf>,
    /// 写入 PDF 文件 · write the PDF here
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// 覆盖已有文件 · overwrite files that are there
    #[arg(long)]
    force: bool,
}

/// `yichuan doc example`.
#[derive(Debug, Args)]
pub(super) struct Example {
    /// 格式 · the form
    #[arg(value_enum, default_value_t)]
    form: Word,
    /// 写入文件，默认输出到屏幕 · write it to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// 覆盖已有文件 · overwrite a file that is there
    #[arg(long)]
    force: bool,
}

/// A form's word.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Word {
    /// 公文 · a document
    #[default]
    Official,
    /// 信函 · a letter
    Letter,
    /// 命令（令） · an order
    Order,
    /// 纪要 · minutes
    Minutes,
}

impl Word {
    const fn form(self) -> Form {
        match self {
            Self::Official => Form::Official,
            Self::Letter => Form::Letter,
            Self::Order => Form::Order,
            Self::Minutes => Form::Minutes,
        }
    }
}

impl DocCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Typeset(command) => command.run(globals),
            Self::Example(command) => command.run(globals),
        }
    }
}

impl Typeset {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let outs = [self.ofd.as_deref(), self.pdf.as_deref()];
        for path in outs.iter().flatten() {
            is_free(path, self.force)?;
        }
        let source = read(&self.source)?;
        let set = typeset(&source, &fonts::installed(None))
            .map_err(|why| Failed::NotTypeset(Box::new(why)))?;
        for (path, bytes) in outs.into_iter().zip([&set.ofd, &set.pdf]) {
            if let Some(path) = path {
                write(path, bytes, self.force)?;
            }
        }
        let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let remark = |fault: &yichuan_layout::format::Fault| {
            if is_chinese() { fault.zh() } else { fault.en() }
        };
        let remarks: Vec<String> = set.remarks.iter().map(remark).collect();
        let (ofd, pdf) = (shown(&self.ofd), shown(&self.pdf));
        let value = json!({
            "pages": set.pages,
            "ofd": ofd,
            "pdf": pdf,
            "fonts": set.fonts,
            "remarks": remarks,
        });
        let written: Vec<String> = [ofd, pdf].into_iter().flatten().collect();
        let mut text = format!(
            "{} {} {}: {}",
            set.pages,
            say("页", "pages"),
            say("已写入", "written"),
            written.join(", ")
        );
        for remark in remarks {
            text.push_str(&format!("\n{}: {remark}", say("提示", "note")));
        }
        globals.print(&value, &text);
        Ok(ExitCode::SUCCESS)
    }
}

impl Example {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let source = example(self.form.form());
        let Some(path) = self.out else {
            globals.print(&json!({ "source": source }), source.trim_end());
            return Ok(ExitCode::SUCCESS);
        };
        write(&path, source.as_bytes(), self.force)?;
        let shown = path.display().to_string();
        let value = json!({ "file": shown });
        globals.print(&value, &format!("{}: {shown}", say("已写入", "written")));
        Ok(ExitCode::SUCCESS)
    }
}

/// The text of a source.
fn read(path: &Path) -> Result<String, Failed> {
    let unread =
        |error: &dyn std::fmt::Display| Failed::Usage(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|error| unread(&error))?;
    let mut bytes = Vec::new();
    file.take(SOURCE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(&error))?;
    let not_text = say("不是 UTF-8 文本", "not a text in UTF-8");
    String::from_utf8(bytes).map_err(|_| unread(&not_text))
}

/// Refuses a file that is there, before any work is done for it.
pub(super) fn is_free(path: &Path, force: bool) -> Result<(), Failed> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(Failed::FileIsThere(path.to_owned()));
    }
    Ok(())
}

/// Writes a file that is not there yet, unless it may be overwritten.
pub(super) fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failed> {
    let mut options = File::options();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let file = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failed::FileIsThere(path.to_owned()),
        _ => Failed::Usage(format!("{}: {error}", path.display())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_overwritten_by_force_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ofd");
        write(&path, b"one", false).unwrap();
        assert!(matches!(
            write(&path, b"two", false),
            Err(Failed::FileIsThere(_))
        ));
        assert!(matches!(is_free(&path, false), Err(Failed::FileIsThere(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn a_source_that_is_no_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, [0xff, 0xfe, 0]).unwrap();
        assert!(matches!(read(&path), Err(Failed::Usage(_))));
        assert!(matches!(
            read(&folder.path().join("none")),
            Err(Failed::Usage(_))
        ));
    }
}
