//! The authority's commands. Only `submit` talks to a network.

mod changing;
mod clocks;
mod importing;
mod joint;
mod permitted;
mod rooted;
mod signing;
mod told;
pub(super) mod words;

pub use importing::{told_fault, word_of_fault};
pub use told::{ActLine, act_lines, act_name};

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::acting::block_on;
use crate::authority::{self, Authority};
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
        #[command(flatten)]
        others: joint::Others,
    },
    /// 生成根密钥、签发人密钥或托管密钥，并打印申请 · make a key here, and show its public part
    #[command(subcommand)]
    Key(joint::KeyCommand),
    /// 会签 · add this home's signature to a statement that waits for it
    Cosign(joint::Cosign),
    /// 取入他处签好的声明 · take in complete statements that were signed elsewhere
    Take {
        /// 声明文件 · files, in order
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// 与日志同步：取入他人的声明和各单位的密钥 · take in what the log has
    Sync {
        /// 交换中心地址 · the exchange's host and port
        #[arg(long, value_name = "HOST:PORT")]
        exchange: String,
    },
    /// 签发 · sign a statement into a file
    #[command(subcommand)]
    Sign(Box<signing::SignCommand>),
    /// 从表格导入单位名单 · open units from a spreadsheet, every line judged first
    Import(importing::ImportUnits),
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

pub(super) fn run(globals: &Globals, command: AuthorityCommand) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let folder = home.folder();
    match command {
        AuthorityCommand::Init {
            origin,
            officer,
            others,
        } => init(globals, folder, (&origin, &officer), &others),
        AuthorityCommand::Key(command) => command.run(globals, folder),
        AuthorityCommand::Cosign(cosign) => cosign.run(globals, folder),
        AuthorityCommand::Take { files } => joint::take_in(globals, folder, &files),
        AuthorityCommand::Sync { exchange } => joint::synchronise(globals, folder, &exchange),
        AuthorityCommand::Sign(command) => command.run(globals, folder),
        AuthorityCommand::Import(import) => import.run(globals, folder),
        AuthorityCommand::Submit { files, exchange } => submit(globals, folder, files, &exchange),
        AuthorityCommand::Status => status(globals, folder),
    }
}

fn init(
    globals: &Globals,
    folder: &Path,
    (origin, officer): (&str, &str),
    others: &joint::Others,
) -> Result<ExitCode, Failed> {
    let founders = others.founders()?;
    let origin = origin
        .parse()
        .map_err(|why| Failed::Usage(format!("{origin:?}: {why}")))?;
    let officer = officer
        .parse()
        .map_err(|why| Failed::Usage(format!("{officer:?}: {why}")))?;
    let password = globals.new_password(say("（颁发机构）", "(authority)"))?;
    let authority = Authority::found(folder, &origin, &officer, &founders, &password)?;
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
    let keys = Authority::open(folder).map(|authority| authority.exchange_keys());
    let expected = match keys.unwrap_or_default() {
        // Statements are public to every unit and stand by their signatures.
        none if none.is_empty() => Expected::FirstContact,
        keys => Expected::OneOf(keys),
    };
    let target = Target {
        address: exchange.to_owned(),
        transport: Transport::Auto,
        expected,
    };
    let seed = DeviceSecrets::of(folder)?.tls();
    let indexes = block_on(async {
        let link = Link::connect(&target, &seed).await?;
        authority::submit(&link, &files).await
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
    let rows = words::roster(roster);
    let acts: Vec<Vec<String>> = authority.acts().iter().map(words::act_cells).collect();
    let text = format!(
        "{} {}\n{} {}\n\n{}\n{}",
        say("系统", "origin"),
        roster.origin(),
        say("创世摘要", "genesis"),
        roster.genesis(),
        table(&words::act_head(), &acts),
        table(
            &[say("类别", "kind"), say("编号", "id"), say("说明", "what")],
            &rows.iter().map(words::Row::cells).collect::<Vec<_>>(),
        )
    );
    let acts: Vec<_> = authority.acts().iter().map(words::act_json).collect();
    let records: Vec<_> = rows.iter().map(words::Row::json).collect();
    globals.print(
        &json!({
            "origin": roster.origin().as_str(),
            "genesis": roster.genesis().to_string(),
            "sequence": roster.sequence(),
            "acts": acts,
            "records": records,
        }),
        &text,
    );
    Ok(ExitCode::SUCCESS)
}
