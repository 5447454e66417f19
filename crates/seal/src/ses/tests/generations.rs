//! The first and the fifth generation, and what products write otherwise than the standard says.

use super::office::{PROPERTY, Parts, SM2_WITH_SM3, asked, office, rng, trust};
use crate::der::{bits, explicit, octets, sequence, tag, text, tlv};
use crate::ses::{
    Code, Deviation, Fact, Generation, Report, SesSeal, SesSignature, Unreadable, Verdict, verify,
};
use crate::sm2_key::sm3;

fn judged(bytes: &[u8]) -> Report {
    verify(bytes, &asked(), &trust())
}

fn deviations(report: &Report) -> Vec<Deviation> {
    let facts = report.findings().iter().map(|finding| &finding.fact);
    facts
        .filter_map(|fact| match fact {
            Fact::Deviation(deviation) => Some(*deviation),
            _ => None,
        })
        .collect()
}

fn number(n: u8) -> Vec<u8> {
    tlv(tag::INTEGER, &[n])
}

fn algorithm() -> Vec<u8> {
    tlv(tag::OID, SM2_WITH_SM3)
}

/// A seal of the first generation and a signature with it, in all the ways that have been seen.
struct First {
    version: u8,
    date_tag: u8,
    member: Vec<u8>,
    time: Vec<u8>,
    habit: Option<Habit>,
}

/// What a product does otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    WrapsMaker,
    WrapsSeal,
    WritesOctets,
    /// The maker signs the info alone, as in later generations.
    SignsInfo,
}

impl First {
    fn good() -> Self {
        Self {
            version: 1,
            date_tag: tag::UTC_TIME,
            member: octets(office().signer.der()),
            time: bits(b"20260801120000Z"),
            habit: None,
        }
    }

    fn with(habit: Habit) -> Self {
        let habit = Some(habit);
        Self {
            habit,
            ..Self::good()
        }
    }

    fn does(&self, habit: Habit) -> bool {
        self.habit == Some(habit)
    }

    fn seal(&self) -> Vec<u8> {
        let office = office();
        let date = |date: &str| {
            let century = if self.date_tag == tag::UTC_TIME {
                ""
            } else {
                "20"
            };
            text(self.date_tag, &format!("{century}{date}120000Z"))
        };
        let property = [
            number(1),
            text(tag::UTF8, "江州市人民政府办公室"),
            sequence(std::slice::from_ref(&self.member)),
            date("260201"),
            date("260201"),
            date("280131"),
        ];
        let header = [
            text(tag::IA5, "ES"),
            number(self.version),
            text(tag::IA5, "OLD"),
        ];
        let picture = [
            text(tag::IA5, "PNG"),
            octets(&office.picture),
            number(42),
            number(42),
        ];
        let info = sequence(&[
            sequence(&header),
            text(tag::IA5, "seal01"),
            sequence(&property),
            sequence(&picture),
            sequence(&[]),
        ]);
        let maker = octets(office.maker.der());
        let message = sequence(&[info.clone(), maker.clone(), algorithm()]);
        let message = if self.does(Habit::SignsInfo) {
            &info
        } else {
            &message
        };
        let signature = office
            .maker_secret
            .sign(message, &mut rng(50))
            .expect("chance");
        let maker = sequence(&[maker, algorithm(), self.bits(&signature.to_der())]);
        sequence(&[
            info,
            if self.does(Habit::WrapsMaker) {
                bits(&maker)
            } else {
                maker
            },
        ])
    }

    fn signature(&self) -> Vec<u8> {
        let seal = self.seal();
        let to_be_signed = sequence(&[
            number(self.version),
            if self.does(Habit::WrapsSeal) {
                octets(&seal)
            } else {
                seal
            },
            self.time.clone(),
            self.bits(&sm3(b"Signature.xml")),
            text(tag::IA5, PROPERTY),
            octets(office().signer.der()),
            algorithm(),
        ]);
        let signature = office()
            .secret
            .sign(&to_be_signed, &mut rng(51))
            .expect("chance");
        sequence(&[to_be_signed, self.bits(&signature.to_der())])
    }

    fn bits(&self, bytes: &[u8]) -> Vec<u8> {
        if self.does(Habit::WritesOctets) {
            octets(bytes)
        } else {
            bits(bytes)
        }
    }
}

#[test]
fn the_first_generation_is_read_and_stands() {
    let report = judged(&First::good().signature());
    assert_eq!(
        (report.verdict(), report.findings()),
        (Verdict::Valid, &[][..])
    );
    assert_eq!(report.generation(), Some(Generation::V1));
    let seal = report.seal().expect("it was read");
    assert_eq!(
        (seal.version(), seal.id(), seal.extensions()),
        (1, "seal01", &[][..])
    );
}

