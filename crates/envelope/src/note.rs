//! Small secret contents: a reason for a return, an opinion, a register number, a draft handed
//! over (protocol rule 5).
//!
//! The content is encrypted once under a key of its own, which is wrapped for each unit concerned.

use core::fmt;

use aws_lc_rs::aead::Aad;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use yichuan_document::roster::record::EncryptionKey;
use yichuan_document::wrap::WRAP_SUITE_1;
use yichuan_document::{Digest, UnitRef, cbor};
use zeroize::Zeroizing;

use crate::content_key::{cipher, zero_nonce};
use crate::unit_key::{EncryptionSecret, NotAnEncryptionKey};
use crate::wrap::{open, seal};

/// The most bytes of a note's text.
pub const NOTE_BYTES_MAX: usize = 32 << 10;
/// The most bytes of a draft that is handed over.
pub const DRAFT_BYTES_MAX: usize = 1_920 << 10;
/// The most bytes of a closed note: those of an attachment.
const CLOSED_BYTES_MAX: usize = 2 << 20;
/// Texts are padded to a multiple of this, so that their length tells little.
const PADDING: usize = 256;
/// The most units of one note: the issuers and recipients of a document.
const READERS_MAX: usize = 1_016;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct ClosedNote {
    #[n(0)]
    version: u16,
    #[n(1)]
    readers: Vec<Reader>,
    #[cbor(n(2), with = "minicbor::bytes")]
    text: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Reader {
    #[n(0)]
    unit: UnitRef,
    #[n(1)]
    epoch: u32,
    #[n(2)]
    key: Digest,
    #[n(3)]
    suite: u16,
    #[cbor(n(4), with = "minicbor::bytes")]
    enc: Vec<u8>,
    #[cbor(n(5), with = "minicbor::bytes")]
    ct: Vec<u8>,
}

/// Closes `text` for units. `context` is what it belongs to, such as a manifest's digest.
pub fn close_note(
    text: &str,
    genesis: &Digest,
    context: &Digest,
    readers: &[(UnitRef, u32, EncryptionKey)],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, NoteUnreadable> {
    if text.len() > NOTE_BYTES_MAX {
        return Err(NoteUnreadable);
    }
    close_bytes(text.as_bytes(), genesis, context, readers, rng)
}

/// Closes a draft for the unit that hands it over within itself.
pub fn close_draft(
    draft: &[u8],
    genesis: &Digest,
    context: &Digest,
    unit: (UnitRef, u32, EncryptionKey),
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, NoteUnreadable> {
    if draft.len() > DRAFT_BYTES_MAX {
        return Err(NoteUnreadable);
    }
    close_bytes(draft, genesis, context, &[unit], rng)
}

fn close_bytes(
    content: &[u8],
    genesis: &Digest,
    context: &Digest,
    readers: &[(UnitRef, u32, EncryptionKey)],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, NoteUnreadable> {
    if readers.is_empty() || readers.len() > READERS_MAX {
        return Err(NoteUnreadable);
    }
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(key.as_mut());
    let mut closed = Vec::with_capacity(readers.len());
    for (unit, epoch, public) in readers {
        let id = public.id();
        let info = info(genesis, context, unit, *epoch, &id);
        let wrapped = seal(public, &info, &key, rng);
        let (enc, ct) = wrapped.map_err(|NotAnEncryptionKey| NoteUnreadable)?;
        let (unit, epoch) = (unit.clone(), *epoch);
        closed.push(Reader {
            unit,
            epoch,
            key: id,
            suite: WRAP_SUITE_1,
            enc,
            ct,
        });
    }
    let length = u32::try_from(content.len()).map_err(|_| NoteUnreadable)?;
    let mut plain = [&length.to_be_bytes(), content].concat();
    plain.resize(plain.len().next_multiple_of(PADDING), 0);
    // The key is new and encrypts once, so that the nonce may be zero.
    cipher(&key)
        .seal_in_place_append_tag(zero_nonce(), Aad::from(context.as_bytes()), &mut plain)
        .map_err(|_| NoteUnreadable)?;
    Ok(cbor::to_vec(&ClosedNote {
        version: 1,
        readers: closed,
        text: plain,
    }))
}

/// Opens a note that is a text with the unit's key.
pub fn open_note(
    bytes: &[u8],
    genesis: &Digest,
    context: &Digest,
    unit: &UnitRef,
    secret: impl FnOnce(u32) -> Option<EncryptionSecret>,
) -> Result<String, NoteUnreadable> {
    let content = open_draft(bytes, genesis, context, unit, secret)?;
    String::from_utf8(content).map_err(|_| NoteUnreadable)
}

/// Opens a note whatever its content is.
pub fn open_draft(
    bytes: &[u8],
    genesis: &Digest,
    context: &Digest,
    unit: &UnitRef,
    secret: impl FnOnce(u32) -> Option<EncryptionSecret>,
) -> Result<Vec<u8>, NoteUnreadable> {
    let note: ClosedNote = cbor::read(bytes, CLOSED_BYTES_MAX).map_err(|_| NoteUnreadable)?;
    if note.version != 1 || note.readers.len() > READERS_MAX {
        return Err(NoteUnreadable);
    }
    let reader = note.readers.iter().find(|reader| reader.unit == *unit);
    let reader = reader
        .filter(|reader| reader.suite == WRAP_SUITE_1)
        .ok_or(NoteUnreadable)?;
    let secret = secret(reader.epoch).ok_or(NoteUnreadable)?;
    let info = info(genesis, context, unit, reader.epoch, &reader.key);
    let key = open(&secret, &info, &reader.enc, &reader.ct).map_err(|_| NoteUnreadable)?;
    let mut text = note.text;
    let plain = cipher(&key)
        .open_in_place(zero_nonce(), Aad::from(context.as_bytes()), &mut text)
        .map_err(|_| NoteUnreadable)?;
    let (length, rest) = plain.split_first_chunk::<4>().ok_or(NoteUnreadable)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| NoteUnreadable)?;
    let (text, padding) = rest.split_at_checked(length).ok_or(NoteUnreadable)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(NoteUnreadable);
    }
    Ok(text.to_vec())
}

fn info(genesis: &Digest, context: &Digest, unit: &UnitRef, epoch: u32, key: &Digest) -> Vec<u8> {
    cbor::to_vec(&(
        "yichuan/note/1",
        *genesis,
        *context,
        unit.to_string(),
        epoch,
        *key,
    ))
}

/// A note that cannot be closed or opened. It never says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteUnreadable;

impl fmt::Display for NoteUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the note cannot be read")
    }
}

