//! What is in the two packages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use yichuan_xtask::Failure;

use super::needs::Needs;
use super::package::{File, Package, gzip};
use crate::workspace::{cargo, root};

/// Who answers for the packages; the address leads nowhere, as the project has none.
const MAINTAINER: &str = "The authors of Yichuan <yichuan@yichuan.example>";

const COPYRIGHT: &str = include_str!("../../dist/copyright");
const EXCHANGE_CONTROL: &str = include_str!("../../dist/yichuan-exchange/control");
const CLIENT_CONTROL: &str = include_str!("../../dist/yichuan/control");

/// The unit of the exchange.
pub(crate) const UNIT: &str = "usr/lib/systemd/system/yichuan-exchange.service";
const UNIT_TEXT: &str = include_str!("../../dist/yichuan-exchange/yichuan-exchange.service");
const EXAMPLE: &str = include_str!("../../dist/yichuan-exchange/exchange.toml");

const SCRIPTS: [(&str, &str); 3] = [
    (
        "postinst",
        include_str!("../../dist/yichuan-exchange/postinst"),
    ),
    ("prerm", include_str!("../../dist/yichuan-exchange/prerm")),
    ("postrm", include_str!("../../dist/yichuan-exchange/postrm")),
];

/// What opens the desk.
pub(crate) const WRAPPER: &str = "usr/bin/yichuan-desk";
const WRAPPER_TEXT: &str = include_str!("../../dist/yichuan/yichuan-desk");
const DESKTOP: &str = include_str!("../../dist/yichuan/yichuan.desktop");
const ICON: &str = include_str!("../../../desk/web/public/icon.svg");

/// Both packages, of the programs in a folder.
pub(crate) fn packages(programs: &Path, version: &str) -> Result<[Package; 2], Failure> {
    Ok([exchange(programs, version)?, client(programs, version)?])
}

fn exchange(programs: &Path, version: &str) -> Result<Package, Failure> {
    let name = "yichuan-exchange";
    let mut package = with_program(name, EXCHANGE_CONTROL, programs, version)?;
    package.scripts = SCRIPTS.to_vec();
    package.files.push(text(UNIT, UNIT_TEXT));
    let example = format!("usr/share/doc/{name}/examples/exchange.toml");
    package.files.push(text(&example, EXAMPLE));
    package
        .files
        .extend(documents(name, "exchange", "docs/operating")?);
    Ok(package)
}

fn client(programs: &Path, version: &str) -> Result<Package, Failure> {
    let name = "yichuan";
    let mut package = with_program(name, CLIENT_CONTROL, programs, version)?;
    package.files.push(File {
        runs: true,
        ..text(WRAPPER, WRAPPER_TEXT)
    });
    package
        .files
        .push(text("usr/share/applications/yichuan.desktop", DESKTOP));
    package.files.push(text(
        "usr/share/icons/hicolor/scalable/apps/yichuan.svg",
        ICON,
    ));
    package.files.extend(documents(name, "desk", "docs/using")?);
    Ok(package)
}

/// A package with the program of its name, and the fields that come from it.
fn with_program(
    name: &'static str,
    control: &str,
    programs: &Path,
    version: &str,
) -> Result<Package, Failure> {
    let path = programs.join(name);
    let in_file = |why: &dyn std::fmt::Display| Failure(format!("{}: {why}", path.display()));
    let content = fs::read(&path).map_err(|error| in_file(&error))?;
    let needs = Needs::of(&content).map_err(|why| in_file(&why))?;
    let control = control
        .replace("@VERSION@", version)
        .replace("@ARCHITECTURE@", needs.architecture)
        .replace("@DEPENDS@", &needs.depends())
        .replace("@MAINTAINER@", MAINTAINER);
    let program = File {
        path: format!("usr/bin/{name}"),
        runs: true,
        content,
    };
    Ok(Package {
        name,
        version: version.to_owned(),
        architecture: needs.architecture,
        control,
        scripts: Vec::new(),
        files: vec![program],
    })
}

/// What every package says about itself, and the manuals in a folder of the tree.
fn documents(name: &str, member: &str, manuals: &str) -> Result<Vec<File>, Failure> {
    let doc = format!("usr/share/doc/{name}");
    let changelog = gzip(&fs::read(root().join("CHANGELOG.md"))?)?;
    let mut files = vec![
        text(&format!("{doc}/copyright"), COPYRIGHT),
        text(&format!("{doc}/dependencies"), &dependencies(member)?),
        File {
            path: format!("{doc}/changelog.gz"),
            runs: false,
            content: changelog,
        },
    ];
    files.extend(copied(&root().join(manuals), &doc)?);
    Ok(files)
}

