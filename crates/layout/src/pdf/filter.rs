//! How the bytes of a stream are packed (ISO 32000-1, 7.4), within the budget.

use flate2::{Decompress, FlushDecompress, Status};

use super::object::{Dict, Object};
use crate::Unreadable;
use crate::limits::Budget;

/// Filters over each other.
const FILTERS_MAX: usize = 4;

/// The bytes of a stream with `filters`, each with its parameters.
pub(super) fn decode(
    raw: &[u8],
    filters: &[(String, Option<std::rc::Rc<Dict>>)],
    budget: &mut Budget,
) -> Result<Vec<u8>, Unreadable> {
    if filters.len() > FILTERS_MAX {
        return Err(Unreadable::TooMuch);
    }
    if raw.len() > budget.limits.part_bytes {
        return Err(Unreadable::Expands);
    }
    let mut bytes = raw.to_vec();
    for (name, parameters) in filters {
        bytes = match name.as_str() {
            "FlateDecode" | "Fl" => {
                let flat = inflate(&bytes, budget)?;
                predicted(flat, parameters.as_deref())?
            }
            "ASCIIHexDecode" | "AHx" => hexadecimal(&bytes)?,
            "ASCII85Decode" | "A85" => base85(&bytes)?,
            "RunLengthDecode" | "RL" => runs(&bytes, budget)?,
            "Crypt" => return Err(Unreadable::Encrypted),
            _ => return Err(Unreadable::Method),
        };
    }
    budget.expand(bytes.len())?;
    Ok(bytes)
}

/// A zlib stream (RFC 1950), at most as long as the budget has room for.
fn inflate(packed: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Unreadable> {
    let most = budget.part();
    let mut out = Vec::with_capacity(packed.len().saturating_mul(3).min(most).max(64));
    let mut inflate = Decompress::new(true);
    loop {
        let from = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let rest = packed.get(from..).unwrap_or_default();
        let before = (from, out.len());
        let status = inflate
            .decompress_vec(rest, &mut out, FlushDecompress::None)
            .map_err(|_| Unreadable::Damaged("FlateDecode"))?;
        if out.len() > most {
            return Err(Unreadable::Expands);
        }
        if status == Status::StreamEnd {
            break;
        }
        let taken = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let stuck = (taken, out.len()) == before;
        if out.len() == out.capacity() {
            out.reserve(out.len().clamp(1 << 12, 1 << 22));
        } else if stuck {
            return Err(Unreadable::Damaged("FlateDecode"));
        }
    }
    budget.expand(out.len())?;
    Ok(out)
}

/// Takes back what a predictor did (7.4.4.4).
fn predicted(bytes: Vec<u8>, parameters: Option<&Dict>) -> Result<Vec<u8>, Unreadable> {
    let Some(parameters) = parameters else {
        return Ok(bytes);
    };
    let number = |key, otherwise| match parameters.get(key) {
        Object::Null => Some(otherwise),
        value => value
            .index()
            .filter(|number| (1..=1 << 16).contains(number)),
    };
    let bad = Unreadable::Damaged("Predictor");
    let predictor = number("Predictor", 1).ok_or(bad.clone())?;
    let colors = number("Colors", 1).ok_or(bad.clone())?;
    let bits = number("BitsPerComponent", 8).ok_or(bad.clone())?;
    let columns = number("Columns", 1).ok_or(bad.clone())?;
    if predictor == 1 {
        return Ok(bytes);
    }
    if predictor < 10 {
        return Err(Unreadable::Method);
    }
    let pixel = (colors * bits).div_ceil(8);
    let row = (colors * bits * columns).div_ceil(8);
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    for line in bytes.chunks(row + 1) {
        let (kind, line) = line.split_first().ok_or(bad.clone())?;
        let start = out.len();
        for (place, byte) in line.iter().enumerate() {
            let left = place
                .checked_sub(pixel)
                .map_or(0, |place| out[start + place]);
            let above = |place: usize| {
                let at = (start + place).checked_sub(row);
                at.map_or(0, |at| out.get(at).copied().unwrap_or(0))
            };
            let up = above(place);
            let corner = place.checked_sub(pixel).map_or(0, above);
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return Err(bad),
            };
            out.push(byte.wrapping_add(guess));
        }
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (to_a, to_b, to_c) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if to_a <= to_b && to_a <= to_c {
        left
    } else if to_b <= to_c {
        up
    } else {
        corner
    }
}

fn hexadecimal(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let digits = bytes.iter().take_while(|byte| **byte != b'>');
    let digits: Option<Vec<u8>> = digits
        .filter(|byte| !byte.is_ascii_whitespace() && **byte != 0)
        .map(|byte| u8::try_from(char::from(*byte).to_digit(16)?).ok())
        .collect();
    let digits = digits.ok_or(Unreadable::Damaged("ASCIIHexDecode"))?;
    let pairs = digits.chunks(2);
    Ok(pairs
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect())
}

fn base85(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let bad = Unreadable::Damaged("ASCII85Decode");
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    let whole = |group: &[u8]| {
        let sum = group
            .iter()
            .fold(0_u64, |sum, digit| sum * 85 + u64::from(*digit));
        u32::try_from(sum).map(u32::to_be_bytes)
    };
    for byte in bytes {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    out.extend(whole(&group).map_err(|_| bad.clone())?);
                    group.clear();
                }
            }
            blank if blank.is_ascii_whitespace() || *blank == 0 => {}
            _ => return Err(bad),
        }
    }
    if group.len() == 1 {
        return Err(bad);
    }
    if !group.is_empty() {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(&whole(&group).map_err(|_| bad)?[..kept]);
    }
    Ok(out)
}

