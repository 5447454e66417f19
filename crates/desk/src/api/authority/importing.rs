//! A list of units from a spreadsheet: every line judged before anything is signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_unit::authority::{
    Allowed, AuthorityFailed, Checked, Fault, Import, LIST_BYTES_MAX, LookAlikes, Outcome, UnitList,
};
use yichuan_unit::cli::{told_fault, word_of_fault};
use yichuan_unit::lang::say;

use super::sealing::uploaded;
use super::{Outcome as Given, Signed, Typed, at_authority, opened, signed};
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;

/// The most lines that are told; the figures count all of them.
const LINES_TOLD: usize = 500;

/// A list, and what it may do beside opening units.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitsListed {
    /// The uploaded file, CSV or XLSX.
    file: String,
    /// The sheet of a workbook; the first that is shown where it is not said.
    sheet: Option<String>,
    /// Rename and move units that are there.
    #[serde(default)]
    update: bool,
    /// The codes of units whose names may look like others: each was compared.
    #[serde(default)]
    look_alikes: Vec<String>,
}

/// The same, signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportSigned {
    list: UnitsListed,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// What is wrong with a line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineFault {
    /// Such as `look-alike` or `twice`.
    code: String,
    text: String,
    cure: String,
}

/// A line of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineJudged {
    /// In the file, from 1.
    line: usize,
    code: String,
    name: String,
    /// `opened`, `changed`, `unchanged` or `refused`.
    outcome: &'static str,
    faults: Vec<LineFault>,
}

/// A list, judged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListJudged {
    lines: usize,
    opened: usize,
    changed: usize,
    unchanged: usize,
    refused: usize,
    /// Heads of columns that were not used.
    ignored: Vec<String>,
    /// Those that are refused first; not all of a long list.
    told: Vec<LineJudged>,
}

impl UnitsListed {
    fn read(&self, sitting: &Sitting) -> Result<UnitList, Problem> {
        let bytes = uploaded(sitting, &self.file, LIST_BYTES_MAX)?;
        let sheet = self.sheet.as_deref().filter(|sheet| !sheet.is_empty());
        let list = UnitList::read(&bytes, sheet);
        Ok(list.map_err(AuthorityFailed::from)?)
    }

    fn allowed(&self) -> Allowed {
        Allowed {
            update: self.update,
            look_alikes: LookAlikes::Of(self.look_alikes.iter().cloned().collect()),
        }
    }
}

fn line(checked: &Checked) -> LineJudged {
    let (outcome, faults) = match &checked.outcome {
        Outcome::Opened => ("opened", &[][..]),
        Outcome::Changed => ("changed", &[][..]),
        Outcome::Unchanged => ("unchanged", &[][..]),
        Outcome::Refused(faults) => ("refused", faults.as_slice()),
    };
    let fault = |fault: &Fault| {
        let (text, cure) = told_fault(fault);
        let cure = match fault {
            Fault::Differs { .. } => say(
                "确需更名、改隶的，勾选“已有单位按名单更名、改隶”",
                "to rename or move it, tick that units that are there may be changed",
            ),
            Fault::LookAlike { .. } => say(
                "更正名称；核对无误的，勾选该行",
                "correct the name; where it is meant so, tick this line",
            ),
            _ => cure,
        };
        LineFault {
            code: word_of_fault(fault).to_owned(),
            text,
            cure: cure.to_owned(),
        }
    };
    LineJudged {
        line: checked.line,
        code: checked.code.clone(),
        name: checked.name.clone(),
        outcome,
        faults: faults.iter().map(fault).collect(),
    }
}

fn judged(import: &Import, ignored: &[String]) -> ListJudged {
    let count = |outcome: Outcome| import.count(|found| *found == outcome);
    let bad = |checked: &&Checked| matches!(checked.outcome, Outcome::Refused(_));
    let refused = import.lines.iter().filter(bad);
    let others = import.lines.iter().filter(|checked| !bad(checked));
    ListJudged {
        lines: import.lines.len(),
        opened: count(Outcome::Opened),
        changed: count(Outcome::Changed),
        unchanged: count(Outcome::Unchanged),
        refused: import.refused(),
        ignored: ignored.to_vec(),
        told: refused.chain(others).take(LINES_TOLD).map(line).collect(),
    }
}

/// Judges a list of units, line by line
#[utoipa::path(post, path = "/api/v1/authority/import/check", tag = "authority",
    request_body = UnitsListed, responses((status = 200, body = ListJudged)))]
pub(crate) async fn check(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(listed): Entered<UnitsListed>,
) -> Result<Json<ListJudged>, Problem> {
    // Nothing is looked into for who may not sign.
    at_authority(Arc::clone(&desk), &sitting, async |_, _| Ok(())).await?;
    let list = listed.read(&sitting)?;
    let told = at_authority(desk, &sitting, async move |at, folder| {
        let authority = opened(at, folder)?;
        let import = list.check(authority.roster(), listed.allowed());
        Ok(judged(&import, list.ignored()))
    });
    Ok(Json(told.await?))
}

/// Opens the units of a list, where every line is in order
#[utoipa::path(post, path = "/api/v1/authority/import", tag = "authority",
    request_body = ImportSigned, responses((status = 200, body = Signed)))]
pub(crate) async fn sign(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<ImportSigned>,
) -> Result<Json<Signed>, Problem> {
    at_authority(Arc::clone(&desk), &sitting, async |_, _| Ok(())).await?;
    let list = entered.list.read(&sitting)?;
    let (allowed, file) = (entered.list.allowed(), entered.list.file.clone());
    let done = signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| {
            let import = list.check(authority.roster(), allowed);
            let to_revoke = authority.seals_of_renamed(&import);
            let nothing = match import.refused() {
                0 => "it is empty".to_owned(),
                refused => format!("{refused} lines are refused"),
            };
            let nothing = || AuthorityFailed::Plan(nothing);
            let plan = import.into_plan().ok_or_else(nothing)?;
            let (acts, tickets) = authority.carry_out(&plan, password)?;
            Ok(Given {
                acts,
                tickets,
                to_revoke,
            })
        },
    );
    let done = done.await?;
    sitting.uploads.remove(&file);
    Ok(done)
}
