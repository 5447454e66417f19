//! The Debian packages: made, looked into, installed into a root of their own, used as an office
//! and an operator use them, upgraded, removed.
//!
//! Nothing of the computer that runs this is changed: `dpkg` gets a root in a temporary folder, its
//! scripts are told so, and the exchange runs there as the system user that they made.

mod installed;
mod root;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};
use yichuan_xtask::Failure;

use super::tally::Tally;
use crate::dist::contents::{self, UNIT, WRAPPER};
use crate::dist::{self, DIGESTS, Stamp, is_at_hand};
use installed::Service;
use root::Root;

/// What the checks share; they run in order.
struct Trial {
    programs: PathBuf,
    stamp: Stamp,
    folder: tempfile::TempDir,
    root: Option<Root>,
    service: Option<Service>,
}

/// One check.
struct Check {
    says: &'static str,
    /// What it cannot be made without, where that is missing.
    lacks: fn() -> Option<&'static str>,
    run: fn(&mut Trial) -> Result<(), Failure>,
}

const CHECKS: &[Check] = &[
    Check {
        says: "both packages are laid out, and say what their programs need",
        lacks: || None,
        run: laid_out,
    },
    Check {
        says: "made twice they are the same bytes, and their digests are right",
        lacks: dpkg,
        run: made_twice,
    },
    Check {
        says: "their files are root's, written by nobody else, without a right of their own",
        lacks: dpkg,
        run: looked_into,
    },
    Check {
        says: "Debian finds the same needs (dpkg-shlibdeps)",
        lacks: || (!is_at_hand("dpkg-shlibdeps")).then_some("dpkg-shlibdeps"),
        run: needs_agree,
    },
    Check {
        says: "installed, the programs run and a system user has the home",
        lacks: dpkg_and_root,
        run: |trial| {
            let root = Root::new(&trial.folder.path().join("root"))?;
            root.install(&trial.made())?;
            installed::programs_run(&root)?;
            trial.root = Some(root);
            Ok(())
        },
    },
    Check {
        says: "the unit is valid, and closed to the rest of the computer (systemd-analyze)",
        lacks: || {
            (!is_at_hand("systemd-analyze"))
                .then_some("systemd-analyze")
                .or_else(dpkg_and_root)
        },
        run: |trial| installed::unit_is_valid(trial.root()?, trial.folder.path()),
    },
    Check {
        says: "set up as the manual says, the exchange serves as its unit starts it",
        lacks: dpkg_and_root,
        run: |trial| {
            let homes = trial.folder.path().join("homes");
            let service = Service::set_up(trial.root()?, &homes)?;
            trial.service = Some(service);
            Ok(())
        },
    },
    Check {
        says: "the desktop entry opens one desk, and ends it",
        lacks: || dpkg_and_root().or_else(|| (!is_at_hand("flock")).then_some("flock")),
        run: |trial| {
            let office = trial.service()?.office.clone();
            installed::desk_opens(trial.root()?, &office)
        },
    },
    Check {
        says: "an upgrade changes neither configuration nor keys, and serves on",
        lacks: dpkg_and_root,
        run: upgraded,
    },
    Check {
        says: "a copy of its home, made while it is stopped, serves in its place",
        lacks: dpkg_and_root,
        run: |trial| trial.service()?.serves_from_a_copy(trial.root()?),
    },
    Check {
        says: "removed and purged, data and configuration stay, and nothing else",
        lacks: dpkg_and_root,
        run: |trial| {
            trial.service = None;
            trial.root()?.remove_and_look()
        },
    },
    Check {
        says: "never set up, nothing is left of it",
        lacks: dpkg_and_root,
        run: |trial| {
            let root = Root::new(&trial.folder.path().join("other"))?;
            root.install(&trial.made())?;
            root.purge_untouched()
        },
    },
];

fn dpkg() -> Option<&'static str> {
    let missing = ["dpkg-deb", "dpkg"]
        .into_iter()
        .find(|tool| !is_at_hand(tool));
    missing.map(|_| "dpkg")
}

