//! Messages about what the authority was given: a list of units, the picture of a seal.

use yichuan_seal::{BadImpression, OfficeLevel};

use super::{REFUSED, Report, USAGE, told};
use crate::authority::{BadCalendar, BadLine, BadList, LIST_LINES_MAX};
use crate::lang::say;

#[expect(clippy::too_many_lines, reason = "a table of messages")]
pub(super) fn list(why: &BadList) -> Report {
    let (what, cure) = match why {
        BadList::Encoding => (
            say(
                "名单既不是 UTF-8 也不是 GB18030",
                "the list is neither UTF-8 nor GB18030",
            )
            .to_owned(),
            say(
                "另存为“CSV UTF-8”或 XLSX",
                "save it as CSV UTF-8 or as XLSX",
            ),
        ),
        BadList::Utf16 => (
            say("名单是 UTF-16 文本", "the list is UTF-16 text").to_owned(),
            say(
                "另存为“CSV UTF-8”或 XLSX",
                "save it as CSV UTF-8 or as XLSX",
            ),
        ),
        BadList::OldWorkbook => (
            say(
                "旧版工作簿（.xls）或设有密码的工作簿",
                "an old workbook (.xls), or one with a password",
            )
            .to_owned(),
            say(
                "去掉密码，另存为 XLSX",
                "save it as XLSX, without a password",
            ),
        ),
        BadList::Workbook(detail) => (
            format!(
                "{}: {detail}",
                say("工作簿无法读取", "the workbook cannot be read")
            ),
            say(
                "用表格软件打开，另存为 XLSX",
                "open it and save it as XLSX again",
            ),
        ),
        BadList::Unpacked => (
            say("工作簿展开后过大", "the workbook unpacks to too much").to_owned(),
            say("只保留单位名单一张表", "keep nothing but the list in it"),
        ),
        BadList::Csv(line) => (
            format!(
                "{} {line}",
                say("名单无法读取，行号", "the list cannot be read at line")
            ),
            say("检查该行的引号", "look at the quotes on that line"),
        ),
        BadList::Sheet(there) => (
            format!(
                "{}: {there}",
                say("没有该工作表；现有", "no such sheet; there are")
            ),
            say("用 --sheet 指明工作表", "name one with --sheet"),
        ),
        BadList::NoSheets => (
            say("CSV 没有工作表", "a CSV file has no sheets").to_owned(),
            say("去掉 --sheet", "leave --sheet out"),
        ),
        BadList::NoHead => (
            say(
                "前十行中没有表头“单位代码”“单位名称”",
                "none of the first ten lines has the heads code and name",
            )
            .to_owned(),
            say(
                "第一行写：单位代码,单位名称,上级",
                "begin with the line: code,name,parent",
            ),
        ),
        BadList::HeadTwice(head) => (
            format!(
                "{}: {head}",
                say("表头重复", "two columns are for the same")
            ),
            say("只保留一列", "keep one of them"),
        ),
        BadList::TooManyLines => (
            format!(
                "{} {LIST_LINES_MAX}",
                say("名单行数超过", "the list has more lines than")
            ),
            say("分成几份导入", "import it in several parts"),
        ),
        BadList::Empty => (
            say("名单中没有单位", "there is no unit in the list").to_owned(),
            say(
                "每行一个单位：单位代码,单位名称,上级",
                "a unit to a line: code,name,parent",
            ),
        ),
    };
    told(what, cure, USAGE)
}

/// Everything that is wrong with the picture of a seal, and the rules that it has to follow.
pub(super) fn impression(wrong: &[BadImpression]) -> Report {
    let wrong = faults_of_picture(wrong);
    told(
        format!(
            "{}: {}",
            say(
                "印模图片不合制发要求",
                "the picture is not that of an official seal"
            ),
            wrong.join(say("；", "; "))
        ),
        say(
            "正圆、红色、透明底、300 dpi 以上，直径按层级（--level）；\
             图片未注明分辨率的加 --diameter-mm",
            "round, red, transparent ground, 300 dpi or more, diameter by --level; \
             where the picture has no resolution, add --diameter-mm",
        ),
        REFUSED,
    )
}

