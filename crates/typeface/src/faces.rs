//! The fonts of one computer, by their names.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::role::{Role, families, plain};

/// The bytes of a font file, shared.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where a font's bytes come from; what is in it, only the program knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FaceSource {
    /// Names the file, as a path does.
    pub id: String,
    /// Which font of a collection, from 0.
    pub index: u32,
}

/// Gives the bytes of fonts, whole files, when they are wanted.
pub trait FontBytes: Send + Sync {
    /// The bytes of the file that holds the font. Kept by whoever implements this, since the same
    /// font is asked for again and again.
    fn load(&self, source: &FaceSource) -> io::Result<Bytes>;
}

/// What is known of a font without its outlines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceInfo {
    /// The family's names, in every language that the font has.
    pub families: Vec<String>,
    /// The names of this very font: the full ones and the one for PostScript.
    pub names: Vec<String>,
    /// From 100 to 900; 400 is regular.
    pub weight: u16,
    /// Whether it slants.
    pub italic: bool,
    /// Where its bytes are.
    pub source: FaceSource,
}

/// A font that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match<'f> {
    /// The font.
    pub face: &'f FaceInfo,
    /// Whether it stands in for another one.
    pub is_substitute: bool,
}

/// The weight of fonts where none is asked for.
const REGULAR: u16 = 400;
/// The weight that a name with "bold" asks for.
const BOLD: u16 = 700;
/// Fonts that are kept of one computer; what is beyond is not looked at.
const FACES_MAX: usize = 20_000;

/// The fonts of one computer; a copy shares them.
#[derive(Clone)]
pub struct Faces {
    known: Arc<Known>,
    bytes: Arc<dyn FontBytes>,
}

/// Descriptions of fonts, and the ways to them.
struct Known {
    faces: Vec<FaceInfo>,
    /// Fonts by their own plain names.
    named: HashMap<String, usize>,
    /// Fonts by the plain names of their families.
    families: HashMap<String, Vec<usize>>,
}

impl fmt::Debug for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faces")
            .field("faces", &self.known.faces.len())
            .finish_non_exhaustive()
    }
}

impl Faces {
    /// The fonts that `faces` describe, in the order of preference where names are the same; their
    /// bytes come from `bytes`.
    pub fn new(mut faces: Vec<FaceInfo>, bytes: impl FontBytes + 'static) -> Self {
        faces.truncate(FACES_MAX);
        let mut named = HashMap::new();
        let mut families: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, face) in faces.iter().enumerate() {
            for name in &face.names {
                named.entry(plain(name)).or_insert(index);
            }
            for family in &face.families {
                let of_family = families.entry(plain(family)).or_default();
                if of_family.last() != Some(&index) {
                    of_family.push(index);
                }
            }
        }
        let known = Known {
            faces,
            named,
            families,
        };
        Self {
            known: Arc::new(known),
            bytes: Arc::new(bytes),
        }
    }

    /// No fonts at all.
    pub fn none() -> Self {
        struct Nothing;
        impl FontBytes for Nothing {
            fn load(&self, _: &FaceSource) -> io::Result<Bytes> {
                Err(io::ErrorKind::NotFound.into())
            }
        }
        Self::new(Vec::new(), Nothing)
    }

    /// Every font.
    pub fn all(&self) -> &[FaceInfo] {
        &self.known.faces
    }

    /// The font for a name as a document says it: that very font, else one that plays the role
    /// which the name says. None if the name says no role, or nothing here plays it.
    pub fn find(&self, wanted_name: &str) -> Option<Match<'_>> {
        if let Some(face) = self.exact(wanted_name) {
            return Some(Match {
                face,
                is_substitute: false,
            });
        }
        let role = Role::of(wanted_name)?;
        let is_bold = asks_for_bold(wanted_name);
        let found = self.role_at(role, if is_bold { BOLD } else { REGULAR })?;
        let wanted = plain(wanted_name);
        let is_meant = families(role)
            .originals
            .iter()
            .any(|original| wanted.starts_with(&plain(original)));
        Some(Match {
            is_substitute: found.is_substitute || !is_meant,
            ..found
        })
    }

    /// The font that plays `role`: the original, else the best that stands in for it.
    pub fn role(&self, role: Role) -> Option<Match<'_>> {
        self.role_at(role, REGULAR)
    }

    /// The fonts to try for text in `role`, one after the other, until one has the sign.
    pub fn chain(&self, role: Role) -> Vec<&FaceInfo> {
        let mut chain: Vec<&FaceInfo> = Vec::new();
        for role in std::iter::once(role).chain(role.others()) {
            let all = families(role);
            for name in all.originals.iter().chain(all.substitutes) {
                if let Some(face) = self.exact(name)
                    && chain.iter().all(|known| known.source != face.source)
                {
                    chain.push(face);
                }
            }
        }
        chain
    }

    /// The bytes of the file that holds a font.
    pub fn load(&self, face: &FaceInfo) -> io::Result<Bytes> {
        self.bytes.load(&face.source)
    }

    fn role_at(&self, role: Role, weight: u16) -> Option<Match<'_>> {
        let all = families(role);
        let mut names = all
            .originals
            .iter()
            .map(|name| (name, false))
            .chain(all.substitutes.iter().map(|name| (name, true)));
        names.find_map(|(name, is_substitute)| {
            let weight = if asks_for_bold(name) { BOLD } else { weight };
            let face = self.exact_at(name, weight)?;
            Some(Match {
                face,
                is_substitute,
            })
        })
    }

    /// The font of this name, or the one of this family whose weight is nearest.
    fn exact(&self, name: &str) -> Option<&FaceInfo> {
        let weight = if asks_for_bold(name) { BOLD } else { REGULAR };
        self.exact_at(name, weight)
    }

    fn exact_at(&self, name: &str, weight: u16) -> Option<&FaceInfo> {
        let name = plain(name);
        let family = self.known.families.get(&name).or_else(|| {
            let stem = name.strip_suffix("bold").or(name.strip_suffix("regular"))?;
            self.known.families.get(stem)
        });
        let nearest = |of_family: &Vec<usize>| {
            of_family
                .iter()
                .filter_map(|index| self.known.faces.get(*index))
                .min_by_key(|face| (face.italic, face.weight.abs_diff(weight)))
        };
        // A family's name is often the name of its regular font as well, so that the bold one
        // would never be found by the family first.
        match self
            .known
            .named
            .get(&name)
            .and_then(|index| self.known.faces.get(*index))
        {
            Some(face) if weight == REGULAR || face.weight >= BOLD => Some(face),
            named => family.and_then(nearest).or(named),
        }
    }
}

fn asks_for_bold(name: &str) -> bool {
    let name = plain(name);
    ["bold", "black", "heavy", "粗"]
        .iter()
        .any(|word| name.contains(word))
}
