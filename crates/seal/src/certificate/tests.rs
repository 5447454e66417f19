use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::der::{bits, explicit, integer, octets, sequence, text, tlv, truth};
use crate::instant;
use crate::sm2_key::Sm2Secret;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn secret(seed: u8) -> Sm2Secret {
    Sm2Secret::generate(&mut rng(seed)).expect("chance")
}

fn day(day: &str) -> Timestamp {
    instant::from_generalized(&format!("{day}000000Z")).expect("a day")
}

const HOLDER: Holder<'_> = Holder {
    organization: "江州市人民政府",
    name: "江州市根证书",
};

fn root() -> (Sm2Secret, Certificate) {
    let key = secret(1);
    let validity = (day("20260101"), day("20551231"));
    let root = Issuer::root(&key, HOLDER, validity, &mut rng(2)).expect("a root");
    (key, root)
}

/// A certificate put together by hand.
struct Foreign {
    version: Option<u8>,
    serial: Vec<u8>,
    algorithm: Vec<u8>,
    outer_algorithm: Vec<u8>,
    name: Vec<u8>,
    from: Vec<u8>,
    key_algorithm: Vec<u8>,
    key: Vec<u8>,
    extensions: Option<Vec<u8>>,
}

impl Foreign {
    fn good() -> Self {
        let algorithm = sequence(&[tlv(tag::OID, known::SM2_WITH_SM3), tlv(tag::NULL, &[])]);
        Self {
            version: Some(2),
            serial: tlv(tag::INTEGER, &[0x3d, 0xf5, 0, 0xf2, 0, 4, 0xa9, 0xbc]),
            algorithm: algorithm.clone(),
            outer_algorithm: algorithm,
            // BMPString and T61String in a name.
            name: sequence(&[
                tlv(
                    tag::SET,
                    &sequence(&[tlv(tag::OID, &[0x55, 4, 10]), tlv(0x1e, b"\x6c\x5f")]),
                ),
                tlv(
                    tag::SET,
                    &sequence(&[tlv(tag::OID, &[0x55, 4, 3]), tlv(0x14, b"CN")]),
                ),
            ]),
            from: text(tag::UTC_TIME, "191024160000Z"),
            key_algorithm: sequence(&[
                tlv(tag::OID, known::EC_KEY),
                tlv(tag::OID, known::SM2_CURVE),
            ]),
            key: bits(secret(9).public().point()),
            extensions: None,
        }
    }

    fn der(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        fields.extend(
            self.version
                .map(|version| explicit(0, &integer(&[version]))),
        );
        fields.extend([
            self.serial.clone(),
            self.algorithm.clone(),
            self.name.clone(),
            sequence(&[
                self.from.clone(),
                text(tag::GENERALIZED_TIME, "20551024160000Z"),
            ]),
            self.name.clone(),
            sequence(&[self.key_algorithm.clone(), self.key.clone()]),
        ]);
        fields.extend(self.extensions.as_ref().map(|list| explicit(3, list)));
        let body = sequence(&fields);
        let signature = secret(9).sign(&body, &mut rng(3)).expect("chance");
        sequence(&[
            body,
            self.outer_algorithm.clone(),
            bits(&signature.to_der()),
        ])
    }
}

fn extension(id: &[u8], critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let mut fields = vec![tlv(tag::OID, id)];
    fields.extend(critical.map(|truth| tlv(tag::BOOLEAN, &[truth])));
    fields.push(octets(value));
    sequence(&fields)
}

