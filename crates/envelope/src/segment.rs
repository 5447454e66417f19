//! One segment: encrypted, and decrypted again.

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use yichuan_document::{Digest, DocumentId};

use crate::content_key::ContentKey;

/// Encrypts and decrypts the segments of one body: STREAM with AES-256-GCM.
pub(crate) struct SegmentCipher {
    key: LessSafeKey,
    prefix: [u8; 7],
    last: u32,
}

impl SegmentCipher {
    /// The cipher of a body with `segments` segments.
    pub(crate) fn new(
        content_key: &ContentKey,
        genesis: &Digest,
        id: &DocumentId,
        segments: u32,
    ) -> Self {
        let (key, prefix) = content_key.body_cipher(genesis, id);
        Self {
            key,
            prefix,
            last: segments.saturating_sub(1),
        }
    }

    /// Encrypts segment `index` in place and adds its tag.
    pub(crate) fn seal(&self, index: u32, bytes: &mut Vec<u8>) {
        self.key
            .seal_in_place_append_tag(self.nonce(index), Aad::empty(), bytes)
            .expect("a segment is far below the limit of the cipher");
    }

    /// Decrypts segment `index` in place and takes its tag away; false where it is not what was
    /// encrypted, and then `bytes` is of no use.
    pub(crate) fn open(&self, index: u32, bytes: &mut Vec<u8>) -> bool {
        let opened = self
            .key
            .open_in_place(self.nonce(index), Aad::empty(), bytes);
        let Ok(length) = opened.map(|plain| plain.len()) else {
            return false;
        };
        bytes.truncate(length);
        true
    }

    /// Prefix, counter (big endian), and whether it is the last: so that segments cannot be
    /// reordered, spliced or cut off unnoticed.
    fn nonce(&self, index: u32) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..7].copy_from_slice(&self.prefix);
        nonce[7..11].copy_from_slice(&index.to_be_bytes());
        nonce[11] = u8::from(index == self.last);
        Nonce::assume_unique_for_key(nonce)
    }
}

#[cfg(test)]
mod tests {
    use aes_gcm::aead::{Aead, KeyInit};
    use hkdf::Hkdf;
    use sha2::Sha256;

    use super::*;

    fn id() -> DocumentId {
        "019a0000-0000-7000-8000-000000000001".parse().unwrap()
    }

    #[test]
    fn another_implementation_decrypts_it() {
        let genesis = Digest::of(b"genesis");
        let cipher = SegmentCipher::new(&ContentKey::from_bytes(&[1; 32]), &genesis, &id(), 3);
        let salt = [genesis.as_bytes().as_slice(), id().as_bytes()].concat();
        let hkdf = Hkdf::<Sha256>::new(Some(&salt), &[1; 32]);
        let (mut key, mut prefix) = ([0; 32], [0; 32]);
        hkdf.expand(b"yichuan/body/key/1", &mut key).unwrap();
        hkdf.expand(b"yichuan/body/nonce/1", &mut prefix).unwrap();
        let theirs = aes_gcm::Aes256Gcm::new(&key.into());
        for index in 0..3_u32 {
            let mut bytes = b"segment".to_vec();
            cipher.seal(index, &mut bytes);
            let nonce = [
                prefix[..7].to_vec(),
                index.to_be_bytes().to_vec(),
                vec![u8::from(index == 2)],
            ]
            .concat();
            let nonce: [u8; 12] = nonce.try_into().unwrap();
            let opened = theirs.decrypt(&nonce.into(), bytes.as_slice()).unwrap();
            assert_eq!(opened, b"segment", "{index}");
        }
    }

    #[test]
    fn b1_a_segment_opens_only_in_its_place() {
        let genesis = Digest::of(b"genesis");
        let key = ContentKey::from_bytes(&[1; 32]);
        let cipher = SegmentCipher::new(&key, &genesis, &id(), 3);
        let mut good = b"segment".to_vec();
        cipher.seal(1, &mut good);
        assert!(cipher.open(1, &mut good.clone()));
        for index in [0, 2, 3] {
            assert!(!cipher.open(index, &mut good.clone()), "{index}");
        }
        let cut = SegmentCipher::new(&key, &genesis, &id(), 2);
        assert!(!cut.open(1, &mut good.clone()), "a body that was cut off");
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!cipher.open(1, &mut bad), "bit {bit}");
        }
    }
}
