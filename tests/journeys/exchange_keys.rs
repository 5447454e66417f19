//! Journeys of the exchange's own keys: rotated with an overlap, missed, stolen, lost.

use std::fs;

use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::Stage;

impl Stage {
    /// Stops the exchange and has it make the keys that take over.
    fn new_keys(&mut self, alone: bool) {
        if let Some(exchange) = self.installation.exchange.take() {
            exchange.stop().unwrap();
        }
        let home = self.installation.exchange_home();
        let mut arguments = vec!["new-keys"];
        if alone {
            arguments.push("--alone");
        }
        self.installation
            .programs
            .exchange(&home, &arguments)
            .unwrap();
    }

    /// Has the root certify what the exchange asks for; returns the act's file.
    fn certify(&self) -> String {
        let request = self.installation.exchange_home().join("exchange.request");
        let arguments = [
            "--json",
            "authority",
            "sign",
            "exchange",
            "--request",
            text(&request).unwrap(),
        ];
        let authority = self.installation.authority();
        let programs = &self.installation.programs;
        let signed = programs.good(&authority, PASSWORD, &arguments).unwrap();
        let signed = signed.json().unwrap();
        signed["files"][0].as_str().unwrap().to_owned()
    }

    fn admit(&mut self, act: &str) {
        let home = self.installation.exchange_home();
        let programs = &self.installation.programs;
        programs.exchange(&home, &["admit", act]).unwrap();
        self.installation.start().unwrap();
    }

    fn submit(&self, act: &str) -> (i32, String) {
        let address = self.installation.address().unwrap();
        let arguments = [
            "--lang",
            "en",
            "authority",
            "submit",
            act,
            "--exchange",
            &address,
        ];
        let authority = self.installation.authority();
        let programs = &self.installation.programs;
        let said = programs.yichuan(&authority, PASSWORD, &arguments).unwrap();
        (said.code, said.err)
    }
}

#[test]
fn rule_33_the_exchanges_keys_are_rotated_and_nobody_is_left_behind() {
    let mut stage = Stage::new("tcp");
    let before = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    stage.new_keys(false);
    stage.installation.start().unwrap();
    let act = stage.certify();
    let (code, message) = stage.submit(&act);
    assert_eq!(code, 0, "{message}");
    // The sender learns of the next keys; the recipients are away.
    stage.json(stage.sender(), "fs01", &["outbox"]);
    stage.new_keys(true);
    stage.installation.start().unwrap();
    let act = stage.certify();
    let (code, message) = stage.submit(&act);
    assert_ne!(code, 0);
    assert!(message.contains("YC-0215"), "{message}");
    stage.installation.stop().unwrap();
    stage.admit(&act);
    for transport in ["quic", "tcp"] {
        let config = stage.sender().home.join("home.toml");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace("\"tcp\"", &format!("{transport:?}"))).unwrap();
        stage.json(stage.sender(), "fs01", &["outbox"]);
        fs::write(&config, text).unwrap();
    }
    // One that has missed all of it finds the new key certified by the root.
    stage.json(stage.recipient(1), "js01", &["sign", &before]);
    let after = stage.dispatch(&fixture("notice.ofd"), "513202-zf");
    stage.json(stage.recipient(2), "js01", &["sign", &after]);
    stage.proves(stage.sender(), "fs01", &before);
    stage.proves(stage.sender(), "fs01", &after);
    for office in [stage.sender(), stage.recipient(1)] {
        let letters = if office.code == "513200-zfb" {
            "fs01"
        } else {
            "js01"
        };
        let verified = stage.json(office, letters, &["roster", "verify"]);
        assert_eq!(verified["valid"], true);
    }
}

#[test]
fn h5_a_stolen_exchange_key_is_replaced_at_once_and_serves_nobody() {
    let mut stage = Stage::new("tcp");
    stage.json(stage.sender(), "fs01", &["outbox"]);
    let home = stage.installation.exchange_home();
    let stolen = fs::read(home.join("exchange.key")).unwrap();
    stage.new_keys(true);
    let act = stage.certify();
    stage.admit(&act);
    let document = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    stage.json(stage.recipient(1), "js01", &["sign", &document]);
    stage.installation.stop().unwrap();
    // With the stolen key the exchange does not even start.
    let kept = fs::read(home.join("exchange.key")).unwrap();
    fs::write(home.join("exchange.key"), stolen).unwrap();
    assert!(stage.installation.start().is_err());
    fs::write(home.join("exchange.key"), kept).unwrap();
    // Lost as well: the disk of the keys is gone, the log is not.
    fs::remove_file(home.join("exchange.key")).unwrap();
    stage.new_keys(true);
    let act = stage.certify();
    stage.admit(&act);
    stage.json(stage.sender(), "fs01", &["outbox"]);
    stage.proves(stage.sender(), "fs01", &document);
}
