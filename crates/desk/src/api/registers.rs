//! The registers 发文登记簿 and 收文登记簿, and their export.

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::Response;
use rust_xlsxwriter::Workbook;
use yichuan_unit::cli::harmless;
use yichuan_unit::lang::say;

use super::documents::{Line, Wanted, lines};
use crate::download;
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::words::{Page, UnitRef, page};

fn wanted(direction: &str, mut wanted: Wanted) -> Result<Wanted, Problem> {
    if !["sent", "received"].contains(&direction) {
        return Err(Problem::not_found());
    }
    wanted.direction = Some(direction.to_owned());
    Ok(wanted.newest())
}

/// A register, the newest first
#[utoipa::path(get, path = "/api/v1/registers/{direction}", tag = "registers",
    params(("direction" = String, Path), Wanted), responses((status = 200, body = Page<Line>)))]
pub(crate) async fn register(
    sitting: Sitting,
    Path(direction): Path<String>,
    Query(asked): Query<Wanted>,
) -> Result<Json<Page<Line>>, Problem> {
    let (wanted, (cursor, limit)) = (wanted(&direction, asked.clone())?, asked.paging());
    let lines = sitting.act(async move |at| lines(at, &wanted).await);
    Ok(Json(page(lines.await?, cursor.as_deref(), limit)))
}

fn head(sent: bool) -> Vec<&'static str> {
    let mut head = vec![
        say("发文字号", "number"),
        say("标题", "title"),
        if sent {
            say("发往", "to")
        } else {
            say("来文单位", "from")
        },
        say("文种", "kind"),
        say("密级", "level"),
        say("紧急程度", "urgency"),
        say("状态", "state"),
        say("发出时间", "dispatched"),
        say("办理期限", "due"),
        say("注意", "attention"),
        say("标识", "id"),
    ];
    head.insert(0, say("登记号", "own number"));
    if !sent {
        head.insert(0, say("收文号", "registered"));
    }
    head
}

fn cells(line: &Line, sent: bool) -> Vec<String> {
    let names = |units: &[UnitRef]| -> String {
        let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
        names.join("、")
    };
    let from = line.from.clone();
    let state = line.state.as_ref().unwrap_or(&line.stage);
    let attention: Vec<&str> = line.attention.iter().map(|it| it.text.as_str()).collect();
    let mut cells = vec![
        line.number.clone().unwrap_or_default(),
        line.title.clone().unwrap_or_default(),
        if sent {
            names(&line.to)
        } else {
            from.map(|unit| unit.name).unwrap_or_default()
        },
        line.kind.text.clone(),
        line.level.text.clone(),
        line.urgency.text.clone(),
        state.text.clone(),
        line.dispatched
            .as_ref()
            .map(|it| it.text().to_owned())
            .unwrap_or_default(),
        line.due
            .as_ref()
            .map(|it| it.text().to_owned())
            .unwrap_or_default(),
        attention.join("、"),
        line.id.clone(),
    ];
    cells.insert(0, line.own_number.clone().unwrap_or_default());
    if !sent {
        cells.insert(0, line.register_number.clone().unwrap_or_default());
    }
    // No cell is a formula, whatever a stranger has written into a title.
    cells.into_iter().map(harmless).collect()
}

fn as_csv(head: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, Problem> {
    let failed = |why: csv::Error| Problem::inside(why.to_string());
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(head).map_err(failed)?;
    for row in rows {
        writer.write_record(row).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|why| Problem::inside(why.to_string()))
}

fn as_xlsx(head: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, Problem> {
    let failed = |why: rust_xlsxwriter::XlsxError| Problem::inside(why.to_string());
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    for (row, cells) in std::iter::once(&head).chain(rows).enumerate() {
        let row = u32::try_from(row).map_err(|_| Problem::entry("format"))?;
        for (column, cell) in cells.iter().enumerate() {
            let column = u16::try_from(column).map_err(|_| Problem::entry("format"))?;
            sheet.write_string(row, column, cell).map_err(failed)?;
        }
    }
    book.save_to_buffer().map_err(failed)
}

/// A register as a file for a spreadsheet
#[utoipa::path(get, path = "/api/v1/registers/{direction}/export", tag = "registers",
    params(("direction" = String, Path), Wanted), responses((status = 200)))]
pub(crate) async fn export(
    sitting: Sitting,
    Path(direction): Path<String>,
    Query(asked): Query<Wanted>,
) -> Result<Response, Problem> {
    let sent = direction == "sent";
    let ending = match asked.format.as_deref() {
        None | Some("csv") => "csv",
        Some("xlsx") => "xlsx",
        Some(_) => return Err(Problem::entry("format")),
    };
    let wanted = wanted(&direction, asked)?;
    let bytes = sitting.act(async move |at| {
        let lines = lines(at, &wanted).await?;
        let rows: Vec<Vec<String>> = lines.iter().map(|line| cells(line, sent)).collect();
        match ending {
            "csv" => as_csv(&head(sent), &rows),
            _ => as_xlsx(&head(sent), &rows),
        }
    });
    let bytes = bytes.await?;
    let name = if sent {
        "发文登记簿"
    } else {
        "收文登记簿"
    };
    Ok(download::of_bytes(&format!("{name}.{ending}"), bytes))
}
