//! The command line of `yichuan-exchange`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{run, setup};

/// 公文交换中心 · the exchange
#[derive(Debug, Parser)]
#[command(name = "yichuan-exchange", version, about, max_term_width = 100)]
pub struct Cli {
    /// 工作目录 · the exchange's home
    #[arg(long, value_name = "DIR", default_value = ".")]
    home: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 初始化：生成配置和密钥 · make configuration and keys; prints what the authority certifies
    Init {
        /// 系统名称 · the exchange's name in signed data
        #[arg(long)]
        origin: String,
        /// 监听地址 · where the protocol is served
        #[arg(long, default_value = "0.0.0.0:7300")]
        listen: String,
    },
    /// 更换密钥：生成新密钥和申请 · make the keys that take over; prints what the authority certifies
    NewKeys {
        /// 只申请新密钥：现用密钥就此停用，或已丢失、泄露 · the new keys alone; the present ones end
        #[arg(long)]
        alone: bool,
    },
    /// 载入颁发机构的声明 · take in statements of the authority while stopped
    Admit {
        /// 声明文件，首次须以创世声明开头 · files; at first the genesis comes first
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// 运行 · serve until asked to stop
    Run {
        /// 就绪后把地址写入此文件 · once serving, write the addresses to this file
        #[arg(long, value_name = "FILE")]
        ready_file: Option<PathBuf>,
    },
}

/// Runs the command that was given.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("错误 · error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: &Cli) -> Result<(), String> {
    match &cli.command {
        Command::Init { origin, listen } => init(&cli.home, origin, listen),
        Command::NewKeys { alone } => {
            let request = setup::rotate(&cli.home, *alone).map_err(|error| error.to_string())?;
            keep_request(&cli.home, &request)
        }
        Command::Admit { files } => {
            let runtime = runtime()?;
            let size = runtime
                .block_on(setup::admit(&cli.home, files))
                .map_err(|error| error.to_string())?;
            println!("日志现有 {size} 条 · the log has {size} entries");
            Ok(())
        }
        Command::Run { ready_file } => runtime()?
            .block_on(run::run(&cli.home, |addresses| {
                announce(addresses, ready_file.as_deref());
            }))
            .map_err(|error| error.to_string()),
    }
}

fn init(home: &Path, origin: &str, listen: &str) -> Result<(), String> {
    let config = format!("origin = {origin:?}\nlisten = {listen:?}\n");
    let request = setup::init(home, &config).map_err(|error| error.to_string())?;
    keep_request(home, &request)
}

fn keep_request(home: &Path, request: &str) -> Result<(), String> {
    let path = home.join("exchange.request");
    std::fs::write(&path, request).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}", request.trim_end());
    println!(
        "请将 {path} 交颁发机构签发 · have the authority sign {path}",
        path = path.display()
    );
    Ok(())
}

fn announce(addresses: run::Addresses, ready_file: Option<&Path>) {
    let text = format!(
        "protocol {}\nstatus {}\n",
        addresses.protocol, addresses.status
    );
    print!("{text}");
    if let Some(path) = ready_file
        && let Err(error) = write_whole(path, &text)
    {
        tracing::error!(%error, path = %path.display(), "the ready file cannot be written");
    }
}

/// Writes a file so that a reader sees it whole or not at all.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text)?;
    std::fs::rename(&partial, path)
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))
}
