//! Hooks with real programs and a real listener on the loopback.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::time::Instant;

use yichuan_document::statement::About;
use yichuan_document::terms::Urgency;
use yichuan_document::{Digest, DocumentId, Timestamp};

use super::*;
use crate::office::notices::For;

const KEY: [u8; 32] = [9; 32];

/// A home with hooks and a key for each name.
fn home(config: &str, keys: &[&str]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    private(&home.path().join(CONFIG), config);
    std::fs::create_dir_all(home.path().join("hooks")).unwrap();
    for name in keys {
        let key = data_encoding::HEXLOWER.encode(&KEY);
        private(&config::key_path(home.path(), name), &key);
    }
    home
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, mode).unwrap();
}

fn notice(sequence: u64, kind: NoticeKind, urgency: Urgency, to: For) -> Notice {
    let id = DocumentId::new(
        Timestamp::from_unix_ms(1_795_600_000_000),
        &mut crate::chance().unwrap(),
    );
    Notice {
        sequence,
        index: 100 + sequence,
        time: Timestamp::from_unix_ms(1_795_600_000_000),
        kind,
        entry: 21,
        to,
        document: Some(About {
            document: id,
            manifest: Digest::of(b"manifest"),
        }),
        urgency,
        unit: None,
        due: None,
        percent: None,
    }
}

fn arrived(sequence: u64) -> (Notice, Vec<String>) {
    let notice = notice(
        sequence,
        NoticeKind::Arrived,
        Urgency::Ordinary,
        For::Receivers,
    );
    (notice, vec!["值班室".to_owned()])
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// Answers each connection with the next of `answers`, and hands on what it was asked.
fn listener(answers: Vec<&'static str>) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 1_024];
            while !whole(&request) {
                let read = stream.read(&mut buffer).unwrap();
                if read == 0 {
                    break;
                }
                request.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            heard.send(String::from_utf8(request).unwrap()).unwrap();
        }
    });
    (address, asked)
}

fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    length.is_some_and(|length| body.len() >= length.parse().unwrap())
}

fn posting(address: SocketAddr, allow: &str) -> String {
    format!("allow = [{allow}]\n[[hook]]\nname = \"oa\"\npost = \"http://{address}/in?x=1\"\n")
}

fn post_once(address: SocketAddr, home: &Path) -> Result<(), NotDelivered> {
    let text = posting(address, &format!("\"{address}\""));
    let config = Config::parse(&text, home).unwrap();
    run(deliver(&config.hooks()[0], config.allowed(), &trial()))
}

#[test]
fn an_event_is_posted_signed_and_without_content() {
    let (address, asked) = listener(vec!["HTTP/1.1 204 No Content\r\n\r\n"]);
    let text = posting(address, &format!("\"{address}\""));
    let home = home(&text, &["oa"]);
    let hooks = Hooks::of(home.path()).unwrap().unwrap();
    hooks.taken_up(0).unwrap();
    hooks.take_up(&[arrived(1)]).unwrap();
    run(hooks.finish());
    let request = asked.recv().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /in?x=1 HTTP/1.1\r\n"), "{head}");
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    assert_eq!(header("Yichuan-Event: "), "101-arrived");
    let signed = header("Yichuan-Signature: ");
    let seconds = signed
        .strip_prefix("t=")
        .unwrap()
        .split_once(',')
        .unwrap()
        .0;
    let expected = signature(&KEY, seconds.parse().unwrap(), body.as_bytes());
    assert_eq!(signed, expected);
    let event: Value = serde_json::from_str(body).unwrap();
    let mut keys: Vec<&str> = event
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    // Whatever is added here was looked at: no title, no text, and who is on duty only if asked.
    let known = [
        "document", "due_ms", "event", "for", "id", "index", "percent", "time_ms", "unit",
        "urgency", "version",
    ];
    assert_eq!(keys, known);
}

