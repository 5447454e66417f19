//! Reading a list: CSV as UTF-8 or GB18030, which spreadsheets in Chinese offices save, or XLSX.
//!
//! The file comes from anywhere. Nothing is held of it beyond [`LIST_BYTES_MAX`] bytes of file,
//! [`UNPACKED_BYTES_MAX`] unpacked, [`LIST_LINES_MAX`] lines of [`COLUMNS_MAX`] cells each.
//!
//! [`LIST_BYTES_MAX`]: super::LIST_BYTES_MAX

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, DataRef, Reader as _, SheetVisible, Xlsx};
use encoding_rs::GB18030;
use unicode_normalization::UnicodeNormalization as _;

use super::{BadList, LIST_LINES_MAX, Listed, UnitList};

/// The most bytes that a workbook unpacks to.
const UNPACKED_BYTES_MAX: u64 = 32 << 20;
/// The most files in a workbook.
const FILES_MAX: usize = 1_000;
/// The most different texts that a workbook says it has.
const TEXTS_MAX: u64 = 1_000_000;
/// Columns beyond these are not looked at.
const COLUMNS_MAX: usize = 64;
/// The most characters of a cell that are held: a name has fewer, and a longer one is refused.
const CELL_CHARACTERS_MAX: usize = 400;
/// The heads stand on one of the first lines, below a title at most.
const HEAD_WITHIN: usize = 10;

/// The lines that have something in them, by their number in the file, from 1.
type Rows = BTreeMap<usize, Vec<String>>;

impl UnitList {
    /// Reads a list, and tells CSV and XLSX apart by their first bytes. A workbook's sheet is the
    /// named one, else the first that is shown.
    ///
    /// Columns are found by their heads, in any order: 单位代码 or `code`, 单位名称 or `name`, and
    /// 上级 or `parent`, which may be missing. Others are ignored, and told by [`Self::ignored`].
    pub fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Self, BadList> {
        let rows = if bytes.starts_with(b"PK") {
            workbook(bytes, sheet)?
        } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(BadList::OldWorkbook);
        } else if sheet.is_some() {
            return Err(BadList::NoSheets);
        } else {
            separated(&decoded(bytes)?)?
        };
        listed(rows)
    }
}

/// Text as spreadsheets save it.
fn decoded(bytes: &[u8]) -> Result<String, BadList> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(BadList::Utf16);
    }
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = core::str::from_utf8(plain) {
        return Ok(text.to_owned());
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(Into::into).ok_or(BadList::Encoding)
}

fn separated(text: &str) -> Result<Rows, BadList> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Rows::new();
    let (mut line, mut seen) = (1, 0);
    for record in reader.records() {
        let record = record
            .map_err(|error| BadList::Csv(error.position().map_or(0, csv::Position::line)))?;
        let begin = record.position().map_or(0, csv::Position::byte);
        // Blank lines before a record are counted by the reader only after it.
        let begin = usize::try_from(begin).unwrap_or(seen).max(seen);
        let passed = text.as_bytes().get(seen..).unwrap_or_default();
        let skipped = text.as_bytes().get(begin..).unwrap_or_default();
        let blank = skipped
            .iter()
            .take_while(|byte| b"\r\n".contains(byte))
            .count();
        line += lines_in(&passed[..(begin + blank - seen).min(passed.len())]);
        seen = begin + blank;
        for (column, cell) in record.iter().enumerate() {
            put(&mut rows, line, column, cell)?;
        }
    }
    Ok(rows)
}

/// How many lines end here, in the manner of any system.
fn lines_in(bytes: &[u8]) -> usize {
    let ends = bytes.iter().zip(bytes.iter().skip(1).chain([&b'x']));
    ends.filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && **next != b'\n'))
        .count()
}

fn workbook(bytes: &[u8], named: Option<&str>) -> Result<Rows, BadList> {
    let unread = |error: calamine::XlsxError| BadList::Workbook(error.to_string());
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unread)?;
    let sheets = book.sheets_metadata();
    let mut names = sheets.iter().map(|sheet| sheet.name.as_str());
    let mut shown = sheets.iter();
    let shown = shown.find(|sheet| sheet.visible == SheetVisible::Visible);
    let first = shown
        .map(|sheet| sheet.name.as_str())
        .or_else(|| names.clone().next());
    let found = named.map_or(first, |named| names.clone().find(|name| *name == named));
    let Some(found) = found.map(str::to_owned) else {
        let there: Vec<&str> = names.by_ref().take(COLUMNS_MAX).collect();
        return Err(BadList::Sheet(there.join(", ")));
    };
    // Cell by cell: a range would have room for every cell between the first and the last.
    let mut cells = book.worksheet_cells_reader(&found).map_err(unread)?;
    let mut rows = Rows::new();
    while let Some(cell) = cells.next_cell().map_err(unread)? {
        let (row, column) = cell.get_position();
        let (at, column) = (row as usize + 1, column as usize);
        match cell.get_value() {
            DataRef::Empty => {}
            DataRef::SharedString(text) => put(&mut rows, at, column, text)?,
            DataRef::String(text) => put(&mut rows, at, column, text)?,
            other => put(
                &mut rows,
                at,
                column,
                &Data::from(other.clone()).to_string(),
            )?,
        }
    }
    Ok(rows)
}

