//! What to do about a refusal: the last column of `proto/error-codes.md`, which is where it stands
//! for people, and stands once.

use yichuan_wire::ErrorCode;

const CODES: &str = include_str!("../../../../proto/error-codes.md");

/// What to do, in Chinese and in English; none for a code of a later release.
pub(super) fn cure(code: ErrorCode) -> Option<(&'static str, &'static str)> {
    let code = code.to_string();
    CODES.lines().find_map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        if cells.next()? != code {
            return None;
        }
        let both = cells.next_back()?;
        // Chinese sentences come first, and end with a stop of their own.
        let end = both.rfind('。')? + '。'.len_utf8();
        let (zh, en) = both.split_at(end);
        Some((zh, en.trim_start())).filter(|(_, en)| !en.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_to_do_in_both_languages() {
        let mut told = 0;
        for line in CODES.lines().filter(|line| line.starts_with("| YC-")) {
            let number = line[5..9].parse().unwrap();
            let found = cure(ErrorCode::from_number(number));
            let (zh, en) = found.unwrap_or_else(|| panic!("{line}"));
            assert!(!zh.is_ascii() && zh.ends_with('。'), "{line}");
            assert!(en.is_ascii() && en.ends_with('.'), "{line}: {en}");
            told += 1;
        }
        assert!(told > 70, "only {told} codes");
        assert_eq!(cure(ErrorCode::from_number(999)), None);
    }
}
