//! The command line of `yichuan`.

mod acting;
mod agent;
mod answering;
mod assigning;
mod auditing;
mod authority;
mod check;
mod coded;
mod copies;
mod deciding;
mod desk;
mod duty;
mod entering;
mod evidence;
mod hooks;
pub mod inspecting;
pub mod looking;
mod meeting;
mod noting;
mod numbering;
mod oa;
mod password;
mod permitting;
mod picturing;
mod recalling;
mod receiving;
mod reporting;
mod roster;
mod setting;
mod staff;
mod token;
mod typesetting;
mod unit_key;
mod watching;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::home;
use crate::lang::{self, Lang};
use crate::office::Failed;
use crate::report;

pub use acting::local_accounts;
pub use auditing::harmless;
pub use authority::{ActLine, act_lines, act_name, told_fault, word_of_fault};
pub use desk::{DeskAsked, ServeDesk, TlsAsked};

/// 驿传：公文传输 · Yichuan: official documents between offices
#[derive(Debug, Parser)]
#[command(name = "yichuan", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
struct Globals {
    /// 工作目录 · this computer's home [default: $`YICHUAN_HOME`, else ~/.local/share/yichuan]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// 使用的帐号 · the account to act as
    #[arg(long, global = true, value_name = "ACCOUNT")]
    account: Option<String>,
    /// 从该描述符读取口令 · read the password from this descriptor instead of asking
    #[arg(long, global = true, value_name = "N")]
    password_fd: Option<u32>,
    /// 从该描述符读取加密狗 PIN · read the token's PIN from this descriptor instead of asking
    #[arg(long, global = true, value_name = "N")]
    pin_fd: Option<u32>,
    /// 加密狗的 PKCS#11 库，绝对路径 · the token's PKCS#11 library, an absolute path
    /// [default: $`YICHUAN_TOKEN_MODULE`, else as in home.toml]
    #[arg(long, global = true, value_name = "FILE")]
    token_module: Option<PathBuf>,
    /// 以 JSON 输出 · print data as JSON
    #[arg(long, global = true)]
    json: bool,
    /// 语言 · language
    #[arg(long, global = true, value_enum)]
    lang: Option<Lang>,
    /// The command's name, for whoever waits for this home; never an argument.
    #[arg(skip)]
    doing: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 颁发机构：签发单位、帐号、设备和印章 · the authority
    #[command(subcommand)]
    Authority(authority::AuthorityCommand),
    /// 用登记凭证在本机登记帐号 · enrol an account on this computer with its ticket
    Enrol(setting::Enrol),
    /// 更改帐号口令 · change an account's password
    Password(password::Change),
    /// 单位密钥：生成、分发 · the unit's key
    #[command(subcommand)]
    UnitKey(unit_key::UnitKeyCommand),
    /// 加密狗：插槽、令牌及其状态 · tokens: what is in the slots, and its state
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// 申请印章：在密钥库或加密狗中生成印章密钥 · make a seal's key and the request for it
    SealRequest(setting::SealRequestCommand),
    /// 启用印章 · take a seal into use that waits for it
    SealActivate(staff::SealActivate),
    /// 向颁发机构申请：印章、登记凭证、恢复密钥 · apply to the authority
    #[command(subcommand)]
    Apply(staff::ApplyCommand),
    /// 委托代行审批，有起止日期 · have somebody approve while the head is away
    Delegate(staff::Delegation),
    /// 工作交接：双方签名 · hand over a post, signed by both
    #[command(subcommand)]
    HandOver(staff::HandOverCommand),
    /// 名册：单位、帐号、设备、印章及其历史 · the roster and its history
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    /// 单位一览 · the units
    Units,
    /// 通讯录：一个单位的人员、职务、电话 · the people of a unit, with posts and telephones
    People(looking::People),
    /// 拟稿：封装公文 · close a document, ready to be submitted
    Compose(Box<entering::Compose>),
    /// 提交 · submit a composed document
    Submit(entering::Submit),
    /// 取号 · have the next number of a series allotted
    Number(numbering::Number),
    /// 号段检查：已用、空号、重号 · what became of each number
    Numbers(numbering::Numbers),
    /// 撤稿 · withdraw a document before it is dispatched
    Withdraw(deciding::Decide),
    /// 审批通过 · approve a document
    Approve(deciding::Approve),
    /// 审批退改 · refuse a document
    Refuse(deciding::Refuse),
    /// 用印 · set the seal; the last one dispatches the document
    Seal(deciding::Seal),
    /// 发文登记簿 · what the unit sent
    Outbox,
    /// 收文登记簿 · what the unit received
    Inbox,
    /// 公文详情 · one document
    Show(looking::Show),
    /// 收文登记：编收文号 · give a received document its register number
    Register(numbering::Register),
    /// 附注：意见、登记号，只有本单位能看 · notes that only this unit can read
    #[command(subcommand)]
    Note(noting::NoteCommand),
    /// 交接稿：本单位内部移交 · drafts handed over within the unit
    #[command(subcommand)]
    Draft(noting::DraftCommand),
    /// 指定本单位可打开某公文的帐号 · name who of this unit may open a received document
    Assign(assigning::Assign),
    /// 取件并查验 · fetch a document and inspect it
    Fetch(receiving::Fetch),
    /// 签收 · sign for a document
    Sign(receiving::Sign),
    /// 打印：申请、审批、清单 · print: ask, decide, list
    #[command(subcommand)]
    Print(permitting::PrintCommand),
    /// 删除已办结的公文：申请、审批、执行 · delete a completed document: ask, decide, carry out
    #[command(subcommand)]
    Delete(permitting::DeleteCommand),
    /// 退回 · return a document with a reason
    Return(receiving::Return),
    /// 拒收：不作为本单位公文接收 · refuse a delivery outright, looked at or not
    RefuseDelivery(answering::RefuseDelivery),
    /// 签收退文（发文单位） · sign for what a recipient has returned
    Acknowledge(watching::Acknowledge),
    /// 查询接收情况，查询本身会记录 · look at the state of reception; the look is recorded
    Inquire(watching::Inquire),
    /// 撤回：未取件的收回，已取件的发撤回通知 · recall a document
    Recall(recalling::Recall),
    /// 答复撤回通知 · answer a recall that came after the fetch
    RecallAnswer(answering::RecallAnswer),
    /// 延期：申请、审定 · more time: ask for it, decide about it
    #[command(subcommand)]
    Extension(answering::ExtensionCommand),
    /// 记录联系情况 · record that sender and recipient spoke
    Contact(watching::Contact),
    /// 联系记录 · the contacts about a document
    Contacts(watching::Contacts),
    /// 补发：增加收文单位，须审批 · send a dispatched document to more units
    Supplement(recalling::Supplement),
    /// 审批补发 · approve or refuse a supplement
    SupplementApprove(recalling::SupplementApprove),
    /// 重发：为退回的单位重新封装 · close a document once more for a unit that returned it
    Resend(recalling::Resend),
    /// 增发：增加可打印份数 · grant a recipient more copies
    MoreCopies(recalling::MoreCopies),
    /// 会议回执：填写并提交 · fill in a meeting's reply form
    Reply(meeting::Reply),
    /// 会议回执汇总 · what the recipients replied
    Replies(meeting::Replies),
    /// 值班表：设定、查看、谁在值班 · the unit's duty roster
    #[command(subcommand)]
    Duty(duty::DutyCommand),
    /// 通知接口：检查配置、生成密钥、试发 · notification hooks
    #[command(subcommand)]
    Hooks(hooks::HooksCommand),
    /// OA 系统：令牌、使用记录 · OA systems: their tokens, and what was done with them
    #[command(subcommand)]
    Oa(oa::OaCommand),
    /// 排版：由文字稿生成规范公文（OFD、PDF） · set a text as an official document
    #[command(subcommand)]
    Doc(typesetting::DocCommand),
    /// 检查文件：版式、密级标志、签名 · look into an OFD, PDF or office file
    Inspect(inspecting::Inspect),
    /// 画出 OFD、PDF 文件的一页 · draw a page of an OFD or PDF file
    Picture(picturing::Picture),
    /// 导出证据包 · write a document's evidence bundle
    Export(evidence::Export),
    /// 离线验证证据包 · verify an evidence bundle offline
    Verify(evidence::Verify),
    /// 审计：谁在何时办了何事 · who did what, for an auditor
    Audit(auditing::Audit),
    /// 登记与统计：用印、接收、收发文 · what is accounted for: seals, reception, figures
    #[command(subcommand)]
    Report(reporting::ReportCommand),
    /// 检查本机和连接 · look at this computer and its link
    Doctor,
    /// 办公桌面：在本机浏览器中办理公文 · the office's work in a browser on this computer
    Desk(desk::Desk),
    /// 常驻：保持连接并接收通知 · keep the connection and take announcements in
    Agent(agent::Agent),
}

