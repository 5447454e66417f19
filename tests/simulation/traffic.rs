//! Who does what when: documents, what becomes of them, and what people forget.

use yichuan_document::key::SigningSecret;
use yichuan_document::manifest::{
    BODY_SUITE_1, Issuer, MANIFEST_VERSION, Manifest, Recipient, RecipientRole, Reference,
    SEGMENT_BYTES,
};
use yichuan_document::roster::Roster;
use yichuan_document::signed::{Body, SlotRole};
use yichuan_document::statement::{
    About, Approval, ApprovalRefusal, AttachmentRef, CheckLine, Contact, DeliveryRefusal,
    ExtensionDecision, ExtensionRequest, Fetch, Inquiry, InspectionList, MoreCopies, OfDelivery,
    Recall, RecallAnswer, Receipt, Reception, ReceptionRow, Return, ReturnAcknowledgement, Rewrap,
    SealUse, Submission, Supplement, SupplementApproval, Withdrawal,
};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, Wrap, WrapList, XWING_ENC_BYTES};
use yichuan_document::{
    AccountId, Classification, Digest, DocumentId, Timestamp, UnitCode, UnitRef, cbor, tree,
};
use yichuan_envelope::{ContentKey, Leaves};
use yichuan_exchange::registry::{BodyGiven, Incoming};
use yichuan_exchange::sequencer::Lane;
use yichuan_wire::ErrorCode;

use super::land::{Office, say, secret, unit_ref};
use super::oracle::{At, Delivery, Document};
use super::{HOUR_MS, Simulation};

const MINUTE_MS: u64 = 60_000;
/// Bytes of the one segment of a body.
pub const SEGMENT_SHORT: u32 = 4_112;
/// How often a sender comes back to a document.
const CARES_MAX: u8 = 12;

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A unit enters a document.
    Compose(usize),
    /// The head of its unit decides about it.
    Decide(Digest),
    /// Its custodian seals it.
    Seal(Digest),
    /// A recipient does the next thing about its delivery.
    Deal(Digest, UnitCode),
    /// The sender looks after a document that is out, for the so-many-th time.
    Care(Digest, u8),
    /// The head decides about a supplement.
    Supplement(Digest, Digest),
    /// Something goes wrong.
    Fault(u8),
    /// And is mended.
    Mend,
    /// Bytes that were not taken are sent again.
    Again(Box<Sent>),
}

/// A statement under way, as bytes that stay the same.
#[derive(Clone, Debug)]
pub struct Sent {
    incoming: Incoming,
    lane: Lane,
    then: Option<Event>,
    tries: u32,
}

// Events of one instant are ordered by their number; what is in them does not matter.
impl PartialEq for Sent {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Sent {}
impl PartialOrd for Sent {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Sent {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        let id = |sent: &Self| sent.incoming.signed.digest();
        id(self).as_bytes().cmp(id(other).as_bytes())
    }
}

impl Simulation {
    /// Lets things happen at once: what they send reaches the exchange together.
    pub(crate) async fn happen(&mut self, events: Vec<Event>) -> Result<(), String> {
        let mut sent = Vec::new();
        for event in events {
            match event {
                Event::Fault(kind) => self.fault(kind).await?,
                Event::Mend => self.mend().await?,
                Event::Again(again) => sent.push(*again),
                other => sent.extend(self.act(&other)),
            }
        }
        let mut outcomes = Vec::with_capacity(sent.len());
        let mut under_way = Vec::with_capacity(sent.len());
        for one in &sent {
            under_way.push(Box::pin(
                self.exchange.record(one.lane, one.incoming.clone()),
            ));
        }
        // All are in the queue before the first is waited for.
        for future in &mut under_way {
            outcomes.push(poll_once(future).await);
        }
        for (outcome, future) in outcomes.iter_mut().zip(under_way) {
            if outcome.is_none() {
                *outcome = Some(future.await);
            }
        }
        for (one, outcome) in sent.into_iter().zip(outcomes) {
            self.came_of(one, outcome.unwrap_or(Err(ErrorCode::STORE)));
        }
        Ok(())
    }

