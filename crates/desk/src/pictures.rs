//! Pictures of pages, behind a trait: what draws them is a crate of its own.

use std::path::Path;

use yichuan_unit::pictures::Drawing;

/// Draws pages of fixed-layout files.
pub trait PageImages: Send + Sync {
    /// A page of a file, from 1, as a PNG that is `width` pixels wide.
    fn page(&self, file: &Path, page: u32, width: u32) -> Result<Vec<u8>, NoPicture>;
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoPicture {
    /// The file has no such page.
    NoSuchPage,
    /// The file cannot be drawn.
    Unreadable(String),
}

/// What `unit` draws, with the fonts of this computer.
pub struct Drawn(Drawing);

impl Drawn {
    /// Looks which fonts there are.
    pub fn with_installed_fonts() -> Self {
        Self(Drawing::with_installed_fonts())
    }
}

impl PageImages for Drawn {
    fn page(&self, file: &Path, page: u32, width: u32) -> Result<Vec<u8>, NoPicture> {
        self.0.page(file, page, width).map_err(|why| {
            if why.is_beyond_the_end() {
                NoPicture::NoSuchPage
            } else {
                NoPicture::Unreadable(why.to_string())
            }
        })
    }
}
