//! Files that these tests make themselves: each rule kept and broken, marks in every variant,
//! hostile containers, and bytes at random.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at the clock and ask other programs; the crate does not"
)]

mod attacks;
mod form;
mod hostile;
mod marks;
mod office;
mod openssl;
mod paper;
mod pdfs;
mod placing;
mod random;
mod sealing;
mod sealing_pdf;
mod vectors;

use yichuan_layout::{Examination, Limits, examine};

/// Looks into a file with the usual limits.
fn look(name: &str, bytes: &[u8]) -> Examination {
    examine(name, "", bytes, &Limits::default())
}
