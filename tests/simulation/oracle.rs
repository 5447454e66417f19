//! A second opinion: what the log says, folded by rules of its own, and held against the exchange.
//!
//! It shares the formats with the engine, and none of its decisions.

use std::collections::{BTreeSet, HashMap};

use yichuan_document::manifest::Manifest;
use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::signed::{Payload, Signed};
use yichuan_document::statement::{
    About, Contact, DeliveryRefusal, Dispatch, ExtensionDecision, ExtensionRequest, Fetch, Inquiry,
    InquiryDue, MoreCopies, OfDelivery, Overdue, Recall, RecallAnswer, Receipt, Reminder, Return,
    ReturnAcknowledgement, Rewrap, Submission, Supersession, Supplemented,
};
use yichuan_document::{Digest, Timestamp, UnitCode, cbor};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_exchange::registry::time_in;
use yichuan_exchange::tables::{self, DeliveryRow, NEVER};
use yichuan_store::View;

use super::Outcome;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Not yet fetched.
    Announced,
    /// Fetched.
    Fetched,
    /// Signed for.
    Signed,
    /// Returned.
    Returned,
    /// Refused.
    Refused,
    /// Recalled before the fetch.
    Recalled,
    /// Superseded.
    Superseded,
}

impl At {
    /// Whether somebody owes something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Announced | Self::Fetched)
    }
}

/// A delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Where it stands.
    pub at: At,
    /// When it is due.
    pub due: Timestamp,
    /// When it was dispatched.
    pub dispatched: Timestamp,
    /// Whether it was said to be overdue.
    pub overdue: bool,
    /// What the next statement about it must name.
    pub last: Digest,
    /// Whether a recall notice stands.
    pub notice: bool,
    /// Whether the sender has signed for its return.
    pub acknowledged: bool,
    /// A request for more time that nobody has decided.
    pub asked: Option<(Digest, Timestamp)>,
    told: u16,
    ended: Option<Timestamp>,
    reason: u16,
}

impl Delivery {
    /// When it ended.
    pub(crate) const fn ended(&self) -> Option<Timestamp> {
        self.ended
    }

    /// Why it was returned.
    pub(crate) const fn reason(&self) -> u16 {
        self.reason
    }
}

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Which.
    pub about: About,
    /// Its manifest.
    pub manifest: Manifest,
    /// The submission.
    pub submission: Digest,
    /// The wraps.
    pub wraps: Digest,
    /// The approval.
    pub approval: Option<Digest>,
    /// By recipient.
    pub deliveries: HashMap<UnitCode, Delivery>,
    /// Whether it went out.
    pub out: bool,
    /// Whether another took its place.
    pub replaced: bool,
    /// When it went out.
    pub dispatched: Timestamp,
    /// How many deliveries began with it.
    pub sent_to: u32,
    inquiry_due: Timestamp,
    inquiry: Look,
    missed: bool,
}

impl Document {
    /// Whether it was said that its sender had not looked in time.
    pub(crate) const fn looked_too_late(&self) -> bool {
        self.missed
    }
}

/// Whether the sender has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    NotYet,
    /// It was said that it had not, and was to.
    Missed,
    Done,
}

/// Everything that the log says.
#[derive(Default)]
pub struct Oracle {
    next: u64,
    time: Timestamp,
    /// Documents by manifest digest.
    pub documents: HashMap<Digest, Document>,
    touched: BTreeSet<(Digest, UnitCode)>,
    open: BTreeSet<(Timestamp, Digest, UnitCode)>,
    /// Deliveries that were returned before another round of them began.
    past: Vec<(UnitCode, Delivery)>,
    looks: BTreeSet<(Timestamp, Digest)>,
}

type Fold = Result<(), String>;

impl Oracle {
    /// How many entries were folded.
    pub const fn size(&self) -> u64 {
        self.next
    }

    /// The document with this manifest digest.
    pub fn document(&self, manifest: &Digest) -> Option<&Document> {
        self.documents.get(manifest)
    }

    /// Every delivery that there ever was.
    pub(crate) fn all_deliveries(&self) -> impl Iterator<Item = (&UnitCode, &Delivery)> {
        let now = self.documents.values().flat_map(|it| it.deliveries.iter());
        now.chain(self.past.iter().map(|(unit, delivery)| (unit, delivery)))
    }

