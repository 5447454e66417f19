//! How long a document of ten pages takes: `cargo run --release -p yichuan-typeset --example
//! figure FOLDER…`, where the folders have the fonts. With `--out NAME` and `--from SOURCE` it sets
//! a source and writes `NAME.ofd` and `NAME.pdf`.
#![expect(
    clippy::disallowed_methods,
    reason = "a program for developers: it reads files and the clock"
)]

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, FontBytes, describe};
use yichuan_typeset::{Form, example, typeset};

struct Files;

impl FontBytes for Files {
    fn load(&self, source: &FaceSource) -> io::Result<Bytes> {
        Ok(Arc::new(std::fs::read(&source.id)?))
    }
}

fn faces(folder: &Path, into: &mut Vec<FaceInfo>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            faces(&path, into)?;
        } else if let Some(id) = path.to_str() {
            let bytes = std::fs::read(&path)?;
            let mut read = |at: u64, length: usize| {
                let at = usize::try_from(at).map_err(io::Error::other)?;
                let part = bytes.get(at..at.saturating_add(length));
                Ok(part.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
            };
            into.extend(describe(id, &mut read).unwrap_or_default());
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut out, mut from, mut found) = (None, None, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" => out = arguments.next(),
            "--from" => from = arguments.next(),
            folder => faces(Path::new(folder), &mut found)?,
        }
    }
    let faces = Faces::new(found, Files);
    let source = match from {
        Some(path) => Form::ALL
            .into_iter()
            .find(|form| form.word() == path)
            .map_or_else(
                || std::fs::read_to_string(&path),
                |form| Ok(example(form).to_owned()),
            )?,
        None => ten_pages(),
    };
    let begin = Instant::now();
    let set = typeset(&source, &faces)?;
    let first = begin.elapsed();
    let begin = Instant::now();
    typeset(&source, &faces)?;
    let second = begin.elapsed();
    println!(
        "{} pages, OFD {} KiB, PDF {} KiB; first {first:?}, then {second:?}; {}",
        set.pages,
        set.ofd.len() / 1024,
        set.pdf.len() / 1024,
        set.fonts.join(", ")
    );
    if let Some(out) = out {
        std::fs::write(format!("{out}.ofd"), set.ofd)?;
        std::fs::write(format!("{out}.pdf"), set.pdf)?;
    }
    Ok(())
}

/// The example with its text ten times over.
fn ten_pages() -> String {
    let source = example(Form::Official);
    let (head, text) = source.split_once("\n---\n").unwrap_or((source, ""));
    let text = text.split("\n# ").next().unwrap_or_default();
    format!("{head}\n---\n{}", text.repeat(14))
}
