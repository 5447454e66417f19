//! Opening a token's library: once per process, and only where others cannot have changed it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::failed::words;
use super::{Module, ModuleProblem, PATH_BYTES_MAX, TokenFailed};
use crate::unix;

/// The libraries of this process. PKCS#11 allows one initialisation per library and process.
static OPEN: Mutex<Vec<Arc<Module>>> = Mutex::new(Vec::new());

/// The library at `path`: opened now, or as it was opened before.
pub(super) fn open(path: &Path) -> Result<Arc<Module>, TokenFailed> {
    let refused = |what| TokenFailed::Module {
        path: path.to_owned(),
        what,
    };
    let real = checked(path).map_err(refused)?;
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = open.iter().find(|module| module.path() == real) {
        return Ok(Arc::clone(module));
    }
    let library = Pkcs11::new(&real);
    let library = library.map_err(|error| refused(ModuleProblem::NotALibrary(words(&error))))?;
    start(&library, path)?;
    let module = Arc::new(Module::new(real, library));
    open.push(Arc::clone(&module));
    Ok(module)
}

/// Has the library begin, with locks of the system or with none: it is called by one at a time.
pub(super) fn start(library: &Pkcs11, path: &Path) -> Result<(), TokenFailed> {
    let begin = |flags| match library.initialize(CInitializeArgs::new(flags)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        outcome => outcome,
    };
    let begun = match begin(CInitializeFlags::OS_LOCKING_OK) {
        Err(Error::Pkcs11(RvError::CantLock, _)) => begin(CInitializeFlags::empty()),
        outcome => outcome,
    };
    begun.map_err(|error| TokenFailed::Module {
        path: path.to_owned(),
        what: ModuleProblem::NotStarted(words(&error)),
    })
}

/// Where the library really is; refuses what is no plain file, and what others could have changed.
fn checked(path: &Path) -> Result<PathBuf, ModuleProblem> {
    let known = path
        .to_str()
        .is_some_and(|text| text.len() <= PATH_BYTES_MAX);
    if !path.is_absolute() || !known {
        return Err(ModuleProblem::NotAbsolute);
    }
    let unreadable = |error: std::io::Error| ModuleProblem::Unreadable(error.kind());
    let real = path.canonicalize().map_err(unreadable)?;
    let about = real.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(ModuleProblem::NotAFile);
    }
    match unix::changeable_by_others(&about) {
        Some(mode) => Err(ModuleProblem::OpenToOthers { mode }),
        None => Ok(real),
    }
}

/// Closes every session and ends every library, so that no token stays logged in. A library that
/// is used afterwards begins again.
pub fn close_all() {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    for module in open.iter() {
        module.close();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn refusal(path: &Path) -> ModuleProblem {
        match open(path) {
            Err(TokenFailed::Module { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a5_a_library_that_others_can_change_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("module.so");
        std::fs::write(&path, b"no library").unwrap();
        for (mode, refused) in [(0o666, true), (0o664, true), (0o646, true), (0o644, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let told = refusal(&path);
            assert_eq!(
                told == ModuleProblem::OpenToOthers { mode },
                refused,
                "{mode:o}"
            );
            // By a link it is the same file.
            let link = folder.path().join(format!("{mode:o}"));
            std::os::unix::fs::symlink(&path, &link).unwrap();
            assert_eq!(refusal(&link), told, "{mode:o}");
        }
    }

    #[test]
    fn what_is_no_library_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let long = format!("/{}", "x".repeat(PATH_BYTES_MAX));
        for relative in ["", "libsofthsm2.so", "./x.so", "../x.so", &long] {
            assert_eq!(refusal(Path::new(relative)), ModuleProblem::NotAbsolute);
        }
        assert_eq!(refusal(folder.path()), ModuleProblem::NotAFile);
        let missing = folder.path().join("none");
        let kind = std::io::ErrorKind::NotFound;
        assert_eq!(refusal(&missing), ModuleProblem::Unreadable(kind));
        let text = folder.path().join("text");
        std::fs::write(&text, b"text").unwrap();
        assert!(matches!(refusal(&text), ModuleProblem::NotALibrary(_)));
    }
}