    /// The delivery of a document to a unit.
    pub fn delivery(&self, manifest: &Digest, unit: &UnitCode) -> Option<&Delivery> {
        self.documents.get(manifest)?.deliveries.get(unit)
    }

    /// Folds what is new.
    pub(crate) fn fold(&mut self, view: &dyn View, outcome: &mut Outcome) -> Fold {
        loop {
            let bytes = view.get(tables::ENTRIES, &tables::index(self.next));
            let Some(bytes) = bytes.map_err(|error| error.to_string())? else {
                return Ok(());
            };
            let index = self.next;
            let entry = Entry::read(&bytes).map_err(|error| error.to_string())?;
            let folded = self.entry(view, index, &entry, outcome);
            folded.map_err(|why| format!("entry {index} ({:?}): {why}", entry.kind))?;
            self.next += 1;
        }
    }

    fn entry(&mut self, view: &dyn View, index: u64, entry: &Entry, outcome: &mut Outcome) -> Fold {
        let signed = entry.signed().map_err(|error| error.to_string())?;
        let payload = signed.claimed().map_err(|error| error.to_string())?;
        if entry.kind == EntryKind::Authority {
            let act: AuthorityAct = body(&payload)?;
            if time_in(&act.changes).is_some_and(|time| time.epoch > 0) {
                return Err("no epoch was to begin".to_owned());
            }
        }
        if entry.time < self.time {
            return Err("time goes back".to_owned());
        }
        self.time = entry.time;
        if entry.kind.is_roster() {
            return Ok(());
        }
        self.statement(view, (index, entry), (&signed, &payload), outcome)
    }

    fn statement(
        &mut self,
        view: &dyn View,
        (index, entry): (u64, &Entry),
        (signed, payload): (&Signed, &Payload),
        outcome: &mut Outcome,
    ) -> Fold {
        use EntryKind as K;
        let digest = signed.digest();
        match entry.kind {
            K::Submission => self.submission(view, digest, &body(payload)?),
            K::Approval => {
                let about = body::<yichuan_document::statement::Approval>(payload)?.about;
                self.of(&about)?.approval = Some(digest);
                Ok(())
            }
            K::Dispatch => self.dispatch(&body(payload)?, outcome),
            K::Supplemented => self.supplemented(&body(payload)?, outcome),
            K::Supersession => self.supersession(entry, &body(payload)?, digest),
            K::Overdue => {
                outcome.overdue += 1;
                self.overdue(entry, index, &body(payload)?)
            }
            K::Reminder => self.reminder(entry, &body(payload)?),
            K::InquiryDue => self.inquiry_due(entry, &body(payload)?),
            K::Inquiry => self.inquiry(entry, &body(payload)?),
            K::Recall => self.recall(entry, &body(payload)?, digest),
            K::Fetch => {
                let of = body::<Fetch>(payload)?.delivery;
                self.by_party(entry, &of, digest, |it| match it.at {
                    At::Announced => Ok(At::Fetched),
                    At::Fetched | At::Signed => Ok(it.at),
                    other => Err(format!("fetched when {other:?}")),
                })
            }
            K::Receipt => {
                let of = body::<Receipt>(payload)?.delivery;
                self.by_party(entry, &of, digest, |it| {
                    ended(it.at == At::Fetched, At::Signed)
                })
            }
            K::Return => {
                let Return {
                    delivery: of, code, ..
                } = body(payload)?;
                self.by_party(entry, &of, digest, |it| {
                    it.reason = code;
                    ended(it.at == At::Fetched, At::Returned)
                })
            }
            K::DeliveryRefusal => {
                let of = body::<DeliveryRefusal>(payload)?.delivery;
                self.by_party(entry, &of, digest, |it| ended(it.at.is_open(), At::Refused))
            }
            _ => self.dealing(entry, digest, payload),
        }
    }

