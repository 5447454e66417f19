//! Seals: a custodian's request, and what the authority adds to it (Art. 12 and 13).

use data_encoding::BASE64;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rand_core::{CryptoRng, Rng as _};
use yichuan_document::key::{PublicKey, Signs, sign_verified};
use yichuan_document::{AccountId, Digest, cbor};
use yichuan_seal::sm2_key::{Sm2Public, Sm2Secret, Sm2Signature};
use yichuan_seal::{OfficeLevel, SealPicture};

use super::AuthorityFailed;
use crate::keystore::SealKey;
use crate::token::TokenFailed;

/// The levels of offices, as 国发〔1999〕25号 has them for seals, with their Chinese and English
/// words.
pub const LEVELS: [(OfficeLevel, &str, &str); 6] = [
    (OfficeLevel::StateCouncil, "国务院", "State Council"),
    (OfficeLevel::Province, "省、部", "province"),
    (OfficeLevel::Bureau, "副部级、国家局", "bureau"),
    (OfficeLevel::Prefecture, "州、市、县政府", "prefecture"),
    (OfficeLevel::Township, "乡镇政府", "township"),
    (OfficeLevel::Inner, "内设机构、直属单位", "inner"),
];

/// What a picture shows of a seal that is to be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedPicture {
    /// Its diameter in hundredths of a millimetre.
    pub diameter: u32,
    /// Its pixels, across and down.
    pub pixels: (u32, u32),
}

impl JudgedPicture {
    /// Judges the picture of a new seal; everything that is wrong is told at once.
    pub fn judged(
        picture: &[u8],
        level: OfficeLevel,
        diameter_mm: Option<u32>,
    ) -> Result<(SealPicture, Self), AuthorityFailed> {
        let read = SealPicture::read(picture);
        let read = read.map_err(|why| AuthorityFailed::Picture(why.to_string()))?;
        let diameter = read
            .impression(level, diameter_mm)
            .map_err(AuthorityFailed::Impression)?;
        let pixels = (read.width(), read.height());
        Ok((read, Self { diameter, pixels }))
    }
}

/// What the authority adds to a seal's request.
#[derive(Clone)]
pub struct SealIssue {
    /// The seal's id.
    pub id: yichuan_document::SealId,
    /// What it is called.
    pub name: String,
    /// Its picture, a PNG.
    pub picture: Vec<u8>,
    /// The level of the office, on which its diameter depends.
    pub level: OfficeLevel,
    /// The diameter in millimetres, where the picture does not tell it.
    pub diameter_mm: Option<u32>,
    /// The computers on which it may be used.
    pub devices: Vec<yichuan_document::DeviceId>,
    /// For how many days it is valid.
    pub valid_days: u32,
    /// Whether it waits until its custodian takes it into use.
    pub awaits: bool,
    /// The unit's application for it, by its statement digest.
    pub application: Option<Digest>,
}

/// A custodian's request for a seal: its key was made in the custodian's keystore
/// or on the custodian's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRequest {
    /// The custodian's account.
    pub custodian: yichuan_document::AccountId,
    /// The seal's public key.
    pub key: PublicKey,
    /// The SM2 key for an electronic seal of GB/T 38540; a token has none.
    pub electronic: Option<Sm2Public>,
}

/// What the line of a request says, beside the signature of the seal's key over all of it.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Said {
    #[n(0)]
    custodian: String,
    #[n(1)]
    key: PublicKey,
    /// The point of the SM2 key, 04 ‖ x ‖ y.
    #[n(2)]
    point: Option<ByteVec>,
    /// Its signature over the same without this, so that nobody asks with another's key.
    #[n(3)]
    signature: Option<ByteVec>,
}

/// What the line begins with.
const REQUEST: &str = "yichuan-seal-request v2 ";

impl SealRequest {
    /// A custodian's request, for the keys of one seal.
    pub fn of(custodian: AccountId, key: &SealKey) -> Self {
        Self {
            custodian,
            key: key.at().own_key().public_key(),
            electronic: key.electronic().map(|key| key.public().clone()),
        }
    }

    /// The line that is handed to the authority, signed with the seal's keys.
    pub fn to_line(
        &self,
        key: &dyn Signs<TokenFailed>,
        electronic: Option<&Sm2Secret>,
        rng: &mut impl CryptoRng,
    ) -> Result<String, TokenFailed> {
        let point = self.electronic.as_ref();
        let mut said = Said {
            custodian: self.custodian.to_string(),
            key: self.key.clone(),
            point: point.map(|key| key.point().to_vec().into()),
            signature: None,
        };
        if let Some(electronic) = electronic {
            let message = signed_request(&cbor::to_vec(&said));
            let signature = electronic.sign(&message, rng);
            said.signature = signature.map(|signature| signature.to_der().into());
        }
        let body = cbor::to_vec(&said);
        let signature = sign_verified(key, &signed_request(&body))?;
        let whole = [signature.as_slice(), &body].concat();
        Ok(format!("{REQUEST}{}\n", BASE64.encode(&whole)))
    }

    /// Reads the line; refuses one that the seal's keys have not signed.
    pub fn read(line: &str) -> Result<Self, AuthorityFailed> {
        let wrong = || AuthorityFailed::NotARequest;
        let text = line.trim_end().strip_prefix(REQUEST).ok_or_else(wrong)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| wrong())?;
        let (signature, body) = bytes.split_first_chunk::<64>().ok_or_else(wrong)?;
        let mut said: Said = cbor::read(body, 4_096).map_err(|_| wrong())?;
        said.key
            .verify(&signed_request(body), signature)
            .map_err(|_| wrong())?;
        let electronic = match (&said.point, said.signature.take()) {
            (None, None) => None,
            (Some(point), Some(signature)) => {
                let key = Sm2Public::from_point(point).ok_or_else(wrong)?;
                let (signature, _) = Sm2Signature::read(&signature).ok_or_else(wrong)?;
                let message = signed_request(&cbor::to_vec(&said));
                Some(key)
                    .filter(|key| key.verifies(&message, &signature))
                    .map(Some)
                    .ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        };
        Ok(Self {
            custodian: said.custodian.parse().map_err(|_| wrong())?,
            key: said.key,
            electronic,
        })
    }
}

fn signed_request(body: &[u8]) -> Vec<u8> {
    [b"yichuan/seal-request/2\n".as_slice(), body].concat()
}

/// Fresh chance for a seal's key.
pub fn seal_seed() -> std::io::Result<zeroize::Zeroizing<[u8; 32]>> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    crate::chance()?.fill_bytes(seed.as_mut());
    Ok(seed)
}
