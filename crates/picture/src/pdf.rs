//! PDF files, drawn by hayro; fonts that they do not carry come from this computer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::{Decompress, FlushDecompress, Status};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::RenderContent;
use hayro::hayro_interpret::font::FontQuery;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::Stream;
use hayro::vello_cpu::color::palette::css::{TRANSPARENT, WHITE};
use hayro::vello_cpu::color::{AlphaColor, Srgb};
use hayro::vello_cpu::peniko::ImageAlphaType;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use yichuan_layout::Unreadable;
use yichuan_typeface::{Bytes, Faces, Role};

use crate::{Bounds, NOTES_MAX, NotPainted, Note, Picture, examined, pixels};

/// Millimetres in a point.
const POINT: f64 = 25.4 / 72.0;
/// The most pixels of one picture in a file.
const IMAGE_PIXELS_MAX: u64 = 24_000_000;

/// The most bytes of one stream.
const STREAM_BYTES_MAX: u64 = 100 << 20;
/// The most bytes of a stream that is packed otherwise than by deflate.
const OTHER_BYTES_MAX: usize = 128 << 10;

/// A file that the strict reader has read.
pub(crate) struct Document {
    pdf: Pdf,
}

impl Document {
    /// Opens a file. The strict reader goes first: forms in circles, bombs and damaged tables end
    /// there; then pictures are measured.
    pub(crate) fn open(bytes: &[u8], bounds: &Bounds) -> Result<Self, NotPainted> {
        examined(bytes, &bounds.reading)?;
        let pdf = Pdf::new(Arc::new(bytes.to_vec()));
        let pdf = pdf.map_err(|_| Unreadable::Damaged("PDF"))?;
        let document = Self { pdf };
        document.measure(bounds)?;
        Ok(document)
    }

    /// Refuses files with pictures, or streams of any kind, that would expand without end: hayro
    /// expands without a bound of its own.
    fn measure(&self, bounds: &Bounds) -> Result<(), NotPainted> {
        let (mut pixels, mut bytes) = (0_u64, 0_u64);
        for object in self.pdf.objects() {
            let Some(stream) = object.into_stream() else {
                continue;
            };
            let side = |name: &[u8]| {
                let side = stream.dict().get::<i32>(name).unwrap_or(0);
                u64::from(side.unsigned_abs())
            };
            let own = side(b"Width").saturating_mul(side(b"Height"));
            pixels = pixels.saturating_add(own);
            bytes = bytes.saturating_add(expanded(&stream)?);
            let all = bounds.decoded.saturating_mul(8);
            if own > IMAGE_PIXELS_MAX || pixels > all || bytes > bounds.reading.expanded_bytes {
                return Err(NotPainted::TooMuch);
            }
        }
        Ok(())
    }

    pub(crate) fn pages(&self) -> usize {
        self.pdf.pages().len()
    }

    /// The page's width and height in millimetres.
    pub(crate) fn size(&self, index: usize) -> Result<(f64, f64), NotPainted> {
        let pages = self.pages();
        let page = self.pdf.pages().get(index);
        let page = page.ok_or(NotPainted::NoPage { pages })?;
        let (width, height) = page.render_dimensions();
        Ok((f64::from(width) * POINT, f64::from(height) * POINT))
    }

    pub(crate) fn picture(
        &self,
        index: usize,
        width: u32,
        faces: &Faces,
    ) -> Result<Picture, NotPainted> {
        self.drawn(index, width, faces, RenderContent::all(), WHITE)
    }

    /// What annotations alone show, on no ground.
    pub(crate) fn annotations(
        &self,
        index: usize,
        width: u32,
        faces: &Faces,
    ) -> Result<Picture, NotPainted> {
        self.drawn(index, width, faces, RenderContent::ANNOTATIONS, TRANSPARENT)
    }

    /// The page without its annotations.
    pub(crate) fn bare(
        &self,
        index: usize,
        width: u32,
        faces: &Faces,
    ) -> Result<Picture, NotPainted> {
        self.drawn(index, width, faces, RenderContent::PAGE, WHITE)
    }

