//! `yichuan authority key|cosign|take|sync`: what several people of the authority do together.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::super::Globals;
use super::super::acting::block_on;
use super::signing::{asked, text};
use super::words;
use crate::authority::{
    self, Authority, Founders, MakerFiles, REQUEST_BYTES_MAX, Request, RootRequest, SealMaker,
    escrow_request, officer_request, root_request,
};
use crate::keystore::{DeviceSecrets, Password};
use crate::lang::say;
use crate::office::Failed;

/// The other founders of a root set, or the other holders of the next one.
#[derive(Debug, Args)]
pub(in super::super) struct Others {
    /// 其他根密钥持有人的申请文件 · the requests of the other holders of root keys
    #[arg(long, value_delimiter = ',', value_name = "FILES")]
    roots: Vec<PathBuf>,
    /// 须有几把根密钥签名，缺省为全部 · how many root keys must sign; all, if it is not said
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threshold: u8,
}

impl Others {
    pub(super) fn founders(&self) -> Result<Founders, Failed> {
        let mut others = Vec::new();
        for path in &self.roots {
            others.push(RootRequest::read(&text(path, REQUEST_BYTES_MAX)?)?);
        }
        Ok(Founders {
            others,
            threshold: self.threshold,
        })
    }
}

/// `yichuan authority key`.
#[derive(Debug, Subcommand)]
pub(in super::super) enum KeyCommand {
    /// 根密钥及其接任者；已在任时为接任者及其后任 · a root key and its successor
    Root,
    /// 签发人密钥 · an officer's key
    Officer {
        /// 签发人 · the officer's person id
        #[arg(long)]
        person: String,
    },
    /// 托管密钥 · the escrow key for halves of the units' seeds
    Escrow,
    /// 制章密钥及其证书 · the key that makes electronic seals, and its certificates
    SealMaker,
}

impl KeyCommand {
    pub(super) fn run(self, globals: &Globals, folder: &Path) -> Result<ExitCode, Failed> {
        let (name, line) = match self {
            Self::SealMaker => return seal_maker(globals, folder),
            Self::Root => {
                let password = own_password(globals, folder)?;
                ("root", root_request(folder, &password)?.to_line())
            }
            Self::Officer { person } => {
                let usage = |why| Failed::Usage(format!("{person:?}: {why}"));
                let person = person.parse().map_err(usage)?;
                let password = own_password(globals, folder)?;
                let request = officer_request(folder, &person, &password)?;
                ("officer", request.to_line())
            }
            Self::Escrow => {
                let password = own_password(globals, folder)?;
                ("escrow", escrow_request(folder, &password)?.to_line())
            }
        };
        let path = folder.join(format!("{name}.request"));
        crate::home::replace(&path, line.as_bytes())?;
        globals.print(
            &json!({ "request": path, "line": line.trim_end() }),
            &format!(
                "{}{}\n{} {}",
                line,
                say(
                    "请将申请文件当面交给颁发机构，并备份本目录中的密钥文件：",
                    "hand the request over in person, and back the key files here up:"
                ),
                say("申请", "request"),
                path.display()
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes the key that makes electronic seals, or finds it, and tells where its certificates are.
fn seal_maker(globals: &Globals, folder: &Path) -> Result<ExitCode, Failed> {
    let authority = Authority::open(folder)?;
    let origin = authority.roster().origin();
    SealMaker::open_or_make(folder, origin.as_str(), &asked(globals)?)?;
    let files = MakerFiles::of(folder);
    globals.print(
        &json!({ "root": files.root, "maker": files.maker }),
        &format!(
            "{}\n{}: {}\n{}: {}",
            say(
                "证书可公开，请交给用其他软件查验电子印章的人：",
                "the certificates are public: give them to whoever checks seals with other programs"
            ),
            say("印章根", "root"),
            files.root.display(),
            say("制章人", "maker"),
            files.maker.display()
        ),
    );
    Ok(ExitCode::SUCCESS)
}

/// A new password for the first key of a home, the one of its keys afterwards.
fn own_password(globals: &Globals, folder: &Path) -> Result<Password, Failed> {
    let there = ["root", "officer", "escrow"]
        .iter()
        .any(|name| folder.join(format!("{name}.key")).exists());
    if there {
        asked(globals)
    } else {
        let password = globals.new_password(say("（颁发机构）", "(authority)"))?;
        password.check().map_err(|_| Failed::WeakPassword)?;
        Ok(password)
    }
}

/// `yichuan authority cosign`.
#[derive(Debug, Args)]
pub(in super::super) struct Cosign {
    /// 待会签的声明 · the statement that waits
    file: PathBuf,
}

impl Cosign {
    pub(super) fn run(self, globals: &Globals, folder: &Path) -> Result<ExitCode, Failed> {
        // What is signed is shown before the password is asked for.
        let claimed = authority::claimed(&self.file)?;
        if !globals.json {
            eprint!("{}", words::claimed(&claimed));
        }
        let outcome = authority::cosign(folder, &self.file, &asked(globals)?)?;
        let act = &outcome.act;
        let state = if outcome.added {
            say("已会签", "signed")
        } else {
            say("此前已会签", "was signed here before")
        };
        let rest = if act.missing == 0 {
            say("签名已齐，可以提交", "complete: it can be submitted").to_owned()
        } else {
            format!(
                "{} {}",
                say("尚缺签名", "signatures still missing:"),
                act.missing
            )
        };
        globals.print(
            &json!({
                "added": outcome.added,
                "missing": act.missing,
                "act": words::act_json(act),
            }),
            &format!("{state} {}\n{rest}", act.file.display()),
        );
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) fn take_in(
    globals: &Globals,
    folder: &Path,
    files: &[PathBuf],
) -> Result<ExitCode, Failed> {
    let mut lines = String::new();
    let mut acts = Vec::new();
    for path in files {
        let act = authority::take(folder, path)?;
        lines.push_str(&words::told(&act));
        acts.push(words::act_json(&act));
    }
    globals.print(&json!(acts), &lines);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn synchronise(
    globals: &Globals,
    folder: &Path,
    address: &str,
) -> Result<ExitCode, Failed> {
    let seed = DeviceSecrets::of(folder)?.tls();
    let synced = block_on(authority::sync(folder, address, &seed))?;
    let mut text = format!(
        "{} {}\n{} {}",
        say("日志中的名册声明", "statements of the roster in the log:"),
        synced.statements,
        say("取入他处签发的声明", "taken in, signed elsewhere:"),
        synced.taken
    );
    for path in &synced.overtaken {
        text.push_str(&format!(
            "\n{}: {}",
            path.display(),
            say(
                "日志中此号已是另一声明，须重新签发",
                "another act has this number in the log; sign it again"
            )
        ));
    }
    globals.print(
        &json!({
            "statements": synced.statements,
            "taken": synced.taken,
            "overtaken": synced.overtaken,
        }),
        &text,
    );
    Ok(ExitCode::SUCCESS)
}
