//! Words that stand in statements as numbers, for ever, and the tables that list them.

/// A word with its number, in Chinese and in English.
pub(super) type Row<T> = (T, u16, &'static str, &'static str);

/// The number of a word that stands in its table; every word of a type does.
pub(super) fn number<T: Copy + PartialEq>(table: &[Row<T>], word: T) -> u16 {
    let row = table.iter().find(|row| row.0 == word);
    row.map_or(0, |row| row.1)
}

/// The word with this number; none if this build does not know it.
pub(super) fn word<T: Copy>(table: &[Row<T>], number: u16) -> Option<T> {
    let row = table.iter().find(|row| row.1 == number);
    row.map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{
        ContactOutcome, NoteKind, Permit, PermitReason, RecallReason, RecallReply, SessionEvent,
        Wish,
    };

    /// Each word has its own number, and each number its word.
    fn is_sound<T: Copy + PartialEq>(table: &[Row<T>], number_of: impl Fn(T) -> u16) {
        for row in table {
            assert_ne!(row.1, 0, "{}", row.3);
            assert_eq!(number_of(row.0), row.1, "{}", row.3);
            assert!(word(table, row.1) == Some(row.0), "{}", row.3);
        }
        assert!(word(table, 999).is_none());
    }

    #[test]
    fn every_word_has_a_number_of_its_own() {
        is_sound(&RecallReason::ALL, RecallReason::code);
        is_sound(&RecallReply::ALL, RecallReply::code);
        is_sound(&ContactOutcome::ALL, ContactOutcome::code);
        is_sound(&NoteKind::ALL, NoteKind::code);
        is_sound(&Permit::ALL, Permit::code);
        is_sound(&PermitReason::ALL, PermitReason::code);
        is_sound(&SessionEvent::ALL, SessionEvent::code);
        is_sound(&Wish::ALL, Wish::code);
    }
}
