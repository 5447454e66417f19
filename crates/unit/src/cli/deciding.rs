//! Deciding on an outgoing document.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_document::roster::record::{Role, SealGrant};
use yichuan_document::{Digest, SealId};
use yichuan_seal::Placement;

use super::Globals;
use super::acting::block_on;
use super::reporting::places;
use crate::lang::{local, say};
use crate::office::approve::Review;
use crate::office::place::Unlocked;
use crate::office::sealing::{Places, SealKeys, kept_seals};
use crate::office::{Failed, Session};

/// A document to decide on.
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

/// `yichuan approve`.
#[derive(Debug, Args)]
pub(super) struct Approve {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 声明：须人工核定的内容已逐件阅看，没有超出所标密级的标志 · declare that what only a person can
    /// judge was read, and has no mark above the label
    #[arg(long)]
    declare_read: bool,
}

/// `yichuan refuse`.
#[derive(Debug, Args)]
pub(super) struct Refuse {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 退改意见 · why, in words that only this unit can read
    #[arg(long)]
    reason: String,
}

/// `yichuan seal`.
#[derive(Debug, Args)]
pub(super) struct Seal {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 印章编号 · the seal; the one that this account keeps when it is not named
    #[arg(long)]
    seal: Option<String>,
    /// 用印位置：页,左,上,宽,高（毫米），缺省时压署名和成文日期 · where: page,left,top,width,height in
    /// millimetres; over the office's name and the date when it is not said
    #[arg(long, value_name = "PLACE")]
    at: Vec<String>,
    /// 加盖骑缝章 · also across the right edges of all pages
    #[arg(long)]
    across: bool,
    /// 版面上不盖章（如纪要） · on no page: the document carries none
    #[arg(long, conflicts_with_all = ["at", "across"])]
    unplaced: bool,
}

/// The one document that was meant.
pub(super) fn find(session: &Session, typed: &str) -> Result<Digest, Failed> {
    let registers = session.feed.registers();
    Ok(registers.one(typed)?.about.manifest)
}

/// What the approver and the custodian look at.
pub(super) fn summary(review: &Review) -> String {
    let manifest = &review.dossier.manifest;
    let header = review.opened.header();
    let recipients: Vec<_> = manifest
        .recipients
        .iter()
        .map(|recipient| recipient.unit.unit.to_string())
        .collect();
    let parts: Vec<_> = header.parts.iter().map(|part| part.name.as_str()).collect();
    format!(
        "{}: {}\n{}: {}  {}: {}\n{}: {}\n{}: {}\n",
        say("标题", "title"),
        header.title,
        say("密级", "level"),
        say(manifest.level.zh(), manifest.level.en()),
        say("紧急程度", "urgency"),
        say(manifest.urgency.zh(), manifest.urgency.en()),
        say("发往", "to"),
        recipients.join("、"),
        say("文件", "files"),
        parts.join("、"),
    )
}

fn done(
    globals: &Globals,
    what: (&str, &str),
    title: &str,
    (index, entry): (u64, yichuan_evidence::entry::Entry),
    summary: &str,
) -> ExitCode {
    globals.print(
        &json!({ "done": what.1, "title": title, "index": index, "time_ms": entry.time.unix_ms() }),
        &format!(
            "{summary}{}\n{} {index}, {}",
            say(what.0, what.1),
            say("日志序号", "log index"),
            local(entry.time)
        ),
    );
    ExitCode::SUCCESS
}

impl Approve {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (review, outcome) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Approve)).await?;
            let review = session.review(find(&session, &self.id)?).await?;
            let outcome = session.approve(&review, self.declare_read).await?;
            Ok((review, outcome))
        })?;
        let title = &review.opened.header().title;
        Ok(done(
            globals,
            ("已批准，待用印", "approved, to be sealed"),
            title,
            outcome,
            &summary(&review),
        ))
    }
}

impl Decide {
    pub(super) fn withdraw(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let outcome = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Send)).await?;
            let dossier = session.dossier(find(&session, &self.id)?).await?;
            session.withdraw(&dossier).await
        })?;
        Ok(done(globals, ("已撤稿", "withdrawn"), "", outcome, ""))
    }
}

