//! Which fields each form has, and what they may say.

use super::{Annex, Draft, Fields, Form, day, field, is_reference};
use crate::refusal::{FieldFault, Refused};

/// Offices that send a document together: rows of seals have to stay on one page.
const OFFICES_MAX: usize = 8;
/// Names in the head; with more, the first alone stands there (7.2.4).
const ISSUERS_MAX: usize = 5;
/// Persons who sign for a document that goes upward.
const SIGNERS_MAX: usize = 8;
/// Characters of an office's name, of a person's, and of a title.
const NAME_MAX: usize = 28;
const PERSON_MAX: usize = 10;
const TITLE_MAX: usize = 120;
/// Characters of a mark's period, of a note, and of other lines.
const LEVEL_MAX: usize = 16;

/// The draft of these fields, without its text.
pub(super) fn draft(fields: &Fields, annexes: Vec<Annex>) -> Result<Draft, Refused> {
    let form = match fields.one("格式") {
        None => Form::Official,
        Some((line, typed)) => Form::ALL
            .into_iter()
            .find(|form| {
                typed == form.zh() || typed == form.word() || typed == "令" && *form == Form::Order
            })
            .ok_or_else(|| field(line, "格式", FieldFault::Word))?,
    };
    fields.none_of(unused(form))?;
    let mut draft = Draft {
        form,
        copy: fields.value("份号"),
        urgency: fields.value("紧急程度"),
        level: level(fields)?,
        issuers: issuers(fields)?,
        reference: reference(fields, form)?,
        signers: fields.list("签发人", SIGNERS_MAX, PERSON_MAX)?,
        title: title(fields, form)?,
        recipient: fields.value("主送机关"),
        names: fields.list("署名", OFFICES_MAX, NAME_MAX)?,
        date: date(fields, "成文日期")?,
        is_sealed: yes(fields, "用印")?,
        note: fields.value("附注"),
        attendance: ["出席", "请假", "列席"]
            .into_iter()
            .filter_map(|name| Some((name, fields.value(name)?)))
            .collect(),
        copy_to: fields.value("抄送"),
        ..Draft::default()
    };
    marks(fields, &draft)?;
    if let Some(recipient) = &mut draft.recipient {
        let names = recipient.trim_end_matches(['：', ':']).len();
        recipient.truncate(names);
        recipient.push('：');
    }
    if matches!(form, Form::Official | Form::Letter) && draft.names.is_empty() {
        return Err(field(0, "署名", FieldFault::Missing));
    }
    if form == Form::Order {
        let office = fields.needed("签发人职务")?;
        let name = fields.needed("签名")?;
        for ((line, value), field_name) in [(&office, "签发人职务"), (&name, "签名")] {
            if value.chars().count() > NAME_MAX / 2 {
                return Err(field(*line, field_name, FieldFault::Long));
            }
        }
        draft.signature = Some((office.1, name.1));
    }
    issued(fields, &mut draft)?;
    draft.attachments = attachments(fields, &annexes)?;
    draft.annexes = annexes;
    Ok(draft)
}

/// The fields that a form does not use.
const fn unused(form: Form) -> &'static [&'static str] {
    match form {
        Form::Official => &["签发人职务", "签名", "出席", "请假", "列席", "令号", "编号"],
        Form::Letter => &[
            "签发人",
            "签发人职务",
            "签名",
            "出席",
            "请假",
            "列席",
            "印发机关",
            "印发日期",
            "令号",
            "编号",
        ],
        Form::Order => &[
            "份号",
            "密级",
            "紧急程度",
            "签发人",
            "标题",
            "主送机关",
            "署名",
            "用印",
            "出席",
            "请假",
            "列席",
            "发文字号",
            "编号",
        ],
        Form::Minutes => &[
            "签发人",
            "主送机关",
            "署名",
            "用印",
            "签发人职务",
            "签名",
            "令号",
            "发文字号",
        ],
    }
}

fn level(fields: &Fields) -> Result<Option<String>, Refused> {
    let Some((line, value)) = fields.one("密级") else {
        return Ok(None);
    };
    let refuse = || field(line, "密级", FieldFault::Level);
    let rest = value.strip_prefix("秘密").ok_or_else(refuse)?;
    if value.chars().count() > LEVEL_MAX {
        return Err(refuse());
    }
    match rest.strip_prefix('★') {
        None if rest.is_empty() => Ok(Some("秘密".to_owned())),
        Some(period) if period.chars().all(char::is_alphanumeric) => Ok(Some(value.to_owned())),
        _ => Err(refuse()),
    }
}

