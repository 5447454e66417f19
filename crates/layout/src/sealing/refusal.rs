//! Why a seal is not set into a file.

use core::fmt;

use yichuan_seal::{BadPicture, ses};

use crate::Unreadable;

/// Why a seal is not set into a file. Nothing was altered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSealed {
    /// The file is of a kind that no seal is set into.
    Kind,
    /// The file cannot be read.
    Unreadable(Unreadable),
    /// A signature in the file protects the list of signatures, or the whole file: one more seal
    /// would break it.
    Locked,
    /// The file holds several documents.
    Documents,
    /// A part of a signature lies in the file, and nothing leads to it; holds its name.
    Remains(Box<str>),
    /// A part is written so that nothing can be added to it; holds its name.
    Form(Box<str>),
    /// Places on more than one part of a document: a signature is over one file.
    Parts,
    /// A place on a page that is not there.
    NoPage {
        /// The page, from 1.
        page: u32,
    },
    /// A place of which nothing would be seen on its page.
    OffPage {
        /// The page, from 1.
        page: u32,
    },
    /// The seal's picture cannot be drawn in a file of this kind.
    Picture(BadPicture),
    /// The record has no SES value.
    NoValue,
    /// The value is no SES signature.
    Value(ses::Unreadable),
    /// The signature is over another file than this.
    AnotherFile,
    /// The signature names another range as protected.
    AnotherRange,
    /// The signature is of another seal.
    AnotherSeal,
    /// The signature was made at another time than is told.
    AnotherTime,
    /// The signature is longer than the room that is kept for it.
    TooLong {
        /// The bytes that it may have.
        room: usize,
        /// The bytes that it has.
        found: usize,
    },
}

impl From<Unreadable> for NotSealed {
    fn from(cause: Unreadable) -> Self {
        Self::Unreadable(cause)
    }
}

impl NotSealed {
    /// The stable word for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Unreadable(cause) => cause.code(),
            Self::Locked => "locked",
            Self::Documents => "documents",
            Self::Remains(_) => "remains",
            Self::Form(_) => "form",
            Self::Parts => "parts",
            Self::NoPage { .. } => "no_page",
            Self::OffPage { .. } => "off_page",
            Self::Picture(_) => "picture",
            Self::NoValue => "no_value",
            Self::Value(_) => "value",
            Self::AnotherFile => "another_file",
            Self::AnotherRange => "another_range",
            Self::AnotherSeal => "another_seal",
            Self::AnotherTime => "another_time",
            Self::TooLong { .. } => "too_long",
        }
    }

    /// The reason and what to do, in Chinese.
    pub fn zh(&self) -> String {
        let text = match self {
            Self::Kind => "该文件类型不能加盖电子印章；请使用 OFD 或 PDF 文件",
            Self::Unreadable(cause) => return cause.zh(),
            Self::Locked => "文件中已有签章锁定全文，再盖章会使其失效；请使用未锁定的文件",
            Self::Documents => "文件中有多个文档，无法盖章；请拆分为单个文档",
            Self::Remains(name) => {
                return format!("文件中残留签章部件 {name}，无从引用；请重新生成文件");
            }
            Self::Form(name) => return format!("{name}：写法特殊，无法加入签章；请重新生成文件"),
            Self::Parts => "一个签章只能盖在一个文件上；请分别盖章",
            Self::NoPage { page } => return format!("没有第 {page} 页；请重新选择盖章位置"),
            Self::OffPage { page } => {
                return format!("第 {page} 页的印章完全在页面之外；请重新选择盖章位置");
            }
            Self::Picture(_) => "印章图片不是可用的 PNG，无法绘入 PDF；请重新制作印章",
            Self::NoValue => "盖章记录中没有签章值；请重新盖章",
            Self::Value(cause) => {
                return format!("签章值不符合 SES 结构（{cause}）；请重新盖章");
            }
            Self::AnotherFile => "签章不是对本文件所作；请核对文件，或重新盖章",
            Self::AnotherRange => "签章所述的保护范围与本文件不同；请重新盖章",
            Self::AnotherSeal => "签章所用印章不是要加盖的印章；请重新盖章",
            Self::AnotherTime => "签章时间与盖章记录不同；请重新盖章",
            Self::TooLong { room, found } => {
                return format!("签章值有 {found} 字节，预留 {room} 字节；请换用较小的印章图片");
            }
        };
        text.to_owned()
    }
}

impl fmt::Display for NotSealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "no seal is set into a file of this kind; use an OFD or PDF file",
            Self::Unreadable(cause) => return cause.fmt(f),
            Self::Locked => {
                "a signature locks the file, and one more seal would break it; use a file that is \
                 not locked"
            }
            Self::Documents => "the file holds several documents; split it",
            Self::Remains(name) => {
                return write!(f, "{name} is left of a signature that nothing leads to");
            }
            Self::Form(name) => {
                return write!(f, "nothing can be added to {name} as it is written");
            }
            Self::Parts => "a signature is over one file; set the seal on each part by itself",
            Self::NoPage { page } => {
                return write!(f, "there is no page {page}; choose another place");
            }
            Self::OffPage { page } => {
                return write!(
                    f,
                    "nothing of the seal is on page {page}; choose another place"
                );
            }
            Self::Picture(cause) => {
                return write!(f, "the seal's picture cannot be drawn in a PDF: {cause}");
            }
            Self::NoValue => "the seal's record has no SES value; seal again",
            Self::Value(cause) => {
                return write!(f, "the value is no SES signature ({cause}); seal again");
            }
            Self::AnotherFile => "the signature is over another file; compare the files",
            Self::AnotherRange => "the signature names another range than this file has",
            Self::AnotherSeal => "the signature is of another seal",
            Self::AnotherTime => "the signature was made at another time than the record tells",
            Self::TooLong { room, found } => {
                return write!(f, "the signature has {found} bytes, and room for {room}");
            }
        })
    }
}

impl core::error::Error for NotSealed {}