fn runs(bytes: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Unreadable> {
    let bad = Unreadable::Damaged("RunLengthDecode");
    let mut out = Vec::new();
    let mut rest = bytes;
    while let [length, after @ ..] = rest {
        rest = match length {
            128 => break,
            0..=127 => {
                let count = usize::from(*length) + 1;
                out.extend(after.get(..count).ok_or(bad.clone())?);
                &after[count..]
            }
            _ => {
                let (byte, after) = after.split_first().ok_or(bad.clone())?;
                out.extend(std::iter::repeat_n(*byte, 257 - usize::from(*length)));
                after
            }
        };
        if out.len() > budget.part() {
            return Err(Unreadable::Expands);
        }
    }
    budget.expand(out.len())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::rc::Rc;

    use super::*;
    use crate::Limits;

    fn decoded(raw: &[u8], filter: &str) -> Result<Vec<u8>, Unreadable> {
        let mut budget = Budget::new(Limits::default());
        decode(raw, &[(filter.to_owned(), None)], &mut budget)
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn each_filter_gives_back_what_was_packed() {
        let text = b"BT /F1 12 Tf (text) Tj ET".repeat(400);
        assert_eq!(decoded(&deflated(&text), "FlateDecode"), Ok(text));
        assert_eq!(decoded(b"42 54 2>", "ASCIIHexDecode"), Ok(b"BT ".to_vec()));
        assert_eq!(
            decoded(b"87cURDZ~>", "ASCII85Decode"),
            Ok(b"Hello".to_vec())
        );
        assert_eq!(
            decoded(&[1, b'a', b'b', 254, b'c', 128, 9], "RunLengthDecode"),
            Ok(b"abccc".to_vec())
        );
    }

    #[test]
    fn e2_a_stream_that_expands_without_end_is_refused() {
        let bomb = deflated(&vec![0; 64 << 20]);
        assert_eq!(decoded(&bomb, "FlateDecode"), Err(Unreadable::Expands));
        let mut budget = Budget::new(Limits::default());
        let twice = deflated(&bomb);
        let filters = [("Fl".to_owned(), None), ("Fl".to_owned(), None)];
        assert_eq!(
            decode(&twice, &filters, &mut budget),
            Err(Unreadable::Expands)
        );
        let many = vec![("AHx".to_owned(), None); 9];
        assert_eq!(decode(b"", &many, &mut budget), Err(Unreadable::TooMuch));
    }

    #[test]
    fn damaged_and_unknown_streams_are_refused() {
        for (raw, filter) in [
            (&b"\x78\x9c\x01"[..], "FlateDecode"),
            (b"not packed", "FlateDecode"),
            (b"4x>", "ASCIIHexDecode"),
            (b"!", "ASCII85Decode"),
            (b"zz!v~>", "ASCII85Decode"),
            (b"\x05ab", "RunLengthDecode"),
            (b"\xff", "RunLengthDecode"),
        ] {
            assert!(
                matches!(decoded(raw, filter), Err(Unreadable::Damaged(_))),
                "{filter} {raw:?}"
            );
        }
        assert_eq!(decoded(b"", "JPXDecode"), Err(Unreadable::Method));
        assert_eq!(decoded(b"", "Crypt"), Err(Unreadable::Encrypted));
    }

    #[test]
    fn rows_that_were_predicted_are_taken_back() {
        let mut dict = Dict::default();
        dict.0.insert(Rc::from("Predictor"), Object::Number(12.0));
        dict.0.insert(Rc::from("Columns"), Object::Number(3.0));
        let rows = vec![0, 1, 2, 3, 2, 1, 1, 1, 1, 5, 0, 0, 4, 1, 1, 1];
        assert_eq!(
            predicted(rows, Some(&dict)),
            Ok(vec![1, 2, 3, 2, 3, 4, 5, 5, 5, 6, 7, 8])
        );
        assert!(predicted(vec![9, 1, 2, 3], Some(&dict)).is_err());
    }
}
