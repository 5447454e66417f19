//! Documents that refer to others: in place of one, or in answer to one.

use yichuan_document::life::Stage;
use yichuan_document::manifest::Reference;
use yichuan_document::roster::record::Status;
use yichuan_document::statement::About;
use yichuan_document::{Classification, Manifest, UnitCode};
use yichuan_wire::ErrorCode;

use super::documents::{document, stage};
use super::draft::Draft;
use super::own;
use super::refusal::{Refusal, row};
use crate::tables::{self, DocumentRow};

/// A document is replaced once, when it has come to an end, by its issuer or who took over.
pub(super) fn check_replaced(
    draft: &Draft<'_>,
    unit: &UnitCode,
    about: &About,
) -> Result<(), Refusal> {
    let replaced = document(draft, about).map_err(|_| Refusal::of(ErrorCode::REPLACES))?;
    // The same issuer, or the unit that has taken over its work.
    let own = draft.roster().predecessors(unit);
    let same_issuer = replaced
        .issuers
        .first()
        .is_some_and(|lead| lead.unit == *unit || own.contains(&lead.unit));
    // Once; but a replacement that itself came to nothing stands in nobody's way.
    let already = match draft.get(tables::REPLACED, about.manifest.as_bytes())? {
        Some(by) => {
            let by = draft.get(tables::DOCUMENTS, &by)?;
            let by: DocumentRow = row(&by.ok_or(Refusal::of(ErrorCode::STORE))?)?;
            !matches!(
                stage(&by),
                Some(Stage::RefusedByApprover | Stage::Withdrawn)
            )
        }
        None => false,
    };
    // What has not come to an end is withdrawn first, unless nobody is there any more to do it.
    let lead = replaced
        .issuers
        .first()
        .and_then(|lead| draft.roster().unit(&lead.unit));
    let ended = stage(&replaced).is_some_and(Stage::is_terminal)
        || lead.is_none_or(|lead| lead.status == Status::Closed);
    if same_issuer && ended && !already {
        Ok(())
    } else {
        Err(Refusal::of(ErrorCode::REPLACES))
    }
}

/// An answer has the level of what it answers, or a higher one; and its unit is a party of that.
pub(super) fn check_answered(
    draft: &Draft<'_>,
    unit: &UnitCode,
    answered: &Reference,
    level: Classification,
) -> Result<(), Refusal> {
    let about = About {
        document: answered.id,
        manifest: answered.manifest,
    };
    own::require_party(draft, unit, &about)?;
    let bytes = draft.get(tables::ATTACHMENTS, about.manifest.as_bytes())?;
    let bytes = bytes.ok_or(Refusal::of(ErrorCode::STORE))?;
    let before = Manifest::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
    if level < before.level {
        return Err(Refusal::about(ErrorCode::ANSWER, before.level.zh()));
    }
    Ok(())
}
