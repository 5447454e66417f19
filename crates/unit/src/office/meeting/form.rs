//! The reply form of a meeting notice, and what is filled in. Both are JSON; nothing of either is
//! believed before it was checked here, whoever wrote it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::FORM_BYTES_MAX;

/// The one version of form and answers.
const VERSION: u16 = 1;
/// The most fields of a form.
const FIELDS_MAX: usize = 64;
/// The most choices of a field.
const CHOICES_MAX: usize = 32;
/// The most characters of a field's name or of a choice.
const NAME_CHARS_MAX: usize = 60;
/// The most characters of an answer in words.
const ANSWER_CHARS_MAX: usize = 1_000;
/// The most digits of a number, before and after the point.
const DIGITS_MAX: (usize, usize) = (12, 4);

/// A reply form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    version: u16,
    /// The fields, in order.
    pub fields: Vec<FormField>,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What can be chosen; of a choice only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Words.
    Text,
    /// A number.
    Number,
    /// One of the choices.
    Choice,
    /// Yes or no, 是 or 否.
    YesNo,
}

impl FieldKind {
    /// What is to be filled in, in Chinese and English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("文字", "words"),
            Self::Number => ("数字", "a number"),
            Self::Choice => ("选项之一", "one of the choices"),
            Self::YesNo => ("是或否", "yes or no"),
        }
    }
}

/// What is wrong with a form, or with what was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadForm {
    /// The document is no meeting notice with a form.
    None,
    /// A form with a document of another kind.
    NotAMeeting,
    /// A file of the document has the name of the form.
    NameTaken,
    /// Not readable, with the reader's words.
    Unreadable(String),
    /// Too many bytes.
    TooLong,
    /// No field, or too many.
    Fields(usize),
    /// A field without a usable name, or with that of another.
    Name(String),
    /// Choices that are missing, too many, twice or unusable, or are where none belong.
    Choices(String),
    /// What was filled in: each field with what is wrong.
    Answers(Vec<(String, BadAnswer)>),
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAnswer {
    /// The form has no such field.
    Unknown,
    /// It must be filled in.
    Missing,
    /// Not what the field takes.
    NotOfKind(FieldKind),
    /// Too long, or with invisible characters.
    Text,
    /// Filled in twice.
    Twice,
}

/// What was filled in, by field: text, numbers and choices as they are, yes and no as such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    version: u16,
    /// The answers, by the field's name.
    pub answers: BTreeMap<String, String>,
}

/// As a clerk writes a form: `[[field]]` tables of a TOML file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "field", default)]
    fields: Vec<FormField>,
}

impl Form {
    /// Reads a form as a clerk writes it (TOML).
    pub fn parse(text: &str) -> Result<Self, BadForm> {
        let unreadable = |error: toml::de::Error| BadForm::Unreadable(error.to_string());
        let Written { fields } = toml::from_str(text).map_err(unreadable)?;
        Self::of(fields)
    }

    /// A form of these fields.
    pub fn of(fields: Vec<FormField>) -> Result<Self, BadForm> {
        let form = Self {
            version: VERSION,
            fields,
        };
        form.check()?;
        if form.to_bytes().len() > FORM_BYTES_MAX {
            return Err(BadForm::TooLong);
        }
        Ok(form)
    }

    /// Reads a form as it travels (JSON).
    pub fn read(bytes: &[u8]) -> Result<Self, BadForm> {
        if bytes.len() > FORM_BYTES_MAX {
            return Err(BadForm::TooLong);
        }
        let unreadable = |error: serde_json::Error| BadForm::Unreadable(error.to_string());
        let form: Self = serde_json::from_slice(bytes).map_err(unreadable)?;
        if form.version != VERSION {
            return Err(BadForm::Unreadable(format!("version {}", form.version)));
        }
        form.check()?;
        Ok(form)
    }

