//! The statements that change the roster.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::duty::{Legacy, RootSet};
use super::record::{AccountKeys, DeviceKeys, EncryptionKey, EpochShare, Kind, Record, UnitKey};
use crate::cbor::Unreadable;
use crate::key::PublicKey;
use crate::signed::{Body, Signed};
use crate::statement::AttachmentRef;
use crate::{AccountId, Digest, SealId, TicketId, Timestamp, UnitCode, cbor};

/// What an act was, as a code for the reader: code, Chinese and English words. The fold does not
/// look at it; a code that a reader does not know is shown as it is.
pub const ACTS: [(u16, &str, &str); 28] = [
    (ACT_POLICY_SET, "设定规则", "policy set"),
    (ACT_OFFICER_CERTIFIED, "核定签发人", "officer certified"),
    (
        ACT_EXCHANGE_CERTIFIED,
        "核定交换中心密钥",
        "exchange certified",
    ),
    (ACT_PLAN_CARRIED_OUT, "批量登记", "plan carried out"),
    (ACT_QUORUM_SET, "设定会签规则", "m-of-n rule set"),
    (ACT_ESCROW_SET, "设定托管密钥", "escrow key set"),
    (ACT_KEY_RECOVERED, "恢复单位密钥", "unit key recovered"),
    (ACT_RECOVERY_TRIED, "演练密钥恢复", "key recovery tried"),
    (
        ACT_TIME_SET,
        "确认或校正时间",
        "time confirmed or corrected",
    ),
    (ACT_UNIT_OPENED, "开通单位", "unit opened"),
    (ACT_UNIT_RENAMED, "单位更名", "unit renamed"),
    (ACT_UNIT_CLOSED, "停用单位", "unit closed"),
    (ACT_UNIT_MERGED, "合并单位", "unit merged"),
    (ACT_UNIT_SPLIT, "拆分单位", "unit split"),
    (ACT_ACCOUNT_OPENED, "开通帐号", "account opened"),
    (ACT_ACCOUNT_CHANGED, "变更帐号", "account changed"),
    (ACT_ACCOUNT_LOCKED, "锁定帐号", "account locked"),
    (ACT_ACCOUNT_CLOSED, "注销帐号", "account closed"),
    (ACT_ACCOUNT_UNLOCKED, "解锁帐号", "account unlocked"),
    (ACT_PERSON_ENTERED, "登记人员", "person entered"),
    (ACT_DEVICE_ENROLLED, "登记计算机", "computer enrolled"),
    (ACT_DEVICE_WITHDRAWN, "停用计算机", "computer withdrawn"),
    (ACT_TICKET_ISSUED, "发放登记凭证", "ticket issued"),
    (ACT_SEAL_ISSUED, "制发印章", "seal issued"),
    (ACT_SEAL_SUSPENDED, "暂停印章", "seal suspended"),
    (ACT_SEAL_RESUMED, "恢复印章", "seal resumed"),
    (ACT_SEAL_REVOKED, "注销印章", "seal revoked"),
    (ACT_SEAL_REPLACED, "更换印章", "seal replaced"),
];

