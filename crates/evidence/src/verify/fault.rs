//! What can be wrong with a bundle; one list for all checks.

use yichuan_document::life::{Cause, Misstep};
use yichuan_document::roster::NoStanding;
use yichuan_document::signed::NotThisBody;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The digest at the end is not that of the file.
    FileDigest,
    /// The verifier was given no root.
    NoRoot,
    /// Another exchange than the root's.
    AnotherOrigin,
    /// Another genesis than the root's.
    AnotherGenesis,
    /// An entry or statement that is not canonical CBOR of its kind.
    Unreadable,
    /// An entry or body of an unknown version.
    UnknownVersion,
    /// A roster statement of an unknown kind.
    UnknownRosterKind,
    /// A statement that the roster of that moment refuses.
    RosterRefuses,
    /// The entry states another roster than these statements give: one was left out or added.
    AnotherRoster,
    /// The statement relies on a roster that this log never had.
    UnknownRoster,
    /// The roster has no keys of the exchange.
    NoExchangeKeys,
    /// The checkpoint's note does not stand.
    Note,
    /// The note has lines that nobody can check.
    UnknownLines,
    /// The proof does not lead to the checkpoint's root.
    Proof,
    /// Indexes do not rise.
    IndexOrder,
    /// The time is before that of an earlier entry.
    TimeGoesBack,
    /// The statement's own time is more than two minutes after its entry's.
    TimeAhead,
    /// The statement has seen a checkpoint that did not yet exist.
    SeenTooLarge,
    /// Two statements have seen two roots for one size: the log showed two faces.
    SplitView,
    /// The list is of another document.
    AnotherDocument,
    /// The list is of another size than the checkpoint.
    AnotherSize,
    /// The list names an entry that is not there.
    EntryMissing,
    /// An entry is there that the list does not name.
    EntryExtra,
    /// The list was made for a unit that is no party.
    NoParty,
    /// Made for another installation.
    AnotherInstallation,
    /// Recorded as another kind of statement than its purpose says.
    WrongPurpose,
    /// The same id, or the same statement, twice.
    Repeated,
    /// A number is allotted where none was asked for, or the reverse.
    Allotted,
    /// A signature that does not stand.
    Signature,
    /// No account or no computer is named, or one where there must be none.
    Unnamed,
    /// The unit is unknown or closed.
    Unit,
    /// The account is unknown, locked or closed.
    Account,
    /// The computer is unknown or withdrawn.
    Device,
    /// The account or the seal is not bound to this computer.
    NotOnThisDevice,
    /// Account or computer have no keys yet.
    NotEnrolled,
    /// The account lacks the role.
    Role,
    /// The seal is unknown, suspended, revoked or another unit's.
    Seal,
    /// The seal was not valid at that time.
    SealExpired,
    /// The account is not the seal's custodian.
    NotTheCustodian,
    /// The account is of a unit that has no part in this.
    AnotherUnit,
    /// The attachment that everything rests on is not there.
    Absent,
    /// An attachment that no entry names, or not in its place.
    Surplus,
    /// The entry names other attachments than its statement.
    AttachmentsDiffer,
    /// The manifest is not well-formed.
    Manifest,
    /// The level may not be transmitted.
    Level,
    /// The wraps are not those that were signed, or not one per holder.
    WrapsDiffer,
    /// Approver and submitter are one person.
    SamePerson,
    /// It does not rest on the statements before it.
    Stale,
    /// Something that must come first is missing.
    TooEarly,
    /// It is too late for that.
    TooLate,
    /// It has happened already.
    Again,
    /// Another issuer's seal comes first.
    OutOfTurn,
    /// No such issuer or recipient.
    NoSuchParty,
    /// The seal's number is not its issuer's.
    Ordinal,
    /// The due times are not those of the policy.
    DueTime,
    /// Not the recipients of the manifest.
    Recipients,
    /// The inspection lacks a mandatory check, or does not allow a receipt.
    Inspection,
    /// A reason that needs words has none.
    NoWords,
    /// The leaf list is not that of the manifest.
    LeavesDiffer,
    /// Another content key than was committed to.
    CommitmentDiffers,
    /// Header and manifest disagree.
    HeaderDiffers,
    /// The body is not the one that was signed.
    BodyDiffers,
    /// The receipt does not prove that the header was opened.
    OpeningDiffers,
    /// The seal record does not open, or is not its seal's.
    SealRecord,
    /// What was sealed is not what was approved.
    SealedDiffers,
    /// An answer with a smaller index refutes what the exchange recorded as overdue.
    Refuted,
    /// It fell due before, and no overdue entry says so.
    OverdueMissing,
    /// The size of the log that it names is not its index.
    SizeDiffers,
    /// Its time had not come.
    BeforeItsTime,
    /// Not a step of the table of reminders.
    NotInTable,
    /// The outage is none of its time.
    Outage,
    /// No more time, or more than may be asked for or given.
    MoreTime,
    /// A number beyond what is allowed.
    Beyond,
    /// It concerns no delivery.
    NothingConcerned,
    /// What the sender saw is not what stood.
    SeenDiffers,
    /// A unit that has a part in the document already.
    PartyAlready,
    /// Not a meeting notice.
    NoMeeting,
    /// The copy numbers are not those that are next, or not those that are printed again.
    CopyNumbers,
}