#[test]
fn h4_a_redirect_is_not_followed() {
    let (inside, never) = listener(vec!["HTTP/1.1 200 OK\r\n\r\n"]);
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://{inside}/\r\n\r\n");
    let (address, _) = listener(vec![answer.leak()]);
    let home = home("", &["oa"]);
    let outcome = post_once(address, home.path());
    assert_eq!(outcome, Err(NotDelivered::Status(302)));
    assert!(never.try_recv().is_err(), "nobody was asked there");
}

#[test]
fn h4_the_loopback_is_not_reached_by_a_name_that_is_listed() {
    let (address, never) = listener(vec!["HTTP/1.1 200 OK\r\n\r\n"]);
    let port = address.port();
    let home = home("", &["oa"]);
    let text = format!(
        "allow = [\"localhost:{port}\"]\n[[hook]]\nname = \"oa\"\n\
         post = \"http://localhost:{port}/\"\n"
    );
    let config = Config::parse(&text, home.path()).unwrap();
    let outcome = run(deliver(&config.hooks()[0], config.allowed(), &trial()));
    let inside = matches!(
        outcome,
        Err(NotDelivered::Address(NotReached::Inside(ip))) if ip.is_loopback()
    );
    assert!(inside, "{outcome:?}");
    assert!(never.try_recv().is_err(), "nobody was asked there");
}

#[test]
fn an_answer_that_is_no_success_is_tried_again() {
    for (answer, expected) in [
        ("HTTP/1.1 500 No\r\n\r\n", NotDelivered::Status(500)),
        ("HTTP/1.1 404 No\r\n\r\n", NotDelivered::Status(404)),
        ("SSH-2.0-x\r\n", NotDelivered::NotHttp),
        ("", NotDelivered::NotHttp),
    ] {
        let (address, _) = listener(vec![answer]);
        let home = home("", &["oa"]);
        assert_eq!(post_once(address, home.path()), Err(expected), "{answer:?}");
    }
    let (address, asked) = listener(vec!["HTTP/1.1 503 No\r\n\r\n"]);
    let text = posting(address, &format!("\"{address}\""));
    let home = home(&text, &["oa"]);
    let hooks = Hooks::of(home.path()).unwrap().unwrap();
    hooks.taken_up(0).unwrap();
    hooks.take_up(&[arrived(1)]).unwrap();
    run(hooks.finish());
    asked.recv().unwrap();
    let now = crate::now().unix_ms();
    assert!(matches!(hooks.queue.next("oa", now), queue::Next::In(_)));
    assert!(matches!(
        hooks.queue.next("oa", now + 60_000),
        queue::Next::Due(..)
    ));
}

#[test]
fn a_silent_listener_takes_no_longer_than_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let home = home("", &["oa"]);
    let text = posting(address, &format!("\"{address}\"")) + "timeout_seconds = 1\n";
    let config = Config::parse(&text, home.path()).unwrap();
    let since = Instant::now();
    let outcome = run(deliver(&config.hooks()[0], config.allowed(), &trial()));
    assert_eq!(outcome, Err(NotDelivered::Slow));
    assert!(since.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_comes_after_a_hook_was_set_is_told_whenever_it_is_at_work() {
    let empty = tempfile::tempdir().unwrap();
    Hooks::begin(empty.path(), 3).unwrap();
    let text = "[[hook]]\nname = \"one\"\ncommand = [\"/bin/true\"]\n";
    std::fs::write(empty.path().join("hooks.toml"), text).unwrap();
    let hooks = Hooks::of(empty.path()).unwrap().unwrap();
    assert_eq!(hooks.taken_up(8).unwrap(), 3, "4 to 8 came meanwhile");
    hooks.take_up(&[arrived(8)]).unwrap();
    // A second one begins with what the first one is told.
    Hooks::begin(empty.path(), 9).unwrap();
    assert_eq!(hooks.taken_up(9).unwrap(), 8);
    drop(hooks);
    // Where there was none for a while, nothing of that time is told.
    std::fs::write(empty.path().join("hooks.toml"), "").unwrap();
    Hooks::begin(empty.path(), 40).unwrap();
    std::fs::write(empty.path().join("hooks.toml"), text).unwrap();
    let hooks = Hooks::of(empty.path()).unwrap().unwrap();
    assert_eq!(hooks.taken_up(41).unwrap(), 40);
}

#[test]
fn an_event_is_taken_up_once_whatever_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let text = format!(
        "[[hook]]\nname = \"file\"\nduty = true\n\
         command = [\"/usr/bin/tee\", \"-a\", \"{}\"]\n",
        out.display()
    );
    let home = home(&text, &[]);
    let hooks = Hooks::of(home.path()).unwrap().unwrap();
    assert_eq!(hooks.taken_up(5).unwrap(), 5, "what was before is not told");
    hooks.take_up(&[arrived(6), arrived(7)]).unwrap();
    assert!(
        Hooks::of(home.path()).unwrap().is_none(),
        "a second agent leaves them alone"
    );
    drop(hooks);
    // Nothing was delivered yet, and then the agent came back and heard of the same events.
    let hooks = Hooks::of(home.path()).unwrap().unwrap();
    assert_eq!(hooks.taken_up(9).unwrap(), 7);
    hooks.take_up(&[arrived(6), arrived(7)]).unwrap();
    run(hooks.finish());
    let told = std::fs::read_to_string(&out).unwrap();
    let count = |what: &str| told.matches(what).count();
    assert_eq!(
        (count("106-arrived"), count("107-arrived")),
        (1, 1),
        "{told}"
    );
    assert!(told.contains("值班室"), "it asked for who is on duty");
}

