//! OA systems: issue and revoke their tokens, see what was done with them.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yichuan_document::statement::NoteKind;
use yichuan_document::{AccountId, Timestamp};

use super::Globals;
use super::acting::block_on;
use super::noting::text_of;
use crate::lang::{local, say, table};
use crate::oa::{self, Act, ISSUED, Issued, Line, NotIssued, REVOKED, TagKey, Wanted};
use crate::office::Failed;

/// `yichuan oa`.
#[derive(Debug, Subcommand)]
pub(super) enum OaCommand {
    /// 令牌：签发、列出、吊销 · tokens: issue, list, revoke
    #[command(subcommand)]
    Token(TokenCommand),
    /// 本机使用记录 · what was done with tokens on this computer
    Log(Log),
    /// 交换中心记录的签发和吊销 · what the exchange has recorded of the unit's tokens
    History,
}

/// `yichuan oa token`.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// 签发，令牌只显示一次 · issue one; it is shown once
    New(New),
    /// 列出本机的令牌 · the tokens of this computer
    List,
    /// 吊销，立即失效 · revoke one; it is worth nothing at once
    Revoke(Revoke),
}

/// `yichuan oa token new`.
#[derive(Debug, Args)]
pub(super) struct New {
    /// OA 系统名称 · the OA system's name
    #[arg(long)]
    system: String,
    /// 许可事项：submit、state、fetch、sign、return、register · what it may do
    #[arg(long, value_delimiter = ',', required = true)]
    acts: Vec<String>,
    /// 有效期（天） · for how many days
    #[arg(long, default_value_t = 90)]
    days: u32,
}

/// `yichuan oa token revoke`.
#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// 令牌编号，见 yichuan oa token list · its id, from `yichuan oa token list`
    id: String,
}

/// `yichuan oa log`.
#[derive(Debug, Args)]
pub(super) struct Log {
    /// 最多几条 · at most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    count: u16,
}

impl OaCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Token(TokenCommand::New(new)) => new.run(globals),
            Self::Token(TokenCommand::List) => list(globals),
            Self::Token(TokenCommand::Revoke(revoke)) => revoke.run(globals),
            Self::Log(log) => log.run(globals),
            Self::History => history(globals),
        }
    }
}

impl From<NotIssued> for Failed {
    fn from(why: NotIssued) -> Self {
        match why {
            NotIssued::Io(error) => Self::Io(error),
            why => Self::Usage(why.words()),
        }
    }
}

impl New {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let act = |code: &String| {
            Act::from_code(code).ok_or_else(|| Failed::Usage(format!("--acts {code:?}")))
        };
        let wanted = Wanted {
            acts: self
                .acts
                .iter()
                .map(act)
                .collect::<Result<BTreeSet<_>, _>>()?,
            system: self.system,
            days: self.days,
        };
        let home = globals.take_home()?;
        let (token, issued, index) = block_on(async {
            let (mut session, unlocked) = globals.session(&home, None).await?;
            let account = unlocked.account.clone();
            let record = session.mirror.roster().account(&account);
            let roles = record.map(|record| record.roles).unwrap_or_default();
            let key = TagKey::of(&unlocked.secrets.content);
            let (token, issued) = wanted.token((&account, &roles), &key, crate::now())?;
            oa::has_room(home.folder())?;
            // The unit knows of it before it counts.
            let told = issued.told(ISSUED);
            let (index, _) = session.add_note(NoteKind::OaAccess, None, &told).await?;
            oa::note(home.folder(), &Line::now("issued").of(&issued))?;
            issued.keep(home.folder())?;
            Ok((token, issued, index))
        })?;
        let mut shown = as_json(&issued);
        shown["token"] = json!(token.reveal());
        shown["index"] = json!(index);
        let words = say(
            "令牌只显示这一次，交给 OA 系统妥善保存",
            "the token is shown this once; give it to the OA system to keep",
        );
        let text = format!(
            "{words}:\n{}\n{}: {}\n",
            token.reveal(),
            say("编号", "id"),
            issued.id()
        );
        globals.print(&shown, &text);
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(issued: &Issued) -> Value {
    json!({
        "id": issued.id(),
        "account": issued.account.as_str(),
        "system": issued.system,
        "acts": issued.acts.iter().map(|act| act.code()).collect::<Vec<_>>(),
        "issued_ms": issued.issued.unix_ms(),
        "until_ms": issued.until.unix_ms(),
        "good": issued.is_good_at(crate::now()),
    })
}

fn list(globals: &Globals) -> Result<ExitCode, Failed> {
    let tokens = oa::all(&globals.folder()?)?;
    let listed: Vec<Value> = tokens.iter().map(as_json).collect();
    let row = |issued: &Issued| {
        let acts: Vec<&str> = issued
            .acts
            .iter()
            .map(|act| say(act.words().0, act.words().1))
            .collect();
        let mut until = local(issued.until);
        if !issued.is_good_at(crate::now()) {
            until.push_str(say("（已到期）", " (ended)"));
        }
        vec![
            issued.id(),
            issued.system.clone(),
            issued.account.to_string(),
            acts.join("、"),
            until,
        ]
    };
    let text = if tokens.is_empty() {
        let (zh, en) = (
            "还没有令牌。签发：yichuan oa token new",
            "no tokens yet. To issue one: yichuan oa token new",
        );
        say(zh, en).to_owned()
    } else {
        let head = [
            say("编号", "id"),
            say("OA 系统", "OA system"),
            say("帐号", "account"),
            say("许可事项", "may"),
            say("有效至", "until"),
        ];
        table(&head, &tokens.iter().map(row).collect::<Vec<_>>())
    };
    globals.print(&json!(listed), &text);
    Ok(ExitCode::SUCCESS)
}

impl Revoke {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        // The home is not waited for: what is revoked must end at once.
        let folder = globals.folder()?;
        let revoked = oa::revoke(&folder, &self.id)?;
        let revoked = revoked.ok_or_else(|| Failed::Usage(format!("{:?}", self.id)))?;
        if let Err(error) = oa::note(&folder, &Line::now("revoked").of(&revoked)) {
            // It is revoked all the same.
            eprintln!("{}: {error}", say("没有写入记录", "not written down"));
        }
        let words = say("已吊销", "it was revoked");
        let recorded = tell_exchange(globals, &revoked);
        if let Err(why) = &recorded {
            let told = crate::report::explained::explain(why).what;
            let not = say(
                "已失效；尚未告知交换中心",
                "it is worth nothing; the exchange was not told",
            );
            eprintln!("{not}: {told}");
        }
        let mut shown = as_json(&revoked);
        shown["revoked"] = json!(true);
        shown["index"] = json!(recorded.ok());
        globals.print(&shown, words);
        Ok(ExitCode::SUCCESS)
    }
}

