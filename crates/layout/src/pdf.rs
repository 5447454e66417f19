//! PDF (ISO 32000): pages, text, annotations, attachments, metadata, signature fields.
//!
//! Encrypted files are not read, whatever their password, and damaged ones are not repaired.

mod beside;
mod cmap;
mod content;
mod fields;
mod file;
mod filter;
mod font;
mod frame;
mod object;
mod outline;
mod revisions;
mod signatures;
mod state;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use encoding_rs::GB18030;

use crate::Unreadable;
use crate::contents::{Contents, Gathered, Kind};
use crate::geometry::{Area, Matrix, Point};
use crate::limits::Budget;
use crate::marks::{Order, Place};
use crate::page::{Sheet, Sight, Source};
use content::Painter;
use file::File;
use font::Font;
use object::{Dict, Object};
use signatures::Shown;

pub(crate) use frame::Frame;
pub(crate) use outline::{Form, Listing, Outline, Sealable, Text, outline};

/// Millimetres of a point.
const POINT: f64 = 25.4 / 72.0;
/// Nodes above a page.
const TREE_MAX: usize = 48;
/// Annotations of a page.
const ANNOTATIONS_MAX: usize = 5_000;
/// Flags of an annotation that is not shown on the page (12.5.3).
const HIDDEN: usize = 2 | 32;

/// Reads a PDF.
pub(crate) fn read(bytes: &[u8], depth: u32, budget: &mut Budget) -> Result<Contents, Unreadable> {
    let mut file = File::open(bytes, budget)?;
    let root = file.trailer.get("Root").clone();
    let root = file.resolve(&root, budget)?;
    let catalog = root.dict().ok_or(Unreadable::Damaged("Root"))?.clone();
    let mut reader = Reader {
        depth,
        off: BTreeSet::new(),
        fonts: HashMap::new(),
        files: Vec::new(),
        shown: Shown::default(),
        gathered: Gathered::new(Kind::Pdf),
    };
    let version = bytes.get(5..8).unwrap_or_default();
    reader.gathered.version = String::from_utf8_lossy(version).into_owned();
    reader.gathered.documents = 1;
    reader.optional_content(&mut file, &catalog, budget)?;
    reader.information(&mut file, &catalog, budget)?;
    for page in pages(&mut file, &catalog, budget)? {
        let (sheet, said) = reader.page(&mut file, &page, budget)?;
        let first = reader.gathered.pages() == 0;
        let place = Place::Note {
            page: reader.gathered.pages() + 1,
        };
        reader.gathered.page(sheet, first, budget)?;
        for text in said {
            reader.gathered.loose(&place, &text, Order::Body);
        }
    }
    reader.beside(&mut file, &catalog, budget)?;
    reader.signatures(&mut file, &catalog, budget)?;
    Ok(reader.gathered.finish())
}

/// One PDF while it is read.
struct Reader {
    depth: u32,
    /// Groups of optional content that are off.
    off: BTreeSet<u32>,
    fonts: HashMap<u32, Rc<Font>>,
    /// Files that annotations hold.
    files: Vec<Object>,
    shown: Shown,
    gathered: Gathered,
}

/// A page with what it inherits.
#[derive(Clone, Default)]
struct Leaf {
    /// The number of its object, where it has one.
    number: Option<u32>,
    dict: Rc<Dict>,
    resources: Object,
    media: Object,
    crop: Object,
    rotate: Object,
}

/// The pages in their order, each with what it inherits from the nodes above (7.7.3).
fn pages(file: &mut File, catalog: &Dict, budget: &mut Budget) -> Result<Vec<Leaf>, Unreadable> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![(catalog.get("Pages").clone(), Leaf::default(), 0)];
    while let Some((raw, above, depth)) = open.pop() {
        // A node that is met again would be a page without end.
        let again = matches!(raw, Object::Ref(number) if !seen.insert(number));
        if again || depth > TREE_MAX {
            return Err(Unreadable::Damaged("Pages"));
        }
        let node = file.resolve(&raw, budget)?;
        let dict = node.dict().ok_or(Unreadable::Damaged("Pages"))?.clone();
        let inherited = |key: &str, above: &Object| match dict.get(key) {
            Object::Null => above.clone(),
            own => own.clone(),
        };
        let leaf = Leaf {
            number: match raw {
                Object::Ref(number) => Some(number),
                _ => None,
            },
            resources: inherited("Resources", &above.resources),
            media: inherited("MediaBox", &above.media),
            crop: inherited("CropBox", &above.crop),
            rotate: inherited("Rotate", &above.rotate),
            dict: dict.clone(),
        };
        if dict.has("Kids") {
            let kids = file.get(&dict, "Kids", budget)?;
            let kids = kids.array().ok_or(Unreadable::Damaged("Kids"))?;
            budget.work(kids.len())?;
            for kid in kids.iter().rev() {
                open.push((kid.clone(), leaf.clone(), depth + 1));
            }
        } else {
            found.push(leaf);
        }
        if found.len() > budget.limits.pages {
            return Err(Unreadable::Pages);
        }
    }
    if found.is_empty() {
        Err(Unreadable::Damaged("Pages"))
    } else {
        Ok(found)
    }
}

