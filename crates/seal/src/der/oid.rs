//! Object identifiers (X.690, 8.19).

use core::fmt;

/// The most bytes of an object identifier.
const BYTES_MAX: usize = 32;

/// An object identifier, kept as the bytes of its encoding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Vec<u8>);

impl Oid {
    /// Reads the content of an encoding: arcs in their shortest form, each at most `u32::MAX`.
    pub(crate) fn from_content(content: &[u8]) -> Option<Self> {
        let ends = content.last().is_some_and(|last| *last < 0x80);
        let mut arc = 0_u64;
        let mut begins = true;
        for byte in content {
            if begins && *byte == 0x80 {
                return None;
            }
            arc = arc << 7 | u64::from(*byte & 0x7f);
            if arc > u64::from(u32::MAX) + 80 {
                return None;
            }
            begins = *byte < 0x80;
            if begins {
                arc = 0;
            }
        }
        (ends && content.len() <= BYTES_MAX).then(|| Self(content.to_vec()))
    }

    /// Reads numbers with dots between them, as in `1.2.156.10197.1.501`; none where it is not one.
    pub fn parse(dotted: &str) -> Option<Self> {
        let number = |text: &str| {
            let plain = text == "0" || !text.starts_with(['0', '+']);
            plain.then(|| text.parse::<u32>().ok()).flatten()
        };
        let arcs: Option<Vec<u32>> = dotted.split('.').map(number).collect();
        let arcs = arcs?;
        let [first, second, rest @ ..] = arcs.as_slice() else {
            return None;
        };
        if *first > 2 || (*first < 2 && *second > 39) {
            return None;
        }
        let mut content = Vec::new();
        push(&mut content, u64::from(*first) * 40 + u64::from(*second));
        for arc in rest {
            push(&mut content, u64::from(*arc));
        }
        Self::from_content(&content)
    }

    /// The content of its encoding.
    pub(crate) fn content(&self) -> &[u8] {
        &self.0
    }
}

/// Appends an arc, seven bits at a time.
fn push(content: &mut Vec<u8>, arc: u64) {
    let groups = (0..5_u32).rev().map(|group| arc >> (7 * group));
    let mut groups = groups.skip_while(|rest| *rest == 0).peekable();
    if groups.peek().is_none() {
        content.push(0);
    }
    while let Some(rest) = groups.next() {
        let low = rest.to_le_bytes()[0] & 0x7f;
        content.push(if groups.peek().is_some() {
            low | 0x80
        } else {
            low
        });
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u64;
        let mut is_first = true;
        for byte in &self.0 {
            arc = arc << 7 | u64::from(*byte & 0x7f);
            if *byte >= 0x80 {
                continue;
            }
            if is_first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, is_first) = (0, false);
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}
