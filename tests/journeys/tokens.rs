//! Journeys with tokens, as `SoftHSM2` has them, and with one that locks its PIN, which `SoftHSM2`
//! never does.
//!
//! `SoftHSM2` is told by its environment where its tokens are, and reads that once in a process. So
//! a test that uses one itself calls itself again in a process of its own.

mod at_the_desk;
mod softhsm;
mod with_programs;

use std::path::{Path, PathBuf};
use std::process::Command;

use yichuan_document::cbor;
use yichuan_document::key::{Signs as _, sign_verified};
use yichuan_unit::token::{KeyOnToken, Module, NewKeyPlace, Pin, PinState, TokenFailed, TokenName};

use softhsm::{Drawer, LABEL, PIN, library};

/// Calls this test again in a process of its own, in which `inside` runs with a drawer of tokens.
fn alone(test: &str, inside: impl FnOnce(&Drawer)) {
    if let Some(folder) = std::env::var_os(IN_FOLDER) {
        inside(&Drawer::at(Path::new(&folder)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let drawer = Drawer::at(folder.path());
    drawer.prepare();
    let said = Command::new(std::env::current_exe().unwrap())
        .args([&format!("tokens::{test}"), "--exact", "--nocapture"])
        .env(IN_FOLDER, folder.path())
        .env("SOFTHSM2_CONF", drawer.configuration())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&said.stdout);
    let err = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{out}{err}");
    assert!(out.contains(" 1 passed"), "{test} was not run: {out}");
}

/// Names the drawer to the process of its own.
const IN_FOLDER: &str = "YICHUAN_TEST_DRAWER";

fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned())
}

/// Logs in to the drawer's token.
fn logged_in() -> (std::sync::Arc<Module>, TokenName) {
    let module = Module::open(&library()).unwrap();
    let token = module.find(LABEL).unwrap().name;
    module.log_in(&token, Some(pin(PIN))).unwrap();
    (module, token)
}

fn signed(key: &KeyOnToken) -> Result<[u8; 64], TokenFailed> {
    sign_verified(key, b"message")
}

#[test]
fn a_key_is_made_on_a_token_and_signs_there() {
    alone("a_key_is_made_on_a_token_and_signs_there", |drawer| {
        let (module, token) = logged_in();
        let place = NewKeyPlace {
            module: library(),
            token: token.clone(),
        };
        let first = place.generate("yichuan 513200-zfb-sp01").unwrap();
        let second = place.generate("yichuan 513200-zfb-yz01").unwrap();
        assert_ne!(first.public_key(), second.public_key());
        for key in [&first, &second] {
            let signature = signed(key).unwrap();
            assert_eq!(key.public().verify(b"message", &signature), Ok(()));
            assert!(key.public().verify(b"massage", &signature).is_err());
        }
        let seen = module.find(&token.serial).unwrap();
        assert_eq!(
            seen.keys,
            ["yichuan 513200-zfb-sp01", "yichuan 513200-zfb-yz01"]
        );
        assert!(seen.ed25519 && seen.pin == PinState::Good, "{seen:?}");
        // Several hands at once, on one token.
        std::thread::scope(|scope| {
            for key in [&first, &second, &first, &second] {
                scope.spawn(|| (0..20).for_each(|_| assert!(signed(key).is_ok())));
            }
        });
        place.forget(&second);
        let gone = signed(&second).unwrap_err();
        assert!(
            matches!(gone, TokenFailed::NoSuchKey { found: 0, .. }),
            "{gone:?}"
        );
        signed(&first).unwrap();
        assert!(drawer.tokens().is_dir());
    });
}

#[test]
fn a5_a_key_that_is_not_the_enrolled_one_is_noticed() {
    alone("a5_a_key_that_is_not_the_enrolled_one_is_noticed", |_| {
        let (module, token) = logged_in();
        let ours = module.generate(&token, "ours").unwrap();
        let theirs = module.generate(&token, "theirs").unwrap();
        let mut bytes = cbor::to_vec(&ours);
        let key = ours.public().bytes();
        let at = bytes.windows(32).position(|window| window == key).unwrap();
        bytes[at..at + 32].copy_from_slice(theirs.public().bytes());
        let exchanged: KeyOnToken = cbor::read(&bytes, 4_096).unwrap();
        assert_eq!(signed(&exchanged), Err(TokenFailed::WrongKey));
        signed(&ours).unwrap();
    });
}