    fn dealing(&mut self, entry: &Entry, digest: Digest, payload: &Payload) -> Fold {
        use EntryKind as K;
        match entry.kind {
            K::ReturnAcknowledgement => {
                let of = body::<ReturnAcknowledgement>(payload)?.delivery;
                self.by_party(entry, &of, digest, |it| {
                    let once = it.at == At::Returned && !it.acknowledged;
                    it.acknowledged = true;
                    ended(once, At::Returned)
                })
            }
            K::RecallAnswer => {
                let of = body::<RecallAnswer>(payload)?.delivery;
                self.by_party(entry, &of, digest, |it| ended(it.notice, it.at))
            }
            K::ExtensionRequest => {
                let asked: ExtensionRequest = body(payload)?;
                self.by_party(entry, &asked.delivery, digest, |it| {
                    it.asked = Some((digest, asked.until));
                    ended(it.at.is_open() && asked.until > it.due, it.at)
                })
            }
            K::ExtensionDecision => self.decided(entry, &body(payload)?),
            K::Rewrap => {
                let of = body::<Rewrap>(payload)?.delivery;
                self.by_party(entry, &of, digest, |it| ended(it.at == At::Returned, it.at))
            }
            K::Contact => {
                let it: Contact = body(payload)?;
                self.not_late(entry, &it.about, &it.unit.unit).map(drop)
            }
            K::MoreCopies => {
                let it: MoreCopies = body(payload)?;
                self.not_late(entry, &it.about, &it.unit.unit).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn of(&mut self, about: &About) -> Result<&mut Document, String> {
        let document = self.documents.get_mut(&about.manifest);
        document.ok_or_else(|| "an unknown document".to_owned())
    }

    /// A delivery of which something is said: what was due before must have been said before.
    fn not_late(
        &mut self,
        entry: &Entry,
        about: &About,
        unit: &UnitCode,
    ) -> Result<&mut Delivery, String> {
        self.touched.insert((about.manifest, unit.clone()));
        let delivery = self.of(about)?.deliveries.get_mut(unit);
        let delivery = delivery.ok_or("an unknown delivery")?;
        if delivery.at.is_open() && delivery.due <= entry.time && !delivery.overdue {
            return Err(format!(
                "no overdue entry before it, due {:?}",
                delivery.due
            ));
        }
        Ok(delivery)
    }

    fn by_party(
        &mut self,
        entry: &Entry,
        of: &OfDelivery,
        digest: Digest,
        change: impl FnOnce(&mut Delivery) -> Result<At, String>,
    ) -> Fold {
        let unit = &of.unit.unit;
        let delivery = self.not_late(entry, &of.about, unit)?;
        if delivery.last != of.previous {
            return Err("a stale statement was taken".to_owned());
        }
        let before = delivery.at;
        let after = change(delivery)?;
        if !before.is_open() && after != before {
            return Err(format!("{before:?} became {after:?}"));
        }
        if before.is_open() && !after.is_open() {
            delivery.ended = Some(entry.time);
        }
        delivery.at = after;
        delivery.last = digest;
        let due = delivery.due;
        if !after.is_open() {
            self.open.remove(&(due, of.about.manifest, unit.clone()));
        }
        Ok(())
    }

    fn submission(&mut self, view: &dyn View, digest: Digest, body: &Submission) -> Fold {
        let bytes = view.get(tables::ATTACHMENTS, body.about.manifest.as_bytes());
        let bytes = bytes.map_err(|e| e.to_string())?.ok_or("no manifest")?;
        let manifest = Manifest::read(&bytes).map_err(|error| error.to_string())?;
        let document = Document {
            about: body.about,
            manifest,
            submission: digest,
            wraps: body.wraps,
            approval: None,
            deliveries: HashMap::new(),
            out: false,
            replaced: false,
            dispatched: NEVER,
            sent_to: 0,
            inquiry_due: NEVER,
            inquiry: Look::NotYet,
            missed: false,
        };
        let before = self.documents.insert(body.about.manifest, document);
        before.map_or(Ok(()), |_| Err("submitted twice".to_owned()))
    }

    fn dispatch(&mut self, body: &Dispatch, outcome: &mut Outcome) -> Fold {
        let look = body.at.plus_ms(8 * super::HOUR_MS);
        let manifest = body.about.manifest;
        let document = self.of(&body.about)?;
        if document.out {
            return Err("dispatched twice".to_owned());
        }
        document.out = true;
        document.dispatched = body.at;
        document.sent_to = body.deliveries;
        document.inquiry_due = look;
        let recipients = document.manifest.recipients.clone();
        self.looks.insert((look, manifest));
        for (place, recipient) in recipients.iter().enumerate() {
            let due = body.due_of(place).ok_or("no due time")?;
            let begun = (body.at, due, body.seal);
            self.begin(manifest, &recipient.unit.unit, begun)?;
        }
        outcome.deliveries += recipients.len() as u64;
        Ok(())
    }

    fn begin(
        &mut self,
        manifest: Digest,
        unit: &UnitCode,
        (dispatched, due, last): (Timestamp, Timestamp, Digest),
    ) -> Fold {
        let delivery = Delivery {
            at: At::Announced,
            due,
            dispatched,
            overdue: false,
            last,
            notice: false,
            acknowledged: false,
            asked: None,
            told: 0,
            ended: None,
            reason: 0,
        };
        let document = self.documents.get_mut(&manifest).ok_or("no document")?;
        let before = document.deliveries.insert(unit.clone(), delivery);
        match before {
            Some(before) if before.at == At::Returned => self.past.push((unit.clone(), before)),
            Some(_) => return Err("a delivery began twice".to_owned()),
            None => {}
        }
        self.open.insert((due, manifest, unit.clone()));
        self.touched.insert((manifest, unit.clone()));
        Ok(())
    }

    fn supplemented(&mut self, body: &Supplemented, outcome: &mut Outcome) -> Fold {
        for unit in &body.units {
            let begun = (body.at, body.due, body.cause);
            self.begin(body.about.manifest, &unit.unit, begun)?;
        }
        let more = u32::try_from(body.units.len()).unwrap_or(u32::MAX);
        self.of(&body.about)?.sent_to += more;
        outcome.deliveries += u64::from(more);
        Ok(())
    }

    fn supersession(&mut self, entry: &Entry, body: &Supersession, digest: Digest) -> Fold {
        let units: Vec<UnitCode> = self.of(&body.about)?.deliveries.keys().cloned().collect();
        for unit in units {
            let delivery = self.not_late(entry, &body.about, &unit)?;
            if delivery.at.is_open() {
                delivery.at = At::Superseded;
                delivery.last = digest;
                let key = (delivery.due, body.about.manifest, unit);
                self.open.remove(&key);
            }
        }
        self.of(&body.about)?.replaced = true;
        Ok(())
    }

    fn overdue(&mut self, entry: &Entry, index: u64, body: &Overdue) -> Fold {
        self.touched
            .insert((body.about.manifest, body.unit.unit.clone()));
        let delivery = self.of(&body.about)?.deliveries.get_mut(&body.unit.unit);
        let delivery = delivery.ok_or("an unknown delivery")?;
        if delivery.overdue {
            return Err("overdue twice".to_owned());
        }
        if !delivery.at.is_open() {
            return Err(format!("overdue although {:?}", delivery.at));
        }
        if entry.time < body.due || body.due != delivery.due || body.size != index {
            return Err(format!("before its time, or not its time: {body:?}"));
        }
        delivery.overdue = true;
        let key = (delivery.due, body.about.manifest, body.unit.unit.clone());
        self.open.remove(&key);
        Ok(())
    }

    fn reminder(&mut self, entry: &Entry, body: &Reminder) -> Fold {
        self.touched
            .insert((body.about.manifest, body.unit.unit.clone()));
        let delivery = self.of(&body.about)?.deliveries.get_mut(&body.unit.unit);
        let delivery = delivery.ok_or("an unknown delivery")?;
        let whole = delivery.due.ms_since(delivery.dispatched);
        let instant = delivery
            .dispatched
            .plus_ms(whole * u64::from(body.percent) / 100);
        if !delivery.at.is_open() || entry.time < instant || body.percent <= delivery.told {
            return Err(format!("a reminder out of turn: {body:?}"));
        }
        delivery.told = body.percent;
        Ok(())
    }

    fn inquiry_due(&mut self, entry: &Entry, body: &InquiryDue) -> Fold {
        let document = self.of(&body.about)?;
        let owed = document.inquiry == Look::NotYet;
        if !owed || body.due != document.inquiry_due || entry.time < body.due {
            return Err("an inquiry that was not owed".to_owned());
        }
        document.inquiry = Look::Missed;
        document.missed = true;
        self.looks.remove(&(body.due, body.about.manifest));
        Ok(())
    }

    fn inquiry(&mut self, entry: &Entry, body: &Inquiry) -> Fold {
        let document = self.of(&body.about)?;
        let late = document.inquiry_due <= entry.time;
        if late && document.inquiry == Look::NotYet {
            return Err("looked too late, and nothing says so".to_owned());
        }
        document.inquiry = Look::Done;
        let key = (document.inquiry_due, body.about.manifest);
        let units: Vec<UnitCode> = document.deliveries.keys().cloned().collect();
        self.looks.remove(&key);
        for unit in units {
            self.not_late(entry, &body.about, &unit)?;
        }
        Ok(())
    }

    fn recall(&mut self, entry: &Entry, body: &Recall, digest: Digest) -> Fold {
        let mut units: Vec<UnitCode> = self.of(&body.about)?.deliveries.keys().cloned().collect();
        if !body.units.is_empty() {
            units.retain(|unit| body.units.iter().any(|named| named.unit == *unit));
        }
        let mut concerned = false;
        for unit in units {
            let delivery = self.not_late(entry, &body.about, &unit)?;
            match delivery.at {
                At::Announced => {
                    delivery.at = At::Recalled;
                    delivery.last = digest;
                    concerned = true;
                    let key = (delivery.due, body.about.manifest, unit);
                    self.open.remove(&key);
                }
                At::Fetched | At::Signed if !delivery.notice => {
                    delivery.notice = true;
                    delivery.last = digest;
                    concerned = true;
                }
                _ => {}
            }
        }
        ended(concerned, ()).map_err(|_| "a recall that concerns nobody".to_owned())
    }

    fn decided(&mut self, entry: &Entry, body: &ExtensionDecision) -> Fold {
        let unit = body.unit.unit.clone();
        let delivery = self.not_late(entry, &body.about, &unit)?;
        let asked = delivery.asked.take();
        let fits = asked.is_some_and(|(request, until)| {
            request == body.request && body.until.is_none_or(|to| to > delivery.due && to <= until)
        });
        if !fits || !delivery.at.is_open() {
            return Err("more time that nobody asked for".to_owned());
        }
        if let Some(until) = body.until {
            let before = (delivery.due, body.about.manifest, unit.clone());
            delivery.due = until;
            if self.open.remove(&before) {
                self.open.insert((until, body.about.manifest, unit));
            }
        }
        Ok(())
    }

    /// The exchange's own rows of what was touched say the same.
    pub(crate) fn compare(&mut self, view: &dyn View) -> Fold {
        for (manifest, unit) in core::mem::take(&mut self.touched) {
            let key = tables::delivery(&manifest, &unit);
            let row = view.get(tables::DELIVERIES, &key);
            let row = row.map_err(|error| error.to_string())?.ok_or("no row")?;
            let row: DeliveryRow = cbor::read(&row, 4_096).map_err(|error| error.to_string())?;
            let mine = self.delivery(&manifest, &unit).ok_or("no delivery")?;
            let overdue = row.facts & 1 == 1;
            let at = match row.state {
                1 => At::Announced,
                2 | 3 => At::Fetched,
                4 => At::Signed,
                5 => At::Returned,
                6 => At::Refused,
                7 => At::Recalled,
                8 => At::Superseded,
                other => return Err(format!("state {other}")),
            };
            let same = at == mine.at
                && overdue == mine.overdue
                && row.due == mine.due
                && row.last == mine.last;
            if !same {
                return Err(format!("{unit}: the row {row:?} is not {mine:?}"));
            }
        }
        Ok(())
    }

    /// Nothing that fell due by `now` is missing.
    pub(crate) fn nothing_missing(&self, now: Timestamp) -> Fold {
        if let Some((due, document, unit)) = self.open.first()
            && *due <= now
        {
            return Err(format!(
                "{unit} of {document}: overdue since {due:?}, unsaid"
            ));
        }
        if let Some((due, document)) = self.looks.first()
            && *due <= now
        {
            return Err(format!("{document}: an inquiry was due at {due:?}, unsaid"));
        }
        Ok(())
    }
}

fn body<B: yichuan_document::signed::Body>(payload: &Payload) -> Result<B, String> {
    payload.body().map_err(|error| error.to_string())
}

fn ended<T>(lawful: bool, after: T) -> Result<T, String> {
    if lawful {
        Ok(after)
    } else {
        Err("an event that does not follow".to_owned())
    }
}