fn dpkg_and_root() -> Option<&'static str> {
    dpkg().or_else(|| (!super::tools::is_root()).then_some("the rights of root"))
}

/// Checks the packages of the programs in a folder; stops at the first check that fails.
pub(crate) fn run(programs: &Path) -> Tally {
    let begun = Trial::new(programs);
    let mut trial = match begun {
        Ok(trial) => trial,
        Err(why) => {
            eprintln!("packages: {why}");
            return Tally::FAILED;
        }
    };
    let mut tally = Tally::default();
    for check in CHECKS {
        if let Some(missing) = (check.lacks)() {
            println!("packages: NOT CHECKED, without {missing}: {}", check.says);
            tally = tally + Tally::SKIPPED;
            continue;
        }
        match (check.run)(&mut trial) {
            Ok(()) => {
                println!("packages: ok: {}", check.says);
                tally = tally + Tally::PASSED;
            }
            Err(why) => {
                eprintln!("packages: FAILED: {}: {why}", check.says);
                return tally + Tally::FAILED;
            }
        }
    }
    tally
}

impl Trial {
    fn new(programs: &Path) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        // The system user has to get through.
        root::set_mode(folder.path(), 0o755)?;
        for place in ["first", "second"] {
            std::fs::create_dir(folder.path().join(place))?;
        }
        Ok(Self {
            programs: programs.canonicalize()?,
            stamp: Stamp::of_tree()?,
            folder,
            root: None,
            service: None,
        })
    }

    fn made(&self) -> PathBuf {
        self.folder.path().join("first")
    }

    fn root(&self) -> Result<&Root, Failure> {
        let root = self.root.as_ref();
        root.ok_or_else(|| Failure("nothing was installed".to_owned()))
    }

    fn service(&self) -> Result<&Service, Failure> {
        let service = self.service.as_ref();
        service.ok_or_else(|| Failure("no exchange was set up".to_owned()))
    }
}

fn laid_out(trial: &mut Trial) -> Result<(), Failure> {
    for package in contents::packages(&trial.programs, &trial.stamp.version)? {
        package.lay_out(
            &trial
                .folder
                .path()
                .join("laid-out")
                .with_extension(package.name),
        )?;
        let needs = package
            .control
            .lines()
            .find(|line| line.starts_with("Depends: "));
        let needs = needs.unwrap_or_default();
        require(needs.contains("libc6 (>= 2."), &|| {
            format!("{}: `{needs}`", package.name)
        })?;
    }
    Ok(())
}

fn made_twice(trial: &mut Trial) -> Result<(), Failure> {
    let mut seen = Vec::new();
    for place in ["first", "second"] {
        let made = dist::make(
            &trial.programs,
            &trial.stamp,
            &trial.folder.path().join(place),
        )?;
        let digests: Result<Vec<_>, Failure> = made
            .iter()
            .map(|path| {
                let name = path.file_name().map(ToOwned::to_owned);
                Ok((name, Sha256::digest(std::fs::read(path)?)))
            })
            .collect();
        seen.push(digests?);
    }
    require(seen[0].len() == 3, &|| {
        format!("{} files were made", seen[0].len())
    })?;
    require(seen[0] == seen[1], &|| {
        "the second time made other bytes".to_owned()
    })?;
    let mut check = Command::new("sha256sum");
    said(
        check
            .current_dir(trial.made())
            .args(["--check", "--strict", DIGESTS]),
    )
    .map(drop)
}

