use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::trailer::{TRAILER_BYTES, sha256};
use super::*;

const KEY: BodyKey = BodyKey([0x5a; 32]);

fn layout() -> BodyLayout {
    BodyLayout::new(vec![1000, 500, 1000], b"list of leaves".to_vec()).unwrap()
}

fn segment(index: u32) -> Vec<u8> {
    vec![index.to_be_bytes()[3] + 1; if index == 1 { 500 } else { 1000 }]
}

/// A folder with the first two segments of a body of three.
fn begun() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bodies = FileBodies::open(folder.path()).unwrap();
    bodies.begin(&KEY, &layout()).unwrap();
    for index in 0..2 {
        bodies.write_segment(&KEY, index, &segment(index)).unwrap();
    }
    folder
}

/// A folder with a finished body.
fn finished() -> tempfile::TempDir {
    let folder = begun();
    let bodies = FileBodies::open(folder.path()).unwrap();
    for index in 0..2 {
        bodies.confirm_segment(&KEY, index).unwrap();
    }
    bodies.write_segment(&KEY, 2, &segment(2)).unwrap();
    bodies.finish(&KEY).unwrap();
    folder
}

fn path(folder: &tempfile::TempDir, extension: &str) -> PathBuf {
    folder.path().join("5a").join(format!("{KEY}{extension}"))
}

#[test]
fn marks_that_are_cut_missing_or_strange_claim_less_and_nothing_else() {
    type Case<'a> = (&'a str, Option<&'a [u8]>, &'a [u32]);
    let cases: [Case<'_>; 8] = [
        ("whole", Some(&[1, 1]), &[0, 1]),
        ("cut", Some(&[1]), &[0]),
        ("empty", Some(&[]), &[]),
        ("missing", None, &[]),
        ("zeros", Some(&[0, 0, 0]), &[]),
        ("strange", Some(&[2, 0xff, 1]), &[2]),
        ("too long", Some(&[0, 1, 0, 1, 1, 1]), &[1]),
        (
            "a claim of what was never written",
            Some(&[1, 1, 1]),
            &[0, 1, 2],
        ),
    ];
    for (name, marks, claimed) in cases {
        let folder = begun();
        match marks {
            Some(marks) => std::fs::write(path(&folder, ".have"), marks).unwrap(),
            None => std::fs::remove_file(path(&folder, ".have")).unwrap(),
        }
        let bodies = FileBodies::open(folder.path()).unwrap();
        let part = bodies.part(&KEY).unwrap().unwrap();
        assert_eq!(part.claimed.iter().collect::<Vec<_>>(), claimed, "{name}");
        assert!(
            matches!(bodies.finish(&KEY), Err(BodyError::Incomplete { .. })),
            "{name}"
        );
        for index in 0..3 {
            bodies.write_segment(&KEY, index, &segment(index)).unwrap();
        }
        bodies.finish(&KEY).unwrap();
        assert_eq!(
            bodies.read(&KEY, 1000, 1500).unwrap(),
            [segment(1), segment(2)].concat(),
            "{name}"
        );
    }
}

#[test]
fn a_part_that_a_crash_tore_is_begun_anew() {
    let whole = std::fs::read(path(&begun(), ".part")).unwrap();
    let mut cases: Vec<(String, Vec<u8>)> =
        [0, 1, 119, 120, 500, 2500, 2508, 2524, 2538, whole.len() - 1]
            .into_iter()
            .map(|length| (format!("cut to {length}"), whole[..length].to_vec()))
            .collect();
    cases.push(("zeros".into(), vec![0; whole.len()]));
    cases.push(("one byte more".into(), [&whole[..], &[0]].concat()));
    for at in 2500..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        cases.push((format!("byte {at} flipped"), flipped));
    }
    let folder = begun();
    for (name, bytes) in cases {
        std::fs::write(path(&folder, ".part"), bytes).unwrap();
        std::fs::write(path(&folder, ".have"), [1, 1]).unwrap();
        let bodies = FileBodies::open(folder.path()).unwrap();
        assert_eq!(bodies.part(&KEY).unwrap(), None, "{name}");
        assert_eq!(bodies.begin(&KEY, &layout()).unwrap(), Begun::New, "{name}");
        let part = bodies.part(&KEY).unwrap().unwrap();
        assert_eq!(part.claimed.count(), 0, "{name}: marks of the torn part");
    }
}

