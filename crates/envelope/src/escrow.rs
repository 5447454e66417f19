//! Escrow of a unit's seed in two halves (protocol rule 13): one for the authority, one on paper.
//!
//! The paper's half is a mask of 32 random bytes, the authority's the seed with the mask over it.
//! Either alone is as good as chance.

use rand_core::CryptoRng;
use yichuan_document::roster::record::{EncryptionKey, EpochShare, EscrowShare};
use yichuan_document::{AccountId, Digest, UnitRef, cbor};
use zeroize::Zeroizing;

use crate::unit_key::{EncryptionSecret, NotAnEncryptionKey};
use crate::wrap::{CannotUnwrap, OfUnit, open, seal};

const RECOVERY: OfUnit = OfUnit("yichuan/recovery/1");

/// Closes the authority's half of a seed for its escrow key.
pub fn close_half(
    seed: &EncryptionSecret,
    mask: &[u8; 32],
    (genesis, unit, epoch): (&Digest, &UnitRef, u32),
    key: &EncryptionKey,
    rng: &mut impl CryptoRng,
) -> Result<EscrowShare, NotAnEncryptionKey> {
    let id = key.id();
    let info = half_info(genesis, unit, epoch, &id);
    let (enc, ct) = seal(key, &info, &masked(seed.seed(), mask), rng)?;
    Ok(EscrowShare { key: id, enc, ct })
}

/// The authority takes its half out and closes it for the account that recovers the key.
pub fn hand_half_on(
    half: &EscrowShare,
    escrow: &EncryptionSecret,
    (genesis, unit, epoch): (&Digest, &UnitRef, u32),
    (account, key): (&AccountId, &EncryptionKey),
    rng: &mut impl CryptoRng,
) -> Result<EpochShare, CannotUnwrap> {
    let info = half_info(genesis, unit, epoch, &half.key);
    let opened = open(escrow, &info, &half.enc, &half.ct)?;
    let place = (genesis, unit, epoch);
    RECOVERY
        .close(&opened, place, (account.as_str(), key), rng)
        .map_err(|_| CannotUnwrap)
}

/// The account puts both halves together. Whether it is the unit's seed, its public key tells.
pub fn join_halves(
    half: &EpochShare,
    mask: &[u8; 32],
    of: (&Digest, &UnitRef),
    account: &AccountId,
    secret: &EncryptionSecret,
) -> Result<EncryptionSecret, CannotUnwrap> {
    let opened = RECOVERY.open(half, of, account.as_str(), secret)?;
    Ok(EncryptionSecret::from_seed(&masked(&opened, mask)))
}

fn masked(bytes: &[u8; 32], mask: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    for (place, byte) in out.iter_mut().enumerate() {
        *byte = bytes[place] ^ mask[place];
    }
    out
}

fn half_info(genesis: &Digest, unit: &UnitRef, epoch: u32, key: &Digest) -> Vec<u8> {
    cbor::to_vec(&("yichuan/escrow/1", *genesis, unit.to_string(), epoch, *key))
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn rule_13_both_halves_give_the_seed_and_neither_does_alone() {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let [seed, escrow, manager] = [(); 3].map(|()| EncryptionSecret::generate(&mut rng));
        let (genesis, mask) = (Digest::of(b"genesis"), [7; 32]);
        let unit: UnitRef = "513201-zf@yichuan.example".parse().unwrap();
        let account: AccountId = "513201-zf-gl01".parse().unwrap();
        let place = (&genesis, &unit, 3);
        let half = close_half(&seed, &mask, place, &escrow.public(), &mut rng).unwrap();
        let to = (&account, &manager.public());
        let handed = hand_half_on(&half, &escrow, place, to, &mut rng).unwrap();
        let joined = |mask: &[u8; 32], secret: &EncryptionSecret| {
            join_halves(&handed, mask, (&genesis, &unit), &account, secret)
        };
        let whole = joined(&mask, &manager).unwrap();
        assert_eq!(whole.public(), seed.public());
        // The authority's half without the paper, and with another paper.
        assert_ne!(joined(&[0; 32], &manager).unwrap().public(), seed.public());
        assert_ne!(joined(&[8; 32], &manager).unwrap().public(), seed.public());
        // The paper without the authority's half.
        assert_ne!(EncryptionSecret::from_seed(&mask).public(), seed.public());
        // For nobody else, and for no other epoch.
        assert!(joined(&mask, &escrow).is_err());
        assert!(hand_half_on(&half, &manager, place, to, &mut rng).is_err());
        let later = (&genesis, &unit, 4);
        assert!(hand_half_on(&half, &escrow, later, to, &mut rng).is_err());
    }
}
