//! `yichuan report circular`: a draft circular (通报) on a period.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::sheet::{check, claim_json, put};
use super::units::{Months, asked};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::say;
use crate::office::Failed;
use crate::office::supervision::circular::Form;

/// `yichuan report circular`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Draft {
    #[command(flatten)]
    months: Months,
    /// 包括下级单位（须有督办或审计角色） · units below too, for who supervises or audits
    #[arg(long)]
    below: bool,
    /// 写入 .txt 或 .md 文件 · write it to a .txt or .md file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// 覆盖已有文件 · overwrite a file that exists
    #[arg(long, requires = "out")]
    force: bool,
}

impl Draft {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let period = self.months.period()?;
        let form = self.form()?;
        let home = globals.take_home()?;
        let (rows, session) = block_on(async {
            let session = globals.reporting(&home, self.below).await?;
            let rows = asked(&session, period, self.below).await?;
            Ok((rows, session))
        })?;
        let circular = session.circular(period, &rows);
        let draft = circular.draft(form);
        let mut text = draft.clone();
        if let Some(path) = &self.out {
            text = put(path, draft.as_bytes(), self.force)?;
        }
        let data = json!({
            "draft": draft,
            "from": period.from,
            "until": period.until,
            "claim": claim_json(circular.size, false),
        });
        globals.print(&data, &text);
        Ok(ExitCode::SUCCESS)
    }

    /// The form of the file, where one is to be written.
    fn form(&self) -> Result<Form, Failed> {
        let Some(path) = &self.out else {
            return Ok(Form::Text);
        };
        let form = Form::of(path).ok_or_else(|| {
            let why = say(
                "文件名须以 .txt 或 .md 结尾",
                "the file's name must end in .txt or .md",
            );
            Failed::Usage(format!("{}: {why}", path.display()))
        })?;
        check(path, self.force)?;
        Ok(form)
    }
}
