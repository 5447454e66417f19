use proptest::prelude::*;

use super::*;

fn whole(bytes: &[u8]) -> Result<Element<'_>, Malformed> {
    let mut reader = Reader::new(bytes, 1 << 20)?;
    let element = reader.any()?;
    reader.end()?;
    Ok(element)
}

#[test]
fn lengths_have_their_shortest_form() {
    for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
        let bytes = octets(&vec![7; length]);
        let element = whole(&bytes).expect("it was just written");
        assert_eq!((element.raw, element.content.len()), (&bytes[..], length));
    }
    let cases: [(&str, &[u8], Why); 14] = [
        ("nothing", &[], Why::Cut),
        ("a tag alone", &[4], Why::Cut),
        ("a byte missing", &[4, 2, 0], Why::Cut),
        ("indefinite", &[0x30, 0x80, 0, 0], Why::Indefinite),
        ("reserved", &[4, 0xff, 0], Why::Length),
        (
            "five bytes of length",
            &[4, 0x85, 0, 0, 0, 0, 1, 0],
            Why::Length,
        ),
        ("short, in the long form", &[4, 0x81, 1, 0], Why::Length),
        ("a zero in front", &[4, 0x82, 0, 0x80], Why::Length),
        ("length cut", &[4, 0x82, 1], Why::Cut),
        ("4 GiB", &[4, 0x84, 0xff, 0xff, 0xff, 0xff, 0], Why::Cut),
        ("a high tag", &[0x1f, 1, 0], Why::HighTag),
        ("a high tag of a context", &[0xbf, 0x20, 0], Why::HighTag),
        ("a byte behind", &[4, 0, 0], Why::Trailing),
        ("a value behind", &[5, 0, 5, 0], Why::Trailing),
    ];
    for (name, bytes, why) in cases {
        assert_eq!(
            whole(bytes).map_err(|malformed| malformed.why),
            Err(why),
            "{name}"
        );
    }
    let limited = Reader::new(&[0; 9], 8).map(|_| ());
    assert_eq!(
        limited,
        Err(Malformed {
            at: 8,
            why: Why::TooLarge
        })
    );
}

#[test]
fn numbers_have_their_shortest_form() {
    for number in [
        0_u32,
        1,
        127,
        128,
        255,
        256,
        0x7fff_ffff,
        0x8000_0000,
        u32::MAX,
    ] {
        let bytes = integer(&number.to_be_bytes());
        assert_eq!(whole(&bytes).expect("written").number(), Ok(number));
    }
    let bad: [&[u8]; 6] = [
        &[2, 0],
        &[2, 1, 0xff],
        &[2, 2, 0, 1],
        &[2, 2, 0, 0],
        &[2, 5, 1, 0, 0, 0, 0],
        &[2, 3, 0x80, 0, 0],
    ];
    for bytes in bad {
        let number = whole(bytes).expect("whole").number();
        assert_eq!(
            number,
            Err(Malformed {
                at: 0,
                why: Why::Number
            }),
            "{bytes:02x?}"
        );
    }
}

#[test]
fn truths_bits_and_texts_have_one_form() {
    let truths = [
        (&[1, 1, 0][..], Some(false)),
        (&[1, 1, 0xff], Some(true)),
        (&[1, 1, 1], None),
        (&[1, 0], None),
    ];
    for (bytes, value) in truths {
        assert_eq!(
            whole(bytes).expect("whole").truth().ok(),
            value,
            "{bytes:02x?}"
        );
    }
    for bytes in [&[3, 0][..], &[3, 1, 0], &[3, 2, 1, 0x80], &[3, 2, 8, 0]] {
        assert_eq!(
            whole(bytes).expect("whole").bits().ok(),
            None,
            "{bytes:02x?}"
        );
    }
    let texts = [
        (tag::IA5, "ES", true),
        (tag::IA5, "章", false),
        (tag::UTF8, "章", true),
        (tag::UTF8, "", false),
        (tag::UTF8, "a\nb", false),
        (tag::UTF8, "123456789", false),
        (tag::PRINTABLE, "SM3", true),
        (tag::PRINTABLE, "a*b", false),
    ];
    for (tag, written, fits) in texts {
        let bytes = text(tag, written);
        assert_eq!(
            whole(&bytes).expect("whole").text(8).is_ok(),
            fits,
            "{written}"
        );
    }
    assert!(
        whole(&tlv(tag::UTF8, &[0xff]))
            .expect("whole")
            .text(8)
            .is_err()
    );
}

#[test]
fn object_identifiers_are_read_and_shown() {
    let cases = [
        (
            "1.2.156.10197.1.501",
            Some(&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75][..]),
        ),
        ("2.5.29.15", Some(&[0x55, 0x1d, 0x0f])),
        ("0.0", Some(&[0])),
        ("2.999", Some(&[0x88, 0x37])),
        ("2.4294967295", None),
        (
            "1.2.4294967295",
            Some(&[0x2a, 0x8f, 0xff, 0xff, 0xff, 0x7f]),
        ),
        ("1", None),
        ("", None),
        ("3.1", None),
        ("1.40", None),
        ("1..2", None),
        ("1.02", None),
        ("1.+2", None),
        ("1.2.4294967296", None),
        ("a.b", None),
    ];
    for (dotted, content) in cases {
        let read = Oid::parse(dotted);
        if dotted == "2.4294967295" {
            assert_eq!(read.map(|id| id.to_string()), Some(dotted.into()));
            continue;
        }
        assert_eq!(read.as_ref().map(Oid::content), content, "{dotted}");
        if let Some(read) = read {
            assert_eq!(read.to_string(), dotted);
            assert_eq!(whole(&oid(&read)).expect("whole").oid(), Ok(read));
        }
    }
    for content in [&[][..], &[0x80], &[0x2a, 0x80, 1], &[0x2a, 0x81], &[1; 33]] {
        assert_eq!(Oid::from_content(content), None, "{content:02x?}");
    }
    assert_eq!(
        Oid::from_content(&[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        None
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let mut reader = Reader::new(&[0x30, 3, 2, 1, 5, 9], 16).expect("short");
    let inside = reader.take(tag::SEQUENCE).expect("a sequence").inside();
    assert_eq!(
        inside.clone().take(tag::OID),
        Err(Malformed {
            at: 2,
            why: Why::Tag {
                expected: 6,
                found: 2
            }
        })
    );
    assert_eq!(
        reader.end(),
        Err(Malformed {
            at: 5,
            why: Why::Trailing
        })
    );
    let told = inside.wrong(Why::Indefinite).to_string();
    assert_eq!(told, "at byte 2: an indefinite length is BER, not DER");
}

proptest! {
    #[test]
    fn what_is_read_are_the_very_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut reader = Reader::new(&bytes, 64).expect("short");
        let mut at = 0;
        while let Ok(element) = reader.any() {
            prop_assert_eq!(element.at, at);
            prop_assert_eq!(&bytes[at..at + element.raw.len()], element.raw);
            prop_assert_eq!(tlv(element.tag, element.content), element.raw);
            at += element.raw.len();
            let _ = (element.number(), element.scalar(), element.truth(), element.oid());
            let _ = (element.bits(), element.text(64), element.time(), element.inside().any());
        }
    }
}
