//! Setting a seal into a PDF. `proto/seal.md`, `apply/1`, has every byte of it.
//!
//! What was approved stays as it is, byte by byte. One update is appended: a signature field, a
//! widget for each place, and the catalog, form and pages as they were written but for the lists
//! that lead to these.

mod picture;
mod update;

use core::fmt::Write as _;
use core::ops::Range;
use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use yichuan_seal::sm2_key::sm3_of;
use yichuan_seal::{Placement, instant};

use super::{NotSealed, Prepared, Rest, Setting, is_seen, page};
use crate::Unreadable;
use crate::limits::{Budget, Limits};
use crate::pdf::{Form, Frame, Listing, Outline, Sealable, Text, outline};
use update::Update;

/// Room for what a signature has beside its seal: certificate, digest, time, value.
const ROOM: usize = 4_096;
/// Bits of the form: there are signatures, and only appending keeps them (12.7.2).
const SIGNED: usize = 3;

/// A file that lacks the signature's value alone.
#[derive(Clone, Debug)]
pub(super) struct Unfinished {
    bytes: Vec<u8>,
    /// Where the digits of the value stand.
    digits: Range<usize>,
}

impl Unfinished {
    pub(super) fn finish(mut self, value: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let digits = HEXLOWER.encode(value);
        let room = &mut self.bytes[self.digits.clone()];
        let (whole, found) = (room.len() / 2, value.len());
        let too_long = NotSealed::TooLong { room: whole, found };
        let place = room.get_mut(..digits.len()).ok_or(too_long)?;
        place.copy_from_slice(digits.as_bytes());
        Ok(self.bytes)
    }
}

/// The numbers of the objects that are new, in their order.
struct Numbers {
    value: u32,
    field: u32,
    /// Of the first widget: the field, where there is no other.
    widget: u32,
    /// Of the first form that is painted on a widget.
    painted: u32,
    image: u32,
    mask: u32,
    form: u32,
    /// The first that no object has.
    free: u32,
}

impl Numbers {
    fn new(found: &Outline, places: usize) -> Self {
        let count = u32::try_from(places).unwrap_or(u32::MAX / 8);
        let (value, field) = (found.free, found.free + 1);
        let (widget, painted) = match count {
            1 => (field, field + 1),
            _ => (field + 1, field + 1 + count),
        };
        let image = painted + count;
        let mask = image + 1;
        let form = if count == 0 { image } else { mask + 1 };
        let is_new = matches!(found.form, Form::Missing);
        Self {
            value,
            field,
            widget,
            painted,
            image,
            mask,
            form,
            free: form + u32::from(is_new),
        }
    }
}

/// All but the signature's value.
pub(super) fn prepare(
    before: &[u8],
    setting: &Setting<'_>,
    limits: &Limits,
) -> Result<Prepared, NotSealed> {
    let mut budget = Budget::new(*limits);
    let places = setting.places;
    let asked: BTreeSet<usize> = places.iter().filter_map(page).collect();
    let found = outline(before, &asked, &mut budget)?;
    if found.is_locked {
        return Err(NotSealed::Locked);
    }
    let pages = on_pages(&found, places)?;
    let numbers = Numbers::new(&found, places.len());
    let room = setting.seal.raw().len() + ROOM;
    let mut update = Update::after(before, room * 3);
    update.value(numbers.value, &head(setting), room);
    field(&mut update, &found, &numbers, (setting, &pages));
    paint(&mut update, &numbers, (setting, &pages))?;
    lead_to_field(&mut update, &found, &numbers, &mut budget)?;
    for (page, sealable) in &found.asked {
        let widgets = places.iter().zip(numbers.widget..);
        let widgets = widgets.filter(|(place, _)| self::page(place) == Some(*page));
        let own: Vec<u32> = widgets.map(|(_, number)| number).collect();
        let annotations = list(&sealable.listing.listed, &own);
        let dict = sealable.listing.dict.with("Annots", &annotations);
        update.object(sealable.number, &dict);
    }
    let (bytes, digits, property) = update.finish(&found, numbers.free);
    if bytes.len() > limits.file_bytes {
        return Err(Unreadable::TooLarge.into());
    }
    let covered = [&bytes[..digits.start - 1], &bytes[digits.end + 1..]];
    Ok(Prepared {
        data_hash: sm3_of(&covered),
        property,
        seal: setting.seal.raw().to_vec(),
        at: setting.at,
        rest: Rest::Pdf(Unfinished { bytes, digits }),
    })
}

