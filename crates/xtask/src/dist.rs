//! `cargo xtask dist`: two Debian packages of the release programs, the same bytes for the same
//! programs and commit.

pub(crate) mod contents;
pub(crate) mod needs;
pub(crate) mod package;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use sha2::{Digest as _, Sha256};
use yichuan_xtask::Failure;

use crate::workspace::{cargo, root, target};

const USAGE: &str = "usage: cargo xtask dist [--programs DIR] [--out DIR]";

/// The digests of what was made, for `sha256sum --check`.
pub(crate) const DIGESTS: &str = "SHA256SUMS";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Programs that are built already; the release build otherwise.
    programs: Option<PathBuf>,
    out: Option<PathBuf>,
}

fn understand(arguments: &[String]) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--programs" => &mut asked.programs,
            "--out" => &mut asked.out,
            _ => return None,
        };
        *place = Some(words.next()?.into());
    }
    Some(asked)
}

/// Runs the command.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let Some(asked) = understand(arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match dist(asked) {
        Ok(made) => {
            for path in made {
                println!("{}", path.display());
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("dist: {why}");
            ExitCode::FAILURE
        }
    }
}

fn dist(asked: Asked) -> Result<Vec<PathBuf>, Failure> {
    if !is_at_hand("dpkg-deb") {
        let why = "dpkg-deb is missing; to install it: apt-get install dpkg";
        return Err(Failure(why.to_owned()));
    }
    let programs = match asked.programs {
        Some(folder) => folder,
        None => build()?,
    };
    let out = asked.out.unwrap_or_else(|| target().join("dist"));
    fs::create_dir_all(&out)?;
    make(&programs, &Stamp::of_tree()?, &out)
}

/// The release programs, the pages inside.
fn build() -> Result<PathBuf, Failure> {
    if !root().join("crates/desk/web/dist/index.html").is_file() {
        let why = "the desk's pages are not built; to build them: cargo xtask web";
        return Err(Failure(why.to_owned()));
    }
    let status = cargo(&["build", "--release", "--locked"]).status()?;
    if status.success() {
        Ok(target().join("release"))
    } else {
        Err(Failure(format!("cargo build: {status}")))
    }
}

/// Makes both packages of the programs in a folder, and the file with their digests.
pub(crate) fn make(programs: &Path, stamp: &Stamp, out: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut made = Vec::new();
    let mut digests = String::new();
    for package in contents::packages(programs, &stamp.version)? {
        let path = package.build(stamp.epoch, out)?;
        let digest = Sha256::digest(fs::read(&path)?);
        let digest = data_encoding::HEXLOWER.encode(&digest);
        digests += &format!("{digest}  {}\n", package.file_name());
        made.push(path);
    }
    let path = out.join(DIGESTS);
    fs::write(&path, digests)?;
    made.push(path);
    Ok(made)
}

/// Whether a program can be started.
pub(crate) fn is_at_hand(program: &str) -> bool {
    let status = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Which state of the tree a package is of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Of the package.
    pub(crate) version: String,
    /// Seconds since 1970: when the last commit was made.
    pub(crate) epoch: u64,
}

impl Stamp {
    /// Of the last commit; where there is none, of `SOURCE_DATE_EPOCH`.
    pub(crate) fn of_tree() -> Result<Self, Failure> {
        let given = std::env::var("SOURCE_DATE_EPOCH").ok();
        let commit = git(&["log", "-1", "--abbrev=10", "--format=%ct %h"]);
        let tags = git(&["tag", "--points-at", "HEAD"]).unwrap_or_default();
        Self::of(given.as_deref(), commit.as_deref(), &tags)
    }

    /// A release has its version; whatever comes before it sorts before it, by time.
    fn of(given: Option<&str>, commit: Option<&str>, tags: &str) -> Result<Self, Failure> {
        let release = env!("CARGO_PKG_VERSION");
        let (committed, id) = commit.and_then(|line| line.split_once(' ')).unzip();
        let nobody_says = || {
            let why = "no commit and no SOURCE_DATE_EPOCH says when this tree is of";
            Failure(why.to_owned())
        };
        let seconds = given.or(committed).ok_or_else(nobody_says)?;
        let bad = |_| Failure(format!("{seconds}: not seconds since 1970"));
        let epoch: i64 = seconds.parse().map_err(bad)?;
        let time = jiff::Timestamp::from_second(epoch);
        let time = time.map_err(|error| Failure(error.to_string()))?;
        let epoch = u64::try_from(epoch).map_err(|error| Failure(error.to_string()))?;
        let is_release = tags
            .lines()
            .any(|tag| tag.strip_prefix('v') == Some(release));
        let version = if is_release {
            release.to_owned()
        } else {
            let id = id.map(|id| format!(".{id}")).unwrap_or_default();
            format!("{release}~{}{id}", time.strftime("%Y%m%d%H%M%S"))
        };
        Ok(Self { version, epoch })
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .current_dir(root())
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let told = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !told.trim().is_empty()).then(|| told.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_says_of_which_state_it_is() {
        let release = env!("CARGO_PKG_VERSION");
        let commit = Some("1795725707 942862b0c1");
        let cases = [
            (
                None,
                commit,
                "",
                "~20261126204147.942862b0c1",
                1_795_725_707,
            ),
            (
                Some("86400"),
                commit,
                "",
                "~19700102000000.942862b0c1",
                86_400,
            ),
            (Some("86400"), None, "v9.9.9", "~19700102000000", 86_400),
        ];
        for (given, commit, tags, version, epoch) in cases {
            let stamp = Stamp::of(given, commit, tags).unwrap();
            assert_eq!(stamp.version, format!("{release}{version}"));
            assert_eq!(stamp.epoch, epoch);
        }
        let tagged = Stamp::of(None, commit, &format!("other\nv{release}")).unwrap();
        assert_eq!(tagged.version, release);
    }

    #[test]
    fn what_says_no_time_is_refused() {
        for (given, commit) in [
            (None, None),
            (None, Some("942862b")),
            (Some("yesterday"), None),
            (Some("-1"), None),
            (Some(""), Some("1795725707 942862b")),
            (Some("99999999999999999999"), None),
        ] {
            assert!(
                Stamp::of(given, commit, "").is_err(),
                "{given:?} {commit:?}"
            );
        }
    }

    #[test]
    fn a_word_that_means_nothing_is_refused() {
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        assert_eq!(understand(&[]), Some(Asked::default()));
        for line in ["--out", "out", "--programs", "--out a b"] {
            assert_eq!(understand(&words(line)), None, "{line}");
        }
    }
}