#[test]
fn a_damaged_body_is_refused_and_can_be_deleted() {
    let whole = std::fs::read(path(&finished(), "")).unwrap();
    let other_key = Plan::of(&layout()).to_bytes(&BodyKey([0x5b; 32]));
    let cases = [
        ("empty", Vec::new()),
        ("cut", whole[..whole.len() - 1].to_vec()),
        ("without trailer", whole[..2500].to_vec()),
        (
            "another's trailer",
            [&whole[..whole.len() - other_key.len()], &other_key].concat(),
        ),
        ("shorter body", whole[1..].to_vec()),
        ("an older format", with_version(&whole, 1)),
    ];
    for (name, bytes) in cases {
        let folder = finished();
        std::fs::write(path(&folder, ""), bytes).unwrap();
        let bodies = FileBodies::open(folder.path()).unwrap();
        let answers = [
            ("read", bodies.read(&KEY, 0, 1).err()),
            ("size", bodies.size(&KEY).err()),
            ("layout", bodies.layout(&KEY).err()),
            ("begin", bodies.begin(&KEY, &layout()).err()),
            ("finish", bodies.finish(&KEY).err()),
        ];
        for (act, answer) in answers {
            assert!(
                matches!(answer, Some(BodyError::Corrupt(KEY))),
                "{name}, {act}: {answer:?}"
            );
        }
        assert!(bodies.delete(&KEY).unwrap(), "{name}");
        assert_eq!(bodies.begin(&KEY, &layout()).unwrap(), Begun::New, "{name}");
    }
}

/// The same file with another format version in a sound trailer.
fn with_version(file: &[u8], version: u8) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let (at, end) = (bytes.len() - TRAILER_BYTES, bytes.len() - 32);
    bytes[at + 6] = version;
    let digest = sha256(&bytes[at..end]);
    bytes[end..].copy_from_slice(&digest);
    bytes
}

#[test]
fn ends_that_the_disk_changed_never_give_a_body_of_other_cut_nor_a_panic() {
    let good = std::fs::read(path(&finished(), "")).unwrap();
    let whole = [segment(0), segment(1), segment(2)].concat();
    let folder = finished();
    let bodies = FileBodies::open(folder.path()).unwrap();
    for bit in 0..3 * 8 * 8 {
        let mut bad = good.clone();
        bad[2500 + bit / 8] ^= 1 << (bit % 8);
        std::fs::write(path(&folder, ""), &bad).unwrap();
        let answer = bodies.layout(&KEY);
        assert!(
            matches!(answer, Err(BodyError::Corrupt(KEY))),
            "bit {bit}: {answer:?}"
        );
        assert_eq!(bodies.read(&KEY, 0, 2500).unwrap(), whole, "bit {bit}");
        let segments: Vec<_> = (0..3).map(|at| bodies.read_segment(&KEY, at)).collect();
        let right = |(at, found): (u32, &Result<Vec<u8>, BodyError>)| {
            found.as_ref().is_ok_and(|found| *found == segment(at))
        };
        assert!(!(0..).zip(&segments).all(right), "bit {bit}: {segments:?}");
        for answer in segments {
            let sound = matches!(answer, Ok(_) | Err(BodyError::Corrupt(KEY)));
            assert!(sound, "bit {bit}: {answer:?}");
        }
    }
}

