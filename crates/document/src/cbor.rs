//! The one strict reader of CBOR: RFC 8949 §4.2.1, and narrower still.
//!
//! Integers in their shortest form, definite lengths, integer keys in rising order, text in NFC,
//! nesting of at most eight levels, nothing after the value; no tags, no floats, no `null`.
//! What a type does not know is refused: a value is read, written again and compared.

use core::fmt;

use minicbor::{Decode, Encode};
use unicode_normalization::is_nfc;

/// The deepest nesting that is read.
pub const DEPTH_MAX: u8 = 8;

/// Writes `value` in the one canonical form.
#[allow(clippy::missing_panics_doc, reason = "writing to memory does not fail")]
pub fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Reads one value of at most `limit_bytes` bytes; refuses every form but the canonical one.
pub fn read<'b, T>(bytes: &'b [u8], limit_bytes: usize) -> Result<T, Unreadable>
where
    T: Decode<'b, ()> + Encode<()>,
{
    if bytes.len() > limit_bytes {
        return Err(Unreadable::TooLong { limit_bytes });
    }
    scan(bytes)?;
    let value: T = minicbor::decode(bytes).map_err(|error| Unreadable::Shape {
        offset: error.position().unwrap_or(0),
    })?;
    if to_vec(&value) == bytes {
        Ok(value)
    } else {
        Err(Unreadable::UnknownField)
    }
}

/// Checks the form of one CBOR value without knowing its type.
pub fn scan(bytes: &[u8]) -> Result<(), Unreadable> {
    let mut scanner = Scanner { bytes, offset: 0 };
    scanner.value(0)?;
    if scanner.offset == bytes.len() {
        Ok(())
    } else {
        Err(Unreadable::Trailing {
            offset: scanner.offset,
        })
    }
}

/// Why bytes are not a value in canonical CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// More bytes than the format allows.
    TooLong {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// The bytes end inside a value.
    Truncated {
        /// Where the value began.
        offset: usize,
    },
    /// An integer or a length is not in its shortest form.
    NotShortest {
        /// Where it stands.
        offset: usize,
    },
    /// An indefinite length.
    Indefinite {
        /// Where it stands.
        offset: usize,
    },
    /// A tag, float, `null`, `undefined` or reserved simple value.
    Forbidden {
        /// Where it stands.
        offset: usize,
    },
    /// A map key that is not an unsigned integer.
    KeyNotInteger {
        /// Where it stands.
        offset: usize,
    },
    /// Map keys that repeat or do not rise.
    KeysNotRising {
        /// Where the second of them stands.
        offset: usize,
    },
    /// Text that is not UTF-8 in Unicode normalization form C.
    Text {
        /// Where it stands.
        offset: usize,
    },
    /// Nesting deeper than [`DEPTH_MAX`].
    TooDeep {
        /// Where it goes too deep.
        offset: usize,
    },
    /// Bytes after the value.
    Trailing {
        /// Where they begin.
        offset: usize,
    },
    /// Well-formed, but not the value that is expected here.
    Shape {
        /// Where the first surprise stands.
        offset: usize,
    },
    /// The value has a field that this version does not know.
    UnknownField,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit_bytes } => write!(f, "longer than {limit_bytes} bytes"),
            Self::Truncated { offset } => write!(f, "cut off in the value at byte {offset}"),
            Self::NotShortest { offset } => write!(f, "over-long integer at byte {offset}"),
            Self::Indefinite { offset } => write!(f, "indefinite length at byte {offset}"),
            Self::Forbidden { offset } => write!(f, "forbidden kind of value at byte {offset}"),
            Self::KeyNotInteger { offset } => write!(f, "key is no integer at byte {offset}"),
            Self::KeysNotRising { offset } => write!(f, "keys do not rise at byte {offset}"),
            Self::Text { offset } => write!(f, "text is not UTF-8 in NFC at byte {offset}"),
            Self::TooDeep { offset } => write!(f, "nested too deep at byte {offset}"),
            Self::Trailing { offset } => write!(f, "bytes after the value at byte {offset}"),
            Self::Shape { offset } => write!(f, "not the expected value at byte {offset}"),
            Self::UnknownField => f.write_str("a field that this version does not know"),
        }
    }
}

impl core::error::Error for Unreadable {}

struct Scanner<'b> {
    bytes: &'b [u8],
    offset: usize,
}

