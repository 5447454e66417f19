//! Printing and deleting, which nobody does without the consent of the department's head
//! (Art. 19): asked for, decided, done.
//!
//! Asking, deciding and doing are the unit's own affair. What an original is numbered with is said
//! by the exchange, so that no copy number is given twice and no quota is passed.

use minicbor::{Decode, Encode};

use super::{About, AttachmentRef, coded};
use crate::signed::Body;
use crate::{Digest, UnitRef};

/// What the head's consent is asked for; other numbers are of a later release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// 正本: numbered originals with red head and seal, within the quota.
    Originals,
    /// 脱密件: copies without red head and seal, as many as are asked for.
    Desensitised,
    /// 补印: originals whose printing failed, once more under the same numbers.
    Again,
    /// 删除: what the unit's computers hold of the document.
    Deletion,
}

impl Permit {
    /// Every permit with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 4] = [
        (Self::Originals, 1, "打印正本", "print originals"),
        (
            Self::Desensitised,
            2,
            "打印脱密件",
            "print desensitised copies",
        ),
        (Self::Again, 3, "补印正本", "print originals again"),
        (Self::Deletion, 4, "删除", "delete"),
    ];

    /// The number in a statement, for ever.
    pub const fn code(self) -> u16 {
        match self {
            Self::Originals => 1,
            Self::Desensitised => 2,
            Self::Again => 3,
            Self::Deletion => 4,
        }
    }

    /// The permit with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }

    /// The Chinese word.
    pub fn zh(self) -> &'static str {
        self.row().2
    }

    /// The English word.
    pub fn en(self) -> &'static str {
        self.row().3
    }

    fn row(self) -> &'static (Self, u16, &'static str, &'static str) {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.unwrap_or(&Self::ALL[0])
    }
}

/// Why consent is asked for; other numbers are of a later release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitReason {
    /// 办理: the document is worked with on paper.
    Work,
    /// 存档: it is filed on paper.
    Filing,
    /// 卡纸等打印故障: the printer failed, the spoilt sheets are destroyed.
    PrinterFailed,
    /// 保管期满或已归档: what the computers hold is not needed any more.
    Kept,
    /// 其他: words say it.
    Other,
}

impl PermitReason {
    /// Every reason with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 5] = [
        (Self::Work, 1, "办理需要", "for working with it"),
        (Self::Filing, 2, "纸质存档", "for filing on paper"),
        (
            Self::PrinterFailed,
            3,
            "打印故障，废页已销毁",
            "the printer failed; spoilt sheets are destroyed",
        ),
        (
            Self::Kept,
            4,
            "已归档或保管期满",
            "filed, or kept as long as is due",
        ),
        (Self::Other, 63, "其他", "another reason"),
    ];

    /// The number in a statement, for ever.
    pub fn code(self) -> u16 {
        coded::number(&Self::ALL, self)
    }

    /// The reason with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }

    /// Whether words must come with it.
    pub const fn needs_text(self) -> bool {
        matches!(self, Self::PrinterFailed | Self::Other)
    }

    /// The Chinese words.
    pub fn zh(self) -> &'static str {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.map_or("", |row| row.2)
    }

    /// The English words.
    pub fn en(self) -> &'static str {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.map_or("", |row| row.3)
    }
}

/// Somebody of the unit asks its head for consent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PermissionRequest {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The code of a [`Permit`].
    #[n(1)]
    pub permit: u16,
    /// How many copies, 1 to [`PermissionRequest::COPIES_MAX`]; none for a deletion.
    #[n(2)]
    pub count: Option<u16>,
    /// The first of the copy numbers that are printed again; for [`Permit::Again`] only.
    #[n(3)]
    pub first: Option<u32>,
    /// The code of a [`PermitReason`].
    #[n(4)]
    pub reason: u16,
    /// The reason in words, encrypted to the own unit.
    #[n(5)]
    pub note: Option<AttachmentRef>,
}

impl PermissionRequest {
    /// The most copies of one request.
    pub const COPIES_MAX: u16 = 999;

    /// What it asks for, where its fields are those of that permit.
    pub fn well_formed(&self) -> Option<Permit> {
        let permit = Permit::from_code(self.permit)?;
        let reason = PermitReason::from_code(self.reason)?;
        let counted = self
            .count
            .is_some_and(|count| (1..=Self::COPIES_MAX).contains(&count));
        let fits = match permit {
            Permit::Originals | Permit::Desensitised => counted && self.first.is_none(),
            Permit::Again => {
                let ends = self.first.unwrap_or(0).checked_add(u32::from(u16::MAX));
                counted && self.first.is_some_and(|first| first > 0) && ends.is_some()
            }
            Permit::Deletion => self.count.is_none() && self.first.is_none(),
        };
        let worded = self.note.is_some() || !reason.needs_text();
        (fits && worded).then_some(permit)
    }
}