impl Fault {
    /// Every fault, in the order of the numbers.
    pub const ALL: [Self; 78] = [
        Self::FileDigest,
        Self::NoRoot,
        Self::AnotherOrigin,
        Self::AnotherGenesis,
        Self::Unreadable,
        Self::UnknownVersion,
        Self::UnknownRosterKind,
        Self::RosterRefuses,
        Self::AnotherRoster,
        Self::UnknownRoster,
        Self::NoExchangeKeys,
        Self::Note,
        Self::UnknownLines,
        Self::Proof,
        Self::IndexOrder,
        Self::TimeGoesBack,
        Self::TimeAhead,
        Self::SeenTooLarge,
        Self::SplitView,
        Self::AnotherDocument,
        Self::AnotherSize,
        Self::EntryMissing,
        Self::EntryExtra,
        Self::NoParty,
        Self::AnotherInstallation,
        Self::WrongPurpose,
        Self::Repeated,
        Self::Allotted,
        Self::Signature,
        Self::Unnamed,
        Self::Unit,
        Self::Account,
        Self::Device,
        Self::NotOnThisDevice,
        Self::NotEnrolled,
        Self::Role,
        Self::Seal,
        Self::SealExpired,
        Self::NotTheCustodian,
        Self::AnotherUnit,
        Self::Absent,
        Self::Surplus,
        Self::AttachmentsDiffer,
        Self::Manifest,
        Self::Level,
        Self::WrapsDiffer,
        Self::SamePerson,
        Self::Stale,
        Self::TooEarly,
        Self::TooLate,
        Self::Again,
        Self::OutOfTurn,
        Self::NoSuchParty,
        Self::Ordinal,
        Self::DueTime,
        Self::Recipients,
        Self::Inspection,
        Self::NoWords,
        Self::LeavesDiffer,
        Self::CommitmentDiffers,
        Self::HeaderDiffers,
        Self::BodyDiffers,
        Self::OpeningDiffers,
        Self::SealRecord,
        Self::SealedDiffers,
        Self::Refuted,
        Self::OverdueMissing,
        Self::SizeDiffers,
        Self::BeforeItsTime,
        Self::NotInTable,
        Self::Outage,
        Self::MoreTime,
        Self::Beyond,
        Self::NothingConcerned,
        Self::SeenDiffers,
        Self::PartyAlready,
        Self::NoMeeting,
        Self::CopyNumbers,
    ];

    /// The fault's number, for ever.
    pub fn code(self) -> u16 {
        let place = Self::ALL.iter().position(|fault| *fault == self);
        place
            .and_then(|place| u16::try_from(place + 1).ok())
            .unwrap_or(0)
    }

