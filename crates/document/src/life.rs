//! The life of a document as a pure state machine: what may follow what, and nothing else.
//!
//! Two machines, kept apart because a store keeps them apart: [`Progress`] leads a document from
//! its submission to its dispatch, and one [`Delivery`] per recipient leads it from there to its
//! end. [`Fact`]s stand beside the state and never move it. [`DocumentLife`] joins the two.
//!
//! This module never reads a clock, a key, a name or a byte: who may make an event, whether its
//! signature stands, whether its moment has come and whether it was seen before (by its id) are
//! decided before it gets here. It holds no text but the names of its states, and encodes nothing:
//! every list has numbers (`code`, `from_code`) that formats carry and that never change.

mod delivery;
mod document;
mod fact;
mod joined;
mod misstep;
mod stage;

pub use delivery::{BadDelivery, Delivery, DeliveryEvent, DeliveryState};
pub use document::{BadProgress, ISSUERS_MAX, Progress};
pub use fact::{Fact, Facts};
pub use joined::{BadLife, DELIVERIES_MAX, DocumentLife};
pub use misstep::{Cause, Misstep};
pub use stage::{DocumentEvent, Stage};

/// What a lawful event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Step<T> {
    /// The event leads here: a new state, or the same state with a fact more.
    Changed(T),
    /// The event is lawful and goes on record, and everything stands as it stood: a second
    /// account's fetch, another inspection, one more reminder.
    Unchanged,
}

impl<T> Step<T> {
    /// The state after the event: the new one, or `before` when nothing changed.
    pub fn or(self, before: T) -> T {
        match self {
            Self::Changed(after) => after,
            Self::Unchanged => before,
        }
    }

    /// Keeps the kind of step and turns what it leads to into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Changed(after) => Step::Changed(turn(after)),
            Self::Unchanged => Step::Unchanged,
        }
    }
}
