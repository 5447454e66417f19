//! Pages that these tests make themselves: each feature at its place, and hostile files.

mod drawing;
mod fonts;
mod hostile;
mod package;
mod printed;
