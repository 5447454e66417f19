//! Who acts: an account whose keystore is open, on an enrolled computer.

use yichuan_document::key::{SigningSecret, Signs};
use yichuan_document::roster::Roster;
use yichuan_document::signed::{Body, Context, Payload, Seen, Signed, SlotRole};
use yichuan_document::statement::{LoginProof, SessionOpen};
use yichuan_document::{AccountId, DeviceId, Digest, StatementId, UnitCode, UnitRef};
use yichuan_envelope::{EncryptionSecret, open_legacy, open_share};

use super::failed::Failed;
use crate::now;
use crate::token::{OwnKey, TokenFailed};

/// An account with its open keys, on this computer.
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// This computer.
    pub device: DeviceId,
    /// The account's signing key, here or on a token.
    pub signing: OwnKey,
    /// The account's encryption key.
    pub encryption: EncryptionSecret,
    /// The computer's signing key.
    pub device_signing: SigningSecret,
    /// What proves that the password was typed.
    pub login: LoginProof,
}

impl Identity {
    /// The account's unit.
    pub fn unit(&self) -> UnitCode {
        self.account.unit()
    }

    /// The account's unit, with the origin of its exchange.
    pub fn unit_ref(&self, roster: &Roster) -> UnitRef {
        UnitRef {
            unit: self.unit(),
            origin: roster.origin().clone(),
        }
    }

    /// What every statement of this account on this computer begins with.
    pub fn context(&self, roster: &Roster, seen: Option<Seen>) -> Context {
        Context {
            origin: roster.origin().clone(),
            genesis: roster.genesis(),
            roster: roster.head(),
            seen,
            account: Some(self.account.clone()),
            device: Some(self.device.clone()),
        }
    }

    /// Signs a statement with account and computer; a token may refuse, and then there is none.
    pub fn sign<B: Body>(
        &self,
        context: &Context,
        id: StatementId,
        body: &B,
    ) -> Result<Signed, TokenFailed> {
        self.sign_with(context, id, body, &[])
    }

    /// Signs a statement with account, computer and more.
    pub fn sign_with<B: Body>(
        &self,
        context: &Context,
        id: StatementId,
        body: &B,
        more: &[(SlotRole, &dyn Signs<TokenFailed>)],
    ) -> Result<Signed, TokenFailed> {
        let payload = Payload::new(context, id, now(), body);
        let mut signers: Vec<(SlotRole, &dyn Signs<TokenFailed>)> = vec![
            (SlotRole::Account, &self.signing),
            (SlotRole::Device, &self.device_signing),
        ];
        signers.extend_from_slice(more);
        Signed::by(&payload, &signers)
    }

    /// The statement that opens a session on the connection with this exporter.
    pub fn session(&self, roster: &Roster, exporter: Digest) -> Result<Vec<u8>, Failed> {
        let id = StatementId::new(now(), &mut crate::chance()?);
        let context = self.context(roster, None);
        let body = SessionOpen {
            exporter,
            login: self.login.clone(),
        };
        Ok(self.sign(&context, id, &body)?.to_bytes())
    }

    /// The decryption key of a unit whose work the own one has taken over, if it was left to it.
    pub fn inherited_secret(
        &self,
        roster: &Roster,
        from: &UnitRef,
        epoch: u32,
    ) -> Result<EncryptionSecret, Failed> {
        let nothing = || Failed::NothingLeft(from.unit.clone());
        if !roster.predecessors(&self.unit()).contains(&from.unit) {
            return Err(Failed::Protocol);
        }
        let legacy = roster.legacy(&from.unit).ok_or_else(nothing)?;
        let heir = UnitRef {
            unit: legacy.to.clone(),
            origin: roster.origin().clone(),
        };
        // An heir that was itself merged has left its own seeds on.
        let secret = if legacy.to == self.unit() {
            self.unit_secret(roster, legacy.by)?
        } else {
            self.inherited_secret(roster, &heir, legacy.by)?
        };
        let share = legacy.shares.iter().find(|share| share.epoch == epoch);
        let share = share.ok_or_else(nothing)?;
        open_legacy(share, &roster.genesis(), from, &heir, &secret).map_err(|_| nothing())
    }

    /// The unit's decryption key of an epoch, opened with this account's share.
    pub fn unit_secret(&self, roster: &Roster, epoch: u32) -> Result<EncryptionSecret, Failed> {
        let no_share = || Failed::NoShare(self.account.clone());
        let shares = roster.key_share(&self.account).ok_or_else(no_share)?;
        let share = shares.epochs.iter().find(|share| share.epoch == epoch);
        let share = share.ok_or_else(no_share)?;
        let unit = self.unit_ref(roster);
        open_share(
            share,
            &roster.genesis(),
            &unit,
            &self.account,
            &self.encryption,
        )
        .map_err(|_| no_share())
    }
}
