//! Figures from made-up entries: each way in which a delivery comes to its end.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::clocks::{IndexSpan, TIME_ID};
use yichuan_document::signed::{Context, RosterHead};
use yichuan_document::statement::{About, InspectionList, RecallReason};
use yichuan_document::{DocumentId, StatementId, UnitRef};
use yichuan_wire::figures::Count;

use super::*;

/// 2026-11-24 09:30 in China.
const START: u64 = 1_795_483_800_000;
const MINUTE: u64 = 60_000;
const DUE: u64 = 480;
const NOVEMBER: u32 = 202_611;

fn unit(code: &str) -> UnitCode {
    code.parse().unwrap()
}

fn unit_ref(code: &str) -> UnitRef {
    UnitRef {
        unit: unit(code),
        origin: "yichuan.example".parse().unwrap(),
    }
}

fn at(minutes: u64) -> Timestamp {
    Timestamp::from_unix_ms(START + minutes * MINUTE)
}

fn about(name: &str) -> About {
    About {
        document: DocumentId::new(at(0), &mut ChaCha20Rng::from_seed([1; 32])),
        manifest: Digest::of(name.as_bytes()),
    }
}

fn delivery(unit: &str) -> OfDelivery {
    OfDelivery {
        about: about("m"),
        unit: unit_ref(unit),
        previous: Digest::of(b"previous"),
    }
}

const NOTHING_INSPECTED: InspectionList = InspectionList {
    rule_set: 1,
    lines: Vec::new(),
};

/// Entries in the order in which they are said.
struct Log {
    fold: Fold,
    index: u64,
}

impl Log {
    /// A document that `zfb` sent to `zf` and `daj` at the start.
    fn new() -> Self {
        let scope = ["513200-zfb", "513201-zf", "513200-daj"];
        let mut log = Self {
            fold: Fold::new(scope.into_iter().map(unit).collect()),
            index: 0,
        };
        log.dispatch("m", at(0)).unwrap();
        log
    }

    fn dispatch(&mut self, name: &str, time: Timestamp) -> Option<()> {
        let body = Dispatch {
            about: about(name),
            seal: Digest::of(b"seal"),
            policy: Digest::of(b"policy"),
            at: time,
            due: vec![time.plus_ms(DUE * MINUTE)],
            deliveries: 2,
        };
        let parties = Parties {
            issuers: vec![unit("513200-zfb")],
            recipients: vec![unit("513201-zf"), unit("513200-daj")],
        };
        self.put(EntryKind::Dispatch, time, &body, Some(parties))
    }

    fn say<B: Body>(&mut self, kind: EntryKind, minutes: u64, body: &B) -> Option<()> {
        self.put(kind, at(minutes), body, None)
    }

    fn put<B: Body>(
        &mut self,
        kind: EntryKind,
        time: Timestamp,
        body: &B,
        parties: Option<Parties>,
    ) -> Option<()> {
        let payload = payload(body);
        self.index += 1;
        let said = Said {
            index: self.index,
            time,
            kind,
            payload: &payload,
        };
        self.fold.take(None, said, parties)
    }

    fn fetch(&mut self, unit: &str, minutes: u64) {
        let body = Fetch {
            delivery: delivery(unit),
        };
        self.say(EntryKind::Fetch, minutes, &body).unwrap();
    }

    fn sign(&mut self, unit: &str, minutes: u64) -> Option<()> {
        let body = Receipt {
            delivery: delivery(unit),
            opening: Digest::of(b"opening"),
            inspection: NOTHING_INSPECTED,
        };
        self.say(EntryKind::Receipt, minutes, &body)
    }

    fn give_back(&mut self, unit: &str, minutes: u64, code: u16) {
        let body = Return {
            delivery: delivery(unit),
            code,
            note: None,
            inspection: NOTHING_INSPECTED,
        };
        self.say(EntryKind::Return, minutes, &body).unwrap();
    }

    fn overdue(&mut self, unit: &str) {
        let body = Overdue {
            about: about("m"),
            unit: unit_ref(unit),
            due: at(DUE),
            size: self.index + 1,
            outage: None,
        };
        self.say(EntryKind::Overdue, DUE, &body).unwrap();
    }

    fn redirect(&mut self, from: &str, to: &str, minutes: u64) {
        let body = Redirection {
            about: about("m"),
            from: unit_ref(from),
            to: unit_ref(to),
            due: at(DUE),
            act: Digest::of(b"act"),
        };
        self.say(EntryKind::Redirection, minutes, &body).unwrap();
    }

