//! Tests of keystores.

use std::os::unix::fs::PermissionsExt;

use super::password::PASSWORD_BYTES_MAX;
use super::*;

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

#[test]
fn a_keystore_opens_with_its_password_only() {
    let folder = tempfile::tempdir().unwrap();
    let (path, secrets) = made(folder.path());
    let opened = open(&path, &password("Right-1-pass")).unwrap();
    assert_eq!(*opened.signing, *secrets.signing);
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
    secrets.seals.push(SealSeed {
        key: yichuan_document::Digest::of(b"seal"),
        seed: ByteArray::from([7; 32]),
    });
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
    let later = KeystoreFile { version: 2, ..good };
    std::fs::write(&path, cbor::to_vec(&later)).unwrap();
    let refused = open(&path, &password("Right-1-pass")).unwrap_err();
    assert!(matches!(refused, KeystoreFailed::UnknownVersion(2)));
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
    assert_eq!(*secrets.seals[0].seed, [7; 32]);
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