impl Body for PermissionRequest {
    const PURPOSE: &'static str = "yichuan/permission-request/1";
}

/// The head of the department consents, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PermissionDecision {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The statement digest of the request.
    #[n(1)]
    pub request: Digest,
    /// Whether it is granted.
    #[n(2)]
    pub granted: bool,
}

impl Body for PermissionDecision {
    const PURPOSE: &'static str = "yichuan/permission-decision/1";
}

/// Copies are made under a permission, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Print {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The statement digest of the request that was granted.
    #[n(1)]
    pub request: Digest,
}

impl Body for Print {
    const PURPOSE: &'static str = "yichuan/print/1";
}

/// The exchange numbers the originals of a [`Print`], in the same batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CopiesNumbered {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient that prints.
    #[n(1)]
    pub unit: UnitRef,
    /// The statement digest of the [`Print`].
    #[n(2)]
    pub print: Digest,
    /// The first copy number (份号): they run over all recipients of the document, from 1.
    #[n(3)]
    pub first: u32,
    /// How many.
    #[n(4)]
    pub count: u16,
    /// How many originals the recipient has printed with these.
    #[n(5)]
    pub printed: u16,
    /// How many it may print in all.
    #[n(6)]
    pub quota: u16,
    /// Whether these are numbers given before, printed once more.
    #[n(7)]
    pub again: bool,
}

impl CopiesNumbered {
    /// The highest copy number: six digits, as GB/T 9704 has it.
    pub const HIGHEST: u32 = 999_999;

    /// Whether a copy number is one of these.
    pub fn has(&self, copy: u32) -> bool {
        copy >= self.first && copy - self.first < u32::from(self.count)
    }
}

impl Body for CopiesNumbered {
    const PURPOSE: &'static str = "yichuan/copies/1";
}

/// What the unit's computers hold of a document is deleted. This is what remains of it: the
/// tombstone. The exchange opens the document to the unit no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Deletion {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The statement digest of the request that was granted.
    #[n(1)]
    pub request: Digest,
}

impl Body for Deletion {
    const PURPOSE: &'static str = "yichuan/deletion/1";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(permit: Permit, count: Option<u16>, first: Option<u32>) -> PermissionRequest {
        PermissionRequest {
            about: About {
                document: "019a0000-0000-7000-8000-000000000001".parse().unwrap(),
                manifest: Digest::of(b"manifest"),
            },
            permit: permit.code(),
            count,
            first,
            reason: PermitReason::Work.code(),
            note: None,
        }
    }

    #[test]
    fn each_permit_has_the_fields_it_needs_and_no_others() {
        use Permit::{Again, Deletion, Desensitised, Originals};
        let good = [
            (Originals, Some(1), None),
            (Originals, Some(999), None),
            (Desensitised, Some(20), None),
            (Again, Some(2), Some(7)),
            (Deletion, None, None),
        ];
        for (permit, count, first) in good {
            let request = request(permit, count, first);
            assert_eq!(request.well_formed(), Some(permit), "{request:?}");
        }
        let bad = [
            (Originals, None, None),
            (Originals, Some(0), None),
            (Originals, Some(1_000), None),
            (Originals, Some(1), Some(1)),
            (Desensitised, Some(1), Some(1)),
            (Again, Some(1), None),
            (Again, Some(1), Some(0)),
            (Again, Some(1), Some(u32::MAX)),
            (Deletion, Some(1), None),
            (Deletion, None, Some(1)),
        ];
        for (permit, count, first) in bad {
            let request = request(permit, count, first);
            assert_eq!(request.well_formed(), None, "{request:?}");
        }
    }

    #[test]
    fn a_failed_print_is_explained_in_words() {
        let mut failed = request(Permit::Again, Some(1), Some(3));
        failed.reason = PermitReason::PrinterFailed.code();
        assert_eq!(failed.well_formed(), None);
        failed.note = AttachmentRef::to(b"encrypted");
        assert_eq!(failed.well_formed(), Some(Permit::Again));
        failed.reason = 999;
        assert_eq!(failed.well_formed(), None);
        failed.permit = 5;
        assert_eq!(failed.well_formed(), None);
    }
}
