//! Tests of keystores.

use std::os::unix::fs::PermissionsExt;

use data_encoding::HEXLOWER;
use minicbor::bytes::ByteVec;
use yichuan_document::key::{SigningSecret, Signs as _};

use super::password::PASSWORD_BYTES_MAX;
use super::*;
use crate::token::KeyOnToken;

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn made(folder: &Path) -> (PathBuf, Secrets) {
    let path = folder.join("account.key");
    let mut rng = crate::chance().unwrap();
    let secrets = Secrets::generate(&mut rng);
    create(&path, &password("Right-1-pass"), &secrets, &mut rng).unwrap();
    (path, secrets)
}

fn seed(at: KeyAt<'_>) -> [u8; 32] {
    match at {
        KeyAt::Here(seed) => *seed,
        KeyAt::OnToken(key) => panic!("{key:?}"),
    }
}

/// A key on a token that nobody has: what is written of it is as good as of any other.
fn on_token(seed: u8, id_bytes: usize) -> KeyOnToken {
    let public = SigningSecret::from_seed(&[seed; 32]).public();
    let token = TokenName {
        label: "州办一号".to_owned(),
        serial: "c171f41647065301".to_owned(),
    };
    let id = ByteVec::from(vec![seed; id_bytes]);
    let module = "/usr/lib/softhsm/libsofthsm2.so";
    let mut bytes = minicbor::Encoder::new(Vec::new());
    bytes.map(4).unwrap();
    bytes.u8(0).unwrap().str(module).unwrap();
    bytes.u8(1).unwrap().encode(&token).unwrap();
    bytes.u8(2).unwrap().encode(&id).unwrap();
    bytes.u8(3).unwrap().encode(&public).unwrap();
    cbor::read(&bytes.into_writer(), 4_096).unwrap()
}

#[test]
fn a_keystore_names_its_tokens_and_holds_the_other_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.key");
    let right = password("Right-1-pass");
    let mut rng = crate::chance().unwrap();
    let mut secrets = Secrets::with_token(on_token(1, 16), &mut rng);
    secrets.seals.push(SealKey::here(&[7; 32]));
    secrets.seals.push(SealKey::on_token(on_token(2, 16)));
    create(&path, &right, &secrets, &mut rng).unwrap();
    let opened = open(&path, &right).unwrap();
    let at = |at: KeyAt<'_>| at.own_key().public_key();
    assert_eq!(at(opened.signing()), on_token(1, 16).public_key());
    assert_eq!(seed(opened.seals[0].at()), [7; 32]);
    assert_eq!(at(opened.seals[1].at()), on_token(2, 16).public_key());
    assert!(matches!(
        opened.signing_here(),
        Err(KeystoreFailed::KeyOnToken)
    ));
    // Two keys, one token; and it is told without the password.
    let told = tokens_of(&path).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].token, on_token(1, 16).token);
    let file: KeystoreFile = cbor::read(&std::fs::read(&path).unwrap(), 8_192).unwrap();
    assert_eq!(file.version, WITH_TOKENS);
    // A new password changes nothing of it.
    prepare_password(&path, &right, &password("Other-2-pass"), &mut rng).unwrap();
    settle_password(&path).unwrap();
    let opened = open(&path, &password("Other-2-pass")).unwrap();
    assert_eq!(at(opened.signing()), on_token(1, 16).public_key());
}

