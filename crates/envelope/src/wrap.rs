//! Key wraps: a 32-byte secret closed for one key with HPKE (RFC 9180, base mode).
//!
//! The `info` binds a wrap to its purpose and place, so that one made for another document, unit
//! or epoch does not open. Whatever is wrong, the answer is the same (case B4).

use core::fmt;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open,
    single_shot_seal_with_rng,
};
use rand_core::CryptoRng;
use yichuan_document::roster::record::{EncryptionKey, EpochShare};
use yichuan_document::wrap::{WRAP_SUITE_1, Wrap};
use yichuan_document::{AccountId, Digest, UnitRef, cbor};
use zeroize::Zeroizing;

use crate::content_key::ContentKey;
use crate::unit_key::{EncryptionSecret, NotAnEncryptionKey, read_public};

/// What a document's wrap is bound to.
#[derive(Clone, Copy, Debug)]
pub struct WrapContext<'a> {
    /// The installation.
    pub genesis: Digest,
    /// The document's manifest.
    pub manifest: Digest,
    /// The unit.
    pub unit: &'a UnitRef,
    /// The epoch of the unit's key.
    pub epoch: u32,
}

impl WrapContext<'_> {
    fn info(&self, key: &Digest) -> Vec<u8> {
        let unit = self.unit.to_string();
        cbor::to_vec(&(
            "yichuan/wrap/1",
            self.genesis,
            self.manifest,
            unit,
            self.epoch,
            *key,
        ))
    }
}

/// Closes a content key for a unit.
pub fn wrap(
    content_key: &ContentKey,
    context: &WrapContext<'_>,
    key: &EncryptionKey,
    rng: &mut impl CryptoRng,
) -> Result<Wrap, NotAnEncryptionKey> {
    let id = key.id();
    let (enc, ct) = seal(key, &context.info(&id), content_key.bytes(), rng)?;
    Ok(Wrap {
        unit: context.unit.clone(),
        epoch: context.epoch,
        key: id,
        suite: WRAP_SUITE_1,
        enc,
        ct,
    })
}

/// Opens a unit's wrap.
pub fn unwrap(
    wrap: &Wrap,
    genesis: Digest,
    manifest: Digest,
    secret: &EncryptionSecret,
) -> Result<ContentKey, CannotUnwrap> {
    if wrap.suite != WRAP_SUITE_1 {
        return Err(CannotUnwrap);
    }
    let context = WrapContext {
        genesis,
        manifest,
        unit: &wrap.unit,
        epoch: wrap.epoch,
    };
    let opened = open(secret, &context.info(&wrap.key), &wrap.enc, &wrap.ct)?;
    Ok(ContentKey::from_bytes(&opened))
}

/// Closes the seed of a unit's key for one of its accounts.
pub fn close_share(
    seed: &EncryptionSecret,
    genesis: &Digest,
    unit: &UnitRef,
    epoch: u32,
    account: &AccountId,
    key: &EncryptionKey,
    rng: &mut impl CryptoRng,
) -> Result<EpochShare, NotAnEncryptionKey> {
    let place = (genesis, unit, epoch);
    SHARE.close(seed.seed(), place, (account.as_str(), key), rng)
}

/// Opens an account's share of its unit's key.
pub fn open_share(
    share: &EpochShare,
    genesis: &Digest,
    unit: &UnitRef,
    account: &AccountId,
    secret: &EncryptionSecret,
) -> Result<EncryptionSecret, CannotUnwrap> {
    let seed = SHARE.open(share, (genesis, unit), account.as_str(), secret)?;
    Ok(EncryptionSecret::from_seed(&seed))
}

/// Closes the seed of a unit's key for the unit that takes over its work.
pub fn close_legacy(
    seed: &EncryptionSecret,
    genesis: &Digest,
    unit: &UnitRef,
    epoch: u32,
    (heir, key): (&UnitRef, &EncryptionKey),
    rng: &mut impl CryptoRng,
) -> Result<EpochShare, NotAnEncryptionKey> {
    let place = (genesis, unit, epoch);
    LEGACY.close(seed.seed(), place, (&heir.to_string(), key), rng)
}

/// Opens a seed that a unit has left to its heir.
pub fn open_legacy(
    share: &EpochShare,
    genesis: &Digest,
    unit: &UnitRef,
    heir: &UnitRef,
    secret: &EncryptionSecret,
) -> Result<EncryptionSecret, CannotUnwrap> {
    let seed = LEGACY.open(share, (genesis, unit), &heir.to_string(), secret)?;
    Ok(EncryptionSecret::from_seed(&seed))
}

const SHARE: OfUnit = OfUnit("yichuan/key-share/1");
const LEGACY: OfUnit = OfUnit("yichuan/legacy/1");

