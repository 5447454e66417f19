use proptest::prelude::*;

use super::*;

fn signing(seed: u8) -> SigningSecret {
    SigningSecret::from_seed(&[seed; 32])
}

fn known(origin: &str, seed: u8) -> NoteKey {
    NoteKey::new(origin, signing(seed).public()).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    let root = Digest::of(&size.to_be_bytes());
    Checkpoint {
        origin: "yichuan.example".parse().unwrap(),
        size,
        root,
    }
}

/// Signs any text as the log `yichuan.example` would sign a checkpoint.
fn signed_text(text: &str) -> Vec<u8> {
    let mut note = format!("{text}\n");
    note::sign_text("yichuan.example", text, &signing(1)).write("yichuan.example", &mut note);
    note.into_bytes()
}

#[test]
fn what_was_signed_verifies() {
    for size in [0, 1, 9, 10, 20_852_163, LARGEST_TREE] {
        let signed = sign(&checkpoint(size), &signing(1));
        let note = signed.export();
        let verified = verify(note.as_bytes(), &[known("yichuan.example", 1)]);
        assert_eq!(verified.as_ref(), Ok(&signed), "{note}");
        assert_eq!(signed.checkpoint(), &checkpoint(size));
        assert_eq!(verified.unwrap().export(), note);
    }
}

#[test]
fn the_body_of_the_specification_is_read_and_written() {
    let body = "example.com\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::parse(body).unwrap();
    assert_eq!(
        (checkpoint.origin.as_str(), checkpoint.size),
        ("example.com", 20_852_163)
    );
    assert_eq!(checkpoint.body(), body);
}

#[test]
fn a_signed_text_that_is_no_checkpoint_is_refused() {
    use NoteRefused::{Body, Extension, Origin, Root, Size};
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let name = "yichuan.example";
    let cases = [
        ("\n".into(), Body),
        (format!("{name}\n"), Body),
        (format!("{name}\n7\n"), Body),
        (format!("{name}\n7\n{root}\nextension\n"), Extension),
        (format!("{name}\n7\n{root}\n\n"), Extension),
        (format!("{name}\n7\n\n{root}\n"), Extension),
        (format!("\n7\n{root}\n"), Origin),
        (format!("{name} \n7\n{root}\n"), Origin),
        (format!("yichuan..example\n7\n{root}\n"), Origin),
        (format!("Yichuan.example\n7\n{root}\n"), Origin),
        (format!("{name}\n\n{root}\n"), Size),
        (format!("{name}\n-7\n{root}\n"), Size),
        (format!("{name}\n 7\n{root}\n"), Size),
        (format!("{name}\n0x7\n{root}\n"), Size),
        (format!("{name}\n7.0\n{root}\n"), Size),
        (format!("{name}\n\u{ff17}\n{root}\n"), Size),
        (format!("{name}\n{}\n{root}\n", LARGEST_TREE + 1), Size),
        (format!("{name}\n18446744073709551616\n{root}\n"), Size),
        (format!("{name}\n+7\n{root}\n"), Body),
        (format!("{name}\n07\n{root}\n"), Body),
        (format!("{name}\n00\n{root}\n"), Body),
        (format!("{name}\n7\n\n"), Root),
        (format!("{name}\n7\n{}\n", &root[..43]), Root),
        (format!("{name}\n7\n{root}=\n"), Root),
        (format!("{name}\n7\n {root}\n"), Root),
        (format!("{name}\n7\n{}\n", root.replace("2I=", "2J=")), Root),
        (format!("{name}\n7\n{}\n", root.replace('/', "_")), Root),
        (format!("{name}\n7\nAAAA{root}\n"), Root),
        (format!("{name}\n7\n{}\n", &root[4..]), Root),
    ];
    for (text, refused) in cases {
        let note = signed_text(&text);
        assert_eq!(verify(&note, &[known(name, 1)]), Err(refused), "{text:?}");
        assert_eq!(Checkpoint::parse(&text), Err(refused), "{text:?}");
    }
    let unended = format!("{name}\n7\n{root}");
    assert_eq!(Checkpoint::parse(&unended), Err(Body));
}