#[test]
fn what_is_issued_is_what_its_profile_says() {
    let (key, root) = root();
    assert!(root.is_authority() && !root.may_sign() && root.may_certify(0));
    assert!(!root.may_certify(1), "no authority below it");
    assert_eq!(
        (root.issuer(), root.is_signed_by(key.public())),
        (root.subject(), true)
    );
    assert_eq!(root.common_name().as_deref(), Some("江州市根证书"));
    assert_eq!(root.validity(), (day("20260101"), day("20551231")));
    let issuer = Issuer::new(&key, &root).expect("an issuer");
    for (seed, profile) in [(4, Profile::SealMaker), (5, Profile::Seal)] {
        let (leaf_key, holder) = (
            secret(seed),
            Holder {
                name: "印章",
                ..HOLDER
            },
        );
        let validity = (day("20260101"), day("20281231"));
        let made = issuer.certify(profile, leaf_key.public(), holder, validity, &mut rng(6));
        let leaf = made.expect("a certificate");
        assert!(!leaf.is_authority() && leaf.may_sign() && !leaf.may_certify(0));
        assert_eq!(leaf.sm2_key(), Some(leaf_key.public()));
        assert_eq!(leaf.issuer(), root.subject());
        assert!(leaf.is_signed_by(key.public()) && !leaf.is_signed_by(leaf_key.public()));
        assert!(leaf.names(&root) && leaf.unknown_critical().is_none());
        assert!(leaf.covers(day("20281231").plus_ms(999)) && !leaf.covers(day("20290101")));
        assert_eq!((leaf.serial().len(), leaf.serial()[0] & 0xc0), (16, 0x40));
        let again = issuer.certify(profile, leaf_key.public(), holder, validity, &mut rng(7));
        assert_ne!(again.expect("another").serial(), leaf.serial());
    }
}

#[test]
fn what_no_profile_allows_is_not_issued() {
    let (key, root) = root();
    let issuer = Issuer::new(&key, &root).expect("an issuer");
    let good = (day("20260101"), day("20281231"));
    let certify = |profile, holder, validity| {
        let made = issuer.certify(profile, secret(4).public(), holder, validity, &mut rng(6));
        made.map(|_| ())
    };
    assert_eq!(certify(Profile::Seal, HOLDER, good), Ok(()));
    let root_below = certify(Profile::Root, HOLDER, good);
    assert_eq!(root_below, Err(NotIssued::MayNotCertify));
    let long = "章".repeat(65);
    for name in ["", "印章 ", " 印章", "印\n章", &long] {
        let made = certify(Profile::Seal, Holder { name, ..HOLDER }, good);
        assert_eq!(made, Err(NotIssued::Name), "{name:?}");
        let holder = Holder {
            organization: name,
            ..HOLDER
        };
        assert_eq!(
            certify(Profile::Seal, holder, good),
            Err(NotIssued::Name),
            "{name:?}"
        );
    }
    let times = [
        ("backwards", (good.1, good.0)),
        ("no time", (good.0, good.0)),
        ("too early", (day("20251231"), good.1)),
        ("too late", (good.0, day("20560102"))),
    ];
    for (name, validity) in times {
        let made = certify(Profile::Seal, HOLDER, validity);
        assert_eq!(made, Err(NotIssued::Validity), "{name}");
    }
    let another = Issuer::new(&secret(4), &root).map(|_| ());
    assert_eq!(another, Err(NotIssued::AnotherKey));
}

