//! Tables as files for a spreadsheet: CSV with its mark of UTF-8, or XLSX.

use rust_xlsxwriter::Workbook;
use yichuan_unit::cli::harmless;

use crate::problem::Problem;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Text with commas.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Ending {
    /// As it was asked for; CSV where nobody said.
    pub(crate) fn of(asked: Option<&str>) -> Result<Self, Problem> {
        match asked {
            None | Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Xlsx),
            Some(_) => Err(Problem::entry("format")),
        }
    }

    /// What a file's name ends with.
    pub(crate) const fn written(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A table as a file. No cell is a formula, whatever a stranger has written into it.
pub(crate) fn sheet<H: AsRef<str>>(
    ending: Ending,
    head: &[H],
    rows: Vec<Vec<String>>,
) -> Result<Vec<u8>, Problem> {
    let head = head.iter().map(|cell| cell.as_ref().to_owned()).collect();
    let rows = std::iter::once(head).chain(rows);
    let rows = rows.map(|row: Vec<String>| row.into_iter().map(harmless).collect());
    match ending {
        Ending::Csv => as_csv(rows),
        Ending::Xlsx => as_xlsx(rows),
    }
}

fn as_csv(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let failed = |why: csv::Error| Problem::inside(why.to_string());
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|why| Problem::inside(why.to_string()))
}

fn as_xlsx(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let failed = |why: rust_xlsxwriter::XlsxError| Problem::inside(why.to_string());
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in rows.enumerate() {
        let row = u32::try_from(row).map_err(|_| Problem::entry("format"))?;
        for (column, cell) in cells.iter().enumerate() {
            let column = u16::try_from(column).map_err(|_| Problem::entry("format"))?;
            sheet.write_string(row, column, cell).map_err(failed)?;
        }
    }
    book.save_to_buffer().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e1_a_strangers_words_are_never_a_formula_in_either_file() {
        let rows = || {
            vec![vec![
                "=cmd|' /C calc'!A0".to_owned(),
                "一,\"二\"".to_owned(),
            ]]
        };
        let csv = sheet(Ending::Csv, &["单位", "回执"], rows()).unwrap();
        let text = String::from_utf8(csv).unwrap();
        assert_eq!(
            text,
            "\u{feff}单位,回执\n'=cmd|' /C calc'!A0,\"一,\"\"二\"\"\"\n"
        );
        let xlsx = sheet(Ending::Xlsx, &["单位", "回执"], rows()).unwrap();
        assert!(xlsx.starts_with(b"PK"));
        assert_eq!(Ending::of(None).unwrap().written(), "csv");
        assert!(Ending::of(Some("exe")).is_err());
    }
}
