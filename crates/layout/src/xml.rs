//! XML as a tree: without document types, without entities of its own, within limits (attack E3).

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::Unreadable;
use crate::limits::Budget;

/// Elements in elements.
const DEPTH_MAX: usize = 64;
/// Elements and attributes of one part, so that a tree stays in bounds.
const ITEMS_MAX: usize = 400_000;
/// Attributes of one element; names are compared pair by pair.
const ATTRIBUTES_MAX: usize = 256;

/// A document. Names are without their prefixes: real files choose prefixes freely.
#[derive(Debug, Default)]
pub struct Xml {
    nodes: Vec<Node>,
    attributes: usize,
}

#[derive(Debug, Default)]
struct Node {
    name: Box<str>,
    attributes: Vec<(Box<str>, Box<str>)>,
    text: String,
    /// The first child, the next sibling, and the last child while reading; 0 is none, since the
    /// root is no child.
    child: usize,
    next: usize,
    last: usize,
}

/// Where the content of an element stands in the bytes of its part: what is between its two tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) at: Range<usize>,
    /// The prefix of the element's name, with its colon; empty where it has none.
    pub(crate) prefix: String,
}

/// Finds the content of the first element with these names from the outermost in. None where there
/// is none, where it is one tag, and where the part is not UTF-8, whose bytes can be counted.
pub(crate) fn content(bytes: &[u8], path: &[&str]) -> Option<Content> {
    let Some(Cow::Borrowed(text)) = decode(bytes) else {
        return None;
    };
    let mark = bytes.len() - text.len();
    let mut reader = Reader::from_str(text);
    // How many elements are open, and how many of them, from the outermost in, are on the path.
    let (mut open, mut on_path) = (0, 0);
    let mut found: Option<Content> = None;
    loop {
        let before = mark + usize::try_from(reader.buffer_position()).ok()?;
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let is_next = open == on_path
                    && path
                        .get(open)
                        .is_some_and(|name| start.local_name().as_ref() == *name);
                open += 1;
                if is_next && found.is_none() {
                    on_path += 1;
                    if on_path == path.len() {
                        let name: &str = start.name().0;
                        let prefix = name
                            .rsplit_once(':')
                            .map(|(prefix, _)| format!("{prefix}:"));
                        let after = mark + usize::try_from(reader.buffer_position()).ok()?;
                        found = Some(Content {
                            at: after..after,
                            prefix: prefix.unwrap_or_default(),
                        });
                    }
                }
            }
            Event::End(_) => {
                if let Some(mut content) = found.take_if(|_| open == path.len()) {
                    content.at.end = before;
                    let is_tag = bytes.get(before..)?.starts_with(b"</");
                    return Some(content).filter(|_| is_tag);
                }
                open = usize::checked_sub(open, 1)?;
                on_path = on_path.min(open);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'x> {
    xml: &'x Xml,
    at: usize,
}

impl Xml {
    /// Reads the part with this name.
    pub(crate) fn read(part: &str, bytes: &[u8], budget: &mut Budget) -> Result<Self, Unreadable> {
        let bad = || Unreadable::Xml(part.into());
        let text = decode(bytes).ok_or_else(bad)?;
        let mut reader = Reader::from_str(&text);
        let mut xml = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut items = 0;
        loop {
            match reader.read_event().map_err(|_| bad())? {
                Event::Start(start) => {
                    open.push(xml.push(&start, open.last().copied()).ok_or_else(bad)?);
                }
                Event::Empty(start) => {
                    xml.push(&start, open.last().copied()).ok_or_else(bad)?;
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => xml.text(&open, &text.xml10_content()),
                Event::CData(text) => xml.text(&open, &text.xml10_content()),
                Event::GeneralRef(name) => {
                    let sign = match name.resolve_char_ref() {
                        Ok(Some(sign)) => Some(sign),
                        Ok(None) => predefined(&name.xml10_content()),
                        Err(_) => None,
                    };
                    let sign = sign.ok_or_else(bad)?;
                    xml.text(&open, sign.encode_utf8(&mut [0; 4]));
                }
                Event::DocType(_) => return Err(Unreadable::Doctype(part.into())),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
            // Attributes cost as much as elements do.
            budget.work(1 + xml.items() - items)?;
            items = xml.items();
            if open.len() > DEPTH_MAX || xml.items() > ITEMS_MAX {
                return Err(Unreadable::TooMuch);
            }
        }
        if open.is_empty() && !xml.nodes.is_empty() {
            Ok(xml)
        } else {
            Err(bad())
        }
    }

    /// The outermost element.
    pub const fn root(&self) -> Element<'_> {
        Element { xml: self, at: 0 }
    }

    /// The element that [`Element::place`] told the place of.
    pub const fn element(&self, place: usize) -> Element<'_> {
        Element {
            xml: self,
            at: place,
        }
    }

    /// Elements and attributes.
    pub(crate) const fn items(&self) -> usize {
        self.nodes.len() + self.attributes
    }

    fn push(&mut self, start: &BytesStart, parent: Option<usize>) -> Option<usize> {
        // A second element beside the root is no document.
        if parent.is_none() && !self.nodes.is_empty() {
            return None;
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.ok()?;
            let name: Box<str> = attribute.key.as_ref().into();
            let twice = attributes.iter().any(|(known, _)| *known == name);
            if twice || attributes.len() >= ATTRIBUTES_MAX {
                return None;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            attributes.push((name, value.into()));
        }
        let at = self.nodes.len();
        self.attributes += attributes.len();
        self.nodes.push(Node {
            name: start.local_name().as_ref().into(),
            attributes,
            ..Node::default()
        });
        if let Some(parent) = parent {
            let before = std::mem::replace(&mut self.nodes[parent].last, at);
            if before == 0 {
                self.nodes[parent].child = at;
            } else {
                self.nodes[before].next = at;
            }
        }
        Some(at)
    }

    fn text(&mut self, open: &[usize], text: &str) {
        if let Some(at) = open.last() {
            self.nodes[*at].text.push_str(text);
        }
    }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// The text of the part: UTF-8, UTF-16 with its mark, or the GB encoding that it declares.
fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let whole = |encoding: &'static encoding_rs::Encoding, bytes| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        [0xff, 0xfe, rest @ ..] => whole(UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => whole(UTF_16BE, rest),
        _ => {
            let head = &bytes[..bytes.len().min(120)];
            let head = String::from_utf8_lossy(head).to_ascii_lowercase();
            let head = head.split("?>").next().unwrap_or_default();
            let gb = ["gb2312", "gbk", "gb18030"]
                .iter()
                .any(|name| head.contains(name));
            if gb {
                whole(GB18030, bytes)
            } else {
                std::str::from_utf8(bytes).ok().map(Cow::Borrowed)
            }
        }
    }
}

impl<'x> Element<'x> {
    fn node(self) -> &'x Node {
        &self.xml.nodes[self.at]
    }

    /// Where it stands in its document.
    pub const fn place(self) -> usize {
        self.at
    }

    /// The name without its prefix.
    pub fn name(self) -> &'x str {
        &self.node().name
    }

    /// The value of an attribute; with a prefix only where the name asked for has it.
    pub fn attribute(self, name: &str) -> Option<&'x str> {
        let found = self
            .node()
            .attributes
            .iter()
            .find(|(known, _)| &**known == name);
        found.map(|(_, value)| &**value)
    }

    /// Names, with their prefixes, and values of all attributes.
    pub fn attributes(self) -> impl Iterator<Item = (&'x str, &'x str)> {
        let attributes = self.node().attributes.iter();
        attributes.map(|(name, value)| (&**name, &**value))
    }

    /// The text directly inside, without that of inner elements.
    pub fn text(self) -> &'x str {
        &self.node().text
    }

    /// The text directly inside without blanks around it; none if that is empty.
    pub fn word(self) -> Option<&'x str> {
        Some(self.text().trim()).filter(|text| !text.is_empty())
    }

    /// The elements directly inside.
    pub fn children(self) -> impl Iterator<Item = Element<'x>> {
        let xml = self.xml;
        let first = self.node().child;
        std::iter::successors((first != 0).then_some(first), move |at| {
            let next = xml.nodes[*at].next;
            (next != 0).then_some(next)
        })
        .map(move |at| Element { xml, at })
    }

    /// The elements directly inside with this name.
    pub fn all(self, name: &'static str) -> impl Iterator<Item = Element<'x>> {
        self.children()
            .filter(move |element| element.name() == name)
    }

    /// The first element directly inside with this name.
    pub fn child(self, name: &'static str) -> Option<Element<'x>> {
        self.all(name).next()
    }

    /// This element and all inside, in the order of the document.
    pub fn tree(self) -> Vec<Element<'x>> {
        let mut all = Vec::new();
        let mut open = vec![self];
        while let Some(element) = open.pop() {
            all.push(element);
            let inside: Vec<_> = element.children().collect();
            open.extend(inside.into_iter().rev());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &[&str] = &["OFD", "DocBody"];

    fn inside(bytes: &[u8]) -> Option<(&[u8], String)> {
        content(bytes, PATH).map(|found| (&bytes[found.at], found.prefix))
    }

    #[test]
    fn the_content_of_an_element_is_found_in_the_bytes() {
        let cases = [
            ("<OFD><DocBody>x</DocBody></OFD>", "x", ""),
            (
                "\u{feff}<o:OFD>\n<o:DocBody a='>'><b/></o:DocBody >\n</o:OFD>",
                "<b/>",
                "o:",
            ),
            (
                "<OFD><!-- </DocBody> --><A><DocBody>no</DocBody></A>\
                 <DocBody><![CDATA[</DocBody>]]></DocBody></OFD>",
                "<![CDATA[</DocBody>]]>",
                "",
            ),
            (
                "<OFD><DocBody><DocBody>x</DocBody>密</DocBody></OFD>",
                "<DocBody>x</DocBody>密",
                "",
            ),
            ("<OFD><DocBody/><DocBody>2</DocBody></OFD>", "2", ""),
        ];
        for (text, content, prefix) in cases {
            let found = inside(text.as_bytes());
            assert_eq!(
                found,
                Some((content.as_bytes(), prefix.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn what_has_no_place_to_write_into_is_none() {
        let utf16: Vec<u8> = "\u{feff}<OFD><DocBody>x</DocBody></OFD>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let cases: [&[u8]; 8] = [
            b"",
            b"<OFD/>",
            b"<OFD><DocBody/></OFD>",
            b"<OFD><DocBody>x</DocBodyy></OFD>",
            b"<OFD><DocBody>x",
            b"<OFD><A><DocBody>x</DocBody></A></OFD>",
            b"<OFD><DocBody>\xff</DocBody></OFD>",
            &utf16,
        ];
        for bytes in cases {
            assert_eq!(
                content(bytes, PATH),
                None,
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
