//! `yichuan verify --code`: the code of a printed original.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::json;

use super::Globals;
use super::acting::block_on;
use super::looking::visible;
use crate::lang::{local, say};
use crate::office::Failed;
use crate::office::permitting::{CopyCode, Resolved};
use crate::report::REFUSED;

/// Looks up the code of a printed original among what the exchange has said to this unit.
pub(super) fn look_up(globals: &Globals, typed: &str) -> Result<ExitCode, Failed> {
    let Ok(code) = typed.trim().parse::<CopyCode>() else {
        let not = say("不是正本校验码", "is no code of a printed original");
        return Err(Failed::Usage(format!("{}: {not}", visible(typed))));
    };
    let home = globals.take_home()?;
    let resolved = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        session.resolve_copy(&code)
    })?;
    let found = resolved.code();
    let words = resolved.words();
    let mut json = json!({ "code": code.to_string(), "found": found });
    let mut text = say(words.0, words.1).to_owned();
    if let Resolved::Genuine { time, body } = &resolved {
        json["unit"] = json!(body.unit.unit.as_str());
        json["copy"] = json!(code.copy);
        json["document"] = json!(code.document.to_string());
        json["time_ms"] = json!(time.unix_ms());
        json["again"] = json!(body.again);
        let again = if body.again {
            say("补印", "printed again")
        } else {
            ""
        };
        let _ = write!(
            text,
            "\n{}: {}\n{}: {:06} {again}\n{}: {}\n{}: {}",
            say("收文单位", "recipient"),
            body.unit.unit,
            say("份号", "copy"),
            code.copy,
            say("打印时间", "printed"),
            local(*time),
            say("公文", "document"),
            code.document,
        );
    }
    globals.print(&json, &text);
    Ok(if found == "genuine" {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    })
}
