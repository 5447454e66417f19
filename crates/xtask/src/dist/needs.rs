//! What a program needs of the system: read from the program itself, so that it is the same
//! wherever the package is made.
//!
//! A program of ELF names the libraries that it is linked with, and the versions of their symbols.
//! The newest version of the C library that is named is the oldest that the program runs with.

use std::collections::BTreeMap;

use yichuan_xtask::Failure;

/// A library's Debian package, for each library that our programs may be linked with.
const PACKAGES: &[(&str, &str)] = &[
    ("libc.so.6", "libc6"),
    ("libm.so.6", "libc6"),
    ("ld-linux-x86-64.so.2", "libc6"),
    ("ld-linux-aarch64.so.1", "libc6"),
    ("ld-linux-loongarch-lp64d.so.1", "libc6"),
    ("libgcc_s.so.1", "libgcc-s1"),
];

/// What Debian calls the machines that a program may be for, by their number in its head.
const MACHINES: &[(u16, &str)] = &[(62, "amd64"), (183, "arm64"), (258, "loong64")];

const STRINGS: u32 = 3;
const DYNAMIC: u32 = 6;
const VERSIONS_NEEDED: u32 = 0x6fff_fffe;
/// The most entries of a table that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// What a program needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The machine, as Debian calls it.
    pub(crate) architecture: &'static str,
    /// The packages, each with the oldest version that serves, if one is asked for.
    packages: BTreeMap<&'static str, Option<Vec<u32>>>,
}

impl Needs {
    /// Reads them from the bytes of a program.
    pub(crate) fn of(program: &[u8]) -> Result<Self, Failure> {
        Elf::of(program)
            .and_then(|elf| Some((elf.machine()?, elf.libraries()?)))
            .ok_or_else(|| Failure("not a program of ELF with 64 bits".to_owned()))
            .and_then(|(machine, libraries)| Self::from_names(machine, &libraries))
    }

    fn from_names(machine: u16, libraries: &[(String, Option<String>)]) -> Result<Self, Failure> {
        let known = MACHINES.iter().find(|known| known.0 == machine);
        let (_, architecture) =
            known.ok_or_else(|| Failure(format!("machine {machine} has no name here")))?;
        let mut packages = BTreeMap::new();
        for (library, version) in libraries {
            let known = PACKAGES.iter().find(|known| known.0 == library);
            let (_, package) =
                known.ok_or_else(|| Failure(format!("no package is known for {library}")))?;
            let oldest: &mut Option<Vec<u32>> = packages.entry(*package).or_default();
            let version = version.as_deref().map(numbers).transpose()?;
            *oldest = oldest.take().max(version);
        }
        Ok(Self {
            architecture,
            packages,
        })
    }

