//! One stream of a connection: greeting, then questions and answers, or a body.

use std::sync::{Arc, RwLock};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use yichuan_document::cbor;
use yichuan_wire::ErrorCode;
use yichuan_wire::frame::{FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{
    Answer, Ask, BodyRef, Lane, Push, Refused, Reply, Request, SegmentRange,
};

use super::frames::{self, Frame, NoFrame};
use super::{Peer, Service, Shared};

/// The other side, as all streams of its connection see it.
pub(super) type PeerCell = Arc<RwLock<Arc<Peer>>>;

/// The most questions under way on one control stream; beyond that nothing more is read.
const UNDER_WAY_MAX: usize = 64;
/// The most segments under way to the disk.
const SEGMENTS_UNDER_WAY: usize = 4;
/// How many events are looked up at once.
const EVENTS_PER_PAGE: usize = 64;

/// What goes out on a control stream.
enum Out {
    Reply(Reply),
    Push(Push),
}

/// Serves one stream to its end.
pub(super) async fn serve<S, R, W>(shared: Arc<Shared<S>>, peer: PeerCell, mut reader: R, writer: W)
where
    S: Service,
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let mut writer = BufWriter::with_capacity(64 << 10, writer);
    let greeting = timeout(
        shared.greeting_timeout,
        greet(&shared, &peer, &mut reader, &mut writer),
    )
    .await;
    match greeting {
        Ok(Some(Lane::Control)) => control(&shared, &peer, &mut reader, writer).await,
        Ok(Some(Lane::Body)) => Body { shared, peer }.serve(&mut reader, writer).await,
        Ok(None) | Err(_) => {
            // Whatever was said has been answered; there is nobody to tell about the rest.
            let _ = writer.shutdown().await;
        }
    }
}

pub(super) fn snapshot(peer: &PeerCell) -> Arc<Peer> {
    Arc::clone(
        &peer
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    )
}

fn refused(code: ErrorCode) -> Answer {
    Answer::Refused(Refused {
        code,
        retry_after_ms: None,
        about: None,
    })
}

async fn greet<S, R, W>(
    shared: &Shared<S>,
    peer: &PeerCell,
    reader: &mut R,
    writer: &mut W,
) -> Option<Lane>
where
    S: Service,
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let frame = frames::read(reader, shared.frame_timeout).await;
    let request = match frame {
        Ok(frame) => request(&frame),
        Err(NoFrame::Bad) => None,
        Err(_) => return None,
    };
    let (id, answer, lane) = match request {
        Some(Request {
            id,
            ask: Ask::Hello(hello),
        }) => match shared.service.welcome(&snapshot(peer), &hello).await {
            Ok(welcome) => (id, Answer::Welcome(welcome), Some(hello.lane)),
            Err(why) => (id, Answer::Refused(why), None),
        },
        Some(Request { id, .. }) => (id, refused(ErrorCode::OUT_OF_ORDER), None),
        None => (0, refused(ErrorCode::MALFORMED), None),
    };
    frames::write_message(writer, FrameKind::Reply, &Reply { id, answer })
        .await
        .ok()?;
    lane
}

fn request(frame: &Frame) -> Option<Request> {
    if frame.kind != FrameKind::Request {
        return None;
    }
    cbor::read(&frame.content, MESSAGE_BYTES_MAX as usize).ok()
}

async fn control<S, R, W>(
    shared: &Arc<Shared<S>>,
    peer: &PeerCell,
    reader: &mut R,
    writer: BufWriter<W>,
) where
    S: Service,
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (out, outgoing) = mpsc::channel(UNDER_WAY_MAX);
    let writing = tokio::spawn(write_out(writer, outgoing));
    let under_way = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let mut tasks = JoinSet::new();
    let mut stopping = shared.stopping.clone();
    let mut subscribed = false;
    loop {
        let Ok(permit) = Arc::clone(&under_way).acquire_owned().await else {
            break;
        };
        let frame = tokio::select! {
            frame = frames::read(reader, shared.frame_timeout) => frame,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let request = match frame {
            Ok(frame) => request(&frame),
            Err(NoFrame::Bad) => None,
            Err(NoFrame::End | NoFrame::TooSlow | NoFrame::Io) => break,
        };
        let Some(Request { id, ask }) = request else {
            let answer = refused(ErrorCode::MALFORMED);
            // The stream ends either way.
            let _ = out.send(Out::Reply(Reply { id: 0, answer })).await;
            break;
        };
        match ask {
            Ask::OpenSession(signed) => {
                let answer = open_session(shared, peer, &signed).await;
                if out.send(Out::Reply(Reply { id, answer })).await.is_err() {
                    break;
                }
            }
            Ask::Subscribe(after) => {
                let answer = subscribe(shared, peer, after, subscribed, &out, &mut tasks).await;
                subscribed |= matches!(answer, Answer::Subscribed(_));
                if out.send(Out::Reply(Reply { id, answer })).await.is_err() {
                    break;
                }
            }
            ask => {
                let (shared, peer, out) = (Arc::clone(shared), snapshot(peer), out.clone());
                tasks.spawn(async move {
                    let answer = shared.service.answer(&peer, ask).await;
                    // The other side may have gone; what was recorded stays recorded.
                    let _ = out.send(Out::Reply(Reply { id, answer })).await;
                    drop(permit);
                });
            }
        }
        while tasks.try_join_next().is_some() {}
    }
    finish(tasks, under_way, out, writing).await;
}

