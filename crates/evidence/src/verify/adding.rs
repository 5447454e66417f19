//! More recipients for a document that is out, and its key closed once more for one of them.

use yichuan_document::life::{DeliveryState, DocumentEvent};
use yichuan_document::manifest::{Recipient, RecipientRole};
use yichuan_document::roster::record::{Role, clocks};
use yichuan_document::statement::{
    AttachmentRef, OfDelivery, Rewrap, Supplement, SupplementApproval, Supplemented,
};
use yichuan_document::{Digest, PersonId, UnitRef};

use super::case::{Begun, Case};
use super::fault::Fault;
use super::finding::{Check, Findings};
use super::issuing::{are_of_its_world, is_open, policy_digest};
use super::recalling::sender;
use super::statement::{Said, Stop};
use super::track::Track;

/// A supplement or a rewrap on its way.
pub(super) struct Addition {
    /// Its statement.
    said: Digest,
    recipients: Vec<Recipient>,
    stage: Stage,
}

/// What is to happen to an addition next.
enum Stage {
    /// Somebody else than these decides about it.
    Decision { maker: PersonId },
    /// The exchange dispatches it, on this statement.
    Dispatch { cause: Digest },
    /// Nothing.
    Done,
}

impl Case<'_> {
    pub(super) fn supplement(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Supplement = said.body()?;
        let standing = said.by(Role::Send)?;
        let list = one_attachment(said)?;
        let begun = self.of(&body.about)?;
        sender(begun, said, &standing)?;
        if !(1..=Supplement::RECIPIENTS_MAX).contains(&body.recipients.len()) {
            return Err((Check::Statements, Fault::Beyond));
        }
        let units: Vec<&UnitRef> = body.recipients.iter().map(|it| &it.unit).collect();
        begun.may_add(&units)?;
        begun.takes_no_party(&units)?;
        if !are_of_its_world(&begun.manifest, units.iter().copied(), said.roster) {
            return Err((Check::Dispatch, Fault::Unit));
        }
        begun.additions.push(Addition {
            said: said.digest,
            recipients: body.recipients.clone(),
            stage: Stage::Decision {
                maker: standing.person().clone(),
            },
        });
        self.check_wraps(&units, &body.wraps, &list, said, findings);
        Ok(())
    }

    /// By another person than who made the supplement, and than who submitted the document.
    pub(super) fn supplement_approval(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: SupplementApproval = said.body()?;
        let (standing, approvers) = said.by_approver()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        sender(begun, said, &standing)?;
        let mut additions = begun.additions.iter_mut();
        let addition = additions.find(|addition| addition.said == body.supplement);
        let addition = addition.ok_or((Check::Approvals, Fault::Stale))?;
        let Stage::Decision { maker } = &addition.stage else {
            return Err((Check::Approvals, Fault::Again));
        };
        let is_same = |person| person == maker || begun.submitters.contains(person);
        if approvers.iter().any(is_same) {
            return Err((Check::FourEyes, Fault::SamePerson));
        }
        addition.stage = if body.granted {
            Stage::Dispatch { cause: said.digest }
        } else {
            Stage::Done
        };
        findings.pass(Check::FourEyes);
        findings.pass(Check::Approvals);
        Ok(())
    }

    /// The key once more for a recipient that has returned the document: the same content, so that
    /// nobody approves it again.
    pub(super) fn rewrap(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Rewrap = said.body()?;
        let standing = said.by(Role::Send)?;
        let list = one_attachment(said)?;
        let begun = self.of(&body.delivery.about)?;
        sender(begun, said, &standing)?;
        let unit = body.delivery.unit.clone();
        begun.may_add(&[&unit])?;
        // What another recipient returned is not in a recipient's bundle.
        if self.tells(&unit, said) {
            self.on_a_return(&body.delivery, said, findings)?;
        }
        let begun = self.of(&body.delivery.about)?;
        let before = begun.recipient(&unit).map(|place| &begun.tracks[place]);
        let recipient = Recipient {
            unit: unit.clone(),
            role: before.map_or(RecipientRole::Copy, |before| before.role),
            print_quota: before.map_or(0, |before| before.quota),
        };
        begun.additions.push(Addition {
            said: said.digest,
            recipients: vec![recipient],
            stage: Stage::Dispatch { cause: said.digest },
        });
        self.check_wraps(&[&unit], &body.wraps, &list, said, findings);
        Ok(())
    }

    /// Refuses what does not rest on the return of a delivery.
    fn on_a_return(
        &mut self,
        named: &OfDelivery,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let begun = self.of(&named.about)?;
        let place = begun.delivery_of(&named.unit)?;
        match begun.life.deliveries().get(place).map(|it| it.state()) {
            Some(DeliveryState::Returned) => {}
            Some(state) if state.is_pending() => return Err((Check::Life, Fault::TooEarly)),
            _ => return Err((Check::Life, Fault::TooLate)),
        }
        self.next_of(place, said, named, &[], findings)?;
        Ok(())
    }

    pub(super) fn supplemented(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Supplemented = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let place = begun.addition(&body.cause)?;
        let recipients = &begun.additions[place].recipients;
        if !recipients.iter().map(|it| &it.unit).eq(&body.units) {
            return Err((Check::Dispatch, Fault::Recipients));
        }
        let (at, policy) = (said.entry.time, said.roster.policy());
        let due = clocks::due(policy.as_ref(), begun.manifest.urgency, at);
        if body.policy != policy_digest(said) || body.at != at || body.due != due {
            return Err((Check::Dispatch, Fault::DueTime));
        }
        if !body.units.iter().all(|unit| is_open(said, unit)) {
            return Err((Check::Dispatch, Fault::Unit));
        }
        let is_rewrap = begun.additions[place].said == body.cause;
        if !is_rewrap {
            let units: Vec<&UnitRef> = body.units.iter().collect();
            begun.takes_no_party(&units)?;
        }
        let recipients = recipients.clone();
        let count = u16::try_from(recipients.len()).map_err(|_| BEYOND)?;
        begun.apply(DocumentEvent::Supplemented { recipients: count })?;
        begun.additions[place].stage = Stage::Done;
        for recipient in recipients {
            let before = begun.recipient(&recipient.unit);
            let before = before.map(|place| &begun.tracks[place]);
            let counted = before.map_or((0, 0), |before| (before.copies, before.printed));
            let mut track = Track::announced(said.index, recipient, body.cause, (at, due));
            track.also = Some(said.digest);
            (track.copies, track.printed) = counted;
            begun.tracks.push(track);
        }
        findings.pass(Check::Dispatch);
        Ok(())
    }
}