/// 32 bytes of a unit, closed for somebody's key for this purpose and no other.
pub(crate) struct OfUnit(pub(crate) &'static str);

impl OfUnit {
    pub(crate) fn close(
        &self,
        bytes: &[u8; 32],
        (genesis, unit, epoch): (&Digest, &UnitRef, u32),
        (taker, key): (&str, &EncryptionKey),
        rng: &mut impl CryptoRng,
    ) -> Result<EpochShare, NotAnEncryptionKey> {
        let id = key.id();
        let info = self.info(genesis, unit, epoch, taker, &id);
        let (enc, ct) = seal(key, &info, bytes, rng)?;
        Ok(EpochShare {
            epoch,
            key: id,
            enc,
            ct,
        })
    }

    pub(crate) fn open(
        &self,
        share: &EpochShare,
        (genesis, unit): (&Digest, &UnitRef),
        taker: &str,
        secret: &EncryptionSecret,
    ) -> Result<Zeroizing<[u8; 32]>, CannotUnwrap> {
        let info = self.info(genesis, unit, share.epoch, taker, &share.key);
        open(secret, &info, &share.enc, &share.ct)
    }

    fn info(
        &self,
        genesis: &Digest,
        unit: &UnitRef,
        epoch: u32,
        taker: &str,
        key: &Digest,
    ) -> Vec<u8> {
        cbor::to_vec(&(self.0, *genesis, unit.to_string(), epoch, taker, *key))
    }
}

/// Closes 32 bytes for a key; gives the encapsulation and the ciphertext.
pub(crate) fn seal(
    key: &EncryptionKey,
    info: &[u8],
    secret: &[u8; 32],
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Vec<u8>), NotAnEncryptionKey> {
    let public = read_public(key)?;
    let (enc, ct) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        info,
        secret,
        &[],
        rng,
    )
    .map_err(|_| NotAnEncryptionKey)?;
    Ok((enc.to_bytes().to_vec(), ct))
}

pub(crate) fn open(
    secret: &EncryptionSecret,
    info: &[u8],
    enc: &[u8],
    ct: &[u8],
) -> Result<Zeroizing<[u8; 32]>, CannotUnwrap> {
    let enc = <XWing as Kem>::EncappedKey::from_bytes(enc).map_err(|_| CannotUnwrap)?;
    let opened = single_shot_open::<AesGcm256, HkdfSha256, XWing>(
        &OpModeR::Base,
        &secret.private(),
        &enc,
        info,
        ct,
        &[],
    )
    .map_err(|_| CannotUnwrap)?;
    let opened = Zeroizing::new(opened);
    Ok(Zeroizing::new(
        opened.as_slice().try_into().map_err(|_| CannotUnwrap)?,
    ))
}

/// A wrap that this key does not open. It never says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotUnwrap;

impl fmt::Display for CannotUnwrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key does not open this")
    }
}

impl core::error::Error for CannotUnwrap {}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn unit(text: &str) -> UnitRef {
        text.parse().unwrap()
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn b3_a_wrap_opens_only_in_its_place() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let secret = EncryptionSecret::generate(&mut rng);
        let content_key = ContentKey::from_bytes(&[9; 32]);
        let (genesis, manifest) = (Digest::of(b"genesis"), Digest::of(b"manifest"));
        let own = unit("513201-zf@yichuan.example");
        let context = WrapContext {
            genesis,
            manifest,
            unit: &own,
            epoch: 1,
        };
        let good = wrap(&content_key, &context, &secret.public(), &mut rng).unwrap();
        let opened = unwrap(&good, genesis, manifest, &secret).unwrap();
        assert_eq!(opened.bytes(), content_key.bytes());

        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            bytes[0] ^= 1;
            bytes
        };
        let another = EncryptionSecret::generate(&mut rng);
        let other = Digest::of(b"other");
        let cases = [
            ("another key", unwrap(&good, genesis, manifest, &another)),
            (
                "another installation",
                unwrap(&good, other, manifest, &secret),
            ),
            ("another manifest", unwrap(&good, genesis, other, &secret)),
            (
                "another unit",
                unwrap(
                    &Wrap {
                        unit: unit("513202-zf@yichuan.example"),
                        ..good.clone()
                    },
                    genesis,
                    manifest,
                    &secret,
                ),
            ),
            (
                "another epoch",
                unwrap(
                    &Wrap {
                        epoch: 2,
                        ..good.clone()
                    },
                    genesis,
                    manifest,
                    &secret,
                ),
            ),
            (
                "another key id",
                unwrap(
                    &Wrap {
                        key: other,
                        ..good.clone()
                    },
                    genesis,
                    manifest,
                    &secret,
                ),
            ),
            (
                "another suite",
                unwrap(
                    &Wrap {
                        suite: 2,
                        ..good.clone()
                    },
                    genesis,
                    manifest,
                    &secret,
                ),
            ),
            (
                "changed ciphertext",
                unwrap(
                    &Wrap {
                        ct: flip(&good.ct),
                        ..good.clone()
                    },
                    genesis,
                    manifest,
                    &secret,
                ),
            ),
            (
                "changed encapsulation",
                unwrap(
                    &Wrap {
                        enc: flip(&good.enc),
                        ..good.clone()
                    },
                    genesis,
                    manifest,
                    &secret,
                ),
            ),
        ];
        for (name, outcome) in cases {
            assert_eq!(
                outcome.err(),
                Some(CannotUnwrap),
                "b4: one answer for {name}"
            );
        }
    }

    #[test]
    fn a_share_opens_for_its_account_only() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let account_key = EncryptionSecret::generate(&mut rng);
        let seed = EncryptionSecret::generate(&mut rng);
        let genesis = Digest::of(b"genesis");
        let own = unit("513201-zf@yichuan.example");
        let account: AccountId = "513201-zf-js01".parse().unwrap();
        let share = close_share(
            &seed,
            &genesis,
            &own,
            3,
            &account,
            &account_key.public(),
            &mut rng,
        )
        .unwrap();
        let opened = open_share(&share, &genesis, &own, &account, &account_key).unwrap();
        assert_eq!(opened.seed(), seed.seed());
        let other: AccountId = "513201-zf-js02".parse().unwrap();
        assert!(open_share(&share, &genesis, &own, &other, &account_key).is_err());
        let later = EpochShare { epoch: 4, ..share };
        assert!(open_share(&later, &genesis, &own, &account, &account_key).is_err());
    }
}
