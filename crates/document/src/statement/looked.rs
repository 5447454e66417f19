//! How often who receives must have looked (practice of the field: fixed times of the day).

use minicbor::{Decode, Encode};

use crate::signed::Body;
use crate::{AccountId, Timestamp};

/// The exchange says that an account that receives had not looked in a window of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LookMissed {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// When the window began.
    #[n(1)]
    pub from: Timestamp,
    /// And when it ended.
    #[n(2)]
    pub until: Timestamp,
}

impl Body for LookMissed {
    const PURPOSE: &'static str = "yichuan/look-missed/1";
}
