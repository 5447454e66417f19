//! OpenSSL 3 as a second opinion: it verifies and parses what was made here, and what it signs is
//! verified here. Skipped, said aloud, where there is none.

#![allow(clippy::disallowed_methods, reason = "a test asks another program")]

use std::path::Path;
use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};
use tempfile::TempDir;

use super::office::{day, holder, office, rng, validity};
use crate::certificate::{Certificate, Issuer, NotAList, Profile, RevocationList};
use crate::der::{Reader, bits, explicit, integer, octets, sequence, tag, tlv};
use crate::ses::SesSignature;
use crate::sm2_key::{SIGNER_ID, Sm2Signature, sm3};

/// How `pkeyutl` is told the algorithm and the id.
const SM2: &str = "-rawin -digest sm3";
const ID: &str = "-pkeyopt distid:";

/// A folder with a program beside it.
struct Bench(TempDir);

fn bench() -> Option<Bench> {
    let version = Command::new("openssl").arg("version").output();
    let is_3 = version.is_ok_and(|told| told.stdout.starts_with(b"OpenSSL 3"));
    if !is_3 {
        eprintln!("skipped: no OpenSSL 3 (`openssl version`)");
        return None;
    }
    Some(Bench(TempDir::new().expect("a folder")))
}

impl Bench {
    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).expect("the folder takes it");
    }

    fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).expect("it was just written")
    }

    /// Runs one command; returns whether it ended well, and what it said.
    fn run(&self, line: &str) -> (bool, String) {
        let mut command = Command::new("openssl");
        command.args(line.split(' ')).current_dir(self.path());
        let told = command.output().expect("it ran a moment ago");
        let text = [told.stdout, told.stderr].concat();
        (
            told.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    fn must(&self, line: &str) -> String {
        let (well, told) = self.run(line);
        assert!(well, "openssl {line}\n{told}");
        told
    }
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        wrapped(der)
    )
    .into_bytes()
}

fn wrapped(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64"))
        .collect();
    lines.join("\n")
}

/// The public key in a certificate, as its bytes stand there.
fn key_info(certificate: &Certificate) -> Vec<u8> {
    let body = Reader::new(certificate.der(), 1 << 20).and_then(|mut whole| {
        let mut fields = whole
            .take(tag::SEQUENCE)?
            .inside()
            .take(tag::SEQUENCE)?
            .inside();
        for _ in 0..6 {
            fields.any()?;
        }
        fields.any()
    });
    body.expect("the seventh field").raw.to_vec()
}

#[test]
fn openssl_verifies_what_was_signed_here() {
    let Some(bench) = bench() else { return };
    let office = office();
    let pairs = [
        (
            "document",
            &office.signer,
            office.signature.signed_bytes().to_vec(),
            office.signature.signature(),
        ),
        (
            "seal",
            &office.maker,
            office.seal.signed_bytes(),
            office.seal.signature(),
        ),
    ];
    for (name, certificate, message, signature) in pairs {
        bench.put("key.pem", &pem("PUBLIC KEY", &key_info(certificate)));
        bench.put("value", signature);
        let verify = format!(
            "pkeyutl -verify {SM2} -pubin -inkey key.pem -sigfile value -in message {ID}{SIGNER_ID}"
        );
        bench.put("message", &message);
        assert!(
            bench
                .must(&verify)
                .contains("Signature Verified Successfully"),
            "{name}"
        );
        let (well, told) = bench.run(&verify.replace("distid:1", "distid:2"));
        assert!(!well, "{name}, another id: {told}");
        bench.put("message", &[&message[..], b"x"].concat());
        assert!(!bench.run(&verify).0, "{name}, another message");
    }
}