    /// What the one who sent it does next.
    fn came_of(&mut self, mut sent: Sent, outcome: Result<u64, ErrorCode>) {
        match outcome {
            Ok(_) => {
                // An answer may be lost on its way; then the same bytes come again.
                if self.percent(3) && sent.tries == 0 {
                    sent.tries += 1;
                    let later = self.below(HOUR_MS);
                    self.plan(later, Event::Again(Box::new(sent.clone())));
                }
                if let Some(then) = sent.then.take() {
                    let later = MINUTE_MS + self.below(90 * MINUTE_MS);
                    self.plan(later, then);
                }
            }
            Err(code) if code.number() >= 500 => {
                sent.tries += 1;
                let later = 5 * MINUTE_MS + self.below(20 * MINUTE_MS);
                if sent.tries < 200 {
                    self.plan(later, Event::Again(Box::new(sent)));
                }
            }
            Err(code) => {
                self.outcome.refused += 1;
                *self.refusals.entry(code.number()).or_default() += 1;
                if let Some(then) = sent.then.take() {
                    let later = MINUTE_MS + self.below(HOUR_MS);
                    self.plan(later, then);
                }
            }
        }
    }

    fn act(&mut self, event: &Event) -> Option<Sent> {
        match event {
            Event::Compose(unit) => self.compose(*unit, None),
            Event::Decide(document) => self.decide(document),
            Event::Seal(document) => self.seal(document),
            Event::Deal(document, unit) => self.deal(document, unit),
            Event::Care(document, times) => self.care(document, *times),
            Event::Supplement(document, supplement) => {
                self.decide_supplement(document, *supplement)
            }
            Event::Fault(_) | Event::Mend | Event::Again(_) => None,
        }
    }

    fn say<B: Body>(
        &mut self,
        office: &Office,
        account: &AccountId,
        body: &B,
        attachments: Vec<Vec<u8>>,
    ) -> Incoming {
        let roster = self.exchange.roster();
        let now = self.exchange.clock.real();
        Incoming {
            signed: say(&roster, office, account, now, body, &mut self.rng),
            attachments,
            body: BodyGiven::Absent,
        }
    }

    fn sent(incoming: Incoming, urgency: Urgency, then: Option<Event>) -> Sent {
        let lane = if urgency >= Urgency::Urgent {
            Lane::Urgent
        } else {
            Lane::Ordinary
        };
        Sent {
            incoming,
            lane,
            then,
            tries: 0,
        }
    }

    fn compose(&mut self, unit: usize, replaces: Option<&Document>) -> Option<Sent> {
        let office = self.land.units[unit].clone();
        let count = 1 + self.below(5);
        let mut recipients: Vec<UnitRef> = Vec::new();
        for _ in 0..count {
            let other = self.below(self.land.units.len() as u64);
            let other = unit_ref(&self.land.units[usize::try_from(other).ok()?].code);
            if other.unit != office.code && !recipients.contains(&other) {
                recipients.push(other);
            }
        }
        if let Some(replaced) = replaces {
            let before = replaced.manifest.recipients.iter();
            recipients = before.map(|recipient| recipient.unit.clone()).collect();
        }
        if recipients.is_empty() {
            return None;
        }
        let urgencies = [
            Urgency::Ordinary,
            Urgency::Ordinary,
            Urgency::Ordinary,
            Urgency::Urgent,
            Urgency::MostUrgent,
        ];
        let urgency = urgencies[usize::try_from(self.below(5)).ok()?];
        let stand = self.percent(50);
        let mut manifest = self.manifest(&office, &recipients, urgency);
        if let Some(replaced) = replaces {
            manifest.replaces = Some(Reference {
                id: replaced.about.document,
                manifest: replaced.about.manifest,
            });
            manifest.receipts_stand = stand.then_some(true);
        }
        let digest = manifest.digest();
        let roster = self.exchange.roster();
        let wraps = wraps(&roster, manifest.holders())?;
        let body = Submission {
            about: About {
                document: manifest.id,
                manifest: digest,
            },
            wraps: wraps.digest(),
        };
        let attachments = vec![manifest.to_bytes(), wraps.to_bytes()];
        let mut incoming = self.say(&office, &office.clerk.clone(), &body, attachments);
        incoming.body = BodyGiven::Stored(manifest.root);
        Some(Self::sent(incoming, urgency, Some(Event::Decide(digest))))
    }

