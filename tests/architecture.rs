//! The shape of the workspace: which crate may use which, what the pure crates may touch, and how
//! things are named.
//!
//! Each rule is a function from what it looks at to its complaints, and is tried here on the tree,
//! which must give none, and on bad samples, each of which must give one.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};
use yichuan_tests::source;

/// A crate outside the workspace, and why a pure crate may use it.
type Outside = (&'static str, &'static str);

/// One line of the crate table.
struct Row {
    name: &'static str,
    may_use: &'static [&'static str],
    /// What a pure crate may use from outside; `None` for a crate that is not pure.
    outside: Option<&'static [Outside]>,
}

/// Who may use whom. A crate that is not here is refused.
const TABLE: &[Row] = &[
    Row {
        name: "document",
        may_use: &[],
        outside: Some(DOCUMENT),
    },
    Row {
        name: "seal",
        may_use: &["document"],
        outside: Some(SEAL),
    },
    Row {
        name: "layout",
        may_use: &["document", "seal"],
        outside: Some(LAYOUT),
    },
    Row {
        name: "typeface",
        may_use: &[],
        outside: Some(TYPEFACE),
    },
    Row {
        name: "typeset",
        may_use: &["document", "layout", "typeface"],
        outside: Some(TYPESET),
    },
    Row {
        name: "picture",
        may_use: &["seal", "layout", "typeface"],
        outside: Some(PICTURE),
    },
    Row {
        name: "envelope",
        may_use: &["document", "seal"],
        outside: Some(ENVELOPE),
    },
    Row {
        name: "evidence",
        may_use: &["document", "seal", "envelope"],
        outside: Some(EVIDENCE),
    },
    Row {
        name: "wire",
        may_use: &["document", "envelope", "evidence"],
        outside: Some(WIRE),
    },
    Row {
        name: "store",
        may_use: &[],
        outside: None,
    },
    Row {
        name: "exchange",
        may_use: &["document", "seal", "envelope", "evidence", "wire", "store"],
        outside: None,
    },
    Row {
        name: "unit",
        may_use: &[
            "document", "seal", "layout", "typeface", "typeset", "picture", "envelope", "evidence",
            "wire", "store",
        ],
        outside: None,
    },
    Row {
        name: "desk",
        may_use: &["document", "unit"],
        outside: None,
    },
    Row {
        name: "xtask",
        may_use: &[],
        outside: None,
    },
    Row {
        name: "tests",
        may_use: &[
            "document", "seal", "layout", "typeface", "typeset", "picture", "envelope", "evidence",
            "wire", "store", "exchange", "unit", "desk", "xtask",
        ],
        outside: None,
    },
];

const CBOR: Outside = ("minicbor", "RFC 8949, the one encoding");
const SHA2: Outside = ("sha2", "FIPS 180-4 digests");
const ZEROIZE: Outside = ("zeroize", "secrets are wiped");
const SUBTLE: Outside = ("subtle", "secrets are compared in constant time");
const CHANCE: Outside = ("rand_core", "the trait of the `rng` that is passed in");
const SIGNATURES: Outside = ("ed25519-dalek", "RFC 8032 signatures");
const TEXT_CODES: Outside = ("data-encoding", "RFC 4648: hexadecimal, base32, base64");

const DOCUMENT: &[Outside] = &[
    TEXT_CODES,
    SIGNATURES,
    CBOR,
    CHANCE,
    SHA2,
    SUBTLE,
    ("unicode-normalization", "text is NFC (UAX #15)"),
    ZEROIZE,
];

const SEAL: &[Outside] = &[
    TEXT_CODES,
    SIGNATURES,
    CBOR,
    ("png", "the picture of a seal"),
    CHANCE,
    SHA2,
    ("sm2", "GB/T 32918 signatures of SES seals"),
    ("sm3", "GB/T 32905 digests of SES seals"),
    SUBTLE,
    ("unicode-normalization", "text is NFC (UAX #15)"),
    ZEROIZE,
];

const LAYOUT: &[Outside] = &[
    TEXT_CODES,
    ("encoding_rs", "GB 18030 and UTF-16 in names and text"),
    (
        "flate2",
        "RFC 1951, what packages and PDF streams are packed with",
    ),
    ("quick-xml", "XML 1.0, the parts of OFD and office files"),
    (
        "unicode-normalization",
        "marks are searched in NFKC (UAX #15)",
    ),
];

const TYPEFACE: &[Outside] = &[("skrifa", "the tables of OpenType fonts")];

const TYPESET: &[Outside] = &[
    TEXT_CODES,
    (
        "krilla",
        "PDF and PDF/A, with fonts embedded (decision 0020)",
    ),
    SHA2,
    ("skrifa", "OpenType: glyphs of characters and their widths"),
    ("subsetter", "fonts reduced to the glyphs that are used"),
    ("unicode-normalization", "text is NFC (UAX #15)"),
    ("zip", "the package of an OFD file, written and never read"),
];

