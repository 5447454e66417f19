//! Whom an inspection trusts: a folder of certificates and lists of what was revoked.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use yichuan_document::Timestamp;
use yichuan_layout::contents::Signature;
use yichuan_seal::certificate::{CRL_BYTES_MAX, Certificate, RevocationList};
use yichuan_seal::instant;
use yichuan_seal::ses::{Report, RevokedSeal, Trust};

use crate::lang::say;
use crate::office::Failed;

/// Files that are read of one folder.
const FILES_MAX: usize = 500;
/// The bytes of one file: PEM is a third longer than what it holds.
const FILE_BYTES_MAX: u64 = 2 * CRL_BYTES_MAX as u64;
/// Endings of files with certificates, and with lists.
const CERTIFICATES: &[&str] = &["cer", "crt", "pem", "der"];
const LISTS: &[&str] = &["crl", "pem", "der"];

/// Anchors and lists, as they were read. The default trusts nobody.
#[derive(Default)]
pub(super) struct Trusted {
    makers: Vec<Certificate>,
    signers: Vec<Certificate>,
    others: Vec<Certificate>,
    lists: Vec<RevocationList>,
    /// Revoked seals; none where the folder does not say.
    seals: Option<Vec<(String, Timestamp)>>,
}

impl Trusted {
    /// Reads `makers`, `signers`, `others` (certificates) and `crl` below `folder`, each of which
    /// may be absent, and `seals.txt`: a revoked seal on each line, its id and since when.
    pub(super) fn read(folder: &Path) -> Result<Self, Failed> {
        if !folder.is_dir() {
            return Err(wrong(folder, say("不是文件夹", "not a folder")));
        }
        let certificates = |name: &str| {
            let mut found = Vec::new();
            for path in files(&folder.join(name), CERTIFICATES)? {
                for der in blocks(&path)? {
                    let certificate = Certificate::read(&der).map_err(|why| wrong(&path, why))?;
                    found.push(certificate);
                }
            }
            Ok::<_, Failed>(found)
        };
        let mut trusted = Self {
            makers: certificates("makers")?,
            signers: certificates("signers")?,
            others: certificates("others")?,
            ..Self::default()
        };
        for path in files(&folder.join("crl"), LISTS)? {
            for der in blocks(&path)? {
                let list = trusted.list(&der).map_err(|why| wrong(&path, why))?;
                trusted.lists.push(list);
            }
        }
        let seals = folder.join("seals.txt");
        if seals.exists() {
            let bytes = read(&seals)?;
            trusted.seals = Some(revoked(&seals, &String::from_utf8_lossy(&bytes))?);
        }
        Ok(trusted)
    }

    /// A list of revocations by whichever known certificate signed it.
    fn list(&self, der: &[u8]) -> Result<RevocationList, String> {
        let issuers = [&self.makers, &self.signers, &self.others];
        let mut why = say("没有签发者的证书", "there is no certificate of its issuer").to_owned();
        for issuer in issuers.into_iter().flatten() {
            match RevocationList::read(der, issuer) {
                Ok(list) => return Ok(list),
                Err(cause) => why = cause.to_string(),
            }
        }
        Err(why)
    }

    /// Judges a signature.
    pub(super) fn judge(&self, signature: &Signature, now: Timestamp) -> Report {
        let seals = self.seals.as_ref().map(|seals| {
            let seals = seals.iter();
            let seals = seals.map(|(id, since)| RevokedSeal { id, since: *since });
            seals.collect::<Vec<_>>()
        });
        let trust = Trust {
            makers: &self.makers,
            signers: &self.signers,
            others: &self.others,
            lists: &self.lists,
            seals: seals.as_deref(),
        };
        signature.judge(&trust, None, now)
    }
}

fn wrong(path: &Path, why: impl std::fmt::Display) -> Failed {
    Failed::Usage(super::plain(&format!("{}: {why}", path.display())))
}

/// The files of a folder with one of these endings, by name; none where there is no folder.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, Failed> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let listed = std::fs::read_dir(folder).map_err(|why| wrong(folder, why))?;
    let mut found = Vec::new();
    for entry in listed {
        let path = entry.map_err(|why| wrong(folder, why))?.path();
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        if endings.iter().any(|known| ending == *known) {
            found.push(path);
        }
        if found.len() > FILES_MAX {
            return Err(wrong(folder, say("文件过多", "too many files")));
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    let file = File::open(path).map_err(|why| wrong(path, why))?;
    let mut bytes = Vec::new();
    let mut file = file.take(FILE_BYTES_MAX + 1);
    file.read_to_end(&mut bytes)
        .map_err(|why| wrong(path, why))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(wrong(path, say("文件过大", "the file is too large")));
    }
    Ok(bytes)
}

/// What a file holds: each block of PEM (RFC 7468), or all of it as DER.
fn blocks(path: &Path) -> Result<Vec<Vec<u8>>, Failed> {
    let bytes = read(path)?;
    let Some(text) = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.contains("-----BEGIN "))
    else {
        return Ok(vec![bytes]);
    };
    let mut blocks = Vec::new();
    for block in text.split("-----BEGIN ").skip(1) {
        let body = block
            .split_once("-----")
            .and_then(|(_, rest)| rest.split_once("-----END "));
        let body: Option<String> = body.map(|(body, _)| body.split_ascii_whitespace().collect());
        let der = body.and_then(|body| BASE64.decode(body.as_bytes()).ok());
        blocks.push(der.ok_or_else(|| wrong(path, say("不是 PEM", "this is no PEM")))?);
    }
    Ok(blocks)
}

/// Lines of an id and a time; what follows `#` is a remark.
fn revoked(path: &Path, text: &str) -> Result<Vec<(String, Timestamp)>, Failed> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let parts = line.split_once(char::is_whitespace);
        let read = parts.and_then(|(id, since)| {
            let (since, _) = instant::from_free_text(since.trim())?;
            Some((id.to_owned(), since))
        });
        let expected = say(
            "应为“印章编号 吊销时间”，如 seal01 20260801120000Z",
            "an id and a time are expected, such as seal01 20260801120000Z",
        );
        found.push(read.ok_or_else(|| wrong(path, format!("{number}: {expected}")))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_one_or_holds_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(Trusted::read(&path.join("absent")).is_err());
        let empty = Trusted::read(path).unwrap();
        assert!(empty.makers.is_empty() && empty.seals.is_none());
        for (name, content) in [
            ("makers/a.cer", "no certificate"),
            ("signers/a.pem", "-----BEGIN CERTIFICATE-----\n!!\n-----END"),
            ("others/a.pem", "-----BEGIN CERTIFICATE-----"),
            ("crl/a.crl", "no list"),
            ("seals.txt", "seal01"),
            ("seals.txt", "seal01 yesterday"),
        ] {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, content).unwrap();
            let why = Trusted::read(path).err().map(|why| why.to_string());
            assert!(why.is_some_and(|why| why.contains(name)), "{name}");
            std::fs::remove_file(file).unwrap();
        }
        std::fs::write(path.join("makers/readme.txt"), "not looked at").unwrap();
        let text = "# revoked\nseal01 20260801120000Z  # lost\n\n";
        std::fs::write(path.join("seals.txt"), text).unwrap();
        let read = Trusted::read(path).unwrap().seals.unwrap();
        let since = Timestamp::from_unix_ms(1_785_585_600_000);
        assert_eq!(read, [("seal01".to_owned(), since)]);
    }
}