#[test]
fn a4_a_keystore_whose_tokens_do_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.key");
    let right = password("Right-1-pass");
    let mut rng = crate::chance().unwrap();
    let mut refused = |secrets: &Secrets, change: &dyn Fn(&mut KeystoreFile)| {
        let bytes = close_with(&right, secrets, (8, 1), &[5; 32], &mut rng).unwrap();
        let mut file: KeystoreFile = cbor::read(&bytes, 8_192).unwrap();
        change(&mut file);
        let _ = std::fs::remove_file(&path);
        let mut written = unix::create_private(&path).unwrap();
        written.write_all(&cbor::to_vec(&file)).unwrap();
        open(&path, &right).is_err()
    };
    let mut rng = crate::chance().unwrap();
    let here = Secrets::generate(&mut rng);
    let there = Secrets::with_token(on_token(1, 16), &mut rng);
    let token = OnToken {
        token: on_token(1, 16).token,
        module: "/tmp/other.so".to_owned(),
    };
    assert!(!refused(&here, &|_| {}) && !refused(&there, &|_| {}));
    assert!(refused(&here, &|file| file.version = 2));
    assert!(refused(&here, &|file| file.tokens = Some(Vec::new())));
    assert!(refused(&there, &|file| file.version = 1));
    assert!(refused(&there, &|file| file.tokens = None));
    assert!(refused(&there, &|file| file.tokens = Some(vec![token.clone()])));
    for bytes in [0, 15, 17, 200] {
        let strange = Secrets::with_token(on_token(1, bytes), &mut rng);
        assert!(refused(&strange, &|_| {}), "{bytes}");
    }
}

#[test]
fn the_keystores_of_proto_open() {
    let vectors = include_str!("../../../proto/vectors/keystore/keystores.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (count, case) in vectors["keystores"].as_array().unwrap().iter().enumerate() {
        let text = |field: &str| case[field].as_str().unwrap().to_owned();
        let path = folder.path().join(format!("{count}.key"));
        let bytes = HEXLOWER.decode(text("file").as_bytes()).unwrap();
        unix::create_private(&path)
            .unwrap()
            .write_all(&bytes)
            .unwrap();
        let (secrets, login) = open_with_login(&path, &password(&text("password"))).unwrap();
        let public = secrets.signing().own_key().public_key();
        let told = [
            ("signing", HEXLOWER.encode(public.bytes())),
            ("content", HEXLOWER.encode(&secrets.content[..])),
            ("verifier", login.verifier().to_string()),
        ];
        for (field, found) in told {
            assert_eq!(found, text(field), "{}: {field}", text("name"));
        }
        let tokens = tokens_of(&path).unwrap();
        let labels: Vec<&str> = tokens.iter().map(|on| on.token.label.as_str()).collect();
        assert_eq!(
            serde_json::json!(labels),
            case["tokens"],
            "{}",
            text("name")
        );
        assert!(open(&path, &password("Vector-2-pass")).is_err());
    }
}

#[test]
fn a_keystore_opens_with_its_password_only() {
    let folder = tempfile::tempdir().unwrap();
    let (path, secrets) = made(folder.path());
    let opened = open(&path, &password("Right-1-pass")).unwrap();
    assert_eq!(seed(opened.signing()), seed(secrets.signing()));
    assert_eq!(*opened.encryption, *secrets.encryption);
    for wrong in ["", "right-1-pass", "Right-1-pass "] {
        let refused = open(&path, &password(wrong)).unwrap_err();
        assert!(
            matches!(refused, KeystoreFailed::WrongPassword),
            "{wrong:?}"
        );
    }
}

/// A keystore that is quick to open, so that it can be opened some thousand times.
fn quick(path: &Path) -> Vec<u8> {
    let mut rng = crate::chance().unwrap();
    let mut secrets = Secrets::generate(&mut rng);
    secrets.seals.push(SealKey::here(&[7; 32]));
    let right = password("Right-1-pass");
    let bytes = close_with(&right, &secrets, (8, 1), &[5; 32], &mut rng).unwrap();
    unix::create_private(path)
        .unwrap()
        .write_all(&bytes)
        .unwrap();
    bytes
}

#[test]
fn i1_a_keystore_with_any_byte_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.key");
    let good = quick(&path);
    assert!(open(&path, &password("Right-1-pass")).is_ok());
    let file: KeystoreFile = cbor::read(&good, 4_096).unwrap();
    let secrets = good.len() - file.secrets.len();
    for place in 0..good.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut bad = good.clone();
            bad[place] ^= bit;
            std::fs::write(&path, &bad).unwrap();
            let refused = open(&path, &password("Right-1-pass")).unwrap_err();
            // Behind the key's check nothing can be taken for a wrong password.
            if place >= secrets {
                let told = matches!(refused, KeystoreFailed::Damaged);
                assert!(told, "byte {place}, bit {bit}: {refused}");
            }
        }
    }
    for end in 0..good.len() {
        std::fs::write(&path, &good[..end]).unwrap();
        let refused = open(&path, &password("Right-1-pass")).unwrap_err();
        assert!(matches!(refused, KeystoreFailed::Damaged), "{end} bytes");
    }
}

