//! The tools that the parts use: whether they are there, and how they are installed.

use std::process::Command;

use yichuan_xtask::world::past;

use super::running::{answer, succeeds, succeeds_silently};
use super::{fonts, python};
use crate::workspace::{cargo, target};

/// A tool outside the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    Rustfmt,
    Clippy,
    /// For the C and assembly of aws-lc-sys; it needs no cmake on the systems of `deny.toml`.
    Compiler,
    Git,
    CargoDeny,
    /// Tokens for the journeys: the library, and the program that initialises them.
    SoftHsm,
    /// Free fonts of the kinds that official documents name, for pictures of pages.
    Fonts,
    /// Node.js 20 or newer with npm, for the pages of the desk.
    Node,
    /// The browser of the browser journeys, with a Chinese font for the screen.
    Chromium,
    /// A clock that is set back, for a password that has run out.
    Faketime,
    Python,
    /// The environment of `tests/python`; comes after [`Tool::Python`], which makes it.
    PythonPackages,
}

/// The release of cargo-deny that is installed, and the oldest that reads `deny.toml`.
const CARGO_DENY: &str = "0.20.2";

impl Tool {
    /// What a person calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rustfmt => "rustfmt",
            Self::Clippy => "clippy",
            Self::Compiler => "a C compiler (cc)",
            Self::Git => "git",
            Self::CargoDeny => "cargo-deny",
            Self::SoftHsm => "SoftHSM2",
            Self::Fonts => "free Chinese fonts below target/tools/fonts",
            Self::Node => "Node.js, 20 or newer, with npm",
            Self::Chromium => "Chromium, with a Chinese font",
            Self::Faketime => "libfaketime",
            Self::Python => "python3, 3.10 or newer, with venv",
            Self::PythonPackages => "the Python environment in .venv",
        }
    }

    /// The line to run, by whoever has the right to.
    pub(crate) fn advice(self) -> String {
        match self {
            Self::Rustfmt => "rustup component add rustfmt".to_owned(),
            Self::Clippy => "rustup component add clippy".to_owned(),
            Self::CargoDeny => format!("cargo install --locked cargo-deny --version {CARGO_DENY}"),
            Self::PythonPackages => "cargo xtask test --install python".to_owned(),
            Self::Fonts => "cargo xtask test --install unit".to_owned(),
            Self::Node => "install Node.js 20 or newer, with npm".to_owned(),
            Self::Compiler
            | Self::Git
            | Self::SoftHsm
            | Self::Chromium
            | Self::Faketime
            | Self::Python => {
                format!("apt-get install {}", self.debian_packages().join(" "))
            }
        }
    }

    /// Whether it can be used now.
    pub(crate) fn is_at_hand(self) -> bool {
        match self {
            Self::Rustfmt => succeeds_silently(&mut cargo(&["fmt", "--version"])),
            Self::Clippy => succeeds_silently(&mut cargo(&["clippy", "--version"])),
            Self::Compiler => succeeds_silently(Command::new("cc").arg("--version")),
            Self::Git => succeeds_silently(Command::new("git").arg("--version")),
            Self::CargoDeny => answer(&mut cargo(&["deny", "--version"]))
                .is_some_and(|told| is_recent(&told, CARGO_DENY)),
            Self::SoftHsm => succeeds_silently(Command::new("softhsm2-util").arg("--version")),
            Self::Python => succeeds_silently(Command::new("python3").args([
                "-c",
                "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))",
            ])),
            Self::PythonPackages => python::environment_is_current(),
            Self::Fonts => fonts::are_there(),
            Self::Faketime => past::library().is_some(),
            // `CHROMIUM` names another one than Debian's.
            Self::Chromium => {
                let named = std::env::var_os("CHROMIUM");
                let program = named.unwrap_or_else(|| "/usr/bin/chromium".into());
                // Without such a font it shows boxes, and pictures of pages are of no use.
                let fonts = answer(Command::new("fc-list").args([":lang=zh", "family"]));
                succeeds_silently(Command::new(program).arg("--version"))
                    && fonts.is_some_and(|found| !found.is_empty())
            }
            Self::Node => {
                let is_new = "process.exit(process.versions.node.split('.')[0] < 20 ? 1 : 0)";
                succeeds_silently(Command::new("node").args(["-e", is_new]))
                    && succeeds_silently(Command::new("npm").arg("--version"))
            }
        }
    }

    /// Installs it, and answers whether it is there afterwards.
    pub(crate) fn install(self) -> bool {
        println!("\n==> installing {}", self.name());
        let made = match self {
            Self::Rustfmt => succeeds(Command::new("rustup").args(["component", "add", "rustfmt"])),
            Self::Clippy => succeeds(Command::new("rustup").args(["component", "add", "clippy"])),
            Self::CargoDeny => succeeds(&mut install_cargo_deny()),
            Self::PythonPackages => python::make_environment(),
            // Latin letters and signs; a system that has them already needs no root.
            Self::Fonts => {
                let _others = is_root() && install_debian(self.debian_packages());
                fonts::extract()
            }
            // What Debian 12 has is too old.
            Self::Node => false,
            Self::Compiler
            | Self::Git
            | Self::SoftHsm
            | Self::Chromium
            | Self::Faketime
            | Self::Python => is_root() && install_debian(self.debian_packages()),
        };
        made && self.is_at_hand()
    }

    fn debian_packages(self) -> &'static [&'static str] {
        match self {
            Self::Compiler => &["gcc", "libc6-dev"],
            Self::Git => &["git"],
            Self::SoftHsm => &["softhsm2"],
            Self::Chromium => &["chromium", "fonts-wqy-microhei"],
            Self::Faketime => &["libfaketime"],
            Self::Fonts => &["fonts-liberation", "fonts-dejavu-core"],
            Self::Python => &["python3", "python3-venv"],
            Self::Rustfmt | Self::Clippy | Self::CargoDeny | Self::Node | Self::PythonPackages => {
                &[]
            }
        }
    }
}

