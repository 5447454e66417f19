//! `yichuan authority import`: a list of units from a spreadsheet, judged line by line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::super::Globals;
use super::signing::{asked, given};
use super::words;
use crate::authority::{
    Allowed, Authority, AuthorityFailed, Checked, Fault, Import, LIST_BYTES_MAX, Outcome,
    SignedAct, UnitList,
};
use crate::lang::{say, table};
use crate::office::Failed;
use crate::report::REFUSED;

/// `yichuan authority import`.
#[derive(Debug, Args)]
pub(in super::super) struct ImportUnits {
    /// 单位名单，CSV 或 XLSX · the list of units
    #[arg(long, value_name = "CSV|XLSX")]
    file: PathBuf,
    /// 工作表名称 · the sheet of a workbook [default: the first that is shown]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// 只检查，列出有误的行，不签发 · judge every line and sign nothing
    #[arg(long)]
    dry_run: bool,
    /// 已有单位按名单更名、改隶 · rename and move units that are there
    #[arg(long)]
    update: bool,
    /// 名称与其他单位相似也接受 · take names that look like other units' names
    #[arg(long)]
    allow_look_alike: bool,
}

/// The most characters of a cell that are shown.
const SHOWN_MAX: usize = 40;

impl ImportUnits {
    pub(super) fn run(self, globals: &Globals, folder: &Path) -> Result<ExitCode, Failed> {
        let mut authority = Authority::open(folder)?;
        let bytes = given(&self.file, LIST_BYTES_MAX)?;
        let list = UnitList::read(&bytes, self.sheet.as_deref()).map_err(AuthorityFailed::from)?;
        let allowed = Allowed {
            update: self.update,
            look_alikes: self.allow_look_alike.into(),
        };
        let import = list.check(authority.roster(), allowed);
        let (mut text, mut data) = told(&import, list.ignored());
        let is_refused = import.refused() > 0;
        let renamed: Vec<String> = authority.seals_of_renamed(&import);
        match import.into_plan().filter(|_| !self.dry_run) {
            Some(plan) => {
                let (acts, _) = authority.carry_out(&plan, &asked(globals)?)?;
                text.push_str(&signed(&acts, &mut data));
                if !renamed.is_empty() {
                    text.push_str(&format!(
                        "{}: {}\n",
                        say(
                            "更名单位的印章应当注销重制",
                            "seals of renamed units, to be revoked and made anew"
                        ),
                        renamed.join(", ")
                    ));
                }
            }
            None => text.push_str(say("未签发任何声明。\n", "nothing was signed.\n")),
        }
        globals.print(&data, &text);
        Ok(if is_refused {
            ExitCode::from(REFUSED)
        } else {
            ExitCode::SUCCESS
        })
    }
}

fn told(import: &Import, ignored: &[String]) -> (String, Value) {
    let mut rows = Vec::new();
    let mut bad = Vec::new();
    for line in &import.lines {
        let Outcome::Refused(faults) = &line.outcome else {
            continue;
        };
        let (what, cures): (Vec<String>, Vec<&str>) = faults.iter().map(told_fault).unzip();
        bad.push(as_json(line, faults, &what));
        rows.push(vec![
            line.line.to_string(),
            shown(&line.code),
            what.join(say("；", "; ")),
            distinct(cures).join(say("；", "; ")),
        ]);
    }
    let mut text = String::new();
    if !rows.is_empty() {
        let head = [
            say("行", "line"),
            say("单位代码", "code"),
            say("问题", "what is wrong"),
            say("怎么办", "what to do"),
        ];
        text.push_str(&table(&head, &rows));
        text.push('\n');
    }
    let count = |outcome: Outcome| import.count(|found| *found == outcome);
    let counts = [
        ("lines", say("共", "lines"), import.lines.len()),
        (
            "opened",
            say("新开", "to be opened"),
            count(Outcome::Opened),
        ),
        (
            "changed",
            say("更名改隶", "to be changed"),
            count(Outcome::Changed),
        ),
        (
            "unchanged",
            say("不变", "unchanged"),
            count(Outcome::Unchanged),
        ),
        ("refused", say("有误", "refused"), import.refused()),
    ];
    let summary = counts.map(|(_, word, count)| format!("{word} {count}"));
    text.push_str(&summary.join(say("，", ", ")));
    text.push('\n');
    if !ignored.is_empty() {
        let heads: Vec<String> = ignored.iter().map(|head| shown(head)).collect();
        text.push_str(&format!(
            "{}: {}\n",
            say("未使用的列", "columns that were not used"),
            heads.join(", ")
        ));
    }
    let mut data = json!({ "bad": bad, "files": [], "acts": [], "tickets": [] });
    for (name, _, count) in counts {
        data[name] = json!(count);
    }
    (text, data)
}

fn signed(acts: &[SignedAct], data: &mut Value) -> String {
    let rows: Vec<Vec<String>> = acts.iter().map(words::act_cells).collect();
    data["files"] = acts.iter().map(|act| json!(act.file)).collect();
    data["acts"] = acts.iter().map(words::act_json).collect();
    table(&words::act_head(), &rows)
}