#[test]
fn c9_a_checkpoint_signed_by_the_key_of_another_log_is_refused() {
    let theirs = known("other.example", 2);
    let body = checkpoint(7).body();
    let mut note = format!("{body}\n");
    note::sign_text("other.example", &body, &signing(2)).write("other.example", &mut note);
    let keys = [known("yichuan.example", 1), theirs];
    assert_eq!(verify(note.as_bytes(), &keys), Err(NoteRefused::ForeignKey));
    // The same key under the right name is a key that nobody named.
    let mut note = format!("{body}\n");
    note::sign_text("yichuan.example", &body, &signing(2)).write("yichuan.example", &mut note);
    assert_eq!(
        verify(note.as_bytes(), &keys),
        Err(NoteRefused::NoKnownSignature)
    );
}

#[test]
fn unknown_lines_are_counted_and_dropped_on_export() {
    let signed = sign(&checkpoint(7), &signing(1));
    let before = "\u{2014} witness.example/w1 \
                  jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEh\
                  ZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let (body, line) = signed
        .export()
        .split_once("\n\n")
        .map(|(b, l)| (b.to_owned(), l.to_owned()))
        .unwrap();
    let note = format!("{body}\n\n{before}{line}\u{2014} 见证.example AAAAAAA=\n{before}");
    let verified = verify(note.as_bytes(), &[known("yichuan.example", 1)]).unwrap();
    assert_eq!(verified.unknown_lines(), 3);
    assert_eq!(verified.export(), signed.export());
}

#[test]
fn signatures_of_an_old_and_a_new_key_are_merged() {
    let keys = [known("yichuan.example", 1), known("yichuan.example", 2)];
    let old = sign(&checkpoint(7), &signing(1));
    let new = sign(&checkpoint(7), &signing(2));
    let both = old.merge(&new).unwrap();
    assert_eq!(new.merge(&old).as_ref(), Ok(&both));
    assert_eq!(both.merge(&old).as_ref(), Ok(&both));
    assert_eq!(verify(both.export().as_bytes(), &keys).as_ref(), Ok(&both));
    let mut ids = [keys[0].id(), keys[1].id()];
    ids.sort_unstable();
    assert_eq!(both.key_ids().collect::<Vec<_>>(), ids);
    // Whoever knows one of the keys only still accepts, and says so.
    let one = verify(both.export().as_bytes(), &keys[..1]).unwrap();
    assert_eq!((one.key_ids().count(), one.unknown_lines()), (1, 1));
}

#[test]
fn c9_two_faces_of_a_log_are_not_merged() {
    let ours = sign(&checkpoint(7), &signing(1));
    let forked = Checkpoint {
        root: Digest::of(b"another face"),
        ..checkpoint(7)
    };
    let elsewhere = Checkpoint {
        origin: "other.example".parse().unwrap(),
        ..checkpoint(7)
    };
    for other in [forked, elsewhere, checkpoint(8)] {
        assert_eq!(
            ours.merge(&sign(&other, &signing(1))),
            Err(NotTheSame),
            "{other:?}"
        );
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(text in "\\PC{0,40}\n[0-9+-]{0,22}\n[A-Za-z0-9+/=]{0,50}\n") {
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.body(), text);
        }
    }

    #[test]
    fn a_changed_checkpoint_is_refused(at in any::<usize>(), byte in any::<u8>()) {
        let good = sign(&checkpoint(1234), &signing(1)).export().into_bytes();
        let mut note = good.clone();
        let at = at % note.len();
        note[at] = byte;
        let verified = verify(&note, &[known("yichuan.example", 1)]);
        prop_assert_eq!(verified.is_ok(), note == good);
    }
}
