//! Entering a document: compose, submit.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::json;
use yichuan_document::header::{Contact, Metadata};
use yichuan_document::manifest::Reference;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::NumberRequest;
use yichuan_document::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use yichuan_document::{Classification, UnitCode};

use super::Globals;
use super::acting::{block_on, newest_roster};
use crate::home::{Home, read_at_most};
use crate::lang::{is_chinese, local, progress, say, size, this_year};
use crate::office::compose::{Composed, Draft, compose, composed};
use crate::office::content::Told;
use crate::office::meeting::{FORM_BYTES_MAX, Form};
use crate::office::mirror::Mirror;
use crate::office::numbers::settle;
use crate::office::place::Place;
use crate::office::{Failed, Identity, Session};

/// `yichuan compose`.
#[derive(Debug, Args)]
pub(super) struct Compose {
    /// 主送单位代码 · main recipients
    #[arg(long, value_delimiter = ',')]
    to: Vec<String>,
    /// 抄送单位代码 · copy recipients
    #[arg(long, value_delimiter = ',')]
    cc: Vec<String>,
    /// 公文要素文件 · the document's elements (JSON: title, number, kind, urgency, level …)
    #[arg(long, value_name = "FILE")]
    meta: Option<PathBuf>,
    /// 标题 · title
    #[arg(long)]
    title: Option<String>,
    /// 密级：公开、内部、秘密 · level
    #[arg(long)]
    level: Option<String>,
    /// 保密期限（月） · months of secrecy, with 秘密
    #[arg(long)]
    months: Option<u16>,
    /// 紧急程度：无、平急、加急、特急、特提 · urgency
    #[arg(long)]
    urgency: Option<String>,
    /// 文种 · kind, such as 通知
    #[arg(long)]
    kind: Option<String>,
    /// 发文字号 · number, such as 云政办发〔2026〕17号
    #[arg(long)]
    number: Option<String>,
    /// 向交换中心取号，写机关代字 · have the number allotted: the issuer's word, such as 云政办发
    #[arg(long, value_name = "WORD", conflicts_with = "number")]
    take_number: Option<String>,
    /// 每单位可打印份数 · copies that each recipient may print
    #[arg(long, default_value_t = 1)]
    print_quota: u16,
    /// 替代的公文 · the id of the document that this one replaces
    #[arg(long)]
    replaces: Option<String>,
    /// 联合行文的其他发文单位，按用印次序 · the units that issue it together with this one
    #[arg(long, value_delimiter = ',')]
    jointly: Vec<String>,
    /// 复文：所答复的来文 · the id of the document that this one answers
    #[arg(long, value_name = "ID")]
    in_reply_to: Option<String>,
    /// 原公文的签收继续有效 · receipts of the replaced document stand
    #[arg(long, requires = "replaces")]
    receipts_stand: bool,
    /// 会议通知的回执表单（TOML） · the reply form of a meeting notice (TOML)
    #[arg(long, value_name = "FILE")]
    reply_form: Option<PathBuf>,
    /// 公文文件，正文在前 · the files, the main text first
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What was composed, and what its clerk should know of the files.
fn tell(globals: &Globals, composed: &Composed, number: Option<String>) {
    let id = composed.about.document.to_string();
    let departures = composed.departures.iter();
    let departures: Vec<String> = departures.map(|(_, told)| shown(told)).collect();
    let to_declare: Vec<String> = composed.to_declare.iter().map(shown).collect();
    globals.print(
        &json!({
            "id": id,
            "number": number,
            "manifest": composed.about.manifest.to_string(),
            "body_bytes": composed.body_bytes,
            "folder": composed.folder,
            "form": departures,
            "to_declare": to_declare,
        }),
        &format!(
            "{} {id} ({}) {}\n{}{}{}: yichuan submit {id}",
            say("已拟稿", "composed"),
            size(composed.body_bytes),
            number.unwrap_or_default(),
            listed(say("格式提示", "its form"), &departures),
            listed(
                say("须由审批人阅看并声明", "the approver will have to declare"),
                &to_declare
            ),
            say("下一步", "next"),
        ),
    );
}

fn shown(told: &Told) -> String {
    if is_chinese() {
        told.zh.clone()
    } else {
        told.en.clone()
    }
}

/// A heading and a line for each; nothing where there is none.
fn listed(head: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("{head}:\n  - {}\n", lines.join("\n  - "))
}

/// A file of a document's elements. Unknown keys are passed over: other systems write them too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Elements {
    title: Option<String>,
    number: Option<String>,
    kind: Option<String>,
    urgency: Option<String>,
    level: Option<String>,
    copy_number: Option<String>,
    issuer_mark: Option<String>,
    signatory: Option<String>,
    main_recipients: Option<Words>,
    annexes: Option<Words>,
    signed_by: Option<String>,
    date: Option<String>,
    remark: Option<String>,
    copy_recipients: Option<Words>,
    printed_by: Option<String>,
    print_date: Option<String>,
    publication: Option<String>,
    contact: Option<ContactElements>,
}