const PICTURE: &[Outside] = &[
    ("fast_qr", "the code on printed sheets"),
    ("flate2", "measures what PDF streams expand to"),
    ("hayro", "draws PDF pages (decision 0019)"),
    ("krilla", "writes the PDF for the printer"),
    ("kurbo", "outlines and maps, as hayro has them"),
    ("png", "pictures in files, and of pages"),
    ("skrifa", "glyphs and their outlines"),
    ("tiny-skia", "draws OFD pages as pixels"),
    ("zune-jpeg", "JPEG pictures in OFD files"),
];

const ENVELOPE: &[Outside] = &[
    ("aws-lc-rs", "AES-256-GCM of the body"),
    ("hkdf", "RFC 5869, keys from the content key"),
    ("hmac", "RFC 2104, the opening in a receipt"),
    ("hpke", "RFC 9180 with X-Wing, key wraps"),
    CBOR,
    CHANCE,
    ("rayon", "segments on all cores"),
    SHA2,
    SUBTLE,
    ZEROIZE,
];

const EVIDENCE: &[Outside] = &[TEXT_CODES, SIGNATURES, CBOR, SHA2];

const WIRE: &[Outside] = &[CBOR];

/// Runtimes, HTTP, sockets, TLS and databases: never below a pure crate, however far down.
const WORLDLY: &[&str] = &[
    "async-std",
    "axum",
    "fjall",
    "h2",
    "hyper",
    "mio",
    "quinn",
    "redb",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "ureq",
];

/// What a pure crate's sources never say: it is given `now`, bytes, settings and an `rng`.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread::sleep",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime",
    "Instant::now",
    "OsRng",
    "SysRng",
    "SystemRandom",
    "RandomizedNonceKey",
    "getrandom",
    "thread_rng",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
];

/// The same modules of `std`, as they stand inside `use std::{…}`.
const IMPURE_IN_STD: &[&str] = &["fs", "net", "env", "process"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "common", "core", "helper", "helpers", "misc", "shared", "types", "util", "utils",
];

/// What may stand at the top level.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitattributes",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "certs",
    "clippy.toml",
    "crates",
    "deny.toml",
    "docs",
    "proto",
    "rustfmt.toml",
    "tests",
];

/// What every crate takes from the root.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// A crate of the workspace: its folder's name and its manifest.
struct Member {
    name: String,
    manifest: Table,
}

/// One dependency: its name, what the manifest says of it, and whether only tests use it.
struct Dependency<'a> {
    name: &'a str,
    value: &'a Value,
    for_tests: bool,
}

impl Member {
    fn row(&self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.name == self.name)
    }

    fn dependencies(&self) -> Vec<Dependency<'_>> {
        let targets = self.manifest.get("target").and_then(Value::as_table);
        let targets = targets
            .into_iter()
            .flat_map(Table::values)
            .filter_map(Value::as_table);
        let mut found = Vec::new();
        for table in std::iter::once(&self.manifest).chain(targets) {
            for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
                let entries = table.get(section).and_then(Value::as_table);
                for (name, value) in entries.into_iter().flatten() {
                    // A dependency under another name is still the package it names.
                    let name = value.get("package").and_then(Value::as_str).unwrap_or(name);
                    let for_tests = section == "dev-dependencies";
                    found.push(Dependency {
                        name,
                        value,
                        for_tests,
                    });
                }
            }
        }
        found
    }
}

fn crate_table(members: &[Member]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in members {
        let Some(row) = member.row() else {
            complaints.push(format!("`{}` is not in the crate table", member.name));
            continue;
        };
        for dependency in member.dependencies() {
            let Some(used) = dependency.name.strip_prefix("yichuan-") else {
                continue;
            };
            if !row.may_use.contains(&used) {
                complaints.push(format!("`{}` may not use `{used}`", member.name));
            }
        }
    }
    complaints
}

fn outside_of_pure_crates(members: &[Member]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in members {
        let Some(allowed) = member.row().and_then(|row| row.outside) else {
            continue;
        };
        for dependency in member.dependencies() {
            let name = dependency.name;
            let own = name.starts_with("yichuan-");
            if !own && !dependency.for_tests && allowed.iter().all(|(known, _)| *known != name) {
                complaints.push(format!("pure crate `{}` may not use `{name}`", member.name));
            }
        }
    }
    complaints
}

