//! Whatever is shown in whatever order by whomever: what a client believes follows from the
//! authority's signatures alone, and nothing that is left out, moved or repeated stays unnoticed.

use proptest::prelude::*;

use super::land::{
    CLERK, CUSTODIAN, Land, MANAGER, NEWCOMER, ORIGIN, PC, SEAL, TOWN, TOWN_CLERK, TOWN_PC,
    account, device, exchange, officer, policy, seal, secret, ticket_of, unit,
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

/// The tickets with which the land's accounts were enrolled.
fn tickets() -> [String; 4] {
    let enrolled = [
        (MANAGER, PC),
        (CLERK, PC),
        (CUSTODIAN, PC),
        (TOWN_CLERK, TOWN_PC),
    ];
    enrolled.map(|(account, computer)| ticket_of(account, computer))
}

/// Everybody who has a key: those of [`HOLDERS`], the tickets, and the other computer.
fn everybody() -> Vec<String> {
    let others = tickets().into_iter().chain([TOWN_PC.to_owned()]);
    HOLDERS
        .iter()
        .map(ToString::to_string)
        .chain(others)
        .collect()
}

/// Who has truly signed a statement of the land, in the order of the slots.
fn signers(signed: &Signed) -> Vec<(SlotRole, String)> {
    let names = everybody();
    let of_role = |role: SlotRole| {
        let name = |id| names.iter().find(|name| secret(name).public().id() == id);
        let keys = signed.claimed_keys(role).into_iter();
        let found = keys.map(move |id| (role, name(id).expect("a key of the land").clone()));
        found.collect::<Vec<_>>()
    };
    ROLES.iter().flat_map(|role| of_role(*role)).collect()
}

/// A statement of the land, signed anew by others than it must be.
#[derive(Clone, Debug)]
struct Forgery {
    /// Before which statement of the true history it is shown.
    when: prop::sample::Index,
    /// Whether it forges that very statement.
    next: bool,
    /// Otherwise, which one.
    of: prop::sample::Index,
    /// Under an id of its own, so that it is no repetition.
    afresh: bool,
    /// Which signer is missing or somebody else.
    slot: prop::sample::Index,
    /// What the slot has instead: nothing, or another's signature in this or another role.
    instead: Option<(prop::sample::Index, Option<prop::sample::Index>)>,
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let index = any::<prop::sample::Index>;
    let instead = prop::option::of((index(), prop::option::of(index())));
    let parts = (
        index(),
        any::<bool>(),
        index(),
        any::<bool>(),
        index(),
        instead,
    );
    parts.prop_map(|(when, next, of, afresh, slot, instead)| Forgery {
        when,
        next,
        of,
        afresh,
        slot,
        instead,
    })
}

impl Forgery {
    /// The forged statement; none where by chance nothing was forged.
    fn make(&self, of: &Signed) -> Option<Signed> {
        let truly = signers(of);
        let mut payload = of.claimed().unwrap();
        if self.afresh {
            payload.id = "019b0000-0000-7000-8000-000000000001".parse().unwrap();
        }
        let mut by = truly.clone();
        let slot = self.slot.index(by.len());
        match &self.instead {
            None => drop(by.remove(slot)),
            Some((name, role)) => {
                by[slot].1 = name.get(&everybody()).clone();
                if let Some(role) = role {
                    by[slot].0 = *role.get(&ROLES);
                }
            }
        }
        if by == truly {
            return None;
        }
        let mut forged = Signed::new(&payload, &[]);
        for (role, name) in &by {
            forged.add(*role, &secret(name));
        }
        Some(forged)
    }
}

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
    fn g2_no_sequence_without_the_right_signatures_changes_what_a_client_believes(
        tries in prop::collection::vec(forgery(), 1..40),
    ) {
        let land = Land::grown();
        let (genesis, rest) = land.statements.split_first().unwrap();
        let mut roster = Roster::begin(genesis).unwrap();
        for (place, truly) in rest.iter().enumerate() {
            let here = tries.iter().filter(|it| it.when.index(rest.len()) == place);
            for forgery in here {
                // Mostly of what would follow here, as nothing else would do harm.
                let of = if forgery.next { truly } else { forgery.of.get(rest) };
                let Some(forged) = forgery.make(of) else { continue };
                let before = roster.head();
                prop_assert!(roster.decide(&forged, super::land::NOW).is_err(), "{forgery:?}");
                prop_assert_eq!(roster.head(), before);
            }
            // And none of them stands in the way of the true one.
            let decided = roster.decide(truly, super::land::NOW);
            prop_assert!(decided.is_ok(), "{place}");
            roster.apply(&decided.unwrap());
        }
        prop_assert_eq!(roster.head(), land.roster.head());
        prop_assert_eq!(roster.last_act(), land.roster.last_act());
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
