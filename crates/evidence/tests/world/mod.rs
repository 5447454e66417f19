//! A small exchange with its authority and four offices in memory, for making bundles. Its keys
//! are real and its statements are signed; what it lacks is a disk, a network and a clock.

pub(crate) mod failing;
pub(crate) mod later;
pub(crate) mod parties;

use std::collections::BTreeMap;
use std::io::{self, Write};

use minicbor::bytes::{ByteArray, ByteVec};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use yichuan_document::header::{Contact, HEADER_VERSION, InnerHeader, Metadata, Part};
use yichuan_document::inspection::Check;
use yichuan_document::key::SigningSecret;
use yichuan_document::level::Ceiling;
use yichuan_document::manifest::{
    BODY_SUITE_1, Issuer, MANIFEST_VERSION, Manifest, Recipient, RecipientRole, SEGMENT_BYTES,
};
use yichuan_document::roster::Roster;
use yichuan_document::signed::{Body, Context, Payload, Seen, Signed, SlotRole};
use yichuan_document::statement::{
    About, Approval, AttachmentRef, CheckLine, Dispatch, Extract, Fetch, InspectionList,
    OfDelivery, Receipt, Return, SealUse, Submission,
};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Classification, Digest, DocumentId, StatementId, Timestamp, UnitRef, tree};
use yichuan_envelope::{
    CloseRequest, ContentKey, EncryptionSecret, Leaves, PartSource, SegmentSink, WrapContext,
};
use yichuan_evidence::bundle::{BundleWriter, Head, Opening, Proven};
use yichuan_evidence::checkpoint::{self, Checkpoint};
use yichuan_evidence::entry::{ENTRY_VERSION, Entry, EntryKind};
use yichuan_evidence::proof::Path;
use yichuan_evidence::verify::{RootPin, Verdict, verify};
use yichuan_seal::SealRecord;

pub(crate) const ORIGIN: &str = "yichuan.example";
pub(crate) const ISSUER: &str = "513200-zfb";
/// The recipients: two sign for it, the last returns it.
pub(crate) const RECIPIENTS: [&str; 3] = ["513201-zf", "513202-zf", "513200-daj"];
pub(crate) const CLERK: &str = "513200-zfb-fs01";
pub(crate) const MANAGER: &str = "513200-zfb-sp01";
pub(crate) const CUSTODIAN: &str = "513200-zfb-yz01";
pub(crate) const SEAL: &str = "513200-zfb-seal01";
/// The one version of a seal record.
const RECORD_VERSION: u16 = 1;
const START_MS: u64 = 1_795_000_000_000;
pub(crate) const STEP_MS: u64 = 60_000;

/// The installation, with one document on its way.
pub(crate) struct World {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Timestamp,
    pub(crate) genesis: Digest,
    pub(crate) roster: Roster,
    /// By account, computer, seal; `root`, `officer`, `checkpoint`, `entries`.
    pub(crate) keys: BTreeMap<String, SigningSecret>,
    pub(crate) unit_keys: BTreeMap<String, EncryptionSecret>,
    /// Entries with whether they are about the document.
    pub(crate) log: Vec<(Vec<u8>, bool)>,
    pub(crate) attachments: Vec<Vec<u8>>,
    pub(crate) document: Document,
    pub(crate) submission: Digest,
    pub(crate) approval: Digest,
    pub(crate) sealed: Digest,
    /// The last statement about each delivery.
    pub(crate) last: BTreeMap<String, Digest>,
    /// When each delivery was dispatched, and when it is due.
    pub(crate) clocks: BTreeMap<String, (Timestamp, Timestamp)>,
    pub(crate) seen: Option<Seen>,
}

/// The document.
pub(crate) struct Document {
    pub(crate) key: ContentKey,
    pub(crate) header: InnerHeader,
    pub(crate) parts: Vec<Vec<u8>>,
    pub(crate) segments: Vec<u8>,
    pub(crate) leaves: Leaves,
    pub(crate) manifest: Manifest,
    pub(crate) wraps: WrapList,
}

/// What a document is made of.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) level: Classification,
    pub(crate) inner_level: Classification,
    pub(crate) parts: Vec<Vec<u8>>,
}

impl Plan {
    pub(crate) fn small() -> Self {
        let text = "关于印发《云岭州电子公文传输管理办法》的通知\n".repeat(40);
        Self {
            level: Classification::Internal,
            inner_level: Classification::Internal,
            parts: vec![text.into_bytes(), vec![0x5a; 300]],
        }
    }
}

/// Takes the segments in memory.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) BTreeMap<u32, Vec<u8>>);

