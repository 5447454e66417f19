//! Verifying a bundle offline, against the one thing that the verifier already trusts: the root.
//!
//! It opens no file, no connection and no clock; it believes nothing that is not signed under the
//! root, and says of everything that it did not look at that it did not. Only a bundle of which
//! everything necessary was looked at and found right is valid.

mod adding;
mod body;
mod case;
mod fault;
mod finding;
mod issuing;
mod recalling;
mod receiving;
mod statement;
mod story;
mod telling;
mod track;
mod walk;
mod watching;
mod wraps;

use core::fmt;
use core::str::FromStr;
use std::io::Read;

use yichuan_document::life::{Delivery, Fact};
use yichuan_document::roster::Roster;
use yichuan_document::{Digest, Origin, UnitRef};
use yichuan_seal::SealRefused;

pub use body::{Progress, SetSeal};
pub use fault::Fault;
pub use finding::{Check, Finding, Gap, Outcome};
pub use story::{Content, DeliveryFact, DocumentFacts, Event, PartFact, Unproven, What, Who};

use self::case::Begun;
use self::finding::Findings;
use self::track::{NO_CLOCK, Track};
use self::walk::{Walked, walk};
pub use crate::bundle::NotEvidence;
use crate::bundle::{self, Unverified};

/// What a verifier trusts: an exchange, and the digest of its genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootPin {
    /// The exchange.
    pub origin: Origin,
    /// The digest of the genesis statement.
    pub genesis: Digest,
}

/// The words that a line of a root begins with.
const ROOT_LINE: &str = "yichuan-root v1";

impl fmt::Display for RootPin {
    /// Writes the line of `root.pub`, without its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ROOT_LINE} {} {}", self.origin, self.genesis)
    }
}

impl FromStr for RootPin {
    type Err = NotARoot;

    /// Reads the line of `root.pub`, with or without one newline; nothing else is let through.
    fn from_str(text: &str) -> Result<Self, NotARoot> {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let rest = line
            .strip_prefix(ROOT_LINE)
            .and_then(|rest| rest.strip_prefix(' '));
        let (origin, genesis) = rest.and_then(|rest| rest.split_once(' ')).ok_or(NotARoot)?;
        Ok(Self {
            origin: origin.parse().map_err(|_| NotARoot)?,
            genesis: Digest::from_hex(genesis).ok_or(NotARoot)?,
        })
    }
}

/// A text that is not the line of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARoot;

impl fmt::Display for NotARoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a root is one line: {ROOT_LINE}, the origin, 64 hexadecimal digits"
        )
    }
}

impl core::error::Error for NotARoot {}

/// What came of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the bundle proves what its story says.
    pub valid: bool,
    /// One finding or more for every check, in the order of [`Check::ALL`].
    pub findings: Vec<Finding>,
    /// The exchange and the genesis that the bundle claims; proven only if [`Check::Anchor`]
    /// passed.
    pub claimed: Option<RootPin>,
    /// The size of the log that the bundle reaches to, and its root.
    pub log: Option<(u64, Digest)>,
    /// The unit that the exchange's list was made for.
    pub reader: Option<UnitRef>,
    /// The document.
    pub document: Option<DocumentFacts>,
    /// Its deliveries, in the order of the manifest, then those that began later; none before the
    /// dispatch. A unit that was sent it once more has several.
    pub deliveries: Vec<DeliveryFact>,
    /// What happened, in the order of the log.
    pub story: Vec<Event>,
    /// What the bundle does not prove, however valid.
    pub unproven: Vec<Unproven>,
}

/// Verifies a bundle against `root`. Without a root nothing anchors it, and it is not valid.
///
/// Refuses only what is not readable as evidence; everything else is in the verdict. Memory does
/// not grow with the document. `progress` is told bytes of the body done and in all.
pub fn verify<R: Read + Send>(
    input: R,
    root: Option<&RootPin>,
    progress: &mut Progress<'_>,
) -> Result<Verdict, NotEvidence> {
    verify_with(input, root, progress, &|_, _| Err(SealRefused::NotAtHand))
}

/// The same, by somebody who can read files: `set` sets an electronic seal into one, so that a file
/// which was changed while it was sealed is found, whatever its seal is.
pub fn verify_with<R: Read + Send>(
    input: R,
    root: Option<&RootPin>,
    progress: &mut Progress<'_>,
    set: &SetSeal<'_>,
) -> Result<Verdict, NotEvidence> {
    let Unverified {
        head,
        shape,
        mut rest,
    } = bundle::open(input)?;
    let mut walked = walk(&head, root);
    body::examine(
        &mut walked,
        &shape,
        head.opening.as_ref(),
        &mut rest,
        (progress, set),
    )?;
    let digest = if rest.finish()? {
        Ok(())
    } else {
        Err(Fault::FileDigest)
    };
    walked.findings.note(Check::File, digest, None);
    let content = shape.header.as_ref().and_then(|header| {
        let opened = [Check::Commitment, Check::Header, Check::Body];
        let stands = opened
            .into_iter()
            .all(|check| walked.findings.stands(check));
        stands.then(|| Content {
            title: header.title.clone(),
            parts: header.parts.iter().map(part).collect(),
        })
    });
    Ok(verdict(walked, content))
}

