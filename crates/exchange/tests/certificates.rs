//! What a certificate says beside its key means nothing (protocol rule 11).

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; clippy knows only functions marked as tests"
)]

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DnType, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ED25519, date_time_ymd,
};
use yichuan_document::key::PublicKey;
use yichuan_wire::certificate;

fn pair() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

fn key_of(pair: &KeyPair) -> PublicKey {
    let bytes: [u8; 32] = pair.public_key_raw().try_into().unwrap();
    PublicKey::ed25519(bytes).unwrap()
}

fn read(made: &Certificate) -> Option<PublicKey> {
    certificate::public_key(made.der())
}

/// An extension that a verifier of chains would have to understand.
fn critical() -> CustomExtension {
    let mut extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], b"\x05\x00".to_vec());
    extension.set_criticality(true);
    extension
}

#[test]
fn a10_a_certificate_that_claims_to_be_an_authority_or_a_seal_conveys_its_key_alone() {
    let own = pair();
    let plain = CertificateParams::new(vec!["yichuan".to_owned()]).unwrap();
    let plain = plain.self_signed(&own).unwrap();
    let mut grand = CertificateParams::new(vec!["513200-zfb.example".to_owned()]).unwrap();
    grand
        .distinguished_name
        .push(DnType::CommonName, "513200-zfb-seal01");
    grand.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    grand.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::ContentCommitment,
    ];
    grand.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("nobody.example".to_owned())],
        excluded_subtrees: vec![GeneralSubtree::DnsName("yichuan".to_owned())],
    });
    grand.custom_extensions = vec![critical()];
    // Expired long ago; who may connect is for the roster to say, not for a date in here.
    grand.not_before = date_time_ymd(1990, 1, 1);
    grand.not_after = date_time_ymd(1991, 1, 1);
    let grand = grand.self_signed(&own).unwrap();
    assert_eq!(read(&plain), Some(key_of(&own)));
    assert_eq!(read(&grand), Some(key_of(&own)));
}

#[test]
fn a10_a_certificate_that_another_has_issued_is_not_that_others() {
    let (enrolled, stranger) = (pair(), pair());
    let mut authority = CertificateParams::new(vec!["yichuan".to_owned()]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = Issuer::new(authority, enrolled);
    let leaf = CertificateParams::new(vec!["yichuan".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&stranger, &issuer).unwrap();
    assert_eq!(read(&leaf), Some(key_of(&stranger)));
}

#[test]
fn a10_a_second_key_in_a_certificate_makes_it_none() {
    let (enrolled, stranger) = (pair(), pair());
    let mut params = CertificateParams::new(vec!["yichuan".to_owned()]).unwrap();
    // Its SubjectPublicKeyInfo (RFC 8410), where nobody looks for one.
    let front = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let smuggled = [front.as_slice(), enrolled.public_key_raw()].concat();
    let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 2], smuggled);
    params.custom_extensions = vec![extension];
    let two = params.self_signed(&stranger).unwrap();
    assert_eq!(read(&two), None);
}
