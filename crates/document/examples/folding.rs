//! How long a client takes to fold a roster of many statements: each opens a unit.
//! `cargo run --release -p yichuan-document --example folding [STATEMENTS]`

use std::time::Instant;

use yichuan_document::key::SigningSecret;
use yichuan_document::roster::Roster;
use yichuan_document::roster::act::{AuthorityAct, Change, Genesis};
use yichuan_document::roster::record::{Officer, Status, Unit};
use yichuan_document::signed::{Body, Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::{Digest, Timestamp, tree};

const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

fn secret(name: &str) -> SigningSecret {
    SigningSecret::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

fn payload<B: Body>(roster: Option<&Roster>, number: usize, body: &B) -> Payload {
    let nothing = RosterHead {
        count: 0,
        root: tree::root(&[]),
    };
    let context = Context {
        origin: "yichuan.example".parse().expect("an origin"),
        genesis: roster.map_or(Digest::from_bytes([0; 32]), Roster::genesis),
        roster: roster.map_or(nothing, Roster::head),
        seen: None,
        account: None,
        device: None,
    };
    let id = format!("019a0000-0000-7000-8000-{number:012x}");
    Payload::new(&context, id.parse().expect("an id"), NOW, body)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the example is a tool for developers and measures; the crate does not"
)]
fn main() {
    let count = std::env::args().nth(1);
    let count: usize = count.map_or(20_000, |count| count.parse().expect("a number"));
    let (root, officer) = (secret("root"), secret("officer"));
    let genesis = Genesis {
        roots: vec![root.public()],
        threshold: 1,
        next: Digest::of(b"next"),
    };
    let genesis = Signed::new(&payload(None, 0, &genesis), &[(SlotRole::Root, &root)]);
    let mut roster = Roster::begin(&genesis).expect("a genesis");
    let record = Officer {
        keys: vec![officer.public()],
        status: Status::Active,
    };
    let mut change = Change::put("p-officer", &record);
    let (mut signing, mut folding) = (0, 0);
    for number in 1..=count {
        let began = Instant::now();
        let body = AuthorityAct {
            sequence: roster.sequence() + 1,
            previous: roster.last_act(),
            act: 1,
            changes: vec![change],
            attachments: Vec::new(),
        };
        let signer = match number {
            1 => (SlotRole::Root, &root),
            _ => (SlotRole::Officer, &officer),
        };
        let signed = Signed::new(&payload(Some(&roster), number, &body), &[signer]);
        signing += began.elapsed().as_micros();
        let began = Instant::now();
        let decided = roster.decide(&signed, NOW).expect("an act");
        roster.apply(&decided);
        folding += began.elapsed().as_micros();
        // Codes in no order, as units come and go.
        let code = (number * 7_919) % 1_000_003;
        let unit = Unit {
            name: format!("单位{number}"),
            parent: None,
            status: Status::Active,
            successor: None,
            world: None,
        };
        change = Change::put(&format!("{code:06}-zf"), &unit);
    }
    println!(
        "{count} statements: signed in {} ms, folded in {} ms, {} records",
        signing / 1_000,
        folding / 1_000,
        roster.head().count
    );
}
