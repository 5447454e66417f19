//! The pages as PDF/A-2, fonts embedded, text that can be read and copied.
//!
//! The same pages give the same bytes: the file's date is the document's and its id a digest.

use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::fonts::Fonts;
use crate::measures::PAPER;
use crate::refusal::Refused;
use crate::sheet::{Page, Rule, Set, Text};

/// Points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// A length in points; the file has them as short floats.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a page has under a thousand points"
)]
const fn points(mm: f64) -> f32 {
    (mm * POINTS) as f32
}

/// The file. `date` is the document's: year, month, day.
pub(crate) fn write(
    set: &Set,
    (year, month, day): (u16, u8, u8),
    fonts: &Fonts<'_>,
) -> Result<Vec<u8>, Refused> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(|_| Refused::Embedding)?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    let mut loaded = Vec::new();
    for used in &fonts.used {
        let font = Font::new(used.bytes.clone().into(), used.index);
        loaded.push(font.ok_or(Refused::Embedding)?);
    }
    let size = PageSettings::from_wh(points(PAPER.0), points(PAPER.1));
    let size = size.ok_or(Refused::Embedding)?;
    for page in &set.pages {
        let mut sheet = document.start_page_with(size.clone());
        let mut surface = sheet.surface();
        draw(page, &loaded, &mut surface);
        surface.finish();
        sheet.finish();
    }
    let title = if set.title.is_empty() {
        &set.issuer
    } else {
        &set.title
    };
    document.set_metadata(
        Metadata::new()
            .title(title.clone())
            .authors(vec![set.issuer.clone()])
            .creator("Yichuan".to_owned())
            .producer("Yichuan".to_owned())
            .language("zh-CN".to_owned())
            .creation_date(DateTime::new(year).month(month).day(day)),
    );
    document.finish().map_err(|_| Refused::Embedding)
}

fn fill(is_red: bool) -> Fill {
    let color = if is_red {
        krilla::color::rgb::Color::new(255, 0, 0)
    } else {
        krilla::color::rgb::Color::black()
    };
    Fill {
        paint: color.into(),
        ..Fill::default()
    }
}

fn draw(page: &Page, fonts: &[Font], surface: &mut Surface<'_>) {
    for rule in &page.rules {
        self::rule(rule, surface);
    }
    for text in &page.texts {
        if let Some(font) = fonts.get(text.font) {
            self::text(text, font, surface);
        }
    }
}

/// A line as a filled rectangle, which every reader draws as wide as it is.
fn rule(rule: &Rule, surface: &mut Surface<'_>) {
    let half = rule.width / 2.0;
    let is_across = rule.to.0 - rule.from.0 > rule.to.1 - rule.from.1;
    let (beside, above) = if is_across { (0.0, half) } else { (half, 0.0) };
    let area = Rect::from_ltrb(
        points(rule.from.0 - beside),
        points(rule.from.1 - above),
        points(rule.to.0 + beside),
        points(rule.to.1 + above),
    );
    let Some(area) = area else { return };
    let mut path = PathBuilder::new();
    path.push_rect(area);
    if let Some(path) = path.finish() {
        surface.set_fill(Some(fill(rule.is_red)));
        surface.draw_path(&path);
    }
}

fn text(text: &Text, font: &Font, surface: &mut Surface<'_>) {
    let em = text.size * text.stretch;
    let mut words = String::new();
    let mut glyphs = Vec::with_capacity(text.signs.len());
    for (place, sign) in text.signs.iter().enumerate() {
        let begin = words.len();
        words.push(sign.sign);
        let next = text.signs.get(place + 1);
        let advance = next.map_or(sign.advance, |next| next.at - sign.at) / em;
        #[expect(clippy::cast_possible_truncation, reason = "an advance is a few ems")]
        let advance = advance as f32;
        glyphs.push(KrillaGlyph::new(
            GlyphId::new(u32::from(sign.glyph)),
            advance,
            0.0,
            0.0,
            0.0,
            begin..words.len(),
            None,
        ));
    }
    surface.set_fill(Some(fill(text.is_red)));
    let at = Transform::from_row(
        points(text.stretch / POINTS),
        0.0,
        0.0,
        1.0,
        points(text.x),
        points(text.y),
    );
    surface.push_transform(&at);
    let origin = Point::from_xy(0.0, 0.0);
    let size = points(text.size);
    surface.draw_glyphs(origin, &glyphs, font.clone(), &words, size, false);
    surface.pop();
}
