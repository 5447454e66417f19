//! `cargo xtask test`: everything that is tested, part by part, with a table at the end.
//!
//! The output of each test runner passes through unchanged. The command fails if a test failed, if
//! a part failed without a test to blame, or if a part that runs tests ran none. It never skips in
//! silence: what is not checked is counted and named.

mod advisories;
pub(crate) mod fonts;
mod overdue;
mod packages;
mod parts;
mod python;
mod running;
mod table;
mod tally;
mod tools;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use parts::{PARTS, Part};
use tally::Tally;
use tools::Tool;

/// How one part went.
struct Outcome {
    part: &'static str,
    tally: Tally,
    took: Duration,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    List,
    Run {
        install: bool,
        parts: Vec<&'static str>,
    },
}

/// Runs the parts that `arguments` name, or all of them.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match understand(arguments) {
        Err(word) => {
            eprintln!("xtask test: `{word}` is neither an option nor a part; the parts are:");
            eprint!("{}", list());
            ExitCode::from(2)
        }
        Ok(Request::List) => {
            print!("{}", list());
            ExitCode::SUCCESS
        }
        Ok(Request::Run { install, parts }) => {
            let install = install || std::env::var_os("CI").is_some_and(|value| value == "true");
            let chosen: Vec<&Part> = PARTS
                .iter()
                .filter(|part| parts.contains(&part.name))
                .collect();
            run_parts(&chosen, install)
        }
    }
}

fn run_parts(chosen: &[&Part], install: bool) -> ExitCode {
    let start = Instant::now();
    let (present, absent): (Vec<&Part>, Vec<&Part>) =
        chosen.iter().partition(|part| (part.exists)());
    if !tools_at_hand(&present, install) {
        return ExitCode::FAILURE;
    }
    let mut outcomes = Vec::new();
    for part in present {
        println!("\n==> {}: {}", part.name, part.says);
        let start = Instant::now();
        let tally = (part.run)();
        outcomes.push(Outcome {
            part: part.name,
            tally,
            took: start.elapsed(),
        });
    }
    for part in absent {
        println!("\n{}: nothing of it is in the tree", part.name);
    }
    let total = outcomes
        .iter()
        .fold(Tally::default(), |sum, outcome| sum + outcome.tally);
    println!("\n{}", table::render(&outcomes, start.elapsed()));
    println!("{total}");
    if table::all_stand(&outcomes) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Looks for the tools of all parts before the first one runs, so that none stops half-way.
fn tools_at_hand(parts: &[&Part], install: bool) -> bool {
    let mut wanted: Vec<Tool> = parts.iter().flat_map(|part| part.needs).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut all = true;
    for tool in wanted {
        if tool.is_at_hand() || (install && tool.install()) {
            continue;
        }
        eprintln!(
            "{} is missing; to install it: {}",
            tool.name(),
            tool.advice()
        );
        all = false;
    }
    if !all && !install {
        eprintln!("or let this command install what is missing: cargo xtask test --install");
    }
    all
}

/// Reads the command line; the error is the first word that means nothing.
fn understand(arguments: &[String]) -> Result<Request, String> {
    let mut install = false;
    let mut parts = Vec::new();
    for word in arguments {
        match word.as_str() {
            "--install" => install = true,
            "--list" => return Ok(Request::List),
            name => match PARTS.iter().find(|part| part.name == name) {
                Some(part) => parts.push(part.name),
                None => return Err(word.clone()),
            },
        }
    }
    if parts.is_empty() {
        parts = PARTS.iter().map(|part| part.name).collect();
    }
    Ok(Request::Run { install, parts })
}

fn list() -> String {
    let lines: Vec<String> = PARTS
        .iter()
        .map(|part| format!("  {:<10} {}\n", part.name, part.says))
        .collect();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn without_a_name_every_part_is_run() {
        let Ok(Request::Run { install, parts }) = understand(&[]) else {
            panic!("an empty command line is a request to run");
        };
        assert!(!install);
        assert_eq!(parts.len(), PARTS.len());
    }

    #[test]
    fn named_parts_and_options_are_understood() {
        assert_eq!(
            understand(&words("rules --install deny")),
            Ok(Request::Run {
                install: true,
                parts: vec!["rules", "deny"]
            })
        );
        assert_eq!(understand(&words("--list")), Ok(Request::List));
    }

    #[test]
    fn a_word_that_means_nothing_is_refused() {
        for line in [
            "rulez",
            "--instal",
            "rules --all",
            "Rules",
            "-",
            "rules,deny",
        ] {
            assert!(understand(&words(line)).is_err(), "{line}");
        }
    }

    #[test]
    fn every_part_has_a_name_of_its_own() {
        for (index, part) in PARTS.iter().enumerate() {
            assert!(!part.name.is_empty() && !part.says.is_empty());
            assert!(
                PARTS[..index].iter().all(|other| other.name != part.name),
                "{}",
                part.name
            );
        }
    }
}
