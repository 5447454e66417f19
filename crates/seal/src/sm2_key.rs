//! SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905), as seals have them.
//!
//! The signer's id is always [`SIGNER_ID`] (GB/T 35276), as GB/T 38540 has it: nothing here takes
//! another one. What is signed are bytes as they are; nothing is encoded anew.

use core::fmt;

use rand_core::CryptoRng;
use sm2::dsa::signature::hazmat::PrehashVerifier as _;
use sm2::dsa::signature::{RandomizedSigner as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm3::Digest as _;
use zeroize::Zeroizing;

use crate::der::{Reader, integer, sequence, tag};

/// The id that goes into Z (GB/T 35276).
pub const SIGNER_ID: &str = "1234567812345678";

/// SM3 of `bytes` (GB/T 32905).
pub fn sm3(bytes: &[u8]) -> [u8; 32] {
    sm3_of(&[bytes])
}

/// SM3 of runs of bytes, one behind the other.
pub fn sm3_of(runs: &[&[u8]]) -> [u8; 32] {
    let mut digest = sm3::Sm3::new();
    for run in runs {
        digest.update(run);
    }
    digest.finalize().into()
}

/// A public key: a point of the curve of GB/T 32918.5.
#[derive(Clone)]
pub struct Sm2Public {
    point: [u8; 65],
    key: VerifyingKey,
}

impl Sm2Public {
    /// Reads an uncompressed point, 04 ‖ x ‖ y. None where it is not on the curve.
    pub fn from_point(point: &[u8]) -> Option<Self> {
        let point: [u8; 65] = point.try_into().ok()?;
        if point[0] != 4 {
            return None;
        }
        let key = VerifyingKey::from_sec1_bytes(SIGNER_ID, &point).ok()?;
        Some(Self { point, key })
    }

    /// 04 ‖ x ‖ y.
    pub const fn point(&self) -> &[u8; 65] {
        &self.point
    }

    /// Whether this key made `signature` over SM3(Z ‖ `message`).
    pub fn verifies(&self, message: &[u8], signature: &Sm2Signature) -> bool {
        self.key.verify(message, &signature.0).is_ok()
    }

    /// Whether this key made `signature` over `e` itself.
    pub fn verifies_prehash(&self, e: &[u8; 32], signature: &Sm2Signature) -> bool {
        self.key.verify_prehash(e, &signature.0).is_ok()
    }
}

impl PartialEq for Sm2Public {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for Sm2Public {}

impl fmt::Debug for Sm2Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm2Public(")?;
        for byte in &self.point {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// The numbers r and s, each from 1 to n − 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sm2Signature(Signature);

/// How a signature was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureForm {
    /// A sequence of two numbers (GB/T 35276), as the standard has it.
    Der,
    /// r ‖ s in 64 bytes, as some products write it.
    Raw,
}

impl Sm2Signature {
    /// Reads a signature in either form. None where it is neither, or a number is out of range.
    pub fn read(bytes: &[u8]) -> Option<(Self, SignatureForm)> {
        if let Some(signature) = from_der(bytes) {
            return Some((Self(signature), SignatureForm::Der));
        }
        let signature = Signature::from_slice(bytes).ok()?;
        Some((Self(signature), SignatureForm::Raw))
    }

    /// r ‖ s.
    pub fn to_raw(&self) -> [u8; 64] {
        self.0.to_bytes().into()
    }

    /// The sequence of two numbers.
    pub fn to_der(&self) -> Vec<u8> {
        sequence(&[integer(&self.0.r_bytes()), integer(&self.0.s_bytes())])
    }
}

fn from_der(bytes: &[u8]) -> Option<Signature> {
    let mut whole = Reader::new(bytes, 72).ok()?;
    let mut numbers = whole.take(tag::SEQUENCE).ok()?.inside();
    whole.end().ok()?;
    let r = numbers.take(tag::INTEGER).ok()?.scalar().ok()?;
    let s = numbers.take(tag::INTEGER).ok()?.scalar().ok()?;
    numbers.end().ok()?;
    Signature::from_scalars(r, s).ok()
}

/// Numbers tried before a source of chance counts as broken; a good one needs a second with a
/// probability of 2⁻³².
const TRIES: u32 = 64;

/// A secret key; wiped when dropped, never shown. Of the copy that the arithmetic makes while it
/// signs, `sm2` wipes what it wipes.
pub struct Sm2Secret {
    secret: Zeroizing<[u8; 32]>,
    public: Sm2Public,
}

impl Sm2Secret {
    /// A new key. None where `rng` gives no number of the range in 64 tries: it is broken.
    pub fn generate(rng: &mut impl CryptoRng) -> Option<Self> {
        (0..TRIES).find_map(|_| {
            let mut secret = Zeroizing::new([0; 32]);
            rng.fill_bytes(secret.as_mut());
            Self::from_bytes(&secret)
        })
    }

    /// The key with this number, the highest byte first, as a keystore has it. None where it is not
    /// from 1 to n − 2 (GB/T 32918.1, 6.1).
    pub fn from_bytes(secret: &[u8; 32]) -> Option<Self> {
        let key = SigningKey::from_slice(SIGNER_ID, secret).ok()?;
        let public = Sm2Public::from_point(&key.verifying_key().to_sec1_bytes())?;
        let is_least_negative = *secret == ORDER_MINUS_1;
        (!is_least_negative).then(|| Self {
            secret: Zeroizing::new(*secret),
            public,
        })
    }

    /// The number, for keeping it in a keystore.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.clone()
    }

    /// The public key.
    pub const fn public(&self) -> &Sm2Public {
        &self.public
    }

    /// Signs SM3(Z ‖ `message`), with a number drawn as in RFC 6979 from the key, the message and
    /// `rng`, so that bad chance alone does not give the key away. None where `rng` is broken.
    pub fn sign(&self, message: &[u8], rng: &mut impl CryptoRng) -> Option<Sm2Signature> {
        let key = SigningKey::from_slice(SIGNER_ID, self.secret.as_ref()).ok()?;
        (0..TRIES).find_map(|_| key.try_sign_with_rng(rng, message).ok().map(Sm2Signature))
    }
}

impl fmt::Debug for Sm2Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm2Secret(..)")
    }
}

