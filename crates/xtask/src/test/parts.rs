//! The parts of the test command, in the order in which they run: quick ones first.

use std::process::Command;

use super::running::{answer, check, succeeds, tests};
use super::tally::Tally;
use super::tools::Tool;
use super::{advisories, fonts, packages, python};
use crate::web;
use crate::workspace::{cargo, root, target};

/// One part: a name to ask for it by, what it needs, and how it is run.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) needs: &'static [Tool],
    /// Whether the tree holds what this part tests.
    pub(crate) exists: fn() -> bool,
    pub(crate) run: fn() -> Tally,
}

/// Every part.
pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "format",
        says: "the layout of the sources (cargo fmt)",
        needs: &[Tool::Rustfmt],
        exists: always,
        run: || check(&mut cargo(&["fmt", "--all", "--check"])),
    },
    Part {
        name: "deny",
        says: "licences, bans, sources and advisories of everything that comes from outside",
        needs: &[Tool::CargoDeny, Tool::Git],
        exists: always,
        run: deny,
    },
    Part {
        name: "lint",
        says: "clippy without a warning",
        needs: &[Tool::Clippy, Tool::Compiler],
        exists: always,
        run: || check(cargo(&CLIPPY).args(["--", "-D", "warnings"])),
    },
    Part {
        name: "docs",
        says: "the documentation builds without a warning",
        needs: &[Tool::Compiler],
        exists: always,
        run: || check(cargo(&DOC).env("RUSTDOCFLAGS", "-D warnings")),
    },
    Part {
        name: "rules",
        says: "the shape of the workspace and its house rules (tests/architecture.rs, tidy.rs)",
        needs: &[Tool::Compiler, Tool::Git],
        exists: always,
        run: rules,
    },
    Part {
        name: "unit",
        says: "unit, property, vector and documentation tests of every crate",
        needs: &[Tool::Compiler, Tool::Fonts],
        exists: always,
        run: || tests(cargo(&UNIT).env("YICHUAN_FONTS", fonts::folder())),
    },
    Part {
        name: "web",
        says: "the pages of the desk: types, form, tests, and built for the program (npm)",
        needs: &[Tool::Node],
        exists: always,
        run: of_web,
    },
    Part {
        name: "simulation",
        says: "prefectures in simulated time, with faults and clocks that are set",
        needs: &[Tool::Compiler],
        exists: always,
        run: || tests(cargo(&WHOLE).args(["--test", SIMULATION, "--", "--nocapture"])),
    },
    Part {
        name: "journeys",
        says: "the real programs, built for release, over loopback",
        needs: &[Tool::Compiler, Tool::SoftHsm, Tool::Fonts, Tool::Python],
        exists: always,
        run: journeys,
    },
    // After the journeys, whose release programs it drives.
    Part {
        name: "browser",
        says: "the pages at desks of the real programs, in a real browser (tests/browser)",
        needs: &[
            Tool::Compiler,
            Tool::Node,
            Tool::Chromium,
            Tool::Faketime,
            Tool::Fonts,
        ],
        exists: always,
        run: browser,
    },
    // After the journeys as well.
    Part {
        name: "packages",
        says: "the Debian packages: made twice, installed apart, used, upgraded, removed (dpkg)",
        needs: &[Tool::Compiler, Tool::Git],
        exists: always,
        run: of_packages,
    },
    Part {
        name: "python",
        says: "the formats read by a second implementation, the interface under made-up requests",
        needs: &[Tool::Python, Tool::PythonPackages],
        exists: always,
        run: python::run,
    },
    // It stands last: it uses the release programs that the journeys built.
    Part {
        name: "demo",
        says: "the main job from nothing, its evidence verified offline (cargo xtask demo)",
        needs: &[Tool::Compiler],
        exists: always,
        run: || check(&mut cargo(&DEMO)),
    },
];

const DEMO: [&str; 6] = [
    "run",
    "--quiet",
    "--locked",
    "--package",
    "yichuan-xtask",
    "demo",
];

