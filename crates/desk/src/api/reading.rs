//! Reading what was entered of a document.

use std::collections::BTreeSet;
use std::path::PathBuf;

use yichuan_document::header::{Contact, Metadata};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Status;
use yichuan_document::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use yichuan_document::{Classification, Timestamp, UnitCode};
use yichuan_unit::lang::{instant, say, this_year};
use yichuan_unit::office::meeting::Form;
use yichuan_unit::office::{Failed, compose};
use yichuan_unit::report::explained::explain;

use super::compose::Remark;
use super::drafts::{Draft, Elements};
use super::meeting::form_of;
use crate::uploads::Uploads;
use crate::words::{UnitRef, level, meant};

pub(super) fn remark(field: &str, text: impl Into<String>) -> Remark {
    Remark {
        field: field.to_owned(),
        text: text.into(),
    }
}

/// The units of a list, each once, with what is wrong with them.
struct Recipients<'a> {
    roster: &'a Roster,
    own: UnitCode,
    seen: BTreeSet<UnitCode>,
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
}

impl<'a> Recipients<'a> {
    fn new(roster: &'a Roster, own: &UnitCode) -> Self {
        Self {
            roster,
            own: own.clone(),
            seen: BTreeSet::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The units that issue it together with the own one: none of them twice, or a recipient.
    fn issuers(&mut self, typed: &[String]) -> Vec<UnitCode> {
        let before = self.seen.clone();
        let mut issuers = Vec::new();
        for code in self.read("jointly", typed) {
            let name = UnitRef::of(self.roster, &code).name;
            if code == self.own {
                let why = say("本单位已是发文单位", "issues it already");
                self.errors
                    .push(remark("jointly", format!("{name}: {why}")));
            } else {
                issuers.push(code);
            }
        }
        for text in typed {
            let named = text.parse::<UnitCode>().ok();
            if let Some(code) = named.filter(|code| before.contains(code)) {
                let name = UnitRef::of(self.roster, &code).name;
                let why = say("不能既发文又收文", "cannot issue it and receive it");
                self.errors
                    .push(remark("jointly", format!("{name}: {why}")));
            }
        }
        issuers
    }

    fn read(&mut self, field: &str, typed: &[String]) -> Vec<UnitCode> {
        let mut units = Vec::new();
        for text in typed {
            let Ok(code) = text.parse::<UnitCode>() else {
                let why = say("没有这个单位", "there is no such unit");
                self.errors.push(remark(field, format!("{text}: {why}")));
                continue;
            };
            let name = UnitRef::of(self.roster, &code).name;
            if !self.seen.insert(code.clone()) {
                let why = say("重复，只发一次", "named twice, sent once");
                self.warnings.push(remark(field, format!("{name}: {why}")));
                continue;
            }
            if code == self.own {
                let why = say("本单位", "is the own unit");
                self.warnings.push(remark(field, format!("{name}: {why}")));
            }
            let record = self.roster.unit(&code);
            let why = match (&record, self.roster.unit_key(&code)) {
                (None, _) => say("没有这个单位", "there is no such unit"),
                (Some(unit), _) if unit.status != Status::Active => say("已停用", "is closed"),
                (Some(_), None) => say("尚无加密密钥", "has no key yet"),
                (Some(_), Some(_)) => "",
            };
            if !why.is_empty() {
                self.errors.push(remark(field, format!("{name}: {why}")));
            }
            units.push(code);
        }
        units
    }
}

/// What was read of a draft.
pub(super) struct Read {
    /// What can be composed, or what is missing or wrong.
    pub(super) draft: Result<compose::Draft, Vec<Remark>>,
    /// What the clerk should know.
    pub(super) warnings: Vec<Remark>,
    /// Main recipients and copies, each once.
    pub(super) named: [Vec<UnitRef>; 2],
}

/// What a draft is missing or has wrong, as far as it can be told before the files are closed; the
/// rules themselves are those of `compose`, which asks them again.
pub(super) fn read(draft: &Draft, roster: &Roster, own: &UnitCode, uploads: &Uploads) -> Read {
    let mut recipients = Recipients::new(roster, own);
    let to = recipients.read("to", &draft.to);
    let copy = recipients.read("copy", &draft.copy);
    let jointly = recipients.issuers(&draft.jointly);
    let named = [&to, &copy].map(|list| {
        let units = list.iter();
        units.map(|code| UnitRef::of(roster, code)).collect()
    });
    let Recipients {
        mut errors,
        warnings,
        ..
    } = recipients;
    if to.is_empty() {
        errors.push(remark(
            "to",
            say("须有主送单位", "a main recipient is needed"),
        ));
    }
    let words = words_of(draft, &mut errors);
    let files = files_of(draft, uploads, &mut errors);
    let number = number_of(draft, &mut errors);
    let valid_until = instant_of(draft, &mut errors);
    let form = form(draft, &mut errors);
    let Some((level, kind, title)) = words.filter(|_| errors.is_empty()) else {
        return Read {
            draft: Err(errors),
            warnings,
            named,
        };
    };
    let mut metadata = metadata(&draft.metadata);
    metadata.number = number.as_ref().map(ToString::to_string);
    let period = draft.months.and_then(SecrecyPeriod::months);
    let urgency = draft.urgency.as_deref().and_then(urgency);
    let read = compose::Draft {
        jointly,
        to,
        copy,
        level,
        period,
        urgency: urgency.unwrap_or_default(),
        kind,
        number,
        title,
        metadata,
        contact: Contact {
            name: draft.contact.name.clone(),
            phone: draft.contact.phone.clone(),
        },
        print_quota: draft.print_quota.unwrap_or(1),
        valid_until,
        replaces: None,
        receipts_stand: draft.receipts_stand && draft.replaces.is_some(),
        replies_to: None,
        files,
        form,
    };
    Read {
        draft: Ok(read),
        warnings,
        named,
    }
}

fn urgency(typed: &str) -> Option<Urgency> {
    meant(Urgency::ALL, typed)
}

fn words_of(
    draft: &Draft,
    errors: &mut Vec<Remark>,
) -> Option<(Classification, DocumentKind, String)> {
    let level = draft.level.as_deref().and_then(level);
    if level.is_none() {
        errors.push(remark(
            "level",
            say("须标明密级", "the level must be named"),
        ));
    }
    let kind = draft.kind.as_deref();
    let kind = kind.and_then(|typed| meant(DocumentKind::ALL, typed));
    if kind.is_none() {
        errors.push(remark("kind", say("须标明文种", "the kind must be named")));
    }
    let title = draft.title.clone().filter(|title| !title.trim().is_empty());
    if title.is_none() {
        errors.push(remark("title", say("须有标题", "a title is needed")));
    }
    let typed = draft.urgency.as_deref();
    if typed.is_some_and(|typed| urgency(typed).is_none()) {
        errors.push(remark("urgency", say("不是紧急程度", "is no urgency")));
    }
    let months = draft.months;
    if months.is_some_and(|months| SecrecyPeriod::months(months).is_none()) {
        errors.push(remark("months", say("不是保密期限", "is no period")));
    }
    Some((level?, kind?, title?))
}

fn files_of(draft: &Draft, uploads: &Uploads, errors: &mut Vec<Remark>) -> Vec<PathBuf> {
    if draft.files.is_empty() {
        errors.push(remark(
            "files",
            say("须有正文文件", "a main file is needed"),
        ));
    }
    let mut paths = Vec::new();
    for id in &draft.files {
        if let Some(upload) = uploads.of(id) {
            paths.push(upload.path);
        } else {
            let why = say("须重新添加文件", "this file has to be added again");
            errors.push(remark("files", format!("{id}: {why}")));
        }
    }
    paths
}

fn number_of(draft: &Draft, errors: &mut Vec<Remark>) -> Option<DocumentNumber> {
    if let Some(word) = &draft.take_number {
        if let Err(why) = DocumentNumber::new(word, this_year(), 1) {
            errors.push(remark("take_number", why.to_string()));
        }
        return None;
    }
    let number = draft.number.as_ref()?;
    match DocumentNumber::new(&number.word, number.year, number.serial) {
        Ok(number) => Some(number),
        Err(why) => {
            errors.push(remark("number", why.to_string()));
            None
        }
    }
}

fn instant_of(draft: &Draft, errors: &mut Vec<Remark>) -> Option<Timestamp> {
    let typed = draft.valid_until.as_deref()?;
    let read = instant(typed);
    if read.is_none() {
        errors.push(remark("valid_until", say("不是时间", "is no time")));
    }
    read
}

/// A meeting's reply form, as fields or as a file of the command line.
fn form(draft: &Draft, errors: &mut Vec<Remark>) -> Option<Form> {
    let read = if draft.reply_fields.is_empty() {
        let typed = draft.reply_form.as_deref()?;
        Form::parse(typed).map_err(|why| explain(&Failed::Form(why)).what)
    } else {
        form_of(&draft.reply_fields)
    };
    match read {
        Ok(form) => Some(form),
        Err(why) => {
            errors.push(remark("reply_form", why));
            None
        }
    }
}

fn metadata(elements: &Elements) -> Metadata {
    let elements = elements.clone();
    Metadata {
        copy_number: elements.copy_number,
        issuer_mark: elements.issuer_mark,
        number: None,
        signatory: elements.signatory,
        main_recipients: elements.main_recipients,
        annexes: elements.annexes,
        signed_by: elements.signed_by,
        date: elements.date,
        remark: elements.remark,
        copy_recipients: elements.copy_recipients,
        printed_by: elements.printed_by,
        print_date: elements.print_date,
        publication: elements.publication,
    }
}
