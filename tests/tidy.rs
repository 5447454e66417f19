//! House rules that a reader of the tree can check: sizes, layout, words that have no place here,
//! and papers that must agree with the code.
//!
//! Each rule is a function from what it looks at to its complaints, and is tried here on the tree,
//! which must give none, and on bad samples, each of which must give one. Functions of more than 70
//! lines are clippy's to find; what is checked here is that it is told to.

use std::collections::BTreeSet;

use yichuan_tests::source;

/// The most lines of a Rust file outside its tests, comments and blank lines included.
const FILE_LINES_MAX: usize = 500;

/// The most lines of a Rust file with its tests, and of a file of tests.
const FILE_LINES_WITH_TESTS_MAX: usize = 800;

/// The most lines of a `main.rs`: it parses, loads and calls.
const MAIN_LINES_MAX: usize = 60;

/// The most characters of a line of Rust.
const LINE_CHARACTERS_MAX: usize = 100;

/// The most lines of a function, as every `clippy.toml` says.
const FUNCTION_LINES: &str = "too-many-lines-threshold = 70";

/// The crates that share one `clippy.toml`; clippy reads only the nearest, so each has a copy.
const PURE: &[&str] = &[
    "document", "seal", "layout", "typeface", "typeset", "picture", "envelope", "evidence", "wire",
];

/// The headings that a decision page has.
const DECISION: &[&str] = &["## Context", "## Choice", "## Cost"];

/// Marks of work that is not done. Written in halves here and below, so that this file has none.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("#[", "ignore"),
    concat!("db", "g!"),
    concat!("allow(clippy::", "too_many_lines"),
];

/// Places on one machine.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/", "bash"),
];

/// Hosts that packages are fetched from: which one is used is each machine's own setting.
const HOSTS: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi", ".org"),
    concat!("files.python", "hosted.org"),
    concat!("registry.", "npmjs.org"),
    concat!("deb.", "debian.org"),
];

/// Where the codes of refusals are declared.
const DECLARED_IN: &str = "crates/wire/src/error_code.rs";

/// What lies beside the project; only these two may be named.
const BESIDE: &str = concat!("../", "shared");
const BESIDE_ALLOWED: &[&str] = &["/samples", "/advisory-db.bundle"];

fn is_text_of_ours(path: &str) -> bool {
    let made = path.starts_with("tests/fixtures/") || path.starts_with("proto/vectors/");
    let kinds = ["rs", "toml", "md", "py", "cddl", "sh"];
    let extension = path.rsplit('.').next().unwrap_or_default();
    !made && (kinds.contains(&extension) || path == ".ci/run")
}

fn sizes(path: &str, text: &str) -> Vec<String> {
    let all = text.lines().count();
    let code = source::without_tests(text).len();
    let mut complaints = Vec::new();
    let mut at_most = |found: usize, most: usize, what: &str| {
        if found > most {
            complaints.push(format!("{path}: {found} lines {what}; at most {most}"));
        }
    };
    at_most(all, FILE_LINES_WITH_TESTS_MAX, "in all");
    if path.ends_with("/main.rs") {
        at_most(code, MAIN_LINES_MAX, "in a main");
    } else if !source::is_test_file(path) {
        at_most(code, FILE_LINES_MAX, "without tests");
    }
    complaints
}

