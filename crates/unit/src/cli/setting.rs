//! Setting a computer up: enrolment, a seal's request.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_document::roster::record::Role;

use super::Globals;
use super::acting::block_on;
use crate::authority::seal_seed;
use crate::home::{Settings, TransportName, read_pin};
use crate::keystore::{DeviceSecrets, SealKey};
use crate::lang::say;
use crate::office::Failed;
use crate::office::enrol;
use crate::office::place::Place;
use crate::office::seal_request;
use crate::ticket::TicketCode;
use crate::token::OwnKey;

/// `yichuan enrol`.
#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// 登记凭证 · the ticket; asked for when it is not given
    #[arg(long)]
    ticket: Option<String>,
    /// 颁发机构公开根 · the authority's public root, at first
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// 交换中心地址 · the exchange's host and port, at first
    #[arg(long, value_name = "HOST:PORT")]
    exchange: Option<String>,
    /// 传输方式 · over what to connect
    #[arg(long, value_enum)]
    transport: Option<TransportName>,
    /// 签名密钥放在该加密狗上：标签或序列号 · make the signing key on this token, named by label
    /// or serial number
    #[arg(long, value_name = "LABEL")]
    token: Option<String>,
    /// 忘记口令后凭新凭证重新登记：原密钥文件另存，不再使用 · after a forgotten password: the old
    /// keystore is set aside and used no more
    #[arg(long)]
    anew: bool,
}

impl Enrol {
    pub(super) fn run(&self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        if let Some(root) = &self.root {
            home.set_pin(&read_pin(root)?)?;
        }
        if let Some(exchange) = &self.exchange {
            let transport = self.transport.unwrap_or_default();
            let known = home.settings().ok();
            let authority = known
                .as_ref()
                .and_then(|settings| settings.authority.clone());
            let known = known.and_then(|settings| settings.token_module);
            home.set_settings(&Settings {
                exchange: exchange.clone(),
                transport,
                language: globals.lang.or(crate::home::language(home.folder())),
                token_module: globals.token_module.clone().or(known),
                authority,
            })?;
        }
        if let (None, Some(module)) = (&self.exchange, &globals.token_module) {
            home.set_settings(&Settings {
                token_module: Some(module.clone()),
                ..home.settings()?
            })?;
        }
        let typed = match &self.ticket {
            Some(ticket) => ticket.clone(),
            None => rpassword::prompt_password(format!("{}: ", say("登记凭证", "ticket")))?,
        };
        let code: TicketCode = typed
            .parse()
            .map_err(|why| Failed::Usage(format!("{why}")))?;
        let place = Place::of(&home)?;
        let password = globals.new_password(say("（新口令）", "(new)"))?;
        let on_token = globals.new_key_place(home.folder(), self.token.as_deref())?;
        let device = DeviceSecrets::of(home.folder())?;
        let done = block_on(enrol::enrol(
            &place.contact(&home),
            &code,
            &password,
            &device,
            enrol::NewKeys {
                on_token: on_token.as_ref(),
                anew: self.anew,
            },
        ))?;
        let (account, on) = (done.account.to_string(), done.device.to_string());
        globals.print(
            &json!({ "account": account, "device": on, "index": done.index }),
            &format!(
                "{} {account} ({on}), {} {}",
                say("已登记", "enrolled"),
                say("日志序号", "log index"),
                done.index
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// `yichuan seal-request`.
#[derive(Debug, Args)]
pub(super) struct SealRequestCommand {
    /// 写入该文件 · write it to this file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// 印章密钥放在该加密狗上：标签或序列号 · make the seal's key on this token, named by label or
    /// serial number
    #[arg(long, value_name = "LABEL")]
    token: Option<String>,
}

impl SealRequestCommand {
    pub(super) fn run(&self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let place = Place::of(&home)?;
        let mirror = crate::office::mirror::Mirror::load(home.folder(), &place.pin)?;
        let mirror = mirror.ok_or(Failed::NoAccountFor(Role::Seal.zh()))?;
        let account = globals.acting(mirror.roster(), home.folder(), Some(Role::Seal))?;
        let mut unlocked = globals.unlock(&home, &account)?;
        let on_token = globals.new_key_place(home.folder(), self.token.as_deref())?;
        let seal = match &on_token {
            Some(place) => SealKey::on_token(place.generate(&format!("yichuan seal {account}"))?),
            None => SealKey::here(&*seal_seed()?),
        };
        let key = seal.at().own_key();
        let kept = seal_request::keep(&mut unlocked, seal);
        if let (Err(_), Some(place), OwnKey::OnToken(key)) = (&kept, &on_token, &key) {
            place.forget(key);
        }
        kept?;
        let line = seal_request::request(&unlocked)?;
        crate::home::replace(&self.out, line.as_bytes())?;
        globals.print(
            &json!({ "account": account.as_str(), "request": self.out }),
            &format!(
                "{} {}",
                say("请将此文件交颁发机构", "hand this file to the authority:"),
                self.out.display()
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}
