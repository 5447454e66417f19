//! What went wrong with a token. Each message begins with its number.

use super::{ALARM, LOCKED, PASSWORD, REFUSED, Report, TOKEN, USAGE, told};
use crate::lang::say;
use crate::token::{ModuleProblem, PinState, TokenFailed};

pub(super) fn token(error: &TokenFailed) -> Report {
    let code = error.code();
    let words = say(code.zh(), code.en());
    let about = about(error);
    let what = if about.is_empty() {
        format!("{code} {words}")
    } else {
        format!("{code} {words}: {about}")
    };
    told(what, cure(error), exit(error))
}

/// The facts, beside the words of the number.
fn about(error: &TokenFailed) -> String {
    match error {
        TokenFailed::Module { path, what } => format!("{}: {}", path.display(), problem(what)),
        TokenFailed::NotThere { token } => token.clone(),
        TokenFailed::Ambiguous { typed, fitting } => {
            let fitting: Vec<String> = fitting.iter().map(ToString::to_string).collect();
            format!(
                "{typed}: {} {}",
                say("有多个符合：", "several fit:"),
                fitting.join(", ")
            )
        }
        TokenFailed::WrongPin { token, left } => match left {
            PinState::Final => format!(
                "{token}, {}",
                say("只剩一次机会", "one more wrong one locks it")
            ),
            PinState::Low => format!(
                "{token}, {}",
                say("剩余次数减少", "fewer tries are left than at first")
            ),
            _ => token.to_string(),
        },
        TokenFailed::NoPin { token } => {
            format!("{token}, {}", say("尚未输入", "nobody has given it"))
        }
        TokenFailed::NotGuarded { token } => format!(
            "{token}, {}",
            say("私钥可被导出", "it would give the private key out")
        ),
        TokenFailed::NoEd25519 { token } => {
            format!("{token}, {}", say("不支持 Ed25519", "it has no Ed25519"))
        }
        TokenFailed::PinUnset { token } => format!(
            "{token}, {}",
            say("PIN 未设置或已过期", "its PIN was never set or has expired")
        ),
        TokenFailed::NoSuchKey { token, found } => format!("{token}, {found}"),
        TokenFailed::Removed { token }
        | TokenFailed::PinLocked { token }
        | TokenFailed::BadPublicKey { token } => token.to_string(),
        TokenFailed::WrongKey => String::new(),
        TokenFailed::Device { what } => what.clone(),
    }
}

fn problem(what: &ModuleProblem) -> String {
    let words = match what {
        ModuleProblem::NotAbsolute => say("须为绝对路径", "an absolute path is wanted"),
        ModuleProblem::NotAFile => say("不是普通文件", "not a plain file"),
        ModuleProblem::Unreadable(kind) => {
            return format!("{}: {kind}", say("无法读取", "it cannot be read"));
        }
        ModuleProblem::OpenToOthers { mode } => {
            return format!(
                "{} ({mode:03o})",
                say(
                    "其他用户可以改动它",
                    "others than root and you could have changed it"
                )
            );
        }
        ModuleProblem::NotALibrary(why) => {
            return format!("{}: {why}", say("不是 PKCS#11 库", "not a PKCS#11 library"));
        }
        ModuleProblem::NotStarted(why) => {
            return format!("{}: {why}", say("无法启动", "it does not start"));
        }
    };
    words.to_owned()
}

fn exit(error: &TokenFailed) -> u8 {
    match error {
        TokenFailed::Module { .. } | TokenFailed::NotThere { .. } | TokenFailed::Removed { .. } => {
            TOKEN
        }
        TokenFailed::Ambiguous { .. } => USAGE,
        TokenFailed::NoPin { .. } | TokenFailed::WrongPin { .. } => PASSWORD,
        TokenFailed::PinLocked { .. } => LOCKED,
        TokenFailed::WrongKey => ALARM,
        _ => REFUSED,
    }
}

