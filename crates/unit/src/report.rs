//! What went wrong, and what to do about it, in the user's language. Exit codes are documented
//! in `docs/using/exit-codes.md`.

mod answered;
mod content;
mod cures;
pub mod explained;
mod form;
mod given;
mod local;
mod setup;
mod token;
mod typeset;

use std::process::ExitCode;

use crate::lang::{is_chinese, say};
use crate::office::Failed;

/// Refused, or not valid.
pub const REFUSED: u8 = 1;
/// Not understood: the command line, or a file.
pub const USAGE: u8 = 2;
/// The exchange is not reached.
pub const UNREACHABLE: u8 = 3;
/// Another command uses the home.
pub const BUSY: u8 = 4;
/// The password is wrong.
pub const PASSWORD: u8 = 5;
/// Something is damaged or does not fit: do not go on.
pub const ALARM: u8 = 6;
/// The token is not there, or was removed.
pub const TOKEN: u8 = 7;
/// The token's PIN is locked.
pub const LOCKED: u8 = 8;

/// What is said about a failure.
struct Report {
    what: String,
    cure: &'static str,
    exit: u8,
}

/// Tells the user, and gives the exit code.
pub fn report(failed: &Failed) -> ExitCode {
    let Report { what, cure, exit } = describe(failed);
    eprintln!("{}: {what}", say("错误", "error"));
    if !cure.is_empty() {
        eprintln!("{}: {cure}", say("怎么办", "what to do"));
    }
    ExitCode::from(exit)
}

fn told(what: impl Into<String>, cure: &'static str, exit: u8) -> Report {
    Report {
        what: what.into(),
        cure,
        exit,
    }
}

fn describe(failed: &Failed) -> Report {
    if let Some(report) = content::content(failed) {
        return report;
    }
    match failed {
        Failed::Link(error) => answered::link(error),
        Failed::Home(error) => local::home(error),
        Failed::Keystore(error) => local::keystore(error),
        Failed::Authority(error) => local::authority(error),
        Failed::Form(why) => form::form(why),
        Failed::Duty(lines) => setup::duty(lines),
        Failed::Hooks(why) => setup::hooks(why),
        Failed::NotAsked(_)
        | Failed::NobodyConcerned
        | Failed::TextTooLong { .. }
        | Failed::DraftTooLarge { .. } => form::watching(failed),
        Failed::Token(error) => token::token(error),
        Failed::Part { path, what } => local::part(&path.display().to_string(), *what),
        Failed::Level(_)
        | Failed::Manifest(_)
        | Failed::UnknownUnit(_)
        | Failed::ClosedUnit(_)
        | Failed::AnotherWorld(_)
        | Failed::NoUnitKey(_)
        | Failed::NotReceivable(_)
        | Failed::Closed(_) => document(failed),
        Failed::Fork { .. }
        | Failed::RosterDisagrees { .. }
        | Failed::NotInTheLog { .. }
        | Failed::Checkpoint
        | Failed::FeedGap { .. }
        | Failed::Inconsistent(_)
        | Failed::AnotherInstallation
        | Failed::ExchangeNotCertified
        | Failed::Roster(_)
        | Failed::Entry(_) => told(
            format!(
                "{} ({failed:?})",
                say(
                    "交换中心给出的内容与已验证的记录不符",
                    "what the exchange shows does not fit what was verified",
                )
            ),
            say(
                "停止使用，保留本机工作目录，立即报告管理员",
                "stop, keep this home as it is, and report it at once",
            ),
            ALARM,
        ),
        _ => own(failed),
    }
}

