//! Frames on a stream of bytes, within their limits and their time.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use yichuan_document::cbor;
use yichuan_wire::frame::{FRAME_HEAD_BYTES, FrameHead, FrameKind};

/// A frame as it came.
pub(super) struct Frame {
    pub(super) kind: FrameKind,
    pub(super) content: Bytes,
}

/// Why no frame came.
#[derive(Debug)]
pub(super) enum NoFrame {
    /// The other side has ended the stream between two frames.
    End,
    /// The other side's fault.
    Bad,
    /// Begun and not finished in time (case H1).
    TooSlow,
    /// The connection.
    Io,
}

impl From<io::Error> for NoFrame {
    fn from(_: io::Error) -> Self {
        Self::Io
    }
}

/// Reads one frame. To begin it, the other side may take as long as it likes.
pub(super) async fn read<R: AsyncRead + Unpin>(
    reader: &mut R,
    per_frame: Duration,
) -> Result<Frame, NoFrame> {
    let mut head = [0; FRAME_HEAD_BYTES];
    if reader.read(&mut head[..1]).await? == 0 {
        return Err(NoFrame::End);
    }
    let rest = async {
        reader.read_exact(&mut head[1..]).await?;
        let head = FrameHead::read(head).map_err(|_| NoFrame::Bad)?;
        // Room grows with what comes, so that a large number in a head costs nothing.
        let mut content = BytesMut::with_capacity((head.bytes as usize).min(64 << 10));
        let mut limited = reader.take(u64::from(head.bytes));
        while content.len() < head.bytes as usize {
            if content.capacity() == content.len() {
                let more = (head.bytes as usize - content.len()).min(2 << 20);
                content.reserve(more);
            }
            if limited.read_buf(&mut content).await? == 0 {
                return Err(NoFrame::Io);
            }
        }
        Ok(Frame {
            kind: head.kind,
            content: content.freeze(),
        })
    };
    timeout(per_frame, rest)
        .await
        .map_err(|_| NoFrame::TooSlow)?
}

/// Writes one frame, whose content stands in two parts.
pub(super) async fn write<W: AsyncWrite + Unpin>(
    writer: &mut W,
    kind: FrameKind,
    first: &[u8],
    second: &[u8],
) -> io::Result<()> {
    let bytes = u32::try_from(first.len() + second.len()).map_err(io::Error::other)?;
    let head = FrameHead { kind, bytes }.to_bytes();
    let front = [head.as_slice(), first].concat();
    writer.write_all(&front).await?;
    writer.write_all(second).await
}

/// Writes one message.
pub(super) async fn write_message<W, T>(
    writer: &mut W,
    kind: FrameKind,
    message: &T,
) -> io::Result<()>
where
    W: AsyncWrite + Unpin,
    T: minicbor::Encode<()>,
{
    write(writer, kind, &cbor::to_vec(message), &[]).await?;
    writer.flush().await
}
