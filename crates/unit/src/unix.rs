//! What differs between operating systems: file modes, free space, inherited descriptors, where
//! fonts are. The one Unix-only module.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Creates a file that only its owner can read; refuses to replace one.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Opens a file that only its owner can read, to write at its end; makes it where there is none.
pub(crate) fn append_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// The mode of a file, if anybody but its owner has any right to it.
pub(crate) fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    let mode = file.metadata()?.mode() & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// The mode of a file that others than root and whoever runs this could have changed.
pub(crate) fn changeable_by_others(about: &Metadata) -> Option<u32> {
    let trusted = [0, rustix::process::geteuid().as_raw()].contains(&about.uid());
    let mode = about.mode() & 0o777;
    (!trusted || mode & 0o022 != 0).then_some(mode)
}

/// Creates a folder, and those above it, that only the owner can enter.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Makes names in a folder durable; the empty path, as a bare file name has it, is this folder.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let here = path.as_os_str().is_empty();
    let path = if here { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}

/// The bytes that are free where `path` is, for whoever runs this.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Opens a descriptor that the caller has inherited.
pub(crate) fn inherited(descriptor: u32) -> io::Result<File> {
    File::open(format!("/dev/fd/{descriptor}"))
}

/// Reads exactly as many bytes as `bytes` has, from `at` on.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

/// Where fonts are installed: for whoever runs this, then for all.
pub(crate) fn font_folders() -> Vec<PathBuf> {
    let own = std::env::var_os("HOME").map(PathBuf::from);
    let own = own
        .iter()
        .flat_map(|home| [home.join(".local/share/fonts"), home.join(".fonts")]);
    own.chain(["/usr/local/share/fonts", "/usr/share/fonts"].map(PathBuf::from))
        .collect()
}

/// Sends a file to a printer by `lp`, the system's own command, without a shell.
pub(crate) fn send_to_printer(file: &Path, printer: Option<&str>) -> io::Result<()> {
    let mut command = std::process::Command::new("lp");
    if let Some(printer) = printer {
        command.arg("-d").arg(printer);
    }
    let done = command.arg("--").arg(file).output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let said: String = said.chars().filter(|sign| !sign.is_control()).collect();
    Err(io::Error::other(format!("lp: {said}")))
}
