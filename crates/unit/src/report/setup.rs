//! Messages about what an office sets up for itself: its duty roster, its hooks.

use super::{Report, USAGE, told};
use crate::hooks::{BadHook, BadHooks, CONFIG};
use crate::lang::say;
use crate::office::duty::{BadDuty, BadShift};

/// A duty roster: each line with what is wrong.
pub(super) fn duty(lines: &[BadShift]) -> Report {
    let line = |bad: &BadShift| {
        let why = match &bad.why {
            BadDuty::Unreadable(detail) => {
                format!("{}: {detail}", say("无法读取", "cannot be read"))
            }
            BadDuty::Days => say(
                "不是日期：workdays、restdays、every、周几或 2026-10-01",
                "names no days: workdays, restdays, every, a weekday or 2026-10-01",
            )
            .to_owned(),
            BadDuty::Hours => say(
                "不是时段，如 18:00-08:30",
                "are no hours such as 18:00-08:30",
            )
            .to_owned(),
            BadDuty::Name => say("名称为空、过长或不可见", "is no name").to_owned(),
            BadDuty::People => say("须有 1 至 16 人", "needs 1 to 16 people").to_owned(),
            BadDuty::Shifts => {
                say("须有 1 至 200 个班次", "shifts; 1 to 200 are needed").to_owned()
            }
        };
        format!("\n  {} {}: {} {why}", say("行", "line"), bad.line, bad.text)
    };
    let lines: String = lines.iter().map(line).collect();
    told(
        format!(
            "{}:{lines}",
            say("值班表有误", "the duty roster is not in order")
        ),
        say(
            "逐行更正；样例见 docs/using/hooks.md",
            "correct these lines; docs/using/hooks.md has a sample",
        ),
        USAGE,
    )
}

/// What is wrong with the hooks.
pub(super) fn hooks(why: &BadHooks) -> Report {
    let (what, cure) = match why {
        BadHooks::Io(error) => (error.to_string(), ""),
        BadHooks::OpenToOthers(path) => (
            format!(
                "{}: {}",
                path.display(),
                say("其他用户可以改写", "others can write it")
            ),
            say("chmod 600 该文件", "chmod 600 it"),
        ),
        BadHooks::Unreadable(detail) => (
            detail.clone(),
            say(
                "对照 docs/using/hooks.md",
                "compare with docs/using/hooks.md",
            ),
        ),
        BadHooks::TooMany(count) => (
            format!(
                "{count} {}",
                say("个通知接口，最多 16 个", "hooks; 16 at most")
            ),
            say("合并或删除", "leave some out"),
        ),
        BadHooks::Allow(entry) => (
            format!(
                "allow {entry:?}: {}",
                say("不是“主机:端口”", "is no host with a port")
            ),
            say("如 \"10.1.2.3:8080\"", "such as \"10.1.2.3:8080\""),
        ),
        BadHooks::Hook { name, why } => {
            let (what, cure) = hook(why);
            (format!("{name}: {what}"), cure)
        }
    };
    let head = say("通知接口配置有误", "the hooks are not in order");
    told(format!("{head} ({CONFIG}): {what}"), cure, USAGE)
}

#[expect(clippy::too_many_lines, reason = "a table of messages")]
fn hook(why: &BadHook) -> (String, &'static str) {
    let (what, cure) = match why {
        BadHook::Event(name) => {
            return (
                format!("{name}: {}", say("没有这种事项", "no such event")),
                say("见 docs/using/hooks.md", "docs/using/hooks.md lists them"),
            );
        }
        BadHook::Audience(name) => {
            return (
                format!("{name}: {}", say("没有这种对象", "no such audience")),
                say("见 docs/using/hooks.md", "docs/using/hooks.md lists them"),
            );
        }
        BadHook::Urgency(word) => {
            return (
                format!("{word}: {}", say("不是紧急程度", "is no urgency")),
                say("如 \"加急\"", "such as \"urgent\""),
            );
        }
        BadHook::Name => (
            say("名称不可用或重复", "a name that cannot be used, or twice"),
            say("用 1 至 32 个 a-z、0-9、-", "use 1 to 32 of a-z, 0-9 and -"),
        ),
        BadHook::Way => (
            say(
                "须有 command 或 post 之一",
                "needs either a command or an address to post to",
            ),
            "",
        ),
        BadHook::Command => (
            say(
                "命令须为绝对路径，不经 shell",
                "the command is no absolute path",
            ),
            say(
                "写成 [\"/usr/local/bin/程序\", \"参数\"]",
                "write [\"/usr/local/bin/program\", \"argument\"]",
            ),
        ),
        BadHook::Url => (
            say("地址不可用", "no address that can be used"),
            say(
                "如 http://10.1.2.3:8080/yichuan",
                "such as http://10.1.2.3:8080/yichuan",
            ),
        ),
        BadHook::NotAllowed => (
            say("地址不在 allow 中", "the address is not in `allow`"),
            say(
                "把“主机:端口”写入 allow",
                "write its host and port into `allow`",
            ),
        ),
        BadHook::Timeout => (
            say("timeout_seconds 须为 1 至 60", "timeout_seconds is 1 to 60"),
            "",
        ),
        BadHook::NoKey => (
            say("还没有签名密钥", "it has no key yet"),
            say(
                "运行 yichuan hooks key 名称",
                "run `yichuan hooks key NAME`",
            ),
        ),
        BadHook::BadKey => (
            say(
                "签名密钥损坏或他人可读",
                "its key is damaged, or others can read it",
            ),
            say("chmod 600，或重新生成", "chmod 600 it, or make a new one"),
        ),
        BadHook::Certificates => (
            say(
                "https 须有 ca 证书文件，http 不得有",
                "https needs a file of certificates (ca), and http has none",
            ),
            "",
        ),
    };
    (what.to_owned(), cure)
}
