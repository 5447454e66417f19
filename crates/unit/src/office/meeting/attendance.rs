//! Who comes to a meeting: every recipient of its notice, with the last reply, as a table.

use yichuan_document::UnitCode;
use yichuan_document::statement::About;

use super::form::{Answers, FieldKind, Form};
use super::{Failed, Reply, Session};
use crate::lang::{local, say, visible};

/// Every recipient of a meeting notice with its last reply.
#[derive(Clone, Debug)]
pub struct Attendance {
    /// The form.
    pub form: Form,
    /// A line for each recipient, in the order of their codes.
    pub lines: Vec<Attending>,
}

/// A recipient, and whether it replied.
#[derive(Clone, Debug)]
pub struct Attending {
    /// The recipient.
    pub unit: UnitCode,
    /// Its name; the code where the roster has none.
    pub name: String,
    /// Its last reply.
    pub reply: Option<Reply>,
}

impl Session {
    /// Every recipient of an own meeting notice with its last reply.
    pub async fn attendance(&self, about: About) -> Result<Attendance, Failed> {
        let (form, replies) = self.replies(about.manifest).await?;
        let manifest = self.manifest(about.manifest).await?;
        let registers = self.registers()?;
        let document = registers.with_manifest(&about.manifest);
        let document = document.ok_or(Failed::Protocol)?;
        let roster = self.mirror.roster();
        let line = |unit: &UnitCode| Attending {
            unit: unit.clone(),
            name: roster
                .unit(unit)
                .map_or_else(|| unit.to_string(), |unit| unit.name),
            reply: replies.iter().find(|reply| reply.unit == *unit).cloned(),
        };
        let lines = document.all_deliveries(&manifest).into_keys().map(line);
        Ok(Attendance {
            lines: lines.collect(),
            form,
        })
    }
}

impl Attendance {
    /// How many recipients replied.
    pub fn replied(&self) -> usize {
        let replied = self.lines.iter().filter(|line| line.reply.is_some());
        replied.count()
    }

    /// The heads of the table's columns: unit, name, time, and the form's fields.
    pub fn head(&self) -> Vec<String> {
        let front = [
            say("单位", "unit"),
            say("名称", "name"),
            say("时间", "time"),
        ];
        let fields = self.form.fields.iter().map(|field| field.name.clone());
        let front = front.into_iter().map(str::to_owned);
        front.chain(fields).collect()
    }

    /// The rows of the table.
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.lines
            .iter()
            .map(|line| row(&self.form, line))
            .collect()
    }
}

fn row(form: &Form, line: &Attending) -> Vec<String> {
    let reply = line.reply.as_ref();
    let time = reply.map_or_else(
        || say("未回复", "no reply").to_owned(),
        |reply| local(reply.time),
    );
    let answers = reply.and_then(|reply| reply.answers.as_ref());
    let unreadable = reply.is_some() && answers.is_none();
    let mut cells = vec![line.unit.to_string(), line.name.clone(), time];
    for (place, field) in form.fields.iter().enumerate() {
        cells.push(match answers {
            Some(answers) => answer(answers, field.kind, &field.name),
            None if unreadable && place == 0 => {
                say("（不能打开或不符合表单）", "(not readable by the form)").to_owned()
            }
            None => String::new(),
        });
    }
    cells
}

/// An answer as it is shown: one line without invisible characters.
pub fn answer(answers: &Answers, kind: FieldKind, name: &str) -> String {
    let found = answers.answers.get(name).map(String::as_str);
    match (kind, found) {
        (FieldKind::YesNo, Some("yes")) => say("是", "yes").to_owned(),
        (FieldKind::YesNo, Some(_)) => say("否", "no").to_owned(),
        (_, found) => visible(&found.unwrap_or_default().replace('\n', " ")),
    }
}
