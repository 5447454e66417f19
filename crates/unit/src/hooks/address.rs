//! Where a hook may post to: addresses that the configuration lists, and nothing inside but what it
//! lists by number (H4). A name is looked up once, every answer is judged, and the connection goes
//! to the address that was judged.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest address.
const URL_BYTES_MAX: usize = 500;

/// An address of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Whether it is https.
    pub tls: bool,
    /// The host, in small letters; an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, with what follows a question mark.
    pub path: String,
}

/// The addresses that may be reached: hosts with their ports.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Vec<(String, u16)>);

/// Why an address was not reached.
#[derive(Debug, PartialEq, Eq)]
pub enum NotReached {
    /// The name is not known.
    Unknown,
    /// The name leads to an inner address that the list does not have.
    Inside(IpAddr),
    /// Nobody answers there.
    Silent(String),
}

impl fmt::Display for NotReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the host is not known"),
            Self::Inside(ip) => write!(f, "{ip} is inside, and not in the list `allow`"),
            Self::Silent(why) => write!(f, "not reached: {why}"),
        }
    }
}

impl Url {
    /// Reads `http://host:port/path` or `https://…`. No user, no fragment, nothing but plain ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || text.len() > URL_BYTES_MAX || text.contains(['#', '\\', '"']) {
            return None;
        }
        let (tls, rest) = match text.strip_prefix("http://") {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix("https://")?),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let (host, port) = host_and_port(host, if tls { 443 } else { 80 })?;
        let path = match path {
            "" => "/".to_owned(),
            path if path.starts_with('/') => path.to_owned(),
            _ => return None,
        };
        Some(Self {
            tls,
            host,
            port,
            path,
        })
    }

    /// The host as a header names it.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A host with its port; a default where none is written.
fn host_and_port(text: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, port.strip_prefix(':'))
    } else {
        match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = match port {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok()?,
        Some(_) => return None,
        None if text.ends_with(']') || !text.contains(':') => default,
        None => return None,
    };
    let host = host.to_ascii_lowercase();
    (port != 0 && is_host(&host)).then_some((host, port))
}

/// Whether it is an address, or a name as they are written. A number that is no address, such as
/// `2130706433` or `0x7f.1`, is not: some systems would take it for one.
fn is_host(host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok() {
        return true;
    }
    let label = |label: &str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(sign)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let named = last
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    host.len() <= 253 && host.split('.').all(label) && named
}

impl Allowed {
    /// Reads the list; tells which entry is no host with a port.
    pub fn read(entries: &[String]) -> Result<Self, String> {
        let read = |entry: &String| {
            let found = host_and_port(entry, 0).ok_or_else(|| entry.clone())?;
            Ok(found)
        };
        entries.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the list has this very host and port.
    pub fn names(&self, url: &Url) -> bool {
        self.has(&url.host, url.port)
    }

    fn has(&self, host: &str, port: u16) -> bool {
        let mut entries = self.0.iter();
        entries.any(|(known, at)| known == host && *at == port)
    }

    /// Whether a connection may go to `address`: one that is outside, or that the list has by
    /// number.
    pub fn admits(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        is_outside(ip) || self.has(&ip.to_string(), address.port())
    }

    /// Looks a host up; every address that is found must be admitted, else none is used.
    pub async fn look_up(&self, url: &Url) -> Result<Vec<SocketAddr>, NotReached> {
        let found = tokio::net::lookup_host((url.host.as_str(), url.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| NotReached::Unknown)?.collect();
        self.judge(found)
    }

    pub(super) fn judge(&self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotReached> {
        if found.is_empty() {
            return Err(NotReached::Unknown);
        }
        match found.iter().find(|address| !self.admits(**address)) {
            Some(inside) => Err(NotReached::Inside(inside.ip())),
            None => Ok(found),
        }
    }
}

/// Whether an address is of the public network (RFC 6890), and hides no inner one.
fn is_outside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_outside_v4(ip),
        IpAddr::V6(ip) => is_outside_v6(ip),
    }
}

const fn is_outside_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a >= 224
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || (a == 100 && b >= 64 && b < 128)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

const fn is_outside_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // Only 2000::/3 is given out; of it Teredo, 6to4 and others may hide an inner address.
    let given_out = first & 0xe000 == 0x2000;
    let hides = first == 0x2002 || (first == 0x2001 && second < 0x0200);
    let documentation = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
    given_out && !hides && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(entries: &[&str]) -> Allowed {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        Allowed::read(&entries).unwrap()
    }

