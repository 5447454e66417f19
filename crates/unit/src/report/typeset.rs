//! Messages about texts that were not set as documents. Their codes stand in
//! `proto/error-codes.md`.

use std::path::Path;

use yichuan_typeset::Refused;

use super::{REFUSED, Report, USAGE, told};
use crate::lang::{is_chinese, say};

/// A text that was not set.
pub(super) fn refused(why: &Refused) -> Report {
    match why {
        Refused::Field { line, field, why } => {
            let what = if is_chinese() { why.zh() } else { why.en() };
            let place = place(*line);
            told(
                format!("YC-0711 {place}{field}: {what}"),
                say(
                    "按提示修改；yichuan doc example 给出样稿",
                    "correct it; `yichuan doc example` writes a source to start from",
                ),
                USAGE,
            )
        }
        Refused::Body { line, why } => {
            let what = if is_chinese() { why.zh() } else { why.en() };
            let place = place(*line);
            let cure = say("按提示的行号修改", "correct the line that is named");
            told(format!("YC-0712 {place}{what}"), cure, USAGE)
        }
        Refused::Level { line } => told(
            format!(
                "YC-0713 {}{}",
                place(*line),
                say(
                    "有超出所标密级的标志；机密、绝密公文不得在本系统办理（第十五条）",
                    "a mark above the label; 机密 and 绝密 are not handled here (Art. 15)",
                )
            ),
            say(
                "停止办理并报告保密管理人员；改用规定的机要渠道",
                "stop, and tell who answers for secrecy; use the channel prescribed for it",
            ),
            REFUSED,
        ),
        Refused::TooLarge | Refused::Pages => told(
            format!("YC-0715 {}", say("文字稿太大", "the text is too large")),
            say("拆分后再排", "divide it"),
            USAGE,
        ),
        Refused::Glyph { sign } => {
            let code = u32::from(*sign);
            let what = say("已装字体都没有这个字", "no font has this character");
            fonts(&format!("{what}: {sign} (U+{code:04X})"))
        }
        Refused::Font { role } => {
            let what = say("没有可用的字体", "no font plays this role");
            fonts(&format!("{what}: {role:?}"))
        }
        _ => fonts(say("字体不能嵌入", "a font cannot be embedded")),
    }
}

/// A file that is not overwritten.
pub(super) fn is_there(path: &Path) -> Report {
    let what = say("文件已存在", "the file is there already");
    told(
        format!("YC-0716 {}: {what}", path.display()),
        say(
            "换文件名；有 --force 的命令可用它覆盖",
            "use another name; where a command has --force, that overwrites it",
        ),
        USAGE,
    )
}

fn fonts(what: &str) -> Report {
    told(
        format!("YC-0714 {what}"),
        say(
            "安装字体，或用环境变量 YICHUAN_FONTS 指明字体文件夹",
            "install fonts, or name their folder in YICHUAN_FONTS",
        ),
        USAGE,
    )
}

fn place(line: usize) -> String {
    match (line, is_chinese()) {
        (0, _) => String::new(),
        (line, true) => format!("第 {line} 行："),
        (line, false) => format!("line {line}: "),
    }
}