#[expect(clippy::too_many_lines, reason = "a table of messages")]
fn own(failed: &Failed) -> Report {
    match failed {
        Failed::Standing(why) => told(
            format!(
                "{}: {why}",
                say(
                    "该帐号不能在本机办理此事",
                    "this account may not do this here"
                )
            ),
            say(
                "换用有权限的帐号，或请管理员调整",
                "use an account that may, or ask the administrator",
            ),
            REFUSED,
        ),
        Failed::WhichAccount(accounts) => told(
            format!(
                "{}: {accounts:?}",
                say("本机有多个帐号", "several accounts are on this computer")
            ),
            say("用 --account 指明", "name one with --account"),
            USAGE,
        ),
        Failed::NoAccountFor(what) => told(
            format!(
                "{}: {what}",
                say(
                    "本机没有可用的帐号",
                    "no account on this computer can do this"
                )
            ),
            say(
                "先用登记凭证登记帐号：yichuan enrol",
                "enrol an account with its ticket: yichuan enrol",
            ),
            REFUSED,
        ),
        Failed::NoShare(account) => told(
            format!(
                "{account}: {}",
                say("尚未取得本单位密钥", "has no share of the unit's key yet")
            ),
            say(
                "请单位管理员分发单位密钥（“值班与交接”页，或 yichuan unit-key share）",
                "have the manager share it (the page Duty, or `yichuan unit-key share`)",
            ),
            REFUSED,
        ),
        Failed::WhichDocument { typed, matches: 0 } => told(
            format!("{}: {typed}", say("没有这份公文", "no such document")),
            say(
                "用 yichuan inbox 或 yichuan outbox 查看",
                "look with `yichuan inbox` or `yichuan outbox`",
            ),
            USAGE,
        ),
        Failed::WhichDocument { typed, matches } => told(
            format!(
                "{typed}: {} ({matches})",
                say("有多份公文符合", "several documents fit")
            ),
            say("多输入几位", "type more of the id"),
            USAGE,
        ),
        Failed::NoteUnreadable(index) => told(
            format!(
                "{} ({index})",
                say(
                    "本单位密钥打不开这条附注",
                    "the unit's key does not open this note"
                )
            ),
            say(
                "请单位管理员分发单位密钥（“值班与交接”页，或 yichuan unit-key share）",
                "have the manager share it (the page Duty, or `yichuan unit-key share`)",
            ),
            REFUSED,
        ),
        Failed::NoSealKey => told(
            say(
                "本机没有该印章的密钥",
                "the seal's key is not on this computer",
            ),
            say(
                "在指定计算机上由印章保管人办理",
                "have its custodian do it, on its computer",
            ),
            USAGE,
        ),
        Failed::KeyElsewhere(path) => told(
            format!(
                "{}: {}",
                path.display(),
                say(
                    "上次登记已在别处生成密钥",
                    "an earlier attempt has made its key elsewhere"
                )
            ),
            say(
                "按上次的方式重复（同一 --token 或不用）；尚未登记成功的，可移走该文件重来",
                "repeat it as it was, with the same --token or none; where nothing was enrolled \
                 yet, move the file away",
            ),
            USAGE,
        ),
        Failed::OtherComputer { meant, here } => told(
            format!(
                "{} {meant}; {} {here}",
                say("凭证是为这台计算机发放的", "the ticket is for the computer"),
                say("本机是", "this is")
            ),
            say(
                "在该计算机上登记，或请颁发机构为本机另发凭证",
                "enrol there, or have the authority issue a ticket for this computer",
            ),
            REFUSED,
        ),
        Failed::NotAssigned => told(
            say(
                "本单位指定了其他人员打开此公文",
                "this unit has named others to open this document",
            ),
            say(
                "用 yichuan assign 公文标识 --show 查看；由被指定的人员办理",
                "see `yichuan assign ID --show`; have somebody open it who is named",
            ),
            REFUSED,
        ),
        Failed::UnknownTicket => told(
            say("没有这张登记凭证", "there is no such ticket"),
            say(
                "检查凭证，或向管理员索取新凭证",
                "look at the ticket, or ask for a new one",
            ),
            REFUSED,
        ),
        Failed::TooManyTries { seconds } => told(
            format!(
                "{} ({seconds} s)",
                say("口令连续输错，须稍候再试", "too many wrong passwords; wait")
            ),
            say(
                "稍候再试；忘记口令须向管理员索取新凭证",
                "wait; if it is forgotten, ask for a new ticket",
            ),
            PASSWORD,
        ),
        Failed::PasswordExpired => told(
            say("口令已过期", "the password is too old"),
            say("更改口令：yichuan password", "change it: yichuan password"),
            PASSWORD,
        ),
        Failed::NothingHanded => told(
            say(
                "颁发机构尚未向该帐号交出托管份额",
                "the authority has not handed its half to this account",
            ),
            say(
                "先运行 yichuan apply recovery，等颁发机构办理",
                "apply first (`yichuan apply recovery`), and wait for the authority",
            ),
            REFUSED,
        ),
        Failed::NothingLeft(code) => told(
            format!(
                "{code}: {}",
                say(
                    "该单位停用前没有把密钥移交承接单位",
                    "the unit was closed without leaving its key to its successor"
                )
            ),
            say(
                "请发文单位重发，或由颁发机构办理密钥恢复",
                "have the sender send it again, or the authority recover the key",
            ),
            REFUSED,
        ),
        Failed::HalvesDiffer => told(
            say(
                "恢复码与托管份额合不成单位密钥",
                "this code and the authority's half are not the unit's key",
            ),
            say(
                "核对恢复码的期次和抄写",
                "look whether it is the code of this epoch, and written right",
            ),
            REFUSED,
        ),
        Failed::WeakPassword => told(
            say("口令太弱", "the password is too easy to guess"),
            say(
                "至少8个字符，含大写、小写、数字、符号中的三类",
                "at least 8 characters, of three of: capital, small, digit, other",
            ),
            PASSWORD,
        ),
        Failed::Usage(what) => told(
            what.clone(),
            say("见 yichuan --help", "see yichuan --help"),
            USAGE,
        ),
        Failed::Io(error) => told(
            error.to_string(),
            say(
                "检查磁盘空间和权限后重试；已有数据未丢失",
                "look at space and rights, then repeat; nothing is lost",
            ),
            REFUSED,
        ),
        Failed::Damaged(path) => told(
            format!("{}: {}", path.display(), say("文件损坏", "is damaged")),
            say(
                "从备份恢复，或在新计算机上重新登记",
                "restore it, or enrol a computer anew",
            ),
            ALARM,
        ),
        Failed::Envelope(why) => told(
            format!(
                "{}: {why}",
                say("封装或解封未成", "the envelope could not be made or opened")
            ),
            say(
                "更正后重试；本机原件未动",
                "correct it and repeat; the files are as they were",
            ),
            REFUSED,
        ),
        other => told(
            other.to_string(),
            say(
                "请将此信息报告技术部门",
                "report this to those who keep the system",
            ),
            REFUSED,
        ),
    }
}

