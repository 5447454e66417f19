//! The words of a mark in a text, however they are written.

use unicode_normalization::UnicodeNormalization as _;
use yichuan_document::Classification;

/// The one star that all others become.
const STAR: char = '★';
/// What may stand between the characters of a mark that somebody wants to be overlooked.
const BETWEEN: &str = "·•・.-_|/\\~^'`,:;=+";
/// What may stand between a level and its star.
const BEFORE_STAR: &str = "级級·•・.-_|/:：,()（）[]【】〔〕";
/// Signs that one character may be set apart by, at most.
const BETWEEN_MAX: usize = 4;
/// What makes of 秘密 no state secret, before a star.
const OTHER_SECRETS: &[&str] = &[
    "商业", "工作", "个人", "企业", "技术", "警务", "审判", "检察", "办案", "经营",
];
/// The word that names a level.
const LABELS: &[&str] = &[
    "密级和保密期限",
    "密级及保密期限",
    "密级",
    "保密等级",
    "涉密等级",
];
/// What may follow a mark on its line.
const URGENCIES: &[&str] = &["特急", "加急", "特提", "平急"];
/// So much may stand before or after a level in a text that is a mark and nothing else.
const WHOLE_MAX: usize = 32;
/// The longest period: 2036年12月31日, or the name of an event.
const PERIOD_MAX: usize = 20;

/// A level in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that was seen"
)]
pub(super) struct Hit {
    pub(super) level: Classification,
    /// Where it begins and ends in the normalised text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// A star stands beside it.
    pub(super) star: bool,
    /// The word 密级 stands before it.
    pub(super) label: bool,
    /// 级 stands after it.
    pub(super) grade: bool,
    /// The text is nothing but the mark.
    pub(super) whole: bool,
    /// It is a secret of another kind: 商业秘密, 工作秘密.
    pub(super) other: bool,
}

/// The text in the one form that is searched: compatibility forms resolved (NFKC), nothing
/// invisible, no blanks, one star.
pub(super) fn normal(text: &str) -> Vec<char> {
    text.nfkc()
        .filter(|sign| !is_ignored(*sign))
        .map(|sign| match sign {
            '☆' | '✩' | '✪' | '✫' | '✬' | '✭' | '✮' | '✯' | '✰' | '⋆' | '⭐' | '🌟' | '*' | '٭'
            | '∗' | '✱' | '✲' | '✳' | '✴' | '✵' | '✶' | '✷' | '✸' | '✹' | '❋' | '⍟' | '⛤' | '⚝'
            | '✡' | '⭑' | '⭒' | '🟊' | '🟉' | '🟌' | '🟍' => STAR,
            sign => sign,
        })
        .collect()
}

