//! OpenSSL 3 as a reader that is not ours: it verifies the SM2 signature in a sealed file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use data_encoding::HEXLOWER;

fn openssl(folder: &Path, line: &str) -> Vec<u8> {
    let mut command = Command::new("openssl");
    let command = command.args(line.split(' ')).current_dir(folder);
    let told = command.output().unwrap();
    assert!(told.status.success(), "openssl {line}: {told:?}");
    told.stdout
}

/// The value of the outermost sequence's fields: offset, header, content.
fn fields(told: &str) -> Vec<(usize, usize, usize)> {
    let number = |line: &str, name: &str| -> usize {
        let rest = line.split_once(name).unwrap().1.trim_start();
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    told.lines()
        .filter(|line| line.contains(":d=1 "))
        .map(|line| {
            let at = line.trim_start().split(':').next().unwrap();
            (
                at.parse().unwrap(),
                number(line, "hl="),
                number(line, " l="),
            )
        })
        .collect()
}

/// The value of the signature in an OFD, and what it covers.
fn in_ofd(sealed: &Path) -> (Vec<u8>, Vec<u8>) {
    let mut package = zip::ZipArchive::new(File::open(sealed).unwrap()).unwrap();
    let names = package.file_names().map(|name| name.unwrap().into_owned());
    let names: Vec<String> = names.collect();
    let mut entry = |ending: &str| {
        let name = names.iter().find(|name| name.ends_with(ending)).unwrap();
        let mut bytes = Vec::new();
        let mut entry = package.by_name(name).unwrap();
        entry.read_to_end(&mut bytes).unwrap();
        bytes
    };
    (entry("SignedValue.dat"), entry("Signature.xml"))
}

/// The value of the last signature in a PDF, and the bytes around it.
fn in_pdf(sealed: &Path) -> (Vec<u8>, Vec<u8>) {
    let bytes = fs::read(sealed).unwrap();
    let mark = b"/Contents<";
    let at = bytes.windows(mark.len()).rposition(|found| found == mark);
    let begin = at.unwrap() + mark.len();
    let length = bytes[begin..]
        .iter()
        .position(|byte| *byte == b'>')
        .unwrap();
    let mut value = HEXLOWER.decode(&bytes[begin..begin + length]).unwrap();
    // A sequence of so many bytes, and zeros behind it.
    assert_eq!(value[..2], [0x30, 0x82], "a length of two bytes");
    let whole = usize::from(value[2]) << 8 | usize::from(value[3]);
    value.truncate(4 + whole);
    let covered = [&bytes[..begin - 1], &bytes[begin + length + 1..]].concat();
    (value, covered)
}

/// Verifies the one signature in a sealed file. Says so where there is no OpenSSL 3, and leaves it
/// out.
pub(super) fn verifies(sealed: &Path) {
    let version = Command::new("openssl").arg("version").output();
    if !version.is_ok_and(|told| told.stdout.starts_with(b"OpenSSL 3")) {
        eprintln!("skipped: no OpenSSL 3 (`openssl version`)");
        return;
    }
    let (value, covered) = match sealed.extension().and_then(|ending| ending.to_str()) {
        Some("pdf") => in_pdf(sealed),
        _ => in_ofd(sealed),
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    put("value", &value);
    put("covered", &covered);
    let told = openssl(folder, "asn1parse -inform DER -in value");
    let fields = fields(&String::from_utf8_lossy(&told));
    let [message, certificate, _, signature] = fields.as_slice() else {
        panic!("four fields: {fields:?}");
    };
    let inside = |(at, header, length): &(usize, usize, usize)| {
        value[at + header..at + header + length].to_vec()
    };
    put(
        "message",
        &value[message.0..message.0 + message.1 + message.2],
    );
    put("certificate", &inside(certificate));
    // A bit string begins with its unused bits.
    put("signature", &inside(signature)[1..]);
    let key = openssl(folder, "x509 -inform DER -in certificate -noout -pubkey");
    put("key", &key);
    let verify = "pkeyutl -verify -rawin -digest sm3 -pubin -inkey key -sigfile signature -in \
                  message -pkeyopt distid:1234567812345678";
    let said = openssl(folder, verify);
    assert!(said.starts_with(b"Signature Verified Successfully"));
    let digest = openssl(folder, "dgst -sm3 -binary covered");
    let signed = &value[message.0..message.0 + message.1 + message.2];
    let found = signed.windows(digest.len()).any(|bytes| bytes == digest);
    assert!(found, "the digest of what is covered is what was signed");
}
