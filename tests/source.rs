//! Reading the tree itself: which files belong to the project, and which of their lines are code.
//!
//! The readers of Rust here know the layout that `cargo fmt` gives and nothing more; they never
//! change a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the root `Cargo.toml`.
///
/// # Panics
///
/// Never: this package was built in a folder below the root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("`tests` lies below the root")
}

/// The files of the project, as paths from the root with `/` between, sorted: what git keeps or
/// would keep, and in a tree without git everything but build folders.
#[must_use]
pub fn files() -> Vec<String> {
    let mut files = kept_by_git(root()).unwrap_or_else(|| walked(root()));
    files.sort();
    files.dedup();
    files
}

/// The text of a file of the project; `None` for one that is not UTF-8 or was deleted meanwhile.
#[must_use]
pub fn text(path: &str) -> Option<String> {
    fs::read(root().join(path))
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
}

/// Whether the file at `path` is Rust.
#[must_use]
pub fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// Whether the file at `path` is a Markdown page.
#[must_use]
pub fn is_page(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "md")
}

/// Whether everything in the Rust file at `path` is there for tests; a conformance suite, which the
/// tests of several backends call, is.
#[must_use]
pub fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.contains("/conformance/")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
}

/// The lines of a Rust file that are not under `#[cfg(test)]`, with their numbers from 1.
#[must_use]
pub fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut rest = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = rest.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = &line[..line.len() - line.trim_start().len()];
            // The item ends at its first line of the same indentation that closes it.
            let _last = rest.find(|(_, line)| {
                line.strip_prefix(indent).is_some_and(|rest| {
                    let own = !rest.starts_with(' ') && !rest.starts_with('#');
                    own && rest.trim_end().ends_with(['}', ';'])
                })
            });
        } else {
            lines.push((number, line));
        }
    }
    lines
}

/// The code of one line: what stands before a comment, with string contents kept.
#[must_use]
pub fn code_of(line: &str) -> &str {
    let bytes = line.as_bytes();
    let (mut at, mut in_text) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_text => at += 1,
            b'"' => in_text = !in_text,
            b'\'' if !in_text && bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'\'' if !in_text && bytes.get(at + 1..at + 3) == Some(b"\\\"") => at += 3,
            b'/' if !in_text && bytes.get(at + 1) == Some(&b'/') => return &line[..at],
            _ => {}
        }
        at += 1;
    }
    line
}

fn kept_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let names = String::from_utf8(output.stdout).ok()?;
    let names = names.split('\0').filter(|name| !name.is_empty());
    Some(
        names
            .filter(|name| root.join(name).is_file())
            .map(str::to_owned)
            .collect(),
    )
}

/// Folders that are made by building and are not part of the project.
const MADE: [&str; 5] = [".git", ".venv", "__pycache__", "node_modules", "target"];

fn walked(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !MADE.contains(&name.as_str()) => folders.push(path),
                Ok(kind) if kind.is_file() => {
                    files.push(path.to_string_lossy().replace('\\', "/"));
                }
                _ => {}
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_the_same_with_git_and_without() {
        let walked = walked(root());
        for path in [
            "Cargo.toml",
            "tests/source.rs",
            "crates/document/Cargo.toml",
            ".ci/run",
        ] {
            assert!(files().iter().any(|file| file == path), "{path}");
            assert!(walked.iter().any(|file| file == path), "{path}");
        }
        assert!(walked.iter().all(|file| !file.starts_with("target/")));
    }

    #[test]
    fn a_folder_without_git_is_walked() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("target/debug")).unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        for path in ["target/debug/made", "a/文", "b"] {
            fs::write(folder.path().join(path), "").unwrap();
        }
        assert_eq!(kept_by_git(folder.path()), None);
        let mut found = walked(folder.path());
        found.sort();
        assert_eq!(found, ["a/文", "b"]);
    }

    #[test]
    fn what_is_under_cfg_test_is_left_out() {
        let text = "a\n#[cfg(test)]\nuse b;\nc\n#[cfg(test)]\nmod tests;\nd\n    #[cfg(test)]\n\
                    \x20   fn e() {\n        f\n    }\n    g\n#[cfg(test)]\n#[expect(h)]\n\
                    mod tests {\n    fn i() {\n    }\n}\nj\n";
        let kept: Vec<_> = without_tests(text)
            .into_iter()
            .map(|(_, line)| line.trim())
            .collect();
        assert_eq!(kept, ["a", "c", "d", "g", "j"]);
        assert_eq!(without_tests(text).last(), Some(&(19, "j")));
    }

    #[test]
    fn an_unclosed_test_module_hides_only_what_follows_it() {
        assert_eq!(
            without_tests("a\n#[cfg(test)]\nmod tests {\n    b"),
            [(1, "a")]
        );
    }

    #[test]
    fn comments_end_the_code_of_a_line() {
        let cases = [
            ("a; // b", "a; "),
            ("// b", ""),
            ("/// b", ""),
            ("\"http://c\"; // b", "\"http://c\"; "),
            ("\"\\\"//\"; // b", "\"\\\"//\"; "),
            ("'\"'; // b", "'\"'; "),
            ("'\\\"'; // b", "'\\\"'; "),
            ("fn f<'a>(x: &'a str) // b", "fn f<'a>(x: &'a str) "),
            ("a / b", "a / b"),
            ("", ""),
        ];
        for (line, code) in cases {
            assert_eq!(code_of(line), code, "{line}");
        }
    }

    #[test]
    fn test_files_are_known_by_their_place_or_name() {
        for path in [
            "tests/tidy.rs",
            "crates/a/src/b/tests.rs",
            "crates/a/src/conformance/b.rs",
            "crates/a/src/b_tests.rs",
        ] {
            assert!(is_test_file(path), "{path}");
        }
        for path in [
            "crates/a/src/lib.rs",
            "crates/a/src/contests.rs",
            "crates/xtask/src/test.rs",
        ] {
            assert!(!is_test_file(path), "{path}");
        }
    }
}
