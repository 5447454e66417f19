//! OA systems that ask the desk with a token: what each may do for which account, until when, and
//! what it did (decision 0023).
//!
//! A token opens no key: it is honoured only where the account's keystore is open. What is on the
//! disk of it is its digest, and nobody who can only write to the disk makes one.

mod log;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::Rng as _;
use sha2::Sha256;
use yichuan_document::roster::record::Role;
use yichuan_document::{AccountId, Digest, Timestamp, cbor, is_invisible};
use zeroize::Zeroizing;

use crate::home::read_at_most;
use crate::lang::say;
use crate::unix;

pub use log::{Line, note, read as read_log};

/// What every token begins with, so that one that went astray is known for what it is.
pub const TOKEN_PREFIX: &str = "yc-oa-";
/// The most tokens of a home.
pub const TOKENS_MAX: usize = 32;
/// The longest time that a token is good for, in days.
pub const DAYS_MAX: u32 = 366;
/// The most characters of an OA system's name.
pub const SYSTEM_CHARS_MAX: usize = 40;
/// The random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// The version of a record.
const VERSION: u16 = 1;
/// The most bytes of a record.
const RECORD_BYTES_MAX: u64 = 4 << 10;
/// The digits of an id.
const ID_DIGITS: usize = 16;
/// A day, in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// Something that an OA system may be permitted. To approve, to seal, to recall and to print are
/// not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Enters a finished document and submits it.
    Submit,
    /// Follows what its account submitted.
    State,
    /// Fetches what came, and reads it.
    Fetch,
    /// Signs for what passed its inspection.
    Sign,
    /// Returns what did not.
    Return,
    /// Hands a register number back, or has one allotted.
    Register,
}

impl Act {
    /// Every act with its code, its Chinese and its English words.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 6] = [
        (Self::Submit, "submit", "提交公文", "submit documents"),
        (Self::State, "state", "查询状态", "follow their state"),
        (Self::Fetch, "fetch", "取件", "fetch what came"),
        (Self::Sign, "sign", "签收", "sign for it"),
        (Self::Return, "return", "退回", "return it"),
        (
            Self::Register,
            "register",
            "交回登记号",
            "hand register numbers back",
        ),
    ];

    fn row(self) -> (Self, &'static str, &'static str, &'static str) {
        let mut rows = Self::ALL.into_iter();
        let found = rows.find(|row| row.0 == self);
        found.expect("the list has every act")
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        self.row().1
    }

    /// Its words.
    pub fn words(self) -> (&'static str, &'static str) {
        let row = self.row();
        (row.2, row.3)
    }

    /// The act with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        let mut rows = Self::ALL.into_iter();
        rows.find(|row| row.1 == code).map(|row| row.0)
    }

    /// The roles of which an account must have one, so that nobody gives more than he has (G5).
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Submit | Self::State => &[Role::Send],
            Self::Fetch | Self::Sign | Self::Return => &[Role::Receive],
            Self::Register => &[Role::Send, Role::Receive],
        }
    }
}

/// One line of text without anything invisible in it, of a bounded length; none where it is not.
pub fn plain_line(text: &str, chars_max: usize) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= chars_max;
    (fits && !text.chars().any(is_invisible)).then(|| text.to_owned())
}

/// A token: 256 bits of chance. It is shown once and never kept.
pub struct OaToken(Zeroizing<String>);

impl OaToken {
    fn new() -> io::Result<Self> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        crate::chance()?.fill_bytes(bytes.as_mut());
        let encoded = Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_ref()));
        Ok(Self(Zeroizing::new(format!("{TOKEN_PREFIX}{}", *encoded))))
    }

    /// Reads what a request brings; none where it cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(TOKEN_PREFIX)?;
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?);
        (bytes.len() == TOKEN_BYTES).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, for whoever is to have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl std::fmt::Debug for OaToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OaToken(..)")
    }
}

/// The key with which an account's records are tagged; only its opened keystore gives it.
pub struct TagKey(Zeroizing<[u8; 32]>);

impl TagKey {
    /// From the keystore's content secret (RFC 5869).
    pub fn of(content: &[u8; 32]) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        hkdf::Hkdf::<Sha256>::new(None, content)
            .expand(b"yichuan/oa/token", key.as_mut())
            .expect("32 bytes are fewer than RFC 5869 allows");
        Self(key)
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref())
    }
}

