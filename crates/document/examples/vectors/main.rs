//! Writes the vectors of `proto/vectors/document`: from fixed seeds, so that two runs agree.
//!
//! What a case must give is said here by hand and not taken from the code that it tests.

mod forms;
mod manifests;
mod names;
mod raw;
mod rosters;
mod signatures;
mod statements;

use std::path::Path;

use serde_json::Value;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/vectors/document");
    std::fs::create_dir_all(&folder)?;
    write(&folder.join("cbor.json"), &forms::file())?;
    write(&folder.join("manifest.json"), &manifests::file())?;
    write(&folder.join("signature.json"), &signatures::file())?;
    write(&folder.join("statement.json"), &statements::file())?;
    write(&folder.join("roster.json"), &rosters::file())?;
    write(&folder.join("name.json"), &names::file())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the example is a tool for developers and writes files; the crate does not"
)]
fn write(path: &Path, file: &Value) -> std::io::Result<()> {
    std::fs::write(path, format!("{file:#}\n"))
}
