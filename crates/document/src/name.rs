//! Short names with a fixed alphabet: origins, unit codes, accounts, devices, persons, seals.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

/// What a kind of name may look like.
pub trait Rule {
    /// What the name is called in messages.
    const WHAT: &'static str;
    /// The longest name in bytes.
    const LENGTH_MAX: usize;
    /// Whether `text`, which is not empty and within the length, is such a name.
    fn accepts(text: &str) -> bool;
}

/// A name that follows the rule `R`; made only by parsing.
pub struct Name<R> {
    text: Box<str>,
    rule: PhantomData<fn() -> R>,
}

/// The name of an exchange and its log, in the form of a host name: `yichuan.example`.
pub type Origin = Name<OriginRule>;
/// A unit's code: six digits of the administrative division and a word: `513200-zfb`.
pub type UnitCode = Name<UnitRule>;
/// An account: the unit's code and a word for its use with a number: `513200-zfb-fs01`.
pub type AccountId = Name<AccountRule>;
/// A registered computer: the unit's code, `-pc` and a number: `513200-zfb-pc01`.
pub type DeviceId = Name<DeviceRule>;
/// A person, the same however many accounts: `p-` and letters or digits.
pub type PersonId = Name<PersonRule>;
/// A seal: the unit's code, `-seal` and a number: `513200-zfb-seal01`.
pub type SealId = Name<SealRule>;
/// A one-time enrolment ticket: `t-` and letters or digits.
pub type TicketId = Name<TicketRule>;

impl<R: Rule> Name<R> {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl AccountId {
    /// The unit that the account belongs to.
    pub fn unit(&self) -> UnitCode {
        unit_part(&self.text)
    }
}

impl DeviceId {
    /// The unit that the device stands in.
    pub fn unit(&self) -> UnitCode {
        unit_part(&self.text)
    }
}

impl SealId {
    /// The unit whose seal it is.
    pub fn unit(&self) -> UnitCode {
        unit_part(&self.text)
    }
}

fn unit_part(text: &str) -> UnitCode {
    let end = text
        .rfind('-')
        .expect("the rules of these names ask for a hyphen after the unit");
    text[..end]
        .parse()
        .expect("the rules of these names ask for a unit code in front")
}

impl<R: Rule> FromStr for Name<R> {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.is_empty() || text.len() > R::LENGTH_MAX || !R::accepts(text) {
            return Err(BadName { what: R::WHAT });
        }
        Ok(Self {
            text: text.into(),
            rule: PhantomData,
        })
    }
}

/// A text that is not a name of the kind expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadName {
    /// The kind of name that was expected.
    pub what: &'static str,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.what)
    }
}

impl core::error::Error for BadName {}

/// The rule of [`Origin`].
pub enum OriginRule {}

impl Rule for OriginRule {
    const WHAT: &'static str = "an origin such as yichuan.example";
    const LENGTH_MAX: usize = 64;
    fn accepts(text: &str) -> bool {
        text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b == b'-' || b.is_ascii_digit() || b.is_ascii_lowercase())
        })
    }
}

/// The rule of [`UnitCode`].
pub enum UnitRule {}

