//! Every decoder of this crate on bytes that nobody meant well: none panics, and whatever one of
//! them accepts has one form, the one it would write itself.

#[allow(clippy::unwrap_used, reason = "values that are valid by hand")]
#[path = "hostile/samples.rs"]
mod samples;
#[allow(clippy::unwrap_used, reason = "values that are valid by hand")]
#[path = "hostile/watched.rs"]
mod watched;

use minicbor::{Decode, Encode};
use proptest::prelude::*;
use proptest::sample::Index;
use yichuan_document::cbor;
use yichuan_document::header::InnerHeader;
use yichuan_document::level::{Ceiling, Classification};
use yichuan_document::manifest::Manifest;
use yichuan_document::roster::act::{
    ActFile, AuthorityAct, Change, Enrolment, Genesis, NewShare, NewUnitKey,
};
use yichuan_document::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, ExchangeKeys, KeyShare, Officer, Policy, SealGrant,
    Ticket, Unit, UnitKey,
};
use yichuan_document::roster::{Membership, Roster};
use yichuan_document::signed::{Payload, Signed};
use yichuan_document::statement::{
    Approval, ApprovalRefusal, Assignment, Dispatch, Extract, Fetch, NumberRequest, PasswordSet,
    Receipt, RequestRefused, Return, SealUse, SessionOpen, SessionRecord, Submission, UnitNote,
    Violation, Withdrawal,
};
use yichuan_document::terms::DocumentNumber;
use yichuan_document::wrap::WrapList;
use yichuan_document::{AccountId, DeviceId, DocumentId, Origin, PartName, SealId, UnitRef};

const LIMIT_BYTES: usize = 1 << 20;

/// Whether `T` accepts the bytes; panics where it would write them otherwise.
fn reads<T>(bytes: &[u8]) -> bool
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    let Ok(value) = cbor::read::<T>(bytes, LIMIT_BYTES) else {
        return false;
    };
    assert_eq!(cbor::to_vec(&value), bytes);
    true
}

/// Gives the bytes to every decoder; how many accept them.
fn accepting(bytes: &[u8]) -> usize {
    let documents = [
        reads::<Manifest>(bytes),
        reads::<InnerHeader>(bytes),
        reads::<WrapList>(bytes),
        reads::<Payload>(bytes),
        reads::<Signed>(bytes),
        reads::<ActFile>(bytes),
        reads::<Membership>(bytes),
        reads::<Change>(bytes),
    ];
    let statements = [
        reads::<Genesis>(bytes),
        reads::<AuthorityAct>(bytes),
        reads::<Enrolment>(bytes),
        reads::<NewUnitKey>(bytes),
        reads::<NewShare>(bytes),
        reads::<Submission>(bytes),
        reads::<Approval>(bytes),
        reads::<ApprovalRefusal>(bytes),
        reads::<Withdrawal>(bytes),
        reads::<SealUse>(bytes),
        reads::<Dispatch>(bytes),
        reads::<Fetch>(bytes),
        reads::<Receipt>(bytes),
        reads::<Return>(bytes),
        reads::<Violation>(bytes),
        reads::<UnitNote>(bytes),
        reads::<NumberRequest>(bytes),
        reads::<SessionOpen>(bytes),
        reads::<PasswordSet>(bytes),
        reads::<Extract>(bytes),
        reads::<RequestRefused>(bytes),
        reads::<SessionRecord>(bytes),
        reads::<Assignment>(bytes),
    ];
    let records = [
        reads::<Policy>(bytes),
        reads::<Officer>(bytes),
        reads::<ExchangeKeys>(bytes),
        reads::<Unit>(bytes),
        reads::<Account>(bytes),
        reads::<Device>(bytes),
        reads::<Ticket>(bytes),
        reads::<SealGrant>(bytes),
        reads::<AccountKeys>(bytes),
        reads::<DeviceKeys>(bytes),
        reads::<UnitKey>(bytes),
        reads::<KeyShare>(bytes),
    ];
    let words = [
        reads::<Classification>(bytes),
        reads::<Ceiling>(bytes),
        reads::<DocumentNumber>(bytes),
        reads::<DocumentId>(bytes),
        reads::<Origin>(bytes),
        reads::<AccountId>(bytes),
        reads::<DeviceId>(bytes),
        reads::<SealId>(bytes),
        reads::<UnitRef>(bytes),
        reads::<PartName>(bytes),
    ];
    go_on_with(bytes);
    [&documents[..], &statements, &records, &words]
        .concat()
        .into_iter()
        .filter(|accepted| *accepted)
        .count()
        + watched::accepting(bytes)
}

