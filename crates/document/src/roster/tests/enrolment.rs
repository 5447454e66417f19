//! Enrolments: what a ticket opens, and what it does not.

use super::land::{
    CLERK, CUSTODIAN, Land, MANAGER, NEWCOMER, NOW, PC, PC2, TOWN, TOWN_CLERK, TOWN_PC, UNIT,
    account, device, encryption, secret, sign_enrolment, ticket, ticket_of, unit,
};
use crate::key::{BadKey, PublicKey};
use crate::roster::act::{Change, Enrolment};
use crate::roster::record::{Account, Device, Kind, Role, Status, Unit};
use crate::roster::{BadChange, NoStanding, RosterRefused};
use crate::signed::{NotVerified, Signed, SlotRole};
use crate::{Digest, cbor};

/// A land where a ticket for the newcomer was issued and not yet used.
fn with_ticket() -> Land {
    let mut land = Land::grown();
    land.officer_puts(vec![Change::put(
        &ticket_of(NEWCOMER, PC),
        &ticket(NEWCOMER, PC),
    )]);
    land
}

/// The newcomer's enrolment with something else in its body.
fn changed(land: &Land, change: impl FnOnce(&mut Enrolment)) -> Signed {
    let mut body = Land::enrolment_body(NEWCOMER, PC);
    change(&mut body);
    let payload = land.payload(Some((NEWCOMER, PC)), &body);
    sign_enrolment(&payload, NEWCOMER, PC)
}

#[test]
fn an_enrolment_puts_keys_and_uses_the_ticket_up() {
    let mut land = with_ticket();
    let enrolment = land.enrolment(NEWCOMER, PC);
    let decided = land.decide(&enrolment).unwrap();
    let kinds: Vec<Kind> = decided.changes().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::Ticket, Kind::AccountKeys, Kind::DeviceKeys]);
    let sequence = land.roster.sequence();
    land.fold(enrolment.clone());
    assert_eq!(land.roster.sequence(), sequence, "it is no act");
    let used = land
        .roster
        .ticket(&ticket_of(NEWCOMER, PC).parse().unwrap());
    assert_eq!(used.unwrap().used_by, Some(enrolment.digest()));
    let keys = land
        .roster
        .account_keys(&NEWCOMER.parse().unwrap())
        .unwrap();
    assert_eq!(keys.signing, [secret(NEWCOMER).public()]);
    let tls = secret(&format!("tls of {PC}")).public();
    assert_eq!(land.roster.device_by_tls_key(&tls), PC.parse().ok());
    assert_eq!(land.roster.device_by_tls_key(&secret("x").public()), None);
}

#[test]
fn g7_a_ticket_is_good_for_one_enrolment() {
    let mut land = with_ticket();
    let first = land.enrolment(NEWCOMER, PC);
    land.fold(first.clone());
    assert_eq!(land.refusal(&first), RosterRefused::TicketUsed);
    let second = land.enrolment(NEWCOMER, PC);
    assert_ne!(second.digest(), first.digest());
    assert_eq!(land.refusal(&second), RosterRefused::TicketUsed);
}

#[test]
fn g7_an_expired_ticket_opens_nothing() {
    let land = with_ticket();
    let expired = ticket(NEWCOMER, PC).expires;
    let enrolment = land.enrolment(NEWCOMER, PC);
    assert!(land.roster.decide(&enrolment, expired).is_ok());
    assert_eq!(
        land.roster
            .decide(&enrolment, expired.plus_ms(1))
            .unwrap_err(),
        RosterRefused::TicketExpired { expired }
    );
}

#[test]
fn g7_a_ticket_serves_nobody_else() {
    let land = with_ticket();
    let body = Land::enrolment_body(NEWCOMER, PC);
    let said = [
        Some((CLERK, PC)),
        Some((NEWCOMER, PC2)),
        Some((TOWN_CLERK, TOWN_PC)),
        None,
    ];
    for said in said {
        let signed = sign_enrolment(&land.payload(said, &body), NEWCOMER, PC);
        assert_eq!(
            land.refusal(&signed),
            RosterRefused::TicketForOther,
            "{said:?}"
        );
    }
    let elsewhere = changed(&land, |body| {
        body.account.device = PC2.parse().unwrap();
    });
    assert_eq!(land.refusal(&elsewhere), RosterRefused::TicketForOther);
    let unknown = changed(&land, |body| body.ticket = "t-none".parse().unwrap());
    assert_eq!(land.refusal(&unknown), RosterRefused::UnknownTicket);
}

#[test]
fn g7_an_enrolment_is_signed_by_ticket_and_new_keys() {
    let land = with_ticket();
    let payload = land.payload(Some((NEWCOMER, PC)), &Land::enrolment_body(NEWCOMER, PC));
    let (ticket, account, device) = (
        secret(&ticket_of(NEWCOMER, PC)),
        secret(NEWCOMER),
        secret(PC),
    );
    let other = secret("other");
    let (t, a, d) = (SlotRole::Ticket, SlotRole::NewAccount, SlotRole::NewDevice);
    let cases = [
        vec![(t, &other), (a, &account), (d, &device)],
        vec![(t, &ticket), (a, &other), (d, &device)],
        vec![(t, &ticket), (a, &account), (d, &other)],
        vec![(t, &ticket), (a, &device), (d, &account)],
        vec![(a, &account), (d, &device)],
        vec![(t, &ticket), (d, &device)],
        vec![(t, &ticket), (a, &account)],
        vec![(t, &ticket)],
        vec![(SlotRole::Account, &account), (t, &ticket), (d, &device)],
    ];
    for (case, signers) in cases.iter().enumerate() {
        let refusal = land.refusal(&Signed::new(&payload, signers));
        assert!(
            matches!(refusal, RosterRefused::Signature(_)),
            "case {case}: {refusal}"
        );
    }
}

