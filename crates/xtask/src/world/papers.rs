//! The documents of the world: what they say, and how they are set.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;
use serde_json::json;

use crate::installation::{fixture, text};
use crate::programs::Failure;
use crate::{Installation, Office};

/// A document as it is written.
pub(super) struct Paper {
    /// The word in its number, such as 云岭政办发.
    pub(super) word: &'static str,
    pub(super) serial: u32,
    pub(super) title: &'static str,
    pub(super) kind: &'static str,
    pub(super) urgency: &'static str,
    pub(super) level: &'static str,
    pub(super) main: &'static str,
    pub(super) body: &'static str,
}

/// What is composed: files and elements.
pub(super) struct Set {
    pub(super) number: String,
    pub(super) file: PathBuf,
    pub(super) meta: PathBuf,
}

fn source(paper: &Paper, office: &Office, number: &str, today: &str) -> String {
    let urgency = match paper.urgency {
        "特急" | "加急" => paper.urgency,
        _ => "",
    };
    format!(
        "格式：公文\n紧急程度：{urgency}\n发文机关标志：{name}文件\n发文字号：{number}\n标题：{title}\n\
         主送机关：{main}\n署名：{name}\n成文日期：{today}\n印发机关：{name}\n印发日期：{today}\n---\n{body}\n",
        name = office.name,
        title = paper.title,
        main = paper.main,
        body = paper.body,
    )
}

/// Sets a paper in `folder`; where this computer has no fonts, the fixture stands for its pages.
pub(super) fn set(
    installation: &Installation,
    office: &Office,
    paper: &Paper,
    now: &ZonedDateTime,
    typeset: &mut bool,
) -> Result<Set, Failure> {
    let folder = installation.folder.join("papers");
    fs::create_dir_all(&folder)?;
    let today = now.strftime("%Y年%-m月%-d日").to_string();
    let number = format!("{}〔{}〕{}号", paper.word, now.year(), paper.serial);
    let stem = format!("{}-{}", office.code, paper.serial);
    let written = folder.join(format!("{stem}.txt"));
    fs::write(&written, source(paper, office, &number, &today))?;
    let mut file = folder.join(format!("{}.ofd", paper.title));
    if *typeset {
        let arguments = ["doc", "typeset", text(&written)?, "--ofd", text(&file)?];
        let said = installation
            .programs
            .yichuan(&office.home, "", &arguments)?;
        if said.code != 0 && said.err.contains("YC-0714") {
            *typeset = false;
        } else if said.code != 0 {
            return Err(Failure(format!(
                "{}: {}{}",
                paper.title, said.out, said.err
            )));
        }
    }
    if !*typeset {
        file = fixture("notice.ofd");
    }
    let meta = elements(paper, office, &number, &today, &folder.join(stem))?;
    Ok(Set { number, file, meta })
}

fn elements(
    paper: &Paper,
    office: &Office,
    number: &str,
    today: &str,
    stem: &Path,
) -> Result<PathBuf, Failure> {
    let elements = json!({
        "title": paper.title,
        "number": number,
        "kind": paper.kind,
        "level": paper.level,
        "urgency": paper.urgency,
        "issuer_mark": format!("{}文件", office.name),
        "signed_by": office.name,
        "date": today,
        "main_recipients": [paper.main],
        "printed_by": office.name,
        "print_date": today,
        "contact": { "name": format!("{}文电科", office.name), "phone": "0000-5550136" },
    });
    let path = stem.with_extension("json");
    fs::write(&path, elements.to_string())?;
    Ok(path)
}