/// Lets every answer under way go out; pushes end.
async fn finish(
    mut tasks: JoinSet<()>,
    under_way: Arc<Semaphore>,
    out: mpsc::Sender<Out>,
    writing: tokio::task::JoinHandle<()>,
) {
    let all = u32::try_from(UNDER_WAY_MAX).unwrap_or(u32::MAX);
    // Only the pushes hold no permit, and they never end by themselves.
    drop(under_way.acquire_many(all).await);
    tasks.abort_all();
    while tasks.join_next().await.is_some() {}
    drop(out);
    if writing.await.is_err() {
        tracing::debug!("a writer ended badly");
    }
}

async fn open_session<S: Service>(shared: &Shared<S>, peer: &PeerCell, signed: &[u8]) -> Answer {
    let before = snapshot(peer);
    match shared.service.open_session(&before, signed).await {
        Ok(session) => {
            let state = session.state;
            let after = Peer {
                session: Some(session),
                ..before.as_ref().clone()
            };
            *peer
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(after);
            Answer::SessionOpened(state)
        }
        Err(why) => Answer::Refused(why),
    }
}

async fn subscribe<S: Service>(
    shared: &Arc<Shared<S>>,
    peer: &PeerCell,
    after: u64,
    subscribed: bool,
    out: &mpsc::Sender<Out>,
    tasks: &mut JoinSet<()>,
) -> Answer {
    let peer = snapshot(peer);
    let Some(session) = &peer.session else {
        return refused(ErrorCode::NO_SESSION);
    };
    if subscribed {
        return refused(ErrorCode::OUT_OF_ORDER);
    }
    if let Err(why) = shared.service.events(&peer, after, 0).await {
        return Answer::Refused(why);
    }
    let changed = shared.service.feed_changed(&session.account.unit());
    let newest = *changed.borrow();
    let (shared, out) = (Arc::clone(shared), out.clone());
    tasks.spawn(async move {
        // An error means that stream or session are gone; the unit asks again from its cursor.
        let _ = push_events(&shared, &peer, after, changed, &out).await;
    });
    Answer::Subscribed(newest)
}

async fn push_events<S: Service>(
    shared: &Shared<S>,
    peer: &Peer,
    mut cursor: u64,
    mut changed: tokio::sync::watch::Receiver<u64>,
    out: &mpsc::Sender<Out>,
) -> Option<()> {
    loop {
        changed.borrow_and_update();
        loop {
            let page = shared
                .service
                .events(peer, cursor, EVENTS_PER_PAGE)
                .await
                .ok()?;
            let Some(last) = page.last() else { break };
            cursor = last.sequence;
            for push in page {
                out.send(Out::Push(push)).await.ok()?;
            }
        }
        changed.changed().await.ok()?;
    }
}

async fn write_out<W: AsyncWrite + Unpin>(
    mut writer: BufWriter<W>,
    mut outgoing: mpsc::Receiver<Out>,
) {
    while let Some(first) = outgoing.recv().await {
        let mut next = Some(first);
        while let Some(out) = next {
            let written = match &out {
                Out::Reply(reply) => {
                    let bytes = cbor::to_vec(reply);
                    frames::write(&mut writer, FrameKind::Reply, &bytes, &[]).await
                }
                Out::Push(push) => {
                    let bytes = cbor::to_vec(push);
                    frames::write(&mut writer, FrameKind::Push, &bytes, &[]).await
                }
            };
            if written.is_err() {
                return;
            }
            next = outgoing.try_recv().ok();
        }
        if writer.flush().await.is_err() {
            return;
        }
    }
    // The other side may be gone already.
    let _ = writer.shutdown().await;
}

/// A stream that carries a body.
struct Body<S> {
    shared: Arc<Shared<S>>,
    peer: PeerCell,
}

/// A body on its way in.
struct Upload {
    id: u32,
    body: BodyRef,
    writes: JoinSet<Result<(), Refused>>,
}

