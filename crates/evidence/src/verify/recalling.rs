//! What the senders do with a document after its dispatch, and what takes its place.

use yichuan_document::UnitRef;
use yichuan_document::life::{DeliveryEvent, DeliveryState, DocumentEvent, Fact};
use yichuan_document::roster::Standing;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{
    CopiesNumbered, MoreCopies, OfDelivery, PermissionRequest, Recall, RecallReason,
    ReturnAcknowledgement, Supersession,
};

use super::case::{Begun, Case};
use super::fault::Fault;
use super::finding::{Check, Findings};
use super::issuing::is_open;
use super::statement::{Said, Stop};

impl Case<'_> {
    /// Clean for who has not fetched it, a notice for who has; at least one must be concerned.
    pub(super) fn recall(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Recall = said.body()?;
        let standing = said.by_any(&[Role::Send, Role::Approve])?;
        said.attaches(body.note.as_slice())?;
        let begun = self.of(&body.about)?;
        sender(begun, said, &standing)?;
        if body.units.len() > Recall::UNITS_MAX {
            return Err((Check::Deliveries, Fault::Beyond));
        }
        let reason = RecallReason::from_code(body.code);
        if reason.is_some_and(RecallReason::needs_text) && body.note.is_none() {
            return Err((Check::Deliveries, Fault::NoWords));
        }
        if begun.tracks.is_empty() {
            return Err((Check::Life, Fault::TooEarly));
        }
        let (mut life, mut concerned) = (begun.life.clone(), Vec::new());
        for (place, track) in begun.tracks.iter().enumerate() {
            let named = body.units.is_empty() || body.units.contains(&track.unit);
            let delivery = life.deliveries().get(place).copied();
            if let Some(delivery) = delivery.filter(|_| named)
                && let Ok(step) = life.apply_to(place, delivery.recall())
            {
                life = step.or(life);
                concerned.push(place);
            }
        }
        // What became of a delivery that the bundle does not tell of, nobody can say here.
        let mut told = body.units.iter();
        let all_told = match &self.reader {
            Some(reader) if self.sends(reader, said) => true,
            _ => !body.units.is_empty() && told.all(|unit| self.tells(unit, said)),
        };
        if concerned.is_empty() && all_told {
            return Err((Check::Deliveries, Fault::NothingConcerned));
        }
        for place in &concerned {
            self.caught_up(*place, said, findings);
        }
        let begun = self.of(&body.about)?;
        begun.lead_on(life, said);
        for place in concerned {
            begun.tracks[place].rest_on(said.digest);
        }
        findings.pass(Check::Deliveries);
        Ok(())
    }

    /// Once, on the return.
    pub(super) fn return_acknowledgement(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: ReturnAcknowledgement = said.body()?;
        let standing = said.by(Role::Send)?;
        said.attaches(&[])?;
        let (_, place) = self.sent_delivery(said, &standing, &body.delivery)?;
        let events = [DeliveryEvent::Fact(Fact::ReturnAcknowledged)];
        self.next_of(place, said, &body.delivery, &events, findings)?;
        findings.pass(Check::Deliveries);
        Ok(())
    }

    pub(super) fn more_copies(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: MoreCopies = said.body()?;
        let standing = said.by_any(&[Role::Send, Role::Approve])?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        sender(begun, said, &standing)?;
        if !(1..=MoreCopies::COPIES_MAX).contains(&body.copies) {
            return Err((Check::Statements, Fault::Beyond));
        }
        let place = begun.delivery_of(&body.unit)?;
        let copies = &mut begun.tracks[place].copies;
        *copies = copies.saturating_add(u32::from(body.copies));
        self.caught_up(place, said, findings);
        Ok(())
    }

    /// The exchange numbers originals: within the quota, and no number twice.
    pub(super) fn copies_numbered(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: CopiesNumbered = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let sees_all = match &self.reader {
            Some(reader) => self.sends(reader, said),
            None => false,
        };
        let told = self.tells(&body.unit, said);
        let begun = self.of(&body.about)?;
        let place = begun.delivery_of(&body.unit)?;
        let state = begun.life.deliveries().get(place).map(|it| it.state());
        if told && state != Some(DeliveryState::SignedFor) {
            return Err((Check::Life, Fault::TooEarly));
        }
        let last = body
            .first
            .saturating_add(u32::from(body.count).saturating_sub(1));
        let counted = (1..=PermissionRequest::COPIES_MAX).contains(&body.count);
        if !counted || body.first == 0 || last > CopiesNumbered::HIGHEST {
            return Err((Check::Statements, Fault::Beyond));
        }
        let track = &begun.tracks[place];
        let new = if body.again { 0 } else { u32::from(body.count) };
        let printed = track.printed + new;
        let quota = u32::from(track.quota) + track.copies;
        if u32::from(body.printed) != printed || (told && u32::from(body.quota) != quota) {
            return Err((Check::Deliveries, Fault::CopyNumbers));
        }
        if printed > u32::from(body.quota) {
            return Err((Check::Deliveries, Fault::Beyond));
        }
        let ends = |it: &(UnitRef, u32, u16)| it.1 + u32::from(it.2) - 1;
        let mut before = begun.numbered.iter();
        let fits = if body.again {
            before.any(|it| it.0 == body.unit && it.1 <= body.first && ends(it) >= last)
        } else if sees_all {
            begun.numbered.last().map_or(0, ends) + 1 == body.first
        } else {
            before.all(|it| ends(it) < body.first)
        };
        if !fits {
            return Err((Check::Deliveries, Fault::CopyNumbers));
        }
        if !body.again {
            let numbered = (body.unit.clone(), body.first, body.count);
            begun.numbered.push(numbered);
            begun.tracks[place].printed = printed;
        }
        findings.pass(Check::Deliveries);
        Ok(())
    }

    /// A replacing document went out: what is pending ends. Its dispatch is in another bundle.
    pub(super) fn supersession(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Supersession = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        if body.by == body.about || body.by.document == body.about.document {
            return Err((Check::Statements, Fault::AnotherDocument));
        }
        if begun.replaced {
            return Err((Check::Life, Fault::Again));
        }
        let life = match begun.life.apply(DocumentEvent::Fact(Fact::Replaced)) {
            Ok(step) => step.or(begun.life.clone()),
            // What waited in a unit that was closed never comes to an end of its own.
            Err(_) if begun.is_left_behind(said) => begun.life.clone(),
            Err(why) => return Err((Check::Life, why.into())),
        };
        self.all_caught_up(said, findings);
        let begun = self.of(&body.about)?;
        begun.replaced = true;
        for (place, after) in life.deliveries().iter().enumerate() {
            if begun.life.deliveries()[place].state() != after.state() {
                begun.tracks[place].also = Some(said.digest);
            }
        }
        begun.lead_on(life, said);
        Ok(())
    }

    /// The delivery that a sender speaks of.
    pub(super) fn sent_delivery(
        &mut self,
        said: &Said<'_>,
        standing: &Standing,
        named: &OfDelivery,
    ) -> Result<(&mut Begun, usize), Stop> {
        let begun = self.of(&named.about)?;
        sender(begun, said, standing)?;
        let place = begun.delivery_of(&named.unit)?;
        Ok((begun, place))
    }

    fn sends(&self, unit: &UnitRef, said: &Said<'_>) -> bool {
        let begun = self.begun.as_ref();
        begun.is_some_and(|begun| begun.sends(unit, said.roster))
    }
}

impl Begun {
    /// Whether the document had not come to an end when the unit of its lead was closed.
    fn is_left_behind(&self, said: &Said<'_>) -> bool {
        let lead = self.manifest.lead();
        let open = lead.is_some_and(|lead| is_open(said, lead));
        !open && !self.life.progress().stage().is_terminal()
    }
}

/// Refuses an account that is not of a sender: of an issuer, or of who took over its work.
pub(super) fn sender(begun: &Begun, said: &Said<'_>, standing: &Standing) -> Result<(), Stop> {
    let unit = unit_of(said, standing);
    if begun.sends(&unit, said.roster) {
        Ok(())
    } else {
        Err((Check::Signatures, Fault::AnotherUnit))
    }
}

/// The unit of an account, as signed data names it.
pub(super) fn unit_of(said: &Said<'_>, standing: &Standing) -> UnitRef {
    UnitRef {
        unit: standing.id().unit(),
        origin: said.roster.origin().clone(),
    }
}
