//! `yichuan inspect`, as somebody without a home runs it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::stage::release;

fn inspect(file: &Path, arguments: &[&str]) -> Output {
    Command::new(release().join("yichuan"))
        .arg("inspect")
        .arg(file)
        .args(arguments)
        .env("YICHUAN_HOME", "no-such-home")
        .env("YICHUAN_LANG", "en")
        .output()
        .unwrap()
}

fn as_data(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_file_is_looked_into_without_a_home() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for (name, kind) in [("notice.ofd", "ofd"), ("notice.pdf", "pdf")] {
        let output = inspect(&fixtures.join(name), &["--json", "--text"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        let value = as_data(&output);
        assert_eq!(value["kind"], kind);
        assert_eq!(value["pages"], 2);
        assert_eq!(value["marks"]["decision"], "clean", "{name}");
        assert_eq!(
            value["format"]["findings"],
            Value::Array(Vec::new()),
            "{name}"
        );
        assert_eq!(value["signatures"], Value::Array(Vec::new()));
        let text = value["text"].as_str().unwrap();
        assert!(text.contains("云岭政办发〔2026〕31号"), "{text}");
    }
}

#[test]
fn f2_a_marked_file_is_read_and_told_and_a_level_covers_only_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("名单.txt");
    for (text, level, decision) in [
        ("秘密★1年\n名单", "公开", "refuse"),
        ("秘密★1年\n名单", "秘密", "clean"),
        ("机密★5年\n名单", "秘密", "refuse"),
        ("名单", "公开", "clean"),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = inspect(&file, &["--json", "--level", level]);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert_eq!(
            as_data(&output)["marks"]["decision"],
            decision,
            "{text} {level}"
        );
    }
}

#[test]
fn e2_what_cannot_be_read_ends_with_two_and_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.ofd");
    std::fs::write(&file, b"PK\x03\x04 cut off").unwrap();
    let output = inspect(&file, &["--json"]);
    assert_eq!(output.status.code(), Some(2));
    let value = as_data(&output);
    assert_eq!(value["reason"]["code"], "package_damaged");
    assert_eq!(value["marks"]["decision"], "cannot_check");
    let words = String::from_utf8(inspect(&file, &[]).stdout).unwrap();
    assert!(words.contains("the package is cut off"), "{words}");
    let absent = inspect(&folder.path().join("absent.ofd"), &["--json"]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(!absent.stderr.is_empty());
}
