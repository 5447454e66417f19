//! The elements of an official document: as the file points them out, else by how they stand.

use crate::contents::Contents;
use crate::page::{Line, Page, Sight};

/// The head of the first page ends here without a red line, in millimetres.
const HEAD: f64 = 110.0;
/// An issuer's name is at least so high, in millimetres.
pub(super) const ISSUER_SIZE: f64 = 8.5;
/// A title is at least so high, in millimetres: 小二号 is 6.35.
const TITLE_SIZE: f64 = 6.2;

/// The elements that were found, as they read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elements {
    /// 发文机关标志.
    pub issuer: Option<String>,
    /// 发文字号.
    pub reference: Option<Reference>,
    /// 标题.
    pub title: Option<String>,
    /// 主送机关, with its colon.
    pub recipient: Option<String>,
    /// 成文日期, as it is written.
    pub date: Option<String>,
    /// 附件说明: each attachment that it lists.
    pub attachments: Vec<String>,
    /// 附件 that follow the text on pages of their own.
    pub annexes: usize,
    /// 紧急程度.
    pub urgency: Option<String>,
    /// 印发机关和印发日期.
    pub issued: Option<String>,
}

/// A document number on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As it is written, blanks left out.
    pub text: String,
    /// Whether it has the form `州府办发〔2026〕7号`.
    pub proper: bool,
}

impl Elements {
    /// The elements of a file with pages.
    pub fn of(contents: &Contents) -> Self {
        let Some(first) = contents.pages.first() else {
            return Self::default();
        };
        let head = contents.red_line.unwrap_or(HEAD).max(60.0);
        let mut elements = Self::by_place(contents, first, head);
        for tag in &contents.tags {
            let text = dense(&tag.text);
            if text.is_empty() {
                continue;
            }
            match tag.name() {
                "发文机关标志" | "发文机关名称" => elements.issuer = Some(text),
                "发文字号" => elements.reference = reference(&text).or(elements.reference),
                "标题" => elements.title = Some(text),
                "主送机关" => elements.recipient = Some(text),
                "成文日期" => elements.date = Some(text),
                "紧急程度" => elements.urgency = Some(text),
                "印发机关和印发日期" | "印发日期" => elements.issued = Some(text),
                _ => {}
            }
        }
        elements
    }

    fn by_place(contents: &Contents, first: &Page, head: f64) -> Self {
        let mut elements = Self::default();
        let seen = |line: &&Line| line.sight == Sight::Seen && line.direction == 0;
        let mut title = String::new();
        for line in first.lines.iter().filter(seen) {
            let text = dense(&line.text);
            let above = line.area.top < head;
            if above {
                if line.size >= ISSUER_SIZE {
                    elements.issuer.get_or_insert_default().push_str(&text);
                } else if elements.reference.is_none() {
                    elements.reference = reference(&text);
                }
                let urgent = ["特急", "加急", "特提", "平急"];
                if let Some(word) = urgent.iter().find(|word| text == **word) {
                    elements.urgency = Some((*word).to_owned());
                }
            } else if elements.recipient.is_none() {
                if line.size >= TITLE_SIZE {
                    title.push_str(&text);
                } else if text.ends_with('：') && !text.starts_with("附件") {
                    elements.recipient = Some(text);
                }
            }
        }
        if !title.is_empty() {
            elements.title = Some(title);
        }
        elements.over_all_pages(contents);
        elements
    }

    /// What may stand on any page.
    fn over_all_pages(&mut self, contents: &Contents) {
        let mut listing = false;
        for (number, page) in contents.pages.iter().enumerate() {
            let lines = page.lines.iter();
            for line in lines.filter(|line| line.sight == Sight::Seen) {
                let text = dense(&line.text);
                let heading = text.strip_prefix("附件").is_some_and(|rest| {
                    rest.is_empty() || rest.bytes().all(|byte| byte.is_ascii_digit())
                });
                if heading && number > 0 && line.area.top < 60.0 {
                    self.annexes += 1;
                }
                if let Some(rest) = text.strip_prefix("附件：").filter(|_| self.annexes == 0) {
                    self.attachments.push(item(rest).to_owned());
                    listing = starts_with_number(rest);
                } else if listing && starts_with_number(&text) {
                    self.attachments.push(item(&text).to_owned());
                } else {
                    listing = false;
                }
                if is_date(&text) && self.annexes == 0 {
                    self.date = Some(text.clone());
                }
                if text.ends_with("印发") && text.chars().count() > 4 {
                    self.issued = Some(text);
                }
            }
        }
    }
}

/// A text without blanks.
pub(super) fn dense(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_whitespace()).collect()
}