#[test]
fn h4_a_command_gets_no_shell_no_environment_and_no_time_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let home = home("", &[]);
    let command = |words: &str, more: &str| {
        let text = format!("[[hook]]\nname = \"c\"\ncommand = [{words}]\n{more}");
        let config = Config::parse(&text, home.path()).unwrap();
        run(deliver(&config.hooks()[0], config.allowed(), &trial()))
    };
    let touched = folder.path().join("touched");
    let words = format!(
        "\"/bin/echo\", \"x; touch {0}\", \"$(touch {0})\"",
        touched.display()
    );
    assert_eq!(command(&words, ""), Ok(()));
    assert!(!touched.exists());
    let script = "env | grep -v '^PATH=\\|^PWD=\\|^SHLVL=\\|^_=' >&2 && exit 1; exit 0";
    let words = format!("\"/bin/sh\", \"-c\", \"{}\"", script.replace('\\', "\\\\"));
    assert_eq!(
        command(&words, ""),
        Ok(()),
        "nothing of the agent's environment"
    );
    let since = Instant::now();
    let outcome = command("\"/bin/sleep\", \"600\"", "timeout_seconds = 1\n");
    assert_eq!(outcome, Err(NotDelivered::Slow));
    assert!(since.elapsed() < Duration::from_secs(10));
    let words = "\"/bin/sh\", \"-c\", \"yes >&2\"";
    let outcome = command(words, "timeout_seconds = 5\n");
    assert!(outcome.is_err(), "what it says has an end: {outcome:?}");
    let words = "\"/bin/sh\", \"-c\", \"printf 'a\\\\033[2Jb' >&2; exit 3\"";
    let said = NotDelivered::Ended(Some(3), "a[2Jb".to_owned());
    assert_eq!(command(words, ""), Err(said));
    assert!(matches!(
        command("\"/no/such/program\"", ""),
        Err(NotDelivered::NotStarted(_))
    ));
}

#[test]
fn a_hook_gets_what_it_asked_for() {
    let home = home("", &[]);
    let text = "[[hook]]\nname = \"c\"\ncommand = [\"/bin/true\"]\n";
    let wants = |more: &str, notice: &Notice| {
        let config = Config::parse(&format!("{text}{more}"), home.path()).unwrap();
        config.hooks()[0].wants(notice)
    };
    let ordinary = notice(1, NoticeKind::Arrived, Urgency::Ordinary, For::Receivers);
    let urgent = notice(1, NoticeKind::Overdue, Urgency::MostUrgent, For::Authority);
    let recorded = notice(1, NoticeKind::Recorded, Urgency::Ordinary, For::Senders);
    assert!(wants("", &ordinary) && wants("", &urgent) && !wants("", &recorded));
    assert!(wants("events = [\"recorded\"]\n", &recorded));
    let events = "events = [\"overdue\", \"returned\"]\n";
    assert!(!wants(events, &ordinary) && wants(events, &urgent));
    let audience = "audience = [\"receivers\"]\n";
    assert!(wants(audience, &ordinary) && !wants(audience, &urgent));
    for urgency in ["urgency = \"加急\"\n", "urgency = \"urgent\"\n"] {
        assert!(!wants(urgency, &ordinary) && wants(urgency, &urgent));
    }
}

