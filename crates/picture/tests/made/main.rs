//! Pages that these tests make themselves: each feature at its place, and hostile files.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read the fonts of this computer; the crate does not"
)]

mod drawing;
mod fonts;
mod hostile;
mod hostile_pdfs;
mod package;
mod pdfs;
mod printed;
