use proptest::prelude::*;

use super::*;

/// The keys and the note of golang.org/x/mod/sumdb/note, which defined the format.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETER_LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuG\
                          UgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str = "\u{2014} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp\
                          +vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(line: &str) -> NoteKey {
    line.parse().unwrap()
}

fn refusal(note: &[u8], keys: &[NoteKey]) -> Option<NoteRefused> {
    open(note, keys).err()
}

#[test]
fn published_verifier_keys_are_read_and_written() {
    // Go's sumdb/note, the checksum database, the example of C2SP signed-note, and one of
    // transparency-dev whose base64 has a plus sign.
    for line in [
        PETER,
        ENOCH,
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    ] {
        assert_eq!(key(line).to_string(), line);
    }
}

#[test]
fn published_notes_are_opened() {
    let note = format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}");
    let (peter, enoch) = (key(PETER), key(ENOCH));
    for (keys, known) in [
        (vec![peter.clone(), enoch.clone()], 2),
        (vec![enoch.clone()], 1),
        (vec![peter.clone()], 1),
    ] {
        let opened = open(note.as_bytes(), &keys).ok().unwrap();
        assert_eq!(opened.text, TEXT);
        assert_eq!(
            (opened.lines.len(), opened.unknown_lines),
            (known, 2 - known)
        );
    }
    let example = "This is an example message.\n\n\u{2014} example.com/foo \
                   Uw2QOkn8srV1yJGh2VYRlL1Tna\
                   gv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let keys = [key(
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    )];
    assert!(open(example.as_bytes(), &keys).is_ok());
}

