//! The inputs that fuzzing begins with: fixtures, vectors, and what `tests/fuzz/seeds` has.

use std::fs;
use std::io::{self, Cursor, Read as _};
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;

use super::targets::Target;
use crate::workspace::root;

/// How a vector writes bytes.
#[derive(Clone, Copy)]
enum Written {
    Hex,
    Base64,
    Text,
}

/// Vectors that are inputs of a target: the list of cases in a file, and the field of each.
struct Vectors {
    target: &'static str,
    file: &'static str,
    list: &'static str,
    /// None where the members of the list are the bytes themselves.
    field: Option<&'static str>,
    written: Written,
    /// What stands before the bytes in the input.
    before: &'static [u8],
}

const fn vectors(
    target: &'static str,
    file: &'static str,
    list: &'static str,
    field: &'static str,
    written: Written,
) -> Vectors {
    Vectors {
        target,
        file,
        list,
        field: Some(field),
        written,
        before: b"",
    }
}

/// Certificates, which the target takes behind a byte that says so.
const fn certificates(list: &'static str) -> Vectors {
    Vectors {
        target: "certificate",
        file: "seal/ses",
        list,
        field: None,
        written: Written::Base64,
        before: b"\0",
    }
}

/// All vectors that are inputs.
const VECTORS: &[Vectors] = &[
    vectors(
        "ses_signature",
        "seal/ses",
        "signatures",
        "signature",
        Written::Base64,
    ),
    certificates("makers"),
    certificates("signers"),
    vectors(
        "seal_picture",
        "seal/pictures",
        "pictures",
        "png",
        Written::Base64,
    ),
    vectors(
        "seal_record",
        "seal/records",
        "read",
        "record",
        Written::Hex,
    ),
    vectors(
        "manifest",
        "document/manifest",
        "manifest",
        "bytes",
        Written::Hex,
    ),
    vectors(
        "header",
        "envelope/envelope",
        "bodies",
        "header",
        Written::Hex,
    ),
    vectors(
        "signed",
        "document/statement",
        "statement",
        "bytes",
        Written::Hex,
    ),
    vectors("signed", "document/roster", "begin", "bytes", Written::Hex),
    vectors("signed", "document/roster", "step", "bytes", Written::Hex),
    vectors(
        "note",
        "log/checkpoints",
        "checkpoints",
        "note",
        Written::Text,
    ),
    vectors("note", "log/keys", "keys", "line", Written::Text),
    vectors("tile", "log/tiles", "paths", "path", Written::Text),
    vectors(
        "bundle",
        "bundle/bundles",
        "cases",
        "bundle",
        Written::Base64,
    ),
];

/// Makes the input of a target from a file.
type Made = fn(Vec<u8>) -> io::Result<Vec<u8>>;

/// The fixtures that are inputs, each as a target takes it.
const FIXTURES: &[(&str, &str, Made)] = &[
    ("examine_ofd", "notice.ofd", Ok),
    ("examine_ofd_parts", "notice.ofd", parts),
    ("examine_pdf", "notice.pdf", Ok),
    ("examine_pdf", "annex.pdf", Ok),
    ("examine_pdf_objects", "notice.pdf", |bytes| {
        Ok(objects(&bytes))
    }),
    ("examine_pdf_objects", "annex.pdf", |bytes| {
        Ok(objects(&bytes))
    }),
    ("seal_picture", "seal-office.png", Ok),
];

/// What divides parts, and what ends the head of one, as `tests/fuzz/containers.rs` reads them.
const RECORDS: &[u8] = b"\x1e\x1e";
const UNIT: &[u8] = b"\x1f";

/// Writes the first inputs of `target` into `folder`, and answers how many there are. What an
/// earlier run found stays there.
pub(crate) fn write(target: &Target, folder: &Path) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let mut count = 0;
    let mut put = |name: &str, bytes: &[u8]| {
        count += 1;
        fs::write(folder.join(name), bytes)
    };
    for (_, name, made) in FIXTURES.iter().filter(|row| row.0 == target.name) {
        let bytes = fs::read(root().join("tests/fixtures").join(name))?;
        put(name, &made(bytes)?)?;
    }
    for vectors in VECTORS.iter().filter(|row| row.target == target.name) {
        for (place, bytes) in vectors.read()?.iter().enumerate() {
            put(&format!("{}-{place}", vectors.list), bytes)?;
        }
    }
    if target.own_seeds().is_dir() {
        for file in fs::read_dir(target.own_seeds())? {
            let file = file?;
            put(&file.file_name().to_string_lossy(), &fs::read(file.path())?)?;
        }
    }
    Ok(count)
}

