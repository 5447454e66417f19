//! PDF files, drawn by hayro; fonts that they do not carry come from this computer.

mod cost;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::{Decompress, FlushDecompress, Status};
use hayro::hayro_interpret::font::FontQuery;
use hayro::hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, RenderContent, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::dict::keys::{
    ANNOTS, CHAR_PROCS, FUNCTION_TYPE, HEIGHT, PATTERN_TYPE, RECT, WIDTH,
};
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Object, Rect as Corners, Stream};
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::{TRANSPARENT, WHITE};
use hayro::vello_cpu::color::{AlphaColor, Srgb};
use hayro::vello_cpu::peniko::ImageAlphaType;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings};
use kurbo::{Affine, Rect};
use yichuan_layout::Unreadable;
use yichuan_typeface::{Bytes, Faces, Role};

use crate::{Bounds, NOTES_MAX, NotPainted, Note, Picture, examined, pixels};
use cost::{Cost, Weights};

/// Millimetres in a point.
const POINT: f64 = 25.4 / 72.0;
/// The most pixels of one picture in a file.
const IMAGE_PIXELS_MAX: u64 = 24_000_000;

/// The most bytes of one stream.
const STREAM_BYTES_MAX: u64 = 100 << 20;
/// Objects inside each other, references aside.
const DEPTH_MAX: usize = 64;
/// The most bytes of a stream that is packed otherwise than by deflate.
const OTHER_BYTES_MAX: usize = 128 << 10;

/// A file that the strict reader has read.
pub(crate) struct Document {
    pdf: Pdf,
    weights: Weights,
}

impl Document {
    /// Opens a file. The strict reader goes first: forms in circles, bombs and damaged tables end
    /// there; then pictures are measured.
    pub(crate) fn open(bytes: &[u8], bounds: &Bounds) -> Result<Self, NotPainted> {
        examined(bytes, &bounds.reading)?;
        let pdf = Pdf::new(Arc::new(bytes.to_vec()));
        let pdf = pdf.map_err(|_| Unreadable::Damaged("PDF"))?;
        let weights = measured(&pdf, bounds)?;
        Ok(Self { pdf, weights })
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
        let (whole, area) = self.whole(index, width)?;
        self.drawn(index, whole, area, faces, (RenderContent::all(), WHITE))
    }

    /// The page without its annotations.
    pub(crate) fn bare(
        &self,
        index: usize,
        width: u32,
        faces: &Faces,
    ) -> Result<Picture, NotPainted> {
        let (whole, area) = self.whole(index, width)?;
        self.drawn(index, whole, area, faces, (RenderContent::PAGE, WHITE))
    }

    /// What annotations alone show, on no ground: the part of the page that they stand on, for a
    /// page of `width` pixels. `None` where there is no annotation on the page.
    pub(crate) fn annotations(
        &self,
        index: usize,
        width: u32,
        faces: &Faces,
    ) -> Result<Option<PartOfPage>, NotPainted> {
        let (whole, area) = self.whole(index, width)?;
        let page = &self.pdf.pages()[index];
        let map = self.map(index, whole)?;
        let list = page.raw().get::<Array<'_>>(ANNOTS);
        let rects = list.iter().flat_map(|list| {
            let corners = |one: Dict<'_>| one.get::<Corners>(RECT);
            list.iter::<Dict<'_>>().filter_map(corners)
        });
        let rects = rects.map(|it| Rect::new(it.x0, it.y0, it.x1, it.y1).abs());
        let rects = rects.filter(Rect::is_finite);
        let on_page = rects.map(|rect| map.transform_rect_bbox(rect).inflate(1.0, 1.0));
        let Some(taken) = on_page.reduce(|one, other| one.union(other)) else {
            return Ok(None);
        };
        let taken = taken.expand().intersect(area);
        if taken.width() < 1.0 || taken.height() < 1.0 {
            return Ok(None);
        }
        let content = (RenderContent::ANNOTATIONS, TRANSPARENT);
        let picture = self.drawn(index, whole, taken, faces, content)?;
        Ok(Some(PartOfPage {
            picture,
            left: taken.x0,
            top: taken.y0,
            whole,
        }))
    }

    /// A whole page of a width: its pixels, and the same as an area.
    fn whole(&self, index: usize, width: u32) -> Result<((u32, u32), Rect), NotPainted> {
        let (across, down) = self.size(index)?;
        let whole = pixels(width, across, down)?;
        let area = Rect::new(0.0, 0.0, f64::from(whole.0), f64::from(whole.1));
        Ok((whole, area))
    }

    /// From what the page is written in to the pixels of a whole page.
    fn map(&self, index: usize, whole: (u32, u32)) -> Result<Affine, NotPainted> {
        let (across, down) = self.size(index)?;
        let scale = |pixels: u32, millimetres: f64| f64::from(pixels) / (millimetres / POINT);
        let scale = Affine::scale_non_uniform(scale(whole.0, across), scale(whole.1, down));
        Ok(scale * upright(&self.pdf.pages()[index]))
    }

