//! Tests of keystores.

use std::os::unix::fs::PermissionsExt;

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

#[test]
fn i1_a_changed_keystore_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = made(folder.path());
    let good = std::fs::read(&path).unwrap();
    // One bit of each field; the parameters are changed to what is still allowed.
    for place in (0..good.len()).step_by(good.len() / 12) {
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        assert!(
            open(&path, &password("Right-1-pass")).is_err(),
            "byte {place}"
        );
    }
    std::fs::write(&path, &good[..good.len() - 1]).unwrap();
    assert!(matches!(
        open(&path, &password("x")),
        Err(KeystoreFailed::Damaged)
    ));
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
    update(&path, &password("Other-2-pass"), &secrets, &mut rng).unwrap();
    assert!(open(&path, &password("Right-1-pass")).is_err());
    assert!(open(&path, &password("Other-2-pass")).is_ok());
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
    ] {
        assert_eq!(password(weak).check(), Err(WeakPassword), "{weak}");
    }
    for good in ["Right-1-pass", "驿传Yichuan1", "aB3aaaaa"] {
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
