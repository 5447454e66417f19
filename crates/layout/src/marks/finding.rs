//! What was found, where, and what it weighs; and what could not be looked at.

use core::fmt;

use yichuan_document::Classification;

use crate::Unreadable;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is a mark.
    Refuse,
    /// It may be one.
    Hold,
}

/// Something that is or may be a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is.
    pub reason: Reason,
    /// The level that it names; none where it is a picture, say.
    pub level: Option<Classification>,
    /// Where it stands.
    pub place: Place,
    /// The text around it, at most 40 characters.
    pub excerpt: Box<str>,
}

impl Finding {
    /// Whether a label covers it: it is a mark of no higher level than the label says.
    pub fn is_covered(&self, declared: Option<Classification>) -> bool {
        let sendable = |level| level <= Classification::Secret;
        match (self.level, declared) {
            (Some(found), Some(declared)) => {
                sendable(declared) && found <= declared && !self.reason.is_concealment()
            }
            _ => false,
        }
    }
}

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// Level and star in the head of the first page.
    MarkInHead,
    /// Level and star, and nothing else, on a line of any page.
    MarkAlone,
    /// A level after the word 密级, in the head of the first page.
    LabelInHead,
    /// A level and nothing else where marks stand.
    WordInMarkPlace,
    /// The file's own tag for the level.
    Tag,
    /// What the file says about itself.
    Metadata,
    /// Level and star in the name of a file.
    FileName,
    /// Level and star in running text, or across lines or pieces.
    MarkInText,
    /// A level after the word 密级, in running text.
    LabelInText,
    /// A level and nothing else, but not where marks stand.
    WordAlone,
    /// A level with 级 in the title.
    LevelInTitle,
    /// A level in text that nobody sees.
    HiddenWord,
    /// A picture where marks stand.
    Picture,
    /// A drawing where marks stand, as rich as letters.
    Drawing,
    /// A level and nothing else in a keyword or the like.
    MetadataWord,
    /// A level in the name of a file, as marks are written there.
    FileNameWord,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 16] = [
        Self::MarkInHead,
        Self::MarkAlone,
        Self::LabelInHead,
        Self::WordInMarkPlace,
        Self::Tag,
        Self::Metadata,
        Self::FileName,
        Self::MarkInText,
        Self::LabelInText,
        Self::WordAlone,
        Self::LevelInTitle,
        Self::HiddenWord,
        Self::Picture,
        Self::Drawing,
        Self::MetadataWord,
        Self::FileNameWord,
    ];

    /// What it weighs.
    pub const fn weight(self) -> Weight {
        match self {
            Self::MarkInHead
            | Self::MarkAlone
            | Self::LabelInHead
            | Self::WordInMarkPlace
            | Self::Tag
            | Self::Metadata
            | Self::FileName => Weight::Refuse,
            _ => Weight::Hold,
        }
    }

    /// Whether somebody may be hiding something: no label makes that right.
    const fn is_concealment(self) -> bool {
        matches!(self, Self::HiddenWord | Self::Picture | Self::Drawing)
    }

    /// The stable word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MarkInHead => "mark_in_head",
            Self::MarkAlone => "mark_alone",
            Self::LabelInHead => "label_in_head",
            Self::WordInMarkPlace => "word_in_mark_place",
            Self::Tag => "tag",
            Self::Metadata => "metadata",
            Self::FileName => "file_name",
            Self::MarkInText => "mark_in_text",
            Self::LabelInText => "label_in_text",
            Self::WordAlone => "word_alone",
            Self::LevelInTitle => "level_in_title",
            Self::HiddenWord => "hidden_word",
            Self::Picture => "picture",
            Self::Drawing => "drawing",
            Self::MetadataWord => "metadata_word",
            Self::FileNameWord => "file_name_word",
        }
    }

    /// What it is, in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::MarkInHead => "版头中有密级标志",
            Self::MarkAlone => "有单独成行的密级标志",
            Self::LabelInHead => "版头中注明了密级",
            Self::WordInMarkPlace => "密级标志的位置上有密级字样",
            Self::Tag => "文件的语义标签注明了密级",
            Self::Metadata => "文件的元数据注明了密级",
            Self::FileName => "文件名中有密级标志",
            Self::MarkInText => "正文中出现密级标志，须核定是否为引用",
            Self::LabelInText => "正文中注明了密级，须核定",
            Self::WordAlone => "有单独出现的密级字样，须核定",
            Self::LevelInTitle => "标题中提到密级，须核定",
            Self::HiddenWord => "看不见的文字中有密级字样，须核定",
            Self::Picture => "密级标志的位置上有图片，须核定",
            Self::Drawing => "密级标志的位置上有图形，须核定",
            Self::MetadataWord => "元数据中有密级字样，须核定",
            Self::FileNameWord => "文件名中有密级字样，须核定",
        }
    }

    /// What it is, in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::MarkInHead => "a classification mark in the head of the document",
            Self::MarkAlone => "a classification mark on a line of its own",
            Self::LabelInHead => "the level is named in the head of the document",
            Self::WordInMarkPlace => "a level stands where marks stand",
            Self::Tag => "a semantic tag of the file names the level",
            Self::Metadata => "the file's metadata name the level",
            Self::FileName => "a classification mark in the name of the file",
            Self::MarkInText => "a mark in the text: is it a quotation?",
            Self::LabelInText => "the level is named in the text: is it a quotation?",
            Self::WordAlone => "a level stands alone: is it a mark?",
            Self::LevelInTitle => "the title speaks of a level: is it a mark?",
            Self::HiddenWord => "a level in text that nobody sees: why?",
            Self::Picture => "a picture where marks stand: does it show one?",
            Self::Drawing => "a drawing where marks stand: does it show one?",
            Self::MetadataWord => "a level in the file's metadata: is it a mark?",
            Self::FileNameWord => "a level in the name of the file: is it a mark?",
        }
    }
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// On a page, from 1.
    Page {
        /// The page.
        page: usize,
    },
    /// In the note of an annotation, on a page from 1.
    Note {
        /// The page.
        page: usize,
    },
    /// In the metadata of this name.
    Metadata(Box<str>),
    /// In the tag of this path.
    Tag(Box<str>),
    /// In the file's name.
    FileName,
    /// In the text of this part of a file without pages.
    Part(Box<str>),
    /// In a file in the file: its name, and where there.
    Within(Box<str>, Box<Place>),
}

