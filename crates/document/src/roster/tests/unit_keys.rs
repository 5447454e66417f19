//! The units' keys: epochs, and shares of them.

use super::land::{
    CLERK, CUSTODIAN, Land, MANAGER, NEWCOMER, PC, TOWN, TOWN_CLERK, account, encryption, share,
};
use crate::roster::act::{Change, NewShare, NewUnitKey};
use crate::roster::record::{Account, EpochShare, Role, Status};
use crate::roster::{BadChange, NoStanding, RosterRefused};
use crate::signed::Signed;
use crate::wrap::{WRAPPED_KEY_BYTES, XWING_ENC_BYTES};

/// The manager's second unit key with something else in its body.
fn changed(land: &Land, change: impl FnOnce(&mut NewUnitKey)) -> Signed {
    let mut body: NewUnitKey = land.unit_key(MANAGER, 2).claimed().unwrap().body().unwrap();
    change(&mut body);
    land.said(MANAGER, &body)
}

#[test]
fn epochs_rise_by_one() {
    let mut land = Land::grown();
    for found in [0, 1, 3, u32::MAX] {
        let refusal = land.refusal(&land.unit_key(MANAGER, found));
        let expected = 2;
        assert_eq!(refusal, RosterRefused::Epoch { expected, found });
    }
    let mixed = changed(&land, |body| body.share.epoch = 1);
    assert!(matches!(
        land.refusal(&mixed),
        RosterRefused::Epoch { expected: 2, .. }
    ));
    let second = land.unit_key(MANAGER, 2);
    land.fold(second);
    let manager = land.roster.key_share(&MANAGER.parse().unwrap()).unwrap();
    let epochs: Vec<u32> = manager.epochs.iter().map(|share| share.epoch).collect();
    assert_eq!(epochs, [1, 2]);
    let unit_key = land.roster.unit_key(&super::land::UNIT.parse().unwrap());
    assert_eq!(unit_key.unwrap().epoch, 2);
}

#[test]
fn g5_only_the_units_own_manager_makes_its_key() {
    let land = Land::grown();
    for id in [CLERK, CUSTODIAN, TOWN_CLERK] {
        let refusal = land.refusal(&land.unit_key(id, 2));
        let role = RosterRefused::NoStanding(NoStanding::Role(Role::Manage));
        assert_eq!(refusal, role, "{id}");
    }
    let other_unit = changed(&land, |body| body.unit = TOWN.parse().unwrap());
    assert_eq!(land.refusal(&other_unit), RosterRefused::AnotherUnit);
    let other_maker = changed(&land, |body| body.key.made_by = CLERK.parse().unwrap());
    assert_eq!(land.refusal(&other_maker), RosterRefused::AnotherUnit);
    let odd_key = changed(&land, |body| {
        body.key.key.bytes.pop();
    });
    let refusal = RosterRefused::Change(BadChange::EncryptionKey);
    assert_eq!(land.refusal(&odd_key), refusal);
}

#[test]
fn g5_an_account_cannot_speak_as_another() {
    let land = Land::grown();
    let body: NewUnitKey = land.unit_key(MANAGER, 2).claimed().unwrap().body().unwrap();
    let as_clerk = land.said(CLERK, &body);
    let mut payload = as_clerk.claimed().unwrap();
    payload.account = MANAGER.parse().ok();
    let signed = Signed::new(
        &payload,
        &[
            (
                crate::signed::SlotRole::Account,
                &super::land::secret(CLERK),
            ),
            (crate::signed::SlotRole::Device, &super::land::secret(PC)),
        ],
    );
    let refusal = land.refusal(&signed);
    assert!(matches!(refusal, RosterRefused::Signature(_)), "{refusal}");
}

