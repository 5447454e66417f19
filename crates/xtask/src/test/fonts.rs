//! Free fonts for tests that look at drawn pages. The project carries none: they are taken out of
//! a Debian package, without what it depends on, and stay below the build folder.

use std::path::PathBuf;
use std::process::Command;

use super::running::succeeds;
use crate::workspace::target;

/// The one Debian package with a free 仿宋; 楷体, 黑体, 宋体 and its bold font are in it as well.
/// GPL with an exception for documents that carry the fonts.
pub(super) const PACKAGE: &str = "texlive-lang-chinese";
/// Where the fonts lie in it.
const INSIDE: &str = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol";
/// The font that no other package has.
const NEEDED: &str = "FandolFang-Regular.otf";

/// The folder that `YICHUAN_FONTS` names for tests.
pub(crate) fn folder() -> PathBuf {
    target().join("tools").join("fonts")
}

/// Whether the fonts are there.
pub(super) fn are_there() -> bool {
    folder().join(INSIDE).join(NEEDED).is_file()
}

/// Fetches the package and takes the fonts out of it.
pub(super) fn extract() -> bool {
    let folder = folder();
    if let Err(error) = std::fs::create_dir_all(&folder) {
        eprintln!("{}: {error}", folder.display());
        return false;
    }
    let fetched = succeeds(
        Command::new("apt-get")
            .current_dir(&folder)
            .args(["download", "-q", PACKAGE]),
    );
    let packages = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let package = packages
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|kind| kind == "deb"));
    let Some(package) = package.filter(|_| fetched) else {
        return false;
    };
    let extracted = succeeds(
        Command::new("sh")
            .current_dir(&folder)
            .arg("-c")
            .arg(format!(
                "dpkg-deb --fsys-tarfile {PACKAGE}_*.deb | tar -xf - ./{INSIDE}"
            )),
    );
    if let Err(error) = std::fs::remove_file(&package) {
        eprintln!("{}: {error}", package.display());
    }
    extracted
}
