//! Figures of the clocks and lanes: a sweep of a million deliveries, a long list, and what urgent
//! documents feel of a bulk sender.

use std::fs;
use std::path::Path;

use yichuan_xtask::installation::text;
use yichuan_xtask::{Failure, Installation};

use super::loaded::{load, number};
use super::{Figure, figure};

/// Open deliveries, and how many of them fall due within one minute.
const DELIVERIES: &str = "1000000";
const DUE: &str = "100000";
/// Documents that a unit has sent, and as many that it has received.
const DOCUMENTS: &str = "500000";
/// Ordinary documents that are pushed while others are announced.
const BULK: &str = "1000";

/// A hundred thousand deliveries fall due, while a client sends documents.
pub(super) fn sweep(folder: &Path) -> Result<Vec<Figure>, Failure> {
    let folder = folder.join("deliveries");
    let place = ["--folder", text(&folder)?];
    let many = ["--deliveries", DELIVERIES, "--due", DUE];
    let filled = load(&[["fill-deliveries"].as_slice(), &place, &many].concat())?;
    println!("filled: {filled}");
    let swept = load(&[["sweep"].as_slice(), &place, &["--due", DUE]].concat())?;
    println!("swept: {swept}");
    fs::remove_dir_all(folder)?;
    let of = |name, key, unit, asked| {
        let value = number(&swept, key)?;
        Ok::<_, Failure>(figure(name, value, unit, false, asked))
    };
    Ok(vec![
        of("sweep_seconds", "seconds", "s", "<= 10")?,
        of("sweep_sequencer_cpu", "sequencer_cpu_seconds", "s", "")?,
        of("sweep_peak_mib", "peak_mib", "MiB", "")?,
        of("submission_p50_beside_sweep", "p50_ms", "ms", "")?,
        of("submission_p99_beside_sweep", "p99_ms", "ms", "")?,
    ])
}

/// The 50 newest of a million documents of one unit.
pub(super) fn listing(folder: &Path) -> Result<Vec<Figure>, Failure> {
    let folder = folder.join("documents");
    let place = ["--folder", text(&folder)?];
    let many = ["--documents", DOCUMENTS];
    load(&[["fill-documents"].as_slice(), &place, &many].concat())?;
    let listed = load(&[["list"].as_slice(), &place].concat())?;
    println!("listed: {listed}");
    fs::remove_dir_all(folder)?;
    let first = number(&listed, "first_ms")?;
    let p99 = number(&listed, "p99_ms")?;
    Ok(vec![
        figure("list_50_newest_first", first, "ms", false, "<= 20"),
        figure("list_50_newest_p99", p99, "ms", false, "<= 20"),
    ])
}

/// From seal to announcement: alone, beside a bulk sender in its own lane, and in the same lane.
pub(super) fn lanes(installation: &Installation, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let (sender, recipient) = (&installation.offices[0], &installation.offices[1]);
    let code = sender.code;
    let accounts = format!("{code}-fs01,{code}-sp01,{code}-yz01");
    let (seal, account) = (format!("{code}-seal01"), format!("{}-js01", recipient.code));
    let file = folder.join("small.bin");
    let who = [
        "hurry",
        "--accounts",
        &accounts,
        "--seal",
        &seal,
        "--from",
        text(&sender.home)?,
        "--home",
        text(&recipient.home)?,
        "--account",
        &account,
        "--file",
        text(&file)?,
        "--transport",
        "tcp",
    ];
    let hurry = |bulk, more: &[&str]| {
        let measured = load(&[who.as_slice(), &["--bulk", bulk], more].concat())?;
        println!("lanes, {bulk} beside, {more:?}: {measured}");
        number(&measured, "p99_ms")
    };
    let alone = hurry("0", &["--most-urgent"])?;
    let own_lane = hurry(BULK, &["--most-urgent"])?;
    let same_lane = hurry(BULK, &[])?;
    let milliseconds = |name, value| figure(name, value, "ms", false, "");
    Ok(vec![
        milliseconds("announcement_p99_urgent_alone", alone),
        milliseconds("announcement_p99_urgent_beside_bulk", own_lane),
        milliseconds("announcement_p99_ordinary_beside_bulk", same_lane),
    ])
}
