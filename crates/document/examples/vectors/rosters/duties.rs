//! Seals that wait, standing in, m of n, and the succession of the root.

use yichuan_document::Digest;
use yichuan_document::roster::act::{
    ACT_ACCOUNT_CHANGED, ACT_OFFICER_CERTIFIED, ACT_QUORUM_SET, ACT_SEAL_ISSUED, ACT_SEAL_REPLACED,
    Change, Delegate, RootSuccession, SealActivation,
};
use yichuan_document::roster::duty::{QUORUM_ID, Quorum, RootSet};
use yichuan_document::roster::record::{Officer, Role, SealGrant, SealStep, Status};
use yichuan_document::signed::{Signed, SlotRole};

use super::land::{
    CLERK, MANAGER, PC, SEAL, account, act, by_account, by_officer, by_root, next_roots, payload,
    seal,
};
use super::{NOW, Recorder};
use crate::raw::secret;

pub(super) fn grow(recorder: &mut Recorder) {
    seal_that_waits(recorder);
    standing_in(recorder);
    two_officers(recorder);
}

fn seal_that_waits(recorder: &mut Recorder) {
    let made = SealGrant {
        awaits: Some(SealStep::Activation),
        ..seal(Status::Active)
    };
    let picture = made.picture;
    let made = by_officer(recorder, ACT_SEAL_ISSUED, vec![Change::put(SEAL, &made)]);
    recorder.takes("the officer has a seal made that waits", &made);
    let body = SealActivation {
        seal: SEAL.parse().expect("a seal"),
        picture,
    };
    let early = by_account(recorder, CLERK, &body);
    recorder.refuses("a seal taken into use by a clerk", &early, "standing-role");
}

fn standing_in(recorder: &mut Recorder) {
    let body = Delegate {
        to: CLERK.parse().expect("an account"),
        from: NOW,
        until: NOW.plus_ms(3_600_000),
    };
    let early = by_account(recorder, MANAGER, &body);
    recorder.refuses("g5: who is no approver delegates", &early, "standing-role");
    let head = account("p-li4", &[Role::Approve, Role::Manage], &[PC]);
    let head = vec![Change::put(MANAGER, &head)];
    let head = by_officer(recorder, ACT_ACCOUNT_CHANGED, head);
    recorder.takes("the manager becomes the approver as well", &head);
    let backwards = Delegate {
        from: NOW.plus_ms(1),
        until: NOW,
        ..body.clone()
    };
    let backwards = by_account(recorder, MANAGER, &backwards);
    recorder.refuses(
        "a delegation that ends before it begins",
        &backwards,
        "delegation",
    );
    let lent = by_account(recorder, MANAGER, &body);
    recorder.takes("the approver has the clerk stand in", &lent);
}

fn two_officers(recorder: &mut Recorder) {
    let second = Officer {
        keys: vec![secret("second officer").public()],
        status: Status::Active,
    };
    let alone = Quorum {
        seals: 2,
        ..Quorum::ONE
    };
    let early = by_root(
        recorder,
        ACT_QUORUM_SET,
        vec![Change::put(QUORUM_ID, &alone)],
    );
    recorder.refuses(
        "a rule that one officer cannot meet",
        &early,
        "change-quorum",
    );
    let second = vec![Change::put("p-officer2", &second)];
    let second = by_root(recorder, ACT_OFFICER_CERTIFIED, second);
    recorder.takes("the root certifies a second officer", &second);
    let rule = vec![Change::put(QUORUM_ID, &alone)];
    let rule = by_root(recorder, ACT_QUORUM_SET, rule);
    recorder.takes("the root has seals signed by two", &rule);
    let issued = || vec![Change::put(SEAL, &seal(Status::Active))];
    let one = by_officer(recorder, ACT_SEAL_REPLACED, issued());
    recorder.refuses("g5: a seal by one officer of two", &one, "quorum");
    let officer = secret("officer");
    let body = act(&recorder.roster, ACT_SEAL_REPLACED, issued());
    let of = payload(recorder, None, &body);
    let twice = Signed::new(
        &of,
        &[(SlotRole::Officer, &officer), (SlotRole::Officer, &officer)],
    );
    recorder.refuses("g5: one officer twice", &twice, "unknown-officer");
    let second = secret("second officer");
    let both = Signed::new(
        &of,
        &[(SlotRole::Officer, &officer), (SlotRole::Officer, &second)],
    );
    recorder.takes("both officers change the seal", &both);
}

pub(super) fn succession(recorder: &mut Recorder) {
    let follow = |recorder: &Recorder, set: RootSet, new: &[&str]| {
        let body = RootSuccession {
            sequence: recorder.roster.sequence() + 1,
            previous: recorder.roster.last_act(),
            set,
            next: Digest::of(b"the root set after that"),
        };
        let of = payload(recorder, None, &body);
        let mut signed = Signed::new(&of, &[(SlotRole::Root, &secret("root"))]);
        for name in new {
            signed.add(SlotRole::NewRoot, &secret(name));
        }
        signed
    };
    let other = RootSet {
        keys: vec![secret("a thief").public()],
        threshold: 1,
    };
    let other = follow(recorder, other, &["a thief"]);
    recorder.refuses("g2: another root set", &other, "not-the-successor");
    let few = follow(recorder, next_roots(), &["next root b"]);
    recorder.refuses("too few of the next roots", &few, "quorum");
    let both = follow(recorder, next_roots(), &["next root a", "next root b"]);
    recorder.takes("the root hands over to its successor", &both);
    let late = by_root(
        recorder,
        ACT_QUORUM_SET,
        vec![Change::put(QUORUM_ID, &Quorum::ONE)],
    );
    recorder.refuses("g2: the old root comes back", &late, "signature");
}