/// The policy was set.
pub const ACT_POLICY_SET: u16 = 1;
/// An officer was certified, suspended or closed, by the root.
pub const ACT_OFFICER_CERTIFIED: u16 = 2;
/// The exchange's keys were certified, by the root.
pub const ACT_EXCHANGE_CERTIFIED: u16 = 3;
/// Units, computers, accounts and tickets were put together, as a plan names them.
pub const ACT_PLAN_CARRIED_OUT: u16 = 4;
/// The m-of-n rule of the officers was set, by the root.
pub const ACT_QUORUM_SET: u16 = 5;
/// The authority's escrow key was set, by the root.
pub const ACT_ESCROW_SET: u16 = 6;
/// The authority's half of a unit's seed was handed out: the unit's key was lost.
pub const ACT_KEY_RECOVERED: u16 = 7;
/// The same, to try that it opens.
pub const ACT_RECOVERY_TRIED: u16 = 8;
/// The exchange's time was confirmed or corrected.
pub const ACT_TIME_SET: u16 = 9;
/// A unit was opened.
pub const ACT_UNIT_OPENED: u16 = 10;
/// A unit was renamed, or moved in the hierarchy.
pub const ACT_UNIT_RENAMED: u16 = 11;
/// A unit was closed.
pub const ACT_UNIT_CLOSED: u16 = 12;
/// A unit was merged into another one, its successor.
pub const ACT_UNIT_MERGED: u16 = 13;
/// A unit was split into others, one of which is its successor.
pub const ACT_UNIT_SPLIT: u16 = 14;
/// An account was opened.
pub const ACT_ACCOUNT_OPENED: u16 = 20;
/// An account's roles, post or computers were changed.
pub const ACT_ACCOUNT_CHANGED: u16 = 21;
/// An account was locked.
pub const ACT_ACCOUNT_LOCKED: u16 = 22;
/// An account was closed.
pub const ACT_ACCOUNT_CLOSED: u16 = 23;
/// A locked account was unlocked.
pub const ACT_ACCOUNT_UNLOCKED: u16 = 24;
/// A person's name and telephones were entered.
pub const ACT_PERSON_ENTERED: u16 = 25;
/// A computer was registered.
pub const ACT_DEVICE_ENROLLED: u16 = 30;
/// A computer was withdrawn.
pub const ACT_DEVICE_WITHDRAWN: u16 = 31;
/// A ticket was issued.
pub const ACT_TICKET_ISSUED: u16 = 40;
/// A seal was issued (Art. 12).
pub const ACT_SEAL_ISSUED: u16 = 50;
/// A seal was suspended.
pub const ACT_SEAL_SUSPENDED: u16 = 51;
/// A seal was resumed.
pub const ACT_SEAL_RESUMED: u16 = 52;
/// A seal was revoked.
pub const ACT_SEAL_REVOKED: u16 = 53;
/// A seal's key, picture or custodian was replaced.
pub const ACT_SEAL_REPLACED: u16 = 54;

/// Entry 0: who may speak for the authority. Its digest is the identity of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Genesis {
    /// The root set.
    #[n(0)]
    pub roots: Vec<PublicKey>,
    /// How many of them must sign.
    #[n(1)]
    pub threshold: u8,
    /// The [`RootSet::digest`] of the next root set, which is not revealed.
    #[n(2)]
    pub next: Digest,
}

impl Genesis {
    /// The root set.
    pub fn set(&self) -> RootSet {
        RootSet {
            keys: self.roots.clone(),
            threshold: self.threshold,
        }
    }
}

impl Body for Genesis {
    const PURPOSE: &'static str = "yichuan/genesis/1";
}

/// An act of the authority: whole records, put in place of what stood there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuthorityAct {
    /// From 1, without gaps.
    #[n(0)]
    pub sequence: u64,
    /// The statement digest of the act before it; of the genesis for the first.
    #[n(1)]
    pub previous: Digest,
    /// What was done, as a code for the reader: one of [`ACTS`].
    #[n(2)]
    pub act: u16,
    /// The records.
    #[n(3)]
    pub changes: Vec<Change>,
    /// Pictures and other files that the records name.
    #[n(4)]
    pub attachments: Vec<AttachmentRef>,
}

impl Body for AuthorityAct {
    const PURPOSE: &'static str = "yichuan/roster/1";
}

/// The root hands over to the set that it had committed to (protocol rule 1); an act as to its
/// number. Signed by enough of the present set and enough of the next.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RootSuccession {
    /// The number of the act.
    #[n(0)]
    pub sequence: u64,
    /// The statement digest of the act before it.
    #[n(1)]
    pub previous: Digest,
    /// The successor, which is revealed here.
    #[n(2)]
    pub set: RootSet,
    /// The [`RootSet::digest`] of the set after that one.
    #[n(3)]
    pub next: Digest,
}

impl Body for RootSuccession {
    const PURPOSE: &'static str = "yichuan/root-succession/1";
}

/// One record put.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Change {
    /// The kind.
    #[n(0)]
    pub kind: Kind,
    /// The id within the kind.
    #[n(1)]
    pub id: String,
    /// The record, canonical CBOR of its own.
    #[n(2)]
    pub record: ByteVec,
}

impl Change {
    /// Puts `record` under `id`.
    pub fn put<R: Record>(id: &str, record: &R) -> Self {
        Self {
            kind: R::KIND,
            id: id.to_owned(),
            record: cbor::to_vec(record).into(),
        }
    }
}

