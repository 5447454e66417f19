//! Whether this computer is fit for its work: one finding for each thing, with the cure.

mod token;

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Status;
use yichuan_document::{AccountId, DeviceId, Timestamp, UnitCode};
use yichuan_wire::message::CLOCK_SKEW_MS_MAX;

use crate::home::Home;
use crate::lang::{say, size};
use crate::link::{Expected, Link, LinkFailed, Target, Transport};
use crate::office::Failed;
use crate::office::mirror::Mirror;
use crate::office::place::Place;
use crate::unix;

pub use token::tokens_found;

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// In order.
    Good,
    /// To be looked after, and no hindrance.
    Warning,
    /// A hindrance.
    Bad,
}

impl Mark {
    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The word for programs; never changed.
    pub id: &'static str,
    /// What was looked at.
    pub what: &'static str,
    /// How it was found.
    pub mark: Mark,
    /// What was found.
    pub found: String,
    /// What to do; empty where nothing is to be done.
    pub cure: &'static str,
}

/// With less than this free, a document may not find room.
const FREE_WANTED: u64 = 2 << 30;
/// With less than this free, nothing is begun.
const FREE_NEEDED: u64 = 64 << 20;
/// Addresses outside; reaching one means that this computer is on the internet.
const OUTSIDE: [([u8; 4], u16); 2] = [([223, 5, 5, 5], 53), ([1, 1, 1, 1], 443)];

/// Looks at everything. `accounts` are those that have a keystore in this home.
pub async fn examine(
    home: &Home,
    place: &Place,
    known: Option<&Mirror>,
    accounts: &[AccountId],
) -> Result<Vec<Finding>, Failed> {
    let certified = known.and_then(|mirror| mirror.roster().exchange());
    let is_certified = certified.is_some();
    let expected = certified.map_or(Expected::FirstContact, |keys| Expected::of(&keys));
    let seed = crate::keystore::DeviceSecrets::of(home.folder())?.tls();
    let mut links = Vec::new();
    for transport in [Transport::Quic, Transport::Tcp] {
        let target = Target {
            address: place.settings.exchange.clone(),
            transport,
            expected: expected.clone(),
        };
        links.push(Link::connect(&target, &seed).await);
    }
    let mut findings = links_found(&links);
    findings.push(key_found(is_certified, &links));
    let theirs = links.iter().flatten().next();
    findings.extend(theirs.map(|link| clock_found(crate::now(), link.welcome().now)));
    findings.push(device_found(
        home.folder(),
        known.map(Mirror::roster),
        accounts,
    ));
    let unit = accounts.first().map(AccountId::unit);
    findings.extend(
        known
            .zip(unit)
            .map(|(mirror, unit)| unit_key_found(mirror.roster(), &unit, crate::now())),
    );
    findings.push(disk_found(home.folder()));
    findings.push(internet_found(reaches_outside()));
    Ok(findings)
}

/// One transport is enough; that none is there is what stops the work.
fn links_found(links: &[Result<Link, LinkFailed>]) -> Vec<Finding> {
    let any = links.iter().any(Result::is_ok);
    let named = [("quic", "QUIC"), ("tcp", "TCP")].into_iter().zip(links);
    named
        .map(|((id, what), link)| match link {
            Ok(link) => Finding {
                id,
                what,
                mark: Mark::Good,
                found: link.welcome().origin.to_string(),
                cure: "",
            },
            Err(error) => Finding {
                id,
                what,
                mark: if any { Mark::Warning } else { Mark::Bad },
                found: error.to_string(),
                cure: if any {
                    say(
                        "可以只用另一种传输方式",
                        "the other transport serves as well",
                    )
                } else {
                    say(
                        "检查网线、交换机和防火墙，再问交换中心是否在运行",
                        "look at cable, switch and firewall; ask whether the exchange runs",
                    )
                },
            },
        })
        .collect()
}

