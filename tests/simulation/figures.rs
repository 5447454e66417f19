//! The figures once more, counted from the whole log, and compared with those that the exchange
//! keeps.

use std::collections::{BTreeMap, HashMap};

use yichuan_document::{Timestamp, UnitCode, cbor};
use yichuan_exchange::tables;
use yichuan_store::View;
use yichuan_wire::figures::{Count, Figures};

use super::oracle::{At, Delivery, Oracle};

/// Numbers by what they count, before they are figures.
#[derive(Default)]
struct Tally {
    plain: HashMap<&'static str, u32>,
    returned: BTreeMap<u32, u32>,
    minutes: BTreeMap<u32, u32>,
}

impl Tally {
    fn more(&mut self, what: &'static str, by: u32) {
        *self.plain.entry(what).or_default() += by;
    }

    fn delivery(&mut self, delivery: &Delivery, ended: Option<Timestamp>, reason: u16) {
        self.more("received", 1);
        self.more("overdue", u32::from(delivery.overdue));
        let late = ended.is_some_and(|ended| ended > delivery.due);
        match delivery.at {
            At::Announced | At::Fetched => {}
            At::Signed => {
                self.more("signed", 1);
                self.more("late", u32::from(late));
                let taken = ended.map_or(0, |ended| ended.ms_since(delivery.dispatched));
                let minutes = u32::try_from(taken.div_ceil(60_000)).unwrap_or(u32::MAX);
                *self.minutes.entry(shown(minutes)).or_default() += 1;
            }
            At::Returned => {
                self.more("late", u32::from(late));
                *self.returned.entry(u32::from(reason)).or_default() += 1;
            }
            At::Refused => self.more("refused", 1),
            At::Recalled => self.more("recalled", 1),
            At::Superseded => self.more("moved", 1),
        }
    }

    fn figures(&self) -> Figures {
        let of = |what| self.plain.get(what).copied().unwrap_or(0);
        let list = |counts: &BTreeMap<u32, u32>| {
            let counts = counts.iter();
            counts
                .map(|(&what, &times)| Count { what, times })
                .collect()
        };
        Figures {
            sent: of("sent"),
            sent_to: of("sent to"),
            inquiries_missed: of("inquiries missed"),
            received: of("received"),
            signed: of("signed"),
            late: of("late"),
            overdue: of("overdue"),
            returned: list(&self.returned),
            refused: of("refused"),
            recalled: of("recalled"),
            moved: of("moved"),
            minutes: list(&self.minutes),
            looks_missed: 0,
        }
    }
}

/// Minutes as they are shown: each up to eight hours, then half-hours, after a week days.
fn shown(minutes: u32) -> u32 {
    match minutes {
        0..=480 => minutes,
        481..=10_080 => minutes.div_ceil(30) * 30,
        _ => minutes.div_ceil(1_440) * 1_440,
    }
}

/// The month in Chinese local time: simulations lie between November 2026 and February 2027.
fn month(at: Timestamp) -> u32 {
    const DECEMBER: u64 = 1_796_054_400_000;
    const JANUARY: u64 = DECEMBER + 31 * 86_400_000;
    const FEBRUARY: u64 = JANUARY + 31 * 86_400_000;
    match at.unix_ms() {
        ..DECEMBER => 202_611,
        DECEMBER..JANUARY => 202_612,
        JANUARY..FEBRUARY => 202_701,
        FEBRUARY.. => 202_702,
    }
}

impl Oracle {
    /// The figures of every unit and month are those that the log gives.
    pub(crate) fn compare_figures(&self, view: &dyn View) -> Result<(), String> {
        let mut tallies: HashMap<(UnitCode, u32), Tally> = HashMap::new();
        for document in self.documents.values().filter(|document| document.out) {
            let lead = document.manifest.lead().ok_or("no issuer")?;
            let dispatched = document.dispatched;
            let sender = tallies.entry((lead.unit.clone(), month(dispatched)));
            let sender = sender.or_default();
            sender.more("sent", 1);
            sender.more("sent to", document.sent_to);
            sender.more("inquiries missed", u32::from(document.looked_too_late()));
        }
        for (unit, delivery) in self.all_deliveries() {
            let key = (unit.clone(), month(delivery.dispatched));
            let tally = tallies.entry(key).or_default();
            tally.delivery(delivery, delivery.ended(), delivery.reason());
        }
        for ((unit, month), tally) in tallies {
            let bytes = view.get(tables::FIGURES, &tables::figures(&unit, month));
            let bytes = bytes.map_err(|error| error.to_string())?;
            let bytes = bytes.ok_or_else(|| format!("{unit} has no figures of {month}"))?;
            let kept: Figures = cbor::read(&bytes, 1 << 20).map_err(|error| error.to_string())?;
            let mine = tally.figures();
            if kept != mine {
                return Err(format!(
                    "figures of {unit}, {month}: {kept:?}, not {mine:?}"
                ));
            }
        }
        Ok(())
    }
}