    fn manifest(&mut self, office: &Office, to: &[UnitRef], urgency: Urgency) -> Manifest {
        let now = self.exchange.clock.real();
        let id = DocumentId::new(now, &mut self.rng);
        let segment = Digest::of(id.as_bytes());
        let roster = self.exchange.roster();
        manifest(
            &roster,
            (office, to),
            (id, now),
            urgency,
            segment.as_bytes(),
        )
    }

    fn sender(&self, document: &Document) -> Option<Office> {
        let lead = document.manifest.lead()?;
        self.land.office(&lead.unit).cloned()
    }

    fn decide(&mut self, digest: &Digest) -> Option<Sent> {
        let document = self.oracle.document(digest)?.clone();
        let office = self.sender(&document)?;
        let urgency = document.manifest.urgency;
        let (about, submission) = (document.about, document.submission);
        if self.percent(4) {
            let code = 37;
            let body = ApprovalRefusal {
                about,
                submission,
                code,
                note: None,
            };
            let incoming = self.say(&office, &office.head.clone(), &body, Vec::new());
            return Some(Self::sent(incoming, urgency, None));
        }
        if self.percent(3) {
            let body = Withdrawal { about, submission };
            let incoming = self.say(&office, &office.clerk.clone(), &body, Vec::new());
            return Some(Self::sent(incoming, urgency, None));
        }
        let body = Approval {
            about,
            wraps: document.wraps,
            submission,
            declarations: Vec::new(),
        };
        let incoming = self.say(&office, &office.head.clone(), &body, Vec::new());
        Some(Self::sent(incoming, urgency, Some(Event::Seal(*digest))))
    }

    fn seal(&mut self, digest: &Digest) -> Option<Sent> {
        let document = self.oracle.document(digest)?.clone();
        let office = self.sender(&document)?;
        if document.out {
            self.watch_over(&document);
            return None;
        }
        let record = b"a seal record".to_vec();
        let body = SealUse {
            about: document.about,
            seal: office.seal.clone(),
            ordinal: 1,
            approvals: vec![document.approval?],
            previous: None,
            record: AttachmentRef::to(&record)?,
        };
        let mut incoming = self.say(&office, &office.clerk.clone(), &body, vec![record]);
        let key: SigningSecret = secret(office.seal.as_str());
        incoming.signed.add(SlotRole::Seal, &key);
        let again = Some(Event::Seal(*digest));
        Some(Self::sent(incoming, document.manifest.urgency, again))
    }

    /// A document went out: its recipients will see it, and its sender will look after it.
    fn watch_over(&mut self, document: &Document) {
        let recipients: Vec<UnitCode> = document.deliveries_in_order();
        for unit in recipients {
            self.plan_deal(document.about.manifest, unit);
        }
        let later = self.below(10 * HOUR_MS);
        self.plan(later, Event::Care(document.about.manifest, 0));
    }

    /// A recipient looks into its list, mostly soon.
    fn plan_deal(&mut self, document: Digest, unit: UnitCode) {
        let hours = if self.percent(80) { 2 } else { 12 };
        let later = self.below(hours * HOUR_MS);
        self.plan(later, Event::Deal(document, unit));
    }

