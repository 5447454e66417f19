//! An incremental update (7.5.6): objects behind what was there, and the way to them.

use core::fmt::Write as _;
use core::ops::Range;
use std::collections::BTreeMap;

use crate::pdf::Outline;

/// Digits of a number in `ByteRange`, blanks behind it included.
const DIGITS: usize = 10;

/// A file to which objects are added.
pub(super) struct Update {
    bytes: Vec<u8>,
    /// Where each object begins.
    objects: BTreeMap<u32, usize>,
    /// Where the numbers of `ByteRange` begin, and where the digits of the value stand.
    room: (usize, Range<usize>),
}

impl Update {
    /// Begins behind a file, on a line of its own.
    pub(super) fn after(before: &[u8], room: usize) -> Self {
        let mut bytes = Vec::with_capacity(before.len() + room);
        bytes.extend_from_slice(before);
        if !before.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        Self {
            bytes,
            objects: BTreeMap::new(),
            room: (0, 0..0),
        }
    }

    fn write(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds an object.
    pub(super) fn object(&mut self, number: u32, body: &[u8]) {
        self.objects.insert(number, self.bytes.len());
        self.write(&format!("{number} 0 obj\n"));
        self.bytes.extend_from_slice(body);
        self.write("\nendobj\n");
    }

    /// Adds the dictionary of the signature, which begins with `head`, with room for so many bytes.
    pub(super) fn value(&mut self, number: u32, head: &str, room: usize) {
        let blanks = " ".repeat(DIGITS * 3 + 2);
        let zeros = "0".repeat(2 * room);
        let body = format!("<<{head}/ByteRange[0 {blanks}]/Contents<{zeros}>>>");
        self.object(number, body.as_bytes());
        let end = self.bytes.len() - "\nendobj\n".len() - ">>>".len();
        let start = end - zeros.len();
        self.room = (start - "]/Contents<".len() - blanks.len(), start..end);
    }

    /// Adds the cross-references, in the form of those before, and the end; `free` is the first
    /// number that no object has. Then the ranges are known: the file, where the digits of the
    /// value stand, and the ranges.
    pub(super) fn finish(mut self, found: &Outline, free: u32) -> (Vec<u8>, Range<usize>, String) {
        let at = self.bytes.len();
        let last = found.last;
        if found.is_stream {
            self.objects.insert(free, at);
            self.stream(free, found);
        } else {
            self.table();
            self.write(&format!("trailer\n<</Size {free}/Prev {last}"));
            self.bytes.extend_from_slice(&found.trailer);
            self.write(">>\n");
        }
        self.write(&format!("startxref\n{at}\n%%EOF\n"));
        let (range, digits) = self.room;
        let (end, start) = (digits.start - 1, digits.end + 1);
        let length = self.bytes.len() - start;
        let numbers = format!("{end:<DIGITS$} {start:<DIGITS$} {length:<DIGITS$}");
        self.bytes[range..range + numbers.len()].copy_from_slice(numbers.as_bytes());
        (self.bytes, digits, format!("[0 {end} {start} {length}]"))
    }

    fn table(&mut self) {
        let mut table = "xref\n".to_owned();
        for (first, count) in runs(&self.objects) {
            let _ = writeln!(table, "{first} {count}");
            for at in self
                .objects
                .range(first..first + count)
                .map(|entry| entry.1)
            {
                let _ = writeln!(table, "{at:010} 00000 n ");
            }
        }
        self.write(&table);
    }

    fn stream(&mut self, number: u32, found: &Outline) {
        let index = runs(&self.objects);
        let index = index
            .iter()
            .map(|(first, count)| format!("{first} {count}"));
        let index = index.collect::<Vec<_>>().join(" ");
        let (size, last, length) = (number + 1, found.last, self.objects.len() * 6);
        self.write(&format!(
            "{number} 0 obj\n<</Type/XRef/Size {size}/Prev {last}"
        ));
        self.bytes.extend_from_slice(&found.trailer);
        self.write(&format!(
            "/W[1 5 0]/Index[{index}]/Length {length}>>\nstream\n"
        ));
        for at in self.objects.values() {
            self.bytes.push(1);
            self.bytes
                .extend_from_slice(&(*at as u64).to_be_bytes()[3..]);
        }
        self.write("\nendstream\nendobj\n");
    }
}

/// Numbers that follow each other: the first of them, and how many.
fn runs(objects: &BTreeMap<u32, usize>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in objects.keys() {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == *number => *count += 1,
            _ => runs.push((*number, 1)),
        }
    }
    runs
}
