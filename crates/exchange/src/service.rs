//! What stands behind the protocol port: questions in, answers out.
//!
//! Reading never waits for the sequencer; whatever changes something goes through it.

mod auditing;
mod bodies;
mod reading;
mod refusals;
mod sessions;
mod signing_in;
mod sittings;
mod supervising;

use std::sync::Arc;

use bytes::Bytes;
use minicbor::bytes::ByteVec;
use tokio::sync::watch;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::signed::{Payload, RosterHead, Signed};
use yichuan_document::statement::{PasswordSet, Submission};
use yichuan_document::terms::Urgency;
use yichuan_document::{Digest, Manifest, Timestamp, UnitCode};
use yichuan_evidence::entry::EntryKind;
use yichuan_store::{Bodies, Store, View};
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{
    Answer, Ask, BeginBody, BodyRef, Hello, InlineBody, PasswordState, Proven, Push, Record,
    Refused, Span, WIRE_VERSION, Welcome,
};

use crate::net::{Peer, Service, Session};
use crate::registry::{
    BodyGiven, Incoming, NotPrepared, Prepared, Refusal, Registry, What, prepare, row,
};
use crate::sequencer::{Job, Lane, Newest, Published, Sequencer, clock};
use crate::tables::{self, DocumentRow};

use self::refusals::RefusalRate;
use self::sessions::Sessions;
use self::sittings::Sittings;

/// How many days a password serves where no policy says so.
const PASSWORD_DAYS: u16 = 90;

/// The exchange behind its port.
pub struct Office {
    store: Arc<dyn Store>,
    bodies: Arc<dyn Bodies>,
    sequencer: Sequencer,
    registry: Registry,
    refusals: RefusalRate,
    sessions: Sessions,
    sittings: Sittings,
    uploads: bodies::Uploads,
}

impl Office {
    /// An office over an opened store. `registry` signs extracts.
    pub fn new(
        store: Arc<dyn Store>,
        bodies: Arc<dyn Bodies>,
        sequencer: Sequencer,
        registry: Registry,
    ) -> Self {
        Self {
            store,
            bodies,
            sequencer,
            registry,
            refusals: RefusalRate::default(),
            sessions: Sessions::default(),
            sittings: Sittings::default(),
            uploads: bodies::Uploads::default(),
        }
    }

    fn published(&self) -> &Published {
        self.sequencer.published()
    }

    fn newest(&self) -> Arc<Newest> {
        self.published().newest()
    }

    fn view(&self) -> Result<Box<dyn View>, Refusal> {
        Ok(self.store.view()?)
    }

