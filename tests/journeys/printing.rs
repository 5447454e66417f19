//! Printing and deleting by consent (Art. 19): quota, numbers, failures, tombstones.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::Stage;

/// A recipient whose head can decide, with a document that it has signed for.
struct Printing {
    stage: Stage,
    id: String,
}

impl Printing {
    /// The recipient may print `quota` originals.
    fn with_quota(quota: u16) -> Self {
        let stage = Stage::new("tcp");
        let office = stage.recipient(1).clone();
        stage.open_accounts(&office, &[("sp01", "approve", "p-zhou")]);
        let (meta, file) = (fixture("notice.json"), fixture("notice.ofd"));
        let quota = quota.to_string();
        let compose = [
            "compose",
            "--meta",
            text(&meta).unwrap(),
            "--to",
            office.code,
            "--print-quota",
            &quota,
            text(&file).unwrap(),
        ];
        let composed = stage.json(stage.sender(), "fs01", &compose);
        let id = composed["id"].as_str().unwrap().to_owned();
        for (account, command) in [("fs01", "submit"), ("sp01", "approve"), ("yz01", "seal")] {
            stage.json(stage.sender(), account, &[command, &id]);
        }
        Self { stage, id }
    }

    fn signed_for(quota: u16) -> Self {
        let it = Self::with_quota(quota);
        it.stage.json(it.office(), "js01", &["sign", &it.id]);
        it
    }

    fn office(&self) -> &Office {
        self.stage.recipient(1)
    }

    /// The log index of what was asked for.
    fn ask(&self, what: &[&str]) -> String {
        let arguments = [&what[..2], &[&self.id], &what[2..]].concat();
        let asked = self.stage.json(self.office(), "js01", &arguments);
        asked["index"].as_u64().unwrap().to_string()
    }

    fn ask_for(&self, copies: &str) -> String {
        self.ask(&["print", "ask", "--copies", copies, "--reason", "1"])
    }

    fn refused(&self, account: &str, arguments: &[&str], code: &str) {
        let (_, said) = self.stage.refused(self.office(), account, arguments);
        assert!(said.contains(code), "{arguments:?}: {said}");
    }

    fn grant(&self, index: &str) {
        self.stage
            .json(self.office(), "sp01", &["print", "decide", index]);
    }

    fn list(&self) -> Vec<Value> {
        let listed = self
            .stage
            .json(self.office(), "js01", &["print", "list", &self.id]);
        listed.as_array().unwrap().clone()
    }
}

#[test]
fn nothing_is_deleted_without_consent_and_a_tombstone_remains() {
    let it = Printing::with_quota(1);
    let wish = ["delete", "ask", &it.id, "--reason", "4"];
    it.refused("js01", &wish, "YC-0401");
    it.stage.json(it.office(), "js01", &["sign", &it.id]);
    let index = it.ask(&["delete", "ask", "--reason", "4", "--text", "已归档"]);
    it.refused("js01", &["delete", "carry", &index], "YC-0407");
    it.refused("js01", &["delete", "decide", &index], "YC-0");
    it.grant(&index);
    let incoming = it.office().home.join("incoming");
    assert!(fs::read_dir(&incoming).unwrap().next().is_some());
    it.stage
        .json(it.office(), "js01", &["delete", "carry", &index]);
    assert!(fs::read_dir(&incoming).unwrap().next().is_none());
    it.refused("js01", &["fetch", &it.id], "YC-0408");
    // The registers and what was recorded stay.
    let shown = it.stage.json(it.office(), "js01", &["show", &it.id]);
    assert_eq!(shown["deliveries"][0]["state"], "signed for");
    it.stage.proves(it.stage.sender(), "fs01", &it.id);
    it.stage.proves_closed(it.office(), "js01", &it.id);
    let listed = it.stage.json(it.office(), "sp01", &["delete", "list"]);
    assert_eq!(listed[0]["standing"], json!("done"));
    assert_eq!(listed[0]["text"], json!("已归档"));
}

#[test]
fn a_head_who_refuses_is_heard() {
    let it = Printing::signed_for(2);
    let index = it.ask_for("2");
    let office = it.office();
    it.stage
        .json(office, "sp01", &["print", "decide", &index, "--refuse"]);
    let listed = it.list();
    assert_eq!(listed[0]["standing"], json!("refused"));
    it.refused("sp01", &["print", "decide", &index], "YC-0401");
}