    fn of(&self, code: &str) -> Figures {
        self.of_month(code, NOVEMBER)
    }

    fn of_month(&self, code: &str, month: u32) -> Figures {
        let all = self.fold.figures(&|_| false);
        all.get(&(unit(code), month)).cloned().unwrap_or_default()
    }
}

fn payload<B: Body>(body: &B) -> Payload {
    let context = Context {
        origin: "yichuan.example".parse().unwrap(),
        genesis: Digest::of(b"genesis"),
        roster: RosterHead {
            count: 1,
            root: Digest::of(b"roster"),
        },
        seen: None,
        account: None,
        device: None,
    };
    let id = StatementId::new(at(0), &mut ChaCha20Rng::from_seed([2; 32]));
    Payload::new(&context, id, at(0), body)
}

#[test]
fn a_receipt_counts_its_minutes_and_whether_it_was_late() {
    let mut log = Log::new();
    log.fetch("513201-zf", 3);
    log.sign("513201-zf", 65).unwrap();
    log.fetch("513200-daj", 3);
    log.overdue("513200-daj");
    log.sign("513200-daj", 500).unwrap();
    let prompt = log.of("513201-zf");
    assert_eq!((prompt.received, prompt.signed, prompt.late), (1, 1, 0));
    assert_eq!(prompt.minutes, [Count { what: 65, times: 1 }]);
    let late = log.of("513200-daj");
    assert_eq!((late.signed, late.late, late.overdue), (1, 1, 1));
    assert_eq!(
        late.minutes,
        [Count {
            what: 510,
            times: 1
        }]
    );
    let sender = log.of("513200-zfb");
    assert_eq!((sender.sent, sender.sent_to, sender.received), (1, 2, 0));
}

#[test]
fn a_return_counts_its_reason_and_another_round_counts_beside_it() {
    let mut log = Log::new();
    log.fetch("513201-zf", 3);
    log.give_back("513201-zf", 5, 13);
    let body = Supplemented {
        about: about("m"),
        cause: Digest::of(b"rewrap"),
        policy: Digest::of(b"policy"),
        at: at(10),
        due: at(10 + DUE),
        units: vec![unit_ref("513201-zf")],
    };
    log.say(EntryKind::Supplemented, 10, &body).unwrap();
    log.fetch("513201-zf", 12);
    log.sign("513201-zf", 15).unwrap();
    let figures = log.of("513201-zf");
    assert_eq!((figures.received, figures.signed), (2, 1));
    assert_eq!(figures.returned, [Count { what: 13, times: 1 }]);
    assert_eq!(figures.minutes, [Count { what: 5, times: 1 }]);
    assert_eq!(log.of("513200-zfb").sent_to, 3);
}

#[test]
fn a_recall_ends_only_what_was_not_fetched() {
    let mut log = Log::new();
    log.fetch("513201-zf", 3);
    let body = Recall {
        about: about("m"),
        units: Vec::new(),
        code: RecallReason::Content.code(),
        note: None,
    };
    log.say(EntryKind::Recall, 5, &body).unwrap();
    assert_eq!(log.of("513201-zf").recalled, 0);
    assert_eq!(log.of("513200-daj").recalled, 1);
    log.sign("513201-zf", 6).unwrap();
    assert_eq!(log.sign("513200-daj", 6), None);
}

#[test]
fn a_refusal_and_a_replacement_end_a_delivery() {
    let mut log = Log::new();
    let body = DeliveryRefusal {
        delivery: delivery("513201-zf"),
        code: 7,
        note: None,
    };
    log.say(EntryKind::DeliveryRefusal, 3, &body).unwrap();
    let body = Supersession {
        about: about("m"),
        by: about("n"),
        dispatch: Digest::of(b"dispatch"),
        receipts_stand: true,
    };
    log.say(EntryKind::Supersession, 5, &body).unwrap();
    let (refused, moved) = (log.of("513201-zf"), log.of("513200-daj"));
    assert_eq!((refused.refused, refused.moved), (1, 0));
    assert_eq!((moved.refused, moved.moved), (0, 1));
    // A document that was never sent can be replaced as well.
    let body = Supersession {
        about: about("unsent"),
        ..body
    };
    assert_eq!(log.say(EntryKind::Supersession, 6, &body), Some(()));
}

