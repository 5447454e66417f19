//! `cargo xtask bench [--json FILE]`: the figures that the project states, measured in one run;
//! with `--desk` those of the desk alone.
//!
//! Ratios are taken against what the same machine does in the same run, because machines are
//! shared and noisy. What is measured is the release programs, called as an office would.

mod clocks;
mod desk;
mod loaded;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use yichuan_xtask::installation::{PASSWORD, fixture, text};
use yichuan_xtask::{Failure, Installation, Office, Programs};

use crate::workspace::{cargo, target};

/// The size of the large document.
const LARGE: u64 = 1 << 30;

/// One figure.
struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    higher_is_better: bool,
    asked: &'static str,
}

const fn figure(
    name: &'static str,
    value: f64,
    unit: &'static str,
    higher_is_better: bool,
    asked: &'static str,
) -> Figure {
    Figure {
        name,
        value,
        unit,
        higher_is_better,
        asked,
    }
}

/// Runs the benchmark.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let (only_desk, rest) = match arguments {
        [flag, rest @ ..] if flag == "--desk" => (true, rest),
        rest => (false, rest),
    };
    let file = match rest {
        [] => None,
        [flag, file] if flag == "--json" => Some(PathBuf::from(file)),
        _ => {
            eprintln!("usage: cargo xtask bench [--desk] [--json FILE]");
            return ExitCode::from(2);
        }
    };
    match measure(only_desk).and_then(|figures| tell(&figures, file.as_deref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn tell(figures: &[Figure], file: Option<&Path>) -> Result<(), Failure> {
    println!("{:<38} {:>10} {:<8} asked", "figure", "value", "unit");
    for figure in figures {
        println!(
            "{:<38} {:>10.2} {:<8} {}",
            figure.name, figure.value, figure.unit, figure.asked
        );
    }
    let Some(file) = file else { return Ok(()) };
    let listed: Vec<Value> = figures
        .iter()
        .map(|figure| {
            json!({
                "name": figure.name,
                "value": figure.value,
                "unit": figure.unit,
                "higher_is_better": figure.higher_is_better,
            })
        })
        .collect();
    fs::write(file, format!("{:#}\n", json!(listed)))?;
    Ok(())
}

fn measure(only_desk: bool) -> Result<Vec<Figure>, Failure> {
    let build = [
        "build",
        "--release",
        "--locked",
        "--package",
        "yichuan-desk",
    ];
    let more = [
        "--package",
        "yichuan-exchange",
        "--package",
        "yichuan-tests",
        "--bins",
    ];
    if !cargo(&build).args(more).status()?.success() {
        return Err(Failure("the release programs cannot be built".to_owned()));
    }
    let programs = Programs::in_folder(&target().join("release"))?;
    let folder = tempfile::Builder::new()
        .prefix("yichuan-bench")
        .tempdir_in(memory_folder())?;
    if only_desk {
        return desk::lists(folder.path(), programs);
    }
    println!("in {}, 1 GiB document, over QUIC", folder.path().display());
    let mut installation = Installation::found_larger(
        &folder.path().join("i"),
        programs.clone(),
        "quic",
        &mut |_| {},
    )?;
    let file = folder.path().join("large.bin");
    let sha256_seconds = make_and_hash(&file)?;
    let since = Instant::now();
    fs::copy(&file, folder.path().join("copy"))?;
    let copy_seconds = since.elapsed().as_secs_f64();
    fs::remove_file(folder.path().join("copy"))?;
    let mut figures = large(&installation, &file, (sha256_seconds, copy_seconds))?;
    figures.extend(loaded::closing(folder.path(), &file)?);
    figures.extend(loaded::transfers(&installation, folder.path(), &file)?);
    figures.extend(loaded::submissions(&mut installation, folder.path())?);
    let announced = loaded::announcements(&installation, folder.path(), &file)?;
    figures.extend(announced);
    figures.extend(clocks::lanes(&installation, folder.path())?);
    drop(installation);
    figures.extend(clocks::sweep(folder.path())?);
    figures.extend(clocks::listing(folder.path())?);
    figures.extend(loaded::submissions_on_disk(programs.clone())?);
    figures.extend(desk::lists(folder.path(), programs)?);
    Ok(figures)
}

/// One large document on its way, with the time and memory of each command.
fn large(
    installation: &Installation,
    file: &Path,
    yardsticks: (f64, f64),
) -> Result<Vec<Figure>, Failure> {
    let sender = &installation.offices[0];
    let recipient = &installation.offices[1];
    let meta = fixture("notice.json");
    let arguments = [
        "--json",
        "compose",
        "--meta",
        text(&meta)?,
        "--to",
        "513201-zf,513202-zf,513200-daj",
        text(file)?,
    ];
    let composed = Measured::call(installation, sender, "fs01", &arguments)?;
    let id = composed.json["id"].as_str().unwrap_or_default().to_owned();
    let submitted = Measured::call(installation, sender, "fs01", &["--json", "submit", &id])?;
    installation.call(sender, "sp01", &["approve", "--declare-read", &id])?;
    installation.call(sender, "yz01", &["seal", &id, "--unplaced"])?;
    let fetched = Measured::call(installation, recipient, "js01", &["--json", "fetch", &id])?;
    let exchange = installation
        .exchange
        .as_ref()
        .map(yichuan_xtask::Exchange::id);
    let exchange = exchange.and_then(peak_mib).unwrap_or(f64::NAN);
    Ok(figures(
        yardsticks, &composed, &submitted, &fetched, exchange,
    ))
}

fn figures(
    (sha256_seconds, copy_seconds): (f64, f64),
    composed: &Measured,
    submitted: &Measured,
    fetched: &Measured,
    exchange: f64,
) -> Vec<Figure> {
    vec![
        figure(
            "sha256_one_core_seconds_per_gib",
            sha256_seconds,
            "s",
            false,
            "the yardstick",
        ),
        figure(
            "cp_seconds_per_gib",
            copy_seconds,
            "s",
            false,
            "the yardstick",
        ),
        figure("compose_1gib_seconds", composed.seconds, "s", false, ""),
        figure(
            "compose_1gib_speed_to_sha256",
            sha256_seconds / composed.seconds,
            "ratio",
            true,
            ">= 0.5 (with the whole command)",
        ),
        figure(
            "compose_1gib_speed_to_cp",
            copy_seconds / composed.seconds,
            "ratio",
            true,
            ">= 0.5 (with the whole command)",
        ),
        figure("submit_1gib_seconds", submitted.seconds, "s", false, ""),
        figure("fetch_1gib_seconds", fetched.seconds, "s", false, ""),
        figure("compose_peak_mib", composed.peak_mib, "MiB", false, "<= 64"),
        figure("submit_peak_mib", submitted.peak_mib, "MiB", false, "<= 64"),
        figure("fetch_peak_mib", fetched.peak_mib, "MiB", false, "<= 64"),
        figure("exchange_peak_mib", exchange, "MiB", false, "<= 96"),
    ]
}

/// A folder in memory where the system has one, so that no disk is measured.
fn memory_folder() -> PathBuf {
    let shared = PathBuf::from("/dev/shm");
    if shared.is_dir() {
        shared
    } else {
        std::env::temp_dir()
    }
}

/// Writes a document that cannot be compressed away, and times one core hashing it.
fn make_and_hash(path: &Path) -> Result<f64, Failure> {
    let mut block = vec![0; 1 << 20];
    let mut file = File::create(path)?;
    let mut state = 1_u64;
    for place in 0..LARGE >> 20 {
        for word in block.chunks_exact_mut(8) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            word.copy_from_slice(&state.to_le_bytes());
        }
        if place == 0 {
            block[..5].copy_from_slice(b"bench");
        }
        file.write_all(&block)?;
    }
    drop(file);
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let since = Instant::now();
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        hasher.update(&block[..read]);
    }
    let digest = hasher.finalize();
    let seconds = since.elapsed().as_secs_f64();
    println!("sha256 {:02x}{:02x}…", digest[0], digest[1]);
    Ok(seconds)
}

