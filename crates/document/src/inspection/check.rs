//! The checks there are, and what can be wrong.

use super::ReturnReason;

/// A check's number as it stands in a statement, known here or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckCode(pub u64);

impl CheckCode {
    /// The check, if this build knows it.
    pub fn known(self) -> Option<Check> {
        Check::from_code(self.0)
    }
}

impl From<Check> for CheckCode {
    fn from(check: Check) -> Self {
        Self(check.code())
    }
}

/// Something the recipient looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// The sending unit is who it says, open, and entitled to send (Art. 11).
    Sender,
    /// Submission and every approval stand, with their devices, by different persons (Art. 9).
    Signatures,
    /// The body has the signed root, the key its commitment, the header its digests (Art. 11).
    Integrity,
    /// Outer and inner level agree and may be transmitted (Art. 15).
    Level,
    /// Every required seal stands, by its custodian on a bound device (Art. 12 to 14).
    Seal,
    /// The package is of a known version and each file begins as its declared type does (Art. 11).
    Format,
    /// The own unit is among the signed recipients (主送 or 抄送).
    Recipients,
    /// The same document was not received before under another id.
    Duplicate,
    /// The metadata of GB/T 33480 are complete and agree with the manifest.
    Metadata,
    /// The attachments that the document names are there, and no others.
    Attachments,
    /// The pages open whole and have the elements of GB/T 9704 in their places.
    Layout,
    /// The files carry no scripts, macros or other active content.
    ActiveContent,
    /// No mark inside the files speaks of another level than the signed one (Art. 15).
    LevelMarks,
    /// The seal pictures stand where their records say, on the approved pages.
    SealPlacement,
    /// The public reference 发文字号 is well formed and is the sender's.
    Number,
}

impl Check {
    /// Every check, in the order of the numbers.
    pub const ALL: [Self; 15] = [
        Self::Sender,
        Self::Signatures,
        Self::Integrity,
        Self::Level,
        Self::Seal,
        Self::Format,
        Self::Recipients,
        Self::Duplicate,
        Self::Metadata,
        Self::Attachments,
        Self::Layout,
        Self::ActiveContent,
        Self::LevelMarks,
        Self::SealPlacement,
        Self::Number,
    ];

    /// The checks without which nothing is signed for, unless the policy asks for more: sender,
    /// integrity and format (Art. 11), with what integrity rests on, level (Art. 15) and seal.
    pub const MANDATORY: [Self; 7] = [
        Self::Sender,
        Self::Signatures,
        Self::Integrity,
        Self::Level,
        Self::Seal,
        Self::Format,
        Self::Recipients,
    ];

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Sender => (1, "发文单位", "sender"),
            Self::Signatures => (2, "签名", "signatures"),
            Self::Integrity => (3, "完整性", "integrity"),
            Self::Level => (4, "密级一致", "level"),
            Self::Seal => (5, "印章", "seal"),
            Self::Format => (6, "格式", "format"),
            Self::Recipients => (7, "主送抄送含本单位", "recipients"),
            Self::Duplicate => (8, "重复来文", "duplicates"),
            Self::Metadata => (9, "元数据", "metadata"),
            Self::Attachments => (10, "附件", "attachments"),
            Self::Layout => (11, "版式", "layout"),
            Self::ActiveContent => (12, "内容安全", "active content"),
            Self::LevelMarks => (13, "文内密级标志", "level marks inside"),
            Self::SealPlacement => (14, "印章位置", "seal placement"),
            Self::Number => (15, "发文字号", "number"),
        }
    }

    /// The check's number, for ever.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The check with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.code() == code)
    }

    /// The check's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The check's name in English, fit to follow "the check of the".
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// The reason to offer the clerk for a return when this check failed.
    pub const fn return_reason(self) -> ReturnReason {
        match self {
            Self::Sender => ReturnReason::Sender,
            Self::Signatures => ReturnReason::Signature,
            Self::Integrity => ReturnReason::Incomplete,
            Self::Level | Self::LevelMarks => ReturnReason::Level,
            Self::Seal | Self::SealPlacement => ReturnReason::Seal,
            Self::Format | Self::Layout | Self::Number => ReturnReason::Format,
            Self::Recipients => ReturnReason::Misdirected,
            Self::Duplicate => ReturnReason::Duplicate,
            Self::Metadata => ReturnReason::Metadata,
            Self::Attachments => ReturnReason::Attachments,
            Self::ActiveContent => ReturnReason::UnsafeContent,
        }
    }
}

/// A fault's number as it stands in a statement, known here or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultCode(pub u64);

impl FaultCode {
    /// The fault, if this build knows it.
    pub fn known(self) -> Option<Fault> {
        Fault::from_code(self.0)
    }
}

impl From<Fault> for FaultCode {
    fn from(fault: Fault) -> Self {
        Self(fault.code())
    }
}

/// What a check found wrong; one list for all checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// What should be there is not.
    Absent,
    /// Two things that should agree do not: inner and outer header, digest and bytes.
    Mismatch,
    /// A signature, proof or structure does not hold.
    Invalid,
    /// It was used outside its time of validity.
    OutOfDate,
    /// It was suspended or revoked when it was used.
    Revoked,
    /// It was used by someone, or on a device, that may not.
    NotEntitled,
    /// It does not open or cannot be read.
    Unreadable,
    /// It is cut short.
    Truncated,
    /// It is there but is not allowed.
    Forbidden,
    /// The key in the own wrap does not match the signed commitment; a rewrap may cure it.
    CommitmentMismatch,
    /// It is of a kind or version that this build does not know.
    Unknown,
}

impl Fault {
    /// Every fault, in the order of the numbers.
    pub const ALL: [Self; 11] = [
        Self::Absent,
        Self::Mismatch,
        Self::Invalid,
        Self::OutOfDate,
        Self::Revoked,
        Self::NotEntitled,
        Self::Unreadable,
        Self::Truncated,
        Self::Forbidden,
        Self::CommitmentMismatch,
        Self::Unknown,
    ];

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Absent => (1, "缺失", "it is absent"),
            Self::Mismatch => (2, "不一致", "it does not agree"),
            Self::Invalid => (3, "无效", "it is not valid"),
            Self::OutOfDate => (4, "不在有效期内", "it is out of its time of validity"),
            Self::Revoked => (5, "已停用或注销", "it is suspended or revoked"),
            Self::NotEntitled => (6, "无权使用", "it was used without entitlement"),
            Self::Unreadable => (7, "无法打开", "it cannot be read"),
            Self::Truncated => (8, "不完整", "it is cut short"),
            Self::Forbidden => (9, "不允许", "it is not allowed"),
            Self::CommitmentMismatch => (10, "密钥承诺不符", "the key breaks its commitment"),
            Self::Unknown => (11, "无法识别", "it is of an unknown kind"),
        }
    }

    /// The fault's number, for ever.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The fault with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.code() == code)
    }

    /// The fault's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The fault as the end of an English sentence.
    pub const fn en(self) -> &'static str {
        self.row().2
    }
}