/// What the programs do with bytes that they could read.
fn go_on_with(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::read(bytes) {
        let _ = manifest.check(Ceiling::Secret);
        assert_eq!(manifest.to_bytes(), bytes);
    }
    if let Ok(header) = InnerHeader::read(bytes) {
        assert_eq!(header.to_bytes(), bytes);
    }
    if let Ok(wraps) = WrapList::read(bytes) {
        let _ = wraps.digest();
        assert_eq!(wraps.to_bytes(), bytes);
    }
    let _ = ActFile::read(bytes);
    if let Ok(signed) = Signed::read(bytes) {
        assert_eq!(signed.to_bytes(), bytes);
        let _ = Roster::begin(&signed);
        let _ = samples::roster().decide(&signed, samples::NOW);
        if let Ok(payload) = signed.claimed() {
            accepting(&payload.body);
        }
    }
    if let Ok(membership) = cbor::read::<Membership>(bytes, LIMIT_BYTES) {
        let _ = membership.verify(&samples::roster().head());
        let _ = membership.record::<Unit>();
    }
}

/// One change of valid bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Cut(Index),
    Repeat(Index, usize),
    Splice(Index, Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (at(), 0_u8..8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (at(), proptest::collection::vec(any::<u8>(), 1..5))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at(), 1_usize..40).prop_map(|(at, count)| Mutation::Remove(at, count)),
        at().prop_map(Mutation::Cut),
        (at(), 1_usize..40).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        (at(), at(), at()).prop_map(|(at, other, from)| Mutation::Splice(at, other, from)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Mutation, all: &[Vec<u8>]) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match change {
        Mutation::Set(at, byte) => bytes[at.index(length)] = *byte,
        Mutation::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
        Mutation::Insert(at, more) => {
            let at = at.index(length);
            bytes.splice(at..at, more.iter().copied());
        }
        Mutation::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..length.min(at + count));
        }
        Mutation::Cut(at) => bytes.truncate(at.index(length)),
        Mutation::Repeat(at, count) => {
            let at = at.index(length);
            let again = bytes[at..length.min(at + count)].to_vec();
            bytes.splice(at..at, again);
        }
        Mutation::Splice(at, other, from) => {
            let other = &all[other.index(all.len())];
            bytes.truncate(at.index(length));
            bytes.extend_from_slice(&other[from.index(other.len())..]);
        }
    }
}

#[test]
fn every_sample_is_accepted() {
    for (what, bytes) in samples::all() {
        assert!(accepting(&bytes) > 0, "{what}");
    }
}

#[test]
fn every_sample_cut_short_is_refused_by_all() {
    for (what, bytes) in samples::all() {
        // Long samples are cut at every place near their ends, and here and there between.
        let step = bytes.len() / 400 + 1;
        for length in (0..bytes.len()).step_by(step) {
            assert_eq!(accepting(&bytes[..length]), 0, "{what} at {length}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_no_danger(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        accepting(&bytes);
    }

    #[test]
    fn small_numbers_are_no_danger(
        bytes in proptest::collection::vec(prop_oneof![0_u8..24, Just(0x61), 0xa0_u8..0xa5], 0..24)
    ) {
        accepting(&bytes);
    }

    #[test]
    fn changed_samples_are_no_danger(
        which in any::<Index>(),
        changes in proptest::collection::vec(mutation(), 1..4),
    ) {
        let all: Vec<Vec<u8>> = samples::all().into_iter().map(|(_, bytes)| bytes).collect();
        let mut bytes = all[which.index(all.len())].clone();
        for change in &changes {
            apply(&mut bytes, change, &all);
        }
        accepting(&bytes);
    }

    /// The signature of what stands inside is made anew, so that the fold itself is reached.
    #[test]
    fn changed_bodies_with_good_signatures_are_no_danger(
        which in any::<Index>(),
        changes in proptest::collection::vec(mutation(), 0..3),
    ) {
        let all: Vec<Vec<u8>> = samples::bodies();
        let mut body = all[which.index(all.len())].clone();
        for change in &changes {
            apply(&mut body, change, &all);
        }
        for signed in samples::signed_with(&body) {
            let _ = Roster::begin(&signed);
            let _ = samples::roster().decide(&signed, samples::NOW);
        }
    }
}
