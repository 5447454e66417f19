//! Content streams: text at its places, pictures and drawings as areas (ISO 32000-1, 8 and 9).

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::file::File;
use super::font::Font;
use super::object::{Dict, Lexer, Object};
use super::state::{Outline, Shade, State};
use crate::Unreadable;
use crate::geometry::{Area, Matrix, Point};
use crate::limits::Budget;
use crate::page::{Drawing, Glyph, Sheet, Sight, Source};

/// Forms in forms.
const NESTED_MAX: usize = 12;
/// States that are kept at once.
const KEPT_MAX: usize = 256;
/// Operands of one operator.
const OPERANDS_MAX: usize = 4_096;
/// Letters lower than this, in millimetres, are not read by anybody.
const TINY: f64 = 0.6;
/// Ink thinner than this shows nothing.
const ALPHA_SEEN: f64 = 0.05;

/// Puts content streams onto a sheet.
pub(super) struct Painter<'f, 'b> {
    pub(super) file: &'f mut File<'b>,
    pub(super) budget: &'f mut Budget,
    /// Groups of optional content that are off.
    pub(super) off: &'f BTreeSet<u32>,
    pub(super) fonts: &'f mut HashMap<u32, Rc<Font>>,
    pub(super) sheet: Sheet,
    pub(super) source: Source,
    /// Text beside the text: what a part of the content is said to be.
    pub(super) said: Vec<String>,
    /// Files that annotations hold.
    pub(super) files: Vec<Object>,
    pub(super) object: u32,
    pub(super) depth: usize,
}

/// One content stream while it runs.
struct Run {
    state: State,
    kept: Vec<State>,
    /// Whether each open piece of marked content is seen.
    marked: Vec<Sight>,
    around: Sight,
    outline: Outline,
    resources: Rc<Dict>,
}

impl Run {
    fn sight(&self) -> Sight {
        let marked = self.marked.iter().copied();
        marked.fold(self.around, Sight::max)
    }
}

impl Painter<'_, '_> {
    /// Runs a content stream.
    pub(super) fn run(
        &mut self,
        content: &[u8],
        resources: Rc<Dict>,
        matrix: Matrix,
        around: Sight,
    ) -> Result<(), Unreadable> {
        let mut run = Run {
            state: State::new(matrix),
            kept: Vec::new(),
            marked: Vec::new(),
            around,
            outline: Outline::default(),
            resources,
        };
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(object) = lexer.object(self.budget)? {
            let Object::Word(word) = &object else {
                if operands.len() >= OPERANDS_MAX {
                    return Err(Unreadable::TooMuch);
                }
                operands.push(object);
                continue;
            };
            if &**word == "BI" {
                let at = skip_inline(content, lexer.at);
                lexer.at = at.ok_or(Unreadable::Damaged("BI"))?;
                self.picture(&run.state);
            } else {
                self.operator(word, &operands, &mut run)?;
            }
            operands.clear();
        }
        Ok(())
    }

