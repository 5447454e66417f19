//! Dates and times as certificates and seals write them, to the second and back.

use yichuan_document::Timestamp;

const DAY_S: u64 = 86_400;
/// What a clock in China is ahead of UTC, in seconds.
const CHINA_AHEAD_S: u64 = 8 * 3_600;
/// How many days before 1970 the counting of [`days`] begins: the first of March of the year 0.
const BEFORE_1970: u64 = 719_468;

/// `YYMMDDhhmmssZ` (X.680, 47, in the form of X.690, 11.8); years 50 to 99 are of the last century
/// (RFC 5280, 4.1.2.5.1).
pub(crate) fn from_utc_time(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    if digits.len() != 12 {
        return None;
    }
    let century = if number(digits.get(..2)?)? < 50 {
        "20"
    } else {
        "19"
    };
    from_digits(&format!("{century}{digits}"))
}

/// `YYYYMMDDhhmmssZ` (X.680, 46), without fractions.
pub(crate) fn from_generalized(text: &str) -> Option<Timestamp> {
    from_digits(text.strip_suffix('Z')?)
}

/// The time of a GM/T 0031-2014 signature, and of a `Signature.xml`, which is free text: a
/// `GeneralizedTime` with or without fractions, or `YYYY-MM-DD hh:mm:ss` with `T` or a space. Says
/// also whether there was no zone, so that the clock of an office in China had to be assumed. None
/// where it is none of these.
pub fn from_free_text(text: &str) -> Option<(Timestamp, bool)> {
    let is_utc = text.ends_with('Z');
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_empty() || fraction.len() > 9 || !is_number(fraction) {
        return None;
    }
    let form = |at: usize| text.as_bytes().get(at);
    let digits = if text.len() == 19 {
        let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        let marked = marks.iter().all(|(at, mark)| form(*at) == Some(mark));
        if !marked || !matches!(form(10), Some(b'T' | b' ')) {
            return None;
        }
        text.split(['-', ':', 'T', ' ']).collect()
    } else {
        text.to_owned()
    };
    let at = from_digits(&digits)?;
    if is_utc {
        return Some((at, false));
    }
    let utc = at.unix_ms().checked_sub(CHINA_AHEAD_S * 1_000)?;
    Some((Timestamp::from_unix_ms(utc), true))
}

/// `YYYYMMDDhhmmss`, a day that exists, from 1970 on.
fn from_digits(digits: &str) -> Option<Timestamp> {
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, until: usize| digits.get(from..until).and_then(number);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if year < 1970 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let since_1970 = days(year, month, day)?.checked_sub(BEFORE_1970)?;
    if civil(since_1970) != (year, month, day) {
        return None;
    }
    let seconds = since_1970 * DAY_S + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_unix_ms(seconds * 1_000))
}

fn number(digits: &str) -> Option<u64> {
    digits.parse().ok()
}

/// Days since the first of March of the year 0, in the proleptic Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1)
}

/// Year, month and day of a day counted from 1970.
fn civil(since_1970: u64) -> (u64, u64, u64) {
    let days = since_1970 + BEFORE_1970;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month < 3), month, day)
}

/// `YYYYMMDDhhmmssZ`; what is less than a second is dropped. The end of the year 9999 for later.
pub fn to_generalized(at: Timestamp) -> String {
    let seconds = at.unix_ms() / 1_000;
    let (year, month, day) = civil(seconds / DAY_S);
    if year > 9_999 {
        return "99991231235959Z".to_owned();
    }
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
}

/// For people, by the clock in China: `YYYY-MM-DD hh:mm:ss`.
pub(crate) fn shown(at: Timestamp) -> String {
    let text = to_generalized(at.plus_ms(CHINA_AHEAD_S * 1_000));
    let part = |from: usize, until: usize| &text[from..until];
    let day = [part(0, 4), part(4, 6), part(6, 8)].join("-");
    let hour = [part(8, 10), part(10, 12), part(12, 14)].join(":");
    format!("{day} {hour}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_forms_are_read_and_written() {
        // date -u -d 2026-08-04T02:08:09Z +%s
        let at = Timestamp::from_unix_ms(1_785_809_289_000);
        assert_eq!(from_generalized("20260804020809Z"), Some(at));
        assert_eq!(from_utc_time("260804020809Z"), Some(at));
        assert_eq!(to_generalized(at), "20260804020809Z");
        assert_eq!(shown(at), "2026-08-04 10:08:09");
        let leap = from_generalized("20240229235959Z").expect("2024 had that day");
        assert_eq!(to_generalized(leap), "20240229235959Z");
        assert_eq!(
            from_utc_time("700101000000Z"),
            Some(Timestamp::from_unix_ms(0))
        );
        assert_eq!(
            to_generalized(Timestamp::from_unix_ms(u64::MAX)),
            "99991231235959Z"
        );
        for days in (0..80_000).step_by(17) {
            let at = Timestamp::from_unix_ms(days * 86_400_000);
            assert_eq!(from_generalized(&to_generalized(at)), Some(at), "{days}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "Z",
            "20260804020809",
            "20260804020809+0800",
            "20230229000000Z",
            "20260431000000Z",
            "20261301000000Z",
            "20260001000000Z",
            "20260100000000Z",
            "20260101240000Z",
            "20260101006000Z",
            "20260101000060Z",
            "19691231235959Z",
            "2026080402080９Z",
            "20260804020809.5Z",
            "-0260804020809Z",
            "+2260804020809Z",
            "0000000000000Z",
        ] {
            assert_eq!(from_generalized(text), None, "{text}");
        }
        for text in [
            "",
            "2608040208Z",
            "260804020809",
            "691231235959Z",
            "26080402080９Z",
            "年08040208Z",
        ] {
            assert_eq!(from_utc_time(text), None, "{text}");
        }
    }

    #[test]
    fn the_free_texts_of_old_signatures_are_read() {
        let at = |text: &str| from_generalized(text).expect("a time");
        let cases = [
            ("20211014033404Z", "20211014033404Z", false),
            ("2020-01-25T07:31:56.377Z", "20200125073156Z", false),
            ("2020-04-22 10:18:07", "20200422021807Z", true),
            ("20200422101807", "20200422021807Z", true),
        ];
        for (text, utc, assumed) in cases {
            assert_eq!(from_free_text(text), Some((at(utc), assumed)), "{text}");
        }
        for text in [
            "",
            "2020",
            "2020-04-22",
            "2020-04-22_10:18:07",
            "2020/04/22 10:18:07",
            "19700101000000",
            "2020-04-22 10:18:07.",
            "2020-04-22 10:18:07.x",
            "2020-04-2年10:18:0",
            "yesterday",
        ] {
            assert_eq!(from_free_text(text), None, "{text}");
        }
    }
}