    /// The session, while account and computer are still in good standing and the password is in
    /// force (Art. 17).
    fn session<'p>(&self, peer: &'p Peer) -> Result<&'p Session, Refusal> {
        let session = self.any_session(peer)?;
        // It may have become too old since the session was opened.
        let over = session.state.until.is_some_and(|until| clock() >= until);
        match session.state.password {
            PasswordState::Good if over => Err(Refusal::of(ErrorCode::PASSWORD_EXPIRED)),
            PasswordState::Good => Ok(session),
            PasswordState::Unset => Err(Refusal::of(ErrorCode::PASSWORD_UNSET)),
            PasswordState::Expired => Err(Refusal::of(ErrorCode::PASSWORD_EXPIRED)),
        }
    }

    /// The session, whatever it can do.
    fn any_session<'p>(&self, peer: &'p Peer) -> Result<&'p Session, Refusal> {
        let session = peer
            .session
            .as_ref()
            .ok_or(Refusal::of(ErrorCode::NO_SESSION))?;
        let roster = &self.newest().roster;
        let standing = roster
            .standing_of(&session.account, &session.device)
            .map_err(Refusal::standing)?;
        if standing.device_keys().tls != peer.tls_key {
            return Err(Refusal::of(ErrorCode::DEVICE));
        }
        Ok(session)
    }

    /// Every enrolled computer may read the tree's hashes.
    fn enrolled(&self, peer: &Peer) -> Result<(), Refusal> {
        let known = self.newest().roster.device_by_tls_key(&peer.tls_key);
        known.map(|_| ()).ok_or(Refusal::of(ErrorCode::DEVICE))
    }

    fn unit(&self, peer: &Peer) -> Result<UnitCode, Refusal> {
        Ok(self.session(peer)?.account.unit())
    }

    async fn record(&self, peer: &Peer, record: Record) -> Result<Proven, Refusal> {
        let signed = Signed::read(&record.statement)
            .map_err(|why| Refusal::about(ErrorCode::MALFORMED, why))?;
        let claimed = signed
            .claimed()
            .map_err(|why| Refusal::about(ErrorCode::MALFORMED, why))?;
        let kind = EntryKind::of_purpose(&claimed.purpose);
        let attachments: Vec<Vec<u8>> = record.attachments.into_iter().map(Vec::from).collect();
        if kind.is_some_and(EntryKind::is_roster) {
            // Acts and enrolments stand by their signatures alone; the rest has a session.
            let own = !matches!(
                kind,
                Some(EntryKind::Authority | EntryKind::RootSuccession | EntryKind::Enrolment)
            );
            if own {
                self.same_as_session(peer, &claimed)?;
            }
            let job = Job::Roster(Box::new(signed), attachments);
            return self.submit(Lane::Urgent, job).await;
        }
        self.same_as_session(peer, &claimed)?;
        let body = self.body_given(&claimed, record.body, &attachments)?;
        let roster = Arc::clone(&self.newest().roster);
        let digest = signed.digest();
        match prepare(
            &roster,
            clock(),
            Incoming {
                signed,
                attachments,
                body,
            },
        ) {
            Ok(prepared) => {
                let unit = prepared.unit().clone();
                let lane = self.lane(&prepared)?;
                let answer = match self.check_seen(&claimed) {
                    Ok(()) => self.submit(lane, Job::Unit(Box::new(prepared))).await,
                    Err(refusal) => Err(refusal),
                };
                if let Err(refusal) = &answer {
                    self.record_refusal(peer, digest, &unit, refusal).await;
                }
                answer
            }
            Err(NotPrepared {
                refusal,
                validly_signed,
            }) => {
                if let (true, Some(session)) = (validly_signed, &peer.session) {
                    let unit = session.account.unit();
                    self.record_refusal(peer, digest, &unit, &refusal).await;
                }
                Err(refusal)
            }
        }
    }

    /// Case A6: the signer is the account and the computer of the session, nobody else's.
    fn same_as_session(&self, peer: &Peer, claimed: &Payload) -> Result<(), Refusal> {
        let session = if claimed.is::<PasswordSet>() {
            self.any_session(peer)?
        } else {
            self.session(peer)?
        };
        let same = claimed.account.as_ref() == Some(&session.account)
            && claimed.device.as_ref() == Some(&session.device);
        if same {
            Ok(())
        } else {
            Err(Refusal::of(ErrorCode::NOT_ALLOWED))
        }
    }

    /// The checkpoint that a statement says to have seen must be one of this log.
    fn check_seen(&self, claimed: &Payload) -> Result<(), Refusal> {
        let Some(seen) = &claimed.seen else {
            return Ok(());
        };
        if self.root_at(seen.size)? == Some(seen.root) {
            Ok(())
        } else {
            Err(Refusal::about(ErrorCode::ROSTER, seen.size))
        }
    }

    fn body_given(
        &self,
        claimed: &Payload,
        inline: Option<InlineBody>,
        attachments: &[Vec<u8>],
    ) -> Result<BodyGiven, Refusal> {
        if let Some(inline) = inline {
            return Ok(BodyGiven::Inline(
                inline.leaves.into(),
                inline.segments.into(),
            ));
        }
        if !claimed.is::<Submission>() {
            return Ok(BodyGiven::Absent);
        }
        // A manifest that cannot be read is refused in its turn, with its own reason.
        let manifest = attachments
            .first()
            .and_then(|bytes| Manifest::read(bytes).ok());
        let Some(manifest) = manifest else {
            return Ok(BodyGiven::Absent);
        };
        let unit = manifest.account.unit();
        let key = tables::body(&unit, &manifest.id, &manifest.root);
        if self.has_body(&key)? {
            Ok(BodyGiven::Stored(manifest.root))
        } else {
            Ok(BodyGiven::Absent)
        }
    }

    /// What is about an urgent document goes before the rest (Art. 11).
    fn lane(&self, prepared: &Prepared) -> Result<Lane, Refusal> {
        let urgency = match (&prepared.what, prepared.what.about()) {
            (What::Submission(submission), _) => submission.manifest.urgency,
            (_, None) => Urgency::Ordinary,
            (_, Some(about)) => {
                let bytes = self
                    .view()?
                    .get(tables::DOCUMENTS, about.manifest.as_bytes())?;
                let document: Option<DocumentRow> = bytes.map(|bytes| row(&bytes)).transpose()?;
                document.map_or(Urgency::Ordinary, |document| document.urgency)
            }
        };
        if urgency >= Urgency::Urgent {
            Ok(Lane::Urgent)
        } else {
            Ok(Lane::Ordinary)
        }
    }

    async fn submit(&self, lane: Lane, job: Job) -> Result<Proven, Refusal> {
        let done = self.sequencer.submit(lane, job).await?;
        let index = done.index.ok_or(Refusal::of(ErrorCode::STORE))?;
        let view = self.view()?;
        self.proven(view.as_ref(), index, &done.newest)
    }

    async fn record_refusal(
        &self,
        peer: &Peer,
        request: Digest,
        unit: &UnitCode,
        refusal: &Refusal,
    ) {
        metrics::counter!("yichuan_refused_total", "code" => refusal.code.to_string()).increment(1);
        if refusal.is_ours() {
            return;
        }
        let Some(session) = &peer.session else { return };
        let Some(count) = self.refusals.count(&session.device, clock()) else {
            return;
        };
        let (unit, code) = (unit.clone(), refusal.code);
        let job = Job::Refused {
            request,
            unit,
            code,
            count,
        };
        if let Err(error) = self.sequencer.submit(Lane::Ordinary, job).await {
            tracing::warn!(code = %error.code, "a refusal could not be recorded");
        }
    }

    /// Who receives has looked: noted where the policy says when that is to be. Being told of an
    /// event is no look; asking for something is.
    async fn note_look(&self, session: &Session, now: Timestamp) {
        if !self.sessions.looks(&session.account, now) {
            return;
        }
        let newest = self.newest();
        let account = newest.roster.account(&session.account);
        let receives = account.is_some_and(|account| account.roles.contains(&Role::Receive));
        let clocks = newest.roster.policy().and_then(|policy| policy.clocks);
        if receives && clocks.is_some_and(|clocks| !clocks.looks.is_empty()) {
            let job = Job::Looked(session.account.clone());
            if let Err(error) = self.sequencer.submit(Lane::Ordinary, job).await {
                tracing::warn!(code = %error.code, "a look could not be noted");
            }
        }
    }

    fn greet(&self, hello: &Hello) -> Result<Welcome, Refusal> {
        if hello.version != WIRE_VERSION {
            return Err(Refusal::about(ErrorCode::VERSION, WIRE_VERSION));
        }
        let newest = self.newest();
        Ok(Welcome {
            version: WIRE_VERSION,
            origin: newest.roster.origin().clone(),
            genesis: newest.roster.genesis(),
            now: clock(),
            checkpoint: newest.checkpoint.clone(),
            roster: newest.roster.head(),
        })
    }

    async fn ask(&self, peer: &Peer, ask: Ask) -> Result<Answer, Refusal> {
        if let Some(session) = &peer.session {
            let now = clock();
            self.sessions
                .touch(session, now, self.limits())
                .map_err(Refusal::of)?;
            self.sittings.used(&session.account, &session.device, now);
            self.note_look(session, now).await;
        }
        Ok(match ask {
            Ask::Record(record) => Answer::Recorded(self.record(peer, record).await?),
            Ask::RosterEntries(from) => Answer::Entries(self.roster_entries(from)?),
            Ask::Document(document) => {
                Answer::Document(self.document(&self.unit(peer)?, &document)?)
            }
            Ask::Wrap(document) => {
                let session = self.session(peer)?;
                self.may_open(session, &document)?;
                Answer::Wrap(self.wrap(&session.account.unit(), &document)?)
            }
            Ask::Leaves(document) => {
                let leaves = self.leaves(&self.unit(peer)?, &document)?;
                Answer::Bytes(ByteVec::from(leaves))
            }
            Ask::Attachment(of) => {
                let session = self.session(peer)?;
                let bytes = match self.manifest_for_auditor(session, &of)? {
                    Some(manifest) => manifest,
                    None => self.attachment(&session.account.unit(), &of)?,
                };
                Answer::Bytes(ByteVec::from(bytes))
            }
            Ask::Inclusion(of) => {
                self.enrolled(peer)?;
                Answer::Proof(self.inclusion(&of)?)
            }
            Ask::Consistency(size) => {
                self.enrolled(peer)?;
                Answer::Proof(self.consistency(size)?)
            }
            Ask::Extract(document) => Answer::Extract(self.extract(&self.unit(peer)?, &document)?),
            Ask::Tile(tile) => {
                self.enrolled(peer)?;
                Answer::Bytes(ByteVec::from(self.tile(&tile)?))
            }
            Ask::Reception(document) => {
                let session = self.session(peer)?;
                Answer::Reception(self.reception(session, &document)?)
            }
            Ask::Figures(of) => Answer::Figures(self.figures(self.session(peer)?, &of)?),
            Ask::Documents(of) => Answer::Documents(self.documents(&self.unit(peer)?, &of)?),
            Ask::Audit(from) => Answer::Entries(self.audit(self.session(peer)?, from)?),
            Ask::Hello(_)
            | Ask::OpenSession(_)
            | Ask::BeginBody(_)
            | Ask::FinishBody(_)
            | Ask::Subscribe(_)
            | Ask::Segments(_) => return Err(Refusal::of(ErrorCode::OUT_OF_ORDER)),
        })
    }
}