    fn operator(
        &mut self,
        word: &str,
        operands: &[Object],
        run: &mut Run,
    ) -> Result<(), Unreadable> {
        let numbers: Vec<f64> = operands.iter().filter_map(Object::number).collect();
        if run.state.set(word, &numbers) || run.outline.add(word, &numbers, &run.state) {
            return Ok(());
        }
        match word {
            "q" if run.kept.len() < KEPT_MAX => run.kept.push(run.state.clone()),
            "q" => return Err(Unreadable::TooMuch),
            "Q" => {
                if let Some(state) = run.kept.pop() {
                    run.state = state;
                }
            }
            "Tf" => {
                let name = operands.first().and_then(Object::name).unwrap_or_default();
                run.state.size = numbers.first().copied().unwrap_or(0.0);
                run.state.font = self.font(&run.resources, name)?;
            }
            "gs" => self.parameters(operands, run)?,
            "Tj" => self.strings(operands, run)?,
            "'" | "\"" => {
                if let [word, letter, ..] = numbers[..] {
                    run.state.word_space = word;
                    run.state.letter_space = letter;
                }
                run.state.next_line();
                self.strings(operands, run)?;
            }
            "TJ" => {
                let list = operands.first().and_then(Object::array).unwrap_or_default();
                self.strings(list, run)?;
            }
            "Do" => self.external(operands, run)?,
            "BMC" | "BDC" => {
                let sight = self.marked(operands, run)?;
                if run.marked.len() >= KEPT_MAX {
                    return Err(Unreadable::TooMuch);
                }
                run.marked.push(sight);
            }
            "EMC" => {
                run.marked.pop();
            }
            "S" | "s" | "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "n" => {
                self.paint(word, run);
            }
            _ => {}
        }
        Ok(())
    }

    /// A drawing whose outline is complete.
    fn paint(&mut self, word: &str, run: &mut Run) {
        let outline = std::mem::take(&mut run.outline);
        let Some(area) = outline
            .area
            .filter(|_| word != "n" && run.sight() == Sight::Seen)
        else {
            return;
        };
        let stroked = !matches!(word, "f" | "F" | "f*");
        let filled = !matches!(word, "S" | "s");
        let red =
            stroked && run.state.stroke == Shade::Red || filled && run.state.fill == Shade::Red;
        self.sheet.draw(Drawing {
            area,
            steps: outline.steps,
            red,
        });
    }

    fn picture(&mut self, state: &State) {
        let unit = Area {
            left: 0.0,
            top: 0.0,
            right: 1.0,
            bottom: 1.0,
        };
        self.sheet.images.push(state.matrix.around(unit));
    }

    /// A resource of a category, by its name.
    fn resource(
        &mut self,
        resources: &Dict,
        category: &str,
        name: &str,
    ) -> Result<(Object, Object), Unreadable> {
        let list = self.file.get(resources, category, self.budget)?;
        let raw = list
            .dict()
            .map_or(Object::Null, |list| list.get(name).clone());
        let object = self.file.resolve(&raw, self.budget)?;
        Ok((raw, object))
    }

    fn font(&mut self, resources: &Dict, name: &str) -> Result<Option<Rc<Font>>, Unreadable> {
        let (raw, object) = self.resource(resources, "Font", name)?;
        self.font_of(&raw, &object)
    }

    fn font_of(&mut self, raw: &Object, object: &Object) -> Result<Option<Rc<Font>>, Unreadable> {
        let number = match raw {
            Object::Ref(number) => Some(*number),
            _ => None,
        };
        if let Some(font) = number.and_then(|number| self.fonts.get(&number)) {
            return Ok(Some(font.clone()));
        }
        let Some(dict) = object.dict() else {
            return Ok(None);
        };
        let font = Rc::new(Font::load(self.file, dict, self.budget)?);
        if let Some(number) = number {
            self.fonts.insert(number, font.clone());
        }
        Ok(Some(font))
    }

    /// A set of graphics parameters: transparency, and a font.
    fn parameters(&mut self, operands: &[Object], run: &mut Run) -> Result<(), Unreadable> {
        let name = operands.first().and_then(Object::name).unwrap_or_default();
        let (_, object) = self.resource(&run.resources, "ExtGState", name)?;
        let Some(dict) = object.dict() else {
            return Ok(());
        };
        if let Some(alpha) = self.file.get(dict, "ca", self.budget)?.number() {
            run.state.alpha = alpha;
        }
        if let Object::Array(font) = self.file.get(dict, "Font", self.budget)?
            && let [raw, size] = &font[..]
        {
            let object = self.file.resolve(raw, self.budget)?;
            run.state.font = self.font_of(raw, &object)?;
            run.state.size = size.number().unwrap_or(run.state.size);
        }
        Ok(())
    }

    /// Whether a piece of marked content is seen; what it is said to be is kept.
    fn marked(&mut self, operands: &[Object], run: &Run) -> Result<Sight, Unreadable> {
        let [tag, properties, ..] = operands else {
            return Ok(Sight::Seen);
        };
        let (raw, object) = match properties {
            Object::Name(name) => self.resource(&run.resources, "Properties", name)?,
            other => (other.clone(), other.clone()),
        };
        if tag.name() == Some("OC") {
            return self.optional(&raw);
        }
        if let Some(dict) = object.dict() {
            for key in ["ActualText", "Alt", "E"] {
                if let Some(text) = dict.get(key).string() {
                    self.budget.work(text.len())?;
                    self.said.push(super::text_string(text));
                }
            }
        }
        Ok(Sight::Seen)
    }

    /// Whether content of a group, or of groups together, is seen.
    pub(super) fn optional(&mut self, raw: &Object) -> Result<Sight, Unreadable> {
        let off = |raw: &Object| matches!(raw, Object::Ref(number) if self.off.contains(number));
        let mut hidden = off(raw);
        let object = self.file.resolve(raw, self.budget)?;
        if let Some(dict) = object.dict() {
            hidden |= match dict.get("OCGs") {
                Object::Array(groups) => groups.iter().any(off),
                one => off(one),
            };
        }
        Ok(if hidden { Sight::Hidden } else { Sight::Seen })
    }

    /// A picture, or a form with a content stream of its own.
    fn external(&mut self, operands: &[Object], run: &Run) -> Result<(), Unreadable> {
        let name = operands.first().and_then(Object::name).unwrap_or_default();
        let (_, object) = self.resource(&run.resources, "XObject", name)?;
        let Object::Stream(dict, _) = &object else {
            return Ok(());
        };
        let optional = self.optional(dict.get("OC"))?;
        let sight = run.sight().max(optional);
        match dict.get("Subtype").name() {
            Some("Image") if sight == Sight::Seen => self.picture(&run.state),
            Some("Form") => self.form(&object, &run.resources, run.state.matrix, sight)?,
            _ => {}
        }
        Ok(())
    }

    /// A form: its own matrix, and its own resources where it has some.
    pub(super) fn form(
        &mut self,
        form: &Object,
        around: &Rc<Dict>,
        matrix: Matrix,
        sight: Sight,
    ) -> Result<(), Unreadable> {
        let Some(dict) = form.dict().cloned() else {
            return Ok(());
        };
        if self.depth >= NESTED_MAX {
            return Err(Unreadable::TooMuch);
        }
        let own = self.file.list(dict.get("Matrix"), self.budget)?;
        let own: Vec<f64> = own.iter().filter_map(Object::number).collect();
        let own = <[f64; 6]>::try_from(own).map_or(Matrix::ONE, Matrix::new);
        let resources = self.file.get(&dict, "Resources", self.budget)?;
        let resources = resources.dict().unwrap_or(around).clone();
        let content = self.file.decoded(form, self.budget)?;
        self.depth += 1;
        self.run(&content, resources, own.then(matrix), sight)?;
        self.depth -= 1;
        Ok(())
    }

    /// Shows strings, with the distances between them that `TJ` has.
    fn strings(&mut self, list: &[Object], run: &mut Run) -> Result<(), Unreadable> {
        let Some(font) = run.state.font.clone() else {
            return Ok(());
        };
        let sight = run.sight();
        for object in list {
            if let Object::Number(back) = object {
                run.state
                    .advance(-back / 1_000.0 * run.state.size, font.vertical);
            } else if let Some(bytes) = object.string() {
                self.string(bytes, &font, &mut run.state, sight)?;
            }
        }
        self.object += 1;
        Ok(())
    }

    fn string(
        &mut self,
        bytes: &[u8],
        font: &Font,
        state: &mut State,
        sight: Sight,
    ) -> Result<(), Unreadable> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let shown = font.next(rest);
            rest = rest.get(shown.length..).unwrap_or_default();
            self.budget.work(1)?;
            self.sheet.doubtful += usize::from(shown.doubtful);
            let mut matrix = state.letters();
            if font.vertical {
                // The origin of vertical writing is above the middle of the letter.
                matrix = Matrix::shift(-shown.width / 2.0, -0.88).then(matrix);
            }
            let count = shown.text.chars().count().max(1);
            #[expect(clippy::cast_precision_loss, reason = "a few characters")]
            let each = shown.width / count as f64;
            for (place, sign) in shown.text.chars().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "a few characters")]
                let at = matrix.apply(each * place as f64, 0.0);
                if !sign.is_control() {
                    self.glyph(sign, (at, matrix), each, state, sight);
                }
            }
            let space = if shown.is_blank_byte {
                state.word_space
            } else {
                0.0
            };
            let space = space + state.letter_space;
            if font.vertical {
                state.advance(space - state.size, true);
            } else {
                state.advance(shown.width * state.size + space, false);
            }
        }
        Ok(())
    }

    fn glyph(
        &mut self,
        sign: char,
        (at, matrix): (Point, Matrix),
        width: f64,
        state: &State,
        sight: Sight,
    ) {
        let size = matrix.along();
        let own = if state.alpha < ALPHA_SEEN || size < TINY {
            Sight::Hidden
        } else {
            state.ink()
        };
        self.sheet.glyphs.push(Glyph {
            sign,
            at,
            size,
            advance: width * matrix.across(),
            direction: matrix.direction(),
            source: self.source,
            sight: sight.max(own),
            object: self.object,
        });
    }
}

/// The place after an inline image that begins at `from`: behind an `EI` that stands alone.
fn skip_inline(content: &[u8], from: usize) -> Option<usize> {
    let rest = content.get(from..)?;
    let blank =
        |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == 0);
    let data = rest
        .windows(3)
        .position(|window| window[..2] == *b"ID" && blank(window.get(2)))?;
    let image = &rest[data + 2..];
    let end = (1..image.len().saturating_sub(1)).find(|at| {
        image[*at..].starts_with(b"EI") && blank(image.get(at - 1)) && blank(image.get(at + 2))
    })?;
    Some(from + data + 2 + end + 2)
}
