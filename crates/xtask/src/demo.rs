//! `cargo xtask demo`: the main job from nothing, told in some twenty lines; with `--desk`, a world
//! to be looked at in a browser.

mod desks;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::Value;
use yichuan_xtask::installation::{fixture, text};
use yichuan_xtask::{Failure, Installation, Office, Programs};

use crate::test::fonts;
use crate::workspace::{cargo, target};

/// Where programs look for fonts beside those of the system.
const FONTS: &str = "YICHUAN_FONTS";

const USAGE: &str = "usage: cargo xtask demo [--desk [--json] [--today | --stale-passwords]] \
    [--keep DIR] [--programs DIR]";

/// What has happened in the world that the desks show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum History {
    /// Documents of the week before.
    #[default]
    Week,
    /// The same documents, all of today.
    Today,
    /// Nothing, in a small world that was founded a day ago: its passwords have run out.
    StalePasswords,
}

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    desk: bool,
    json: bool,
    history: Option<History>,
    keep: Option<PathBuf>,
    /// Programs that are built already; the release build otherwise.
    programs: Option<PathBuf>,
}

impl Asked {
    /// Takes the history to be shown; none where another one was asked for.
    fn tell(&mut self, history: History) -> Option<()> {
        let before = self.history.replace(history);
        before.is_none_or(|before| before == history).then_some(())
    }
}

fn understand(arguments: &[String]) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--desk" => asked.desk = true,
            "--json" => asked.json = true,
            "--today" => asked.tell(History::Today)?,
            "--stale-passwords" => asked.tell(History::StalePasswords)?,
            "--keep" => asked.keep = Some(words.next()?.into()),
            "--programs" => asked.programs = Some(words.next()?.into()),
            _ => return None,
        }
    }
    (asked.desk || !(asked.json || asked.history.is_some())).then_some(asked)
}

/// Runs the demo; `--keep DIR` leaves the installation there.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let Some(asked) = understand(arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match demo(&asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("demo failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn demo(asked: &Asked) -> Result<(), Failure> {
    let keep = asked.keep.as_deref();
    let programs = if let Some(folder) = &asked.programs {
        folder.canonicalize()?
    } else {
        build()?;
        target().join("release")
    };
    let mut programs = Programs::in_folder(&programs)?;
    if std::env::var_os(FONTS).is_none() && fonts::folder().is_dir() {
        programs = programs.told(FONTS, fonts::folder());
    }
    let temporary = tempfile::tempdir()?;
    let folder = match keep {
        Some(folder) => absent_or_empty(folder)?,
        None => temporary.path().to_owned(),
    };
    if asked.desk {
        return desks::run(&folder, programs, asked);
    }
    let since = Instant::now();
    let mut installation = Installation::found(&folder, programs, "quic", &mut |_| {})?;
    let mut story = Story::begin(&installation)?;
    story.tell(&installation)?;
    let bundle = story.evidence(&installation)?;
    story.nothing_readable(&installation)?;
    installation.stop()?;
    verify(&installation, &bundle)?;
    refused_level(&installation)?;
    println!("\n用时 · took {:.1} s", since.elapsed().as_secs_f64());
    if keep.is_some() {
        leave(&installation);
    }
    Ok(())
}

/// The programs are those of the release build, as an office would have them.
fn build() -> Result<(), Failure> {
    eprintln!("构建发布版程序 · building the release programs");
    let packages = [
        "build",
        "--release",
        "--locked",
        "-p",
        "yichuan-desk",
        "-p",
        "yichuan-exchange",
    ];
    let status = cargo(&packages).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("cargo build: {status}")))
    }
}

fn absent_or_empty(folder: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(Failure(format!("{} is not empty", folder.display())));
    }
    Ok(folder.canonicalize()?)
}

/// The story of one document.
struct Story {
    elements: Value,
    id: String,
    lines: u32,
}

impl Story {
    fn begin(installation: &Installation) -> Result<Self, Failure> {
        let elements = fs::read_to_string(fixture("notice.json"))?;
        let elements = serde_json::from_str(&elements).map_err(|e| Failure(e.to_string()))?;
        println!("\n── 一份公文，从一个机关到三个机关 · one document, from one office to three ──");
        let names: Vec<_> = installation
            .offices
            .iter()
            .map(|office| office.name)
            .collect();
        println!("   机关 · offices: {}", names.join("、"));
        let story = Self {
            elements,
            id: String::new(),
            lines: 0,
        };
        println!("   标题 · title: {}", story.title()?);
        Ok(story)
    }

