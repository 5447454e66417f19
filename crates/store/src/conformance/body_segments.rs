//! Cases for bodies whose segments have unequal lengths.
//!
//! Each part of a document starts a new segment, so that a short one may stand anywhere.

use super::Installation;
use super::bodies::{KEY, content, open, read_all, write};
use crate::bodies::{Begun, Bodies, BodyError, BodyKey, BodyLayout, SEGMENTS_MAX};

/// Headers, parts and ends as they come: the short ones first, last, in the middle and in a row.
const CUTS: &[&[u32]] = &[
    &[1],
    &[1000],
    &[1, 1],
    &[1, 1000],
    &[1000, 1],
    &[1000, 3, 1000],
    &[1000, 1000, 1, 1000, 400, 1000, 37],
    &[5, 1, 1, 1000, 2, 1, 999],
    &[300, 301, 302, 303, 304, 303, 302],
];

/// The cut of most cases: 2,904 bytes with short segments in the middle and at the end.
const CUT: &[u32] = &[1000, 1, 1000, 400, 500, 3];

fn layout(lengths: &[u32]) -> BodyLayout {
    BodyLayout::new(lengths.to_vec(), b"leaves".to_vec()).expect("the layout is permitted")
}

fn begin(bodies: &dyn Bodies, lengths: &[u32]) -> Begun {
    bodies.begin(&KEY, &layout(lengths)).expect("begun")
}

/// A segment's number, its place and its bytes.
type Piece = (u32, u64, Vec<u8>);

/// A body of these segments, and they by themselves.
fn body(lengths: &[u32]) -> (Vec<u8>, Vec<Piece>) {
    let total = lengths.iter().map(|length| *length as usize).sum();
    let whole = content(total);
    let mut start = 0;
    let pieces = (0..).zip(lengths).map(|(index, length)| {
        let end = start + *length as usize;
        let piece = (index, start as u64, whole[start..end].to_vec());
        start = end;
        piece
    });
    (whole.clone(), pieces.collect())
}

/// Writes the body and finishes it.
fn upload(bodies: &dyn Bodies, lengths: &[u32]) -> Vec<u8> {
    let (whole, pieces) = body(lengths);
    begin(bodies, lengths);
    for (index, _, bytes) in &pieces {
        write(bodies, *index, bytes);
    }
    bodies.finish(&KEY).expect("finished");
    whole
}

pub(super) fn unequal_segments_are_read(at: &dyn Installation) {
    for (number, lengths) in (0_u8..).zip(CUTS) {
        let key = BodyKey([number; 32]);
        let (whole, pieces) = body(lengths);
        let bodies = open(at);
        bodies.begin(&key, &layout(lengths)).expect("begun");
        // The last first: a segment's place does not follow from what came before.
        for (index, _, bytes) in pieces.iter().rev() {
            bodies.write_segment(&key, *index, bytes).expect("written");
            let found = bodies.read_part_segment(&key, *index).expect("read");
            assert_eq!(found, *bytes, "{lengths:?}, segment {index} of the part");
        }
        bodies.finish(&key).expect("finished");
        drop(bodies);
        let bodies = open(at);
        let found = bodies.layout(&key).expect("asked").expect("there");
        assert_eq!(found, layout(lengths), "{lengths:?}");
        assert_eq!(found.size(), whole.len() as u64, "{lengths:?}");
        assert_eq!(found.segments() as usize, lengths.len(), "{lengths:?}");
        for (index, offset, bytes) in &pieces {
            let length = found.length(*index).map(|length| length as usize);
            let place = (found.offset(*index), length);
            assert_eq!(place, (Some(*offset), Some(bytes.len())), "{lengths:?}");
            let read = bodies.read_segment(&key, *index).expect("read");
            assert_eq!(read, *bytes, "{lengths:?}, segment {index}");
        }
        for beyond in [found.segments(), found.segments() + 1, u32::MAX] {
            assert_eq!(found.length(beyond), None, "{lengths:?}, {beyond}");
            assert_eq!(found.offset(beyond), None, "{lengths:?}, {beyond}");
            let answer = bodies.read_segment(&key, beyond);
            let expected = matches!(answer, Err(BodyError::NoSuchSegment { .. }));
            assert!(expected, "{lengths:?}, {beyond}: {answer:?}");
        }
    }
}

