//! A unit's people: who stands in for the head, what is handed over, what the authority is asked
//! for, and a seal's first day.

use std::collections::BTreeSet;

use yichuan_document::key::Signs;
use yichuan_document::roster::act::{Delegate, SealActivation};
use yichuan_document::roster::duty::Delegation;
use yichuan_document::roster::record::{Role, SealGrant, SealStep};
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{Application, AttachmentRef, HandOver, HandOverTaken, Wish};
use yichuan_document::{AccountId, DeviceId, Digest, SealId, StatementId, Timestamp, cbor};
use yichuan_envelope::open_note;
use yichuan_evidence::entry::{Entry, EntryKind};

use super::failed::Failed;
use super::session::Session;
use crate::lang::say;
use crate::token::OwnKey;

/// A list of what was handed over, as the log has it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The entry's index.
    pub index: u64,
    /// The statement's digest, by which it is taken.
    pub digest: Digest,
    /// When it was recorded.
    pub time: Timestamp,
    /// Who handed over.
    pub from: AccountId,
    /// Who takes over.
    pub to: AccountId,
    /// When the other one signed for it.
    pub taken: Option<Timestamp>,
    list: AttachmentRef,
}

/// An application of the unit, as the log has it.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The entry's index.
    pub index: u64,
    /// The statement's digest, which the act that grants it names.
    pub digest: Digest,
    /// When it was recorded.
    pub time: Timestamp,
    /// What was asked for.
    pub application: Application,
}

