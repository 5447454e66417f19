//! Tables of a report: to the terminal, to CSV, to XLSX, to JSON. No cell is ever a formula.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::cli::auditing::harmless;
use crate::home::replace;
use crate::lang::{say, table};
pub(super) use crate::office::supervision::statistics::Cell;
use crate::office::{Failed, PartProblem};

/// The widest column of a spreadsheet, in characters.
const WIDTH_MAX: usize = 60;

/// Where a report is written to, besides the terminal.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Files {
    /// 导出为 CSV · write a CSV file
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// 导出为 XLSX 电子表格 · write an XLSX spreadsheet
    #[arg(long, value_name = "FILE")]
    pub(super) xlsx: Option<PathBuf>,
    /// 覆盖已有文件 · overwrite files that exist
    #[arg(long)]
    pub(super) force: bool,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// What it is about.
    pub(super) title: String,
    /// Its columns.
    pub(super) head: Vec<&'static str>,
    /// Its rows.
    pub(super) rows: Vec<Vec<Cell>>,
    /// What is to be known of it: whose claim it is, and as of when.
    pub(super) claim: String,
}

impl Sheet {
    /// The table for the terminal, or what to do where it has no rows; then whose claim it is.
    pub(super) fn shown(&self, nothing: &str) -> String {
        let body = if self.rows.is_empty() {
            format!("{nothing}\n")
        } else {
            let rows: Vec<Vec<String>> = self
                .rows
                .iter()
                .map(|row| row.iter().map(Cell::shown).collect())
                .collect();
            table(&self.head, &rows)
        };
        format!("{}\n{body}{}\n", self.title, self.claim)
    }

    fn csv(&self) -> Result<Vec<u8>, Failed> {
        let failed = |error: csv::Error| Failed::Io(std::io::Error::other(error));
        // So that spreadsheets read it as UTF-8.
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        let mut writer = csv::Writer::from_writer(&mut bytes);
        writer.write_record(&self.head).map_err(failed)?;
        for row in &self.rows {
            let cells = row.iter().map(|cell| harmless(cell.shown()));
            writer.write_record(cells).map_err(failed)?;
        }
        writer.flush()?;
        drop(writer);
        Ok(bytes)
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let bold = Format::new().set_bold();
        let percent = Format::new().set_num_format("0.0");
        let duration = Format::new().set_num_format("[h]:mm");
        sheet.write_string_with_format(0, 0, &self.title, &bold)?;
        sheet.set_freeze_panes(2, 0)?;
        for (column, name) in (0..).zip(&self.head) {
            sheet.write_string_with_format(1, column, *name, &bold)?;
            let cells = self
                .rows
                .iter()
                .filter_map(|row| row.get(usize::from(column)));
            let widest = cells.map(|cell| cell.shown().width()).max().unwrap_or(0);
            let width = widest.max(name.width()).min(WIDTH_MAX) + 2;
            sheet.set_column_width(column, u32::try_from(width).unwrap_or(20))?;
        }
        for (line, row) in (2..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    // A string is never calculated, whatever it begins with.
                    Cell::Text(words) => sheet.write_string(line, column, words)?,
                    Cell::Count(count) => sheet.write_number(line, column, *count)?,
                    Cell::Percent(rate) => {
                        sheet.write_number_with_format(line, column, *rate, &percent)?
                    }
                    Cell::Minutes(minutes) => {
                        let days = f64::from(*minutes) / 1_440.0;
                        sheet.write_number_with_format(line, column, days, &duration)?
                    }
                    Cell::Nothing => continue,
                };
            }
        }
        let last = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        sheet.write_string(last.saturating_add(3), 0, &self.claim)?;
        book.save_to_buffer()
    }
}

impl Files {
    /// Refuses before anything is asked for what could not be written in the end.
    pub(super) fn check(&self) -> Result<(), Failed> {
        let files = [&self.csv, &self.xlsx];
        files
            .into_iter()
            .flatten()
            .try_for_each(|path| check(path, self.force))
    }

    /// Writes the files that were asked for, and says so.
    pub(super) fn write(&self, sheet: &Sheet) -> Result<String, Failed> {
        let mut told = String::new();
        if let Some(path) = &self.csv {
            told.push_str(&put(path, &sheet.csv()?, self.force)?);
        }
        if let Some(path) = &self.xlsx {
            let failed = |error: XlsxError| Failed::Io(std::io::Error::other(error));
            told.push_str(&put(path, &sheet.xlsx().map_err(failed)?, self.force)?);
        }
        Ok(told)
    }
}

/// Whether a file could be written: nothing is there, or it may be replaced.
pub(super) fn check(path: &Path, force: bool) -> Result<(), Failed> {
    if path.is_dir() || (!force && path.symlink_metadata().is_ok()) {
        return Err(exists(path));
    }
    Ok(())
}

/// Writes a file, a new one unless `force` says to replace what is there, and says so.
pub(super) fn put(path: &Path, bytes: &[u8], force: bool) -> Result<String, Failed> {
    check(path, force)?;
    if force {
        replace(path, bytes)?;
    } else {
        let mut options = OpenOptions::new();
        let options = options.create_new(true).write(true);
        let mut file = options.open(path).map_err(|_| exists(path))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    let word = say("已导出", "written");
    Ok(format!("{word}: {}\n", path.display()))
}

fn exists(path: &Path) -> Failed {
    Failed::Part {
        path: path.to_owned(),
        what: PartProblem::Exists,
    }
}

/// The line under a table: whose claim it is, as of when, and how to verify it.
pub(super) fn claim(size: u64, exact: bool) -> String {
    let (zh, en) = if exact {
        ("日志规模", "the log had")
    } else {
        ("日志规模不少于", "the log had at least")
    };
    format!(
        "{}{} {size} {}",
        say(
            "以上为交换中心的陈述，本机未逐条验证；",
            "This is what the exchange says, not verified here; "
        ),
        say(zh, en),
        say(
            "条。核对：yichuan report verify-figures",
            "entries. To verify figures: yichuan report verify-figures"
        ),
    )
}

/// Whose claim data is, for JSON.
pub(super) fn claim_json(size: u64, exact: bool) -> Value {
    json!({ "by": "exchange", "log_size": size, "log_size_is_exact": exact })
}

#[cfg(test)]
mod tests;
