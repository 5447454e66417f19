//! The fonts of this computer: found in its folders, read when a page is drawn.
//!
//! Only the tables that name a font are read when fonts are looked for. The project carries no
//! font: what is not installed is stood in for, and pictures say so.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, FontBytes, describe};

use crate::unix;

/// The variable that names folders with fonts before those of the system, apart by colons.
pub const FOLDERS_VARIABLE: &str = "YICHUAN_FONTS";

/// Folders below a folder of fonts that are looked into.
const DEPTH_MAX: u32 = 8;
/// Files in folders of fonts that are looked at.
const FILES_MAX: usize = 20_000;
/// The largest font file that is read; those with all of Unicode have about 150 MiB.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Font files whose bytes are kept.
const KEPT_FILES: usize = 12;
/// The most bytes that are kept, but for a last file that has more alone.
const KEPT_BYTES: usize = 192 << 20;

/// The fonts in the folders of `extra`, in those that the environment names and in the system's,
/// in this order. A folder or file that cannot be read has none.
pub fn installed(extra: Option<&Path>) -> Faces {
    let named = std::env::var_os(FOLDERS_VARIABLE).unwrap_or_default();
    let mut folders: Vec<PathBuf> = extra.map(Path::to_owned).into_iter().collect();
    folders.extend(std::env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()));
    folders.extend(unix::font_folders());
    in_folders(&folders)
}

/// The fonts in `folders` and those below, earlier ones preferred.
pub fn in_folders(folders: &[PathBuf]) -> Faces {
    let mut files = Vec::new();
    for folder in folders {
        walk(folder, DEPTH_MAX, &mut files);
    }
    let faces = files.iter().filter_map(|path| described(path).ok());
    Faces::new(faces.flatten().collect(), Files::default())
}

/// Adds the font files below `folder`, by their names' order.
fn walk(folder: &Path, depth: u32, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries
        .take(FILES_MAX)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths {
        if files.len() >= FILES_MAX {
            return;
        }
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, files);
            }
        } else if is_font(&path) && !files.contains(&path) {
            files.push(path);
        }
    }
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["ttf", "ttc", "otf", "otc"]
        .iter()
        .any(|known| extension == *known)
}

/// What a font file says of itself.
fn described(path: &Path) -> io::Result<Vec<FaceInfo>> {
    let id = path
        .to_str()
        .ok_or(io::Error::from(io::ErrorKind::InvalidFilename))?;
    let file = File::open(path)?;
    let mut read = |at: u64, length: usize| {
        let mut bytes = vec![0; length];
        unix::read_at(&file, &mut bytes, at)?;
        Ok(bytes)
    };
    describe(id, &mut read).map_err(io::Error::other)
}

/// Font files, the ones used last kept in memory.
#[derive(Default)]
struct Files {
    kept: Mutex<VecDeque<(String, Arc<Vec<u8>>)>>,
}

impl FontBytes for Files {
    fn load(&self, source: &FaceSource) -> io::Result<Bytes> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(id, _)| *id == source.id)
            && let Some(found) = kept.remove(at)
        {
            let bytes = Arc::clone(&found.1);
            kept.push_back(found);
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        File::open(&source.id)?
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)?;
        let bytes = Arc::new(bytes);
        kept.push_back((source.id.clone(), Arc::clone(&bytes)));
        let mut held: usize = kept.iter().map(|(_, bytes)| bytes.len()).sum();
        while kept.len() > 1 && (kept.len() > KEPT_FILES || held > KEPT_BYTES) {
            held -= kept.pop_front().map_or(0, |(_, bytes)| bytes.len());
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_fonts_give_none_and_no_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.ttf"), b"no font").unwrap();
        std::fs::write(folder.path().join("b.txt"), b"text").unwrap();
        let absent = folder.path().join("absent");
        let faces = in_folders(&[folder.path().to_owned(), absent]);
        assert!(faces.all().is_empty());
    }

    #[test]
    fn files_used_last_are_kept_and_no_more_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::default();
        let source = |number: usize| {
            let path = folder.path().join(format!("{number}.ttf"));
            std::fs::write(&path, [7; 16]).unwrap();
            let id = path.to_str().unwrap().to_owned();
            FaceSource { id, index: 0 }
        };
        for number in 0..KEPT_FILES * 2 {
            files.load(&source(number)).unwrap();
        }
        assert_eq!(files.kept.lock().unwrap().len(), KEPT_FILES);
        let last = source(KEPT_FILES * 2 - 1);
        std::fs::remove_file(&last.id).unwrap();
        assert_eq!((*files.load(&last).unwrap()).as_ref(), [7; 16]);
        let first = source(0);
        std::fs::remove_file(&first.id).unwrap();
        assert!(files.load(&first).is_err());
    }
}