/// Blanks, controls, marks of direction and joining, variation selectors and combining accents.
fn is_ignored(sign: char) -> bool {
    sign.is_whitespace()
        || sign.is_control()
        || matches!(
            sign,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        )
        || matches!(sign, '\u{300}'..='\u{36f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}')
        || matches!(sign, '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}' | '\u{3164}')
        || matches!(sign, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(sign, '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character may be a part of a level, so that the text is worth being searched.
pub(super) const fn is_telling(sign: char) -> bool {
    // ㊙ is the one other character whose normal form is one of these.
    matches!(sign, '密' | '秘' | '祕' | '㊙')
}

/// Every level that a normalised text names.
pub(super) fn hits(text: &[char]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for start in 0..text.len() {
        if hits.last().is_some_and(|last| start < last.end) {
            continue;
        }
        hits.extend(at(text, start));
    }
    hits
}

fn at(text: &[char], start: usize) -> Option<Hit> {
    let first = text[start];
    if !matches!(first, '绝' | '絕' | '絶' | '机' | '機' | '秘' | '祕') {
        return None;
    }
    let second = skip(text, start + 1, BETWEEN, BETWEEN_MAX);
    let (level, sure) = match (first, *text.get(second)?) {
        ('绝' | '絕' | '絶', '密') => (Classification::TopSecret, true),
        ('绝' | '絕' | '絶', '秘' | '祕') => (Classification::TopSecret, false),
        ('机' | '機', '密') => (Classification::Confidential, true),
        ('机' | '機', '秘' | '祕') => (Classification::Confidential, false),
        ('秘' | '祕', '密') => (Classification::Secret, true),
        ('秘' | '祕', '级' | '級') => (Classification::Secret, false),
        _ => return None,
    };
    let word_end = second + 1;
    let grade = matches!(text.get(word_end), Some('级' | '級'));
    let star_at = skip(text, word_end, BEFORE_STAR, BETWEEN_MAX);
    let star = text.get(star_at) == Some(&STAR);
    // A slip of the pen, or a level in pieces, is a mark only with its star.
    if !star && (!sure || second > start + 1) {
        return None;
    }
    let mut end = if star {
        star_at + 1
    } else {
        word_end + usize::from(grade)
    };
    while star && text.get(end) == Some(&STAR) {
        end += 1;
    }
    let before: String = text[start.saturating_sub(12)..start].iter().collect();
    let bare = before.trim_end_matches([':', '：', '(', '（', '为', '是', '[', '【', STAR]);
    let label = LABELS.iter().any(|label| bare.ends_with(label));
    let other = OTHER_SECRETS.iter().any(|kind| before.ends_with(kind));
    Some(Hit {
        level,
        start,
        end,
        star,
        label,
        grade,
        whole: is_whole(text, (start, end), star),
        other: other && level < Classification::TopSecret,
    })
}

fn skip(text: &[char], from: usize, signs: &str, most: usize) -> usize {
    let skipped = text.iter().skip(from).take(most);
    from + skipped.take_while(|sign| signs.contains(**sign)).count()
}

/// Whether a text is nothing but a mark: a copy number, a label or a bracket may stand before it,
/// a period and an urgency after it.
fn is_whole(text: &[char], (start, end): (usize, usize), star: bool) -> bool {
    // A long text is no mark, and its ends need not be looked at for each level in it.
    if start > WHOLE_MAX || text.len() - end > WHOLE_MAX {
        return false;
    }
    let before: String = text[..start].iter().collect();
    let before = before.trim_matches(['(', '（', '[', '【', '〔', '《', '<', STAR, ':', '：']);
    let before = before.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let before = before.trim_start_matches("No.").trim_start_matches("份号");
    let lone = before.is_empty() || LABELS.contains(&before);
    let after: String = text[end..].iter().collect();
    let mut after = after.trim_matches([')', '）', ']', '】', '〕', '》', '>', '(', '（']);
    if star {
        // Without a star, the last word of a sentence is no mark.
        after = after.trim_end_matches('。');
    }
    for urgency in URGENCIES {
        after = after.strip_suffix(urgency).unwrap_or(after);
    }
    lone && (after.is_empty() || is_period(after, star))
}

/// Whether a text is a period: `5年`, `三个月`, `长期`, a date, or after a star an event.
fn is_period(text: &str, star: bool) -> bool {
    let length = text.chars().count();
    let text = text.strip_prefix(['至', '到']).unwrap_or(text);
    if length > PERIOD_MAX {
        return false;
    }
    if matches!(text, "长期" | "長期" | "永久" | "长期保密") {
        return true;
    }
    let numeral =
        |sign: char| sign.is_ascii_digit() || "〇零一二两三四五六七八九十百./-".contains(sign);
    let units = text.trim_end_matches(['止', '前', '内']);
    let counted = units.starts_with(numeral)
        && units.ends_with(['年', '月', '日', '天'])
        && units
            .chars()
            .all(|sign| numeral(sign) || "年个個月日天".contains(sign));
    let event = star && text.ends_with(['前', '时', '止', '后']);
    // A star and figures without a unit: somebody left it out.
    counted || event || star && text.chars().all(numeral)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Classification::{Confidential, Secret, TopSecret};

    fn only(text: &str) -> Hit {
        let hits = hits(&normal(text));
        assert_eq!(hits.len(), 1, "{text}: {hits:?}");
        hits[0]
    }

    #[test]
    fn f2_a_mark_is_found_however_it_is_written() {
        let cases = [
            ("机密★5年", Confidential),
            ("机　密★ 5 年", Confidential),
            ("绝  密★", TopSecret),
            ("秘\u{200b}密\u{feff}☆1年", Secret),
            ("机密＊10年", Confidential),
            ("机密*10年", Confidential),
            ("机密⭐长期", Confidential),
            ("機密★三年", Confidential),
            ("絕密★長期", TopSecret),
            ("祕密★6个月", Secret),
            ("机秘★5年", Confidential),
            ("绝秘★", TopSecret),
            ("秘级★1年", Secret),
            ("机·密★５年", Confidential),
            ("机密级★10年", Confidential),
            ("机密（★）", Confidential),
            ("机\u{fe0f}密★", Confidential),
            ("机密★会议开始前", Confidential),
            ("机密★2030年1月1日", Confidential),
            ("000001机密★5年", Confidential),
            ("密级：机密★5年", Confidential),
            ("机密★5年特急", Confidential),
            ("机密★5", Confidential),
        ];
        for (text, level) in cases {
            let hit = only(text);
            assert!(hit.star && hit.whole, "{text}: {hit:?}");
            assert_eq!(hit.level, level, "{text}");
        }
    }

    #[test]
    fn a_mark_without_its_star_is_whole_only_with_a_plain_period() {
        for text in [
            "机密",
            "绝密5年",
            "秘密长期",
            "机密级",
            "【机密】",
            "密级：秘密",
        ] {
            let hit = only(text);
            assert!(hit.whole && !hit.star, "{text}: {hit:?}");
        }
        for text in [
            "秘密。",
            "机密文件处理前",
            "机密会议室",
            "绝密飞行",
            "机密性",
            "秘密级文件",
        ] {
            assert!(!only(text).whole, "{text}");
        }
    }

    #[test]
    fn prose_about_secrecy_is_no_mark() {
        for text in [
            "保密",
            "涉密人员",
            "密级标志",
            "机要秘书",
            "秘书级★",
            "★重点任务",
            "秘级",
            "机秘处",
            "机.密",
            "计算机\u{3000}机房",
        ] {
            assert_eq!(hits(&normal(text)), [], "{text}");
        }
        for text in ["商业秘密★", "工作秘密★1年"] {
            assert!(only(text).other, "{text}");
        }
        assert!(!only("国家秘密★1年").other);
    }

    #[test]
    fn several_levels_are_told_apart() {
        let levels = |text: &str| -> Vec<Classification> {
            hits(&normal(text)).iter().map(|hit| hit.level).collect()
        };
        assert_eq!(
            levels("绝密级、机密级、秘密级国家秘密"),
            [TopSecret, Confidential, Secret, Secret]
        );
        assert_eq!(levels("秘密机密绝密"), [Secret, Confidential, TopSecret]);
    }

    #[test]
    fn telling_characters_are_those_of_levels_in_all_their_forms() {
        for sign in "密秘祕㊙".chars() {
            assert!(is_telling(sign), "{sign}");
        }
        for sign in "a5年机绝★⽐".chars() {
            assert!(!is_telling(sign), "{sign}");
        }
    }
}