    /// The form as it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and lists only: it has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn check(&self) -> Result<(), BadForm> {
        if self.fields.is_empty() || self.fields.len() > FIELDS_MAX {
            return Err(BadForm::Fields(self.fields.len()));
        }
        for (place, field) in self.fields.iter().enumerate() {
            let before = &self.fields[..place];
            let twice = before.iter().any(|other| other.name == field.name);
            if twice || !is_name(&field.name) || field.name.contains('=') {
                return Err(BadForm::Name(shown(&field.name)));
            }
            let mut choices = field.choices.clone();
            choices.sort();
            choices.dedup();
            let count = if field.kind == FieldKind::Choice {
                2..=CHOICES_MAX
            } else {
                0..=0
            };
            let sound = field.choices.iter().all(|choice| is_name(choice));
            if choices.len() != field.choices.len() || !count.contains(&choices.len()) || !sound {
                return Err(BadForm::Choices(shown(&field.name)));
            }
        }
        Ok(())
    }

    fn field(&self, name: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Fills the form in; all that is wrong is told at once.
    pub fn fill(&self, given: &[(String, String)]) -> Result<Answers, BadForm> {
        let mut answers = BTreeMap::new();
        let mut wrong = Vec::new();
        for (name, text) in given {
            let answer = match self.field(name) {
                None => Err(BadAnswer::Unknown),
                Some(_) if answers.contains_key(name) => Err(BadAnswer::Twice),
                Some(field) => field.answer(text),
            };
            match answer {
                Ok(Some(answer)) => drop(answers.insert(name.clone(), answer)),
                Ok(None) => {}
                Err(why) => wrong.push((shown(name), why)),
            }
        }
        let told = |name: &String| wrong.iter().any(|(told, _)| told == name);
        let missing = self.fields.iter().filter(|field| field.required);
        let missing: Vec<_> = missing
            .filter(|field| !answers.contains_key(&field.name) && !told(&field.name))
            .map(|field| (field.name.clone(), BadAnswer::Missing))
            .collect();
        wrong.extend(missing);
        if wrong.is_empty() {
            Ok(Answers {
                version: VERSION,
                answers,
            })
        } else {
            Err(BadForm::Answers(wrong))
        }
    }

    /// Reads answers as a file gives them: one JSON object of texts, numbers, and yes or no.
    pub fn fill_from(&self, json: &str) -> Result<Answers, BadForm> {
        let unreadable = |error: serde_json::Error| BadForm::Unreadable(error.to_string());
        let given: serde_json::Map<String, Value> =
            serde_json::from_str(json).map_err(unreadable)?;
        let given: Vec<(String, String)> = given
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => (name, text),
                Value::Bool(true) => (name, "yes".to_owned()),
                Value::Bool(false) => (name, "no".to_owned()),
                Value::Null => (name, String::new()),
                other => (name, other.to_string()),
            })
            .collect();
        self.fill(&given)
    }

    /// Reads answers as they travel, and checks them by this form.
    pub fn read_answers(&self, text: &str) -> Result<Answers, BadForm> {
        let unreadable = |error: serde_json::Error| BadForm::Unreadable(error.to_string());
        let read: Answers = serde_json::from_str(text).map_err(unreadable)?;
        if read.version != VERSION {
            return Err(BadForm::Unreadable(format!("version {}", read.version)));
        }
        let given: Vec<(String, String)> = read.answers.into_iter().collect();
        self.fill(&given)
    }
}

impl FormField {
    /// The answer as it travels; none where nothing was filled in.
    fn answer(&self, text: &str) -> Result<Option<String>, BadAnswer> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let of_kind = BadAnswer::NotOfKind(self.kind);
        let invisible = |sign: char| sign.is_control() && sign != '\n';
        match self.kind {
            FieldKind::Text => {
                let sound = text.chars().count() <= ANSWER_CHARS_MAX && !text.contains(invisible);
                sound.then(|| text.to_owned()).ok_or(BadAnswer::Text)
            }
            FieldKind::Number => is_number(text).then(|| text.to_owned()).ok_or(of_kind),
            FieldKind::Choice => {
                let chosen = self.choices.iter().find(|choice| *choice == text);
                chosen.cloned().ok_or(of_kind)
            }
            FieldKind::YesNo => match text {
                "是" | "yes" => Ok("yes".to_owned()),
                "否" | "no" => Ok("no".to_owned()),
                _ => Err(of_kind),
            },
        }
        .map(Some)
    }
}

