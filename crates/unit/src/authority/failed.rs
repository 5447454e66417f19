//! Why the authority did not sign.

use std::fmt;
use std::path::PathBuf;

use yichuan_document::roster::RosterRefused;
use yichuan_seal::BadImpression;

use super::clocks::BadLine;
use super::import::BadList;
use super::look_alike::Alike;
use crate::keystore::KeystoreFailed;

/// Why the authority did not sign.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthorityFailed {
    /// No authority was founded here.
    NotHere,
    /// An authority was founded here before.
    AlreadyFounded,
    /// A statement that was made before is missing, cannot be read or does not follow.
    Damaged(PathBuf),
    /// The password is too easy to guess.
    WeakPassword,
    /// A keystore.
    Keystore(KeystoreFailed),
    /// Too many wrong passwords in a row: the next try has to wait.
    TooManyTries {
        /// For how long.
        seconds: u64,
    },
    /// Not a request of an exchange or a custodian.
    NotARequest,
    /// The picture cannot be used for a seal.
    Picture(String),
    /// The picture is not that of an official seal: everything that is wrong with it.
    Impression(Vec<BadImpression>),
    /// The electronic seal that goes with a seal was not made.
    ElectronicSeal(String),
    /// The plan cannot be read.
    Plan(String),
    /// A rule of the policy that is not written as it must be.
    Rule {
        /// Which.
        rule: &'static str,
        /// What was written.
        typed: String,
    },
    /// A calendar cannot be taken: every line that is wrong.
    Calendar(Vec<BadLine>),
    /// A list of units cannot be read.
    List(BadList),
    /// A unit's name looks like another one's.
    LookAlike {
        /// The unit's code.
        code: String,
        /// The other one.
        other: Alike,
    },
    /// The roster does not take it.
    Refused(RosterRefused),
    /// Nothing in the roster has this id.
    Unknown(String),
    /// It has that state already.
    AlreadySo(String),
    /// A successor that is not open itself.
    NotOpen(String),
    /// Open units stand below the one that is to be closed.
    UnitsBelow(String),
    /// Others must sign it before anything can follow.
    Unfinished {
        /// The statement.
        file: PathBuf,
        /// How many signatures it lacks.
        missing: usize,
    },
    /// Of an authority with another root than the one known here.
    AnotherRoot,
    /// Root keys that cannot serve together: none, one twice, or a threshold out of reach.
    BadRootSet,
    /// None of the present root keys is in this home.
    NoRoot,
    /// The next root key is not in this home: it was locked away, and is brought for a succession.
    NoNextRoot,
    /// The keys shown are not the successor that was committed to.
    NotTheSuccessor,
    /// The key of this home is no active officer's.
    NoOfficer,
    /// This home has not seen the log, or the key in question is not in it.
    NotSeen(String),
    /// The authority holds no half of this unit's seed, or none that its escrow key opens.
    NoHalf(String),
    /// A plan that takes several statements cannot wait for other officers.
    TooManyToCosign,
    /// A file.
    Io(std::io::Error),
}

impl From<std::io::Error> for AuthorityFailed {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<KeystoreFailed> for AuthorityFailed {
    fn from(error: KeystoreFailed) -> Self {
        Self::Keystore(error)
    }
}

impl From<BadList> for AuthorityFailed {
    fn from(error: BadList) -> Self {
        Self::List(error)
    }
}

impl fmt::Display for AuthorityFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere => f.write_str("no authority was founded in this home"),
            Self::AlreadyFounded => f.write_str("an authority was founded in this home before"),
            Self::Damaged(path) => write!(f, "{} is missing or damaged", path.display()),
            Self::WeakPassword => f.write_str("the password is too easy to guess"),
            Self::Keystore(error) => error.fmt(f),
            Self::TooManyTries { seconds } => write!(f, "wrong passwords: wait {seconds} s"),
            Self::NotARequest => f.write_str("not a request, or changed on its way"),
            Self::Picture(why) => write!(f, "the picture cannot be used: {why}"),
            Self::Impression(wrong) => write!(f, "not an official seal: {wrong:?}"),
            Self::ElectronicSeal(why) => write!(f, "the electronic seal was not made: {why}"),
            Self::Plan(why) => write!(f, "the plan cannot be read: {why}"),
            Self::Rule { rule, typed } => write!(f, "{rule}: {typed:?}"),
            Self::Calendar(lines) => write!(f, "the calendar cannot be taken: {lines:?}"),
            Self::List(why) => write!(f, "the list cannot be read: {why:?}"),
            Self::LookAlike { code, other } => {
                write!(f, "{code} looks like {} ({})", other.name, other.code)
            }
            Self::Refused(why) => why.fmt(f),
            Self::Unknown(id) => write!(f, "{id} is not in the roster"),
            Self::AlreadySo(id) => write!(f, "{id} has that state already"),
            Self::NotOpen(id) => write!(f, "{id} is not open"),
            Self::UnitsBelow(ids) => write!(f, "open units stand below it: {ids}"),
            Self::Unfinished { file, missing } => {
                write!(f, "{} lacks {missing} signatures", file.display())
            }
            Self::AnotherRoot => f.write_str("of an authority with another root"),
            Self::BadRootSet => f.write_str("these root keys cannot serve together"),
            Self::NoRoot => f.write_str("none of the present root keys is in this home"),
            Self::NoNextRoot => f.write_str("next-root.key is not in this home; bring it"),
            Self::NotTheSuccessor => {
                f.write_str("these are not the root keys that were committed to")
            }
            Self::NoOfficer => f.write_str("the key of this home is no active officer's"),
            Self::NotSeen(what) => write!(f, "{what}: run `authority sync` first"),
            Self::NoHalf(unit) => write!(f, "no half of the key of {unit} can be opened here"),
            Self::TooManyToCosign => {
                f.write_str("too much to be signed together; sign it in parts")
            }
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AuthorityFailed {}
