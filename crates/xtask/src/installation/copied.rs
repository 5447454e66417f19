//! A copy of an installation, with an exchange of its own.

use std::fs;
use std::path::Path;

use super::Installation;
use crate::programs::Failure;

impl Installation {
    /// Copies this installation, whose exchange must be stopped, into `folder`, which must not be
    /// there, and starts the copy's own exchange at a port of its own.
    pub fn copied(&self, folder: &Path) -> Result<Self, Failure> {
        copy(&self.folder, folder)?;
        let mut copied = Self {
            folder: folder.to_owned(),
            programs: self.programs.clone(),
            offices: self.offices.clone(),
            exchange: None,
            transport: self.transport,
            staffed: self.staffed,
        };
        for office in &mut copied.offices {
            office.home = folder.join("offices").join(office.code);
        }
        let config = copied.exchange_home().join("exchange.toml");
        let said = fs::read_to_string(&config)?;
        let was = said.split('"').find(|word| word.starts_with("127.0.0.1:"));
        let was = was.ok_or_else(|| Failure(format!("{}: no address", config.display())))?;
        fs::write(&config, said.replace(was, "127.0.0.1:0"))?;
        copied.start()?;
        let address = copied.address()?;
        for office in &copied.offices {
            let config = office.home.join("home.toml");
            let said = fs::read_to_string(&config)?;
            fs::write(&config, said.replace(was, &address))?;
        }
        Ok(copied)
    }
}

/// Copies a folder with everything in it; files keep their permissions.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, into) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&path, &into)?;
        } else {
            fs::copy(&path, &into)?;
        }
    }
    Ok(())
}
