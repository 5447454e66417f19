use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::certificate::known;
use crate::der::{bits, explicit, integer, octets, sequence, tag, text, tlv, truth};
use crate::instant;
use crate::sm2_key::Sm2Secret;

fn secret(seed: u8) -> Sm2Secret {
    Sm2Secret::generate(&mut ChaCha20Rng::from_seed([seed; 32])).expect("chance")
}

fn day(day: &str) -> Timestamp {
    instant::from_generalized(&format!("{day}000000Z")).expect("a day")
}

/// Number `n` of a row, of which each is certified by the one before; 0 certifies itself.
struct Link {
    n: u8,
    until: &'static str,
    /// `basicConstraints`; none for a certificate that certifies nobody.
    constraints: Option<Vec<u8>>,
    /// An extension that nobody knows, and which is critical.
    strange: bool,
    signed_by: u8,
}

impl Link {
    fn authority(n: u8) -> Self {
        let constraints = Some(truth(true));
        let signed_by = n.saturating_sub(1);
        Self {
            n,
            until: "281231000000Z",
            constraints,
            strange: false,
            signed_by,
        }
    }

    fn leaf(n: u8) -> Self {
        Self {
            constraints: None,
            ..Self::authority(n)
        }
    }

    fn certificate(&self) -> Certificate {
        let name = |n: u8| {
            let pair = [
                tlv(tag::OID, known::COMMON_NAME),
                text(tag::UTF8, &format!("{n}")),
            ];
            sequence(&[tlv(tag::SET, &sequence(&pair))])
        };
        let critical =
            |id: &[u8], value: &[u8]| sequence(&[tlv(tag::OID, id), truth(true), octets(value)]);
        let mut extensions = Vec::new();
        if let Some(fields) = &self.constraints {
            let value = tlv(tag::SEQUENCE, fields);
            extensions.push(critical(known::BASIC_CONSTRAINTS, &value));
        }
        if self.strange {
            extensions.push(critical(&[0x55, 0x1d, 30], &[0x30, 0]));
        }
        let algorithm = sequence(&[tlv(tag::OID, known::SM2_WITH_SM3)]);
        let key = [
            tlv(tag::OID, known::EC_KEY),
            tlv(tag::OID, known::SM2_CURVE),
        ];
        let body = sequence(&[
            explicit(0, &integer(&[2])),
            integer(&[self.n, 1]),
            algorithm.clone(),
            name(self.n.saturating_sub(1)),
            sequence(&["260101000000Z", self.until].map(|at| text(tag::UTC_TIME, at))),
            name(self.n),
            sequence(&[sequence(&key), bits(secret(self.n + 1).public().point())]),
            explicit(3, &sequence(&extensions)),
        ]);
        let rng = &mut ChaCha20Rng::from_seed([99; 32]);
        let signature = secret(self.signed_by + 1).sign(&body, rng).expect("chance");
        let der = sequence(&[body, algorithm, bits(&signature.to_der())]);
        Certificate::read(&der).expect("it was just made")
    }
}

/// Follows the leaf behind `between` to number 0, offered in the wrong order.
fn traced(root: &Link, between: Vec<Link>) -> Chain {
    let leaf = Link::leaf(u8::try_from(between.len() + 1).expect("few")).certificate();
    let others = between.into_iter().rev().map(|link| link.certificate());
    let others: Vec<Certificate> = others.collect();
    trace(&leaf, &[root.certificate()], &others, day("20260801"))
}

#[test]
fn a_chain_has_at_most_four_certificates_between() {
    for count in 0..=4 {
        let between = (1..=count).map(Link::authority).collect();
        assert_eq!(
            traced(&Link::authority(0), between),
            Chain::Anchored,
            "{count}"
        );
    }
    let between = (1..=5).map(Link::authority).collect();
    assert_eq!(traced(&Link::authority(0), between), Chain::NoAnchor);
}

#[test]
fn an_authority_says_how_many_may_stand_below_it() {
    let below = |n: u8| Some([truth(true), integer(&[n])].concat());
    let root = |n: u8| Link {
        constraints: below(n),
        ..Link::authority(0)
    };
    let between = |count: u8| (1..=count).map(Link::authority).collect();
    assert_eq!(traced(&root(0), between(0)), Chain::Anchored);
    assert_eq!(traced(&root(0), between(1)), Chain::Broken);
    assert_eq!(traced(&root(1), between(1)), Chain::Anchored);
    assert_eq!(traced(&root(1), between(2)), Chain::Broken);
    let first = Link {
        constraints: below(0),
        ..Link::authority(1)
    };
    assert_eq!(
        traced(&root(9), vec![first, Link::authority(2)]),
        Chain::Broken
    );
}

#[test]
fn e4_what_stands_between_must_be_an_authority_that_is_valid_and_understood() {
    let with = |link: Link| traced(&Link::authority(0), vec![link]);
    assert_eq!(with(Link::authority(1)), Chain::Anchored);
    assert_eq!(with(Link::leaf(1)), Chain::Broken, "no authority");
    let constraints = Some(truth(false));
    assert_eq!(
        with(Link {
            constraints,
            ..Link::authority(1)
        }),
        Chain::Broken
    );
    let until = "260731000000Z";
    assert_eq!(
        with(Link {
            until,
            ..Link::authority(1)
        }),
        Chain::NoAnchor,
        "over"
    );
    assert_eq!(
        with(Link {
            strange: true,
            ..Link::authority(1)
        }),
        Chain::NoAnchor
    );
    assert_eq!(
        with(Link {
            signed_by: 7,
            ..Link::authority(1)
        }),
        Chain::Broken
    );
    let missing = traced(&Link::authority(0), Vec::new());
    assert_eq!(missing, Chain::Anchored);
    let anchor = Link {
        until,
        ..Link::authority(0)
    };
    assert_eq!(
        traced(&anchor, Vec::new()),
        Chain::Anchored,
        "an anchor's dates do not count"
    );
}