/// A command, with its time and the most memory that it held.
struct Measured {
    json: Value,
    seconds: f64,
    peak_mib: f64,
}

impl Measured {
    fn call(
        installation: &Installation,
        office: &Office,
        letters: &str,
        arguments: &[&str],
    ) -> Result<Self, Failure> {
        let account = format!("{}-{letters}", office.code);
        let since = Instant::now();
        let mut child = Command::new(target().join("release").join("yichuan"))
            .arg("--home")
            .arg(&office.home)
            .args(["--password-fd", "0", "--account", &account])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(format!("{PASSWORD}\n").as_bytes())?;
        }
        let peak_mib = watch(&mut child)?;
        let seconds = since.elapsed().as_secs_f64();
        let mut out = String::new();
        if let Some(stdout) = &mut child.stdout {
            stdout.read_to_string(&mut out)?;
        }
        if !child.wait()?.success() {
            return Err(Failure(format!("yichuan {}", arguments.join(" "))));
        }
        let json = serde_json::from_str(&out).map_err(|error| Failure(error.to_string()))?;
        // The installation must outlive what it measures.
        let _ = &installation.folder;
        Ok(Self {
            json,
            seconds,
            peak_mib,
        })
    }
}

/// Looks at a program's memory until it ends; its output is short enough for a pipe.
fn watch(child: &mut Child) -> Result<f64, Failure> {
    let mut peak = 0.0_f64;
    while child.try_wait()?.is_none() {
        peak = peak.max(peak_mib(child.id()).unwrap_or(0.0));
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Ok(peak)
}

/// The most memory that a running process has held, as Linux tells it.
fn peak_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1_024.0)
}