/// The rectangle of an array of four numbers.
fn rectangle(
    file: &mut File,
    raw: &Object,
    budget: &mut Budget,
) -> Result<Option<Area>, Unreadable> {
    let list = file.list(raw, budget)?;
    let numbers: Vec<f64> = list.iter().filter_map(Object::number).collect();
    Ok(match numbers[..] {
        [x, y, x2, y2] if numbers.iter().all(|number| number.abs() < 1e6) => {
            let area = Area::between(Point { x, y }, Point { x: x2, y: y2 });
            (area.width() > 0.0 && area.height() > 0.0).then_some(area)
        }
        _ => None,
    })
}

impl Reader {
    /// A page with its annotations, and what is said of parts of it.
    fn page(
        &mut self,
        file: &mut File,
        leaf: &Leaf,
        budget: &mut Budget,
    ) -> Result<(Sheet, Vec<String>), Unreadable> {
        let frame = Frame::read(file, leaf, budget)?;
        let ((width, height), matrix) = (frame.size(), frame.matrix());
        self.shown.page(file, (frame, &leaf.dict), budget)?;
        let mut content = Vec::new();
        for stream in file.list(leaf.dict.get("Contents"), budget)? {
            content.extend(file.decoded(&stream, budget)?);
            // A token never goes on from one stream to the next.
            content.push(b'\n');
            if content.len() > budget.limits.part_bytes {
                return Err(Unreadable::TooMuch);
            }
        }
        let resources = file.resolve(&leaf.resources, budget)?;
        let resources = resources.dict().cloned().unwrap_or_default();
        let mut painter = Painter {
            file,
            budget,
            off: &self.off,
            fonts: &mut self.fonts,
            sheet: Sheet::new(width, height),
            source: Source::Body,
            said: Vec::new(),
            files: Vec::new(),
            object: 0,
            depth: 0,
        };
        painter.run(&content, resources.clone(), matrix, Sight::Seen)?;
        painter.source = Source::Annotation;
        let annotations = painter.file.list(leaf.dict.get("Annots"), painter.budget)?;
        for annotation in annotations.iter().take(ANNOTATIONS_MAX) {
            if let Some(dict) = annotation.dict() {
                annotate(&mut painter, dict, matrix, &resources)?;
            }
        }
        self.files.append(&mut painter.files);
        Ok((painter.sheet, painter.said))
    }
}

/// Lays an annotation over the page and keeps what it says beside it.
fn annotate(
    painter: &mut Painter,
    dict: &Rc<Dict>,
    matrix: Matrix,
    resources: &Rc<Dict>,
) -> Result<(), Unreadable> {
    for key in ["Contents", "V", "RC", "Subj", "TU"] {
        let value = painter.file.get(dict, key, painter.budget)?;
        if let Some(text) = value.string() {
            painter.budget.work(text.len())?;
            painter.said.push(text_string(text));
        }
    }
    let held = painter.file.get(dict, "FS", painter.budget)?;
    if held != Object::Null {
        painter.files.push(held);
    }
    let flags = painter
        .file
        .get(dict, "F", painter.budget)?
        .index()
        .unwrap_or(0);
    let optional = painter.optional(dict.get("OC"))?;
    let off = flags & HIDDEN != 0 || dict.get("Subtype").name() == Some("Popup");
    let sight = if off { Sight::Hidden } else { optional };
    let looks = painter.file.get(dict, "AP", painter.budget)?;
    let Some(looks) = looks.dict().cloned() else {
        return Ok(());
    };
    let mut normal = painter.file.get(&looks, "N", painter.budget)?;
    if let Object::Dict(states) = &normal {
        let state = dict.get("AS").name().unwrap_or_default().to_owned();
        normal = painter.file.get(&states.clone(), &state, painter.budget)?;
    }
    let Object::Stream(form, _) = &normal else {
        return Ok(());
    };
    let place = rectangle(painter.file, dict.get("Rect"), painter.budget)?;
    let bounds = rectangle(painter.file, form.get("BBox"), painter.budget)?;
    let (Some(place), Some(bounds)) = (place, bounds) else {
        return Ok(());
    };
    let own = painter.file.list(form.get("Matrix"), painter.budget)?;
    let own: Vec<f64> = own.iter().filter_map(Object::number).collect();
    let own = <[f64; 6]>::try_from(own).map_or(Matrix::ONE, Matrix::new);
    // The form is scaled so that its bounds fill the annotation's rectangle (12.5.5).
    let around = own.around(bounds);
    let (x, y) = (
        place.width() / around.width().max(0.001),
        place.height() / around.height().max(0.001),
    );
    let fit = Matrix::new([
        x,
        0.0,
        0.0,
        y,
        place.left - around.left * x,
        place.top - around.top * y,
    ]);
    painter.form(&normal, resources, fit.then(matrix), sight)
}

/// A text string (7.9.2.2): UTF-16 or UTF-8 with its mark, else what its bytes most likely are.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => cmap::utf16(rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // Chinese producers write their system's encoding where the standard has Latin letters.
        _ => match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => text.into_owned(),
            None => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}
