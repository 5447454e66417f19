use super::super::{Cause, DeliveryState, Facts};
use super::*;

fn submitted(recipients: usize) -> DocumentLife {
    DocumentLife::submitted(&[1], recipients).expect("one issuer and a recipient")
}

fn document(life: DocumentLife, events: &[DocumentEvent]) -> DocumentLife {
    events
        .iter()
        .fold(life, |at, event| match at.apply(*event) {
            Ok(step) => step.or(at),
            Err(misstep) => panic!("{misstep} in {events:?}"),
        })
}

fn delivery(life: DocumentLife, position: usize, events: &[DeliveryEvent]) -> DocumentLife {
    events
        .iter()
        .fold(life, |at, event| match at.apply_to(position, *event) {
            Ok(step) => step.or(at),
            Err(misstep) => panic!("{misstep} in {events:?}"),
        })
}

const OUT: [DocumentEvent; 3] = [
    DocumentEvent::Approved { issuer: 0 },
    DocumentEvent::Sealed { issuer: 0 },
    DocumentEvent::Dispatched,
];

fn states(life: &DocumentLife) -> Vec<DeliveryState> {
    life.deliveries()
        .iter()
        .map(|delivery| delivery.state())
        .collect()
}

#[test]
fn deliveries_begin_with_the_dispatch_and_not_before() {
    let mut life = submitted(3);
    for event in OUT {
        assert!(life.deliveries().is_empty(), "before {event:?}");
        let early = life.apply_to(0, DeliveryEvent::Fetched);
        assert_eq!(
            early,
            Err(Misstep::NoSuchDelivery {
                position: 0,
                deliveries: 0
            })
        );
        life = document(life, &[event]);
    }
    assert_eq!(life.deliveries(), [Delivery::ANNOUNCED; 3]);
    let beyond = life.apply_to(3, DeliveryEvent::Fetched);
    assert_eq!(
        beyond,
        Err(Misstep::NoSuchDelivery {
            position: 3,
            deliveries: 3
        })
    );
    assert_eq!(life.progress().stage(), Stage::Dispatched);
}

#[test]
fn two_sign_and_one_returns_and_the_document_is_settled() {
    use DeliveryEvent as E;
    use DeliveryState as S;
    let mut life = document(submitted(3), &OUT);
    life = delivery(life, 0, &[E::Fetched, E::Inspected, E::SignedFor]);
    life = delivery(
        life,
        1,
        &[E::Fetched, E::Fetched, E::Inspected, E::Returned],
    );
    assert!(!life.is_settled());
    life = delivery(life, 2, &[E::Fetched, E::Inspected, E::SignedFor]);
    assert!(life.is_settled() && !submitted(1).is_settled());
    assert_eq!(states(&life), [S::SignedFor, S::Returned, S::SignedFor]);
    assert!(life.apply_to(1, E::Fact(Fact::ReturnAcknowledged)).is_ok());
}

#[test]
fn a_replacement_supersedes_what_is_pending_and_leaves_the_rest() {
    use DeliveryEvent as E;
    use DeliveryState as S;
    let mut life = document(submitted(4), &OUT);
    life = delivery(life, 1, &[E::Fetched, E::Inspected, E::SignedFor]);
    life = delivery(life, 2, &[E::Fetched]);
    life = delivery(life, 3, &[E::Refused]);
    life = document(life, &[DocumentEvent::Fact(Fact::Replaced)]);
    assert_eq!(
        states(&life),
        [S::Superseded, S::SignedFor, S::Superseded, S::Refused]
    );
    assert!(life.is_settled());
    let twice = life.apply(DocumentEvent::Fact(Fact::Replaced));
    let Err(Misstep::Document { cause, .. }) = twice else {
        panic!("{twice:?}")
    };
    assert_eq!(cause, Cause::Repeated);
}

#[test]
fn a_supplement_adds_deliveries_up_to_the_limit() {
    let life = document(submitted(2), &OUT);
    let none = life.apply(DocumentEvent::Supplemented { recipients: 0 });
    assert_eq!(none, Ok(Step::Unchanged));
    let more = document(
        life.clone(),
        &[DocumentEvent::Supplemented { recipients: 3 }],
    );
    assert_eq!(more.deliveries(), [Delivery::ANNOUNCED; 5]);
    let full = document(
        life.clone(),
        &[DocumentEvent::Supplemented { recipients: 9_998 }],
    );
    assert_eq!(full.deliveries().len(), DELIVERIES_MAX);
    for (at, recipients, wanted) in [
        (&life, 9_999, 10_001),
        (&life, u16::MAX, 65_537),
        (&full, 1, 10_001),
    ] {
        let found = at.apply(DocumentEvent::Supplemented { recipients });
        assert_eq!(
            found,
            Err(Misstep::TooManyDeliveries { wanted }),
            "{recipients}"
        );
    }
    assert_eq!(
        full.redirect(0),
        Err(Misstep::TooManyDeliveries { wanted: 10_001 })
    );
}

#[test]
fn a_redirected_delivery_goes_on_with_the_successor() {
    use DeliveryEvent as E;
    use DeliveryState as S;
    let mut life = document(submitted(2), &OUT);
    life = delivery(life, 0, &[E::Fetched, E::Fact(Fact::Overdue)]);
    let redirected = life.redirect(0).expect("it is pending");
    assert_eq!(
        states(&redirected),
        [S::Redirected, S::Announced, S::Announced]
    );
    assert_eq!(
        redirected.deliveries()[2].facts(),
        Facts::NONE.with(Fact::Overdue)
    );
    assert!(matches!(
        redirected.redirect(0),
        Err(Misstep::Delivery { .. })
    ));
    assert!(matches!(
        redirected.redirect(3),
        Err(Misstep::NoSuchDelivery { .. })
    ));
    let known = delivery(life, 0, &[E::Redirected]);
    assert_eq!(states(&known), [S::Redirected, S::Announced]);
}

#[test]
fn a_document_without_issuer_or_recipient_does_not_begin() {
    let too_many = DELIVERIES_MAX + 1;
    let cases: [(&[u8], usize, BadLife); 4] = [
        (&[1], 0, BadLife::NoRecipient),
        (&[], 1, BadLife::Progress(BadProgress::NoIssuer)),
        (
            &[2],
            1,
            BadLife::Progress(BadProgress::Ordinals { missing: 1 }),
        ),
        (
            &[1],
            too_many,
            BadLife::TooManyRecipients {
                recipients: too_many,
            },
        ),
    ];
    for (ordinals, recipients, refusal) in cases {
        let found = DocumentLife::submitted(ordinals, recipients);
        assert_eq!(found, Err(refusal), "{ordinals:?} {recipients}");
        assert!(!refusal.to_string().is_empty());
    }
}

#[test]
fn a_refused_step_leaves_the_document_as_it_was() {
    let life = submitted(2);
    let copy = life.clone();
    assert!(life.apply(DocumentEvent::Dispatched).is_err());
    assert_eq!(life.apply(DocumentEvent::Submitted), Ok(Step::Unchanged));
    assert_eq!(life, copy);
}
