//! Passwords: typed or read from a descriptor, judged, wiped (Art. 17).

use std::fmt;
use std::io;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Words that passwords are made of too often: ours, from what offices and keyboards suggest.
const COMMON: &str = include_str!("common.txt");
/// The shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest password, in bytes.
pub(super) const PASSWORD_BYTES_MAX: usize = 1_024;

/// A password; wiped when dropped, never shown.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Password(pub(super) String);

impl Password {
    /// Takes a password as it was typed.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Reads one line. What follows it stays for the next reader of the same pipe, and nothing of
    /// it is left in a buffer. Refuses what is no text, and a line that is too long.
    pub fn read(mut from: impl io::Read) -> io::Result<Self> {
        let mut line = Zeroizing::new(Vec::with_capacity(PASSWORD_BYTES_MAX + 1));
        let mut byte = Zeroizing::new([0; 1]);
        while line.len() <= PASSWORD_BYTES_MAX {
            match from.read(byte.as_mut()) {
                Ok(0) => break,
                Ok(_) if byte[0] == b'\n' => break,
                Ok(_) => line.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let text = std::str::from_utf8(&line).ok();
        let text = text.filter(|text| text.len() <= PASSWORD_BYTES_MAX);
        let text = text.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self(text.to_owned()))
    }

    /// What was typed, for what must have it as it is.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether this is what was typed again.
    pub fn is(&self, again: &str) -> bool {
        bool::from(subtle::ConstantTimeEq::ct_eq(
            self.0.as_bytes(),
            again.as_bytes(),
        ))
    }

    /// Refuses a weak one: at least eight characters, of three of the four classes, and more than
    /// a common word with digits and signs around it.
    pub fn check(&self) -> Result<(), WeakPassword> {
        let has = |class: fn(char) -> bool| usize::from(self.0.chars().any(class));
        let classes = has(char::is_lowercase)
            + has(char::is_uppercase)
            + has(char::is_numeric)
            + has(|c| !c.is_alphanumeric());
        let long = self.0.chars().count() >= PASSWORD_CHARS_MIN;
        if long && classes >= 3 && self.0.len() <= PASSWORD_BYTES_MAX && !is_common(&self.0) {
            Ok(())
        } else {
            Err(WeakPassword)
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A password that is too easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakPassword;

/// Whether `text` is a common word, once or several times, with digits and signs around or within
/// it, or one sign repeated. Digits and signs that stand for letters are read as these too.
fn is_common(text: &str) -> bool {
    let mut signs = text.chars();
    let first = signs.next();
    if first.is_some_and(|first| signs.all(|sign| sign == first)) {
        return true;
    }
    let core = text.trim_matches(|sign: char| !sign.is_alphabetic());
    let readings = [letters(text), read_as_letters(text), read_as_letters(core)];
    let words = COMMON
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    words.into_iter().any(|word| {
        let made_of = |letters: &Zeroizing<String>| {
            !letters.is_empty() && letters.replace(word, "").is_empty()
        };
        readings.iter().any(made_of)
    })
}

/// The letters alone, small.
fn letters(text: &str) -> Zeroizing<String> {
    let small = text.chars().flat_map(char::to_lowercase);
    Zeroizing::new(small.filter(|sign| sign.is_alphabetic()).collect())
}

/// The letters, small, with those that digits and signs stand for.
fn read_as_letters(text: &str) -> Zeroizing<String> {
    let stands_for = |sign| match sign {
        '@' | '4' => Some('a'),
        '0' => Some('o'),
        '1' | '!' => Some('i'),
        '3' => Some('e'),
        '$' | '5' => Some('s'),
        '7' => Some('t'),
        sign => sign.is_alphabetic().then_some(sign),
    };
    let small = text.chars().flat_map(char::to_lowercase);
    Zeroizing::new(small.filter_map(stands_for).collect())
}
