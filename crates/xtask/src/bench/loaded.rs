//! Figures that the `load` program of `tests/` measures: it speaks as a unit, which holds keys,
//! and this tool holds none.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use yichuan_xtask::installation::{PASSWORD, text};
use yichuan_xtask::{Failure, Installation, Programs};

use super::{Figure, figure};
use crate::workspace::target;

/// Rounds of what is compared, one after the other, so that both meet the same noise.
const ROUNDS: usize = 3;
/// How much of the large document goes as a body in each round.
const BODY_BYTES: u64 = 256 << 20;
/// Submissions, and how many submitters send them at once.
const SUBMISSIONS: usize = 6_400;
const SUBMITTERS: usize = 64;
/// Documents that are announced one by one.
const ANNOUNCEMENTS: usize = 50;

pub(super) fn load(arguments: &[&str]) -> Result<Value, Failure> {
    let mut child = Command::new(target().join("release").join("load"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(PASSWORD.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(Failure(format!("load {}", arguments.join(" "))));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Failure(error.to_string()))
}

pub(super) fn number(value: &Value, key: &str) -> Result<f64, Failure> {
    let missing = || Failure(format!("{key} is missing in {value}"));
    value[key].as_f64().ok_or_else(missing)
}

/// The middle one of the rounds.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Closing alone: encrypt, hash, wrap for three recipients and sign, in memory and to a file.
pub(super) fn closing(folder: &Path, file: &Path) -> Result<Vec<Figure>, Failure> {
    let (body, copy) = (folder.join("closed"), folder.join("copied"));
    let (mut to_nowhere, mut to_file) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let closed = load(&["close", "--file", text(file)?])?;
        let seconds = number(&closed, "seconds")?;
        to_nowhere.push(number(&closed, "sha256_seconds")? / seconds);
        // Both write a file that was not there, as composing always does.
        for path in [&body, &copy] {
            if path.exists() {
                fs::remove_file(path)?;
            }
        }
        let since = Instant::now();
        if !Command::new("cp").args([file, &copy]).status()?.success() {
            return Err(Failure("cp failed".to_owned()));
        }
        let copied = since.elapsed().as_secs_f64();
        let closed = load(&["close", "--file", text(file)?, "--to", text(&body)?])?;
        to_file.push(copied / number(&closed, "seconds")?);
    }
    fs::remove_file(body)?;
    fs::remove_file(copy)?;
    Ok(vec![
        figure(
            "close_speed_to_sha256",
            median(to_nowhere),
            "ratio",
            true,
            ">= 0.5, goal 0.8",
        ),
        figure(
            "close_speed_to_cp",
            median(to_file),
            "ratio",
            true,
            ">= 0.5",
        ),
    ])
}

/// Many small documents at once over both transports, with the store in memory.
pub(super) fn submissions(
    installation: &mut Installation,
    folder: &Path,
) -> Result<Vec<Figure>, Failure> {
    let over_tcp = [
        "submissions_per_second_tcp",
        "submission_p50_tcp",
        "submission_p99_tcp",
    ];
    let over_quic = [
        "submissions_per_second_quic",
        "submission_p50_quic",
        "submission_p99_quic",
    ];
    submitted(
        installation,
        folder,
        &[("tcp", over_tcp), ("quic", over_quic)],
    )
}

/// The same over TCP, with every home on the disk that has the build folder.
pub(super) fn submissions_on_disk(programs: Programs) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::Builder::new()
        .prefix("yichuan-bench")
        .tempdir_in(target())?;
    let place = folder.path().join("i");
    let mut installation = Installation::found_larger(&place, programs, "tcp", &mut |_| {})?;
    let on_disk = [
        "submissions_per_second_disk",
        "submission_p50_disk",
        "submission_p99_disk",
    ];
    submitted(&mut installation, folder.path(), &[("tcp", on_disk)])
}

