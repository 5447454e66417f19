//! Enrolment tickets as people type them: twenty secret bytes and a checksum, in groups of four.

use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use yichuan_document::TicketId;
use yichuan_document::key::SigningSecret;
use zeroize::Zeroizing;

/// Crockford's letters: none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_BYTES: usize = 20;
const CHECK_BYTES: usize = 5;

/// The secret of a ticket; wiped when dropped, shown only where it is handed over.
pub struct TicketCode(Zeroizing<[u8; SECRET_BYTES]>);

impl TicketCode {
    /// A new ticket.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        rng.fill_bytes(secret.as_mut());
        Self(secret)
    }

    /// The key that signs with the ticket.
    pub fn key(&self) -> SigningSecret {
        let seed = Zeroizing::new(self.hash("yichuan/ticket/1"));
        SigningSecret::from_seed(&seed)
    }

    /// The ticket's id in the roster, which tells nothing of the secret.
    pub fn id(&self) -> TicketId {
        let hash = self.hash("yichuan/ticket-id/1");
        let text = data_encoding::HEXLOWER.encode(&hash[..10]);
        format!("t-{text}")
            .parse()
            .expect("hexadecimal digits make a ticket's id")
    }

    /// The half of a unit's seed that the code stands for, where it is a recovery code (protocol
    /// rule 13).
    pub fn half(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.hash("yichuan/escrow-half/1"))
    }

    /// The code, to be handed over once.
    pub fn reveal(&self) -> Zeroizing<String> {
        let check = self.hash("yichuan/ticket-check/1");
        let bytes = Zeroizing::new([&self.0[..], &check[..CHECK_BYTES]].concat());
        let mut text = Zeroizing::new(String::with_capacity(50));
        for (place, group) in bytes.chunks(5).enumerate() {
            let bits = group
                .iter()
                .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            for letter in 0..8 {
                if letter % 4 == 0 && (place, letter) != (0, 0) {
                    text.push('-');
                }
                let value = bits >> (35 - 5 * letter) & 31;
                text.push(char::from(LETTERS[usize::try_from(value).unwrap_or(0)]));
            }
        }
        text
    }

    fn hash(&self, purpose: &str) -> [u8; 32] {
        Sha256::new()
            .chain_update(purpose)
            .chain_update(&self.0[..])
            .finalize()
            .into()
    }
}

impl fmt::Debug for TicketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketCode(..)")
    }
}

/// A text that is no ticket, or has a typing error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATicket;

impl fmt::Display for NotATicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a ticket, or mistyped")
    }
}

impl std::error::Error for NotATicket {}

impl FromStr for TicketCode {
    type Err = NotATicket;

    /// Reads the code; blanks and hyphens do not matter, nor do small letters, O for 0, I and L
    /// for 1.
    fn from_str(text: &str) -> Result<Self, NotATicket> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET_BYTES + CHECK_BYTES));
        let (mut bits, mut count) = (0_u64, 0);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = LETTERS.iter().position(|letter| char::from(*letter) == c);
            bits = bits << 5 | value.ok_or(NotATicket)? as u64;
            count += 1;
            if count % 8 == 0 {
                bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
                bits = 0;
            }
        }
        if count % 8 != 0 {
            return Err(NotATicket);
        }
        let (secret, check) = bytes
            .split_first_chunk::<SECRET_BYTES>()
            .ok_or(NotATicket)?;
        let code = Self(Zeroizing::new(*secret));
        let expected = code.hash("yichuan/ticket-check/1");
        if check == &expected[..CHECK_BYTES] {
            Ok(code)
        } else {
            Err(NotATicket)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_read_as_it_was_printed_or_typed() {
        let code = TicketCode::generate(&mut crate::chance().unwrap());
        let text = code.reveal().to_string();
        assert_eq!(text.len(), 40 + 9);
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            format!(" {text} "),
        ] {
            let read: TicketCode = typed.parse().unwrap();
            assert_eq!(read.id(), code.id(), "{typed}");
            assert_eq!(read.key().public(), code.key().public());
        }
        assert_eq!(format!("{code:?}"), "TicketCode(..)");
    }

    #[test]
    fn a_mistyped_ticket_is_noticed() {
        let text = TicketCode::generate(&mut crate::chance().unwrap())
            .reveal()
            .to_string();
        let letters = text.bytes().enumerate().filter(|(_, byte)| *byte != b'-');
        for (place, right) in letters {
            for wrong in LETTERS.iter().filter(|letter| **letter != right) {
                let mut typed = text.clone().into_bytes();
                typed[place] = *wrong;
                let typed = String::from_utf8(typed).unwrap();
                assert!(typed.parse::<TicketCode>().is_err(), "{typed} for {text}");
            }
        }
        let plain = text.replace('-', "");
        for place in 1..plain.len() {
            let mut typed = plain.clone().into_bytes();
            typed.swap(place - 1, place);
            let typed = String::from_utf8(typed).unwrap();
            let noticed = typed == plain || typed.parse::<TicketCode>().is_err();
            assert!(noticed, "{typed} for {plain}");
        }
        let twice = format!("{text}-{text}");
        for bad in ["", "ABCD", &text[..44], &text[5..], &twice, "U", "驿传"] {
            assert!(bad.parse::<TicketCode>().is_err(), "{bad}");
        }
    }
}