/// Looks at everything below the pure crates, as the lock file resolves it.
fn worldly_below_pure_crates(lock: &Table) -> Vec<String> {
    let packages = lock.get("package").and_then(Value::as_array);
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages.into_iter().flatten() {
        let Some(name) = package.get("name").and_then(Value::as_str) else {
            continue;
        };
        let below = package.get("dependencies").and_then(Value::as_array);
        let below = below.into_iter().flatten().filter_map(Value::as_str);
        // An entry is a name, or a name and a version where there are several.
        let below = below.filter_map(|entry| entry.split(' ').next());
        uses.entry(name).or_default().extend(below);
    }
    let mut complaints = Vec::new();
    for row in TABLE.iter().filter(|row| row.outside.is_some()) {
        let package = format!("yichuan-{}", row.name);
        let mut seen = BTreeSet::new();
        let mut open = vec![package.as_str()];
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                open.extend(uses.get(name).into_iter().flatten());
            }
        }
        for name in seen.iter().filter(|name| WORLDLY.contains(name)) {
            complaints.push(format!("pure crate `{}` pulls in `{name}`", row.name));
        }
    }
    complaints
}

fn inheritance(members: &[Member]) -> Vec<String> {
    let from_root = |value: Option<&Value>| {
        value
            .and_then(|value| value.get("workspace"))
            .and_then(Value::as_bool)
            == Some(true)
    };
    let mut complaints = Vec::new();
    for Member { name, manifest } in members {
        let package = manifest.get("package");
        let told = package
            .and_then(|package| package.get("name"))
            .and_then(Value::as_str);
        if told != Some(format!("yichuan-{name}").as_str()) {
            complaints.push(format!("the package in `{name}` is not `yichuan-{name}`"));
        }
        if !from_root(manifest.get("lints")) {
            complaints.push(format!("`{name}` does not inherit the lints"));
        }
        for key in INHERITED {
            if !from_root(package.and_then(|package| package.get(key))) {
                complaints.push(format!("`{name}` does not inherit `{key}`"));
            }
        }
        for dependency in member_versions(manifest, name) {
            complaints.push(dependency);
        }
    }
    complaints
}

fn member_versions(manifest: &Table, name: &str) -> Vec<String> {
    let member = Member {
        name: name.to_owned(),
        manifest: manifest.clone(),
    };
    let dependencies = member.dependencies();
    let own = dependencies.iter().filter(|dependency| {
        let inherited = dependency.value.get("workspace").and_then(Value::as_bool) == Some(true);
        let choices = ["version", "git", "path", "registry"];
        !inherited
            || choices
                .iter()
                .any(|key| dependency.value.get(key).is_some())
    });
    own.map(|dependency| {
        format!(
            "`{name}` names `{}` itself; versions stand in the root",
            dependency.name
        )
    })
    .collect()
}

/// The root names every dependency by a version, and its own crates by their folder.
fn root_versions(root: &Table) -> Vec<String> {
    let listed = root
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));
    let listed = listed.and_then(Value::as_table).into_iter().flatten();
    let mut complaints = Vec::new();
    for (name, value) in listed {
        let version = value
            .as_str()
            .or_else(|| value.get("version").and_then(Value::as_str));
        let well = match name.strip_prefix("yichuan-") {
            Some(own) => {
                value.get("path").and_then(Value::as_str) == Some(&format!("crates/{own}"))
            }
            None => {
                version.is_some_and(|version| !version.contains('*'))
                    && value.get("path").is_none()
                    && value.get("git").is_none()
            }
        };
        if !well {
            complaints.push(format!(
                "`{name}` comes neither from a release nor from its folder"
            ));
        }
    }
    complaints
}

fn empty_names(paths: &[String]) -> Vec<String> {
    let ours = paths.iter().filter(|path| {
        path.starts_with("crates/") || (path.starts_with("tests/") && source::is_rust(path))
    });
    ours.filter(|path| {
        path.split('/')
            .any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")))
    })
    .map(|path| format!("{path}: a name that says nothing about what is inside"))
    .collect()
}

fn empty_modules(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate().filter(|(_, line)| {
        let mut words = source::code_of(line)
            .split([' ', ';', '{'])
            .filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        let module = first == "mod" || (first.starts_with("pub") && words.next() == Some("mod"));
        module && words.next().is_some_and(|name| EMPTY_NAMES.contains(&name))
    });
    lines
        .map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim()))
        .collect()
}

fn top_level(paths: &[String]) -> Vec<String> {
    let entries: BTreeSet<&str> = paths
        .iter()
        .filter_map(|path| path.split('/').next())
        .collect();
    let strange = entries
        .into_iter()
        .filter(|entry| !TOP_LEVEL.contains(entry));
    strange
        .map(|entry| format!("`{entry}` does not belong at the top level"))
        .collect()
}

