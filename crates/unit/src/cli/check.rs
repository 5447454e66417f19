//! `yichuan doctor`: one line for each thing that must be in order, with the cure.

use std::process::ExitCode;

use serde_json::json;

use super::Globals;
use super::acting::{block_on, local_accounts};
use crate::doctor::{Mark, examine, tokens_found};
use crate::lang::{say, table};
use crate::office::Failed;
use crate::office::mirror::Mirror;
use crate::office::place::Place;

pub(super) fn doctor(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let place = Place::of(&home)?;
    let known = Mirror::load(home.folder(), &place.pin)?;
    let accounts = local_accounts(home.folder())?;
    let mut findings = block_on(examine(&home, &place, known.as_ref(), &accounts))?;
    let module = globals.other_token_module();
    findings.extend(tokens_found(home.folder(), &accounts, module.as_deref()));
    let shown = |mark: Mark| match mark {
        Mark::Good => say("正常", "good"),
        Mark::Warning => say("注意", "warning"),
        Mark::Bad => say("故障", "bad"),
    };
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|finding| {
            vec![
                finding.what.to_owned(),
                shown(finding.mark).to_owned(),
                finding.found.clone(),
                finding.cure.to_owned(),
            ]
        })
        .collect();
    let listed: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "id": finding.id,
                "result": finding.mark.word(),
                "found": finding.found,
                "cure": finding.cure,
            })
        })
        .collect();
    let head = [
        say("项目", "what"),
        say("结果", "result"),
        say("情况", "found"),
        say("怎么办", "what to do"),
    ];
    globals.print(&json!(listed), &table(&head, &rows));
    let bad = findings.iter().any(|finding| finding.mark == Mark::Bad);
    Ok(if bad {
        ExitCode::from(crate::report::REFUSED)
    } else {
        ExitCode::SUCCESS
    })
}
