//! Tokens of OA systems on a disk that others can write to.

use super::*;

const KEY: [u8; 32] = [7; 32];

fn account() -> AccountId {
    "513200-zfb-fs01".parse().unwrap()
}

fn wanted(acts: &[Act]) -> Wanted {
    Wanted {
        system: "综合办公系统".to_owned(),
        acts: acts.iter().copied().collect(),
        days: 90,
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_795_600_000_000)
}

/// A home with one token.
fn issued() -> (tempfile::TempDir, OaToken, Issued) {
    let home = tempfile::tempdir().unwrap();
    let key = TagKey::of(&KEY);
    let of = (&account(), [Role::Send].as_slice());
    let (token, issued) = wanted(&[Act::Submit, Act::State])
        .token(of, &key, now())
        .unwrap();
    issued.keep(home.path()).unwrap();
    (home, token, issued)
}

#[test]
fn a_token_is_found_until_it_is_revoked() {
    let (home, token, issued) = issued();
    let text = token.reveal().to_owned();
    assert_eq!(text.len(), TOKEN_PREFIX.len() + 43);
    let brought = OaToken::parse(&text).unwrap();
    assert_eq!(find(home.path(), &brought).unwrap(), Some(issued.clone()));
    assert!(issued.stands(home.path()).unwrap());
    assert!(issued.is_tagged_with(&TagKey::of(&KEY)));
    assert_eq!(revoke(home.path(), "0000000000000000").unwrap(), None);
    assert_eq!(
        revoke(home.path(), &issued.id()).unwrap(),
        Some(issued.clone())
    );
    assert_eq!(find(home.path(), &brought).unwrap(), None);
    assert!(!issued.stands(home.path()).unwrap());
    assert_eq!(revoke(home.path(), &issued.id()).unwrap(), None, "once");
    assert!(all(home.path()).unwrap().is_empty());
}

#[test]
fn g4_what_is_no_token_is_not_looked_for() {
    let (home, token, _) = issued();
    let good = token.reveal();
    for text in [
        "",
        "yc-oa-",
        &good[..good.len() - 1],
        &format!("{good}A"),
        &good.replace("yc-oa-", "YC-OA-"),
        &good[6..],
        &format!(" {good}"),
        &format!("{good}="),
        "yc-oa-../../../../etc/passwd",
        "yc-oa-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\u{0}",
        // The last letter has bits that stand for nothing: one token, one text.
        "yc-oa-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
    ] {
        assert!(OaToken::parse(text).is_none(), "{text:?}");
    }
    let other = OaToken::new().unwrap();
    assert_eq!(find(home.path(), &other).unwrap(), None);
    assert_ne!(other.reveal(), token.reveal());
}

#[test]
fn g5_nobody_gives_more_than_he_has() {
    let key = TagKey::of(&KEY);
    let with = |wanted: &Wanted, roles: &[Role]| wanted.token((&account(), roles), &key, now());
    for (_, code, ..) in Act::ALL {
        let act = Act::from_code(code).unwrap();
        let one = wanted(&[act]);
        assert!(with(&one, act.roles()).is_ok(), "{code}");
        let others = [
            Role::Approve,
            Role::Seal,
            Role::Manage,
            Role::Audit,
            Role::Authority,
        ];
        assert!(
            matches!(with(&one, &others), Err(NotIssued::Role(_))),
            "{code}"
        );
        assert!(matches!(with(&one, &[]), Err(NotIssued::Role(_))), "{code}");
    }
    for code in ["approve", "seal", "recall", "print", "Submit", ""] {
        assert_eq!(Act::from_code(code), None, "{code}");
    }
    assert!(matches!(
        with(&wanted(&[]), &[Role::Send]),
        Err(NotIssued::NoAct)
    ));
    for days in [0, DAYS_MAX + 1, u32::MAX] {
        let long = Wanted {
            days,
            ..wanted(&[Act::Submit])
        };
        assert!(
            matches!(with(&long, &[Role::Send]), Err(NotIssued::Days)),
            "{days}"
        );
    }
    let long = "长".repeat(SYSTEM_CHARS_MAX + 1);
    for system in [
        "",
        "  ",
        "a\nb",
        "a\r\nX: y",
        "O\u{202e}A",
        "a\0",
        "\u{200b}",
        &long,
    ] {
        let named = Wanted {
            system: system.to_owned(),
            ..wanted(&[Act::Submit])
        };
        assert!(
            matches!(with(&named, &[Role::Send]), Err(NotIssued::System)),
            "{system:?}"
        );
    }
}

