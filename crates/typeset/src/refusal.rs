//! Why a text was not set.

use core::fmt;

use yichuan_typeface::Role;

/// Why a text was not set. Lines are those of the source, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The source is larger than is read.
    TooLarge,
    /// It is 机密 or 绝密, which may not be sent (Art. 15).
    Level {
        /// Where it says so; 0: in the finished file.
        line: usize,
    },
    /// A field of the head is not as it must be.
    Field {
        /// Where it stands; 0 where it is missing.
        line: usize,
        /// Its name.
        field: Box<str>,
        /// What is wrong with it.
        why: FieldFault,
    },
    /// Something in the text is not as it must be.
    Body {
        /// Where it stands.
        line: usize,
        /// What is wrong with it.
        why: BodyFault,
    },
    /// No font on this computer has the character.
    Glyph {
        /// The character.
        sign: char,
    },
    /// No font on this computer plays the role.
    Font {
        /// The role.
        role: Role,
    },
    /// More pages than are set.
    Pages,
    /// A font may not be reduced or embedded, or is damaged.
    Embedding,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldFault {
    /// There is no such field.
    Unknown,
    /// It is there twice.
    Twice,
    /// It must be there.
    Missing,
    /// It is not used in a document of this form.
    NotHere,
    /// The line is no `name：value`.
    Form,
    /// It has a character that is not printed.
    Control,
    /// It is longer than has room.
    Long,
    /// 份号 has six digits.
    CopyNumber,
    /// 密级 is 秘密, with ★ and a period.
    Level,
    /// 紧急程度 is 特急 or 加急.
    Urgency,
    /// A number is like 江政办发〔2026〕12号.
    Reference,
    /// A date is like 2026年1月5日.
    Date,
    /// It is before the date of the document.
    Earlier,
    /// It is none of the words that are known.
    Word,
    /// More offices or persons than have room.
    Many,
    /// The names of the attachments differ from their titles.
    Annexes,
}

/// What is wrong in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFault {
    /// There is no text.
    Empty,
    /// The line between head and text is missing.
    NoBoundary,
    /// It has a character that is not printed.
    Control,
    /// More columns or rows than are set, or rows of different length.
    Table,
    /// An attachment has no title.
    Annex,
    /// More attachments than are set.
    Annexes,
}

impl FieldFault {
    /// In Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Unknown => "没有这个项目",
            Self::Twice => "项目重复",
            Self::Missing => "缺少此项",
            Self::NotHere => "此格式不用这一项",
            Self::Form => "应写作“项目：内容”",
            Self::Control => "含有不可打印的字符",
            Self::Long => "太长，版面放不下",
            Self::CopyNumber => "份号为 6 位阿拉伯数字",
            Self::Level => "密级只能是“秘密”，可加★和保密期限，如“秘密★1年”",
            Self::Urgency => "紧急程度为“特急”或“加急”",
            Self::Reference => "发文字号应如“江政办发〔2026〕12号”，不加“第”，不编虚位",
            Self::Date => "日期应如“2026年1月5日”，月、日不编虚位",
            Self::Earlier => "印发日期早于成文日期",
            Self::Word => "不是可用的词",
            Self::Many => "机关或人员太多，版面放不下",
            Self::Annexes => "与后附各附件的标题不一致",
        }
    }

    /// In English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Unknown => "there is no such field",
            Self::Twice => "the field is there twice",
            Self::Missing => "the field is missing",
            Self::NotHere => "the field is not used in this form",
            Self::Form => "a line is `name：value`",
            Self::Control => "it has a character that is not printed",
            Self::Long => "it is longer than has room",
            Self::CopyNumber => "it has six digits",
            Self::Level => "the level is 秘密 only, with ★ and a period, as in 秘密★1年",
            Self::Urgency => "it is 特急 or 加急",
            Self::Reference => "a number is like 江政办发〔2026〕12号, without 第 or leading zeros",
            Self::Date => "a date is like 2026年1月5日, without leading zeros",
            Self::Earlier => "it is issued before its date",
            Self::Word => "it is none of the words that are known",
            Self::Many => "more offices or persons than have room",
            Self::Annexes => "it differs from the titles of the attachments that follow",
        }
    }
}

impl BodyFault {
    /// In Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Empty => "没有正文",
            Self::NoBoundary => "项目与正文之间缺少一行“---”",
            Self::Control => "含有不可打印的字符",
            Self::Table => "表格各行栏数须相同，且不超过 12 栏、2000 行",
            Self::Annex => "附件没有标题，应写作“# 附件：标题”",
            Self::Annexes => "附件超过 99 个",
        }
    }

    /// In English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Empty => "there is no text",
            Self::NoBoundary => "the line `---` between fields and text is missing",
            Self::Control => "it has a character that is not printed",
            Self::Table => "rows have the same columns, 12 at most, and there are 2000 at most",
            Self::Annex => "an attachment has no title: `# 附件：title`",
            Self::Annexes => "there are more than 99 attachments",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the source is larger than is read"),
            Self::Level { line } => write!(f, "line {line}: this level may not be sent"),
            Self::Field { line, field, why } => write!(f, "line {line}: {field}: {}", why.en()),
            Self::Body { line, why } => write!(f, "line {line}: {}", why.en()),
            Self::Glyph { sign } => write!(f, "no font has the character {sign:?}"),
            Self::Font { role } => write!(f, "no font plays the role {role:?}"),
            Self::Pages => f.write_str("there are more pages than are set"),
            Self::Embedding => f.write_str("a font cannot be embedded"),
        }
    }
}

impl std::error::Error for Refused {}
