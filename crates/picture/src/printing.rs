//! Files for printers: every page of a document for every copy, marked so that each sheet tells
//! which copy it is of.
//!
//! A numbered original carries its 份号 and, on every page, the unit, the time and a code. A
//! desensitised copy (脱密件) has neither red head nor red seal, and says that it is a photocopy.
//! What the pages show is in the file once, however many copies there are.

mod marks;
mod vector;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use krilla::configure::{ConfigurationBuilder, PdfVersion};
use krilla::geom::{Size, Transform};
use krilla::graphic::Graphic;
use krilla::page::PageSettings;
use krilla::pdf::{Pdf, PdfDocument};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};
use yichuan_layout::page::{Line, Page};
use yichuan_layout::parts::Parts;
use yichuan_typeface::Faces;

use crate::canvas::Image;
use crate::glyphs::Installed;
use crate::ofd::{self, Shown};
use crate::pdf::PartOfPage;
use crate::raster::narrow;
use crate::{Bounds, NotPainted, Note, Picture, examined, pdf};
use marks::{Marks, NUMBER_ABOVE, NUMBER_TOP};
use vector::{Fonts, Vectors};

/// Points in a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// The most sheets of one file.
const SHEETS_MAX: usize = 20_000;
/// Pixels to the inch of pages that are drawn as pictures.
const DOTS: f64 = 200.0;
/// Pixels to the inch of seals in PDF files.
const SEAL_DOTS: f64 = 300.0;
/// The most characters of each text on a copy.
const TEXT_CHARS_MAX: usize = 200;
/// The most bytes of a code.
const CODE_BYTES_MAX: usize = 600;

/// A copy to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copy {
    /// An original (正本) with its number.
    Original(Original),
    /// A copy without red head and red seal (脱密件).
    Desensitised(Desensitised),
}

/// A numbered original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// 份号, written with six digits.
    pub copy_number: u32,
    /// The unit that prints.
    pub unit: String,
    /// When, as it is written on the sheets.
    pub printed_at: String,
    /// What the code on the sheets says.
    pub code: String,
}

/// A copy without red head and red seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desensitised {
    /// The unit that prints.
    pub unit: String,
    /// When, as it is written on the sheets.
    pub printed_at: String,
    /// What the code on the sheets says.
    pub code: String,
}

/// Why there is no file for the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPrinted {
    /// A page cannot be drawn.
    Page(NotPainted),
    /// There is no copy to print, or more sheets than one file has.
    Copies,
    /// A copy's number has more than six digits, or one of its texts is too long.
    Text,
    /// The PDF cannot be made, and what is in the way.
    Made(String),
}

impl fmt::Display for NotPrinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(why) => write!(f, "{why}"),
            Self::Copies => f.write_str("份数为零或过多 · no copies, or too many"),
            Self::Text => f.write_str("份号或文字超出限制 · a number or text is too long"),
            Self::Made(why) => write!(f, "无法生成打印文件 · the file cannot be made: {why}"),
        }
    }
}

impl std::error::Error for NotPrinted {}

impl From<NotPainted> for NotPrinted {
    fn from(why: NotPainted) -> Self {
        Self::Page(why)
    }
}

impl From<yichuan_layout::Unreadable> for NotPrinted {
    fn from(why: yichuan_layout::Unreadable) -> Self {
        Self::Page(why.into())
    }
}

/// A file for the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// What looks otherwise on paper than the document says.
    pub notes: BTreeSet<Note>,
}

/// One PDF with every page of `source`, an OFD or PDF file, for every copy, in their order.
pub fn print_file(source: &[u8], copies: &[Copy], faces: &Faces) -> Result<Printed, NotPrinted> {
    let made = AssertUnwindSafe(|| made(source, copies, faces));
    catch_unwind(made).unwrap_or(Err(NotPainted::Failed.into()))
}

