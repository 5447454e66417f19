//! Who of a receiving unit may open a document: need to know inside the unit.

use minicbor::{Decode, Encode};

use super::About;
use crate::signed::Body;
use crate::{AccountId, Digest};

/// The most accounts that a document can be assigned to.
pub const ASSIGNEES_MAX: usize = 100;

/// A receiving unit names the accounts that may open a document. From then on the exchange
/// releases its wrap to no other account of the unit; the newest assignment is the one in force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Assignment {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The accounts of the unit, rising, each once: 1 to [`ASSIGNEES_MAX`].
    #[n(1)]
    pub accounts: Vec<AccountId>,
    /// The statement digest of the assignment that this one takes the place of.
    #[n(2)]
    pub previous: Option<Digest>,
}

impl Assignment {
    /// Whether the accounts are as many as they may be, rising, and each there once.
    pub fn is_well_formed(&self) -> bool {
        (1..=ASSIGNEES_MAX).contains(&self.accounts.len())
            && self.accounts.is_sorted_by(|before, after| before < after)
    }
}

impl Body for Assignment {
    const PURPOSE: &'static str = "yichuan/assignment/1";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_named_once_and_in_order() {
        let assigned = |accounts: &[&str]| {
            let accounts = accounts.iter().map(|id| id.parse().unwrap()).collect();
            let document = "019a0000-0000-7000-8000-000000000001".parse().unwrap();
            let manifest = Digest::of(b"manifest");
            Assignment {
                about: About { document, manifest },
                accounts,
                previous: None,
            }
        };
        let (one, two) = ("513201-zf-js01", "513201-zf-js02");
        assert!(assigned(&[one]).is_well_formed());
        assert!(assigned(&[one, two]).is_well_formed());
        for bad in [&[][..], &[two, one], &[one, one]] {
            assert!(!assigned(bad).is_well_formed(), "{bad:?}");
        }
        let mut many = assigned(&[one]);
        let kinds = ["aa", "bb"].iter();
        let names = kinds.flat_map(|kind| (1..=99).map(move |n| format!("513201-zf-{kind}{n:02}")));
        let names = names.take(ASSIGNEES_MAX + 1);
        many.accounts = names.map(|name| name.parse().unwrap()).collect();
        assert!(!many.is_well_formed());
        many.accounts.pop();
        assert!(many.is_well_formed());
    }
}
