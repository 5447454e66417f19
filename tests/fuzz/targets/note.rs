//! Signed notes: checkpoints, and the lines of the keys that verify them.
#![no_main]

use std::sync::LazyLock;

use yichuan_evidence::checkpoint::{Checkpoint, NoteKey, verify};

/// The key of the log in the seeds.
static KEYS: LazyLock<[NoteKey; 1]> = LazyLock::new(|| {
    let line = "yichuan.example+13ee3466+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
    [line.parse().expect("it is the line of a key")]
});

libfuzzer_sys::fuzz_target!(|note: &[u8]| {
    if let Ok(signed) = verify(note, &*KEYS) {
        let exported = signed.export();
        assert!(verify(exported.as_bytes(), &*KEYS).is_ok());
    }
    let Ok(text) = std::str::from_utf8(note) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.body(), text);
    }
    if let Ok(key) = text.parse::<NoteKey>() {
        assert_eq!(key.to_string(), text);
    }
});
