//! One Debian package: what is in it, laid out in a folder, and built by `dpkg-deb`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use yichuan_xtask::Failure;

/// A package that was not laid out yet.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: String,
    /// The machine that it is for, as Debian calls it.
    pub(crate) architecture: &'static str,
    /// What `DEBIAN/control` says, but for the size.
    pub(crate) control: String,
    /// The scripts of the maintainer, by name.
    pub(crate) scripts: Vec<(&'static str, &'static str)>,
    /// The files, by their path from the root.
    pub(crate) files: Vec<File>,
}

/// A file of a package.
pub(crate) struct File {
    /// Its path from the root, without a slash at the front.
    pub(crate) path: String,
    /// Whether it is a program.
    pub(crate) runs: bool,
    /// What is in it.
    pub(crate) content: Vec<u8>,
}

impl Package {
    /// What its file is called.
    pub(crate) fn file_name(&self) -> String {
        format!("{}_{}_{}.deb", self.name, self.version, self.architecture)
    }

    /// The size of what is installed in KiB, each file rounded up, as Debian counts.
    fn installed_kib(&self) -> usize {
        let sizes = self.files.iter().map(|file| file.content.len());
        sizes.map(|bytes| bytes.div_ceil(1_024)).sum()
    }

    /// Lays the package out in an empty folder; whatever the umask is, modes are the same.
    pub(crate) fn lay_out(&self, folder: &Path) -> Result<(), Failure> {
        for file in &self.files {
            write(folder, &file.path, &file.content, file.runs)?;
        }
        let size = self.installed_kib().to_string();
        let control = self.control.replace("@INSTALLED_SIZE@", &size);
        if let Some(left) = control
            .lines()
            .find(|line| line.contains('@') && !line.contains('<'))
        {
            return Err(Failure(format!("{}: not filled in: {left}", self.name)));
        }
        write(folder, "DEBIAN/control", control.as_bytes(), false)?;
        for (name, script) in &self.scripts {
            write(folder, &format!("DEBIAN/{name}"), script.as_bytes(), true)?;
        }
        Ok(())
    }

    /// Builds the package into the folder `out`; every time is at most `epoch`, every owner root.
    pub(crate) fn build(&self, epoch: u64, out: &Path) -> Result<PathBuf, Failure> {
        let staging = tempfile::tempdir()?;
        let tree = staging.path().join(self.name);
        self.lay_out(&tree)?;
        let path = out.join(self.file_name());
        // One thread: more would make other bytes. The middle level takes a fifth of the time of
        // the highest, for a tenth more bytes.
        let output = Command::new("dpkg-deb")
            .args(["-Zxz", "-z3", "--root-owner-group", "--build"])
            .args([&tree, &path])
            .env("DPKG_DEB_THREADS_MAX", "1")
            .env("SOURCE_DATE_EPOCH", epoch.to_string())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Failure(format!("dpkg-deb: {error}")))?;
        if output.status.success() {
            Ok(path)
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(Failure(format!("dpkg-deb: {}", said.trim())))
        }
    }
}

fn write(folder: &Path, path: &str, content: &[u8], runs: bool) -> Result<(), Failure> {
    let mut parent = folder.to_owned();
    make_folder(&parent)?;
    let parts: Vec<&str> = path.split('/').collect();
    let (name, folders) = parts.split_last().expect("a text has at least one part");
    for part in folders {
        parent.push(part);
        make_folder(&parent)?;
    }
    let path = parent.join(name);
    fs::write(&path, content)?;
    let mode = if runs { 0o755 } else { 0o644 };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    if !path.is_dir() {
        fs::create_dir(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// `content` as gzip has it, without a name and a time.
pub(crate) fn gzip(content: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut child = Command::new("gzip")
        .args(["-9", "-n", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure(format!("gzip: {error}")))?;
    let mut input = child.stdin.take().expect("its input was asked for");
    let content = content.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&content));
    let output = child.wait_with_output()?;
    let wrote = writing
        .join()
        .map_err(|_| Failure("gzip: no input".to_owned()))?;
    wrote?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Failure(format!("gzip: {}", output.status)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(control: &str) -> Package {
        let file = |path: &str, runs, bytes: usize| File {
            path: path.to_owned(),
            runs,
            content: vec![b'a'; bytes],
        };
        Package {
            name: "yichuan-none",
            version: "0.1.0".to_owned(),
            architecture: "amd64",
            control: control.to_owned(),
            scripts: vec![("postinst", "#!/bin/sh\n")],
            files: vec![
                file("usr/bin/a", true, 1_025),
                file("usr/share/doc/a/b", false, 1),
            ],
        }
    }

    #[test]
    fn a_tree_has_modes_and_sizes_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        let control = "Installed-Size: @INSTALLED_SIZE@\nMaintainer: A <a@b.example>\n";
        package(control).lay_out(&tree).unwrap();
        for (path, mode) in [
            ("usr", 0o755),
            ("usr/bin/a", 0o755),
            ("usr/share/doc/a/b", 0o644),
            ("DEBIAN/postinst", 0o755),
            ("DEBIAN/control", 0o644),
        ] {
            let found = fs::metadata(tree.join(path)).unwrap().permissions().mode();
            assert_eq!(found & 0o7777, mode, "{path}");
        }
        let control = fs::read_to_string(tree.join("DEBIAN/control")).unwrap();
        assert!(control.starts_with("Installed-Size: 3\n"), "{control}");
    }

    #[test]
    fn a_field_that_nobody_filled_in_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let refused = package("Version: @VERSION@\n").lay_out(&folder.path().join("tree"));
        assert!(refused.unwrap_err().to_string().contains("@VERSION@"));
    }
}