#[test]
fn what_openssl_signed_is_verified_here() {
    let Some(bench) = bench() else { return };
    bench.must("genpkey -algorithm SM2 -out key.pem");
    let subject = "/C=CN/O=Another/CN=foreign";
    let options = format!("-sm3 -sigopt distid:{SIGNER_ID} -days 30 -outform DER -out cert.der");
    bench.must(&format!(
        "req -x509 -new -key key.pem -subj {subject} {options}"
    ));
    let certificate = Certificate::read(&bench.get("cert.der")).expect("a certificate");
    assert_eq!(certificate.common_name().as_deref(), Some("foreign"));
    assert!(certificate.is_authority(), "openssl req makes authorities");
    let key = certificate.sm2_key().expect("an SM2 key");
    for length in [0, 1, 64, 5_000] {
        let message = vec![0x5a; length];
        bench.put("message", &message);
        bench.must(&format!(
            "pkeyutl -sign {SM2} -inkey key.pem -in message -out signature {ID}{SIGNER_ID}"
        ));
        let signature = Sm2Signature::read(&bench.get("signature"))
            .expect("a signature")
            .0;
        assert!(key.verifies(&message, &signature), "{length}");
        assert!(
            !key.verifies(&[&message[..], b"x"].concat(), &signature),
            "{length}"
        );
        let digest = bench.must("dgst -sm3 -r message");
        let ours = HEXLOWER.encode(&sm3(&message));
        assert!(digest.starts_with(&ours), "{digest}");
    }
    let other = office().secret.public();
    let signature = Sm2Signature::read(&bench.get("signature"))
        .expect("a signature")
        .0;
    assert!(
        !other.verifies(&vec![0x5a; 5_000], &signature),
        "another key"
    );
}

