//! Where a seal is set on a page (GB/T 9704-2012, 7.3.5): over the office's name and the date, and
//! across the edges of the pages.
//!
//! A proposal is no rule of `apply/1`: whoever sets the seal may choose another place, and
//! [`check`] says what speaks against it.

mod across;
mod names;
mod refusal;

use yichuan_seal::Placement;

use crate::contents::Contents;
use crate::geometry::Area;
use crate::page::{Page, Sight};

pub use across::{Edge, across};
use names::Signed;
pub use refusal::{NoPlace, PlacingFault};

/// How far below the seal's centre that of name and date lies, as a part of the seal's height.
const LOWER: f64 = 0.1;
/// How far from a seal text may stand, in millimetres, without the seal being an empty one.
const NEAR: f64 = 5.0;
/// How much a place may differ from the seal's size, in hundredths of a millimetre.
const SIZE_APART: u32 = 100;
/// The furthest place that a record may tell, in hundredths of a millimetre.
const PLACE_MAX: f64 = 100_000.0;

/// Which of the document's seals it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// From 1.
    pub ordinal: u8,
    /// How many there are: one for each office's name.
    pub of: u8,
}

/// Proposes the place of a seal of this `size` (width and height in hundredths of a millimetre):
/// upright, centred over the office's name and the date, which lie a little below its centre. Of
/// several offices each has a seal over its own name, in their order, and the last one presses the
/// date too.
///
/// The place is on part 0: the caller knows which part the contents are. Refuses where the last
/// page with a date has no such name over it, so that no page gets an empty seal, and where seals
/// would touch each other or leave the page.
pub fn propose(
    contents: &Contents,
    size: (u32, u32),
    which: Which,
) -> Result<Vec<Placement>, NoPlace> {
    if which.ordinal == 0 || which.ordinal > which.of {
        return Err(NoPlace::Which);
    }
    let signed = names::find(contents, usize::from(which.of))?;
    let page = &contents.pages[signed.page];
    let number = number(signed.page);
    let mut areas = seals(&signed, size).ok_or(NoPlace::Apart { page: number })?;
    let own = areas.remove(usize::from(which.ordinal - 1));
    if !is_inside(&own, page) {
        return Err(NoPlace::Outside { page: number });
    }
    let mut others = stamps(contents, signed.page);
    if areas.iter().any(|area| touch(area, &own)) || others.any(|area| touch(area, &own)) {
        return Err(NoPlace::Touching { page: number });
    }
    Ok(vec![Placement {
        part: 0,
        page: number,
        x: hundredths(own.left),
        y: hundredths(own.top),
        width: size.0,
        height: size.1,
        clip: None,
    }])
}

/// A seal for each name, even in each row; the last one presses the date too, and its row with it.
/// None where one would not press what it must.
fn seals(signed: &Signed, size: (u32, u32)) -> Option<Vec<Area>> {
    let (width, height) = (mm(size.0), mm(size.1));
    let mut areas = Vec::new();
    let last_row = signed.rows.len().saturating_sub(1);
    for (row, names) in signed.rows.iter().enumerate() {
        let (first, last) = (names.first()?, names.len() - 1);
        let dated = (row == last_row).then_some(&signed.date);
        let all = names.iter().chain(dated);
        let all = all.fold(*first, |all, area| around(&all, area));
        let top = f64::midpoint(all.top, all.bottom) - LOWER * height - height / 2.0;
        for (place, name) in names.iter().enumerate() {
            let dated = dated.filter(|_| place == last);
            let pressed = dated.map_or(*name, |date| around(name, date));
            let left = f64::midpoint(pressed.left, pressed.right) - width / 2.0;
            let area = Area {
                left,
                top,
                right: left + width,
                bottom: top + height,
            };
            let presses = |text: &Area| area.common(text) > 0.0;
            if !presses(name) || !dated.is_none_or(presses) {
                return None;
            }
            areas.push(area);
        }
    }
    Some(areas)
}

