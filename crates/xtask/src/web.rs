//! `cargo xtask web`: builds the pages of the desk, which the program then has inside.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use yichuan_xtask::Failure;

/// Where the pages are written.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../desk/web");

/// Runs the command.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    if !arguments.is_empty() {
        eprintln!("usage: cargo xtask web");
        return ExitCode::from(2);
    }
    match build(Path::new(FOLDER)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("web: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Installs exactly what the lock file names, and builds.
fn build(folder: &Path) -> Result<(), Failure> {
    if !folder.join("package-lock.json").is_file() {
        let folder = folder.display();
        return Err(Failure(format!("{folder}: no package-lock.json")));
    }
    npm(folder, &["ci"])?;
    npm(folder, &["run", "build"])?;
    if folder.join("dist/index.html").is_file() {
        Ok(())
    } else {
        Err(Failure("the build has left no dist/index.html".to_owned()))
    }
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let status = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        .status();
    let status = status.map_err(|error| Failure(format!("npm: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("npm {}: {status}", arguments.join(" "))))
    }
}

/// What the pages are built of.
const SOURCES: [&str; 6] = [
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "vite.config.ts",
];

/// Whether the pages are built, and nothing that they are built of is newer.
pub(crate) fn is_built() -> bool {
    is_built_in(Path::new(FOLDER))
}

fn is_built_in(folder: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|about| about.modified()).ok();
    let Some(built) = changed(&folder.join("dist/index.html")) else {
        return false;
    };
    let mut waiting: Vec<PathBuf> = SOURCES.iter().map(|name| folder.join(name)).collect();
    while let Some(path) = waiting.pop() {
        if changed(&path).is_none_or(|at| at > built) {
            return false;
        }
        let inside = std::fs::read_dir(&path).into_iter().flatten().flatten();
        waiting.extend(inside.map(|entry| entry.path()));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_lock_file_is_refused() {
        let folder = std::env::temp_dir().join("yichuan-no-web-here");
        let refused = build(&folder).unwrap_err();
        assert!(
            refused.to_string().contains("package-lock.json"),
            "{refused}"
        );
    }

    #[test]
    fn pages_are_built_until_something_of_theirs_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in ["public", "src/pages", "dist"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        for name in SOURCES.iter().filter(|name| name.contains('.')) {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let page = folder.join("src/pages/One.vue");
        std::fs::write(&page, "").unwrap();
        assert!(!is_built_in(folder), "nothing is");
        let index = folder.join("dist/index.html");
        std::fs::write(&index, "").unwrap();
        let at = |path: &Path, seconds: u64| {
            let time = std::time::SystemTime::now() + std::time::Duration::from_secs(seconds);
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(time).unwrap();
        };
        at(&index, 10);
        assert!(is_built_in(folder));
        at(&page, 20);
        assert!(!is_built_in(folder), "a page was changed");
    }
}
