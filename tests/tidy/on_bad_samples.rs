//! The same rules on samples that break them.

use super::*;

#[test]
fn a_file_that_is_too_long_is_found() {
    let lines = |count: usize| "x\n".repeat(count);
    let tests = |count: usize| {
        format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    x\n".repeat(count - 3)
        )
    };
    let bad = [
        ("crates/a/src/lib.rs", lines(501)),
        ("crates/a/src/lib.rs", lines(501) + &tests(10)),
        ("crates/a/src/lib.rs", lines(400) + &tests(401)),
        ("crates/a/src/tests.rs", lines(801)),
        ("tests/journey.rs", lines(801)),
        ("crates/a/src/main.rs", lines(61)),
    ];
    for (path, text) in bad {
        assert_eq!(
            sizes(path, &text).len(),
            1,
            "{path}, {} lines",
            text.lines().count()
        );
    }
    let good = [
        ("crates/a/src/lib.rs", lines(500)),
        ("crates/a/src/lib.rs", lines(500) + &tests(300)),
        ("crates/a/src/tests.rs", lines(800)),
        ("crates/a/src/main.rs", lines(60) + &tests(100)),
    ];
    for (path, text) in good {
        assert_none(&sizes(path, &text));
    }
}

#[test]
fn bad_layout_is_found() {
    let wide = "文".repeat(101) + "\n";
    for text in [wide.as_str(), "a\tb\n", "a \n", "a\r\n", "a　\n", "a"] {
        assert_eq!(layout("a.rs", text).len(), 1, "{text:?}");
    }
    let full = "文".repeat(100) + "\n";
    assert_none(&layout("a.rs", &full));
    assert_none(&layout("a.md", &wide));
    assert_none(&layout("a.rs", ""));
}

#[test]
fn files_that_programs_made_are_not_held_to_our_layout() {
    for path in [
        "tests/fixtures/make.py",
        "proto/vectors/a.md",
        "a.ofd",
        "Cargo.lock",
        "LICENSE",
    ] {
        assert!(!is_text_of_ours(path), "{path}");
    }
    for path in [
        "crates/a/src/lib.rs",
        "proto/error-codes.md",
        ".ci/run",
        "tests/python/test_a.py",
    ] {
        assert!(is_text_of_ours(path), "{path}");
    }
}

#[test]
fn unfinished_work_is_found() {
    for word in UNFINISHED {
        for line in [
            (*word).to_owned(),
            format!("    // {word}: later"),
            format!("a;{word}(b)"),
        ] {
            assert_eq!(unfinished("a.rs", &line).len(), 1, "{line}");
        }
    }
    let good = [
        "mastodon",
        "a debugging line",
        "it ignores",
        concat!("X", "XX", "X"),
        "",
    ];
    for line in good {
        assert_none(&unfinished("a.rs", line));
    }
}

#[test]
fn a_machine_or_a_host_is_found() {
    for place in MACHINE.iter().chain(HOSTS) {
        for line in [
            format!("see {place}x"),
            format!("\"file:/{place}\""),
            format!("`{place}`"),
        ] {
            assert_eq!(one_machine("a.md", &line).len(), 1, "{line}");
        }
    }
    for rest in ["", "/", "/spec/a.md", "/sample", "-notes"] {
        let line = format!("see {BESIDE}{rest}");
        assert_eq!(one_machine("a.md", &line).len(), 1, "{line}");
    }
    for line in [
        "docs.rs/x",
        "a/works/b",
        "/var/lib/yichuan",
        "homes/of/offices",
    ] {
        assert_none(&one_machine("a.md", line));
    }
    for allowed in BESIDE_ALLOWED {
        assert_none(&one_machine("a.md", &format!("{BESIDE}{allowed}")));
    }
}

#[test]
fn clippy_settings_that_differ_are_found() {
    let good = format!("{FUNCTION_LINES}\n");
    let copies = |second: Option<&str>| {
        let second = second.map(str::to_owned);
        vec![
            ("seal".to_owned(), Some(good.clone())),
            ("wire".to_owned(), second),
        ]
    };
    assert_none(&clippy_settings(&good, &copies(Some(&good))));
    for second in [None, Some(""), Some("too-many-lines-threshold = 90\n")] {
        assert_eq!(
            clippy_settings(&good, &copies(second)).len(),
            1,
            "{second:?}"
        );
    }
    let lax = "too-many-lines-threshold = 90\n".to_owned();
    assert_eq!(clippy_settings(&lax, &copies(Some(&good))).len(), 1);
    let all_lax = [
        ("seal".to_owned(), Some(lax.clone())),
        ("wire".to_owned(), Some(lax)),
    ];
    assert_eq!(clippy_settings(&good, &all_lax).len(), 2);
}

