//! The objects of a page: text at its places, pictures and drawings as areas.

use std::collections::HashMap;

use super::id;
use super::resources::Resources;
use crate::Unreadable;
use crate::geometry::{Matrix, Point, area, number, numbers};
use crate::limits::Budget;
use crate::page::{Drawing, Glyph, Sheet, Sight, Source, is_wide};
use crate::xml::Element;

/// Blocks and composite units in each other.
const NESTED_MAX: usize = 16;
/// Letters lower than this, in millimetres, are not read by anybody.
const TINY: f64 = 0.6;
/// A colour's alpha below this shows nothing.
const ALPHA_SEEN: f64 = 12.0;

/// What colour something has; none where nothing says so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paint {
    fill: Option<Color>,
    stroke: Option<Color>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Color {
    White,
    Red,
    Other,
    Nothing,
}

impl Paint {
    /// The colours that an object or a set of drawing parameters names.
    pub(super) fn of(element: Element) -> Self {
        let color = |name| element.child(name).map(color);
        Self {
            fill: color("FillColor"),
            stroke: color("StrokeColor"),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            fill: self.fill.or(other.fill),
            stroke: self.stroke.or(other.stroke),
        }
    }
}

fn color(element: Element) -> Color {
    let alpha = element.attribute("Alpha").and_then(number);
    if alpha.is_some_and(|alpha| alpha < ALPHA_SEEN) {
        return Color::Nothing;
    }
    // A value may be hexadecimal, as in `#FF 00 00`.
    let value = element.attribute("Value").unwrap_or_default();
    let parts: Option<Vec<f64>> = value
        .split_ascii_whitespace()
        .map(|part| match part.strip_prefix('#') {
            Some(hex) => u8::from_str_radix(hex, 16).ok().map(f64::from),
            None => number(part),
        })
        .collect();
    match parts.as_deref() {
        Some([red, green, blue]) if red.min(*green).min(*blue) >= 250.0 => Color::White,
        Some([red, green, blue]) if *red >= 150.0 && green.max(*blue) <= 100.0 => Color::Red,
        Some([gray]) if *gray >= 250.0 => Color::White,
        Some([c, m, y, k]) if c.max(*m).max(*y).max(*k) <= 5.0 => Color::White,
        Some([c, m, y, k]) if m.min(*y) >= 150.0 && c.max(*k) <= 100.0 => Color::Red,
        _ => Color::Other,
    }
}

/// What holds for the objects inside something.
#[derive(Clone, Copy)]
struct Around {
    matrix: Matrix,
    paint: Paint,
    sight: Sight,
    depth: usize,
}

/// Puts objects onto a sheet.
pub(super) struct Painter<'s> {
    source: Source,
    resources: [&'s Resources; 2],
    sheet: &'s mut Sheet,
    object: u32,
    /// What each text object says.
    pub(super) texts: HashMap<u64, String>,
}