#[test]
fn a4_a_keystore_that_asks_for_too_much_is_refused_before_it_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.key");
    let good: KeystoreFile = cbor::read(&quick(&path), 4_096).unwrap();
    for (memory_kib, passes) in [
        (MEMORY_KIB_MAX + 1, 1),
        (u32::MAX, 1),
        (8, PASSES_MAX + 1),
        (8, u32::MAX),
        (7, 1),
        (8, 0),
    ] {
        let bad = KeystoreFile {
            memory_kib,
            passes,
            ..good.clone()
        };
        std::fs::write(&path, cbor::to_vec(&bad)).unwrap();
        let refused = open(&path, &password("Right-1-pass")).unwrap_err();
        let told = matches!(refused, KeystoreFailed::Damaged);
        assert!(told, "{memory_kib} KiB, {passes} passes: {refused}");
    }
    let later = KeystoreFile { version: 3, ..good };
    std::fs::write(&path, cbor::to_vec(&later)).unwrap();
    let refused = open(&path, &password("Right-1-pass")).unwrap_err();
    assert!(matches!(refused, KeystoreFailed::UnknownVersion(3)));
    std::fs::write(&path, vec![0; 300 << 10]).unwrap();
    let refused = open(&path, &password("Right-1-pass")).unwrap_err();
    assert!(matches!(refused, KeystoreFailed::Damaged));
}

#[test]
fn g4_a_password_is_changed_for_a_strong_and_new_one_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.key");
    quick(&path);
    let mut rng = crate::chance().unwrap();
    let mut change = |old: &str, new: &str| {
        let _ = prepare_password(&path, &password(old), &password(new), &mut rng)?;
        settle_password(&path)
    };
    assert!(matches!(
        change("Wrong-1-pass", "Other-2-pass"),
        Err(KeystoreFailed::WrongPassword)
    ));
    assert!(matches!(
        change("Right-1-pass", "Right-1-pass"),
        Err(KeystoreFailed::SamePassword)
    ));
    assert!(matches!(
        change("Right-1-pass", "alllowercase"),
        Err(KeystoreFailed::WeakPassword)
    ));
    change("Right-1-pass", "Other-2-pass").unwrap();
    assert!(open(&path, &password("Right-1-pass")).is_err());
    let secrets = open(&path, &password("Other-2-pass")).unwrap();
    assert_eq!(seed(secrets.seals[0].at()), [7; 32]);
    // None of the last five comes again; the one before them does.
    let others: Vec<String> = (3..8)
        .map(|number| format!("Other-{number}-pass"))
        .collect();
    let mut last = "Other-2-pass".to_owned();
    for other in &others {
        assert!(matches!(
            change(&last, "Right-1-pass"),
            Err(KeystoreFailed::PastPassword)
        ));
        change(&last, other).unwrap();
        last.clone_from(other);
    }
    change(&last, "Right-1-pass").unwrap();
}

#[test]
fn a_new_password_waits_beside_the_old_one_until_it_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.key");
    quick(&path);
    let mut rng = crate::chance().unwrap();
    let (old, new) = (password("Right-1-pass"), password("Other-2-pass"));
    let before = open_with_login(&path, &old).unwrap().1;
    let login = prepare_password(&path, &old, &new, &mut rng).unwrap();
    assert_ne!(before.verifier(), login.verifier());
    assert!(open(&path, &new).is_err() && open(&path, &old).is_ok());
    let waiting = open_with_login(&next_path(&path), &new).unwrap().1;
    assert_eq!(waiting.verifier(), login.verifier());
    settle_password(&path).unwrap();
    assert!(open(&path, &new).is_ok() && !next_path(&path).exists());
    // Storing more secrets does not change what proves a login.
    let (secrets, before) = open_with_login(&path, &new).unwrap();
    update(&path, &new, &secrets, &mut rng).unwrap();
    let after = open_with_login(&path, &new).unwrap().1;
    assert_eq!(before.verifier(), after.verifier());
}