fn made(source: &[u8], copies: &[Copy], faces: &Faces) -> Result<Printed, NotPrinted> {
    copies.iter().try_for_each(checked)?;
    let bounds = Bounds::default();
    let contents = examined(source, &bounds.reading)?;
    let mut source = Source::open(source, &bounds)?;
    let pages = source.pages();
    if copies.is_empty() || pages.saturating_mul(copies.len()) > SHEETS_MAX {
        return Err(NotPrinted::Copies);
    }
    let place = contents.pages.first().and_then(number_place);
    let mut printer = Printer {
        faces,
        installed: Installed::new(faces),
        fonts: Fonts::default(),
        pages: vec![[None, None]; pages],
        notes: BTreeSet::new(),
    };
    let configuration = ConfigurationBuilder::new().with_version(PdfVersion::Pdf17);
    let configuration = configuration
        .finish()
        .map_err(|why| NotPrinted::Made(format!("{why:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        xmp_metadata: false,
        enable_tagging: false,
        configuration,
        ..SerializeSettings::default()
    });
    for copy in copies {
        let marks = Marks::of(copy, place);
        for index in 0..pages {
            printer.sheet(&mut document, &mut source, index, copy, &marks)?;
        }
    }
    let pdf = document
        .finish()
        .map_err(|why| NotPrinted::Made(format!("{why:?}")))?;
    Ok(Printed {
        pdf,
        notes: printer.notes,
    })
}

fn checked(copy: &Copy) -> Result<(), NotPrinted> {
    let (unit, printed_at, code, number) = match copy {
        Copy::Original(copy) => (&copy.unit, &copy.printed_at, &copy.code, copy.copy_number),
        Copy::Desensitised(copy) => (&copy.unit, &copy.printed_at, &copy.code, 0),
    };
    let is_short = |text: &String| text.chars().count() <= TEXT_CHARS_MAX;
    let fits =
        is_short(unit) && is_short(printed_at) && code.len() <= CODE_BYTES_MAX && number <= 999_999;
    fits.then_some(()).ok_or(NotPrinted::Text)
}

/// Where 份号 is written on the first page, its upper edge in millimetres: on the first line of
/// 版心 (GB/T 9704-2012, 7.2.1), above it where that line is taken, and nowhere where six digits
/// stand there already.
fn number_place(page: &Page) -> Option<f64> {
    let corner = |line: &&Line| line.area.top < 60.0 && line.area.left < 80.0;
    let mut place = NUMBER_TOP;
    for line in page.lines.iter().filter(corner) {
        let text = line.text.trim();
        if text.len() == 6 && text.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        if line.area.top < NUMBER_TOP + 6.0 && line.area.bottom > NUMBER_TOP - 1.0 {
            place = NUMBER_ABOVE;
        }
    }
    Some(place)
}

/// What the pages come from.
enum Source<'b> {
    Ofd(Box<ofd::Document<'b>>),
    Pdf {
        drawn: pdf::Document,
        embedded: PdfDocument,
    },
}

impl<'b> Source<'b> {
    fn open(bytes: &'b [u8], bounds: &Bounds) -> Result<Self, NotPrinted> {
        if Parts::begins(bytes) {
            let document = ofd::Document::open(bytes, *bounds)?;
            return Ok(Self::Ofd(Box::new(document)));
        }
        if !bytes.starts_with(b"%PDF-") {
            return Err(NotPainted::Kind.into());
        }
        let drawn = pdf::Document::open(bytes, bounds)?;
        let embedded = Pdf::new(bytes.to_vec());
        let embedded = embedded.map_err(|why| NotPrinted::Made(format!("{why:?}")))?;
        Ok(Self::Pdf {
            drawn,
            embedded: PdfDocument::new(Arc::new(embedded)),
        })
    }

    fn pages(&self) -> usize {
        match self {
            Self::Ofd(document) => document.pages(),
            Self::Pdf { drawn, .. } => drawn.pages(),
        }
    }

    /// Width and height in millimetres.
    fn size(&mut self, index: usize) -> Result<(f64, f64), NotPrinted> {
        match self {
            Self::Ofd(document) => {
                let size = document.size(index)?;
                Ok((size.width(), size.height()))
            }
            Self::Pdf { drawn, .. } => Ok(drawn.size(index)?),
        }
    }
}

/// What is shared between the sheets.
struct Printer<'f> {
    faces: &'f Faces,
    installed: Installed<'f>,
    fonts: Fonts,
    /// What each page shows: as it is, and desensitised.
    pages: Vec<[Option<Graphic>; 2]>,
    notes: BTreeSet<Note>,
}