const BEYOND: Stop = (Check::Statements, Fault::Beyond);

impl Begun {
    /// Whether deliveries can be added to the document now.
    fn may_add(&self, units: &[&UnitRef]) -> Result<(), Stop> {
        let recipients = u16::try_from(units.len()).map_err(|_| BEYOND)?;
        let event = DocumentEvent::Supplemented { recipients };
        let step = self.life.apply(event);
        step.map(|_| ()).map_err(|why| (Check::Life, why.into()))
    }

    /// Refuses units that have a part in the document already, or that are named twice.
    fn takes_no_party(&self, units: &[&UnitRef]) -> Result<(), Stop> {
        let known = |unit: &UnitRef| self.issuer(unit).is_some() || self.recipient(unit).is_some();
        let mut places = units.iter().enumerate();
        if places.any(|(place, unit)| known(unit) || units[..place].contains(unit)) {
            return Err((Check::Dispatch, Fault::PartyAlready));
        }
        Ok(())
    }

    /// The place of the addition that is dispatched on `cause`.
    fn addition(&self, cause: &Digest) -> Result<usize, Stop> {
        let is_cause = |addition: &Addition| match &addition.stage {
            Stage::Dispatch { cause: due } => due == cause,
            _ => false,
        };
        let place = self.additions.iter().position(is_cause);
        place.ok_or((Check::Dispatch, Fault::Stale))
    }
}

/// The one thing that the entry must attach.
fn one_attachment(said: &Said<'_>) -> Result<AttachmentRef, Stop> {
    match said.entry.attachments.as_slice() {
        [one] => Ok(*one),
        _ => Err((Check::Attachments, Fault::AttachmentsDiffer)),
    }
}
