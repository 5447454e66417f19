//! A seal across the edges of the pages (骑缝章): a strip of it on each, so that a page that is taken
//! out or put in is seen.

use yichuan_seal::{Clip, PLACEMENTS_MAX, Placement};

use super::{NoPlace, hundredths, mm, number, stamps, touch};
use crate::contents::Contents;
use crate::geometry::Area;

/// Pages that share one impression, at most; more strips than these would be lines.
const GROUP_MAX: u32 = 20;
/// The least width of a strip, in hundredths of a millimetre.
const STRIP_MIN: u32 = 200;
/// Pages that a seal is set across.
const PAGES: core::ops::RangeInclusive<usize> = 2..=500;
/// Between two seals along an edge, in hundredths of a millimetre.
const GAP: u32 = 500;
/// Places along the edge that are tried on each side of its middle.
const TRIED: u32 = 8;

/// Which edge of the pages a seal lies across.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The right one, where a bound document opens.
    Right,
    /// The lower one.
    Lower,
}

/// Proposes strips of a seal of this `size` (width and height in hundredths of a millimetre) on
/// every page: the first page shows its left part, or with [`Edge::Lower`] its upper one.
///
/// Up to 20 pages share one impression, as evenly as they can be divided, with strips of at least
/// two millimetres. The strips lie in the middle of the edge, or as near as other seals leave room.
/// They are on part 0. Refuses less than 2 and more than 500 pages.
pub fn across(
    contents: &Contents,
    size: (u32, u32),
    edge: Edge,
) -> Result<Vec<Placement>, NoPlace> {
    let count = contents.pages.len();
    if !PAGES.contains(&count) || count > PLACEMENTS_MAX {
        return Err(NoPlace::Pages { found: count });
    }
    // `over` runs over the edge and is cut into strips, `along` lies along it.
    let (over, along) = match edge {
        Edge::Right => size,
        Edge::Lower => (size.1, size.0),
    };
    let most = (over / STRIP_MIN).min(GROUP_MAX);
    if most < 3 {
        return Err(NoPlace::TooSmall);
    }
    let pages = u32::try_from(count).unwrap_or(u32::MAX);
    let groups = pages.div_ceil(most);
    let length = |page: &crate::page::Page| match edge {
        Edge::Right => page.height,
        Edge::Lower => page.width,
    };
    let shortest = contents.pages.iter().map(length).fold(f64::MAX, f64::min);
    let room = hundredths(shortest).checked_sub(along);
    let middle = room.ok_or(NoPlace::Outside { page: 1 })? / 2;
    let mut why = NoPlace::Outside { page: 1 };
    for at in beside(middle, along + GAP, middle * 2) {
        match strips(contents, (over, along, at), groups, edge) {
            Ok(places) => return Ok(places),
            Err(found) => why = found,
        }
    }
    Err(why)
}

/// The middle, then places above and below it by turns.
fn beside(middle: u32, step: u32, most: u32) -> impl Iterator<Item = u32> {
    let further = (1..=TRIED).flat_map(move |times| {
        let away = step.saturating_mul(times);
        let above = middle.checked_sub(away);
        let below = middle.checked_add(away).filter(|at| *at <= most);
        above.into_iter().chain(below)
    });
    core::iter::once(middle).chain(further)
}

fn strips(
    contents: &Contents,
    (over, along, at): (u32, u32, u32),
    groups: u32,
    edge: Edge,
) -> Result<Vec<Placement>, NoPlace> {
    let pages = u32::try_from(contents.pages.len()).unwrap_or(u32::MAX);
    let mut places = Vec::new();
    for group in 0..groups {
        // As even as they can be: group n ends where n parts of all pages end.
        let part = |group: u32| u64::from(pages) * u64::from(group) / u64::from(groups);
        let (first, end) = (part(group), part(group + 1));
        let count = end - first;
        for strip in 0..count {
            let cut = |strip: u64| {
                let cut = u64::from(over) * strip / count;
                u32::try_from(cut).unwrap_or(over)
            };
            let (from, to) = (cut(strip), cut(strip + 1));
            let index = usize::try_from(first + strip).unwrap_or(usize::MAX);
            let page = &contents.pages[index];
            let outside = NoPlace::Outside {
                page: number(index),
            };
            let whole = match edge {
                Edge::Right => page.width,
                Edge::Lower => page.height,
            };
            let start = hundredths(whole).checked_sub(to).ok_or(outside)?;
            let shown = placed(edge, (start + from, at), (to - from, along));
            let mut others = stamps(contents, index);
            if others.any(|other| touch(other, &shown)) {
                return Err(NoPlace::Touching {
                    page: number(index),
                });
            }
            places.push(place(
                edge,
                number(index),
                (start, at),
                (over, along),
                from..to,
            ));
        }
    }
    Ok(places)
}

fn placed(edge: Edge, (over, along): (u32, u32), (thick, long): (u32, u32)) -> Area {
    let (left, top, width, height) = match edge {
        Edge::Right => (over, along, thick, long),
        Edge::Lower => (along, over, long, thick),
    };
    Area {
        left: mm(left),
        top: mm(top),
        right: mm(left + width),
        bottom: mm(top + height),
    }
}

fn place(
    edge: Edge,
    page: u32,
    (start, at): (u32, u32),
    (over, along): (u32, u32),
    strip: core::ops::Range<u32>,
) -> Placement {
    let (from, thick) = (strip.start, strip.end - strip.start);
    match edge {
        Edge::Right => Placement {
            part: 0,
            page,
            x: start,
            y: at,
            width: over,
            height: along,
            clip: Some(Clip {
                x: from,
                y: 0,
                width: thick,
                height: along,
            }),
        },
        Edge::Lower => Placement {
            part: 0,
            page,
            x: at,
            y: start,
            width: along,
            height: over,
            clip: Some(Clip {
                x: 0,
                y: from,
                width: along,
                height: thick,
            }),
        },
    }
}
