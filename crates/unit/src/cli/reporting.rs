//! `yichuan report`: what a unit has to account for, put together from what was recorded.

mod circular;
mod documents;
mod monthly;
mod reception;
mod sheet;
mod units;
mod verifying;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yichuan_document::roster::record::Role;
use yichuan_document::{DeviceId, PersonId, SealId, Timestamp};

use super::Globals;
use super::acting::block_on;
use super::auditing::{bound, write_csv};
use crate::home::Home;
use crate::lang::{local, say, steps, table};
pub(super) use crate::office::seal_uses::places;
use crate::office::seal_uses::{Used, cells, head};
use crate::office::{Failed, Session};

/// `yichuan report`.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// 用印登记：每枚印章的每次使用 · every use of the unit's seals
    Seals(Seals),
    /// 一览表：一份公文的接收情况 · the reception of one document
    Reception(reception::Reception),
    /// 各单位收发文情况 · figures by unit
    Units(units::Units),
    /// 通报草稿 · a draft circular
    Circular(circular::Draft),
    /// 收发文统计表（按月） · sending and receiving by month
    Monthly(monthly::Monthly),
    /// 收发文统计表（按年） · sending and receiving by year
    Yearly(monthly::Yearly),
    /// 最近的公文 · the newest documents
    Documents(documents::Documents),
    /// 从日志核对统计数据 · verify figures against the log
    VerifyFigures(verifying::VerifyFigures),
}

/// `yichuan report seals`.
#[derive(Debug, Args)]
pub(super) struct Seals {
    /// 只看该印章 · this seal only
    #[arg(long, value_name = "ID")]
    seal: Option<SealId>,
    /// 自该日起，如 2026-11-24 · from this day on
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// 至该日止（含） · up to this day, inclusive
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// 导出为 CSV，写入新文件 · write a new CSV file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl ReportCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Seals(seals) => seals.run(globals),
            Self::Reception(reception) => reception.run(globals),
            Self::Units(units) => units.run(globals),
            Self::Circular(draft) => draft.run(globals),
            Self::Monthly(monthly) => monthly.run(globals),
            Self::Yearly(yearly) => yearly.run(globals),
            Self::Documents(documents) => documents.run(globals),
            Self::VerifyFigures(verify) => verify.run(globals),
        }
    }
}

impl Globals {
    /// A session of who may see what a report tells: for units below, who supervises or audits.
    async fn reporting(&self, home: &Home, below: bool) -> Result<Session, Failed> {
        let watching = [Role::Authority, Role::Audit];
        let own = [
            Role::Manage,
            Role::Approve,
            Role::Send,
            Role::Receive,
            Role::Seal,
            Role::Archive,
        ];
        let roles = if below {
            watching.to_vec()
        } else {
            [watching.as_slice(), &own].concat()
        };
        Ok(self.session_of_any(home, &roles).await?.0)
    }
}

impl Seals {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let from = self.from.as_deref().map(bound).transpose()?;
        let to = self.to.as_deref().map(bound).transpose()?;
        let wanted = |time: Timestamp, seal: &SealId| {
            self.seal.as_ref().is_none_or(|wanted| wanted == seal)
                && from.is_none_or(|(first, _)| time.unix_ms() >= first)
                && to.is_none_or(|(_, after)| time.unix_ms() < after)
        };
        let home = globals.take_home()?;
        let uses = block_on(async {
            // Who keeps the seal can also open where it stands.
            let roles = [Role::Seal, Role::Manage, Role::Audit];
            let (mut session, _) = globals.session_of_any(&home, &roles).await?;
            let bar = steps(say("整理用印登记", "putting the uses together"));
            let uses = session
                .seal_uses(&wanted, &mut |count| bar.inc(count))
                .await;
            bar.finish_and_clear();
            uses
        })?;
        if let Some(path) = &self.csv {
            write_csv(path, &head(), uses.iter().map(cells))?;
        }
        let listed: Vec<Value> = uses.iter().map(as_json).collect();
        let counts = counts(&uses);
        let counted: Vec<Value> = counts
            .iter()
            .map(|((seal, month), count)| json!({ "seal": seal, "month": month, "count": count }))
            .collect();
        let data = json!({ "uses": listed, "counts": counted });
        globals.print(&data, &self.text(&uses, &counts));
        Ok(ExitCode::SUCCESS)
    }

    fn text(&self, uses: &[Used], counts: &Counts<'_>) -> String {
        let narrowed = self.seal.is_some() || self.from.is_some() || self.to.is_some();
        let mut text = match (uses.is_empty(), narrowed) {
            (true, true) => say(
                "没有符合条件的用印记录。放宽 --seal、--from、--to 再查。\n",
                "no use of a seal fits; widen --seal, --from or --to.\n",
            )
            .to_owned(),
            (true, false) => say(
                "还没有用印记录。用印：yichuan seal\n",
                "no seal was used yet. To set one: yichuan seal\n",
            )
            .to_owned(),
            (false, _) => {
                let rows: Vec<Vec<String>> = uses.iter().map(cells).collect();
                format!("{}\n{}", table(&head(), &rows), summary(uses, counts))
            }
        };
        if let Some(path) = &self.csv {
            let word = say("已导出", "written");
            text.push_str(&format!("{word}: {}\n", path.display()));
        }
        text
    }
}

/// How often each seal was used in each month.
type Counts<'u> = BTreeMap<(&'u str, String), usize>;

fn counts(uses: &[Used]) -> Counts<'_> {
    let mut counts = Counts::new();
    for used in uses {
        let month: String = local(used.time).chars().take(7).collect();
        *counts.entry((used.said.seal.as_str(), month)).or_default() += 1;
    }
    counts
}

fn summary(uses: &[Used], counts: &Counts<'_>) -> String {
    let rows: Vec<Vec<String>> = counts
        .iter()
        .map(|((seal, month), count)| {
            let known = uses.iter().find(|used| used.said.seal.as_str() == *seal);
            let (name, state) = known.map_or((String::new(), ""), |used| {
                let (zh, en) = used.seal.state.words();
                (used.seal.name.clone(), say(zh, en))
            });
            vec![
                (*seal).to_owned(),
                name,
                state.to_owned(),
                month.clone(),
                count.to_string(),
            ]
        })
        .collect();
    let head = [
        say("印章", "seal"),
        say("名称", "name"),
        say("现状", "now"),
        say("月份", "month"),
        say("次数", "uses"),
    ];
    let total = uses.len();
    format!("{}{} {total}\n", table(&head, &rows), say("合计", "in all"))
}

fn as_json(used: &Used) -> Value {
    let places = used.places.as_ref().map(|places| {
        let places = places.iter().map(|place| {
            json!({
                "part": place.part,
                "page": place.page,
                "x": place.x,
                "y": place.y,
                "width": place.width,
                "height": place.height,
            })
        });
        places.collect::<Vec<Value>>()
    });
    json!({
        "index": used.index,
        "time_ms": used.time.unix_ms(),
        "seal": used.said.seal.as_str(),
        "name": used.seal.name,
        "seal_now": used.seal.state.words().1,
        "ordinal": used.said.ordinal,
        "by": used.account.as_str(),
        "person": used.person.as_ref().map(PersonId::as_str),
        "device": used.device.as_ref().map(DeviceId::as_str),
        "document": used.document().to_string(),
        "number": used.number,
        "places": places,
    })
}
