//! How objects look: colours, lines, maps and boxes, as attributes and elements say them.

use kurbo::Affine;
use yichuan_layout::geometry::Area;
use yichuan_layout::parts::Element;

use super::id;
use super::resources::Resources;
use crate::canvas::{Cap, Join, Paint, Stroke};

/// The width of a line where nothing says it, in millimetres.
const LINE: f64 = 0.353;
/// Drawing parameters that rest on each other.
const RELATIVE_MAX: usize = 8;
/// Lengths in a pattern of dashes.
const DASHES_MAX: usize = 64;
/// The largest number that is taken.
const NUMBER_MAX: f64 = 1e6;

/// What an object says of its paint; none where it says nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    pub(crate) fill: Option<Paint>,
    pub(crate) stroke: Option<Paint>,
    width: Option<f64>,
    join: Option<Join>,
    cap: Option<Cap>,
    miter: Option<f64>,
    dash: Option<Vec<f64>>,
    dash_offset: Option<f64>,
}

impl Look {
    /// What `element`, an object or a set of drawing parameters, says itself.
    pub(crate) fn own(element: Element, resources: &Resources) -> Self {
        let number = |name| element.attribute(name).and_then(number);
        Self {
            fill: element
                .child("FillColor")
                .and_then(|at| colour(at, resources)),
            stroke: element
                .child("StrokeColor")
                .and_then(|at| colour(at, resources)),
            width: number("LineWidth"),
            join: element.attribute("Join").and_then(|join| match join {
                "Miter" => Some(Join::Miter),
                "Round" => Some(Join::Round),
                "Bevel" => Some(Join::Bevel),
                _ => None,
            }),
            cap: element.attribute("Cap").and_then(|cap| match cap {
                "Butt" => Some(Cap::Butt),
                "Round" => Some(Cap::Round),
                "Square" => Some(Cap::Square),
                _ => None,
            }),
            miter: number("MiterLimit"),
            dash: element
                .attribute("DashPattern")
                .and_then(numbers)
                .filter(|dash| dash.len() <= DASHES_MAX),
            dash_offset: number("DashOffset"),
        }
    }

    /// What `element` says, by itself or by the drawing parameters that it names.
    pub(crate) fn of(element: Element, resources: &Resources) -> Self {
        let mut look = Self::own(element, resources);
        let mut named = id(element.attribute("DrawParam"));
        for _ in 0..RELATIVE_MAX {
            let Some((own, relative)) = named.and_then(|id| resources.look(id)) else {
                break;
            };
            look = look.or(own);
            named = *relative;
        }
        look
    }

    /// This, and what `other` says where this says nothing.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            fill: self.fill.or(other.fill),
            stroke: self.stroke.or(other.stroke),
            width: self.width.or(other.width),
            join: self.join.or(other.join),
            cap: self.cap.or(other.cap),
            miter: self.miter.or(other.miter),
            dash: self.dash.or_else(|| other.dash.clone()),
            dash_offset: self.dash_offset.or(other.dash_offset),
        }
    }

    pub(crate) fn line(&self) -> Stroke {
        Stroke {
            width: self.width.unwrap_or(LINE).abs(),
            join: self.join.unwrap_or(Join::Miter),
            cap: self.cap.unwrap_or(Cap::Butt),
            miter: self.miter.unwrap_or(4.234).max(1.0),
            dash: self.dash.clone().unwrap_or_default(),
            dash_offset: self.dash_offset.unwrap_or(0.0),
        }
    }
}

/// A colour; of a shading its first one.
fn colour(element: Element, resources: &Resources) -> Option<Paint> {
    let alpha = element.attribute("Alpha").and_then(number).unwrap_or(255.0);
    let Some(value) = element.attribute("Value") else {
        let inner = element
            .tree()
            .into_iter()
            .skip(1)
            .find(|inner| inner.attribute("Value").is_some());
        let paint = inner.and_then(|inner| colour(inner, resources));
        // Without a value the colour is the first of its space: black.
        return Some(Paint {
            alpha: unit(alpha),
            ..paint.unwrap_or(Paint::BLACK)
        });
    };
    let parts: Option<Vec<f64>> = value
        .split_ascii_whitespace()
        .map(|part| match part.strip_prefix('#') {
            Some(hex) => u8::from_str_radix(hex, 16).ok().map(f64::from),
            None => number(part),
        })
        .collect();
    let parts = parts?;
    let space = id(element.attribute("ColorSpace"));
    let most = space.and_then(|id| resources.bits(id)).unwrap_or(255.0);
    let part = |number: f64| f64::from(unit(number / most * 255.0));
    let rgb = match parts[..] {
        [gray] => [part(gray); 3],
        [red, green, blue] => [part(red), part(green), part(blue)],
        [c, m, y, k] => {
            let ink = |ink: f64| (1.0 - part(ink)) * (1.0 - part(k));
            [ink(c), ink(m), ink(y)]
        }
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "parts lie between 0 and 1"
    )]
    let rgb = rgb.map(|part| (part * 255.0).round() as u8);
    Some(Paint {
        rgb,
        alpha: unit(alpha),
    })
}

/// From 0 to 255 to 0 to 1.
pub(crate) fn unit(number: f64) -> f32 {
    crate::raster::narrow((number / 255.0).clamp(0.0, 1.0))
}

/// A finite number within a million.
pub(crate) fn number(word: &str) -> Option<f64> {
    let number: f64 = word.trim().parse().ok()?;
    (number.abs() <= NUMBER_MAX).then_some(number)
}

/// Numbers between blanks or commas; none if one of them is no number.
pub(crate) fn numbers(text: &str) -> Option<Vec<f64>> {
    let words = text
        .split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|word| !word.is_empty());
    words.map(number).collect()
}

/// `x y width height`.
pub(crate) fn area(text: &str) -> Option<Area> {
    let [left, top, width, height] = numbers(text)?[..] else {
        return None;
    };
    Some(Area {
        left,
        top,
        right: left + width,
        bottom: top + height,
    })
}

/// A map, as `CTM` has it.
pub(crate) fn map(text: &str) -> Option<Affine> {
    Some(Affine::new(numbers(text)?.try_into().ok()?))
}

/// The map from an object's own coordinates to those around it.
pub(crate) fn own_map(element: Element) -> Affine {
    let own = element.attribute("CTM").and_then(map);
    corner(element) * own.unwrap_or(Affine::IDENTITY)
}

/// The map from an object's boundary to what is around it.
pub(crate) fn corner(element: Element) -> Affine {
    let at = element.attribute("Boundary").and_then(area);
    let at = at.unwrap_or_default();
    Affine::translate((at.left, at.top))
}
