//! Levels of classification, and the one check that says what may be transmitted (Art. 15).

use core::fmt;

use minicbor::{Decode, Encode};

/// The five levels, lowest first. All of them can be named; only the lower three can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Classification {
    /// 公开.
    #[n(0)]
    Public,
    /// 内部.
    #[n(1)]
    Internal,
    /// 秘密, the lowest level of state secret.
    #[n(2)]
    Secret,
    /// 机密: never transmitted.
    #[n(3)]
    Confidential,
    /// 绝密: never transmitted.
    #[n(4)]
    TopSecret,
}

/// The highest level that an installation lets pass. It can name nothing above 秘密, so that a
/// policy can tighten the rule of Art. 15 and never loosen it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Ceiling {
    /// Nothing above 公开.
    #[n(0)]
    Public,
    /// Nothing above 内部.
    #[n(1)]
    Internal,
    /// Nothing above 秘密, which is the law.
    #[default]
    #[n(2)]
    Secret,
}

/// Proof that a level may be transmitted: only [`Classification::transmissible`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Transmissible(Classification);

impl Transmissible {
    /// The level that was checked.
    pub const fn level(self) -> Classification {
        self.0
    }
}

impl Classification {
    /// Every level, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Public,
        Self::Internal,
        Self::Secret,
        Self::Confidential,
        Self::TopSecret,
    ];

    /// The one check of Art. 15: may a document of this level pass under `ceiling`?
    pub const fn transmissible(self, ceiling: Ceiling) -> Result<Transmissible, NotTransmissible> {
        let passes = match self {
            Self::Public => true,
            Self::Internal => !matches!(ceiling, Ceiling::Public),
            Self::Secret => matches!(ceiling, Ceiling::Secret),
            Self::Confidential | Self::TopSecret => false,
        };
        if passes {
            Ok(Transmissible(self))
        } else {
            Err(NotTransmissible {
                level: self,
                ceiling,
            })
        }
    }

    /// The word on paper.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Public => "公开",
            Self::Internal => "内部",
            Self::Secret => "秘密",
            Self::Confidential => "机密",
            Self::TopSecret => "绝密",
        }
    }

    /// The English word.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Secret => "secret",
            Self::Confidential => "confidential",
            Self::TopSecret => "top secret",
        }
    }

    /// Reads exactly one of the Chinese or English words; no other spelling is guessed at.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| text == level.zh() || text == level.en())
    }
}

/// A level that may not be transmitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTransmissible {
    /// The document's level.
    pub level: Classification,
    /// The highest level that may pass here.
    pub ceiling: Ceiling,
}

impl fmt::Display for NotTransmissible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "level {} may not be transmitted", self.level.en())
    }
}

impl core::error::Error for NotTransmissible {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_above_secret_is_ever_transmissible() {
        for ceiling in [Ceiling::Public, Ceiling::Internal, Ceiling::Secret] {
            for level in [Classification::Confidential, Classification::TopSecret] {
                assert_eq!(
                    level.transmissible(ceiling),
                    Err(NotTransmissible { level, ceiling }),
                    "{level:?} under {ceiling:?}"
                );
            }
        }
    }

    #[test]
    fn f7_a_ceiling_only_tightens() {
        let passing = |ceiling| {
            Classification::ALL
                .iter()
                .filter(|l| l.transmissible(ceiling).is_ok())
                .count()
        };
        assert_eq!(passing(Ceiling::Secret), 3);
        assert_eq!(passing(Ceiling::Internal), 2);
        assert_eq!(passing(Ceiling::Public), 1);
        for above in [3_u8, 4, 5, 23] {
            assert!(
                crate::cbor::read::<Ceiling>(&[above], 1).is_err(),
                "{above}"
            );
        }
    }

    #[test]
    fn f1_only_the_exact_word_names_a_level() {
        for text in [
            "",
            "机 密",
            "机密 ",
            "機密",
            "SECRET",
            "ｓｅｃｒｅｔ",
            "机密★5年",
            "密",
        ] {
            assert_eq!(Classification::parse(text), None, "{text}");
        }
        assert_eq!(
            Classification::parse("机密"),
            Some(Classification::Confidential)
        );
    }
}