#[test]
fn what_products_write_otherwise_is_read_and_told() {
    let at = |time: Vec<u8>| First {
        time,
        ..First::good()
    };
    let date_tag = tag::GENERALIZED_TIME;
    let dates = First {
        date_tag,
        ..First::good()
    };
    let second = First {
        version: 2,
        ..First::good()
    };
    let real_date = text(tag::GENERALIZED_TIME, "20260801120000Z");
    let cases: [(&str, First, &[Deviation]); 8] = [
        ("version 2 in the old shape", second, &[]),
        ("dates", dates, &[Deviation::DateForm]),
        (
            "octets",
            First::with(Habit::WritesOctets),
            &[Deviation::OctetsForBits],
        ),
        (
            "maker",
            First::with(Habit::WrapsMaker),
            &[Deviation::Wrapped],
        ),
        ("seal", First::with(Habit::WrapsSeal), &[Deviation::Wrapped]),
        (
            "no zone",
            at(bits(b"2026-08-01 20:00:00")),
            &[Deviation::NoZone],
        ),
        ("fractions", at(bits(b"2026-08-01T12:00:00.377Z")), &[]),
        ("a real date", at(real_date), &[]),
    ];
    for (name, first, expected) in cases {
        let report = judged(&first.signature());
        assert_eq!(
            report.verdict(),
            Verdict::Valid,
            "{name}: {:?}",
            report.findings()
        );
        assert_eq!(deviations(&report), expected, "{name}");
    }
}

#[test]
fn e4_old_signatures_are_not_believed_for_their_age() {
    let text_in_list = First {
        member: text(tag::IA5, "-----BEGIN"),
        ..First::good()
    };
    let cases = [
        (
            "text for a certificate",
            text_in_list,
            Code::SignerNotListed,
            Verdict::Invalid,
        ),
        (
            "a time stamp for a time",
            First {
                time: bits(&sequence(&[number(1)])),
                ..First::good()
            },
            Code::TimeUnknown,
            Verdict::Incomplete,
        ),
        (
            "the maker signed as later makers do",
            First::with(Habit::SignsInfo),
            Code::MakerSignatureWrong,
            Verdict::Invalid,
        ),
    ];
    for (name, first, code, verdict) in cases {
        let report = judged(&first.signature());
        assert!(
            report.has(code) && report.findings().len() == 1,
            "{name}: {:?}",
            report.findings()
        );
        assert_eq!(report.verdict(), verdict, "{name}");
    }
    let good = First::good().signature();
    for at in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        let verdict = judged(&bytes).verdict();
        assert!(verdict > Verdict::Incomplete, "byte {at}: {verdict:?}");
    }
    for end in 0..good.len() {
        assert!(SesSignature::read(&good[..end]).is_err(), "{end}");
    }
}

#[test]
fn e4_generations_are_not_mixed() {
    let office = office();
    let old_in_new = Parts {
        seal: First::good().seal(),
        ..Parts::good()
    };
    assert!(judged(&old_in_new.signed(&office.secret)).has(Code::Unreadable));
    let to_be_signed = sequence(&[
        number(1),
        office.seal.raw().to_vec(),
        bits(b"20260801120000Z"),
        bits(&sm3(b"Signature.xml")),
        text(tag::IA5, PROPERTY),
        octets(office.signer.der()),
        algorithm(),
    ]);
    let signature = office
        .secret
        .sign(&to_be_signed, &mut rng(52))
        .expect("chance");
    let new_in_old = sequence(&[to_be_signed, bits(&signature.to_der())]);
    assert!(judged(&new_in_old).has(Code::Unreadable));
}

/// The office's seal with another version in its header, a stamp behind, signed by its maker.
fn seal(version: u8, stamp: Option<&[u8]>, extensions: Option<Vec<u8>>) -> Vec<u8> {
    let office = office();
    let info = crate::der::Reader::new(office.seal.raw(), 1 << 20)
        .and_then(|mut whole| whole.take(tag::SEQUENCE)?.inside().take(tag::SEQUENCE));
    let mut fields = Vec::new();
    let mut inside = info.expect("the info").inside();
    while let Ok(field) = inside.any() {
        fields.push(field.raw.to_vec());
    }
    fields[0] = sequence(&[text(tag::IA5, "ES"), number(version), text(tag::IA5, "NEW")]);
    fields.extend(extensions);
    let info = sequence(&fields);
    let signature = office
        .maker_secret
        .sign(&info, &mut rng(53))
        .expect("chance");
    let mut all = vec![
        info,
        octets(office.maker.der()),
        algorithm(),
        bits(&signature.to_der()),
    ];
    all.extend(stamp.map(|stamp| explicit(0, &bits(stamp))));
    sequence(&all)
}

