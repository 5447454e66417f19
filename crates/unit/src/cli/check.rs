//! `yichuan doctor`: one line for each thing that must be in order, with the cure.

use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use yichuan_wire::message::CLOCK_SKEW_MS_MAX;

use super::Globals;
use super::acting::{block_on, local_accounts};
use crate::lang::{say, table};
use crate::link::{Expected, Link, Target, Transport};
use crate::office::Failed;
use crate::office::mirror::Mirror;
use crate::office::place::Place;

/// How a line came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Warning,
    Bad,
}

struct Line {
    what: &'static str,
    mark: Mark,
    found: String,
}

/// Addresses outside; reaching one means that this computer is on the internet.
const OUTSIDE: [([u8; 4], u16); 2] = [([223, 5, 5, 5], 53), ([1, 1, 1, 1], 443)];

pub(super) fn doctor(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let place = Place::of(&home)?;
    let known = Mirror::load(home.folder(), &place.pin)?;
    let certified = known.as_ref().and_then(|mirror| mirror.roster().exchange());
    let expected = certified.map_or(Expected::FirstContact, |keys| Expected::Key(keys.tls));
    let seed = crate::keystore::DeviceSecrets::of(home.folder())?.tls();
    let mut lines = Vec::new();
    block_on(async {
        for (transport, name) in [(Transport::Quic, "QUIC"), (Transport::Tcp, "TCP")] {
            let target = Target {
                address: place.settings.exchange.clone(),
                transport,
                expected: expected.clone(),
            };
            let link = Link::connect(&target, &seed).await;
            lines.push(link_line(name, &link));
            if let Ok(link) = link
                && transport == Transport::Tcp
            {
                lines.push(clock_line(link.welcome().now));
            }
        }
        Ok(())
    })?;
    let accounts = local_accounts(home.folder())?;
    let (mark, found) = match (known.is_some(), accounts.len()) {
        (_, 0) | (false, _) => (
            Mark::Bad,
            say("尚未登记：yichuan enrol", "not enrolled: yichuan enrol").to_owned(),
        ),
        (true, count) => (Mark::Good, format!("{count} {}", say("个帐号", "accounts"))),
    };
    lines.push(Line {
        what: say("本机登记", "enrolment"),
        mark,
        found,
    });
    lines.push(disk_line(&home));
    lines.push(internet_line());
    let worst = lines.iter().any(|line| line.mark == Mark::Bad);
    let shown = |mark: Mark| match mark {
        Mark::Good => say("正常", "good"),
        Mark::Warning => say("注意", "warning"),
        Mark::Bad => say("故障", "bad"),
    };
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                line.what.to_owned(),
                shown(line.mark).to_owned(),
                line.found.clone(),
            ]
        })
        .collect();
    let head = [
        say("项目", "what"),
        say("结果", "result"),
        say("说明", "found"),
    ];
    globals.print(&json!(rows), &table(&head, &rows));
    Ok(if worst {
        ExitCode::from(crate::report::REFUSED)
    } else {
        ExitCode::SUCCESS
    })
}

fn link_line(what: &'static str, link: &Result<Link, crate::link::LinkFailed>) -> Line {
    match link {
        Ok(link) => Line {
            what,
            mark: Mark::Good,
            found: link.welcome().origin.to_string(),
        },
        Err(error) => Line {
            what,
            // One of the two is enough; QUIC is often blocked.
            mark: if what == "QUIC" {
                Mark::Warning
            } else {
                Mark::Bad
            },
            found: format!(
                "{error}; {}",
                say("检查网络和防火墙", "look at network and firewall")
            ),
        },
    }
}

fn clock_line(theirs: yichuan_document::Timestamp) -> Line {
    let ours = crate::now();
    let skew = ours.ms_since(theirs).max(theirs.ms_since(ours));
    let mark = if skew > CLOCK_SKEW_MS_MAX {
        Mark::Bad
    } else {
        Mark::Good
    };
    let cure = if mark == Mark::Bad {
        say("；请校准时钟", "; set the clock")
    } else {
        ""
    };
    Line {
        what: say("时钟偏差", "clock"),
        mark,
        found: format!("{skew} ms{cure}"),
    }
}

fn disk_line(home: &crate::home::Home) -> Line {
    let path = home.folder().join("doctor.partial");
    let written = std::fs::write(&path, [0; 4_096]).and_then(|()| std::fs::remove_file(&path));
    let what = say("工作目录", "disk");
    match written {
        Ok(()) => Line {
            what,
            mark: Mark::Good,
            found: home.folder().display().to_string(),
        },
        Err(error) => Line {
            what,
            mark: Mark::Bad,
            found: error.to_string(),
        },
    }
}

fn internet_line() -> Line {
    let reached = OUTSIDE.iter().any(|(address, port)| {
        let address = SocketAddr::from((*address, *port));
        TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok()
    });
    let what = say("互联网", "internet");
    if reached {
        let found = say(
            "本机能连通互联网，应当断开",
            "this computer reaches the internet; it should not",
        );
        Line {
            what,
            mark: Mark::Warning,
            found: found.to_owned(),
        }
    } else {
        Line {
            what,
            mark: Mark::Good,
            found: say("未连通", "not reached").to_owned(),
        }
    }
}
