//! Journeys that are cut off half-way: a killed client carries on where it was.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::Stage;

/// A file whose encrypted body takes the client a while.
fn large(path: &Path, mebibytes: u32) -> Vec<u8> {
    let mut bytes = b"measured\n".to_vec();
    let rest = (0..mebibytes << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes());
    bytes.extend(rest);
    fs::write(path, &bytes).unwrap();
    bytes
}

/// What somebody else does to a file.
type Change = fn(&File);

/// How many bytes stand below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    // What goes away meanwhile is not counted.
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            if path.is_dir() {
                return Some(bytes_below(&path));
            }
            path.metadata().ok().map(|data| data.len())
        })
        .sum()
}

/// The arguments with which the clerk composes `file`.
fn composing<'p>(meta: &'p Path, file: &'p Path) -> [&'p str; 10] {
    [
        "--lang",
        "en",
        "--account",
        "513200-zfb-fs01",
        "compose",
        "--meta",
        text(meta).unwrap(),
        "--to",
        "513201-zf",
        text(file).unwrap(),
    ]
}

/// Starts a command, kills it when `reached` says so, and tells whether it was still running.
fn killed_when(stage: &Stage, home: &Path, arguments: &[&str], reached: impl Fn() -> bool) -> bool {
    let programs = &stage.installation.programs;
    let mut child = programs.spawn(home, PASSWORD, arguments).unwrap();
    let since = Instant::now();
    while !reached() && since.elapsed() < Duration::from_secs(60) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

#[test]
fn d7_an_upload_whose_client_is_killed_goes_on_where_it_was() {
    for transport in ["quic", "tcp"] {
        let stage = Stage::new(transport);
        let file = stage.installation.folder.join("large.bin");
        let content = large(&file, 96);
        let id = stage.compose(&file, "513201-zf");
        let bodies = stage.installation.exchange_home().join("data/bodies");
        let home = &stage.sender().home;
        let arguments = ["--account", "513200-zfb-fs01", "submit", &id];
        let mut cut = 0;
        for mebibytes in [8, 40] {
            let reached = || bytes_below(&bodies) > mebibytes << 20;
            cut += u32::from(killed_when(&stage, home, &arguments, reached));
        }
        assert!(cut > 0, "{transport}: the upload was too fast to be killed");
        stage.json(stage.sender(), "fs01", &["submit", &id]);
        stage.json(stage.sender(), "sp01", &["approve", "--declare-read", &id]);
        stage.json(stage.sender(), "yz01", &["seal", &id]);
        // The recipient's client is killed in the middle of its download.
        let recipient = stage.recipient(1);
        let incoming = recipient.home.join("incoming");
        let arguments = ["--account", "513201-zf-js01", "fetch", &id];
        let reached = || bytes_below(&incoming) > 8 << 20;
        killed_when(&stage, &recipient.home, &arguments, reached);
        let fetched = stage.json(recipient, "js01", &["fetch", &id]);
        let folder = Path::new(fetched["folder"].as_str().unwrap());
        let opened = fs::read(folder.join("large.bin")).unwrap();
        assert!(opened == content, "{transport}");
        stage.json(recipient, "js01", &["sign", &id]);
    }
}

#[test]
fn a_composition_that_was_killed_leaves_nothing_that_could_be_sent() {
    let stage = Stage::new("tcp");
    let file = stage.installation.folder.join("large.bin");
    large(&file, 96);
    let meta = fixture("notice.json");
    let home = &stage.sender().home;
    let outgoing = home.join("outgoing");
    let arguments = composing(&meta, &file);
    let reached = || bytes_below(&outgoing) > 4 << 20;
    assert!(killed_when(&stage, home, &arguments, reached));
    let left = fs::read_dir(&outgoing).unwrap().next().unwrap().unwrap();
    let id = left.file_name().into_string().unwrap();
    let (code, message) = stage.refused(stage.sender(), "fs01", &["submit", &id]);
    assert!(code != 0 && !message.contains("panicked"), "{message}");
    // The next one is not disturbed by it, and sweeps it away.
    let next = stage.compose(&file, "513201-zf");
    stage.json(stage.sender(), "fs01", &["submit", &next]);
    assert!(!outgoing.join(&id).exists());
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_sent() {
    let stage = Stage::new("tcp");
    let file = stage.installation.folder.join("changing.bin");
    let meta = fixture("notice.json");
    let home = &stage.sender().home;
    let outgoing = home.join("outgoing");
    let arguments = composing(&meta, &file);
    let changes: [(&str, Change); 2] = [
        ("shorter", |file| file.set_len(9 << 20).unwrap()),
        ("longer", |mut file| {
            file.seek(SeekFrom::End(0)).unwrap();
            file.write_all(b"one more line").unwrap();
        }),
    ];
    for (what, change) in changes {
        large(&file, 256);
        let programs = &stage.installation.programs;
        let mut child = programs.spawn(home, PASSWORD, &arguments).unwrap();
        let since = Instant::now();
        while bytes_below(&outgoing) < 2 << 20 && since.elapsed() < Duration::from_secs(60) {
            assert!(child.try_wait().unwrap().is_none(), "{what}: too fast");
            std::thread::sleep(Duration::from_millis(1));
        }
        change(&OpenOptions::new().write(true).open(&file).unwrap());
        let said = child.wait_with_output().unwrap();
        let message = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(2), "{what}: {message}");
        assert!(message.contains("changed while it was read"), "{message}");
        assert_eq!(bytes_below(&outgoing), 0, "{what}: nothing half-done stays");
    }
}

#[test]
fn what_hinders_a_computer_is_told_by_the_doctor() {
    let mut stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    let examined = |stage: &Stage| {
        let arguments = ["--json", "doctor"];
        let said = stage.installation.try_call(&office, "js01", &arguments);
        let said = said.unwrap();
        let found = said.json().unwrap();
        let result = |id: &str| {
            let lines = found.as_array().unwrap();
            let line = lines.iter().find(|line| line["id"] == id);
            line.map_or("absent", |line| line["result"].as_str().unwrap())
                .to_owned()
        };
        let ids = ["quic", "tcp", "exchange_key", "clock", "device"];
        (said.code, ids.map(result))
    };
    assert_eq!(examined(&stage), (0, ["good"; 5].map(str::to_owned)));
    stage.installation.stop().unwrap();
    let away = ["bad", "bad", "warning", "absent", "good"];
    assert_eq!(examined(&stage), (1, away.map(str::to_owned)));
}

#[test]
fn i2_what_a_desk_and_a_command_both_took_in_stands_once() {
    let stage = Stage::new("tcp");
    let office = stage.sender();
    let before = stage.json(office, "fs01", &["people"]);
    let kept = office.home.join("roster").join("entries");
    let bytes = std::fs::read(&kept).unwrap();
    // The last record once more, as two programs leave it that were beside each other.
    let mut at = 0;
    let mut last = 0;
    while at < bytes.len() {
        last = at;
        let length = bytes[at + 8..at + 12].try_into().unwrap();
        at += 12 + u32::from_be_bytes(length) as usize;
    }
    assert!(last > 0, "there is more than the beginning");
    std::fs::write(&kept, [&bytes[..], &bytes[last..]].concat()).unwrap();
    assert_eq!(stage.json(office, "fs01", &["people"]), before);
}
