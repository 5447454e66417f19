//! A document as it was written: its fields checked, its text in paragraphs.
//!
//! The source is a page that a clerk writes: lines of `项目：内容`, a line `---`, and the text, one
//! paragraph to a line. `docs/using/typesetting.md` tells it whole.

mod body;
mod fields;
mod forms;

pub(crate) use body::{Annex, Block};
pub(crate) use fields::{Fields, day, is_reference};

use crate::refusal::{BodyFault, FieldFault, Refused};

/// The largest source, in bytes: about a thousand pages.
const SOURCE_BYTES_MAX: usize = 4 << 20;

/// Which of the standard's forms a document has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// 公文, chapters 5 to 9.
    #[default]
    Official,
    /// 信函, 10.1.
    Letter,
    /// 命令（令）, 10.2.
    Order,
    /// 纪要, 10.3.
    Minutes,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Official, Self::Letter, Self::Order, Self::Minutes];

    /// Its word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Letter => "letter",
            Self::Order => "order",
            Self::Minutes => "minutes",
        }
    }

    /// Its word in a source.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Official => "公文",
            Self::Letter => "信函",
            Self::Order => "命令",
            Self::Minutes => "纪要",
        }
    }
}

/// A document that may be set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) form: Form,
    pub(crate) copy: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) urgency: Option<String>,
    pub(crate) issuers: Vec<String>,
    pub(crate) reference: String,
    pub(crate) signers: Vec<String>,
    /// With `｜` where its lines end, if the source says so.
    pub(crate) title: String,
    pub(crate) recipient: Option<String>,
    pub(crate) names: Vec<String>,
    pub(crate) date: String,
    pub(crate) is_sealed: bool,
    /// The office and the name of who signs an order.
    pub(crate) signature: Option<(String, String)>,
    pub(crate) note: Option<String>,
    /// 出席、请假、列席 of minutes.
    pub(crate) attendance: Vec<(&'static str, String)>,
    pub(crate) copy_to: Option<String>,
    pub(crate) issued_by: Option<String>,
    pub(crate) issued_on: Option<String>,
    pub(crate) attachments: Vec<String>,
    pub(crate) body: Vec<Block>,
    pub(crate) annexes: Vec<Annex>,
}

impl Draft {
    /// Reads a source.
    pub(crate) fn read(source: &str) -> Result<Self, Refused> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        body::no_level_above(source)?;
        let lines: Vec<(usize, &str)> = source
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .zip(1..)
            .map(|(line, number)| (number, line))
            .collect();
        let is_boundary =
            |line: &str| line.trim().len() >= 3 && line.trim().bytes().all(|byte| byte == b'-');
        let boundary = lines.iter().position(|(_, line)| is_boundary(line));
        let Some(boundary) = boundary else {
            let line = lines.len();
            let why = BodyFault::NoBoundary;
            return Err(Refused::Body { line, why });
        };
        let (head, text) = lines.split_at(boundary);
        let fields = Fields::read(head)?;
        let (blocks, annexes) = body::read(&text[1..])?;
        let mut draft = forms::draft(&fields, annexes)?;
        if blocks.is_empty() {
            let line = text.first().map_or(1, |(line, _)| line + 1);
            let why = BodyFault::Empty;
            return Err(Refused::Body { line, why });
        }
        draft.body = blocks;
        Ok(draft)
    }
}

/// Text as it is set: composed (NFC), blanks at its ends left out and those within single. None
/// where it has a character that is not printed, or one that changes the order or hides others.
pub(crate) fn plain(text: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization as _;
    let mut plain = String::with_capacity(text.len());
    for sign in text.trim().nfc() {
        let is_bad = sign.is_control() && sign != '\t'
            || matches!(sign, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{fff0}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}'
                | '\u{e0000}'..='\u{10ffff}');
        if is_bad {
            return None;
        }
        let sign = if sign.is_whitespace() && sign != '\u{3000}' {
            ' '
        } else {
            sign
        };
        if sign != ' ' || !plain.ends_with(' ') {
            plain.push(sign);
        }
    }
    Some(plain)
}

/// A field that is not as it must be.
pub(crate) fn field(line: usize, field: &str, why: FieldFault) -> Refused {
    let field = field.into();
    Refused::Field { line, field, why }
}
