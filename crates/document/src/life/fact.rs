//! Facts beside the state: what is known of a document or a delivery without moving it.

/// Something recorded beside the state. How often and when it happened stands in the log; here only
/// that it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// The due time passed without a receipt or a return. Of a delivery, once, only while pending
    /// (Art. 10, protocol rule 29); a time correction may annul it (rule 28).
    Overdue,
    /// The recipient was reminded (催办). Of a delivery, any number of times, only while pending.
    Reminded,
    /// The sender looked whether the recipient has received (Art. 10). Of a delivery, any number of
    /// times, in every state: a receipt does not stand in for looking.
    Inquired,
    /// The sender's time to look passed without a look (Art. 10). Of a delivery, once, only if the
    /// sender has not looked, and only where there is still something to look at: not when it was
    /// recalled, superseded or redirected.
    InquiryDue,
    /// The sender has taken note of the return (Art. 10: 及时处理). Of a delivery, once, only when
    /// it was returned; a refusal 拒收 asks for nothing.
    ReturnAcknowledged,
    /// The sender asks for the document back although it was fetched. Of a delivery, once, when it
    /// is fetched, inspected or signed for: before the fetch a recall is clean and ends the
    /// delivery, and what was returned or refused needs none.
    RecallNotice,
    /// The recipient answered the recall notice. Of a delivery, any number of times (first 收到,
    /// later 已销毁), only after a notice; not by a unit whose delivery was redirected, since it is
    /// closed.
    RecallAnswer,
    /// Sender and recipient spoke about it (Art. 11). Of a delivery, any number of times, in every
    /// state.
    Contact,
    /// It has its line in the unit's register (登记). Of a document, once, unless it was refused or
    /// withdrawn; of a delivery, once, only when it was signed for.
    Registered,
    /// It was printed (Art. 19). Of a document, any number of times, once dispatched; of a
    /// delivery, only when signed for, so that no paper is left of what went back.
    Printed,
    /// It is in an archival package (Art. 20). Of a document, any number of times, once dispatched;
    /// of a delivery, only when signed for.
    Filed,
    /// The unit's copy was deleted with its approver's consent (Art. 19); a tombstone stands. Once,
    /// and only when nothing can follow any more: of a document in its last stage, of a delivery
    /// in a terminal state. Nothing is printed, filed, registered or fetched after it.
    Deleted,
    /// A corrected document names this one in its `replaces`. Of a document, once (protocol rule
    /// 25), only when dispatched, refused or withdrawn; never of a delivery, which is superseded.
    Replaced,
}

/// The number of the first fact: events of deliveries and documents keep the numbers below.
const FIRST_CODE: u64 = 33;

impl Fact {
    /// Every fact, in the order of the numbers.
    pub const ALL: [Self; 13] = [
        Self::Overdue,
        Self::Reminded,
        Self::Inquired,
        Self::InquiryDue,
        Self::ReturnAcknowledged,
        Self::RecallNotice,
        Self::RecallAnswer,
        Self::Contact,
        Self::Registered,
        Self::Printed,
        Self::Filed,
        Self::Deleted,
        Self::Replaced,
    ];

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Overdue => (FIRST_CODE, "已超时", "overdue"),
            Self::Reminded => (34, "已催办", "reminded"),
            Self::Inquired => (35, "已查询", "inquired about"),
            Self::InquiryDue => (36, "待查询", "due for inquiry"),
            Self::ReturnAcknowledged => (37, "退文已确认", "acknowledged as returned"),
            Self::RecallNotice => (38, "已通知撤回", "given a recall notice"),
            Self::RecallAnswer => (39, "已答复撤回", "answered about its recall"),
            Self::Contact => (40, "已联系", "talked about"),
            Self::Registered => (41, "已登记", "registered"),
            Self::Printed => (42, "已打印", "printed"),
            Self::Filed => (43, "已归档", "filed"),
            Self::Deleted => (44, "已删除", "deleted"),
            Self::Replaced => (45, "已有替代件", "replaced"),
        }
    }

    /// The fact's number, for ever.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The fact with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.code() == code)
    }

    /// The fact's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The fact's name in English, fit to follow "is" and "cannot be".
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// Whether it is recorded at most once. The others may be said again, and change nothing then.
    pub const fn is_once(self) -> bool {
        !matches!(
            self,
            Self::Reminded
                | Self::Inquired
                | Self::RecallAnswer
                | Self::Contact
                | Self::Printed
                | Self::Filed
        )
    }

    const fn bit(self) -> u64 {
        1 << (self.code() - FIRST_CODE)
    }
}