impl<'s> Painter<'s> {
    pub(super) fn new(source: Source, resources: [&'s Resources; 2], sheet: &'s mut Sheet) -> Self {
        let object = sheet.glyphs.last().map_or(0, |glyph| glyph.object + 1);
        Self {
            source,
            resources,
            sheet,
            object,
            texts: HashMap::new(),
        }
    }

    /// The objects of a layer.
    pub(super) fn layer(&mut self, layer: Element, budget: &mut Budget) -> Result<(), Unreadable> {
        let around = Around {
            matrix: Matrix::ONE,
            paint: self.named_paint(layer),
            sight: sight(layer),
            depth: 0,
        };
        self.inside(layer, around, budget)
    }

    /// The objects of an annotation's appearance, whose boundary is their page.
    pub(super) fn appearance(
        &mut self,
        appearance: Element,
        sight: Sight,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let at = appearance.attribute("Boundary").and_then(area);
        let at = at.unwrap_or_default();
        let around = Around {
            matrix: Matrix::shift(at.left, at.top),
            paint: Paint::default(),
            sight,
            depth: 0,
        };
        self.inside(appearance, around, budget)
    }

    fn inside(
        &mut self,
        parent: Element,
        around: Around,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        if around.depth > NESTED_MAX {
            return Err(Unreadable::TooMuch);
        }
        for element in parent.children() {
            budget.work(1)?;
            let mut inner = around;
            inner.depth += 1;
            inner.sight = inner.sight.max(sight(element));
            match element.name() {
                "TextObject" => self.text(element, inner, budget)?,
                "PathObject" => self.path(element, inner),
                "ImageObject" => {
                    if let Some(at) = element.attribute("Boundary").and_then(area) {
                        self.sheet.images.push(around.matrix.around(at));
                    }
                }
                "CompositeObject" => self.composite(element, inner, budget)?,
                "PageBlock" | "Layer" | "Content" => self.inside(element, inner, budget)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn composite(
        &mut self,
        element: Element,
        mut around: Around,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let resource = id(element.attribute("ResourceID"));
        let unit = resource.and_then(|id| self.resources.iter().find_map(|list| list.unit(id)));
        let Some(unit) = unit else { return Ok(()) };
        around.matrix = own_matrix(element).then(around.matrix);
        for content in unit.all("Content") {
            self.inside(content, around, budget)?;
        }
        Ok(())
    }

    /// The colours that an object has itself, by its drawing parameters, or from around it.
    fn named_paint(&self, element: Element) -> Paint {
        let named = id(element.attribute("DrawParam"));
        let named =
            named.and_then(|id| self.resources.iter().find_map(|list| list.paints.get(&id)));
        Paint::of(element).or(named.copied().unwrap_or_default())
    }

    fn path(&mut self, element: Element, around: Around) {
        let Some(at) = element.attribute("Boundary").and_then(area) else {
            return;
        };
        if around.sight == Sight::Hidden {
            return;
        }
        let paint = self.named_paint(element).or(around.paint);
        let data = element.child("AbbreviatedData").map(Element::text);
        let steps = data
            .unwrap_or_default()
            .bytes()
            .filter(u8::is_ascii_alphabetic)
            .count();
        self.sheet.draw(Drawing {
            area: around.matrix.around(at),
            steps,
            red: paint.stroke == Some(Color::Red) || paint.fill == Some(Color::Red),
        });
    }

    fn text(
        &mut self,
        element: Element,
        around: Around,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let matrix = own_matrix(element).then(around.matrix);
        let size = element.attribute("Size").and_then(number).unwrap_or(0.0);
        let paint = self.named_paint(element).or(around.paint);
        let filled = element.attribute("Fill") != Some("false");
        let stroked = element.attribute("Stroke") == Some("true");
        let paints = [
            filled.then(|| paint.fill.unwrap_or(Color::Other)),
            stroked.then(|| paint.stroke.unwrap_or(Color::Other)),
        ];
        let shown = |color| paints.contains(&Some(color));
        let color = if shown(Color::Other) || shown(Color::Red) {
            Sight::Seen
        } else if shown(Color::White) {
            Sight::White
        } else {
            Sight::Hidden
        };
        let mut glyph = Glyph {
            sign: ' ',
            at: Point::default(),
            size: size * matrix.along(),
            advance: 0.0,
            direction: matrix.direction(),
            source: self.source,
            sight: around.sight.max(color),
            object: self.object,
        };
        if glyph.size < TINY {
            glyph.sight = Sight::Hidden;
        }
        self.object += 1;
        let mut whole = String::new();
        let mut pen = Point::default();
        for code in element.all("TextCode") {
            whole.push_str(code.text());
            self.code(code, &mut pen, (matrix, size), glyph, budget)?;
        }
        if let Some(id) = id(element.attribute("ID")) {
            self.texts.insert(id, whole);
        }
        Ok(())
    }

    /// The characters of one `TextCode`, each as far from the last as the deltas say.
    fn code(
        &mut self,
        code: Element,
        pen: &mut Point,
        (matrix, size): (Matrix, f64),
        glyph: Glyph,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let at = |name| code.attribute(name).and_then(number);
        pen.x = at("X").unwrap_or(pen.x);
        pen.y = at("Y").unwrap_or(pen.y);
        let signs: Vec<char> = code.text().chars().filter(|c| !c.is_control()).collect();
        budget.work(signs.len())?;
        let down = code
            .attribute("DeltaY")
            .map(|text| deltas(text, signs.len()));
        let across = code
            .attribute("DeltaX")
            .map(|text| deltas(text, signs.len()));
        for (place, sign) in signs.iter().enumerate() {
            let natural = if is_wide(*sign) { size } else { size / 2.0 };
            let delta = |list: &Option<Vec<f64>>| list.as_ref()?.get(place).copied();
            let (x, y) = (delta(&across), delta(&down));
            // Where nothing says how far, the letters' own width is taken.
            let none = across.is_none() && down.is_none();
            let step = x.unwrap_or(if none { natural } else { 0.0 });
            // The width of a character that stands far from the next is still its own.
            let widest = if is_wide(*sign) { size * 1.25 } else { size };
            let near = step > 0.0 && step <= widest;
            let width = if near { step } else { natural };
            self.sheet.glyphs.push(Glyph {
                sign: *sign,
                at: matrix.apply(pen.x, pen.y),
                advance: width * matrix.across(),
                ..glyph
            });
            pen.x += step;
            pen.y += y.unwrap_or(0.0);
        }
        Ok(())
    }
}

/// The map from an object's own coordinates to those around it.
fn own_matrix(element: Element) -> Matrix {
    let at = element.attribute("Boundary").and_then(area);
    let at = at.unwrap_or_default();
    let own = element.attribute("CTM").and_then(numbers);
    let own = own.and_then(|list| <[f64; 6]>::try_from(list).ok());
    own.map_or(Matrix::ONE, Matrix::new)
        .then(Matrix::shift(at.left, at.top))
}

/// Whether an element is switched off or transparent.
fn sight(element: Element) -> Sight {
    let off = element.attribute("Visible") == Some("false");
    let alpha = element.attribute("Alpha").and_then(number);
    if off || alpha.is_some_and(|alpha| alpha < ALPHA_SEEN) {
        Sight::Hidden
    } else {
        Sight::Seen
    }
}

/// The distances of a `DeltaX` or `DeltaY`, at most `most`: `g 3 5.6` is 5.6 three times.
fn deltas(text: &str, most: usize) -> Vec<f64> {
    let mut list = Vec::new();
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let (count, value) = if word == "g" {
            let count = words.next().and_then(|word| word.parse().ok());
            (count.unwrap_or(0), words.next().and_then(number))
        } else {
            (1, number(word))
        };
        let room = most.saturating_sub(list.len());
        let value = value.unwrap_or(0.0);
        list.extend(std::iter::repeat_n(value, room.min(count)));
        if list.len() >= most {
            break;
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_read_with_their_repetitions_and_never_beyond_the_text() {
        let cases: [(&str, usize, &[f64]); 6] = [
            ("1 2 3", 9, &[1.0, 2.0, 3.0]),
            ("g 3 5.5 1", 9, &[5.5, 5.5, 5.5, 1.0]),
            ("g 4000000000 1", 2, &[1.0, 1.0]),
            ("g x 1 2", 9, &[2.0]),
            ("g", 9, &[]),
            ("1 y 2", 9, &[1.0, 0.0, 2.0]),
        ];
        for (text, most, expected) in cases {
            assert_eq!(deltas(text, most), expected, "{text}");
        }
    }
}
