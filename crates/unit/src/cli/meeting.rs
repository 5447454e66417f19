//! Meeting notices: filling in the reply form, and what the recipients replied.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::roster::record::Role;

use super::Globals;
use super::acting::block_on;
use super::auditing::write_csv;
use super::receiving::fetched;
use crate::home::read_at_most;
use crate::lang::{say, table};
use crate::office::Failed;
use crate::office::meeting::{Attending, FORM_BYTES_MAX, Form};

/// `yichuan reply`.
#[derive(Debug, Args)]
pub(super) struct Reply {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 填写内容（JSON：{"字段": "内容"}） · what is filled in, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "field")]
    form: Option<PathBuf>,
    /// 填写一个字段，可多次；都不写则列出字段 · one field; without any, the fields are listed
    #[arg(long, value_name = "NAME=VALUE")]
    field: Vec<String>,
}

/// `yichuan replies`.
#[derive(Debug, Args)]
pub(super) struct Replies {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 导出为 CSV，写入新文件 · write a new CSV file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl Reply {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let given = self.given()?;
        let home = globals.take_home()?;
        let outcome = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let received = fetched(&mut session, &self.id).await?;
            let form = received.form()?;
            let answers = match &given {
                Given::Nothing => return Ok((form, None)),
                Given::Fields(fields) => form.fill(fields),
                Given::Json(text) => form.fill_from(text),
            };
            let answers = answers.map_err(Failed::Form)?;
            let about = session.registers()?.one_received(&self.id)?.about;
            let done = session.reply(about, &answers).await?;
            Ok((form, Some((done, answers))))
        })?;
        match outcome {
            (form, None) => globals.print(&json!({ "fields": form.fields }), &fields(&form)),
            (_, Some((done, answers))) => {
                let more = json!({ "answers": answers.answers });
                globals.recorded(("回执已提交", "replied"), &done, more, "");
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn given(&self) -> Result<Given, Failed> {
        if let Some(path) = &self.form {
            let read = read_at_most(path, FORM_BYTES_MAX as u64);
            let bytes = read.map_err(|why| Failed::Usage(format!("{}: {why}", path.display())))?;
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| Failed::Usage(format!("{}: UTF-8", path.display())))?;
            return Ok(Given::Json(text));
        }
        if self.field.is_empty() {
            return Ok(Given::Nothing);
        }
        let pair = |typed: &String| {
            let (name, value) = typed.split_once('=')?;
            Some((name.trim().to_owned(), value.to_owned()))
        };
        let pairs = self.field.iter().map(|typed| {
            pair(typed).ok_or_else(|| Failed::Usage(format!("--field {typed}: NAME=VALUE")))
        });
        Ok(Given::Fields(pairs.collect::<Result<_, _>>()?))
    }
}

/// What was typed.
enum Given {
    Nothing,
    Fields(Vec<(String, String)>),
    Json(String),
}

fn fields(form: &Form) -> String {
    let rows: Vec<Vec<String>> = form
        .fields
        .iter()
        .map(|field| {
            let (zh, en) = field.kind.words();
            let required = if field.required {
                say("必填", "required")
            } else {
                ""
            };
            vec![
                field.name.clone(),
                say(zh, en).to_owned(),
                field.choices.join(say("、", ", ")),
                required.to_owned(),
            ]
        })
        .collect();
    let head = [
        say("字段", "field"),
        say("填写", "takes"),
        say("选项", "choices"),
        "",
    ];
    table(&head, &rows)
}

impl Replies {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let attendance = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let about = session.registers()?.one_sent(&self.id)?.about;
            session.attendance(about).await
        })?;
        let (head, rows) = (attendance.head(), attendance.rows());
        let columns: Vec<&str> = head.iter().map(String::as_str).collect();
        if let Some(path) = &self.csv {
            write_csv(path, &columns, rows.iter().cloned())?;
        }
        let (replied, lines) = (attendance.replied(), &attendance.lines);
        let mut text = format!(
            "{}{} {replied} / {}\n",
            table(&columns, &rows),
            say("已回复", "replied"),
            lines.len()
        );
        if let Some(path) = &self.csv {
            let word = say("已导出", "written");
            text.push_str(&format!("{word}: {}\n", path.display()));
        }
        let listed: Vec<Value> = lines.iter().map(as_json).collect();
        let fields = &attendance.form.fields;
        let data = json!({ "fields": fields, "replied": replied, "replies": listed });
        globals.print(&data, &text);
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(line: &Attending) -> Value {
    let reply = line.reply.as_ref();
    let answers = reply.and_then(|reply| reply.answers.as_ref());
    json!({
        "unit": line.unit.as_str(),
        "name": line.name,
        "replied": reply.is_some(),
        "time_ms": reply.map(|reply| reply.time.unix_ms()),
        "account": reply.map(|reply| reply.account.as_str()),
        "index": reply.map(|reply| reply.index),
        "answers": answers.map(|answers| &answers.answers),
    })
}