#[test]
fn foreign_certificates_are_read_as_far_as_they_are_needed() {
    let certificate = Certificate::read(&Foreign::good().der()).expect("a certificate");
    assert_eq!(certificate.common_name().as_deref(), Some("CN"));
    assert_eq!(
        certificate.serial(),
        [0x3d, 0xf5, 0, 0xf2, 0, 4, 0xa9, 0xbc]
    );
    assert_eq!(
        certificate.validity().0,
        day("20191024").plus_ms(57_600_000)
    );
    assert!(
        certificate.is_signed_by(secret(9).public()),
        "NULL as a parameter"
    );
    assert!(certificate.may_sign() && !certificate.is_authority());
    let old = Foreign {
        version: None,
        ..Foreign::good()
    };
    assert!(Certificate::read(&old.der()).is_ok(), "version 1");
    let negative = Foreign {
        serial: tlv(tag::INTEGER, &[0xff, 1]),
        ..Foreign::good()
    };
    assert!(
        Certificate::read(&negative.der()).is_ok(),
        "a negative number"
    );
    let p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let key_algorithm = sequence(&[tlv(tag::OID, known::EC_KEY), tlv(tag::OID, &p256)]);
    let other_curve = Foreign {
        key_algorithm,
        ..Foreign::good()
    };
    let read = Certificate::read(&other_curve.der()).expect("a certificate");
    let curve = Oid::parse("1.2.840.10045.3.1.7").expect("an identifier");
    assert_eq!(read.key(), &CertifiedKey::Other(curve));
    let rsa = Foreign {
        key_algorithm: sequence(&[
            tlv(tag::OID, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]),
            tlv(tag::NULL, &[]),
        ]),
        ..Foreign::good()
    };
    let read = Certificate::read(&rsa.der()).expect("a certificate");
    assert!(matches!(read.key(), CertifiedKey::Other(_)));
    let off = Foreign {
        key: bits(&[4; 65]),
        ..Foreign::good()
    };
    let read = Certificate::read(&off.der()).expect("a certificate");
    assert_eq!(
        (read.key(), read.sm2_key()),
        (&CertifiedKey::NotAPoint, None)
    );
}

#[test]
fn uses_are_read_and_what_is_critical_is_named() {
    let with = |list: &[Vec<u8>]| {
        let extensions = Some(sequence(list));
        Certificate::read(
            &Foreign {
                extensions,
                ..Foreign::good()
            }
            .der(),
        )
    };
    let usage = |bytes: &[u8]| extension(known::KEY_USAGE, None, &tlv(tag::BIT_STRING, bytes));
    let signs = |bytes: &[u8]| with(&[usage(bytes)]).map(|read| read.may_sign());
    assert_eq!(signs(&[7, 0x80]), Ok(true), "digitalSignature");
    assert_eq!(signs(&[6, 0x40]), Ok(true), "nonRepudiation");
    assert_eq!(signs(&[3, 0x38]), Ok(false), "enciphering only");
    assert_eq!(signs(&[7, 0, 0x80]), Ok(false), "decipherOnly");
    assert_eq!(signs(&[7, 0x7f]), Ok(false), "unused bits do not count");
    assert!(signs(&[8, 0x80]).is_err() && signs(&[0]).is_err());
    let constraints = |fields: &[Vec<u8>]| {
        let extension = extension(known::BASIC_CONSTRAINTS, Some(0xff), &sequence(fields));
        with(&[extension]).map(|read| (read.may_certify(0), read.may_certify(1)))
    };
    assert_eq!(constraints(&[]), Ok((false, false)));
    assert_eq!(constraints(&[truth(false)]), Ok((false, false)));
    assert_eq!(constraints(&[truth(true)]), Ok((true, true)));
    assert_eq!(
        constraints(&[truth(true), integer(&[0])]),
        Ok((true, false))
    );
    assert!(constraints(&[truth(true), truth(true)]).is_err());
    let eku = [0x55, 0x1d, 0x25];
    let critical = |truth| with(&[extension(&eku, truth, &[0x30, 0])]);
    let named = |read: Result<Certificate, Malformed>| {
        read.expect("a certificate")
            .unknown_critical()
            .map(ToString::to_string)
    };
    assert_eq!(named(critical(None)), None);
    assert_eq!(named(critical(Some(0))), None);
    assert_eq!(named(critical(Some(0xff))).as_deref(), Some("2.5.29.37"));
    assert!(critical(Some(1)).is_err(), "neither true nor false");
    let twice = with(&[usage(&[7, 0x80]), usage(&[6, 0x40])]);
    assert!(twice.is_err(), "two answers to one question");
}

/// A foreign certificate with something else in it, as bytes.
fn with(change: impl FnOnce(&mut Foreign)) -> Vec<u8> {
    let mut foreign = Foreign::good();
    change(&mut foreign);
    foreign.der()
}