impl core::error::Error for NoteUnreadable {}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_note_opens_for_its_readers_in_its_context_only() {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let (genesis, context) = (Digest::of(b"genesis"), Digest::of(b"context"));
        let units: Vec<UnitRef> = ["513200-zfb@a.example", "513201-zf@a.example"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let keys: Vec<_> = (0..2)
            .map(|_| EncryptionSecret::generate(&mut rng))
            .collect();
        let readers: Vec<_> = units
            .iter()
            .zip(&keys)
            .map(|(unit, key)| (unit.clone(), 1, key.public()))
            .collect();
        let text = "附件缺第2页";
        let note = close_note(text, &genesis, &context, &readers, &mut rng).unwrap();
        let other = Digest::of(b"other");
        let read = |context, unit, key: &EncryptionSecret| {
            let key = EncryptionSecret::from_seed(key.seed());
            open_note(&note, &genesis, context, unit, |epoch| {
                (epoch == 1).then_some(key)
            })
        };
        for (unit, key) in units.iter().zip(&keys) {
            assert_eq!(read(&context, unit, key).as_deref(), Ok(text));
        }
        assert_eq!(read(&context, &units[0], &keys[1]), Err(NoteUnreadable));
        assert_eq!(read(&other, &units[0], &keys[0]), Err(NoteUnreadable));
        let stranger: UnitRef = "513209-zf@a.example".parse().unwrap();
        assert_eq!(read(&context, &stranger, &keys[0]), Err(NoteUnreadable));
        assert!(
            !note
                .windows(6)
                .any(|window| window == &text.as_bytes()[..6])
        );
    }

    #[test]
    fn a_note_that_is_too_long_is_refused() {
        let mut rng = ChaCha20Rng::seed_from_u64(6);
        let key = EncryptionSecret::generate(&mut rng).public();
        let readers = [("513200-zfb@a.example".parse().unwrap(), 1, key)];
        let text = "a".repeat(NOTE_BYTES_MAX + 1);
        let digest = Digest::of(b"");
        assert!(close_note(&text, &digest, &digest, &readers, &mut rng).is_err());
        assert!(close_note("a", &digest, &digest, &[], &mut rng).is_err());
        let many = vec![readers[0].clone(); READERS_MAX + 1];
        assert!(close_note("a", &digest, &digest, &many, &mut rng).is_err());
    }
}