    fn title(&self) -> Result<&str, Failure> {
        self.elements["title"]
            .as_str()
            .ok_or_else(|| Failure("the notice has no title".into()))
    }

    fn line(&mut self, who: &str, what: &str, said: &Value) {
        self.lines += 1;
        let time = said["time_ms"].as_i64().map(local).unwrap_or_default();
        let index = said["index"].as_u64();
        let index = index.map(|index| format!("  #{index}")).unwrap_or_default();
        println!("{:>2}. {time:25} {who} {what}{index}", self.lines);
    }

    fn tell(&mut self, installation: &Installation) -> Result<(), Failure> {
        let [sender, rest @ ..] = installation.offices.as_slice() else {
            return Err(Failure("no offices".into()));
        };
        let paths = ["notice.ofd", "notice.pdf", "annex.pdf"].map(fixture);
        let (meta, elements) = (fixture("notice.json"), "公开");
        let mut arguments = vec![
            "--json",
            "compose",
            "--meta",
            text(&meta)?,
            "--level",
            elements,
            "--to",
            "513201-zf,513202-zf",
            "--cc",
            "513200-daj",
            "--print-quota",
            "3",
        ];
        for path in &paths {
            arguments.push(text(path)?);
        }
        let composed = installation.call(sender, "fs01", &arguments)?.json()?;
        composed["id"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut self.id);
        let bytes = &composed["body_bytes"];
        self.line(
            "张 fs01",
            &format!(
                "拟稿并加密 · composed and encrypted {} ({bytes} B)",
                self.id
            ),
            &composed,
        );
        let id = self.id.clone();
        let step = |letters: &str, arguments: &[&str]| -> Result<Value, Failure> {
            let mut all = vec!["--json"];
            all.extend_from_slice(arguments);
            installation.call(sender, letters, &all)?.json()
        };
        let said = step("fs01", &["submit", &id])?;
        self.line("张 fs01", "提交 · submitted", &said);
        let said = step("sp01", &["approve", &id])?;
        self.line("王 sp01", "审批通过 · approved", &said);
        let said = step("yz01", &["seal", &id, "--at", "2,121.3,187.2,42,42"])?;
        self.line(
            "赵 yz01",
            "用印，公文发出 · sealed, and so dispatched",
            &said,
        );
        for (place, office) in rest.iter().enumerate() {
            self.receive(installation, office, place == 1)?;
        }
        Ok(())
    }

    fn receive(
        &mut self,
        installation: &Installation,
        office: &Office,
        gives_back: bool,
    ) -> Result<(), Failure> {
        let id = self.id.clone();
        let fetched = installation
            .call(office, "js01", &["--json", "fetch", &id])?
            .json()?;
        if fetched["title"].as_str() != Some(self.title()?) {
            return Err(Failure(format!(
                "{}: another title was opened",
                office.name
            )));
        }
        check_files(&fetched)?;
        let checks = fetched["checks"].as_array().cloned().unwrap_or_default();
        let passed = checks.iter().filter(|check| check["outcome"] == 1).count();
        let what = format!(
            "取件、解密、查验 · fetched, opened, inspected ({passed}/{} 通过 · passed)",
            checks.len()
        );
        self.line(office.name, &what, &fetched);
        let arguments: &[&str] = if gives_back {
            &[
                "--json",
                "return",
                &id,
                "--reason",
                "10",
                "--text",
                "附件名单第2页缺字，请补正后重发",
            ]
        } else {
            &["--json", "sign", &id]
        };
        let said = installation.call(office, "js01", arguments)?.json()?;
        let what = if gives_back {
            "退回：附件问题 · returned: the annex (reason 10)"
        } else {
            "签收 · signed for it"
        };
        self.line(office.name, what, &said);
        Ok(())
    }

    fn evidence(&mut self, installation: &Installation) -> Result<PathBuf, Failure> {
        let sender = &installation.offices[0];
        let shown = installation.call(sender, "fs01", &["show", &self.id])?;
        println!(
            "\n── 发文单位所见 · what the sender sees ──\n{}",
            shown.out.trim_end()
        );
        let folder = installation.folder.join("evidence");
        fs::create_dir_all(&folder)?;
        let bundle = folder.join(format!("{}.yce", self.id));
        let arguments = ["export", &self.id, "--out", text(&bundle)?];
        let said = installation.call(sender, "fs01", &arguments)?;
        println!("{}", said.out.trim_end());
        fs::copy(installation.root(), installation.folder.join("root.pub"))?;
        Ok(bundle)
    }

