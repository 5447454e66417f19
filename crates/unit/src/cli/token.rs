//! `yichuan token`, and what every command does that signs with a token: finding its library,
//! asking for the PIN, logging in.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Globals;
use crate::home;
use crate::lang::{say, table};
use crate::office::Failed;
use crate::token::{Module, NewKeyPlace, OwnKey, Pin, PinState, Seen, TokenName};
use crate::unix;

/// The environment's word for the library of tokens.
const VARIABLE: &str = "YICHUAN_TOKEN_MODULE";

/// `yichuan token`.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// 列出插槽中的加密狗 · the tokens that are in the slots
    List,
    /// 一个加密狗的状态和密钥 · one token: its state and its keys
    Info {
        /// 标签或序列号 · its label or serial number
        token: String,
    },
}

pub(super) fn run(globals: &Globals, command: &TokenCommand) -> Result<ExitCode, Failed> {
    let path = globals.token_module(&globals.folder()?)?;
    let module = Module::open(&path)?;
    match command {
        TokenCommand::List => {
            let all = module.tokens()?;
            let shown: Vec<Value> = all.iter().map(data).collect();
            globals.print(&json!(shown), &listed(&all));
        }
        TokenCommand::Info { token } => {
            let seen = module.find(token)?;
            globals.print(&data(&seen), &described(&seen));
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Globals {
    /// The library that was named for this command, rather than for the home.
    pub(super) fn other_token_module(&self) -> Option<PathBuf> {
        let named = std::env::var_os(VARIABLE).map(PathBuf::from);
        self.token_module.clone().or(named)
    }

    /// The library of the tokens that are used here.
    fn token_module(&self, home: &Path) -> Result<PathBuf, Failed> {
        let known = self.other_token_module();
        known.or_else(|| home::token_module(home)).ok_or_else(|| {
            Failed::Usage(
                say(
                    "请用 --token-module 指明加密狗的 PKCS#11 库",
                    "name the token's PKCS#11 library with --token-module",
                )
                .to_owned(),
            )
        })
    }

    /// The token on which a new key is to be made, if one is named; logged in to.
    pub(super) fn new_key_place(
        &self,
        home: &Path,
        named: Option<&str>,
    ) -> Result<Option<NewKeyPlace>, Failed> {
        let Some(named) = named else { return Ok(None) };
        let path = self.token_module(home)?;
        let module = Module::open(&path)?;
        let token = module.find(named)?.name;
        module.log_in_asking(&token, |token| self.pin(token))?;
        Ok(Some(NewKeyPlace {
            module: path,
            token,
        }))
    }

    /// Makes a key ready to sign: where it is on a token, somebody has to log in.
    pub(super) fn ready(&self, key: &OwnKey) -> Result<(), Failed> {
        key.log_in(|token| self.pin(token))
    }

    /// The PIN: from the descriptor, or asked for.
    fn pin(&self, token: &TokenName) -> Result<Pin, Failed> {
        if let Some(descriptor) = self.pin_fd {
            return Ok(Pin::read(unix::inherited(descriptor)?)?);
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failed::Usage(
                say(
                    "没有终端可输入 PIN：用 --pin-fd",
                    "no terminal to ask for the PIN: use --pin-fd",
                )
                .to_owned(),
            ));
        }
        let asked = format!("{} {token}: ", say("加密狗 PIN", "PIN of the token"));
        Ok(Pin::new(rpassword::prompt_password(asked)?))
    }
}

fn data(seen: &Seen) -> Value {
    json!({
        "slot": seen.slot,
        "label": seen.name.label,
        "serial": seen.name.serial,
        "maker": seen.maker,
        "model": seen.model,
        "pin": seen.pin.word(),
        "own_pad": seen.own_pad,
        "ed25519": seen.ed25519,
        "keys": seen.keys,
    })
}

const fn word(state: PinState) -> (&'static str, &'static str) {
    match state {
        PinState::Good => ("正常", "good"),
        PinState::Low => ("近期输错过", "was wrong lately"),
        PinState::Final => ("再错一次即锁定", "one more wrong one locks it"),
        PinState::Locked => ("已锁定", "locked"),
        PinState::Unset => ("未设置", "not set"),
    }
}

fn pin_word(state: PinState) -> &'static str {
    let (zh, en) = word(state);
    say(zh, en)
}

fn yes_no(yes: bool) -> &'static str {
    if yes {
        say("是", "yes")
    } else {
        say("否", "no")
    }
}

fn listed(all: &[Seen]) -> String {
    if all.is_empty() {
        return say("没有插入加密狗", "no token is in a slot").to_owned();
    }
    let head = [
        say("插槽", "slot"),
        say("标签", "label"),
        say("序列号", "serial"),
        "PIN",
        "Ed25519",
    ];
    let rows: Vec<_> = all
        .iter()
        .map(|seen| {
            vec![
                seen.slot.to_string(),
                crate::token::shown(&seen.name.label),
                crate::token::shown(&seen.name.serial),
                pin_word(seen.pin).to_owned(),
                yes_no(seen.ed25519).to_owned(),
            ]
        })
        .collect();
    table(&head, &rows)
}

fn described(seen: &Seen) -> String {
    let lines = [
        (say("加密狗", "token"), seen.name.to_string()),
        (
            say("厂商", "maker"),
            format!("{} {}", seen.maker, seen.model),
        ),
        (say("插槽", "slot"), seen.slot.to_string()),
        ("PIN", pin_word(seen.pin).to_owned()),
        (
            say("在令牌上输入 PIN", "PIN typed on it"),
            yes_no(seen.own_pad).to_owned(),
        ),
        ("Ed25519", yes_no(seen.ed25519).to_owned()),
        (say("密钥", "keys"), seen.keys.join(", ")),
    ];
    let told: Vec<String> = lines
        .iter()
        .map(|(what, found)| format!("{what}: {found}"))
        .collect();
    told.join("\n")
}