#[test]
fn an_account_is_enrolled_only_where_it_may_be_used() {
    let cases: &[(&str, Change, NoStanding)] = &[
        (
            "not on this computer",
            Change::put(NEWCOMER, &account("p-zhao6", &[Role::Receive], &[PC2])),
            NoStanding::NotOnThisDevice,
        ),
        (
            "locked",
            Change::put(
                NEWCOMER,
                &Account {
                    status: Status::Suspended,
                    ..account("p-zhao6", &[Role::Receive], &[PC])
                },
            ),
            NoStanding::Account,
        ),
        (
            "computer withdrawn",
            Change::put(
                PC,
                &Device {
                    status: Status::Closed,
                    ..device()
                },
            ),
            NoStanding::Device,
        ),
        (
            "unit closed",
            Change::put(
                UNIT,
                &Unit {
                    status: Status::Closed,
                    successor: Some(TOWN.parse().unwrap()),
                    ..unit("云岭州人民政府办公室")
                },
            ),
            NoStanding::Unit,
        ),
    ];
    for (what, change, expected) in cases {
        let mut land = with_ticket();
        land.officer_puts(vec![change.clone()]);
        let refusal = land.refusal(&land.enrolment(NEWCOMER, PC));
        assert_eq!(refusal, RosterRefused::NoStanding(*expected), "{what}");
    }
}

#[test]
fn keys_that_are_enrolled_are_sound_and_nobody_elses() {
    let land = with_ticket();
    let mut weak = [0; 32];
    weak[0] = 1;
    // As it comes from outside: {0: 1, 1: h'01 00 …'}.
    let bytes = [&[0xa2, 0, 1, 1, 0x58, 32], weak.as_slice()].concat();
    let weak: PublicKey = cbor::read(&bytes, 100).unwrap();
    let small_order = BadChange::Key {
        kind: Kind::DeviceKeys,
        cause: BadKey::SmallOrder,
    };
    let weak_tls = changed(&land, |body| body.device.tls = weak);
    assert_eq!(land.refusal(&weak_tls), RosterRefused::Change(small_order));
    let in_use = changed(&land, |body| {
        body.device.tls = secret(&format!("tls of {TOWN_PC}")).public();
    });
    assert_eq!(
        land.refusal(&in_use),
        RosterRefused::Change(BadChange::KeyInUse)
    );
    for (what, suite, bytes) in [
        ("another suite", 2, 1_216),
        ("suite 0", 0, 1_216),
        ("too short", 1, 1_215),
        ("too long", 1, 1_217),
        ("nothing", 1, 0),
    ] {
        let bad = changed(&land, |body| {
            body.account.encryption.suite = suite;
            body.account.encryption.bytes.resize(bytes, 0);
        });
        let refusal = RosterRefused::Change(BadChange::EncryptionKey);
        assert_eq!(land.refusal(&bad), refusal, "{what}");
    }
    let none = changed(&land, |body| body.account.signing.clear());
    let stripped = NotVerified::Stripped(SlotRole::NewAccount);
    assert_eq!(land.refusal(&none), RosterRefused::Signature(stripped));
}

#[test]
fn a_second_enrolment_voids_the_shares() {
    let mut land = Land::grown();
    let clerk = CLERK.parse().unwrap();
    assert_eq!(land.roster.key_share(&clerk).unwrap().epochs.len(), 1);
    land.officer_puts(vec![Change::put(
        &ticket_of(CLERK, PC2),
        &ticket(CLERK, PC2),
    )]);
    let mut body = Land::enrolment_body(CLERK, PC2);
    body.account.encryption = encryption("the clerk's second key");
    let payload = land.payload(Some((CLERK, PC2)), &body);
    land.fold(sign_enrolment(&payload, CLERK, PC2));
    assert_eq!(land.roster.key_share(&clerk).unwrap().epochs, []);
    // What is closed for the old key is refused, and so is passing on what the clerk lost.
    let old = land.share(MANAGER, CLERK, 1);
    assert_eq!(land.refusal(&old), RosterRefused::Change(BadChange::Share));
    let passed_on = land.share(CLERK, CUSTODIAN, 1);
    assert_eq!(land.refusal(&passed_on), RosterRefused::HoldsNoShare);
    // The others keep theirs.
    let manager = land.roster.key_share(&MANAGER.parse().unwrap());
    assert_eq!(manager.unwrap().epochs.len(), 1);
}

#[test]
fn g2_an_enrolment_relies_on_a_roster_that_was() {
    let land = with_ticket();
    let body = Land::enrolment_body(NEWCOMER, PC);
    let mut payload = land.payload(Some((NEWCOMER, PC)), &body);
    payload.roster = Land::founded().roster.head();
    let old = sign_enrolment(&payload, NEWCOMER, PC);
    assert!(land.roster.decide(&old, NOW).is_ok());
    payload.roster.root = Digest::of(b"another");
    let strange = sign_enrolment(&payload, NEWCOMER, PC);
    assert_eq!(land.refusal(&strange), RosterRefused::UnknownHead);
}