impl Printer<'_> {
    fn sheet(
        &mut self,
        document: &mut Document,
        source: &mut Source,
        index: usize,
        copy: &Copy,
        marks: &Marks,
    ) -> Result<(), NotPrinted> {
        let (width, height) = source.size(index)?;
        let settings = PageSettings::from_wh(narrow(width * POINTS), narrow(height * POINTS));
        let settings = settings.ok_or(NotPainted::Size)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let kind = usize::from(matches!(copy, Copy::Desensitised(_)));
        let graphic = if let Some(graphic) = &self.pages[index][kind] {
            graphic.clone()
        } else {
            let graphic = self.graphic(&mut surface, source, index, kind == 1)?;
            self.pages[index][kind].insert(graphic).clone()
        };
        surface.draw_graphic(graphic);
        let scale = narrow(POINTS);
        surface.push_transform(&Transform::from_scale(scale, scale));
        let mut canvas = Vectors::new(&mut surface, &mut self.fonts);
        marks.draw(index, (width, height), &mut self.installed, &mut canvas)?;
        surface.pop();
        surface.finish();
        page.finish();
        Ok(())
    }

    /// What a page shows, to be drawn on many sheets.
    fn graphic(
        &mut self,
        surface: &mut Surface,
        source: &mut Source,
        index: usize,
        desensitised: bool,
    ) -> Result<Graphic, NotPrinted> {
        let (width, height) = source.size(index)?;
        let mut builder = surface.stream_builder();
        let mut inner = builder.surface();
        match source {
            Source::Ofd(document) => {
                let shown = Shown {
                    stamps: !desensitised,
                    red: !desensitised,
                };
                let scale = narrow(POINTS);
                inner.push_transform(&Transform::from_scale(scale, scale));
                let mut canvas = Vectors::new(&mut inner, &mut self.fonts);
                document.paint(index, shown, &mut self.installed, &mut canvas)?;
                self.notes.append(&mut canvas.close());
                inner.pop();
            }
            Source::Pdf { drawn, .. } if desensitised => {
                // Nothing tells what of a PDF is head or seal, so that its pixels are looked at.
                let mut picture = drawn.bare(index, dots(width, DOTS), self.faces)?;
                self.notes.append(&mut picture.notes);
                whiten(&mut picture.rgba);
                lay(&mut inner, picture, (0.0, 0.0), (width, height), None);
            }
            Source::Pdf { drawn, embedded } => {
                let size = Size::from_wh(narrow(width * POINTS), narrow(height * POINTS));
                let size = size.ok_or(NotPainted::Size)?;
                inner.draw_pdf_page(embedded, size, index);
                // Seals are annotations, which are no part of what is embedded.
                let seals = drawn.annotations(index, dots(width, SEAL_DOTS), self.faces)?;
                if let Some(mut part) = seals.and_then(seen) {
                    self.notes.append(&mut part.picture.notes);
                    let at = (part.left, part.top);
                    lay(
                        &mut inner,
                        part.picture,
                        at,
                        (width, height),
                        Some(part.whole),
                    );
                }
            }
        }
        inner.finish();
        Ok(Graphic::new(builder.finish(), false))
    }
}

/// Pixels of a length at so many to the inch, as far as pictures go.
fn dots(millimetres: f64, to_the_inch: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 1 and the widest picture"
    )]
    let dots = (millimetres / 25.4 * to_the_inch)
        .round()
        .clamp(1.0, f64::from(crate::WIDTH_MAX)) as u32;
    dots
}

/// Lays a picture at its place, in pixels of a `whole` page, onto a page of `size` millimetres.
fn lay(
    surface: &mut Surface,
    picture: Picture,
    (left, top): (f64, f64),
    (width, height): (f64, f64),
    whole: Option<(u32, u32)>,
) {
    let whole = whole.unwrap_or((picture.width, picture.height));
    let across = width * POINTS / f64::from(whole.0);
    let down = height * POINTS / f64::from(whole.1);
    let size = Size::from_wh(
        narrow(f64::from(picture.width) * across),
        narrow(f64::from(picture.height) * down),
    );
    let Some(size) = size else { return };
    let (left, top) = (left * across, top * down);
    let image = krilla::image::Image::from_rgba8(picture.rgba, picture.width, picture.height);
    surface.push_transform(&Transform::from_translate(narrow(left), narrow(top)));
    surface.draw_image(image, size);
    surface.pop();
}

/// What of a part is not transparent.
fn seen(part: PartOfPage) -> Option<PartOfPage> {
    let picture = part.picture;
    let row = picture.width as usize;
    let (mut left, mut top, mut right, mut bottom) = (row, usize::MAX, 0, 0);
    for (at, pixel) in picture.rgba.chunks_exact(4).enumerate() {
        if pixel[3] != 0 {
            let (x, y) = (at % row, at / row);
            (left, right) = (left.min(x), right.max(x + 1));
            (top, bottom) = (top.min(y), bottom.max(y + 1));
        }
    }
    if left >= right {
        return None;
    }
    let lines = picture.rgba.chunks_exact(row * 4);
    let lines = lines.skip(top).take(bottom - top);
    let rgba = lines.flat_map(|line| &line[left * 4..right * 4]).copied();
    let narrowed = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Some(PartOfPage {
        picture: Picture {
            width: narrowed(right - left),
            height: narrowed(bottom - top),
            rgba: rgba.collect(),
            notes: picture.notes,
        },
        left: part.left + f64::from(narrowed(left)),
        top: part.top + f64::from(narrowed(top)),
        whole: part.whole,
    })
}

/// A picture whose red is white.
pub(crate) fn without_red(image: &Image) -> Image {
    let mut rgba = image.rgba.clone();
    whiten(&mut rgba);
    Image {
        width: image.width,
        height: image.height,
        rgba,
    }
}

/// Makes what is red white, and what is dark with some red in it grey.
fn whiten(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]];
        let other = green.max(blue);
        if red.saturating_sub(other) > 12 {
            pixel[..3].fill(if red > 130 { 255 } else { other });
        }
    }
}