/// What is done to a share, and how.
type Spoiled = (&'static str, fn(&mut EpochShare));

#[test]
fn a_share_fits_the_key_of_its_account() {
    let land = Land::grown();
    let cases: &[Spoiled] = &[
        ("another account's key", |share| {
            share.key = encryption(CLERK).id();
        }),
        ("a short encapsulation", |share| {
            share.enc.truncate(XWING_ENC_BYTES - 1);
        }),
        ("a long encapsulation", |share| share.enc.push(0)),
        ("a short wrapped key", |share| {
            share.ct.truncate(WRAPPED_KEY_BYTES - 1);
        }),
        ("a long wrapped key", |share| share.ct.push(0)),
    ];
    for (what, spoil) in cases {
        let mut own = share(MANAGER, 2);
        spoil(&mut own);
        let own = changed(&land, |body| body.share = own);
        let refusal = RosterRefused::Change(BadChange::Share);
        assert_eq!(land.refusal(&own), refusal, "own: {what}");
        let mut given = share(CUSTODIAN, 1);
        spoil(&mut given);
        let account = CUSTODIAN.parse().unwrap();
        let given = land.said(
            MANAGER,
            &NewShare {
                account,
                share: given,
            },
        );
        assert_eq!(land.refusal(&given), refusal, "given: {what}");
    }
}

#[test]
fn g5_only_a_holder_shares_and_only_within_the_unit() {
    let mut land = Land::grown();
    let by_none = land.share(CUSTODIAN, CLERK, 1);
    assert_eq!(land.refusal(&by_none), RosterRefused::HoldsNoShare);
    let of_later = land.share(MANAGER, CLERK, 2);
    assert_eq!(land.refusal(&of_later), RosterRefused::HoldsNoShare);
    let to_other = land.share(MANAGER, TOWN_CLERK, 1);
    assert_eq!(land.refusal(&to_other), RosterRefused::AnotherUnit);
    let from_other = land.share(TOWN_CLERK, CLERK, 1);
    assert_eq!(land.refusal(&from_other), RosterRefused::AnotherUnit);
    // The clerk holds epoch 1 and may pass it on, but has no part in epoch 2.
    let second = land.unit_key(MANAGER, 2);
    land.fold(second);
    let passed_on = land.share(CLERK, CUSTODIAN, 1);
    land.fold(passed_on);
    let beyond = land.share(CLERK, CUSTODIAN, 2);
    assert_eq!(land.refusal(&beyond), RosterRefused::HoldsNoShare);
}

#[test]
fn g5_no_share_for_who_has_left_or_has_no_keys() {
    let mut land = Land::grown();
    let no_keys = land.share(MANAGER, NEWCOMER, 1);
    assert_eq!(
        land.refusal(&no_keys),
        RosterRefused::Change(BadChange::Share)
    );
    let unknown = land.share(MANAGER, "513200-zfb-fs99", 1);
    let no_account = RosterRefused::NoStanding(NoStanding::Account);
    assert_eq!(land.refusal(&unknown), no_account);
    for status in [Status::Suspended, Status::Closed] {
        let left = Account {
            status,
            ..account("p-wang5", &[Role::Seal], &[PC])
        };
        land.officer_puts(vec![Change::put(CUSTODIAN, &left)]);
        let late = land.share(MANAGER, CUSTODIAN, 1);
        assert_eq!(land.refusal(&late), no_account, "{status:?}");
        let by_them = land.unit_key(CUSTODIAN, 2);
        assert_eq!(land.refusal(&by_them), no_account, "{status:?}");
    }
}

#[test]
fn a_share_given_again_takes_the_place_of_the_first() {
    let mut land = Land::grown();
    let mut second = share(CLERK, 1);
    second.ct.fill(9);
    let account = CLERK.parse().unwrap();
    let body = NewShare {
        account,
        share: second.clone(),
    };
    let again = land.said(MANAGER, &body);
    land.fold(again);
    let held = land.roster.key_share(&CLERK.parse().unwrap()).unwrap();
    assert_eq!(held.epochs, [second]);
}