#[test]
fn the_fifth_generation_is_read_and_its_stamps_are_not_called_good() {
    let secret = &office().secret;
    let parts = |stamp| Parts {
        version: 5,
        seal: seal(5, stamp, None),
        ..Parts::good()
    };
    let report = judged(&parts(None).signed(secret));
    assert_eq!(
        (report.verdict(), report.findings()),
        (Verdict::Valid, &[][..])
    );
    assert_eq!(report.generation(), Some(Generation::V5));
    let report = judged(&parts(Some(b"token")).signed(secret));
    assert_eq!(report.verdict(), Verdict::Incomplete);
    assert!(report.has(Code::TimeStampNotRead));
    assert_eq!(
        report.seal().and_then(SesSeal::time_stamp),
        Some(&b"token"[..])
    );
    let parts = Parts::good();
    let signature = secret
        .sign(&parts.to_be_signed(), &mut rng(54))
        .expect("chance");
    let report = judged(&parts.with(&signature.to_der(), Some(b"token")));
    assert!(report.has(Code::TimeStampNotRead) && report.findings().len() == 1);
    let mixed = Parts {
        version: 5,
        ..Parts::good()
    };
    assert_eq!(
        deviations(&judged(&mixed.signed(secret))),
        [Deviation::Versions]
    );
}

#[test]
fn an_unknown_version_is_an_answer() {
    for version in [1, 3, 6, 127] {
        let found = u32::from(version);
        let read = SesSeal::read(&seal(version, None, None));
        assert_eq!(read, Err(Unreadable::UnknownVersion { found }));
        let parts = Parts {
            seal: seal(version, None, None),
            ..Parts::good()
        };
        let report = judged(&parts.signed(&office().secret));
        assert!(report.has(Code::UnknownVersion), "{version}");
        assert_eq!(report.verdict(), Verdict::NotCheckable);
        let parts = Parts {
            version,
            ..Parts::good()
        };
        assert!(
            judged(&parts.signed(&office().secret)).has(Code::UnknownVersion),
            "{version}"
        );
    }
    let stamped = SesSeal::read(&seal(4, Some(b"token"), None));
    assert!(
        matches!(stamped, Err(Unreadable::Malformed(_))),
        "a fifth field is of version 5"
    );
}

#[test]
fn a_default_that_is_written_out_breaks_no_signature() {
    let id = tlv(tag::OID, &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 6, 7]);
    let list = |truth: &[u8]| sequence(&[sequence(&[id.clone(), truth.to_vec(), octets(b"2.1")])]);
    let secret = &office().secret;
    let explicit_false = [1, 1, 0];
    let parts = Parts {
        seal: seal(4, None, Some(list(&explicit_false))),
        extensions: Some(list(&explicit_false)),
        ..Parts::good()
    };
    let report = judged(&parts.signed(secret));
    assert_eq!(
        (report.verdict(), report.findings()),
        (Verdict::Valid, &[][..])
    );
    let parts = Parts {
        extensions: Some(list(&[1, 1, 0xff])),
        ..Parts::good()
    };
    let report = judged(&parts.signed(secret));
    assert_eq!(report.verdict(), Verdict::Incomplete);
    assert!(report.has(Code::CriticalExtension));
    let parts = Parts {
        extensions: Some(list(&[1, 1, 7])),
        ..Parts::good()
    };
    assert!(judged(&parts.signed(secret)).has(Code::Unreadable));
}

#[test]
fn a_signature_of_64_bytes_is_read_and_told() {
    let parts = Parts::good();
    let signature = office()
        .secret
        .sign(&parts.to_be_signed(), &mut rng(55))
        .expect("chance");
    let report = judged(&parts.with(&signature.to_raw(), None));
    assert_eq!(report.verdict(), Verdict::Valid);
    assert_eq!(deviations(&report), [Deviation::RawSignature]);
}

#[test]
fn indefinite_lengths_are_refused_and_named() {
    let mut bytes = vec![0x30, 0x80];
    bytes.extend_from_slice(&office().seal.raw()[4..]);
    bytes.extend_from_slice(&[0, 0]);
    let told = SesSeal::read(&bytes).map_err(|cause| cause.to_string());
    assert_eq!(
        told,
        Err("at byte 0: an indefinite length is BER, not DER".to_owned())
    );
}

#[test]
fn a_field_too_many_or_another_mark_is_refused() {
    let office = office();
    let raw = office.seal.raw();
    let at = raw
        .windows(4)
        .position(|window| window == [0x16, 2, b'E', b'S']);
    let mut marked = raw.to_vec();
    marked[at.expect("its mark") + 3] = b'X';
    assert!(matches!(
        SesSeal::read(&marked),
        Err(Unreadable::Malformed(_))
    ));
    // Behind the property of what is signed, where extensions may stand.
    let parts = Parts::good();
    let good = parts.to_be_signed();
    for (name, field) in [
        ("a null", tlv(tag::NULL, &[])),
        ("extensions without a tag", sequence(&[])),
        ("another tag", explicit(1, &sequence(&[]))),
        (
            "extensions twice",
            [explicit(0, &sequence(&[])), explicit(0, &sequence(&[]))].concat(),
        ),
    ] {
        let to_be_signed = tlv(tag::SEQUENCE, &[&good[4..], &field].concat());
        let signature = office
            .secret
            .sign(&to_be_signed, &mut rng(56))
            .expect("chance");
        let bytes = sequence(&[
            to_be_signed,
            octets(office.signer.der()),
            algorithm(),
            bits(&signature.to_der()),
        ]);
        assert!(judged(&bytes).has(Code::Unreadable), "{name}");
    }
}