const CLIPPY: [&str; 4] = ["clippy", "--workspace", "--all-targets", "--locked"];
const DOC: [&str; 4] = ["doc", "--workspace", "--no-deps", "--locked"];
const UNIT: [&str; 6] = [
    "test",
    "--workspace",
    "--exclude",
    TESTS,
    "--locked",
    "--no-fail-fast",
];
/// With the features of the whole workspace, as in [`UNIT`]: fewer of them would have cargo build
/// most dependencies once more.
const WHOLE: [&str; 4] = ["test", "--workspace", "--locked", "--no-fail-fast"];
const PROGRAMS: [&str; 3] = ["build", "--release", "--locked"];

/// Where programs are that the browser journeys and the packages take as they are.
const PROGRAMS_GIVEN: &str = "YICHUAN_PROGRAMS";

/// The package of everything that crosses crates.
const TESTS: &str = "yichuan-tests";

/// Its target that simulates, in the test build.
const SIMULATION: &str = "simulated";

/// Its targets that look at the tree and need no program.
const RULES: [&str; 2] = ["architecture", "tidy"];

fn always() -> bool {
    true
}

fn rules() -> Tally {
    let mut command = cargo(&WHOLE);
    for target in RULES {
        command.args(["--test", target]);
    }
    // What the rules read the tree with; it stands in the library of [`TESTS`].
    let mut reading = cargo(&WHOLE);
    tests(&mut command) + tests(reading.args(["--lib", "--", "source::tests"]))
}

/// Before the journeys, whose program has the pages inside.
fn of_web() -> Tally {
    let folder = root().join("crates/desk/web");
    let mut sum = Tally::default();
    for arguments in [
        &["ci"][..],
        &["run", "check"],
        &["run", "lint"],
        &["run", "test"],
        &["run", "build"],
    ] {
        let tally = check(Command::new("npm").current_dir(&folder).args(arguments));
        sum = sum + tally;
        if tally != Tally::PASSED {
            break;
        }
    }
    sum
}

fn journeys() -> Tally {
    let Some(targets) = journey_targets() else {
        eprintln!("cargo cannot tell the test targets of {TESTS}");
        return Tally::FAILED;
    };
    if !succeeds(&mut cargo(&PROGRAMS)) {
        return Tally::FAILED;
    }
    let mut command = cargo(&WHOLE);
    command.env("YICHUAN_FONTS", fonts::folder());
    for target in targets {
        command.args(["--test", &target]);
    }
    tests(&mut command)
}

/// Builds the pages into the release programs and drives them with a browser; `YICHUAN_PROGRAMS`
/// names a folder with programs that are to be used as they are.
fn browser() -> Tally {
    let folder = root().join("crates/desk/web");
    let npm = |arguments: &[&str]| {
        let mut command = Command::new("npm");
        command.current_dir(&folder).args(arguments);
        command
    };
    let installed = folder.join("node_modules/vitest").is_dir() || succeeds(&mut npm(&["ci"]));
    let given = std::env::var_os(PROGRAMS_GIVEN).map(|folder| root().join(folder));
    // Pages that are built again would have the programs built again.
    let pages = || web::is_built() || succeeds(&mut npm(&["run", "build"]));
    let built = given.is_some() || pages() && succeeds(&mut cargo(&PROGRAMS));
    let (true, Ok(own)) = (installed && built, std::env::current_exe()) else {
        return Tally::FAILED;
    };
    let mut journeys = npm(&["run", "--silent", "journeys"]);
    journeys.env("YICHUAN_XTASK", own).env("NO_COLOR", "1");
    let programs = given.unwrap_or_else(|| target().join("release"));
    let ran = tests(journeys.env(PROGRAMS_GIVEN, programs));
    if !ran.stands() {
        return ran;
    }
    // What they showed is compared with what they used only where all of them ran to their end.
    let mut controls = npm(&["run", "--silent", "controls"]);
    ran + tests(controls.env("NO_COLOR", "1"))
}