/// The pages of the places; something of each must be seen on its page.
fn on_pages<'f>(found: &'f Outline, places: &[Placement]) -> Result<Vec<&'f Sealable>, NotSealed> {
    let on_page = |place: &Placement| {
        let number = place.page;
        let page = page(place).and_then(|page| found.asked.get(&page));
        let page = page.ok_or(NotSealed::NoPage { page: number })?;
        if is_seen(place, page.frame.size()) {
            Ok(page)
        } else {
            Err(NotSealed::OffPage { page: number })
        }
    };
    places.iter().map(on_page).collect()
}

/// The dictionary of the signature up to its ranges. The places are in it, so that whoever has the
/// file alone can set the seal again and compare.
fn head(setting: &Setting<'_>) -> String {
    let at = instant::to_generalized(setting.at);
    let units = core::iter::once(0xfeff).chain(setting.seal.name().encode_utf16());
    let name = units.fold(String::new(), |mut all, unit| {
        let _ = write!(all, "{unit:04X}");
        all
    });
    let mut places = String::new();
    for place in setting.places {
        let Placement {
            page,
            x,
            y,
            width,
            height,
            clip,
            ..
        } = place;
        let _ = write!(places, "[{page} {x} {y} {width} {height}");
        if let Some(clip) = clip {
            let _ = write!(
                places,
                " {} {} {} {}",
                clip.x, clip.y, clip.width, clip.height
            );
        }
        places.push(']');
    }
    let ordinal = setting.ordinal;
    format!(
        "/Type/Sig/Filter/Yichuan/SubFilter/GM.sm2seal/Name<{name}>/M(D:{at})\
         /Yichuan<</Version 1/Ordinal {ordinal}/Places[{places}]>>"
    )
}

