//! What the interface's description cannot tell by itself: of two things with one name it would
//! describe only one.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

/// The names under which the types of a source file are described.
fn described(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_described = false;
    let mut other = None;
    for line in source.lines() {
        is_described |= line.starts_with("#[derive(") && line.contains("ToSchema");
        if let Some(rest) = line.strip_prefix("#[schema(as = ") {
            other = rest.strip_suffix(")]").map(str::to_owned);
        }
        let declared = ["struct ", "enum "].iter().find_map(|kind| {
            let rest = line.split_once(kind)?.1;
            let end = rest.find(|sign: char| !sign.is_alphanumeric());
            Some(&rest[..end.unwrap_or(rest.len())])
        });
        let is_top =
            line.starts_with("pub") || line.starts_with("struct") || line.starts_with("enum");
        if let Some(name) = declared.filter(|_| is_top) {
            let name = other.take().unwrap_or_else(|| name.to_owned());
            if std::mem::take(&mut is_described) {
                names.push(name);
            }
        }
    }
    names
}

fn sources(folder: &Path, all: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, all)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

#[test]
fn names_are_read_where_they_are_given_and_where_they_are_not() {
    let source = "#[derive(Debug, ToSchema)]\n#[schema(as = Other)]\npub(crate) struct One {\n}\n\
        #[derive(Debug)]\nstruct Two {\n}\n#[derive(ToSchema)]\nenum Three {\n";
    assert_eq!(described(source), ["Other", "Three"]);
}

#[test]
fn no_two_things_of_the_interface_have_one_name() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all).unwrap();
    let names: Vec<String> = all.iter().flat_map(|source| described(source)).collect();
    assert!(names.len() > 100, "only {} were found", names.len());
    let mut seen = BTreeSet::new();
    let twice = names.iter().filter(|name| !seen.insert(*name));
    assert_eq!(twice.collect::<Vec<_>>(), Vec::<&String>::new());
}
