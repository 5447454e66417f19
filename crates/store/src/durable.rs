//! The one module that makes bytes durable, and the only one that is written for Unix.
//!
//! It never retries a failed sync: after one the kernel may have dropped the dirty pages and a
//! second sync succeeds without having written them. Callers stop using the file instead.
//!
//! Calls to expect, as `strace -f -e trace=fsync,fdatasync,rename,renameat,pwrite64,pread64`
//! shows them:
//!
//! - [`sync_directory`]: `open(O_RDONLY)`, `fsync`. Durable: the names created, renamed or removed
//!   in it before.
//! - [`create_directory`]: for each missing level `mkdir`, then `fsync` of the level above.
//! - [`create_directories`]: for each name `mkdir`, then one `fsync` of the parent.
//! - [`replace_file`]: `open(O_CREAT|O_EXCL)`, `write`, `fsync`, `rename`, `fsync` of the parent.
//!   Durable: the new content; after a crash in between the old or the new, never a mix.
//! - [`rename_durably`]: `rename`, `fsync` of the parent. The content has to be synced before.
//! - [`write_at`] and [`read_at`]: `pwrite64`, `pread64`. Nothing is durable: the caller syncs.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

/// Makes the names in `directory` durable.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Creates `directory` and the missing ones above it, readable by the owner only, durably.
///
/// One that exists already is left as it is.
pub fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    let parent = parent_of(directory);
    create_directory(parent)?;
    match DirBuilder::new().mode(DIRECTORY_MODE).create(directory) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && directory.is_dir() => {}
        made => made?,
    }
    sync_directory(parent)
}

/// Creates the directories `names` in `parent` where they are missing, durably, by one sync.
pub fn create_directories(parent: &Path, names: impl Iterator<Item = String>) -> io::Result<()> {
    for name in names {
        match DirBuilder::new()
            .mode(DIRECTORY_MODE)
            .create(parent.join(name))
        {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    // Also when none was missing: whoever created them may have died before the sync.
    sync_directory(parent)
}

/// Gives the file at `path` the content `bytes`: after a crash it has the old or the new content.
///
/// Costs two syncs. The temporary file beside it has the extension `new`; one left behind by a
/// crash is overwritten. Two callers at once on one path are the caller's mistake.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    remove_if_present(&temporary)?;
    let mut file = create_file(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    rename_durably(&temporary, path)
}

/// Gives the file `from`, whose content is synced, the name `to` in the same directory.
pub fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_directory(parent_of(to))
}

/// Removes a file if there is one; tells whether there was. Not durable by itself.
pub fn remove_if_present(path: &Path) -> io::Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Creates a file for reading and writing by its owner only; refused if it exists.
pub fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
}

/// Opens a file for reading and writing by its owner only, and creates it if it is missing.
pub fn open_or_create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

/// Opens a file that exists for reading and writing.
pub fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Writes all of `bytes` from `offset` on. Threads may do so at once on one file.
pub fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// Fills `bytes` from `offset` on; refused with `UnexpectedEof` when the file is shorter.
pub fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(bytes, offset)
}

/// Whether the cause is that no more may be written: disk, quota or largest permitted file.
pub fn is_no_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// Sole use of a directory, given back when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct DirectoryLock {
    _held: File,
}

impl DirectoryLock {
    /// Takes the lock of `directory`, which lies in its file `lock`.
    ///
    /// `None` when somebody else has it, in this process or another.
    pub fn acquire(directory: &Path) -> io::Result<Option<Self>> {
        let path = directory.join("lock");
        let file = open_or_create_file(&path)?;
        Ok(lock_file(&file)?.then_some(Self { _held: file }))
    }
}

/// Locks `file` until it is closed; false when somebody else has it locked.
pub fn lock_file(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The owner alone: a store holds who writes to whom, even though bodies are encrypted.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_has_the_new_content_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("format");
        std::fs::write(directory.path().join("format.new"), "left by a crash").unwrap();
        for content in ["first", "", "third, and longer"] {
            replace_file(&path, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_is_locked_once() {
        let directory = tempfile::tempdir().unwrap();
        let held = DirectoryLock::acquire(directory.path()).unwrap();
        assert!(held.is_some());
        assert!(DirectoryLock::acquire(directory.path()).unwrap().is_none());
        drop(held);
        assert!(DirectoryLock::acquire(directory.path()).unwrap().is_some());
    }

    #[test]
    fn what_is_full_is_told_from_what_fails_otherwise() {
        let cases = [
            (ErrorKind::StorageFull, true),
            (ErrorKind::QuotaExceeded, true),
            (ErrorKind::FileTooLarge, true),
            (ErrorKind::PermissionDenied, false),
            (ErrorKind::Other, false),
            (ErrorKind::OutOfMemory, false),
        ];
        for (kind, full) in cases {
            assert_eq!(is_no_space(&io::Error::from(kind)), full, "{kind:?}");
        }
        // ENOSPC, as the kernel gives it.
        assert!(is_no_space(&io::Error::from_raw_os_error(28)));
    }

    #[test]
    fn a_file_cannot_stand_where_a_directory_is_wanted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        std::fs::write(&path, "").unwrap();
        for wanted in [path.clone(), path.join("below")] {
            assert!(create_directory(&wanted).is_err(), "{}", wanted.display());
        }
    }
}
