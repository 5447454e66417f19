//! The codes of refusals. `proto/error-codes.md` lists them for people.

use core::fmt;

use minicbor::{Decode, Encode};

/// A code on the wire. A code of a later release is carried as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ErrorCode(#[n(0)] u16);

/// A code with its words.
struct Row {
    code: ErrorCode,
    zh: &'static str,
    en: &'static str,
}

const fn row(code: ErrorCode, zh: &'static str, en: &'static str) -> Row {
    Row { code, zh, en }
}

impl ErrorCode {
    // 1xx: the message itself.
    /// Not a message of this protocol.
    pub const MALFORMED: Self = Self(101);
    /// A version that the exchange does not speak.
    pub const VERSION: Self = Self(102);
    /// Longer than allowed.
    pub const TOO_LARGE: Self = Self(103);
    /// Said out of order.
    pub const OUT_OF_ORDER: Self = Self(104);
    // 2xx: who is asking.
    /// The computer is not enrolled.
    pub const DEVICE: Self = Self(201);
    /// No session is open.
    pub const NO_SESSION: Self = Self(202);
    /// The clock differs too much.
    pub const CLOCK: Self = Self(203);
    /// A signature does not stand.
    pub const SIGNATURE: Self = Self(204);
    /// The account may not do this.
    pub const NOT_ALLOWED: Self = Self(205);
    /// Of another exchange or installation.
    pub const INSTALLATION: Self = Self(206);
    /// Made on a roster that the log never had.
    pub const ROSTER: Self = Self(207);
    /// The ticket is unknown, used, expired or for another.
    pub const TICKET: Self = Self(208);
    /// The authority's act does not follow.
    pub const ACT: Self = Self(209);
    /// Approver and submitter are one person.
    pub const FOUR_EYES: Self = Self(210);
    /// The seal may not be used so.
    pub const SEAL: Self = Self(211);
    /// The password is not the one that the exchange knows.
    pub const PASSWORD: Self = Self(212);
    /// No password is known yet.
    pub const PASSWORD_UNSET: Self = Self(213);
    /// The password is too old.
    pub const PASSWORD_EXPIRED: Self = Self(214);
    /// The exchange's own keys are changed while it is stopped.
    pub const EXCHANGE_KEYS: Self = Self(215);
    /// Fewer officers or roots than the m-of-n rule asks for.
    pub const QUORUM: Self = Self(216);
    /// The session has ended by its age, or because nobody used it.
    pub const SESSION_OVER: Self = Self(217);
    /// The account has signed in on another computer since.
    pub const SESSION_ELSEWHERE: Self = Self(218);
    // 3xx: the document.
    /// The level may not be transmitted.
    pub const LEVEL: Self = Self(301);
    /// The manifest does not fit.
    pub const MANIFEST: Self = Self(302);
    /// A recipient is unknown.
    pub const UNKNOWN_UNIT: Self = Self(303);
    /// A recipient is closed.
    pub const CLOSED_UNIT: Self = Self(304);
    /// A recipient has no key yet.
    pub const NO_UNIT_KEY: Self = Self(305);
    /// The wraps do not fit manifest or roster.
    pub const WRAPS: Self = Self(306);
    /// The body is not there in full.
    pub const BODY_MISSING: Self = Self(307);
    /// A segment or a leaf list does not fit.
    pub const BODY_WRONG: Self = Self(308);
    /// The same id with other content.
    pub const ID_TAKEN: Self = Self(309);
    /// No such document, or not for this unit.
    pub const UNKNOWN_DOCUMENT: Self = Self(310);
    /// An attachment is missing or does not fit.
    pub const ATTACHMENT: Self = Self(311);
    /// The document that it replaces does not fit.
    pub const REPLACES: Self = Self(312);
    /// Units of two worlds: practice and real.
    pub const WORLD: Self = Self(313);
    /// The account may not open documents of this level.
    pub const NEED_TO_KNOW: Self = Self(314);
    /// An answer of a lower level than what it answers.
    pub const ANSWER: Self = Self(315);
    // 4xx: its life.
    /// Not possible in the present state.
    pub const STATE: Self = Self(401);
    /// Something happened that the asking side had not seen.
    pub const STALE: Self = Self(402);
    /// A mandatory check is missing or did not pass.
    pub const INSPECTION: Self = Self(403);
    /// The wrap is released only after a fetch.
    pub const NOT_FETCHED: Self = Self(404);
    /// The document has a register number.
    pub const NUMBERED: Self = Self(405);
    /// More originals than may be printed.
    pub const QUOTA: Self = Self(406);
    /// The head of the department has not consented to printing or deleting.
    pub const NO_CONSENT: Self = Self(407);
    /// The unit has deleted the document.
    pub const DELETED: Self = Self(408);
    /// The sender asked for it back because its level does not fit.
    pub const REGRADED: Self = Self(409);
    // 5xx: the exchange.
    /// Too busy.
    pub const BUSY: Self = Self(501);
    /// No space on its disk.
    pub const NO_SPACE: Self = Self(502);
    /// Its store fails.
    pub const STORE: Self = Self(503);
    /// It is stopping.
    pub const STOPPING: Self = Self(504);
    /// Its clock is not to be trusted.
    pub const HOLDING: Self = Self(505);
    // 6xx: the token, told by a unit's own program and never on the wire.
    /// A token's library cannot be used.
    pub const TOKEN_LIBRARY: Self = Self(601);
    /// The token is in no slot, or several could be meant.
    pub const TOKEN_NOT_THERE: Self = Self(602);
    /// The token was taken out while it was used.
    pub const TOKEN_REMOVED: Self = Self(603);
    /// The token's PIN is wrong, or was not given.
    pub const TOKEN_PIN: Self = Self(604);
    /// The token's PIN is locked.
    pub const TOKEN_LOCKED: Self = Self(605);
    /// The token cannot make or guard such a key.
    pub const TOKEN_UNFIT: Self = Self(606);
    /// The key on the token is missing, or another one.
    pub const TOKEN_KEY: Self = Self(607);
    /// The token failed.
    pub const TOKEN_DEVICE: Self = Self(608);

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// A code from its number.
    pub const fn from_number(number: u16) -> Self {
        Self(number)
    }