impl Rule for UnitRule {
    const WHAT: &'static str = "a unit code such as 513200-zfb";
    const LENGTH_MAX: usize = 24;
    fn accepts(text: &str) -> bool {
        text.split_once('-').is_some_and(|(division, word)| {
            division.len() == 6
                && division.bytes().all(|b| b.is_ascii_digit())
                && !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    }
}

/// The rule of [`AccountId`].
pub enum AccountRule {}

impl Rule for AccountRule {
    const WHAT: &'static str = "an account such as 513200-zfb-fs01";
    const LENGTH_MAX: usize = 32;
    fn accepts(text: &str) -> bool {
        numbered(text, |word| {
            word.len() == 2 && word != "pc" && word.bytes().all(|b| b.is_ascii_lowercase())
        })
    }
}

/// The rule of [`DeviceId`].
pub enum DeviceRule {}

impl Rule for DeviceRule {
    const WHAT: &'static str = "a device such as 513200-zfb-pc01";
    const LENGTH_MAX: usize = 32;
    fn accepts(text: &str) -> bool {
        numbered(text, |word| word == "pc")
    }
}

/// The rule of [`SealId`].
pub enum SealRule {}

impl Rule for SealRule {
    const WHAT: &'static str = "a seal such as 513200-zfb-seal01";
    const LENGTH_MAX: usize = 32;
    fn accepts(text: &str) -> bool {
        numbered(text, |word| word == "seal")
    }
}

/// The rule of [`PersonId`].
pub enum PersonRule {}

impl Rule for PersonRule {
    const WHAT: &'static str = "a person id such as p-zhang3";
    const LENGTH_MAX: usize = 32;
    fn accepts(text: &str) -> bool {
        prefixed(text, "p-")
    }
}

/// The rule of [`TicketId`].
pub enum TicketRule {}

impl Rule for TicketRule {
    const WHAT: &'static str = "a ticket id such as t-4k2m";
    const LENGTH_MAX: usize = 32;
    fn accepts(text: &str) -> bool {
        prefixed(text, "t-")
    }
}

fn prefixed(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// `<unit>-<word><two digits>`.
fn numbered(text: &str, word_fits: impl Fn(&str) -> bool) -> bool {
    let Some((unit, last)) = text.rsplit_once('-') else {
        return false;
    };
    if unit.len() > UnitRule::LENGTH_MAX || !UnitRule::accepts(unit) || last.len() < 3 {
        return false;
    }
    let (word, digits) = last.split_at_checked(last.len() - 2).unwrap_or_default();
    digits.bytes().all(|b| b.is_ascii_digit()) && word_fits(word)
}

// By hand, because a derive would ask the same of the rule, which is never a value.
impl<R> Clone for Name<R> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            rule: PhantomData,
        }
    }
}

impl<R> PartialEq for Name<R> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<R> Eq for Name<R> {}

impl<R> PartialOrd for Name<R> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> Ord for Name<R> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<R> core::hash::Hash for Name<R> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<R> fmt::Debug for Name<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<R> fmt::Display for Name<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<C, R> Encode<C> for Name<R> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.text)?.ok()
    }
}

impl<'b, C, R: Rule> Decode<'b, C> for Name<R> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        d.str()?
            .parse()
            .map_err(|_| decode::Error::message(R::WHAT).at(position))
    }
}

/// A unit as signed data names it: always with the origin of its exchange.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitRef {
    /// The unit's code.
    pub unit: UnitCode,
    /// The exchange where it is enrolled.
    pub origin: Origin,
}

impl fmt::Display for UnitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.unit, self.origin)
    }
}

impl FromStr for UnitRef {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let (unit, origin) = text.split_once('@').ok_or(BadName {
            what: "a unit such as 513200-zfb@origin",
        })?;
        Ok(Self {
            unit: unit.parse()?,
            origin: origin.parse()?,
        })
    }
}

impl<C> Encode<C> for UnitRef {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for UnitRef {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let text = d.str()?;
        text.parse()
            .map_err(|bad: BadName| decode::Error::message(bad.what).at(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_refuses_what_its_rule_does_not_allow() {
        for text in ["513200-zfb", "000000-a", "513200-a1b2"] {
            assert!(text.parse::<UnitCode>().is_ok(), "{text}");
        }
        for text in [
            "",
            "513200",
            "51320-zfb",
            "513200-",
            "513200-ZFB",
            "513200-zfb-",
            "５13200-zfb",
        ] {
            assert!(text.parse::<UnitCode>().is_err(), "{text}");
        }
        for text in [
            "513200-zfb-fs1",
            "513200-zfb-pc01",
            "513200-zfb-fs０1",
            "fs01",
            "a-b-fs01",
        ] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
        for text in [".", "a..b", "A.b", "a-.b", "a/b", "a b", "a\n"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_knows_its_unit() {
        let account: AccountId = "513200-zfb-fs01".parse().unwrap();
        assert_eq!(account.unit().as_str(), "513200-zfb");
        let device: DeviceId = "513200-zfb-pc12".parse().unwrap();
        assert_eq!(device.unit().as_str(), "513200-zfb");
        let seal: SealId = "513200-zfb-seal01".parse().unwrap();
        assert_eq!(seal.unit().as_str(), "513200-zfb");
    }

    #[test]
    fn a_unit_reference_has_no_short_form() {
        assert!("513200-zfb".parse::<UnitRef>().is_err());
        let text = "513200-zfb@yichuan.example";
        assert_eq!(text.parse::<UnitRef>().unwrap().to_string(), text);
    }
}