/// A ticket's holder enrols the keys of an account and of a computer (protocol rule 12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// The ticket.
    #[n(0)]
    pub ticket: TicketId,
    /// The account's keys.
    #[n(1)]
    pub account: AccountKeys,
    /// The computer's keys; those it has where it was enrolled before.
    #[n(2)]
    pub device: DeviceKeys,
}

impl Body for Enrolment {
    const PURPOSE: &'static str = "yichuan/enrolment/1";
}

/// A manager makes a new epoch of the unit's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewUnitKey {
    /// The unit.
    #[n(0)]
    pub unit: UnitCode,
    /// The new key.
    #[n(1)]
    pub key: UnitKey,
    /// The manager's own share.
    #[n(2)]
    pub share: EpochShare,
    /// Why the key before it may not be used any longer.
    #[n(3)]
    pub cause: Option<KeyCause>,
}

/// Why a replaced key ends at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum KeyCause {
    /// Somebody else may have it.
    #[n(1)]
    Compromised,
}

impl Body for NewUnitKey {
    const PURPOSE: &'static str = "yichuan/unit-key/1";
}

/// An account that can open the unit's key closes it for another account of the unit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewShare {
    /// The account that receives it.
    #[n(0)]
    pub account: AccountId,
    /// The share.
    #[n(1)]
    pub share: EpochShare,
}

impl Body for NewShare {
    const PURPOSE: &'static str = "yichuan/key-share/1";
}

/// A custodian takes a seal over and into use on a bound computer (Art. 13 and 14); signed with
/// the seal's own key as well.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealActivation {
    /// The seal.
    #[n(0)]
    pub seal: SealId,
    /// The picture that the custodian was shown.
    #[n(1)]
    pub picture: Digest,
}

impl Body for SealActivation {
    const PURPOSE: &'static str = "yichuan/seal-activation/1";
}

/// An approver has another account of the unit stand in, from one time to another. Given again
/// with an end that is past, it ends.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Delegate {
    /// The account that stands in.
    #[n(0)]
    pub to: AccountId,
    /// Not before this instant.
    #[n(1)]
    pub from: Timestamp,
    /// Not after this instant.
    #[n(2)]
    pub until: Timestamp,
}

impl Body for Delegate {
    const PURPOSE: &'static str = "yichuan/delegation/1";
}

/// A manager leaves the unit's seeds to the unit that takes over its work; given again, it takes
/// the place of the last one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bequest {
    /// The unit.
    #[n(0)]
    pub unit: UnitCode,
    /// What it leaves, and to whom.
    #[n(1)]
    pub legacy: Legacy,
}

impl Body for Bequest {
    const PURPOSE: &'static str = "yichuan/bequest/1";
}

/// The longest time for which an account stands in: 92 days.
pub const DELEGATION_MS_MAX: u64 = 92 * 86_400_000;

/// The longest bytes of an X-Wing public key, and the only length of suite 1.
pub const XWING_PUBLIC_BYTES: usize = 1_216;

impl EncryptionKey {
    /// The key's name: SHA-256 over suite and bytes.
    pub fn id(&self) -> Digest {
        Digest::of(&cbor::to_vec(self))
    }
}

/// A statement of the authority as a file: what travels from the signing machine.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ActFile {
    /// The signed statement.
    #[n(0)]
    pub statement: ByteVec,
    /// Pictures and other files that its records name.
    #[n(1)]
    pub attachments: Vec<ByteVec>,
}

/// The most bytes of a file of the authority.
pub const ACT_FILE_BYTES_MAX: usize = 4 << 20;

impl ActFile {
    /// Puts a statement and what belongs to it into a file.
    pub fn new(signed: &Signed, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            statement: signed.to_bytes().into(),
            attachments: attachments.into_iter().map(ByteVec::from).collect(),
        }
    }

    /// Reads the statement and what belongs to it; nothing is verified yet.
    pub fn read(bytes: &[u8]) -> Result<(Signed, Vec<Vec<u8>>), Unreadable> {
        let file: Self = cbor::read(bytes, ACT_FILE_BYTES_MAX)?;
        let signed = Signed::read(&file.statement)?;
        Ok((
            signed,
            file.attachments.into_iter().map(Vec::from).collect(),
        ))
    }
}