#[test]
fn g5_who_writes_to_the_disk_alone_makes_no_token() {
    let (home, token, issued) = issued();
    let path = record_path(home.path(), &token.digest());
    let mut wider = issued.clone();
    wider.acts.insert(Act::Sign);
    let mut longer = issued.clone();
    longer.until = longer.until.plus_ms(1);
    let mut another = issued.clone();
    another.account = "513200-zfb-yz01".parse().unwrap();
    for forged in [wider, longer, another] {
        fs::write(&path, forged.bytes(forged.tag)).unwrap();
        let found = find(home.path(), &token).unwrap().unwrap();
        assert!(!found.is_tagged_with(&TagKey::of(&KEY)), "{found:?}");
        assert!(!issued.stands(home.path()).unwrap());
    }
    // Tagged by another account's keystore.
    assert!(!issued.is_tagged_with(&TagKey::of(&[8; 32])));
    // A good record under another token's name.
    let other = OaToken::new().unwrap();
    fs::write(
        record_path(home.path(), &other.digest()),
        issued.bytes(issued.tag),
    )
    .unwrap();
    assert_eq!(find(home.path(), &other).unwrap(), None);
    for garbage in [&b""[..], b"{}", &[0xff; 64], &[0; 8_192]] {
        fs::write(&path, garbage).unwrap();
        match find(home.path(), &token) {
            Ok(found) => assert_eq!(found, None),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::FileTooLarge),
        }
    }
}

#[test]
fn a_token_is_good_from_its_issue_to_its_end() {
    let (_, _, issued) = issued();
    let day = 86_400_000;
    for (ms, good) in [
        (0, true),
        (90 * day - 1, true),
        (90 * day, false),
        (365 * day, false),
    ] {
        assert_eq!(issued.is_good_at(issued.issued.plus_ms(ms)), good, "{ms}");
    }
    let before = Timestamp::from_unix_ms(issued.issued.unix_ms() - 1);
    assert!(!issued.is_good_at(before), "a clock that was set back");
}

#[test]
fn i7_neither_disk_nor_log_has_the_token() {
    let (home, token, issued) = issued();
    note(home.path(), &Line::now("asked").of(&issued)).unwrap();
    let shown = format!(
        "{token:?} {issued:?} {:?} {}",
        TagKey::of(&KEY),
        issued.told(ISSUED)
    );
    let record = fs::read(record_path(home.path(), &token.digest())).unwrap();
    let log = fs::read(home.path().join("oa/log/lines")).unwrap();
    let secret = &token.reveal()[TOKEN_PREFIX.len()..];
    for (place, text) in [
        ("shown", shown.into_bytes()),
        ("record", record),
        ("log", log),
    ] {
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(secret), "{place}");
    }
}

#[test]
fn the_log_is_read_from_its_end_and_passes_damage_over() {
    let home = tempfile::tempdir().unwrap();
    assert!(read_log(home.path(), |_| true, 10).unwrap().is_empty());
    for status in 200..206 {
        let mut line = Line::now("answered");
        line.outcome = Some(status.to_string());
        note(home.path(), &line).unwrap();
    }
    let path = home.path().join("oa/log/lines");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"time_ms\":1\n\u{0}\n");
    fs::write(&path, text).unwrap();
    let found = read_log(
        home.path(),
        |line| line.outcome.as_deref() != Some("204"),
        3,
    )
    .unwrap();
    let found: Vec<_> = found
        .iter()
        .filter_map(|line| line.outcome.clone())
        .collect();
    assert_eq!(found, ["205", "203", "202"]);
    let mut long = Line::now("asked");
    long.system = Some("x".repeat(4_096));
    assert!(note(home.path(), &long).is_err());
}

#[test]
fn h2_a_home_has_so_many_tokens_and_no_more() {
    let home = tempfile::tempdir().unwrap();
    let key = TagKey::of(&KEY);
    for place in 0..=TOKENS_MAX {
        let of = (&account(), [Role::Send].as_slice());
        let (_, issued) = wanted(&[Act::State]).token(of, &key, now()).unwrap();
        let kept = issued.keep(home.path());
        assert_eq!(kept.is_ok(), place < TOKENS_MAX, "{place}");
    }
}