/// n − 1 (GB/T 32918.5): with it, 1 + d has no inverse and nothing can be signed.
const ORDER_MINUS_1: [u8; 32] = [
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x22,
];

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER
            .decode(text.as_bytes())
            .expect("hexadecimal digits")
    }

    fn secret(seed: u8) -> Sm2Secret {
        Sm2Secret::generate(&mut ChaCha20Rng::from_seed([seed; 32])).expect("chance")
    }

    #[test]
    fn sm3_is_that_of_the_standard() {
        // GB/T 32905-2016, A.1.
        let expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(sm3(b"abc").to_vec(), hex(expected));
        assert_eq!(sm3_of(&[b"a", b"", b"bc"]).to_vec(), hex(expected));
    }

    #[test]
    fn the_example_of_the_standard_verifies() {
        // GB/T 32918.5-2017, A.2: message digest, id 1234567812345678.
        let point = [
            "04",
            "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        ];
        let r = hex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3");
        let s = hex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
        let key = Sm2Public::from_point(&hex(&point.concat())).expect("a point");
        let (signature, form) = Sm2Signature::read(&[r, s].concat()).expect("a signature");
        assert_eq!(form, SignatureForm::Raw);
        assert!(key.verifies(b"message digest", &signature));
        assert!(!key.verifies(b"message digesu", &signature));
        let again = Sm2Signature::read(&signature.to_der());
        assert_eq!(again, Some((signature, SignatureForm::Der)));
    }

    #[test]
    fn what_one_key_signed_no_other_did() {
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let (mine, other) = (secret(1), secret(2));
        for length in [0, 1, 55, 56, 64, 1_000] {
            let message = vec![7; length];
            let signature = mine.sign(&message, &mut rng).expect("chance");
            assert!(mine.public().verifies(&message, &signature), "{length}");
            assert!(!other.public().verifies(&message, &signature), "{length}");
            assert!(
                !mine
                    .public()
                    .verifies(&[&message[..], b"x"].concat(), &signature)
            );
            assert!(
                !mine.public().verifies_prehash(&sm3(&message), &signature),
                "without Z"
            );
        }
    }

    #[test]
    fn e4_a_signature_under_another_id_is_not_believed() {
        let mine = secret(1);
        let key = SigningKey::from_slice("ALICE123@YAHOO.COM", mine.to_bytes().as_ref());
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let signature = key
            .expect("a key")
            .try_sign_with_rng(&mut rng, b"m")
            .expect("chance");
        assert!(!mine.public().verifies(b"m", &Sm2Signature(signature)));
    }

    #[test]
    fn points_and_numbers_out_of_range_are_refused() {
        let good = *secret(1).public().point();
        let with = |at: usize, value: u8| {
            let mut point = good;
            point[at] = value;
            point.to_vec()
        };
        let compressed = [&[2 + (good[64] & 1)], &good[1..33]].concat();
        let p256 = [
            "04",
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        ];
        let points = [
            vec![],
            vec![0],
            vec![4; 65],
            good[..64].to_vec(),
            [&good[..], &[0]].concat(),
            with(64, good[64] ^ 1),
            with(0, 6),
            compressed,
            hex(&p256.concat()),
        ];
        for point in points {
            assert_eq!(Sm2Public::from_point(&point), None, "{point:02x?}");
        }
        let mut order = ORDER_MINUS_1;
        order[31] += 1;
        for number in [[0; 32], ORDER_MINUS_1, order, [0xff; 32]] {
            assert!(Sm2Secret::from_bytes(&number).is_none(), "{number:02x?}");
        }
        order[31] -= 2;
        assert!(Sm2Secret::from_bytes(&order).is_some(), "n - 2");
    }

    #[test]
    fn signatures_of_another_form_are_refused() {
        let one = integer(&[1]);
        let order = {
            let mut order = ORDER_MINUS_1;
            order[31] += 1;
            integer(&order)
        };
        let long = [0x02, 0x02, 0x00, 0x01].to_vec();
        let negative = [0x02, 0x01, 0xff].to_vec();
        let cases = [
            ("nothing", vec![]),
            ("no numbers", sequence(&[])),
            ("one number", sequence(std::slice::from_ref(&one))),
            (
                "three numbers",
                sequence(&[one.clone(), one.clone(), one.clone()]),
            ),
            ("zero", sequence(&[integer(&[]), one.clone()])),
            ("the order", sequence(&[one.clone(), order])),
            ("a zero in front", sequence(&[long, one.clone()])),
            ("a negative number", sequence(&[one.clone(), negative])),
            ("33 bytes", sequence(&[integer(&[0x7f; 33]), one.clone()])),
            (
                "a byte behind",
                [sequence(&[one.clone(), one.clone()]), vec![0]].concat(),
            ),
            ("a long length", [&[0x30, 0x81, 6][..], &one, &one].concat()),
            ("zeros, raw", vec![0; 64]),
            ("ones, raw", vec![0xff; 64]),
            ("65 bytes, raw", vec![1; 65]),
        ];
        for (name, bytes) in cases {
            assert_eq!(Sm2Signature::read(&bytes), None, "{name}");
        }
    }

    #[test]
    fn i7_a_secret_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", secret(1)), "Sm2Secret(..)");
    }

    /// A source that gives nothing but one byte.
    struct Broken;

    impl rand_core::TryRng for Broken {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::MAX)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::MAX)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(0xff);
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Broken {}

    #[test]
    fn broken_chance_makes_no_key_and_gives_none_away() {
        assert!(Sm2Secret::generate(&mut Broken).is_none());
        let mine = secret(1);
        let [one, other] = [b"one", b"two"].map(|m| mine.sign(m, &mut Broken).expect("RFC 6979"));
        assert_ne!(one.0.r_bytes(), other.0.r_bytes());
    }
}