fn key_found(certified: bool, links: &[Result<Link, LinkFailed>]) -> Finding {
    let other = links
        .iter()
        .any(|link| matches!(link, Err(LinkFailed::AnotherKey { .. })));
    let met = links.iter().any(Result::is_ok);
    let (mark, found, cure) = match (certified, other, met) {
        (_, true, _) => (
            Mark::Bad,
            say("与名册中的不同", "not the one in the roster"),
            say(
                "停止使用，立即报告管理员：可能有人冒充交换中心",
                "stop and report it at once: somebody may pose as the exchange",
            ),
        ),
        (false, ..) => (
            Mark::Bad,
            say("尚未同步名册", "the roster is not here yet"),
            say("登记本机：yichuan enrol", "enrol: yichuan enrol"),
        ),
        (true, false, false) => (Mark::Warning, say("未能核对", "not compared"), ""),
        (true, false, true) => (Mark::Good, say("与名册一致", "the one in the roster"), ""),
    };
    Finding {
        id: "exchange_key",
        what: say("交换中心密钥", "exchange key"),
        mark,
        found: found.to_owned(),
        cure,
    }
}

/// Whether the unit's key is there, and whether another is due (protocol rules 13 and 14).
fn unit_key_found(roster: &Roster, unit: &UnitCode, now: Timestamp) -> Finding {
    let create = say(
        "单位管理员运行 yichuan unit-key create",
        "the manager runs `yichuan unit-key create`",
    );
    let key = roster.unit_key(unit);
    let (mark, found, cure) = match &key {
        None => (Mark::Bad, say("尚无", "none yet").to_owned(), create),
        Some(key) if key.stale.is_some() => {
            let usable = key.admits(key.epoch, &key.key.id(), now);
            let mark = if usable { Mark::Warning } else { Mark::Bad };
            let words = say(
                "持有人已离任，应更换",
                "somebody who could open it has left; another is due",
            );
            (mark, words.to_owned(), create)
        }
        Some(key) if key.escrow.is_none() && roster.escrow().is_some() => {
            let words = say(
                "没有托管份额，丢失后无法恢复",
                "no half is kept of it; if it is lost, it stays lost",
            );
            (Mark::Warning, words.to_owned(), create)
        }
        Some(key) => {
            let words = format!("{} {}", say("期次", "epoch"), key.epoch);
            (Mark::Good, words, "")
        }
    };
    Finding {
        id: "unit_key",
        what: say("单位密钥", "unit key"),
        mark,
        found,
        cure,
    }
}

fn clock_found(ours: Timestamp, theirs: Timestamp) -> Finding {
    let skew = ours.ms_since(theirs).max(theirs.ms_since(ours));
    let beyond = skew > CLOCK_SKEW_MS_MAX;
    let seconds = skew / 1_000;
    let found = if seconds == 0 {
        format!("{skew} ms")
    } else {
        format!("{seconds} s")
    };
    Finding {
        id: "clock",
        what: say("时钟偏差", "clock"),
        mark: if beyond { Mark::Bad } else { Mark::Good },
        found,
        cure: if beyond {
            say(
                "校准本机时钟；相差超过两分钟不能登录",
                "set the clock; no session opens beyond two minutes",
            )
        } else {
            ""
        },
    }
}

fn device_found(home: &Path, roster: Option<&Roster>, accounts: &[AccountId]) -> Finding {
    let named = std::fs::read_to_string(home.join("device")).ok();
    let device: Option<DeviceId> = named.and_then(|text| text.trim().parse().ok());
    let status = device
        .as_ref()
        .zip(roster)
        .and_then(|(device, roster)| roster.device(device))
        .map(|record| record.status);
    let barred: Vec<&str> = accounts
        .iter()
        .filter(|account| {
            let record = roster.and_then(|roster| roster.account(account));
            record.is_none_or(|record| record.status != Status::Active)
        })
        .map(AccountId::as_str)
        .collect();
    let name = device.as_ref().map_or("", |device| device.as_str());
    let (mark, found, cure) = match (status, accounts.len()) {
        (None, _) | (_, 0) => (
            Mark::Bad,
            say("尚未登记", "not enrolled").to_owned(),
            say(
                "用登记凭证登记：yichuan enrol",
                "enrol with a ticket: yichuan enrol",
            ),
        ),
        (Some(Status::Active), count) if barred.is_empty() => (
            Mark::Good,
            format!("{name}, {count} {}", say("个帐号", "accounts")),
            "",
        ),
        (Some(Status::Active), _) => (
            Mark::Warning,
            format!(
                "{}: {}",
                say("已停用的帐号", "not in use"),
                barred.join(", ")
            ),
            say("请管理员查看名册", "ask the administrator"),
        ),
        (Some(_), _) => (
            Mark::Bad,
            format!("{name} {}", say("已停用", "is withdrawn")),
            say("请管理员重新登记本机", "have this computer enrolled again"),
        ),
    };
    Finding {
        id: "device",
        what: say("本机登记", "enrolment"),
        mark,
        found,
        cure,
    }
}

