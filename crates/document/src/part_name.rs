//! File names of parts: safe to write on every system, and what they seem to be.

use core::fmt;
use core::str::FromStr;

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use unicode_normalization::is_nfc;

use crate::header::PART_NAME_BYTES_MAX;

/// A file name without a path that no file system reads as something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartName(Box<str>);

impl PartName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a safe file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadPartName {
    /// Empty, or only dots.
    Empty,
    /// Longer than [`PART_NAME_BYTES_MAX`] bytes.
    TooLong,
    /// A path separator, a colon, or another sign that some system reads specially.
    Sign(char),
    /// A control character, or one that changes direction or shows nothing.
    Invisible,
    /// A blank at either end, or a dot at the end.
    Edge,
    /// A name that Windows reads as a device: `CON`, `NUL`, `COM1` ….
    Reserved,
    /// Not in Unicode normalization form C.
    NotNfc,
}

impl fmt::Display for BadPartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file name is empty"),
            Self::TooLong => write!(f, "the file name is over {PART_NAME_BYTES_MAX} bytes"),
            Self::Sign(sign) => write!(f, "the file name has the sign {sign:?}"),
            Self::Invisible => f.write_str("the file name has invisible characters"),
            Self::Edge => f.write_str("the file name begins or ends with a blank or a dot"),
            Self::Reserved => f.write_str("the file name is reserved on Windows"),
            Self::NotNfc => f.write_str("the file name is not in normalization form C"),
        }
    }
}

impl core::error::Error for BadPartName {}

impl FromStr for PartName {
    type Err = BadPartName;

    fn from_str(text: &str) -> Result<Self, BadPartName> {
        if text.is_empty() || text.bytes().all(|b| b == b'.') {
            return Err(BadPartName::Empty);
        }
        if text.len() > PART_NAME_BYTES_MAX {
            return Err(BadPartName::TooLong);
        }
        if let Some(sign) = text.chars().find(|c| r#"/\:*?"<>|"#.contains(*c)) {
            return Err(BadPartName::Sign(sign));
        }
        if text.chars().any(is_invisible) {
            return Err(BadPartName::Invisible);
        }
        let blank_edge =
            text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
        if blank_edge || text.ends_with('.') {
            return Err(BadPartName::Edge);
        }
        if is_reserved(text) {
            return Err(BadPartName::Reserved);
        }
        if is_nfc(text) {
            Ok(Self(text.into()))
        } else {
            Err(BadPartName::NotNfc)
        }
    }
}

/// Whether a character is not seen, or turns others around.
pub fn is_invisible(c: char) -> bool {
    // Controls, zero-width and direction marks (UAX #9), line and paragraph separators, BOM,
    // and the letters of some scripts that have no shape.
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(
            c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        )
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_reserved(text: &str) -> bool {
    let stem = text
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    let numbered = |prefix| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(
                rest,
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"
            ) || matches!(rest, "¹" | "²" | "³")
        })
    };
    matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) || numbered("COM")
        || numbered("LPT")
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<C> Encode<C> for PartName {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PartName {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let text = d.str()?;
        text.parse()
            .map_err(|_| decode::Error::message("part name").at(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e1_a_part_name_refuses_what_some_system_reads_as_something_else() {
        let cases = [
            ("", BadPartName::Empty),
            (".", BadPartName::Empty),
            ("..", BadPartName::Empty),
            ("../通知.ofd", BadPartName::Sign('/')),
            ("/etc/passwd", BadPartName::Sign('/')),
            (r"C:\通知.ofd", BadPartName::Sign(':')),
            (r"\\server\share", BadPartName::Sign('\\')),
            ("C:通知.ofd", BadPartName::Sign(':')),
            ("通知.ofd:stream", BadPartName::Sign(':')),
            ("a\0b", BadPartName::Invisible),
            ("a\nb", BadPartName::Invisible),
            ("通知\u{202e}dfo.exe", BadPartName::Invisible),
            ("通\u{200b}知.ofd", BadPartName::Invisible),
            ("通\u{3164}知.ofd", BadPartName::Invisible),
            ("通知.ofd ", BadPartName::Edge),
            ("通知.ofd.", BadPartName::Edge),
            (" 通知.ofd", BadPartName::Edge),
            ("CON", BadPartName::Reserved),
            ("con.ofd", BadPartName::Reserved),
            ("com1.tar.gz", BadPartName::Reserved),
            ("LPT¹.ofd", BadPartName::Reserved),
            ("e\u{301}.ofd", BadPartName::NotNfc),
        ];
        for (text, refusal) in cases {
            assert_eq!(text.parse::<PartName>(), Err(refusal), "{text:?}");
        }
        let long = "长".repeat(PART_NAME_BYTES_MAX / 3 + 1);
        assert_eq!(long.parse::<PartName>(), Err(BadPartName::TooLong));
    }

    #[test]
    fn ordinary_names_pass() {
        for text in [
            "通知.ofd",
            "附件1：名单.pdf",
            "COM10.pdf",
            "a b.ofd",
            "console.txt",
            ".a",
        ] {
            assert!(text.parse::<PartName>().is_ok(), "{text}");
        }
    }
}