impl std::fmt::Debug for TagKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TagKey(..)")
    }
}

/// What an OA system is to be permitted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name.
    pub system: String,
    /// What it may do.
    pub acts: BTreeSet<Act>,
    /// For how many days.
    pub days: u32,
}

/// Why no token was issued.
#[derive(Debug)]
pub enum NotIssued {
    /// No name of one line, or a long one.
    System,
    /// No act.
    NoAct,
    /// An act for which the account has no role.
    Role(Act),
    /// No number of days between 1 and 366.
    Days,
    /// As many as a home may have.
    TooMany,
    /// A file.
    Io(io::Error),
}

impl From<io::Error> for NotIssued {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl NotIssued {
    /// What is wrong, in the language of now.
    pub fn words(&self) -> String {
        match self {
            Self::System => {
                let words = say(
                    "系统名称为一行，最多",
                    "the system's name is one line of at most",
                );
                format!("{words} {SYSTEM_CHARS_MAX}")
            }
            Self::NoAct => say("没有选择许可事项", "nothing is permitted with it").to_owned(),
            Self::Role(act) => {
                let words = say("帐号没有该事项所需的角色", "the account has no role for");
                format!("{words}: {}", say(act.words().0, act.words().1))
            }
            Self::Days => {
                let words = say("有效期（天）为 1 至", "the days are between 1 and");
                format!("{words} {DAYS_MAX}")
            }
            Self::TooMany => {
                let words = say("令牌太多，先吊销不用的；最多", "too many tokens; at most");
                format!("{words} {TOKENS_MAX}")
            }
            Self::Io(error) => error.to_string(),
        }
    }
}

/// A token that was issued, as its record tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    digest: Digest,
    /// For which account it acts.
    pub account: AccountId,
    /// The OA system.
    pub system: String,
    /// What it may do.
    pub acts: BTreeSet<Act>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Until when it is good.
    pub until: Timestamp,
    tag: [u8; 32],
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Record {
    #[n(0)]
    version: u16,
    #[n(1)]
    digest: Digest,
    #[n(2)]
    account: AccountId,
    #[n(3)]
    system: String,
    #[n(4)]
    acts: Vec<String>,
    #[n(5)]
    issued: Timestamp,
    #[n(6)]
    until: Timestamp,
    /// Over everything else, with 32 zeros in its place.
    #[n(7)]
    tag: ByteArray<32>,
}

impl Wanted {
    /// Refuses what cannot be permitted to an account with these roles.
    pub fn check(&self, roles: &[Role]) -> Result<(), NotIssued> {
        plain_line(&self.system, SYSTEM_CHARS_MAX).ok_or(NotIssued::System)?;
        if self.acts.is_empty() {
            return Err(NotIssued::NoAct);
        }
        let mut acts = self.acts.iter();
        let beyond = acts.find(|act| !act.roles().iter().any(|role| roles.contains(role)));
        if let Some(act) = beyond {
            return Err(NotIssued::Role(*act));
        }
        if (1..=DAYS_MAX).contains(&self.days) {
            Ok(())
        } else {
            Err(NotIssued::Days)
        }
    }

    /// Makes a token for an account; it counts once [`Issued::keep`] has kept its record.
    pub fn token(
        &self,
        (account, roles): (&AccountId, &[Role]),
        key: &TagKey,
        now: Timestamp,
    ) -> Result<(OaToken, Issued), NotIssued> {
        self.check(roles)?;
        let system = plain_line(&self.system, SYSTEM_CHARS_MAX).ok_or(NotIssued::System)?;
        let token = OaToken::new()?;
        let mut issued = Issued {
            digest: token.digest(),
            account: account.clone(),
            system,
            acts: self.acts.clone(),
            issued: now,
            until: now.plus_ms(u64::from(self.days) * DAY_MS),
            tag: [0; 32],
        };
        let tag = hmac::sign(&key.key(), &issued.bytes([0; 32]));
        issued.tag.copy_from_slice(tag.as_ref());
        Ok((token, issued))
    }
}

impl Issued {
    fn bytes(&self, tag: [u8; 32]) -> Vec<u8> {
        let codes = self.acts.iter().map(|act| act.code().to_owned());
        cbor::to_vec(&Record {
            version: VERSION,
            digest: self.digest,
            account: self.account.clone(),
            system: self.system.clone(),
            acts: codes.collect(),
            issued: self.issued,
            until: self.until,
            tag: tag.into(),
        })
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let limit = usize::try_from(RECORD_BYTES_MAX).unwrap_or(usize::MAX);
        let record: Record = cbor::read(bytes, limit).ok()?;
        let acts = record.acts.iter().map(|code| Act::from_code(code));
        let sound = record.version == VERSION
            && plain_line(&record.system, SYSTEM_CHARS_MAX).as_ref() == Some(&record.system);
        sound.then_some(())?;
        Some(Self {
            digest: record.digest,
            account: record.account,
            system: record.system,
            acts: acts.collect::<Option<_>>()?,
            issued: record.issued,
            until: record.until,
            tag: *record.tag,
        })
    }

