//! Draws the pages of OFD and PDF files: pictures of them, and files for printers.
//!
//! Nothing is opened here but the bytes that are given, fonts come from [`Faces`], and a hostile
//! file ends in [`NotPainted`] within [`Bounds`]. What could not be drawn as the file says is told
//! by [`Note`]s, never passed over.

mod canvas;
mod glyphs;
mod images;
mod ofd;
mod pdf;
pub mod printing;
mod raster;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use yichuan_layout::Unreadable;
use yichuan_layout::parts::Parts;
use yichuan_layout::{Limits, contents::Contents};
use yichuan_typeface::Faces;

/// The widest picture, in pixels.
pub const WIDTH_MAX: u32 = 4_096;
/// The highest picture, in pixels.
const HEIGHT_MAX: u32 = 8_192;
/// The longest side of a page, in millimetres.
const SIDE_MAX: f64 = 5_000.0;
/// The most pixels of a picture.
const PIXELS_MAX: u64 = 26 << 20;

/// A picture of a page.
#[derive(Clone)]
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Red, green, blue and alpha of each pixel, row by row; the paper is white and opaque.
    pub rgba: Vec<u8>,
    /// What is not drawn as the file says.
    pub notes: BTreeSet<Note>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            width,
            height,
            notes,
            ..
        } = self;
        write!(f, "Picture({width} × {height}, {notes:?})")
    }
}

impl Picture {
    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        images::png(self.width, self.height, &self.rgba)
    }
}

/// Something that is not drawn as the file says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// The font of this name is not here; another one stands in for it.
    FontSubstituted(String),
    /// No font here has this sign; a box is drawn.
    GlyphMissing(char),
    /// A picture in the file is of a kind that is not read, damaged, or too large.
    ImageNotDrawn(String),
    /// A kind of object or paint that is not drawn, by its name in the file.
    NotDrawn(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FontSubstituted(name) => {
                write!(
                    f,
                    "字体“{name}”未安装，以其他字体代替 · font substituted: {name}"
                )
            }
            Self::GlyphMissing(sign) => {
                write!(f, "没有字体含有“{sign}”，以方框代替 · no font has {sign:?}")
            }
            Self::ImageNotDrawn(name) => {
                write!(f, "图片“{name}”未能画出 · picture not drawn: {name}")
            }
            Self::NotDrawn(name) => write!(f, "“{name}”未能画出 · not drawn: {name}"),
        }
    }
}

/// Notes of one page that are kept.
const NOTES_MAX: usize = 64;

/// Why no picture was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPainted {
    /// The file cannot be read.
    Unreadable(Unreadable),
    /// The file is neither OFD nor PDF.
    Kind,
    /// There is no page with this index; the file has so many.
    NoPage {
        /// How many pages there are.
        pages: usize,
    },
    /// The page says no size that can be drawn, or the picture would be too large.
    Size,
    /// Drawing would take more than [`Bounds`] allow.
    TooMuch,
    /// A library that draws gave up half-way, as on a file that was damaged with care.
    Failed,
}

impl fmt::Display for NotPainted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "{why}"),
            Self::Kind => f.write_str("既不是 OFD 也不是 PDF 文件 · neither OFD nor PDF"),
            Self::NoPage { pages } => {
                write!(
                    f,
                    "没有这一页，文件共 {pages} 页 · no such page; the file has {pages}"
                )
            }
            Self::Size => f.write_str("页面尺寸无法绘制 · the page has no size that can be drawn"),
            Self::Failed => f.write_str("绘制中断 · drawing the page was given up"),
            Self::TooMuch => f.write_str("页面内容超出限制 · the page holds more than is drawn"),
        }
    }
}

impl std::error::Error for NotPainted {}

impl From<Unreadable> for NotPainted {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::TooMuch => Self::TooMuch,
            why => Self::Unreadable(why),
        }
    }
}

/// How much drawing one page may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// What reading the file may take.
    pub reading: Limits,
    /// Pixels that are painted, each time anew.
    pub painted: u64,
    /// Steps of outlines.
    pub steps: u64,
    /// Pixels of pictures in the file that are expanded.
    pub decoded: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            reading: Limits {
                work: 3_000_000,
                expanded_bytes: 192 << 20,
                ..Limits::default()
            },
            painted: 600_000_000,
            steps: 4_000_000,
            decoded: 48_000_000,
        }
    }
}

/// A file whose pages can be drawn.
pub struct Opened<'b> {
    form: Form<'b>,
}

enum Form<'b> {
    Ofd(Box<ofd::Document<'b>>),
    Pdf(pdf::Document),
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} pages)", self.pages())
    }
}

impl<'b> Opened<'b> {
    /// Opens an OFD or PDF file; what the strict reading of `layout` refuses is refused here.
    pub fn open(file: &'b [u8], bounds: &Bounds) -> Result<Self, NotPainted> {
        let opened = AssertUnwindSafe(|| {
            if Parts::begins(file) {
                Ok(Form::Ofd(Box::new(ofd::Document::open(file, *bounds)?)))
            } else if file.starts_with(b"%PDF-") {
                Ok(Form::Pdf(pdf::Document::open(file, bounds)?))
            } else {
                Err(NotPainted::Kind)
            }
        });
        let form = catch_unwind(opened).unwrap_or(Err(NotPainted::Failed))?;
        Ok(Self { form })
    }

    /// How many pages there are.
    pub fn pages(&self) -> usize {
        match &self.form {
            Form::Ofd(document) => document.pages(),
            Form::Pdf(document) => document.pages(),
        }
    }

    /// The picture of the page at `index`, counted from 0, `width` pixels wide.
    pub fn page(&mut self, index: usize, width: u32, faces: &Faces) -> Result<Picture, NotPainted> {
        // What draws was not written for files that were made to break it.
        let drawn = AssertUnwindSafe(|| match &mut self.form {
            Form::Ofd(document) => document.picture(index, width, faces),
            Form::Pdf(document) => document.picture(index, width, faces),
        });
        catch_unwind(drawn).unwrap_or(Err(NotPainted::Failed))
    }
}

/// The picture of one page of `file`, counted from 0, `width` pixels wide.
pub fn page(file: &[u8], index: usize, width: u32, faces: &Faces) -> Result<Picture, NotPainted> {
    Opened::open(file, &Bounds::default())?.page(index, width, faces)
}

/// Pixels of a page of this size that is drawn `width` pixels wide.
fn pixels(width: u32, page_width: f64, page_height: f64) -> Result<(u32, u32), NotPainted> {
    let fits = page_width.is_finite() && page_height.is_finite();
    let sides = page_width.min(page_height) >= 1.0 && page_width.max(page_height) <= SIDE_MAX;
    if !fits || !sides || !(1..=WIDTH_MAX).contains(&width) {
        return Err(NotPainted::Size);
    }
    let height = (f64::from(width) * page_height / page_width)
        .round()
        .max(1.0);
    if height > f64::from(HEIGHT_MAX) {
        return Err(NotPainted::Size);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 1 and HEIGHT_MAX"
    )]
    let height = height as u32;
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(NotPainted::Size);
    }
    Ok((width, height))
}

/// What the strict reader finds in `file`.
fn examined(file: &[u8], limits: &Limits) -> Result<Contents, NotPainted> {
    let found = yichuan_layout::examine("", "", file, limits);
    Ok(found.contents?)
}
