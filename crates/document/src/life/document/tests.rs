use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

use Cause::{Foreign, NoSuchIssuer, OutOfTurn, Repeated, TooEarly, TooLate};
use DocumentEvent as E;
use Stage as S;

/// What the table expects.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    To(S),
    Same,
    No(Cause),
}
use Expected::{No, Same, To};

const EARLY: Expected = No(TooEarly);
const LATE: Expected = No(TooLate);
const AGAIN: Expected = No(Repeated);

/// One issuer. Columns: submitted, approved, refused, withdrawn, sealed, dispatched, supplemented.
#[rustfmt::skip]
const TABLE: [(S, [Expected; 7]); 6] = [
    (S::Submitted, [Same, To(S::Approved), To(S::RefusedByApprover), To(S::Withdrawn),
                    EARLY, EARLY, EARLY]),
    (S::Approved,  [Same, AGAIN, To(S::RefusedByApprover), To(S::Withdrawn),
                    To(S::Sealed), EARLY, EARLY]),
    (S::RefusedByApprover, [LATE, LATE, AGAIN, LATE, LATE, LATE, LATE]),
    (S::Withdrawn,         [LATE, LATE, LATE, AGAIN, LATE, LATE, LATE]),
    (S::Sealed,    [Same, AGAIN, To(S::RefusedByApprover), To(S::Withdrawn),
                    AGAIN, To(S::Dispatched), EARLY]),
    (S::Dispatched, [LATE, LATE, LATE, LATE, LATE, AGAIN, Same]),
];

/// What the table expects of a fact that does not stand yet.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Noted {
    Yes,
    Not(Cause),
}
use Noted::{Not, Yes};

const E_: Noted = Not(TooEarly);
const L_: Noted = Not(TooLate);
const F_: Noted = Not(Foreign);

