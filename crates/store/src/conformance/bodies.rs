//! Cases for the store of bodies. They never look at how a backend keeps them.

use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use super::body_refusals::{
    absent_segment_is_not_read, bodies_are_open_once, layouts_are_compared, layouts_are_limited,
    not_begun_is_refused, read_beyond_the_end_is_refused, wrong_segment_is_refused,
};
use super::body_segments::{
    lengths_of_others_are_refused, many_segments_are_found, ranges_cross_unequal_segments,
    short_segment_in_the_middle_is_missed, unequal_segments_are_read, upload_resumes,
};
use super::{Case, Installation};
use crate::bodies::{Begun, Bodies, BodyError, BodyKey, BodyLayout};

/// Every case for [`Bodies`].
pub const BODY_CASES: &[Case] = &[
    (
        "a body is read as it was written, at every length",
        body_is_read_as_written,
    ),
    (
        "segments of unequal lengths are read as they were written",
        unequal_segments_are_read,
    ),
    (
        "a range is read across segments of unequal lengths",
        ranges_cross_unequal_segments,
    ),
    (
        "an upload resumes after every segment boundary",
        upload_resumes,
    ),
    (
        "a segment that has its neighbour's length is refused",
        lengths_of_others_are_refused,
    ),
    (
        "a short segment in the middle is missed when it is not there",
        short_segment_in_the_middle_is_missed,
    ),
    (
        "each of very many segments has its place",
        many_segments_are_found,
    ),
    (
        "a segment of wrong length or place is refused",
        wrong_segment_is_refused,
    ),
    (
        "a repeated segment does no harm",
        repeated_segment_is_harmless,
    ),
    (
        "eight writers of one body do no harm",
        eight_writers_are_harmless,
    ),
    ("a body with a gap is not finished", gap_is_not_finished),
    (
        "a read beyond the end is refused",
        read_beyond_the_end_is_refused,
    ),
    (
        "a segment that is not there is not read",
        absent_segment_is_not_read,
    ),
    ("a key stands for one layout", layouts_are_compared),
    (
        "a layout beyond the limits cannot be made",
        layouts_are_limited,
    ),
    ("a deleted body is gone", deleted_body_is_gone),
    (
        "a sweep takes old unfinished bodies only",
        sweep_takes_old_parts,
    ),
    ("what was not begun is refused", not_begun_is_refused),
    ("bodies are open once", bodies_are_open_once),
];

pub(super) const KEY: BodyKey = BodyKey([0xa5; 32]);
const SEGMENT: u32 = 1000;

pub(super) fn open(at: &dyn Installation) -> Box<dyn Bodies> {
    at.bodies().expect("the bodies open")
}

fn layout(size: usize) -> BodyLayout {
    let lengths = (0..size).step_by(SEGMENT as usize);
    let lengths = lengths.map(|at| SEGMENT.min(u32::try_from(size - at).expect("small")));
    BodyLayout::new(lengths.collect(), vec![7; size / 10]).expect("the layout is permitted")
}

pub(super) fn content(size: usize) -> Vec<u8> {
    (0..size)
        .map(|at| (at % 251).to_be_bytes()[7] ^ (at / 251).to_be_bytes()[7])
        .collect()
}

pub(super) fn cut(content: &[u8]) -> Vec<(u32, &[u8])> {
    (0..).zip(content.chunks(SEGMENT as usize)).collect()
}

pub(super) fn begin(bodies: &dyn Bodies, size: usize) {
    bodies
        .begin(&KEY, &layout(size))
        .expect("the body is begun");
}

pub(super) fn write(bodies: &dyn Bodies, index: u32, bytes: &[u8]) {
    bodies
        .write_segment(&KEY, index, bytes)
        .expect("the segment is written");
}

pub(super) fn read_all(bodies: &dyn Bodies, size: usize) -> Vec<u8> {
    let len = u32::try_from(size).expect("the cases are small");
    bodies.read(&KEY, 0, len).expect("the body is read")
}

fn body_is_read_as_written(at: &dyn Installation) {
    for (number, size) in (0_u8..).zip([1, 2, 999, 1000, 1001, 1999, 2000, 2001, 12_345]) {
        let key = BodyKey([number; 32]);
        let whole = content(size);
        let bodies = open(at);
        assert_eq!(
            bodies.begin(&key, &layout(size)).expect("begun"),
            Begun::New,
            "{size}"
        );
        for (index, bytes) in cut(&whole) {
            bodies.write_segment(&key, index, bytes).expect("written");
        }
        assert_eq!(
            bodies.size(&key).expect("asked"),
            None,
            "{size}, unfinished"
        );
        assert_eq!(
            bodies.layout(&key).expect("asked"),
            None,
            "{size}, unfinished"
        );
        bodies.finish(&key).expect("finished");
        drop(bodies);
        let bodies = open(at);
        assert_eq!(bodies.size(&key).expect("asked"), Some(size as u64));
        assert_eq!(
            bodies.layout(&key).expect("asked"),
            Some(layout(size)),
            "{size}"
        );
        assert_eq!(bodies.part(&key).expect("asked"), None, "{size}");
        let len = u32::try_from(size).expect("small");
        assert_eq!(bodies.read(&key, 0, len).expect("read"), whole, "{size}");
        assert_eq!(
            bodies.begin(&key, &layout(size)).expect("begun"),
            Begun::Finished,
            "{size}"
        );
        bodies.finish(&key).expect("finishing again does no harm");
    }
}