/// cargo-deny runs for seconds and is built on every new machine, so the build is made quick
/// rather than its result; the objects stay below the one build folder, so that an interrupted
/// installation goes on.
fn install_cargo_deny() -> Command {
    let mut command = cargo(&[
        "install",
        "--locked",
        "--force",
        "cargo-deny",
        "--version",
        CARGO_DENY,
    ]);
    command
        .env("CARGO_TARGET_DIR", target().join("tools"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    command
}

fn install_debian(packages: &[&str]) -> bool {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // A list that could not be renewed may still serve.
    let _stale = succeeds(apt().args(["update", "-q"]));
    succeeds(
        apt()
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(packages),
    )
}

pub(crate) fn is_root() -> bool {
    answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

/// Whether `told`, like `cargo-deny 0.20.2`, names release `oldest` or a later one.
fn is_recent(told: &str, oldest: &str) -> bool {
    let found = told.split_whitespace().last().and_then(release);
    found.is_some() && found >= release(oldest)
}

fn release(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    let release = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_recent_from_the_oldest_on() {
        let cases = [
            ("cargo-deny 0.20.2", true),
            ("cargo-deny 0.20.10", true),
            ("cargo-deny 1.0.0", true),
            ("cargo-deny 0.20.1", false),
            ("cargo-deny 0.9.30", false),
            ("cargo-deny 0.20", false),
            ("cargo-deny 0.20.2.1", false),
            ("cargo-deny 0.20.x", false),
            ("cargo-deny", false),
            ("", false),
        ];
        for (told, recent) in cases {
            assert_eq!(is_recent(told, "0.20.2"), recent, "{told}");
        }
    }

    #[test]
    fn what_is_installed_satisfies_what_is_asked_for() {
        assert!(is_recent(&format!("cargo-deny {CARGO_DENY}"), CARGO_DENY));
    }

    #[test]
    fn every_tool_says_how_to_get_it() {
        let tools = [
            Tool::Rustfmt,
            Tool::Clippy,
            Tool::Compiler,
            Tool::Git,
            Tool::CargoDeny,
            Tool::SoftHsm,
            Tool::Fonts,
            Tool::Node,
            Tool::Chromium,
            Tool::Python,
            Tool::PythonPackages,
        ];
        for tool in tools {
            let words = tool.advice();
            assert!(
                words.split_whitespace().count() > 2,
                "{}: {words}",
                tool.name()
            );
        }
    }
}
