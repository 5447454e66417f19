//! Chooses what the desk serves: its pages, where they were built, else one that says how.

use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(web)");
    // The folder is always there, with one empty file in it: what cargo watches and does not find
    // it takes for changed, and links the program anew each time.
    println!("cargo::rerun-if-changed=web/dist");
    if Path::new("web/dist/index.html").is_file() {
        println!("cargo::rustc-cfg=web");
    }
}
