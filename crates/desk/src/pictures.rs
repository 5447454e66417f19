//! Pictures of pages, behind a trait: what draws them is a crate of its own.

use std::path::Path;

/// Draws pages of fixed-layout files.
pub trait PageImages: Send + Sync {
    /// A page of a file, from 1, as a PNG that is `width` pixels wide.
    fn page(&self, file: &Path, page: u32, width: u32) -> Result<Vec<u8>, NoPicture>;
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoPicture {
    /// This build draws none.
    NotBuiltIn,
    /// The file has no such page.
    NoSuchPage,
    /// The file cannot be drawn.
    Unreadable(String),
}

/// Draws nothing, and says so.
pub struct NotBuiltIn;

impl PageImages for NotBuiltIn {
    fn page(&self, _: &Path, _: u32, _: u32) -> Result<Vec<u8>, NoPicture> {
        Err(NoPicture::NotBuiltIn)
    }
}