fn layout(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    // Not `lines()`, which would take a carriage return for a part of the line's end.
    for (index, line) in text.split('\n').enumerate() {
        let at = format!("{path}:{}", index + 1);
        if source::is_rust(path) && line.chars().count() > LINE_CHARACTERS_MAX {
            complaints.push(format!("{at}: more than {LINE_CHARACTERS_MAX} characters"));
        }
        if line.contains('\t') {
            complaints.push(format!("{at}: a tab"));
        }
        if line.ends_with([' ', '\r', '\u{3000}']) {
            complaints.push(format!("{at}: a blank at the end of the line"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        complaints.push(format!("{path}: the last line has no end"));
    }
    complaints
}

/// A mark counts where it is not a part of a longer word.
fn unfinished(path: &str, text: &str) -> Vec<String> {
    let letter = |letter: char| letter.is_ascii_alphanumeric();
    let mut complaints = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for mark in UNFINISHED {
            let found = line.match_indices(mark).any(|(at, _)| {
                let (before, after) = (&line[..at], &line[at + mark.len()..]);
                let begins = !mark.starts_with(letter) || !before.ends_with(letter);
                let ends = !mark.ends_with(letter) || !after.starts_with(letter);
                begins && ends
            });
            if found {
                complaints.push(format!("{path}:{}: `{mark}`", index + 1));
            }
        }
    }
    complaints
}

fn one_machine(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for place in MACHINE
            .iter()
            .chain(HOSTS)
            .filter(|place| line.contains(**place))
        {
            complaints.push(format!("{path}:{}: `{place}`", index + 1));
        }
        for (at, _) in line.match_indices(BESIDE) {
            let rest = &line[at + BESIDE.len()..];
            if !BESIDE_ALLOWED
                .iter()
                .any(|allowed| rest.starts_with(allowed))
            {
                complaints.push(format!("{path}:{}: names what lies beside us", index + 1));
            }
        }
    }
    complaints
}

/// `copies` are the `clippy.toml` of the pure crates that exist, `None` where one is missing.
fn clippy_settings(root: &str, copies: &[(String, Option<String>)]) -> Vec<String> {
    let mut complaints = Vec::new();
    if !root.lines().any(|line| line == FUNCTION_LINES) {
        complaints.push(format!("clippy.toml does not say `{FUNCTION_LINES}`"));
    }
    let first = copies.iter().find_map(|(_, copy)| copy.as_ref());
    for (name, copy) in copies {
        match copy {
            None => complaints.push(format!("pure crate `{name}` has no clippy.toml")),
            Some(text) if Some(text) != first => {
                complaints.push(format!(
                    "clippy.toml of `{name}` differs from the other copies"
                ));
            }
            Some(text) if !text.lines().any(|line| line == FUNCTION_LINES) => {
                complaints.push(format!("clippy.toml of `{name}` has no `{FUNCTION_LINES}`"));
            }
            Some(_) => {}
        }
    }
    complaints
}

/// `path` lies in `docs/decisions/`.
fn decision(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let number = name.split('-').next().unwrap_or_default();
    let mut complaints = Vec::new();
    if number.len() != 4 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        complaints.push(format!(
            "{path}: the name does not begin with a number of four digits"
        ));
    }
    let missing = DECISION
        .iter()
        .filter(|heading| !text.lines().any(|line| line == **heading));
    complaints.extend(missing.map(|heading| format!("{path}: no heading `{heading}`")));
    complaints
}

/// The error codes that `text` writes out: `YC-` and four digits.
fn error_codes(text: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (at, mark) in text.match_indices("YC-") {
        let rest = &text[at + mark.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 4 {
            codes.insert(format!("YC-{}", &rest[..4]));
        }
    }
    codes
}

/// The error codes that a line of [`DECLARED_IN`] declares, as in `pub const A: Self = Self(101);`.
fn declared_codes(line: &str) -> Option<String> {
    let code = source::code_of(line).trim();
    let (_, number) = code
        .strip_prefix("pub const ")?
        .split_once(": Self = Self(")?;
    let number: u16 = number.strip_suffix(");")?.replace('_', "").parse().ok()?;
    Some(format!("YC-{number:04}"))
}

/// The error codes that the page lists, each in the first cell of a table's row: `YC-0101` or 101.
fn listed_codes(page: &str) -> BTreeSet<String> {
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.split('|').next());
    cells
        .flat_map(|cell| match cell.trim().trim_matches('`').parse::<u16>() {
            Ok(number) => BTreeSet::from([format!("YC-{number:04}")]),
            Err(_) => error_codes(cell),
        })
        .collect()
}

/// A code is in the code and on the page, or in neither.
fn error_codes_agree(used: &BTreeSet<String>, page: &BTreeSet<String>) -> Vec<String> {
    let unknown = used
        .difference(page)
        .map(|code| format!("{code} is not in error-codes.md"));
    let unused = page
        .difference(used)
        .map(|code| format!("{code} is used nowhere"));
    unknown.chain(unused).collect()
}

/// The attack cases that functions of `text` are named after: `fn a4_…` tests case `A4`.
fn attack_cases(text: &str) -> BTreeSet<String> {
    /// Each letter has fewer; a name such as `b64_…` is no case.
    const CASES_MAX: u32 = 20;
    let mut cases = BTreeSet::new();
    for line in text.lines() {
        let name = source::code_of(line).trim_start().strip_prefix("fn ");
        let Some((case, _)) = name.and_then(|name| name.split_once('_')) else {
            continue;
        };
        let mut letters = case.chars();
        let group = letters.next().filter(|letter| ('a'..='i').contains(letter));
        let digits = letters.as_str();
        let number = digits
            .parse::<u32>()
            .ok()
            .filter(|number| (1..=CASES_MAX).contains(number));
        if let (Some(group), Some(number)) = (group, number)
            && !digits.starts_with(['0', '+'])
        {
            cases.insert(format!("{}{number}", group.to_ascii_uppercase()));
        }
    }
    cases
}

/// The cases that `threats` does not name as a word.
fn unnamed_cases(cases: &BTreeSet<String>, threats: &str) -> Vec<String> {
    let words: BTreeSet<&str> = threats
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .collect();
    let unnamed = cases.iter().filter(|case| !words.contains(case.as_str()));
    unnamed
        .map(|case| format!("docs/threats.md does not name case {case}"))
        .collect()
}