    /// What it is called where it must not be told itself.
    pub fn id(&self) -> String {
        let mut digest = self.digest.to_string();
        digest.truncate(ID_DIGITS);
        digest
    }

    /// Whether the account itself has issued it, whose key this is.
    pub fn is_tagged_with(&self, key: &TagKey) -> bool {
        hmac::verify(&key.key(), &self.bytes([0; 32]), &self.tag).is_ok()
    }

    /// Whether it is good at `now`; a clock before its issue does not make it good.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        (self.issued..self.until).contains(&now)
    }

    /// Whether its record still stands, unchanged.
    pub fn stands(&self, home: &Path) -> io::Result<bool> {
        Ok(read_record(&record_path(home, &self.digest))?.as_ref() == Some(self))
    }

    /// Keeps its record: from now on it counts.
    pub fn keep(&self, home: &Path) -> Result<(), NotIssued> {
        has_room(home)?;
        let folder = folder(home);
        unix::create_private_folder(&folder)?;
        let mut file = unix::create_private(&record_path(home, &self.digest))?;
        file.write_all(&self.bytes(self.tag))?;
        file.sync_all()?;
        Ok(unix::sync_folder(&folder)?)
    }

    /// What the unit is told of it, in a note: what became of it, id, system, acts, end.
    pub fn told(&self, what: (&str, &str)) -> String {
        let codes: Vec<&str> = self.acts.iter().map(|act| act.code()).collect();
        format!(
            "{} {} · {} · {} · {} · {}",
            what.0,
            what.1,
            self.id(),
            self.system,
            codes.join(" "),
            crate::lang::local(self.until),
        )
    }
}

/// What a note says of a token.
pub const ISSUED: (&str, &str) = ("签发", "issued");
/// The same of one that does not count any more.
pub const REVOKED: (&str, &str) = ("吊销", "revoked");

fn folder(home: &Path) -> PathBuf {
    home.join("oa").join("tokens")
}

fn record_path(home: &Path, digest: &Digest) -> PathBuf {
    folder(home).join(digest.to_string())
}

/// A record; none where there is none, or nothing that is one.
fn read_record(path: &Path) -> io::Result<Option<Issued>> {
    match read_at_most(path, RECORD_BYTES_MAX) {
        Ok(bytes) => Ok(Issued::read(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The record of a token; none where it was never issued, or was revoked.
pub fn find(home: &Path, token: &OaToken) -> io::Result<Option<Issued>> {
    let digest = token.digest();
    let found = read_record(&record_path(home, &digest))?;
    Ok(found.filter(|issued| issued.digest == digest))
}

/// All tokens of a home, as their records tell them, the newest first.
pub fn all(home: &Path) -> io::Result<Vec<Issued>> {
    let entries = match fs::read_dir(folder(home)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(read_record(&entry?.path())?);
    }
    found.sort_by_key(|issued| (std::cmp::Reverse(issued.issued), issued.digest));
    Ok(found)
}

/// Refuses where a home has as many tokens as it may have.
pub fn has_room(home: &Path) -> Result<(), NotIssued> {
    if all(home)?.len() < TOKENS_MAX {
        Ok(())
    } else {
        Err(NotIssued::TooMany)
    }
}

/// Revokes the token with this id: its record goes, and with it whatever it was good for.
pub fn revoke(home: &Path, id: &str) -> io::Result<Option<Issued>> {
    let Some(issued) = all(home)?.into_iter().find(|issued| issued.id() == id) else {
        return Ok(None);
    };
    match fs::remove_file(record_path(home, &issued.digest)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    unix::sync_folder(&folder(home))?;
    Ok(Some(issued))
}

#[cfg(test)]
mod tests;