pub(super) fn ranges_cross_unequal_segments(at: &dyn Installation) {
    let bodies = open(at);
    let (whole, pieces) = body(CUT);
    begin(&*bodies, CUT);
    for (index, _, bytes) in &pieces {
        write(&*bodies, *index, bytes);
    }
    let check = |read: &dyn Fn(u64, u32) -> Result<Vec<u8>, BodyError>, when: &str| {
        for (_, offset, _) in &pieces {
            for from in offset.saturating_sub(1)..=offset + 1 {
                let start = usize::try_from(from).expect("small");
                for len in [0, 1, 2, 3, 400, 1001, 1002, whole.len() - start] {
                    let end = whole.len().min(start + len);
                    let len = u32::try_from(end - start).expect("small");
                    let found = read(from, len).expect("read");
                    assert_eq!(found, whole[start..end], "{when}: {len} from {from}");
                }
            }
        }
    };
    check(&|from, len| bodies.read_part(&KEY, from, len), "unfinished");
    bodies.finish(&KEY).expect("finished");
    check(&|from, len| bodies.read(&KEY, from, len), "finished");
}

pub(super) fn upload_resumes(at: &dyn Installation) {
    let (whole, pieces) = body(CUT);
    for stop in 0..=pieces.len() {
        for backwards in [false, true] {
            let case = format!("stopped at {stop}, backwards: {backwards}");
            let mut order = pieces.clone();
            if backwards {
                order.reverse();
            }
            let bodies = open(at);
            begin(&*bodies, CUT);
            for (index, _, bytes) in &order[..stop] {
                write(&*bodies, *index, bytes);
            }
            drop(bodies);
            let mut expected: Vec<u32> = order[..stop].iter().map(|piece| piece.0).collect();
            expected.sort_unstable();
            resume(&*open(at), &expected, &case);
            let bodies = open(at);
            assert_eq!(read_all(&*bodies, whole.len()), whole, "{case}");
            assert!(bodies.delete(&KEY).expect("deleted"));
        }
    }
}

/// Goes on with an upload of which these segments are claimed.
fn resume(bodies: &dyn Bodies, expected: &[u32], case: &str) {
    let part = bodies.part(&KEY).expect("asked").expect("it is there");
    assert_eq!(part.layout, layout(CUT), "{case}");
    assert_eq!(part.written.count(), 0, "{case}");
    assert_eq!(part.claimed.iter().collect::<Vec<_>>(), expected, "{case}");
    assert_eq!(begin(bodies, CUT), Begun::Unfinished, "{case}");
    let early = bodies.finish(&KEY);
    let refused = matches!(early, Err(BodyError::Incomplete { first: 0, .. }));
    assert!(refused, "claims alone, {case}: {early:?}");
    for (index, offset, bytes) in body(CUT).1 {
        let found = bodies.read_part_segment(&KEY, index);
        if part.claimed.contains(index) {
            assert_eq!(found.expect("read"), bytes, "{case}, segment {index}");
            let len = u32::try_from(bytes.len()).expect("small");
            let found = bodies.read_part(&KEY, offset, len).expect("read");
            assert_eq!(found, bytes, "{case}, segment {index} by its range");
            bodies.confirm_segment(&KEY, index).expect("confirmed");
        } else {
            let refused = matches!(found, Err(BodyError::NotWritten { index: of }) if of == index);
            assert!(refused, "{case}, segment {index}: {found:?}");
            write(bodies, index, &bytes);
        }
    }
    bodies.finish(&KEY).expect("finished");
}