#[expect(clippy::too_many_lines, reason = "a table of messages")]
fn document(failed: &Failed) -> Report {
    match failed {
        Failed::Level(why) => told(
            format!(
                "{}: {}",
                say(
                    "该密级的公文禁止通过本系统传输（第十五条）",
                    "this level may not be transmitted (Art. 15)"
                ),
                if is_chinese() {
                    why.level.zh()
                } else {
                    why.level.en()
                }
            ),
            say(
                "改用规定的机要渠道；本机未保留任何副本",
                "use the channel prescribed for it; no copy was kept",
            ),
            REFUSED,
        ),
        Failed::Manifest(why) => told(
            format!(
                "{}: {why}",
                say("公文要素不正确", "the document does not fit")
            ),
            say("更正后重新拟稿", "correct it and compose again"),
            REFUSED,
        ),
        Failed::UnknownUnit(code) => told(
            format!(
                "{}: {code}",
                say("收文单位不存在", "the recipient is unknown")
            ),
            say(
                "用 yichuan units 查看单位代码",
                "look the code up with `yichuan units`",
            ),
            USAGE,
        ),
        Failed::ClosedUnit(code) => told(
            format!(
                "{}: {code}",
                say("收文单位已停用", "the recipient is closed")
            ),
            say("改发承接单位", "send to its successor"),
            REFUSED,
        ),
        Failed::AnotherWorld(code) => told(
            format!(
                "{code}: {}",
                say(
                    "演练单位与正式单位之间不得传输",
                    "between a unit for practice and a real one nothing is sent"
                )
            ),
            say("检查收文单位", "check the recipients"),
            REFUSED,
        ),
        Failed::NoUnitKey(code) => told(
            format!(
                "{code}: {}",
                say("该单位尚无加密密钥", "the unit has no key yet")
            ),
            say(
                "请该单位管理员运行 yichuan unit-key create",
                "its manager must run `yichuan unit-key create`",
            ),
            REFUSED,
        ),
        Failed::Closed(why) => told(
            format!(
                "{}: {why}",
                say(
                    "公文未能打开，未释放任何内容",
                    "the document stayed closed; nothing was released"
                )
            ),
            say(
                "退回公文并注明原因：yichuan return",
                "return it with the reason: yichuan return",
            ),
            REFUSED,
        ),
        Failed::NotReceivable(why) => told(
            format!(
                "{}: {}",
                say(
                    "查验未通过，不能签收",
                    "the inspection did not pass, it cannot be signed for"
                ),
                why.join("、")
            ),
            say(
                "退回公文并注明原因：yichuan return",
                "return it with the reason: yichuan return",
            ),
            REFUSED,
        ),
        other => own(other),
    }
}
