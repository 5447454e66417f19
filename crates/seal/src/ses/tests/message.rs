//! Messages without a seal, put together by hand.

use super::office::{SM2_WITH_SM3, asked, office, rng, secret, trust};
use crate::der::{Oid, integer, octets, sequence, tag, text, tlv};
use crate::ses::{Asked, Code, Report, SignedMessage, Verdict, verify_message};
use crate::sm2_key::{Sm2Secret, sm3};

fn id(dotted: &str) -> Vec<u8> {
    crate::der::oid(&Oid::parse(dotted).expect("an identifier"))
}

/// `name` and one value in a set.
fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[id(name), tlv(tag::SET, value)])
}

const DIGEST: &str = "1.2.840.113549.1.9.4";
const TIME: &str = "1.2.840.113549.1.9.5";

/// What a message is made of.
struct Message {
    kind: &'static str,
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    digest: &'static str,
    attributes: Option<Vec<Vec<u8>>>,
    algorithm: Vec<u8>,
    /// What is signed, where it is not what should be.
    signs: Option<Vec<u8>>,
    signers: usize,
}

impl Message {
    /// With attributes.
    fn good() -> Self {
        Self {
            kind: "1.2.156.10197.6.1.4.2.2",
            content: None,
            certificates: vec![office().signer.der().to_vec()],
            digest: "1.2.156.10197.1.401",
            attributes: Some(vec![
                attribute(DIGEST, &octets(&sm3(b"Signature.xml"))),
                attribute(TIME, &text(tag::UTC_TIME, "260801120000Z")),
            ]),
            algorithm: tlv(tag::OID, SM2_WITH_SM3),
            signs: None,
            signers: 1,
        }
    }

    /// The digest as the content, without attributes.
    fn plain() -> Self {
        Self {
            content: Some(sm3(b"Signature.xml").to_vec()),
            attributes: None,
            ..Self::good()
        }
    }

    fn der(&self, secret: &Sm2Secret) -> Vec<u8> {
        let null = tlv(tag::NULL, &[]);
        let digest = sequence(&[id(self.digest), null.clone()]);
        let mut info = vec![id("1.2.840.113549.1.7.1")];
        info.extend(
            self.content
                .as_ref()
                .map(|content| tlv(0xa0, &octets(content))),
        );
        let attributes = self.attributes.as_ref().map(|list| list.concat());
        let signed = attributes.as_ref().map(|list| tlv(tag::SET, list));
        let signed = self.signs.clone().or(signed).or(self.content.clone());
        let signed = signed.unwrap_or_else(|| b"Signature.xml".to_vec());
        let signature = secret.sign(&signed, &mut rng(80)).expect("chance").to_der();
        let signer = &office().signer;
        let named = sequence(&[signer.issuer().to_vec(), tlv(tag::INTEGER, signer.serial())]);
        let mut fields = vec![integer(&[1]), named, digest.clone()];
        fields.extend(attributes.map(|list| tlv(0xa0, &list)));
        fields.extend([
            sequence(&[self.algorithm.clone(), null]),
            octets(&signature),
        ]);
        let signers = vec![sequence(&fields); self.signers];
        let data = sequence(&[
            integer(&[1]),
            tlv(tag::SET, &digest),
            sequence(&info),
            tlv(0xa0, &self.certificates.concat()),
            tlv(tag::SET, &signers.concat()),
        ]);
        sequence(&[id(self.kind), tlv(0xa0, &data)])
    }
}

fn judged(bytes: &[u8]) -> Report {
    verify_message(bytes, &asked(), &trust())
}

fn codes(message: &Message) -> Vec<Code> {
    let report = judged(&message.der(&office().secret));
    report
        .findings()
        .iter()
        .map(|finding| finding.code)
        .collect()
}

#[test]
fn both_habits_are_read_and_stand() {
    assert_eq!(codes(&Message::good()), []);
    let old = Message {
        kind: "1.2.840.113549.1.7.2",
        ..Message::good()
    };
    assert_eq!(codes(&old), [], "as PKCS #7 names it");
    let sm2 = Message {
        algorithm: id("1.2.156.10197.1.301.1"),
        ..Message::good()
    };
    assert_eq!(codes(&sm2), [], "another name of the algorithm");
    assert_eq!(codes(&Message::plain()), [Code::TimeUnknown]);
    let digest = sm3(b"Signature.xml");
    let both = Message {
        content: Some(digest.to_vec()),
        attributes: Some(vec![
            attribute(DIGEST, &octets(&sm3(&digest))),
            attribute(TIME, &text(tag::UTC_TIME, "260801120000Z")),
        ]),
        ..Message::good()
    };
    assert_eq!(codes(&both), [], "attributes over the content");
}