/// What speaks against these places for a seal of this `size`, in hundredths of a millimetre: a
/// page that is not there, a seal beside or over the edge of its page, an empty seal, one that
/// touches another, and one that is drawn more than a millimetre larger or smaller than it is.
/// Strips across the edge may run off the page and need no text.
pub fn check(contents: &Contents, places: &[Placement], size: (u32, u32)) -> Vec<PlacingFault> {
    let mut faults = Vec::new();
    let shown: Vec<Area> = places.iter().map(shown).collect();
    for (index, (place, area)) in places.iter().zip(&shown).enumerate() {
        let page = place.page;
        let at = usize::try_from(page).unwrap_or(0).wrapping_sub(1);
        let Some(on) = contents.pages.get(at) else {
            faults.push(PlacingFault::NoPage { page });
            continue;
        };
        let apart = place
            .width
            .abs_diff(size.0)
            .max(place.height.abs_diff(size.1));
        if apart > SIZE_APART {
            faults.push(PlacingFault::Size { page });
        }
        if !is_inside(area, on) {
            faults.push(PlacingFault::Outside { page });
        }
        if place.clip.is_none() && !has_text_near(on, area) {
            faults.push(PlacingFault::Empty { page });
        }
        let before = places.iter().zip(&shown).take(index);
        let mut before = before.filter(|(other, _)| other.page == page);
        let touches = before.any(|(_, other)| touch(other, area));
        if touches || stamps(contents, at).any(|other| touch(other, area)) {
            faults.push(PlacingFault::Touching { page });
        }
    }
    faults
}

/// Millimetres of hundredths.
fn mm(hundredths: u32) -> f64 {
    f64::from(hundredths) / 100.0
}

/// Hundredths of a length in millimetres that [`is_inside`] has seen.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and a hundred thousand"
)]
fn hundredths(mm: f64) -> u32 {
    (mm * 100.0).round().clamp(0.0, PLACE_MAX) as u32
}

/// The number of a page, from 1.
fn number(page: usize) -> u32 {
    u32::try_from(page).map_or(u32::MAX, |page| page.saturating_add(1))
}

fn around(one: &Area, other: &Area) -> Area {
    Area {
        left: one.left.min(other.left),
        top: one.top.min(other.top),
        right: one.right.max(other.right),
        bottom: one.bottom.max(other.bottom),
    }
}

/// Whether all of it lies on the page, to a hundredth, and where a record can tell it.
fn is_inside(area: &Area, page: &Page) -> bool {
    const ROUNDED: f64 = 0.006;
    let fits = |from: f64, to: f64, whole: f64| {
        from >= -ROUNDED && to <= whole + ROUNDED && from * 100.0 <= PLACE_MAX
    };
    fits(area.left, area.right, page.width) && fits(area.top, area.bottom, page.height)
}

/// Whether two places have a point in common.
fn touch(one: &Area, other: &Area) -> bool {
    one.left <= other.right
        && other.left <= one.right
        && one.top <= other.bottom
        && other.top <= one.bottom
}

/// Where seals are shown on a page, from 0.
fn stamps(contents: &Contents, page: usize) -> impl Iterator<Item = &Area> {
    let stamps = contents.signatures.iter().flat_map(|found| &found.stamps);
    stamps
        .filter(move |(on, _)| *on == page)
        .map(|(_, area)| area)
}

/// What a place shows.
fn shown(place: &Placement) -> Area {
    let (x, y, width, height) = place
        .clip
        .map_or((0, 0, place.width, place.height), |clip| {
            (clip.x, clip.y, clip.width, clip.height)
        });
    let (left, top) = (mm(place.x) + mm(x), mm(place.y) + mm(y));
    Area {
        left,
        top,
        right: left + mm(width),
        bottom: top + mm(height),
    }
}

fn has_text_near(page: &Page, area: &Area) -> bool {
    let near = Area {
        left: area.left - NEAR,
        top: area.top - NEAR,
        right: area.right + NEAR,
        bottom: area.bottom + NEAR,
    };
    let seen = page.lines.iter().filter(|line| line.sight == Sight::Seen);
    let mut runs = seen.flat_map(|line| &line.runs);
    runs.any(|(_, run)| run.common(&near) > 0.0)
}
