//! A document with its deliveries: the thin join of the two machines.

use std::fmt;

use super::{BadProgress, Delivery, DeliveryEvent, DocumentEvent, Fact, Misstep, Progress};
use super::{Stage, Step};

/// The most deliveries one document may have: ten times the recipients of one manifest (protocol
/// rule 3), the rest by supplements.
pub const DELIVERIES_MAX: usize = 10_000;

/// The whole life of one document: its progress, and from the dispatch on its deliveries.
///
/// Deliveries keep their position: the manifest's recipients in their order, then those of the
/// supplements and successors in the order of their statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLife {
    progress: Progress,
    recipients: usize,
    deliveries: Vec<Delivery>,
}

impl DocumentLife {
    /// A submitted document with these seal ordinals (see [`Progress::submitted`]) and so many
    /// recipients, the sender's own unit not counted: its wrap is no delivery (protocol rule 25).
    pub fn submitted(ordinals: &[u8], recipients: usize) -> Result<Self, BadLife> {
        if recipients == 0 {
            return Err(BadLife::NoRecipient);
        }
        if recipients > DELIVERIES_MAX {
            return Err(BadLife::TooManyRecipients { recipients });
        }
        let progress = Progress::submitted(ordinals).map_err(BadLife::Progress)?;
        Ok(Self {
            progress,
            recipients,
            deliveries: Vec::new(),
        })
    }

    /// How far the document is.
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The deliveries by position; none before the dispatch.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// What an event makes of the document. The dispatch begins a delivery for every recipient, a
    /// supplement one for each that it adds, and a replacement supersedes every pending one.
    pub fn apply(&self, event: DocumentEvent) -> Result<Step<Self>, Misstep> {
        let step = self.progress.apply(event)?;
        let mut deliveries = self.deliveries.clone();
        match event {
            DocumentEvent::Dispatched => announce(&mut deliveries, self.recipients)?,
            DocumentEvent::Supplemented { recipients } => {
                announce(&mut deliveries, usize::from(recipients))?;
            }
            DocumentEvent::Fact(Fact::Replaced) => {
                for delivery in deliveries.iter_mut().filter(|it| it.state().is_pending()) {
                    *delivery = delivery.apply(DeliveryEvent::Superseded)?.or(*delivery);
                }
            }
            _ => {}
        }
        if step == Step::Unchanged && deliveries == self.deliveries {
            return Ok(Step::Unchanged);
        }
        let progress = step.or(self.progress.clone());
        Ok(Step::Changed(Self {
            progress,
            recipients: self.recipients,
            deliveries,
        }))
    }

    /// What an event makes of the delivery at `position`.
    pub fn apply_to(&self, position: usize, event: DeliveryEvent) -> Result<Step<Self>, Misstep> {
        let step = self.delivery(position)?.apply(event)?;
        Ok(step.map(|delivery| {
            let mut after = self.clone();
            after.deliveries[position] = delivery;
            after
        }))
    }

    /// Redirects the pending delivery at `position` and announces it to the successor, last in the
    /// list and with its clock kept. Where the successor is a recipient already, apply
    /// [`DeliveryEvent::Redirected`] alone.
    pub fn redirect(&self, position: usize) -> Result<Self, Misstep> {
        let before = self.delivery(position)?;
        let redirected = before.apply(DeliveryEvent::Redirected)?.or(before);
        room_for(&self.deliveries, 1)?;
        let mut after = self.clone();
        after.deliveries[position] = redirected;
        after.deliveries.extend(redirected.successor());
        Ok(after)
    }

    /// Whether the document is out and no delivery is pending: nobody owes a receipt any more.
    pub fn is_settled(&self) -> bool {
        self.progress.stage() == Stage::Dispatched
            && self
                .deliveries
                .iter()
                .all(|delivery| delivery.state().is_terminal())
    }

    fn delivery(&self, position: usize) -> Result<Delivery, Misstep> {
        let deliveries = self.deliveries.len();
        let found = self.deliveries.get(position).copied();
        found.ok_or(Misstep::NoSuchDelivery {
            position,
            deliveries,
        })
    }
}

fn announce(deliveries: &mut Vec<Delivery>, more: usize) -> Result<(), Misstep> {
    let wanted = room_for(deliveries, more)?;
    deliveries.resize(wanted, Delivery::ANNOUNCED);
    Ok(())
}

fn room_for(deliveries: &[Delivery], more: usize) -> Result<usize, Misstep> {
    let wanted = deliveries.len().saturating_add(more);
    if wanted > DELIVERIES_MAX {
        return Err(Misstep::TooManyDeliveries { wanted });
    }
    Ok(wanted)
}

/// Why no document can begin like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadLife {
    /// Its issuers are not those of a document.
    Progress(BadProgress),
    /// It goes to nobody but its own unit.
    NoRecipient,
    /// It goes to more units than [`DELIVERIES_MAX`].
    TooManyRecipients {
        /// How many there are.
        recipients: usize,
    },
}

impl fmt::Display for BadLife {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Progress(bad) => bad.fmt(f),
            Self::NoRecipient => write!(f, "a document needs a recipient"),
            Self::TooManyRecipients { recipients } => {
                write!(
                    f,
                    "{recipients} recipients are more than the {DELIVERIES_MAX} allowed"
                )
            }
        }
    }
}

impl std::error::Error for BadLife {}

#[cfg(test)]
mod tests;
