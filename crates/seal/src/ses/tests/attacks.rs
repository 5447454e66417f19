use proptest::prelude::*;

use yichuan_document::Timestamp;

use super::office::{
    Parts, asked, day, draft, holder, office, rng, secret, to_sign, trust, validity,
};
use crate::certificate::{Certificate, Issuer, Profile, RevocationList};
use crate::der::{Oid, bits, sequence, tag, text, tlv};
use crate::ses::{
    Asked, Code, Report, RevokedSeal, SesSeal, SesSignature, Trust, Verdict, make_seal, sign,
    verify,
};
use crate::sm2_key::{Sm2Secret, sm3};

fn judged(bytes: &[u8]) -> Report {
    verify(bytes, &asked(), &trust())
}

/// The codes found, in order.
fn codes(report: &Report) -> Vec<Code> {
    report
        .findings()
        .iter()
        .map(|finding| finding.code)
        .collect()
}

fn wrong(name: &str, bytes: &[u8], expected: &[Code]) {
    let report = judged(bytes);
    assert_eq!(codes(&report), expected, "{name}");
    assert_ne!(report.verdict(), Verdict::Valid, "{name}");
}

#[test]
fn e4_not_one_byte_of_a_signature_can_change() {
    let good = office().signature.raw();
    for at in 0..good.len() {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1 << (at % 8);
        let verdict = judged(&bytes).verdict();
        assert!(verdict > Verdict::Incomplete, "byte {at}: {verdict:?}");
    }
}

#[test]
fn e4_not_one_byte_of_a_seal_can_change() {
    let good = office().seal.raw();
    for at in 0..good.len() {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1 << (at % 8);
        let report = crate::ses::verify_seal(&bytes, day("20260801"), &trust());
        assert!(
            report.verdict() > Verdict::Valid,
            "byte {at}: {:?}",
            report.findings()
        );
        // The maker's certificate is signed by nobody here but pinned; another one is not trusted.
        let unread = report.seal().is_none() || report.verdict() > Verdict::Incomplete;
        assert!(
            unread || report.has(Code::MakerNotTrusted),
            "byte {at}: {:?}",
            report.findings()
        );
    }
}

