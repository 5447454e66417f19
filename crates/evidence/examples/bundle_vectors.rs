//! Makes the vectors of `proto/vectors/bundle`, the same each time, and writes them to the
//! standard output.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
#[path = "../tests/world/mod.rs"]
mod world;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use world::failing::{FIRST, SECOND, failures, fetched};
use world::parties::ADDED;
use world::{MANAGER, Plan, RECIPIENTS, World, judge};
use yichuan_document::life::DeliveryState;
use yichuan_document::roster::record::Status;
use yichuan_document::statement::Audience;
use yichuan_document::{Classification, cbor};
use yichuan_evidence::bundle::MAGIC;
use yichuan_evidence::entry::EntryKind;
use yichuan_evidence::verify::RootPin;

fn main() {
    let mut lived = World::lived();
    let (bundle, pin) = (lived.bundle(), lived.pin());
    let cases = [
        valid(&mut lived),
        forged(),
        patched(&bundle, &pin),
        later(),
        forged_later(),
    ]
    .concat();
    let file = json!({ "root": pin.to_string(), "cases": cases });
    let text = serde_json::to_string_pretty(&file);
    println!("{}", text.expect("what was just put together is JSON"));
}

/// A case with a bundle of its own.
fn whole(name: &str, bundle: &[u8], pin: &RootPin) -> Value {
    let verdict = judge(bundle, Some(pin));
    json!({
        "name": name,
        "bundle": BASE64.encode(bundle),
        "exit": i32::from(!verdict.valid),
        "failed": codes(&failures(&verdict)),
    })
}

fn codes(
    failures: &[(
        yichuan_evidence::verify::Check,
        yichuan_evidence::verify::Fault,
    )],
) -> Value {
    failures
        .iter()
        .map(|(check, fault)| json!([check.code(), fault.code()]))
        .collect()
}

fn valid(lived: &mut World) -> Vec<Value> {
    let pin = lived.pin();
    let mut head = lived.head();
    head.opening = None;
    let closed = lived.write(&head);
    let mut later = fetched();
    let body = yichuan_document::statement::Fetch {
        delivery: later.delivery(FIRST),
    };
    let mut payload = later.payload(Some("513201-zf-js01"), &body);
    "yichuan/check/1".clone_into(&mut payload.purpose);
    payload.body = cbor::to_vec(&7_u8);
    let signed = later.signed_by("513201-zf-js01", &payload);
    later.record(EntryKind::Unknown(47), &signed, &[]);
    vec![
        whole("a whole life, with the content key", &lived.bundle(), &pin),
        whole("a whole life, encrypted", &closed, &pin),
        whole("a statement of an unknown kind", &later.bundle(), &pin),
    ]
}

fn forged() -> Vec<Value> {
    let mut cases = Vec::new();
    let mut case = |name: &str, mut world: World| {
        let (bundle, pin) = (world.bundle(), world.pin());
        cases.push(whole(name, &bundle, &pin));
    };
    let mut world = fetched();
    world.keys.insert(
        "513201-zf-js01".to_owned(),
        yichuan_document::key::SigningSecret::from_seed(&[9; 32]),
    );
    world.receipt(FIRST);
    case("a receipt signed with another key", world);
    let mut world = fetched();
    world.receipt(FIRST);
    world.give_back(FIRST);
    case("signed for and returned", world);
    let mut world = World::new();
    world.document.manifest.account = "513200-zfb-fs02".parse().expect("an account");
    world.wrap();
    world.submit_as("513200-zfb-fs02");
    world.approve();
    case("submitted and approved by one person", world);
    let mut world = World::new();
    world.submit();
    world.set_account(MANAGER, Status::Suspended);
    world.approve();
    case("approved by an account that was locked", world);
    let mut plan = Plan::small();
    plan.level = Classification::Confidential;
    let mut world = World::with(&plan);
    world.submit();
    case("a level that may not be transmitted", world);
    cases
}

