//! Runs simulations of any size: `cargo xtask simulate`.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use yichuan_tests::simulation::{self, Size};

/// Simulated prefectures, each from its seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Units.
    #[arg(long, default_value_t = 1_000)]
    units: usize,
    /// Days.
    #[arg(long, default_value_t = 30)]
    days: u64,
    /// Documents of a unit in a day, in hundredths.
    #[arg(long, default_value_t = 100)]
    documents: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let size = Size {
        units: arguments.units,
        days: arguments.days,
        documents: arguments.documents,
    };
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        println!("seed {seed}: {} units, {} days …", size.units, size.days);
        let begun = Instant::now();
        match simulation::run(seed, size) {
            Ok(outcome) => println!("seed {seed}: {outcome}; {:.1?}", begun.elapsed()),
            Err(why) => {
                eprintln!("seed {seed} failed: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