fn impure_source(path: &str, text: &str) -> Vec<String> {
    if source::is_test_file(path) {
        return Vec::new();
    }
    let lines: Vec<_> = source::without_tests(text)
        .into_iter()
        .map(|(number, line)| (number, source::code_of(line)))
        .collect();
    let mut complaints = Vec::new();
    for (number, code) in &lines {
        for word in IMPURE.iter().filter(|word| says(code, word)) {
            complaints.push(format!("{path}:{number}: `{word}` in a pure crate"));
        }
    }
    let whole: String = lines.iter().flat_map(|(_, code)| code.chars()).collect();
    let whole: String = whole
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    for group in whole.split("std::{").skip(1) {
        for name in first_names(group).filter(|name| IMPURE_IN_STD.contains(name)) {
            complaints.push(format!("{path}: `std::{{{name}}}` in a pure crate"));
        }
    }
    complaints
}

/// Whether `code` holds `word` and not merely a longer word that ends or begins with it.
fn says(code: &str, word: &str) -> bool {
    let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(in_word) && !code[at + word.len()..].starts_with(in_word)
    })
}

/// The first segment of each path in a `use` group, whose opening brace was just read.
fn first_names(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 1_u32;
    let end = group.find(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let mut depth = 0_u32;
    group[..end.unwrap_or(group.len())]
        .split(move |letter| {
            match letter {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            letter == ',' && depth == 0
        })
        .filter_map(|path| path.split("::").next())
}

fn members() -> Vec<Member> {
    let manifests = source::files().into_iter().filter(|path| {
        path == "tests/Cargo.toml"
            || path
                .strip_prefix("crates/")
                .is_some_and(|rest| rest.ends_with("/Cargo.toml"))
    });
    let members: Vec<Member> = manifests
        .map(|path| {
            let folder = path.trim_end_matches("/Cargo.toml");
            let name = folder.trim_start_matches("crates/").to_owned();
            let text = source::text(&path).expect("a manifest is text");
            Member {
                name,
                manifest: text.parse().expect("a manifest is TOML"),
            }
        })
        .collect();
    assert!(members.len() >= 10, "the crates were not found");
    members
}

fn table(path: &str) -> Table {
    source::text(path)
        .expect("the file is there")
        .parse()
        .expect("the file is TOML")
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn crates_use_only_what_the_table_allows() {
    assert_none(&crate_table(&members()));
}

#[test]
fn exchange_and_unit_meet_only_in_the_tests() {
    for row in TABLE.iter().filter(|row| row.name != "tests") {
        let both = ["exchange", "unit"]
            .iter()
            .all(|end| row.may_use.contains(end));
        assert!(!both, "`{}` may use both", row.name);
    }
    for (one, other) in [("exchange", "unit"), ("unit", "exchange")] {
        let row = TABLE
            .iter()
            .find(|row| row.name == one)
            .expect("it is in the table");
        assert!(!row.may_use.contains(&other), "`{one}` may use `{other}`");
    }
}

#[test]
fn pure_crates_use_only_their_short_list_from_outside() {
    assert_none(&outside_of_pure_crates(&members()));
}

#[test]
fn pure_crates_pull_in_no_runtime_no_http_and_no_database() {
    let lock = table("Cargo.lock");
    assert_none(&worldly_below_pure_crates(&lock));
}

#[test]
fn pure_crates_never_reach_for_time_files_network_or_chance() {
    let pure: Vec<String> = TABLE
        .iter()
        .filter(|row| row.outside.is_some())
        .map(|row| format!("crates/{}/src/", row.name))
        .collect();
    let files: Vec<String> = source::files()
        .into_iter()
        .filter(|path| source::is_rust(path) && pure.iter().any(|start| path.starts_with(start)))
        .collect();
    assert!(files.len() >= 5, "the sources were not found");
    let texts = files
        .iter()
        .filter_map(|path| source::text(path).map(|text| (path, text)));
    assert_none(
        &texts
            .flat_map(|(path, text)| impure_source(path, &text))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_crate_inherits_lints_version_and_dependencies_from_the_root() {
    assert_none(&inheritance(&members()));
    assert_none(&root_versions(&table("Cargo.toml")));
}

#[test]
fn no_crate_or_module_has_an_empty_name() {
    let files = source::files();
    assert_none(&empty_names(&files));
    let sources = files.iter().filter(|path| source::is_rust(path));
    let texts = sources.filter_map(|path| source::text(path).map(|text| (path, text)));
    assert_none(
        &texts
            .flat_map(|(path, text)| empty_modules(path, &text))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    assert_none(&top_level(&source::files()));
}

#[test]
fn every_allowed_crate_comes_with_its_reason() {
    for (name, reason) in TABLE.iter().filter_map(|row| row.outside).flatten() {
        assert!(reason.len() > 10, "{name}");
        assert!(!WORLDLY.contains(name), "{name}");
    }
}

#[path = "architecture/on_bad_samples.rs"]
mod on_bad_samples;
