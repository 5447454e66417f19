//! Messages about what the exchange answered, or did not.

use yichuan_wire::ErrorCode;
use yichuan_wire::message::Refused;

use super::cures::cure;
use super::{ALARM, PASSWORD, REFUSED, Report, UNREACHABLE, told};
use crate::lang::say;
use crate::link::LinkFailed;

/// What stays of a link that failed.
pub(super) fn link(error: &LinkFailed) -> Report {
    match error {
        LinkFailed::Refused(refused) => refusal(refused),
        LinkFailed::AnotherKey { .. } => told(
            error.to_string(),
            say(
                "停止连接，立即报告管理员",
                "do not connect; report it at once",
            ),
            ALARM,
        ),
        _ => told(
            format!(
                "{}: {error}",
                say("连接不上交换中心", "the exchange is not reached")
            ),
            say(
                "运行 yichuan doctor 检查；本机数据已保留，稍后重复同一命令即可继续",
                "run `yichuan doctor`; nothing is lost, repeat the same command later",
            ),
            UNREACHABLE,
        ),
    }
}

fn refusal(refused: &Refused) -> Report {
    let code = refused.code;
    let exit = match code {
        ErrorCode::PASSWORD => PASSWORD,
        _ => REFUSED,
    };
    let text = say(code.zh(), code.en());
    let about = refused
        .about
        .as_ref()
        .map(|about| format!(" ({about})"))
        .unwrap_or_default();
    let (zh, en) = cure(code).unwrap_or((
        "报告技术部门；本机程序可能较旧",
        "report it; this program may be older than the exchange",
    ));
    told(format!("{code} {text}{about}"), say(zh, en), exit)
}