impl Printing {
    /// The file for the printer, as PDF text, and what the command said of it.
    fn make(&self, index: &str) -> (Value, Value) {
        let file = self
            .stage
            .installation
            .folder
            .join(format!("print-{index}-{}.pdf", self.made()));
        let made = self.stage.json(
            self.office(),
            "js01",
            &["print", "make", index, "--out", text(&file).unwrap()],
        );
        let looked = ["inspect", text(&file).unwrap(), "--text"];
        (made, self.stage.json(self.office(), "js01", &looked))
    }

    /// How many files there are.
    fn made(&self) -> usize {
        let folder = fs::read_dir(&self.stage.installation.folder).unwrap();
        let is_pdf = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".pdf");
        folder
            .filter(|it| is_pdf(&it.as_ref().unwrap().file_name()))
            .count()
    }
}

#[test]
fn e6_originals_are_numbered_within_the_quota_and_the_sender_raises_it() {
    let it = Printing::signed_for(2);
    let index = it.ask_for("2");
    let nowhere = it.stage.installation.folder.join("nowhere.pdf");
    let make = ["print", "make", &index, "--out", text(&nowhere).unwrap()];
    it.refused("js01", &make, "YC-0407");
    assert!(!nowhere.exists());
    it.grant(&index);
    let (made, looked) = it.make(&index);
    assert_eq!(made["copies"]["first"], json!(1));
    assert_eq!(made["copies"]["count"], json!(2));
    // Two copies of the document's two pages, the first with its number.
    assert_eq!(looked["pages"], json!(4));
    assert!(
        looked["text"].as_str().unwrap().contains("000001"),
        "{looked}"
    );
    // The same permission gives the same numbers again, and no more.
    let (again, _) = it.make(&index);
    assert_eq!(again["copies"], made["copies"]);
    let ask = ["print", "ask", &it.id, "--copies", "1", "--reason", "1"];
    it.refused("js01", &ask, "YC-0406");
    let sender = it.stage.sender();
    let more = [
        "more-copies",
        &it.id,
        "--unit",
        it.office().code,
        "--copies",
        "1",
    ];
    it.stage.json(sender, "fs01", &more);
    let index = it.ask_for("1");
    it.grant(&index);
    let (made, _) = it.make(&index);
    assert_eq!(made["copies"]["first"], json!(3));
    assert_eq!(made["copies"]["quota"], json!(3));
    // Both sides look a paper's code up, and find one that was invented.
    let entry = made["copies"]["index"].as_u64().unwrap();
    let code = format!("YC1.{}.000003.{entry}", it.id);
    for (office, account) in [(sender, "fs01"), (it.office(), "js01")] {
        let found = it.stage.json(office, account, &["verify", "--code", &code]);
        assert_eq!(found["found"], json!("genuine"));
        assert_eq!(found["unit"], json!(it.office().code));
    }
    let invented = format!("YC1.{}.000004.{entry}", it.id);
    let (status, _) = it
        .stage
        .refused(sender, "fs01", &["verify", "--code", &invented]);
    assert_eq!(status, 1);
    it.stage.proves(sender, "fs01", &it.id);
    it.stage.proves(it.office(), "js01", &it.id);
}

#[test]
fn e6_beyond_the_quota_there_are_desensitised_copies_only() {
    let it = Printing::signed_for(0);
    let ask = ["print", "ask", &it.id, "--copies", "1", "--reason", "1"];
    it.refused("js01", &ask, "YC-0406");
    let index = it.ask(&[
        "print",
        "ask",
        "--copies",
        "2",
        "--desensitised",
        "--reason",
        "1",
    ]);
    it.grant(&index);
    let (made, looked) = it.make(&index);
    assert_eq!(made["copies"], Value::Null, "no number");
    assert_eq!(looked["pages"], json!(4));
}

#[test]
fn a_print_that_failed_is_repeated_under_its_number() {
    let it = Printing::signed_for(3);
    let index = it.ask_for("3");
    it.grant(&index);
    it.make(&index);
    let spoilt = [
        "print", "ask", &it.id, "--copies", "1", "--again", "2", "--reason", "3",
    ];
    let (status, _) = it.stage.refused(it.office(), "js01", &spoilt);
    assert_eq!(status, 2, "words are due");
    let words = "第 2 份卡纸，废页已销毁";
    let again = it.ask(&[
        "print", "ask", "--copies", "1", "--again", "2", "--reason", "3", "--text", words,
    ]);
    it.grant(&again);
    let (made, _) = it.make(&again);
    assert_eq!(made["copies"]["first"], json!(2));
    assert_eq!(made["copies"]["printed"], json!(3));
    assert_eq!(made["copies"]["again"], json!(true));
    let listed = it.list();
    assert_eq!(listed[1]["text"], json!(words));
}

