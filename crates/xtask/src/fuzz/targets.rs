//! The targets of `tests/fuzz`: one for each parser.

use std::path::PathBuf;

use super::PACKAGE;
use crate::workspace::root;

/// A target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its name, that of its program.
    pub(crate) name: &'static str,
    /// The most bytes of an input. What is over a format's own limit is refused unread, so
    /// this stays below it, and small enough for many tries.
    pub(crate) bytes_max: usize,
    /// Words that are put into inputs, a file in `dictionaries`.
    pub(crate) dictionary: Option<&'static str>,
}

impl Target {
    /// The file of its dictionary.
    pub(crate) fn words(&self) -> Option<PathBuf> {
        let folder = root().join(PACKAGE).join("dictionaries");
        self.dictionary
            .map(|name| folder.join(name).with_extension("dict"))
    }

    /// The folder of those of its first inputs that no fixture and no vector has.
    pub(crate) fn own_seeds(&self) -> PathBuf {
        root().join(PACKAGE).join("seeds").join(self.name)
    }
}

const fn target(name: &'static str, bytes_max: usize, dictionary: Option<&'static str>) -> Target {
    Target {
        name,
        bytes_max,
        dictionary,
    }
}

/// All of them, those of foreign files first.
pub(crate) const TARGETS: &[Target] = &[
    target("examine_ofd", 64 << 10, Some("ofd")),
    target("examine_ofd_parts", 64 << 10, Some("ofd")),
    target("examine_pdf", 64 << 10, Some("pdf")),
    target("examine_pdf_objects", 64 << 10, Some("pdf")),
    target("examine_office", 64 << 10, Some("ofd")),
    target("ses_signature", 16 << 10, None),
    target("ses_seal", 16 << 10, None),
    target("ses_message", 8 << 10, None),
    target("certificate", 8 << 10, None),
    target("seal_picture", 64 << 10, Some("png")),
    target("seal_record", 16 << 10, None),
    target("manifest", 16 << 10, None),
    target("header", 16 << 10, None),
    target("signed", 15 << 10, Some("purposes")),
    target("entry", 16 << 10, Some("purposes")),
    target("wire_message", 16 << 10, None),
    target("note", 8 << 10, None),
    target("tile", 16 << 10, None),
    target("bundle", 64 << 10, Some("purposes")),
];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_target_is_a_program_of_the_package() {
        let folder = root().join(PACKAGE);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for target in TARGETS {
            let name = format!("name = \"{}\"\n", target.name);
            assert!(manifest.contains(&name), "{}", target.name);
            if let Some(words) = target.words() {
                assert!(words.is_file(), "{}", words.display());
            }
        }
        let programs = fs::read_dir(folder.join("targets")).unwrap().count();
        assert_eq!(programs, TARGETS.len());
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }

    #[test]
    fn seeds_lie_only_in_folders_of_targets() {
        for folder in fs::read_dir(root().join(PACKAGE).join("seeds")).unwrap() {
            let name = folder.unwrap().file_name();
            let known = TARGETS.iter().any(|target| *target.name == *name);
            assert!(known, "{}", name.display());
        }
    }
}
