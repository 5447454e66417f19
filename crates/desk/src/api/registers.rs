//! The registers 发文登记簿 and 收文登记簿, and their export.

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::Response;
use yichuan_unit::lang::say;

use super::documents::{Line, Lines};
use super::listed::{Wanted, every, listed};
use crate::download;
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::sheet::{Ending, sheet};
use crate::words::UnitRef;

fn wanted(direction: &str, mut wanted: Wanted) -> Result<Wanted, Problem> {
    if !["sent", "received"].contains(&direction) {
        return Err(Problem::not_found());
    }
    wanted.direction = Some(direction.to_owned());
    Ok(wanted.newest())
}

/// A register, the newest first
#[utoipa::path(get, path = "/api/v1/registers/{direction}", tag = "registers",
    params(("direction" = String, Path), Wanted), responses((status = 200, body = Lines)))]
pub(crate) async fn register(
    sitting: Sitting,
    Path(direction): Path<String>,
    Query(asked): Query<Wanted>,
) -> Result<Json<Lines>, Problem> {
    let wanted = wanted(&direction, asked)?;
    let page = sitting.act(async move |at| listed(at, &wanted, |_| true).await);
    Ok(Json(page.await?))
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
    cells
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
    let ending = Ending::of(asked.format.as_deref())?;
    let wanted = wanted(&direction, asked)?;
    let bytes = sitting.act(async move |at| {
        let lines = every(at, &wanted).await?;
        let rows = lines.iter().map(|line| cells(line, sent)).collect();
        sheet(ending, &head(sent), rows)
    });
    let bytes = bytes.await?;
    let name = if sent {
        "发文登记簿"
    } else {
        "收文登记簿"
    };
    let ending = ending.written();
    Ok(download::of_bytes(&format!("{name}.{ending}"), bytes))
}