    /// Refuses a page that would take more than pages take.
    fn afforded(
        &self,
        index: usize,
        whole: (u32, u32),
        settings: &InterpreterSettings,
    ) -> Result<(), NotPainted> {
        let page = &self.pdf.pages()[index];
        let area = Rect::new(0.0, 0.0, f64::from(whole.0), f64::from(whole.1));
        let mut cost = Cost::new(area, self.weights);
        let fonts = InterpreterCache::new();
        let map = self.map(index, whole)?;
        let mut context = Context::new(map, area, &fonts, page.xref(), settings.clone());
        interpret_page(page, &mut context, &mut cost);
        cost.checked()
    }

    /// An area of whole pixels of a page that is `whole` so large.
    fn drawn(
        &self,
        index: usize,
        whole: (u32, u32),
        area: Rect,
        faces: &Faces,
        (render_content, ground): (RenderContent, AlphaColor<Srgb>),
    ) -> Result<Picture, NotPainted> {
        let map = Affine::translate((-area.x0, -area.y0)) * self.map(index, whole)?;
        let lookup = Arc::new(Lookup::new(faces));
        let resolver = Arc::clone(&lookup);
        let settings = InterpreterSettings {
            font_resolver: Arc::new(move |query| Some(resolver.find(query))),
            render_content,
            ..InterpreterSettings::default()
        };
        let side = |length: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number of pixels, and more than 65,535 are refused"
            )]
            let side = length as u32;
            u16::try_from(side).map_err(|_| NotPainted::Size)
        };
        self.afforded(index, whole, &settings)?;
        let mut canvas = RenderContext::new(side(area.width())?, side(area.height())?);
        hayro::render_into(
            &self.pdf.pages()[index],
            &RenderCache::new(),
            &settings,
            &RenderSettings::default(),
            &mut canvas,
            map,
        );
        canvas.flush();
        let mut pixmap = Pixmap::new(canvas.width(), canvas.height());
        let rasterizer = RasterizerSettings {
            target_init: TargetInit::Clear(ground),
            ..RasterizerSettings::default()
        };
        canvas.render_with(&mut pixmap, &mut Resources::default(), rasterizer);
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

/// A part of a page, in pixels.
pub(crate) struct PartOfPage {
    pub(crate) picture: Picture,
    /// How far it begins from the left edge of the page.
    pub(crate) left: f64,
    /// And from the upper edge.
    pub(crate) top: f64,
    /// Width and height of the whole page.
    pub(crate) whole: (u32, u32),
}

/// From what a page is written in to points from its upper left corner, turned as it is read.
fn upright(page: &Page<'_>) -> Affine {
    let it = page.initial_transform(true).as_coeffs();
    Affine::new(it)
}

/// Refuses files with pictures, or streams of any kind, that would expand without end: hayro
/// expands without a bound of its own. What pages may draw many times is weighed.
fn measured(pdf: &Pdf, bounds: &Bounds) -> Result<Weights, NotPainted> {
    let (mut pixels, mut bytes) = (0_u64, 0_u64);
    let mut weights = Weights::default();
    for object in pdf.objects() {
        weights.glyph = weights.glyph.max(largest_glyph(&object, 0)?);
        let Some(stream) = object.into_stream() else {
            continue;
        };
        let number = |name: &[u8]| {
            let number = stream.dict().get::<i32>(name).unwrap_or(0);
            u64::from(number.unsigned_abs())
        };
        let size = expanded(&stream)?;
        if number(PATTERN_TYPE) == 1 {
            weights.tile = weights.tile.max(size);
        }
        if number(FUNCTION_TYPE) == 4 {
            weights.function = weights.function.max(size);
        }
        let own = number(WIDTH).saturating_mul(number(HEIGHT));
        pixels = pixels.saturating_add(own);
        bytes = bytes.saturating_add(size);
        let all = bounds.decoded.saturating_mul(8);
        if own > IMAGE_PIXELS_MAX || pixels > all || bytes > bounds.reading.expanded_bytes {
            return Err(NotPainted::TooMuch);
        }
    }
    Ok(weights)
}

/// The largest glyph that is drawn by instructions, of all fonts that stand in an object itself.
fn largest_glyph(object: &Object<'_>, depth: usize) -> Result<u64, NotPainted> {
    let mut largest = 0;
    let mut look = |inside: MaybeRef<Object<'_>>| -> Result<(), NotPainted> {
        if let MaybeRef::NotRef(inside) = inside {
            if depth >= DEPTH_MAX {
                return Err(NotPainted::TooMuch);
            }
            largest = largest.max(largest_glyph(&inside, depth + 1)?);
        }
        Ok(())
    };
    let dict = match object {
        Object::Dict(dict) => dict,
        Object::Stream(stream) => stream.dict(),
        Object::Array(array) => {
            array.raw_iter().try_for_each(look)?;
            return Ok(largest);
        }
        _ => return Ok(0),
    };
    dict.entries().try_for_each(|(_, inside)| look(inside))?;
    if let Some(glyphs) = dict.get::<Dict<'_>>(CHAR_PROCS) {
        for name in glyphs.keys() {
            if let Some(glyph) = glyphs.get::<Stream<'_>>(name) {
                largest = largest.max(expanded(&glyph)?);
            }
        }
    }
    Ok(largest)
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
