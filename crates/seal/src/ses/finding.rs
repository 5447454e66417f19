//! What was found while a seal or signature was judged: coded reasons, in Chinese and English.

use core::fmt;

use yichuan_document::Timestamp;

use super::{Code, Deviation, Unreadable};
use crate::der::Oid;
use crate::instant;

/// What a finding does to the verdict; the weightiest one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing: it is worth knowing.
    Note,
    /// Something remains unproved.
    Open,
    /// Nothing can be said about what decides.
    NotCheckable,
    /// It does not stand.
    Wrong,
}

/// What comes of judging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything was checked, and stands.
    Valid,
    /// What was checked stands, and something remains unproved.
    Incomplete,
    /// What decides cannot be checked here: neither right nor wrong, and never to be called right.
    NotCheckable,
    /// It does not stand.
    Invalid,
}

impl Verdict {
    /// The verdict over all findings.
    pub fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|finding| finding.code.weight()).max() {
            None | Some(Weight::Note) => Self::Valid,
            Some(Weight::Open) => Self::Incomplete,
            Some(Weight::NotCheckable) => Self::NotCheckable,
            Some(Weight::Wrong) => Self::Invalid,
        }
    }

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Incomplete => "incomplete",
            Self::NotCheckable => "not_checkable",
            Self::Invalid => "invalid",
        }
    }

    /// The word for people.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Valid => "有效",
            Self::Incomplete => "未能全部证实",
            Self::NotCheckable => "无法验证",
            Self::Invalid => "无效",
        }
    }
}

/// A reason and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The reason.
    pub code: Code,
    /// What it is about, where there is more to say.
    pub fact: Fact,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// Nothing more.
    None,
    /// Where and why it cannot be read.
    Unreadable(Unreadable),
    /// How it differs.
    Deviation(Deviation),
    /// An algorithm, curve or extension.
    Named(Oid),
    /// A time, and from when until when it should have been.
    Outside {
        /// The time.
        at: Timestamp,
        /// The first good instant.
        from: Timestamp,
        /// The last good instant.
        until: Timestamp,
    },
    /// When it happened.
    At(Timestamp),
    /// Which part of the container.
    Part(String),
}

impl Finding {
    /// A reason alone.
    pub const fn bare(code: Code) -> Self {
        Self {
            code,
            fact: Fact::None,
        }
    }

    /// A reason with a fact.
    pub const fn with(code: Code, fact: Fact) -> Self {
        Self { code, fact }
    }

    /// The whole sentence in Chinese; times are those of a clock in China.
    pub fn chinese(&self) -> String {
        let words = self.code.chinese();
        match &self.fact {
            Fact::None => words.to_owned(),
            Fact::Deviation(deviation) => format!("{words}（{}）", chinese(*deviation)),
            Fact::Outside { at, from, until } => {
                let [at, from, until] = [at, from, until].map(|at| instant::shown(*at));
                format!("{words}（{at}；有效期 {from} 至 {until}）")
            }
            fact => format!("{words}（{}）", fact.plain()),
        }
    }

    /// The whole sentence in English; times are those of a clock in China.
    pub fn english(&self) -> String {
        let words = self.code.english();
        match &self.fact {
            Fact::None => words.to_owned(),
            Fact::Deviation(deviation) => format!("{words} ({})", english(*deviation)),
            Fact::Outside { at, from, until } => {
                let [at, from, until] = [at, from, until].map(|at| instant::shown(*at));
                format!("{words} ({at}; from {from} until {until})")
            }
            fact => format!("{words} ({})", fact.plain()),
        }
    }
}

impl Fact {
    /// What reads the same in both languages.
    fn plain(&self) -> String {
        match self {
            Self::Unreadable(cause) => cause.to_string(),
            Self::Named(id) => id.to_string(),
            Self::At(at) => instant::shown(*at),
            Self::Part(part) => part.clone(),
            Self::None | Self::Deviation(_) | Self::Outside { .. } => String::new(),
        }
    }
}

/// `SES-401: the SM2 signature is wrong`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.id(), self.english())
    }
}

const fn chinese(deviation: Deviation) -> &'static str {
    match deviation {
        Deviation::DateForm => "日期用了另一种类型",
        Deviation::OctetsForBits => "应为 BIT STRING 处用了 OCTET STRING",
        Deviation::Wrapped => "结构外多包了一层",
        Deviation::NoZone => "时间未注明时区，按北京时间理解",
        Deviation::Versions => "签章与印章的版本号不同",
        Deviation::RawSignature => "签名值为 64 字节 r‖s，未用 DER",
    }
}

const fn english(deviation: Deviation) -> &'static str {
    match deviation {
        Deviation::DateForm => "a date of the other type",
        Deviation::OctetsForBits => "an octet string where a bit string is due",
        Deviation::Wrapped => "a structure inside one more string",
        Deviation::NoZone => "a time without a zone, taken as that of China",
        Deviation::Versions => "the signature has another version than its seal",
        Deviation::RawSignature => "a signature value of 64 bytes, r and s, not DER",
    }
}