fn starts_with_number(text: &str) -> bool {
    let rest = text.trim_start_matches(|sign: char| sign.is_ascii_digit());
    rest.len() < text.len() && rest.starts_with(['.', '．', '、'])
}

fn item(text: &str) -> &str {
    if starts_with_number(text) {
        let rest = text.trim_start_matches(|sign: char| sign.is_ascii_digit());
        rest.trim_start_matches(['.', '．', '、'])
    } else {
        text
    }
}

/// Whether a line is a date and nothing else, in figures or in Chinese numerals.
fn is_date(text: &str) -> bool {
    let numeral = |sign: char| sign.is_ascii_digit() || "〇○零一二三四五六七八九十".contains(sign);
    let Some((year, rest)) = text.split_once('年') else {
        return false;
    };
    let Some((month, day)) = rest.split_once('月') else {
        return false;
    };
    let Some(day) = day.strip_suffix('日') else {
        return false;
    };
    let part = |part: &str, most: usize| {
        !part.is_empty() && part.chars().count() <= most && part.chars().all(numeral)
    };
    part(year, 4) && part(month, 2) && part(day, 3)
}

/// Whether a date is written as 7.3.5 asks.
pub(super) fn is_proper_date(text: &str) -> bool {
    let numbers: Vec<&str> = text
        .split(['年', '月', '日'])
        .filter(|part| !part.is_empty())
        .collect();
    let [year, month, day] = numbers[..] else {
        return false;
    };
    let number = |part: &str, most: u16| {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && !part.starts_with('0');
        plain
            && part
                .parse::<u16>()
                .is_ok_and(|number| (1..=most).contains(&number))
    };
    year.len() == 4 && number(year, 9999) && number(month, 12) && number(day, 31)
}

/// The document number in a line: a word, a year in some kind of brackets, a number, 号.
fn reference(text: &str) -> Option<Reference> {
    const OPEN: [char; 8] = ['〔', '﹝', '[', '［', '(', '（', '【', '{'];
    const CLOSE: [char; 8] = ['〕', '﹞', ']', '］', ')', '）', '】', '}'];
    let signs: Vec<char> = text.chars().collect();
    for open in 0..signs.len() {
        if !OPEN.contains(&signs[open]) {
            continue;
        }
        let digits = |from: usize| {
            let rest = signs.iter().skip(from);
            rest.take_while(|sign| sign.is_ascii_digit()).count()
        };
        let year = digits(open + 1);
        let close = open + 1 + year;
        if !matches!(year, 2 | 4) || !signs.get(close).is_some_and(|sign| CLOSE.contains(sign)) {
            continue;
        }
        let numbered = signs.get(close + 1) == Some(&'第');
        let first = close + 1 + usize::from(numbered);
        let length = digits(first);
        if length == 0 || signs.get(first + length) != Some(&'号') {
            continue;
        }
        let start = signs[..open]
            .iter()
            .rposition(|sign| !('\u{4e00}'..='\u{9fff}').contains(sign))
            .map_or(0, |at| at + 1);
        let proper = start < open
            && signs[open] == '〔'
            && signs[close] == '〕'
            && year == 4
            && !numbered
            && signs[first] != '0';
        return Some(Reference {
            text: signs[start..=first + length].iter().collect(),
            proper,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_number_is_found_and_its_form_judged() {
        for text in ["州府办发〔2026〕7号", "江政办〔2026〕12号签发人：张三"] {
            assert!(reference(text).is_some_and(|found| found.proper), "{text}");
        }
        for text in [
            "州府办发[2026]7号",
            "州府办发（2026）7号",
            "州府办发〔2026〕第7号",
            "州府办发〔2026〕07号",
            "州府办发〔26〕7号",
            "〔2026〕7号",
        ] {
            assert!(reference(text).is_some_and(|found| !found.proper), "{text}");
        }
        for text in [
            "",
            "〔2026〕",
            "州府办发〔2026〕号",
            "州府办发2026年7号",
            "（七）号",
        ] {
            assert_eq!(reference(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_found_and_their_form_judged() {
        for text in ["2026年1月5日", "2026年12月31日"] {
            assert!(is_date(text) && is_proper_date(text), "{text}");
        }
        for text in [
            "2026年01月05日",
            "二〇二六年一月五日",
            "26年1月5日",
            "2026年13月1日",
        ] {
            assert!(is_date(text) && !is_proper_date(text), "{text}");
        }
        for text in ["2026年1月", "2026-01-05", "于2026年1月5日", "年月日"] {
            assert!(!is_date(text), "{text}");
        }
    }
}