impl Session {
    /// Has another account of the unit stand in for this one as its approver. A time that is over,
    /// or ends before it begins, is refused.
    pub async fn delegate(
        &mut self,
        to: AccountId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<(u64, Entry), Failed> {
        if until < from || until < crate::now() {
            let why = say(
                "结束日期已过或早于起始日期",
                "the last day is over, or before the first",
            );
            return Err(Failed::Usage(why.to_owned()));
        }
        self.lend(to, from, until).await
    }

    async fn lend(
        &mut self,
        to: AccountId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Approve])?;
        let name = format!("delegation-{to}-{}-{}", from.unix_ms(), until.unix_ms());
        let body = Delegate { to, from, until };
        let outcome = self.say(&name, &body, Vec::new()).await?;
        self.follow().await?;
        Ok(outcome)
    }

    /// Ends at once that another account stands in for this one: with the instant in which it is
    /// recorded.
    pub async fn end_delegation(&mut self, to: AccountId) -> Result<(u64, Entry), Failed> {
        let now = crate::now();
        self.lend(to, now, now).await
    }

    /// The unit's delegations, by who stands in: those that are over, run, and are to come.
    pub fn delegations(&self) -> Vec<(AccountId, Delegation)> {
        let unit = self.identity.unit();
        let all = self.mirror.roster().all::<Delegation>();
        all.filter_map(|(id, lent)| Some((id.parse::<AccountId>().ok()?, lent)))
            .filter(|(id, _)| id.unit() == unit)
            .collect()
    }

    /// The list with this number, or the beginning of one, of what was handed over.
    pub fn hand_over_of(&self, typed: &str) -> Result<Listed, Failed> {
        let mut fits = self.hand_overs()?;
        fits.retain(|listed| listed.digest.to_string().starts_with(typed));
        match (fits.len(), fits.pop()) {
            (1, Some(one)) => Ok(one),
            (matches, _) => Err(Failed::WhichDocument {
                typed: typed.to_owned(),
                matches,
            }),
        }
    }

    /// Takes a seal into use that waits for it. The picture is the one that the authority put.
    pub async fn activate_seal(
        &mut self,
        seal: &SealId,
        key: &OwnKey,
    ) -> Result<(u64, Entry), Failed> {
        let roster = self.mirror.roster();
        let grant = roster.seal(seal);
        let grant = grant.ok_or(yichuan_document::roster::NoStanding::Seal)?;
        let body = SealActivation {
            seal: seal.clone(),
            picture: grant.picture,
        };
        let id = StatementId::new(crate::now(), &mut crate::chance()?);
        let more = [(SlotRole::Seal, key as &dyn Signs<_>)];
        let signed = self.identity.sign_with(&self.context(), id, &body, &more)?;
        let name = format!("activation-{seal}");
        let outcome = self.say_signed(&name, &signed, Vec::new()).await?;
        self.follow().await?;
        Ok(outcome)
    }

    /// The seals of this account that wait to be taken into use.
    pub fn seals_that_wait(&self) -> Vec<(SealId, SealGrant)> {
        let seals = self.mirror.roster().all::<SealGrant>();
        seals
            .filter(|(_, grant)| grant.custodian == self.identity.account)
            .filter(|(_, grant)| grant.awaits == Some(SealStep::Activation))
            .filter_map(|(id, grant)| Some((id.parse().ok()?, grant)))
            .collect()
    }

    /// Applies to the authority for something.
    pub async fn apply(
        &mut self,
        wish: Wish,
        account: AccountId,
        device: DeviceId,
        reason: &str,
    ) -> Result<(u64, Digest), Failed> {
        self.require_any(&[Role::Manage])?;
        let words = reason.as_bytes().to_vec();
        let body = Application {
            wish: wish.code(),
            account,
            device,
            reason: AttachmentRef::to(&words).ok_or(Failed::Protocol)?,
        };
        let name = format!("application-{}", Digest::of(&cbor::to_vec(&body)));
        let (index, entry) = self.say(&name, &body, vec![words]).await?;
        let signed = entry.signed().map_err(|_| Failed::Protocol)?;
        Ok((index, signed.digest()))
    }

    /// The unit's applications, oldest first.
    pub fn applications(&self) -> Result<Vec<Applied>, Failed> {
        let statements = self.own_statements(EntryKind::Application)?;
        let applied = statements.iter().filter_map(|statement| {
            Some(Applied {
                index: statement.index,
                digest: statement.digest,
                time: statement.entry.time,
                application: statement.payload.body().ok()?,
            })
        });
        Ok(applied.collect())
    }

    /// Lists what is handed over to another account of the unit: what is under way, the seals, the
    /// shares of the unit's key, and what else the words say.
    pub async fn list_hand_over(
        &mut self,
        to: AccountId,
        words: &str,
    ) -> Result<(u64, Digest, String), Failed> {
        if to == self.identity.account {
            let why = say("不能移交给自己", "nobody hands over to themselves");
            return Err(Failed::Usage(why.to_owned()));
        }
        let list = self.what_there_is(words);
        let own = self.identity.unit_ref(self.mirror.roster());
        let closed = self.note(&list, &Digest::from_bytes([0; 32]), &[own])?;
        let body = HandOver {
            to,
            list: AttachmentRef::to(&closed).ok_or(Failed::Protocol)?,
        };
        let name = format!("hand-over-{}-{}", body.to, Digest::of(list.as_bytes()));
        let (index, entry) = self.say(&name, &body, vec![closed]).await?;
        let signed = entry.signed().map_err(|_| Failed::Protocol)?;
        Ok((index, signed.digest(), list))
    }

    fn what_there_is(&self, words: &str) -> String {
        let roster = self.mirror.roster();
        let (account, unit) = (&self.identity.account, self.identity.unit());
        let mut lines = vec![format!("帐号 {account} ({})", self.identity.device)];
        let registers = self.feed.registers();
        for document in registers.documents() {
            let id = document.about.document;
            if document.outgoing && !document.stage.is_terminal() {
                lines.push(format!("发文在办 {id} {}", document.stage.zh()));
            }
            let own = document.view_of(&unit).filter(|_| document.incoming);
            if let Some(own) = own.filter(|own| own.delivery.state().is_pending()) {
                lines.push(format!("收文在办 {id} {}", own.delivery.state().zh()));
            }
        }
        let seals = roster.all::<SealGrant>();
        for (id, grant) in seals.filter(|(_, grant)| grant.custodian == *account) {
            lines.push(format!("印章 {id} {}", grant.name));
        }
        let shares = roster.key_share(account).into_iter();
        let epochs: BTreeSet<u32> = shares
            .flat_map(|shares| shares.epochs)
            .map(|share| share.epoch)
            .collect();
        if !epochs.is_empty() {
            lines.push(format!("单位密钥期次 {epochs:?}"));
        }
        if !words.trim().is_empty() {
            lines.push(words.to_owned());
        }
        lines.join("\n")
    }

    /// What was handed over in the unit, oldest first.
    pub fn hand_overs(&self) -> Result<Vec<Listed>, Failed> {
        let taken = self.own_statements(EntryKind::HandOverTaken)?;
        let statements = self.own_statements(EntryKind::HandOver)?;
        let listed = statements.iter().filter_map(|statement| {
            let body: HandOver = statement.payload.body().ok()?;
            let signed_for = taken.iter().find(|taken| {
                let body: Option<HandOverTaken> = taken.payload.body().ok();
                body.is_some_and(|body| body.hand_over == statement.digest)
            });
            Some(Listed {
                index: statement.index,
                digest: statement.digest,
                time: statement.entry.time,
                from: statement.payload.account.clone()?,
                to: body.to,
                taken: signed_for.map(|taken| taken.entry.time),
                list: body.list,
            })
        });
        Ok(listed.collect())
    }

    /// The words of a list.
    pub async fn read_list(&self, listed: &Listed) -> Result<String, Failed> {
        let closed = self.attachment_of(listed.index, listed.list.digest).await?;
        let roster = self.mirror.roster();
        let own = self.identity.unit_ref(roster);
        let nothing = Digest::from_bytes([0; 32]);
        open_note(&closed, &roster.genesis(), &nothing, &own, |epoch| {
            self.identity.unit_secret(roster, epoch).ok()
        })
        .map_err(|_| Failed::NoteUnreadable(listed.index))
    }

    /// Signs for what was handed over to this account.
    pub async fn take_hand_over(&mut self, listed: &Listed) -> Result<(u64, Entry), Failed> {
        let body = HandOverTaken {
            hand_over: listed.digest,
        };
        let name = format!("hand-over-taken-{}", listed.digest);
        self.say(&name, &body, Vec::new()).await
    }

    /// Refuses an account that neither approves nor stands in for who does.
    pub(super) fn require_approver(&self) -> Result<(), Failed> {
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        standing.approvers(roster, crate::now()).map(|_| ())?;
        Ok(())
    }
}

/// The accounts that stand in for an approver of their unit now.
pub fn stand_ins(roster: &yichuan_document::roster::Roster, now: Timestamp) -> Vec<AccountId> {
    let lent = roster.all::<Delegation>();
    lent.filter(|(_, lent)| (lent.from..=lent.until).contains(&now))
        .filter(|(_, lent)| {
            let head = roster.account(&lent.of);
            head.is_some_and(|head| head.roles.contains(&Role::Approve))
        })
        .filter_map(|(id, _)| id.parse().ok())
        .collect()
}
