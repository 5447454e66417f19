//! `SoftHSM2`: a drawer of tokens in a folder. `cargo xtask test --install` installs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The label of the token that is in the drawer.
pub(crate) const LABEL: &str = "州办一号";
/// Its PIN.
pub(crate) const PIN: &str = "246813";
/// Where distributions put the library.
const LIBRARIES: [&str; 5] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// The library of `SoftHSM2`.
pub(crate) fn library() -> PathBuf {
    let found = LIBRARIES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists());
    found.expect("SoftHSM2 is missing: apt-get install softhsm2")
}

/// Tokens in a folder, which are taken out by moving them away.
pub(crate) struct Drawer {
    folder: PathBuf,
}

impl Drawer {
    /// The drawer in a folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Writes the configuration and puts one token in.
    pub(crate) fn prepare(&self) {
        fs::create_dir_all(self.tokens()).unwrap();
        let configuration = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            self.tokens().display()
        );
        fs::write(self.configuration(), configuration).unwrap();
        self.add(LABEL);
    }

    /// What `SOFTHSM2_CONF` is to name.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    /// Where the tokens are.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    /// Puts one more token in.
    pub(crate) fn add(&self, label: &str) {
        let said = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", label])
            .args(["--so-pin", "97531086", "--pin", PIN])
            .env("SOFTHSM2_CONF", self.configuration())
            .output()
            .expect("SoftHSM2 is missing: apt-get install softhsm2");
        assert!(said.status.success(), "{said:?}");
    }

    /// Takes the only token out; what is given back puts it in again.
    pub(crate) fn take_token_out(&self) -> Box<dyn FnOnce()> {
        let mut entries = fs::read_dir(self.tokens()).unwrap();
        let inside = entries.next().unwrap().unwrap().path();
        self.move_away(inside)
    }

    /// Takes the reader out with all that is in it.
    pub(crate) fn take_all_out(&self) -> Box<dyn FnOnce()> {
        self.move_away(self.tokens())
    }

    fn move_away(&self, from: PathBuf) -> Box<dyn FnOnce()> {
        let to = self.folder.join("away");
        fs::rename(&from, &to).unwrap();
        Box::new(move || fs::rename(to, from).unwrap())
    }
}
