//! Why something could not be done at the unit, with the facts a message needs.

use std::fmt;
use std::io;
use std::path::PathBuf;

use yichuan_document::level::NotTransmissible;
use yichuan_document::manifest::BadManifest;
use yichuan_document::roster::{NoStanding, RosterRefused};
use yichuan_document::{AccountId, DeviceId, Digest, UnitCode};
use yichuan_evidence::entry::BadEntry;

use super::content::Told;
use crate::link::LinkFailed;

/// Why something could not be done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failed {
    /// The exchange could not be reached, or refused.
    Link(LinkFailed),
    /// A file.
    Io(io::Error),
    /// The exchange said something that this release does not understand.
    Protocol,
    /// The exchange belongs to another installation than the pinned root.
    AnotherInstallation,
    /// The authority has not certified the exchange.
    ExchangeNotCertified,
    /// A checkpoint that the exchange has not signed.
    Checkpoint,
    /// An entry that the log does not contain.
    NotInTheLog {
        /// Its index.
        index: u64,
    },
    /// An entry states another roster than follows from the statements.
    RosterDisagrees {
        /// Its index.
        index: u64,
    },
    /// The log shrank or has two histories.
    Fork {
        /// Where both are kept.
        proof: Option<PathBuf>,
    },
    /// Events are missing.
    FeedGap {
        /// The next event.
        expected: u64,
        /// The event that came.
        found: u64,
    },
    /// A statement about the roster that does not follow.
    Roster(RosterRefused),
    /// An entry that cannot be read.
    Entry(BadEntry),
    /// A file of this home is damaged.
    Damaged(PathBuf),
    /// The account may not do this here.
    Standing(NoStanding),
    /// No account on this computer has the role that is needed.
    NoAccountFor(&'static str),
    /// Several accounts could be meant.
    WhichAccount(Vec<AccountId>),
    /// The level may not be transmitted.
    Level(NotTransmissible),
    /// The manifest does not fit.
    Manifest(BadManifest),
    /// The recipient is unknown.
    UnknownUnit(String),
    /// The recipient is closed.
    ClosedUnit(UnitCode),
    /// The recipient is for practice and the sender is not, or the other way round.
    AnotherWorld(UnitCode),
    /// The unit has no key.
    NoUnitKey(UnitCode),
    /// This account holds no share of the unit's key.
    NoShare(AccountId),
    /// What was meant cannot be told from what was typed.
    WhichDocument {
        /// What was typed.
        typed: String,
        /// How many fit.
        matches: usize,
    },
    /// What the exchange holds does not fit the signatures.
    Inconsistent(Inconsistent),
    /// A file that is to be sent.
    Part {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: PartProblem,
    },
    /// The envelope could not be closed, or the unit's key does not open it.
    Envelope(String),
    /// A file has a mark that the label does not cover.
    Marked(Vec<Told>),
    /// A file that every recipient would have to return the document for, or that the
    /// installation's rules do not let through.
    NotSendable(Vec<Told>),
    /// The approver has to look at the files, and to declare what came of it.
    ToDeclare {
        /// What is to be looked at.
        told: Vec<Told>,
        /// Where the files stand.
        folder: PathBuf,
    },
    /// No file for the printer can be made of it.
    NotPrinted(Told),
    /// The electronic seal cannot be set into the file.
    NotSealed(Told),
    /// A text was not set as a document.
    NotTypeset(Box<yichuan_typeset::Refused>),
    /// A file that would be written is there already.
    FileIsThere(PathBuf),
    /// The document stayed closed.
    Closed(yichuan_envelope::StayedClosed),
    /// The keystore.
    Keystore(crate::keystore::KeystoreFailed),
    /// The token.
    Token(crate::token::TokenFailed),
    /// The seal's key is neither in this keystore nor on a token that it names.
    NoSealKey,
    /// Not possible now.
    NotNow(String),
    /// An earlier attempt at this enrolment has made its key elsewhere.
    KeyElsewhere(PathBuf),
    /// No such ticket in the roster.
    UnknownTicket,
    /// The ticket was issued for another computer.
    OtherComputer {
        /// The one that it names.
        meant: DeviceId,
        /// The one that this home is in use on.
        here: DeviceId,
    },
    /// The password is too easy to guess.
    WeakPassword,
    /// Too many wrong passwords in a row: the next try has to wait.
    TooManyTries {
        /// For how long.
        seconds: u64,
    },
    /// The password is too old, and can only be changed.
    PasswordExpired,
    /// The home cannot be used.
    Home(crate::home::HomeFailed),
    /// The authority did not sign.
    Authority(crate::authority::AuthorityFailed),
    /// Something was typed that is not understood.
    Usage(String),
    /// A draft that is too large to be handed over within the unit.
    DraftTooLarge {
        /// Its bytes.
        bytes: u64,
        /// The most.
        limit: u64,
    },
    /// The authority has handed nothing to this account from which the unit's key could come back.
    NothingHanded,
    /// The unit that was closed has not left its key to this one.
    NothingLeft(UnitCode),
    /// Both halves together are not the unit's key.
    HalvesDiffer,
    /// A recipient has not asked for more time.
    NotAsked(UnitCode),
    /// A recall from nobody who has the document or is still to have it.
    NobodyConcerned,
    /// A text that is too long for a note.
    TextTooLong {
        /// Its bytes.
        bytes: u64,
        /// The most.
        limit: u64,
    },
    /// A reply form, or what was filled into one.
    Form(super::meeting::BadForm),
    /// A duty roster: every line that is wrong.
    Duty(Vec<super::duty::BadShift>),
    /// The hooks: what is wrong with their configuration.
    Hooks(crate::hooks::BadHooks),
    /// A note that the unit's key does not open, at this index.
    NoteUnreadable(u64),
    /// The unit has assigned the document to other accounts.
    NotAssigned,
    /// A check failed, so nothing was signed for.
    NotReceivable(Vec<String>),
}

