//! Evidence bundles (证据包): made of a document to be kept, and verified, whoever brings one.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use utoipa::ToSchema;
use yichuan_document::roster::Roster;
use yichuan_document::{Timestamp, UnitRef as Unit};
use yichuan_unit::lang::{say, within};
use yichuan_unit::office::export::Carries;
use yichuan_unit::office::verdict::{
    Event, Outcome, RootPin, Verdict, by_nobody, detail, judge, unproven, what,
};

use super::documents::find;
use super::files::written;
use super::me::roster;
use crate::desk::Desk;
use crate::download;
use crate::entry::{Entered, Sitting, require_type};
use crate::news::News;
use crate::problem::Problem;
use crate::seat::At;
use crate::uploads::{Uploads, private_file};
use crate::words::{Coded, Time, UnitRef};

/// How many bytes are done between two words about it.
const TOLD_BYTES: u64 = 1 << 20;

/// What a bundle carries of the document itself.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = EvidenceWanted)]
pub(crate) struct Wanted {
    /// Only the encrypted body: the bundle proves without showing what the document says.
    closed: bool,
}

/// A file that tells how much was written into it.
struct Telling<'n> {
    file: File,
    news: &'n broadcast::Sender<News>,
    document: String,
    done: u64,
    told: u64,
    total: u64,
}

impl Write for Telling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.done += written as u64;
        if self.done - self.told >= TOLD_BYTES {
            self.told = self.done;
            // Nobody may be listening.
            let _ = self.news.send(News::Progress {
                what: "evidence",
                document: Some(self.document.clone()),
                done: self.done.min(self.total),
                total: self.total,
            });
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

async fn make(
    at: &mut At<'_>,
    id: &str,
    carries: Carries,
    path: &std::path::Path,
) -> Result<(), Problem> {
    let news = at.news.clone();
    let session = at.session().await?;
    let digest = find(&*session.registers()?, id)?.about.manifest;
    let total = session.manifest(digest).await?.body_bytes;
    let mut file = Telling {
        file: private_file(path)?,
        news: &news,
        document: id.to_owned(),
        done: 0,
        told: 0,
        total,
    };
    session.export(digest, carries, &mut file).await?;
    Ok(file.flush()?)
}

/// Makes the evidence bundle of a document, to be kept
#[utoipa::path(post, path = "/api/v1/documents/{id}/evidence", tag = "evidence",
    params(("id" = String, Path)), request_body = Wanted,
    responses((status = 200, content_type = "application/octet-stream")))]
pub(crate) async fn export(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(wanted): Entered<Wanted>,
) -> Result<Response, Problem> {
    let carries = if wanted.closed {
        Carries::Ciphertext
    } else {
        Carries::Content
    };
    let name = format!("证据包-{id}.bundle");
    let uploads = Arc::clone(&sitting.uploads);
    let place = place(&uploads, "bundle")?;
    let path = place.path.clone();
    let made = sitting.act(async move |at| make(at, &id, carries, &path).await);
    made.await?;
    // It stays open while it is sent, and its name goes now.
    download::of_file(&name, &place.path).await
}

/// Where a bundle stands for a moment; what is there goes with it.
struct Place {
    path: PathBuf,
    uploads: Arc<Uploads>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.uploads.discard(&self.path);
    }
}

fn place(uploads: &Arc<Uploads>, name: &str) -> Result<Place, Problem> {
    let full = || Problem::entry(format!("> {}", crate::uploads::FILES_MAX));
    let (_, path) = uploads.place(name)?.ok_or_else(full)?;
    Ok(Place {
        path,
        uploads: Arc::clone(uploads),
    })
}

/// What was verified of a bundle, and what it does not prove.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Verified {
    /// Whether it is readable as evidence at all.
    readable: bool,
    /// Why it is not.
    why: Option<String>,
    /// Whether it proves what its story says, under this computer's root.
    valid: bool,
    /// The exchange that it claims to come from.
    origin: Option<String>,
    /// Whether that is the exchange of this computer.
    own_origin: bool,
    log_size: Option<u64>,
    log_root: Option<String>,
    document: Option<VerifiedDocument>,
    deliveries: Vec<VerifiedDelivery>,
    checks: Vec<VerifiedCheck>,
    story: Vec<VerifiedEvent>,
    /// What it does not prove, however valid.
    unproven: Vec<String>,
}

/// The document of a bundle.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedDocument {
    id: String,
    manifest: String,
    /// Only where the bundle carries the content and all of it stands.
    title: Option<String>,
    number: Option<String>,
    issuers: Vec<UnitRef>,
    kind: Coded,
    level: Coded,
    urgency: Coded,
    stage: Coded,
    parts: Vec<VerifiedPart>,
}

/// A file of a bundle.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedPart {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A delivery, as a bundle proves it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedDelivery {
    unit: UnitRef,
    /// None where the bundle does not show it.
    state: Option<Coded>,
    due: Option<Time>,
    ended: Option<Time>,
    late_ms: Option<u64>,
}

/// Something that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedCheck {
    text: String,
    /// `passed`, `failed` or `not-checked`.
    outcome: &'static str,
    reason: Option<String>,
    /// The entry that it is about.
    index: Option<u64>,
}