#[test]
fn e2_what_is_cut_or_has_something_behind_is_refused() {
    let office = office();
    let (seal, signature) = (office.seal.raw(), office.signature.raw());
    for end in 0..signature.len() {
        assert!(SesSignature::read(&signature[..end]).is_err(), "{end}");
        assert!(
            SesSeal::read(&seal[..end.min(seal.len() - 1)]).is_err(),
            "{end}"
        );
    }
    for behind in [&[0][..], &[5, 0], signature] {
        assert!(SesSignature::read(&[signature, behind].concat()).is_err());
        assert!(SesSeal::read(&[seal, behind].concat()).is_err());
    }
    let der = office.signer.der();
    for end in 0..der.len() {
        assert!(Certificate::read(&der[..end]).is_err(), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn e4_a_signature_that_was_patched_never_stands(
        at in any::<prop::sample::Index>(),
        patch in proptest::collection::vec(any::<u8>(), 1..40),
        taken in 0_usize..40,
    ) {
        let good = office().signature.raw();
        let at = at.index(good.len());
        let end = (at + taken).min(good.len());
        let bytes = [&good[..at], &patch, &good[end..]].concat();
        prop_assume!(bytes != good);
        let verdict = judged(&bytes).verdict();
        prop_assert!(verdict > Verdict::Incomplete, "{verdict:?}");
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(judged(&bytes).verdict(), Verdict::Invalid);
        let _ = (Certificate::read(&bytes), SesSeal::read(&bytes));
    }
}

#[test]
fn e4_a_seal_without_a_signature_proves_nothing() {
    let office = office();
    wrong("the seal alone", office.seal.raw(), &[Code::Unreadable]);
    wrong("its picture alone", &office.picture, &[Code::Unreadable]);
    let parts = Parts::good();
    wrong(
        "a signature of zeros",
        &parts.with(&[0; 64], None),
        &[Code::SignatureWrong],
    );
    wrong(
        "the maker's signature",
        &parts.with(office.seal.signature(), None),
        &[Code::SignatureWrong],
    );
}

#[test]
fn e4_a_signature_that_was_cut_from_another_document_is_found() {
    let other = Asked {
        data_hash: Some(sm3(b"another Signature.xml")),
        ..asked()
    };
    let report = verify(office().signature.raw(), &other, &trust());
    assert_eq!(codes(&report), [Code::DataHashDiffers]);
    assert_eq!(report.verdict(), Verdict::Invalid);
    let none = Asked {
        data_hash: None,
        ..asked()
    };
    let report = verify(office().signature.raw(), &none, &trust());
    assert_eq!(codes(&report), [Code::DataHashNotGiven]);
    assert_eq!(report.verdict(), Verdict::NotCheckable);
}

/// A certificate by the office's root.
fn certified(key: &Sm2Secret, name: &str) -> Certificate {
    let office = office();
    let issuer = Issuer::new(&office.root_secret, &office.root).expect("an issuer");
    let certificate = issuer.certify(
        Profile::Seal,
        key.public(),
        holder(name),
        validity(),
        &mut rng(20),
    );
    certificate.expect("a certificate")
}

#[test]
fn e4_another_offices_certificate_does_not_sign_with_this_seal() {
    let other = secret(21);
    let mut parts = Parts::good();
    parts.certificate = certified(&other, "另一机关").der().to_vec();
    wrong(
        "its own key",
        &parts.signed(&other),
        &[Code::SignerNotListed],
    );
    wrong(
        "the office's key",
        &parts.signed(&office().secret),
        &[Code::SignatureWrong, Code::SignerNotListed],
    );
}

#[test]
fn e4_a_unit_makes_no_seal_with_its_own_certificate() {
    // The certificate is by the very root that certifies makers, and lists itself.
    let office = office();
    let signers = [office.signer.clone()];
    let mut wanted = draft(&office.picture, &signers);
    wanted.name = "国务院";
    let seal = make_seal(&wanted, &office.signer, &office.secret, &mut rng(22)).expect("a seal");
    let signature = sign(
        &to_sign(&seal),
        &office.signer,
        &office.secret,
        &mut rng(23),
    );
    let report = judged(signature.expect("a signature").raw());
    assert_eq!(codes(&report), [Code::MakerNotTrusted]);
    assert_eq!(report.verdict(), Verdict::Incomplete);
}

#[test]
fn e4_a_seal_that_was_changed_and_signed_again_by_its_custodian_is_found() {
    let office = office();
    let raw = office.seal.raw();
    let change = |from: &[u8], to: &[u8]| {
        let at = raw
            .windows(from.len())
            .position(|window| window == from)
            .expect("it is there");
        let mut seal = raw.to_vec();
        seal[at..at + to.len()].copy_from_slice(to);
        Parts {
            seal,
            ..Parts::good()
        }
        .signed(&office.secret)
    };
    let mut picture = office.picture.clone();
    picture[50] ^= 1;
    let cases = [
        ("the picture", change(&office.picture, &picture)),
        ("the name", change("办公室".as_bytes(), "国务院".as_bytes())),
        ("the end", change(b"20280131120000Z", b"20380131120000Z")),
        ("the id", change(b"seal01", b"seal02")),
    ];
    for (name, bytes) in cases {
        wrong(name, &bytes, &[Code::MakerSignatureWrong]);
    }
}

#[test]
fn e4_times_out_of_order_are_found() {
    let at = |time: &str| Parts {
        time: text(tag::GENERALIZED_TIME, time),
        ..Parts::good()
    };
    let sign = |time: &str| at(time).signed(&office().secret);
    let cases: [(&str, &str, &[Code]); 4] = [
        (
            "before the seal",
            "20260131120000Z",
            &[Code::OutsideSealPeriod, Code::MadeLater],
        ),
        (
            "a second before",
            "20260201115959Z",
            &[Code::OutsideSealPeriod],
        ),
        ("in the future", "20260802120501Z", &[Code::InTheFuture]),
        (
            "after all",
            "20290101120000Z",
            &[
                Code::OutsideSignerPeriod,
                Code::InTheFuture,
                Code::OutsideSealPeriod,
            ],
        ),
    ];
    for (name, time, expected) in cases {
        wrong(name, &sign(time), expected);
    }
    for time in ["20260201120000Z", "20260802120459Z"] {
        assert_eq!(codes(&judged(&sign(time))), [], "{time}");
    }
    let later = Asked {
        now: day("20300101"),
        ..asked()
    };
    let report = verify(office().signature.raw(), &later, &trust());
    assert_eq!(codes(&report), [Code::SignerOver, Code::SealOver]);
    assert_eq!(
        report.verdict(),
        Verdict::Valid,
        "it is judged at the time of the signature"
    );
    let told = Asked {
        declared_at: Some(day("20260801").plus_ms(28_800_000)),
        ..asked()
    };
    let report = verify(office().signature.raw(), &told, &trust());
    assert_eq!(
        (codes(&report), report.verdict()),
        (vec![Code::TimesDiffer], Verdict::Valid)
    );
}

/// What is found where the root has revoked a certificate, and since when.
fn judged_revoked(certificate: &Certificate, since: &str, seen_at: Option<Timestamp>) -> Vec<Code> {
    let revoked = vec![(certificate.serial().to_vec(), day(since))];
    let lists = [RevocationList::known(&office().root, asked().now, revoked)];
    let trust = Trust {
        lists: &lists,
        ..trust()
    };
    let asked = Asked { seen_at, ..asked() };
    codes(&verify(office().signature.raw(), &asked, &trust))
}

#[test]
fn e4_what_was_revoked_before_does_not_stand_and_later_is_told() {
    let office = office();
    let seen = Some(day("20260802"));
    let signer = |since, seen_at| judged_revoked(&office.signer, since, seen_at);
    assert_eq!(signer("20260731", None), [Code::SignerRevoked]);
    assert_eq!(
        signer("20260801", seen),
        [Code::SignerRevoked],
        "that instant"
    );
    assert_eq!(signer("20260803", None), [Code::RevokedLater], "as it says");
    assert_eq!(
        signer("20260803", seen),
        [Code::RevokedSince],
        "as is proved"
    );
    assert_eq!(
        signer("20260802", seen),
        [Code::RevokedLater],
        "before it was seen"
    );
    let maker = |since| judged_revoked(&office.maker, since, None);
    assert_eq!(maker("20260131"), [Code::MakerRevoked]);
    assert_eq!(maker("20260202"), [Code::RevokedLater]);
    assert_eq!(
        judged_revoked(&office.root, "20260101", None),
        [],
        "the root's own number"
    );
    let seal = |id, since| {
        let seals = [RevokedSeal {
            id,
            since: day(since),
        }];
        let trust = Trust {
            seals: Some(&seals),
            ..trust()
        };
        codes(&verify(office.signature.raw(), &asked(), &trust))
    };
    assert_eq!(seal(office.seal.id(), "20260731"), [Code::SealRevoked]);
    assert_eq!(seal(office.seal.id(), "20260802"), [Code::RevokedLater]);
    assert_eq!(seal("513200-zfb-seal02", "20260101"), []);
}

#[test]
fn e4_where_no_list_speaks_of_a_certificate_that_is_told() {
    let office = office();
    let early = day("20260731");
    let before = [RevocationList::known(&office.root, early, vec![])];
    let others = [RevocationList::known(&office.signer, asked().now, vec![])];
    let serial = office.signer.serial().to_vec();
    let revoked_early = [RevocationList::known(
        &office.root,
        early,
        vec![(serial, early)],
    )];
    let with = |lists, seals| {
        let trust = Trust {
            lists,
            seals,
            ..trust()
        };
        let report = verify(office.signature.raw(), &asked(), &trust);
        (codes(&report), report.verdict())
    };
    let unknown = (vec![Code::RevocationUnknown], Verdict::Incomplete);
    assert_eq!(with(&[], Some(&[])), unknown, "no list");
    assert_eq!(
        with(&before, Some(&[])),
        unknown,
        "made before the signature"
    );
    assert_eq!(with(&others, Some(&[])), unknown, "of another issuer");
    assert_eq!(with(trust().lists, None), unknown, "no list of seals");
    let (found, verdict) = with(&revoked_early, Some(&[]));
    assert_eq!(
        found,
        [Code::SignerRevoked, Code::RevocationUnknown],
        "an old list counts too"
    );
    assert_eq!(verdict, Verdict::Invalid);
}

/// The bytes of a certificate that tells the key id of `to` in place of that of `from`.
fn naming(der: &[u8], from: &Certificate, to: &Certificate) -> Vec<u8> {
    let [from, to] = [from, to].map(|issuer| sm3(issuer.sm2_key().expect("SM2").point()));
    let at = der
        .windows(20)
        .position(|window| window == &from[..20])
        .expect("its id");
    let mut der = der.to_vec();
    der[at..at + 20].copy_from_slice(&to[..20]);
    der
}

/// A signature, valid but for its signer's certificate, which an impostor with the root's name made
/// and which tells the real root's key id or the impostor's.
fn by_impostor(tells_the_real_key: bool) -> (Certificate, SesSignature) {
    let office = office();
    let (forger, key) = (secret(30), secret(31));
    let whole = office.root.validity();
    let root = Issuer::root(&forger, holder("江州市根证书"), whole, &mut rng(32)).expect("a root");
    assert_eq!(root.subject(), office.root.subject());
    let issuer = Issuer::new(&forger, &root).expect("an issuer");
    let leaf = issuer.certify(
        Profile::Seal,
        key.public(),
        holder("冒名"),
        validity(),
        &mut rng(33),
    );
    let mut leaf = leaf.expect("a certificate");
    if tells_the_real_key {
        leaf = resigned(&naming(leaf.der(), &root, &office.root), &forger);
    }
    let signers = [leaf.clone()];
    let draft = draft(&office.picture, &signers);
    let seal = make_seal(&draft, &office.maker, &office.maker_secret, &mut rng(34));
    let signature = sign(&to_sign(&seal.expect("a seal")), &leaf, &key, &mut rng(35));
    (root, signature.expect("a signature"))
}

#[test]
fn e4_a_chain_that_only_bears_the_name_does_not_stand() {
    let (root, signature) = by_impostor(true);
    assert_eq!(codes(&judged(signature.raw())), [Code::SignerChainBroken]);
    assert_eq!(judged(signature.raw()).verdict(), Verdict::Invalid);
    let offered = [root];
    let with = Trust {
        others: &offered,
        ..trust()
    };
    let report = verify(signature.raw(), &asked(), &with);
    assert_eq!(
        codes(&report),
        [Code::SignerChainBroken],
        "its root is offered"
    );
    let (root, signature) = by_impostor(false);
    assert_eq!(
        codes(&judged(signature.raw())),
        [Code::SignerNotTrusted],
        "another key of that name"
    );
    let anchors = [office().root.clone(), root];
    let with = Trust {
        signers: &anchors,
        ..trust()
    };
    assert_eq!(
        codes(&verify(signature.raw(), &asked(), &with)),
        [],
        "whoever trusts it"
    );
}

#[test]
fn e4_only_what_the_caller_names_is_an_anchor() {
    let office = office();
    let root = [office.root.clone()];
    let signer = [office.signer.clone()];
    let judged = |signers, others| {
        let trust = Trust {
            signers,
            others,
            ..trust()
        };
        codes(&verify(office.signature.raw(), &asked(), &trust))
    };
    assert_eq!(judged(&[], &[]), [Code::SignerNotTrusted]);
    assert_eq!(
        judged(&[], &root),
        [Code::SignerNotTrusted],
        "offered is not trusted"
    );
    assert_eq!(judged(&signer, &[]), [], "it is itself an anchor");
}

#[test]
fn e4_a_certificate_that_is_no_authoritys_certifies_nobody() {
    let office = office();
    let issuer = Issuer::new(&office.secret, &office.signer);
    assert!(issuer.is_err(), "it refuses already while making");
    // By hand: the body of another certificate with the signer as its issuer.
    let key = secret(32);
    let mut body = certified(&key, "下属单位").der().to_vec();
    let (from, to) = (office.root.subject(), office.signer.subject());
    let at = body
        .windows(from.len())
        .position(|window| window == from)
        .expect("the issuer");
    body.splice(at..at + from.len(), to.iter().copied());
    let below = resigned(&naming(&body, &office.root, &office.signer), &office.secret);
    let signers = [below.clone()];
    let seal = make_seal(
        &draft(&office.picture, &signers),
        &office.maker,
        &office.maker_secret,
        &mut rng(33),
    );
    let signature = sign(&to_sign(&seal.expect("a seal")), &below, &key, &mut rng(34));
    let signature = signature.expect("a signature");
    for (name, anchors, others) in [
        ("a signer as an anchor", vec![office.signer.clone()], vec![]),
        (
            "a signer between",
            vec![office.root.clone()],
            vec![office.signer.clone()],
        ),
    ] {
        let trust = Trust {
            signers: &anchors,
            others: &others,
            ..trust()
        };
        let report = verify(signature.raw(), &asked(), &trust);
        let expected = [Code::SignerChainBroken, Code::RevocationUnknown];
        assert_eq!(codes(&report), expected, "{name}");
    }
}

/// A certificate whose bytes were changed, with lengths put right, signed by `secret`.
fn resigned(changed: &[u8], secret: &Sm2Secret) -> Certificate {
    // The changed bytes are longer or shorter than the two outer lengths say: skip both headers.
    let fields = &changed[8..];
    let algorithm = sequence(&[tlv(tag::OID, super::office::SM2_WITH_SM3)]);
    let end = fields
        .windows(algorithm.len())
        .rposition(|window| window == algorithm);
    let body = tlv(tag::SEQUENCE, &fields[..end.expect("the outer algorithm")]);
    let signature = secret.sign(&body, &mut rng(35)).expect("chance").to_der();
    let der = sequence(&[body, algorithm, bits(&signature)]);
    Certificate::read(&der).expect("it was put right")
}

#[test]
fn e4_another_algorithm_curve_or_point_is_never_called_right() {
    let office = office();
    let mut parts = Parts::good();
    // ecdsa-with-SHA256, and SM2 without a digest.
    for algorithm in [
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2][..],
        &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d, 1],
    ] {
        parts.algorithm = algorithm;
        wrong(
            "another algorithm",
            &parts.signed(&office.secret),
            &[Code::SignatureAlgorithm],
        );
    }
    parts.algorithm = super::office::SM2_WITH_SM3;
    let der = office.signer.der();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = der
            .windows(from.len())
            .position(|window| window == from)
            .expect("it is there");
        let mut der = der.to_vec();
        der[at..at + to.len()].copy_from_slice(to);
        der
    };
    let key = office.secret.public().point();
    let mut off_the_curve = *key;
    off_the_curve[64] ^= 1;
    let curve = Oid::parse("1.2.156.10197.1.301").expect("an identifier");
    let mut other_curve = curve.content().to_vec();
    other_curve[7] ^= 1;
    let cases: [(&str, Vec<u8>, &[Code]); 3] = [
        (
            "a point off the curve",
            replaced(key, &off_the_curve),
            &[
                Code::SignerPoint,
                Code::SignerNotListed,
                Code::SignerChainBroken,
            ],
        ),
        (
            "another curve",
            replaced(curve.content(), &other_curve),
            &[
                Code::SignerKey,
                Code::SignerNotListed,
                Code::SignerChainBroken,
            ],
        ),
        (
            "no certificate",
            vec![0x30, 0],
            &[Code::SignerUnreadable, Code::SignerNotListed],
        ),
    ];
    for (name, certificate, expected) in cases {
        parts.certificate = certificate;
        wrong(name, &parts.signed(&office.secret), expected);
    }
}

