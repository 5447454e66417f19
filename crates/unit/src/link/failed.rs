//! Why the exchange could not be reached or asked.

use std::fmt;
use std::io;

use yichuan_wire::message::Refused;

/// Why the exchange could not be reached or asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum LinkFailed {
    /// Nobody answers there.
    Unreachable {
        /// The address.
        address: String,
        /// Why.
        error: io::Error,
    },
    /// The connection was not secured.
    Tls(String),
    /// Somebody else answers there than the roster names.
    AnotherKey {
        /// The address.
        address: String,
    },
    /// The connection ended.
    Closed,
    /// No answer in time.
    Timeout,
    /// The exchange refused.
    Refused(Refused),
    /// Something was said that this release does not understand.
    Protocol,
    /// A file of ours, while its bytes were on their way.
    Local(io::Error),
}

impl LinkFailed {
    /// Whether the exchange was not met at all, so that nothing was said.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Timeout)
    }

    /// Whether it may go better the next time.
    pub const fn passes(&self) -> bool {
        self.is_unreachable() || matches!(self, Self::Closed | Self::Tls(_))
    }
}

impl From<io::Error> for LinkFailed {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl fmt::Display for LinkFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { address, error } => write!(f, "{address} is not reached: {error}"),
            Self::Tls(why) => write!(f, "the connection was not secured: {why}"),
            Self::AnotherKey { address } => write!(f, "another key answers at {address}"),
            Self::Closed => f.write_str("the connection ended"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Refused(refused) => {
                write!(f, "{} {}", refused.code, refused.code.en())?;
                refused
                    .about
                    .as_ref()
                    .map_or(Ok(()), |about| write!(f, " ({about})"))
            }
            Self::Protocol => f.write_str("an answer that this release does not understand"),
            Self::Local(error) => write!(f, "a file on this computer: {error}"),
        }
    }
}

impl std::error::Error for LinkFailed {}
