//! Why a document is returned (退回原因): a code in clear, and beside it a text for the sender only.

/// A return reason's number as it stands in a statement, known here or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReturnCode(pub u64);

impl ReturnCode {
    /// The reason, if this build knows it.
    pub fn known(self) -> Option<ReturnReason> {
        ReturnReason::from_code(self.0)
    }
}

impl From<ReturnReason> for ReturnCode {
    fn from(reason: ReturnReason) -> Self {
        Self(reason.code())
    }
}

/// Why a document is returned. 1 to 31 come from the checks of Art. 11; from 33 on they are the
/// grounds of the first examination (初审) in Art. 24 of the State's regulations on official
/// documents; 63 is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReturnReason {
    /// The sending unit is in doubt.
    Sender,
    /// A signature does not stand.
    Signature,
    /// The body is not whole or not the signed one.
    Incomplete,
    /// The level is not agreed on, not allowed, or contradicted inside (Art. 15).
    Level,
    /// A seal does not stand, or is missing.
    Seal,
    /// A file or its layout is not in the prescribed format.
    Format,
    /// The document is meant for another unit.
    Misdirected,
    /// It was received before.
    Duplicate,
    /// Title, number, dates or other metadata are missing or contradict the text.
    Metadata,
    /// An attachment is missing, surplus or wrong.
    Attachments,
    /// A file carries active content.
    UnsafeContent,
    /// A file does not open, or opens garbled.
    Unreadable,
    /// The own wrap's key breaks the signed commitment; a rewrap may cure it.
    CommitmentMismatch,
    /// The matter is not this organ's business.
    NotOurBusiness,
    /// It breaks the rules of who writes to whom (行文规则).
    Routing,
    /// The document kind (文种) is wrong.
    Kind,
    /// Others should have been consulted or should have countersigned.
    NotConsulted,
    /// It does not meet other demands on drafting.
    Drafting,
    /// Another reason, which the text gives.
    Other,
}

impl ReturnReason {
    /// Every reason, in the order of the numbers.
    pub const ALL: [Self; 19] = [
        Self::Sender,
        Self::Signature,
        Self::Incomplete,
        Self::Level,
        Self::Seal,
        Self::Format,
        Self::Misdirected,
        Self::Duplicate,
        Self::Metadata,
        Self::Attachments,
        Self::UnsafeContent,
        Self::Unreadable,
        Self::CommitmentMismatch,
        Self::NotOurBusiness,
        Self::Routing,
        Self::Kind,
        Self::NotConsulted,
        Self::Drafting,
        Self::Other,
    ];

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Sender => (1, "发文单位有误", "the sending unit is in doubt"),
            Self::Signature => (2, "签名无效", "a signature does not stand"),
            Self::Incomplete => (3, "内容不完整", "the content is not whole"),
            Self::Level => (4, "密级不符", "the level is wrong"),
            Self::Seal => (5, "印章无效或缺失", "a seal does not stand or is missing"),
            Self::Format => (6, "格式不符合规定", "the format is not the prescribed one"),
            Self::Misdirected => (7, "错发本单位", "it is meant for another unit"),
            Self::Duplicate => (8, "重复来文", "it was received before"),
            Self::Metadata => (9, "要素缺失或有误", "metadata are missing or wrong"),
            Self::Attachments => (10, "附件不符", "the attachments are not as stated"),
            Self::UnsafeContent => (11, "含不安全内容", "a file carries active content"),
            Self::Unreadable => (12, "无法打开或乱码", "a file does not open"),
            Self::CommitmentMismatch => (13, "密钥承诺不符", "the key breaks its commitment"),
            Self::NotOurBusiness => (33, "不属本机关办理", "it is not this organ's business"),
            Self::Routing => (34, "不符合行文规则", "it breaks the rules of routing"),
            Self::Kind => (35, "文种有误", "the document kind is wrong"),
            Self::NotConsulted => (36, "未经会商会签", "others were not consulted"),
            Self::Drafting => (
                37,
                "不符合起草要求",
                "it does not meet the demands on drafting",
            ),
            Self::Other => (63, "其他", "another reason"),
        }
    }

    /// The reason's number, for ever.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The reason with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The reason in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The reason in English.
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// Whether a text must stand beside the code. It may beside every other.
    pub const fn needs_text(self) -> bool {
        matches!(self, Self::Other)
    }
}