/// The relative links of a Markdown page, without what is in code.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (at, mark) in prose.match_indices("](") {
            let target = prose[at + mark.len()..]
                .split([')', ' ', '#'])
                .next()
                .unwrap_or_default();
            if !target.is_empty() && !target.contains(':') {
                links.push(target.to_owned());
            }
        }
    }
    links
}

/// Links of the page at `path` that lead nowhere; `exists` is asked about paths from the root.
fn dead_links(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for link in links(text) {
        let mut folders: Vec<&str> = path.split('/').collect();
        folders.pop();
        let mut outside = link.starts_with('/');
        for part in link
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
        {
            if part == ".." {
                outside |= folders.pop().is_none();
            } else {
                folders.push(part);
            }
        }
        if outside || !exists(&folders.join("/")) {
            complaints.push(format!("{path}: the link to `{link}` leads nowhere"));
        }
    }
    complaints
}

/// Applies `rule` to the text of every file that `choose` chooses.
fn over_files(
    choose: impl Fn(&str) -> bool,
    rule: impl Fn(&str, &str) -> Vec<String>,
) -> Vec<String> {
    let files: Vec<String> = source::files()
        .into_iter()
        .filter(|path| choose(path))
        .collect();
    assert!(!files.is_empty(), "there is nothing to look at");
    let texts = files
        .iter()
        .filter_map(|path| source::text(path).map(|text| (path, text)));
    texts.flat_map(|(path, text)| rule(path, &text)).collect()
}

fn is_code(path: &str) -> bool {
    is_text_of_ours(path) && (path == ".ci/run" || !source::is_page(path))
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn files_keep_their_size() {
    assert_none(&over_files(source::is_rust, sizes));
}

#[test]
fn lines_keep_their_layout() {
    assert_none(&over_files(is_text_of_ours, layout));
}

#[test]
fn nothing_is_left_unfinished() {
    assert_none(&over_files(is_code, unfinished));
}

#[test]
fn no_file_knows_the_machine_that_it_was_written_on() {
    assert_none(&over_files(|_| true, one_machine));
}

#[test]
fn clippy_is_told_the_same_everywhere() {
    let root = source::text("clippy.toml").expect("the root has a clippy.toml");
    let made = |name: &&&str| source::root().join("crates").join(name).is_dir();
    let copies: Vec<_> = PURE
        .iter()
        .filter(made)
        .map(|name| {
            (
                (*name).to_owned(),
                source::text(&format!("crates/{name}/clippy.toml")),
            )
        })
        .collect();
    assert!(copies.len() >= 5, "the pure crates were not found");
    assert_none(&clippy_settings(&root, &copies));
    let manifest = source::text("Cargo.toml").expect("the root has a manifest");
    assert!(
        manifest
            .lines()
            .any(|line| line == "too_many_lines = \"warn\"")
    );
}

#[test]
fn every_decision_tells_its_context_choice_and_cost() {
    assert_none(&over_files(
        |path| path.starts_with("docs/decisions/"),
        decision,
    ));
}

#[test]
fn error_codes_in_the_code_and_on_their_page_are_the_same() {
    let mut used = BTreeSet::new();
    for path in source::files()
        .iter()
        .filter(|path| path.starts_with("crates/"))
    {
        if source::is_rust(path) && !source::is_test_file(path) {
            let text = source::text(path).unwrap_or_default();
            let lines = source::without_tests(&text);
            for (_, line) in lines {
                used.extend(error_codes(line));
                used.extend(declared_codes(line).filter(|_| path == DECLARED_IN));
            }
        }
    }
    let page = listed_codes(&source::text("proto/error-codes.md").unwrap_or_default());
    assert_none(&error_codes_agree(&used, &page));
}

#[test]
fn every_tested_attack_case_stands_on_the_threat_page() {
    let mut cases = BTreeSet::new();
    for path in source::files().iter().filter(|path| source::is_rust(path)) {
        cases.extend(attack_cases(&source::text(path).unwrap_or_default()));
    }
    let threats = source::text("docs/threats.md").unwrap_or_default();
    assert_none(&unnamed_cases(&cases, &threats));
}

#[test]
fn links_between_pages_lead_somewhere() {
    let exists = |path: &str| source::root().join(path).exists();
    assert_none(&over_files(source::is_page, |path, text| {
        dead_links(path, text, exists)
    }));
}

#[path = "tidy/compliance.rs"]
mod compliance;
#[path = "tidy/on_bad_samples.rs"]
mod on_bad_samples;
#[path = "tidy/pictures.rs"]
mod pictures;
