//! From a certificate to an anchor (RFC 5280, 6, as far as seals need it).
//!
//! An anchor is a name and a key that the caller trusts; its own dates and signature are not looked
//! at. A certificate that is itself an anchor needs no other.

use yichuan_document::Timestamp;

use super::Certificate;

/// The most certificates between a certificate and its anchor.
const BETWEEN_MAX: u32 = 4;
/// The most signatures that are tried for one certificate: names may be the same on purpose.
const TRIES_MAX: u32 = 32;

/// What became of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// It leads to an anchor.
    Anchored,
    /// No certificate at hand that may be used is its issuer's, or of one further up.
    NoAnchor,
    /// Issuers of that name and key are at hand, and none of them signed it, or none may.
    Broken,
}

/// Looks for a way from `leaf` to one of `anchors` over `others`, valid at `at`.
pub(crate) fn trace(
    leaf: &Certificate,
    anchors: &[Certificate],
    others: &[Certificate],
    at: Timestamp,
) -> Chain {
    if anchors.iter().any(|anchor| anchor.der == leaf.der) {
        return Chain::Anchored;
    }
    let mut tries = TRIES_MAX;
    let mut search = Search {
        anchors,
        others,
        at,
        tries: &mut tries,
    };
    search.above(leaf, 0)
}

struct Search<'a> {
    anchors: &'a [Certificate],
    others: &'a [Certificate],
    at: Timestamp,
    tries: &'a mut u32,
}

impl Search<'_> {
    /// From `below`, beneath which there are `depth` authorities.
    fn above(&mut self, below: &Certificate, depth: u32) -> Chain {
        let mut worst = Chain::NoAnchor;
        for anchor in self.anchors.iter().filter(|anchor| below.names(anchor)) {
            worst = Chain::Broken;
            if anchor.may_certify(depth) && self.signed(below, anchor) {
                return Chain::Anchored;
            }
        }
        if depth == BETWEEN_MAX {
            return worst;
        }
        for other in self.others {
            let usable = other.covers(self.at) && other.unknown_critical().is_none();
            if !usable || !below.names(other) || other.der == below.der {
                continue;
            }
            if !other.may_certify(depth) || !self.signed(below, other) {
                worst = Chain::Broken;
                continue;
            }
            match self.above(other, depth + 1) {
                Chain::Anchored => return Chain::Anchored,
                Chain::Broken => worst = Chain::Broken,
                Chain::NoAnchor => {}
            }
        }
        worst
    }

    fn signed(&mut self, below: &Certificate, issuer: &Certificate) -> bool {
        if *self.tries == 0 {
            return false;
        }
        *self.tries -= 1;
        issuer.sm2_key().is_some_and(|key| below.is_signed_by(key))
    }
}

#[cfg(test)]
mod tests;
