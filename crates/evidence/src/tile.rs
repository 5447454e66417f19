//! Tiles: the log cut into pieces that never change (C2SP tlog-tiles), their paths and bytes.
//!
//! A tile of hashes has up to 256 neighbouring nodes of every eighth level; a bundle of entries
//! has the up to 256 entries under one such tile of level 0. Paths are read strictly: one tile,
//! one path. This module never says who may read a tile.

use core::fmt;
use core::str::FromStr;

use yichuan_document::Digest;
use yichuan_document::tree::LARGEST_TREE;

use crate::entry::ENTRY_BYTES_MAX;
use crate::log::{LogUnreadable, Nodes, node_at};

/// How many levels of the tree a tile spans.
pub const TILE_HEIGHT: u8 = 8;

/// How many hashes or entries a full tile has.
pub const FULL_WIDTH: u16 = 1 << TILE_HEIGHT;

/// The highest level of tiles that a tree of [`LARGEST_TREE`] leaves has.
pub const HIGHEST_TILE_LEVEL: u8 = 7;

/// The longest path of a tile, in bytes: `tile/entries/` and six elements, and a width.
pub const LONGEST_TILE_PATH: usize = 48;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of the tree at level `8 · level`.
    Hashes {
        /// The level of tiles, 0 to [`HIGHEST_TILE_LEVEL`].
        level: u8,
    },
    /// The entries themselves.
    Entries,
}

impl TileKind {
    const fn level(self) -> u8 {
        match self {
            Self::Hashes { level } => level,
            Self::Entries => 0,
        }
    }
}

/// One tile of one width. Made only by [`Tile::new`], [`Tile::at`] and parsing, so it is one that
/// some log can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile at `index` of its level with its first `width` hashes or entries. Refuses what no
    /// tree up to [`LARGEST_TREE`] has.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileRefused> {
        let level = kind.level();
        if level > HIGHEST_TILE_LEVEL {
            return Err(TileRefused::Level { level });
        }
        if width == 0 || width > FULL_WIDTH {
            return Err(TileRefused::Width { width });
        }
        let tile = Self { kind, index, width };
        tile.check_within(LARGEST_TREE)?;
        Ok(tile)
    }

    /// The tile at `index` as wide as it is in a tree of `size` leaves; `None` when it is empty
    /// there.
    pub fn at(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let full = u64::from(FULL_WIDTH);
        if size > LARGEST_TREE || kind.level() > HIGHEST_TILE_LEVEL {
            return None;
        }
        let before = index.checked_mul(full)?;
        let rest = nodes_of(kind, size).checked_sub(before)?.min(full);
        let width = u16::try_from(rest).unwrap_or(FULL_WIDTH);
        (width > 0).then_some(Self { kind, index, width })
    }

    /// Refuses when a tree of `size` leaves has not as many hashes or entries in this tile.
    pub fn check_within(&self, size: u64) -> Result<(), TileRefused> {
        let available = Self::at(self.kind, self.index, size).map_or(0, |tile| tile.width);
        if self.width <= available {
            Ok(())
        } else {
            Err(TileRefused::Beyond { available })
        }
    }

    /// What the tile holds.
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// The tile's position in its level.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it has, 1 to [`FULL_WIDTH`].
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether the tile is full, and so will never be seen with another width.
    pub const fn is_full(&self) -> bool {
        self.width == FULL_WIDTH
    }

    /// The position, in the level's nodes or in the log's entries, where the tile begins.
    pub const fn first(&self) -> u64 {
        self.index << TILE_HEIGHT
    }
}

fn nodes_of(kind: TileKind, size: u64) -> u64 {
    size >> (u32::from(kind.level()) * u32::from(TILE_HEIGHT))
}

impl fmt::Display for Tile {
    /// Writes the path relative to the log's prefix, such as `tile/0/x001/234.p/5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut place = 1;
        while self.index / place >= 1000 {
            place *= 1000;
        }
        while place > 1 {
            write!(f, "x{:03}/", self.index / place % 1000)?;
            place /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = TileRefused;

    fn from_str(path: &str) -> Result<Self, TileRefused> {
        if path.len() > LONGEST_TILE_PATH {
            return Err(TileRefused::Path);
        }
        let (kind, rest) = path
            .strip_prefix("tile/")
            .and_then(|rest| rest.split_once('/'))
            .ok_or(TileRefused::Path)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes {
                level: number(level).ok_or(TileRefused::Path)?,
            },
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, number(width).ok_or(TileRefused::Path)?),
            None => (rest, FULL_WIDTH),
        };
        let index = index.split('/').try_fold(0_u64, |index, element| {
            let digits = element.strip_prefix('x').unwrap_or(element);
            index.checked_mul(1000)?.checked_add(number(digits)?)
        });
        let tile = Self::new(kind, index.ok_or(TileRefused::Path)?, width)?;
        // One tile has one path: what was read leniently above must be what would be written.
        if tile.to_string() == path {
            Ok(tile)
        } else {
            Err(TileRefused::Path)
        }
    }
}

