//! Page pictures for whoever shows documents on a screen.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use yichuan_picture::{Bounds, NotPainted, Opened};
use yichuan_typeface::Faces;

/// Draws pages with the fonts that were installed when it began.
pub struct Drawing {
    faces: Faces,
}

/// Why there is no picture of a page.
#[derive(Debug)]
pub enum NotDrawn {
    /// The file cannot be read from the disk.
    Io(io::Error),
    /// The file or the page cannot be drawn.
    Painting(NotPainted),
}

impl Drawing {
    /// Looks which fonts there are.
    pub fn with_installed_fonts() -> Self {
        Self {
            faces: crate::fonts::installed(None),
        }
    }

    /// A page of an OFD or PDF file, from 1, as a PNG that is `width` pixels wide.
    pub fn page(&self, file: &Path, page: u32, width: u32) -> Result<Vec<u8>, NotDrawn> {
        let bounds = Bounds::default();
        let most = bounds.reading.file_bytes as u64;
        let mut bytes = Vec::new();
        let file = File::open(file).map_err(NotDrawn::Io)?;
        file.take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(NotDrawn::Io)?;
        let index = usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX);
        let mut opened = Opened::open(&bytes, &bounds).map_err(NotDrawn::Painting)?;
        let picture = opened.page(index, width, &self.faces);
        Ok(picture.map_err(NotDrawn::Painting)?.png())
    }
}

impl NotDrawn {
    /// Whether the file has no such page.
    pub const fn is_beyond_the_end(&self) -> bool {
        matches!(self, Self::Painting(NotPainted::NoPage { .. }))
    }
}

impl std::fmt::Display for NotDrawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Painting(why) => why.fmt(f),
        }
    }
}