    /// Neither title nor text stands anywhere in what the exchange keeps or logs.
    fn nothing_readable(&self, installation: &Installation) -> Result<(), Failure> {
        let phrase = self.elements["phrase"].as_str().unwrap_or_default();
        let mut searched = 0;
        for needle in [self.title()?, phrase] {
            searched = search(&installation.exchange_home(), needle.as_bytes())?;
        }
        println!(
            "交换中心的 {searched} 字节数据与日志中，找不到标题和正文 · \
             neither title nor text stands in the exchange's {searched} bytes"
        );
        Ok(())
    }
}

/// What was opened is byte for byte what was composed.
fn check_files(fetched: &Value) -> Result<(), Failure> {
    let folder = PathBuf::from(fetched["folder"].as_str().unwrap_or_default());
    for name in ["notice.ofd", "notice.pdf", "annex.pdf"] {
        if fs::read(folder.join(name))? != fs::read(fixture(name))? {
            return Err(Failure(format!("{name} arrived changed")));
        }
    }
    Ok(())
}

/// Searches every file below `folder`; refuses to find `needle`. Returns the bytes searched.
fn search(folder: &Path, needle: &[u8]) -> Result<u64, Failure> {
    let mut searched = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            searched += search(&path, needle)?;
            continue;
        }
        let bytes = fs::read(&path)?;
        searched += bytes.len() as u64;
        if bytes.windows(needle.len()).any(|window| window == needle) {
            return Err(Failure(format!(
                "{} holds what it must not",
                path.display()
            )));
        }
    }
    Ok(searched)
}

fn verify(installation: &Installation, bundle: &Path) -> Result<(), Failure> {
    println!(
        "\n── 交换中心已停止，离线验证证据 · the exchange is stopped; the evidence offline ──"
    );
    let nowhere = installation.folder.join("nowhere");
    let root = installation.folder.join("root.pub");
    let arguments = ["verify", text(bundle)?, "--root", text(&root)?];
    let said = installation.programs.good(&nowhere, "", &arguments)?;
    println!("{}", said.out.trim_end());
    Ok(())
}

fn refused_level(installation: &Installation) -> Result<(), Failure> {
    println!("\n── 机密公文 · a document classified 机密 ──");
    let (meta, file) = (fixture("notice.json"), fixture("notice.ofd"));
    let arguments = [
        "compose",
        "--meta",
        text(&meta)?,
        "--level",
        "机密",
        "--to",
        "513201-zf",
        text(&file)?,
    ];
    let said = installation.try_call(&installation.offices[0], "fs01", &arguments)?;
    if said.code != 1 {
        return Err(Failure(format!(
            "a 机密 document was not refused: {}",
            said.code
        )));
    }
    println!("{}", said.err.trim_end());
    Ok(())
}

fn leave(installation: &Installation) {
    let folder = installation.folder.display();
    let programs = target().join("release");
    let programs = programs.display();
    println!(
        "\n留在 · left in {folder}；口令 · password: {}",
        yichuan_xtask::installation::PASSWORD
    );
    println!("  {programs}/yichuan-exchange --home {folder}/exchange run &");
    for office in &installation.offices {
        println!(
            "  {programs}/yichuan --home {} inbox      # {}",
            office.home.display(),
            office.name
        );
    }
    println!("  {programs}/yichuan verify {folder}/evidence/*.yce --root {folder}/root.pub");
}

fn local(ms: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| format!("{ms}"),
        |time| {
            time.to_zoned_datetime(zone)
                .strftime("%Y-%m-%d %H:%M:%S %:z")
                .to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_understood_in_any_order() {
        let asked = understand(&words("--programs p --json --desk --keep k")).unwrap();
        assert!(asked.desk && asked.json);
        assert_eq!(asked.keep, Some(PathBuf::from("k")));
        assert_eq!(asked.programs, Some(PathBuf::from("p")));
        assert_eq!(understand(&[]), Some(Asked::default()));
        let today = understand(&words("--today --desk")).unwrap();
        assert_eq!(today.history, Some(History::Today));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for line in [
            "--desks",
            "x",
            "--keep",
            "--desk --programs",
            "--json",
            "--desk -k d",
            "--today",
            "--desk --today --stale-passwords",
        ] {
            assert_eq!(understand(&words(line)), None, "{line}");
        }
    }
}