fn repeated_segment_is_harmless(at: &dyn Installation) {
    let whole = content(2500);
    let bodies = open(at);
    begin(&*bodies, 2500);
    for (index, bytes) in cut(&whole) {
        write(&*bodies, index, bytes);
        write(&*bodies, index, bytes);
    }
    begin(&*bodies, 2500);
    bodies.finish(&KEY).expect("finished");
    // A writer that comes late changes nothing, whatever it brings.
    write(&*bodies, 1, &[0xee; 1000]);
    bodies.finish(&KEY).expect("finished again");
    assert_eq!(read_all(&*bodies, 2500), whole);
}

fn eight_writers_are_harmless(at: &dyn Installation) {
    let whole = content(40_500);
    let pieces = cut(&whole);
    let bodies = open(at);
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (bodies, pieces, start, whole) = (&*bodies, &pieces, &start, &whole);
            scope.spawn(move || {
                start.wait();
                begin(bodies, whole.len());
                for at in 0..pieces.len() {
                    let (index, bytes) = pieces[(at + writer * 5) % pieces.len()];
                    write(bodies, index, bytes);
                }
                bodies
                    .finish(&KEY)
                    .expect("whoever comes last finds it finished");
                assert_eq!(read_all(bodies, whole.len()), *whole);
            });
        }
    });
    drop(bodies);
    assert_eq!(read_all(&*open(at), whole.len()), whole);
}

fn gap_is_not_finished(at: &dyn Installation) {
    let whole = content(3500);
    let pieces = cut(&whole);
    let bodies = open(at);
    for gap in 0..pieces.len() {
        begin(&*bodies, 3500);
        for (index, bytes) in pieces.iter().filter(|(index, _)| *index as usize != gap) {
            write(&*bodies, *index, bytes);
        }
        let answer = bodies.finish(&KEY);
        let expected = matches!(
            answer,
            Err(BodyError::Incomplete { first, missing: 1 }) if first as usize == gap
        );
        assert!(expected, "gap at {gap}: {answer:?}");
        assert_eq!(bodies.size(&KEY).expect("asked"), None, "gap at {gap}");
        let (index, bytes) = pieces[gap];
        write(&*bodies, index, bytes);
        bodies
            .finish(&KEY)
            .expect("finished after the gap is filled");
        assert_eq!(read_all(&*bodies, 3500), whole, "gap at {gap}");
        bodies.delete(&KEY).expect("deleted");
    }
}

fn deleted_body_is_gone(at: &dyn Installation) {
    let bodies = open(at);
    assert!(!bodies.delete(&KEY).expect("deleted"), "nothing was there");
    for finished in [false, true] {
        begin(&*bodies, 1500);
        write(&*bodies, 0, &[1; 1000]);
        write(&*bodies, 1, &[1; 500]);
        if finished {
            bodies.finish(&KEY).expect("finished");
        }
        assert!(
            bodies.delete(&KEY).expect("deleted"),
            "finished: {finished}"
        );
        assert!(
            !bodies.delete(&KEY).expect("deleted"),
            "finished: {finished}"
        );
        assert_eq!(
            bodies.part(&KEY).expect("asked"),
            None,
            "finished: {finished}"
        );
        assert_eq!(
            bodies.size(&KEY).expect("asked"),
            None,
            "finished: {finished}"
        );
        let late = bodies.write_segment(&KEY, 0, &[1; 1000]);
        assert!(
            matches!(late, Err(BodyError::NotBegun)),
            "finished: {finished}: {late:?}"
        );
    }
    let begun = bodies
        .begin(&KEY, &layout(700))
        .expect("another layout may use the key");
    assert_eq!(begun, Begun::New);
    let part = bodies.part(&KEY).expect("asked").expect("there");
    assert_eq!(
        part.written.count() + part.claimed.count(),
        0,
        "marks of the deleted body"
    );
}

fn sweep_takes_old_parts(at: &dyn Installation) {
    let bodies = open(at);
    let (done, begun, half) = (BodyKey([1; 32]), BodyKey([2; 32]), BodyKey([3; 32]));
    for key in [done, begun, half] {
        bodies.begin(&key, &layout(1500)).expect("begun");
    }
    for key in [done, half] {
        bodies.write_segment(&key, 0, &[1; 1000]).expect("written");
    }
    bodies.write_segment(&done, 1, &[1; 500]).expect("written");
    bodies.finish(&done).expect("finished");
    let hour = Duration::from_hours(1);
    let swept = bodies.sweep(SystemTime::now() - hour).expect("swept");
    assert_eq!(swept, [], "all are newer");
    let mut swept = bodies.sweep(SystemTime::now() + hour).expect("swept");
    swept.sort();
    assert_eq!(swept, [begun, half]);
    let again = bodies.sweep(SystemTime::now() + hour).expect("swept");
    assert_eq!(again, [], "nothing is left to take");
    assert_eq!(bodies.size(&done).expect("asked"), Some(1500));
    for key in [begun, half] {
        assert_eq!(bodies.part(&key).expect("asked"), None, "{key}");
        let late = bodies.write_segment(&key, 1, &[1; 500]);
        assert!(matches!(late, Err(BodyError::NotBegun)), "{key}: {late:?}");
    }
}
