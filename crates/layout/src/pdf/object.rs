//! Objects of a PDF (ISO 32000-1, 7.3) and how they are written.

use core::ops::Range;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::Unreadable;
use crate::limits::Budget;

/// Arrays and dictionaries in each other.
const NESTED_MAX: usize = 64;

/// Elements of an array, or keys of a dictionary.
const ELEMENTS_MAX: usize = 400_000;

/// An object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Object {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    String(Rc<[u8]>),
    Name(Rc<str>),
    Array(Rc<[Object]>),
    Dict(Rc<Dict>),
    /// A dictionary, and where the bytes that it describes lie in the file.
    Stream(Rc<Dict>, Range<usize>),
    Ref(u32),
    /// A word that is none of these: an operator, or the end of something.
    Word(Rc<str>),
}

/// A dictionary. A key that stands twice has its last value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dict(pub(super) BTreeMap<Rc<str>, Object>);

impl Dict {
    pub(super) fn get(&self, key: &str) -> &Object {
        self.0.get(key).unwrap_or(&Object::Null)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

impl Object {
    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts or points at something.
    pub(super) fn index(&self) -> Option<usize> {
        let number = self.number()?;
        let whole = number.fract() == 0.0 && (0.0..=4e9).contains(&number);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and in range"
        )]
        whole.then_some(number as usize)
    }

    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn string(&self) -> Option<&[u8]> {
        match self {
            Self::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(list) => Some(list),
            _ => None,
        }
    }

    /// The dictionary, also of a stream.
    pub(super) fn dict(&self) -> Option<&Rc<Dict>> {
        match self {
            Self::Dict(dict) | Self::Stream(dict, _) => Some(dict),
            _ => None,
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if &**own == word)
    }
}

/// Reads objects from bytes.
pub(super) struct Lexer<'b> {
    bytes: &'b [u8],
    pub(super) at: usize,
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'b> Lexer<'b> {
    pub(super) const fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes on to what is neither blank nor a comment.
    pub(super) fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| !matches!(byte, 10 | 13)) {
                    self.at += 1;
                }
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// The next object, references resolved to [`Object::Ref`]; none at the end of the bytes.
    pub(super) fn object(&mut self, budget: &mut Budget) -> Result<Option<Object>, Unreadable> {
        self.nested(0, budget)
    }

    /// Reads the next object, which must be there.
    pub(super) fn expect(&mut self, budget: &mut Budget) -> Result<Object, Unreadable> {
        self.object(budget)?.ok_or(Unreadable::Damaged("PDF"))
    }

    /// Walks over the dictionary that begins here to behind its end: its keys, and where their
    /// values stand.
    pub(super) fn entries(
        &mut self,
        budget: &mut Budget,
    ) -> Result<Vec<(String, Range<usize>)>, Unreadable> {
        let bad = || Unreadable::Damaged("PDF");
        self.blanks();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(b"<<") {
            return Err(bad());
        }
        self.at += 2;
        let mut found = Vec::new();
        loop {
            let key = self.expect(budget)?;
            if key.is_word(">>") {
                return Ok(found);
            }
            let key = key.name().ok_or_else(bad)?.to_owned();
            self.blanks();
            let from = self.at;
            if matches!(self.expect(budget)?, Object::Word(_)) || found.len() > ELEMENTS_MAX {
                return Err(bad());
            }
            found.push((key, from..self.at));
        }
    }

    /// Reads a word that must stand here.
    pub(super) fn word(&mut self, word: &str, budget: &mut Budget) -> Result<(), Unreadable> {
        if self.expect(budget)?.is_word(word) {
            Ok(())
        } else {
            Err(Unreadable::Damaged("PDF"))
        }
    }

    fn nested(&mut self, depth: usize, budget: &mut Budget) -> Result<Option<Object>, Unreadable> {
        budget.work(1)?;
        if depth > NESTED_MAX {
            return Err(Unreadable::TooMuch);
        }
        self.blanks();
        let Some(byte) = self.peek() else {
            return Ok(None);
        };
        let object = match byte {
            b'(' => self.literal(budget)?,
            b'/' => {
                self.at += 1;
                Object::Name(self.name().into())
            }
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                self.dict(depth, budget)?
            }
            b'<' => self.hexadecimal(budget)?,
            b'[' => {
                self.at += 1;
                let mut list = Vec::new();
                while let Some(object) = self.nested(depth + 1, budget)? {
                    if object.is_word("]") {
                        return Ok(Some(Object::Array(list.into())));
                    }
                    list.push(object);
                    if list.len() > ELEMENTS_MAX {
                        return Err(Unreadable::TooMuch);
                    }
                }
                return Err(Unreadable::Damaged("PDF"));
            }
            b'>' if self.bytes.get(self.at + 1) == Some(&b'>') => {
                self.at += 2;
                Object::Word(">>".into())
            }
            b']' | b'{' | b'}' | b')' | b'>' => {
                self.at += 1;
                Object::Word(char::from(byte).to_string().into())
            }
            _ => self.regular(),
        };
        Ok(Some(object))
    }

    fn token(&mut self) -> &'b [u8] {
        let from = self.at;
        let regular = |byte: &u8| !is_blank(*byte) && !is_delimiter(*byte);
        let length = self.bytes[from..]
            .iter()
            .take_while(|byte| regular(byte))
            .count();
        self.at = from + length;
        &self.bytes[from..self.at]
    }

    fn name(&mut self) -> String {
        let token = self.token();
        let mut bytes = Vec::with_capacity(token.len());
        let mut rest = token;
        while let [byte, after @ ..] = rest {
            rest = after;
            let hex = after.get(..2).filter(|_| *byte == b'#');
            let code =
                hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            match code {
                Some(code) => {
                    bytes.push(code);
                    rest = &after[2..];
                }
                None => bytes.push(*byte),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A number, a reference, a boolean, or a word.
    fn regular(&mut self) -> Object {
        let token = self.token();
        if let Some(number) = number(token) {
            let after = self.at;
            if let Some(reference) = self.reference(token) {
                return reference;
            }
            self.at = after;
            return Object::Number(number);
        }
        match token {
            b"null" => Object::Null,
            b"true" => Object::Bool(true),
            b"false" => Object::Bool(false),
            word => Object::Word(String::from_utf8_lossy(word).into()),
        }
    }

    /// `7 0 R`, whose first number was read.
    fn reference(&mut self, first: &[u8]) -> Option<Object> {
        let whole = |token: &[u8]| -> Option<u32> {
            let digits = !token.is_empty() && token.iter().all(u8::is_ascii_digit);
            std::str::from_utf8(token)
                .ok()
                .filter(|_| digits)?
                .parse()
                .ok()
        };
        let number = whole(first)?;
        self.blanks();
        whole(self.token())?;
        self.blanks();
        (self.token() == b"R").then_some(Object::Ref(number))
    }

    fn dict(&mut self, depth: usize, budget: &mut Budget) -> Result<Object, Unreadable> {
        let mut dict = Dict::default();
        loop {
            match self.nested(depth + 1, budget)? {
                Some(Object::Name(key)) => {
                    let value = self.nested(depth + 1, budget)?;
                    let value = value.ok_or(Unreadable::Damaged("PDF"))?;
                    if value.is_word(">>") {
                        return Ok(Object::Dict(Rc::new(dict)));
                    }
                    dict.0.insert(key, value);
                    if dict.0.len() > ELEMENTS_MAX {
                        return Err(Unreadable::TooMuch);
                    }
                }
                Some(object) if object.is_word(">>") => return Ok(Object::Dict(Rc::new(dict))),
                _ => return Err(Unreadable::Damaged("PDF")),
            }
        }
    }

    fn hexadecimal(&mut self, budget: &mut Budget) -> Result<Object, Unreadable> {
        self.at += 1;
        let mut bytes = Vec::new();
        let mut high = None;
        loop {
            let byte = self.peek().ok_or(Unreadable::Damaged("PDF"))?;
            self.at += 1;
            let digit = match byte {
                b'>' => break,
                blank if is_blank(blank) => continue,
                digit => char::from(digit)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
                    .ok_or(Unreadable::Damaged("PDF"))?,
            };
            match high.take() {
                None => high = Some(digit << 4),
                Some(high) => bytes.push(high | digit),
            }
        }
        bytes.extend(high);
        budget.work(bytes.len() / 8)?;
        Ok(Object::String(bytes.into()))
    }

    fn literal(&mut self, budget: &mut Budget) -> Result<Object, Unreadable> {
        self.at += 1;
        let mut bytes = Vec::new();
        let mut open = 1_usize;
        loop {
            let byte = self.peek().ok_or(Unreadable::Damaged("PDF"))?;
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => {
                    self.escape(&mut bytes);
                    continue;
                }
                _ => {}
            }
            if open == 0 {
                break;
            }
            bytes.push(byte);
        }
        budget.work(bytes.len() / 8)?;
        Ok(Object::String(bytes.into()))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u16::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    self.at += 1;
                    code = code * 8 + u16::from(digit - b'0');
                }
                bytes.push(code.to_le_bytes()[0]);
            }
            other => bytes.push(other),
        }
    }
}

