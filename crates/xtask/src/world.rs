//! A world for desks: an exchange, an authority, four offices with everybody in them, and documents
//! at every stage. All of it was done by the programs, one act after the other. Either everything
//! happened now, or over the week before, by the clock that the programs saw then: the log's times
//! are the exchange's own in both, and nothing dates itself back.

mod history;
mod papers;
pub mod past;
mod stale;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::installation::{PASSWORD, person_of, post, text};
use crate::programs::{Desk, Failure};
use crate::{Installation, Office};

use past::Past;

/// Surnames of the people of a staffed office, in the order of its accounts.
const SURNAMES: [&str; 8] = ["李", "张", "王", "赵", "刘", "孙", "周", "吴"];
/// Given names, one row for each office.
const GIVEN: [[&str; 8]; 4] = [
    [
        "文清", "晓芸", "建勋", "若兰", "志远", "书琴", "明达", "维桢",
    ],
    [
        "海峰", "秀英", "德厚", "玉洁", "春生", "桂香", "正平", "长河",
    ],
    [
        "国梁", "雨桐", "守拙", "素芬", "立新", "慧敏", "思齐", "望舒",
    ],
    [
        "承志", "婉宁", "敬之", "红梅", "向东", "丽华", "清和", "怀瑾",
    ],
];

/// The world, with a desk for each office.
pub struct World {
    /// The programs' installation.
    pub installation: Installation,
    /// One desk for each office, in the same order.
    pub desks: Vec<Desk>,
    /// Whether documents could be typeset: false where this computer has no fonts for it.
    pub typeset: bool,
    /// Whether its history took a week, and not some seconds.
    pub took_a_week: bool,
}

/// The name of a person by the place of the office and of the account in it.
fn name(office: usize, account: usize) -> String {
    let (office, account) = (office % GIVEN.len(), account % SURNAMES.len());
    format!("{}{}", SURNAMES[account], GIVEN[office][account])
}

impl World {
    /// Founds it in `folder`, with its history, and serves the desks.
    pub fn open(folder: &Path, past: &Past, tell: &mut dyn FnMut(&str)) -> Result<Self, Failure> {
        let programs = past.programs(history::FOUNDED);
        let mut installation = Installation::found_staffed(folder, programs, "quic", tell)?;
        enter_people(&installation)?;
        tell("people");
        let typeset = history::make(&mut installation, past, tell)?;
        let authority = installation.authority();
        let authority = ["--authority", text(&authority)?];
        let desks = installation.offices.iter().map(|office| {
            // The authority's acts are signed where somebody of the authority sits.
            let has = office
                .accounts
                .iter()
                .any(|(_, role, _)| *role == "authority");
            let more: &[&str] = if has { &authority } else { &[] };
            installation.programs.desk_with(&office.home, more)
        });
        Ok(Self {
            desks: desks.collect::<Result<_, _>>()?,
            installation,
            typeset,
            took_a_week: past.is_some(),
        })
    }

    /// Ends desks and exchange, each of which must end well.
    pub fn close(mut self) -> Result<(), Failure> {
        for desk in self.desks.drain(..) {
            desk.stop()?;
        }
        self.installation.stop()
    }

    /// Everything that a program needs to use it.
    pub fn described(&self) -> Value {
        let offices = self.installation.offices.iter().zip(&self.desks);
        let offices: Vec<Value> = offices
            .enumerate()
            .map(|(place, (office, desk))| {
                json!({
                    "code": office.code,
                    "name": office.name,
                    "home": office.home,
                    "desk": desk.address,
                    "pages": desk.has_pages,
                    "accounts": accounts(office, place),
                })
            })
            .collect();
        json!({
            "folder": self.installation.folder,
            "programs": self.installation.programs.folder(),
            "password": PASSWORD,
            "authority": {
                "home": self.installation.authority(),
                "root": self.installation.root(),
                "password": PASSWORD,
            },
            "typeset": self.typeset,
            "offices": offices,
            "said_on_input": ["stop exchange", "start exchange"],
        })
    }

    /// Rows for a person: office, address, account, name, post.
    pub fn rows(&self) -> Vec<[String; 5]> {
        let mut rows = Vec::new();
        for (place, office) in self.installation.offices.iter().enumerate() {
            let Some(desk) = self.desks.get(place) else {
                break;
            };
            for (at, (letters, role, _)) in office.accounts.iter().enumerate() {
                let first = at == 0;
                let shown = |text: &str| {
                    if first {
                        text.to_owned()
                    } else {
                        String::new()
                    }
                };
                rows.push([
                    shown(office.name),
                    shown(&desk.address),
                    format!("{}-{letters}", office.code),
                    name(place, at),
                    post(role).to_owned(),
                ]);
            }
        }
        rows
    }
}

fn accounts(office: &Office, place: usize) -> Vec<Value> {
    let accounts = office.accounts.iter().enumerate();
    accounts
        .map(|(at, (letters, role, _))| {
            json!({
                "account": format!("{}-{letters}", office.code),
                "letters": letters,
                "role": role,
                "name": name(place, at),
            })
        })
        .collect()
}

/// Names and telephones of everybody, in one submission.
fn enter_people(installation: &Installation) -> Result<(), Failure> {
    let authority = installation.authority();
    let mut files: Vec<PathBuf> = Vec::new();
    for (place, office) in installation.offices.iter().enumerate() {
        for (at, (_, _, person)) in office.accounts.iter().enumerate() {
            let (id, name) = (person_of(office, person), name(place, at));
            let phone = format!("0000-555{place}{:03}", 101 + at);
            let mobile = format!("000-5550-{place}{:03}", 101 + at);
            let arguments = [
                "--json",
                "authority",
                "sign",
                "person",
                "--mobile",
                &mobile,
                "--id",
                &id,
                "--name",
                &name,
                "--office-phone",
                &phone,
            ];
            let said = installation
                .programs
                .good(&authority, PASSWORD, &arguments)?
                .json()?;
            let signed = said["files"].as_array().into_iter().flatten();
            files.extend(signed.filter_map(Value::as_str).map(PathBuf::from));
        }
    }
    let address = installation.address()?;
    let mut arguments = vec!["authority", "submit", "--exchange", &address];
    for file in &files {
        arguments.push(text(file)?);
    }
    installation
        .programs
        .good(&authority, PASSWORD, &arguments)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_name_of_their_own() {
        let mut names: Vec<String> = (0..GIVEN.len())
            .flat_map(|office| (0..SURNAMES.len()).map(move |account| name(office, account)))
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
