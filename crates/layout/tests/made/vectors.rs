//! `proto/vectors/seal/ofd.json`: files and records, and what `apply/1` makes of them. The digests
//! were computed by a second implementation too, `tests/python/seal_ofd.py`.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use yichuan_document::Digest;
use yichuan_layout::Limits;
use yichuan_layout::sealing::apply;
use yichuan_seal::SealRecord;

use super::office::verdicts;

const OFD: &str = include_str!("../../../../proto/vectors/seal/ofd.json");

fn text<'v>(case: &'v Value, field: &str) -> &'v str {
    let text = case[field].as_str();
    text.unwrap_or_else(|| panic!("{field} of {case}"))
}

#[test]
fn what_was_sealed_once_is_sealed_so_for_ever() {
    let file: Value = serde_json::from_str(OFD).expect("a file of vectors is JSON");
    let (mut stand, mut refused) = (0, 0);
    let lists = ["applied", "refused"].map(|list| file[list].as_array().expect("a list"));
    for case in lists.into_iter().flatten() {
        let name = text(case, "name");
        let before = BASE64.decode(text(case, "before").as_bytes());
        let record = HEXLOWER.decode(text(case, "record").as_bytes());
        let record = SealRecord::read(&record.expect("hexadecimal digits")).expect(name);
        match apply(&before.expect("base64"), &record, &Limits::default()) {
            Ok(sealed) => {
                assert_eq!(
                    Digest::of(&sealed).to_string(),
                    text(case, "sealed"),
                    "{name}"
                );
                assert_eq!(Value::from(sealed.len()), case["bytes"], "{name}");
                let verdicts = verdicts(&sealed);
                assert!(
                    verdicts.iter().all(|(verdict, _)| *verdict == "valid"),
                    "{name}"
                );
                stand += 1;
            }
            Err(why) => {
                assert_eq!(why.code(), text(case, "refused"), "{name}");
                refused += 1;
            }
        }
    }
    assert!(stand >= 9 && refused > stand, "{stand} {refused}");
}
