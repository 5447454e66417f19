//! The authority's commands. Only `submit` talks to a network.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use minicbor::bytes::ByteVec;
use serde_json::json;
use yichuan_document::roster::act::ActFile;
use yichuan_document::roster::record::{Account, Device, SealGrant, Unit};
use yichuan_document::{DeviceId, SealId};
use yichuan_wire::message::{Answer, Ask, Record};

use super::Globals;
use super::acting::block_on;
use crate::authority::{Authority, IssuedTicket, Plan, SealIssue, SealRequest};
use crate::keystore::DeviceSecrets;
use crate::lang::{say, table};
use crate::link::{Expected, Link, Target, Transport};
use crate::office::Failed;

/// `yichuan authority`.
#[derive(Debug, Subcommand)]
pub(super) enum AuthorityCommand {
    /// 建立颁发机构 · found the authority: root, officer, genesis, policy
    Init {
        /// 系统名称 · the exchange's name in signed data
        #[arg(long)]
        origin: String,
        /// 签发人 · the officer's person id
        #[arg(long, default_value = "p-officer")]
        officer: String,
    },
    /// 签发 · sign a statement into a file
    #[command(subcommand)]
    Sign(SignCommand),
    /// 提交已签发的声明 · submit signed statements to the exchange
    Submit {
        /// 声明文件 · files; without any, all of this home in order
        files: Vec<PathBuf>,
        /// 交换中心地址 · the exchange's host and port
        #[arg(long, value_name = "HOST:PORT")]
        exchange: String,
    },
    /// 一览 · what was signed
    Status,
}

/// `yichuan authority sign`.
#[derive(Debug, Subcommand)]
pub(super) enum SignCommand {
    /// 交换中心的密钥 · certify an exchange
    Exchange {
        /// 申请文件 · the exchange's request
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
    },
    /// 单位、设备、帐号、登记凭证 · units, computers, accounts and tickets from a plan (TOML)
    Plan {
        /// 计划文件 · the plan
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// 印章 · issue a seal
    Seal {
        /// 保管人的申请文件 · the custodian's request
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
        /// 印模图片 · its picture
        #[arg(long, value_name = "PNG")]
        picture: PathBuf,
        /// 印章编号 · its id, such as 513200-zfb-seal01
        #[arg(long)]
        id: String,
        /// 印章名称 · what it is called
        #[arg(long)]
        name: String,
        /// 可用印的设备 · the computers on which it may be used
        #[arg(long, required = true, value_delimiter = ',')]
        devices: Vec<String>,
        /// 有效天数 · for how many days
        #[arg(long, default_value_t = 1825)]
        valid_days: u32,
    },
}

pub(super) fn run(globals: &Globals, command: AuthorityCommand) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let folder = home.folder();
    match command {
        AuthorityCommand::Init { origin, officer } => init(globals, folder, &origin, &officer),
        AuthorityCommand::Sign(command) => sign(globals, folder, command),
        AuthorityCommand::Submit { files, exchange } => submit(globals, folder, files, &exchange),
        AuthorityCommand::Status => status(globals, folder),
    }
}

fn init(globals: &Globals, folder: &Path, origin: &str, officer: &str) -> Result<ExitCode, Failed> {
    let origin = origin
        .parse()
        .map_err(|why| Failed::Usage(format!("{origin:?}: {why}")))?;
    let officer = officer
        .parse()
        .map_err(|why| Failed::Usage(format!("{officer:?}: {why}")))?;
    let password = globals.new_password(say("（颁发机构）", "(authority)"))?;
    let authority = Authority::found(folder, &origin, &officer, &password)?;
    let root = folder.join("root.pub");
    globals.print(
        &json!({
            "root": root,
            "genesis": authority.roster().genesis().to_string(),
            "acts": authority.files(),
        }),
        &format!(
            "{} {origin}\n{}: {}\n{}",
            say("颁发机构已建立", "the authority was founded:"),
            say("公开根", "public root"),
            root.display(),
            say(
                "请备份本目录中的密钥文件，next-root.key 应离线另存",
                "back the key files up; keep next-root.key elsewhere, offline"
            ),
        ),
    );
    Ok(ExitCode::SUCCESS)
}

fn sign(globals: &Globals, folder: &Path, command: SignCommand) -> Result<ExitCode, Failed> {
    let mut authority = Authority::open(folder)?;
    let password = globals.password(say("（颁发机构）", "(authority)"))?;
    let (files, tickets) = match command {
        SignCommand::Exchange { request } => {
            let request = std::fs::read_to_string(&request)?;
            (
                vec![authority.certify_exchange(&request, &password)?],
                Vec::new(),
            )
        }
        SignCommand::Plan { file } => {
            let plan = Plan::read(&std::fs::read_to_string(&file)?)?;
            authority.carry_out(&plan, &password)?
        }
        SignCommand::Seal {
            request,
            picture,
            id,
            name,
            devices,
            valid_days,
        } => {
            let request = SealRequest::read(&std::fs::read_to_string(&request)?)?;
            let usage = |why| Failed::Usage(format!("{why}"));
            let id: SealId = id.parse().map_err(usage)?;
            let mut devices: Vec<DeviceId> = devices
                .iter()
                .map(|device| device.parse())
                .collect::<Result<_, _>>()
                .map_err(usage)?;
            devices.sort();
            let picture = std::fs::read(&picture)?;
            let issue = SealIssue {
                id,
                name,
                picture,
                devices,
                valid_days,
            };
            (
                vec![authority.issue_seal(&request, issue, &password)?],
                Vec::new(),
            )
        }
    };
    tell_signed(globals, &files, &tickets);
    Ok(ExitCode::SUCCESS)
}

