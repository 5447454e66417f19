//! Meeting notices (会议通知): the reply form that travels inside the encrypted body, and what the
//! recipients fill in (回执). `proto/body.md` has the form of both.

mod attendance;
mod form;

use yichuan_document::header::InnerHeader;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, AttachmentRef, MeetingReply};
use yichuan_document::terms::DocumentKind;
use yichuan_document::{AccountId, Digest, Timestamp, UnitCode};
use yichuan_envelope::{Opener, StayedClosed};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::message::SegmentRange;

use super::dossier::Dossier;
use super::failed::Failed;
use super::receive::Received;
use super::session::Session;

pub use attendance::{Attendance, Attending, answer};
pub use form::{Answers, BadAnswer, BadForm, FieldKind, Form, FormField};

/// The name of the part that holds a reply form; no file of a document may have it.
pub const FORM_NAME: &str = "reply-form.json";
/// Its media type.
pub const FORM_MEDIA_TYPE: &str = "application/vnd.yichuan.reply-form+json";
/// The most bytes of a reply form.
pub const FORM_BYTES_MAX: usize = 64 << 10;

/// A recipient's last reply to a meeting notice.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The recipient.
    pub unit: UnitCode,
    /// Who filled it in.
    pub account: AccountId,
    /// When it was recorded.
    pub time: Timestamp,
    /// The entry's index.
    pub index: u64,
    /// What was filled in; none where it cannot be opened or does not fit the form.
    pub answers: Option<Answers>,
}

/// The place of the reply form among the parts.
fn place_of_form(header: &InnerHeader) -> Option<usize> {
    let mut parts = header.parts.iter();
    parts.position(|part| part.name.as_str() == FORM_NAME && part.media_type == FORM_MEDIA_TYPE)
}

impl Received {
    /// The reply form that came with a meeting notice.
    pub fn form(&self) -> Result<Form, Failed> {
        let opened = self.opened.as_ref().ok_or(Failed::Form(BadForm::None))?;
        if self.dossier.manifest.kind != DocumentKind::MeetingNotice {
            return Err(Failed::Form(BadForm::None));
        }
        place_of_form(opened.header()).ok_or(Failed::Form(BadForm::None))?;
        let bytes = crate::home::read_at_most(&self.parts.join(FORM_NAME), FORM_BYTES_MAX as u64)?;
        Form::read(&bytes).map_err(Failed::Form)
    }
}

impl Session {
    /// Replies to a meeting notice that was signed for. A later reply takes the place of an
    /// earlier one.
    pub async fn reply(&mut self, about: About, answers: &Answers) -> Result<(u64, Entry), Failed> {
        self.require_any(&[Role::Receive])?;
        let lead = self.lead_of(about.manifest).await?;
        let unit = self.identity.unit_ref(self.mirror.roster());
        let words = answers.to_text();
        let closed = self.note(&words, &about.manifest, &[lead, unit.clone()])?;
        let name = format!("reply-{}-{}", about.document, Digest::of(words.as_bytes()));
        let body = MeetingReply {
            about,
            unit,
            form: AttachmentRef::to(&closed).ok_or(Failed::Protocol)?,
        };
        let done = self.say(&name, &body, vec![closed]).await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }

    /// The form of a meeting notice, and each recipient's last reply, by unit; a recipient finds
    /// its own.
    pub async fn replies(&self, manifest: Digest) -> Result<(Form, Vec<Reply>), Failed> {
        let dossier = self.dossier(manifest).await?;
        let form = self.form_of(&dossier).await?;
        let mut replies: Vec<Reply> = Vec::new();
        for statement in dossier.of_kind(EntryKind::MeetingReply) {
            let body: Option<MeetingReply> = statement.payload.body().ok();
            let (Some(body), Some(account)) = (body, statement.payload.account.clone()) else {
                continue;
            };
            // What the recipient says of another unit is none of its replies.
            if body.about.manifest != manifest || account.unit() != body.unit.unit {
                continue;
            }
            let words = self.words_at(statement.index, &body.form, &manifest).await;
            let answers = match words {
                Err(Failed::NoteUnreadable(_)) => None,
                words => form.read_answers(&words?).ok(),
            };
            replies.retain(|reply| reply.unit != body.unit.unit);
            replies.push(Reply {
                unit: body.unit.unit,
                account,
                time: statement.entry.time,
                index: statement.index,
                answers,
            });
        }
        replies.sort_by(|one, other| one.unit.cmp(&other.unit));
        Ok((form, replies))
    }

    /// Whether a meeting notice that this account can open has a form to reply with.
    pub async fn has_form(&self, manifest: Digest) -> Result<bool, Failed> {
        let dossier = self.dossier(manifest).await?;
        match self.form_of(&dossier).await {
            Ok(_) => Ok(true),
            Err(Failed::Form(_)) => Ok(false),
            Err(failed) => Err(failed),
        }
    }

    /// The reply form of a document, of whose body nothing but header and form is fetched.
    async fn form_of(&self, dossier: &Dossier) -> Result<Form, Failed> {
        let none = || Failed::Form(BadForm::None);
        if dossier.manifest.kind != DocumentKind::MeetingNotice {
            return Err(none());
        }
        let leaves = self.leaves(dossier).await?;
        let key = self.content_key(dossier).await?;
        let opened = self.header(dossier, &leaves, &key).await?;
        let place = place_of_form(opened.header()).ok_or_else(none)?;
        let part = opened.header().parts.get(place).ok_or_else(none)?;
        if part.bytes > FORM_BYTES_MAX as u64 {
            return Err(Failed::Form(BadForm::TooLong));
        }
        let roster = self.mirror.roster();
        let (genesis, origin) = (roster.genesis(), roster.origin());
        let opener = Opener::new(&dossier.manifest, &leaves, &key, &genesis, origin)?;
        // A form is one segment; the opener says which.
        let mut have: Option<(u32, Vec<u8>)> = None;
        for _ in 0..2 {
            let mut wanted = None;
            let mut fetch = |index: u32, buffer: &mut Vec<u8>| match &have {
                Some((there, bytes)) if *there == index => {
                    bytes.clone_into(buffer);
                    Ok(())
                }
                _ => {
                    wanted = Some(index);
                    Err(std::io::ErrorKind::UnexpectedEof.into())
                }
            };
            let mut bytes = Vec::new();
            let read = opener.part(&opened, place, &mut fetch, &mut bytes, &mut |_| {});
            match (read, wanted) {
                (Ok(()), _) => return Form::read(&bytes).map_err(Failed::Form),
                (Err(StayedClosed::Fetch(_)), Some(index)) => {
                    have = Some((index, self.segment(dossier, index).await?));
                }
                (Err(why), _) => return Err(why.into()),
            }
        }
        Err(none())
    }

    /// One encrypted segment; the opener verifies it.
    async fn segment(&self, dossier: &Dossier, index: u32) -> Result<Vec<u8>, Failed> {
        let roster = self.mirror.roster();
        let mut body = self
            .link
            .body(|exporter| self.identity.session(roster, exporter))
            .await?;
        let range = SegmentRange {
            document: dossier.digest,
            first: index,
            count: 1,
        };
        let mut segment = Vec::new();
        body.download(range, |_, bytes| {
            segment = bytes.to_vec();
            Ok(())
        })
        .await?;
        Ok(segment)
    }
}
