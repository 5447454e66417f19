//! Developer tasks: `cargo xtask COMMAND`.
//!
//! Each command is a module of its own with one function `run(arguments) -> ExitCode`. They drive
//! cargo, the project's own programs and a few tools; they hold no key and speak no protocol.

mod bench;
mod demo;
mod dist;
mod fuzz;
mod pictures;
mod simulate;
mod test;
mod web;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND [ARGUMENT...]

commands:
  demo [--keep DIR]                     run the main job from nothing and verify the evidence
  demo --desk [--keep DIR]              open four offices' desks in a browser, until Ctrl-C
  dist [--programs DIR] [--out DIR]     make the two Debian packages of the release programs
  bench [--desk] [--json FILE]          measure the figures that the project states
  fuzz [--seconds N] [--jobs N] [TARGET...]
                                        try hostile bytes on every parser, ten minutes each
  pictures [--as-they-are]              make the pictures of the manuals anew, by the journeys
  simulate [--seed N --seeds N --units N --days N --documents N]
                                        simulate 1,000 units for 30 days, from 3 seeds
  test [--install] [--list] [PART...]   run everything that is tested, or the named parts
  web                                   build the desk's pages, which the program has inside";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let arguments: Vec<String> = words.collect();
    match command.as_str() {
        "bench" => bench::run(&arguments),
        "demo" => demo::run(&arguments),
        "dist" => dist::run(&arguments),
        "fuzz" => fuzz::run(&arguments),
        "pictures" => pictures::run(&arguments),
        "simulate" => simulate::run(&arguments),
        "test" => test::run(&arguments),
        "web" => web::run(&arguments),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