impl Service for Office {
    async fn welcome(&self, peer: &Peer, hello: &Hello) -> Result<Welcome, Refused> {
        if !self.may_stay(peer) {
            return Err(Refusal::of(ErrorCode::DEVICE).to_wire());
        }
        self.greet(hello).map_err(|refusal| refusal.to_wire())
    }

    async fn open_session(&self, peer: &Peer, signed: &[u8]) -> Result<Session, Refused> {
        let opened = self.open(peer, signed);
        if let Err(refusal) = &opened {
            tracing::info!(remote = %peer.remote, code = %refusal.code, "session refused");
        }
        if let Ok(session) = &opened {
            self.note_look(session, session.opened).await;
        }
        opened.map_err(|refusal| refusal.to_wire())
    }

    async fn answer(&self, peer: &Peer, ask: Ask) -> Answer {
        match self.ask(peer, ask).await {
            Ok(answer) => answer,
            Err(refusal) => {
                tracing::info!(remote = %peer.remote, code = %refusal.code, "refused");
                Answer::Refused(refusal.to_wire())
            }
        }
    }

    async fn begin_body(&self, peer: &Peer, begin: BeginBody) -> Result<Vec<Span>, Refused> {
        self.begin(peer, &begin)
            .await
            .map_err(|refusal| refusal.to_wire())
    }

