//! Runs tests over the sample files, and counts them as skipped where there are none.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A test: its name, and what it does with the folder of samples.
pub(crate) type Test = (&'static str, fn(&Path));

/// Runs those of the tests that were asked for on the command line.
pub(crate) fn run(tests: &[Test]) -> ExitCode {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    if std::env::args().any(|arg| arg == "--list") {
        for (name, _) in tests {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let folder = folder();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    println!("\nrunning {} tests", tests.len());
    for (name, test) in tests {
        if !asked.is_empty() && asked.iter().all(|part| !name.contains(part.as_str())) {
            continue;
        }
        let outcome = match &folder {
            None => {
                skipped += 1;
                "ignored, there are no samples: set YICHUAN_SAMPLES"
            }
            Some(folder) if catch_unwind(AssertUnwindSafe(|| test(folder))).is_ok() => {
                passed += 1;
                "ok"
            }
            Some(_) => {
                failed += 1;
                "FAILED"
            }
        };
        println!("test {name} ... {outcome}");
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {skipped} ignored; \
         0 measured; 0 filtered out\n"
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The folder of samples; one that was named must be there.
pub(crate) fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("YICHUAN_SAMPLES") {
        let folder = PathBuf::from(named).join("ofd");
        assert!(folder.is_dir(), "{} is no folder", folder.display());
        return Some(folder);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("../shared/samples/ofd");
    folder.is_dir().then_some(folder)
}