#[test]
fn h4_a_configuration_that_is_not_in_order_starts_nothing() {
    let home = home("", &["oa"]);
    let command = "command = [\"/bin/true\"]\n";
    let hook = |name: &str, more: &str| format!("[[hook]]\nname = \"{name}\"\n{more}");
    let post = |url: &str| hook("oa", &format!("post = \"{url}\"\n"));
    let allow = |text: String| format!("allow = [\"10.1.2.3:80\", \"10.1.2.3:443\"]\n{text}");
    let cases = [
        (hook("", command), BadHook::Name),
        (hook("../x", command), BadHook::Name),
        (hook("a", command) + &hook("a", command), BadHook::Name),
        (hook("a", ""), BadHook::Way),
        (
            hook("a", &format!("{command}post = \"http://a.cn:80/\"\n")),
            BadHook::Way,
        ),
        (hook("a", "command = []\n"), BadHook::Command),
        (hook("a", "command = [\"true\"]\n"), BadHook::Command),
        (hook("a", "command = [\"./true\"]\n"), BadHook::Command),
        (post("file:///etc/passwd"), BadHook::Url),
        (post("http://10.1.2.3/"), BadHook::NotAllowed),
        (allow(post("http://10.1.2.3:8080/")), BadHook::NotAllowed),
        (
            allow(hook("b", "post = \"http://10.1.2.3/\"\n")),
            BadHook::NoKey,
        ),
        (allow(post("https://10.1.2.3/")), BadHook::Certificates),
        (
            hook("a", &format!("{command}events = [\"x\"]\n")),
            BadHook::Event("x".to_owned()),
        ),
        (
            hook("a", &format!("{command}audience = [\"x\"]\n")),
            BadHook::Audience("x".to_owned()),
        ),
        (
            hook("a", &format!("{command}urgency = \"x\"\n")),
            BadHook::Urgency("x".to_owned()),
        ),
        (
            hook("a", &format!("{command}timeout_seconds = 0\n")),
            BadHook::Timeout,
        ),
        (
            hook("a", &format!("{command}timeout_seconds = 61\n")),
            BadHook::Timeout,
        ),
    ];
    for (text, expected) in cases {
        match Config::parse(&text, home.path()) {
            Err(BadHooks::Hook { why, .. }) => assert_eq!(why, expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in [
        "x = 1\n",
        "[[hook]]\n",
        "allow = [\"*\"]\n",
        "[[hook]]\nname = 1\n",
    ] {
        assert!(Config::parse(text, home.path()).is_err(), "{text}");
    }
}

#[test]
fn h4_what_others_can_write_or_read_is_not_used() {
    let home = home("", &["oa"]);
    assert!(Config::of(home.path()).unwrap().is_some());
    let path = home.path().join(CONFIG);
    let open = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(&path, open).unwrap();
    let refused = Config::of(home.path());
    assert!(
        matches!(refused, Err(BadHooks::OpenToOthers(_))),
        "{refused:?}"
    );
    let key = config::key_path(home.path(), "oa");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let text = "allow = [\"10.1.2.3:80\"]\n[[hook]]\nname = \"oa\"\npost = \"http://10.1.2.3/\"\n";
    let refused = Config::parse(text, home.path());
    let why = matches!(
        refused,
        Err(BadHooks::Hook {
            why: BadHook::BadKey,
            ..
        })
    );
    assert!(why, "{refused:?}");
}