/// Reads ASCII digits only: `str::parse` alone would let `+417` through.
fn number<N: FromStr>(digits: &str) -> Option<N> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

/// The bytes of a tile of hashes, 32 for each, read from the log's nodes. Of a bundle of entries:
/// their leaf hashes.
pub fn read_hashes<N: Nodes>(tile: &Tile, nodes: &N) -> Result<Vec<u8>, LogUnreadable<N::Error>> {
    let level = tile.kind.level() * TILE_HEIGHT;
    let mut bytes = Vec::with_capacity(usize::from(tile.width) * DIGEST_BYTES);
    for index in tile.first()..tile.first() + u64::from(tile.width) {
        bytes.extend_from_slice(node_at(level, index, nodes)?.as_bytes());
    }
    Ok(bytes)
}

/// The hashes of a tile from its bytes. Refuses any other length than 32 bytes for each.
pub fn parse_hashes(tile: &Tile, bytes: &[u8]) -> Result<Vec<Digest>, TileRefused> {
    let expected = usize::from(tile.width) * DIGEST_BYTES;
    if bytes.len() != expected {
        return Err(TileRefused::Length {
            expected,
            found: bytes.len(),
        });
    }
    let (digests, _) = bytes.as_chunks::<DIGEST_BYTES>();
    Ok(digests
        .iter()
        .map(|digest| Digest::from_bytes(*digest))
        .collect())
}

/// The bytes of a bundle: each entry after its length in two bytes, big endian. Refuses an entry
/// above [`ENTRY_BYTES_MAX`] and a bundle without entries or with more than [`FULL_WIDTH`].
pub fn write_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, TileRefused> {
    if entries.is_empty() || entries.len() > usize::from(FULL_WIDTH) {
        let width = u16::try_from(entries.len()).unwrap_or(u16::MAX);
        return Err(TileRefused::Width { width });
    }
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len())
            .ok()
            .filter(|length| usize::from(*length) <= ENTRY_BYTES_MAX)
            .ok_or(TileRefused::Entry { bytes: entry.len() })?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle from its bytes. Refuses an entry above [`ENTRY_BYTES_MAX`], and any
/// other number of entries than the tile's width, cut or left over.
pub fn parse_bundle<'b>(tile: &Tile, bytes: &'b [u8]) -> Result<Vec<&'b [u8]>, TileRefused> {
    let mut entries = Vec::with_capacity(usize::from(tile.width));
    let mut rest = bytes;
    for _ in 0..tile.width {
        let cut = TileRefused::Cut {
            entries: entries.len(),
        };
        let (length, after) = rest.split_first_chunk::<2>().ok_or(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length > ENTRY_BYTES_MAX {
            return Err(TileRefused::Entry { bytes: length });
        }
        let (entry, after) = after.split_at_checked(length).ok_or(cut)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(TileRefused::Trailing { bytes: rest.len() })
    }
}

/// Why a tile, its path or its bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TileRefused {
    /// The path is not the one path of a tile.
    Path,
    /// No tree has tiles of this level.
    Level {
        /// The level that was named.
        level: u8,
    },
    /// No tile has this width.
    Width {
        /// The width that was named.
        width: u16,
    },
    /// The tree has fewer hashes or entries in this tile.
    Beyond {
        /// How many the tree has there.
        available: u16,
    },
    /// The bytes are not 32 for each hash.
    Length {
        /// How many bytes the width demands.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An entry is larger than [`ENTRY_BYTES_MAX`].
    Entry {
        /// The entry's length.
        bytes: usize,
    },
    /// The bundle ends too early.
    Cut {
        /// How many whole entries it has.
        entries: usize,
    },
    /// There are bytes after the bundle's last entry.
    Trailing {
        /// How many.
        bytes: usize,
    },
}

impl fmt::Display for TileRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("not the path of a tile"),
            Self::Level { level } => write!(f, "no tree has tiles of level {level}"),
            Self::Width { width } => write!(f, "no tile is {width} wide"),
            Self::Beyond { available } => {
                write!(
                    f,
                    "the tree has only {available} hashes or entries in this tile"
                )
            }
            Self::Length { expected, found } => {
                write!(f, "the tile has {found} bytes where {expected} are due")
            }
            Self::Entry { bytes } => {
                write!(
                    f,
                    "an entry of {bytes} bytes is larger than {ENTRY_BYTES_MAX}"
                )
            }
            Self::Cut { entries } => write!(f, "the bundle ends after {entries} entries"),
            Self::Trailing { bytes } => write!(f, "{bytes} bytes follow the bundle's last entry"),
        }
    }
}

impl core::error::Error for TileRefused {}

/// The bytes of one digest.
const DIGEST_BYTES: usize = 32;

#[cfg(test)]
mod tests;
