//! How far a document has come with each of the units that issue it (联合行文): which have approved
//! it, which have set their seals, and whose turn it is.

use std::sync::Arc;

use yichuan_document::life::Stage;
use yichuan_document::{AccountId, Digest, Manifest, Timestamp, UnitCode, UnitRef};

use super::dossier::kept_manifest;
use super::failed::Failed;
use super::register::{Document, Registers};
use super::session::Session;

/// One of the units that issue a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerState {
    /// The unit.
    pub unit: UnitRef,
    /// Its place in the order of the seals, from 1.
    pub ordinal: u8,
    /// Who approved it there, and when.
    pub approved: Option<(AccountId, Timestamp)>,
    /// Who set its seal, and when.
    pub sealed: Option<(AccountId, Timestamp)>,
}

/// The units that issue a document, in the order of their seals.
pub fn issuers(document: &Document, manifest: &Manifest) -> Vec<IssuerState> {
    let of_unit = |all: &[(Digest, AccountId, Timestamp)], unit: &UnitCode| {
        let mut all = all.iter();
        let own = all.find(|said| said.1.unit() == *unit);
        own.map(|said| (said.1.clone(), said.2))
    };
    let issuers = manifest.issuers.iter();
    issuers
        .map(|issuer| IssuerState {
            unit: issuer.unit.clone(),
            ordinal: issuer.seal_ordinal,
            approved: of_unit(&document.approvals, &issuer.unit.unit),
            sealed: of_unit(&document.seals, &issuer.unit.unit),
        })
        .collect()
}

fn is_open(document: &Document) -> bool {
    document.dispatched.is_none() && !document.stage.is_terminal()
}

/// Whether a document waits for the approval of `unit`, one of its issuers.
pub fn awaits_approval(document: &Document, manifest: &Manifest, unit: &UnitCode) -> bool {
    let open = is_open(document) && document.stage != Stage::RefusedByApprover;
    let all = issuers(document, manifest);
    let own = all.iter().find(|issuer| issuer.unit.unit == *unit);
    open && own.is_some_and(|own| own.approved.is_none())
}

/// Whether a document waits for the seal of `unit`: all its issuers have approved, and those before
/// it have sealed.
pub fn awaits_seal(document: &Document, manifest: &Manifest, unit: &UnitCode) -> bool {
    let all = issuers(document, manifest);
    let next = all.iter().find(|issuer| issuer.sealed.is_none());
    is_open(document)
        && document.stage != Stage::RefusedByApprover
        && all.iter().all(|issuer| issuer.approved.is_some())
        && next.is_some_and(|next| next.unit.unit == *unit)
}

/// Whether a unit has heard of a document before its dispatch without having entered or approved
/// it: it may be one of the issuers, which the manifest says.
fn is_undecided(document: &Document) -> bool {
    !document.outgoing && !document.incoming && document.dispatched.is_none()
}

fn is_issued_by(manifest: &Manifest, unit: &UnitCode) -> bool {
    let mut issuers = manifest.issuers.iter();
    issuers.any(|issuer| issuer.unit.unit == *unit)
}

impl Registers {
    /// Counts as the unit's own what it issues together with others, as far as the manifests of
    /// those documents are kept in `home`.
    #[must_use]
    pub fn joined(self: Arc<Self>, home: &std::path::Path, unit: &UnitCode) -> Arc<Self> {
        self.changed(is_undecided, |document| {
            let manifest = kept_manifest(home, &document.about.manifest);
            document.outgoing = manifest.is_some_and(|manifest| is_issued_by(&manifest, unit));
        })
    }
}

impl Session {
    /// Fetches the manifests of documents that the unit may issue together with others, so that
    /// [`Session::registers`] tells them apart.
    pub async fn learn_of_joint(&self) -> Result<(), Failed> {
        let registers = self.feed.registers();
        let undecided = registers.each().filter(|it| is_undecided(it));
        let digests: Vec<Digest> = undecided.map(|it| it.about.manifest).collect();
        for digest in digests {
            self.manifest(digest).await?;
        }
        Ok(())
    }
}
