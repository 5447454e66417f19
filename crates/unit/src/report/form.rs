//! Messages about reply forms, recalls and more time.

use super::{REFUSED, Report, USAGE, told};
use crate::lang::{say, size};
use crate::office::Failed;
use crate::office::meeting::{BadAnswer, BadForm, FORM_NAME};

#[expect(clippy::too_many_lines, reason = "a table of messages")]
pub(super) fn form(why: &BadForm) -> Report {
    let (what, cure) = match why {
        BadForm::None => (
            say(
                "该公文没有会议回执表单",
                "the document has no form to reply with",
            )
            .to_owned(),
            say(
                "会议通知拟稿时用 --reply-form 附表单",
                "a meeting notice is composed with --reply-form",
            ),
        ),
        BadForm::NotAMeeting => (
            say(
                "只有会议通知可附回执表单",
                "only a meeting notice has a reply form",
            )
            .to_owned(),
            say("用 --kind 会议通知", "use --kind 会议通知"),
        ),
        BadForm::NameTaken => (
            format!(
                "{FORM_NAME}: {}",
                say(
                    "该文件名保留给回执表单",
                    "this name is kept for reply forms"
                )
            ),
            say("更改文件名", "rename the file"),
        ),
        BadForm::Unreadable(detail) => (
            format!(
                "{}: {detail}",
                say("回执内容无法读取", "the form or its answers cannot be read")
            ),
            say(
                "对照 docs/using/deadlines.md 中的样例",
                "compare with the sample in docs/using/deadlines.md",
            ),
        ),
        BadForm::TooLong => (
            say("回执表单过大", "the reply form is too large").to_owned(),
            say("减少字段或选项", "use fewer fields or choices"),
        ),
        BadForm::Fields(count) => (
            format!(
                "{}: {count}",
                say(
                    "回执表单须有 1 至 64 个字段",
                    "a reply form has 1 to 64 fields"
                )
            ),
            say("每个字段写一段 [[field]]", "write one [[field]] for each"),
        ),
        BadForm::Name(name) => (
            format!(
                "{name:?}: {}",
                say(
                    "字段名为空、重复或不可用",
                    "a field without a name of its own"
                )
            ),
            say(
                "字段名不超过 60 字，不含等号和换行",
                "at most 60 characters, without an equals sign or a line break",
            ),
        ),
        BadForm::Choices(name) => (
            format!(
                "{name:?}: {}",
                say("选项不正确", "its choices are not in order")
            ),
            say(
                "choice 字段须有 2 至 32 个不同选项，其他字段没有选项",
                "a choice has 2 to 32 different ones, other fields have none",
            ),
        ),
        BadForm::Answers(wrong) => (answers(wrong), say("更正后重新提交", "correct them")),
    };
    told(what, cure, USAGE)
}

fn answers(wrong: &[(String, BadAnswer)]) -> String {
    let line = |(name, why): &(String, BadAnswer)| {
        let why = match why {
            BadAnswer::Unknown => say("表单没有该字段", "no such field").to_owned(),
            BadAnswer::Missing => say("必填", "must be filled in").to_owned(),
            BadAnswer::Twice => say("填写了两次", "filled in twice").to_owned(),
            BadAnswer::Text => say(
                "过长或含不可见字符",
                "too long, or with invisible characters",
            )
            .to_owned(),
            BadAnswer::NotOfKind(kind) => {
                let (zh, en) = kind.words();
                format!("{} {}", say("须填", "takes"), say(zh, en))
            }
        };
        format!("\n  {name}: {why}")
    };
    let lines: String = wrong.iter().map(line).collect();
    format!("{}:{lines}", say("回执填写有误", "the reply does not fit"))
}

pub(super) fn watching(failed: &Failed) -> Report {
    match failed {
        Failed::NotAsked(unit) => told(
            format!(
                "{unit}: {}",
                say("没有申请延期", "has not asked for more time")
            ),
            say("用 yichuan show 查看", "look with `yichuan show`"),
            USAGE,
        ),
        Failed::DraftTooLarge { bytes, limit } => told(
            format!(
                "{}: {} > {}",
                say("交接稿太大", "the draft is too large to be handed over"),
                size(*bytes),
                size(*limit)
            ),
            say(
                "拟稿并提交，或减少附件",
                "compose and submit it, or hand over fewer files",
            ),
            USAGE,
        ),
        Failed::TextTooLong { bytes, limit } => told(
            format!(
                "{}: {} > {}",
                say("文字过长", "the words are too long"),
                size(*bytes),
                size(*limit)
            ),
            say("缩短文字", "use fewer words"),
            USAGE,
        ),
        _ => told(
            say(
                "没有可撤回的单位：均已退回、拒收或撤回",
                "nobody is concerned: all have returned or refused it, or it was recalled",
            ),
            say("用 yichuan show 查看", "look with `yichuan show`"),
            REFUSED,
        ),
    }
}
