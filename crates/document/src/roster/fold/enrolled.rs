//! What the enrolled say for themselves: valid only by a certified key that has that narrow right
//! (protocol rule 10).

use crate::roster::act::{
    Bequest, Change, DELEGATION_MS_MAX, Delegate, Enrolment, KeyCause, NewShare, NewUnitKey,
    SealActivation,
};
use crate::roster::duty::{Delegation, RecoveryPurpose};
use crate::roster::record::{
    KeyShare, OLD_KEY_MS, PreviousKey, Role, SealGrant, SealStep, Status, Ticket, UnitKey,
};
use crate::roster::standing::Standing;
use crate::roster::{NoStanding, Roster, RosterRefused, rules};
use crate::signed::{Payload, Signed, Signer, SlotRole};
use crate::{AccountId, Timestamp};

impl Roster {
    pub(super) fn decide_enrolment(
        &self,
        signed: &Signed,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: Enrolment = payload.body().map_err(RosterRefused::Body)?;
        let ticket = self
            .ticket(&body.ticket)
            .ok_or(RosterRefused::UnknownTicket)?;
        signed
            .verify(&[
                Signer {
                    role: SlotRole::Ticket,
                    keys: vec![ticket.key.clone()],
                },
                Signer {
                    role: SlotRole::NewAccount,
                    keys: body.account.signing.clone(),
                },
                Signer {
                    role: SlotRole::NewDevice,
                    keys: body.device.signing.clone(),
                },
            ])
            .map_err(RosterRefused::Signature)?;
        if ticket.used_by.is_some() {
            return Err(RosterRefused::TicketUsed);
        }
        if now > ticket.expires {
            return Err(RosterRefused::TicketExpired {
                expired: ticket.expires,
            });
        }
        let named = (payload.account.as_ref(), payload.device.as_ref());
        if named != (Some(&ticket.account), Some(&ticket.device))
            || body.account.device != ticket.device
        {
            return Err(RosterRefused::TicketForOther);
        }
        self.may_enrol(&ticket)?;
        let device_changes = self.device_keys(&ticket.device).as_ref() != Some(&body.device);
        rules::check_new_keys(self, &body, &ticket.device, device_changes)
            .map_err(RosterRefused::Change)?;
        let used = Ticket {
            used_by: Some(signed.digest()),
            ..ticket.clone()
        };
        let account = ticket.account.as_str();
        let mut changes = vec![
            Change::put(body.ticket.as_str(), &used),
            Change::put(account, &body.account),
            Change::put(ticket.device.as_str(), &body.device),
        ];
        if self.key_share(&ticket.account).is_some() {
            // Shares for keys that are no more can be opened by nobody.
            changes.push(Change::put(account, &KeyShare { epochs: Vec::new() }));
        }
        Ok(changes)
    }

    fn may_enrol(&self, ticket: &Ticket) -> Result<(), RosterRefused> {
        let unit = self.unit(&ticket.account.unit());
        if unit.is_none_or(|unit| unit.status != Status::Active) {
            return Err(RosterRefused::NoStanding(NoStanding::Unit));
        }
        let account = self.account(&ticket.account);
        let account = account.filter(|account| account.status == Status::Active);
        let account = account.ok_or(RosterRefused::NoStanding(NoStanding::Account))?;
        if !account.devices.contains(&ticket.device) {
            return Err(RosterRefused::NoStanding(NoStanding::NotOnThisDevice));
        }
        let device = self.device(&ticket.device);
        if device.is_none_or(|device| device.status != Status::Active) {
            return Err(RosterRefused::NoStanding(NoStanding::Device));
        }
        Ok(())
    }

    /// The account that has signed, on its computer, with the role that is asked for.
    fn said_by(
        &self,
        signed: &Signed,
        payload: &Payload,
        role: Option<Role>,
    ) -> Result<Standing, RosterRefused> {
        let standing = self.standing(payload).map_err(RosterRefused::NoStanding)?;
        signed
            .verify(&standing.signers())
            .map_err(RosterRefused::Signature)?;
        if let Some(role) = role {
            standing.require(role).map_err(RosterRefused::NoStanding)?;
        }
        Ok(standing)
    }

    pub(super) fn decide_unit_key(
        &self,
        signed: &Signed,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: NewUnitKey = payload.body().map_err(RosterRefused::Body)?;
        let standing = self.said_by(signed, payload, Some(Role::Manage))?;
        if standing.id().unit() != body.unit || body.key.made_by != *standing.id() {
            return Err(RosterRefused::AnotherUnit);
        }
        let before = self.unit_key(&body.unit);
        let expected = before.as_ref().map_or(1, |key| key.epoch + 1);
        if body.key.epoch != expected || body.share.epoch != expected {
            return Err(RosterRefused::Epoch {
                expected,
                found: body.key.epoch,
            });
        }
        rules::check_unit_key(self, &body.key).map_err(RosterRefused::Change)?;
        let key = UnitKey {
            previous: before.and_then(|before| replaced(&before, body.cause, now)),
            ..body.key
        };
        let share =
            rules::with_share(self, standing.id(), body.share).map_err(RosterRefused::Change)?;
        Ok(vec![
            Change::put(body.unit.as_str(), &key),
            Change::put(standing.id().as_str(), &share),
        ])
    }

