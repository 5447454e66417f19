//! Text objects: signs at their places, in the font that is named or one that stands in for it.

use std::sync::Arc;

use kurbo::{Affine, Point};
use yichuan_layout::parts::Element;
use yichuan_typeface::Role;

use super::{Around, Painter};
use crate::canvas::{Cap, Join, Paint, Placed, Stroke};
use crate::glyphs::Font;
use crate::ofd::id;
use crate::ofd::look::{number, own_map};
use crate::ofd::outline::rectangle;
use crate::{NotPainted, Note};

/// Signs of one object.
const SIGNS_MAX: usize = 100_000;

/// The fonts of one text object.
struct Fonts {
    /// The one that the package carries.
    embedded: Option<Arc<Font>>,
    /// The one of this computer that has its name or stands in for it.
    own: Option<Arc<Font>>,
    role: Role,
    /// Whether signs of a font that stands in are slanted.
    is_slanted: bool,
}

/// How each sign of an object stands.
#[derive(Clone, Copy)]
struct Stand {
    size: f64,
    /// Wider or narrower than the font has it.
    wide: f64,
    /// How signs are turned, in degrees clockwise.
    turned: f64,
    /// Whether signs stand below each other where no distances are told.
    is_down: bool,
    slant: f64,
}

impl Painter<'_, '_, '_> {
    pub(super) fn text(&mut self, element: Element, around: &Around) -> Result<(), NotPainted> {
        let says = |name| element.attribute(name).and_then(number);
        let fonts = self.fonts_of(element);
        let stand = Stand {
            size: says("Size").unwrap_or(0.0),
            wide: says("HScale").filter(|scale| *scale > 0.0).unwrap_or(1.0),
            turned: says("CharDirection").unwrap_or(0.0),
            is_down: says("ReadDirection").is_some_and(|turned| (turned - 90.0).abs() < 1.0),
            slant: if element.attribute("Italic") == Some("true") || fonts.is_slanted {
                0.2
            } else {
                0.0
            },
        };
        let own = around.map * own_map(element);
        let indices = indices(element);
        let mut runs: Vec<(Arc<Font>, Vec<Placed>)> = Vec::new();
        let mut pen = Point::ZERO;
        let mut place = 0;
        for code in element.all("TextCode") {
            self.code(
                code,
                &mut pen,
                &mut place,
                (&fonts, &indices),
                (own, stand),
                &mut runs,
            )?;
        }
        let fill = self.inked(around.look.fill.unwrap_or(Paint::BLACK), own);
        let is_filled = element.attribute("Fill") != Some("false");
        let is_stroked = element.attribute("Stroke") == Some("true");
        let bold = says("Weight").is_some_and(|weight| weight > 550.0) && fonts.embedded.is_none();
        for (font, glyphs) in runs {
            if is_filled && let Some(paint) = self.seen(Some(fill), around.alpha) {
                self.canvas.glyphs(&font, &glyphs, paint)?;
                if bold {
                    self.outlines(&font, &glyphs, around, paint, 0.02)?;
                }
            }
            let line = self.inked(around.look.stroke.unwrap_or(Paint::BLACK), own);
            if is_stroked && let Some(paint) = self.seen(Some(line), around.alpha) {
                let width = around.look.line().width / stand.size.max(0.1);
                self.outlines(&font, &glyphs, around, paint, width)?;
            }
        }
        Ok(())
    }

    /// Draws the lines around glyphs, `width` ems wide.
    fn outlines(
        &mut self,
        font: &Arc<Font>,
        glyphs: &[Placed],
        around: &Around,
        paint: Paint,
        width: f64,
    ) -> Result<(), NotPainted> {
        let stroke = Stroke {
            width,
            join: Join::Round,
            cap: Cap::Round,
            ..around.look.line()
        };
        for glyph in glyphs {
            let outline = font.outline(glyph.id);
            self.canvas.stroke(&outline, glyph.map, &stroke, paint)?;
        }
        Ok(())
    }

    fn fonts_of(&mut self, element: Element) -> Fonts {
        let named = id(element.attribute("Font"));
        let named = named.and_then(|id| self.resources.font(id)).cloned();
        let named = named.unwrap_or_default();
        let embedded = named
            .file
            .as_ref()
            .and_then(|file| self.resources.embedded(self.parts, file));
        let bold = if named.bold { ",Bold" } else { "" };
        let says = |name: &str| (!name.is_empty()).then(|| format!("{name}{bold}"));
        let names = [says(&named.name), says(&named.family)];
        let mut own = None;
        for name in names.iter().flatten() {
            if let Some((font, is_substitute)) = self.fonts.find(name) {
                if is_substitute && embedded.is_none() {
                    self.canvas.note(Note::FontSubstituted(named.name.clone()));
                }
                own = Some(font);
                break;
            }
        }
        if own.is_none() && embedded.is_none() {
            self.canvas.note(Note::FontSubstituted(named.name.clone()));
        }
        let role = Role::of(&named.name).or_else(|| Role::of(&named.family));
        Fonts {
            is_slanted: named.italic && embedded.is_none(),
            embedded,
            own,
            role: role.unwrap_or(Role::Song),
        }
    }

    /// The signs of one `TextCode`, each as far from the last as the deltas say.
    fn code(
        &mut self,
        code: Element,
        pen: &mut Point,
        place: &mut usize,
        (fonts, indices): (&Fonts, &[Option<u32>]),
        (own, stand): (Affine, Stand),
        runs: &mut Vec<(Arc<Font>, Vec<Placed>)>,
    ) -> Result<(), NotPainted> {
        let at = |name| code.attribute(name).and_then(number);
        pen.x = at("X").unwrap_or(pen.x);
        pen.y = at("Y").unwrap_or(pen.y);
        let text = code.text();
        let signs: Vec<char> = text.chars().filter(|sign| !sign.is_control()).collect();
        if signs.len() > SIGNS_MAX {
            return Err(NotPainted::TooMuch);
        }
        self.parts.work(signs.len())?;
        let list = |name| code.attribute(name).map(|text| deltas(text, signs.len()));
        let (across, down) = (list("DeltaX"), list("DeltaY"));
        let is_free = across.is_none() && down.is_none();
        for (index, sign) in signs.iter().enumerate() {
            let found = self.glyph(*sign, indices.get(*place).copied().flatten(), fonts);
            *place += 1;
            let mut advance = if sign.is_ascii() { 0.5 } else { 1.0 };
            if let Some((font, glyph)) = found {
                advance = font.advance(glyph).unwrap_or(advance);
                let map = own * glyph_map(*pen, stand);
                let placed = Placed {
                    id: glyph,
                    map,
                    sign: *sign,
                };
                match runs.last_mut() {
                    Some((last, glyphs)) if Arc::ptr_eq(last, &font) => glyphs.push(placed),
                    _ => runs.push((font, vec![placed])),
                }
            } else if !sign.is_whitespace() {
                self.canvas.note(Note::GlyphMissing(*sign));
                self.missing(own * glyph_map(*pen, stand))?;
            }
            let step = advance * stand.size;
            let delta = |list: &Option<Vec<f64>>| list.as_ref()?.get(index).copied();
            if is_free && stand.is_down {
                pen.y += stand.size;
            } else if is_free {
                pen.x += step * stand.wide;
            } else {
                pen.x += delta(&across).unwrap_or(0.0);
                pen.y += delta(&down).unwrap_or(0.0);
            }
        }
        Ok(())
    }

    /// The glyph for a sign: by its index in the font that is carried, by that font's own table, in
    /// the font of the name, then in the first one that has it.
    fn glyph(&mut self, sign: char, index: Option<u32>, fonts: &Fonts) -> Option<(Arc<Font>, u32)> {
        if let Some(font) = &fonts.embedded {
            if let Some(index) = index.filter(|index| !font.outline(*index).is_empty()) {
                return Some((Arc::clone(font), index));
            }
            if let Some(glyph) = font.glyph(sign) {
                return Some((Arc::clone(font), glyph));
            }
        }
        if sign.is_whitespace() {
            return None;
        }
        if let Some(font) = &fonts.own
            && let Some(glyph) = font.glyph(sign)
        {
            return Some((Arc::clone(font), glyph));
        }
        self.fonts.with_sign(fonts.role, sign)
    }

    /// A box where no font has the sign.
    fn missing(&mut self, map: Affine) -> Result<(), NotPainted> {
        let frame = rectangle(0.8, 0.8, Affine::translate((0.1, -0.05)));
        let line = Stroke {
            width: 0.04,
            join: Join::Miter,
            cap: Cap::Butt,
            miter: 4.0,
            dash: Vec::new(),
            dash_offset: 0.0,
        };
        self.canvas.stroke(&frame, map, &line, Paint::BLACK)
    }
}

