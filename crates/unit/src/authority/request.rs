//! Requests: lines in which somebody shows the public part of a key to the authority.

use data_encoding::BASE64;
use minicbor::{Decode, Encode};
use yichuan_document::cbor;
use yichuan_document::key::{PublicKey, SigningSecret};
use yichuan_document::roster::record::EncryptionKey;
use yichuan_document::{PersonId, roster::duty::RootSet};

use super::AuthorityFailed;

/// The most bytes of a request once it is read.
const BYTES_MAX: usize = 4_096;

/// What a holder of a root key shows: the present key, and the one that follows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RootRequest {
    /// The key that is to sign.
    #[n(0)]
    pub present: PublicKey,
    /// The key that takes over from it, shown to the founders only.
    #[n(1)]
    pub next: PublicKey,
}

/// What an officer shows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfficerRequest {
    /// Who the officer is.
    #[n(0)]
    pub person: PersonId,
    /// The key.
    #[n(1)]
    pub key: PublicKey,
}

/// What the keeper of the escrow key shows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EscrowRequest {
    /// The key.
    #[n(0)]
    pub key: EncryptionKey,
}

/// A request with the words that it begins with.
pub trait Request: Encode<()> + for<'b> Decode<'b, ()> {
    /// The first words of its line.
    const WORDS: &'static str;

    /// The line that is handed to the authority.
    fn to_line(&self) -> String {
        format!("{} {}\n", Self::WORDS, BASE64.encode(&cbor::to_vec(self)))
    }

    /// Reads the line.
    fn read(line: &str) -> Result<Self, AuthorityFailed> {
        let text = line.trim_end().strip_prefix(Self::WORDS);
        let text = text.and_then(|text| text.strip_prefix(' '));
        let bytes = text.and_then(|text| BASE64.decode(text.as_bytes()).ok());
        bytes
            .and_then(|bytes| cbor::read(&bytes, BYTES_MAX).ok())
            .ok_or(AuthorityFailed::NotARequest)
    }
}

impl Request for RootRequest {
    const WORDS: &'static str = "yichuan-root-request v1";
}

impl Request for OfficerRequest {
    const WORDS: &'static str = "yichuan-officer-request v1";
}

impl Request for EscrowRequest {
    const WORDS: &'static str = "yichuan-escrow-request v1";
}

impl RootRequest {
    /// What these keys show.
    pub(super) fn of(present: &SigningSecret, next: &SigningSecret) -> Self {
        Self {
            present: present.public(),
            next: next.public(),
        }
    }

    /// The sets that these requests make, the present and the next. The order of the keys is that
    /// of their ids, so that nobody has to remember another.
    pub(super) fn sets(requests: &[Self], threshold: u8) -> (RootSet, RootSet) {
        let set = |key: fn(&Self) -> &PublicKey| {
            let mut keys: Vec<PublicKey> = requests.iter().map(|it| key(it).clone()).collect();
            keys.sort_by_key(|key| *key.id().as_bytes());
            RootSet { keys, threshold }
        };
        (set(|it| &it.present), set(|it| &it.next))
    }
}
