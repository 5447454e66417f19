//! The fonts of this computer, those in `YICHUAN_FONTS` first; only what names them is read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, FontBytes, describe};

#[derive(Default)]
struct Files(Mutex<Vec<(String, Bytes)>>);

impl FontBytes for Files {
    fn load(&self, source: &FaceSource) -> io::Result<Bytes> {
        let mut kept = self.0.lock().expect("no thread panicked");
        if let Some((_, bytes)) = kept.iter().find(|(id, _)| *id == source.id) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Bytes = Arc::new(std::fs::read(&source.id)?);
        kept.push((source.id.clone(), Arc::clone(&bytes)));
        Ok(bytes)
    }
}

fn fonts(folder: &Path, found: &mut Vec<FaceInfo>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            fonts(&path, found);
        } else if let Ok(file) = File::open(&path) {
            let id = path.to_string_lossy();
            let described = describe(&id, &mut |at, length| {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, at)?;
                Ok(bytes)
            });
            found.extend(described.unwrap_or_default());
        }
    }
}

/// All fonts.
pub(crate) fn faces() -> Faces {
    let mut found = Vec::new();
    let named = std::env::var_os("YICHUAN_FONTS").unwrap_or_default();
    for folder in std::env::split_paths(&named) {
        fonts(&folder, &mut found);
    }
    fonts(Path::new("/usr/share/fonts"), &mut found);
    Faces::new(found, Files::default())
}