/// Copy number and urgency: their form, and that a classified document is numbered (7.2.1).
fn marks(fields: &Fields, draft: &Draft) -> Result<(), Refused> {
    if let Some((line, copy)) = fields.one("份号") {
        let is_number = copy.len() == 6 && copy.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(field(line, "份号", FieldFault::CopyNumber));
        }
    } else if draft.level.is_some() {
        return Err(field(0, "份号", FieldFault::Missing));
    }
    if let Some((line, urgency)) = fields.one("紧急程度")
        && !["特急", "加急"].contains(&urgency)
    {
        return Err(field(line, "紧急程度", FieldFault::Urgency));
    }
    Ok(())
}

fn issuers(fields: &Fields) -> Result<Vec<String>, Refused> {
    fields.needed("发文机关标志")?;
    fields.list("发文机关标志", ISSUERS_MAX, NAME_MAX)
}

fn reference(fields: &Fields, form: Form) -> Result<String, Refused> {
    let name = match form {
        Form::Order => "令号",
        Form::Minutes => "编号",
        _ => "发文字号",
    };
    let (line, value) = fields.needed(name)?;
    let serial = value.strip_prefix('第').and_then(|rest| {
        let rest = rest
            .strip_suffix('号')
            .or_else(|| rest.strip_suffix('期'))?;
        rest.parse::<u32>()
            .ok()
            .filter(|_| !rest.starts_with(['0', '+']))
    });
    let is_serial = matches!(form, Form::Order | Form::Minutes) && serial.is_some();
    if is_serial || is_reference(&value) {
        Ok(value)
    } else {
        Err(field(line, name, FieldFault::Reference))
    }
}

fn title(fields: &Fields, form: Form) -> Result<String, Refused> {
    if form == Form::Order {
        return Ok(String::new());
    }
    let (line, title) = fields.needed("标题")?;
    if title.chars().count() > TITLE_MAX {
        return Err(field(line, "标题", FieldFault::Long));
    }
    Ok(title)
}

fn date(fields: &Fields, name: &str) -> Result<String, Refused> {
    let (line, date) = fields.needed(name)?;
    match day(&date) {
        Some(_) => Ok(date),
        None => Err(field(line, name, FieldFault::Date)),
    }
}

fn yes(fields: &Fields, name: &str) -> Result<bool, Refused> {
    match fields.one(name) {
        None | Some((_, "是")) => Ok(true),
        Some((_, "否")) => Ok(false),
        Some((line, _)) => Err(field(line, name, FieldFault::Word)),
    }
}

/// Who issues the document and when (7.4): letters have neither, orders may lack both.
fn issued(fields: &Fields, draft: &mut Draft) -> Result<(), Refused> {
    let is_there = fields.one("印发机关").is_some() || fields.one("印发日期").is_some();
    if draft.form == Form::Letter || draft.form == Form::Order && !is_there {
        return Ok(());
    }
    let (line, by) = fields.needed("印发机关")?;
    if by.chars().count() > NAME_MAX - 8 {
        return Err(field(line, "印发机关", FieldFault::Long));
    }
    let on = date(fields, "印发日期")?;
    if day(&on) < day(&draft.date) {
        let line = fields.one("印发日期").map_or(0, |(line, _)| line);
        return Err(field(line, "印发日期", FieldFault::Earlier));
    }
    draft.issued_by = Some(by);
    draft.issued_on = Some(on);
    Ok(())
}

/// The list under the text: as the fields say, else the titles of what follows (7.3.4, 7.3.7).
fn attachments(fields: &Fields, annexes: &[Annex]) -> Result<Vec<String>, Refused> {
    let titles = || annexes.iter().map(|annex| annex.title.clone());
    let listed = fields.all("附件");
    let Some((line, _)) = listed.first() else {
        return Ok(titles().collect());
    };
    let names: Vec<String> = listed
        .iter()
        .map(|(_, name)| {
            name.trim_end_matches(['。', '；', '，', '、', ';', '.'])
                .to_owned()
        })
        .collect();
    // Those that are not bound in travel as files of their own.
    if !titles().all(|title| names.contains(&title)) {
        return Err(field(*line, "附件", FieldFault::Annexes));
    }
    Ok(names)
}