#[test]
fn e4_a_message_about_something_else_is_found() {
    let digest = |digest: &[u8]| Some(vec![attribute(DIGEST, &octets(digest))]);
    let about = |attributes, content| {
        codes(&Message {
            content,
            attributes,
            ..Message::good()
        })
    };
    let found = [Code::DataHashDiffers, Code::TimeUnknown];
    assert_eq!(about(digest(&sm3(b"another")), None), found);
    assert_eq!(
        about(digest(&sm3(b"Signature.xml")), Some(b"another".to_vec())),
        found
    );
    let hash = sm3(b"Signature.xml").to_vec();
    assert_eq!(
        about(digest(&hash), Some(hash.clone())),
        found,
        "they do not agree"
    );
    assert_eq!(about(None, Some(sm3(b"another").to_vec())), found);
    // The attributes of a signed message, shown as the content of one that has none.
    let attributes = Message::good().attributes.expect("attributes").concat();
    assert_eq!(about(None, Some(tlv(tag::SET, &attributes))), found);
    let none = Asked {
        data_hash: None,
        ..asked()
    };
    let report = verify_message(&Message::good().der(&office().secret), &none, &trust());
    assert_eq!(report.verdict(), Verdict::NotCheckable);
}

#[test]
fn e4_what_is_not_signed_or_not_by_its_signer_is_found() {
    assert_eq!(
        judged(&Message::good().der(&secret(81))).verdict(),
        Verdict::Invalid
    );
    let signs = |signs: Vec<u8>| {
        codes(&Message {
            signs: Some(signs),
            ..Message::good()
        })
    };
    let attributes = Message::good().attributes.expect("attributes").concat();
    assert_eq!(
        signs(tlv(0xa0, &attributes)),
        [Code::SignatureWrong],
        "under the tag carried"
    );
    assert_eq!(signs(b"Signature.xml".to_vec()), [Code::SignatureWrong]);
    let certificates = vec![office().maker.der().to_vec()];
    let missing = Message {
        certificates,
        ..Message::good()
    };
    assert_eq!(codes(&missing), [Code::SignerMissing]);
    let sha256 = Message {
        digest: "2.16.840.1.101.3.4.2.1",
        ..Message::good()
    };
    assert_eq!(codes(&sha256), [Code::SignatureAlgorithm]);
    let ecdsa = Message {
        algorithm: id("1.2.840.10045.4.3.2"),
        ..Message::good()
    };
    assert_eq!(codes(&ecdsa), [Code::SignatureAlgorithm]);
    let detached = Message {
        content: None,
        ..Message::plain()
    };
    let expected = [
        Code::DataHashDiffers,
        Code::DataHashNotGiven,
        Code::TimeUnknown,
    ];
    assert_eq!(codes(&detached), expected, "signed itself, and not at hand");
}

#[test]
fn e4_not_one_byte_of_a_message_can_change_unnoticed() {
    for message in [Message::good(), Message::plain()] {
        let good = message.der(&office().secret);
        let before = judged(&good);
        for at in 0..good.len() {
            assert!(SignedMessage::read(&good[..at]).is_err(), "{at}");
            let mut bytes = good.clone();
            bytes[at] ^= 1 << (at % 8);
            let after = judged(&bytes);
            // Versions, the list of algorithms and the content's kind say nothing.
            let harmless = after.findings() == before.findings();
            let same = after.message().map(|m| (m.certificate(), m.signed_at()))
                == before.message().map(|m| (m.certificate(), m.signed_at()));
            let noticed = after.verdict() > Verdict::Valid && !harmless;
            assert!(
                noticed || (harmless && same),
                "byte {at}: {:?}",
                after.findings()
            );
        }
        assert!(SignedMessage::read(&[&good[..], &[0]].concat()).is_err());
    }
}

#[test]
fn what_is_no_message_with_one_signer_is_refused() {
    let time = || attribute(TIME, &text(tag::UTC_TIME, "260801120000Z"));
    let digest = || attribute(DIGEST, &octets(&sm3(b"Signature.xml")));
    let with = |list: Vec<Vec<u8>>| Message {
        attributes: Some(list),
        ..Message::good()
    };
    let cases = [
        (
            "another kind",
            Message {
                kind: "1.2.156.10197.6.1.4.2.3",
                ..Message::good()
            },
        ),
        (
            "no signer",
            Message {
                signers: 0,
                ..Message::good()
            },
        ),
        (
            "two signers",
            Message {
                signers: 2,
                ..Message::good()
            },
        ),
        ("no digest", with(vec![time()])),
        ("two digests", with(vec![digest(), digest()])),
        ("two times", with(vec![digest(), time(), time()])),
    ];
    for (name, message) in cases {
        let report = judged(&message.der(&office().secret));
        assert!(
            report.has(Code::Unreadable),
            "{name}: {:?}",
            report.findings()
        );
        assert_eq!(report.verdict(), Verdict::Invalid, "{name}");
    }
}
