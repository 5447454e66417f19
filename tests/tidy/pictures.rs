//! The pictures of the manuals: those that are named, those that are kept, and those that the
//! journeys show are the same, and none is large.

use std::collections::{BTreeMap, BTreeSet};

use super::{assert_none, source};

/// Which screenshot of the journeys each picture is made of.
const LIST: &str = "tests/browser/pictures.json";
const FOLDER: &str = "docs/using/pictures/";
/// The most bytes of a picture: it is kept with every commit that changes it.
const BYTES_MAX: u64 = 70_000;

/// The pictures that a manual shows.
fn shown(manual: &str) -> BTreeSet<String> {
    let targets = manual.split("](pictures/").skip(1);
    let names = targets.filter_map(|rest| rest.split_once(".png)"));
    names.map(|(name, _)| name.to_owned()).collect()
}

fn differences(
    named: &BTreeSet<String>,
    kept: &BTreeSet<String>,
    made: &BTreeSet<String>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in named.union(kept).chain(made).collect::<BTreeSet<_>>() {
        for (holder, has) in [
            ("no manual shows", named),
            ("docs/using/pictures has not", kept),
            ("tests/browser/pictures.json does not name", made),
        ] {
            if !has.contains(name) {
                complaints.push(format!("{holder} the picture `{name}`"));
            }
        }
    }
    complaints
}

#[test]
fn manuals_show_what_the_journeys_show() {
    let files = source::files();
    let manuals = files
        .iter()
        .filter(|path| path.starts_with("docs/using/manual-"));
    let named: BTreeSet<String> = manuals
        .filter_map(|path| source::text(path))
        .flat_map(|text| shown(&text))
        .collect();
    assert!(named.len() > 10, "the manuals have pictures");
    let kept: Vec<&str> = files
        .iter()
        .filter_map(|path| path.strip_prefix(FOLDER)?.strip_suffix(".png"))
        .collect();
    let list: BTreeMap<String, String> =
        serde_json::from_str(&source::text(LIST).unwrap()).unwrap();
    let mut complaints = differences(
        &named,
        &kept.iter().map(|name| (*name).to_owned()).collect(),
        &list.into_keys().collect(),
    );
    for name in kept {
        let path = source::root().join(format!("{FOLDER}{name}.png"));
        let bytes = std::fs::metadata(&path).unwrap().len();
        if bytes > BYTES_MAX {
            complaints.push(format!("{name}: {bytes} bytes; at most {BYTES_MAX}"));
        }
    }
    assert_none(&complaints);
}

#[test]
fn a_picture_that_is_missing_anywhere_is_found() {
    let set = |names: &str| -> BTreeSet<String> { names.split(' ').map(str::to_owned).collect() };
    for (named, kept, made, count) in [
        ("a b", "a b", "a b", 0),
        ("a", "a b", "a b", 1),
        ("a b", "a", "a b", 1),
        ("a b", "a b", "a", 1),
        ("a", "b", "c", 6),
    ] {
        let found = differences(&set(named), &set(kept), &set(made));
        assert_eq!(found.len(), count, "{named} / {kept} / {made}: {found:?}");
    }
    assert_eq!(shown("![待办](pictures/a.png) [b](c.md)"), set("a"));
}
