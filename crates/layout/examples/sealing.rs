//! Times what a seal costs on a file: `cargo run --release -p yichuan-layout --example sealing
//! FILE`, an OFD or PDF. The offices and their keys are made up on the spot.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures; the crate has no clock"
)]

use std::time::Instant;

use minicbor::bytes::ByteVec;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use yichuan_document::statement::About;
use yichuan_document::{Digest, Timestamp};
use yichuan_layout::sealing::placing::{Edge, across};
use yichuan_layout::sealing::{Setting, apply, prepare};
use yichuan_layout::{Limits, examine};
use yichuan_seal::certificate::{Certificate, Holder, Issuer, Profile};
use yichuan_seal::ses::{SealDraft, SesSeal, SesSignature, SignatureDraft, Trust, make_seal, sign};
use yichuan_seal::sm2_key::Sm2Secret;
use yichuan_seal::{Placement, RECORD_VERSION, SealRecord, instant};

/// Runs of each measurement; the middle one counts.
const RUNS: usize = 15;

struct Office {
    signer: Certificate,
    secret: Sm2Secret,
    seal: SesSeal,
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn at(text: &str) -> Timestamp {
    instant::from_free_text(text).expect("a time").0
}

/// A picture of 40,000 bytes and more, as a scanned seal has.
fn picture() -> Vec<u8> {
    let mut state = 1_u32;
    let pixels: Vec<u8> = (0..200 * 200)
        .flat_map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            [200, 0, 0, state.to_be_bytes()[0]]
        })
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 200, 200);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&pixels).expect("as many pixels");
    writer.finish().expect("memory takes it");
    bytes
}

fn office() -> Office {
    let holder = |name| Holder {
        organization: "江州市人民政府",
        name,
    };
    let validity = (at("20260101000000Z"), at("20281231000000Z"));
    let secret = |seed| Sm2Secret::generate(&mut rng(seed)).expect("chance");
    let (root_secret, maker_secret, secret) = (secret(1), secret(2), secret(3));
    let root = Issuer::root(&root_secret, holder("根"), validity, &mut rng(4)).expect("a root");
    let issuer = Issuer::new(&root_secret, &root).expect("an issuer");
    let mut chance = rng(5);
    let mut certify = |profile, key: &Sm2Secret, name| {
        let made = issuer.certify(profile, key.public(), holder(name), validity, &mut chance);
        made.expect("a certificate")
    };
    let maker = certify(Profile::SealMaker, &maker_secret, "制章人");
    let signer = certify(Profile::Seal, &secret, "办公室");
    let draft = SealDraft {
        id: "513200-zfb-seal01",
        vendor: "YICHUAN",
        kind: 1,
        name: "江州市人民政府办公室",
        signers: std::slice::from_ref(&signer),
        as_digests: false,
        made_at: validity.0,
        validity,
        picture: &picture(),
        size_mm: (42, 42),
        extensions: &[],
    };
    let seal = make_seal(&draft, &maker, &maker_secret, &mut rng(6)).expect("a seal");
    Office {
        signer,
        secret,
        seal,
    }
}

fn seal(before: &[u8], office: &Office, places: &[Placement]) -> (Vec<u8>, SesSignature) {
    let setting = Setting {
        seal: &office.seal,
        places,
        at: at("20260801120000Z"),
        ordinal: 1,
    };
    let prepared = prepare(before, &setting, &Limits::default()).expect("it takes a seal");
    let draft = SignatureDraft {
        seal: &office.seal,
        at: setting.at,
        data_hash: prepared.data_hash(),
        property: prepared.property(),
        extensions: &[],
    };
    let signature = sign(&draft, &office.signer, &office.secret, &mut rng(7)).expect("signed");
    let sealed = prepared.finish(signature.raw()).expect("it is finished");
    (sealed, signature)
}

fn record(signature: &SesSignature, places: &[Placement]) -> SealRecord {
    SealRecord {
        version: RECORD_VERSION,
        about: About {
            document: "019a0000-0000-7000-8000-000000000001"
                .parse()
                .expect("an id"),
            manifest: Digest::of(b"manifest"),
        },
        ordinal: 1,
        seal: "513200-zfb-seal01".parse().expect("an id"),
        picture: Digest::of(b"picture"),
        placements: places.to_vec(),
        ses: Some(ByteVec::from(signature.raw().to_vec())),
        sealed: Vec::new(),
        at: at("20260801120000Z"),
    }
}

/// The middle of the times that `work` takes, in milliseconds.
fn middle(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

fn main() {
    let path = std::env::args().nth(1).expect("a file, OFD or PDF");
    let before = std::fs::read(path).expect("it can be read");
    let limits = Limits::default();
    let read = |bytes: &[u8]| {
        let looked = examine("a.ofd", "", bytes, &limits);
        looked.contents.expect("it can be read")
    };
    let contents = read(&before);
    let office = office();
    let places = across(&contents, (4_200, 4_200), Edge::Right).expect("strips");
    let (sealed, signature) = seal(&before, &office, &places);
    let record = record(&signature, &places);
    let now = at("20260802000000Z");
    let judge = || {
        let trust = Trust::default();
        let sealed = read(&sealed);
        move || drop(sealed.signatures[0].judge(&trust, None, now))
    };
    println!(
        "{} pages, {} bytes, sealed {} bytes",
        contents.pages.len(),
        before.len(),
        sealed.len()
    );
    let took = middle(|| drop(seal(&before, &office, &places)));
    println!("prepare, sign, finish: {took:.2} ms");
    let took = middle(|| drop(apply(&before, &record, &limits).expect("it is applied")));
    println!("apply: {took:.2} ms");
    let took = middle(|| drop(read(&before)));
    println!("read without a seal: {took:.2} ms");
    let took = middle(|| drop(read(&sealed)));
    println!("read with the seal: {took:.2} ms");
    println!("judge: {:.2} ms", middle(judge()));
}
