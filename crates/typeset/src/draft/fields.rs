//! The fields of a source: names, values and the lines that they stand on.

use std::collections::BTreeMap;

use super::{field, plain};
use crate::refusal::{FieldFault, Refused};

/// The names of fields.
pub(crate) const NAMES: [&str; 24] = [
    "格式",
    "份号",
    "密级",
    "紧急程度",
    "发文机关标志",
    "发文字号",
    "签发人",
    "标题",
    "主送机关",
    "附件",
    "署名",
    "成文日期",
    "用印",
    "签发人职务",
    "签名",
    "附注",
    "出席",
    "请假",
    "列席",
    "抄送",
    "印发机关",
    "印发日期",
    "令号",
    "编号",
];

/// Characters of one field: 抄送 is the longest there is.
const CHARACTERS_MAX: usize = 2_000;

/// The fields that a source has.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: BTreeMap<&'static str, Vec<(usize, String)>>,
}

impl Fields {
    pub(crate) fn read(lines: &[(usize, &str)]) -> Result<Self, Refused> {
        let mut fields = Self::default();
        for (number, line) in lines {
            let line = line.trim();
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            let (name, value) = line
                .split_once(['：', ':'])
                .ok_or_else(|| field(*number, &shown(line), FieldFault::Form))?;
            let typed = shown(name.trim());
            let known = NAMES.iter().find(|known| **known == name.trim());
            let name = known.ok_or_else(|| field(*number, &typed, FieldFault::Unknown))?;
            let refuse = |why| field(*number, name, why);
            let value = plain(value).ok_or_else(|| refuse(FieldFault::Control))?;
            if value.chars().count() > CHARACTERS_MAX {
                return Err(refuse(FieldFault::Long));
            }
            let values = fields.values.entry(name).or_default();
            if !values.is_empty() && *name != "附件" {
                return Err(refuse(FieldFault::Twice));
            }
            if !value.is_empty() {
                values.push((*number, value));
            }
        }
        Ok(fields)
    }

    /// The line and the value of a field that stands once.
    pub(crate) fn one(&self, name: &str) -> Option<(usize, &str)> {
        let (line, value) = self.values.get(name)?.first()?;
        Some((*line, value))
    }

    /// The value of a field, none where it is empty.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.one(name).map(|(_, value)| value.to_owned())
    }

    /// A value that must be there.
    pub(crate) fn needed(&self, name: &str) -> Result<(usize, String), Refused> {
        let (line, value) = self
            .one(name)
            .ok_or_else(|| field(0, name, FieldFault::Missing))?;
        Ok((line, value.to_owned()))
    }

    /// The values of a field that may stand on many lines.
    pub(crate) fn all(&self, name: &str) -> Vec<(usize, String)> {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// Values apart by `；`, at most `most`, none longer than `longest` characters.
    pub(crate) fn list(
        &self,
        name: &str,
        most: usize,
        longest: usize,
    ) -> Result<Vec<String>, Refused> {
        let Some((line, value)) = self.one(name) else {
            return Ok(Vec::new());
        };
        let parts = value.split(['；', ';']).map(str::trim);
        let parts: Vec<String> = parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        if parts.len() > most {
            return Err(field(line, name, FieldFault::Many));
        }
        if parts.iter().any(|part| part.chars().count() > longest) {
            return Err(field(line, name, FieldFault::Long));
        }
        Ok(parts)
    }

    /// Refuses fields that a form does not use.
    pub(crate) fn none_of(&self, names: &[&str]) -> Result<(), Refused> {
        for name in names {
            if let Some((line, _)) = self.one(name) {
                return Err(field(line, name, FieldFault::NotHere));
            }
        }
        Ok(())
    }
}

/// The beginning of what was typed, without what is not printed.
fn shown(text: &str) -> String {
    let printed = text.chars().filter(|sign| !sign.is_control());
    printed.take(20).collect()
}

/// The year, month and day of a date as 7.3.5 has it, none where there is no such day.
pub(crate) fn day(text: &str) -> Option<(u16, u8, u8)> {
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let day = rest.strip_suffix('日')?;
    let number = |part: &str| -> Option<u16> {
        let is_plain = part.bytes().all(|byte| byte.is_ascii_digit()) && !part.starts_with('0');
        part.parse().ok().filter(|_| is_plain && part.len() <= 4)
    };
    let year = number(year).filter(|year| *year >= 1000)?;
    let month = number(month).filter(|month| (1..=12).contains(month))?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = number(day).filter(|day| (1..=days).contains(day))?;
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

/// Whether a document number has its form: `江政办发〔2026〕12号`.
pub(crate) fn is_reference(text: &str) -> bool {
    let read = || {
        let (word, rest) = text.split_once('〔')?;
        let (year, rest) = rest.split_once('〕')?;
        let serial = rest.strip_suffix('号')?;
        let is_number = |text: &str| {
            !text.is_empty()
                && text.len() <= 5
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && !text.starts_with('0')
        };
        let is_word = |sign: char| sign.is_alphabetic() && !sign.is_ascii();
        let count = word.chars().count();
        Some(
            (1..=16).contains(&count)
                && word.chars().all(is_word)
                && year.len() == 4
                && is_number(year)
                && is_number(serial),
        )
    };
    read().unwrap_or(false)
}