#[test]
fn a_decision_without_a_heading_or_a_number_is_found() {
    let good = "# 7. A\n\n## Context\n\nb\n\n## Choice\n\nc\n\n## Cost\n\nd\n";
    assert_none(&decision("docs/decisions/0007-a.md", good));
    for heading in DECISION {
        let text = good.replace(heading, "## Other");
        assert_eq!(
            decision("docs/decisions/0007-a.md", &text).len(),
            1,
            "{heading}"
        );
    }
    for name in ["a.md", "7-a.md", "00007-a.md", "000a-a.md", "notes-0007.md"] {
        assert_eq!(
            decision(&format!("docs/decisions/{name}"), good).len(),
            1,
            "{name}"
        );
    }
}

#[test]
fn an_error_code_on_one_side_only_is_found() {
    let set = |text: &str| error_codes(text);
    assert_eq!(set("a YC-1002, \"YC-1001\" YC-1002").len(), 2);
    for text in [
        "YC-100",
        "YC-10001",
        "YC-",
        "yc-1001",
        "YC1001",
        "YC-文1001",
    ] {
        assert!(set(text).is_empty(), "{text}");
    }
    let declared = declared_codes("    pub const LEVEL: Self = Self(301); // Art. 15");
    assert_eq!(declared.as_deref(), Some("YC-0301"));
    for line in [
        "// pub const A: Self = Self(1);",
        "Self(301)",
        "pub const A: u16 = 301;",
        "",
    ] {
        assert_eq!(declared_codes(line), None, "{line}");
    }
    let page = "| code |\n| --- |\n| YC-0101 | a 104 |\n| `102` | b |\n| 103 | YC-0105 |\n106\n";
    assert_eq!(listed_codes(page), set("YC-0101 YC-0102 YC-0103"));
    assert_none(&error_codes_agree(&set("YC-1001"), &set("YC-1001")));
    assert_eq!(error_codes_agree(&set("YC-1001"), &set("")).len(), 1);
    assert_eq!(error_codes_agree(&set(""), &set("YC-1001")).len(), 1);
    assert_eq!(error_codes_agree(&set("YC-1001"), &set("YC-1002")).len(), 2);
}

#[test]
fn an_attack_case_that_no_page_names_is_found() {
    let cases = attack_cases("    fn a4_over_long_integers_are_refused() {\nfn i10_b() {}\n");
    assert_eq!(
        cases.iter().map(String::as_str).collect::<Vec<_>>(),
        ["A4", "I10"]
    );
    assert_none(&unnamed_cases(&cases, "| A4 | … | I10 |"));
    for threats in ["", "A4", "I10, A40", "a4 I10", "A4I10"] {
        assert!(!unnamed_cases(&cases, threats).is_empty(), "{threats}");
    }
    for line in [
        "fn b64_text() {",
        "fn j1_x() {",
        "fn a_b() {",
        "fn a04_b() {",
        "// fn a4_b()",
    ] {
        assert!(attack_cases(line).is_empty(), "{line}");
    }
}

#[test]
fn a_dead_link_is_found() {
    let exists = |path: &str| ["README.md", "docs", "docs/glossary.md"].contains(&path);
    let good = [
        "[a](../README.md)",
        "[a](glossary.md#seal) and [b](../docs/glossary.md)",
        "[a](https://localhost/a) [b](#here)",
        "`[a](nothing.md)`",
        "```text\n[a](nothing.md)\n```",
    ];
    for text in good {
        assert_none(&dead_links("docs/a.md", text, exists));
    }
    let bad = [
        "[a](nothing.md)",
        "[a](README.md)",
        "![a](./b.png)",
        "[a](../../README.md)",
        "[a](/README.md)",
        "```text\n```\n[a](nothing.md)",
        "`b` [a](nothing.md)",
    ];
    for text in bad {
        assert_eq!(dead_links("docs/a.md", text, exists).len(), 1, "{text}");
    }
}