#[test]
fn openssl_follows_the_chain_of_certificates_made_here() {
    let Some(bench) = bench() else { return };
    let office = office();
    bench.put("root.pem", &pem("CERTIFICATE", office.root.der()));
    // A certificate from 2050 on has dates of the other form.
    let late = (day("20260101"), day("20451230"));
    let key = super::office::secret(60);
    let issuer = Issuer::new(&office.root_secret, &office.root).expect("an issuer");
    let late = issuer.certify(
        Profile::Seal,
        key.public(),
        holder("后来的章"),
        late,
        &mut rng(61),
    );
    let at = validity().0.plus_ms(86_400_000).unix_ms() / 1_000;
    for certificate in [&office.maker, &office.signer, &late.expect("a certificate")] {
        bench.put("leaf.pem", &pem("CERTIFICATE", certificate.der()));
        let verify = format!(
            "verify -x509_strict -attime {at} -CAfile root.pem -vfyopt distid:{SIGNER_ID} leaf.pem"
        );
        assert!(bench.must(&verify).contains("leaf.pem: OK"));
        let (well, _) = bench.run(&verify.replace("distid:1", "distid:2"));
        assert!(!well, "another id");
        let told = bench.must("x509 -in leaf.pem -noout -text -nameopt utf8");
        for words in [
            "SM2-with-SM3",
            "Digital Signature, Non Repudiation",
            "CA:FALSE",
            "ASN1 OID: SM2",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}

#[test]
fn openssl_signs_with_a_key_made_here() {
    let Some(bench) = bench() else { return };
    let office = office();
    // ECPrivateKey (RFC 5915) inside PKCS #8 (RFC 5208), for this test alone.
    let algorithm = sequence(&[
        tlv(tag::OID, crate::certificate::known::EC_KEY),
        tlv(tag::OID, crate::certificate::known::SM2_CURVE),
    ]);
    let secret = sequence(&[
        integer(&[1]),
        octets(office.secret.to_bytes().as_ref()),
        explicit(1, &bits(office.secret.public().point())),
    ]);
    let key = sequence(&[integer(&[]), algorithm, octets(&secret)]);
    bench.put("key.pem", &pem("PRIVATE KEY", &key));
    bench.put("message", office.signature.signed_bytes());
    bench.must(&format!(
        "pkeyutl -sign {SM2} -inkey key.pem -in message -out signature {ID}{SIGNER_ID}"
    ));
    let parts = super::office::Parts::good();
    assert_eq!(parts.to_be_signed(), office.signature.signed_bytes());
    let bytes = parts.with(&bench.get("signature"), None);
    let report = crate::ses::verify(&bytes, &super::office::asked(), &super::office::trust());
    assert_eq!(
        report.findings(),
        [],
        "a foreign program's signature over our structure"
    );
}

#[test]
fn an_independent_reader_parses_what_was_made_here() {
    let Some(bench) = bench() else { return };
    let office = office();
    let signature = SesSignature::read(office.signature.raw()).expect("it was made here");
    bench.put("signature", signature.raw());
    let told = bench.must("asn1parse -inform DER -in signature");
    let expected = [
        ("d=0", "SEQUENCE", ""),
        ("d=1", "SEQUENCE", ""),
        ("d=2", "INTEGER", ":04"),
        ("d=5", "IA5STRING", ":ES"),
        ("d=5", "IA5STRING", ":YICHUAN"),
        ("d=4", "IA5STRING", ":513200-zfb-seal01"),
        ("d=5", "UTF8STRING", ":江州市人民政府办公室"),
        ("d=5", "GENERALIZEDTIME", ":20280131120000Z"),
        ("d=5", "IA5STRING", ":PNG"),
        ("d=3", "OBJECT", ":SM2-with-SM3"),
        ("d=2", "GENERALIZEDTIME", ":20260801120000Z"),
        ("d=2", "BIT STRING", ""),
        ("d=2", "IA5STRING", ":/Doc_0/Signs/Sign_0/Signature.xml"),
        ("d=1", "OCTET STRING", ""),
        ("d=1", "OBJECT", ":SM2-with-SM3"),
        ("d=1", "BIT STRING", ""),
    ];
    let mut lines = told.lines();
    for (depth, kind, value) in expected {
        let found = lines.any(|line| {
            line.contains(depth) && line.contains(kind) && line.trim_end().ends_with(value)
        });
        assert!(found, "{depth} {kind} {value} in\n{told}");
    }
    bench.put("seal", office.seal.raw());
    bench.must("asn1parse -inform DER -in seal");
    bench.put("cut", &office.seal.raw()[..office.seal.raw().len() - 1]);
    assert!(!bench.run("asn1parse -inform DER -in cut").0);
}

/// What `openssl ca` needs to be told in a file; the second certificate of the index is revoked.
const AUTHORITY: &str = "\
[ca]
default_ca = own
[own]
database = index.txt
crlnumber = crlnumber
default_md = sm3
default_crl_days = 30
";

#[test]
fn a_list_of_revocations_by_openssl_is_read() {
    let Some(bench) = bench() else { return };
    bench.must("genpkey -algorithm SM2 -out key.pem");
    let options = format!("-sm3 -sigopt distid:{SIGNER_ID} -days 30 -out root.pem");
    bench.must(&format!(
        "req -x509 -new -key key.pem -subj /CN=foreign {options}"
    ));
    bench.must("x509 -in root.pem -outform DER -out root.der");
    let root = Certificate::read(&bench.get("root.der")).expect("a certificate");
    bench.put("ca.cnf", AUTHORITY.as_bytes());
    bench.put("crlnumber", b"01\n");
    let index = "V\t360101000000Z\t\t0A\tunknown\t/CN=stands\n\
                 R\t360101000000Z\t260801000000Z,keyCompromise\t0B\tunknown\t/CN=revoked\n";
    bench.put("index.txt", index.as_bytes());
    let signed = format!("-keyfile key.pem -cert root.pem -sigopt distid:{SIGNER_ID}");
    bench.must(&format!("ca -config ca.cnf -gencrl {signed} -out crl.pem"));
    bench.must("crl -in crl.pem -outform DER -out crl.der");
    let list = RevocationList::read(&bench.get("crl.der"), &root).expect("a list");
    for (serial, since) in [("10", None), ("11", Some("20260801000000Z"))] {
        let name = format!("-new -key key.pem -subj /CN=leaf -sm3 -sigopt distid:{SIGNER_ID}");
        bench.must(&format!("req {name} -out leaf.csr"));
        let by = format!("-CA root.pem -CAkey key.pem -set_serial {serial} -sm3");
        let ids = format!("-sigopt distid:{SIGNER_ID} -vfyopt distid:{SIGNER_ID}");
        bench.must(&format!(
            "x509 -req -in leaf.csr {by} {ids} -outform DER -out leaf.der"
        ));
        let leaf = Certificate::read(&bench.get("leaf.der")).expect("a certificate");
        let told = list.since(&leaf).map(crate::instant::to_generalized);
        assert_eq!(told.as_deref(), since, "{serial}");
        assert!(list.speaks_of(&leaf, list.as_of(), list.as_of()));
    }
    let other = RevocationList::read(&bench.get("crl.der"), &office().root);
    assert_eq!(other, Err(NotAList::AnotherIssuer));
}
