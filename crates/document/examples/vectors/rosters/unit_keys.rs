//! What is refused about unit keys and their shares.

use yichuan_document::Digest;
use yichuan_document::signed::{Signed, SlotRole};

use super::Recorder;
use super::land::{CLERK, MANAGER, PC, PC2, TOWN, by_account, new_share, payload, unit_key};
use crate::raw::secret;

pub(super) fn first_unit_keys(recorder: &mut Recorder) {
    let by_clerk = by_account(recorder, CLERK, &unit_key(CLERK, 1));
    recorder.refuses(
        "g5: a clerk makes the unit's key",
        &by_clerk,
        "standing-role",
    );
    let second = by_account(recorder, MANAGER, &unit_key(MANAGER, 2));
    recorder.refuses("the second epoch first", &second, "epoch");
    let mut elsewhere = unit_key(MANAGER, 1);
    elsewhere.unit = TOWN.parse().expect("a unit");
    let elsewhere = by_account(recorder, MANAGER, &elsewhere);
    recorder.refuses("another unit's key", &elsewhere, "another-unit");
    let mut lent = unit_key(MANAGER, 1);
    lent.share.key = Digest::of(b"another key");
    let lent = by_account(recorder, MANAGER, &lent);
    recorder.refuses("a share for another key", &lent, "change-share");
    let unbound = made(recorder, Some((MANAGER, PC2)), PC2);
    recorder.refuses(
        "on a computer that is not bound",
        &unbound,
        "standing-not-on-this-device",
    );
    let unnamed = made(recorder, None, PC);
    recorder.refuses("by nobody", &unnamed, "standing-unnamed");
}

/// The manager's first unit key, said to be made by these and signed on `device`.
fn made(recorder: &Recorder, said: Option<(&str, &str)>, device: &str) -> Signed {
    let payload = payload(recorder, said, &unit_key(MANAGER, 1));
    let (account, device) = (secret(MANAGER), secret(device));
    Signed::new(
        &payload,
        &[(SlotRole::Account, &account), (SlotRole::Device, &device)],
    )
}

pub(super) fn shares(recorder: &mut Recorder) {
    let by_clerk = by_account(recorder, CLERK, &new_share(CLERK, 1));
    recorder.refuses(
        "g5: a clerk shares what it lacks",
        &by_clerk,
        "holds-no-share",
    );
    let unknown = by_account(recorder, MANAGER, &new_share("513200-zfb-fs99", 1));
    recorder.refuses("a share for nobody", &unknown, "standing-account");
    let elsewhere = by_account(recorder, MANAGER, &new_share("513201-zf-js01", 1));
    recorder.refuses("a share for another unit", &elsewhere, "another-unit");
    let mut cut = new_share(CLERK, 1);
    cut.share.ct.truncate(47);
    let cut = by_account(recorder, MANAGER, &cut);
    recorder.refuses("a share cut short", &cut, "change-share");
}
