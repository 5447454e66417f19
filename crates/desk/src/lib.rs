//! The office's work in a browser on its own computer, and the REST interface for its OA system.
//!
//! What it never does: decide anything that `yichuan_unit::office` has not decided, listen where
//! another computer could reach it, or keep a secret while nobody is there.

mod api;
mod bearer;
mod desk;
mod download;
mod entry;
mod guard;
mod hooked;
mod kept;
mod news;
mod oa;
pub mod pictures;
mod problem;
mod seat;
mod serve;
mod sheet;
mod telling;
mod titles;
mod tls;
mod uploads;
mod web;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use yichuan_unit::cli::DeskAsked;
use yichuan_unit::home::Home;
use yichuan_unit::lang::say;
use yichuan_unit::office::Failed;

pub use api::{document, router};
pub use desk::{Bounds, Desk};
pub use web::IS_BUILT;

/// How many threads answer; the work itself runs on threads of its own.
const THREADS: usize = 2;

/// Serves the desk until it is stopped.
pub fn run(asked: DeskAsked) -> Result<ExitCode, Failed> {
    let home = Home::take(&asked.home, "desk")?;
    // An enrolled computer, or nothing that anybody could sign in to.
    let pin = home.pin()?;
    if let Some(folder) = &asked.authority {
        // One that was named must be one, and this installation's.
        yichuan_unit::authority::require_here(folder, &pin)?;
    }
    uploads::sweep(home.folder())?;
    sweep_reviewed(home.folder())?;
    drop(home);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(serving(asked))?;
    Ok(ExitCode::SUCCESS)
}

async fn serving(asked: DeskAsked) -> Result<(), Failed> {
    let tls = asked.tls.as_ref();
    let acceptor = tls.map(tls::acceptor).transpose()?;
    let (port, listeners) = serve::listen(asked.port, tls.map(|tls| tls.listen)).await?;
    let mut desk = Desk::new(asked.home, port, asked.idle_seconds);
    desk.name = tls.map(|tls| tls.name.to_ascii_lowercase());
    desk.token_module = asked.token_module;
    desk.authority = asked.authority;
    let desk = Arc::new(desk);
    if let Some((account, password)) = asked.oa {
        let desk = Arc::clone(&desk);
        let opened = tokio::task::spawn_blocking(move || desk.oa.open(&desk, &account, password));
        opened.await.map_err(std::io::Error::other)??;
    }
    let address = desk.address();
    if asked.json {
        println!("{}", json!({ "address": address, "pages": IS_BUILT }));
    } else {
        let words = if asked.tls.is_some() {
            say(
                "在本单位计算机的浏览器中打开",
                "open in a browser of the office's computers",
            )
        } else {
            say("在本机浏览器中打开", "open in a browser on this computer")
        };
        println!("{words}: {address}");
    }
    tokio::spawn(Arc::clone(&desk).look_after());
    let ended = async {
        // Where it cannot be waited for, the desk ends with the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    serve::serve(listeners, acceptor, router(&desk), ended).await;
    desk.close().await;
    sweep_reviewed(&desk.home)?;
    Ok(())
}

/// Removes the files that were opened to be looked at and not decided about.
fn sweep_reviewed(home: &std::path::Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(home.join("reviewed")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