/// Many small documents at once, and whether all are there after a restart.
fn submitted(
    installation: &mut Installation,
    folder: &Path,
    transports: &[(&str, [&'static str; 3])],
) -> Result<Vec<Figure>, Failure> {
    let file = folder.join("small.bin");
    fs::write(&file, [7; 16 << 10])?;
    let sender = installation.offices[0].clone();
    let account = format!("{}-fs01", sender.code);
    let recipients: Vec<&str> = installation.offices[1..]
        .iter()
        .map(|office| office.code)
        .collect();
    let (documents, submitters) = (SUBMISSIONS.to_string(), SUBMITTERS.to_string());
    let who = ["--home", text(&sender.home)?, "--account", &account];
    let what = [
        "--to",
        &recipients.join(","),
        "--documents",
        &documents,
        "--submitters",
        &submitters,
        "--file",
        text(&file)?,
    ];
    let submit = |transport| {
        let arguments = [
            ["submit"].as_slice(),
            &who,
            &what,
            &["--transport", transport],
        ]
        .concat();
        load(&arguments)
    };
    let (mut figures, mut sent) = (Vec::new(), 0.0);
    for (transport, names) in transports {
        let measured = submit(*transport)?;
        println!("submissions over {transport}: {measured}");
        sent += number(&measured, "submitted")?;
        figures.extend(submission_figures(*names, &measured)?);
    }
    installation.stop()?;
    installation.start()?;
    // What this computer has kept of the events does not count; the exchange tells them anew.
    fs::remove_dir_all(sender.home.join("feeds"))?;
    let counted = load(&[["count"].as_slice(), &who].concat())?;
    let there = number(&counted, "submissions")?;
    if there < sent {
        return Err(Failure(format!(
            "{sent} were acknowledged, {there} are there"
        )));
    }
    Ok(figures)
}

fn submission_figures(
    [per_second, p50, p99]: [&'static str; 3],
    measured: &Value,
) -> Result<Vec<Figure>, Failure> {
    let asked = ">= 1,000, goal 5,000";
    let rate = number(measured, "per_second")?;
    Ok(vec![
        figure(per_second, rate, "1/s", true, asked),
        figure(p50, number(measured, "p50_ms")?, "ms", false, ""),
        figure(p99, number(measured, "p99_ms")?, "ms", false, ""),
    ])
}

/// From the custodian's seal to the recipient's program holding the announcement; with a file,
/// while that is uploaded.
fn announcement(
    installation: &Installation,
    folder: &Path,
    transport: &str,
    uploading: Option<&Path>,
) -> Result<Value, Failure> {
    let (sender, recipient) = (&installation.offices[0], &installation.offices[1]);
    let code = sender.code;
    let accounts = format!("{code}-fs01,{code}-sp01,{code}-yz01");
    let (seal, account) = (format!("{code}-seal01"), format!("{}-js01", recipient.code));
    let (rounds, file) = (ANNOUNCEMENTS.to_string(), folder.join("small.bin"));
    let mut arguments = vec![
        "announce",
        "--transport",
        transport,
        "--accounts",
        &accounts,
    ];
    arguments.extend([
        "--from",
        text(&sender.home)?,
        "--home",
        text(&recipient.home)?,
    ]);
    arguments.extend(["--account", &account, "--seal", &seal, "--rounds", &rounds]);
    arguments.extend(["--file", text(&file)?]);
    if let Some(uploading) = uploading {
        arguments.extend(["--while-uploading", text(uploading)?]);
    }
    load(&arguments)
}

/// How soon an announcement comes, in an idle system and beside a large upload.
pub(super) fn announcements(
    installation: &Installation,
    folder: &Path,
    large: &Path,
) -> Result<Vec<Figure>, Failure> {
    let quic = announcement(installation, folder, "quic", None)?;
    let tcp = announcement(installation, folder, "tcp", None)?;
    let busy = announcement(installation, folder, "tcp", Some(large))?;
    println!("announcements while 1 GiB is uploaded over TCP: {busy}");
    let milliseconds = |name, value: &Value, key, asked| {
        Ok::<_, Failure>(figure(name, number(value, key)?, "ms", false, asked))
    };
    Ok(vec![
        milliseconds("announcement_p50_quic", &quic, "p50_ms", "<= 10")?,
        milliseconds("announcement_p99_quic", &quic, "p99_ms", "")?,
        milliseconds("announcement_p50_tcp", &tcp, "p50_ms", "<= 10")?,
        milliseconds("announcement_p99_tcp", &tcp, "p99_ms", "")?,
        milliseconds("announcement_p50_beside_upload", &busy, "p50_ms", "<= 50")?,
        milliseconds("announcement_most_beside_upload", &busy, "most_ms", "<= 50")?,
    ])
}

/// Bodies to the exchange and back, beside a bare peer that hashes and writes as much.
pub(super) fn transfers(
    installation: &Installation,
    folder: &Path,
    large: &Path,
) -> Result<Vec<Figure>, Failure> {
    let sender = &installation.offices[0];
    let account = format!("{}-fs01", sender.code);
    let file = folder.join("body.bin");
    fs::copy(large, &file)?;
    fs::OpenOptions::new()
        .write(true)
        .open(&file)?
        .set_len(BODY_BYTES)?;
    let mut figures = Vec::new();
    for (transport, up, down) in [
        (
            "quic",
            "upload_speed_to_raw_quic",
            "download_speed_to_raw_quic",
        ),
        (
            "tcp",
            "upload_speed_to_raw_tcp",
            "download_speed_to_raw_tcp",
        ),
    ] {
        let (mut ups, mut downs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            // A new file each time, as every body is one at the exchange.
            let other = folder.join(format!("other-{transport}-{round}"));
            let back = folder.join(format!("back-{transport}-{round}"));
            let (from, to) = (text(&file)?, text(&other)?);
            let raw = ["raw", "--transport", transport, "--file", from, "--to", to];
            let raw = number(&load(&raw)?, "seconds")?;
            let ours = load(&[
                "transfer",
                "--home",
                text(&sender.home)?,
                "--account",
                &account,
                "--to",
                installation.offices[1].code,
                "--file",
                from,
                "--back",
                text(&back)?,
                "--transport",
                transport,
            ])?;
            println!("{transport}: raw {raw:.2} s, ours {ours}");
            ups.push(raw / number(&ours, "upload_seconds")?);
            downs.push(raw / number(&ours, "download_seconds")?);
        }
        figures.push(figure(up, median(ups), "ratio", true, ">= 0.8"));
        figures.push(figure(down, median(downs), "ratio", true, ">= 0.8"));
    }
    fs::remove_file(file)?;
    Ok(figures)
}