#[test]
fn a_body_of_a_newer_release_is_refused_and_kept() {
    for (folder, extension) in [(begun(), ".part"), (finished(), "")] {
        let mut bytes = std::fs::read(path(&folder, extension)).unwrap();
        bytes = with_version(&bytes, 3);
        std::fs::write(path(&folder, extension), &bytes).unwrap();
        let bodies = FileBodies::open(folder.path()).unwrap();
        let answer = bodies.begin(&KEY, &layout());
        let expected = matches!(answer, Err(BodyError::NewerVersion { found: 3, .. }));
        assert!(expected, "{extension}: {answer:?}");
        assert_eq!(
            std::fs::read(path(&folder, extension)).unwrap(),
            bytes,
            "{extension}"
        );
    }
}

#[test]
fn a_part_that_vanishes_is_an_error_and_not_a_body() {
    let folder = begun();
    let bodies = FileBodies::open(folder.path()).unwrap();
    for index in 0..3 {
        bodies.write_segment(&KEY, index, &segment(index)).unwrap();
    }
    std::fs::remove_file(path(&folder, ".part")).unwrap();
    let answer = bodies.finish(&KEY);
    assert!(matches!(answer, Err(BodyError::Io(_))), "{answer:?}");
    assert_eq!(bodies.size(&KEY).unwrap(), None);
    assert!(bodies.delete(&KEY).unwrap(), "its marks are left");
    assert_eq!(bodies.begin(&KEY, &layout()).unwrap(), Begun::New);
}

#[test]
fn a_rename_that_fails_leaves_the_part_to_be_finished_later() {
    let folder = begun();
    let bodies = FileBodies::open(folder.path()).unwrap();
    for index in 0..3 {
        bodies.write_segment(&KEY, index, &segment(index)).unwrap();
    }
    // A folder in the way of the name cannot be replaced by a file.
    std::fs::create_dir(path(&folder, "")).unwrap();
    let answer = bodies.finish(&KEY);
    assert!(matches!(answer, Err(BodyError::Io(_))), "{answer:?}");
    std::fs::remove_dir(path(&folder, "")).unwrap();
    bodies.finish(&KEY).unwrap();
    assert_eq!(bodies.size(&KEY).unwrap(), Some(2500));
}

#[test]
fn finishing_leaves_one_file_readable_by_its_owner_only() {
    let folder = finished();
    let names: Vec<_> = std::fs::read_dir(folder.path().join("5a"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, [KEY.to_string()]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path(&folder, "")), 0o600);
    assert_eq!(mode(&folder.path().join("5a")), 0o700);
}

#[test]
fn a_sweep_passes_over_what_is_not_its_own_and_takes_marks_without_a_part() {
    let folder = begun();
    let strangers = ["notes.txt", "5a.part", ".part", &format!("{KEY}.part.bak")];
    for name in strangers {
        std::fs::write(folder.path().join("5a").join(name), "").unwrap();
    }
    let upper = KEY.to_string().to_uppercase();
    std::fs::write(folder.path().join("5a").join(format!("{upper}.part")), "").unwrap();
    std::fs::remove_file(path(&folder, ".part")).unwrap();
    let bodies = FileBodies::open(folder.path()).unwrap();
    let swept = bodies
        .sweep(SystemTime::now() + Duration::from_hours(1))
        .unwrap();
    assert_eq!(swept, []);
    assert!(!path(&folder, ".have").exists());
    assert_eq!(
        std::fs::read_dir(folder.path().join("5a")).unwrap().count(),
        5
    );
}

#[test]
fn no_gate_is_kept_for_a_body_that_is_not_being_written() {
    let folder = finished();
    let bodies = FileBodies::open(folder.path()).unwrap();
    let other = BodyKey([1; 32]);
    bodies.finish(&KEY).unwrap();
    bodies.begin(&KEY, &layout()).unwrap();
    bodies.write_segment(&KEY, 0, &segment(0)).unwrap();
    bodies.part(&other).unwrap();
    bodies.finish(&other).unwrap_err();
    bodies.delete(&other).unwrap();
    assert_eq!(bodies.gates.len(), 0);
    bodies.begin(&other, &layout()).unwrap();
    assert_eq!(bodies.gates.len(), 1);
}