impl Vectors {
    fn read(&self) -> io::Result<Vec<Vec<u8>>> {
        let path = root().join("proto/vectors").join(self.file);
        let text = fs::read_to_string(path.with_extension("json"))?;
        let whole: Value = serde_json::from_str(&text)?;
        let cases = whole[self.list].as_array().into_iter().flatten();
        let written =
            cases.filter_map(|case| self.field.map_or(case, |field| &case[field]).as_str());
        let bytes = written
            .map(|text| self.bytes(text))
            .collect::<io::Result<Vec<_>>>()?;
        if bytes.is_empty() {
            return Err(io::Error::other(format!(
                "{}: no `{}`",
                self.file, self.list
            )));
        }
        Ok(bytes)
    }

    fn bytes(&self, text: &str) -> io::Result<Vec<u8>> {
        let bytes = match self.written {
            Written::Hex => HEXLOWER.decode(text.as_bytes()),
            Written::Base64 => BASE64.decode(text.as_bytes()),
            Written::Text => Ok(text.as_bytes().to_vec()),
        };
        let bytes = bytes.map_err(io::Error::other)?;
        Ok([self.before, &bytes].concat())
    }
}

/// The entries of a package, as the target for its parts takes them.
fn parts(package: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).map_err(io::Error::other)?;
    let mut parts = Vec::new();
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).map_err(io::Error::other)?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        let name = entry.name().map_err(io::Error::other)?;
        parts.push([name.as_bytes(), UNIT, &content].concat());
    }
    Ok(parts.join(RECORDS))
}

/// The objects of a PDF whose streams are not packed, numbered without a gap, as the target for
/// objects takes them.
fn objects(pdf: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let mut objects = Vec::new();
    for object in text.split("\nendobj\n") {
        let Some((_, body)) = object.split_once(" 0 obj\n") else {
            continue;
        };
        let stream = body.split_once(">>\nstream\n");
        let stream = stream.and_then(|(head, rest)| {
            let length = head.rfind("/Length")?;
            Some((
                head[..length].strip_prefix("<<")?,
                rest.strip_suffix("\nendstream")?,
            ))
        });
        objects.push(match stream {
            Some((head, content)) => [head.as_bytes(), UNIT, content.as_bytes()].concat(),
            None => body.as_bytes().to_vec(),
        });
    }
    objects.join(RECORDS)
}

#[cfg(test)]
mod tests {
    use super::super::targets::TARGETS;
    use super::*;

    #[test]
    fn every_target_has_first_inputs() {
        let folder = tempfile::tempdir().unwrap();
        for target in TARGETS {
            let folder = folder.path().join(target.name);
            let count =
                write(target, &folder).unwrap_or_else(|why| panic!("{}: {why}", target.name));
            let files = fs::read_dir(&folder).unwrap().count();
            assert!(count > 0, "{}", target.name);
            assert_eq!(files, count, "two of {} have one name", target.name);
        }
    }

    #[test]
    fn sources_are_of_targets_that_exist() {
        let named = VECTORS.iter().map(|row| row.target);
        for name in named.chain(FIXTURES.iter().map(|row| row.0)) {
            assert!(TARGETS.iter().any(|target| target.name == name), "{name}");
        }
    }

    #[test]
    fn objects_are_taken_out_of_a_pdf() {
        let pdf = b"%PDF-1.7\n1 0 obj\n<< /Pages 2 0 R >>\nendobj\n2 0 obj\n\
            << /Type /X /Length 3 >>\nstream\nq Q\nendstream\nendobj\nxref\n0 3\n";
        let found = objects(pdf);
        assert_eq!(
            String::from_utf8_lossy(&found),
            "<< /Pages 2 0 R >>\x1e\x1e /Type /X \x1fq Q"
        );
        assert!(objects(b"no PDF").is_empty());
    }
}
