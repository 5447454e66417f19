//! Why no place is proposed, and what speaks against one.

use core::fmt;

/// Why no place for a seal is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoPlace {
    /// There is no such seal: they are counted from 1.
    Which,
    /// No line of the document is a date.
    NoDate,
    /// No office's name stands over the date.
    NoName {
        /// The page, from 1.
        page: u32,
    },
    /// More or fewer names stand over the date than there are offices.
    Names {
        /// The page, from 1.
        page: u32,
        /// How many offices there are.
        expected: usize,
        /// How many names.
        found: usize,
    },
    /// Name and date are too far from each other for one seal to press both.
    Apart {
        /// The page, from 1.
        page: u32,
    },
    /// The seal would leave the page.
    Outside {
        /// The page, from 1.
        page: u32,
    },
    /// The seal would touch another.
    Touching {
        /// The page, from 1.
        page: u32,
    },
    /// A document of one page, or of more than 500, has no seal across its pages.
    Pages {
        /// How many there are.
        found: usize,
    },
    /// The seal is too small to be cut into strips.
    TooSmall,
}

impl NoPlace {
    /// The stable word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Which => "which",
            Self::NoDate => "no_date",
            Self::NoName { .. } => "no_name",
            Self::Names { .. } => "names",
            Self::Apart { .. } => "apart",
            Self::Outside { .. } => "outside",
            Self::Touching { .. } => "touching",
            Self::Pages { .. } => "pages",
            Self::TooSmall => "too_small",
        }
    }

    /// The reason and what to do, in Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::Which => "印章序号不在应盖印章之内；请核对盖章次序".to_owned(),
            Self::NoDate => {
                "正文中没有成文日期，不得盖空白印章；请补上成文日期或指定位置".to_owned()
            }
            Self::NoName { page } => {
                format!("第 {page} 页成文日期之上没有发文机关署名；请补上署名或指定位置")
            }
            Self::Names {
                page,
                expected,
                found,
            } => format!(
                "第 {page} 页应有 {expected} 个发文机关署名，找到 {found} 个；请核对署名或指定位置"
            ),
            Self::Apart { page } => {
                format!("第 {page} 页署名与成文日期相距过远，一枚印章不能同时压住；请调整版面")
            }
            Self::Outside { page } => format!("第 {page} 页放不下印章；请调整版面或指定位置"),
            Self::Touching { page } => {
                format!("第 {page} 页的印章会相交或相切；请调整署名间距或指定位置")
            }
            Self::Pages { found } => {
                format!("骑缝章适用于 2 至 500 页的文件，本文件有 {found} 页；请改盖其他印章")
            }
            Self::TooSmall => "印章过小，不能分成骑缝章；请换用较大的印章".to_owned(),
        }
    }
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Which => f.write_str("there is no seal of this number; they count from 1"),
            Self::NoDate => f.write_str(
                "no line is a date, and no page gets an empty seal; add one or choose a place",
            ),
            Self::NoName { page } => {
                write!(
                    f,
                    "no office's name stands over the date on page {page}; choose a place"
                )
            }
            Self::Names {
                page,
                expected,
                found,
            } => write!(
                f,
                "{found} names stand over the date on page {page}, and there are {expected} offices"
            ),
            Self::Apart { page } => {
                write!(
                    f,
                    "name and date on page {page} are too far apart for one seal"
                )
            }
            Self::Outside { page } => write!(f, "the seal would leave page {page}; choose a place"),
            Self::Touching { page } => {
                write!(f, "seals would touch on page {page}; choose a place")
            }
            Self::Pages { found } => {
                write!(
                    f,
                    "a seal across the pages needs 2 to 500, and there are {found}"
                )
            }
            Self::TooSmall => f.write_str("the seal is too small to be cut into strips"),
        }
    }
}

impl core::error::Error for NoPlace {}

/// What speaks against a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlacingFault {
    /// The page is not there.
    NoPage {
        /// The page, from 1.
        page: u32,
    },
    /// The seal is not wholly on its page.
    Outside {
        /// The page, from 1.
        page: u32,
    },
    /// An empty seal: no text stands at it.
    Empty {
        /// The page, from 1.
        page: u32,
    },
    /// It touches another seal.
    Touching {
        /// The page, from 1.
        page: u32,
    },
    /// It would be drawn more than a millimetre larger or smaller than the seal is.
    Size {
        /// The page, from 1.
        page: u32,
    },
}

impl PlacingFault {
    /// The stable word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoPage { .. } => "no_page",
            Self::Outside { .. } => "outside",
            Self::Empty { .. } => "empty",
            Self::Touching { .. } => "touching",
            Self::Size { .. } => "size",
        }
    }

    /// The page, from 1.
    pub const fn page(self) -> u32 {
        match self {
            Self::NoPage { page }
            | Self::Outside { page }
            | Self::Empty { page }
            | Self::Touching { page }
            | Self::Size { page } => page,
        }
    }

    /// What is wrong and what to do, in Chinese.
    pub fn zh(self) -> String {
        let page = self.page();
        match self {
            Self::NoPage { .. } => format!("没有第 {page} 页；请重新选择位置"),
            Self::Outside { .. } => format!("第 {page} 页的印章超出页面；请移到页面之内"),
            Self::Empty { .. } => {
                format!("第 {page} 页的印章处没有正文，不得盖空白印章；请移到署名处")
            }
            Self::Touching { .. } => format!("第 {page} 页的印章与其他印章相交或相切；请移开"),
            Self::Size { .. } => {
                format!("第 {page} 页的印章与实际尺寸相差超过 1 毫米；请按原尺寸放置")
            }
        }
    }
}

impl fmt::Display for PlacingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = self.page();
        match self {
            Self::NoPage { .. } => write!(f, "there is no page {page}; choose another place"),
            Self::Outside { .. } => write!(f, "the seal leaves page {page}; move it onto the page"),
            Self::Empty { .. } => {
                write!(
                    f,
                    "no text stands at the seal on page {page}; move it to the name"
                )
            }
            Self::Touching { .. } => {
                write!(f, "the seal on page {page} touches another; move it away")
            }
            Self::Size { .. } => write!(
                f,
                "the seal on page {page} is drawn more than a millimetre off its size; use its own"
            ),
        }
    }
}

impl core::error::Error for PlacingFault {}
