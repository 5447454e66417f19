//! What the authority signed, in words for who does not read a terminal.

use super::words;
use crate::authority::SignedAct;

/// One record that an act puts.
#[derive(Clone, Debug)]
pub struct ActLine {
    /// What it is a record of, in words.
    pub word: String,
    /// Its id.
    pub id: String,
    /// What it says.
    pub what: String,
}

/// What was done, in words of the language of now.
pub fn act_name(act: &SignedAct) -> String {
    words::name(act)
}

/// The records that an act puts.
pub fn act_lines(act: &SignedAct) -> Vec<ActLine> {
    let rows = act.changes.iter().filter_map(words::row);
    rows.map(|row| ActLine {
        word: row.word.to_owned(),
        id: row.id,
        // Of a person the roster has a digest, which tells a reader nothing.
        what: if row.kind == "person" {
            String::new()
        } else {
            row.what
        },
    })
    .collect()
}