#[test]
fn a_successor_has_the_delivery_with_its_clock() {
    let mut log = Log::new();
    log.fold.scope.insert(unit("513203-zf"));
    log.overdue("513201-zf");
    log.redirect("513201-zf", "513203-zf", 490);
    // To who has one of its own nothing comes.
    log.redirect("513203-zf", "513200-daj", 495);
    let (first, second) = (log.of("513201-zf"), log.of("513203-zf"));
    assert_eq!((first.moved, first.overdue), (1, 1));
    assert_eq!((second.received, second.moved, second.overdue), (1, 1, 1));
    assert_eq!(log.of("513200-daj").received, 1);
}

#[test]
fn what_others_read_of_a_predecessor_is_inferred_from_its_clock() {
    for (minutes, overdue) in [(DUE - 1, 0), (DUE, 1)] {
        let mut log = Log::new();
        log.fold.scope = [unit("513203-zf")].into_iter().collect();
        log.redirect("513201-zf", "513203-zf", minutes);
        assert_eq!(log.of("513203-zf").overdue, overdue, "{minutes}");
        assert_eq!(log.of("513201-zf"), Figures::default(), "out of scope");
    }
}

#[test]
fn what_a_closed_unit_had_pending_is_moved() {
    let log = Log::new();
    let closed = unit("513201-zf");
    let all = log.fold.figures(&|unit| *unit == closed);
    assert_eq!(all[&(closed, NOVEMBER)].moved, 1);
    assert_eq!(all[&(unit("513200-daj"), NOVEMBER)].moved, 0);
}

#[test]
fn more_time_moves_the_due_time() {
    let mut log = Log::new();
    let body = ExtensionDecision {
        about: about("m"),
        unit: unit_ref("513201-zf"),
        request: Digest::of(b"request"),
        until: Some(at(DUE + 60)),
    };
    log.say(EntryKind::ExtensionDecision, 5, &body).unwrap();
    let body = ExtensionDecision {
        unit: unit_ref("513200-daj"),
        until: None,
        ..body
    };
    log.say(EntryKind::ExtensionDecision, 6, &body).unwrap();
    for unit in ["513201-zf", "513200-daj"] {
        log.fetch(unit, 7);
        log.sign(unit, DUE + 30).unwrap();
    }
    assert_eq!(log.of("513201-zf").late, 0);
    assert_eq!(log.of("513200-daj").late, 1);
}

#[test]
fn a_correction_of_time_annuls_what_it_names() {
    let mut log = Log::new();
    log.overdue("513201-zf");
    log.overdue("513200-daj");
    let time = Time {
        epoch: 1,
        at: at(600),
        annulled: vec![IndexSpan { from: 2, until: 3 }],
    };
    let act = AuthorityAct {
        sequence: 1,
        previous: Digest::of(b"act"),
        act: 1,
        changes: vec![Change {
            kind: Kind::Time,
            id: TIME_ID.to_owned(),
            record: cbor::to_vec(&time).into(),
        }],
        attachments: Vec::new(),
    };
    log.fold.take_act(&payload(&act), &|_| None);
    assert_eq!(log.of("513201-zf").overdue, 0);
    assert_eq!(log.of("513200-daj").overdue, 1);
}

#[test]
fn duties_that_were_missed_count_for_who_had_them() {
    let mut log = Log::new();
    let body = InquiryDue {
        about: about("m"),
        due: at(DUE),
        size: 3,
    };
    log.say(EntryKind::InquiryDue, DUE, &body).unwrap();
    let body = LookMissed {
        account: "513201-zf-js01".parse().unwrap(),
        from: at(0),
        // Into December in China.
        until: at(10_000),
    };
    log.say(EntryKind::LookMissed, 10_001, &body).unwrap();
    assert_eq!(log.of("513200-zfb").inquiries_missed, 1);
    assert_eq!(log.of("513201-zf").looks_missed, 0);
    assert_eq!(log.of_month("513201-zf", 202_612).looks_missed, 1);
}

#[test]
fn a_month_begins_at_midnight_in_china() {
    // 2026-12-01 00:00 +08:00.
    let december = 1_796_054_400_000;
    let month = |ms| month_at(None, Timestamp::from_unix_ms(ms));
    assert_eq!((month(december - 1), month(december)), (202_611, 202_612));
}

#[test]
fn what_does_not_follow_is_refused() {
    let mut log = Log::new();
    // Signed for what was not fetched, a delivery that is none, one dispatched twice.
    assert_eq!(log.sign("513201-zf", 3), None);
    assert_eq!(log.sign("513209-zf", 3), None);
    assert_eq!(log.dispatch("m", at(3)), None);
    // Another statement than the entry's kind says.
    let body = Fetch {
        delivery: delivery("513201-zf"),
    };
    assert_eq!(log.say(EntryKind::Receipt, 3, &body), None);
}
