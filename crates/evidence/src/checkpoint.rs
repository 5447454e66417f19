//! Checkpoints: the log's size and root, signed (C2SP tlog-checkpoint, in a C2SP signed note).
//!
//! A note is read strictly and only as far as it is understood: signatures by unknown keys are
//! counted, never believed, and dropped when the checkpoint is handed on. This module never
//! decides which keys are the log's; the roster does.

mod note;

use core::fmt;

use data_encoding::BASE64;
use yichuan_document::key::SigningSecret;
use yichuan_document::tree::LARGEST_TREE;
use yichuan_document::{Digest, Origin};

use note::SignatureLine;
pub use note::{
    LARGEST_NOTE, LONGEST_KEY_NAME, MOST_SIGNATURES, NoteKey, NoteKeyRefused, NoteRefused,
};

/// The state of a log: so many entries, this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: Origin,
    /// How many entries the log has.
    pub size: u64,
    /// The RFC 6962 root over the entries.
    pub root: Digest,
}

impl Checkpoint {
    /// The text that is signed: origin, size in decimal, root in base64, each with a newline.
    pub fn body(&self) -> String {
        let root = BASE64.encode(self.root.as_bytes());
        format!("{}\n{}\n{root}\n", self.origin.as_str(), self.size)
    }

    /// Reads the text of a checkpoint, unsigned. Refuses every text that [`Checkpoint::body`]
    /// would not write: extension lines, leading zeros, another base64.
    pub fn parse(body: &str) -> Result<Self, NoteRefused> {
        let lines: Vec<&str> = body
            .strip_suffix('\n')
            .unwrap_or(body)
            .split('\n')
            .collect();
        let [origin, size, root, extensions @ ..] = lines.as_slice() else {
            return Err(NoteRefused::Body);
        };
        if !extensions.is_empty() {
            return Err(NoteRefused::Extension);
        }
        let origin = origin.parse().map_err(|_| NoteRefused::Origin)?;
        let size: u64 = size.parse().map_err(|_| NoteRefused::Size)?;
        if size > LARGEST_TREE {
            return Err(NoteRefused::Size);
        }
        let root = BASE64
            .decode(root.as_bytes())
            .ok()
            .and_then(|root| root.try_into().ok());
        let root = Digest::from_bytes(root.ok_or(NoteRefused::Root)?);
        let checkpoint = Self { origin, size, root };
        // What the parsers of the parts let through, such as a plus sign, ends here.
        if checkpoint.body() == body {
            Ok(checkpoint)
        } else {
            Err(NoteRefused::Body)
        }
    }
}

/// A checkpoint whose signatures were verified. Only [`sign`], [`verify`] and
/// [`SignedCheckpoint::merge`] make one.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    /// The lines by known keys, in the order of their key ids.
    lines: Vec<SignatureLine>,
    unknown_lines: usize,
}

impl SignedCheckpoint {
    /// What was signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The ids of the keys whose signatures stand, rising.
    pub fn key_ids(&self) -> impl Iterator<Item = [u8; 4]> {
        self.lines.iter().map(|line| line.key_id)
    }

    /// How many signature lines were by keys that the verifier does not know.
    pub const fn unknown_lines(&self) -> usize {
        self.unknown_lines
    }

    /// The note with the verified lines only, in the order of their key ids: what goes into
    /// stores and bundles.
    pub fn export(&self) -> String {
        let mut note = self.checkpoint.body();
        note.push('\n');
        for line in &self.lines {
            line.write(self.checkpoint.origin.as_str(), &mut note);
        }
        note
    }

    /// The same checkpoint with the verified signatures of both. Where both have one by the same
    /// key, that of `self` stays. Unknown lines are dropped. Refuses two different checkpoints.
    pub fn merge(&self, other: &Self) -> Result<Self, NotTheSame> {
        if self.checkpoint != other.checkpoint {
            return Err(NotTheSame);
        }
        let mut lines = self.lines.clone();
        lines.extend(other.lines.iter().cloned());
        // Stable, so that of two lines by one key the first is that of `self`.
        lines.sort_by_key(|line| line.key_id);
        lines.dedup_by_key(|line| line.key_id);
        Ok(Self {
            checkpoint: self.checkpoint.clone(),
            lines,
            unknown_lines: 0,
        })
    }
}

/// Two checkpoints that were to be merged differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTheSame;

impl fmt::Display for NotTheSame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signatures are on different checkpoints")
    }
}

impl core::error::Error for NotTheSame {}

/// Signs a checkpoint with a log's key; the key's name in the note is the log's origin.
///
/// The caller promises that the tree is durable and that no other root was signed for this size.
pub fn sign(checkpoint: &Checkpoint, key: &SigningSecret) -> SignedCheckpoint {
    let line = note::sign_text(checkpoint.origin.as_str(), &checkpoint.body(), key);
    SignedCheckpoint {
        checkpoint: checkpoint.clone(),
        lines: vec![line],
        unknown_lines: 0,
    }
}

/// Reads a note and checks every signature in it by one of `keys`, the keys of the log.
///
/// Refuses a note that is not exactly a checkpoint with signatures, one where the signature of a
/// known key fails or repeats, one where no known key signed, and one whose origin is not the
/// name of the key that signed it.
pub fn verify(note: &[u8], keys: &[NoteKey]) -> Result<SignedCheckpoint, NoteRefused> {
    let opened = note::open(note, keys)?;
    let checkpoint = Checkpoint::parse(opened.text)?;
    if opened
        .names()
        .any(|name| name != checkpoint.origin.as_str())
    {
        return Err(NoteRefused::ForeignKey);
    }
    let mut lines = opened.lines;
    lines.sort_by_key(|line| line.key_id);
    Ok(SignedCheckpoint {
        checkpoint,
        lines,
        unknown_lines: opened.unknown_lines,
    })
}

#[cfg(test)]
mod tests;
