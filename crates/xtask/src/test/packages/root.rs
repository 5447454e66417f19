//! A root of its own, into which packages are installed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use yichuan_xtask::Failure;

use super::{packages_in, require, said};

/// Where the exchange has its home, below the root.
pub(super) const HOME: &str = "var/lib/yichuan-exchange";
/// What an administrator has added to the unit.
const DROP_IN: &str = "etc/systemd/system/yichuan-exchange.service.d/local.conf";
const DROP_IN_TEXT: &str = "[Service]\nCPUWeight=200\n";
/// Both packages.
const NAMES: [&str; 2] = ["yichuan", "yichuan-exchange"];
/// What the scripts and dpkg write for themselves.
const BOOKS: [&str; 2] = ["var/lib/dpkg", "etc"];

/// A file or folder: its mode, its owner, and the digest of what is in it.
type Seen = (u32, u32, Option<Vec<u8>>);

/// The root.
pub(super) struct Root {
    folder: PathBuf,
}

/// Who owns something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Root {
    /// A system with no package, whose administrator has a setting for the exchange.
    pub(super) fn new(folder: &Path) -> Result<Self, Failure> {
        for place in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"] {
            fs::create_dir_all(folder.join(place))?;
        }
        set_mode(folder, 0o755)?;
        fs::write(folder.join("var/lib/dpkg/status"), "")?;
        for file in ["passwd", "group"] {
            let lines = match file {
                "passwd" => "root:x:0:0:root:/:/bin/sh\n",
                _ => "root:x:0:\n",
            };
            fs::write(folder.join("etc").join(file), lines)?;
        }
        for file in ["shadow", "gshadow"] {
            fs::write(folder.join("etc").join(file), "root:*::\n")?;
        }
        let drop_in = folder.join(DROP_IN);
        fs::create_dir_all(drop_in.parent().expect("it lies in a folder"))?;
        fs::write(drop_in, DROP_IN_TEXT)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// A path below the root.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path.trim_start_matches('/'))
    }

    /// `dpkg` on this root, whose scripts run outside of it and are told where it is.
    fn dpkg(&self, arguments: &[&str]) -> Result<String, Failure> {
        let mut command = Command::new("dpkg");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .arg(format!("--root={}", self.folder.display()))
            .args([
                "--force-depends",
                "--force-script-chrootless",
                "--no-triggers",
            ])
            .args(arguments)
            .env("PATH", format!("/usr/sbin:/usr/bin:/sbin:/bin:{path}"));
        said(&mut command)
    }

    /// Installs the packages in a folder.
    pub(super) fn install(&self, folder: &Path) -> Result<(), Failure> {
        let packages = packages_in(folder)?;
        let mut arguments = vec!["--install"];
        arguments.extend(packages.iter().filter_map(|path| path.to_str()));
        self.dpkg(&arguments)?;
        let owner = self.user()?;
        let (mode, user, _) = see(&self.path(HOME))?;
        require((mode, user) == (0o700, owner.user) && user != 0, &|| {
            format!("the home has mode {mode:o} and owner {user}")
        })
    }

    /// Which version of a package is installed, in order.
    pub(super) fn version_of(&self, name: &str) -> Result<String, Failure> {
        let mut command = Command::new("dpkg-query");
        let books = format!("--admindir={}", self.path("var/lib/dpkg").display());
        let told = said(command.args([&books, "-W", "-f=${db:Status-Status} ${Version}", name]))?;
        let version = told.strip_prefix("installed ").map(str::to_owned);
        version.ok_or_else(|| Failure(format!("{name}: {told}")))
    }

    /// The system user that the scripts have made; nobody signs in with it.
    pub(super) fn user(&self) -> Result<Owner, Failure> {
        let users = fs::read_to_string(self.path("etc/passwd"))?;
        let line = users.lines().find(|line| line.starts_with("yichuan:"));
        let parts: Vec<&str> = line.unwrap_or_default().split(':').collect();
        let number = |place: usize| parts.get(place).and_then(|text| text.parse().ok());
        match (number(2), number(3), parts.get(5..)) {
            (Some(user), Some(group), Some(["/var/lib/yichuan-exchange", "/usr/sbin/nologin"])) => {
                Ok(Owner { user, group })
            }
            _ => Err(Failure(format!("no such system user: {line:?}"))),
        }
    }

    /// What the exchange's home has, but for the data, which a stop may tidy.
    pub(super) fn kept(&self) -> Result<BTreeMap<String, Seen>, Failure> {
        let mut kept = BTreeMap::new();
        walk(&self.folder, &self.path(HOME), &mut kept)?;
        let data = format!("{HOME}/data/");
        kept.retain(|path, _| !path.starts_with(&data));
        Ok(kept)
    }

    /// Removes, then purges, and looks at what there is afterwards.
    pub(super) fn remove_and_look(&self) -> Result<(), Failure> {
        let before = self.home()?;
        let has = |name: &str| before.contains_key(&format!("{HOME}/{name}"));
        let full = ["exchange.toml", "exchange.key", "data/store"]
            .into_iter()
            .all(has);
        require(full, &|| {
            "the home is not that of a used exchange".to_owned()
        })?;
        for act in ["--remove", "--purge"] {
            let told = self.dpkg(&[&[act], NAMES.as_slice()].concat())?;
            require(self.home()? == before, &|| {
                format!("{act} has changed the home")
            })?;
            if act == "--purge" {
                require(told.contains("/var/lib/yichuan-exchange"), &|| {
                    format!("where the data stay is not told: {told}")
                })?;
            }
            self.only_stays(|path| path.starts_with(HOME))?;
        }
        self.user().map(drop)
    }

    /// Purges what was never set up.
    pub(super) fn purge_untouched(&self) -> Result<(), Failure> {
        self.dpkg(&[&["--purge"], NAMES.as_slice()].concat())?;
        self.only_stays(|_| false)
    }

    fn home(&self) -> Result<BTreeMap<String, Seen>, Failure> {
        let mut seen = BTreeMap::new();
        walk(&self.folder, &self.path(HOME), &mut seen)?;
        Ok(seen)
    }

    /// That nothing but the books, the administrator's setting and what `may` says is there.
    fn only_stays(&self, may: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let mut seen = BTreeMap::new();
        walk(&self.folder, &self.folder, &mut seen)?;
        let books = |path: &str| BOOKS.iter().any(|book| path.starts_with(book));
        let above = ["var", "var/lib"];
        for path in seen.keys() {
            let known = books(path) || above.contains(&path.as_str()) || may(path);
            require(known, &|| format!("{path} is left"))?;
        }
        let added = fs::read_to_string(self.path(DROP_IN))?;
        require(added == DROP_IN_TEXT, &|| format!("{DROP_IN} has changed"))?;
        let settings = fs::read_dir(self.path("etc"))?;
        for entry in settings {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let front = name.split(['.', '-']).next().unwrap_or_default();
            let known = [
                "passwd", "group", "shadow", "gshadow", "systemd", "subuid", "subgid",
            ];
            require(known.contains(&front), &|| format!("etc/{name} is left"))?;
        }
        Ok(())
    }
}

/// Sets the mode of a file or folder.
pub(super) fn set_mode(path: &Path, mode: u32) -> Result<(), Failure> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn see(path: &Path) -> Result<Seen, Failure> {
    let data = fs::symlink_metadata(path)
        .map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    let content = data.is_file().then(|| fs::read(path)).transpose()?;
    let digest = content.map(|bytes| Sha256::digest(bytes).to_vec());
    Ok((data.mode() & 0o7777, data.uid(), digest))
}

/// Everything below `from`, by its path from `root`.
fn walk(root: &Path, from: &Path, seen: &mut BTreeMap<String, Seen>) -> Result<(), Failure> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.strip_prefix(root).unwrap_or(&path);
        seen.insert(name.to_string_lossy().into_owned(), see(&path)?);
        if fs::symlink_metadata(&path)?.is_dir() {
            walk(root, &path, seen)?;
        }
    }
    Ok(())
}