#[test]
fn e4_what_is_no_certificate_is_refused() {
    let other = sequence(&[tlv(tag::OID, known::SM2_WITH_SM3)]);
    let list = || Some(sequence(&[]));
    let good = Foreign::good().der();
    let cases = [
        (
            "algorithms that differ",
            with(|f| f.outer_algorithm = other),
        ),
        ("version 2", with(|f| f.version = Some(1))),
        ("version 4", with(|f| f.version = Some(3))),
        ("no number", with(|f| f.serial = tlv(tag::INTEGER, &[]))),
        (
            "a long number",
            with(|f| f.serial = tlv(tag::INTEGER, &[1; 65])),
        ),
        (
            "no date",
            with(|f| f.from = text(tag::UTC_TIME, "yesterday")),
        ),
        (
            "a name that is none",
            with(|f| f.name = text(tag::UTF8, "名")),
        ),
        ("unused bits in the key", with(|f| f.key = tlv(3, &[1, 2]))),
        (
            "version 1, extended",
            with(|f| (f.version, f.extensions) = (None, list())),
        ),
        (
            "extensions that are none",
            with(|f| f.extensions = Some(vec![5, 0])),
        ),
        ("a byte behind", [&good[..], &[0]].concat()),
        ("too large", vec![0x30; CERTIFICATE_BYTES_MAX + 1]),
    ];
    for (name, der) in cases {
        assert!(Certificate::read(&der).is_err(), "{name}");
    }
    let key = secret(9);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        let read = Certificate::read(&bytes);
        assert!(
            !read.is_ok_and(|read| read.is_signed_by(key.public())),
            "byte {at}"
        );
    }
}

/// A CRL of the root with fields in place of its own.
struct List {
    version: Option<u8>,
    issuer: Vec<u8>,
    next: Option<Vec<u8>>,
    members: Vec<Vec<u8>>,
    extensions: Option<Vec<u8>>,
    seed: u8,
}

impl List {
    fn good() -> Self {
        Self {
            version: Some(1),
            issuer: root().1.subject().to_vec(),
            next: Some(text(tag::UTC_TIME, "261001000000Z")),
            members: vec![revoked(&[7]), revoked(&[0x3d, 0xf5]), revoked(&[2, 1])],
            extensions: None,
            seed: 1,
        }
    }

    fn der(&self) -> Vec<u8> {
        let algorithm = sequence(&[tlv(tag::OID, known::SM2_WITH_SM3)]);
        let mut fields = Vec::new();
        fields.extend(self.version.map(|version| integer(&[version])));
        fields.extend([algorithm.clone(), self.issuer.clone()]);
        fields.push(text(tag::UTC_TIME, "260901000000Z"));
        fields.extend(self.next.clone());
        if !self.members.is_empty() {
            fields.push(sequence(&self.members));
        }
        fields.extend(self.extensions.as_ref().map(|list| explicit(0, list)));
        let body = sequence(&fields);
        let signature = secret(self.seed).sign(&body, &mut rng(70)).expect("chance");
        sequence(&[body, algorithm, bits(&signature.to_der())])
    }
}

fn revoked(serial: &[u8]) -> Vec<u8> {
    sequence(&[integer(serial), text(tag::UTC_TIME, "260801000000Z")])
}

/// A certificate by the root that has this number.
fn numbered(serial: &[u8]) -> Certificate {
    let foreign = Foreign {
        serial: integer(serial),
        ..Foreign::good()
    };
    let mut read = Certificate::read(&foreign.der()).expect("a certificate");
    read.issuer = root().1.subject().to_vec();
    read
}

