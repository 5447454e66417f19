//! Why the engine refuses, and what it says about it.

use core::fmt;

use yichuan_document::cbor;
use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::roster::{NoStanding, RosterRefused};
use yichuan_document::signed::Payload;
use yichuan_document::statement::AttachmentRef;
use yichuan_store::StoreError;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{ATTACHMENT_BYTES_MAX, Refused};

use super::prepare::Prepared;

/// A refusal: a code, and what it is about. Never anything secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: ErrorCode,
    /// A unit, a limit, a state.
    pub about: Option<String>,
}

impl Refusal {
    /// A refusal with nothing more to say.
    pub const fn of(code: ErrorCode) -> Self {
        Self { code, about: None }
    }

    /// A refusal that names what it is about.
    pub fn about(code: ErrorCode, about: impl fmt::Display) -> Self {
        Self {
            code,
            about: Some(about.to_string()),
        }
    }

    /// Why the roster refuses a statement.
    pub fn roster(why: &RosterRefused) -> Self {
        let code = match why {
            RosterRefused::Unreadable(_) | RosterRefused::Body(_) => ErrorCode::MALFORMED,
            RosterRefused::NotARosterStatement => ErrorCode::MALFORMED,
            RosterRefused::AnotherInstallation => ErrorCode::INSTALLATION,
            RosterRefused::UnknownHead => ErrorCode::ROSTER,
            RosterRefused::Quorum { .. } => ErrorCode::QUORUM,
            RosterRefused::NotAwaited => ErrorCode::SEAL,
            RosterRefused::Signature(_) | RosterRefused::UnknownOfficer => ErrorCode::SIGNATURE,
            RosterRefused::UnknownTicket
            | RosterRefused::TicketUsed
            | RosterRefused::TicketExpired { .. }
            | RosterRefused::TicketForOther => ErrorCode::TICKET,
            RosterRefused::NoStanding(_)
            | RosterRefused::AnotherUnit
            | RosterRefused::Delegation
            | RosterRefused::HoldsNoShare => ErrorCode::NOT_ALLOWED,
            _ => ErrorCode::ACT,
        };
        Self::about(code, why)
    }

    /// Why an account may not do something.
    pub fn standing(why: NoStanding) -> Self {
        let code = match why {
            NoStanding::Device | NoStanding::NotEnrolled => ErrorCode::DEVICE,
            NoStanding::Seal
            | NoStanding::SealAwaits
            | NoStanding::SealExpired
            | NoStanding::NotTheCustodian => ErrorCode::SEAL,
            _ => ErrorCode::NOT_ALLOWED,
        };
        Self::about(code, why)
    }

    /// As it goes out on the wire.
    pub fn to_wire(&self) -> Refused {
        Refused {
            code: self.code,
            retry_after_ms: None,
            about: self.about.clone(),
        }
    }

    /// Whether the fault is the exchange's own, so that nothing is to be recorded about it.
    pub fn is_ours(&self) -> bool {
        self.code.number() >= 500
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store cannot be read");
        Self::of(ErrorCode::STORE)
    }
}

/// The attachments that an act names; none for other statements.
pub(super) fn named_by_act(payload: &Payload) -> Result<Vec<AttachmentRef>, Refusal> {
    if !payload.is::<AuthorityAct>() {
        return Ok(Vec::new());
    }
    let act: AuthorityAct = payload
        .body()
        .map_err(|why| Refusal::about(ErrorCode::MALFORMED, why))?;
    Ok(act.attachments)
}

/// The attachments that came, if they are exactly those that the statement names.
pub(super) fn match_attachments(
    named: &[AttachmentRef],
    came: Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, Refusal> {
    let fits = named.len() == came.len()
        && came.iter().zip(named).all(|(bytes, named)| {
            bytes.len() <= ATTACHMENT_BYTES_MAX && AttachmentRef::to(bytes) == Some(*named)
        });
    if fits {
        Ok(came)
    } else {
        Err(Refusal::of(ErrorCode::ATTACHMENT))
    }
}

/// Refuses attachments that nothing names.
pub(super) fn no_attachments(request: &Prepared) -> Result<(), Refusal> {
    if request.attachments.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of(ErrorCode::ATTACHMENT))
    }
}

/// Reads a row of the exchange's own.
pub fn row<T>(bytes: &[u8]) -> Result<T, Refusal>
where
    T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>,
{
    cbor::read(bytes, 1 << 20).map_err(|error| {
        tracing::error!(%error, "a row of the store cannot be read");
        Refusal::of(ErrorCode::STORE)
    })
}
