//! Numbers of closed lists in words: reasons, answers, outcomes. A number that this release does
//! not know is told as it is.

use yichuan_document::inspection::ReturnCode;
use yichuan_document::statement::{
    ContactOutcome, NoteKind, PermitReason, RecallReason, RecallReply, Wish,
};
use yichuan_wire::ErrorCode;

use crate::lang::say;

/// What disagrees, in a report of a violation (`proto/statement.md`).
const VIOLATIONS: [(u16, &str, &str); 5] = [
    (1, "密级不符", "the level"),
    (2, "标识不符", "the id"),
    (3, "来源不符", "the origin"),
    (4, "发文单位不符", "the issuers"),
    (5, "形式不符", "the form"),
];

/// The word of a number in a closed list.
fn of_list<T>(rows: &[(T, u16, &'static str, &'static str)], code: u16) -> String {
    let known = rows.iter().find(|row| row.1 == code);
    known.map_or_else(|| code.to_string(), |row| say(row.2, row.3).to_owned())
}

/// A return's or a refusal's reason.
pub fn return_words(code: u16) -> String {
    let known = ReturnCode(u64::from(code)).known();
    known.map_or_else(
        || code.to_string(),
        |reason| say(reason.zh(), reason.en()).to_owned(),
    )
}

/// A recall's reason.
pub fn recall_words(code: u16) -> String {
    of_list(&RecallReason::ALL, code)
}

/// An answer to a recall.
pub fn reply_words(code: u16) -> String {
    of_list(&RecallReply::ALL, code)
}

/// The outcome of a call.
pub fn outcome_words(code: u16) -> String {
    of_list(&ContactOutcome::ALL, code)
}

/// Why somebody wants to print or to delete.
pub fn permit_reason_words(code: u16) -> String {
    of_list(&PermitReason::ALL, code)
}

/// The kind of a note.
pub fn note_words(code: u16) -> String {
    of_list(&NoteKind::ALL, code)
}

/// What the authority is applied to for.
pub fn wish_words(code: u16) -> String {
    of_list(&Wish::ALL, code)
}

/// What disagrees between a document's outside and its inside.
pub fn violation_words(code: u16) -> String {
    let known = VIOLATIONS.iter().find(|row| row.0 == code);
    known.map_or_else(|| code.to_string(), |row| say(row.1, row.2).to_owned())
}

/// With which rule the exchange refused something: its code and its words.
pub fn error_words(code: ErrorCode) -> String {
    format!("{code} {}", say(code.zh(), code.en()))
}

/// Whether something was granted.
pub fn decision_words(granted: bool) -> &'static str {
    if granted {
        say("同意", "granted")
    } else {
        say("不同意", "refused")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{Lang, within};

    #[test]
    fn known_numbers_have_words_in_both_languages_and_others_stay_numbers() {
        type Words = fn(u16) -> String;
        let lists: [(Words, u16); 7] = [
            (return_words, 1),
            (recall_words, RecallReason::ALL[0].1),
            (reply_words, RecallReply::ALL[0].1),
            (outcome_words, ContactOutcome::ALL[0].1),
            (note_words, NoteKind::ALL[0].1),
            (wish_words, Wish::ALL[0].1),
            (violation_words, 5),
        ];
        for (place, (words, known)) in lists.into_iter().enumerate() {
            let zh = within(Lang::Zh, || words(known));
            let en = within(Lang::En, || words(known));
            assert_ne!(zh, en, "{place}");
            assert!(!zh.is_ascii() && en.is_ascii(), "{zh} {en}");
            assert_eq!(words(9_999), "9999", "{place}");
        }
        let zh = within(Lang::Zh, || error_words(ErrorCode::PASSWORD));
        assert!(zh.starts_with("YC-") && !zh.is_ascii(), "{zh}");
    }
}