/// Runs the command that was given; `desk` serves the desk.
pub fn main(desk: ServeDesk) -> ExitCode {
    let matches = Cli::command().get_matches();
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.globals.doing = name_of(&matches);
    let folder = cli.globals.folder().ok();
    lang::choose(
        cli.globals.lang,
        folder.and_then(|folder| home::language(&folder)),
    );
    let outcome = execute(cli, desk);
    crate::token::close_all();
    match outcome {
        Ok(code) => code,
        Err(failed) => report::report(&failed),
    }
}

/// The command's words, without any argument.
fn name_of(matches: &ArgMatches) -> String {
    let mut words = Vec::new();
    let mut rest = matches.subcommand();
    while let Some((word, below)) = rest {
        words.push(word);
        rest = below.subcommand();
    }
    words.join(" ")
}

fn execute(cli: Cli, desk: ServeDesk) -> Result<ExitCode, Failed> {
    let globals = cli.globals;
    match cli.command {
        Command::Authority(command) => authority::run(&globals, command),
        Command::Enrol(command) => command.run(&globals),
        Command::Password(command) => command.run(&globals),
        Command::UnitKey(command) => command.run(&globals),
        Command::Token(command) => token::run(&globals, &command),
        Command::SealRequest(command) => command.run(&globals),
        Command::SealActivate(command) => command.run(&globals),
        Command::Apply(command) => command.run(&globals),
        Command::Delegate(command) => command.run(&globals),
        Command::HandOver(command) => command.run(&globals),
        Command::Roster(command) => command.run(&globals),
        Command::Units => looking::units(&globals),
        Command::People(command) => command.run(&globals),
        Command::Compose(command) => command.run(&globals),
        Command::Submit(command) => command.run(&globals),
        Command::Number(command) => command.run(&globals),
        Command::Numbers(command) => command.run(&globals),
        Command::Register(command) => command.run(&globals),
        Command::Note(command) => command.run(&globals),
        Command::Draft(command) => command.run(&globals),
        Command::Withdraw(command) => command.withdraw(&globals),
        Command::Approve(command) => command.run(&globals),
        Command::Refuse(command) => command.run(&globals),
        Command::Seal(command) => command.run(&globals),
        Command::Outbox => looking::outbox(&globals),
        Command::Inbox => looking::inbox(&globals),
        Command::Show(command) => command.run(&globals),
        Command::Assign(command) => command.run(&globals),
        Command::Fetch(command) => command.run(&globals),
        Command::Sign(command) => command.run(&globals),
        Command::Print(command) => command.run(&globals),
        Command::Delete(command) => command.run(&globals),
        Command::Return(command) => command.run(&globals),
        Command::RefuseDelivery(command) => command.run(&globals),
        Command::Acknowledge(command) => command.run(&globals),
        Command::Inquire(command) => command.run(&globals),
        Command::Recall(command) => command.run(&globals),
        Command::RecallAnswer(command) => command.run(&globals),
        Command::Extension(command) => command.run(&globals),
        Command::Contact(command) => command.run(&globals),
        Command::Contacts(command) => command.run(&globals),
        Command::Supplement(command) => command.run(&globals),
        Command::SupplementApprove(command) => command.run(&globals),
        Command::Resend(command) => command.run(&globals),
        Command::MoreCopies(command) => command.run(&globals),
        Command::Reply(command) => command.run(&globals),
        Command::Replies(command) => command.run(&globals),
        Command::Duty(command) => command.run(&globals),
        Command::Hooks(command) => command.run(&globals),
        Command::Oa(command) => command.run(&globals),
        Command::Doc(command) => command.run(&globals),
        Command::Inspect(command) => command.run(&globals),
        Command::Picture(command) => command.run(&globals),
        Command::Export(command) => command.run(&globals),
        Command::Verify(command) => command.run(&globals),
        Command::Audit(command) => command.run(&globals),
        Command::Report(command) => command.run(&globals),
        Command::Doctor => check::doctor(&globals),
        Command::Desk(command) => command.run(&globals, desk),
        Command::Agent(command) => command.run(&globals),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn i7_a_commands_name_holds_no_argument() {
        for (line, name) in [
            (&["yichuan", "inbox"][..], "inbox"),
            (&["yichuan", "enrol", "--ticket=SECRET"], "enrol"),
            (&["yichuan", "enrol", "--ticket", "SECRET"], "enrol"),
            (
                &[
                    "yichuan",
                    "--home",
                    "x",
                    "authority",
                    "sign",
                    "plan",
                    "--file",
                    "y",
                ],
                "authority sign plan",
            ),
        ] {
            let matches = Cli::command().try_get_matches_from(line).unwrap();
            assert_eq!(name_of(&matches), name, "{line:?}");
        }
    }

    /// The files below `folder` that end so.
    fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pages(&path, found);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }

    /// A line as a shell would split it; quotes keep words together, `#` begins a remark.
    fn split(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        for sign in line.split(" #").next().unwrap_or_default().chars() {
            match sign {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.extend(Some(std::mem::take(&mut word))),
                other => word.push(other),
            }
        }
        words.push(word);
        words.retain(|word| !["", "…"].contains(&word.as_str()));
        words
    }

    #[test]
    fn what_the_documents_tell_people_to_type_is_understood() {
        use clap::error::ErrorKind;

        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let mut found = Vec::new();
        pages(&docs, &mut found);
        let mut tried = 0;
        for page in found {
            let text = std::fs::read_to_string(&page).unwrap();
            let fenced = text.split("```").skip(1).step_by(2);
            for line in fenced.flat_map(str::lines) {
                let line = line.trim().trim_start_matches("$ ");
                if !line.starts_with("yichuan ") {
                    continue;
                }
                tried += 1;
                let Err(why) = Cli::command().try_get_matches_from(split(line)) else {
                    continue;
                };
                // Names in capitals or Chinese stand for values; what is left out stands as `…`.
                let excused = match why.kind() {
                    ErrorKind::ValueValidation => true,
                    ErrorKind::MissingRequiredArgument | ErrorKind::InvalidValue => {
                        line.contains('…')
                    }
                    _ => false,
                };
                assert!(excused, "{}: {line}\n{why}", page.display());
            }
        }
        assert!(tried > 50, "only {tried} lines were found");
    }
}