impl Answers {
    /// The answers as they travel.
    pub fn to_text(&self) -> String {
        // Strings and numbers only: it has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn is_name(text: &str) -> bool {
    let trimmed = text.trim() == text && !text.is_empty();
    trimmed && text.chars().count() <= NAME_CHARS_MAX && !text.contains(char::is_control)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    let counts = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    counts(whole, DIGITS_MAX.0) && part.is_none_or(|part| counts(part, DIGITS_MAX.1))
}

/// A name as it can be shown in a message.
fn shown(name: &str) -> String {
    let visible = name.chars().filter(|sign| !sign.is_control());
    visible.take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "[[field]]\nname = \"参会人\"\nkind = \"text\"\nrequired = true\n\
        [[field]]\nname = \"人数\"\nkind = \"number\"\nrequired = true\n\
        [[field]]\nname = \"住宿\"\nkind = \"choice\"\nchoices = [\"单间\", \"不住\"]\n\
        [[field]]\nname = \"用餐\"\nkind = \"yes-no\"\n";

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_form_and_its_answers_come_back_as_they_went() {
        let form = Form::parse(FORM).unwrap();
        assert_eq!(Form::read(&form.to_bytes()), Ok(form.clone()));
        let given = pairs(&[
            ("参会人", " 张三\n李四 "),
            ("人数", "2"),
            ("住宿", "不住"),
            ("用餐", "是"),
        ]);
        let answers = form.fill(&given).unwrap();
        assert_eq!(answers.answers["参会人"], "张三\n李四");
        assert_eq!(answers.answers["用餐"], "yes");
        assert_eq!(form.read_answers(&answers.to_text()), Ok(answers.clone()));
        let json = "{\"参会人\": \"张三\\n李四\", \"人数\": 2, \"住宿\": \"不住\", \"用餐\": true}";
        assert_eq!(form.fill_from(json), Ok(answers));
        let least = form.fill(&pairs(&[
            ("参会人", "张三"),
            ("人数", "-1.5"),
            ("住宿", " "),
        ]));
        assert_eq!(least.unwrap().answers.len(), 2);
    }

    /// What is filled in, and what is wrong with it.
    type Case<'c> = (&'c [(&'c str, &'c str)], &'c [(&'c str, BadAnswer)]);

    #[test]
    fn answers_are_checked_by_the_form_and_all_that_is_wrong_is_told() {
        let form = Form::parse(FORM).unwrap();
        let long = "长".repeat(ANSWER_CHARS_MAX + 1);
        let cases: &[Case<'_>] = &[
            (
                &[],
                &[("参会人", BadAnswer::Missing), ("人数", BadAnswer::Missing)],
            ),
            (
                &[("参会人", "张三"), ("人数", "两人"), ("车牌", "甲")],
                &[
                    ("人数", BadAnswer::NotOfKind(FieldKind::Number)),
                    ("车牌", BadAnswer::Unknown),
                ],
            ),
            (
                &[("参会人", &long), ("人数", "1")],
                &[("参会人", BadAnswer::Text)],
            ),
            (
                &[("参会人", "张\u{1b}[2J三"), ("人数", "1")],
                &[("参会人", BadAnswer::Text)],
            ),
            (
                &[("参会人", "张三"), ("人数", "1"), ("人数", "2")],
                &[("人数", BadAnswer::Twice)],
            ),
            (
                &[
                    ("参会人", "张三"),
                    ("人数", "1"),
                    ("住宿", "套房"),
                    ("用餐", "也许"),
                ],
                &[
                    ("住宿", BadAnswer::NotOfKind(FieldKind::Choice)),
                    ("用餐", BadAnswer::NotOfKind(FieldKind::YesNo)),
                ],
            ),
        ];
        for (given, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, why)| ((*name).to_owned(), *why))
                .collect();
            let filled = form.fill(&pairs(given));
            assert_eq!(filled, Err(BadForm::Answers(expected)), "{given:?}");
        }
        for number in [
            "",
            "-",
            "1.",
            ".5",
            "1e3",
            "0x1",
            "1 2",
            "1234567890123",
            "1.23456",
        ] {
            assert!(!is_number(number), "{number}");
        }
        for text in [
            "",
            "[]",
            "{\"version\":2,\"answers\":{}}",
            "{\"answers\":{}}",
        ] {
            assert!(form.read_answers(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_form_that_cannot_be_filled_in_is_refused() {
        let field = |name: &str, more: &str| format!("[[field]]\nname = \"{name}\"\n{more}\n");
        let text = "kind = \"text\"";
        let choice = |list: &str| format!("kind = \"choice\"\nchoices = [{list}]");
        let many: String = (0..=FIELDS_MAX)
            .map(|n| field(&n.to_string(), text))
            .collect();
        let twice = field("甲", text) + &field("甲", text);
        for bad in [
            String::new(),
            many,
            twice,
            field("", text),
            field(" 甲", text),
            field("甲=乙", text),
            field("甲\\u001b", text),
            field(&"甲".repeat(NAME_CHARS_MAX + 1), text),
            field("甲", "kind = \"colour\""),
            field("甲", ""),
            field("甲", &(text.to_owned() + "\nmore = 1")),
            field("甲", &choice("")),
            field("甲", &choice("\"一\"")),
            field("甲", &choice("\"一\", \"一\"")),
            field("甲", &choice("\"一\", \"\"")),
            field("甲", "kind = \"text\"\nchoices = [\"一\", \"二\"]"),
        ] {
            assert!(Form::parse(&bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "{}",
            "{\"version\":2,\"fields\":[{\"name\":\"甲\",\"kind\":\"text\"}]}",
        ] {
            assert!(Form::read(bad.as_bytes()).is_err(), "{bad}");
        }
        let long = vec![b' '; FORM_BYTES_MAX + 1];
        assert_eq!(Form::read(&long), Err(BadForm::TooLong));
    }
}