    async fn write_segment(
        &self,
        peer: &Peer,
        body: BodyRef,
        index: u32,
        bytes: Bytes,
    ) -> Result<(), Refused> {
        self.write(peer, body, index, bytes)
            .await
            .map_err(|refusal| refusal.to_wire())
    }

    async fn finish_body(&self, peer: &Peer, body: BodyRef) -> Result<(), Refused> {
        self.finish(peer, body)
            .await
            .map_err(|refusal| refusal.to_wire())
    }

    async fn read_segment(
        &self,
        peer: &Peer,
        document: Digest,
        index: u32,
    ) -> Result<Bytes, Refused> {
        self.segment(peer, document, index)
            .await
            .map_err(|refusal| refusal.to_wire())
    }

    async fn events(&self, peer: &Peer, after: u64, limit: usize) -> Result<Vec<Push>, Refused> {
        let unit = self.unit(peer).map_err(|refusal| refusal.to_wire())?;
        if !self.lasts(peer) {
            return Err(Refusal::of(ErrorCode::SESSION_OVER).to_wire());
        }
        self.feed(&unit, after, limit)
            .map_err(|refusal| refusal.to_wire())
    }

    fn feed_changed(&self, unit: &UnitCode) -> watch::Receiver<u64> {
        let known = self.feed_head(unit).unwrap_or(0);
        self.published().feed_changed(unit, known)
    }

    fn roster_changed(&self) -> watch::Receiver<RosterHead> {
        self.published().roster_changed()
    }

    fn may_stay(&self, peer: &Peer) -> bool {
        if peer.session.is_some() {
            return self.any_session(peer).is_ok() && self.lasts(peer);
        }
        // Who is not enrolled yet, or only submits what is signed elsewhere, has no standing to
        // lose; a computer that was withdrawn has.
        let roster = &self.newest().roster;
        let device = roster.device_by_tls_key(&peer.tls_key);
        let record = device.and_then(|device| roster.device(&device));
        record.is_none_or(|record| record.status == Status::Active)
    }
}