fn tell_signed(globals: &Globals, files: &[PathBuf], tickets: &[IssuedTicket]) {
    let listed: Vec<_> = tickets
        .iter()
        .map(|ticket| {
            json!({
                "account": ticket.account.as_str(),
                "device": ticket.device.as_str(),
                "ticket": ticket.code.reveal().as_str(),
            })
        })
        .collect();
    let mut text = String::new();
    for file in files {
        text.push_str(&format!("{} {}\n", say("已签发", "signed"), file.display()));
    }
    if !tickets.is_empty() {
        let rows: Vec<Vec<String>> = tickets
            .iter()
            .map(|ticket| {
                vec![
                    ticket.account.to_string(),
                    ticket.device.to_string(),
                    ticket.code.reveal().to_string(),
                ]
            })
            .collect();
        let head = [
            say("帐号", "account"),
            say("设备", "device"),
            say("登记凭证（只显示一次）", "ticket (shown once)"),
        ];
        text.push_str(&table(&head, &rows));
    }
    globals.print(&json!({ "files": files, "tickets": listed }), &text);
}

fn submit(
    globals: &Globals,
    folder: &Path,
    files: Vec<PathBuf>,
    exchange: &str,
) -> Result<ExitCode, Failed> {
    let files = if files.is_empty() {
        Authority::open(folder)?.files()
    } else {
        files
    };
    let mut records = Vec::new();
    for path in &files {
        let bytes = std::fs::read(path)?;
        let (signed, attachments) =
            ActFile::read(&bytes).map_err(|_| Failed::Damaged(path.clone()))?;
        let attachments = attachments.into_iter().map(ByteVec::from).collect();
        let statement = ByteVec::from(signed.to_bytes());
        records.push((
            path,
            Record {
                statement,
                attachments,
                body: None,
            },
        ));
    }
    let expected = match Authority::open(folder)
        .ok()
        .and_then(|a| a.roster().exchange())
    {
        Some(keys) => Expected::Key(keys.tls),
        // Statements are public to every unit and stand by their signatures.
        None => Expected::FirstContact,
    };
    let target = Target {
        address: exchange.to_owned(),
        transport: Transport::Auto,
        expected,
    };
    let seed = DeviceSecrets::of(folder)?.tls();
    let indexes = block_on(async {
        let link = Link::connect(&target, &seed).await?;
        let mut indexes = Vec::new();
        for (path, record) in records {
            // The genesis is entry 0 of every log, and is never submitted.
            if path.file_name().is_some_and(|name| name == "0000.act") {
                continue;
            }
            let Answer::Recorded(proven) = link.ask(Ask::Record(record)).await? else {
                return Err(Failed::Protocol);
            };
            indexes.push((path.clone(), proven.entry.index));
        }
        Ok(indexes)
    })?;
    let listed: Vec<_> = indexes
        .iter()
        .map(|(path, index)| json!({ "file": path, "index": index }))
        .collect();
    let mut text = String::new();
    for (path, index) in &indexes {
        text.push_str(&format!(
            "{} → {} {index}\n",
            path.display(),
            say("日志序号", "log index")
        ));
    }
    globals.print(&json!(listed), &text);
    Ok(ExitCode::SUCCESS)
}

fn status(globals: &Globals, folder: &Path) -> Result<ExitCode, Failed> {
    let authority = Authority::open(folder)?;
    let roster = authority.roster();
    let mut rows = Vec::new();
    for (id, unit) in roster.all::<Unit>() {
        rows.push(vec![
            say("单位", "unit").to_owned(),
            id.to_owned(),
            unit.name,
        ]);
    }
    for (id, device) in roster.all::<Device>() {
        rows.push(vec![
            say("设备", "computer").to_owned(),
            id.to_owned(),
            device.label,
        ]);
    }
    for (id, account) in roster.all::<Account>() {
        let roles: Vec<_> = account
            .roles
            .iter()
            .map(|role| say(role.zh(), role.en()))
            .collect();
        let what = format!("{} {} {}", account.person, account.post, roles.join("、"));
        rows.push(vec![say("帐号", "account").to_owned(), id.to_owned(), what]);
    }
    for (id, seal) in roster.all::<SealGrant>() {
        rows.push(vec![
            say("印章", "seal").to_owned(),
            id.to_owned(),
            seal.name,
        ]);
    }
    let head = [say("类别", "kind"), say("编号", "id"), say("说明", "what")];
    let text = format!(
        "{} {}, {} {}\n{}",
        say("系统", "origin"),
        roster.origin(),
        say("已签发声明", "acts"),
        roster.sequence(),
        table(&head, &rows)
    );
    globals.print(
        &json!({ "origin": roster.origin().as_str(), "acts": authority.files(), "records": rows }),
        &text,
    );
    Ok(ExitCode::SUCCESS)
}
