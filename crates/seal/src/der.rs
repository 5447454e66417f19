//! A strict reader of DER (ITU-T X.690, 10) that keeps the bytes it was given, and a writer.
//!
//! It reads what GB/T 38540 and X.509 need: tags of one byte, definite lengths in their shortest
//! form. It never recurses, so that depth is bounded by the structure that is read, and never
//! allocates by a length that the input claims.

use core::fmt;

use yichuan_document::Timestamp;

use crate::instant;

mod oid;
mod write;

pub use oid::Oid;
pub(crate) use write::{
    bits, explicit, integer, octets, oid, raw_sequence, sequence, text, tlv, truth,
};

/// The tags that are read and written (X.690, 8; X.680, 8.6).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8: u8 = 0x0c;
    pub(crate) const PRINTABLE: u8 = 0x13;
    pub(crate) const IA5: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[n]`, constructed.
    pub(crate) const fn context(n: u8) -> u8 {
        0xa0 | n
    }
}

/// Where and why something is not the DER that was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// How many bytes into what was read.
    pub at: usize,
    /// What is wrong there.
    pub why: Why,
}

/// What is wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It ends before it should.
    Cut,
    /// An indefinite length: BER, not DER.
    Indefinite,
    /// A length that is not in its shortest form, or has more than four bytes.
    Length,
    /// A tag of more than one byte.
    HighTag,
    /// Another tag than the one expected.
    Tag {
        /// The tag expected.
        expected: u8,
        /// The one found.
        found: u8,
    },
    /// Something behind the last field.
    Trailing,
    /// More bytes than the limit, or more members than a list may have.
    TooLarge,
    /// A number out of its range or not in its shortest form.
    Number,
    /// A truth value that is neither 00 nor FF.
    Truth,
    /// A bit string that is empty or has unused bits.
    Bits,
    /// An object identifier that is none.
    Oid,
    /// Text outside its alphabet, or empty, or too long.
    Text,
    /// No date and time of the expected form, or one before 1970.
    Time,
    /// A field whose value is none of those that the structure allows.
    Value,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match self.why {
            Why::Cut => write!(f, "at byte {at}: it ends too early"),
            Why::Indefinite => write!(f, "at byte {at}: an indefinite length is BER, not DER"),
            Why::Length => write!(f, "at byte {at}: a length that is not in its shortest form"),
            Why::HighTag => write!(f, "at byte {at}: a tag of more than one byte"),
            Why::Tag { expected, found } => {
                write!(
                    f,
                    "at byte {at}: tag {found:02x} where {expected:02x} is due"
                )
            }
            Why::Trailing => write!(f, "at byte {at}: something behind the last field"),
            Why::TooLarge => write!(f, "at byte {at}: more than the limit"),
            Why::Number => write!(f, "at byte {at}: a number out of range or of another form"),
            Why::Truth => write!(f, "at byte {at}: a truth value that is neither 00 nor ff"),
            Why::Bits => write!(
                f,
                "at byte {at}: a bit string that is empty or has unused bits"
            ),
            Why::Oid => write!(f, "at byte {at}: not an object identifier"),
            Why::Text => write!(
                f,
                "at byte {at}: a text that is empty, too long or of other letters"
            ),
            Why::Time => write!(f, "at byte {at}: not a date and time"),
            Why::Value => write!(f, "at byte {at}: a value that the structure does not have"),
        }
    }
}

impl core::error::Error for Malformed {}

/// One value with its tag, and the bytes that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Where `raw` begins in the whole.
    pub(crate) at: usize,
    /// Tag, length and content, as received.
    pub(crate) raw: &'a [u8],
    pub(crate) content: &'a [u8],
}

/// Reads one value after the other.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Begins at the start of `bytes`, of which there may be at most `limit`.
    pub(crate) fn new(bytes: &'a [u8], limit: usize) -> Result<Self, Malformed> {
        if bytes.len() > limit {
            return Err(Malformed {
                at: limit,
                why: Why::TooLarge,
            });
        }
        Ok(Self { rest: bytes, at: 0 })
    }

    /// What is wrong here.
    pub(crate) fn wrong(&self, why: Why) -> Malformed {
        Malformed { at: self.at, why }
    }

    /// The tag of the next value, where there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value, whatever its tag.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let cut = self.wrong(Why::Cut);
        let [tag, first, ..] = *self.rest else {
            return Err(cut);
        };
        if tag & 0x1f == 0x1f {
            return Err(self.wrong(Why::HighTag));
        }
        let (header, length) = match first {
            0..=0x7f => (2, usize::from(first)),
            0x80 => return Err(self.wrong(Why::Indefinite)),
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let digits = self.rest.get(2..2 + count).ok_or(cut)?;
                let length = digits
                    .iter()
                    .fold(0_u32, |n, digit| n << 8 | u32::from(*digit));
                if digits[0] == 0 || length < 0x80 {
                    return Err(self.wrong(Why::Length));
                }
                (2 + count, usize::try_from(length).map_err(|_| cut)?)
            }
            _ => return Err(self.wrong(Why::Length)),
        };
        let end = header.checked_add(length).ok_or(cut)?;
        let raw = self.rest.get(..end).ok_or(cut)?;
        let element = Element {
            tag,
            at: self.at,
            raw,
            content: &raw[header..],
        };
        self.rest = &self.rest[end..];
        self.at += end;
        Ok(element)
    }

    /// The next value, which must have this tag.
    pub(crate) fn take(&mut self, expected: u8) -> Result<Element<'a>, Malformed> {
        match self.peek() {
            Some(found) if found != expected => Err(self.wrong(Why::Tag { expected, found })),
            _ => self.any(),
        }
    }

    /// The next value where it has this tag; otherwise nothing is read.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        match self.peek() {
            Some(found) if found == tag => self.any().map(Some),
            _ => Ok(None),
        }
    }

    /// What stands behind the first byte, which in a bit string counts its unused bits.
    pub(crate) fn behind_unused_bits(&self) -> Self {
        match self.rest {
            [_, rest @ ..] => Self {
                rest,
                at: self.at + 1,
            },
            [] => self.clone(),
        }
    }

    /// Nothing must be left.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        match self.rest {
            [] => Ok(()),
            _ => Err(self.wrong(Why::Trailing)),
        }
    }
}

impl<'a> Element<'a> {
    /// What is wrong with it.
    pub(crate) fn wrong(&self, why: Why) -> Malformed {
        Malformed { at: self.at, why }
    }

    /// Reads what is inside.
    pub(crate) fn inside(&self) -> Reader<'a> {
        let header = self.raw.len() - self.content.len();
        Reader {
            rest: self.content,
            at: self.at + header,
        }
    }

    /// A number from 0 to `u32::MAX`.
    pub(crate) fn number(&self) -> Result<u32, Malformed> {
        let digits = match self.content {
            [0, rest @ ..] if rest.first().is_none_or(|first| *first >= 0x80) => {
                if rest.is_empty() { self.content } else { rest }
            }
            [first, ..] if *first < 0x80 && (*first != 0 || self.content.len() == 1) => {
                self.content
            }
            _ => return Err(self.wrong(Why::Number)),
        };
        if digits.len() > 4 {
            return Err(self.wrong(Why::Number));
        }
        Ok(digits.iter().fold(0, |n, digit| n << 8 | u32::from(*digit)))
    }

    /// A number of at most 32 bytes that is not negative, in its shortest form, filled up in front.
    pub(crate) fn scalar(&self) -> Result<[u8; 32], Malformed> {
        let digits = match self.content {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            [first, ..] if (1..0x80).contains(first) => self.content,
            _ => return Err(self.wrong(Why::Number)),
        };
        let mut filled = [0; 32];
        let start = 32_usize
            .checked_sub(digits.len())
            .ok_or(self.wrong(Why::Number))?;
        filled[start..].copy_from_slice(digits);
        Ok(filled)
    }

    pub(crate) fn truth(&self) -> Result<bool, Malformed> {
        match self.content {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.wrong(Why::Truth)),
        }
    }

    /// The bytes of a bit string that has no unused bits.
    pub(crate) fn bits(&self) -> Result<&'a [u8], Malformed> {
        match self.content {
            [0, bytes @ ..] if !bytes.is_empty() => Ok(bytes),
            _ => Err(self.wrong(Why::Bits)),
        }
    }

    pub(crate) fn oid(&self) -> Result<Oid, Malformed> {
        Oid::from_content(self.content).ok_or(self.wrong(Why::Oid))
    }

    /// From one to `most` bytes of text in UTF-8 without control characters; ASCII, and in the
    /// alphabet of its tag, where the tag says so.
    pub(crate) fn text(&self, most: usize) -> Result<&'a str, Malformed> {
        let wrong = self.wrong(Why::Text);
        let text = core::str::from_utf8(self.content).map_err(|_| wrong)?;
        let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
        let fits = match self.tag {
            tag::UTF8 => true,
            tag::PRINTABLE => text.chars().all(printable),
            _ => text.is_ascii(),
        };
        let fits = fits && !text.is_empty() && text.len() <= most;
        if !fits || text.chars().any(char::is_control) {
            return Err(wrong);
        }
        Ok(text)
    }

    /// A `UTCTime` or `GeneralizedTime` in the one form that DER allows for whole seconds.
    pub(crate) fn time(&self) -> Result<Timestamp, Malformed> {
        let wrong = self.wrong(Why::Time);
        let text = core::str::from_utf8(self.content).map_err(|_| wrong)?;
        match self.tag {
            tag::UTC_TIME => instant::from_utc_time(text),
            tag::GENERALIZED_TIME => instant::from_generalized(text),
            _ => None,
        }
        .ok_or(wrong)
    }
}

#[cfg(test)]
mod tests;
