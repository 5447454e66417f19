//! The closed vocabularies of a document's face: kind, urgency, period of secrecy, number.

use core::fmt;
use core::str::FromStr;

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

/// 文种: the fifteen kinds of official document, and the meeting notice with its reply form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DocumentKind {
    /// 决议.
    #[n(1)]
    Resolution,
    /// 决定.
    #[n(2)]
    Decision,
    /// 命令（令）.
    #[n(3)]
    Order,
    /// 公报.
    #[n(4)]
    Communique,
    /// 公告.
    #[n(5)]
    Proclamation,
    /// 通告.
    #[n(6)]
    PublicNotice,
    /// 意见.
    #[n(7)]
    Opinion,
    /// 通知.
    #[n(8)]
    Notice,
    /// 通报.
    #[n(9)]
    Circular,
    /// 报告.
    #[n(10)]
    Report,
    /// 请示.
    #[n(11)]
    Request,
    /// 批复.
    #[n(12)]
    Reply,
    /// 议案.
    #[n(13)]
    Proposal,
    /// 函.
    #[n(14)]
    Letter,
    /// 纪要: the one kind that carries no seal on its page.
    #[n(15)]
    Minutes,
    /// 会议通知: a 通知 whose recipients fill in a reply form (回执).
    #[n(16)]
    MeetingNotice,
}

impl DocumentKind {
    /// Every kind with its Chinese and English word.
    pub const ALL: [(Self, &'static str, &'static str); 16] = [
        (Self::Resolution, "决议", "resolution"),
        (Self::Decision, "决定", "decision"),
        (Self::Order, "命令", "order"),
        (Self::Communique, "公报", "communique"),
        (Self::Proclamation, "公告", "proclamation"),
        (Self::PublicNotice, "通告", "public notice"),
        (Self::Opinion, "意见", "opinion"),
        (Self::Notice, "通知", "notice"),
        (Self::Circular, "通报", "circular"),
        (Self::Report, "报告", "report"),
        (Self::Request, "请示", "request"),
        (Self::Reply, "批复", "reply"),
        (Self::Proposal, "议案", "proposal"),
        (Self::Letter, "函", "letter"),
        (Self::Minutes, "纪要", "minutes"),
        (Self::MeetingNotice, "会议通知", "meeting notice"),
    ];

    /// The Chinese word.
    pub fn zh(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.1)
    }

    /// The English word.
    pub fn en(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.2)
    }

    /// Reads a Chinese or English word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|row| row.1 == text || row.2 == text)
            .map(|row| row.0)
    }
}

/// 紧急程度: of documents (加急, 特急) and of telegram-style ones (平急, 特提), least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Urgency {
    /// None.
    #[default]
    #[n(0)]
    Ordinary,
    /// 平急.
    #[n(1)]
    Routine,
    /// 加急.
    #[n(2)]
    Urgent,
    /// 特急.
    #[n(3)]
    MostUrgent,
    /// 特提.
    #[n(4)]
    Flash,
}

impl Urgency {
    /// Every urgency with its Chinese and English word, least first.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Ordinary, "无", "ordinary"),
        (Self::Routine, "平急", "routine"),
        (Self::Urgent, "加急", "urgent"),
        (Self::MostUrgent, "特急", "most urgent"),
        (Self::Flash, "特提", "flash"),
    ];

    /// The Chinese word.
    pub fn zh(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.1)
    }

    /// The English word.
    pub fn en(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.2)
    }

    /// Reads a Chinese or English word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|row| row.1 == text || row.2 == text)
            .map(|row| row.0)
    }
}

/// 保密期限: for how long a 秘密 document stays secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
#[cbor(transparent)]
pub struct SecrecyPeriod(#[n(0)] u16);

impl SecrecyPeriod {
    /// 长期: without an end.
    pub const LONG_TERM: Self = Self(0);

    /// A period of 1 to 1,200 months.
    pub const fn months(months: u16) -> Option<Self> {
        if months >= 1 && months <= 1_200 {
            Some(Self(months))
        } else {
            None
        }
    }

    /// The months; none for 长期.
    pub const fn as_months(self) -> Option<u16> {
        if self.0 == 0 { None } else { Some(self.0) }
    }
}

impl<'b, C> Decode<'b, C> for SecrecyPeriod {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        match d.u16()? {
            0 => Ok(Self::LONG_TERM),
            months => Self::months(months)
                .ok_or_else(|| decode::Error::message("1 to 1,200 months").at(position)),
        }
    }
}

/// 发文字号: the issuer's word, the year and the serial number: `云政办发〔2026〕17号`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentNumber {
    word: Box<str>,
    year: u16,
    serial: u32,
}

impl DocumentNumber {
    /// The longest issuer's word, in characters.
    pub const WORD_CHARS_MAX: usize = 16;

