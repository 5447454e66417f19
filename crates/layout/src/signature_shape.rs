//! What a signature's bytes are, by their shape (DER, or the BER of older products).

use crate::contents::SignatureKind;

const INTEGER: u8 = 0x02;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The fields of one value, each with its tag and content.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut fields = Vec::new();
    while let [tag, rest @ ..] = bytes {
        if fields.len() >= 16 {
            return None;
        }
        let (length, rest) = length(rest)?;
        fields.push((*tag, rest.get(..length)?));
        bytes = rest.get(length..)?;
    }
    Some(fields)
}

/// A length, and what is behind it.
pub(crate) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(first & 0x7f);
    let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
    let length = digits
        .iter()
        .fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
    Some((length, rest.get(count..)?))
}

fn inside<'b>(field: Option<&(u8, &'b [u8])>) -> Option<Vec<(u8, &'b [u8])>> {
    let (tag, content) = field?;
    (*tag == SEQUENCE).then(|| fields(content))?
}

/// What a signed value is, and the generation of a seal's: told by its number of fields and never
/// by the version alone, since a real v1 file says 2 there.
pub(crate) fn shape(bytes: &[u8]) -> (SignatureKind, Option<&'static str>) {
    let bare = (SignatureKind::Bare, None);
    // Padding after the value: a PDF keeps room for it.
    let Some((length, rest)) = bytes.get(1..).and_then(length) else {
        return bare;
    };
    let Some(value) = rest
        .get(..length)
        .filter(|_| bytes.first() == Some(&SEQUENCE))
        .and_then(fields)
    else {
        return bare;
    };
    match value.first() {
        Some((INTEGER, _)) if value.len() == 2 => bare,
        Some((OBJECT, _)) => (SignatureKind::Gbt35275, None),
        Some((SEQUENCE, _)) => {
            let generation = match value.len() {
                2 => Some("v1"),
                4 | 5 if version(&value) == Some(5) => Some("v5"),
                4 | 5 => Some("v4"),
                _ => None,
            };
            (SignatureKind::Ses, generation)
        }
        _ => bare,
    }
}

/// The version in the header of the seal that was set.
fn version(value: &[(u8, &[u8])]) -> Option<u8> {
    let signed = inside(value.first())?;
    let seal = inside(signed.get(1))?;
    let info = inside(seal.first())?;
    let header = inside(info.first())?;
    match header.get(1)? {
        (INTEGER, [version]) => Some(*version),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Shape = (SignatureKind, Option<&'static str>);

    #[test]
    fn a_value_is_known_by_its_shape() {
        let cases: [(&[u8], Shape); 7] = [
            (&[], (SignatureKind::Bare, None)),
            (&[7; 64], (SignatureKind::Bare, None)),
            (&[0x30, 6, 2, 1, 1, 2, 1, 1], (SignatureKind::Bare, None)),
            (
                &[0x30, 5, 0x06, 1, 42, 5, 0],
                (SignatureKind::Gbt35275, None),
            ),
            (
                &[0x30, 5, 0x30, 0, 3, 1, 0],
                (SignatureKind::Ses, Some("v1")),
            ),
            (
                &[0x30, 9, 0x30, 0, 4, 0, 6, 1, 42, 3, 0, 0, 0, 0],
                (SignatureKind::Ses, Some("v4")),
            ),
            (
                &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1],
                (SignatureKind::Bare, None),
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(shape(bytes), expected, "{bytes:02x?}");
        }
    }
}
