//! What is said between exchange and unit: frames, each with its message.
#![no_main]

use yichuan_document::cbor;
use yichuan_wire::frame::{FRAME_HEAD_BYTES, FrameHead, FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{Push, Reply, Request};

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    let limit = MESSAGE_BYTES_MAX as usize;
    let mut rest = stream;
    while let Some((head, after)) = rest.split_first_chunk::<FRAME_HEAD_BYTES>() {
        let Ok(read) = FrameHead::read(*head) else {
            return;
        };
        assert_eq!(read.to_bytes(), *head);
        let Some((content, after)) = after.split_at_checked(read.bytes as usize) else {
            return;
        };
        match read.kind {
            FrameKind::Request => drop(cbor::read::<Request>(content, limit)),
            FrameKind::Reply => drop(cbor::read::<Reply>(content, limit)),
            FrameKind::Push => drop(cbor::read::<Push>(content, limit)),
            FrameKind::Segment => {}
        }
        rest = after;
    }
});
