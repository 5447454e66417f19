//! The files of a draft: opened, and looked into before anything is made of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use yichuan_document::PartName;
use yichuan_document::terms::DocumentKind;
use yichuan_envelope::Closed;

use super::Draft;
use crate::office::content::{Content, FileAt, as_declared};
use crate::office::failed::{Failed, PartProblem};
use crate::office::meeting::{BadForm, FORM_MEDIA_TYPE, FORM_NAME};

/// A file that is to be sent, open.
pub(super) struct OpenFile {
    pub(super) file: Box<dyn Read + Send>,
    pub(super) name: PartName,
    pub(super) media_type: &'static str,
    pub(super) bytes: u64,
}

/// Opens the files of a draft; each must be there, plain, and named so that it is safe everywhere.
pub(super) fn open_files(paths: &[PathBuf]) -> Result<Vec<OpenFile>, Failed> {
    let open = |path: &PathBuf| {
        let problem = |what| Failed::Part {
            path: path.clone(),
            what,
        };
        let unreadable = |error: io::Error| problem(PartProblem::Unreadable(error.kind()));
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(problem(PartProblem::NotAFile));
        }
        if metadata.len() == 0 {
            return Err(problem(PartProblem::Empty));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.eq_ignore_ascii_case(FORM_NAME) {
            return Err(Failed::Form(BadForm::NameTaken));
        }
        let name: PartName = name
            .parse()
            .map_err(|why| problem(PartProblem::Name(why)))?;
        Ok(OpenFile {
            file: Box::new(file),
            media_type: media_type(name.as_str()),
            name,
            bytes: metadata.len(),
        })
    };
    paths.iter().map(open).collect()
}

/// The reply form as one more part, the last; only a meeting notice has one.
pub(super) fn open_form(draft: &Draft) -> Result<Option<OpenFile>, Failed> {
    let Some(form) = &draft.form else {
        return Ok(None);
    };
    if draft.kind != DocumentKind::MeetingNotice {
        return Err(Failed::Form(BadForm::NotAMeeting));
    }
    let bytes = form.to_bytes();
    Ok(Some(OpenFile {
        name: FORM_NAME.parse().map_err(|_| Failed::Protocol)?,
        media_type: FORM_MEDIA_TYPE,
        bytes: bytes.len() as u64,
        file: Box::new(io::Cursor::new(bytes)),
    }))
}

/// The media type that a name's ending declares.
fn media_type(name: &str) -> &'static str {
    match name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .as_deref()
    {
        Some("ofd") => "application/ofd",
        Some("pdf") => "application/pdf",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Looks into the files before anything is made of them (Art. 3, 15).
pub(super) fn look(draft: &Draft, files: &[OpenFile]) -> Result<Content, Failed> {
    let number = draft.number.as_ref().map(ToString::to_string);
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let label = (draft.title.as_str(), number.as_deref());
    let declared = as_declared(label, draft.level, draft.urgency, &names);
    let at: Vec<FileAt<'_>> = files
        .iter()
        .zip(&draft.files)
        .map(|(file, path)| FileAt {
            name: file.name.as_str(),
            media_type: file.media_type,
            path,
        })
        .collect();
    Ok(Content::look(&at, draft.level, &declared)?)
}

/// Refuses files that are not those that were looked into.
pub(super) fn unchanged(content: &Content, closed: &Closed, draft: &Draft) -> Result<(), Failed> {
    if content.is_of(&closed.header.parts) {
        return Ok(());
    }
    let path = draft.files.first().cloned().unwrap_or_default();
    let what = PartProblem::Changed;
    Err(Failed::Part { path, what })
}
