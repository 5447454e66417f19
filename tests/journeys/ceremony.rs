//! The operating manual's key ceremony, carried out as it is written.

use std::fs;
use std::path::Path;

use yichuan_xtask::installation::PASSWORD;
use yichuan_xtask::{Exchange, Programs};

use crate::stage::programs;

/// The files that the page shows.
const GIVEN: [&str; 2] = ["plan.toml", "units.csv"];

/// The blocks of one language on a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .filter_map(|rest| rest.split("\n```").next())
        .map(str::to_owned)
        .collect()
}

/// What the page stands in for: where the exchange serves, and what was printed.
struct Ceremony<'f> {
    folder: &'f Path,
    programs: Programs,
    exchange: Option<Exchange>,
    ticket: String,
}

impl Ceremony<'_> {
    fn carry_out(&mut self, line: &str) {
        let line = line.split('#').next().unwrap();
        let address = self.exchange.as_ref().map(Exchange::address);
        let address = address.map_or("127.0.0.1:0".to_owned(), |it| it.unwrap().to_string());
        let line = line
            .replace("HOST:PORT", &address)
            .replace("TICKET", &self.ticket);
        let at = |word: &str| {
            if word.contains('/') || GIVEN.contains(&word) {
                self.folder.join(word).to_str().unwrap().to_owned()
            } else {
                word.to_owned()
            }
        };
        let words: Vec<String> = line.split_whitespace().map(at).collect();
        let [program, home, folder, rest @ ..] = words.as_slice() else {
            panic!("{line}");
        };
        assert_eq!(home, "--home", "{line}");
        let folder = self.folder.join(folder);
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        match (program.as_str(), rest.as_slice()) {
            ("yichuan-exchange", ["run"]) => {
                self.exchange = Some(self.programs.start(&folder).unwrap());
            }
            ("yichuan-exchange", rest) => {
                self.programs.exchange(&folder, rest).unwrap();
            }
            ("yichuan", rest) => {
                let said = self.programs.good(&folder, PASSWORD, rest).unwrap();
                self.see(&said.out);
            }
            _ => panic!("{line}"),
        }
    }

    /// A ticket stands at the end of a line, after its account and computer.
    fn see(&mut self, printed: &str) {
        let ticket = printed.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["513201-zf-gl01", "513201-zf-pc01", ticket] => Some((*ticket).to_owned()),
                _ => None,
            }
        });
        if let Some(ticket) = ticket {
            self.ticket = ticket;
        }
    }
}

#[test]
fn the_key_ceremony_goes_as_it_is_written() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating/authority.md");
    let page = fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, language) in GIVEN.iter().zip(["toml", "csv"]) {
        let shown = blocks(&page, language);
        fs::write(folder.path().join(name), &shown[0]).unwrap();
    }
    let mut ceremony = Ceremony {
        folder: folder.path(),
        programs: programs(),
        exchange: None,
        ticket: String::new(),
    };
    let commands = blocks(&page, "sh");
    let lines = commands.iter().flat_map(|block| block.lines());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    assert!(lines.len() >= 12, "{lines:?}");
    for line in lines {
        ceremony.carry_out(line);
    }
    assert!(!ceremony.ticket.is_empty());
}