/// Columns: submitted, approved, refused by the approver, withdrawn, sealed, dispatched.
#[rustfmt::skip]
const FACTS: [(Fact, [Noted; 6]); 13] = [
    (Fact::Overdue,            [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::Reminded,           [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::Inquired,           [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::InquiryDue,         [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::ReturnAcknowledged, [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::RecallNotice,       [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::RecallAnswer,       [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::Contact,            [F_,  F_,  F_,  F_,  F_,  F_]),
    (Fact::Registered,         [Yes, Yes, L_,  L_,  Yes, Yes]),
    (Fact::Printed,            [E_,  E_,  L_,  L_,  E_,  Yes]),
    (Fact::Filed,              [E_,  E_,  L_,  L_,  E_,  Yes]),
    (Fact::Deleted,            [E_,  E_,  Yes, Yes, E_,  Yes]),
    (Fact::Replaced,           [E_,  E_,  Yes, Yes, E_,  Yes]),
];

fn alone() -> Progress {
    Progress::submitted(&[1]).expect("one issuer is the common case")
}

fn after(start: Progress, events: &[E]) -> Progress {
    events
        .iter()
        .fold(start, |at, event| match at.apply(*event) {
            Ok(step) => step.or(at),
            Err(misstep) => panic!("{misstep} in {events:?}"),
        })
}

fn in_stage(stage: S) -> Progress {
    let approved = E::Approved { issuer: 0 };
    let sealed = E::Sealed { issuer: 0 };
    let events = match stage {
        S::Submitted => vec![],
        S::Approved => vec![approved],
        S::RefusedByApprover => vec![E::Refused { issuer: 0 }],
        S::Withdrawn => vec![E::Withdrawn],
        S::Sealed => vec![approved, sealed],
        S::Dispatched => vec![approved, sealed, E::Dispatched],
    };
    after(alone(), &events)
}

fn cause(result: &Result<Step<Progress>, Misstep>) -> Option<Cause> {
    match result {
        Err(Misstep::Document { cause, .. }) => Some(*cause),
        _ => None,
    }
}

#[test]
fn every_event_at_every_stage_does_what_the_table_says() {
    assert_eq!(TABLE.map(|(stage, _)| stage), S::ALL);
    for (stage, row) in TABLE {
        let before = in_stage(stage);
        assert_eq!(before.stage(), stage);
        for (event, expected) in E::all(0).zip(row) {
            let found = before.apply(event);
            match expected {
                To(next) => {
                    let Ok(Step::Changed(found)) = found else {
                        panic!("{stage:?} {event:?}: {found:?}");
                    };
                    assert_eq!(found.stage(), next, "{stage:?} {event:?}");
                }
                Same => assert_eq!(found, Ok(Step::Unchanged), "{stage:?} {event:?}"),
                No(cause) => {
                    let wanted = Err(Misstep::Document {
                        stage,
                        event,
                        cause,
                    });
                    assert_eq!(found, wanted, "{stage:?} {event:?}");
                }
            }
        }
    }
}

#[test]
fn every_fact_at_every_stage_does_what_the_table_says() {
    assert_eq!(FACTS.map(|(fact, _)| fact), Fact::ALL);
    for (fact, row) in FACTS {
        for (stage, expected) in S::ALL.into_iter().zip(row) {
            let before = in_stage(stage);
            let event = E::Fact(fact);
            let wanted = match expected {
                Yes => Ok(Step::Changed(Progress {
                    facts: Facts::NONE.with(fact),
                    ..before.clone()
                })),
                Not(cause) => Err(Misstep::Document {
                    stage,
                    event,
                    cause,
                }),
            };
            assert_eq!(before.apply(event), wanted, "{stage:?} {fact:?}");
        }
    }
}

#[test]
fn facts_said_again_and_after_the_end() {
    let out = in_stage(S::Dispatched);
    let deleted = after(out.clone(), &[E::Fact(Fact::Deleted)]);
    let replaced = after(out.clone(), &[E::Fact(Fact::Replaced)]);
    let registered = after(out.clone(), &[E::Fact(Fact::Registered)]);
    let cases = [
        (&deleted, E::Fact(Fact::Deleted), Repeated),
        (&deleted, E::Fact(Fact::Printed), TooLate),
        (&deleted, E::Fact(Fact::Filed), TooLate),
        (&deleted, E::Fact(Fact::Registered), TooLate),
        (&deleted, E::Supplemented { recipients: 2 }, TooLate),
        (&replaced, E::Fact(Fact::Replaced), Repeated),
        (&replaced, E::Supplemented { recipients: 2 }, TooLate),
        (&registered, E::Fact(Fact::Registered), Repeated),
    ];
    for (at, event, expected) in cases {
        assert_eq!(cause(&at.apply(event)), Some(expected), "{event:?}");
    }
    let printed = after(out, &[E::Fact(Fact::Printed)]);
    assert_eq!(printed.apply(E::Fact(Fact::Printed)), Ok(Step::Unchanged));
    assert!(deleted.apply(E::Fact(Fact::Replaced)).is_ok());
}

/// Three issuers; the lead seals last.
fn joint() -> Progress {
    Progress::submitted(&[3, 1, 2]).expect("the ordinals are 1 to 3")
}

const fn approved(issuer: u16) -> E {
    E::Approved { issuer }
}

const fn sealed(issuer: u16) -> E {
    E::Sealed { issuer }
}

#[test]
fn a_joint_document_waits_for_each_issuer_and_seals_in_order() {
    let all = [approved(2), approved(0), approved(1)];
    let before = joint();
    assert_eq!(before.sealer_due(), None);
    let some = after(before, &all[..2]);
    assert_eq!(some.stage(), S::Submitted);
    assert!(some.has_approved(0) && !some.has_approved(1) && !some.has_approved(9));
    let ready = after(some, &all[2..]);
    assert_eq!((ready.stage(), ready.sealer_due()), (S::Approved, Some(1)));
    let one = after(ready, &[sealed(1)]);
    assert_eq!((one.stage(), one.sealer_due()), (S::Approved, Some(2)));
    assert!(one.has_sealed(1) && !one.has_sealed(0) && !one.has_sealed(9));
    let last = after(one, &[sealed(2), sealed(0)]);
    assert_eq!((last.stage(), last.sealer_due()), (S::Sealed, None));
    assert_eq!(after(last, &[E::Dispatched]).stage(), S::Dispatched);
}

#[test]
fn a_joint_document_refuses_what_is_out_of_order() {
    let all = [approved(0), approved(1), approved(2)];
    let with = |more: &[E]| [&all[..], more].concat();
    let cases = [
        (vec![], sealed(1), TooEarly),
        (vec![approved(0), approved(1)], sealed(1), TooEarly),
        (vec![approved(1)], approved(1), Repeated),
        (vec![approved(1)], E::Dispatched, TooEarly),
        (all.to_vec(), sealed(0), OutOfTurn),
        (all.to_vec(), sealed(2), OutOfTurn),
        (all.to_vec(), approved(2), Repeated),
        (with(&[sealed(1)]), sealed(1), Repeated),
        (with(&[sealed(1)]), sealed(0), OutOfTurn),
        (with(&[sealed(1), sealed(2)]), E::Dispatched, TooEarly),
        (vec![], approved(3), NoSuchIssuer),
        (vec![], E::Refused { issuer: 3 }, NoSuchIssuer),
        (all.to_vec(), sealed(3), NoSuchIssuer),
        (vec![], approved(32), NoSuchIssuer),
        (vec![], approved(u16::MAX), NoSuchIssuer),
        (vec![E::Withdrawn], approved(3), NoSuchIssuer),
        (
            vec![E::Refused { issuer: 2 }],
            E::Refused { issuer: 0 },
            Repeated,
        ),
        (vec![E::Refused { issuer: 2 }], approved(0), TooLate),
        (vec![E::Refused { issuer: 2 }], E::Withdrawn, TooLate),
    ];
    for (events, event, expected) in cases {
        let found = after(joint(), &events).apply(event);
        assert_eq!(cause(&found), Some(expected), "{events:?} then {event:?}");
    }
}

#[test]
fn any_issuer_may_refuse_until_the_dispatch() {
    let steps = [
        approved(0),
        approved(1),
        approved(2),
        sealed(1),
        sealed(2),
        sealed(0),
        E::Dispatched,
    ];
    for done in 0..=steps.len() {
        for issuer in 0..3 {
            let found = after(joint(), &steps[..done]).apply(E::Refused { issuer });
            if done == steps.len() {
                assert_eq!(cause(&found), Some(TooLate), "{issuer}");
            } else {
                let Ok(Step::Changed(refused)) = found else {
                    panic!("after {done} steps issuer {issuer}: {found:?}");
                };
                assert_eq!(refused.stage(), S::RefusedByApprover);
            }
        }
    }
}

#[test]
fn issuers_and_their_ordinals_are_refused_unless_1_to_n() {
    let too_many: Vec<u8> = (1..=17).collect();
    let cases: [(&[u8], BadProgress); 9] = [
        (&[], BadProgress::NoIssuer),
        (&[0], BadProgress::Ordinals { missing: 1 }),
        (&[2], BadProgress::Ordinals { missing: 1 }),
        (&[1, 1], BadProgress::Ordinals { missing: 2 }),
        (&[0, 1], BadProgress::Ordinals { missing: 2 }),
        (&[1, 3], BadProgress::Ordinals { missing: 2 }),
        (&[1, 2, 2], BadProgress::Ordinals { missing: 3 }),
        (&[255, 1], BadProgress::Ordinals { missing: 2 }),
        (&too_many, BadProgress::TooManyIssuers { issuers: 17 }),
    ];
    for (ordinals, refusal) in cases {
        assert_eq!(Progress::submitted(ordinals), Err(refusal), "{ordinals:?}");
    }
    for ordinals in [&[1_u8][..], &[1, 2], &[2, 1], &[3, 1, 2], &too_many[..16]] {
        let progress = Progress::submitted(ordinals).expect("1 to n in some order");
        assert_eq!(progress.ordinals(), ordinals);
        assert_eq!((progress.issuers(), progress.seals()), (ordinals.len(), 0));
    }
}

#[test]
fn the_most_issuers_reach_the_dispatch() {
    let ordinals: Vec<u8> = (1..=16).collect();
    let start = Progress::submitted(&ordinals).expect("sixteen are allowed");
    let events: Vec<E> = (0..16)
        .map(approved)
        .chain((0..16).map(sealed))
        .chain([E::Dispatched])
        .collect();
    assert_eq!(after(start, &events).stage(), S::Dispatched);
}

#[test]
fn a_record_is_restored_exactly_when_events_lead_to_it() {
    for ordinals in [&[1_u8][..], &[2, 1], &[3, 1, 2]] {
        let start = Progress::submitted(ordinals).expect("1 to n in some order");
        let mut reachable = HashSet::from([start.clone()]);
        let mut edge = vec![start];
        while let Some(at) = edge.pop() {
            for event in (0..3).flat_map(E::all) {
                if let Ok(Step::Changed(next)) = at.apply(event)
                    && reachable.insert(next.clone())
                {
                    edge.push(next);
                }
            }
        }
        let mut restored = HashSet::new();
        for (approvals, seals, stage) in records() {
            for bits in 0..1 << Fact::ALL.len() {
                let facts = Facts::from_bits(bits).expect("every bit is a fact");
                restored.extend(Progress::restore(ordinals, approvals, seals, stage, facts));
            }
        }
        assert!(
            restored == reachable,
            "{ordinals:?}: {} {}",
            restored.len(),
            reachable.len()
        );
    }
}

fn records() -> impl Iterator<Item = (u32, u8, Stage)> {
    let some = (0..9).flat_map(|approvals| (0..5).map(move |seals| (approvals, seals)));
    some.flat_map(|(approvals, seals)| S::ALL.map(|stage| (approvals, seals, stage)))
}

#[test]
fn a_record_that_contradicts_itself_says_why() {
    let none = Facts::NONE;
    let filed = none.with(Fact::Filed);
    let cases = [
        (
            4,
            0,
            S::Submitted,
            none,
            BadProgress::Approvals { approvals: 4 },
        ),
        (
            u32::MAX,
            2,
            S::Dispatched,
            none,
            BadProgress::Approvals {
                approvals: u32::MAX,
            },
        ),
        (1, 1, S::Submitted, none, BadProgress::Seals { seals: 1 }),
        (3, 3, S::Sealed, none, BadProgress::Seals { seals: 3 }),
        (3, 255, S::Sealed, none, BadProgress::Seals { seals: 255 }),
        (3, 1, S::Dispatched, none, BadProgress::Seals { seals: 1 }),
        (0, 0, S::Dispatched, none, BadProgress::Seals { seals: 0 }),
        (
            3,
            2,
            S::Approved,
            none,
            BadProgress::Stage {
                held: S::Approved,
                follows: S::Sealed,
            },
        ),
        (
            1,
            0,
            S::Approved,
            none,
            BadProgress::Stage {
                held: S::Approved,
                follows: S::Submitted,
            },
        ),
        (
            3,
            1,
            S::Sealed,
            none,
            BadProgress::Stage {
                held: S::Sealed,
                follows: S::Approved,
            },
        ),
        (
            3,
            2,
            S::Sealed,
            filed,
            BadProgress::Fact {
                stage: S::Sealed,
                fact: Fact::Filed,
            },
        ),
    ];
    for (approvals, seals, stage, facts, refusal) in cases {
        let found = Progress::restore(&[1, 2], approvals, seals, stage, facts);
        assert_eq!(found, Err(refusal), "{approvals:#x} {seals} {stage:?}");
        assert!(!refusal.to_string().is_empty());
    }
}

/// Does not compile once a stage is added, so that the list is not forgotten.
fn place(stage: S) -> usize {
    match stage {
        S::Submitted => 0,
        S::Approved => 1,
        S::RefusedByApprover => 2,
        S::Withdrawn => 3,
        S::Sealed => 4,
        S::Dispatched => 5,
    }
}

/// As [`place`], for events; facts follow.
fn place_of_event(event: E) -> usize {
    match event {
        E::Submitted => 0,
        E::Approved { .. } => 1,
        E::Refused { .. } => 2,
        E::Withdrawn => 3,
        E::Sealed { .. } => 4,
        E::Dispatched => 5,
        E::Supplemented { .. } => 6,
        E::Fact(fact) => 7 + Fact::ALL.iter().position(|it| *it == fact).expect("listed"),
    }
}

#[test]
fn codes_names_and_lists_of_stages_and_events_are_whole() {
    let stages: Vec<u64> = S::ALL.iter().map(|stage| stage.code()).collect();
    assert_eq!(stages, (1..=6).collect::<Vec<u64>>());
    assert_eq!(S::ALL.map(place), [0, 1, 2, 3, 4, 5]);
    assert!(E::all(0).map(place_of_event).eq(0..20));
    for stage in S::ALL {
        assert_eq!(S::from_code(stage.code()), Some(stage));
    }
    for operand in [0, 7, u16::MAX] {
        let events: Vec<u64> = E::all(operand).map(DocumentEvent::code).collect();
        assert_eq!(events, (1..=7).chain(33..=45).collect::<Vec<u64>>());
        for event in E::all(operand) {
            assert_eq!(E::from_code(event.code(), event.operand()), Some(event));
            assert!(
                event.operand() == operand || event.operand() == 0,
                "{event:?}"
            );
        }
    }
    for code in [0, 7, 33, u64::MAX] {
        assert_eq!(S::from_code(code), None, "{code}");
    }
    for code in [0, 8, 32, 46, u64::MAX] {
        assert_eq!(E::from_code(code, 0), None, "{code}");
    }
    let zh: HashSet<_> = S::ALL.iter().map(|stage| stage.zh()).collect();
    let en: HashSet<_> = S::ALL.iter().map(|stage| stage.en()).collect();
    assert_eq!((zh.len(), en.len()), (6, 6));
    let zh: HashSet<_> = E::all(0).map(DocumentEvent::zh).collect();
    let en: HashSet<_> = E::all(0).map(DocumentEvent::en).collect();
    assert_eq!((zh.len(), en.len()), (20, 20));
}

#[test]
fn a_misstep_says_stage_event_and_cause() {
    let misstep = alone().apply(E::Dispatched).expect_err("nobody approved");
    let text = "a document that is submitted cannot be dispatched: \
                something that comes before it is missing";
    assert_eq!(misstep.to_string(), text);
}

fn any_event() -> impl Strategy<Value = E> {
    // Ends are rare, so that many sequences get far.
    prop_oneof![
        8 => (0..4_u16).prop_map(approved),
        8 => (0..4_u16).prop_map(sealed),
        4 => Just(E::Dispatched),
        2 => Just(E::Submitted),
        1 => proptest::sample::select(E::all(1).collect::<Vec<_>>()),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_dispatch_follows_every_approval_and_every_seal_in_order(
        ordinals in proptest::sample::select(vec![vec![1_u8], vec![2, 1], vec![3, 1, 2]]),
        events in proptest::collection::vec(any_event(), 0..80),
    ) {
        let mut at = Progress::submitted(&ordinals).expect("1 to n in some order");
        let mut approvals = HashSet::new();
        let mut seals = Vec::new();
        let mut ends = 0;
        for event in events {
            let Ok(step) = at.apply(event) else { continue };
            at = step.or(at);
            match event {
                E::Approved { issuer } => prop_assert!(approvals.insert(issuer)),
                E::Sealed { issuer } => {
                    prop_assert_eq!(approvals.len(), ordinals.len());
                    seals.push(ordinals[usize::from(issuer)]);
                }
                E::Dispatched => {
                    ends += 1;
                    prop_assert_eq!(approvals.len(), ordinals.len());
                    let in_order: Vec<u8> = (1..).take(ordinals.len()).collect();
                    prop_assert_eq!(&seals, &in_order);
                }
                E::Refused { .. } | E::Withdrawn => ends += 1,
                _ => {}
            }
            prop_assert!(ends <= 1);
            prop_assert_eq!(at.stage().is_terminal(), ends == 1);
        }
    }
}