/// A number as PDF writes it: no exponent, no name of a number.
fn number(token: &[u8]) -> Option<f64> {
    let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.');
    if token.is_empty() || token.len() > 40 || !token.iter().all(plain) {
        return None;
    }
    std::str::from_utf8(token).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn read(text: &str) -> Result<Option<Object>, Unreadable> {
        let mut budget = Budget::new(Limits::default());
        Lexer::new(text.as_bytes(), 0).object(&mut budget)
    }

    #[test]
    fn objects_are_read_as_they_are_written() {
        let string = |text: &str| Object::String(text.as_bytes().into());
        let cases = [
            (" %note\n 12", Object::Number(12.0)),
            ("-.5", Object::Number(-0.5)),
            ("12 0 R", Object::Ref(12)),
            ("12 0 obj", Object::Number(12.0)),
            (r"(a\(b\)(c)\101\n\\)", string("a(b)(c)A\n\\")),
            ("<61 6>", string("a`")),
            ("/A#42c", Object::Name("ABc".into())),
            ("true", Object::Bool(true)),
            ("BT", Object::Word("BT".into())),
            (
                "[1[]]",
                Object::Array([Object::Number(1.0), Object::Array([].into())].into()),
            ),
        ];
        for (text, object) in cases {
            assert_eq!(read(text), Ok(Some(object)), "{text}");
        }
        let Ok(Some(Object::Dict(dict))) = read("<</A 1/B<</C(x)>>/A 2>>") else {
            panic!("no dictionary");
        };
        assert_eq!(dict.get("A"), &Object::Number(2.0));
        assert_eq!(dict.get("B").dict().unwrap().get("C"), &string("x"));
    }

    #[test]
    fn e2_what_does_not_end_or_nests_without_end_is_refused() {
        for text in ["(a", "<61", "<6x>", "[1", "<</A", "<</A 1", "<<1 2>>"] {
            assert_eq!(read(text), Err(Unreadable::Damaged("PDF")), "{text}");
        }
        for text in ["[".repeat(100_000), "<</A".repeat(100_000)] {
            assert_eq!(read(&text), Err(Unreadable::TooMuch));
        }
        assert_eq!(read("  % only a note"), Ok(None));
    }
}