#[test]
fn e6_two_computers_print_the_last_copy_and_one_wins() {
    let it = Printing::signed_for(1);
    let code = it.office().code;
    let (device, account) = (format!("{code}-pc02"), format!("{code}-js02"));
    let second = it.stage.second_computer(it.office(), &device, &account);
    it.stage.json(it.office(), "gl01", &["unit-key", "share"]);
    let indexes = [it.ask_for("1"), it.ask_for("1")];
    for index in &indexes {
        it.grant(index);
    }
    let print = |office: &Office, letters: &str, place: usize| {
        let file = it
            .stage
            .installation
            .folder
            .join(format!("race-{place}.pdf"));
        let make = [
            "print",
            "make",
            &indexes[place],
            "--out",
            text(&file).unwrap(),
        ];
        let said = it
            .stage
            .installation
            .try_call(office, letters, &make)
            .unwrap();
        (said.code, said.err, file.exists())
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| print(it.office(), "js01", 0));
        let two = scope.spawn(|| print(&second, "js02", 1));
        (one.join().unwrap(), two.join().unwrap())
    });
    let won = [&one, &two].iter().filter(|it| it.0 == 0).count();
    assert_eq!(won, 1, "{one:?} {two:?}");
    let lost = if one.0 == 0 { &two } else { &one };
    assert!(lost.1.contains("YC-0406") && !lost.2, "{lost:?}");
    assert_eq!(
        it.stage.json(it.office(), "js01", &["show", &it.id])["deliveries"][0]["printed"],
        1
    );
}

/// `lp` of this computer: keeps what it is sent, or says that there is no such printer.
fn printer(folder: &Path, works: bool) -> PathBuf {
    let bin = folder.join(if works { "printer" } else { "no-printer" });
    fs::create_dir(&bin).unwrap();
    let script = if works {
        format!(
            "#!/bin/sh\nfor last; do :; done\necho \"$@\" > {0}/said\ncp \"$last\" {0}/sheets\n",
            bin.display()
        )
    } else {
        "#!/bin/sh\necho \"lp: The printer or class does not exist.\" >&2\nexit 1\n".to_owned()
    };
    let lp = bin.join("lp");
    fs::write(&lp, script).unwrap();
    fs::set_permissions(&lp, fs::Permissions::from_mode(0o755)).unwrap();
    bin
}

#[test]
fn the_file_goes_to_a_printer_and_stays_when_there_is_none() {
    let it = Printing::signed_for(1);
    let index = it.ask_for("1");
    it.grant(&index);
    let folder = &it.stage.installation.folder;
    let call = |bin: &Path, file: &Path| {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let programs = it.stage.installation.programs.clone();
        let programs = programs.told("PATH", path.into());
        let account = format!("{}-js01", it.office().code);
        let file = text(file).unwrap();
        let make = ["print", "make", &index, "--out", file, "--printer", "hall"];
        let arguments = [&["--lang", "en", "--account", &account], &make[..]].concat();
        programs
            .yichuan(&it.office().home, PASSWORD, &arguments)
            .unwrap()
    };
    let bin = printer(folder, false);
    let kept = folder.join("kept.pdf");
    let said = call(&bin, &kept);
    assert_ne!(said.code, 0, "{}", said.out);
    assert!(said.err.contains("does not exist"), "{}", said.err);
    assert!(said.err.contains("kept.pdf"), "it says where: {}", said.err);
    assert!(fs::read(&kept).unwrap().starts_with(b"%PDF-"));
    // The same permission gives the same original again, and no second one.
    let bin = printer(folder, true);
    let sheets = folder.join("sheets.pdf");
    let said = call(&bin, &sheets);
    assert_eq!(said.code, 0, "{}", said.err);
    let told = fs::read_to_string(bin.join("said")).unwrap();
    assert!(told.starts_with("-d hall -- "), "{told}");
    assert_eq!(
        fs::read(bin.join("sheets")).unwrap(),
        fs::read(&sheets).unwrap()
    );
    let listed = it.list();
    assert_eq!(listed[0]["copies"]["printed"], json!(1), "{listed:?}");
}
