//! Closing alone: encrypt, hash, wrap for three recipients, sign.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use yichuan_document::header::{Contact, HEADER_VERSION, InnerHeader, Metadata, Part};
use yichuan_document::key::SigningSecret;
use yichuan_document::level::Ceiling;
use yichuan_document::signed::{Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::statement::{About, Submission};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Classification, Digest, DocumentId, StatementId, Timestamp, UnitRef};
use yichuan_envelope::{
    CloseRequest, ContentKey, EncryptionSecret, PartSource, SegmentSink, WrapContext, close, wrap,
};

use super::post::Failure;

/// The recipients, and the sender who can always open its own document.
const HOLDERS: [&str; 4] = ["513200-zfb", "513201-zf", "513202-zf", "513200-daj"];
const BLOCK_BYTES: usize = 1 << 20;

/// Closes a file for three recipients.
#[derive(Args)]
pub(super) struct Close {
    /// The document's file.
    #[arg(long)]
    file: PathBuf,
    /// Where the body goes; nowhere if not named.
    #[arg(long)]
    to: Option<PathBuf>,
}

/// A file, or nothing.
struct Sink(Option<File>);

impl SegmentSink for Sink {
    fn put(&mut self, _: u32, offset: u64, segment: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Some(file) => {
                use std::os::unix::fs::FileExt as _;
                file.write_all_at(segment, offset)
            }
            None => io::sink().write_all(segment),
        }
    }
}

impl Close {
    pub(super) fn run(self) -> Result<Value, Failure> {
        let mut file = File::open(&self.file)?;
        let bytes = file.metadata()?.len();
        let sha256 = hash_one_core(bytes);
        let sink = self.to.as_ref().map(File::create).transpose()?;
        let since = Instant::now();
        let seconds = {
            close_for_three(&mut file, bytes, &mut Sink(sink))?;
            since.elapsed().as_secs_f64()
        };
        Ok(json!({ "seconds": seconds, "sha256_seconds": sha256 }))
    }
}

/// How long one core hashes as many bytes, without reading them from anywhere.
fn hash_one_core(bytes: u64) -> f64 {
    let block = vec![7; BLOCK_BYTES];
    let mut hasher = Sha256::new();
    let since = Instant::now();
    for _ in 0..bytes / BLOCK_BYTES as u64 {
        hasher.update(&block);
    }
    let digest = hasher.finalize();
    let seconds = since.elapsed().as_secs_f64();
    eprintln!("sha256 {:02x}{:02x}…", digest[0], digest[1]);
    seconds
}

fn close_for_three(file: &mut File, bytes: u64, sink: &mut Sink) -> Result<(), Failure> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let now = Timestamp::from_unix_ms(1_790_000_000_000);
    let genesis = Digest::of(b"genesis");
    let id = DocumentId::new(now, &mut rng);
    let holders: Vec<UnitRef> = HOLDERS
        .iter()
        .map(|code| {
            Ok(UnitRef {
                unit: code.parse().map_err(|_| "a code")?,
                origin: "yichuan.example".parse().map_err(|_| "an origin")?,
            })
        })
        .collect::<Result<_, Failure>>()?;
    let own = holders[0].clone();
    let header = InnerHeader {
        version: HEADER_VERSION,
        origin: own.origin.clone(),
        id,
        issuers: vec![own],
        level: Classification::Internal,
        title: "关于测试封装速度的通知".to_owned(),
        metadata: Metadata::default(),
        contact: Contact::default(),
        parts: vec![Part {
            name: "large.bin".parse().map_err(|_| "a name")?,
            media_type: "application/pdf".to_owned(),
            bytes,
            digest: Digest::from_bytes([0; 32]),
        }],
    };
    let key = ContentKey::derive(&[1; 32], &[2; 32], &id, now, 0);
    let level = Classification::Internal.transmissible(Ceiling::default())?;
    let request = CloseRequest {
        genesis,
        level,
        header,
        content_key: &key,
    };
    let mut sources: Vec<PartSource<'_>> = vec![file];
    let closed = close(request, &mut sources, sink, &mut |_| {})?;
    // The manifest's digest stands here for the manifest; its encoding takes microseconds.
    let manifest = closed.leaves.root();
    let mut wraps = Vec::new();
    for holder in &holders {
        let recipient = EncryptionSecret::from_seed(&[3; 32]).public();
        let context = WrapContext {
            genesis,
            manifest,
            unit: holder,
            epoch: 1,
        };
        wraps.push(wrap(&key, &context, &recipient, &mut rng)?);
    }
    let about = About {
        document: id,
        manifest,
    };
    sign(about, WrapList(wraps).digest(), genesis, &mut rng);
    Ok(())
}

/// Signs the submission, as account and computer do.
fn sign(about: About, wraps: Digest, genesis: Digest, rng: &mut ChaCha20Rng) {
    let now = Timestamp::from_unix_ms(1_790_000_000_000);
    let context = Context {
        origin: "yichuan.example".parse().expect("a good name"),
        genesis,
        roster: RosterHead {
            count: 0,
            root: genesis,
        },
        seen: None,
        account: None,
        device: None,
    };
    let body = Submission { about, wraps };
    let payload = Payload::new(&context, StatementId::new(now, rng), now, &body);
    let (account, device) = (
        SigningSecret::from_seed(&[4; 32]),
        SigningSecret::from_seed(&[5; 32]),
    );
    let signers = [(SlotRole::Account, &account), (SlotRole::Device, &device)];
    drop(Signed::new(&payload, &signers));
}
