//! Codes in words: reasons, answers and outcomes, as they are shown and as they are typed.

use yichuan_document::inspection::ReturnReason;
use yichuan_document::statement::{PermitReason, RecallReason};

use crate::lang::say;
use crate::office::Failed;
pub(super) use crate::office::codes::{outcome_words, recall_words, reply_words, return_words};

/// What was typed is neither a code nor its word.
fn no_reason(typed: &str) -> Failed {
    Failed::Usage(format!(
        "{typed}: {}",
        say(
            "不是原因代码；--reason list 列出全部",
            "is no reason; --reason list shows them"
        )
    ))
}

/// A reason of a return or refusal, by its number.
pub(super) fn return_reason(typed: &str) -> Result<ReturnReason, Failed> {
    let reason = typed.parse().ok().and_then(ReturnReason::from_code);
    reason.ok_or_else(|| no_reason(typed))
}

/// A reason of a recall, by its number or its word.
pub(super) fn recall_reason(typed: &str) -> Result<RecallReason, Failed> {
    let mut rows = RecallReason::ALL.iter();
    let row = rows.find(|row| typed == row.1.to_string() || typed == row.2 || typed == row.3);
    Ok(row.ok_or_else(|| no_reason(typed))?.0)
}

/// Lists the reasons of returns and refusals.
pub(super) fn list_return_reasons() {
    for reason in ReturnReason::ALL {
        println!("{:>3}  {}", reason.code(), say(reason.zh(), reason.en()));
    }
}

/// Lists the reasons of recalls.
pub(super) fn list_recall_reasons() {
    for (_, code, zh, en) in RecallReason::ALL {
        println!("{code:>3}  {}", say(zh, en));
    }
}

/// A reason to print or to delete, by its number or its word.
pub(super) fn permit_reason(typed: &str) -> Result<PermitReason, Failed> {
    let mut rows = PermitReason::ALL.iter();
    let row = rows.find(|row| typed == row.1.to_string() || typed == row.2 || typed == row.3);
    Ok(row.ok_or_else(|| no_reason(typed))?.0)
}

/// Lists the reasons to print or to delete.
pub(super) fn list_permit_reasons() {
    for (_, code, zh, en) in PermitReason::ALL {
        println!("{code:>3}  {}", say(zh, en));
    }
}

/// Words that a code asks for and that were not typed.
pub(super) fn words_due(due: bool, words: Option<&str>) -> Result<(), Failed> {
    let given = words.is_some_and(|words| !words.trim().is_empty());
    if due && !given {
        return Err(Failed::Usage(
            say("该项须用 --text 说明", "this needs words: --text").to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_typed_by_number_or_word() {
        for (reason, code, zh, en) in RecallReason::ALL {
            for typed in [code.to_string(), zh.to_owned(), en.to_owned()] {
                assert_eq!(recall_reason(&typed).unwrap(), reason, "{typed}");
            }
        }
        for bad in ["", "0", "64", "whatever", " 1"] {
            assert!(recall_reason(bad).is_err(), "{bad}");
            assert!(return_reason(bad).is_err() || bad == " 1", "{bad}");
        }
        assert_eq!(recall_words(999), "999");
        assert_eq!(return_words(13), "密钥承诺不符");
        assert!(words_due(true, Some(" ")).is_err() && words_due(false, None).is_ok());
    }
}