    /// The fault with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    const fn log_words(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::FileDigest => ("文件摘要不符", "the file was changed"),
            Self::NoRoot => (
                "没有可信的根，无从锚定",
                "nothing anchors it: no root is given",
            ),
            Self::AnotherOrigin => (
                "不是信任根所指的交换中心",
                "of another exchange than the root's",
            ),
            Self::AnotherGenesis => ("创世条目与信任根不符", "of another genesis than the root's"),
            Self::Unreadable => ("无法读取", "it cannot be read"),
            Self::UnknownVersion => ("版本未知", "of an unknown version"),
            Self::UnknownRosterKind => {
                ("名册陈述种类未知", "a roster statement of an unknown kind")
            }
            Self::RosterRefuses => ("名册不接受该陈述", "the roster refuses the statement"),
            Self::AnotherRoster => ("名册有缺漏或增添", "the roster statements are not complete"),
            Self::UnknownRoster => ("所依据的名册不存在", "it relies on a roster that never was"),
            Self::NoExchangeKeys => (
                "名册没有交换中心的密钥",
                "the exchange has no certified keys",
            ),
            Self::Note => ("检查点签名无效", "the checkpoint's note does not stand"),
            Self::UnknownLines => ("检查点含无法核对的行", "the note has lines of unknown keys"),
            Self::Proof => (
                "包含证明不成立",
                "the proof does not lead to the checkpoint",
            ),
            Self::IndexOrder => ("序号未递增", "indexes do not rise"),
            Self::TimeGoesBack => ("时间倒退", "the time goes back"),
            Self::TimeAhead => ("陈述时间超前", "the statement's time is ahead of its entry"),
            Self::SeenTooLarge => (
                "声称见过尚不存在的检查点",
                "it has seen what was not yet there",
            ),
            Self::SplitView => ("同一大小出现两个根", "two roots were shown for one size"),
            Self::AnotherDocument => ("属于另一公文", "of another document"),
            Self::AnotherSize => ("与检查点大小不同", "of another size than the checkpoint"),
            Self::EntryMissing => ("缺少清单所列条目", "an entry of the list is missing"),
            Self::EntryExtra => ("多出清单未列条目", "an entry is not on the list"),
            Self::NoParty => (
                "清单的读者不是当事单位",
                "the list is for a unit that is no party",
            ),
            Self::AnotherInstallation => ("属于另一系统", "made for another installation"),
            Self::WrongPurpose => ("用途不符", "signed for another purpose"),
            Self::Repeated => ("标识重复", "said twice under one id"),
            Self::Allotted => ("编号分配不符", "a number is allotted where none belongs"),
            _ => return None,
        })
    }

    const fn party_words(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Signature => ("签名无效", "a signature does not stand"),
            Self::Unnamed => (
                "签署者不明",
                "not by an account on a computer as it must be",
            ),
            Self::Unit => ("单位未知或已撤销", "the unit is unknown or closed"),
            Self::Account => (
                "账号未知、锁定或注销",
                "the account is unknown, locked or closed",
            ),
            Self::Device => ("终端未知或已停用", "the computer is unknown or withdrawn"),
            Self::NotOnThisDevice => ("不得在该终端使用", "not bound to this computer"),
            Self::NotEnrolled => ("尚未登记密钥", "account or computer has no keys yet"),
            Self::Role => ("没有相应角色", "the account lacks the role"),
            Self::Seal => (
                "印章未知、停用或注销",
                "the seal is unknown, suspended or revoked",
            ),
            Self::SealExpired => ("印章不在有效期内", "the seal was not valid at that time"),
            Self::NotTheCustodian => ("不是印章保管人", "not the seal's custodian"),
            Self::AnotherUnit => ("与该单位无关", "by a unit that has no part in it"),
            _ => return None,
        })
    }

    const fn document_words(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Absent => ("缺少所依据的数据", "what it rests on is not there"),
            Self::Surplus => (
                "含无条目引用的数据",
                "something is attached that no entry names",
            ),
            Self::AttachmentsDiffer => ("附属数据与陈述不符", "the entry attaches something else"),
            Self::Manifest => ("清单不合规", "the manifest is not as it must be"),
            Self::Level => ("该密级不得传输", "the level may not be transmitted"),
            Self::WrapsDiffer => ("密钥封装不符", "the wraps are not those that were signed"),
            Self::SamePerson => (
                "拟稿与审批为同一人",
                "approver and submitter are one person",
            ),
            Self::Stale => (
                "与此前陈述不衔接",
                "it does not rest on the statements before it",
            ),
            Self::TooEarly => ("前置环节缺失", "something that comes before it is missing"),
            Self::TooLate => ("当前状态已不允许", "it is too late for that"),
            Self::Again => ("已经办理", "it has happened already"),
            Self::OutOfTurn => ("尚未轮到", "another issuer's seal comes first"),
            Self::NoSuchParty => ("不是该公文的当事单位", "no party of the document"),
            Self::Ordinal => ("用印次序不符", "the seal has another issuer's number"),
            Self::DueTime => (
                "时限与规定不符",
                "the due times are not those of the policy",
            ),
            Self::Recipients => ("收文单位不符", "not the recipients of the manifest"),
            Self::Inspection => ("查验不合要求", "the inspection is not as it must be"),
            Self::NoWords => ("该原因须附文字", "a reason that needs words has none"),
            Self::LeavesDiffer => ("分段清单不符", "the leaf list is not the one signed"),
            Self::CommitmentDiffers => ("密钥与承诺不符", "the key breaks its commitment"),
            Self::HeaderDiffers => ("内外层不一致", "header and manifest disagree"),
            Self::BodyDiffers => (
                "正文与签署的不符",
                "the body is not the one that was signed",
            ),
            Self::OpeningDiffers => ("开启证明不成立", "the receipt proves no opening"),
            Self::SealRecord => ("用印记录不符", "the seal record is not its seal's"),
            Self::SealedDiffers => (
                "用印内容与批准的不符",
                "what was sealed is not what was approved",
            ),
            _ => return None,
        })
    }

    const fn later_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Refuted => (
                "超时记录被序号更小的签收或退回推翻",
                "an answer with a smaller index refutes it",
            ),
            Self::OverdueMissing => (
                "此前已到期而没有超时记录",
                "it fell due before, and no overdue entry says so",
            ),
            Self::SizeDiffers => (
                "所述日志大小不是本条序号",
                "the size that it names is not its index",
            ),
            Self::BeforeItsTime => ("未到时限", "its time had not come"),
            Self::NotInTable => ("不在催办表中", "not a step of the table of reminders"),
            Self::Outage => ("中断时段与其时限无关", "the outage is none of its time"),
            Self::MoreTime => (
                "延期时间不合规定",
                "not a time that may be asked for or given",
            ),
            Self::Beyond => ("数目超出允许范围", "a number beyond what is allowed"),
            Self::NothingConcerned => ("不涉及任何送达件", "it concerns no delivery"),
            Self::SeenDiffers => ("所见情况与当时记录不符", "what was seen is not what stood"),
            Self::PartyAlready => ("已是当事单位", "a unit that has a part in it already"),
            Self::NoMeeting => ("不是会议通知", "not a meeting notice"),
            Self::CopyNumbers => ("份号与应编的不符", "copy numbers other than those due"),
            _ => ("", ""),
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        if let Some(words) = self.log_words() {
            return words;
        }
        if let Some(words) = self.party_words() {
            return words;
        }
        if let Some(words) = self.document_words() {
            return words;
        }
        self.later_words()
    }

    /// The fault in Chinese.
    pub const fn zh(self) -> &'static str {
        self.words().0
    }

    /// The fault in English.
    pub const fn en(self) -> &'static str {
        self.words().1
    }
}

