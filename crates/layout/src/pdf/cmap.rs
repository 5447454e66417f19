//! From the codes of a string to characters (ISO 32000-1, 9.7.5 and 9.10).

use std::collections::HashMap;

use encoding_rs::{BIG5, GB18030, SHIFT_JIS};

use super::object::{Lexer, Object};
use crate::Unreadable;
use crate::limits::Budget;

/// Characters that one code may stand for.
const TEXT_MAX: usize = 64;

/// A map from codes to text, as `ToUnicode` holds it, and the lengths of codes.
#[derive(Debug, Default)]
pub(super) struct CMap {
    single: HashMap<u32, Box<str>>,
    /// First and last code, and the character of the first.
    ranges: Vec<(u32, u32, u32)>,
    /// Length in bytes, first and last code.
    spaces: Vec<(usize, u32, u32)>,
}

impl CMap {
    pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Self, Unreadable> {
        let mut map = Self::default();
        let mut lexer = Lexer::new(bytes, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(object) = lexer.object(budget)? {
            let Object::Word(word) = &object else {
                operands.push(object);
                continue;
            };
            match &**word {
                "endcodespacerange" => {
                    for pair in operands.as_chunks::<2>().0 {
                        if let [Some((low, length)), Some((high, _))] =
                            [code(&pair[0]), code(&pair[1])]
                        {
                            map.spaces.push((length, low, high));
                        }
                    }
                }
                "endbfchar" => {
                    for pair in operands.as_chunks::<2>().0 {
                        if let (Some((code, _)), Some(text)) = (code(&pair[0]), text(&pair[1])) {
                            budget.keep(1)?;
                            map.single.insert(code, text);
                        }
                    }
                }
                "endbfrange" => {
                    for range in operands.as_chunks::<3>().0 {
                        map.range(range, budget)?;
                    }
                }
                _ => {}
            }
            operands.clear();
        }
        map.ranges.sort_unstable();
        Ok(map)
    }

    fn range(&mut self, range: &[Object; 3], budget: &mut Budget) -> Result<(), Unreadable> {
        let (Some((low, _)), Some((high, _))) = (code(&range[0]), code(&range[1])) else {
            return Ok(());
        };
        match &range[2] {
            Object::Array(list) => {
                for (code, object) in (low..=high).zip(list.iter()) {
                    budget.keep(1)?;
                    if let Some(text) = text(object) {
                        self.single.insert(code, text);
                    }
                }
            }
            object => {
                let Some(text) = text(object) else {
                    return Ok(());
                };
                let mut signs = text.chars();
                match (signs.next(), signs.next()) {
                    (Some(sign), None) => {
                        budget.keep(1)?;
                        self.ranges.push((low, high, u32::from(sign)));
                    }
                    // Several characters: only the last one counts on, and only a little.
                    _ => {
                        self.single.insert(low, text);
                    }
                }
            }
        }
        Ok(())
    }

    /// The text that a code stands for.
    pub(super) fn text(&self, code: u32) -> Option<String> {
        if let Some(text) = self.single.get(&code) {
            return Some(text.to_string());
        }
        let after = self.ranges.partition_point(|(low, _, _)| *low <= code);
        let (low, high, first) = self.ranges.get(after.checked_sub(1)?)?;
        let sign = first.checked_add(code - low).filter(|_| code <= *high)?;
        char::from_u32(sign).map(String::from)
    }

    /// How many bytes the code at the beginning of `bytes` has.
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        let fits = |(length, low, high): &&(usize, u32, u32)| {
            bytes.get(..*length).is_some_and(|bytes| {
                let code = big(bytes);
                (*low..=*high).contains(&code)
            })
        };
        self.spaces.iter().find(fits).map(|(length, _, _)| *length)
    }
}

