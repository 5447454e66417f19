//! What becomes of pending deliveries where one act closes several units.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; clippy knows only functions marked as tests"
)]

mod world;

use yichuan_document::life::DeliveryState;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Status, Unit};
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{Redirection, Submission};
use yichuan_document::{Classification, Digest, UnitCode, cbor};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_exchange::sequencer::clock;
use yichuan_exchange::tables::{self, DeliveryRow};
use yichuan_store::Batch;
use yichuan_wire::ErrorCode;

use world::*;

const HEIR: &str = "513201-zf";
const FIRST: &str = "513202-zf";
const SECOND: &str = "513203-zf";

fn unit(status: Status, successor: Option<&str>) -> Unit {
    Unit {
        name: "单位".to_owned(),
        parent: None,
        status,
        successor: successor.map(|code| code.parse().unwrap()),
        world: None,
    }
}

/// A document with pending deliveries to these units, as if it had been dispatched.
async fn pending(world: &mut World, units: &[&str]) -> Digest {
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Internal);
    let done = world.submit(&incoming).await.unwrap();
    let body: Submission = incoming.signed.claimed().unwrap().body().unwrap();
    let manifest = body.about.manifest;
    let due = clock().plus_ms(60_000);
    let row = DeliveryRow::announced(clock(), 202_611, due, Digest::of(b"the last seal"));
    let mut batch = Batch::new();
    for code in units {
        let code: UnitCode = code.parse().unwrap();
        batch.put(
            tables::DELIVERIES,
            tables::delivery(&manifest, &code),
            cbor::to_vec(&row),
        );
        let head = world
            .store
            .view()
            .unwrap()
            .get(tables::FEED_HEADS, code.as_str().as_bytes())
            .unwrap()
            .map_or(0, |row| u64::from_be_bytes(row.try_into().unwrap()));
        batch.put(
            tables::FEEDS,
            tables::feed(&code, head + 1),
            done.index.unwrap().to_be_bytes(),
        );
        batch.put(
            tables::FEED_HEADS,
            code.as_str().as_bytes(),
            (head + 1).to_be_bytes(),
        );
    }
    world.store.commit(batch, &[]).unwrap();
    manifest
}

fn row(world: &World, document: &Digest, code: &str) -> Option<DeliveryRow> {
    let key = tables::delivery(document, &code.parse().unwrap());
    let bytes = world.store.view().unwrap().get(tables::DELIVERIES, &key);
    bytes
        .unwrap()
        .map(|bytes| cbor::read(&bytes, 4_096).unwrap())
}

fn state(world: &World, document: &Digest, code: &str) -> Option<DeliveryState> {
    row(world, document, code).map(|row| DeliveryState::from_code(row.state).unwrap())
}

/// From whom to whom the log says that the document went, with the digests that say so.
fn said(world: &World, document: &Digest) -> Vec<(String, String, Digest)> {
    let view = world.store.view().unwrap();
    let mut found = Vec::new();
    for index in 0.. {
        let Some(bytes) = view.get(tables::ENTRIES, &tables::index(index)).unwrap() else {
            return found;
        };
        let entry = Entry::read(&bytes).unwrap();
        if entry.kind != EntryKind::Redirection {
            continue;
        }
        let signed = entry.signed().unwrap();
        let body: Redirection = signed.claimed().unwrap().body().unwrap();
        if body.about.manifest == *document {
            let (from, to) = (body.from.unit.to_string(), body.to.unit.to_string());
            found.push((from, to, signed.digest()));
        }
    }
    found
}

async fn opened() -> World {
    let mut world = World::new().await;
    let open = |code| Change::put(code, &unit(Status::Active, None));
    let changes = vec![open(FIRST), open(SECOND)];
    world.act(SlotRole::Officer, 4, changes).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_two_units_that_go_to_one_leave_it_one_delivery() {
    let mut world = opened().await;
    let document = pending(&mut world, &[FIRST, SECOND]).await;
    let closed = |code| Change::put(code, &unit(Status::Closed, Some(HEIR)));
    let changes = vec![closed(FIRST), closed(SECOND)];
    world.act(SlotRole::Officer, 4, changes).await;
    let said = said(&world, &document);
    assert_eq!(said.len(), 2, "{said:?}");
    for code in [FIRST, SECOND] {
        assert_eq!(
            state(&world, &document, code),
            Some(DeliveryState::Redirected)
        );
    }
    // The first of them began it; the other one found it there.
    let heirs = row(&world, &document, HEIR).unwrap();
    assert_eq!(heirs.state, DeliveryState::Announced.code());
    assert_eq!(heirs.last, said[0].2);
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_what_goes_to_a_unit_that_the_same_act_closes_goes_on_from_there() {
    for order in [[FIRST, SECOND], [SECOND, FIRST]] {
        let mut world = opened().await;
        let document = pending(&mut world, &[FIRST]).await;
        let closed = |code: &str| {
            let successor = if code == FIRST { SECOND } else { HEIR };
            Change::put(code, &unit(Status::Closed, Some(successor)))
        };
        world
            .act(SlotRole::Officer, 4, order.map(closed).to_vec())
            .await;
        let steps: Vec<(String, String)> = said(&world, &document)
            .into_iter()
            .map(|(from, to, _)| (from, to))
            .collect();
        let step = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(steps, [step(FIRST, SECOND), step(SECOND, HEIR)]);
        assert_eq!(
            state(&world, &document, SECOND),
            Some(DeliveryState::Redirected)
        );
        assert_eq!(
            state(&world, &document, HEIR),
            Some(DeliveryState::Announced)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_units_do_not_close_into_each_other() {
    let mut world = opened().await;
    let document = pending(&mut world, &[FIRST]).await;
    let changes = vec![
        Change::put(FIRST, &unit(Status::Closed, Some(SECOND))),
        Change::put(SECOND, &unit(Status::Closed, Some(FIRST))),
    ];
    // What is on its way would go round without an end, and reach nobody.
    let refused = world.try_act(SlotRole::Officer, 4, changes).await;
    assert_eq!(refused, Err(ErrorCode::ACT));
    assert_eq!(said(&world, &document), []);
    assert_eq!(
        state(&world, &document, FIRST),
        Some(DeliveryState::Announced)
    );
}

/// The entries that a unit was told of, in order.
fn told(world: &World, code: &str) -> Vec<u64> {
    let (view, code) = (world.store.view().unwrap(), code.parse().unwrap());
    let row = |sequence| {
        view.get(tables::FEEDS, &tables::feed(&code, sequence))
            .unwrap()
    };
    let rows = (1..).map_while(row);
    rows.map(|row| u64::from_be_bytes(row.try_into().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_a_successor_is_told_of_what_was_not_sent() {
    let mut world = opened().await;
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Internal);
    let done = world.submit(&incoming).await.unwrap();
    let submitted = done.index.unwrap();
    // Through a unit that the same act closes, and then once more.
    let changes = vec![
        Change::put("513200-zfb", &unit(Status::Closed, Some(FIRST))),
        Change::put(FIRST, &unit(Status::Closed, Some(SECOND))),
    ];
    world.act(SlotRole::Officer, 4, changes).await;
    assert!(!told(&world, FIRST).contains(&submitted));
    assert!(told(&world, SECOND).contains(&submitted));
    let changes = vec![Change::put(SECOND, &unit(Status::Closed, Some(HEIR)))];
    world.act(SlotRole::Officer, 4, changes).await;
    let indexes = told(&world, HEIR);
    let times = indexes.iter().filter(|index| **index == submitted);
    assert_eq!(times.count(), 1, "{indexes:?}");
}
