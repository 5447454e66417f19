//! Programs that were changed to leave a check out: whoever comes after them makes it.

use std::fs;
use std::io;

use minicbor::bytes::ByteVec;
use rand_core::Rng as _;
use yichuan_document::header::InnerHeader;
use yichuan_document::level::Ceiling;
use yichuan_document::statement::{About, Approval, Submission};
use yichuan_document::wrap::WrapList;
use yichuan_document::{AccountId, Digest, DocumentId, Manifest, StatementId};
use yichuan_envelope::{
    CloseRequest, ContentKey, PartSource, SegmentSink, WrapContext, close, wrap,
};
use yichuan_evidence::entry::EntryKind;
use yichuan_seal::{RECORD_VERSION, SealRecord};
use yichuan_unit::home::Home;
use yichuan_unit::keystore::Password;
use yichuan_unit::office::Session;
use yichuan_unit::office::compose::composed;
use yichuan_unit::office::place::{Place, Unlocked};
use yichuan_unit::office::session::record;
use yichuan_wire::message::InlineBody;
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture};

use super::{MARKS, outcome};
use crate::stage::Stage;

/// Does `work` as an account of an office, with the library that a patched program would use.
fn acting<T>(
    office: &Office,
    letters: &str,
    work: impl AsyncFnOnce(&mut Session, &Unlocked) -> T,
) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let home = Home::take(&office.home, "patched").unwrap();
        let place = Place::of(&home).unwrap();
        let account: AccountId = format!("{}-{letters}", office.code).parse().unwrap();
        let password = Password::new(PASSWORD.to_owned());
        let unlocked = Unlocked::open(home.folder(), &account, password).unwrap();
        let contact = place.contact(&home);
        let mut session = Session::open(&contact, unlocked.identity()).await.unwrap();
        work(&mut session, &unlocked).await
    })
}

/// An approval without a look at the files.
fn approve_blindly(office: &Office, manifest: Digest) {
    acting(office, "sp01", async |session, _| {
        let review = session.review(manifest).await.unwrap();
        let statement = review.dossier.submission().unwrap();
        let submitted: Submission = statement.payload.body().unwrap();
        let approval = Approval {
            about: submitted.about,
            wraps: submitted.wraps,
            submission: statement.digest,
            declarations: vec![1, 2, 3],
        };
        session.say("blind", &approval, Vec::new()).await.unwrap();
    });
}

fn manifest_of(stage: &Stage, id: &str) -> Digest {
    let (_, record) = composed(&stage.sender().home, id).unwrap();
    Digest::of(&record.attachments[0])
}

#[test]
fn f4_an_approver_who_does_not_look_is_found_by_every_recipient() {
    let stage = Stage::new("tcp");
    let unread = stage.installation.folder.join("unread.bin");
    fs::write(&unread, [7; 4_096]).unwrap();
    let id = stage.compose(&unread, "513201-zf,513202-zf");
    stage.json(stage.sender(), "fs01", &["submit", &id]);
    approve_blindly(stage.sender(), manifest_of(&stage, &id));
    stage.json(stage.sender(), "yz01", &["seal", "--unplaced", &id]);
    for place in [1, 2] {
        let office = stage.recipient(place);
        let fetched = stage.json(office, "js01", &["fetch", &id]);
        assert_eq!(outcome(&fetched, MARKS), 2, "the declaration is missing");
        let (code, message) = stage.refused(office, "js01", &["sign", &id]);
        assert_eq!(code, 1, "{message}");
        let reason = ["return", &id, "--reason", "3"];
        stage.json(office, "js01", &reason);
    }
}

#[test]
fn e4_a_custodian_who_changes_the_file_while_sealing_is_found_by_every_recipient() {
    let stage = Stage::new("tcp");
    let id = stage.compose(&fixture("notice.ofd"), "513201-zf,513202-zf");
    stage.json(stage.sender(), "fs01", &["submit", &id]);
    stage.json(stage.sender(), "sp01", &["approve", &id]);
    let manifest = manifest_of(&stage, &id);
    acting(stage.sender(), "yz01", async |session, unlocked| {
        let review = session.review(manifest).await.unwrap();
        let seal = "513200-zfb-seal01".parse().unwrap();
        let grant = session.mirror.roster().seal(&seal).unwrap();
        let keys = unlocked.seal_keys(&grant).unwrap();
        let about = About {
            document: review.dossier.manifest.id,
            manifest,
        };
        let record = SealRecord {
            version: RECORD_VERSION,
            about,
            ordinal: 1,
            seal,
            picture: grant.picture,
            placements: Vec::new(),
            ses: None,
            sealed: vec![Digest::of(b"one digit was changed")],
            at: yichuan_unit::now(),
        };
        let sealed = session.record_seal(&review, &record, &keys.own).await;
        sealed.unwrap();
    });
    for place in [1, 2] {
        let office = stage.recipient(place);
        for command in ["fetch", "sign"] {
            let (code, message) = stage.refused(office, "js01", &[command, &id]);
            assert_ne!(code, 0);
            assert!(
                message.contains("not the one that was approved"),
                "{message}"
            );
        }
        let parts = office.home.join("incoming").join(manifest.to_string());
        assert!(!parts.join("parts").exists(), "nothing of it is shown");
    }
}