fn cure(error: &TokenFailed) -> &'static str {
    match error {
        TokenFailed::Module { .. } => say(
            "检查 --token-module 或 home.toml 中的路径，安装厂商驱动，插好加密狗",
            "look at --token-module or home.toml, install the maker's driver, put the token in",
        ),
        TokenFailed::NotThere { .. } => say(
            "插好加密狗后重试；用 yichuan token list 查看",
            "put it in and repeat; look with `yichuan token list`",
        ),
        TokenFailed::Ambiguous { .. } => say("用序列号指明", "name it by its serial number"),
        TokenFailed::Removed { .. } => say(
            "插回后重复同一命令；未签名的内容没有保留",
            "put it back and repeat the command; nothing unsigned was kept",
        ),
        TokenFailed::NoPin { .. } => say(
            "重复该命令并输入 PIN",
            "repeat the command and give the PIN",
        ),
        TokenFailed::WrongPin { .. } => say(
            "核对后再试，连续输错会锁定加密狗",
            "look it up before you try again: wrong ones lock the token",
        ),
        TokenFailed::PinLocked { .. } => say(
            "由加密狗管理员（SO PIN）解锁；解不开的，更换加密狗并由管理员重新发放登记凭证",
            "have its security officer unlock it; else take another token, and a new ticket",
        ),
        TokenFailed::PinUnset { .. } => {
            say("用厂商工具设置 PIN", "set its PIN with its maker's program")
        }
        TokenFailed::NoEd25519 { .. } | TokenFailed::NotGuarded { .. } => say(
            "换用支持 Ed25519 的加密狗；未生成密钥",
            "use a token that has Ed25519; no key was made",
        ),
        TokenFailed::NoSuchKey { .. } | TokenFailed::BadPublicKey { .. } => say(
            "换回登记时的加密狗；密钥已删除的，请管理员重新发放登记凭证",
            "use the token that was enrolled; if its key was deleted, ask for a new ticket",
        ),
        TokenFailed::WrongKey => say(
            "停止使用该加密狗并报告：它的签名与登记的公钥不符",
            "stop using it and report it: its signature is not by the enrolled key",
        ),
        TokenFailed::Device { .. } => say(
            "拔插后重试；仍不行则联系厂商",
            "put it in again and repeat; then ask its maker",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenName;

    fn named() -> TokenName {
        TokenName {
            label: "yz".to_owned(),
            serial: "0a1b".to_owned(),
        }
    }

    fn wrong(left: PinState) -> TokenFailed {
        let token = named();
        TokenFailed::WrongPin { token, left }
    }

    /// Failures of the token, each with its number and exit code.
    fn failures() -> Vec<(TokenFailed, &'static str, u8)> {
        let token = named();
        let of = |make: fn(TokenName) -> TokenFailed| make(named());
        let library = TokenFailed::Module {
            path: "x".into(),
            what: ModuleProblem::NotAbsolute,
        };
        let several = TokenFailed::Ambiguous {
            typed: "yz".to_owned(),
            fitting: vec![named(), named()],
        };
        let found = 2;
        let what = "Sign: DeviceMemory".to_owned();
        vec![
            (library, "YC-0601", TOKEN),
            (
                of(|token| TokenFailed::NotThere {
                    token: token.to_string(),
                }),
                "YC-0602",
                TOKEN,
            ),
            (several, "YC-0602", USAGE),
            (of(|token| TokenFailed::Removed { token }), "YC-0603", TOKEN),
            (wrong(PinState::Good), "YC-0604", PASSWORD),
            (wrong(PinState::Final), "YC-0604", PASSWORD),
            (
                of(|token| TokenFailed::NoPin { token }),
                "YC-0604",
                PASSWORD,
            ),
            (
                of(|token| TokenFailed::PinLocked { token }),
                "YC-0605",
                LOCKED,
            ),
            (
                of(|token| TokenFailed::PinUnset { token }),
                "YC-0606",
                REFUSED,
            ),
            (
                of(|token| TokenFailed::NoEd25519 { token }),
                "YC-0606",
                REFUSED,
            ),
            (
                of(|token| TokenFailed::NotGuarded { token }),
                "YC-0606",
                REFUSED,
            ),
            (TokenFailed::NoSuchKey { token, found }, "YC-0607", REFUSED),
            (TokenFailed::WrongKey, "YC-0607", ALARM),
            (
                of(|token| TokenFailed::BadPublicKey { token }),
                "YC-0607",
                REFUSED,
            ),
            (TokenFailed::Device { what }, "YC-0608", REFUSED),
        ]
    }

    #[test]
    fn every_failure_of_a_token_has_its_number_a_cure_and_its_exit_code() {
        for (failed, code, exit) in failures() {
            let report = token(&failed);
            assert!(report.what.starts_with(code), "{}", report.what);
            assert_eq!(report.exit, exit, "{}", report.what);
            assert!(!report.cure.is_empty(), "{}", report.what);
        }
        let told = [PinState::Good, PinState::Low, PinState::Final].map(|left| {
            let report = token(&wrong(left));
            report.what
        });
        assert!(told[0] != told[1] && told[1] != told[2], "{told:?}");
    }
}