/// A set of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Facts(u64);

impl Facts {
    /// No fact.
    pub const NONE: Self = Self(0);

    /// Whether `fact` stands.
    pub const fn has(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }

    /// The same facts and `fact`.
    #[must_use]
    pub const fn with(self, fact: Fact) -> Self {
        Self(self.0 | fact.bit())
    }

    /// The same facts without `fact`.
    #[must_use]
    pub const fn without(self, fact: Fact) -> Self {
        Self(self.0 & !fact.bit())
    }

    /// The facts of this set that are also in `other`.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether no fact stands.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The facts that stand, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Fact> {
        Fact::ALL.into_iter().filter(move |fact| self.has(*fact))
    }

    /// The set as one number for a record: bit *n* is the fact numbered 33 + *n*.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set that [`bits`](Self::bits) gave; none if a bit belongs to no fact of this build.
    pub fn from_bits(bits: u64) -> Option<Self> {
        let known = Fact::ALL.into_iter().collect::<Self>();
        (bits & !known.0 == 0).then_some(Self(bits))
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        facts.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does not compile once a fact is added, so that the list is not forgotten.
    fn place(it: Fact) -> usize {
        match it {
            Fact::Overdue => 0,
            Fact::Reminded => 1,
            Fact::Inquired => 2,
            Fact::InquiryDue => 3,
            Fact::ReturnAcknowledged => 4,
            Fact::RecallNotice => 5,
            Fact::RecallAnswer => 6,
            Fact::Contact => 7,
            Fact::Registered => 8,
            Fact::Printed => 9,
            Fact::Filed => 10,
            Fact::Deleted => 11,
            Fact::Replaced => 12,
        }
    }

    #[test]
    fn codes_and_bits_of_facts_go_and_come_back() {
        for (position, fact) in Fact::ALL.into_iter().enumerate() {
            assert_eq!(place(fact), position, "{fact:?}");
            assert_eq!(fact.code(), 33 + position as u64, "{fact:?}");
            assert_eq!(Fact::from_code(fact.code()), Some(fact));
            let alone = Facts::NONE.with(fact);
            assert_eq!(alone.bits(), 1 << position, "{fact:?}");
            assert_eq!(Facts::from_bits(alone.bits()), Some(alone));
            assert_eq!(alone.iter().collect::<Vec<_>>(), [fact]);
            assert!(alone.without(fact).is_none(), "{fact:?}");
        }
        for code in [0, 1, 9, 32, 46, 47, 96, 97, u64::MAX] {
            assert_eq!(Fact::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn a_set_with_an_unknown_bit_is_refused() {
        assert_eq!(Facts::from_bits(0), Some(Facts::NONE));
        let all: Facts = Fact::ALL.into_iter().collect();
        assert_eq!(all.bits(), 0x1fff);
        assert_eq!(Facts::from_bits(0x1fff), Some(all));
        for bits in [0x2000, 0x2001, 0x3fff, 1 << 32, 1 << 63, u64::MAX] {
            assert_eq!(Facts::from_bits(bits), None, "{bits:#x}");
        }
    }

    #[test]
    fn sets_keep_what_was_put_in() {
        let set = Facts::NONE.with(Fact::Overdue).with(Fact::Contact);
        assert!(set.has(Fact::Overdue) && set.has(Fact::Contact) && !set.has(Fact::Reminded));
        assert_eq!(set.with(Fact::Contact), set);
        let other = Facts::NONE.with(Fact::Contact).with(Fact::Filed);
        assert_eq!(set.both(other), Facts::NONE.with(Fact::Contact));
    }

    #[test]
    fn what_happens_once_is_written_down() {
        use Fact as F;
        let once = [
            F::Overdue,
            F::InquiryDue,
            F::ReturnAcknowledged,
            F::RecallNotice,
            F::Registered,
            F::Deleted,
            F::Replaced,
        ];
        for fact in F::ALL {
            assert_eq!(fact.is_once(), once.contains(&fact), "{fact:?}");
        }
    }
}