/// Every line of the contents, of which the first words are rights and owner.
fn looked_into(trial: &mut Trial) -> Result<(), Failure> {
    let mut paths = String::new();
    for path in packages_in(&trial.made())? {
        let listed = said(Command::new("dpkg-deb").arg("--contents").arg(&path))?;
        for line in listed.lines() {
            let mut words = line.split_whitespace();
            let (rights, owner) = (words.next().unwrap_or_default(), words.next());
            let ours = ["drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"].contains(&rights);
            require(ours && owner == Some("root/root"), &|| line.to_owned())?;
        }
        paths += &listed;
        let told = said(
            Command::new("dpkg-deb")
                .args(["--field"])
                .arg(&path)
                .arg("Version"),
        )?;
        require(told.trim() == trial.stamp.version, &|| {
            format!("version {told}")
        })?;
    }
    let wanted = ["usr/bin/yichuan", "usr/bin/yichuan-exchange", UNIT, WRAPPER];
    for wanted in wanted.into_iter().chain([
        "usr/share/applications/yichuan.desktop",
        "usr/share/icons/hicolor/scalable/apps/yichuan.svg",
        "usr/share/doc/yichuan/copyright",
        "usr/share/doc/yichuan/changelog.gz",
        "usr/share/doc/yichuan/manual-clerk.md",
        "usr/share/doc/yichuan/pictures/sign-in.png",
        "usr/share/doc/yichuan-exchange/copyright",
        "usr/share/doc/yichuan-exchange/packages.md",
        "usr/share/doc/yichuan-exchange/outage.md",
    ]) {
        let found = paths
            .lines()
            .any(|line| line.ends_with(&format!(" ./{wanted}")));
        require(found, &|| format!("{wanted} is in no package"))?;
    }
    Ok(())
}

/// Our reading of the programs against Debian's own tool: the same packages, versions not below.
fn needs_agree(trial: &mut Trial) -> Result<(), Failure> {
    let folder = trial.folder.path().join("shlibdeps");
    std::fs::create_dir_all(folder.join("debian"))?;
    let control = "Source: yichuan\n\nPackage: yichuan\nArchitecture: any\n";
    std::fs::write(folder.join("debian/control"), control)?;
    for name in ["yichuan", "yichuan-exchange"] {
        let program = trial.programs.join(name);
        let mut command = Command::new("dpkg-shlibdeps");
        command.current_dir(&folder).arg("-O").arg(&program);
        let told = said(&mut command)?;
        let theirs = told
            .trim()
            .strip_prefix("shlibs:Depends=")
            .unwrap_or_default();
        let ours = dist::needs::Needs::of(&std::fs::read(&program)?)?.depends();
        let names = |needs: &str| -> Vec<String> {
            let each = needs.split(", ");
            each.filter_map(|need| need.split(' ').next().map(str::to_owned))
                .collect()
        };
        let c_library = |needs: &str| needs.split(", ").next().map(str::to_owned);
        let agree = names(theirs) == names(&ours) && c_library(theirs) == c_library(&ours);
        require(agree, &|| format!("{name}: `{theirs}` and `{ours}`"))?;
    }
    Ok(())
}

/// The next version of both, over the ones that are there.
fn upgraded(trial: &mut Trial) -> Result<(), Failure> {
    let root = trial.root()?;
    let before = root.kept()?;
    let next = Stamp {
        version: format!("{}+next", trial.stamp.version),
        epoch: trial.stamp.epoch,
    };
    let place = trial.folder.path().join("next");
    std::fs::create_dir(&place)?;
    dist::make(&trial.programs, &next, &place)?;
    root.install(&place)?;
    let told = root.version_of("yichuan-exchange")?;
    require(told == next.version, &|| {
        format!("version {told} is installed")
    })?;
    let after = root.kept()?;
    require(before == after, &|| {
        "the exchange's home has changed".to_owned()
    })?;
    trial.service()?.serves_again(root)
}

/// The packages in a folder.
fn packages_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "deb") {
            packages.push(path);
        }
    }
    packages.sort();
    require(packages.len() == 2, &|| {
        format!("{} packages", packages.len())
    })?;
    Ok(packages)
}

/// Fails with `why` where something does not hold.
fn require(holds: bool, why: &dyn Fn() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure(why())) }
}

/// What a command prints; it must end well.
fn said(command: &mut Command) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output();
    let output = output.map_err(|error| Failure(format!("{name}: {error}")))?;
    let (out, err) = (&output.stdout, &output.stderr);
    let out = String::from_utf8_lossy(out).into_owned();
    if output.status.success() {
        Ok(out)
    } else {
        let err = String::from_utf8_lossy(err);
        Err(Failure(format!("{name}: {}\n{out}{err}", output.status)))
    }
}
