//! Printing and deleting by consent (Art. 19): quota, numbers, failures, tombstones.

use std::fs;

use serde_json::{Value, json};
use yichuan_xtask::Office;
use yichuan_xtask::installation::{fixture, text};

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