    /// Every code of this release, rising.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.code)
    }

    /// What it means, in Chinese.
    pub fn zh(self) -> &'static str {
        ROWS.iter()
            .find(|row| row.code == self)
            .map_or("未知的错误代码", |row| row.zh)
    }

    /// What it means, in English.
    pub fn en(self) -> &'static str {
        ROWS.iter()
            .find(|row| row.code == self)
            .map_or("an unknown code", |row| row.en)
    }
}

const ROWS: &[Row] = &[
    row(
        ErrorCode::MALFORMED,
        "报文格式不正确",
        "not a message of this protocol",
    ),
    row(
        ErrorCode::VERSION,
        "协议版本不受支持",
        "a version that the exchange does not speak",
    ),
    row(ErrorCode::TOO_LARGE, "超过大小限制", "larger than allowed"),
    row(
        ErrorCode::OUT_OF_ORDER,
        "报文次序不正确",
        "said out of order",
    ),
    row(
        ErrorCode::DEVICE,
        "本机未登记或已停用",
        "this computer is not enrolled",
    ),
    row(ErrorCode::NO_SESSION, "尚未登录", "no session is open"),
    row(
        ErrorCode::CLOCK,
        "本机时钟偏差过大",
        "the clock differs too much",
    ),
    row(
        ErrorCode::SIGNATURE,
        "签名验证未通过",
        "a signature does not stand",
    ),
    row(
        ErrorCode::NOT_ALLOWED,
        "该帐号无此权限",
        "the account may not do this",
    ),
    row(
        ErrorCode::INSTALLATION,
        "不属于本系统",
        "made for another installation",
    ),
    row(
        ErrorCode::ROSTER,
        "名册状态不一致",
        "the roster relied on is not this log's",
    ),
    row(
        ErrorCode::TICKET,
        "登记凭证无效",
        "the enrolment ticket is not valid",
    ),
    row(
        ErrorCode::ACT,
        "名册变更不能接续",
        "the authority's act does not follow",
    ),
    row(
        ErrorCode::FOUR_EYES,
        "录入人不得审批本人录入的公文",
        "the approver entered the document",
    ),
    row(ErrorCode::SEAL, "印章不可用", "the seal may not be used so"),
    row(
        ErrorCode::PASSWORD,
        "口令已在别处更改",
        "the password was changed elsewhere",
    ),
    row(
        ErrorCode::PASSWORD_UNSET,
        "尚未登记口令",
        "no password is known yet",
    ),
    row(
        ErrorCode::PASSWORD_EXPIRED,
        "口令已过期，只能更改口令",
        "the password is too old; it can only be changed",
    ),
    row(
        ErrorCode::EXCHANGE_KEYS,
        "交换中心密钥须停机更换",
        "the exchange's keys are changed while it is stopped",
    ),
    row(
        ErrorCode::QUORUM,
        "会签人数不足",
        "too few have signed together",
    ),
    row(
        ErrorCode::SESSION_OVER,
        "会话已结束，请重新登录",
        "the session has ended",
    ),
    row(
        ErrorCode::SESSION_ELSEWHERE,
        "该帐号已在另一台计算机登录",
        "the account has signed in on another computer",
    ),
    row(
        ErrorCode::LEVEL,
        "该密级的公文禁止传输",
        "the level may not be transmitted",
    ),
    row(
        ErrorCode::MANIFEST,
        "公文要素不正确",
        "the manifest does not fit",
    ),
    row(
        ErrorCode::UNKNOWN_UNIT,
        "收文单位不存在",
        "a recipient is unknown",
    ),
    row(
        ErrorCode::CLOSED_UNIT,
        "收文单位已停用",
        "a recipient is closed",
    ),
    row(
        ErrorCode::NO_UNIT_KEY,
        "收文单位尚无加密密钥",
        "a recipient has no key yet",
    ),
    row(
        ErrorCode::WRAPS,
        "密钥封装不正确",
        "the key wraps do not fit",
    ),
    row(
        ErrorCode::BODY_MISSING,
        "公文正文尚未上传完整",
        "the body is not there in full",
    ),
    row(
        ErrorCode::BODY_WRONG,
        "公文正文数据不一致",
        "the body does not fit its digest",
    ),
    row(
        ErrorCode::ID_TAKEN,
        "标识已被不同内容占用",
        "the same id with other content",
    ),
    row(
        ErrorCode::UNKNOWN_DOCUMENT,
        "没有这份公文",
        "no such document for this unit",
    ),
    row(
        ErrorCode::ATTACHMENT,
        "附带数据缺失或不一致",
        "an attachment is missing or wrong",
    ),
    row(
        ErrorCode::REPLACES,
        "被替代的公文不正确",
        "the document it replaces does not fit",
    ),
    row(
        ErrorCode::WORLD,
        "演练单位与正式单位之间不得传输",
        "between a unit for practice and a real one",
    ),
    row(
        ErrorCode::NEED_TO_KNOW,
        "该帐号无权打开此公文",
        "the account may not open this document",
    ),
    row(
        ErrorCode::ANSWER,
        "复文的密级低于来文",
        "the answer's level is lower than that of what it answers",
    ),
    row(
        ErrorCode::STATE,
        "当前状态不允许此操作",
        "not possible in the present state",
    ),
    row(
        ErrorCode::STALE,
        "情况已有变化，请重新查看",
        "something has changed; look again",
    ),
    row(
        ErrorCode::INSPECTION,
        "必查项目未通过",
        "a mandatory check is missing or failed",
    ),
    row(
        ErrorCode::NOT_FETCHED,
        "尚未登记取件",
        "the document was not fetched",
    ),
    row(
        ErrorCode::NUMBERED,
        "该公文已有登记号",
        "the document has its register number",
    ),
    row(
        ErrorCode::QUOTA,
        "超出可打印的正本份数",
        "more originals than may be printed",
    ),
    row(
        ErrorCode::NO_CONSENT,
        "未经负责人审批",
        "the head of the department has not consented",
    ),
    row(
        ErrorCode::DELETED,
        "本单位已删除该公文",
        "the unit has deleted the document",
    ),
    row(
        ErrorCode::REGRADED,
        "密级不符，已停止使用",
        "its level does not fit; it is opened no more",
    ),
    row(ErrorCode::BUSY, "系统繁忙", "the exchange is busy"),
    row(
        ErrorCode::NO_SPACE,
        "交换中心存储空间不足",
        "the exchange has no space",
    ),
    row(
        ErrorCode::STORE,
        "交换中心存储故障",
        "the exchange's store fails",
    ),
    row(
        ErrorCode::STOPPING,
        "交换中心正在停止",
        "the exchange is stopping",
    ),
    row(
        ErrorCode::HOLDING,
        "交换中心时钟待确认",
        "the exchange's clock is not trusted",
    ),
    row(
        ErrorCode::TOKEN_LIBRARY,
        "加密狗的 PKCS#11 库不可用",
        "the token's library cannot be used",
    ),
    row(
        ErrorCode::TOKEN_NOT_THERE,
        "找不到加密狗",
        "the token is not there",
    ),
    row(
        ErrorCode::TOKEN_REMOVED,
        "使用中加密狗被拔出",
        "the token was removed while it was used",
    ),
    row(
        ErrorCode::TOKEN_PIN,
        "加密狗 PIN 不正确",
        "the token's PIN is wrong",
    ),
    row(
        ErrorCode::TOKEN_LOCKED,
        "加密狗 PIN 已锁定",
        "the token's PIN is locked",
    ),
    row(
        ErrorCode::TOKEN_UNFIT,
        "该加密狗不适用",
        "the token is not fit for this",
    ),
    row(
        ErrorCode::TOKEN_KEY,
        "加密狗上的密钥缺失或不符",
        "the key on the token is missing or another one",
    ),
    row(ErrorCode::TOKEN_DEVICE, "加密狗故障", "the token failed"),
];

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "YC-{:04}", self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_and_have_words() {
        let codes: Vec<_> = ErrorCode::all().collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        for code in codes {
            assert!(!code.zh().is_empty() && !code.en().is_empty(), "{code}");
        }
        assert_eq!(ErrorCode::from_number(9_999).en(), "an unknown code");
        assert_eq!(ErrorCode::LEVEL.to_string(), "YC-0301");
    }
}
