//! The advisory database, laid where cargo-deny looks for it without a network.
//!
//! On a closed network the database comes as a git bundle beside the project. Without one, and
//! without a database fetched earlier by hand, advisories are not checked, and the run says so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::running::answer;
use crate::workspace::root;

/// The bundle, as seen from the root.
const BUNDLE: &str = "../shared/advisory-db.bundle";

/// The branch of the bundle that holds the snapshot.
const BRANCH: &str = "snap";

/// Where cargo-deny looks: `db-path` of `deny.toml`, then the last word of the one entry of
/// `db-urls` and the XXH64 of that whole address. Where the name is wrong, cargo-deny finds no
/// database and its check fails.
const DATABASE: &str = "target/advisory-db/advisory-db-3157b0e258782691";

/// A database with fewer advisories than this is not the real one, which had 1,205 in August 2026.
const ADVISORIES_MIN: usize = 1_000;

/// Lays the database if there is a bundle; the answer tells which one will be read, if any.
pub(crate) fn database() -> io::Result<Option<String>> {
    let database = root().join(DATABASE);
    let bundle = root().join(BUNDLE);
    if bundle.is_file() {
        lay(&bundle, &database)?;
    }
    if !database.is_dir() {
        return Ok(None);
    }
    let found = count(&database.join("crates"))?;
    if found < ADVISORIES_MIN {
        return Err(io::Error::other(format!(
            "{} holds {found} advisories, fewer than {ADVISORIES_MIN}",
            database.display()
        )));
    }
    let date = answer(git(&database).args(["show", "-s", "--format=%cs", "HEAD"]));
    let date = date.unwrap_or_else(|| "an unknown day".to_owned());
    Ok(Some(format!("{found} advisories, database of {date}")))
}

/// Clones the snapshot in `bundle` to `database`, unless it stands there already.
fn lay(bundle: &Path, database: &Path) -> io::Result<()> {
    let wanted = head_of(bundle)?;
    if answer(git(database).args(["rev-parse", "HEAD"])).as_ref() == Some(&wanted) {
        return Ok(());
    }
    let mut beside = PathBuf::from(database);
    beside.set_extension("new");
    for folder in [&beside, database] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    if let Some(parent) = database.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut clone = Command::new("git");
    clone
        .args(["clone", "--quiet", "--branch", BRANCH])
        .arg(bundle)
        .arg(&beside);
    if !clone.status()?.success() {
        return Err(io::Error::other(format!(
            "{} cannot be cloned",
            bundle.display()
        )));
    }
    fs::rename(&beside, database)
}

/// The commit of the snapshot in `bundle`.
fn head_of(bundle: &Path) -> io::Result<String> {
    let mut list = Command::new("git");
    list.args(["bundle", "list-heads"]).arg(bundle);
    let heads = answer(&mut list).unwrap_or_default();
    let branch = format!("refs/heads/{BRANCH}");
    heads
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(_, name)| *name == branch)
        .map(|(commit, _)| commit.to_owned())
        .ok_or_else(|| io::Error::other(format!("{} has no branch `{BRANCH}`", bundle.display())))
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // The environment of a hook must not lead git to another repository.
    command
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE");
    command.env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder));
    command.arg("-C").arg(folder);
    command
}

fn count(folder: &Path) -> io::Result<usize> {
    let mut found = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found += count(&entry.path())?;
        } else if entry.file_name().to_string_lossy().starts_with("RUSTSEC-") {
            found += 1;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(repository: &Path, name: &str) {
        fs::create_dir_all(repository.join("crates/one")).unwrap();
        fs::write(repository.join("crates/one").join(name), name).unwrap();
        for words in [
            &["add", "."][..],
            &[
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@localhost",
                "commit",
                "-qm",
                name,
            ],
            &["bundle", "create", "--quiet", "db.bundle", BRANCH],
        ] {
            assert!(
                git(repository).args(words).status().unwrap().success(),
                "{words:?}"
            );
        }
    }

    #[test]
    fn the_database_is_laid_once_and_renewed_with_the_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let (origin, database) = (folder.path().join("origin"), folder.path().join("a/db-1"));
        let bundle = origin.join("db.bundle");
        fs::create_dir(&origin).unwrap();
        let mut init = git(&origin);
        assert!(
            init.args(["init", "-q", "-b", BRANCH])
                .status()
                .unwrap()
                .success()
        );
        commit(&origin, "RUSTSEC-2020-0001.md");
        lay(&bundle, &database).unwrap();
        assert_eq!(count(&database.join("crates")).unwrap(), 1);

        fs::write(database.join("mark"), "kept while the bundle is the same").unwrap();
        lay(&bundle, &database).unwrap();
        assert!(database.join("mark").is_file());

        commit(&origin, "RUSTSEC-2020-0002.md");
        lay(&bundle, &database).unwrap();
        assert_eq!(count(&database.join("crates")).unwrap(), 2);
        assert!(!database.join("mark").exists());
    }

    #[test]
    fn what_is_no_bundle_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("db");
        let broken = folder.path().join("broken.bundle");
        for bytes in ["", "# v2 git bundle\n", "something else"] {
            fs::write(&broken, bytes).unwrap();
            assert!(lay(&broken, &database).is_err(), "{bytes:?}");
        }
        assert!(lay(&folder.path().join("absent.bundle"), &database).is_err());
        assert!(!database.exists());
    }

    #[test]
    fn the_folder_is_the_one_that_deny_toml_names() {
        let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
        assert!(deny.contains("db-path = \"target/advisory-db\""));
        assert!(deny.contains("db-urls = [\"https://github.com/rustsec/advisory-db\"]"));
        assert!(DATABASE.starts_with("target/advisory-db/advisory-db-"));
    }
}
