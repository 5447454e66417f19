//! Signatures in the file's form, and what it takes to judge them: steps 1, 2, 3 and 10 of
//! `proto/seal.md`.

use std::collections::HashMap;

use yichuan_document::Timestamp;
use yichuan_seal::instant;
use yichuan_seal::ses::{Code, Fact, Finding, SesSignature};
use yichuan_seal::sm2_key::sm3_of;

use super::fields::{Field, fields};
use super::file::File;
use super::frame::Frame;
use super::object::{Dict, Object};
use super::revisions::{Covered, Signed, Told, covered, only_seals_from};
use super::{HIDDEN, Reader, rectangle, text_string};
use crate::Unreadable;
use crate::contents::{Notice, Proof, Signature, SignatureKind};
use crate::geometry::Area;
use crate::limits::Budget;
use crate::signature_shape::{length, shape};

/// What the signatures of one file may ask to be digested, in bytes.
const DIGESTED_MAX: usize = 1 << 30;
/// How much of a file's own words is repeated in a finding, in characters.
const QUOTED_MAX: usize = 200;
/// Offset of a clock in China from UTC, in milliseconds.
const CHINA_AHEAD_MS: i64 = 8 * 3_600_000;
/// In DER: the arc of GB/T 35275, 1.2.156.10197.6.1.4.2, and SM3, 1.2.156.10197.1.401.
const CHINESE: [&[u8]; 2] = [
    &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02],
    &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11],
];

/// Where annotations are shown.
#[derive(Default)]
pub(super) struct Shown {
    frames: Vec<Frame>,
    /// Pages, from 0, by the number of the annotation.
    on: HashMap<u32, Vec<usize>>,
}

impl Shown {
    /// Takes the next page with the annotations that it lists.
    pub(super) fn page(
        &mut self,
        file: &mut File,
        (frame, dict): (Frame, &Dict),
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let page = self.frames.len();
        self.frames.push(frame);
        let listed = file.get(dict, "Annots", budget)?;
        for annotation in listed.array().unwrap_or_default() {
            if let Object::Ref(number) = annotation {
                budget.keep(1)?;
                let on = self.on.entry(*number).or_default();
                if on.last() != Some(&page) {
                    on.push(page);
                }
            }
        }
        Ok(())
    }
}

impl Reader {
    /// The signatures in the file's form.
    pub(super) fn signatures(
        &mut self,
        file: &mut File,
        catalog: &Dict,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let fields = fields(file, catalog, budget)?;
        let mut found = Vec::new();
        let mut digested = 0_usize;
        for field in fields.iter().filter(|field| field.signs) {
            let value = file.get(&field.dict, "V", budget)?;
            let Some(value) = value.dict().cloned() else {
                continue;
            };
            let mut signature = self.signature(file, field, &value, budget)?;
            let covered = covered(file, field, &value, budget)?;
            let proof = &mut signature.proof;
            if let Some(gap) = &covered.gap {
                digested = digested.saturating_add(covered.end);
                let runs = [&file.bytes[..gap.start], &file.bytes[gap.end..covered.end]];
                proof.data_hash = (digested <= DIGESTED_MAX).then(|| sm3_of(&runs));
                names_it(proof, &covered.told);
            } else {
                let told = Fact::Part(format!("/ByteRange {}", covered.told));
                let finding = Finding::with(Code::ReferenceDiffers, told);
                proof.found.push(finding);
            }
            let told = Told::read(file, &value, budget)?;
            found.push((signature, covered, told));
        }
        self.look_behind(file.bytes, &mut found, budget);
        for (signature, _, _) in found {
            self.gathered.signature(signature);
        }
        Ok(())
    }

    /// Tells of each signature what came behind it beside further seals.
    fn look_behind(
        &mut self,
        bytes: &[u8],
        found: &mut [(Signature, Covered, Option<Told>)],
        budget: &Budget,
    ) {
        let signed = found.iter().map(|(signature, covered, told)| Signed {
            end: covered.gap.is_some().then_some(covered.end),
            value: &signature.proof.value,
            told: told.clone(),
        });
        let signed: Vec<Signed> = signed.collect();
        let from = only_seals_from(bytes, &signed, &budget.limits);
        let mut is_changed = false;
        for (signature, covered, _) in found {
            if covered.end >= from {
                continue;
            }
            is_changed = true;
            if covered.gap.is_some() {
                let told = Fact::Part(format!("{}–{}", covered.end, bytes.len()));
                let finding = Finding::with(Code::NotCovered, told);
                signature.proof.found.push(finding);
            }
        }
        if is_changed {
            self.gathered.notice(Notice::ChangedAfterSigning);
        }
    }

    /// What the file says of a signature, but for what it covers.
    fn signature(
        &mut self,
        file: &mut File,
        field: &Field,
        value: &Dict,
        budget: &mut Budget,
    ) -> Result<Signature, Unreadable> {
        let contents = file.get(value, "Contents", budget)?;
        let contents = without_room(contents.string().unwrap_or_default());
        let has = |arc: &&[u8]| contents.windows(arc.len()).any(|bytes| bytes == *arc);
        let (kind, generation) = match shape(contents) {
            (SignatureKind::Ses, generation) => (SignatureKind::Ses, generation),
            _ if CHINESE.iter().any(has) => (SignatureKind::Gbt35275, None),
            _ => (SignatureKind::Pdf, None),
        };
        let name = file.get(&field.dict, "T", budget)?;
        let at = file.get(value, "M", budget)?;
        let mut found = Vec::new();
        if contents.is_empty() {
            found.push(Finding::bare(Code::NoValue));
        } else if length(&contents[1..]).is_some_and(|(length, rest)| rest.len() > length) {
            // Something else than zeros stands behind the value.
            let told = Fact::Part("/Contents".to_owned());
            found.push(Finding::with(Code::ReferenceDiffers, told));
        }
        Ok(Signature {
            kind,
            generation,
            location: name.string().map(text_string).unwrap_or_default(),
            stamps: self.stamps(file, field, budget)?,
            proof: Proof {
                value: contents.to_vec(),
                declared_at: at.string().and_then(date),
                found,
                ..Proof::default()
            },
        })
    }

