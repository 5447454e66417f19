//! Seals: a custodian's request, and what the authority adds to it (Art. 12 and 13).

use data_encoding::BASE64;
use rand_core::Rng as _;
use yichuan_document::key::{PublicKey, Signs, sign_verified};
use yichuan_document::{Digest, cbor};
use yichuan_seal::OfficeLevel;

use super::AuthorityFailed;
use crate::token::TokenFailed;

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
}

impl SealRequest {
    /// The line that is handed to the authority, signed with the seal's key.
    pub fn to_line(&self, key: &dyn Signs<TokenFailed>) -> Result<String, TokenFailed> {
        let body = cbor::to_vec(&(self.custodian.as_str(), &self.key));
        let signature = sign_verified(key, &signed_request(&body))?;
        let whole = [signature.as_slice(), &body].concat();
        let whole = BASE64.encode(&whole);
        Ok(format!("yichuan-seal-request v1 {whole}\n"))
    }

    /// Reads the line; refuses one that the seal's key has not signed.
    pub fn read(line: &str) -> Result<Self, AuthorityFailed> {
        let text = line.trim_end().strip_prefix("yichuan-seal-request v1 ");
        let bytes = text.and_then(|text| BASE64.decode(text.as_bytes()).ok());
        let bytes = bytes.ok_or(AuthorityFailed::NotARequest)?;
        let (signature, body) = bytes
            .split_first_chunk::<64>()
            .ok_or(AuthorityFailed::NotARequest)?;
        let (custodian, key): (String, PublicKey) =
            cbor::read(body, 4_096).map_err(|_| AuthorityFailed::NotARequest)?;
        key.verify(&signed_request(body), signature)
            .map_err(|_| AuthorityFailed::NotARequest)?;
        let custodian = custodian
            .parse()
            .map_err(|_| AuthorityFailed::NotARequest)?;
        Ok(Self { custodian, key })
    }
}

fn signed_request(body: &[u8]) -> Vec<u8> {
    [b"yichuan/seal-request/1\n".as_slice(), body].concat()
}

/// Fresh chance for a seal's key.
pub fn seal_seed() -> std::io::Result<zeroize::Zeroizing<[u8; 32]>> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    crate::chance()?.fill_bytes(seed.as_mut());
    Ok(seed)
}
