//! Cases for the last record.

use super::{Case, Installation};
use crate::last_record::{LONGEST_RECORD, RecordError};

/// Every case for [`crate::LastRecord`].
pub const LAST_RECORD_CASES: &[Case] = &[
    (
        "the newest record is loaded, also after opening again",
        newest_record_is_loaded,
    ),
    (
        "a record that is too long is refused and the last one stays",
        long_record_is_refused,
    ),
];

fn newest_record_is_loaded(at: &dyn Installation) {
    let mut last = None;
    for round in 0..7_u8 {
        let record = at.last_record().expect("the record opens");
        assert_eq!(record.load().expect("loaded"), last, "round {round}");
        for length in [3, 0, LONGEST_RECORD, 1]
            .into_iter()
            .take(usize::from(round % 5))
        {
            let bytes = vec![round; length];
            record.store(&bytes).expect("stored");
            assert_eq!(
                record.load().expect("loaded"),
                Some(bytes.clone()),
                "{round}, {length}"
            );
            last = Some(bytes);
        }
    }
}

fn long_record_is_refused(at: &dyn Installation) {
    let record = at.last_record().expect("the record opens");
    for length in [LONGEST_RECORD + 1, LONGEST_RECORD * 4] {
        let answer = record.store(&vec![1; length]);
        assert!(
            matches!(answer, Err(RecordError::TooLong { .. })),
            "{length}: {answer:?}"
        );
        assert_eq!(record.load().expect("loaded"), None, "{length}");
    }
    record.store(b"short").expect("a refusal does no harm");
    assert_eq!(
        record.load().expect("loaded").as_deref(),
        Some(&b"short"[..])
    );
}
