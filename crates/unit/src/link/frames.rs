//! Frames on a stream of bytes.

use tokio::io::{AsyncRead, AsyncReadExt};
use yichuan_document::cbor;
use yichuan_wire::frame::{FRAME_HEAD_BYTES, FrameHead, FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::Reply;

use super::LinkFailed;

/// A frame as it came.
pub(super) struct Frame {
    pub(super) kind: FrameKind,
    pub(super) content: Vec<u8>,
}

/// A whole frame with one message.
pub(super) fn message<T>(kind: FrameKind, message: &T) -> Result<Vec<u8>, LinkFailed>
where
    T: minicbor::Encode<()>,
{
    let content = cbor::to_vec(message);
    let bytes = u32::try_from(content.len())
        .ok()
        .filter(|bytes| *bytes <= MESSAGE_BYTES_MAX);
    let head = FrameHead {
        kind,
        bytes: bytes.ok_or(LinkFailed::Protocol)?,
    };
    Ok([head.to_bytes().as_slice(), &content].concat())
}

/// Reads one frame.
pub(super) async fn read<R>(reader: &mut R) -> Result<Frame, LinkFailed>
where
    R: AsyncRead + Unpin + ?Sized,
{
    let mut content = Vec::new();
    let kind = read_into(reader, &mut content).await?;
    Ok(Frame { kind, content })
}

/// Reads one frame into a buffer that is used again.
pub(super) async fn read_into<R>(
    reader: &mut R,
    content: &mut Vec<u8>,
) -> Result<FrameKind, LinkFailed>
where
    R: AsyncRead + Unpin + ?Sized,
{
    let mut head = [0; FRAME_HEAD_BYTES];
    reader.read_exact(&mut head).await?;
    let head = FrameHead::read(head).map_err(|_| LinkFailed::Protocol)?;
    content.clear();
    let read = reader
        .take(u64::from(head.bytes))
        .read_to_end(content)
        .await?;
    if read == head.bytes as usize {
        Ok(head.kind)
    } else {
        Err(LinkFailed::Closed)
    }
}

/// Reads a frame that must be a reply.
pub(super) async fn read_reply<R>(reader: &mut R) -> Result<Reply, LinkFailed>
where
    R: AsyncRead + Unpin + ?Sized,
{
    let frame = read(reader).await?;
    if frame.kind != FrameKind::Reply {
        return Err(LinkFailed::Protocol);
    }
    cbor::read(&frame.content, MESSAGE_BYTES_MAX as usize).map_err(|_| LinkFailed::Protocol)
}