/// The packages of the release programs, or of those that `YICHUAN_PROGRAMS` names.
fn of_packages() -> Tally {
    let given = std::env::var_os(PROGRAMS_GIVEN).map(|folder| root().join(folder));
    if given.is_none() && !succeeds(&mut cargo(&PROGRAMS)) {
        return Tally::FAILED;
    }
    packages::run(&given.unwrap_or_else(|| target().join("release")))
}

/// The test targets of [`TESTS`] that run programs; `None` if cargo cannot tell.
fn journey_targets() -> Option<Vec<String>> {
    let metadata = answer(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    targets_in(&metadata)
}

fn targets_in(metadata: &str) -> Option<Vec<String>> {
    let metadata: serde_json::Value = serde_json::from_str(metadata).ok()?;
    let packages = metadata["packages"].as_array()?;
    let package = packages.iter().find(|package| package["name"] == TESTS)?;
    let targets = package["targets"].as_array()?;
    let tests = targets.iter().filter(|target| target["kind"][0] == "test");
    let names = tests.filter_map(|target| target["name"].as_str());
    Some(
        names
            .filter(|name| !RULES.contains(name) && *name != SIMULATION)
            .map(str::to_owned)
            .collect(),
    )
}

fn deny() -> Tally {
    // Without a network this passes when everything in the lock file was fetched before.
    if !succeeds(&mut cargo(&["fetch", "--locked"])) {
        return Tally::FAILED;
    }
    ["bans", "licenses", "sources"]
        .into_iter()
        .map(|what| check(&mut cargo_deny(what)))
        .fold(advisories(), |sum, tally| sum + tally)
}

fn advisories() -> Tally {
    match advisories::database() {
        Ok(Some(snapshot)) => {
            println!("advisories: {snapshot}");
            check(&mut cargo_deny("advisories"))
        }
        Ok(None) => {
            println!("advisories: NOT CHECKED");
            Tally::SKIPPED
        }
        Err(error) => {
            eprintln!("advisories: {error}");
            Tally::FAILED
        }
    }
}

fn cargo_deny(what: &str) -> std::process::Command {
    let mut command = cargo(&["deny", "--offline", "--locked"]);
    command.args(["check", "--hide-inclusion-graph", what]);
    command.current_dir(root());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journeys_are_the_test_targets_beside_the_rules() {
        let metadata = r#"{"packages":[
            {"name":"yichuan-unit","targets":[{"kind":["test"],"name":"other"}]},
            {"name":"yichuan-tests","targets":[
                {"kind":["lib"],"name":"yichuan_tests"},
                {"kind":["test"],"name":"tidy"},
                {"kind":["test"],"name":"simulated"},
                {"kind":["test"],"name":"journey"},
                {"kind":["test"],"name":"architecture"}]}]}"#;
        assert_eq!(targets_in(metadata), Some(vec!["journey".to_owned()]));
    }

    #[test]
    fn what_is_no_metadata_is_not_taken_for_a_tree_without_journeys() {
        let texts = [
            "",
            "{",
            "[]",
            "{}",
            r#"{"packages":0}"#,
            r#"{"packages":[]}"#,
            r#"{"packages":[{"name":"yichuan-unit","targets":[]}]}"#,
            r#"{"packages":[{"name":"yichuan-tests"}]}"#,
        ];
        for text in texts {
            assert_eq!(targets_in(text), None, "{text}");
        }
        let bare = r#"{"packages":[{"name":"yichuan-tests","targets":[]}]}"#;
        assert_eq!(targets_in(bare), Some(Vec::new()));
    }

    #[test]
    fn the_rules_are_targets_that_exist() {
        for rule in RULES.into_iter().chain([SIMULATION]) {
            assert!(
                root().join("tests").join(format!("{rule}.rs")).is_file(),
                "{rule}"
            );
        }
    }
}
