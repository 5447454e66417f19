//! Why an event was refused, with the state and the event, so that the program can say it.

use std::fmt;

use super::{DeliveryEvent, DeliveryState, DocumentEvent, Stage};

/// An event that may not happen now. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misstep {
    /// The event does not follow on this stage of a document.
    Document {
        /// Where the document stands.
        stage: Stage,
        /// What was asked of it.
        event: DocumentEvent,
        /// Why not.
        cause: Cause,
    },
    /// The event does not follow on this state of a delivery.
    Delivery {
        /// Where the delivery stands.
        state: DeliveryState,
        /// What was asked of it.
        event: DeliveryEvent,
        /// Why not.
        cause: Cause,
    },
    /// The document has no delivery at this position.
    NoSuchDelivery {
        /// The position asked for, counted from 0.
        position: usize,
        /// How many deliveries there are.
        deliveries: usize,
    },
    /// The document would have more deliveries than [`DELIVERIES_MAX`](super::DELIVERIES_MAX).
    TooManyDeliveries {
        /// How many there would be.
        wanted: usize,
    },
}

/// Why an event does not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Something that must stand first does not stand yet.
    TooEarly,
    /// Another issuer's seal is due before this one (protocol rule 21).
    OutOfTurn,
    /// What the event says has happened already, and happens once.
    Repeated,
    /// The state in which it could have happened is over.
    TooLate,
    /// The document has no issuer at this position.
    NoSuchIssuer,
    /// The fact belongs to deliveries and not to documents, or the reverse.
    Foreign,
}

impl Cause {
    /// The cause as the end of an English sentence.
    pub const fn en(self) -> &'static str {
        match self {
            Self::TooEarly => "something that comes before it is missing",
            Self::OutOfTurn => "another issuer's seal comes first",
            Self::Repeated => "it has happened already",
            Self::TooLate => "it is too late for that",
            Self::NoSuchIssuer => "there is no such issuer",
            Self::Foreign => "it is not said of such a thing",
        }
    }

    /// The cause in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::TooEarly => "前置步骤尚未完成",
            Self::OutOfTurn => "尚未轮到该单位用印",
            Self::Repeated => "已经办理，不能重复",
            Self::TooLate => "当前状态已不允许",
            Self::NoSuchIssuer => "没有这个发文单位",
            Self::Foreign => "不适用于该对象",
        }
    }
}

impl fmt::Display for Misstep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document {
                stage,
                event,
                cause,
            } => write!(
                f,
                "a document that is {} cannot be {}: {}",
                stage.en(),
                event.en(),
                cause.en()
            ),
            Self::Delivery {
                state,
                event,
                cause,
            } => write!(
                f,
                "a delivery that is {} cannot be {}: {}",
                state.en(),
                event.en(),
                cause.en()
            ),
            Self::NoSuchDelivery {
                position,
                deliveries,
            } => {
                write!(f, "there is no delivery {position} among {deliveries}")
            }
            Self::TooManyDeliveries { wanted } => write!(
                f,
                "{wanted} deliveries are more than the {} that one document may have",
                super::DELIVERIES_MAX
            ),
        }
    }
}

impl std::error::Error for Misstep {}