#[test]
fn a_token_that_is_removed_is_told_and_signs_again_when_it_is_back() {
    alone(
        "a_token_that_is_removed_is_told_and_signs_again_when_it_is_back",
        |drawer| {
            let (module, token) = logged_in();
            let key = module.generate(&token, "key").unwrap();
            signed(&key).unwrap();
            for out in [Drawer::take_token_out, Drawer::take_all_out] {
                let back = out(drawer);
                for _ in 0..2 {
                    let removed = signed(&key).unwrap_err();
                    let token = token.clone();
                    assert_eq!(removed, TokenFailed::Removed { token });
                }
                assert!(module.generate(&token, "never").is_err());
                back();
                signed(&key).unwrap();
            }
            assert_eq!(module.find(LABEL).unwrap().keys, ["key"]);
            let other = module.find("another").unwrap_err();
            assert!(matches!(other, TokenFailed::NotThere { .. }), "{other:?}");
        },
    );
}

#[test]
fn g4_a_wrong_pin_is_told_and_is_tried_once_only() {
    alone("g4_a_wrong_pin_is_told_and_is_tried_once_only", |_| {
        let module = Module::open(&library()).unwrap();
        let token = module.find(LABEL).unwrap().name;
        module.log_in(&token, Some(pin(PIN))).unwrap();
        let key = module.generate(&token, "key").unwrap();
        yichuan_unit::token::close_all();
        assert!(!module.is_logged_in(&token));
        for wrong in ["111111", "", "1", "24681", "2468130", &"9".repeat(300)] {
            let refused = module.log_in(&token, Some(pin(wrong))).unwrap_err();
            assert!(
                matches!(refused, TokenFailed::WrongPin { .. }),
                "{wrong}: {refused:?}"
            );
            assert!(!module.is_logged_in(&token), "{wrong}");
            let none = signed(&key).unwrap_err();
            assert!(
                matches!(none, TokenFailed::NoPin { .. }),
                "{wrong}: {none:?}"
            );
        }
        module.log_in(&token, Some(pin(PIN))).unwrap();
        signed(&key).unwrap();
    });
}

#[test]
fn of_two_tokens_of_one_label_none_is_guessed() {
    alone("of_two_tokens_of_one_label_none_is_guessed", |drawer| {
        drawer.add(LABEL);
        let module = Module::open(&library()).unwrap();
        let refused = module.find(LABEL).unwrap_err();
        let TokenFailed::Ambiguous { fitting, .. } = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(fitting.len(), 2);
        for name in fitting {
            assert_eq!(module.find(&name.serial).unwrap().name, name);
        }
    });
}

/// The library of the tests, compiled.
pub(crate) fn locking(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys/tokens/locking.c");
    let made = folder.join("locking.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .arg(&made)
        .arg(&source)
        .status()
        .unwrap();
    assert!(status.success(), "{}: {status}", source.display());
    made
}

#[test]
fn g4_a_locked_pin_is_told_and_not_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let module = Module::open(&locking(folder.path())).unwrap();
    let token = module.find("locking").unwrap();
    assert_eq!(token.pin, PinState::Low);
    // It is as tokens are: two wrong ones, of which the second is the final one, and it is locked.
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(module.log_in(&token.name, Some(pin("111111"))).unwrap_err());
    }
    let token = token.name;
    let wrong = |left| TokenFailed::WrongPin {
        token: token.clone(),
        left,
    };
    let locked = || TokenFailed::PinLocked {
        token: token.clone(),
    };
    assert_eq!(told, [wrong(PinState::Final), locked(), locked(), locked()]);
    assert_eq!(module.find("locking").unwrap().pin, PinState::Locked);
}
