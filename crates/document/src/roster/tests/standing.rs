//! Who may act, on which computer, with which seal.

use super::land::{
    CLERK, CUSTODIAN, Land, MANAGER, NEWCOMER, NOW, PC, PC2, SEAL, TOWN, TOWN_CLERK, TOWN_PC, UNIT,
    account, device, seal, secret, unit,
};
use crate::roster::act::Change;
use crate::roster::record::{Account, Device, Role, SealGrant, Status, Unit};
use crate::roster::{NoStanding, Standing};
use crate::signed::SlotRole;
use crate::statement::{LoginProof, SessionOpen};
use crate::{Digest, Timestamp};

fn standing(land: &Land, account: &str, device: &str) -> Result<Standing, NoStanding> {
    let (account, device) = (account.parse().unwrap(), device.parse().unwrap());
    land.roster.standing_of(&account, &device)
}

#[test]
fn an_enrolled_account_stands_with_its_keys() {
    let land = Land::grown();
    let clerk = standing(&land, CLERK, PC).unwrap();
    assert_eq!((clerk.id().as_str(), clerk.device().as_str()), (CLERK, PC));
    assert_eq!(clerk.person().as_str(), "p-zhang3");
    assert!(clerk.has(Role::Send) && !clerk.has(Role::Approve));
    let signers = clerk.signers();
    let roles: Vec<SlotRole> = signers.iter().map(|signer| signer.role).collect();
    assert_eq!(roles, [SlotRole::Account, SlotRole::Device]);
    assert_eq!(signers[0].keys, [secret(CLERK).public()]);
    assert_eq!(signers[1].keys, clerk.device_keys().signing);
}

#[test]
fn g5_a_missing_role_is_named() {
    let land = Land::grown();
    let clerk = standing(&land, CLERK, PC).unwrap();
    assert_eq!(clerk.require(Role::Send), Ok(()));
    let others = Role::ALL.map(|row| row.0);
    for role in others.into_iter().filter(|role| *role != Role::Send) {
        assert_eq!(clerk.require(role), Err(NoStanding::Role(role)));
    }
}

#[test]
fn a9_nobody_acts_without_standing() {
    let closed = |status| Unit {
        status,
        ..unit("云岭州人民政府办公室")
    };
    let locked = |status| Account {
        status,
        ..account("p-zhang3", &[Role::Send], &[PC, PC2])
    };
    let withdrawn = |status| Device { status, ..device() };
    let moved = account("p-zhang3", &[Role::Send], &[PC2]);
    let cases: Vec<(&str, Change, NoStanding)> = [Status::Suspended, Status::Closed]
        .into_iter()
        .flat_map(|status| {
            [
                ("unit", Change::put(UNIT, &closed(status)), NoStanding::Unit),
                (
                    "account",
                    Change::put(CLERK, &locked(status)),
                    NoStanding::Account,
                ),
                (
                    "device",
                    Change::put(PC, &withdrawn(status)),
                    NoStanding::Device,
                ),
            ]
        })
        .chain([(
            "moved",
            Change::put(CLERK, &moved),
            NoStanding::NotOnThisDevice,
        )])
        .collect();
    for (what, change, expected) in cases {
        let mut land = Land::grown();
        assert!(standing(&land, CLERK, PC).is_ok());
        land.officer_puts(vec![change]);
        assert_eq!(standing(&land, CLERK, PC).unwrap_err(), expected, "{what}");
    }
}

#[test]
fn a6_an_account_stands_only_where_it_is_bound() {
    let land = Land::grown();
    let cases = [
        ("513209-zf-fs01", PC, NoStanding::Unit),
        ("513200-zfb-fs99", PC, NoStanding::Account),
        (CLERK, "513200-zfb-pc99", NoStanding::Device),
        (MANAGER, PC2, NoStanding::NotOnThisDevice),
        (CLERK, TOWN_PC, NoStanding::NotOnThisDevice),
        (TOWN_CLERK, PC, NoStanding::NotOnThisDevice),
        // The account has no keys; the computer has none.
        (NEWCOMER, PC, NoStanding::NotEnrolled),
        (CLERK, PC2, NoStanding::NotEnrolled),
    ];
    for (account, device, expected) in cases {
        let refusal = standing(&land, account, device).unwrap_err();
        assert_eq!(refusal, expected, "{account} on {device}");
    }
    let session = SessionOpen {
        exporter: Digest::of(b"connection"),
        login: LoginProof::new([8; 32]),
    };
    let mut payload = land.payload(Some((CLERK, PC)), &session);
    assert!(land.roster.standing(&payload).is_ok());
    payload.device = None;
    let unnamed = land.roster.standing(&payload).unwrap_err();
    assert_eq!(unnamed, NoStanding::Unnamed);
    let payload = land.payload(None, &session);
    let unnamed = land.roster.standing(&payload).unwrap_err();
    assert_eq!(unnamed, NoStanding::Unnamed);
}

