//! Which font stands for a name in an official document, and what stands in for it.
//!
//! Official documents name 方正小标宋, 仿宋, 楷体, 黑体 and 宋体 and hardly ever carry them. [`Faces`]
//! are the fonts of one computer; [`Faces::find`] answers with the font of that name or, told so,
//! with one that stands in for it. No file is opened here: the program describes its fonts
//! ([`FaceInfo`], [`describe`]) and gives their bytes when asked ([`FontBytes`]).

mod described;
mod faces;
mod role;

pub use described::{Described, NotAFont, describe};
pub use faces::{Bytes, FaceInfo, FaceSource, Faces, FontBytes, Match};
pub use role::{Role, families};
