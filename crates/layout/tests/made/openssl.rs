//! OpenSSL 3 as a second opinion on a sealed file: it reads the structure, computes every digest
//! and verifies the signature. Skipped, said aloud, where there is none.

use std::path::Path;
use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};

use super::office::{entries, entry, sealed_by};
use super::paper::Paper;

fn is_there() -> bool {
    let version = Command::new("openssl").arg("version").output();
    let is_3 = version.is_ok_and(|told| told.stdout.starts_with(b"OpenSSL 3"));
    if !is_3 {
        eprintln!("skipped: no OpenSSL 3 (`openssl version`)");
    }
    is_3
}

fn openssl(folder: &Path, line: &str) -> Vec<u8> {
    let mut command = Command::new("openssl");
    let command = command.args(line.split(' ')).current_dir(folder);
    let told = command.output().expect("it ran a moment ago");
    assert!(told.status.success(), "openssl {line}: {told:?}");
    told.stdout
}

/// The values at a depth: offset, length of the header, length of the content, kind.
fn at_depth(told: &str, depth: usize) -> Vec<(usize, usize, usize, String)> {
    let wanted = format!(":d={depth} ");
    let lines = told.lines().filter(|line| line.contains(&wanted));
    let number = |line: &str, name: &str| {
        let rest = line.split_once(name).expect("it is told").1;
        let digits = rest.trim_start().split(' ').next().expect("digits");
        digits.parse::<usize>().expect("a number")
    };
    lines
        .map(|line| {
            let at = line.trim_start().split(':').next().expect("an offset");
            let kind = line.split_once(": ").expect("a kind").1.trim();
            let kind = kind.split("  ").next().expect("a kind").to_owned();
            (
                at.parse().expect("a number"),
                number(line, "hl="),
                number(line, " l="),
                kind,
            )
        })
        .collect()
}

#[test]
fn openssl_verifies_a_sealed_file() {
    if !is_there() {
        return;
    }
    let sealed = sealed_by(2, &Paper::notice().ofd());
    for sign in ["Sign_1", "Sign_2"] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let put = |name: &str, bytes: &[u8]| {
            std::fs::write(folder.join(name), bytes).expect("the folder takes it");
        };
        let part = |name: &str| entry(&sealed, &format!("Doc_0/Signs/{sign}/{name}"));
        let (value, xml) = (part("SignedValue.dat"), part("Signature.xml"));
        put("value", &value);
        put("seal", &part("Seal.esl"));
        openssl(folder, "asn1parse -inform DER -in seal");
        let told = openssl(folder, "asn1parse -inform DER -in value");
        let told = String::from_utf8_lossy(&told).into_owned();
        let fields = at_depth(&told, 1);
        let kinds: Vec<&str> = fields.iter().map(|field| field.3.as_str()).collect();
        assert_eq!(kinds, ["SEQUENCE", "OCTET STRING", "OBJECT", "BIT STRING"]);
        let whole = |field: &(usize, usize, usize, String)| {
            value[field.0..field.0 + field.1 + field.2].to_vec()
        };
        let inside = |field: &(usize, usize, usize, String)| whole(field)[field.1..].to_vec();
        put("message", &whole(&fields[0]));
        put("certificate", &inside(&fields[1]));
        put("signature", &inside(&fields[3])[1..]);
        let key = openssl(folder, "x509 -inform DER -in certificate -noout -pubkey");
        put("key", &key);
        let verify = "pkeyutl -verify -rawin -digest sm3 -pubin -inkey key -sigfile signature \
                      -in message -pkeyopt distid:1234567812345678";
        let said = openssl(folder, verify);
        assert!(said.starts_with(b"Signature Verified Successfully"));

        // The digest in the structure is that of Signature.xml, and those in it of the entries.
        put("xml", &xml);
        let digest = openssl(folder, "dgst -sm3 -binary xml");
        let signed = at_depth(&told, 2);
        let hash = signed.iter().find(|field| field.3 == "BIT STRING");
        assert_eq!(inside(hash.expect("dataHash"))[1..], digest);
        let text = String::from_utf8(xml).expect("text");
        let mut compared = 0;
        for (name, content) in entries(&sealed) {
            let reference = format!("FileRef=\"/{name}\"><ofd:CheckValue>");
            let Some((_, rest)) = text.split_once(&reference) else {
                continue;
            };
            let told = rest.split('<').next().expect("a value");
            put("entry", &content);
            let digest = openssl(folder, "dgst -sm3 -binary entry");
            assert_eq!(
                told,
                BASE64.encode(&digest),
                "{name}: {}",
                HEXLOWER.encode(&digest)
            );
            compared += 1;
        }
        let ordinal = usize::from(sign == "Sign_2");
        assert_eq!(compared, Paper::notice().parts().len() + 1 + 3 * ordinal);
    }
}
