//! Why a file cannot be read.

use core::fmt;

/// Why a file cannot be read: nothing of it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// It has no bytes.
    Empty,
    /// It has more bytes than are read.
    TooLarge,
    /// It is neither OFD nor PDF nor an office file.
    UnknownKind,
    /// The package is cut off or its directory is damaged.
    Package,
    /// The package has bytes before, between or after its entries, or needs more than one disk.
    PackageForm,
    /// An entry says one thing where it lies and another in the directory of the package.
    EntryContradicts,
    /// Two entries of the package lie over each other.
    EntriesOverlap,
    /// A name in the package leads out of it, or is no name.
    EntryName,
    /// Two entries of the package have the same name.
    EntryTwice,
    /// The package has more entries than are read.
    Entries,
    /// A package in a package in a package, deeper than is read.
    Depth,
    /// The content expands to more than is read: a bomb.
    Expands,
    /// An entry is not as its checksum says.
    Checksum,
    /// An entry is packed in a way that is not read.
    Method,
    /// The content is encrypted.
    Encrypted,
    /// The file asks for more work than is done for one.
    TooMuch,
    /// A part is not well-formed XML; holds the part's name.
    Xml(Box<str>),
    /// A part declares a document type or an entity of its own; holds the part's name.
    Doctype(Box<str>),
    /// A part that must be there is not; holds its name.
    Missing(Box<str>),
    /// The structure of the file is damaged; holds what is.
    Damaged(&'static str),
    /// More pages than are read.
    Pages,
}

impl Unreadable {
    /// Whether it may be sound, and only this reader does not look into it: it is encrypted, or
    /// asks for more than is done for one file.
    pub const fn is_beyond_reading(&self) -> bool {
        matches!(
            self,
            Self::TooLarge | Self::Encrypted | Self::TooMuch | Self::Pages
        )
    }

    /// The stable word for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::UnknownKind => "unknown_kind",
            Self::Package => "package_damaged",
            Self::PackageForm => "package_form",
            Self::EntryContradicts => "entry_contradicts",
            Self::EntriesOverlap => "entries_overlap",
            Self::EntryName => "entry_name",
            Self::EntryTwice => "entry_twice",
            Self::Entries => "too_many_entries",
            Self::Depth => "too_deep",
            Self::Expands => "expands",
            Self::Checksum => "checksum",
            Self::Method => "method",
            Self::Encrypted => "encrypted",
            Self::TooMuch => "too_much",
            Self::Xml(_) => "xml",
            Self::Doctype(_) => "doctype",
            Self::Missing(_) => "part_missing",
            Self::Damaged(_) => "damaged",
            Self::Pages => "too_many_pages",
        }
    }

    /// The reason and what to do, in Chinese.
    pub fn zh(&self) -> String {
        let what = match self {
            Self::Empty => "文件为空",
            Self::TooLarge => "文件过大",
            Self::UnknownKind => "不是 OFD、PDF 或办公文件",
            Self::Package => "压缩包不完整或目录损坏",
            Self::PackageForm => "压缩包中夹带了目录以外的内容，或为分卷",
            Self::EntryContradicts => "压缩包中条目自身与目录的记载不一致",
            Self::EntriesOverlap => "压缩包中的条目相互重叠",
            Self::EntryName => "压缩包中的条目名称指向包外或不合法",
            Self::EntryTwice => "压缩包中有同名条目",
            Self::Entries => "压缩包中的条目过多",
            Self::Depth => "压缩包嵌套过深",
            Self::Expands => "内容展开后过大，疑为压缩炸弹",
            Self::Checksum => "内容与校验值不符",
            Self::Method => "压缩方式不受支持",
            Self::Encrypted => "内容已加密",
            Self::TooMuch => "文件过于复杂",
            Self::Xml(part) => return format!("{part}：不是合格的 XML；请重新生成文件"),
            Self::Doctype(part) => {
                return format!("{part}：含有文档类型声明（DOCTYPE），不予解析；请重新生成文件");
            }
            Self::Missing(part) => return format!("缺少组成部分 {part}；请重新生成文件"),
            Self::Damaged(what) => return format!("文件结构损坏（{what}）；请重新生成文件"),
            Self::Pages => "页数过多",
        };
        let cure = match self {
            Self::Encrypted => "请提供未加密的文件",
            Self::UnknownKind => "请转换为 OFD 或 PDF",
            _ => "请重新生成文件",
        };
        format!("{what}；{cure}")
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Empty => "the file is empty",
            Self::TooLarge => "the file is larger than is read",
            Self::UnknownKind => "this is no OFD, PDF or office file; convert it",
            Self::Package => "the package is cut off or its directory is damaged",
            Self::PackageForm => "the package has bytes that no entry accounts for, or is split",
            Self::EntryContradicts => "an entry of the package contradicts the directory",
            Self::EntriesOverlap => "entries of the package overlap",
            Self::EntryName => "a name in the package leads out of it",
            Self::EntryTwice => "two entries of the package have one name",
            Self::Entries => "the package has more entries than are read",
            Self::Depth => "packages lie in packages deeper than is read",
            Self::Expands => "the content expands beyond all bounds",
            Self::Checksum => "the content differs from its checksum",
            Self::Method => "the content is packed in a way that is not read",
            Self::Encrypted => "the content is encrypted; provide it unencrypted",
            Self::TooMuch => "the file asks for more work than is done for one",
            Self::Xml(part) => return write!(f, "{part} is not well-formed XML"),
            Self::Doctype(part) => return write!(f, "{part} declares a document type; refused"),
            Self::Missing(part) => return write!(f, "the part {part} is missing"),
            Self::Damaged(what) => return write!(f, "the file is damaged: {what}"),
            Self::Pages => "the file has more pages than are read",
        };
        f.write_str(what)
    }
}

impl core::error::Error for Unreadable {}