impl From<NoStanding> for Fault {
    fn from(why: NoStanding) -> Self {
        match why {
            NoStanding::Unit => Self::Unit,
            NoStanding::Account => Self::Account,
            NoStanding::Device => Self::Device,
            NoStanding::NotOnThisDevice => Self::NotOnThisDevice,
            NoStanding::NotEnrolled => Self::NotEnrolled,
            NoStanding::Role(_) => Self::Role,
            NoStanding::Seal | NoStanding::SealAwaits => Self::Seal,
            NoStanding::SealExpired => Self::SealExpired,
            NoStanding::NotTheCustodian => Self::NotTheCustodian,
            _ => Self::Unnamed,
        }
    }
}

impl From<Misstep> for Fault {
    fn from(why: Misstep) -> Self {
        let (Misstep::Document { cause, .. } | Misstep::Delivery { cause, .. }) = why else {
            return Self::NoSuchParty;
        };
        match cause {
            Cause::TooEarly => Self::TooEarly,
            Cause::OutOfTurn => Self::OutOfTurn,
            Cause::Repeated => Self::Again,
            Cause::NoSuchIssuer => Self::NoSuchParty,
            _ => Self::TooLate,
        }
    }
}

impl From<NotThisBody> for Fault {
    fn from(why: NotThisBody) -> Self {
        match why {
            NotThisBody::Purpose { .. } => Self::WrongPurpose,
            NotThisBody::UnknownVersion { .. } => Self::UnknownVersion,
            _ => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_number_and_words() {
        for (place, fault) in (1..).zip(Fault::ALL) {
            assert_eq!(fault.code(), place, "{fault:?}");
            assert_eq!(Fault::from_code(place), Some(fault));
            assert!(
                !fault.zh().is_empty() && !fault.en().is_empty(),
                "{fault:?}"
            );
        }
        for unknown in [0, 79, u16::MAX] {
            assert_eq!(Fault::from_code(unknown), None, "{unknown}");
        }
    }
}
