//! `cargo xtask demo --desk`: the world with its desks, until somebody ends it.

use std::io::BufRead as _;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use serde_json::json;
use yichuan_xtask::installation::PASSWORD;
use yichuan_xtask::world::past::{self, Past};
use yichuan_xtask::{Failure, Programs, World};

use super::{Asked, History};

/// What ends the wait.
enum Told {
    /// Ctrl-C, or the end of a program's input.
    End,
    /// A line of input, for programs.
    Line(String),
}

/// Opens the world in `folder`; with `--json` it prints one line and takes lines of input.
pub(super) fn run(folder: &Path, programs: Programs, asked: &Asked) -> Result<(), Failure> {
    let (sender, receiver) = channel();
    interrupted(sender.clone())?;
    let since = Instant::now();
    let mut tell = |step: &str| {
        eprintln!("  {:>5.1} s  {step}", since.elapsed().as_secs_f64());
    };
    let mut world = match asked.history.unwrap_or_default() {
        History::Week => World::open(folder, &past(programs), &mut tell)?,
        History::Today => World::open(folder, &Past::none(programs), &mut tell)?,
        History::StalePasswords => World::open_with_stale_passwords(folder, programs, &mut tell)?,
    };
    if asked.json {
        println!("{}", world.described());
        std::thread::spawn(move || lines(&sender));
    } else {
        print(&world);
    }
    while let Ok(Told::Line(line)) = receiver.recv() {
        match line.trim() {
            "stop exchange" => world.installation.stop()?,
            "start exchange" => world.installation.start()?,
            "" => continue,
            other => return Err(Failure(format!("`{other}` means nothing here"))),
        }
        println!("{}", json!({ "done": line.trim() }));
    }
    world.close()
}

/// A week, where libfaketime is installed and nobody wants it otherwise.
fn past(programs: Programs) -> Past {
    if let Some(library) = past::library() {
        return Past::of(programs, library);
    }
    eprintln!(
        "没有 libfaketime，所有事项办在今天；安装：apt-get install libfaketime · \
         without libfaketime everything happens today"
    );
    Past::none(programs)
}

/// Tells of Ctrl-C instead of ending at once, so that folders with keys go.
fn interrupted(sender: Sender<Told>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            // Where nobody listens any more, it has ended already.
            let _ = sender.send(Told::End);
        }
    });
    Ok(())
}

fn lines(sender: &Sender<Told>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        if sender.send(Told::Line(line)).is_err() {
            return;
        }
    }
    let _ = sender.send(Told::End);
}

fn print(world: &World) {
    println!("\n{}", table(&world.rows()));
    println!("口令 · password: {PASSWORD}");
    if !world.typeset {
        println!(
            "本机没有公文字体，各公文的版面都是样例 · no fonts to typeset with: \
             every document shows the sample's pages"
        );
    }
    if world.desks.iter().any(|desk| !desk.has_pages) {
        println!("程序未含网页 · the program has no pages: cargo xtask web");
    }
    if world.took_a_week {
        println!(
            "所有事项办在过去一周，时间由 libfaketime 给出，其间交换中心的停机如实记录 · \
             done over the week before, by the clock of libfaketime; while it stood still the \
             exchange was down, and says so"
        );
    } else {
        println!("所有事项都是刚才办的，时间如实 · everything was done just now, and says so");
    }
    println!("按 Ctrl-C 结束 · Ctrl-C ends it");
}

/// Rows in columns; a Chinese sign is as wide as two letters.
fn table(rows: &[[String; 5]]) -> String {
    let wide = |text: &str| -> usize {
        let signs = text.chars();
        signs.map(|sign| if sign.is_ascii() { 1 } else { 2 }).sum()
    };
    let mut widths = [0; 5];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = wide(cell).max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line += cell;
            line += &" ".repeat(width - wide(cell) + 2);
        }
        text += line.trim_end();
        text += "\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_whatever_the_script() {
        let row = |first: &str| [first, "b", "c", "d", "e"].map(str::to_owned);
        let text = table(&[row("档案局"), row("abcdef"), row("")]);
        let places: Vec<usize> = text
            .lines()
            .map(|line| {
                let before = line.split('b').next().unwrap_or_default();
                before
                    .chars()
                    .map(|sign| if sign.is_ascii() { 1 } else { 2 })
                    .sum()
            })
            .collect();
        // The second row has a `b` of its own; the others tell the column.
        assert_eq!((places[0], places[2]), (8, 8), "{text}");
    }
}