fn sealing(land: &Land, id: &str, on: &str, seal: &str, now: Timestamp) -> Result<(), NoStanding> {
    let signers = standing(land, id, on)?.seal_signers(&land.roster, &seal.parse().unwrap(), now);
    signers.map(|_| ())
}

#[test]
fn a_custodian_seals_with_three_signatures() {
    let land = Land::grown();
    let custodian = standing(&land, CUSTODIAN, PC).unwrap();
    let seal = SEAL.parse().unwrap();
    let signers = custodian.seal_signers(&land.roster, &seal, NOW).unwrap();
    let roles: Vec<SlotRole> = signers.iter().map(|signer| signer.role).collect();
    assert_eq!(roles, [SlotRole::Account, SlotRole::Device, SlotRole::Seal]);
    assert_eq!(signers[2].keys, [secret(SEAL).public()]);
}

#[test]
fn a_seal_is_valid_from_its_first_to_its_last_instant() {
    let land = Land::grown();
    let (from, until) = (seal().valid_from, seal().valid_until);
    let before = Timestamp::from_unix_ms(from.unix_ms() - 1);
    let cases = [
        (before, Err(NoStanding::SealExpired)),
        (from, Ok(())),
        (until, Ok(())),
        (until.plus_ms(1), Err(NoStanding::SealExpired)),
    ];
    for (now, expected) in cases {
        assert_eq!(
            sealing(&land, CUSTODIAN, PC, SEAL, now),
            expected,
            "{now:?}"
        );
    }
}

#[test]
fn g5_a_seal_serves_its_custodian_on_its_computer_alone() {
    let mut land = Land::grown();
    let no_role = Err(NoStanding::Role(Role::Seal));
    assert_eq!(sealing(&land, CLERK, PC, SEAL, NOW), no_role);
    let unknown = "513200-zfb-seal02";
    assert_eq!(
        sealing(&land, CUSTODIAN, PC, unknown, NOW),
        Err(NoStanding::Seal)
    );
    // Another account with the role, but not the one that the seal was given to.
    let second = account("p-zhang3", &[Role::Send, Role::Seal], &[PC]);
    land.officer_puts(vec![Change::put(CLERK, &second)]);
    assert_eq!(
        sealing(&land, CLERK, PC, SEAL, NOW),
        Err(NoStanding::NotTheCustodian)
    );
    // A seal of another unit.
    let town = account("p-qian7", &[Role::Receive, Role::Seal], &[TOWN_PC]);
    land.officer_puts(vec![Change::put(TOWN_CLERK, &town)]);
    assert_eq!(
        sealing(&land, TOWN_CLERK, TOWN_PC, SEAL, NOW),
        Err(NoStanding::Seal)
    );
    // The seal moved to another computer.
    let moved = SealGrant {
        devices: vec![PC2.parse().unwrap()],
        ..seal()
    };
    land.officer_puts(vec![Change::put(SEAL, &moved)]);
    assert_eq!(
        sealing(&land, CUSTODIAN, PC, SEAL, NOW),
        Err(NoStanding::NotOnThisDevice)
    );
}

#[test]
fn a9_a_suspended_or_revoked_seal_is_not_set() {
    let mut land = Land::grown();
    let with = |status| Change::put(SEAL, &SealGrant { status, ..seal() });
    land.officer_puts(vec![with(Status::Suspended)]);
    assert_eq!(
        sealing(&land, CUSTODIAN, PC, SEAL, NOW),
        Err(NoStanding::Seal)
    );
    land.officer_puts(vec![with(Status::Active)]);
    assert_eq!(sealing(&land, CUSTODIAN, PC, SEAL, NOW), Ok(()));
    land.officer_puts(vec![with(Status::Closed)]);
    assert_eq!(
        sealing(&land, CUSTODIAN, PC, SEAL, NOW),
        Err(NoStanding::Seal)
    );
}

#[test]
fn g1_a_merged_unit_names_its_successor_and_acts_no_more() {
    let mut land = Land::grown();
    let merged = Unit {
        status: Status::Closed,
        successor: Some(UNIT.parse().unwrap()),
        ..unit("青岭市人民政府")
    };
    land.officer_puts(vec![Change::put(TOWN, &merged)]);
    let town = land.roster.unit(&TOWN.parse().unwrap()).unwrap();
    assert_eq!(town.successor, UNIT.parse().ok());
    let refusal = standing(&land, TOWN_CLERK, TOWN_PC).unwrap_err();
    assert_eq!(refusal, NoStanding::Unit);
}
