//! Taking back and refusing: recall and its answers, refusal of a delivery, and what is sent once
//! more, to more units or in more copies.

use yichuan_document::inspection::ReturnReason;
use yichuan_document::life::Step;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{
    About, DeliveryRefusal, MoreCopies, Recall, RecallAnswer, RecallReason, RecallReply, Rewrap,
    Supplement, SupplementApproval,
};
use yichuan_document::{Digest, UnitCode, UnitRef, cbor};
use yichuan_evidence::entry::Entry;

use super::compose::{recipients, wraps};
use super::failed::Failed;
use super::session::Session;

/// Whom a supplement adds.
#[derive(Clone, Debug)]
pub struct Added {
    /// 主送.
    pub to: Vec<UnitCode>,
    /// 抄送.
    pub copy: Vec<UnitCode>,
    /// How many copies each may print.
    pub print_quota: u16,
}

impl Session {
    /// Recalls a document (撤回) from the units named, or from all where none is.
    pub async fn recall(
        &mut self,
        about: About,
        units: &[UnitCode],
        reason: RecallReason,
        words: Option<&str>,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send, Role::Approve])?;
        let manifest = self.manifest(about.manifest).await?;
        let registers = self.feed.registers();
        let document = registers.with_manifest(&about.manifest);
        let document = document.ok_or(Failed::Protocol)?;
        let concerned = |unit: &UnitCode| {
            let named = units.is_empty() || units.contains(unit);
            let view = document.view_of(unit).filter(|_| named);
            view.is_some_and(|view| {
                let step = view.delivery.apply(view.delivery.recall());
                matches!(step, Ok(Step::Changed(_)))
            })
        };
        let deliveries = document.all_deliveries(&manifest);
        let concerned: Vec<&UnitCode> = deliveries
            .into_keys()
            .filter(|unit| concerned(unit))
            .collect();
        if concerned.is_empty() {
            return Err(Failed::NobodyConcerned);
        }
        let issuers = manifest.issuers.iter().map(|issuer| issuer.unit.clone());
        let concerned = concerned.into_iter().map(|unit| self.with_origin(unit));
        let readers: Vec<UnitRef> = issuers.chain(concerned).collect();
        let note = self.words_for(words, &about.manifest, &readers)?;
        let (note, named) = note.unzip();
        let mut units: Vec<UnitRef> = units.iter().map(|unit| self.with_origin(unit)).collect();
        units.sort();
        units.dedup();
        let said = cbor::to_vec(&(&units, reason.code(), words));
        let name = format!("recall-{}-{}", about.document, Digest::of(&said));
        let body = Recall {
            about,
            units,
            code: reason.code(),
            note: named,
        };
        let done = self.say(&name, &body, note.into_iter().collect()).await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }

    /// Answers a recall that came after the fetch.
    pub async fn answer_recall(
        &mut self,
        about: About,
        reply: RecallReply,
        words: Option<&str>,
    ) -> Result<(u64, Entry), Failed> {
        let (delivery, note) = self.own_delivery(about, words).await?;
        let (note, named) = note.unzip();
        let name = format!("recall-answer-{}-{}", about.document, reply.code());
        let body = RecallAnswer {
            delivery,
            code: reply.code(),
            note: named,
        };
        let done = self.say(&name, &body, note.into_iter().collect()).await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }

    /// Refuses a delivery outright (拒收), whether it was looked at or not.
    pub async fn refuse_delivery(
        &mut self,
        about: About,
        reason: ReturnReason,
        words: Option<&str>,
    ) -> Result<(u64, Entry), Failed> {
        let (delivery, note) = self.own_delivery(about, words).await?;
        let (note, named) = note.unzip();
        let body = DeliveryRefusal {
            delivery,
            code: u16::try_from(reason.code()).map_err(|_| Failed::Protocol)?,
            note: named,
        };
        let name = format!("refuse-delivery-{}-{}", about.document, reason.code());
        let done = self.say(&name, &body, note.into_iter().collect()).await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }

    /// Adds recipients to a dispatched document (补发); it goes out when the head has approved it.
    pub async fn supplement(
        &mut self,
        about: About,
        added: &Added,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send])?;
        let dossier = self.dossier(about.manifest).await?;
        let key = self.content_key(&dossier).await?;
        let roster = self.mirror.roster();
        let own = self.identity.unit();
        let recipients = recipients((&added.to, &added.copy), added.print_quota, &own, roster)?;
        let holders = recipients.iter().map(|recipient| &recipient.unit);
        let wraps = wraps(roster, holders, about.manifest, &key)?;
        let said = cbor::to_vec(&recipients);
        let name = format!("supplement-{}-{}", about.document, Digest::of(&said));
        let body = Supplement {
            about,
            recipients,
            wraps: wraps.digest(),
        };
        self.say(&name, &body, vec![wraps.to_bytes()]).await
    }

    /// Decides about a supplement.
    pub async fn decide_supplement(
        &mut self,
        about: About,
        supplement: Digest,
        granted: bool,
    ) -> Result<(u64, Entry), Failed> {
        self.require_approver()?;
        let body = SupplementApproval {
            about,
            supplement,
            granted,
        };
        let name = format!("supplement-approval-{supplement}-{granted}");
        self.say(&name, &body, Vec::new()).await
    }

    /// Closes the content key once more for a recipient that has returned the document (重发).
    pub async fn rewrap(&mut self, about: About, unit: &UnitCode) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send])?;
        let dossier = self.dossier(about.manifest).await?;
        let key = self.content_key(&dossier).await?;
        let delivery = self.delivery_to(about, unit)?;
        let holder = std::iter::once(&delivery.unit);
        let wraps = wraps(self.mirror.roster(), holder, about.manifest, &key)?;
        let name = format!("rewrap-{}-{unit}", about.document);
        let body = Rewrap {
            delivery,
            wraps: wraps.digest(),
        };
        self.say(&name, &body, vec![wraps.to_bytes()]).await
    }

    /// Grants a recipient more copies (增发).
    pub async fn grant_copies(
        &mut self,
        about: About,
        unit: &UnitCode,
        copies: u16,
    ) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Send, Role::Approve])?;
        let body = MoreCopies {
            about,
            unit: self.with_origin(unit),
            copies,
        };
        let name = format!("more-copies-{}-{unit}-{copies}", about.document);
        self.say(&name, &body, Vec::new()).await
    }
}
