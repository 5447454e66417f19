//! What was composed on this computer and is not submitted yet: looked into without the exchange.

use std::fs::File;
use std::path::Path;

use yichuan_document::Manifest;
use yichuan_document::roster::Roster;
use yichuan_document::wrap::WrapList;
use yichuan_envelope::{Leaves, Opener};

use super::compose::composed;
use super::dossier::unwrap_for;
use super::export::read_segment;
use super::failed::Failed;
use super::identity::Identity;

/// The most bytes of a list of leaves, of the largest body.
const LEAVES_BYTES_MAX: u64 = 64 << 20;

/// The title of a document that waits here to be submitted, opened with the unit's own key.
pub fn title_of(
    home: &Path,
    roster: &Roster,
    identity: &Identity,
    id: &str,
) -> Result<String, Failed> {
    let (folder, record) = composed(home, id)?;
    let damaged = || Failed::Damaged(folder.clone());
    let [manifest, wraps, ..] = record.attachments.as_slice() else {
        return Err(damaged());
    };
    let manifest = Manifest::read(manifest).map_err(|_| damaged())?;
    let wraps = WrapList::read(wraps).map_err(|_| damaged())?;
    let own = identity.unit_ref(roster);
    let wrap = wraps.0.iter().find(|wrap| wrap.unit == own);
    let wrap = wrap.ok_or_else(damaged)?;
    let key = unwrap_for(identity, roster, wrap, manifest.digest())?;
    let bytes = crate::home::read_at_most(&folder.join("leaves"), LEAVES_BYTES_MAX)?;
    let leaves = Leaves::read(&bytes).map_err(|_| damaged())?;
    leaves.check(&manifest).map_err(|_| damaged())?;
    let genesis = roster.genesis();
    let opener = Opener::new(&manifest, &leaves, &key, &genesis, roster.origin())?;
    let mut body = File::open(folder.join("body"))?;
    let mut fetch =
        |index: u32, buffer: &mut Vec<u8>| read_segment(&mut body, &leaves, index, buffer);
    let opened = opener.header(&mut fetch)?;
    Ok(opened.header().title.clone())
}