    /// As a `Depends` field says it.
    pub(crate) fn depends(&self) -> String {
        let each = self.packages.iter().map(|(package, oldest)| match oldest {
            Some(oldest) => {
                let oldest: Vec<String> = oldest.iter().map(u32::to_string).collect();
                format!("{package} (>= {})", oldest.join("."))
            }
            None => (*package).to_owned(),
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

/// The numbers of a version such as `GLIBC_2.34`.
fn numbers(version: &str) -> Result<Vec<u32>, Failure> {
    // The mark of relative relocations has no number; the C library has it since 2.36.
    let numbers = match version {
        "GLIBC_ABI_DT_RELR" => "2.36",
        other => other.rsplit_once('_').map_or("", |(_, numbers)| numbers),
    };
    let numbers: Result<Vec<u32>, _> = numbers.split('.').map(str::parse).collect();
    numbers.map_err(|_| Failure(format!("{version} is no version of a library")))
}

/// A program, of which nothing is believed: whatever leads outside of it is no answer.
struct Elf<'p> {
    bytes: &'p [u8],
}

/// A section: its kind, its place, and the section that it is linked to.
struct Section {
    kind: u32,
    from: usize,
    size: usize,
    link: usize,
}

impl<'p> Elf<'p> {
    /// 64 bits, the small end first.
    fn of(bytes: &'p [u8]) -> Option<Self> {
        bytes
            .starts_with(b"\x7fELF\x02\x01")
            .then_some(Self { bytes })
    }

    fn number<const N: usize>(&self, at: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(N)?)?;
        let mut whole = [0; 8];
        whole[..N].copy_from_slice(bytes);
        Some(u64::from_le_bytes(whole))
    }

    fn short(&self, at: usize) -> Option<u16> {
        u16::try_from(self.number::<2>(at)?).ok()
    }

    fn word(&self, at: usize) -> Option<u32> {
        u32::try_from(self.number::<4>(at)?).ok()
    }

    fn place(&self, at: usize) -> Option<usize> {
        usize::try_from(self.number::<8>(at)?).ok()
    }

    fn machine(&self) -> Option<u16> {
        self.short(18)
    }

    fn sections(&self) -> Option<Vec<Section>> {
        let (table, size) = (self.place(0x28)?, usize::from(self.short(0x3a)?));
        let count = usize::from(self.short(0x3c)?);
        let section = |index: usize| {
            let at = table.checked_add(index.checked_mul(size)?)?;
            Some(Section {
                kind: self.word(at.checked_add(4)?)?,
                from: self.place(at.checked_add(0x18)?)?,
                size: self.place(at.checked_add(0x20)?)?,
                link: usize::try_from(self.word(at.checked_add(0x28)?)?).ok()?,
            })
        };
        (0..count).map(section).collect()
    }

    fn text(&self, strings: &Section, offset: u64) -> Option<String> {
        let from = strings.from.checked_add(usize::try_from(offset).ok()?)?;
        let rest = self
            .bytes
            .get(from..strings.from.checked_add(strings.size)?)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        String::from_utf8(rest[..end].to_vec()).ok()
    }

    /// The libraries, once without a version and once with each version that is needed of them.
    fn libraries(&self) -> Option<Vec<(String, Option<String>)>> {
        let sections = self.sections()?;
        let mut libraries = Vec::new();
        for section in &sections {
            let strings = sections.get(section.link)?;
            match section.kind {
                DYNAMIC if strings.kind == STRINGS => {
                    self.named(section, strings, &mut libraries)?;
                }
                VERSIONS_NEEDED if strings.kind == STRINGS => {
                    self.versions(section, strings, &mut libraries)?;
                }
                _ => {}
            }
        }
        (!libraries.is_empty()).then_some(libraries)
    }

    fn named(
        &self,
        section: &Section,
        strings: &Section,
        libraries: &mut Vec<(String, Option<String>)>,
    ) -> Option<()> {
        for index in 0..(section.size / 16).min(ENTRIES_MAX) {
            let at = section.from.checked_add(index * 16)?;
            if self.number::<8>(at)? == 1 {
                let name = self.text(strings, self.number::<8>(at.checked_add(8)?)?)?;
                libraries.push((name, None));
            }
        }
        Some(())
    }

    fn versions(
        &self,
        section: &Section,
        strings: &Section,
        libraries: &mut Vec<(String, Option<String>)>,
    ) -> Option<()> {
        let mut library = section.from;
        for _ in 0..ENTRIES_MAX {
            let name = self.text(strings, self.number::<4>(library.checked_add(4)?)?)?;
            let steps = |at: usize| usize::try_from(self.word(at)?).ok();
            let mut version = library.checked_add(steps(library.checked_add(8)?)?)?;
            for _ in 0..self.short(library.checked_add(2)?)? {
                let words = self.text(strings, self.number::<4>(version.checked_add(8)?)?)?;
                libraries.push((name.clone(), Some(words)));
                version = version.checked_add(steps(version.checked_add(12)?)?)?;
            }
            let next = steps(library.checked_add(12)?)?;
            if next == 0 {
                return Some(());
            }
            library = library.checked_add(next)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(libraries: &[(&str, Option<&str>)]) -> Result<Needs, Failure> {
        let libraries: Vec<_> = libraries
            .iter()
            .map(|(name, version)| ((*name).to_owned(), version.map(str::to_owned)))
            .collect();
        Needs::from_names(62, &libraries)
    }

    #[test]
    fn the_newest_version_of_a_library_is_the_oldest_that_serves() {
        let found = needs(&[
            ("libc.so.6", None),
            ("libc.so.6", Some("GLIBC_2.9")),
            ("libm.so.6", Some("GLIBC_2.35")),
            ("libc.so.6", Some("GLIBC_2.3.4")),
            ("libgcc_s.so.1", None),
        ]);
        assert_eq!(found.unwrap().depends(), "libc6 (>= 2.35), libgcc-s1");
        let found = needs(&[("libc.so.6", Some("GLIBC_ABI_DT_RELR"))]);
        assert_eq!(found.unwrap().depends(), "libc6 (>= 2.36)");
    }

    #[test]
    fn what_is_not_known_is_not_left_out() {
        for (library, version) in [
            ("libsqlite3.so.0", None),
            ("libc.so.7", None),
            ("libc.so.6", Some("GLIBC_PRIVATE")),
            ("libc.so.6", Some("GLIBC_2.x")),
            ("libc.so.6", Some("")),
        ] {
            assert!(
                needs(&[(library, version)]).is_err(),
                "{library} {version:?}"
            );
        }
        assert!(Needs::from_names(3, &[]).is_err());
    }

    #[test]
    fn this_program_needs_a_c_library() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = Needs::of(&own).unwrap();
        assert!(needs.depends().starts_with("libc6 (>= 2."), "{needs:?}");
    }

    #[test]
    fn a_damaged_program_is_refused_and_never_breaks() {
        let mut own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for end in [0, 3, 6, 18, 0x30, 0x3d, 0x40, 1_000] {
            assert!(Needs::of(&own[..end]).is_err(), "{end} bytes");
        }
        // The place of the sections, moved.
        for byte in 0x28..0x30 {
            let kept = own[byte];
            own[byte] ^= 0xff;
            assert!(Needs::of(&own).is_err(), "byte {byte}");
            own[byte] = kept;
        }
        assert!(Needs::of(b"#!/bin/sh\n").is_err());
    }
}