/// Lives that go on after the dispatch.
fn later() -> Vec<Value> {
    let mut cases = Vec::new();
    let mut case = |name: &str, mut world: World| {
        let (bundle, pin) = (world.bundle(), world.pin());
        cases.push(whole(name, &bundle, &pin));
    };
    let mut world = fetched();
    world.remind(FIRST, 75, Audience::Receivers);
    world.overdue(FIRST);
    world.receipt(FIRST);
    case("a late receipt, after its overdue entry", world);
    let mut world = fetched();
    world.overdue(FIRST);
    let at = world.log.len() - 1;
    world.correct_time(world.clocks[FIRST].0.plus_ms(3_600_000), &[at]);
    world.receipt(FIRST);
    case("time corrected, and an overdue entry annulled", world);
    let mut world = fetched();
    world.give_back(FIRST);
    world.acknowledge(FIRST);
    world.send_again(FIRST);
    world.fetch(FIRST);
    world.receipt(FIRST);
    case("returned, acknowledged, sent again", world);
    let mut world = fetched();
    world.recall(&[]);
    world.answer_recall(FIRST, 2);
    case("recalled, from one after its fetch", world);
    let mut world = World::widened();
    world.add();
    world.fetch(ADDED);
    world.receipt(ADDED);
    case("one more recipient", world);
    let mut world = World::widened();
    world.ask_for_time(FIRST, 48);
    world.give_time("513200-zf-db01", FIRST, 24);
    case("more time, by who supervises", world);
    let mut world = fetched();
    world.inquire(&SEEN);
    case("the sender has looked", world);
    let mut world = fetched();
    let body = world.supersession_body();
    world.exchange(EntryKind::Supersession, &body);
    case("another document took its place", world);
    cases
}

/// What the sender sees when only the first has fetched.
const SEEN: [(&str, DeliveryState); 3] = [
    (RECIPIENTS[0], DeliveryState::Fetched),
    (RECIPIENTS[1], DeliveryState::Announced),
    (RECIPIENTS[2], DeliveryState::Announced),
];

/// And those that nobody may have lived.
fn forged_later() -> Vec<Value> {
    let mut cases = Vec::new();
    let mut case = |name: &str, mut world: World| {
        let (bundle, pin) = (world.bundle(), world.pin());
        cases.push(whole(name, &bundle, &pin));
    };
    let mut world = fetched();
    world.receipt(FIRST);
    world.overdue(FIRST);
    case("called overdue with a receipt below it", world);
    let mut world = fetched();
    world.next_at(world.due(FIRST));
    world.receipt(FIRST);
    case("a late receipt with no overdue entry", world);
    let mut world = World::dispatched();
    world.recall(&[FIRST]);
    world.fetch(FIRST);
    case("fetched after a clean recall", world);
    let mut world = fetched();
    world.receipt(FIRST);
    world.inquire(&SEEN);
    case("the sender is not shown a receipt", world);
    let mut world = World::widened();
    let supplement = world.supplement();
    world.decide_supplement("513200-zfb-yz01", supplement, true);
    case("a supplement approved by who may not", world);
    let mut world = World::widened();
    world.ask_for_time(FIRST, 2);
    world.give_time(MANAGER, FIRST, 3);
    case("more time than was asked for", world);
    let mut world = fetched();
    world.overdue(FIRST);
    world.next_at(world.clocks[FIRST].0.plus_ms(3_600_000));
    world.fetch(SECOND);
    case("time goes back without a new epoch", world);
    cases
}

/// Cases that differ from the first in some bytes.
fn patched(bundle: &[u8], pin: &RootPin) -> Vec<Value> {
    let last = bundle.len() - 1;
    let head = MAGIC.len() + 4;
    let broken = |name: &str, at: usize, byte: u8| {
        let patch = json!({ "at": at, "hex": HEXLOWER.encode(&[byte]) });
        json!({ "name": name, "patch": patch, "exit": 2 })
    };
    let body = bundle[last - 40] ^ 1;
    let other = RootPin {
        genesis: yichuan_document::Digest::of(b"another"),
        ..pin.clone()
    };
    vec![
        json!({ "name": "no root", "root": null, "exit": 1, "failed": [[2, 2]] }),
        json!({
            "name": "another root",
            "root": other.to_string(),
            "exit": 1,
            "failed": [[2, 4]],
        }),
        json!({
            "name": "the last byte of the digest",
            "patch": { "at": last, "hex": HEXLOWER.encode(&[bundle[last] ^ 1]) },
            "exit": 1,
            "failed": [[1, 1]],
        }),
        json!({
            "name": "a byte of a part, with a new digest",
            "patch": { "at": last - 40, "hex": HEXLOWER.encode(&[body]) },
            "new_digest": true,
            "exit": 1,
            "failed": [[24, 62]],
        }),
        broken("another magic", 0, b'Y'),
        broken("another version", head - 6, b'2'),
        broken("an array for the head", head, 0x88),
        broken("an unknown key in the head", head, 0xa9),
        broken("an indefinite length", head, 0xbf),
        broken("a head of four gibibytes", head - 4, 0xff),
        json!({ "name": "nothing", "length": 0, "exit": 2 }),
        json!({ "name": "the magic alone", "length": MAGIC.len(), "exit": 2 }),
        json!({ "name": "cut off in the head", "length": 5_000, "exit": 2 }),
        json!({ "name": "cut off in the body", "length": last - 100, "exit": 2 }),
        json!({ "name": "without its last byte", "length": last, "exit": 2 }),
        json!({ "name": "one byte more", "append": "00", "exit": 2 }),
    ]
}
