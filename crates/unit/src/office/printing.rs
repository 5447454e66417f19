//! The file for the printer of what the department's head has granted.
//!
//! Whether the file can be made is tried before anything is recorded, so that no number is spent on
//! a document that cannot be printed here.

use std::fs;
use std::path::PathBuf;

use yichuan_document::statement::Permit;
use yichuan_document::{Timestamp, UnitCode};
use yichuan_layout::Limits;
use yichuan_picture::printing::{Copy, Desensitised, Original, print_file};
use yichuan_typeface::Faces;

use super::content::{Told, read};
use super::failed::Failed;
use super::permitting::{CopyCode, Permission};
use super::receive::Received;
use super::session::Session;
use crate::lang::local;

/// A file for the printer, and what it is printed under.
pub struct PrintFile {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// The permission, done, with the numbers of the originals.
    pub permission: Permission,
    /// What looks otherwise on paper than the document says, in both languages.
    pub notes: Vec<String>,
}

impl Session {
    /// Records that copies are made under a permission, and makes the file for the printer. The
    /// same permission gives the same copies again.
    pub async fn print(
        &mut self,
        asked: &Permission,
        part: usize,
        faces: &Faces,
        progress: &mut dyn FnMut(u64),
    ) -> Result<PrintFile, Failed> {
        let about = asked.request.about;
        let received = self.fetch(about, progress).await?;
        if let Some(why) = received.closed {
            return Err(why.into());
        }
        let source = to_print(&received, part)?;
        let unit = self.identity.unit();
        let name = self.unit_name(&unit);
        if asked.done.is_none() {
            let trial = trial(asked.permit, &name);
            print_file(&source, &[trial], faces).map_err(|why| not_printed(&why))?;
        }
        let permission = self.print_under(asked).await?;
        let copies = copies(&permission, &name)?;
        let printed = print_file(&source, &copies, faces).map_err(|why| not_printed(&why))?;
        Ok(PrintFile {
            bytes: printed.pdf,
            permission,
            notes: printed.notes.iter().map(ToString::to_string).collect(),
        })
    }

    fn unit_name(&self, unit: &UnitCode) -> String {
        let known = self.mirror.roster().unit(unit);
        known.map_or_else(|| unit.to_string(), |unit| unit.name)
    }
}

/// The file with its seals, where they were set into it; else as it was approved.
fn to_print(received: &Received, part: usize) -> Result<Vec<u8>, Failed> {
    let header = received
        .opened
        .as_ref()
        .map(yichuan_envelope::Opened::header);
    let parts = &header.ok_or(Failed::Protocol)?.parts;
    let named = parts.get(part).ok_or_else(|| {
        Failed::NotPrinted(Told {
            zh: format!("没有第 {} 个文件", part + 1),
            en: format!("there is no file {}", part + 1),
        })
    })?;
    let sealed: PathBuf = received.sealed.join(named.name.as_str());
    let path = if sealed.exists() {
        sealed
    } else {
        received.parts.join(named.name.as_str())
    };
    let most = Limits::default().file_bytes;
    if fs::metadata(&path)?.len() > most as u64 {
        return Err(Failed::NotPrinted(Told {
            zh: format!("文件超过 {} MiB，无法打印", most >> 20),
            en: format!("larger than {} MiB", most >> 20),
        }));
    }
    Ok(read(&path, most)?)
}

/// One copy that is not printed, to see whether one can be.
fn trial(permit: Permit, unit: &str) -> Copy {
    let (unit, printed_at) = (unit.to_owned(), String::new());
    let code = "YC1".to_owned();
    match permit {
        Permit::Desensitised => Copy::Desensitised(Desensitised {
            unit,
            printed_at,
            code,
        }),
        _ => Copy::Original(Original {
            copy_number: 1,
            unit,
            printed_at,
            code,
        }),
    }
}

/// The copies of a permission that was done.
fn copies(permission: &Permission, unit: &str) -> Result<Vec<Copy>, Failed> {
    let document = permission.request.about.document;
    if permission.permit == Permit::Desensitised {
        let (index, time) = permission.done.ok_or(Failed::Protocol)?;
        let copy = Copy::Desensitised(Desensitised {
            unit: unit.to_owned(),
            printed_at: written(time),
            code: format!("YCD.{document}.{index}"),
        });
        let count = usize::from(permission.request.count.unwrap_or(0));
        return Ok(vec![copy; count]);
    }
    let (index, time, body) = permission.copies.as_ref().ok_or(Failed::Protocol)?;
    let again = if body.again { " 补印" } else { "" };
    let numbers = body.first..body.first.saturating_add(u32::from(body.count));
    let original = |copy| {
        let code = CopyCode {
            document,
            copy,
            index: *index,
        };
        Copy::Original(Original {
            copy_number: copy,
            unit: unit.to_owned(),
            printed_at: format!("{}{again}", written(*time)),
            code: code.to_string(),
        })
    };
    Ok(numbers.map(original).collect())
}

fn written(time: Timestamp) -> String {
    local(time)
}

fn not_printed(why: &dyn std::fmt::Display) -> Failed {
    let words = why.to_string();
    let (zh, en) = words.split_once(" · ").unwrap_or((&words, &words));
    Failed::NotPrinted(Told {
        zh: zh.to_owned(),
        en: en.to_owned(),
    })
}