#[test]
fn a_list_of_revocations_speaks_for_its_issuer_and_its_time() {
    let (_, root) = root();
    let list = RevocationList::read(&List::good().der(), &root).expect("a list");
    assert_eq!(list.as_of(), day("20260901"));
    for serial in [&[7][..], &[0x3d, 0xf5], &[2, 1]] {
        assert_eq!(
            list.since(&numbered(serial)),
            Some(day("20260801")),
            "{serial:?}"
        );
    }
    for serial in [&[8][..], &[0x3d], &[2, 2]] {
        assert_eq!(list.since(&numbered(serial)), None, "{serial:?}");
    }
    let other = Certificate::read(
        &Foreign {
            serial: integer(&[7]),
            ..Foreign::good()
        }
        .der(),
    );
    let other = other.expect("a certificate");
    assert_eq!(list.since(&other), None, "of another issuer");
    let speaks = |at: &str, now: &str| list.speaks_of(&numbered(&[9]), day(at), day(now));
    assert!(speaks("20260831", "20300101"), "made after it was used");
    assert!(
        speaks("20260902", "20260930") && speaks("20260902", "20261001"),
        "in force"
    );
    assert!(!speaks("20260902", "20261002"), "replaced by now");
    assert!(!list.speaks_of(&other, day("20260831"), day("20260902")));
    let empty = List {
        members: Vec::new(),
        next: None,
        version: None,
        ..List::good()
    };
    let empty = RevocationList::read(&empty.der(), &root).expect("a list");
    assert_eq!(empty.since(&numbered(&[7])), None);
    assert!(!empty.speaks_of(&numbered(&[7]), day("20260902"), day("20260903")));
}

#[test]
fn e4_a_list_that_its_issuer_did_not_make_is_not_believed() {
    let (key, root) = root();
    let read = |list: &List| RevocationList::read(&list.der(), &root).map(|_| ());
    assert_eq!(read(&List::good()), Ok(()));
    let by_another = List {
        seed: 2,
        ..List::good()
    };
    assert_eq!(read(&by_another), Err(NotAList::Signature));
    let named = List {
        issuer: Foreign::good().name,
        ..List::good()
    };
    assert_eq!(read(&named), Err(NotAList::AnotherIssuer));
    // issuingDistributionPoint, deltaCRLIndicator, and a member of another issuer.
    for id in [28, 27] {
        let part = sequence(&[extension(&[0x55, 0x1d, id], Some(0xff), &[0x30, 0])]);
        let part = List {
            extensions: Some(part),
            ..List::good()
        };
        assert_eq!(read(&part), Err(NotAList::Critical), "{id}");
    }
    let harmless = sequence(&[extension(&[0x55, 0x1d, 20], None, &[2, 1, 1])]);
    assert_eq!(
        read(&List {
            extensions: Some(harmless),
            ..List::good()
        }),
        Ok(())
    );
    let issuer = sequence(&[extension(&[0x55, 0x1d, 29], Some(0xff), &[0x30, 0])]);
    let date = text(tag::UTC_TIME, "260801000000Z");
    let members = vec![sequence(&[integer(&[7]), date, issuer])];
    assert_eq!(
        read(&List {
            members,
            ..List::good()
        }),
        Err(NotAList::Critical)
    );
    assert!(
        read(&List {
            version: Some(2),
            ..List::good()
        })
        .is_err(),
        "version 3"
    );
    let issuer = Issuer::new(&key, &root).expect("an issuer");
    let validity = (day("20260101"), day("20281231"));
    let leaf = issuer.certify(Profile::Seal, key.public(), HOLDER, validity, &mut rng(71));
    let leaf = leaf.expect("a certificate with the root's name and key");
    let list = List::good().der();
    assert_eq!(
        RevocationList::read(&list, &leaf).map(|_| ()),
        Err(NotAList::AnotherIssuer)
    );
    for end in 0..list.len() {
        assert!(RevocationList::read(&list[..end], &root).is_err(), "{end}");
        let mut bytes = list.clone();
        bytes[end] ^= 1 << (end % 8);
        assert!(RevocationList::read(&bytes, &root).is_err(), "byte {end}");
    }
}
