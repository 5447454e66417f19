//! The vectors of `proto/vectors/log`, made by another implementation from the RFC and the C2SP
//! pages. A file that is missing stops the build of this test.

use data_encoding::HEXLOWER;
use serde_json::Value;
use yichuan_document::Digest;
use yichuan_document::tree::{self, leaf_hash, root, verify_consistency, verify_inclusion};
use yichuan_evidence::checkpoint::{NoteKey, verify};
use yichuan_evidence::tile::{Tile, TileKind, parse_bundle, write_bundle};

const TREE: &str = include_str!("../../../proto/vectors/log/tree.json");
const KEYS: &str = include_str!("../../../proto/vectors/log/keys.json");
const CHECKPOINTS: &str = include_str!("../../../proto/vectors/log/checkpoints.json");
const TILES: &str = include_str!("../../../proto/vectors/log/tiles.json");

/// The cases of one list, of which there must be some.
fn cases(file: &str, list: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).expect("a file of vectors is JSON");
    let cases = array(&file, list);
    assert!(!cases.is_empty(), "{list} is empty");
    cases.clone()
}

fn array<'v>(case: &'v Value, field: &str) -> &'v Vec<Value> {
    case[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn text(case: &Value, field: &str) -> String {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {case}"))
        .to_owned()
}

fn number(case: &Value, field: &str) -> u64 {
    case[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn valid(case: &Value) -> bool {
    case["valid"]
        .as_bool()
        .unwrap_or_else(|| panic!("valid of {case}"))
}

fn digest(case: &Value, field: &str) -> Digest {
    Digest::from_hex(&text(case, field)).unwrap_or_else(|| panic!("{field} of {case}"))
}

fn list(case: &Value, field: &str) -> Vec<String> {
    let item = |item: &Value| {
        item.as_str()
            .unwrap_or_else(|| panic!("{field} of {case}"))
            .into()
    };
    array(case, field).iter().map(item).collect()
}

fn path(case: &Value) -> Vec<Digest> {
    let read = |hex: &String| Digest::from_hex(hex).unwrap_or_else(|| panic!("path of {case}"));
    list(case, "path").iter().map(read).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    HEXLOWER
        .decode(digits.as_bytes())
        .unwrap_or_else(|_| panic!("not hexadecimal: {digits}"))
}

fn leaves() -> Vec<Digest> {
    let file: Value = serde_json::from_str(TREE).expect("a file of vectors is JSON");
    list(&file, "entries")
        .iter()
        .map(|entry| leaf_hash(&hex(entry)))
        .collect()
}

fn beginning(leaves: &[Digest], size: u64) -> &[Digest] {
    &leaves[..usize::try_from(size).expect("a list in memory")]
}

#[test]
fn trees_have_the_roots_of_the_vectors() {
    let leaves = leaves();
    let roots = cases(TREE, "roots");
    assert_eq!(roots.len(), leaves.len() + 1);
    for (size, expected) in roots.iter().enumerate() {
        assert_eq!(
            root(&leaves[..size]).to_string(),
            expected.as_str().unwrap(),
            "{size}"
        );
    }
}

#[test]
fn c10_inclusion_proofs_stand_as_the_vectors_say() {
    let leaves = leaves();
    for case in cases(TREE, "inclusion") {
        let (index, size) = (number(&case, "index"), number(&case, "size"));
        let (leaf, root, path) = (digest(&case, "leaf"), digest(&case, "root"), path(&case));
        let found = verify_inclusion(&leaf, index, size, &path, &root);
        assert_eq!(found.is_ok(), valid(&case), "{case} {found:?}");
        if valid(&case) {
            let made = tree::inclusion_path(beginning(&leaves, size), index);
            assert_eq!(made, Some(path), "{case}");
        }
    }
}

#[test]
fn c10_consistency_proofs_stand_as_the_vectors_say() {
    let leaves = leaves();
    for case in cases(TREE, "consistency") {
        let (old_size, new_size) = (number(&case, "old_size"), number(&case, "new_size"));
        let (old_root, new_root) = (digest(&case, "old_root"), digest(&case, "new_root"));
        let path = path(&case);
        let found = verify_consistency(old_size, &old_root, new_size, &new_root, &path);
        assert_eq!(found.is_ok(), valid(&case), "{case} {found:?}");
        if valid(&case) {
            let made = tree::consistency_path(beginning(&leaves, new_size), old_size);
            assert_eq!(made, Some(path), "{case}");
        }
    }
}

#[test]
fn verifier_keys_are_read_as_the_vectors_say() {
    for case in cases(KEYS, "keys") {
        let line = text(&case, "line");
        let found = line.parse::<NoteKey>();
        assert_eq!(found.is_ok(), valid(&case), "{case} {found:?}");
        if let Ok(key) = found {
            assert_eq!(key.to_string(), line);
        }
    }
}

#[test]
fn checkpoints_are_verified_as_the_vectors_say() {
    for case in cases(CHECKPOINTS, "checkpoints") {
        let keys: Vec<NoteKey> = list(&case, "keys")
            .iter()
            .map(|line| line.parse().unwrap())
            .collect();
        let found = verify(text(&case, "note").as_bytes(), &keys);
        assert_eq!(found.is_ok(), valid(&case), "{case} {found:?}");
        let Ok(signed) = found else { continue };
        let checkpoint = signed.checkpoint();
        assert_eq!(checkpoint.origin.as_str(), text(&case, "origin"), "{case}");
        assert_eq!(checkpoint.size, number(&case, "size"), "{case}");
        assert_eq!(checkpoint.root, digest(&case, "root"), "{case}");
        assert_eq!(
            signed.unknown_lines() as u64,
            number(&case, "unknown_lines"),
            "{case}"
        );
        assert_eq!(signed.export(), text(&case, "export"), "{case}");
    }
}

#[test]
fn tile_paths_are_read_as_the_vectors_say() {
    for case in cases(TILES, "paths") {
        let path = text(&case, "path");
        let found = path.parse::<Tile>();
        assert_eq!(found.is_ok(), valid(&case), "{case} {found:?}");
        let Ok(tile) = found else { continue };
        assert_eq!(tile.to_string(), path);
        assert_eq!(tile.index(), number(&case, "index"), "{case}");
        assert_eq!(u64::from(tile.width()), number(&case, "width"), "{case}");
        let kind = match case["level"].as_u64() {
            Some(level) => TileKind::Hashes {
                level: u8::try_from(level).unwrap(),
            },
            None => TileKind::Entries,
        };
        assert_eq!(tile.kind(), kind, "{case}");
    }
}

#[test]
fn tiles_are_as_wide_as_the_vectors_say() {
    for case in cases(TILES, "widths") {
        let kind = TileKind::Hashes {
            level: u8::try_from(number(&case, "level")).unwrap(),
        };
        let tile = Tile::at(kind, number(&case, "index"), number(&case, "size"));
        let width = tile.map_or(0, |tile| u64::from(tile.width()));
        assert_eq!(width, number(&case, "width"), "{case}");
    }
}

#[test]
fn bundles_are_read_as_the_vectors_say() {
    for case in cases(TILES, "bundles") {
        let width = u16::try_from(number(&case, "width")).unwrap();
        let tile = Tile::new(TileKind::Entries, 0, width).unwrap();
        let bytes = hex(&text(&case, "bytes"));
        let found = parse_bundle(&tile, &bytes);
        assert_eq!(found.is_ok(), valid(&case), "{case} {found:?}");
        if let Ok(entries) = found {
            let expected: Vec<_> = list(&case, "entries")
                .iter()
                .map(|entry| hex(entry))
                .collect();
            assert_eq!(entries, expected, "{case}");
            assert_eq!(write_bundle(&entries), Ok(bytes), "{case}");
        }
    }
}
