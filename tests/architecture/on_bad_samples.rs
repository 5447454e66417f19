//! The same rules on samples that break them.

use super::*;

fn member(name: &str, manifest: &str) -> [Member; 1] {
    [Member {
        name: name.to_owned(),
        manifest: manifest.parse().expect("the sample is TOML"),
    }]
}

#[test]
fn a_forbidden_use_is_found_in_every_section() {
    let cases = [
        ("document", "[dependencies]\nyichuan-seal.workspace = true"),
        ("exchange", "[dependencies]\nyichuan-unit.workspace = true"),
        (
            "exchange",
            "[dev-dependencies]\nyichuan-unit.workspace = true",
        ),
        (
            "unit",
            "[build-dependencies]\nyichuan-exchange.workspace = true",
        ),
        (
            "unit",
            "[target.'cfg(unix)'.dependencies]\nyichuan-exchange.workspace = true",
        ),
        (
            "unit",
            "[dependencies]\nother = { package = \"yichuan-exchange\", workspace = true }",
        ),
        ("wire", "[dependencies]\nyichuan-store.workspace = true"),
        ("xtask", "[dependencies]\nyichuan-document.workspace = true"),
        ("gateway", ""),
    ];
    for (name, manifest) in cases {
        assert_eq!(
            crate_table(&member(name, manifest)).len(),
            1,
            "{name}: {manifest}"
        );
    }
    let good = member("wire", "[dependencies]\nyichuan-document.workspace = true");
    assert_none(&crate_table(&good));
}

#[test]
fn a_crate_that_is_not_on_the_short_list_is_found() {
    let cases = [
        ("document", "[dependencies]\ntokio.workspace = true"),
        ("document", "[dependencies]\nserde.workspace = true"),
        ("wire", "[dependencies]\nsha2.workspace = true"),
        (
            "evidence",
            "[target.'cfg(unix)'.dependencies]\nrayon.workspace = true",
        ),
        ("layout", "[build-dependencies]\ncc.workspace = true"),
        (
            "seal",
            "[dependencies]\npng = { package = \"image\", workspace = true }",
        ),
    ];
    for (name, manifest) in cases {
        let found = outside_of_pure_crates(&member(name, manifest));
        assert_eq!(found.len(), 1, "{name}: {manifest}");
    }
    assert_none(&outside_of_pure_crates(&member(
        "document",
        "[dependencies]\nsha2.workspace = true\n[dev-dependencies]\nproptest.workspace = true",
    )));
}

#[test]
fn a_runtime_far_below_is_found() {
    let lock = "[[package]]\nname = \"yichuan-wire\"\ndependencies = [\"a\"]\n\
                [[package]]\nname = \"a\"\ndependencies = [\"b 1.0.0\"]\n\
                [[package]]\nname = \"b\"\ndependencies = [\"a\", \"tokio\"]\n";
    let found = worldly_below_pure_crates(&lock.parse().expect("the sample is TOML"));
    assert_eq!(found, ["pure crate `wire` pulls in `tokio`"]);
}

#[test]
fn what_is_not_inherited_is_found() {
    let good = "[package]\nname = \"yichuan-wire\"\nversion.workspace = true\n\
                edition.workspace = true\nrust-version.workspace = true\n\
                license.workspace = true\npublish.workspace = true\n\
                [lints]\nworkspace = true\n[dependencies]\nminicbor.workspace = true\n";
    assert_none(&inheritance(&member("wire", good)));
    let changes = [
        ("[lints]\nworkspace = true\n", ""),
        (
            "[lints]\nworkspace = true\n",
            "[lints]\nworkspace = false\n",
        ),
        ("edition.workspace = true", "edition = \"2024\""),
        ("license.workspace = true\n", ""),
        ("\"yichuan-wire\"", "\"wire\""),
        ("minicbor.workspace = true", "minicbor = \"2\""),
        (
            "minicbor.workspace = true",
            "minicbor = { version = \"2\" }",
        ),
        (
            "minicbor.workspace = true",
            "minicbor = { path = \"../minicbor\" }",
        ),
        (
            "minicbor.workspace = true",
            "minicbor = { git = \"https://localhost/m\" }",
        ),
    ];
    for (old, new) in changes {
        assert!(good.contains(old));
        let altered = member("wire", &good.replace(old, new));
        assert_eq!(inheritance(&altered).len(), 1, "{new}");
    }
}

#[test]
fn a_dependency_without_a_release_is_found_in_the_root() {
    let cases = [
        "sha2 = \"*\"",
        "sha2 = \"1.*\"",
        "sha2 = { git = \"https://localhost/s\" }",
        "sha2 = { version = \"1\", path = \"../s\" }",
        "sha2 = {}",
        "yichuan-wire = \"1\"",
        "yichuan-wire = { path = \"../wire\" }",
    ];
    for case in cases {
        let root = format!("[workspace.dependencies]\n{case}\n");
        let found = root_versions(&root.parse().expect("the sample is TOML"));
        assert_eq!(found.len(), 1, "{case}");
    }
}

#[test]
fn an_empty_name_is_found() {
    let paths = [
        "crates/common/Cargo.toml",
        "crates/wire/src/util.rs",
        "crates/unit/src/types/id.rs",
        "tests/helpers.rs",
    ];
    for path in paths {
        assert_eq!(empty_names(&[path.to_owned()]).len(), 1, "{path}");
    }
    for path in [
        "crates/wire/src/utility.rs",
        "docs/core.md",
        "crates/seal/src/score.rs",
    ] {
        assert_none(&empty_names(&[path.to_owned()]));
    }
    for text in [
        "mod util;",
        "pub mod helpers {",
        "    pub(crate) mod types;",
        "mod  core;",
    ] {
        assert_eq!(empty_modules("a.rs", text).len(), 1, "{text}");
    }
    assert_none(&empty_modules(
        "a.rs",
        "mod utility;\n// mod util;\nuse core::fmt;",
    ));
}

#[test]
fn a_stranger_at_the_top_level_is_found() {
    for path in [
        "src/lib.rs",
        "notes.txt",
        "scripts/build",
        "rust-toolchain.toml",
    ] {
        assert_eq!(top_level(&[path.to_owned()]).len(), 1, "{path}");
    }
}

#[test]
fn impure_code_is_found_and_tests_and_comments_are_not() {
    let bad = [
        "let now = SystemTime::now();",
        "let now = Instant::now();",
        "use std::fs;",
        "use std::fs::File;",
        "let home = std::env::var(\"HOME\");",
        "std::net::TcpStream::connect(a);",
        "println!(\"secret\");",
        "OsRng.fill_bytes(&mut key);",
        "getrandom::fill(&mut key);",
        "aws_lc_rs::rand::SystemRandom::new();",
        "use std::{fmt, fs};",
        "use std::{\n    fmt,\n    net::{IpAddr, Ipv4Addr},\n};",
        "use std::{collections::{BTreeMap, BTreeSet}, env};",
    ];
    for text in bad {
        assert_eq!(
            impure_source("crates/wire/src/a.rs", text).len(),
            1,
            "{text}"
        );
    }
    let good = [
        "// std::fs is not for us",
        "/// Never calls `SystemTime::now`.",
        "#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
        "use std::{fmt, io::{self, Read}};",
        "let my_println_count = pretty_print!(1);",
        "use std::{fmt};\nmod fs {}",
    ];
    for text in good {
        assert_none(&impure_source("crates/wire/src/a.rs", text));
    }
    assert_none(&impure_source("crates/wire/src/a/tests.rs", "use std::fs;"));
}
