//! A hook that is a program: run without a shell and with an empty environment, the event as its
//! input, what it says thrown away but for a few words where it fails.

use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::NotDelivered;

/// The most bytes of what it says that are kept.
const SAID_BYTES_MAX: u64 = 2_048;
/// Where programs are looked for that it calls itself.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Runs the program; whoever drops this ends it.
pub(super) async fn run(words: &[String], event: &[u8]) -> Result<(), NotDelivered> {
    let not_started = |why: std::io::Error| NotDelivered::NotStarted(why.to_string());
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| NotDelivered::NotStarted(String::new()))?;
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(not_started)?;
    let (input, errors) = (child.stdin.take(), child.stderr.take());
    let write = async {
        if let Some(mut input) = input {
            // A program may end without having read its input.
            let _ = input.write_all(event).await;
            let _ = input.shutdown().await;
        }
    };
    let listen = async {
        let mut said = Vec::new();
        if let Some(errors) = errors {
            // What is beyond the limit meets a closed pipe.
            let _ = errors.take(SAID_BYTES_MAX).read_to_end(&mut said).await;
        }
        said
    };
    let ((), said, status) = tokio::join!(write, listen, child.wait());
    let status = status.map_err(not_started)?;
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&said);
    let first = said.lines().next().unwrap_or_default();
    let first = first.chars().filter(|sign| !sign.is_control()).take(200);
    Err(NotDelivered::Ended(status.code(), first.collect()))
}
