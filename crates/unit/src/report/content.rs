//! Messages about what is in a document's files. Their codes stand in `proto/error-codes.md`.

use super::{REFUSED, Report, USAGE, told};
use crate::lang::{is_chinese, say};
use crate::office::Failed;
use crate::office::content::Told;

/// What stays of a failure that is about files.
pub(super) fn content(failed: &Failed) -> Option<Report> {
    Some(match failed {
        Failed::Marked(marks) => told(
            listed(
                "YC-0701",
                say(
                    "文件中有超出所标密级的标志，不得传输（第十五条）",
                    "a file has a mark above the label: it must not be sent (Art. 15)",
                ),
                marks,
            ),
            say(
                "停止办理并报告保密管理人员；改用规定的机要渠道，本机不留内容",
                "stop, and tell who answers for secrecy; use the channel prescribed for it",
            ),
            REFUSED,
        ),
        Failed::NotSendable(why) => told(
            listed(
                "YC-0702",
                say(
                    "文件不合要求，收文单位将无法签收",
                    "recipients could not sign for these files",
                ),
                why,
            ),
            say(
                "更正文件后重新拟稿；yichuan inspect 可查看全部问题",
                "correct the files and compose again; `yichuan inspect` shows everything",
            ),
            USAGE,
        ),
        Failed::ToDeclare { told: why, folder } => told(
            format!(
                "{}\n{}: {}",
                listed(
                    "YC-0703",
                    say(
                        "须由审批人阅看文件并作出声明",
                        "the approver has to look at the files and to declare what they are",
                    ),
                    why,
                ),
                say("文件", "files"),
                folder.display()
            ),
            say(
                "逐件阅看；确无超出所标密级的内容，再用 --declare-read 批准，否则 yichuan refuse",
                "look at each; approve with --declare-read if nothing is above the label, else \
                 refuse it",
            ),
            REFUSED,
        ),
        other => return of_paper(other),
    })
}

/// What stays of a failure to make something for paper: a seal on it, a text set.
fn of_paper(failed: &Failed) -> Option<Report> {
    Some(match failed {
        Failed::NotPrinted(why) => told(
            listed(
                "YC-0705",
                say("无法生成打印文件", "no file for the printer can be made"),
                std::slice::from_ref(why),
            ),
            say(
                "份号没有使用；请发文单位提供 OFD 或 PDF 文件",
                "no number was used; ask the sender for an OFD or PDF file",
            ),
            USAGE,
        ),
        Failed::NotSealed(why) => told(
            listed(
                "YC-0704",
                say(
                    "电子印章无法加盖到文件上",
                    "the electronic seal cannot be set into the file",
                ),
                std::slice::from_ref(why),
            ),
            say(
                "用 --at 页,左,上,宽,高 指明位置；公文不在版面盖章的（如纪要），用 --unplaced",
                "name a place with --at; a document that carries no seal on its page: --unplaced",
            ),
            USAGE,
        ),
        Failed::NotTypeset(why) => super::typeset::refused(why),
        Failed::FileIsThere(path) => super::typeset::is_there(path),
        _ => return None,
    })
}

fn listed(code: &str, head: &str, lines: &[Told]) -> String {
    let mut text = format!("{code} {head}");
    for line in lines {
        let line = if is_chinese() { &line.zh } else { &line.en };
        text.push_str("\n  - ");
        text.push_str(line);
    }
    text
}