impl Scanner<'_> {
    fn value(&mut self, depth: u8) -> Result<(), Unreadable> {
        let offset = self.offset;
        if depth > DEPTH_MAX {
            return Err(Unreadable::TooDeep { offset });
        }
        let (major, argument) = self.head()?;
        match major {
            0 | 1 => Ok(()),
            2 => self.take(argument, offset).map(|_| ()),
            3 => {
                let text = core::str::from_utf8(self.take(argument, offset)?)
                    .map_err(|_| Unreadable::Text { offset })?;
                if is_nfc(text) {
                    Ok(())
                } else {
                    Err(Unreadable::Text { offset })
                }
            }
            4 => self.repeat(argument, offset, |scanner| scanner.value(depth + 1)),
            5 => self.map(argument, depth, offset),
            // False and true; every other simple value, float and tag is refused.
            7 if argument == 20 || argument == 21 => Ok(()),
            _ => Err(Unreadable::Forbidden { offset }),
        }
    }

    fn map(&mut self, entries: u64, depth: u8, offset: usize) -> Result<(), Unreadable> {
        let mut last = None;
        self.repeat(entries, offset, |scanner| {
            let offset = scanner.offset;
            let (major, key) = scanner.head()?;
            if major != 0 {
                return Err(Unreadable::KeyNotInteger { offset });
            }
            if last.is_some_and(|last| key <= last) {
                return Err(Unreadable::KeysNotRising { offset });
            }
            last = Some(key);
            scanner.value(depth + 1)
        })
    }

    fn repeat(
        &mut self,
        times: u64,
        offset: usize,
        mut each: impl FnMut(&mut Self) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        // Every element takes at least one byte, so a count beyond the rest is a lie.
        if times > (self.bytes.len() - self.offset) as u64 {
            return Err(Unreadable::Truncated { offset });
        }
        for _ in 0..times {
            each(self)?;
        }
        Ok(())
    }

    fn head(&mut self) -> Result<(u8, u64), Unreadable> {
        let offset = self.offset;
        let first = self.take(1, offset)?[0];
        let (major, low) = (first >> 5, first & 0x1f);
        let width = match low {
            0..=23 => return Ok((major, u64::from(low))),
            24..=27 => 1_u64 << (low - 24),
            31 => return Err(Unreadable::Indefinite { offset }),
            _ => return Err(Unreadable::Forbidden { offset }),
        };
        if major == 7 {
            return Err(Unreadable::Forbidden { offset });
        }
        let argument = self
            .take(width, offset)?
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let smallest = match width {
            1 => 24,
            2 => 0x100,
            4 => 0x1_0000,
            _ => 0x1_0000_0000,
        };
        if argument < smallest {
            Err(Unreadable::NotShortest { offset })
        } else {
            Ok((major, argument))
        }
    }

    fn take(&mut self, count: u64, offset: usize) -> Result<&[u8], Unreadable> {
        let rest = &self.bytes[self.offset..];
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= rest.len());
        let count = count.ok_or(Unreadable::Truncated { offset })?;
        self.offset += count;
        Ok(&rest[..count])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Sample {
        #[n(0)]
        count: u32,
        #[n(1)]
        name: String,
        #[n(3)]
        note: Option<bool>,
    }

    #[test]
    fn what_was_written_is_read() {
        for note in [None, Some(true)] {
            let sample = Sample {
                count: 70_000,
                name: "通知".into(),
                note,
            };
            assert_eq!(read::<Sample>(&to_vec(&sample), 100), Ok(sample));
        }
    }

    #[test]
    fn a4_every_other_form_is_refused() {
        use Unreadable::*;
        let cases: &[(&str, &[u8], Unreadable)] = &[
            ("nothing", &[], Truncated { offset: 0 }),
            ("over-long 23", &[0x18, 23], NotShortest { offset: 0 }),
            ("over-long 255", &[0x19, 0, 255], NotShortest { offset: 0 }),
            (
                "over-long 65535",
                &[0x1a, 0, 0, 255, 255],
                NotShortest { offset: 0 },
            ),
            (
                "over-long u32",
                &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
                NotShortest { offset: 0 },
            ),
            ("over-long length", &[0x58, 1, 0], NotShortest { offset: 0 }),
            ("indefinite array", &[0x9f, 0xff], Indefinite { offset: 0 }),
            (
                "indefinite bytes",
                &[0x5f, 0x41, 0, 0xff],
                Indefinite { offset: 0 },
            ),
            ("indefinite map", &[0xbf, 0xff], Indefinite { offset: 0 }),
            ("tag", &[0xc1, 0x00], Forbidden { offset: 0 }),
            ("float", &[0xf9, 0, 0], Forbidden { offset: 0 }),
            ("null", &[0xf6], Forbidden { offset: 0 }),
            ("undefined", &[0xf7], Forbidden { offset: 0 }),
            ("reserved", &[0x1c], Forbidden { offset: 0 }),
            (
                "text key",
                &[0xa1, 0x61, b'a', 0],
                KeyNotInteger { offset: 1 },
            ),
            (
                "duplicate key",
                &[0xa2, 0, 0, 0, 0],
                KeysNotRising { offset: 3 },
            ),
            (
                "unsorted keys",
                &[0xa2, 1, 0, 0, 0],
                KeysNotRising { offset: 3 },
            ),
            ("not UTF-8", &[0x61, 0xff], Text { offset: 0 }),
            ("NFD text", &[0x63, b'e', 0xcc, 0x81], Text { offset: 0 }),
            ("nine levels", &[0x81; 10], TooDeep { offset: 9 }),
            ("trailing", &[0x00, 0x00], Trailing { offset: 1 }),
            ("cut bytes", &[0x42, 0], Truncated { offset: 0 }),
            (
                "count beyond the end",
                &[0x9a, 0xff, 0xff, 0xff, 0xff],
                Truncated { offset: 0 },
            ),
            (
                "huge length",
                &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
                Truncated { offset: 0 },
            ),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(scan(bytes), Err(*expected), "{name}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let bytes = [0xa3, 0, 1, 1, 0x61, b'x', 2, 0];
        assert_eq!(read::<Sample>(&bytes, 100), Err(Unreadable::UnknownField));
        assert_eq!(
            read::<Sample>(&bytes, 7),
            Err(Unreadable::TooLong { limit_bytes: 7 })
        );
        let missing = read::<Sample>(&[0xa1, 0, 1], 100);
        assert!(
            matches!(missing, Err(Unreadable::Shape { .. })),
            "{missing:?}"
        );
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = scan(&bytes);
            let _ = read::<Sample>(&bytes, 64);
        }

        #[test]
        fn what_is_read_has_one_form(bytes in proptest::collection::vec(0_u8..4, 0..12)) {
            if let Ok(sample) = read::<Sample>(&bytes, 64) {
                prop_assert_eq!(to_vec(&sample), bytes);
            }
        }
    }
}
