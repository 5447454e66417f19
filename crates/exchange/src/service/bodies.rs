//! Bodies: coming in by segment, each checked against the root, and going out again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use yichuan_document::roster::record::Role;
use yichuan_document::{Digest, UnitCode};
use yichuan_envelope::Leaves;
use yichuan_store::{Begun, Bodies, BodyError, BodyKey, BodyLayout};
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{BeginBody, BodyRef, Span};

use super::Office;
use crate::net::Peer;
use crate::registry::{Refusal, split_small};
use crate::tables;

/// The leaf lists of the bodies that are on their way in.
#[derive(Default)]
pub(super) struct Uploads(Mutex<HashMap<Digest, Arc<Leaves>>>);

/// The most bodies that may be on their way in at once; each holds some 36 bytes per segment.
const UPLOADS_MAX: usize = 1_024;

impl Uploads {
    fn insert(&self, key: Digest, leaves: Arc<Leaves>) -> Result<(), Refusal> {
        let mut map = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if map.len() >= UPLOADS_MAX && !map.contains_key(&key) {
            return Err(Refusal::of(ErrorCode::BUSY));
        }
        map.insert(key, leaves);
        Ok(())
    }

    fn find(&self, key: &Digest) -> Result<Arc<Leaves>, Refusal> {
        let map = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        map.get(key)
            .cloned()
            .ok_or(Refusal::of(ErrorCode::OUT_OF_ORDER))
    }

    fn remove(&self, key: &Digest) {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(key);
    }
}

impl Office {
    /// The session's unit, if its account may send.
    fn sender(&self, peer: &Peer) -> Result<UnitCode, Refusal> {
        let session = self.session(peer)?;
        let roster = &self.newest().roster;
        let standing = roster
            .standing_of(&session.account, &session.device)
            .map_err(Refusal::standing)?;
        standing.require(Role::Send).map_err(Refusal::standing)?;
        Ok(session.account.unit())
    }

    pub(super) fn has_body(&self, key: &Digest) -> Result<bool, Refusal> {
        if self
            .bodies
            .size(&body_key(key))
            .map_err(|error| body_refusal(&error))?
            .is_some()
        {
            return Ok(true);
        }
        Ok(self
            .view()?
            .get(tables::SMALL_BODIES, key.as_bytes())?
            .is_some())
    }

    pub(super) async fn begin(&self, peer: &Peer, begin: &BeginBody) -> Result<Vec<Span>, Refusal> {
        let unit = self.sender(peer)?;
        let leaves = Leaves::read(&begin.leaves).map_err(|_| Refusal::of(ErrorCode::BODY_WRONG))?;
        if leaves.root() != begin.body.root {
            return Err(Refusal::of(ErrorCode::BODY_WRONG));
        }
        let key = tables::body(&unit, &begin.body.document, &begin.body.root);
        let leaves = Arc::new(leaves);
        let (bodies, list, sidecar) = (
            Arc::clone(&self.bodies),
            Arc::clone(&leaves),
            begin.leaves.to_vec(),
        );
        let wanted =
            blocking(move || wanted(bodies.as_ref(), &body_key(&key), &list, sidecar)).await?;
        if !wanted.is_empty() {
            self.uploads.insert(key, leaves)?;
        }
        Ok(wanted)
    }

    pub(super) async fn write(
        &self,
        peer: &Peer,
        body: BodyRef,
        index: u32,
        bytes: Bytes,
    ) -> Result<(), Refusal> {
        let unit = self.sender(peer)?;
        let key = tables::body(&unit, &body.document, &body.root);
        let leaves = self.uploads.find(&key)?;
        let bodies = Arc::clone(&self.bodies);
        blocking(move || {
            leaves
                .verify_segment(index, &bytes)
                .map_err(|_| Refusal::about(ErrorCode::BODY_WRONG, index))?;
            metrics::counter!("yichuan_body_bytes_in_total").increment(bytes.len() as u64);
            bodies
                .write_segment(&body_key(&key), index, &bytes)
                .map_err(|error| body_refusal(&error))
        })
        .await
    }

    pub(super) async fn finish(&self, peer: &Peer, body: BodyRef) -> Result<(), Refusal> {
        let unit = self.sender(peer)?;
        let key = tables::body(&unit, &body.document, &body.root);
        let bodies = Arc::clone(&self.bodies);
        blocking(move || {
            bodies
                .finish(&body_key(&key))
                .map_err(|error| body_refusal(&error))
        })
        .await?;
        self.uploads.remove(&key);
        Ok(())
    }