/// Something that happened, as a bundle proves it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedEvent {
    index: u64,
    time: Time,
    by: String,
    person: Option<String>,
    what: String,
    detail: Option<String>,
    /// Whether everything about it that was looked at stands.
    stands: bool,
}

fn event(it: &Event) -> VerifiedEvent {
    let words = what(it);
    VerifiedEvent {
        index: it.index,
        time: it.time.into(),
        by: it
            .who
            .as_ref()
            .map_or_else(|| by_nobody(it).to_owned(), |who| who.account.to_string()),
        person: it
            .who
            .as_ref()
            .and_then(|who| who.person.as_ref())
            .map(ToString::to_string),
        what: say(words.0, words.1).to_owned(),
        detail: detail(it),
        stands: it.stands,
    }
}

/// A unit; its name only where it is of this computer's installation.
fn unit(roster: &Roster, unit: &Unit) -> UnitRef {
    if unit.origin == *roster.origin() {
        return UnitRef::of(roster, &unit.unit);
    }
    UnitRef {
        code: unit.unit.to_string(),
        name: unit.to_string(),
    }
}

fn checks(verdict: &Verdict) -> Vec<VerifiedCheck> {
    let check = |finding: &yichuan_unit::office::verdict::Finding| {
        let (outcome, reason) = match finding.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(fault) => ("failed", Some(say(fault.zh(), fault.en()))),
            Outcome::NotChecked(gap) => ("not-checked", Some(say(gap.zh(), gap.en()))),
        };
        VerifiedCheck {
            text: say(finding.check.zh(), finding.check.en()).to_owned(),
            outcome,
            reason: reason.map(str::to_owned),
            index: finding.index,
        }
    };
    verdict.findings.iter().map(check).collect()
}

impl Verified {
    fn of(verdict: &Verdict, root: &RootPin, roster: &Roster) -> Self {
        let document = verdict.document.as_ref().map(|it| VerifiedDocument {
            id: it.id.to_string(),
            manifest: it.manifest.to_string(),
            title: it.content.as_ref().map(|content| content.title.clone()),
            number: it.number.as_ref().map(ToString::to_string),
            issuers: it.issuers.iter().map(|it| unit(roster, &it.0)).collect(),
            kind: Coded::new(it.kind.zh(), it.kind.en()),
            level: Coded::level(it.level),
            urgency: Coded::new(it.urgency.zh(), it.urgency.en()),
            stage: Coded::new(it.stage.zh(), it.stage.en()),
            parts: it
                .content
                .iter()
                .flat_map(|content| &content.parts)
                .map(|part| VerifiedPart {
                    name: part.name.to_string(),
                    bytes: part.bytes,
                    sha256: part.digest.to_string(),
                })
                .collect(),
        });
        let deliveries = verdict.deliveries.iter().map(|it| VerifiedDelivery {
            unit: unit(roster, &it.unit),
            state: it.state.map(Coded::state),
            due: it.due.map(Time::from),
            ended: it.ended.map(|ended: Timestamp| ended.into()),
            late_ms: it.late_ms,
        });
        let gaps = verdict.unproven.iter().map(unproven);
        Self {
            readable: true,
            why: None,
            valid: verdict.valid,
            origin: verdict.claimed.as_ref().map(|it| it.origin.to_string()),
            own_origin: verdict.claimed.as_ref() == Some(root),
            log_size: verdict.log.map(|log| log.0),
            log_root: verdict.log.map(|log| log.1.to_string()),
            document,
            deliveries: deliveries.collect(),
            checks: checks(verdict),
            story: verdict.story.iter().map(event).collect(),
            unproven: gaps.map(|(zh, en)| say(&zh, en).to_owned()).collect(),
        }
    }
}

/// Verifies an evidence bundle, whose bytes are the body, against this computer's root
#[utoipa::path(post, path = "/api/v1/evidence/verify", tag = "evidence",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Verified)))]
pub(crate) async fn verify(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    request: Request,
) -> Result<Json<Verified>, Problem> {
    require_type(&request, "application/octet-stream")?;
    let place = place(&sitting.uploads, "bundle")?;
    written(&desk, &place.path, request, desk.bounds.file_bytes).await?;
    let known = sitting.act(async |at| Ok((roster(at).await?, at.held.place.pin.clone())));
    let (roster, root) = known.await?;
    let (news, lang) = (sitting.seat.news.clone(), sitting.lang);
    let judged = tokio::task::spawn_blocking(move || -> Result<Verified, Problem> {
        let mut told = 0;
        let mut progress = |done: u64, total: u64| {
            if done - told >= TOLD_BYTES {
                told = done;
                // Nobody may be listening.
                let _ = news.send(News::Progress {
                    what: "verify",
                    document: None,
                    done,
                    total,
                });
            }
        };
        let file = File::open(&place.path)?;
        Ok(within(lang, || {
            match judge(file, Some(&root), &mut progress) {
                Ok(verdict) => Verified::of(&verdict, &root, &roster),
                Err(why) => Verified {
                    why: Some(why.to_string()),
                    ..Verified::default()
                },
            }
        }))
    });
    let judged = judged
        .await
        .unwrap_or_else(|_| Err(Problem::inside("panic")));
    Ok(Json(judged?))
}