impl Refuse {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (review, outcome) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Approve)).await?;
            let review = session.review(find(&session, &self.id)?).await?;
            let outcome = session.refuse(&review, &self.reason).await?;
            Ok((review, outcome))
        })?;
        let title = &review.opened.header().title;
        Ok(done(
            globals,
            ("已退改", "refused"),
            title,
            outcome,
            &summary(&review),
        ))
    }
}

impl Seal {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let given: Vec<Placement> = self
            .at
            .iter()
            .map(|text| placement(text))
            .collect::<Result<_, _>>()?;
        let wanted = Places {
            given,
            nowhere: self.unplaced,
            across: self.across,
        };
        let (review, outcome) = block_on(async {
            let (mut session, unlocked) = globals.session(&home, Some(Role::Seal)).await?;
            let review = session.review(find(&session, &self.id)?).await?;
            let (seal, keys) = self.which(&session, &unlocked)?;
            globals.ready(&keys.own)?;
            let outcome = session.seal(&review, &seal, &keys, &wanted).await?;
            Ok((review, outcome))
        })?;
        let title = &review.opened.header().title;
        let electronic = if outcome.electronic {
            say("已加盖到文件上", "set into the file")
        } else {
            say("未加盖到文件上", "not set into the file")
        };
        let places = places(Some(&outcome.places));
        globals.print(
            &json!({
                "done": "sealed and dispatched",
                "title": title,
                "index": outcome.index,
                "time_ms": outcome.entry.time.unix_ms(),
                "electronic": outcome.electronic,
                "places": outcome.places.len(),
            }),
            &format!(
                "{}{}\n{}: {places}\n{}: {electronic}\n{} {}, {}",
                summary(&review),
                say("已用印，公文已发出", "sealed and dispatched"),
                say("用印位置", "places"),
                say("电子印章", "electronic seal"),
                say("日志序号", "log index"),
                outcome.index,
                local(outcome.entry.time)
            ),
        );
        Ok(ExitCode::SUCCESS)
    }

    /// The seal that was named, or the only one that this account keeps, with its keys.
    fn which(&self, session: &Session, unlocked: &Unlocked) -> Result<(SealId, SealKeys), Failed> {
        let roster = session.mirror.roster();
        let mut kept: Vec<(SealId, SealGrant)> = kept_seals(roster, &unlocked.account);
        kept.retain(|(id, _)| self.seal.as_ref().is_none_or(|named| named == id.as_str()));
        let [(id, grant)] = kept.as_slice() else {
            return Err(Failed::Usage(format!(
                "{} ({})",
                say("请用 --seal 指明印章", "name the seal with --seal"),
                kept.len()
            )));
        };
        Ok((id.clone(), unlocked.seal_keys(grant)?))
    }
}

/// Reads `page,left,top,width,height`, in millimetres with at most two decimals.
fn placement(text: &str) -> Result<Placement, Failed> {
    let wrong = || Failed::Usage(format!("--at {text}"));
    let parts: Vec<&str> = text.split(',').collect();
    let [page, x, y, width, height] = parts.as_slice() else {
        return Err(wrong());
    };
    let hundredths = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || whole.is_empty() || part.len() > 2 {
            return None;
        }
        format!("{whole}{part:0<2}").parse::<u32>().ok()
    };
    Ok(Placement {
        part: 0,
        page: page.parse().map_err(|_| wrong())?,
        x: hundredths(x).ok_or_else(wrong)?,
        y: hundredths(y).ok_or_else(wrong)?,
        width: hundredths(width).ok_or_else(wrong)?,
        height: hundredths(height).ok_or_else(wrong)?,
        clip: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_in_millimetres() {
        let place = placement("2,121.3,187,42,42.05").unwrap();
        assert_eq!((place.page, place.x, place.y), (2, 12_130, 18_700));
        assert_eq!((place.width, place.height), (4_200, 4_205));
        for bad in [
            "",
            "2",
            "2,1,1,1",
            "a,1,1,1,1",
            "2,-1,1,1,1",
            "2,1.234,1,1,1",
            "2,1,1,1,1,1",
        ] {
            assert!(placement(bad).is_err(), "{bad}");
        }
    }
}