    fn drawn(
        &self,
        index: usize,
        width: u32,
        faces: &Faces,
        render_content: RenderContent,
        bg_color: AlphaColor<Srgb>,
    ) -> Result<Picture, NotPainted> {
        let (across, down) = self.size(index)?;
        let (width, height) = pixels(width, across, down)?;
        let page = &self.pdf.pages()[index];
        let lookup = Arc::new(Lookup::new(faces));
        let resolver = Arc::clone(&lookup);
        let settings = InterpreterSettings {
            font_resolver: Arc::new(move |query| Some(resolver.find(query))),
            render_content,
            ..InterpreterSettings::default()
        };
        let scale = |pixels: u32, millimetres: f64| {
            // A little more, since the rest of a pixel is cut off.
            crate::raster::narrow((f64::from(pixels) + 0.01) / (millimetres / POINT))
        };
        let pixmap = hayro::render(
            page,
            &RenderCache::new(),
            &settings,
            &RenderSettings::default(),
            &PixmapSettings {
                x_scale: scale(width, across),
                y_scale: scale(height, down),
                bg_color,
            },
        );
        let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
        let rgba = pixmap.take_rgba8(ImageAlphaType::Alpha);
        Ok(Picture {
            width,
            height,
            rgba,
            notes: lookup.notes(),
        })
    }
}

/// How many bytes a stream expands to, as far as [`STREAM_BYTES_MAX`].
fn expanded(stream: &Stream) -> Result<u64, NotPainted> {
    // The type of filters has no name outside of hayro, but they tell their own.
    let filters = stream.filters();
    let filters: Vec<String> = filters.iter().map(|filter| format!("{filter:?}")).collect();
    let packed = ["LzwDecode", "FlateDecode", "RunLengthDecode"];
    let packing = filters
        .iter()
        .filter(|name| packed.contains(&name.as_str()));
    let raw = stream.raw_data();
    match packing.count() {
        0 => Ok(raw.len() as u64),
        1 if filters.first().is_some_and(|name| name == "FlateDecode") => inflated(&raw),
        // Nobody packs twice; of the other two no more than can do no harm is taken.
        1 if raw.len() <= OTHER_BYTES_MAX => Ok(raw.len() as u64 * 256),
        _ => Err(NotPainted::TooMuch),
    }
}

/// How many bytes a zlib stream gives, without keeping them.
fn inflated(raw: &[u8]) -> Result<u64, NotPainted> {
    let mut inflate = Decompress::new(true);
    let mut room = vec![0; 64 << 10];
    loop {
        let (read, given) = (inflate.total_in(), inflate.total_out());
        if given > STREAM_BYTES_MAX {
            return Err(NotPainted::TooMuch);
        }
        let rest = usize::try_from(read).ok().and_then(|read| raw.get(read..));
        let status = inflate.decompress(rest.unwrap_or_default(), &mut room, FlushDecompress::None);
        let stood = inflate.total_in() == read && inflate.total_out() == given;
        if stood || !matches!(status, Ok(Status::Ok)) {
            return Ok(inflate.total_out());
        }
    }
}

/// The fonts of this computer, and which of them stood in for others.
struct Lookup {
    faces: Faces,
    notes: Mutex<BTreeSet<Note>>,
}

impl Lookup {
    fn new(faces: &Faces) -> Self {
        Self {
            faces: faces.clone(),
            notes: Mutex::default(),
        }
    }

    /// The font for what a file names, else hayro's own for the fourteen that every reader has.
    fn find(&self, query: &FontQuery) -> (Bytes, u32) {
        let query = match query {
            FontQuery::Standard(standard) => return standard.get_font_data(),
            FontQuery::Fallback(query) => query,
        };
        let names = [
            &query.post_script_name,
            &query.font_name,
            &query.font_family,
        ];
        let names: Vec<&String> = names.into_iter().flatten().collect();
        let found = names.iter().find_map(|name| self.faces.find(name));
        let is_chinese = query.character_collection.is_some();
        let found = match found {
            None if is_chinese => self.faces.role(Role::Song),
            found => found,
        };
        if found.is_none_or(|found| found.is_substitute)
            && let Some(name) = names.first()
        {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            if notes.len() < NOTES_MAX {
                notes.insert(Note::FontSubstituted((*name).clone()));
            }
        }
        match found.and_then(|found| Some((self.faces.load(found.face).ok()?, found.face))) {
            Some((bytes, face)) => (bytes, face.source.index),
            None => query.pick_standard_font().get_font_data(),
        }
    }

    fn notes(&self) -> BTreeSet<Note> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.clone()
    }
}
