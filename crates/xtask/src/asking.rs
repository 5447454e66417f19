//! Asking a program of this project over HTTP on this computer, one request per connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::programs::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// Such as `GET`.
    pub method: &'r str,
    /// The path, with what follows it.
    pub path: &'r str,
    /// Names and values of the header, beside those that every request has.
    pub head: &'r [(&'r str, &'r str)],
    /// The body.
    pub body: &'r [u8],
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Asks the program that listens on `host`, an address with its port.
pub fn ask(host: &str, request: &Request<'_>) -> Result<Answer, Failure> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let Request {
        method, path, body, ..
    } = request;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in request.head {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    let no_answer = || Failure(format!("{method} {path} was not answered"));
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(no_answer)?;
    let body = all.split_off(end + 4);
    let head = String::from_utf8_lossy(&all).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(no_answer)?,
        head,
        body,
    })
}
