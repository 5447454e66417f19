//! Figures of the desk of an office that has many documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;
use yichuan_xtask::asking::{Answer, Request, ask};
use yichuan_xtask::installation::{PASSWORD, text};
use yichuan_xtask::{Desk, Failure, Installation, Programs};

use super::loaded::{load, median};
use super::{Figure, figure, peak_mib};

/// Documents that the office has received and signed for, but for the last hundred.
const DOCUMENTS: usize = 100_000;
/// How often each list is asked for.
const ROUNDS: usize = 15;

/// Somebody signed in at a desk.
struct Seat<'d> {
    host: &'d str,
    cookie: String,
}

impl<'d> Seat<'d> {
    fn sign_in(host: &'d str, account: &str) -> Result<Self, Failure> {
        let entered = json!({ "account": account, "password": PASSWORD });
        let mut seat = Self {
            host,
            cookie: String::new(),
        };
        let answer = seat.ask("POST", "/session", entered.to_string().as_bytes())?;
        let cookie = answer.header("set-cookie").unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default();
        cookie.clone_into(&mut seat.cookie);
        Ok(seat)
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer, Failure> {
        let path = &format!("/api/v1{path}");
        let head = [
            ("X-Yichuan", "1"),
            ("Content-Type", "application/json"),
            ("Cookie", self.cookie.as_str()),
        ];
        let request = Request {
            method,
            path,
            head: &head,
            body,
        };
        let answer = ask(self.host, &request)?;
        if answer.status == 200 {
            Ok(answer)
        } else {
            Err(Failure(format!("{path}: {}", answer.text())))
        }
    }

    /// The middle time of a list in milliseconds.
    fn listed(&self, path: &str) -> Result<f64, Failure> {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let since = Instant::now();
            self.ask("GET", path, &[])?;
            times.push(since.elapsed().as_secs_f64() * 1_000.0);
        }
        Ok(median(times))
    }
}

/// The lists of an office with a hundred thousand documents.
pub(super) fn lists(folder: &Path, programs: Programs) -> Result<Vec<Figure>, Failure> {
    let place = folder.join("desk");
    let mut installation = Installation::found(&place, programs, "tcp", &mut |_| {})?;
    let home = fill(&installation)?;
    let account = format!("{}-js01", installation.offices[1].code);
    let first = signed_in(&installation, &home, &account, |_, _| Ok(()))?;
    let mut figures = Vec::new();
    let again = signed_in(&installation, &home, &account, |desk, seat| {
        figures = measured(desk, seat)?;
        Ok(())
    })?;
    figures.extend([
        figure("desk_new_computer_first_list", first, "s", false, ""),
        figure("desk_sign_in_and_first_list", again, "s", false, ""),
    ]);
    installation.stop()?;
    drop(installation);
    fs::remove_dir_all(place)?;
    Ok(figures)
}

/// Has the first office issue the documents to the second one, whose home it returns.
fn fill(installation: &Installation) -> Result<PathBuf, Failure> {
    let (sender, recipient) = (&installation.offices[0], &installation.offices[1]);
    let code = sender.code;
    let file = installation.folder.join("small.bin");
    fs::write(&file, [7; 1_000])?;
    let filled = load(&[
        "issue",
        "--from",
        text(&sender.home)?,
        "--accounts",
        &format!("{code}-fs01,{code}-sp01,{code}-yz01"),
        "--seal",
        &format!("{code}-seal01"),
        "--home",
        text(&recipient.home)?,
        "--account",
        &format!("{}-js01", recipient.code),
        "--file",
        text(&file)?,
        "--documents",
        &DOCUMENTS.to_string(),
        "--transport",
        "tcp",
    ])?;
    println!("issued: {filled}");
    Ok(recipient.home.clone())
}

/// Serves the desk and signs in; tells how many seconds it took until the work list was there.
fn signed_in(
    installation: &Installation,
    home: &Path,
    account: &str,
    then: impl FnOnce(&Desk, &Seat<'_>) -> Result<(), Failure>,
) -> Result<f64, Failure> {
    let desk = installation.programs.desk(home)?;
    let host = desk.address.strip_prefix("http://").unwrap_or_default();
    let since = Instant::now();
    let seat = Seat::sign_in(host.trim_end_matches('/'), account)?;
    seat.ask("GET", "/work", &[])?;
    let seconds = since.elapsed().as_secs_f64();
    then(&desk, &seat)?;
    Ok(seconds)
}

fn measured(desk: &Desk, seat: &Seat<'_>) -> Result<Vec<Figure>, Failure> {
    let total = seat.ask("GET", "/registers/received?limit=1", &[])?.json()["total"].as_u64();
    if total < u64::try_from(DOCUMENTS).ok() {
        return Err(Failure(format!("the register has {total:?} lines")));
    }
    let list = |name, path, asked| {
        let value = seat.listed(path)?;
        Ok::<_, Failure>(figure(name, value, "ms", false, asked))
    };
    let page = "/registers/received";
    let far = &format!("{page}?cursor={}", DOCUMENTS / 10 * 9);
    let peak = || peak_mib(desk.id()).unwrap_or(f64::NAN);
    Ok(vec![
        list("desk_work_list", "/work", "<= 200")?,
        list("desk_register_page", page, "<= 200")?,
        list("desk_register_page_far_down", far, "<= 200")?,
        list("desk_register_sought", &format!("{page}?q=2026"), "<= 500")?,
        figure("desk_peak_mib", peak(), "MiB", false, ""),
    ])
}