/// The encrypted segments, in order.
#[derive(Default)]
struct Segments(Vec<u8>);

impl SegmentSink for Segments {
    fn put(&mut self, _: u32, offset: u64, segment: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.0.resize(self.0.len().max(offset + segment.len()), 0);
        self.0[offset..offset + segment.len()].copy_from_slice(segment);
        Ok(())
    }
}

/// Submits `content` in the place of a harmless file that was composed as `id`, without a look.
async fn submit_unseen(
    session: &mut Session,
    sent: &Manifest,
    header: &InnerHeader,
    content: &[u8],
) -> About {
    let (now, mut rng) = (yichuan_unit::now(), yichuan_unit::chance().unwrap());
    let (roster, genesis) = (session.mirror.roster(), session.mirror.roster().genesis());
    let id = DocumentId::new(now, &mut rng);
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    let content_key = ContentKey::derive(&random, &[1; 32], &id, now, 1);
    let mut header = header.clone();
    header.id = id;
    header.parts.truncate(1);
    header.parts[0].bytes = content.len() as u64;
    let mut sink = Segments::default();
    let request = CloseRequest {
        genesis,
        level: sent.level.transmissible(Ceiling::default()).unwrap(),
        header,
        content_key: &content_key,
    };
    let mut bytes = content;
    let mut sources: Vec<PartSource<'_>> = vec![&mut bytes];
    let closed = close(request, &mut sources, &mut sink, &mut |_| {}).unwrap();
    let manifest = Manifest {
        id,
        composed_at: now,
        body_bytes: closed.leaves.body_bytes(),
        segments: closed.leaves.count(),
        root: closed.leaves.root(),
        commitment: closed.commitment,
        ..sent.clone()
    };
    let digest = manifest.digest();
    let wraps = manifest.holders().map(|unit| {
        let key = roster.unit_key(&unit.unit).unwrap();
        let context = WrapContext {
            genesis,
            manifest: digest,
            unit,
            epoch: key.epoch,
        };
        let mut rng = yichuan_unit::chance().unwrap();
        wrap(&content_key, &context, &key.key, &mut rng).unwrap()
    });
    let wraps = WrapList(wraps.collect());
    let about = About {
        document: id,
        manifest: digest,
    };
    let body = Submission {
        about,
        wraps: wraps.digest(),
    };
    let context = session.context();
    let statement = StatementId::new(now, &mut rng);
    let signed = session.identity.sign(&context, statement, &body).unwrap();
    let inline = InlineBody {
        leaves: ByteVec::from(closed.leaves.to_bytes()),
        segments: ByteVec::from(sink.0),
    };
    let attachments = vec![manifest.to_bytes(), wraps.to_bytes()];
    session
        .record(record(&signed, attachments, Some(inline)))
        .await
        .unwrap();
    about
}

#[test]
fn f4_a_marked_file_that_a_patched_sender_let_through_is_kept_by_no_recipient() {
    let stage = Stage::new("tcp");
    // What was sent in good order gives the patched program its pattern.
    let id = stage.compose(&fixture("notice.ofd"), "513201-zf,513202-zf");
    stage.json(stage.sender(), "fs01", &["submit", &id]);
    let pattern = manifest_of(&stage, &id);
    let about = acting(stage.sender(), "fs01", async |session, _| {
        let review = session.review(pattern).await.unwrap();
        let mut header = review.opened.header().clone();
        header.parts[0].name = "名单.txt".parse().unwrap();
        header.parts[0].media_type = "text/plain".to_owned();
        let marked = "机密★5年\n人员名单\n".as_bytes();
        submit_unseen(session, &review.dossier.manifest, &header, marked).await
    });
    let marked = about.document.to_string();
    // The next ones in the own unit would have refused it.
    let (_, message) = stage.refused(stage.sender(), "sp01", &["approve", &marked]);
    assert!(message.contains("YC-0701"), "{message}");
    approve_blindly(stage.sender(), about.manifest);
    stage.json(stage.sender(), "yz01", &["seal", "--unplaced", &marked]);
    for place in [1, 2] {
        let office = stage.recipient(place);
        let (code, message) = stage.refused(office, "js01", &["fetch", &marked]);
        assert_eq!(code, 1, "{message}");
        assert!(message.contains("YC-0701"), "{message}");
        let folder = office
            .home
            .join("incoming")
            .join(about.manifest.to_string());
        for kept in ["parts", "parts.partial", "sealed"] {
            assert!(!folder.join(kept).exists(), "{kept}");
        }
        let (code, message) = stage.refused(office, "js01", &["sign", &marked]);
        assert_eq!(code, 1, "{message}");
        stage.json(office, "js01", &["return", &marked, "--reason", "3"]);
    }
    // Both have reported it, and the sender's unit sees that.
    let reported = acting(stage.sender(), "fs01", async |session, _| {
        let dossier = session.dossier(about.manifest).await.unwrap();
        dossier.of_kind(EntryKind::Violation).count()
    });
    assert_eq!(reported, 2);
}
