//! An authority, its seal maker and an office with a seal, from fixed seeds.

use std::sync::OnceLock;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use yichuan_document::Timestamp;

use crate::certificate::{Certificate, Holder, Issuer, Profile, RevocationList};
use crate::der::{bits, explicit, octets, sequence, tag, text, tlv};
use crate::instant;
use crate::ses::{Asked, SealDraft, SesSeal, SesSignature, SignatureDraft, Trust, make_seal, sign};
use crate::sm2_key::{Sm2Secret, sm3};

pub(super) const PROPERTY: &str = "/Doc_0/Signs/Sign_0/Signature.xml";
pub(super) const SM2_WITH_SM3: &[u8] = crate::certificate::known::SM2_WITH_SM3;

pub(super) struct Office {
    pub(super) root_secret: Sm2Secret,
    pub(super) root: Certificate,
    pub(super) maker_secret: Sm2Secret,
    pub(super) maker: Certificate,
    pub(super) secret: Sm2Secret,
    pub(super) signer: Certificate,
    pub(super) picture: Vec<u8>,
    pub(super) seal: SesSeal,
    pub(super) signature: SesSignature,
}

pub(super) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(super) fn secret(seed: u8) -> Sm2Secret {
    Sm2Secret::generate(&mut rng(seed)).expect("chance")
}

/// The noon of a day, `20260801`, in UTC.
pub(super) fn day(day: &str) -> Timestamp {
    instant::from_generalized(&format!("{day}120000Z")).expect("a day")
}

pub(super) fn holder(name: &str) -> Holder<'_> {
    Holder {
        organization: "江州市人民政府",
        name,
    }
}

pub(super) fn validity() -> (Timestamp, Timestamp) {
    (day("20260101"), day("20281231"))
}

/// A striped picture of a few hundred bytes.
fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Rgba);
    let pixels: Vec<u8> = (0..64 * 64)
        .flat_map(|place| {
            if place % 2 == 0 {
                [200, 0, 0, 255]
            } else {
                [0; 4]
            }
        })
        .collect();
    let mut writer = encoder.write_header().expect("a header");
    writer
        .write_image_data(&pixels)
        .expect("as many pixels as were said");
    writer.finish().expect("memory takes it");
    bytes
}

pub(super) fn office() -> &'static Office {
    static OFFICE: OnceLock<Office> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let (root_secret, maker_secret, secret) = (secret(1), secret(2), secret(3));
        let whole = (day("20250101"), day("20451231"));
        let root = Issuer::root(&root_secret, holder("江州市根证书"), whole, &mut rng(4));
        let root = root.expect("a root");
        let issuer = Issuer::new(&root_secret, &root).expect("an issuer");
        let mut chance = rng(5);
        let mut certify = |profile, key: &Sm2Secret, name| {
            let (holder, rng) = (holder(name), &mut chance);
            issuer
                .certify(profile, key.public(), holder, validity(), rng)
                .expect("a certificate")
        };
        let maker = certify(Profile::SealMaker, &maker_secret, "制章人");
        let signer = certify(Profile::Seal, &secret, "江州市人民政府办公室印章");
        let picture = picture();
        let signers = [signer.clone()];
        let seal = make_seal(
            &draft(&picture, &signers),
            &maker,
            &maker_secret,
            &mut rng(6),
        );
        let seal = seal.expect("a seal");
        let signature = sign(&to_sign(&seal), &signer, &secret, &mut rng(7));
        let signature = signature.expect("a signature");
        Office {
            root_secret,
            root,
            maker_secret,
            maker,
            secret,
            signer,
            picture,
            seal,
            signature,
        }
    })
}

pub(super) fn draft<'a>(picture: &'a [u8], signers: &'a [Certificate]) -> SealDraft<'a> {
    SealDraft {
        id: "513200-zfb-seal01",
        vendor: "YICHUAN",
        kind: 1,
        name: "江州市人民政府办公室",
        signers,
        as_digests: false,
        made_at: day("20260201"),
        validity: (day("20260201"), day("20280131")),
        picture,
        size_mm: (42, 42),
        extensions: &[],
    }
}

pub(super) fn to_sign(seal: &SesSeal) -> SignatureDraft<'_> {
    SignatureDraft {
        seal,
        at: day("20260801"),
        data_hash: sm3(b"Signature.xml"),
        property: PROPERTY,
        extensions: &[],
    }
}

pub(super) fn asked() -> Asked<'static> {
    Asked {
        data_hash: Some(sm3(b"Signature.xml")),
        seal_file: None,
        declared_at: None,
        seen_at: None,
        now: day("20260802"),
    }
}

/// Trust in the office's maker and root, which has revoked nothing.
pub(super) fn trust() -> Trust<'static> {
    static LISTS: OnceLock<[RevocationList; 1]> = OnceLock::new();
    let office = office();
    Trust {
        makers: core::slice::from_ref(&office.maker),
        signers: core::slice::from_ref(&office.root),
        others: &[],
        lists: LISTS.get_or_init(|| [RevocationList::known(&office.root, asked().now, vec![])]),
        seals: Some(&[]),
    }
}

/// The parts of a signature of the fourth generation, to be put together in any way.
pub(super) struct Parts {
    pub(super) version: u8,
    pub(super) seal: Vec<u8>,
    pub(super) time: Vec<u8>,
    pub(super) hash: Vec<u8>,
    pub(super) extensions: Option<Vec<u8>>,
    pub(super) certificate: Vec<u8>,
    pub(super) algorithm: &'static [u8],
}

impl Parts {
    pub(super) fn good() -> Self {
        let office = office();
        Self {
            version: 4,
            seal: office.seal.raw().to_vec(),
            time: text(tag::GENERALIZED_TIME, "20260801120000Z"),
            hash: bits(&sm3(b"Signature.xml")),
            extensions: None,
            certificate: office.signer.der().to_vec(),
            algorithm: SM2_WITH_SM3,
        }
    }

    pub(super) fn to_be_signed(&self) -> Vec<u8> {
        let mut fields = vec![
            tlv(tag::INTEGER, &[self.version]),
            self.seal.clone(),
            self.time.clone(),
            self.hash.clone(),
            text(tag::IA5, PROPERTY),
        ];
        fields.extend(self.extensions.iter().map(|list| explicit(0, list)));
        sequence(&fields)
    }

    /// All of it, with a signature value.
    pub(super) fn with(&self, signature: &[u8], stamp: Option<&[u8]>) -> Vec<u8> {
        let mut fields = vec![
            self.to_be_signed(),
            octets(&self.certificate),
            tlv(tag::OID, self.algorithm),
            bits(signature),
        ];
        fields.extend(stamp.map(|stamp| explicit(0, &bits(stamp))));
        sequence(&fields)
    }

    /// All of it, signed by `secret`.
    pub(super) fn signed(&self, secret: &Sm2Secret) -> Vec<u8> {
        let signature = secret
            .sign(&self.to_be_signed(), &mut rng(8))
            .expect("chance");
        self.with(&signature.to_der(), None)
    }
}