/// Unpacks a workbook once into nothing: what it says of its own sizes is not believed.
fn measure(bytes: &[u8]) -> Result<(), BadList> {
    let unread = |error: zip::result::ZipError| BadList::Workbook(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unread)?;
    if archive.len() > FILES_MAX {
        return Err(BadList::Unpacked);
    }
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(unread)?;
        let is_text = is_markup(&file.name().map_err(unread)?);
        let mut unpacked = Vec::new();
        let read = file.take(left + 1).read_to_end(&mut unpacked);
        read.map_err(|error| BadList::Workbook(error.to_string()))?;
        left = left
            .checked_sub(unpacked.len() as u64)
            .ok_or(BadList::Unpacked)?;
        if is_text {
            believable(&unpacked)?;
        }
    }
    Ok(())
}

fn is_markup(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ["xml", "rels"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

/// Refuses what would have the reader set room aside on a file's word: more texts than fit into
/// it, and an encoding in which that could not be seen.
fn believable(markup: &[u8]) -> Result<(), BadList> {
    const COUNT: &str = "uniqueCount";
    const BEFORE_VALUE: [char; 7] = ['=', '"', '\'', ' ', '\t', '\r', '\n'];
    let odd = || BadList::Workbook("UTF-8".to_owned());
    let text = core::str::from_utf8(markup).map_err(|_| odd())?;
    let declared = text.split("<?xml").skip(1).filter_map(|rest| {
        let (declaration, _) = rest.split_once("?>")?;
        declaration.split_once("encoding")
    });
    let is_utf8 = |(_, name): (_, &str)| {
        let name = name.trim_start_matches(BEFORE_VALUE).get(..5);
        name.is_some_and(|name| name.eq_ignore_ascii_case("utf-8"))
    };
    if text.contains('\0') || !declared.into_iter().all(is_utf8) {
        return Err(odd());
    }
    for rest in text.split(COUNT).skip(1) {
        let number = rest.trim_start_matches(BEFORE_VALUE);
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        let count = digits.trim_start_matches('0');
        if count.len() > 7 || count.parse::<u64>().is_ok_and(|count| count > TEXTS_MAX) {
            return Err(BadList::Unpacked);
        }
    }
    Ok(())
}

/// Puts a cell into its place: in form C (UAX #15), without blanks around it.
fn put(rows: &mut Rows, at: usize, column: usize, cell: &str) -> Result<(), BadList> {
    if column >= COLUMNS_MAX || cell.trim().is_empty() {
        return Ok(());
    }
    let shown: String = cell.trim().nfc().take(CELL_CHARACTERS_MAX).collect();
    let row = rows.entry(at).or_default();
    if row.len() <= column {
        row.resize(column + 1, String::new());
    }
    row[column] = shown;
    // The head, and a title above it, are no units.
    if rows.len() > LIST_LINES_MAX + HEAD_WITHIN {
        return Err(BadList::TooManyLines);
    }
    Ok(())
}

/// The columns that are looked at.
struct Columns {
    code: usize,
    name: usize,
    parent: Option<usize>,
}

const HEADS: [&[&str]; 3] = [
    &["单位代码", "代码", "编码", "单位编码", "code"],
    &["单位名称", "名称", "name"],
    &["上级", "上级单位", "上级代码", "上级单位代码", "parent"],
];

/// What a head is for: the place in [`HEADS`].
fn meaning(head: &str) -> Option<usize> {
    let head: String = head.split_whitespace().collect();
    let head = head.to_lowercase();
    HEADS
        .iter()
        .position(|known| known.contains(&head.as_str()))
}

impl Columns {
    fn of(row: &[String]) -> Result<Option<Self>, BadList> {
        let mut found = [None; 3];
        for (column, head) in row.iter().enumerate() {
            let Some(place) = meaning(head) else { continue };
            if found[place].replace(column).is_some() {
                return Err(BadList::HeadTwice(head.clone()));
            }
        }
        Ok(match found {
            [Some(code), Some(name), parent] => Some(Self { code, name, parent }),
            _ => None,
        })
    }
}

fn listed(rows: Rows) -> Result<UnitList, BadList> {
    if rows.is_empty() {
        return Err(BadList::Empty);
    }
    let mut rows = rows.into_iter();
    let mut list = UnitList::default();
    let columns = loop {
        let head = rows.next().filter(|(line, _)| *line <= HEAD_WITHIN);
        let (_, head) = head.ok_or(BadList::NoHead)?;
        if let Some(columns) = Columns::of(&head)? {
            let odd = |head: &String| !head.is_empty() && meaning(head).is_none();
            list.ignored = head.into_iter().filter(odd).collect();
            break columns;
        }
    };
    list.has_parents = columns.parent.is_some();
    for (line, row) in rows {
        let cell = |column: usize| row.get(column).cloned().unwrap_or_default();
        let unit = Listed {
            line,
            code: cell(columns.code),
            name: cell(columns.name),
            parent: columns.parent.map(cell).filter(|parent| !parent.is_empty()),
        };
        // A line that only other columns have something on is no unit.
        if !(unit.code.is_empty() && unit.name.is_empty() && unit.parent.is_none()) {
            list.units.push(unit);
        }
    }
    match list.units.len() {
        0 => Err(BadList::Empty),
        count if count > LIST_LINES_MAX => Err(BadList::TooManyLines),
        _ => Ok(list),
    }
}