    /// Puts a number together; refuses an empty, long or odd word, and years and serials that
    /// no office writes.
    pub fn new(word: &str, year: u16, serial: u32) -> Result<Self, BadNumber> {
        let letters = word.chars().all(char::is_alphanumeric);
        if word.is_empty() || word.chars().count() > Self::WORD_CHARS_MAX || !letters {
            return Err(BadNumber::Word);
        }
        if !unicode_normalization::is_nfc(word) {
            return Err(BadNumber::Word);
        }
        if !(1949..=9999).contains(&year) {
            return Err(BadNumber::Year);
        }
        if !(1..=999_999).contains(&serial) {
            return Err(BadNumber::Serial);
        }
        Ok(Self {
            word: word.into(),
            year,
            serial,
        })
    }

    /// The issuer's word, 机关代字.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The year.
    pub const fn year(&self) -> u16 {
        self.year
    }

    /// The serial number within word and year.
    pub const fn serial(&self) -> u32 {
        self.serial
    }
}

/// Why a text is not a document number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadNumber {
    /// Not of the form `word〔year〕serial号`.
    Form,
    /// The issuer's word is empty, too long, or has other signs than letters and digits.
    Word,
    /// The year is not four digits from 1949.
    Year,
    /// The serial is not 1 to 999,999 without leading zeros.
    Serial,
}

impl fmt::Display for BadNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a document number is written word〔year〕serial号",
            Self::Word => "the issuer's word is empty, too long or has odd signs",
            Self::Year => "the year is not four digits from 1949",
            Self::Serial => "the serial is not 1 to 999999 without leading zeros",
        })
    }
}

impl core::error::Error for BadNumber {}

impl FromStr for DocumentNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let (word, rest) = text.split_once('〔').ok_or(BadNumber::Form)?;
        let (year, rest) = rest.split_once('〕').ok_or(BadNumber::Form)?;
        let serial = rest.strip_suffix('号').ok_or(BadNumber::Form)?;
        if year.len() != 4 {
            return Err(BadNumber::Year);
        }
        let year = digits(year).ok_or(BadNumber::Year)?;
        let serial = digits(serial).filter(|_| !serial.starts_with('0'));
        let year = u16::try_from(year).map_err(|_| BadNumber::Year)?;
        Self::new(word, year, serial.ok_or(BadNumber::Serial)?)
    }
}

/// Reads ASCII digits only: `str::parse` alone would let `+417` through.
fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}〔{}〕{}号", self.word, self.year, self.serial))
    }
}

impl<C> Encode<C> for DocumentNumber {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DocumentNumber {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let text = d.str()?;
        text.parse()
            .map_err(|_| decode::Error::message("document number").at(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_refuses_what_no_office_writes() {
        let cases = [
            ("", BadNumber::Form),
            ("云政办发[2026]17号", BadNumber::Form),
            ("云政办发〔2026〕17", BadNumber::Form),
            ("〔2026〕17号", BadNumber::Word),
            ("云 政〔2026〕17号", BadNumber::Word),
            ("云\n政〔2026〕17号", BadNumber::Word),
            ("云政〔26〕17号", BadNumber::Year),
            ("云政〔1066〕17号", BadNumber::Year),
            ("云政〔+026〕17号", BadNumber::Year),
            ("云政〔2026〕017号", BadNumber::Serial),
            ("云政〔2026〕+7号", BadNumber::Serial),
            ("云政〔2026〕0号", BadNumber::Serial),
            ("云政〔2026〕1000000号", BadNumber::Serial),
        ];
        for (text, refusal) in cases {
            assert_eq!(text.parse::<DocumentNumber>(), Err(refusal), "{text}");
        }
    }

    #[test]
    fn a_number_is_written_as_it_was_read() {
        let text = "云政办发〔2026〕17号";
        let number: DocumentNumber = text.parse().unwrap();
        assert_eq!((number.year(), number.serial()), (2026, 17));
        assert_eq!(number.to_string(), text);
    }

    #[test]
    fn a_period_is_long_term_or_at_most_a_hundred_years() {
        for months in [0_u16, 1, 1_200] {
            let bytes = crate::cbor::to_vec(&months);
            assert!(
                crate::cbor::read::<SecrecyPeriod>(&bytes, 3).is_ok(),
                "{months}"
            );
        }
        for months in [1_201_u16, u16::MAX] {
            let bytes = crate::cbor::to_vec(&months);
            assert!(
                crate::cbor::read::<SecrecyPeriod>(&bytes, 3).is_err(),
                "{months}"
            );
        }
    }

    #[test]
    fn words_are_read_back() {
        for (kind, zh, en) in DocumentKind::ALL {
            assert_eq!(
                (DocumentKind::parse(zh), DocumentKind::parse(en)),
                (Some(kind), Some(kind))
            );
        }
        for (urgency, zh, en) in Urgency::ALL {
            assert_eq!(
                (Urgency::parse(zh), Urgency::parse(en)),
                (Some(urgency), Some(urgency))
            );
        }
        assert_eq!(Urgency::parse("火急"), None);
    }
}