    /// Where the widgets of a field show something: the field itself, and those below it.
    fn stamps(
        &self,
        file: &mut File,
        field: &Field,
        budget: &mut Budget,
    ) -> Result<Vec<(usize, Area)>, Unreadable> {
        let kids = file.get(&field.dict, "Kids", budget)?;
        let kids = kids.array().unwrap_or_default().iter();
        let kids = kids.filter_map(|kid| match kid {
            Object::Ref(number) => Some(*number),
            _ => None,
        });
        let widgets: Vec<u32> = field.number.into_iter().chain(kids).collect();
        let mut stamps = Vec::new();
        for number in widgets {
            let Some(on) = self.shown.on.get(&number) else {
                continue;
            };
            let widget = file.resolve(&Object::Ref(number), budget)?;
            let Some(widget) = widget.dict().cloned() else {
                continue;
            };
            let flags = file.get(&widget, "F", budget)?.index().unwrap_or(0);
            let looks = file.get(&widget, "AP", budget)?;
            let place = rectangle(file, widget.get("Rect"), budget)?;
            let is_shown = flags & HIDDEN == 0 && looks.dict().is_some();
            if let Some(place) = place.filter(|_| is_shown) {
                budget.keep(on.len() as u64)?;
                let frames = on.iter().map(|page| (*page, &self.shown.frames[*page]));
                stamps.extend(frames.map(|(page, frame)| (page, frame.matrix().around(place))));
            }
        }
        Ok(stamps)
    }
}

/// The value without the zeros that fill its room; all of it where something else is behind it.
fn without_room(contents: &[u8]) -> &[u8] {
    let value = contents.get(1..).and_then(length);
    let value = value.and_then(|(length, rest)| {
        let (_, behind) = rest.split_at_checked(length)?;
        let is_room = behind.iter().all(|byte| *byte == 0);
        is_room.then_some(contents.len() - behind.len())
    });
    match value {
        _ if contents.iter().all(|byte| *byte == 0) => &[],
        Some(end) => &contents[..end],
        None => contents,
    }
}

/// Tells a seal's signature that names other ranges; what other products write is free.
fn names_it(proof: &mut Proof, range: &str) {
    let Ok(read) = SesSignature::read(&proof.value) else {
        return;
    };
    let property = read.property();
    if property.starts_with('[') && property != range {
        let property = property.chars().take(QUOTED_MAX).collect();
        let finding = Finding::with(Code::PropertyDiffers, Fact::Part(property));
        proof.found.push(finding);
    }
}

/// A date (7.9.4): `D:YYYYMMDDhhmmss`, then `Z` or how far the clock is ahead, `+08'00'`. Without a
/// zone it is that of an office in China.
fn date(text: &[u8]) -> Option<Timestamp> {
    let text = core::str::from_utf8(text).ok()?.trim();
    let text = text.strip_prefix("D:").unwrap_or(text);
    let (digits, zone) = text.split_at_checked(14)?;
    let (at, _) = instant::from_free_text(&format!("{digits}Z"))?;
    let ahead = match zone.chars().next() {
        None => CHINA_AHEAD_MS,
        Some('Z') => 0,
        Some(sign @ ('+' | '-')) => {
            let number = |from: usize| zone.get(from..from + 2)?.parse::<u8>().ok();
            let minutes = if zone.len() > 4 { number(4)? } else { 0 };
            let ahead = (i64::from(number(1)?) * 60 + i64::from(minutes)) * 60_000;
            if sign == '-' { -ahead } else { ahead }
        }
        Some(_) => return None,
    };
    let at = i64::try_from(at.unix_ms()).ok()?.checked_sub(ahead)?;
    Some(Timestamp::from_unix_ms(u64::try_from(at).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_their_zone() {
        let noon = instant::from_free_text("20260801120000Z").map(|(at, _)| at);
        for text in [
            "D:20260801120000Z",
            "D:20260801120000Z00'00'",
            "D:20260801200000+08'00'",
            "D:20260801083000-03'30'",
            "20260801200000",
        ] {
            assert_eq!(date(text.as_bytes()), noon, "{text}");
        }
        for text in [
            "",
            "D:2026",
            "D:20261301120000Z",
            "D:20260801120000x",
            "D:20260801120000+8",
        ] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn zeros_behind_a_value_are_its_room_and_nothing_else_is() {
        let cases: [(&[u8], &[u8]); 6] = [
            (&[0x30, 1, 7, 0, 0], &[0x30, 1, 7]),
            (&[0x30, 1, 7], &[0x30, 1, 7]),
            (&[0x30, 1, 7, 0, 9], &[0x30, 1, 7, 0, 9]),
            (&[0, 0, 0], &[]),
            (&[0x30, 9, 7], &[0x30, 9, 7]),
            (&[], &[]),
        ];
        for (contents, value) in cases {
            assert_eq!(without_room(contents), value, "{contents:?}");
        }
    }
}
