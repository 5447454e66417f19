//! Files that were uploaded and are not sent yet: in the home, readable by its owner only, gone at
//! sign-out and swept at the next start.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;

/// The most files that a seat holds at a time.
pub(crate) const FILES_MAX: usize = 200;
/// The most bytes of one file.
pub(crate) const FILE_BYTES_MAX: u64 = 4 << 30;

/// A file that was uploaded.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Its id.
    pub(crate) id: String,
    /// Its name, safe to write.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) path: PathBuf,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The uploaded files of one seat; they go with it.
pub(crate) struct Uploads {
    folder: PathBuf,
    files: Mutex<BTreeMap<String, Upload>>,
}

/// Where the uploads of all seats stand.
fn root(home: &Path) -> PathBuf {
    home.join("desk").join("uploads")
}

/// Removes what a desk that was stopped has left behind.
pub(crate) fn sweep(home: &Path) -> io::Result<()> {
    match fs::remove_dir_all(root(home)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that only its owner can look into.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file that only its owner can read; refuses to replace one.
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Sixteen random bytes in hexadecimal.
pub(crate) fn new_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(HEXLOWER.encode(&bytes))
}

impl Uploads {
    /// A new folder in the home.
    pub(crate) fn begin(home: &Path) -> io::Result<Self> {
        let folder = root(home).join(new_id()?);
        private_folder(&folder)?;
        Ok(Self {
            folder,
            files: Mutex::default(),
        })
    }

    fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Upload>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a new file of that safe name is to be written; none where there are too many.
    pub(crate) fn place(&self, name: &str) -> io::Result<Option<(String, PathBuf)>> {
        if self.files().len() >= FILES_MAX {
            return Ok(None);
        }
        let id = new_id()?;
        let folder = self.folder.join(&id);
        private_folder(&folder)?;
        Ok(Some((id, folder.join(name))))
    }

    /// Keeps a file that was written.
    pub(crate) fn keep(&self, upload: Upload) {
        self.files().insert(upload.id.clone(), upload);
    }

    /// The file with this id.
    pub(crate) fn of(&self, id: &str) -> Option<Upload> {
        self.files().get(id).cloned()
    }

    /// All files, by id.
    pub(crate) fn all(&self) -> Vec<Upload> {
        self.files().values().cloned().collect()
    }

    /// Removes one; tells whether it was there.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let Some(upload) = self.files().remove(id) else {
            return false;
        };
        self.discard(&upload.path);
        true
    }

    /// Removes what was written of a file.
    pub(crate) fn discard(&self, path: &Path) {
        if let Some(folder) = path
            .parent()
            .filter(|folder| folder.starts_with(&self.folder))
        {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        // What cannot be removed now is swept at the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