fn disk_found(home: &Path) -> Finding {
    let path = home.join(".doctor.partial");
    let written = std::fs::write(&path, [0; 4_096]).and_then(|()| std::fs::remove_file(&path));
    let free = written.and_then(|()| unix::free_bytes(home));
    let (mark, found) = match free {
        Ok(free) if free < FREE_NEEDED => (Mark::Bad, size(free)),
        Ok(free) if free < FREE_WANTED => (Mark::Warning, size(free)),
        Ok(free) => (Mark::Good, size(free)),
        Err(error) => (Mark::Bad, error.to_string()),
    };
    Finding {
        id: "disk",
        what: say("可用空间", "free space"),
        mark,
        found,
        cure: if mark == Mark::Good {
            ""
        } else {
            say(
                "腾出空间；公文和密文保存在工作目录",
                "make room; documents are kept in the home",
            )
        },
    }
}

fn reaches_outside() -> bool {
    OUTSIDE.iter().any(|(address, port)| {
        let address = SocketAddr::from((*address, *port));
        TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok()
    })
}

fn internet_found(reached: bool) -> Finding {
    let (mark, found, cure) = if reached {
        (
            Mark::Warning,
            say("可以连通", "reached"),
            say(
                "断开互联网（第八条）",
                "disconnect it from the internet (Art. 8)",
            ),
        )
    } else {
        (Mark::Good, say("未连通", "not reached"), "")
    };
    Finding {
        id: "internet",
        what: say("互联网", "internet"),
        mark,
        found: found.to_owned(),
        cure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<Link, LinkFailed> {
        Err(LinkFailed::Timeout)
    }

    #[test]
    fn a_clock_that_is_an_hour_off_is_told_with_its_cure() {
        let now = Timestamp::from_unix_ms(1_795_000_000_000);
        for (theirs, mark) in [
            (now, Mark::Good),
            (now.plus_ms(CLOCK_SKEW_MS_MAX), Mark::Good),
            (now.plus_ms(CLOCK_SKEW_MS_MAX + 1), Mark::Bad),
            (now.plus_ms(3_600_000), Mark::Bad),
        ] {
            for finding in [clock_found(now, theirs), clock_found(theirs, now)] {
                assert_eq!(finding.mark, mark, "{}", finding.found);
                assert_eq!(finding.cure.is_empty(), mark == Mark::Good);
            }
        }
    }

    #[test]
    fn without_any_link_the_work_stops() {
        let found = links_found(&[failed(), failed()]);
        assert!(found.iter().all(|finding| finding.mark == Mark::Bad));
        assert!(found.iter().all(|finding| !finding.cure.is_empty()));
    }

    #[test]
    fn a6_another_key_than_the_rosters_is_an_alarm() {
        let other = || {
            Err(LinkFailed::AnotherKey {
                address: "h:1".to_owned(),
            })
        };
        assert_eq!(key_found(true, &[failed(), other()]).mark, Mark::Bad);
        assert_eq!(key_found(false, &[failed(), failed()]).mark, Mark::Bad);
        assert_eq!(key_found(true, &[failed(), failed()]).mark, Mark::Warning);
    }

    #[test]
    fn a_home_that_is_not_enrolled_or_not_there_is_found() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(device_found(folder.path(), None, &[]).mark, Mark::Bad);
        assert_ne!(disk_found(folder.path()).found, "");
        assert_eq!(disk_found(&folder.path().join("no")).mark, Mark::Bad);
        assert_eq!(internet_found(true).mark, Mark::Warning);
    }
}