impl Place {
    /// The place in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Page { page } => format!("第 {page} 页"),
            Self::Note { page } => format!("第 {page} 页的批注"),
            Self::Metadata(name) => format!("元数据“{name}”"),
            Self::Tag(path) => format!("语义标签“{path}”"),
            Self::FileName => "文件名".to_owned(),
            Self::Part(name) => name.to_string(),
            Self::Within(name, place) => format!("附件“{name}”的{}", place.zh()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page { page } => write!(f, "page {page}"),
            Self::Note { page } => write!(f, "a note on page {page}"),
            Self::Metadata(name) => write!(f, "metadata {name:?}"),
            Self::Tag(path) => write!(f, "tag {path:?}"),
            Self::FileName => f.write_str("file name"),
            Self::Part(name) => f.write_str(name),
            Self::Within(name, place) => write!(f, "attachment {name:?}, {place}"),
        }
    }
}

/// What could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Obstacle {
    /// A page shows a picture or drawing and has no text: a scan.
    NoText {
        /// The page, from 1.
        page: usize,
    },
    /// A page's font does not say which letters its shapes are.
    UnknownLetters {
        /// The page, from 1.
        page: usize,
    },
    /// The file has no text at all.
    NoTextAtAll,
    /// A file whose kind is not looked into.
    Opaque,
    /// The file itself cannot be read.
    Unreadable(Box<str>),
    /// The file names an attachment of this name that is not in it.
    AttachmentMissing(Box<str>),
    /// In a file in the file.
    Within(Box<str>, Box<Obstacle>),
}

impl Obstacle {
    /// A file that cannot be read.
    pub(crate) fn of(why: &Unreadable) -> Self {
        Self::Unreadable(why.code().into())
    }

    /// Whether the file was taken apart and only its text is missing.
    pub(crate) fn is_about_text(&self) -> bool {
        match self {
            Self::NoText { .. } | Self::UnknownLetters { .. } | Self::NoTextAtAll => true,
            Self::Opaque | Self::Unreadable(_) | Self::AttachmentMissing(_) => false,
            Self::Within(_, inner) => inner.is_about_text(),
        }
    }

    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoText { .. } => "no_text_on_page",
            Self::UnknownLetters { .. } => "unknown_letters",
            Self::NoTextAtAll => "no_text",
            Self::Opaque => "opaque",
            Self::Unreadable(_) => "unreadable",
            Self::AttachmentMissing(_) => "attachment_missing",
            Self::Within(_, inner) => inner.code(),
        }
    }

    /// What could not be looked at, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::NoText { page } => format!("第 {page} 页只有图像，没有文字"),
            Self::UnknownLetters { page } => format!("第 {page} 页的字体无法识别出文字"),
            Self::NoTextAtAll => "文件中没有文字".to_owned(),
            Self::Opaque => "此类文件无法检查内容".to_owned(),
            Self::Unreadable(code) => format!("文件无法读取（{code}）"),
            Self::AttachmentMissing(name) => format!("附件“{name}”不在文件中"),
            Self::Within(name, inner) => format!("附件“{name}”：{}", inner.zh()),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoText { page } => write!(f, "page {page} is a picture without text"),
            Self::UnknownLetters { page } => {
                write!(f, "the font of page {page} does not tell its letters")
            }
            Self::NoTextAtAll => f.write_str("the file has no text"),
            Self::Opaque => f.write_str("files of this kind are not looked into"),
            Self::Unreadable(code) => write!(f, "the file cannot be read ({code})"),
            Self::AttachmentMissing(name) => write!(f, "attachment {name:?} is not in the file"),
            Self::Within(name, inner) => write!(f, "attachment {name:?}: {inner}"),
        }
    }
}