fn part(part: &yichuan_document::header::Part) -> PartFact {
    PartFact {
        name: part.name.clone(),
        bytes: part.bytes,
        digest: part.digest,
    }
}

fn verdict(walked: Walked<'_>, content: Option<Content>) -> Verdict {
    let unproven = unproven(&walked, content.is_some());
    let Walked {
        findings,
        roster,
        case,
        story,
        checkpoint,
        reader,
    } = walked;
    let findings = Findings::close(findings);
    let claimed = roster.as_ref().map(|roster| RootPin {
        origin: roster.origin().clone(),
        genesis: roster.genesis(),
    });
    let (mut document, mut deliveries) = (None, Vec::new());
    if let (Some(begun), Some(roster)) = (&case.begun, &roster) {
        document = Some(facts(begun, roster, content));
        deliveries = delivery_facts(begun, roster, reader.as_ref());
    }
    Verdict {
        valid: finding::is_valid(&findings),
        findings,
        claimed,
        log: checkpoint.map(|checkpoint| (checkpoint.size, checkpoint.root)),
        reader,
        document,
        deliveries,
        story,
        unproven,
    }
}

fn facts(begun: &Begun, roster: &Roster, content: Option<Content>) -> DocumentFacts {
    let manifest = &begun.manifest;
    let named = |unit: &UnitRef| (unit.clone(), name(roster, unit));
    DocumentFacts {
        id: manifest.id,
        manifest: begun.about.manifest,
        issuers: manifest
            .issuers
            .iter()
            .map(|issuer| named(&issuer.unit))
            .collect(),
        account: manifest.account.clone(),
        level: manifest.level,
        period: manifest.period,
        urgency: manifest.urgency,
        kind: manifest.kind,
        number: manifest.number.clone(),
        composed_at: manifest.composed_at,
        body_bytes: manifest.body_bytes,
        stage: begun.life.progress().stage(),
        content,
    }
}

fn delivery_facts(begun: &Begun, roster: &Roster, reader: Option<&UnitRef>) -> Vec<DeliveryFact> {
    let tells_all = reader.is_some_and(|reader| begun.sends(reader, roster));
    let tracks = begun.life.deliveries().iter().zip(&begun.tracks);
    let fact = |(delivery, track): (&Delivery, &Track)| {
        let told = tells_all || reader == Some(&track.unit);
        let has = |fact| told && delivery.facts().has(fact);
        DeliveryFact {
            unit: track.unit.clone(),
            name: name(roster, &track.unit),
            role: track.role,
            state: told.then(|| delivery.state()),
            due: (track.due != NO_CLOCK).then_some(track.due),
            due_before: track.due_before.filter(|_| told),
            ended: track.ended.filter(|_| told),
            late_ms: track.late_ms.filter(|_| told),
            overdue: track.overdue.map(|(_, time)| time).filter(|_| told),
            reminders: u32::try_from(track.reminders.len()).unwrap_or(u32::MAX),
            recall_notice: has(Fact::RecallNotice),
            recall_answer: track.recall_answer,
            return_acknowledged: has(Fact::ReturnAcknowledged),
            contacts: track.contacts,
            more_copies: track.copies,
            printed: track.printed,
        }
    };
    tracks.map(fact).collect()
}

fn name(roster: &Roster, unit: &UnitRef) -> Option<String> {
    roster.unit(&unit.unit).map(|unit| unit.name)
}

fn unproven(walked: &Walked<'_>, opened: bool) -> Vec<Unproven> {
    let size = walked
        .checkpoint
        .as_ref()
        .map_or(0, |checkpoint| checkpoint.size);
    let mut unproven = vec![
        Unproven::AfterSize { size },
        Unproven::PersonLooked,
        Unproven::Time,
        Unproven::SameLog,
    ];
    let begun = walked.case.begun.as_ref();
    let whole = match (begun, &walked.reader, &walked.roster) {
        (Some(begun), Some(reader), Some(roster)) => begun.sends(reader, roster),
        _ => false,
    };
    if !whole {
        unproven.push(Unproven::OtherRecipients);
    }
    if begun.is_some_and(|it| it.replaced) {
        unproven.push(Unproven::ReplacedBy);
    }
    if begun.is_some_and(|it| it.tracks.iter().any(|track| track.due == NO_CLOCK)) {
        unproven.push(Unproven::EarlierReceipts);
    }
    if !walked.case.unknown.is_empty() {
        unproven.push(Unproven::UnknownStatements);
    }
    if !opened {
        unproven.push(Unproven::Content);
    }
    unproven
}