/// One text, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContactElements {
    name: Option<String>,
    phone: Option<String>,
}

impl Words {
    fn joined(self) -> String {
        match self {
            Self::One(text) => text,
            Self::Many(texts) => texts.join("，"),
        }
    }
}

impl Compose {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let place = Place::of(&home)?;
        let mirror = Mirror::load(home.folder(), &place.pin)?;
        let mirror = mirror.ok_or(Failed::NoAccountFor(Role::Send.zh()))?;
        let mut draft = self.draft()?;
        // Before the password is even asked for (Art. 15).
        let ceiling = mirror
            .roster()
            .policy()
            .map(|policy| policy.ceiling)
            .unwrap_or_default();
        draft
            .level
            .transmissible(ceiling)
            .map(|_| ())
            .map_err(Failed::Level)?;
        let mirror = newest_roster(&place, &home)?;
        let account = globals.acting(mirror.roster(), home.folder(), Some(Role::Send))?;
        if let Some(replaced) = &self.replaces {
            draft.replaces = Some(referred_to(&home, &account.unit(), replaced)?);
        }
        if let Some(answered) = &self.in_reply_to {
            draft.replies_to = Some(referred_to(&home, &account.unit(), answered)?);
        }
        let unlocked = globals.unlock(&home, &account)?;
        let identity = unlocked.identity();
        let taken = self.taken_number();
        if let Some(request) = &taken {
            let number = take_number(&place, &home, unlocked.identity(), request)?;
            draft.metadata.number = Some(number.to_string());
            draft.number = Some(number);
        }
        let total = draft
            .files
            .iter()
            .filter_map(|path| path.metadata().ok())
            .map(|m| m.len())
            .sum();
        let bar = progress(total, say("封装", "closing"));
        let composed = compose(
            home.folder(),
            mirror.roster(),
            mirror.seen(),
            &identity,
            &draft,
            &unlocked.secrets.content,
            &mut |bytes| bar.inc(bytes),
        )?;
        bar.finish_and_clear();
        if let Some(request) = &taken {
            settle(home.folder(), &identity, request)?;
        }
        let number = draft.number.map(|number| number.to_string());
        tell(globals, &composed, number);
        Ok(ExitCode::SUCCESS)
    }

    /// The request for the number that is to be allotted. The elements file may hold one already;
    /// then this one takes its place.
    fn taken_number(&self) -> Option<NumberRequest> {
        let word = self.take_number.as_ref()?;
        Some(NumberRequest {
            series: word.clone(),
            year: this_year(),
            document: None,
            count: None,
        })
    }

    fn draft(&self) -> Result<Draft, Failed> {
        let elements = match &self.meta {
            Some(path) => serde_json::from_str(&std::fs::read_to_string(path)?)
                .map_err(|error| Failed::Usage(format!("{}: {error}", path.display())))?,
            None => Elements::default(),
        };
        let level = self.level.as_ref().or(elements.level.as_ref());
        let level = level
            .ok_or_else(|| missing("--level", say("须标明密级", "the level must be named")))?;
        let level = Classification::parse(level)
            .ok_or_else(|| missing(level, say("不是密级", "is no level")))?;
        let title = self.title.clone().or(elements.title);
        let title =
            title.ok_or_else(|| missing("--title", say("须有标题", "a title is needed")))?;
        let urgency = self.urgency.as_ref().or(elements.urgency.as_ref());
        let urgency = urgency.map_or(Ok(Urgency::Ordinary), |text| {
            Urgency::parse(text).ok_or_else(|| missing(text, say("不是紧急程度", "is no urgency")))
        })?;
        let kind = self.kind.as_ref().or(elements.kind.as_ref());
        let kind =
            kind.ok_or_else(|| missing("--kind", say("须标明文种", "the kind must be named")))?;
        let kind = DocumentKind::parse(kind)
            .ok_or_else(|| missing(kind, say("不是文种", "is no kind")))?;
        let number_text = self.number.clone().or(elements.number);
        let number = number_text.as_deref().map(str::parse).transpose();
        let number = number.map_err(|why| Failed::Usage(format!("{why}")))?;
        let period = self.months.map(|months| {
            SecrecyPeriod::months(months)
                .ok_or_else(|| missing(&months.to_string(), say("不是保密期限", "is no period")))
        });
        let contact = elements.contact.unwrap_or_default();
        Ok(Draft {
            to: units(&self.to)?,
            copy: units(&self.cc)?,
            jointly: units(&self.jointly)?,
            level,
            period: period.transpose()?,
            urgency,
            kind,
            number,
            title,
            metadata: Metadata {
                copy_number: elements.copy_number,
                issuer_mark: elements.issuer_mark,
                number: number_text,
                signatory: elements.signatory,
                main_recipients: elements.main_recipients.map(Words::joined),
                annexes: elements.annexes.map(Words::joined),
                signed_by: elements.signed_by,
                date: elements.date,
                remark: elements.remark,
                copy_recipients: elements.copy_recipients.map(Words::joined),
                printed_by: elements.printed_by,
                print_date: elements.print_date,
                publication: elements.publication,
            },
            contact: Contact {
                name: contact.name,
                phone: contact.phone,
            },
            print_quota: self.print_quota,
            valid_until: None,
            replaces: None,
            replies_to: None,
            receipts_stand: self.receipts_stand,
            files: self.files.clone(),
            form: self.reply_form.as_deref().map(form).transpose()?,
        })
    }
}

