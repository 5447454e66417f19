//! Tests of homes.

use yichuan_document::Digest;

use super::*;

fn taken(folder: &Path) -> Home {
    Home::take(folder, "test").unwrap()
}

#[test]
fn another_root_is_not_pinned_over_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let home = taken(folder.path());
    let pin = |genesis: &[u8]| RootPin {
        origin: "a.example".parse().unwrap(),
        genesis: Digest::of(genesis),
    };
    home.set_pin(&pin(b"one")).unwrap();
    home.set_pin(&pin(b"one")).unwrap();
    assert!(matches!(
        home.set_pin(&pin(b"two")),
        Err(HomeFailed::AnotherRoot)
    ));
    assert_eq!(home.pin().unwrap(), pin(b"one"));
}

#[test]
fn a4_a_root_is_one_line_of_one_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.pub");
    let hex = "0123456789abcdef".repeat(4);
    let good = format!("yichuan-root v1 a.example {hex}");
    for text in [good.clone(), format!("{good}\n")] {
        fs::write(&path, &text).unwrap();
        assert_eq!(read_pin(&path).unwrap().to_string(), good, "{text:?}");
    }
    for text in [
        String::new(),
        "yichuan-root v1 a.example".to_owned(),
        format!("{good}\n\n"),
        format!("{good}\r\n"),
        format!(" {good}"),
        format!("{good} "),
        format!("yichuan-root v2 a.example {hex}"),
        format!("yichuan-root  v1 a.example {hex}"),
        format!("yichuan-root v1 A.example {hex}"),
        format!("yichuan-root v1 a.example {}", hex.to_uppercase()),
        format!("yichuan-root v1 a.example {}", &hex[1..]),
        format!("yichuan-root v1 a.example {hex}0"),
        format!("{good}\n{good}\n"),
        "yichuan-root v1 ".repeat(4_096),
    ] {
        fs::write(&path, &text).unwrap();
        assert!(read_pin(&path).is_err(), "{text:?}");
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(read_pin(&path), Err(HomeFailed::NotText(_))));
}

#[test]
fn a_home_is_used_by_one_command_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = Home::take(folder.path(), "unit-key create").unwrap();
    let refused = Home::take_within(folder.path(), "inbox", Duration::ZERO);
    let Err(HomeFailed::Busy { holder }) = refused else {
        panic!("the home was taken twice");
    };
    let holder_is = format!("pid {} · yichuan unit-key create", std::process::id());
    assert_eq!(holder, holder_is);
    drop(first);
    Home::take_within(folder.path(), "inbox", Duration::ZERO).unwrap();
    let text = fs::read_to_string(folder.path().join("lock")).unwrap();
    assert!(text.ends_with("yichuan inbox\n"), "{text:?}");
}

#[test]
fn a_home_is_handed_to_the_command_that_waits() {
    let folder = tempfile::tempdir().unwrap();
    let first = taken(folder.path());
    let (waits, waiting) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            waits.send(()).unwrap();
            Home::take_within(folder.path(), "second", Duration::from_secs(60)).map(|_| ())
        });
        waiting.recv().unwrap();
        drop(first);
        second.join().unwrap().unwrap();
    });
}

#[test]
fn settings_are_read_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let home = taken(folder.path());
    let path = folder.path().join("home.toml");
    assert!(matches!(home.settings(), Err(HomeFailed::Missing(found)) if found == path));
    for (text, named) in [
        ("exchange = \"a:1\"\ntransports = \"tcp\"", "transports"),
        ("exchange = \"a:1\"\ntransport = \"TCP\"", "TCP"),
        ("transport = \"tcp\"", "exchange"),
        ("exchange = \"a:1\"\nlanguage = \"fr\"", "fr"),
        ("exchange = 1", "exchange"),
        ("exchange", "home.toml"),
    ] {
        fs::write(&path, text).unwrap();
        let message = home.settings().unwrap_err().to_string();
        assert!(message.contains(named), "{text:?}: {message}");
        assert_eq!(language(folder.path()), None, "{text:?}");
    }
    fs::write(&path, "exchange = \"a:1\"\nlanguage = \"en\"").unwrap();
    assert_eq!(language(folder.path()), Some(Lang::En));
    fs::write(&path, "#".repeat(20 << 10)).unwrap();
    let message = home.settings().unwrap_err().to_string();
    assert!(message.contains("longer than"), "{message}");
    fs::write(&path, "exchange = \"a:1\"").unwrap();
    let settings = home.settings().unwrap();
    assert_eq!(settings.transport, TransportName::Auto);
    home.set_settings(&settings).unwrap();
    assert_eq!(home.settings().unwrap().exchange, "a:1");
}

#[test]
fn a_file_is_replaced_and_its_neighbours_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (file, neighbour) = (
        folder.path().join("request.txt"),
        folder.path().join("request.partial"),
    );
    fs::write(&neighbour, "mine").unwrap();
    for text in ["one", "two"] {
        replace(&file, text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    assert_eq!(fs::read_to_string(&neighbour).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_bare_file_name_stands_in_this_folder() {
    let bare = Path::new("request.txt");
    unix::sync_folder(bare.parent().unwrap()).unwrap();
    assert_eq!(bare.with_file_name("x"), Path::new("x"));
}