/// Has the exchange record that a token was revoked, as the account that had issued it.
fn tell_exchange(globals: &Globals, revoked: &Issued) -> Result<u64, Failed> {
    let home = globals.take_home()?;
    let mut named = globals.clone();
    named
        .account
        .get_or_insert_with(|| revoked.account.to_string());
    block_on(async {
        let (mut session, _) = named.session(&home, None).await?;
        let told = revoked.told(REVOKED);
        let (index, _) = session.add_note(NoteKind::OaAccess, None, &told).await?;
        Ok(index)
    })
}

impl Log {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let named: Option<AccountId> = match &globals.account {
            Some(name) => Some(
                name.parse()
                    .map_err(|_| Failed::Usage(format!("{name:?}")))?,
            ),
            None => None,
        };
        let wanted = |line: &Line| {
            let mut named = named.iter();
            named.all(|account| line.account.as_deref() == Some(account.as_str()))
        };
        let lines = oa::read_log(&globals.folder()?, wanted, self.count.into())?;
        let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
        let head = [
            say("时间", "time"),
            say("事项", "what"),
            say("OA 系统", "OA system"),
            say("令牌", "token"),
            say("帐号", "account"),
            say("操作", "operation"),
            say("公文", "document"),
            say("结果", "outcome"),
        ];
        globals.print(&json!(lines), &table(&head, &rows));
        Ok(ExitCode::SUCCESS)
    }
}

fn row(line: &Line) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        local(Timestamp::from_unix_ms(line.time_ms)),
        line.what.clone(),
        text(&line.system),
        text(&line.token),
        text(&line.account),
        text(&line.operation),
        text(&line.document),
        text(&line.outcome),
    ]
}

fn history(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let (rows, listed) = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        let (mut rows, mut listed) = (Vec::new(), Vec::new());
        for noted in session.notes()? {
            if !noted.is(NoteKind::OaAccess) {
                continue;
            }
            let text = text_of(&session, &noted).await?;
            rows.push(vec![
                local(noted.time),
                noted.account.to_string(),
                text.clone(),
            ]);
            listed.push(json!({
                "account": noted.account.as_str(),
                "time_ms": noted.time.unix_ms(),
                "index": noted.index,
                "text": text,
            }));
        }
        Ok((rows, listed))
    })?;
    let head = [
        say("时间", "time"),
        say("帐号", "account"),
        say("内容", "words"),
    ];
    globals.print(&json!(listed), &table(&head, &rows));
    Ok(ExitCode::SUCCESS)
}