    fn deal(&mut self, digest: &Digest, unit: &UnitCode) -> Option<Sent> {
        let document = self.oracle.document(digest)?.clone();
        let delivery = self.oracle.delivery(digest, unit)?.clone();
        let office = self.land.office(unit)?.clone();
        if self.percent(8) {
            // Nobody is in the office.
            let later = self.below(20 * HOUR_MS);
            self.plan(later, Event::Deal(*digest, unit.clone()));
            return None;
        }
        let of = self.of_delivery(&document, unit, &delivery);
        let again = Some(Event::Deal(*digest, unit.clone()));
        let clerk = office.clerk.clone();
        let urgency = document.manifest.urgency;
        let incoming = match delivery.at {
            At::Announced if self.percent(3) => {
                let body = DeliveryRefusal {
                    delivery: of,
                    code: 7,
                    note: None,
                };
                self.say(&office, &clerk, &body, Vec::new())
            }
            At::Announced => self.say(&office, &clerk, &Fetch { delivery: of }, Vec::new()),
            At::Fetched => return self.end(&document, &office, (of, &delivery)),
            At::Signed | At::Returned | At::Refused if delivery.notice => {
                let body = RecallAnswer {
                    delivery: of,
                    code: 2,
                    note: None,
                };
                let incoming = self.say(&office, &clerk, &body, Vec::new());
                return Some(Self::sent(incoming, urgency, None));
            }
            _ => return None,
        };
        Some(Self::sent(incoming, urgency, again))
    }

    fn end(
        &mut self,
        document: &Document,
        office: &Office,
        (delivery, before): (OfDelivery, &Delivery),
    ) -> Option<Sent> {
        let inspection = InspectionList {
            rule_set: 1,
            lines: (1..=7)
                .map(|check| CheckLine {
                    check,
                    outcome: 1,
                    detail: 0,
                })
                .collect(),
        };
        let (clerk, urgency) = (office.clerk.clone(), document.manifest.urgency);
        let again = Some(Event::Deal(document.about.manifest, office.code.clone()));
        if self.percent(6) && before.asked.is_none() {
            let note = b"why".to_vec();
            let until = before.due.plus_ms(HOUR_MS + self.below(20 * HOUR_MS));
            let until = until.max(self.exchange.clock.real().plus_ms(HOUR_MS));
            let body = ExtensionRequest {
                delivery,
                until,
                note: AttachmentRef::to(&note)?,
            };
            let incoming = self.say(office, &clerk, &body, vec![note]);
            return Some(Self::sent(incoming, urgency, again));
        }
        let incoming = if self.percent(8) {
            let body = Return {
                delivery,
                code: 6,
                note: None,
                inspection,
            };
            self.say(office, &clerk, &body, Vec::new())
        } else {
            let body = Receipt {
                delivery,
                opening: Digest::of(b"opening"),
                inspection,
            };
            self.say(office, &clerk, &body, Vec::new())
        };
        Some(Self::sent(incoming, urgency, again))
    }

    /// The delivery as a party names it; sometimes what it knows is old.
    fn of_delivery(
        &mut self,
        document: &Document,
        unit: &UnitCode,
        delivery: &Delivery,
    ) -> OfDelivery {
        let stale = self.percent(2);
        OfDelivery {
            about: document.about,
            unit: unit_ref(unit),
            previous: if stale {
                Digest::of(b"something older")
            } else {
                delivery.last
            },
        }
    }

