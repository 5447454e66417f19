//! Fifty simulated prefectures of thirty units, for ten days each.

use yichuan_tests::simulation::{self, Size};

const SIZE: Size = Size {
    units: 30,
    days: 10,
    documents: 100,
};

/// Runs these seeds, two at a time, and names the first that failed.
fn run(seeds: std::ops::Range<u64>) {
    let middle = seeds.start.midpoint(seeds.end);
    let halves = [seeds.start..middle, middle..seeds.end];
    let threads = halves.map(|half| {
        std::thread::spawn(move || {
            for seed in half {
                match simulation::run(seed, SIZE) {
                    Ok(outcome) => println!("seed {seed}: {outcome}"),
                    Err(why) => return Err(format!("seed {seed}: {why}")),
                }
            }
            Ok(())
        })
    });
    for thread in threads {
        let outcome = thread
            .join()
            .unwrap_or_else(|_| Err("it panicked".to_owned()));
        assert_eq!(outcome, Ok(()));
    }
}

#[test]
fn c6_d1_d2_d3_d7_fifty_prefectures_keep_their_clocks() {
    run(1..51);
}
