//! `yichuan audit`: who did what and when, for an account that may read it and decrypts nothing.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::roster::record::Role;
use yichuan_document::{DeviceId, PersonId, UnitCode};

use super::Globals;
use super::acting::block_on;
use crate::lang::{day, local, say, steps, table};
use crate::office::audit::Audited;
use crate::office::{Failed, PartProblem};

/// `yichuan audit`.
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// 只看该单位 · this unit only
    #[arg(long)]
    unit: Option<String>,
    /// 只看该人员 · this person only
    #[arg(long)]
    person: Option<String>,
    /// 只看该公文（标识或其首尾） · this document only: its id, or its beginning or end
    #[arg(long)]
    document: Option<String>,
    /// 只看该类事项，如 用印、sealed · this kind only, as the column says
    #[arg(long)]
    kind: Option<String>,
    /// 自该日起，如 2026-11-24 · from this day on
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// 至该日止（含） · up to this day, inclusive
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// 导出为 CSV，写入新文件 · write a new CSV file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl Audit {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let from = self
            .from
            .as_deref()
            .map(bound)
            .transpose()?
            .map(|day| day.0);
        let to = self.to.as_deref().map(bound).transpose()?.map(|day| day.1);
        let home = globals.take_home()?;
        let mut lines = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Audit)).await?;
            let bar = steps(say("读取日志", "reading the log"));
            let lines = session.audit(&mut |count| bar.inc(count)).await;
            bar.finish_and_clear();
            lines
        })?;
        lines.retain(|line| {
            self.wants(line)
                && from.is_none_or(|from| line.time.unix_ms() >= from)
                && to.is_none_or(|to| line.time.unix_ms() < to)
        });
        if let Some(path) = &self.csv {
            write_csv(path, &head(), lines.iter().map(cells))?;
        }
        let listed: Vec<Value> = lines.iter().map(as_json).collect();
        globals.print(&json!(listed), &self.text(&lines));
        Ok(ExitCode::SUCCESS)
    }

    fn wants(&self, line: &Audited) -> bool {
        let is = |asked: &Option<String>, found: Option<&str>| {
            asked.as_deref().is_none_or(|asked| found == Some(asked))
        };
        let kind = self.kind.as_deref();
        let document = line.document.map(|id| id.to_string());
        is(&self.unit, line.unit.as_ref().map(UnitCode::as_str))
            && is(&self.person, line.person.as_ref().map(PersonId::as_str))
            && kind.is_none_or(|kind| kind == line.what.0 || kind == line.what.1)
            && self.document.as_deref().is_none_or(|typed| {
                let document = document.as_deref().unwrap_or_default();
                document.starts_with(typed) || document.ends_with(typed)
            })
    }

    fn text(&self, lines: &[Audited]) -> String {
        if lines.is_empty() {
            return say("没有符合条件的记录。", "nothing that was recorded fits.").to_owned();
        }
        let rows: Vec<Vec<String>> = lines.iter().map(cells).collect();
        let mut text = table(&head(), &rows);
        let count = lines.len();
        text.push_str(&format!("{count} {}\n", say("条", "entries")));
        if let Some(path) = &self.csv {
            text.push_str(&format!(
                "{}: {}\n",
                say("已导出", "written"),
                path.display()
            ));
        }
        text
    }
}

/// The first instant of a day, and the first after it, in the local zone.
pub(super) fn bound(text: &str) -> Result<(u64, u64), Failed> {
    day(text).ok_or_else(|| {
        Failed::Usage(format!(
            "{text}: {}",
            say("不是日期，如 2026-11-24", "is no day such as 2026-11-24")
        ))
    })
}

fn head() -> [&'static str; 8] {
    [
        say("序号", "index"),
        say("时间", "time"),
        say("事项", "what"),
        say("帐号", "by"),
        say("人员", "person"),
        say("设备", "device"),
        say("公文", "document"),
        say("说明", "detail"),
    ]
}

fn cells(line: &Audited) -> Vec<String> {
    vec![
        line.index.to_string(),
        local(line.time),
        say(line.what.0, line.what.1).to_owned(),
        line.by.clone(),
        line.person
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        line.device
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        line.document.map(|id| id.to_string()).unwrap_or_default(),
        line.detail.clone(),
    ]
}

fn as_json(line: &Audited) -> Value {
    json!({
        "index": line.index,
        "time_ms": line.time.unix_ms(),
        "kind": line.kind.code(),
        "what": line.what.1,
        "by": line.by,
        "unit": line.unit.as_ref().map(UnitCode::as_str),
        "person": line.person.as_ref().map(PersonId::as_str),
        "device": line.device.as_ref().map(DeviceId::as_str),
        "document": line.document.map(|id| id.to_string()),
        "detail": line.detail,
    })
}

/// Writes a new file that spreadsheets read as UTF-8, and in which no cell is taken for a formula.
pub(super) fn write_csv(
    path: &Path,
    head: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), Failed> {
    use std::io::Write as _;
    let exists = |_| Failed::Part {
        path: path.to_owned(),
        what: PartProblem::Exists,
    };
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(path)
        .map_err(exists)?;
    file.write_all("\u{feff}".as_bytes())?;
    let failed = |error: csv::Error| Failed::Io(std::io::Error::other(error));
    let mut writer = csv::Writer::from_writer(&mut file);
    writer.write_record(head).map_err(failed)?;
    for row in rows {
        let cells = row.into_iter().map(harmless);
        writer.write_record(cells).map_err(failed)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(file.sync_all()?)
}

/// A cell that no spreadsheet calculates.
pub fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g4_no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(
            harmless("云政办发〔2026〕1号".to_owned()),
            "云政办发〔2026〕1号"
        );
    }

    #[test]
    fn a_day_has_a_beginning_and_an_end() {
        let (first, after) = bound("2026-11-24").unwrap();
        assert_eq!(after - first, 86_400_000);
        for bad in ["", "2026-13-01", "24.11.2026", "2026-11-24T10:00"] {
            assert!(bound(bad).is_err(), "{bad}");
        }
    }
}