/// From the em square, y upwards and 1 high, to the object's coordinates.
fn glyph_map(pen: Point, stand: Stand) -> Affine {
    Affine::translate((pen.x, pen.y))
        * Affine::rotate(stand.turned.to_radians())
        * Affine::new([
            stand.size * stand.wide,
            0.0,
            stand.size * stand.slant,
            -stand.size,
            0.0,
            0.0,
        ])
}

/// The indices of glyphs that an object says, by the places of its signs.
fn indices(element: Element) -> Vec<Option<u32>> {
    let mut indices = Vec::new();
    for change in element.all("CGTransform") {
        let start: Option<usize> = change
            .attribute("CodePosition")
            .and_then(|at| at.trim().parse().ok());
        let list = change.child("Glyphs").map(Element::text);
        let words = list.unwrap_or_default().split_ascii_whitespace();
        for (word, place) in words.take(SIGNS_MAX).zip(start.unwrap_or(0)..) {
            if place >= SIGNS_MAX {
                break;
            }
            if indices.len() <= place {
                indices.resize(place + 1, None);
            }
            indices[place] = word.parse().ok();
        }
    }
    indices
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
        list.extend(std::iter::repeat_n(value.unwrap_or(0.0), room.min(count)));
        if list.len() >= most {
            break;
        }
    }
    list
}
