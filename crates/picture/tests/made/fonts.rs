//! The fonts of this computer, if it has any.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, FontBytes, Role, describe};

struct Files;

impl FontBytes for Files {
    fn load(&self, source: &FaceSource) -> io::Result<Bytes> {
        let bytes: Bytes = Arc::new(std::fs::read(&source.id)?);
        Ok(bytes)
    }
}

fn walk(folder: &Path, found: &mut Vec<FaceInfo>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, found);
        } else if let Ok(bytes) = std::fs::read(&path) {
            let described = describe(&path.to_string_lossy(), &mut |at, length| {
                let at = usize::try_from(at).map_err(io::Error::other)?;
                let part = bytes.get(at..at.saturating_add(length));
                part.map(<[u8]>::to_vec)
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            });
            found.extend(described.unwrap_or_default());
        }
    }
}

/// All fonts, those that the tests were given first.
pub(crate) fn faces() -> &'static Faces {
    static FACES: OnceLock<Faces> = OnceLock::new();
    FACES.get_or_init(|| {
        let mut found = Vec::new();
        let named = std::env::var_os("YICHUAN_FONTS").unwrap_or_default();
        for folder in std::env::split_paths(&named) {
            walk(&folder, &mut found);
        }
        walk(Path::new("/usr/share/fonts"), &mut found);
        Faces::new(found, Files)
    })
}

/// Whether there is a font with Chinese signs; says so where there is none.
pub(crate) fn are_there() -> bool {
    let found = faces().role(Role::Song).or(faces().role(Role::Hei));
    if found.is_none() {
        println!("skipped: no Chinese font is installed (cargo xtask test --install unit)");
    }
    found.is_some()
}