/// What is wrong with a file to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartProblem {
    /// No bytes.
    Empty,
    /// It is not there or cannot be read.
    Unreadable(io::ErrorKind),
    /// A name that is not safe everywhere.
    Name(yichuan_document::BadPartName),
    /// It changed while it was read.
    Changed,
    /// Not a plain file.
    NotAFile,
    /// Something stands where it is to be written.
    Exists,
}

/// How a document contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inconsistent {
    /// The manifest is not the one that was signed.
    Manifest {
        /// The digest that was signed.
        signed: Digest,
    },
    /// A statement's signature.
    Signature {
        /// The entry's index.
        index: u64,
    },
    /// The order of statements.
    Life {
        /// The entry's index.
        index: u64,
    },
    /// The body's leaf list.
    Leaves,
}

impl From<LinkFailed> for Failed {
    fn from(error: LinkFailed) -> Self {
        Self::Link(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<BadEntry> for Failed {
    fn from(error: BadEntry) -> Self {
        Self::Entry(error)
    }
}

impl From<RosterRefused> for Failed {
    fn from(error: RosterRefused) -> Self {
        Self::Roster(error)
    }
}

impl From<NoStanding> for Failed {
    fn from(error: NoStanding) -> Self {
        Self::Standing(error)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Failed {}

impl From<yichuan_envelope::StayedClosed> for Failed {
    fn from(why: yichuan_envelope::StayedClosed) -> Self {
        Self::Closed(why)
    }
}

impl From<crate::keystore::KeystoreFailed> for Failed {
    fn from(error: crate::keystore::KeystoreFailed) -> Self {
        Self::Keystore(error)
    }
}

impl From<crate::token::TokenFailed> for Failed {
    fn from(error: crate::token::TokenFailed) -> Self {
        Self::Token(error)
    }
}

impl From<crate::home::HomeFailed> for Failed {
    fn from(error: crate::home::HomeFailed) -> Self {
        Self::Home(error)
    }
}

impl From<crate::authority::AuthorityFailed> for Failed {
    fn from(error: crate::authority::AuthorityFailed) -> Self {
        Self::Authority(error)
    }
}

impl From<crate::enrol::EnrolFailed> for Failed {
    fn from(error: crate::enrol::EnrolFailed) -> Self {
        match error {
            crate::enrol::EnrolFailed::UnknownTicket => Self::UnknownTicket,
            crate::enrol::EnrolFailed::Keystore(error) => Self::Keystore(error),
            crate::enrol::EnrolFailed::Token(error) => Self::Token(error),
            crate::enrol::EnrolFailed::KeyElsewhere(path) => Self::KeyElsewhere(path),
            crate::enrol::EnrolFailed::Io(error) => Self::Io(error),
        }
    }
}