impl<S: Service> Body<S> {
    async fn serve<R, W>(self, reader: &mut R, mut writer: BufWriter<W>)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        // An error means that the other side is gone or was told why the stream ends.
        let _ = self.frames(reader, &mut writer).await;
        let _ = writer.shutdown().await;
    }

    async fn frames<R, W>(&self, reader: &mut R, writer: &mut BufWriter<W>) -> Option<()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let mut upload: Option<Upload> = None;
        let mut stopping = self.shared.stopping.clone();
        loop {
            let frame = tokio::select! {
                frame = frames::read(reader, self.shared.frame_timeout) => frame.ok()?,
                _ = stopping.wait_for(|stop| *stop) => return None,
            };
            if frame.kind == FrameKind::Segment {
                let Some(upload) = &mut upload else {
                    let answer = refused(ErrorCode::OUT_OF_ORDER);
                    return reply(writer, 0, answer).await.and(None);
                };
                if let Err(why) = self.segment(upload, &frame).await {
                    return reply(writer, upload.id, Answer::Refused(why))
                        .await
                        .and(None);
                }
                continue;
            }
            let Some(Request { id, ask }) = request(&frame) else {
                return reply(writer, 0, refused(ErrorCode::MALFORMED))
                    .await
                    .and(None);
            };
            let peer = snapshot(&self.peer);
            let answer = match ask {
                Ask::OpenSession(signed) => open_session(&self.shared, &self.peer, &signed).await,
                Ask::BeginBody(begin) => {
                    let body = begin.body;
                    match self.shared.service.begin_body(&peer, begin).await {
                        Ok(wanted) => {
                            upload = Some(Upload {
                                id,
                                body,
                                writes: JoinSet::new(),
                            });
                            Answer::Wanted(wanted)
                        }
                        Err(why) => Answer::Refused(why),
                    }
                }
                Ask::FinishBody(body) => self.finish(&peer, body, upload.take()).await,
                Ask::Segments(range) => self.say_segments(&peer, range, writer).await?,
                other => self.shared.service.answer(&peer, other).await,
            };
            reply(writer, id, answer).await?;
        }
    }

    async fn segment(&self, upload: &mut Upload, frame: &Frame) -> Result<(), Refused> {
        while upload.writes.len() >= SEGMENTS_UNDER_WAY {
            joined(upload.writes.join_next().await)?;
        }
        let Some((index, _)) = frame.content.split_first_chunk::<4>() else {
            return Err(Refused {
                code: ErrorCode::MALFORMED,
                retry_after_ms: None,
                about: None,
            });
        };
        let (index, bytes) = (u32::from_be_bytes(*index), frame.content.slice(4..));
        let (shared, peer, body) = (Arc::clone(&self.shared), snapshot(&self.peer), upload.body);
        upload.writes.spawn(async move {
            shared
                .service
                .write_segment(&peer, body, index, bytes)
                .await
        });
        Ok(())
    }

    async fn finish(&self, peer: &Peer, body: BodyRef, upload: Option<Upload>) -> Answer {
        if let Some(mut upload) = upload {
            while let Some(outcome) = upload.writes.join_next().await {
                if let Err(why) = joined(Some(outcome)) {
                    return Answer::Refused(why);
                }
            }
        }
        match self.shared.service.finish_body(peer, body).await {
            Ok(()) => Answer::BodyStored,
            Err(why) => Answer::Refused(why),
        }
    }

    async fn say_segments<W: AsyncWrite + Unpin>(
        &self,
        peer: &Arc<Peer>,
        range: SegmentRange,
        writer: &mut BufWriter<W>,
    ) -> Option<Answer> {
        let read = |index: u32| {
            let (shared, peer) = (Arc::clone(&self.shared), Arc::clone(peer));
            tokio::spawn(async move {
                shared
                    .service
                    .read_segment(&peer, range.document, index)
                    .await
            })
        };
        let Some(end) = range.first.checked_add(range.count) else {
            return Some(refused(ErrorCode::MALFORMED));
        };
        let mut ahead = std::collections::VecDeque::new();
        let mut next = range.first;
        for index in range.first..end {
            while next < end && ahead.len() < SEGMENTS_UNDER_WAY {
                ahead.push_back(read(next));
                next += 1;
            }
            let segment = match ahead.pop_front()?.await {
                Ok(Ok(segment)) => segment,
                Ok(Err(why)) => return Some(Answer::Refused(why)),
                Err(_) => return Some(refused(ErrorCode::STORE)),
            };
            let kind = FrameKind::Segment;
            frames::write(writer, kind, &index.to_be_bytes(), &segment)
                .await
                .ok()?;
        }
        Some(Answer::SegmentsSaid)
    }
}

fn joined(
    outcome: Option<Result<Result<(), Refused>, tokio::task::JoinError>>,
) -> Result<(), Refused> {
    match outcome {
        None => Ok(()),
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => Err(Refused {
            code: ErrorCode::STORE,
            retry_after_ms: None,
            about: None,
        }),
    }
}

async fn reply<W: AsyncWrite + Unpin>(writer: &mut W, id: u32, answer: Answer) -> Option<()> {
    frames::write_message(writer, FrameKind::Reply, &Reply { id, answer })
        .await
        .ok()
}
