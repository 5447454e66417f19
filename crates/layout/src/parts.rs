//! The parts of an OFD package, for whoever draws its pages: the same strict reading, the same
//! limits.

use crate::Unreadable;
use crate::limits::{Budget, Limits};
use crate::package::{MAGIC, Package, resolve};
pub use crate::xml::{Element, Xml};

/// Entries that only encrypted packages have (GM/T 0099).
const ENCRYPTED: [&str; 2] = ["Encryptions.xml", "Decryptseed.dat"];
/// Where every package is entered.
pub const ENTRY: &str = "OFD.xml";

/// An OFD package whose parts are read one by one, all within one budget.
#[derive(Debug)]
pub struct Parts<'b> {
    package: Package<'b>,
    budget: Budget,
}

impl<'b> Parts<'b> {
    /// Whether the bytes begin as a package does.
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// Opens a package; its directory is checked, its parts are not yet.
    pub fn open(bytes: &'b [u8], limits: &Limits) -> Result<Self, Unreadable> {
        if bytes.len() > limits.file_bytes {
            return Err(Unreadable::TooLarge);
        }
        let mut budget = Budget::new(*limits);
        let package = Package::open(bytes, &mut budget)?;
        if ENCRYPTED.iter().any(|name| package.has(name)) {
            return Err(Unreadable::Encrypted);
        }
        Ok(Self { package, budget })
    }

    /// The name of the part at `location` as it stands in the part `base`; none if it is not there.
    pub fn locate(&self, base: &str, location: &str) -> Option<String> {
        // Some write paths from the root without the leading slash.
        let found = resolve(base, location)
            .and_then(|path| self.package.find(&path))
            .or_else(|| self.package.find(&resolve("", location)?));
        found.map(|found| found.name.to_owned())
    }

    /// How many bytes a part has.
    pub fn size(&self, name: &str) -> Option<usize> {
        self.package.size(name)
    }

    /// The bytes of a part, expanded and checked.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, Unreadable> {
        Ok(self.package.read(name, &mut self.budget)?.into_owned())
    }

    /// A part as XML.
    pub fn xml(&mut self, name: &str) -> Result<Xml, Unreadable> {
        let bytes = self.package.read(name, &mut self.budget)?;
        Xml::read(name, &bytes, &mut self.budget)
    }

    /// Takes steps of work from what the limits leave.
    pub fn work(&mut self, steps: usize) -> Result<(), Unreadable> {
        self.budget.work(steps)
    }
}
