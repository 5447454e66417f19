//! Whatever is shown in whatever order by whomever: what a client believes follows from the
//! authority's signatures alone, and nothing that is left out, moved or repeated stays unnoticed.

use proptest::prelude::*;

use super::land::{
    CLERK, CUSTODIAN, Land, MANAGER, NEWCOMER, ORIGIN, PC, SEAL, TOWN, TOWN_CLERK, account, device,
    exchange, officer, policy, seal, secret, unit,
};
use crate::roster::act::Change;
use crate::roster::record::{Role, Status};
use crate::roster::{POLICY_ID, Roster};
use crate::signed::{Signed, SlotRole};

/// Folds what it is shown and stops at the first refusal; tells how many were taken in.
fn shown(genesis: &Signed, statements: &[&Signed]) -> (Roster, usize) {
    let mut roster = Roster::begin(genesis).unwrap();
    for (taken, signed) in statements.iter().enumerate() {
        match roster.decide(signed, super::land::NOW) {
            Ok(decided) => roster.apply(&decided),
            Err(_) => return (roster, taken),
        }
    }
    (roster, statements.len())
}

/// What an act might try to put.
fn attempts() -> Vec<Change> {
    let closed = officer(Status::Closed);
    vec![
        Change::put("p-officer2", &officer(Status::Active)),
        Change::put("p-officer1", &closed),
        Change::put(ORIGIN, &exchange()),
        Change::put(POLICY_ID, &policy()),
        Change::put("513209-zf", &unit("无此单位")),
        Change::put(TOWN, &unit("改名")),
        Change::put(PC, &device()),
        Change::put(
            CLERK,
            &account("p-mallory", &[Role::Send, Role::Approve], &[PC]),
        ),
        Change::put(SEAL, &seal()),
    ]
}

/// Everybody who has a key, and a stranger.
const HOLDERS: [&str; 13] = [
    "root",
    "officer",
    "checkpoint",
    "entries",
    "tls",
    MANAGER,
    CLERK,
    CUSTODIAN,
    NEWCOMER,
    TOWN_CLERK,
    PC,
    SEAL,
    "a stranger",
];

const ROLES: [SlotRole; 9] = [
    SlotRole::Account,
    SlotRole::Device,
    SlotRole::Seal,
    SlotRole::Root,
    SlotRole::Officer,
    SlotRole::Exchange,
    SlotRole::Ticket,
    SlotRole::NewAccount,
    SlotRole::NewDevice,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn g2_nothing_is_left_out_moved_or_repeated_unnoticed(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        straight in 0_usize..24,
    ) {
        let land = Land::grown();
        let (genesis, rest) = land.statements.split_first().unwrap();
        // A true beginning, and then anything.
        let straight = straight.min(rest.len());
        let mut sequence: Vec<&Signed> = rest[..straight].iter().collect();
        sequence.extend(picks.iter().map(|pick| pick.get(rest)));
        let (roster, taken) = shown(genesis, &sequence);
        // What was taken in is the true beginning, so far as it goes.
        let truly: Vec<_> = rest.iter().take(taken).map(Signed::digest).collect();
        let shown_digests: Vec<_> = sequence[..taken].iter().map(|it| it.digest()).collect();
        prop_assert_eq!(shown_digests, truly);
        // And it has the head of the whole only if it is the whole.
        let whole = taken == rest.len();
        prop_assert_eq!(roster.head() == land.roster.head(), whole);
    }

    #[test]
    fn a6_no_act_counts_without_the_authoritys_own_signature(
        what in any::<prop::sample::Index>(),
        signers in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
            0..4,
        ),
        names_an_account in any::<bool>(),
    ) {
        let land = Land::grown();
        let before = land.roster.head();
        let changes = vec![what.get(&attempts()).clone()];
        let named = names_an_account.then_some((MANAGER, PC));
        let payload = land.payload(named, &land.act(changes));
        let mut signed = Signed::new(&payload, &[]);
        for (role, holder) in &signers {
            let (role, holder) = (*role.get(&ROLES), *holder.get(&HOLDERS));
            let own = [(SlotRole::Root, "root"), (SlotRole::Officer, "officer")];
            // The authority's own signature in its own place is the one thing that is left out.
            if !own.contains(&(role, holder)) {
                signed.add(role, &secret(holder));
            }
        }
        prop_assert!(land.decide(&signed).is_err());
        prop_assert_eq!(land.roster.head(), before);
    }
}

#[test]
fn g5_root_and_officer_do_not_stand_in_for_each_other() {
    let land = Land::grown();
    for change in attempts() {
        let by = |role| {
            land.decide(&land.signed_act(role, vec![change.clone()]))
                .is_ok()
        };
        let accepted = (by(SlotRole::Root), by(SlotRole::Officer));
        assert!(accepted.0 != accepted.1, "{:?} {}", change.kind, change.id);
    }
}