fn big(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// A code of at most four bytes, and how many it has.
fn code(object: &Object) -> Option<(u32, usize)> {
    let bytes = object.string()?;
    (1..=4)
        .contains(&bytes.len())
        .then(|| (big(bytes), bytes.len()))
}

/// Text in UTF-16, highest byte first.
fn text(object: &Object) -> Option<Box<str>> {
    let bytes = object.string().filter(|bytes| bytes.len() <= TEXT_MAX)?;
    Some(utf16(bytes).into())
}

pub(super) fn utf16(bytes: &[u8]) -> String {
    if let [byte] = bytes {
        return char::from(*byte).to_string();
    }
    let units = bytes.as_chunks::<2>().0.iter();
    let units = units.map(|pair| u16::from_be_bytes(*pair));
    char::decode_utf16(units)
        .map(|sign| sign.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// How the strings of a font are cut into codes, and what these say by themselves.
#[derive(Debug)]
pub(super) enum Coding {
    /// One byte each; what each says.
    Bytes(Box<[Option<char>; 256]>),
    /// Two bytes each, which say nothing by themselves.
    Pairs,
    /// UTF-16: `UniGB-UCS2-H`, `UniGB-UTF16-H` and their like.
    Utf16,
    /// Four bytes each: `UniGB-UTF32-H`.
    Utf32,
    /// A multi-byte encoding of its own: `GBK-EUC-H` and its like.
    Legacy(&'static encoding_rs::Encoding),
    /// Cut as a map in the file says.
    Mapped(CMap),
}

impl Coding {
    /// The predefined encoding of this name (9.7.5.2); none for one that is not known here.
    pub(super) fn named(name: &str) -> Option<Self> {
        let stem = name.strip_suffix("-H").or(name.strip_suffix("-V"))?;
        let stem = stem.strip_suffix("-HW").unwrap_or(stem);
        Some(match stem {
            "Identity" => Self::Pairs,
            _ if stem.starts_with("Uni") => match stem.rsplit_once('-')?.1 {
                "UCS2" | "UTF16" => Self::Utf16,
                "UTF32" => Self::Utf32,
                _ => return None,
            },
            "GB-EUC" | "GBpc-EUC" | "GBK-EUC" | "GBKp-EUC" | "GBK2K" => Self::Legacy(GB18030),
            "B5pc" | "ETen-B5" | "ETenms-B5" => Self::Legacy(BIG5),
            "90ms-RKSJ" | "90msp-RKSJ" | "90pv-RKSJ" => Self::Legacy(SHIFT_JIS),
            _ => return None,
        })
    }

    /// The first code of `bytes`: its value, its length, and what it says by itself.
    pub(super) fn next(&self, bytes: &[u8]) -> (u32, usize, Option<char>) {
        let two = |bytes: &[u8]| bytes.len().min(2);
        match self {
            Self::Bytes(table) => {
                let byte = bytes.first().copied().unwrap_or(0);
                (u32::from(byte), 1, table[usize::from(byte)])
            }
            Self::Pairs => (big(&bytes[..two(bytes)]), two(bytes), None),
            Self::Utf16 => {
                let high = big(&bytes[..two(bytes)]);
                let length = if (0xd800..0xdc00).contains(&high) {
                    4
                } else {
                    2
                };
                let length = bytes.len().min(length);
                let sign = utf16(&bytes[..length]).chars().next();
                (big(&bytes[..length]), length, sign)
            }
            Self::Utf32 => {
                let length = bytes.len().min(4);
                let code = big(&bytes[..length]);
                (code, length, char::from_u32(code))
            }
            Self::Legacy(encoding) => {
                let single = bytes.first().is_none_or(|byte| *byte <= 0x80);
                // The four bytes of GB 18030 have a digit in the second place.
                let four = *encoding == GB18030 && matches!(bytes.get(1), Some(b'0'..=b'9'));
                let length = if single { 1 } else { 2 + 2 * usize::from(four) };
                let length = bytes.len().min(length);
                let code = &bytes[..length];
                let text = encoding.decode_without_bom_handling_and_without_replacement(code);
                (big(code), length, text.and_then(|text| text.chars().next()))
            }
            Self::Mapped(map) => {
                let length = map.length(bytes).unwrap_or_else(|| two(bytes));
                (big(&bytes[..length]), length, None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    /// A code, how many bytes it has, and what it says.
    type First = (u32, usize, Option<char>);

    #[test]
    fn a_map_gives_the_text_of_single_codes_and_ranges() {
        let text = b"1 begincodespacerange <0000> <ffff> endcodespacerange \
            2 beginbfchar <0003> <673a> <0004> <00660069> endbfchar \
            3 beginbfrange <0010> <0012> <5bc6> <0020> <0021> [<0041> <2605>] \
            <0000> <ffffffff> <0061> endbfrange";
        let map = CMap::read(text, &mut Budget::new(Limits::default())).unwrap();
        let cases = [
            (3, Some("机")),
            (4, Some("fi")),
            (0x10, Some("密")),
            (0x20, Some("A")),
            (0x21, Some("★")),
            (0x5, Some("f")),
            (0xffff_ffff, None),
        ];
        for (code, text) in cases {
            assert_eq!(map.text(code).as_deref(), text, "{code:x}");
        }
    }

    #[test]
    fn predefined_encodings_are_cut_and_read() {
        let cases: [(&str, &[u8], First); 7] = [
            ("UniGB-UCS2-H", b"\x67\x3a\x5b\xc6", (0x673a, 2, Some('机'))),
            (
                "UniGB-UTF16-V",
                b"\xd8\x40\xdc\x00",
                (0xd840_dc00, 4, Some('\u{20000}')),
            ),
            ("UniGB-UTF32-H", b"\0\0\x67\x3a", (0x673a, 4, Some('机'))),
            ("GBK-EUC-H", b"\xbb\xfa\xc3\xdc", (0xbbfa, 2, Some('机'))),
            ("GBK-EUC-V", b"A\xbb", (0x41, 1, Some('A'))),
            (
                "GBK2K-H",
                b"\x81\x39\xee\x39",
                (0x8139_ee39, 4, Some('\u{3400}')),
            ),
            ("Identity-H", b"\x01\x02", (0x102, 2, None)),
        ];
        for (name, bytes, expected) in cases {
            let coding = Coding::named(name).unwrap();
            assert_eq!(coding.next(bytes), expected, "{name}");
            // A string that ends in the middle of a code ends there.
            assert!(coding.next(&bytes[..1]).1 <= 1, "{name}");
        }
        for name in ["", "H", "Adobe-GB1-UCS2", "UniGB-UTF8-H", "Foo-H"] {
            assert!(Coding::named(name).is_none(), "{name}");
        }
    }
}