fn as_json(line: &Checked, faults: &[Fault], what: &[String]) -> Value {
    let words: Vec<&str> = faults.iter().map(word_of_fault).collect();
    json!({ "line": line.line, "code": line.code, "faults": words, "what": what })
}

/// The same advice is given once.
fn distinct(cures: Vec<&str>) -> Vec<&str> {
    let mut distinct: Vec<&str> = Vec::new();
    for cure in cures {
        if !distinct.contains(&cure) {
            distinct.push(cure);
        }
    }
    distinct
}

/// A cell as it may be shown: short, and with nothing in it that steers a terminal.
fn shown(cell: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = cell.chars().take(SHOWN_MAX).map(plain).collect();
    if cell.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A fault as a word that does not change, for scripts.
pub const fn word_of_fault(fault: &Fault) -> &'static str {
    match fault {
        Fault::Code => "code",
        Fault::NameEmpty => "name-empty",
        Fault::NameTooLong => "name-too-long",
        Fault::NameInvisible => "name-invisible",
        Fault::Twice { .. } => "twice",
        Fault::ParentCode(_) => "parent-code",
        Fault::ParentUnknown(_) => "parent-unknown",
        Fault::ParentClosed(_) => "parent-closed",
        Fault::Cycle(_) => "cycle",
        Fault::Closed => "closed",
        Fault::Differs { .. } => "differs",
        Fault::LookAlike { .. } => "look-alike",
    }
}

/// What is wrong, and what to do about it.
#[expect(clippy::too_many_lines, reason = "a table of messages")]
pub fn told_fault(fault: &Fault) -> (String, &'static str) {
    match fault {
        Fault::Code => (
            say("单位代码格式不对", "not a unit's code").to_owned(),
            say(
                "六位行政区划代码、连字符、小写字母或数字，如 513201-zf",
                "six digits, a hyphen, small letters or digits: 513201-zf",
            ),
        ),
        Fault::NameEmpty => (
            say("没有单位名称", "there is no name").to_owned(),
            say("填写全称", "write the full name"),
        ),
        Fault::NameTooLong => (
            say("单位名称过长", "the name is too long").to_owned(),
            say("不超过一百字", "at most 300 bytes: a hundred characters"),
        ),
        Fault::NameInvisible => (
            say(
                "单位名称中有不可见字符",
                "the name has invisible characters",
            )
            .to_owned(),
            say("重新键入名称", "type the name anew"),
        ),
        Fault::Twice { line } => (
            format!(
                "{} {line}",
                say("代码重复，另见第", "the code stands on line")
            ),
            say("只保留一行", "keep one of the lines"),
        ),
        Fault::ParentCode(parent) => (
            format!(
                "{} {}",
                say("上级不是单位代码：", "the unit above is no code:"),
                shown(parent)
            ),
            say("上级填写单位代码", "name the unit above by its code"),
        ),
        Fault::ParentUnknown(parent) => (
            format!(
                "{} {}",
                say("上级单位不存在：", "the unit above is unknown:"),
                shown(parent)
            ),
            say(
                "把上级单位也列入名单，或更正",
                "put it into the list too, or correct it",
            ),
        ),
        Fault::ParentClosed(parent) => (
            format!(
                "{} {}",
                say("上级单位已停用：", "the unit above is closed:"),
                shown(parent)
            ),
            say("指明另一上级单位", "name another one"),
        ),
        Fault::Cycle(codes) => (
            format!(
                "{} {}",
                say("上下级成环：", "it stands above itself:"),
                codes
                    .iter()
                    .map(|code| shown(code))
                    .collect::<Vec<_>>()
                    .join(" → ")
            ),
            say("更正其中一个上级", "correct one of the units above"),
        ),
        Fault::Closed => (
            say("该单位已停用，不可恢复", "the unit was closed for ever").to_owned(),
            say(
                "删去该行，或换用新代码",
                "leave it out, or give it another code",
            ),
        ),
        Fault::Differs { name, parent } => (
            format!(
                "{} {} {}",
                say("名册中已有，内容不同：", "the roster has it otherwise:"),
                shown(name),
                parent.as_deref().unwrap_or_default()
            )
            .trim_end()
            .to_owned(),
            say(
                "确需更名、改隶的，加 --update",
                "to rename or move it, add --update",
            ),
        ),
        Fault::LookAlike { other, line } => {
            let place = line.map(|line| format!("{} {line}, ", say("行", "line")));
            (
                format!(
                    "{} {} ({}{})",
                    say(
                        "名称与其他单位相似，容易误投：",
                        "the name looks like another unit's:"
                    ),
                    shown(&other.name),
                    place.unwrap_or_default(),
                    shown(&other.code)
                ),
                say(
                    "更正名称；核对无误的加 --allow-look-alike",
                    "correct the name; where meant so, add --allow-look-alike",
                ),
            )
        }
    }
}