    /// The sender does one thing about a document that is out, and comes back later.
    fn care(&mut self, digest: &Digest, times: u8) -> Option<Sent> {
        if times >= CARES_MAX {
            return None;
        }
        let document = self.oracle.document(digest)?.clone();
        let office = self.sender(&document)?;
        let again = Event::Care(*digest, times + 1);
        let choice = self.below(100);
        let units = document.deliveries_in_order();
        let urgency = document.manifest.urgency;
        let incoming = match choice {
            0..45 => self.inquire(&document, &office, &units)?,
            45..50 => {
                let named = self.percent(50);
                let body = Recall {
                    about: document.about,
                    units: units
                        .iter()
                        .take(usize::from(named))
                        .map(unit_ref)
                        .collect(),
                    code: 1,
                    note: None,
                };
                for unit in units {
                    self.plan_deal(*digest, unit);
                }
                self.say(&office, &office.clerk.clone(), &body, Vec::new())
            }
            50..54 if !document.replaced => {
                let unit = self
                    .land
                    .units
                    .iter()
                    .position(|it| it.code == office.code)?;
                return self.compose(unit, Some(&document));
            }
            54..59 => return self.supplement(&document, &office),
            59..95 => return self.answer((&document, &office), &units, again),
            _ => return None,
        };
        Some(Self::sent(incoming, urgency, Some(again)))
    }

    fn inquire(
        &mut self,
        document: &Document,
        office: &Office,
        units: &[UnitCode],
    ) -> Option<Incoming> {
        let rows = units.iter().map(|unit| ReceptionRow {
            unit: unit_ref(unit),
            state: 1,
            facts: 0,
        });
        let seen = cbor::to_vec(&Reception {
            rows: rows.collect(),
        });
        let body = Inquiry {
            about: document.about,
            size: self.oracle.size(),
            seen: AttachmentRef::to(&seen)?,
        };
        Some(self.say(office, &office.clerk.clone(), &body, vec![seen]))
    }

    fn supplement(&mut self, document: &Document, office: &Office) -> Option<Sent> {
        let other = self.below(self.land.units.len() as u64);
        let other = unit_ref(&self.land.units[usize::try_from(other).ok()?].code);
        let roster = self.exchange.roster();
        let list = wraps(&roster, core::iter::once(&other))?;
        let later = 4 * HOUR_MS + self.below(9 * HOUR_MS);
        let deal = Event::Deal(document.about.manifest, other.unit.clone());
        self.plan(later, deal);
        let body = Supplement {
            about: document.about,
            recipients: vec![Recipient {
                unit: other,
                role: RecipientRole::Copy,
                print_quota: 1,
            }],
            wraps: list.digest(),
        };
        let incoming = self.say(office, &office.clerk.clone(), &body, vec![list.to_bytes()]);
        let supplement = incoming.signed.digest();
        let then = Event::Supplement(document.about.manifest, supplement);
        Some(Self::sent(incoming, document.manifest.urgency, Some(then)))
    }

    fn decide_supplement(&mut self, digest: &Digest, supplement: Digest) -> Option<Sent> {
        let document = self.oracle.document(digest)?.clone();
        let office = self.sender(&document)?;
        let body = SupplementApproval {
            about: document.about,
            supplement,
            granted: self.percent(80),
        };
        let incoming = self.say(&office, &office.head.clone(), &body, Vec::new());
        Some(Self::sent(incoming, document.manifest.urgency, None))
    }