impl SegmentSink for Kept {
    fn put(&mut self, index: u32, _: u64, segment: &[u8]) -> io::Result<()> {
        self.0.insert(index, segment.to_vec());
        Ok(())
    }
}

pub(crate) fn unit(code: &str) -> UnitRef {
    format!("{code}@{ORIGIN}").parse().unwrap()
}

pub(crate) fn recipient_clerk(code: &str) -> String {
    format!("{code}-js01")
}

fn close(
    plan: &Plan,
    id: DocumentId,
    genesis: Digest,
    key: &ContentKey,
) -> (yichuan_envelope::Closed, Vec<u8>) {
    let names = ["正文.ofd", "附件1.ofd", "附件2.ofd"];
    let part = |(name, bytes): (&&str, &Vec<u8>)| Part {
        name: name.parse().unwrap(),
        media_type: "application/ofd".to_owned(),
        bytes: bytes.len() as u64,
        digest: Digest::of(b""),
    };
    let header = InnerHeader {
        version: HEADER_VERSION,
        origin: ORIGIN.parse().unwrap(),
        id,
        issuers: vec![unit(ISSUER)],
        level: plan.inner_level,
        title: "关于印发《云岭州电子公文传输管理办法》的通知".to_owned(),
        metadata: Metadata::default(),
        contact: Contact::default(),
        parts: names.iter().zip(&plan.parts).map(part).collect(),
    };
    let mut readers: Vec<&[u8]> = plan.parts.iter().map(Vec::as_slice).collect();
    let mut sources: Vec<PartSource<'_>> = readers
        .iter_mut()
        .map(|reader| reader as PartSource<'_>)
        .collect();
    let level = plan.inner_level.transmissible(Ceiling::Secret).unwrap();
    let request = CloseRequest {
        genesis,
        level,
        header,
        content_key: key,
    };
    let mut kept = Kept::default();
    let closed = yichuan_envelope::close(request, &mut sources, &mut kept, &mut |_| ()).unwrap();
    (closed, kept.0.into_values().flatten().collect())
}

impl World {
    /// An installation with a document composed, of which nothing is recorded yet.
    pub(crate) fn new() -> Self {
        Self::with(&Plan::small())
    }

    /// The same with another document.
    pub(crate) fn with(plan: &Plan) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(2_026);
        let now = Timestamp::from_unix_ms(START_MS);
        let (genesis, roster, first) = parties::genesis(&mut rng, now);
        let nothing = Digest::of(b"");
        let key = ContentKey::from_bytes(&[0x42; 32]);
        let id = DocumentId::new(now, &mut rng);
        let (closed, segments) = close(plan, id, genesis, &key);
        let recipient = |code: &&str| Recipient {
            unit: unit(code),
            role: RecipientRole::Main,
            print_quota: 2,
        };
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            id,
            issuers: vec![Issuer {
                unit: unit(ISSUER),
                seal_ordinal: 1,
            }],
            account: CLERK.parse().unwrap(),
            recipients: RECIPIENTS.iter().map(recipient).collect(),
            level: plan.level,
            period: None,
            urgency: Urgency::Urgent,
            kind: DocumentKind::Notice,
            number: Some("云政办发〔2026〕17号".parse().unwrap()),
            composed_at: now,
            valid_until: None,
            body_bytes: closed.leaves.body_bytes(),
            segments: closed.leaves.count(),
            segment_bytes: SEGMENT_BYTES,
            root: closed.leaves.root(),
            commitment: closed.commitment,
            suite: BODY_SUITE_1,
            replaces: None,
            replies_to: None,
            receipts_stand: None,
        };
        let document = Document {
            key,
            header: closed.header,
            parts: plan.parts.clone(),
            segments,
            leaves: closed.leaves,
            manifest,
            wraps: WrapList::default(),
        };
        let mut world = Self {
            rng,
            now,
            genesis,
            roster,
            keys: parties::keys(),
            unit_keys: parties::unit_keys(),
            log: Vec::new(),
            attachments: Vec::new(),
            document,
            submission: nothing,
            approval: nothing,
            sealed: nothing,
            last: BTreeMap::new(),
            clocks: BTreeMap::new(),
            seen: None,
        };
        world.append(EntryKind::Genesis, &first, &[], None, false);
        parties::enrol(&mut world);
        world.wrap();
        world
    }

    /// Closes the content key for every holder.
    pub(crate) fn wrap(&mut self) {
        let manifest = self.document.manifest.digest();
        let holders: Vec<UnitRef> = self.document.manifest.holders().cloned().collect();
        let wrap = |holder: &UnitRef| {
            let context = WrapContext {
                genesis: self.genesis,
                manifest,
                unit: holder,
                epoch: 1,
            };
            let key = self.unit_keys[holder.unit.as_str()].public();
            yichuan_envelope::wrap(&self.document.key, &context, &key, &mut self.rng).unwrap()
        };
        self.document.wraps = WrapList(holders.iter().map(wrap).collect());
    }

    pub(crate) fn about(&self) -> About {
        About {
            document: self.document.manifest.id,
            manifest: self.document.manifest.digest(),
        }
    }

    pub(crate) fn pin(&self) -> RootPin {
        RootPin {
            origin: ORIGIN.parse().unwrap(),
            genesis: self.genesis,
        }
    }

    pub(crate) fn context(&self, account: Option<&str>) -> Context {
        Context {
            origin: ORIGIN.parse().unwrap(),
            genesis: self.genesis,
            roster: self.roster.head(),
            seen: self.seen,
            account: account.map(|account| account.parse().unwrap()),
            device: account.map(|account| parties::device_of(account).parse().unwrap()),
        }
    }

    /// The payload with which `account` would say `body` now; the exchange where there is none.
    pub(crate) fn payload<B: Body>(&mut self, account: Option<&str>, body: &B) -> Payload {
        let id = StatementId::new(self.now, &mut self.rng);
        Payload::new(&self.context(account), id, self.now, body)
    }

    /// Signs a payload with named keys.
    pub(crate) fn sign(&self, payload: &Payload, signers: &[(SlotRole, &str)]) -> Signed {
        let signers: Vec<_> = signers
            .iter()
            .map(|(role, name)| (*role, &self.keys[*name]))
            .collect();
        Signed::new(payload, &signers)
    }

    /// `body`, said by an account on its computer.
    pub(crate) fn said<B: Body>(&mut self, account: &str, body: &B) -> Signed {
        let payload = self.payload(Some(account), body);
        self.signed_by(account, &payload)
    }

    pub(crate) fn signed_by(&self, account: &str, payload: &Payload) -> Signed {
        let device = payload.device.as_ref().unwrap().to_string();
        self.sign(
            payload,
            &[(SlotRole::Account, account), (SlotRole::Device, &device)],
        )
    }

    /// Records a statement about the document, a minute later.
    pub(crate) fn record(&mut self, kind: EntryKind, signed: &Signed, attached: &[Vec<u8>]) {
        self.now = self.now.plus_ms(STEP_MS);
        self.append(kind, signed, attached, None, true);
    }

    pub(crate) fn append(
        &mut self,
        kind: EntryKind,
        signed: &Signed,
        attached: &[Vec<u8>],
        allotted: Option<u32>,
        about_document: bool,
    ) {
        let salt = *Digest::of(&self.log.len().to_be_bytes()).as_bytes();
        let entry = Entry {
            version: ENTRY_VERSION,
            time: self.now,
            salt: ByteArray::from(salt),
            kind,
            roster: self.roster.head(),
            statement: ByteVec::from(signed.to_bytes()),
            attachments: attached
                .iter()
                .filter_map(|bytes| AttachmentRef::to(bytes))
                .collect(),
            allotted,
        };
        self.log.push((entry.to_bytes(), about_document));
        self.attachments.extend_from_slice(attached);
    }

    pub(crate) fn submit(&mut self) {
        self.submit_as(CLERK);
    }

    pub(crate) fn submit_as(&mut self, account: &str) {
        let body = Submission {
            about: self.about(),
            wraps: self.document.wraps.digest(),
        };
        let signed = self.said(account, &body);
        self.submission = signed.digest();
        let attached = [
            self.document.manifest.to_bytes(),
            self.document.wraps.to_bytes(),
        ];
        self.record(EntryKind::Submission, &signed, &attached);
    }

    pub(crate) fn approval_body(&self) -> Approval {
        Approval {
            about: self.about(),
            wraps: self.document.wraps.digest(),
            submission: self.submission,
            declarations: vec![1, 2],
        }
    }

    pub(crate) fn approve(&mut self) {
        self.approve_as(MANAGER);
    }

    pub(crate) fn approve_as(&mut self, account: &str) {
        let signed = self.said(account, &self.approval_body());
        self.approval = signed.digest();
        self.record(EntryKind::Approval, &signed, &[]);
    }

    /// The record of the seal, before it is encrypted.
    pub(crate) fn seal_record(&self) -> SealRecord {
        SealRecord {
            version: RECORD_VERSION,
            about: self.about(),
            ordinal: 1,
            seal: SEAL.parse().unwrap(),
            picture: Digest::of(b"picture"),
            placements: Vec::new(),
            ses: None,
            sealed: self
                .document
                .header
                .parts
                .iter()
                .map(|part| part.digest)
                .collect(),
            at: self.now,
        }
    }

    /// The seal's statement and its encrypted record, as the custodian makes them.
    pub(crate) fn seal_body(&self) -> (SealUse, Vec<u8>) {
        self.seal_body_with(&self.seal_record())
    }

    pub(crate) fn seal_body_with(&self, record: &SealRecord) -> (SealUse, Vec<u8>) {
        let id = self.document.manifest.id;
        let record = self
            .document
            .key
            .seal_record(&self.genesis, &id, 1, &record.to_bytes());
        let body = SealUse {
            about: self.about(),
            seal: SEAL.parse().unwrap(),
            ordinal: 1,
            approvals: vec![self.approval],
            previous: None,
            record: AttachmentRef::to(&record).unwrap(),
        };
        (body, record)
    }

    pub(crate) fn seal(&mut self) {
        let (body, record) = self.seal_body();
        self.seal_with(CUSTODIAN, &body, record);
    }

    pub(crate) fn seal_with(&mut self, account: &str, body: &SealUse, record: Vec<u8>) {
        let payload = self.payload(Some(account), body);
        let mut signed = self.signed_by(account, &payload);
        signed.add(SlotRole::Seal, &self.keys[SEAL]);
        self.sealed = signed.digest();
        self.record(EntryKind::Seal, &signed, &[record]);
    }

    /// What the exchange says when it dispatches in the next minute.
    pub(crate) fn dispatch_body(&self) -> Dispatch {
        let at = self.now.plus_ms(STEP_MS);
        Dispatch {
            about: self.about(),
            seal: self.sealed,
            policy: self.roster.policy_digest().unwrap(),
            at,
            due: vec![at.plus_ms(240 * 60_000)],
            deliveries: 3,
        }
    }

    pub(crate) fn dispatch(&mut self) {
        let body = self.dispatch_body();
        self.dispatch_with(&body, "entries");
    }

    pub(crate) fn dispatch_with(&mut self, body: &Dispatch, key: &str) {
        let payload = self.payload(None, body);
        let signed = self.sign(&payload, &[(SlotRole::Exchange, key)]);
        self.record(EntryKind::Dispatch, &signed, &[]);
        for (place, code) in RECIPIENTS.into_iter().enumerate() {
            self.last.insert(code.to_owned(), self.sealed);
            let due = body.due_of(place).unwrap_or(body.due[0]);
            self.clocks.insert(code.to_owned(), (body.at, due));
        }
    }

    pub(crate) fn delivery(&self, code: &str) -> OfDelivery {
        OfDelivery {
            about: self.about(),
            unit: unit(code),
            previous: self.last.get(code).copied().unwrap_or(self.sealed),
        }
    }

    /// Records what a recipient says about its delivery.
    pub(crate) fn deliver<B: Body>(&mut self, kind: EntryKind, code: &str, body: &B) {
        let signed = self.said(&recipient_clerk(code), body);
        self.last.insert(code.to_owned(), signed.digest());
        self.record(kind, &signed, &[]);
    }

    pub(crate) fn fetch(&mut self, code: &str) {
        let body = Fetch {
            delivery: self.delivery(code),
        };
        self.deliver(EntryKind::Fetch, code, &body);
    }

    pub(crate) fn receipt_body(&self, code: &str) -> Receipt {
        let (about, by) = (self.about(), unit(code));
        let account = recipient_clerk(code).parse().unwrap();
        let header = Digest::of(&self.document.header.to_bytes());
        let opening = self.document.key.opening(
            &self.genesis,
            &about.document,
            &about.manifest,
            (&by, &account),
            &header,
        );
        let inspection = inspection(1);
        Receipt {
            delivery: self.delivery(code),
            opening,
            inspection,
        }
    }

    pub(crate) fn receipt(&mut self, code: &str) {
        let body = self.receipt_body(code);
        self.deliver(EntryKind::Receipt, code, &body);
    }

    pub(crate) fn return_body(&self, code: &str) -> Return {
        Return {
            delivery: self.delivery(code),
            code: 10,
            note: None,
            inspection: inspection(2),
        }
    }

    pub(crate) fn give_back(&mut self, code: &str) {
        let body = self.return_body(code);
        self.deliver(EntryKind::Return, code, &body);
    }

    /// Submitted, approved, sealed, dispatched.
    pub(crate) fn dispatched() -> Self {
        let mut world = Self::new();
        world.submit();
        world.approve();
        world.seal();
        world.dispatch();
        world
    }

    /// The whole life: three fetch, two sign, one returns.
    pub(crate) fn lived() -> Self {
        let mut world = Self::dispatched();
        world.finish();
        world
    }

    pub(crate) fn finish(&mut self) {
        for code in RECIPIENTS {
            self.fetch(code);
        }
        self.receipt(RECIPIENTS[0]);
        self.receipt(RECIPIENTS[1]);
        self.give_back(RECIPIENTS[2]);
    }

    pub(crate) fn leaves(&self) -> Vec<Digest> {
        self.log
            .iter()
            .map(|(entry, _)| tree::leaf_hash(entry))
            .collect()
    }

    pub(crate) fn note(&self, key: &str) -> String {
        let checkpoint = Checkpoint {
            origin: ORIGIN.parse().unwrap(),
            size: self.log.len() as u64,
            root: tree::root(&self.leaves()),
        };
        checkpoint::sign(&checkpoint, &self.keys[key]).export()
    }

    pub(crate) fn extract_body(&self) -> Extract {
        Extract {
            about: self.about(),
            size: self.log.len() as u64,
            entries: self.indexes(true),
            reader: unit(ISSUER),
        }
    }

    fn indexes(&self, about_document: bool) -> Vec<u64> {
        let there = (0..)
            .zip(&self.log)
            .filter(|(_, (_, is_about))| *is_about == about_document);
        there.map(|(index, _)| index).collect()
    }

    pub(crate) fn extract(&mut self, body: &Extract) -> Vec<u8> {
        let payload = self.payload(None, body);
        self.sign(&payload, &[(SlotRole::Exchange, "entries")])
            .to_bytes()
    }

    pub(crate) fn proven(&self, index: u64) -> Proven {
        let path = tree::inclusion_path(&self.leaves(), index).unwrap();
        let place = usize::try_from(index).unwrap();
        Proven {
            index,
            entry: ByteVec::from(self.log[place].0.clone()),
            path: Path::new(path).unwrap(),
        }
    }

    /// The head of the bundle that the issuer exports, with what opens the body.
    pub(crate) fn head(&mut self) -> Head {
        let list = |indexes: Vec<u64>| indexes.into_iter().map(|at| self.proven(at)).collect();
        let (roster, entries) = (list(self.indexes(false)), list(self.indexes(true)));
        let mut attachments: Vec<ByteVec> = Vec::new();
        for bytes in &self.attachments {
            if !attachments
                .iter()
                .any(|known| known.as_slice() == bytes.as_slice())
            {
                attachments.push(ByteVec::from(bytes.clone()));
            }
        }
        let body = self.extract_body();
        Head {
            roster,
            entries,
            attachments,
            checkpoint: self.note("checkpoint"),
            extract: ByteVec::from(self.extract(&body)),
            leaves: ByteVec::from(self.document.leaves.to_bytes()),
            wraps: Vec::new(),
            opening: Some(Opening {
                key: ContentKey::from_bytes(self.document.key.bytes()),
                header: self.document.header.to_bytes(),
            }),
        }
    }

    /// The bundle as it is exported.
    pub(crate) fn bundle(&mut self) -> Vec<u8> {
        let head = self.head();
        self.write(&head)
    }

    /// A bundle with this head and the body that belongs to it.
    pub(crate) fn write(&self, head: &Head) -> Vec<u8> {
        let body = match &head.opening {
            Some(_) => self.document.parts.concat(),
            None => self.document.segments.clone(),
        };
        write(head, &body)
    }

    /// What the verifier says of the bundle.
    pub(crate) fn verdict(&mut self) -> Verdict {
        let bundle = self.bundle();
        judge(&bundle, Some(&self.pin()))
    }
}

pub(crate) fn write(head: &Head, body: &[u8]) -> Vec<u8> {
    let mut writer = BundleWriter::begin(Vec::new(), head).unwrap();
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn judge(bundle: &[u8], root: Option<&RootPin>) -> Verdict {
    verify(bundle, root, &mut |_, _| ()).unwrap()
}

/// An inspection in which every mandatory check passed, but attachments have this outcome.
pub(crate) fn inspection(attachments: u8) -> InspectionList {
    let line = |check: Check, outcome, detail| CheckLine {
        check: u16::try_from(check.code()).unwrap(),
        outcome,
        detail,
    };
    let mut lines: Vec<CheckLine> = Check::MANDATORY
        .iter()
        .map(|check| line(*check, 1, 0))
        .collect();
    let detail = u16::from(attachments == 2);
    lines.push(line(Check::Attachments, attachments, detail));
    InspectionList { rule_set: 1, lines }
}