    pub(super) fn leaf_list(&self, key: &Digest) -> Result<Vec<u8>, Refusal> {
        let layout = self
            .bodies
            .layout(&body_key(key))
            .map_err(|error| body_refusal(&error))?;
        if let Some(layout) = layout {
            return Ok(layout.sidecar().to_vec());
        }
        let row = self.view()?.get(tables::SMALL_BODIES, key.as_bytes())?;
        let row = row.ok_or(Refusal::of(ErrorCode::BODY_MISSING))?;
        let (leaves, _) = split_small(&row).ok_or(Refusal::of(ErrorCode::STORE))?;
        Ok(leaves.to_vec())
    }

    pub(super) async fn segment(
        &self,
        peer: &Peer,
        document: Digest,
        index: u32,
    ) -> Result<Bytes, Refusal> {
        let unit = self.unit(peer)?;
        let key = self.body_key(&unit, &document)?;
        if let Some(row) = self.view()?.get(tables::SMALL_BODIES, key.as_bytes())? {
            return small_segment(&row, index);
        }
        let bodies = Arc::clone(&self.bodies);
        let bytes = blocking(move || {
            bodies
                .read_segment(&body_key(&key), index)
                .map_err(|error| body_refusal(&error))
        })
        .await?;
        metrics::counter!("yichuan_body_bytes_out_total").increment(bytes.len() as u64);
        Ok(Bytes::from(bytes))
    }
}

fn small_segment(row: &[u8], index: u32) -> Result<Bytes, Refusal> {
    let broken = || Refusal::of(ErrorCode::STORE);
    let (leaves, segments) = split_small(row).ok_or_else(broken)?;
    let leaves = Leaves::read(leaves).map_err(|_| broken())?;
    let (Some(offset), Some(length)) = (leaves.offset(index), leaves.length(index)) else {
        return Err(Refusal::about(ErrorCode::MALFORMED, index));
    };
    let from = usize::try_from(offset).map_err(|_| broken())?;
    let segment = segments
        .get(from..)
        .and_then(|rest| rest.get(..length as usize));
    Ok(Bytes::copy_from_slice(segment.ok_or_else(broken)?))
}

/// Begins a body or finds what is there of it, and says what is still wanted. What a restart
/// left behind is read and compared before it is believed.
fn wanted(
    bodies: &dyn Bodies,
    key: &BodyKey,
    leaves: &Leaves,
    sidecar: Vec<u8>,
) -> Result<Vec<Span>, Refusal> {
    let refused = |error: BodyError| body_refusal(&error);
    let lengths: Option<Vec<u32>> = (0..leaves.count())
        .map(|index| leaves.length(index))
        .collect();
    let lengths = lengths.ok_or(Refusal::of(ErrorCode::BODY_WRONG))?;
    let layout = BodyLayout::new(lengths, sidecar).map_err(refused)?;
    match bodies.begin(key, &layout).map_err(refused)? {
        Begun::Finished => return Ok(Vec::new()),
        Begun::New | Begun::Unfinished => {}
    }
    let Some(part) = bodies.part(key).map_err(refused)? else {
        return Ok(Vec::new());
    };
    let mut spans: Vec<Span> = Vec::new();
    for index in 0..leaves.count() {
        let there = part.written.contains(index)
            || part.claimed.contains(index) && confirm(bodies, key, leaves, index)?;
        if there {
            continue;
        }
        match spans.last_mut() {
            Some(span) if span.first + span.count == index => span.count += 1,
            _ => spans.push(Span {
                first: index,
                count: 1,
            }),
        }
    }
    if spans.is_empty() {
        // Everything is there and only the finish was lost.
        bodies.finish(key).map_err(refused)?;
    }
    Ok(spans)
}

fn confirm(
    bodies: &dyn Bodies,
    key: &BodyKey,
    leaves: &Leaves,
    index: u32,
) -> Result<bool, Refusal> {
    let Ok(bytes) = bodies.read_part_segment(key, index) else {
        return Ok(false);
    };
    if leaves.verify_segment(index, &bytes).is_err() {
        return Ok(false);
    }
    bodies
        .confirm_segment(key, index)
        .map_err(|error| body_refusal(&error))?;
    Ok(true)
}

fn body_key(key: &Digest) -> BodyKey {
    BodyKey(*key.as_bytes())
}

fn body_refusal(error: &BodyError) -> Refusal {
    match error {
        BodyError::NoSpace => Refusal::of(ErrorCode::NO_SPACE),
        BodyError::NotWritten { .. }
        | BodyError::NotFound
        | BodyError::NotBegun
        | BodyError::Incomplete { .. } => Refusal::of(ErrorCode::BODY_MISSING),
        BodyError::WrongLength { .. } | BodyError::NoSuchSegment { .. } => {
            Refusal::of(ErrorCode::BODY_WRONG)
        }
        other => {
            tracing::error!(error = %other, "the body store fails");
            Refusal::of(ErrorCode::STORE)
        }
    }
}

/// Runs disk work off the threads that serve connections.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, "a worker ended unexpectedly");
            Err(Refusal::of(ErrorCode::STORE))
        }
    }
}