#[test]
fn e4_a_certificate_that_is_not_for_signing_is_refused() {
    let office = office();
    let signers = [office.root.clone()];
    let seal = make_seal(
        &draft(&office.picture, &signers),
        &office.maker,
        &office.maker_secret,
        &mut rng(36),
    );
    let parts = Parts {
        seal: seal.expect("a seal").raw().to_vec(),
        certificate: office.root.der().to_vec(),
        ..Parts::good()
    };
    wrong(
        "the root signs",
        &parts.signed(&office.root_secret),
        &[Code::SignerUsage],
    );
}

#[test]
fn e4_the_seals_file_is_the_seal_in_the_signature() {
    let office = office();
    let with = |file: &'static [u8]| Asked {
        seal_file: Some(file),
        ..asked()
    };
    let same = verify(office.signature.raw(), &with(office.seal.raw()), &trust());
    assert_eq!(codes(&same), []);
    for file in [&[][..], &office.seal.raw()[1..], office.signature.raw()] {
        let report = verify(office.signature.raw(), &with(file), &trust());
        assert_eq!(codes(&report), [Code::SealFileDiffers]);
    }
}

#[test]
fn e4_a_digest_of_another_length_is_found() {
    let office = office();
    for hash in [&sm3(b"Signature.xml")[..31], &[0; 64], b"x"] {
        let parts = Parts {
            hash: bits(hash),
            ..Parts::good()
        };
        wrong(
            "another digest",
            &parts.signed(&office.secret),
            &[Code::DataHashDiffers],
        );
    }
}