pub(super) fn lengths_of_others_are_refused(at: &dyn Installation) {
    let bodies = open(at);
    begin(&*bodies, CUT);
    let refused = |when: &str| {
        for (index, length) in (0..).zip(CUT) {
            for other in CUT.iter().filter(|other| *other != length) {
                let answer = bodies.write_segment(&KEY, index, &vec![0xee; *other as usize]);
                let expected = matches!(
                    answer,
                    Err(BodyError::WrongLength { index: of, expected, found })
                        if (of, expected, found)
                            == (index, u64::from(*length), u64::from(*other))
                );
                assert!(expected, "{when}, {other} as segment {index}: {answer:?}");
            }
        }
    };
    refused("begun");
    let part = bodies.part(&KEY).expect("asked").expect("there");
    assert_eq!(part.written.count(), 0, "a refusal changes nothing");
    let whole = upload(&*bodies, CUT);
    refused("finished");
    assert_eq!(read_all(&*bodies, whole.len()), whole);
}

pub(super) fn short_segment_in_the_middle_is_missed(at: &dyn Installation) {
    let bodies = open(at);
    let (whole, pieces) = body(CUT);
    begin(&*bodies, CUT);
    for (index, _, bytes) in pieces.iter().filter(|(index, ..)| *index != 1) {
        write(&*bodies, *index, bytes);
    }
    let touching: [(u64, u32); 4] = [(1000, 1), (999, 2), (1000, 2), (0, 2904)];
    for (offset, len) in touching {
        let answer = bodies.read_part(&KEY, offset, len);
        let expected = matches!(answer, Err(BodyError::NotWritten { index: 1 }));
        assert!(expected, "{len} from {offset}: {answer:?}");
    }
    let answer = bodies.read_part_segment(&KEY, 1);
    let expected = matches!(answer, Err(BodyError::NotWritten { index: 1 }));
    assert!(expected, "{answer:?}");
    for beyond in [6, u32::MAX] {
        let answer = bodies.read_part_segment(&KEY, beyond);
        let expected = matches!(answer, Err(BodyError::NoSuchSegment { segments: 6, .. }));
        assert!(expected, "segment {beyond}: {answer:?}");
    }
    for range in [0..1000, 1001..2904] {
        let (offset, len) = (range.start as u64, range.len());
        let len = u32::try_from(len).expect("small");
        let found = bodies.read_part(&KEY, offset, len).expect("read");
        assert_eq!(found, whole[range], "from {offset}");
    }
    let answer = bodies.finish(&KEY);
    let expected = matches!(
        answer,
        Err(BodyError::Incomplete {
            first: 1,
            missing: 1
        })
    );
    assert!(expected, "{answer:?}");
}

pub(super) fn many_segments_are_found(at: &dyn Installation) {
    let lengths: Vec<u32> = (0..SEGMENTS_MAX).map(|index| 1 + index % 3).collect();
    let cut = layout(&lengths);
    let bodies = open(at);
    bodies.begin(&KEY, &cut).expect("begun");
    let some = [
        0,
        1,
        2,
        255,
        256,
        32_767,
        SEGMENTS_MAX - 2,
        SEGMENTS_MAX - 1,
    ];
    let bytes = |index: u32| vec![index.to_be_bytes()[3]; lengths[index as usize] as usize];
    for index in some {
        write(&*bodies, index, &bytes(index));
    }
    drop(bodies);
    let bodies = open(at);
    let part = bodies.part(&KEY).expect("asked").expect("there");
    assert_eq!(part.layout, cut);
    assert_eq!(part.claimed.iter().collect::<Vec<_>>(), some);
    for index in some {
        let found = bodies.read_part_segment(&KEY, index).expect("read");
        assert_eq!(found, bytes(index), "segment {index}");
        let offset = cut.offset(index).expect("it has that segment");
        let found = bodies.read_part(&KEY, offset, lengths[index as usize]);
        assert_eq!(found.expect("read"), bytes(index), "segment {index}");
    }
    let gap = bodies.read_part_segment(&KEY, 3);
    let expected = matches!(gap, Err(BodyError::NotWritten { index: 3 }));
    assert!(expected, "{gap:?}");
}