    #[test]
    fn an_address_is_read_strictly() {
        let url = Url::parse("http://Sms.Example.CN:8080/a?b=c").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("sms.example.cn", 8080));
        assert_eq!((url.path.as_str(), url.tls), ("/a?b=c", false));
        assert_eq!(Url::parse("https://10.1.2.3").unwrap().port, 443);
        let six = Url::parse("http://[fd00::1]:81/").unwrap();
        assert_eq!(
            (six.host.as_str(), six.authority().as_str()),
            ("fd00::1", "[fd00::1]:81")
        );
        for bad in [
            "",
            "ftp://a.cn/",
            "http://",
            "http:///x",
            "http://a.cn:0/",
            "http://a.cn:99999/",
            "http://a.cn:8o/",
            "http://user@a.cn/",
            "http://a.cn:80@b.cn/",
            "http://a.cn/#x",
            "http://a.cn/ x",
            "http://a.cn/\r\nHost: b",
            "http://a.cn\\@b.cn/",
            "http://a.cn?x",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://a..cn/",
            "http://-a.cn/",
            "http://fd00::1/",
            "http://[fd00::1/",
            "http://例.cn/",
        ] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn h4_only_the_very_host_and_port_of_the_list_is_named() {
        let list = allowed(&["sms.example.cn:8080", "10.1.2.3:80"]);
        for (url, named) in [
            ("http://sms.example.cn:8080/", true),
            ("http://SMS.example.cn:8080/x", true),
            ("http://10.1.2.3/", true),
            ("http://sms.example.cn/", false),
            ("http://sms.example.cn:8081/", false),
            ("http://x.sms.example.cn:8080/", false),
            ("http://sms.example.cn.evil.cn:8080/", false),
            ("http://10.1.2.4/", false),
        ] {
            assert_eq!(list.names(&Url::parse(url).unwrap()), named, "{url}");
        }
        let none = |entry: &str| Allowed::read(&[entry.to_owned()]).is_err();
        assert!(none("sms.example.cn") && none("*:80") && none("10.0.0.0/8") && none(""));
    }

    #[test]
    fn h4_a_name_that_leads_inside_is_refused_unless_the_number_is_listed() {
        let outside = ["203.0.114.7", "8.8.8.8", "2400:3200::1"];
        let inside = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.5",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.5",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
        ];
        let list = allowed(&["sms.example.cn:80"]);
        let at = |ip: &str, port| SocketAddr::new(ip.parse().unwrap(), port);
        for ip in outside {
            assert!(list.admits(at(ip, 80)), "{ip}");
        }
        for ip in inside {
            let refused = list.judge(vec![at("8.8.8.8", 80), at(ip, 80)]);
            assert_eq!(
                refused,
                Err(NotReached::Inside(ip.parse().unwrap())),
                "{ip}"
            );
        }
        let list = allowed(&["sms.example.cn:80", "10.0.0.5:80", "[::1]:80"]);
        assert!(list.admits(at("10.0.0.5", 80)) && list.admits(at("::1", 80)));
        assert!(list.admits(at("::ffff:10.0.0.5", 80)), "the same address");
        assert!(!list.admits(at("10.0.0.5", 81)) && !list.admits(at("10.0.0.6", 80)));
        assert_eq!(list.judge(Vec::new()), Err(NotReached::Unknown));
    }
}