/// Everything in a folder of the tree, with the folders in it.
fn copied(from: &Path, to: &str) -> Result<Vec<File>, Failure> {
    let mut pages: Vec<_> = fs::read_dir(from)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    pages.sort();
    let mut files = Vec::new();
    for page in pages {
        let name = page.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Failure(format!("{} is not UTF-8", page.display())))?;
        let path = format!("{to}/{name}");
        if page.is_dir() {
            files.extend(copied(&page, &path)?);
        } else {
            files.push(File {
                path,
                runs: false,
                content: fs::read(&page)?,
            });
        }
    }
    Ok(files)
}

/// What from outside is linked into a member's program: name, version and licences, one a line.
fn dependencies(member: &str) -> Result<String, Failure> {
    let package = format!("yichuan-{member}");
    let mut command = cargo(&["tree", "--locked", "--quiet", "--edges", "normal"]);
    command.args([
        "--prefix",
        "none",
        "--format",
        "{p} ({l})",
        "--package",
        &package,
    ]);
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure(format!("cargo tree: {}", said.trim())));
    }
    let told = String::from_utf8_lossy(&output.stdout);
    let lines: BTreeSet<&str> = told.lines().filter(|line| is_from_outside(line)).collect();
    if lines.is_empty() {
        return Err(Failure("cargo tree names nothing from outside".to_owned()));
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(lines.concat())
}

fn is_from_outside(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("yichuan-") && !line.ends_with("(*)")
}

fn text(path: &str, content: &str) -> File {
    File {
        path: path.to_owned(),
        runs: false,
        content: content.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_closed_to_the_rest_of_the_computer() {
        for line in [
            "User=yichuan",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "PrivateDevices=yes",
            "CapabilityBoundingSet=",
            "MemoryDenyWriteExecute=yes",
            "StateDirectory=yichuan-exchange",
            "StateDirectoryMode=0700",
            "LimitCORE=0",
        ] {
            assert!(UNIT_TEXT.lines().any(|found| found == line), "{line}");
        }
    }

    #[test]
    fn the_example_has_every_key_of_the_page() {
        let page = fs::read_to_string(root().join("docs/operating/configuration.md")).unwrap();
        let files = page
            .find("## Files")
            .expect("the page goes on with the files");
        let keys: Vec<&str> = page[..files]
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        assert!(keys.len() >= 8, "{keys:?}");
        for key in keys {
            let front = format!("{key} = ");
            assert!(
                EXAMPLE.lines().any(|line| line.starts_with(&front)),
                "{key}"
            );
        }
    }

    #[test]
    fn no_script_deletes_more_than_an_empty_folder() {
        for (name, script) in SCRIPTS {
            for word in ["rm -", "userdel", "deluser", "find ", "-delete"] {
                assert!(!script.contains(word), "{name}: {word}");
            }
        }
    }

    #[test]
    fn manuals_come_with_their_pictures() {
        let files = copied(&root().join("docs/using"), "usr/share/doc/yichuan").unwrap();
        let manual = "usr/share/doc/yichuan/manual-clerk.md";
        let page = files.iter().find(|file| file.path == manual).unwrap();
        let page = String::from_utf8(page.content.clone()).unwrap();
        let shown: Vec<&str> = page.split("](pictures/").skip(1).collect();
        assert!(!shown.is_empty());
        for rest in shown {
            let (name, _) = rest.split_once(')').unwrap();
            let path = format!("usr/share/doc/yichuan/pictures/{name}");
            let picture = files.iter().find(|file| file.path == path).unwrap();
            assert!(picture.content.starts_with(b"\x89PNG"), "{path}");
        }
    }

    #[test]
    fn what_is_ours_is_not_from_outside() {
        for (line, outside) in [
            ("fjall v3.1.0 (MIT OR Apache-2.0)", true),
            ("yichuan-wire v0.1.0 (a place) (Apache-2.0)", false),
            ("", false),
        ] {
            assert_eq!(is_from_outside(line), outside, "{line}");
        }
    }
}
