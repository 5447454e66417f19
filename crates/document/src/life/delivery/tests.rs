use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

use Cause::{Foreign, Repeated, TooEarly, TooLate};
use DeliveryEvent as E;
use DeliveryState as S;

type Row = (S, [Expected; 8]);

/// What the table expects of a moving event.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    To(S),
    Same,
    No(Cause),
}
use Expected::{No, Same, To};

const MOVING: [E; 8] = [
    E::Fetched,
    E::Inspected,
    E::SignedFor,
    E::Returned,
    E::Refused,
    E::Recalled,
    E::Superseded,
    E::Redirected,
];

const EARLY: Expected = No(TooEarly);
const LATE: Expected = No(TooLate);
const AGAIN: Expected = No(Repeated);

/// Written by hand from the design's section 5 and the protocol's rules 22, 23 and 25; the columns
/// are those of [`MOVING`].
#[rustfmt::skip]
const TABLE: [Row; 9] = [
    (S::Announced,
     [To(S::Fetched), EARLY, EARLY, EARLY,
      To(S::Refused), To(S::Recalled), To(S::Superseded), To(S::Redirected)]),
    (S::Fetched,
     [Same, To(S::Inspected), EARLY, EARLY,
      To(S::Refused), LATE, To(S::Superseded), To(S::Redirected)]),
    (S::Inspected,
     [Same, Same, To(S::SignedFor), To(S::Returned),
      To(S::Refused), LATE, To(S::Superseded), To(S::Redirected)]),
    (S::SignedFor,  [Same, LATE, AGAIN, LATE, LATE, LATE, LATE, LATE]),
    (S::Returned,   [LATE, LATE, LATE, AGAIN, LATE, LATE, LATE, LATE]),
    (S::Refused,    [LATE, LATE, LATE, LATE, AGAIN, LATE, LATE, LATE]),
    (S::Recalled,   [LATE, LATE, LATE, LATE, LATE, AGAIN, LATE, LATE]),
    (S::Superseded, [LATE, LATE, LATE, LATE, LATE, LATE, AGAIN, LATE]),
    (S::Redirected, [LATE, LATE, LATE, LATE, LATE, LATE, LATE, AGAIN]),
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

/// Columns: announced, fetched, inspected, signed for, returned, refused, recalled, superseded,
/// redirected; no other fact stands.
#[rustfmt::skip]
const FACTS: [(Fact, [Noted; 9]); 13] = [
    (Fact::Overdue,            [Yes, Yes, Yes, L_,  L_,  L_,  L_,  L_,  L_]),
    (Fact::Reminded,           [Yes, Yes, Yes, L_,  L_,  L_,  L_,  L_,  L_]),
    (Fact::Inquired,           [Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
    (Fact::InquiryDue,         [Yes, Yes, Yes, Yes, Yes, Yes, L_,  L_,  L_]),
    (Fact::ReturnAcknowledged, [E_,  E_,  E_,  L_,  Yes, L_,  L_,  L_,  L_]),
    (Fact::RecallNotice,       [E_,  Yes, Yes, Yes, L_,  L_,  L_,  L_,  L_]),
    (Fact::RecallAnswer,       [E_,  E_,  E_,  E_,  E_,  E_,  L_,  E_,  L_]),
    (Fact::Contact,            [Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
    (Fact::Registered,         [E_,  E_,  E_,  Yes, L_,  L_,  L_,  L_,  L_]),
    (Fact::Printed,            [E_,  E_,  E_,  Yes, L_,  L_,  L_,  L_,  L_]),
    (Fact::Filed,              [E_,  E_,  E_,  Yes, L_,  L_,  L_,  L_,  L_]),
    (Fact::Deleted,            [E_,  E_,  E_,  Yes, Yes, Yes, Yes, Yes, Yes]),
    (Fact::Replaced,           [F_,  F_,  F_,  F_,  F_,  F_,  F_,  F_,  F_]),
];

fn in_state(state: S) -> Delivery {
    Delivery::restore(state, Facts::NONE).expect("no fact contradicts a state")
}

fn after(events: &[E]) -> Delivery {
    events
        .iter()
        .fold(Delivery::ANNOUNCED, |at, event| match at.apply(*event) {
            Ok(step) => step.or(at),
            Err(misstep) => panic!("{misstep} in {events:?}"),
        })
}

fn cause(result: Result<Step<Delivery>, Misstep>) -> Option<Cause> {
    match result {
        Err(Misstep::Delivery { cause, .. }) => Some(cause),
        _ => None,
    }
}

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    assert_eq!(TABLE.map(|(state, _)| state), S::ALL);
    for (state, row) in TABLE {
        for (event, expected) in MOVING.into_iter().zip(row) {
            let found = in_state(state).apply(event);
            let wanted = match expected {
                To(next) => Ok(Step::Changed(in_state(next))),
                Same => Ok(Step::Unchanged),
                No(cause) => Err(Misstep::Delivery {
                    state,
                    event,
                    cause,
                }),
            };
            assert_eq!(found, wanted, "{state:?} {event:?}");
        }
    }
}

#[test]
fn every_fact_in_every_state_does_what_the_table_says() {
    assert_eq!(FACTS.map(|(fact, _)| fact), Fact::ALL);
    for (fact, row) in FACTS {
        for (state, expected) in S::ALL.into_iter().zip(row) {
            let event = E::Fact(fact);
            let wanted = match expected {
                Yes => Ok(Step::Changed(Delivery {
                    state,
                    facts: Facts::NONE.with(fact),
                })),
                Not(cause) => Err(Misstep::Delivery {
                    state,
                    event,
                    cause,
                }),
            };
            assert_eq!(in_state(state).apply(event), wanted, "{state:?} {fact:?}");
        }
    }
}

#[test]
fn an_overdue_entry_is_annulled_only_where_one_stands() {
    for state in S::ALL {
        let plain = in_state(state);
        assert_eq!(
            cause(plain.apply(E::OverdueAnnulled)),
            Some(TooEarly),
            "{state:?}"
        );
        let overdue = Delivery {
            state,
            facts: Facts::NONE.with(Fact::Overdue),
        };
        assert_eq!(
            overdue.apply(E::OverdueAnnulled),
            Ok(Step::Changed(plain)),
            "{state:?}"
        );
    }
    let again = [
        E::Fact(Fact::Overdue),
        E::OverdueAnnulled,
        E::Fact(Fact::Overdue),
    ];
    assert!(after(&again).facts().has(Fact::Overdue));
}

#[test]
fn what_happens_once_is_refused_a_second_time_and_the_rest_changes_nothing() {
    let cases = [
        (Fact::Overdue, vec![], Some(Repeated)),
        (Fact::Reminded, vec![], None),
        (Fact::Inquired, vec![], None),
        (Fact::InquiryDue, vec![], Some(Repeated)),
        (
            Fact::ReturnAcknowledged,
            vec![E::Fetched, E::Inspected, E::Returned],
            Some(Repeated),
        ),
        (Fact::RecallNotice, vec![E::Fetched], Some(Repeated)),
        (
            Fact::RecallAnswer,
            vec![E::Fetched, E::Fact(Fact::RecallNotice)],
            None,
        ),
        (Fact::Contact, vec![], None),
        (
            Fact::Registered,
            vec![E::Fetched, E::Inspected, E::SignedFor],
            Some(Repeated),
        ),
        (
            Fact::Printed,
            vec![E::Fetched, E::Inspected, E::SignedFor],
            None,
        ),
        (
            Fact::Filed,
            vec![E::Fetched, E::Inspected, E::SignedFor],
            None,
        ),
        (Fact::Deleted, vec![E::Refused], Some(Repeated)),
    ];
    for (fact, mut events, refusal) in cases {
        events.push(E::Fact(fact));
        let again = after(&events).apply(E::Fact(fact));
        match refusal {
            Some(expected) => assert_eq!(cause(again), Some(expected), "{fact:?}"),
            None => assert_eq!(again, Ok(Step::Unchanged), "{fact:?}"),
        }
    }
}

#[test]
fn facts_that_wait_for_others_or_end_with_others() {
    let signed = [E::Fetched, E::Inspected, E::SignedFor];
    let gone = after(&[&signed[..], &[E::Fact(Fact::Filed), E::Fact(Fact::Deleted)]].concat());
    for event in [
        E::Fetched,
        E::Fact(Fact::Registered),
        E::Fact(Fact::Printed),
        E::Fact(Fact::Filed),
    ] {
        assert_eq!(cause(gone.apply(event)), Some(TooLate), "{event:?}");
    }
    assert!(gone.apply(E::Fact(Fact::Contact)).is_ok());

    let looked = after(&[E::Fact(Fact::Inquired)]);
    assert_eq!(
        cause(looked.apply(E::Fact(Fact::InquiryDue))),
        Some(TooLate)
    );
    let due = after(&[E::Fact(Fact::InquiryDue), E::Fact(Fact::Inquired)]);
    assert!(due.facts().has(Fact::InquiryDue) && due.facts().has(Fact::Inquired));

    let notice = [E::Fetched, E::Fact(Fact::RecallNotice)];
    let answer = E::Fact(Fact::RecallAnswer);
    let ends = [
        (vec![], None),
        (vec![E::Inspected], None),
        (vec![E::Inspected, E::SignedFor], None),
        (
            vec![E::Inspected, E::SignedFor, E::Fact(Fact::Deleted)],
            None,
        ),
        (vec![E::Inspected, E::Returned], None),
        (vec![E::Refused], None),
        (vec![E::Superseded], None),
        (vec![E::Redirected], Some(TooLate)),
    ];
    for (end, refusal) in ends {
        let at = after(&[&notice[..], &end].concat());
        assert_eq!(cause(at.apply(answer)), refusal, "{end:?}");
    }
}

#[test]
fn c2_c3_no_receipt_before_a_fetch_and_none_beside_a_return() {
    let cases = [
        (vec![E::SignedFor], TooEarly),
        (vec![E::Fetched, E::SignedFor], TooEarly),
        (vec![E::Inspected], TooEarly),
        (vec![E::Returned], TooEarly),
        (vec![E::Fetched, E::Returned], TooEarly),
        (
            vec![E::Fetched, E::Inspected, E::SignedFor, E::SignedFor],
            Repeated,
        ),
        (
            vec![E::Fetched, E::Inspected, E::SignedFor, E::Returned],
            TooLate,
        ),
        (
            vec![E::Fetched, E::Inspected, E::Returned, E::SignedFor],
            TooLate,
        ),
        (vec![E::Recalled, E::Fetched], TooLate),
        (vec![E::Recalled, E::SignedFor], TooLate),
        (vec![E::Fetched, E::Recalled], TooLate),
        (vec![E::Refused, E::Fetched], TooLate),
    ];
    for (events, expected) in cases {
        let (last, before) = events.split_last().expect("no case is empty");
        assert_eq!(
            cause(after(before).apply(*last)),
            Some(expected),
            "{events:?}"
        );
    }
}

#[test]
fn a_recall_is_clean_before_the_fetch_and_a_notice_after_it() {
    let clean = Delivery::ANNOUNCED;
    assert_eq!(after(&[clean.recall()]).state(), S::Recalled);
    for events in [
        vec![E::Fetched],
        vec![E::Fetched, E::Inspected],
        vec![E::Fetched, E::Inspected, E::SignedFor],
    ] {
        let before = after(&events);
        let noticed = before
            .apply(before.recall())
            .expect("a notice is lawful")
            .or(before);
        assert_eq!(noticed.state(), before.state(), "{events:?}");
        assert!(noticed.facts().has(Fact::RecallNotice), "{events:?}");
    }
    for state in [
        S::Returned,
        S::Refused,
        S::Recalled,
        S::Superseded,
        S::Redirected,
    ] {
        let over = in_state(state);
        assert_eq!(cause(over.apply(over.recall())), Some(TooLate), "{state:?}");
    }
}

#[test]
fn a_successor_begins_announced_with_the_clock_kept() {
    let facts = [
        Fact::Overdue,
        Fact::Reminded,
        Fact::Contact,
        Fact::InquiryDue,
        Fact::Inquired,
    ];
    let mut events: Vec<E> = vec![E::Fetched, E::Inspected];
    events.extend([Fact::InquiryDue, Fact::Overdue, Fact::Reminded].map(E::Fact));
    events.extend([Fact::Contact, Fact::Inquired].map(E::Fact));
    let before = after(&events);
    assert!(facts.into_iter().all(|fact| before.facts().has(fact)));
    assert_eq!(before.successor(), None);
    events.push(E::Redirected);
    let successor = after(&events).successor().expect("it was redirected");
    assert_eq!(successor.state(), S::Announced);
    let kept: Vec<Fact> = successor.facts().iter().collect();
    assert_eq!(kept, [Fact::Overdue, Fact::Inquired, Fact::InquiryDue]);
    assert_eq!(
        cause(successor.apply(E::Fact(Fact::Overdue))),
        Some(Repeated)
    );
}

/// All deliveries that any events lead to, found by walking.
fn reachable() -> HashSet<Delivery> {
    let mut found = HashSet::from([Delivery::ANNOUNCED]);
    let mut edge = vec![Delivery::ANNOUNCED];
    while let Some(at) = edge.pop() {
        for event in E::ALL {
            if let Ok(Step::Changed(next)) = at.apply(event)
                && found.insert(next)
            {
                edge.push(next);
            }
        }
    }
    found
}

#[test]
fn a_record_is_restored_exactly_when_events_lead_to_it() {
    let reachable = reachable();
    let mut restored = 0;
    for state in S::ALL {
        for bits in 0..1 << Fact::ALL.len() {
            let facts = Facts::from_bits(bits).expect("every bit is a fact");
            let delivery = Delivery { state, facts };
            let expected = reachable.contains(&delivery);
            restored += usize::from(expected);
            let found = Delivery::restore(state, facts);
            assert_eq!(found.is_ok(), expected, "{delivery:?}: {found:?}");
        }
    }
    assert_eq!(restored, reachable.len());
}

#[test]
fn terminal_states_absorb_whatever_facts_stand() {
    let terminal = [
        S::SignedFor,
        S::Returned,
        S::Refused,
        S::Recalled,
        S::Superseded,
        S::Redirected,
    ];
    for state in S::ALL {
        assert_eq!(state.is_terminal(), terminal.contains(&state), "{state:?}");
        assert_ne!(state.is_terminal(), state.is_pending(), "{state:?}");
    }
    for at in reachable()
        .into_iter()
        .filter(|at| terminal.contains(&at.state()))
    {
        for event in E::ALL {
            let next = at.apply(event).map_or(at, |step| step.or(at));
            assert_eq!(next.state(), at.state(), "{at:?} {event:?}");
        }
    }
}

/// Does not compile once a state is added, so that the list is not forgotten.
fn place(state: S) -> usize {
    match state {
        S::Announced => 0,
        S::Fetched => 1,
        S::Inspected => 2,
        S::SignedFor => 3,
        S::Returned => 4,
        S::Refused => 5,
        S::Recalled => 6,
        S::Superseded => 7,
        S::Redirected => 8,
    }
}

/// As [`place`], for events; facts follow.
fn place_of_event(event: E) -> usize {
    match event {
        E::Fetched => 0,
        E::Inspected => 1,
        E::SignedFor => 2,
        E::Returned => 3,
        E::Refused => 4,
        E::Recalled => 5,
        E::Superseded => 6,
        E::Redirected => 7,
        E::OverdueAnnulled => 8,
        E::Fact(fact) => 9 + Fact::ALL.iter().position(|it| *it == fact).expect("listed"),
    }
}

#[test]
fn codes_names_and_lists_of_states_and_events_are_whole() {
    let states: Vec<u64> = S::ALL.iter().map(|state| state.code()).collect();
    assert_eq!(states, (1..=9).collect::<Vec<u64>>());
    assert!(S::ALL.into_iter().map(place).eq(0..9));
    assert!(E::ALL.into_iter().map(place_of_event).eq(0..22));
    let events: Vec<u64> = E::ALL.iter().map(|event| event.code()).collect();
    assert_eq!(events, (2..=10).chain(33..=45).collect::<Vec<u64>>());
    for state in S::ALL {
        assert_eq!(S::from_code(state.code()), Some(state));
    }
    for event in E::ALL {
        assert_eq!(E::from_code(event.code()), Some(event));
        if let Some(state) = event.leads_to() {
            assert_eq!(state.code(), event.code(), "{event:?}");
        }
    }
    for code in [0, 10, 11, 33, u64::MAX] {
        assert_eq!(S::from_code(code), None, "{code}");
    }
    for code in [0, 1, 11, 32, 46, u64::MAX] {
        assert_eq!(E::from_code(code), None, "{code}");
    }
    let zh: HashSet<_> = S::ALL.iter().map(|state| state.zh()).collect();
    let en: HashSet<_> = S::ALL.iter().map(|state| state.en()).collect();
    assert_eq!((zh.len(), en.len()), (9, 9));
    let zh: HashSet<_> = E::ALL.iter().map(|event| event.zh()).collect();
    let en: HashSet<_> = E::ALL.iter().map(|event| event.en()).collect();
    assert_eq!((zh.len(), en.len()), (22, 22));
}

#[test]
fn a_misstep_says_state_event_and_cause() {
    let misstep = Delivery::ANNOUNCED
        .apply(E::SignedFor)
        .expect_err("nothing was inspected");
    let text = "a delivery that is announced cannot be signed for: \
                something that comes before it is missing";
    assert_eq!(misstep.to_string(), text);
    let bad = Delivery::restore(S::Announced, Facts::NONE.with(Fact::Filed));
    let text = "no delivery is announced and also filed";
    assert_eq!(
        bad.expect_err("it is not even signed for").to_string(),
        text
    );
}

proptest! {
    #[test]
    fn whatever_happens_a_receipt_follows_a_fetch_and_an_inspection(
        events in proptest::collection::vec(proptest::sample::select(&E::ALL[..]), 0..60),
    ) {
        let mut at = Delivery::ANNOUNCED;
        let mut seen: Vec<S> = vec![at.state()];
        for event in &events {
            if let Ok(step) = at.apply(*event) {
                at = step.or(at);
                seen.push(at.state());
            }
            prop_assert!(Delivery::restore(at.state(), at.facts()) == Ok(at));
        }
        let answered = seen.contains(&S::SignedFor) || seen.contains(&S::Returned);
        if answered {
            prop_assert!(seen.contains(&S::Fetched), "{events:?}");
            prop_assert!(seen.contains(&S::Inspected), "{events:?}");
        }
        seen.retain(|state| state.is_terminal());
        seen.dedup();
        prop_assert!(seen.len() <= 1, "{events:?}");
    }
}