#[test]
fn the_published_signature_is_made_again() {
    // PRIVATE+KEY+PeterNeumann+c74f20a3+… of the same documentation, a key for tests only.
    let typed = BASE64
        .decode(b"AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
        .unwrap();
    let signing = SigningSecret::from_seed(&typed[1..].try_into().unwrap());
    let mut line = String::new();
    sign_text("PeterNeumann", TEXT, &signing).write("PeterNeumann", &mut line);
    assert_eq!(line, PETER_LINE);
}

#[test]
fn a_verifier_key_of_any_other_form_is_refused() {
    use NoteKeyRefused::{Id, Key, Line, Name, UnknownType};
    let expected = [0xc7, 0x4f, 0x20, 0xa3];
    let low_order = BASE64.encode(&[&[1][..], &[1], &[0; 31]].concat());
    let not_canonical = BASE64.encode(&[&[1][..], &[0xf1], &[0xff; 30], &[0x7f]].concat());
    let cases = [
        (String::new(), Line),
        ("PeterNeumann".into(), Line),
        ("PeterNeumann+c74f20a3".into(), Line),
        (PETER.to_owned() + "=", Line),
        (PETER[..PETER.len() - 4].into(), Line),
        (PETER.to_owned() + "AAAA", Line),
        (PETER.to_owned() + "\n", Line),
        (PETER.replace("+ARpc", "+A Rp"), Line),
        (PETER.replace("+ARpc", "+A-pc"), Line),
        (PETER.replace("Neumann", " Neumann"), Name),
        (PETER.replace("Neumann", "\u{3000}Neumann"), Name),
        (PETER.replace("Neumann", "\nNeumann"), Name),
        (PETER.replace("PeterNeumann", ""), Name),
        (PETER.replace("PeterNeumann", &"n".repeat(256)), Name),
        (PETER.replace("c74f20a3", "C74F20A3"), Id { expected }),
        (PETER.replace("c74f20a3", "c74f20a4"), Id { expected }),
        (PETER.replace("c74f20a3", "c74f20a"), Id { expected }),
        (PETER.replace("c74f20a3", "0c74f20a3"), Id { expected }),
        (PETER.replace("c74f20a3", ""), Id { expected }),
        (PETER.replace("+ARpc", "+BBpc"), UnknownType(4)),
        (PETER.replace("+ARpc", "+AApc"), UnknownType(0)),
        (format!("n+00000000+{low_order}"), Key),
        (format!("n+00000000+{not_canonical}"), Key),
    ];
    for (line, refused) in cases {
        assert_eq!(line.parse::<NoteKey>(), Err(refused), "{line}");
    }
}

#[test]
fn a_note_of_any_other_form_is_refused() {
    use NoteRefused::{Line, NoKnownSignature, NoLastNewline, NoSignatures, NotText, Repeated};
    let keys = [key(PETER)];
    let key_id = keys[0].id();
    let good = format!("{TEXT}\n{PETER_LINE}");
    let line = |text: &str| format!("{TEXT}\n{PETER_LINE}{text}");
    let short = BASE64.encode(&key_id);
    let cases = [
        (String::new(), NoSignatures),
        ("\n".into(), NoSignatures),
        ("\n\n".into(), NoSignatures),
        (TEXT.into(), NoSignatures),
        (format!("{TEXT}\n"), NoSignatures),
        (format!("{TEXT}{PETER_LINE}"), NoSignatures),
        (good.clone() + "\n", NoSignatures),
        (good[..good.len() - 1].into(), NoLastNewline),
        (good.replace('\n', "\r\n"), NotText),
        (good.replace("If you", "If\tyou"), NotText),
        (good.replace("If you", "If\0you"), NotText),
        (good.replace("If you", "If\u{7f}you"), NotText),
        (good.replace('\u{2014}', "-"), Line { count: 0 }),
        (good.replace("\u{2014} ", "\u{2014}"), Line { count: 0 }),
        (good.replace("\u{2014} ", "\u{2014}  "), Line { count: 0 }),
        (good.replace(" x08", "  x08"), Line { count: 0 }),
        (good.replace(" x08", "\u{a0}x08"), Line { count: 0 }),
        (good.replace("nAM=", "nAM"), Line { count: 0 }),
        (good.replace("nAM=", "nAN="), Line { count: 0 }),
        (good.replace("nAM=", "nAM= "), Line { count: 0 }),
        (line("\u{2014} \n"), Line { count: 1 }),
        (line("\u{2014} other\n"), Line { count: 1 }),
        (line("\u{2014} other \n"), Line { count: 1 }),
        (line("\u{2014} ot+her AAAAAAA=\n"), Line { count: 1 }),
        (line("\u{2014} other AAAA\n"), Line { count: 1 }),
        (
            line(&format!("\u{2014} PeterNeumann {short}\n")),
            Line { count: 1 },
        ),
        (
            line(&format!("\u{2014} {} AAAAAAA=\n", "n".repeat(256))),
            Line { count: 1 },
        ),
        (line("extra\n"), Line { count: 1 }),
        (line(PETER_LINE), Repeated { key_id }),
        (format!("{TEXT}\n{ENOCH_LINE}"), NoKnownSignature),
    ];
    for (note, refused) in cases {
        assert_eq!(refusal(note.as_bytes(), &keys), Some(refused), "{note:?}");
    }
    assert_eq!(
        refusal(&[good.as_bytes(), b"\xff\n"].concat(), &keys),
        Some(NotText)
    );
    assert_eq!(refusal(good.as_bytes(), &[]), Some(NoKnownSignature));
}

#[test]
fn a_note_with_a_signature_that_does_not_stand_is_refused() {
    let keys = [key(PETER), key(ENOCH)];
    let (peter, enoch) = (keys[0].id(), keys[1].id());
    let other_text = format!("{}\n{PETER_LINE}", TEXT.replace("don't", "do"));
    // Peter's name and id over Enoch's signature; Enoch's id under Peter's name is another key.
    let enoch_bytes = ENOCH_LINE.split(' ').nth(2).unwrap().trim_end();
    let mut borrowed = BASE64.decode(enoch_bytes.as_bytes()).unwrap();
    borrowed[..4].copy_from_slice(&peter);
    let borrowed = format!(
        "{TEXT}\n\u{2014} PeterNeumann {}\n",
        BASE64.encode(&borrowed)
    );
    let long = format!(
        "{TEXT}\n\u{2014} EnochRoot {}\n",
        BASE64.encode(&[&enoch[..], &[0; 65]].concat())
    );
    let cases = [
        (other_text, NoteRefused::Signature { key_id: peter }),
        (borrowed, NoteRefused::Signature { key_id: peter }),
        (long.clone(), NoteRefused::Signature { key_id: enoch }),
        // One failure spoils a note in which another signature stands.
        (long + PETER_LINE, NoteRefused::Signature { key_id: enoch }),
        (
            format!(
                "{TEXT}\n{}",
                PETER_LINE.replace("PeterNeumann", "EnochRoot")
            ),
            NoteRefused::NoKnownSignature,
        ),
    ];
    for (note, refused) in cases {
        assert_eq!(refusal(note.as_bytes(), &keys), Some(refused), "{note}");
    }
}

#[test]
fn every_flipped_bit_of_a_signature_is_noticed() {
    let keys = [key(PETER)];
    let encoded = PETER_LINE.split(' ').nth(2).unwrap().trim_end();
    let bytes = BASE64.decode(encoded.as_bytes()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let note = format!(
            "{TEXT}\n\u{2014} PeterNeumann {}\n",
            BASE64.encode(&changed)
        );
        assert!(open(note.as_bytes(), &keys).is_err(), "bit {bit}");
    }
}

#[test]
fn a_signature_with_a_scalar_beyond_the_order_is_refused() {
    // S + L verifies in careless implementations (RFC 8032 §5.1.7 forbids it).
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order = HEXLOWER.decode(order.as_bytes()).unwrap();
    let keys = [key(PETER)];
    let encoded = PETER_LINE.split(' ').nth(2).unwrap().trim_end();
    let mut bytes = BASE64.decode(encoded.as_bytes()).unwrap();
    let mut carry = 0_u16;
    for (byte, add) in bytes[36..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    assert_eq!(carry, 0);
    let note = format!("{TEXT}\n\u{2014} PeterNeumann {}\n", BASE64.encode(&bytes));
    let refused = NoteRefused::Signature {
        key_id: keys[0].id(),
    };
    assert_eq!(refusal(note.as_bytes(), &keys), Some(refused));
}

#[test]
fn a_note_has_limits() {
    let keys = [key(PETER)];
    let unknown = "\u{2014} witness AAAAAAA=\n";
    let most = format!(
        "{TEXT}\n{}{PETER_LINE}",
        unknown.repeat(MOST_SIGNATURES - 1)
    );
    assert_eq!(
        open(most.as_bytes(), &keys).ok().unwrap().unknown_lines,
        MOST_SIGNATURES - 1
    );
    let refused = Some(NoteRefused::TooManySignatures);
    assert_eq!(
        refusal(format!("{most}{unknown}").as_bytes(), &keys),
        refused
    );
    let bytes = LARGEST_NOTE + 1;
    let refused = Some(NoteRefused::TooLong { bytes });
    assert_eq!(refusal(&vec![b'\n'; bytes], &keys), refused);
    let refused = Some(NoteRefused::NoSignatures);
    assert_eq!(refusal(&vec![b'\n'; LARGEST_NOTE], &keys), refused);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let keys = [key(PETER)];
        prop_assert!(open(&bytes, &keys).is_err());
        let lossy = String::from_utf8_lossy(&bytes);
        prop_assert!(lossy.parse::<NoteKey>().is_err());
    }

    #[test]
    fn a_changed_note_is_refused(
        at in 0_usize..220, byte in any::<u8>(), keep in any::<bool>(),
    ) {
        let keys = [key(PETER)];
        let good = format!("{TEXT}\n{PETER_LINE}").into_bytes();
        let mut note = good.clone();
        let at = at % note.len();
        if keep { note[at] = byte } else { note.truncate(at) }
        prop_assert_eq!(open(&note, &keys).is_ok(), note == good);
    }
}