    pub(super) fn decide_share(
        &self,
        signed: &Signed,
        payload: &Payload,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: NewShare = payload.body().map_err(RosterRefused::Body)?;
        let standing = self.said_by(signed, payload, None)?;
        if standing.id().unit() != body.account.unit() {
            return Err(RosterRefused::AnotherUnit);
        }
        // Nobody who has left is given a key: the account must be in use.
        let receiver = self.account(&body.account);
        if receiver.is_none_or(|account| account.status != Status::Active) {
            return Err(RosterRefused::NoStanding(NoStanding::Account));
        }
        let own = self.key_share(standing.id());
        let holds = own.is_some_and(|own| {
            own.epochs
                .iter()
                .any(|share| share.epoch == body.share.epoch)
        });
        if !holds && !self.recovers(&standing, &body) {
            return Err(RosterRefused::HoldsNoShare);
        }
        let share =
            rules::with_share(self, &body.account, body.share).map_err(RosterRefused::Change)?;
        Ok(vec![Change::put(body.account.as_str(), &share)])
    }

    /// Whether the authority has handed the signer its half of this very seed (rule 13).
    fn recovers(&self, standing: &Standing, body: &NewShare) -> bool {
        let handed = self.recovery(&body.account.unit());
        handed.is_some_and(|handed| {
            handed.account == body.account
                && handed.account == *standing.id()
                && handed.half.epoch == body.share.epoch
                && handed.purpose == RecoveryPurpose::Lost
        })
    }

    pub(super) fn decide_activation(
        &self,
        signed: &Signed,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: SealActivation = payload.body().map_err(RosterRefused::Body)?;
        let standing = self.standing(payload).map_err(RosterRefused::NoStanding)?;
        let grant = self.seal(&body.seal).filter(|grant| {
            grant.awaits == Some(SealStep::Activation) && grant.picture == body.picture
        });
        let grant = grant.ok_or(RosterRefused::NotAwaited)?;
        let signers = standing
            .seal_signers_of(&grant, &body.seal, now)
            .map_err(RosterRefused::NoStanding)?;
        signed.verify(&signers).map_err(RosterRefused::Signature)?;
        let active = SealGrant {
            awaits: None,
            ..grant
        };
        Ok(vec![Change::put(body.seal.as_str(), &active)])
    }

    pub(super) fn decide_delegation(
        &self,
        signed: &Signed,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: Delegate = payload.body().map_err(RosterRefused::Body)?;
        // Who only stands in does not pass it on: the role must be the account's own.
        let standing = self.said_by(signed, payload, Some(Role::Approve))?;
        self.may_stand_in(&standing, &body.to)?;
        let fits = body.from <= body.until && body.until <= now.plus_ms(DELEGATION_MS_MAX);
        if !fits {
            return Err(RosterRefused::Delegation);
        }
        let record = Delegation {
            of: standing.id().clone(),
            from: body.from,
            until: body.until,
        };
        Ok(vec![Change::put(body.to.as_str(), &record)])
    }

    pub(super) fn decide_bequest(
        &self,
        signed: &Signed,
        payload: &Payload,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: Bequest = payload.body().map_err(RosterRefused::Body)?;
        let standing = self.said_by(signed, payload, Some(Role::Manage))?;
        if standing.id().unit() != body.unit {
            return Err(RosterRefused::AnotherUnit);
        }
        rules::check_legacy(self, &body.unit, &body.legacy).map_err(RosterRefused::Change)?;
        let own = self.key_share(standing.id()).into_iter();
        let held: Vec<u32> = own
            .flat_map(|own| own.epochs)
            .map(|share| share.epoch)
            .collect();
        let left = &body.legacy.shares;
        if left.iter().any(|share| !held.contains(&share.epoch)) {
            return Err(RosterRefused::HoldsNoShare);
        }
        Ok(vec![Change::put(body.unit.as_str(), &body.legacy)])
    }

    fn may_stand_in(&self, standing: &Standing, to: &AccountId) -> Result<(), RosterRefused> {
        if standing.id().unit() != to.unit() {
            return Err(RosterRefused::AnotherUnit);
        }
        let deputy = self.account(to);
        let deputy = deputy.filter(|account| account.status == Status::Active);
        let deputy = deputy.ok_or(RosterRefused::NoStanding(NoStanding::Account))?;
        if to == standing.id() || deputy.person == *standing.person() {
            return Err(RosterRefused::Delegation);
        }
        Ok(())
    }
}

/// What stays of a key that was replaced: for 72 hours, documents that are on their way to it.
fn replaced(before: &UnitKey, cause: Option<KeyCause>, now: Timestamp) -> Option<PreviousKey> {
    if cause == Some(KeyCause::Compromised) {
        return None;
    }
    let since = before.stale.map_or(now, |stale| stale.min(now));
    Some(PreviousKey {
        epoch: before.epoch,
        key: before.key.id(),
        until: since.plus_ms(OLD_KEY_MS),
    })
}
