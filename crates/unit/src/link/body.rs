//! A stream that carries a body, up or down.

use std::io;

use minicbor::bytes::ByteVec;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::sync::mpsc;
use yichuan_document::cbor;
use yichuan_wire::frame::{FrameHead, FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{Answer, Ask, BeginBody, Lane, Reply, Request, SegmentRange};

use super::{LinkFailed, Stream, frames, greet};

type Reader = Box<dyn AsyncRead + Unpin + Send>;

/// Segments that were read and not yet looked at.
const SEGMENTS_AHEAD: usize = 4;

/// A stream for one body after another.
pub struct BodyLink {
    /// None while a download that was given up still reads.
    reader: Option<Reader>,
    writer: BufWriter<Box<dyn AsyncWrite + Unpin + Send>>,
    next_id: u32,
    _connection: Option<quinn::Connection>,
}

impl BodyLink {
    pub(super) async fn begin(stream: Stream) -> Result<Self, LinkFailed> {
        let Stream {
            mut reader,
            writer,
            quic,
            ..
        } = stream;
        let mut writer = BufWriter::with_capacity(64 << 10, writer);
        greet(&mut reader, &mut writer, Lane::Body).await?;
        Ok(Self {
            reader: Some(reader),
            writer,
            next_id: 1,
            _connection: quic,
        })
    }

    pub(super) async fn open_session(&mut self, signed: Vec<u8>) -> Result<(), LinkFailed> {
        match self.ask(Ask::OpenSession(ByteVec::from(signed))).await? {
            Answer::SessionOpened(_) => Ok(()),
            _ => Err(LinkFailed::Protocol),
        }
    }

    /// Uploads what the exchange still wants of a body. `read` gives the bytes of a segment;
    /// `progress` is told how many bytes went out.
    pub async fn upload(
        &mut self,
        begin: BeginBody,
        mut read: impl FnMut(u32) -> io::Result<Vec<u8>>,
        mut progress: impl FnMut(u64),
    ) -> Result<(), LinkFailed> {
        let body = begin.body;
        let Answer::Wanted(spans) = self.ask(Ask::BeginBody(begin)).await? else {
            return Err(LinkFailed::Protocol);
        };
        for span in &spans {
            for index in span.first..span.first.saturating_add(span.count) {
                let segment = read(index).map_err(LinkFailed::Local)?;
                let sent = self.segment(index, &segment).await;
                if sent.is_err() {
                    // The exchange has ended the stream; its last word says why.
                    return Err(self.last_word().await);
                }
                progress(segment.len() as u64);
            }
        }
        match self.ask(Ask::FinishBody(body)).await? {
            Answer::BodyStored => Ok(()),
            _ => Err(LinkFailed::Protocol),
        }
    }

    /// Downloads segments, in order. `take` gets each of them, not yet verified.
    pub async fn download(
        &mut self,
        range: SegmentRange,
        mut take: impl FnMut(u32, &[u8]) -> io::Result<()>,
    ) -> Result<(), LinkFailed> {
        let id = self.say(Ask::Segments(range)).await?;
        let reader = self.reader.take().ok_or(LinkFailed::Closed)?;
        let (read, mut frames) = mpsc::channel(SEGMENTS_AHEAD);
        let (give_back, spare) = mpsc::channel(SEGMENTS_AHEAD + 2);
        // What comes is decrypted by one core while another verifies and keeps what came before.
        let reading = tokio::spawn(read_ahead(reader, read, spare));
        let mut expected = range.first;
        let answer = loop {
            let (kind, content) = frames.recv().await.ok_or(LinkFailed::Closed)??;
            match kind {
                FrameKind::Segment => {
                    let (index, bytes) = content
                        .split_first_chunk::<4>()
                        .ok_or(LinkFailed::Protocol)?;
                    if u32::from_be_bytes(*index) != expected {
                        return Err(LinkFailed::Protocol);
                    }
                    take(expected, bytes).map_err(LinkFailed::Local)?;
                    expected += 1;
                    // At the end nobody reads any more.
                    let _ = give_back.try_send(content);
                }
                FrameKind::Reply => break read_reply(&content, id)?,
                FrameKind::Request | FrameKind::Push => return Err(LinkFailed::Protocol),
            }
        };
        self.reader = reading.await.ok();
        let complete = expected - range.first == range.count;
        match answer {
            Answer::SegmentsSaid if complete => Ok(()),
            Answer::Refused(refused) => Err(LinkFailed::Refused(refused)),
            _ => Err(LinkFailed::Protocol),
        }
    }

    async fn segment(&mut self, index: u32, segment: &[u8]) -> io::Result<()> {
        let bytes = u32::try_from(segment.len() + 4).map_err(io::Error::other)?;
        let head = FrameHead {
            kind: FrameKind::Segment,
            bytes,
        }
        .to_bytes();
        let front = [head.as_slice(), &index.to_be_bytes()].concat();
        self.writer.write_all(&front).await?;
        self.writer.write_all(segment).await
    }

    async fn say(&mut self, ask: Ask) -> Result<u32, LinkFailed> {
        let id = self.next_id;
        self.next_id += 1;
        let frame = frames::message(FrameKind::Request, &Request { id, ask })?;
        let written = async {
            self.writer.write_all(&frame).await?;
            self.writer.flush().await
        };
        match written.await {
            Ok(()) => Ok(id),
            Err(_) => Err(self.last_word().await),
        }
    }

    async fn ask(&mut self, ask: Ask) -> Result<Answer, LinkFailed> {
        self.say(ask).await?;
        let reader = self.reader.as_mut().ok_or(LinkFailed::Closed)?;
        match frames::read_reply(reader).await?.answer {
            Answer::Refused(refused) => Err(LinkFailed::Refused(refused)),
            answer => Ok(answer),
        }
    }

    async fn last_word(&mut self) -> LinkFailed {
        let Some(reader) = &mut self.reader else {
            return LinkFailed::Closed;
        };
        match frames::read_reply(reader).await {
            Ok(Reply {
                answer: Answer::Refused(refused),
                ..
            }) => LinkFailed::Refused(refused),
            _ => LinkFailed::Closed,
        }
    }
}

/// Reads segments up to the reply that ends them, in buffers that come back.
async fn read_ahead(
    mut reader: Reader,
    read: mpsc::Sender<Result<(FrameKind, Vec<u8>), LinkFailed>>,
    mut spare: mpsc::Receiver<Vec<u8>>,
) -> Reader {
    loop {
        let mut content = spare.try_recv().unwrap_or_default();
        let frame = frames::read_into(&mut reader, &mut content).await;
        let last = !matches!(frame, Ok(FrameKind::Segment));
        let sent = read.send(frame.map(|kind| (kind, content))).await;
        if last || sent.is_err() {
            return reader;
        }
    }
}

fn read_reply(content: &[u8], id: u32) -> Result<Answer, LinkFailed> {
    let reply: Reply =
        cbor::read(content, MESSAGE_BYTES_MAX as usize).map_err(|_| LinkFailed::Protocol)?;
    if reply.id == id {
        Ok(reply.answer)
    } else {
        Err(LinkFailed::Protocol)
    }
}