/// Has the number allotted. It is kept until the document is composed, so that a command that
/// failed half-way leaves no gap.
fn take_number(
    place: &Place,
    home: &Home,
    identity: Identity,
    request: &NumberRequest,
) -> Result<DocumentNumber, Failed> {
    let bad = |why| Failed::Usage(format!("{}: {why}", request.series));
    // A word that no number can have is refused before one is spent on it.
    DocumentNumber::new(&request.series, request.year, 1).map_err(bad)?;
    let allotted = block_on(async {
        let mut session = Session::open(&place.contact(home), identity).await?;
        session.number_for_draft(request).await
    })?;
    DocumentNumber::new(&allotted.series, allotted.year, allotted.first).map_err(bad)
}

/// A reply form as the clerk wrote it.
fn form(path: &Path) -> Result<Form, Failed> {
    let of_file = |why: &dyn std::fmt::Display| Failed::Usage(format!("{}: {why}", path.display()));
    let bytes = read_at_most(path, FORM_BYTES_MAX as u64).map_err(|why| of_file(&why))?;
    let text = String::from_utf8(bytes).map_err(|_| of_file(&"UTF-8"))?;
    Form::parse(&text).map_err(Failed::Form)
}

fn missing(what: &str, why: &str) -> Failed {
    Failed::Usage(format!("{what}: {why}"))
}

fn units(codes: &[String]) -> Result<Vec<UnitCode>, Failed> {
    let parse = |code: &String| code.parse().map_err(|_| Failed::UnknownUnit(code.clone()));
    codes.iter().map(parse).collect()
}

/// The document that was meant, as this unit's events know it.
fn referred_to(
    home: &crate::home::Home,
    unit: &UnitCode,
    typed: &str,
) -> Result<Reference, Failed> {
    let feed = crate::office::feed::Feed::load(home.folder(), unit)?;
    let registers = feed.registers();
    let about = registers.one(typed)?.about;
    Ok(Reference {
        id: about.document,
        manifest: about.manifest,
    })
}

/// `yichuan submit`.
#[derive(Debug, Args)]
pub(super) struct Submit {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

impl Submit {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Send)).await?;
            let body = composed(home.folder(), &self.id)?.0.join("body");
            let bar = progress(body.metadata()?.len(), say("上传", "uploading"));
            let done = session.submit(&self.id, &mut |bytes| bar.inc(bytes)).await;
            bar.finish_and_clear();
            done
        })?;
        let id = done.about.document.to_string();
        globals.print(
            &json!({
                "id": id,
                "manifest": done.about.manifest.to_string(),
                "index": done.index,
                "time_ms": done.entry.time.unix_ms(),
            }),
            &format!(
                "{} {id}\n{} {}, {}",
                say("已提交，待审批", "submitted, to be approved:"),
                say("日志序号", "log index"),
                done.index,
                local(done.entry.time)
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}