    /// The sender answers the first delivery that wants something.
    fn answer(
        &mut self,
        (document, office): (&Document, &Office),
        units: &[UnitCode],
        again: Event,
    ) -> Option<Sent> {
        let clerk = office.clerk.clone();
        for unit in units {
            let delivery = document.deliveries.get(unit)?;
            let of = self.of_delivery(document, unit, delivery);
            let about = document.about;
            let incoming = if let Some((request, until)) = delivery.asked {
                let until = self.percent(70).then_some(until);
                let unit = unit_ref(unit);
                let body = ExtensionDecision {
                    about,
                    unit,
                    request,
                    until,
                };
                self.say(office, &clerk, &body, Vec::new())
            } else if delivery.at == At::Returned && !delivery.acknowledged {
                let body = ReturnAcknowledgement { delivery: of };
                self.say(office, &clerk, &body, Vec::new())
            } else if delivery.at == At::Returned && self.percent(50) {
                let roster = self.exchange.roster();
                let list = wraps(&roster, core::iter::once(&of.unit))?;
                let wraps = list.digest();
                let body = Rewrap {
                    delivery: of,
                    wraps,
                };
                self.plan_deal(about.manifest, unit.clone());
                self.say(office, &clerk, &body, vec![list.to_bytes()])
            } else if delivery.overdue && self.percent(40) {
                let at = self.exchange.clock.real();
                let unit = unit_ref(unit);
                let body = Contact {
                    about,
                    unit,
                    at,
                    outcome: 1,
                    note: None,
                };
                self.say(office, &clerk, &body, Vec::new())
            } else if self.percent(5) {
                let unit = unit_ref(unit);
                let body = MoreCopies {
                    about,
                    unit,
                    copies: 3,
                };
                self.say(office, &clerk, &body, Vec::new())
            } else {
                continue;
            };
            let urgency = document.manifest.urgency;
            return Some(Self::sent(incoming, urgency, Some(again)));
        }
        let later = HOUR_MS + self.below(10 * HOUR_MS);
        self.plan(later, again);
        None
    }
}

impl Document {
    /// The recipients, in an order that does not change from run to run.
    pub(crate) fn deliveries_in_order(&self) -> Vec<UnitCode> {
        let mut units: Vec<UnitCode> = self.deliveries.keys().cloned().collect();
        units.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        units
    }
}

/// A manifest for a body of one short segment.
pub fn manifest(
    roster: &Roster,
    (from, to): (&Office, &[UnitRef]),
    (id, now): (DocumentId, Timestamp),
    urgency: Urgency,
    segment: &[u8],
) -> Manifest {
    let leaf = tree::leaf_hash(segment);
    let leaves = Leaves::new([(leaf, SEGMENT_SHORT)]).expect("one short segment is a body");
    let key = ContentKey::from_bytes(&[9; 32]);
    Manifest {
        version: MANIFEST_VERSION,
        id,
        issuers: vec![Issuer {
            unit: unit_ref(&from.code),
            seal_ordinal: 1,
        }],
        account: from.clerk.clone(),
        recipients: to
            .iter()
            .map(|unit| Recipient {
                unit: unit.clone(),
                role: RecipientRole::Main,
                print_quota: 1,
            })
            .collect(),
        level: Classification::Internal,
        period: None,
        urgency,
        kind: DocumentKind::Notice,
        number: None,
        composed_at: now,
        valid_until: None,
        body_bytes: leaves.body_bytes(),
        segments: leaves.count(),
        segment_bytes: SEGMENT_BYTES,
        root: leaves.root(),
        commitment: key.commitment(&roster.genesis(), &id),
        suite: BODY_SUITE_1,
        replaces: None,
        replies_to: None,
        receipts_stand: None,
    }
}

/// A wrap list for these holders. What is wrapped is nothing: the exchange cannot tell.
pub fn wraps<'u>(roster: &Roster, holders: impl Iterator<Item = &'u UnitRef>) -> Option<WrapList> {
    let mut list = WrapList::default();
    for holder in holders {
        let key = roster.unit_key(&holder.unit)?;
        list.0.push(Wrap {
            unit: holder.clone(),
            epoch: key.epoch,
            key: key.key.id(),
            suite: WRAP_SUITE_1,
            enc: vec![1; XWING_ENC_BYTES],
            ct: vec![2; WRAPPED_KEY_BYTES],
        });
    }
    Some(list)
}

/// Polls a future once: what it sends is sent, what it waits for it goes on waiting for.
pub(crate) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    core::future::poll_fn(|context| {
        let polled = core::pin::Pin::new(&mut *future).poll(context);
        core::task::Poll::Ready(match polled {
            core::task::Poll::Ready(outcome) => Some(outcome),
            core::task::Poll::Pending => None,
        })
    })
    .await
}