#[test]
fn i1_a_computers_key_of_another_form_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.key");
    DeviceSecrets::of(folder.path()).unwrap();
    let good = std::fs::read(&path).unwrap();
    let longer = [good.as_slice(), &[0]].concat();
    for bad in [&good[1..], &good[..good.len() - 1], &longer, &[]] {
        std::fs::write(&path, bad).unwrap();
        let refused = DeviceSecrets::of(folder.path()).unwrap_err();
        let told = matches!(refused, KeystoreFailed::Damaged);
        assert!(told, "{} bytes: {refused}", bad.len());
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = DeviceSecrets::of(folder.path()).unwrap_err().to_string();
    assert!(
        refused.contains("644") && refused.contains("600"),
        "{refused}"
    );
}

#[test]
fn a_keystore_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = made(folder.path());
    for mode in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let refused = open(&path, &password("Right-1-pass")).unwrap_err();
        assert!(
            matches!(refused, KeystoreFailed::OpenToOthers { mode: found, .. } if found == mode)
        );
    }
}

#[test]
fn a_keystore_is_not_replaced_but_updated() {
    let folder = tempfile::tempdir().unwrap();
    let (path, secrets) = made(folder.path());
    let mut rng = crate::chance().unwrap();
    assert!(create(&path, &password("Other-2-pass"), &secrets, &mut rng).is_err());
    assert!(matches!(
        update(&path, &password("Other-2-pass"), &secrets, &mut rng),
        Err(KeystoreFailed::WrongPassword)
    ));
    update(&path, &password("Right-1-pass"), &secrets, &mut rng).unwrap();
    assert!(open(&path, &password("Right-1-pass")).is_ok());
}

#[test]
fn g4_a_weak_password_is_refused() {
    for weak in [
        "",
        "Short-1",
        "alllowercase",
        "12345678",
        "lower1234",
        "ONLYUPPER1",
        "P@ssw0rd1",
        "Password-2026",
        "Admin@123456",
        "Woaini-520",
        "Qwer1234!",
        "Yichuan#2026",
        "Abcd-1234",
    ] {
        assert_eq!(password(weak).check(), Err(WeakPassword), "{weak}");
    }
    for good in ["Right-1-pass", "驿传Yichuan1", "Tian-7-lu-kuan"] {
        assert_eq!(password(good).check(), Ok(()), "{good}");
    }
}

#[test]
fn i7_secrets_do_not_show_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let (_, secrets) = made(folder.path());
    assert_eq!(format!("{secrets:?}"), "Secrets(..)");
    assert_eq!(format!("{:?}", password("Right-1-pass")), "Password(..)");
    let device = DeviceSecrets::of(folder.path()).unwrap();
    assert_eq!(format!("{device:?}"), "DeviceSecrets(..)");
    let again = DeviceSecrets::of(folder.path()).unwrap();
    assert_eq!(*device.tls(), *again.tls());
    assert_ne!(*device.tls(), *device.signing());
}

#[test]
fn a_password_is_one_line_and_leaves_the_next_one() {
    let mut pipe: &[u8] = "驿传Right-1\nOther-2-pass".as_bytes();
    assert!(Password::read(&mut pipe).unwrap().is("驿传Right-1"));
    assert!(Password::read(&mut pipe).unwrap().is("Other-2-pass"));
    assert!(Password::read(&mut pipe).unwrap().is(""));
    let longest = [b'x'; PASSWORD_BYTES_MAX];
    assert!(Password::read(&longest[..]).is_ok());
    for bad in [&[b'x'; PASSWORD_BYTES_MAX + 1][..], &[0xff, b'\n']] {
        let refused = Password::read(bad).unwrap_err();
        assert_eq!(
            refused.kind(),
            io::ErrorKind::InvalidData,
            "{} bytes",
            bad.len()
        );
    }
}
