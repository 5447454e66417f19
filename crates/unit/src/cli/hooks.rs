//! Notification hooks: looking at their configuration, making keys, trying one out.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use rand_core::Rng as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Globals;
use super::acting::block_on;
use crate::hooks::{CONFIG, Config, Hook, Way, deliver, is_name, key_path, trial};
use crate::lang::{say, table};
use crate::office::Failed;
use crate::unix;

/// `yichuan hooks`.
#[derive(Debug, Subcommand)]
pub(super) enum HooksCommand {
    /// 检查配置 hooks.toml · look at the configuration, hooks.toml in the home
    Check,
    /// 生成签名密钥，写入只有本人可读的文件 · make the key with which a hook's events are signed
    Key(Named),
    /// 试发一条 · send one event for trial
    Try(Named),
}

/// A hook.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// 名称 · its name
    name: String,
}

impl HooksCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Check => check(globals),
            Self::Key(named) => named.key(globals),
            Self::Try(named) => named.send(globals),
        }
    }
}

fn check(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let config = Config::of(home.folder()).map_err(Failed::Hooks)?;
    let Some(config) = config else {
        let text = say(
            "没有配置通知接口；见 docs/using/hooks.md",
            "there are no hooks; docs/using/hooks.md says how to begin",
        );
        globals.print(&json!([]), text);
        return Ok(ExitCode::SUCCESS);
    };
    let listed: Vec<Value> = config.hooks().iter().map(as_json).collect();
    let rows: Vec<Vec<String>> = config.hooks().iter().map(row).collect();
    let head = [
        say("名称", "name"),
        say("方式", "way"),
        say("事项", "events"),
        say("对象", "for"),
        say("紧急程度", "urgency"),
    ];
    globals.print(&json!(listed), &table(&head, &rows));
    Ok(ExitCode::SUCCESS)
}

fn way(hook: &Hook) -> String {
    match hook.way() {
        Way::Command(words) => words.first().cloned().unwrap_or_default(),
        Way::Post(target) => target.shown(),
    }
}

fn row(hook: &Hook) -> Vec<String> {
    let events: Vec<&str> = hook.events().iter().map(|it| it.name()).collect();
    let audiences: Vec<&str> = hook.audiences().iter().map(|it| it.name()).collect();
    let urgency = hook.urgency();
    vec![
        hook.name().to_owned(),
        way(hook),
        events.join(","),
        audiences.join(","),
        say(urgency.zh(), urgency.en()).to_owned(),
    ]
}

fn as_json(hook: &Hook) -> Value {
    json!({
        "name": hook.name(),
        "way": way(hook),
        "events": hook.events().iter().map(|it| it.name()).collect::<Vec<_>>(),
        "audience": hook.audiences().iter().map(|it| it.name()).collect::<Vec<_>>(),
        "urgency": hook.urgency().en(),
        "timeout_seconds": hook.limit().as_secs(),
        "duty": hook.duty(),
    })
}

impl Named {
    fn key(self, globals: &Globals) -> Result<ExitCode, Failed> {
        if !is_name(&self.name) {
            return Err(Failed::Usage(format!("{:?}", self.name)));
        }
        let home = globals.take_home()?;
        let path = key_path(home.folder(), &self.name);
        unix::create_private_folder(&home.folder().join("hooks"))?;
        let mut key = Zeroizing::new([0; 32]);
        crate::chance()?.fill_bytes(key.as_mut());
        let text = Zeroizing::new(data_encoding::HEXLOWER.encode(key.as_ref()));
        let mut file = unix::create_private(&path)
            .map_err(|why| Failed::Usage(format!("{}: {why}", path.display())))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let told = say("密钥已写入", "the key was written to");
        globals.print(
            &json!({ "file": path }),
            &format!("{told}: {}", path.display()),
        );
        Ok(ExitCode::SUCCESS)
    }

    fn send(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let config = Config::of(home.folder()).map_err(Failed::Hooks)?;
        let hooks = config.as_ref().map(Config::hooks).unwrap_or_default();
        let hook = hooks.iter().find(|hook| hook.name() == self.name);
        let (Some(hook), Some(config)) = (hook, &config) else {
            return Err(Failed::Usage(format!("{CONFIG}: {:?}", self.name)));
        };
        let event = trial();
        block_on(async {
            let sent = deliver(hook, config.allowed(), &event).await;
            sent.map_err(|why| Failed::NotNow(format!("{}: {why}", self.name)))
        })?;
        globals.print(&json!({ "sent": event }), say("已送达", "it was delivered"));
        Ok(ExitCode::SUCCESS)
    }
}