/// Writes the field and its widgets: one is the field itself, several are below it.
fn field(
    update: &mut Update,
    found: &Outline,
    numbers: &Numbers,
    (setting, pages): (&Setting<'_>, &[&Sealable]),
) {
    let mut names = (u32::from(setting.ordinal)..).map(|number| format!("Yichuan-{number}"));
    // There are fewer fields than numbers.
    let name = names.find(|name| !found.names.contains(name));
    let name = name.unwrap_or_default();
    let body = format!("/FT/Sig/T({name})/V {} 0 R", numbers.value);
    let widgets = setting.places.iter().zip(pages).zip(numbers.painted..);
    let widgets = widgets.map(|((place, page), painted)| {
        let rectangle = Edges::of(place).on(&page.frame);
        format!(
            "/Type/Annot/Subtype/Widget/F 132/P {} 0 R/Rect[{}]/AP<</N {painted} 0 R>>",
            page.number,
            rectangle.map(decimal).join(" ")
        )
    });
    let widgets: Vec<String> = widgets.collect();
    match &widgets[..] {
        [] => {
            // It stands on no page, and other readers ask for its place all the same.
            let body = format!("<<{body}/Type/Annot/Subtype/Widget/F 132/Rect[0 0 0 0]>>");
            update.object(numbers.field, body.as_bytes());
        }
        [widget] => {
            let body = format!("<<{body}{widget}>>");
            update.object(numbers.field, body.as_bytes());
        }
        _ => {
            let own: Vec<u32> = (numbers.widget..numbers.painted).collect();
            let kids = list(b"", &own);
            let body = [b"<<", body.as_bytes(), b"/Kids", &kids, b">>"].concat();
            update.object(numbers.field, &body);
            for (widget, own) in widgets.iter().zip(own) {
                let body = format!("<</Parent {} 0 R{widget}>>", numbers.field);
                update.object(own, body.as_bytes());
            }
        }
    }
}

/// Writes what is painted on each widget, the picture and its mask.
fn paint(
    update: &mut Update,
    numbers: &Numbers,
    (setting, pages): (&Setting<'_>, &[&Sealable]),
) -> Result<(), NotSealed> {
    for ((place, page), number) in setting.places.iter().zip(pages).zip(numbers.painted..) {
        let edges = Edges::of(place);
        let shown = edges.shown();
        let size = [edges.width, edges.height].map(decimal);
        let matrix = match page.frame.turned {
            90 => "0 1 -1 0 0 0",
            180 => "-1 0 0 -1 0 0",
            270 => "0 -1 1 0 0 0",
            _ => "1 0 0 1 0 0",
        };
        // What is below the seal shows through it, as it does on paper.
        let content = format!("/G gs {} 0 0 {} 0 0 cm /S Do", size[0], size[1]);
        let body = format!(
            "<</Type/XObject/Subtype/Form/BBox[{}]/Matrix[{matrix}]/Resources<</ExtGState<</G\
             <</BM/Multiply>>>>/XObject<</S {} 0 R>>>>/Length {}>>\nstream\n{content}\nendstream",
            shown.map(decimal).join(" "),
            numbers.image,
            content.len()
        );
        update.object(number, body.as_bytes());
    }
    if !pages.is_empty() {
        let [image, mask] = picture::images(&setting.seal.picture(), numbers.mask)?;
        update.object(numbers.image, &image);
        update.object(numbers.mask, &mask);
    }
    Ok(())
}

/// Writes the form, and the catalog as far as the way to it is new or in it.
fn lead_to_field(
    update: &mut Update,
    found: &Outline,
    numbers: &Numbers,
    budget: &mut Budget,
) -> Result<(), NotSealed> {
    let own = [numbers.field];
    let mut form = |listing: &Listing| -> Result<Vec<u8>, NotSealed> {
        let told = listing.dict.value("SigFlags").map(core::str::from_utf8);
        let told = told.map(|told| told.ok()?.parse::<usize>().ok());
        let flags = told.map_or(Some(0), |told| told);
        let flags = flags.ok_or(NotSealed::Unreadable(Unreadable::Damaged("SigFlags")))?;
        let fields = list(&listing.listed, &own);
        let with_field = listing.dict.then("Fields", &fields, budget);
        let with_field: Text =
            with_field.ok_or(NotSealed::Unreadable(Unreadable::Damaged("AcroForm")))?;
        Ok(with_field.with("SigFlags", (flags | SIGNED).to_string().as_bytes()))
    };
    let (root, catalog) = &found.catalog;
    match &found.form {
        Form::Missing => {
            let form = format!("<</Fields[{} 0 R]/SigFlags {SIGNED}>>", numbers.field);
            update.object(numbers.form, form.as_bytes());
            let way = format!("{} 0 R", numbers.form);
            update.object(*root, &catalog.with("AcroForm", way.as_bytes()));
        }
        Form::InCatalog(listing) => {
            update.object(*root, &catalog.with("AcroForm", &form(listing)?));
        }
        Form::Own(number, listing) => update.object(*number, &form(listing)?),
    }
    Ok(())
}

/// A list of what it had, and of these objects.
fn list(had: &[u8], more: &[u32]) -> Vec<u8> {
    let mut list = [b"[", had].concat();
    for number in more {
        list.extend_from_slice(format!(" {number} 0 R").as_bytes());
    }
    list.push(b']');
    list
}

/// A place, in thousandths of a point. Edges and not lengths are rounded, so that the strips of one
/// seal meet.
struct Edges {
    /// Of what is shown, from the left and top edge of the page: left, top, right, bottom.
    page: [i64; 4],
    /// The same from the left and top edge of the whole seal.
    seal: [i64; 4],
    /// The whole seal.
    width: i64,
    height: i64,
}

impl Edges {
    fn of(place: &Placement) -> Self {
        let (x, y, width, height) = place
            .clip
            .map_or((0, 0, place.width, place.height), |clip| {
                (clip.x, clip.y, clip.width, clip.height)
            });
        let (x, y) = (i64::from(x), i64::from(y));
        let (right, bottom) = (x + i64::from(width), y + i64::from(height));
        let (left, top) = (i64::from(place.x), i64::from(place.y));
        Self {
            page: [left + x, top + y, left + right, top + bottom].map(thousandths),
            seal: [x, y, right, bottom].map(thousandths),
            width: thousandths(place.width.into()),
            height: thousandths(place.height.into()),
        }
    }

    /// What is shown of the seal, from its lower left corner.
    const fn shown(&self) -> [i64; 4] {
        let [left, top, right, bottom] = self.seal;
        [left, self.height - bottom, right, self.height - top]
    }

    /// What is shown, in the page's units.
    fn on(&self, frame: &Frame) -> [i64; 4] {
        let [left, top, right, bottom] = self.page;
        let area = frame.shown;
        let [west, south, east, north] = [area.left, area.top, area.right, area.bottom].map(edge);
        match frame.turned {
            90 => [west + top, south + left, west + bottom, south + right],
            180 => [east - right, south + top, east - left, south + bottom],
            270 => [east - bottom, north - right, east - top, north - left],
            _ => [west + left, north - bottom, west + right, north - top],
        }
    }
}

/// Thousandths of a point of hundredths of a millimetre, the nearest.
const fn thousandths(hundredths: i64) -> i64 {
    // A point is 2,540 / 72 hundredths of a millimetre.
    (hundredths * 7_200 + 127) / 254
}

/// Thousandths of a unit of the page, the nearest.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the edges of a page lie within a million units"
)]
fn edge(units: f64) -> i64 {
    (units * 1_000.0).round() as i64
}

/// Thousandths as a decimal number without zeros at its end.
fn decimal(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let (whole, rest) = (thousandths.abs() / 1_000, thousandths.abs() % 1_000);
    let digits = format!("{sign}{whole}.{rest:03}");
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}
