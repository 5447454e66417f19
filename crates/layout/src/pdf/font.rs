//! Fonts: what the codes of a string say, and how wide they are (ISO 32000-1, 9.6 to 9.10).

use std::collections::HashMap;

use encoding_rs::{MACINTOSH, WINDOWS_1252};

use super::cmap::{CMap, Coding};
use super::file::File;
use super::object::{Dict, Object};
use crate::Unreadable;
use crate::limits::Budget;
use crate::page::is_wide;

/// The flag of a font whose codes have a meaning of their own.
const SYMBOLIC: usize = 4;

/// A font, as far as its text is concerned.
#[derive(Debug)]
pub(super) struct Font {
    coding: Coding,
    unicode: Option<CMap>,
    /// Widths in ems, by code.
    widths: HashMap<u32, f64>,
    /// The width of a code without one; where the codes say what they are, that decides.
    otherwise: Option<f64>,
    pub(super) vertical: bool,
}

/// One code of a string.
pub(super) struct Shown {
    pub(super) text: String,
    /// In ems.
    pub(super) width: f64,
    /// How many bytes it has.
    pub(super) length: usize,
    pub(super) is_blank_byte: bool,
    /// The font says two different things about it.
    pub(super) doubtful: bool,
}

impl Font {
    pub(super) fn load(
        file: &mut File,
        dict: &Dict,
        budget: &mut Budget,
    ) -> Result<Self, Unreadable> {
        let unicode = match file.get(dict, "ToUnicode", budget)? {
            stream @ Object::Stream(..) => {
                let bytes = file.decoded(&stream, budget)?;
                Some(CMap::read(&bytes, budget)?)
            }
            _ => None,
        };
        if dict.get("Subtype").name() == Some("Type0") {
            Self::composite(file, dict, unicode, budget)
        } else {
            Self::simple(file, dict, unicode, budget)
        }
    }

    fn composite(
        file: &mut File,
        dict: &Dict,
        unicode: Option<CMap>,
        budget: &mut Budget,
    ) -> Result<Self, Unreadable> {
        let encoding = file.get(dict, "Encoding", budget)?;
        let mut vertical = false;
        let coding = match &encoding {
            Object::Name(name) => {
                vertical = name.ends_with("-V");
                // An encoding that is not known here says nothing: its letters are unknown.
                Coding::named(name).unwrap_or(Coding::Pairs)
            }
            Object::Stream(own, _) => {
                vertical = own.get("WMode").index() == Some(1);
                let bytes = file.decoded(&encoding, budget)?;
                Coding::Mapped(CMap::read(&bytes, budget)?)
            }
            _ => Coding::Pairs,
        };
        let below = file.list(dict.get("DescendantFonts"), budget)?;
        let below = below.first().and_then(Object::dict).cloned();
        let below = below.unwrap_or_default();
        let default = file.get(&below, "DW", budget)?.number().unwrap_or(1_000.0);
        let mut font = Self {
            widths: HashMap::new(),
            otherwise: Some(default / 1_000.0),
            vertical,
            coding,
            unicode,
        };
        if matches!(font.coding, Coding::Pairs) {
            font.widths = composite_widths(file, &below, budget)?;
        } else if !matches!(font.coding, Coding::Mapped(_)) {
            // Widths are kept by glyph, and glyphs are not known here; the letters are.
            font.otherwise = None;
        }
        Ok(font)
    }

    fn simple(
        file: &mut File,
        dict: &Dict,
        unicode: Option<CMap>,
        budget: &mut Budget,
    ) -> Result<Self, Unreadable> {
        let table = simple_table(file, dict, budget)?;
        let first = file.get(dict, "FirstChar", budget)?.index().unwrap_or(0);
        let unit = match file.get(dict, "FontMatrix", budget)?.array() {
            Some([a, ..]) => a.number().unwrap_or(0.001),
            _ => 0.001,
        };
        let mut widths = HashMap::new();
        for (place, width) in file.list(dict.get("Widths"), budget)?.iter().enumerate() {
            if let (Ok(code), Some(width)) = (u32::try_from(first + place), width.number()) {
                widths.insert(code, width * unit);
            }
        }
        Ok(Self {
            coding: Coding::Bytes(table),
            unicode,
            widths,
            otherwise: Some(0.5),
            vertical: false,
        })
    }

    /// The first code of `bytes`, which must not be empty.
    pub(super) fn next(&self, bytes: &[u8]) -> Shown {
        let (code, length, own) = self.coding.next(bytes);
        let mapped = self.unicode.as_ref().and_then(|map| map.text(code));
        let told = own.map(String::from);
        // What a predefined encoding says is what is shown; a map may only repeat it.
        let certain = matches!(
            self.coding,
            Coding::Utf16 | Coding::Utf32 | Coding::Legacy(_)
        );
        let differ = matches!((&told, &mapped), (Some(told), Some(mapped)) if told != mapped);
        let text = if certain {
            told.or(mapped)
        } else {
            mapped.or(told)
        };
        let text = text.unwrap_or_else(|| char::REPLACEMENT_CHARACTER.to_string());
        let natural = || match text.chars().next() {
            Some(sign) if is_wide(sign) => 1.0,
            _ => 0.5,
        };
        let width = self.widths.get(&code).copied().or(self.otherwise);
        Shown {
            width: width.unwrap_or_else(natural),
            length: length.max(1),
            is_blank_byte: length == 1 && code == 32,
            doubtful: certain && differ,
            text,
        }
    }
}

