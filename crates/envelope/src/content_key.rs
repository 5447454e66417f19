//! The content key of one document, and everything that is derived from it (protocol rules 18,
//! 20 and 23).

use core::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use yichuan_document::{AccountId, Digest, DocumentId, Timestamp, UnitRef, cbor};
use zeroize::Zeroizing;

/// The secret that opens one document; wiped when dropped, never shown.
pub struct ContentKey(Zeroizing<[u8; 32]>);

impl ContentKey {
    /// A new content key: from chance and a secret of the keystore together, and what differs
    /// each time, so that a machine that was set back does not repeat it (case B5).
    pub fn derive(
        random: &[u8; 32],
        keystore_secret: &[u8; 32],
        id: &DocumentId,
        now: Timestamp,
        counter: u64,
    ) -> Self {
        let mut input = Zeroizing::new([0; 64]);
        input[..32].copy_from_slice(random);
        input[32..].copy_from_slice(keystore_secret);
        let info = cbor::to_vec(&("yichuan/content-key/1", *id, now, counter));
        Self(expand(None, input.as_ref(), &info))
    }

    /// A content key that was closed and is open again.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The 32 bytes, to close them again.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the manifest commits to, so that one body cannot open under two keys (case B2).
    pub fn commitment(&self, genesis: &Digest, id: &DocumentId) -> Digest {
        Digest::from_bytes(*self.derived(genesis, id, b"yichuan/body/commitment/1"))
    }

    /// Proof that the key was held and the header decrypted, for a receipt.
    pub fn opening(
        &self,
        genesis: &Digest,
        id: &DocumentId,
        manifest: &Digest,
        by: (&UnitRef, &AccountId),
        header: &Digest,
    ) -> Digest {
        let key = self.derived(genesis, id, b"opened");
        let message = cbor::to_vec(&(*manifest, by.0.to_string(), by.1.as_str(), *header));
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_ref())
            .expect("HMAC takes keys of any length");
        mac.update(&message);
        Digest::from_bytes(mac.finalize().into_bytes().into())
    }

    /// Encrypts the record of seal number `ordinal`.
    pub fn seal_record(
        &self,
        genesis: &Digest,
        id: &DocumentId,
        ordinal: u8,
        record: &[u8],
    ) -> Vec<u8> {
        let mut bytes = record.to_vec();
        self.record_cipher(genesis, id, ordinal)
            .seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut bytes)
            .expect("a seal record is far below the limit of the cipher");
        bytes
    }

    /// Decrypts the record of seal number `ordinal`; none where it is not what was encrypted.
    pub fn open_record(
        &self,
        genesis: &Digest,
        id: &DocumentId,
        ordinal: u8,
        bytes: &[u8],
    ) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        let opened = self
            .record_cipher(genesis, id, ordinal)
            .open_in_place(zero_nonce(), Aad::empty(), &mut bytes)
            .ok()?
            .len();
        bytes.truncate(opened);
        Some(bytes)
    }

    /// Each ordinal has a key of its own that encrypts one record, so that the nonce may be zero.
    fn record_cipher(&self, genesis: &Digest, id: &DocumentId, ordinal: u8) -> LessSafeKey {
        let info = [b"seal".as_slice(), &[ordinal]].concat();
        cipher(&self.derived(genesis, id, &info))
    }

    pub(crate) fn body_cipher(&self, genesis: &Digest, id: &DocumentId) -> (LessSafeKey, [u8; 7]) {
        let key = self.derived(genesis, id, b"yichuan/body/key/1");
        let nonce = self.derived(genesis, id, b"yichuan/body/nonce/1");
        let mut prefix = [0; 7];
        prefix.copy_from_slice(&nonce[..7]);
        (cipher(&key), prefix)
    }

    fn derived(&self, genesis: &Digest, id: &DocumentId, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let salt = [genesis.as_bytes().as_slice(), id.as_bytes()].concat();
        expand(Some(&salt), self.0.as_ref(), info)
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

/// HKDF-SHA-256 (RFC 5869), 32 bytes.
fn expand(salt: Option<&[u8]>, input: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut output = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(salt, input)
        .expand(info, output.as_mut())
        .expect("32 bytes are within what HKDF gives");
    output
}

/// An AES-256-GCM key.
pub(crate) fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes");
    LessSafeKey::new(key)
}

/// For keys that encrypt once.
pub(crate) fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(last: u8) -> DocumentId {
        let mut bytes = [0; 16];
        bytes[6] = 0x70;
        bytes[8] = 0x80;
        bytes[15] = last;
        DocumentId::from_bytes(bytes).unwrap()
    }

    #[test]
    fn b5_a_machine_that_was_set_back_makes_another_key() {
        let key = |random: u8, secret: u8, id, now, counter| {
            let now = Timestamp::from_unix_ms(now);
            *ContentKey::derive(&[random; 32], &[secret; 32], &id, now, counter).bytes()
        };
        let first = key(1, 2, id(3), 4, 5);
        assert_eq!(first, key(1, 2, id(3), 4, 5));
        for other in [
            key(9, 2, id(3), 4, 5),
            key(1, 9, id(3), 4, 5),
            key(1, 2, id(9), 4, 5),
            key(1, 2, id(3), 9, 5),
            key(1, 2, id(3), 4, 9),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_seal_record_opens_under_its_ordinal_only() {
        let (key, genesis) = (ContentKey::from_bytes(&[1; 32]), Digest::of(b"genesis"));
        let sealed = key.seal_record(&genesis, &id(1), 1, b"record");
        assert_eq!(
            key.open_record(&genesis, &id(1), 1, &sealed).unwrap(),
            b"record"
        );
        assert_eq!(key.open_record(&genesis, &id(1), 2, &sealed), None);
        assert_eq!(key.open_record(&genesis, &id(2), 1, &sealed), None);
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                key.open_record(&genesis, &id(1), 1, &bad),
                None,
                "bit {bit}"
            );
        }
    }

    #[test]
    fn i7_a_content_key_does_not_show_itself() {
        assert_eq!(
            format!("{:?}", ContentKey::from_bytes(&[0xab; 32])),
            "ContentKey(..)"
        );
    }
}