/// Each thing that is wrong with the picture of a seal.
pub(super) fn faults_of_picture(wrong: &[BadImpression]) -> Vec<String> {
    wrong.iter().map(|why| bad_impression(*why)).collect()
}

fn bad_impression(why: BadImpression) -> String {
    match why {
        BadImpression::Ground => say("底色不透明", "the ground is not transparent").to_owned(),
        BadImpression::NotRed => say("印文不是红色", "what is seen is not red").to_owned(),
        BadImpression::NotRound => say("外形不是正圆", "the outline is not a circle").to_owned(),
        BadImpression::NoScale => say("不知实际尺寸", "its size on paper is not known").to_owned(),
        BadImpression::Uneven => say("横竖分辨率不一", "its pixels are not square").to_owned(),
        BadImpression::Coarse { dpi } => {
            format!("{} {dpi} dpi", say("分辨率不足：", "too coarse:"))
        }
        BadImpression::OtherThanDeclared { measured } => format!(
            "{} {}",
            say(
                "图片尺寸与 --diameter-mm 不符：",
                "the picture tells another diameter than --diameter-mm:"
            ),
            millimetres(measured)
        ),
        BadImpression::Diameter { diameter, level } => format!(
            "{} {}, {} {} mm",
            say("直径", "its diameter is"),
            millimetres(diameter),
            if level.is_at_most() {
                say("应为 30 至", "the rule for this level is 30 to")
            } else {
                say("应为", "the rule for this level is")
            },
            OfficeLevel::diameter_mm(level)
        ),
        other => other.to_string(),
    }
}

fn millimetres(hundredths: u32) -> String {
    format!("{}.{:02} mm", hundredths / 100, hundredths % 100)
}

/// A calendar: each line with what is wrong.
pub(super) fn calendar(lines: &[BadLine]) -> Report {
    let indented = |bad: &BadLine| format!("\n  {}", fault_of_line(bad));
    let what: String = lines.iter().map(indented).collect();
    told(
        format!(
            "{}:{what}",
            say("工作日历有误", "the calendar is not in order")
        ),
        say(
            "逐行更正；样例见 docs/operating/authority.md",
            "correct these lines; docs/operating/authority.md has a sample",
        ),
        USAGE,
    )
}

/// What is wrong with a line of a calendar.
pub(super) fn fault_of_line(bad: &BadLine) -> String {
    let (line, text) = (bad.line, &bad.text);
    format!("{} {line}: {text} {}", say("行", "line"), of_line(&bad.why))
}

fn of_line(why: &BadCalendar) -> String {
    let words = match why {
        BadCalendar::Unreadable(detail) => {
            return format!("{}: {detail}", say("无法读取", "cannot be read"));
        }
        BadCalendar::Offset => say("不是时差，如 +08:00", "is no offset such as +08:00"),
        BadCalendar::Span => say(
            "不是时段，如 09:00-12:00",
            "is no working time such as 09:00-12:00",
        ),
        BadCalendar::SpanOrder => say(
            "与前一时段重叠，或超过四段",
            "overlaps the one before, or is one too many",
        ),
        BadCalendar::Weekday => say("不是星期，或重复", "is no weekday, or stands twice"),
        BadCalendar::Day => say(
            "不是日期，如 2026-10-01 或 2026-10-01..2026-10-07",
            "is no day such as 2026-10-01 or 2026-10-01..2026-10-07",
        ),
        BadCalendar::DayTwice => say(
            "重复，或既是节假日又是工作日",
            "stands twice, or as a holiday and a workday",
        ),
        BadCalendar::TooMany => say("日期过多", "is beyond what a calendar can name"),
        BadCalendar::Nothing => say("为空", "is empty"),
    };
    words.to_owned()
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_picture_is_told_in_one_message() {
        let level = OfficeLevel::Township;
        let wrong = [
            BadImpression::NotRed,
            BadImpression::Diameter {
                diameter: 4_507,
                level,
            },
        ];
        let report = impression(&wrong);
        for fact in ["红色", "45.07 mm", "42 mm"] {
            assert!(report.what.contains(fact), "{}", report.what);
        }
    }
}