/// The array `W`: `first [w w w]` or `first last w`.
fn composite_widths(
    file: &mut File,
    below: &Dict,
    budget: &mut Budget,
) -> Result<HashMap<u32, f64>, Unreadable> {
    let list = file.list(below.get("W"), budget)?;
    let mut widths = HashMap::new();
    let mut rest = &list[..];
    let code = |object: &Object| object.index().and_then(|code| u32::try_from(code).ok());
    while let [first, second, after @ ..] = rest {
        let Some(first) = code(first) else { break };
        if let Some(each) = second.array() {
            budget.keep(each.len() as u64)?;
            for (code, width) in (first..).zip(each) {
                if let Some(width) = width.number() {
                    widths.insert(code, width / 1_000.0);
                }
            }
            rest = after;
        } else {
            let (Some(last), Some((width, after))) = (code(second), after.split_first()) else {
                break;
            };
            let last = last.min(0xffff);
            budget.keep(u64::from(last.saturating_sub(first)))?;
            if let Some(width) = width.number() {
                widths.extend((first..=last).map(|code| (code, width / 1_000.0)));
            }
            rest = after;
        }
    }
    Ok(widths)
}

/// What each byte says in a simple font.
fn simple_table(
    file: &mut File,
    dict: &Dict,
    budget: &mut Budget,
) -> Result<Box<[Option<char>; 256]>, Unreadable> {
    let encoding = file.get(dict, "Encoding", budget)?;
    let described = file.get(dict, "FontDescriptor", budget)?;
    let described = described.dict().cloned().unwrap_or_default();
    let flags = file.get(&described, "Flags", budget)?.index().unwrap_or(0);
    let embedded = ["FontFile", "FontFile2", "FontFile3"]
        .iter()
        .any(|key| described.has(key));
    let base = match &encoding {
        Object::Name(name) => Some(name.to_string()),
        Object::Dict(own) => own.get("BaseEncoding").name().map(str::to_owned),
        _ => None,
    };
    let type3 = dict.get("Subtype").name() == Some("Type3");
    // Without an encoding, the codes of an embedded symbolic font are its own.
    let own_codes = base.is_none() && (flags & SYMBOLIC != 0 && embedded || type3);
    let mut table: Box<[Option<char>; 256]> = Box::new([None; 256]);
    if !own_codes {
        let letters = match base.as_deref() {
            Some("MacRomanEncoding") => MACINTOSH,
            _ => WINDOWS_1252,
        };
        for byte in 0x20..=u8::MAX {
            let text = letters
                .decode_without_bom_handling(&[byte])
                .0
                .chars()
                .next();
            table[usize::from(byte)] = text;
        }
    }
    if let Object::Dict(own) = &encoding {
        let mut code = 0;
        for object in file.list(own.get("Differences"), budget)? {
            if let Some(at) = object.index() {
                code = at;
            } else if let (Some(name), Some(place)) = (object.name(), table.get_mut(code)) {
                *place = named(name);
                code += 1;
            }
        }
    }
    Ok(table)
}

/// Common names of glyphs (Adobe Glyph List).
const NAMES: &[(&str, char)] = &[
    ("space", ' '),
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("period", '.'),
    ("comma", ','),
    ("colon", ':'),
    ("semicolon", ';'),
    ("hyphen", '-'),
    ("endash", '–'),
    ("emdash", '—'),
    ("parenleft", '('),
    ("parenright", ')'),
    ("bracketleft", '['),
    ("bracketright", ']'),
    ("slash", '/'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("percent", '%'),
    ("underscore", '_'),
    ("quotesingle", '\''),
    ("quotedbl", '"'),
    ("exclam", '!'),
    ("question", '?'),
    ("at", '@'),
    ("equal", '='),
    ("ampersand", '&'),
    ("bullet", '•'),
    ("fi", '\u{fb01}'),
    ("fl", '\u{fb02}'),
    ("ff", '\u{fb00}'),
    ("ffi", '\u{fb03}'),
    ("ffl", '\u{fb04}'),
    ("quoteright", '’'),
    ("quoteleft", '‘'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("grave", '`'),
    ("less", '<'),
    ("greater", '>'),
    ("braceleft", '{'),
    ("braceright", '}'),
    ("bar", '|'),
    ("backslash", '\\'),
    ("asciitilde", '~'),
    ("asciicircum", '^'),
    ("circumflex", 'ˆ'),
    ("dollar", '$'),
    ("numbersign", '#'),
    ("copyright", '©'),
    ("registered", '®'),
    ("section", '§'),
    ("degree", '°'),
    ("multiply", '×'),
    ("minus", '−'),
    ("plusminus", '±'),
    ("periodcentered", '·'),
    ("ellipsis", '…'),
    ("dotlessi", 'ı'),
    ("nbspace", ' '),
];

/// The character of a glyph's name: `uni673A`, `u2605`, `a`, or one of the common names.
fn named(name: &str) -> Option<char> {
    let stem = name.split('.').next()?;
    let hex = stem.strip_prefix("uni").filter(|hex| hex.len() == 4);
    let hex = hex.or_else(|| {
        stem.strip_prefix('u')
            .filter(|hex| (4..=6).contains(&hex.len()))
    });
    if let Some(code) = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        return char::from_u32(code);
    }
    let mut signs = stem.chars();
    if let (Some(sign), None) = (signs.next(), signs.next()) {
        return Some(sign);
    }
    let found = NAMES.iter().find(|(known, _)| *known == stem);
    found.map(|(_, sign)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyph_names_are_read_and_others_are_unknown() {
        for (name, sign) in [
            ("uni673A", Some('机')),
            ("u2605", Some('★')),
            ("uni5BC6.alt", Some('密')),
            ("seven", Some('7')),
            ("A", Some('A')),
            ("g123", None),
            ("uniD800", None),
            ("cid01234", None),
            ("", None),
        ] {
            assert_eq!(named(name), sign, "{name}");
        }
    }
}
