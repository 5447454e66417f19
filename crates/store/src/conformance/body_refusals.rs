//! Cases for what a store of bodies refuses. A refusal never changes anything.

use super::Installation;
use super::bodies::{KEY, begin, content, cut, open, read_all, write};
use crate::bodies::{
    Bodies, BodyError, BodyLayout, LARGEST_SIDECAR, LONGEST_READ, LONGEST_SEGMENT, SEGMENTS_MAX,
};

pub(super) fn wrong_segment_is_refused(at: &dyn Installation) {
    let bodies = open(at);
    begin(&*bodies, 2500);
    let refused = || {
        let lengths: [(u32, usize); 9] = [
            (0, 0),
            (0, 999),
            (0, 1001),
            (0, 2500),
            (1, 500),
            (2, 1000),
            (2, 499),
            (2, 501),
            (2, 0),
        ];
        for (index, length) in lengths {
            let answer = bodies.write_segment(&KEY, index, &vec![1; length]);
            let expected = matches!(answer, Err(BodyError::WrongLength { .. }));
            assert!(expected, "{length} bytes as segment {index}: {answer:?}");
        }
        for index in [3, 4, u32::MAX] {
            let answer = bodies.write_segment(&KEY, index, &[1; 500]);
            let expected = matches!(answer, Err(BodyError::NoSuchSegment { segments: 3, .. }));
            assert!(expected, "segment {index}: {answer:?}");
        }
    };
    refused();
    let part = bodies.part(&KEY).expect("asked").expect("there");
    assert_eq!(part.written.missing().collect::<Vec<_>>(), [0, 1, 2]);
    let whole = content(2500);
    for (index, bytes) in cut(&whole) {
        write(&*bodies, index, bytes);
    }
    refused();
    bodies.finish(&KEY).expect("finished");
    refused();
    assert_eq!(read_all(&*bodies, 2500), whole);
}

pub(super) fn read_beyond_the_end_is_refused(at: &dyn Installation) {
    let whole = content(2500);
    let bodies = open(at);
    begin(&*bodies, 2500);
    for (index, bytes) in cut(&whole) {
        write(&*bodies, index, bytes);
    }
    let beyond: [(u64, u32); 8] = [
        (0, 2501),
        (2500, 1),
        (2501, 0),
        (2499, 2),
        (1, 2500),
        (u64::MAX, 0),
        (u64::MAX, 1),
        (u64::MAX - 10, 100),
    ];
    for (offset, len) in beyond {
        let answer = bodies.read_part(&KEY, offset, len);
        let expected = matches!(answer, Err(BodyError::BeyondEnd { size: 2500, .. }));
        assert!(expected, "part, {len} from {offset}: {answer:?}");
    }
    bodies.finish(&KEY).expect("finished");
    for (offset, len) in beyond {
        let answer = bodies.read(&KEY, offset, len);
        let expected = matches!(answer, Err(BodyError::BeyondEnd { size: 2500, .. }));
        assert!(expected, "{len} from {offset}: {answer:?}");
    }
    for len in [LONGEST_READ + 1, u32::MAX] {
        let answer = bodies.read(&KEY, 0, len);
        assert!(
            matches!(answer, Err(BodyError::ReadTooLong { .. })),
            "{len}: {answer:?}"
        );
    }
    for (offset, len) in [
        (0, 0),
        (2500, 0),
        (0, 1),
        (999, 2),
        (2499, 1),
        (500, 2000),
        (0, 2500),
    ] {
        let found = bodies.read(&KEY, offset, len).expect("read");
        let start = usize::try_from(offset).expect("small");
        assert_eq!(
            found,
            whole[start..start + len as usize],
            "{len} from {offset}"
        );
    }
}

pub(super) fn absent_segment_is_not_read(at: &dyn Installation) {
    let whole = content(4000);
    let bodies = open(at);
    begin(&*bodies, 4000);
    write(&*bodies, 1, &whole[1000..2000]);
    write(&*bodies, 3, &whole[3000..]);
    for (offset, len, absent) in [
        (0, 1, 0),
        (999, 2, 0),
        (1999, 2, 2),
        (2000, 1, 2),
        (2999, 2, 2),
        (0, 4000, 0),
    ] {
        let answer = bodies.read_part(&KEY, offset, len);
        let expected = matches!(answer, Err(BodyError::NotWritten { index }) if index == absent);
        assert!(expected, "{len} from {offset}: {answer:?}");
    }
    assert_eq!(
        bodies.read_part(&KEY, 1000, 1000).expect("read"),
        whole[1000..2000]
    );
    assert_eq!(
        bodies.read_part(&KEY, 3500, 500).expect("read"),
        whole[3500..]
    );
    assert_eq!(bodies.read_part(&KEY, 0, 0).expect("read"), []);
    for index in [0, 2, 4, u32::MAX] {
        let answer = bodies.confirm_segment(&KEY, index);
        assert!(
            matches!(answer, Err(BodyError::NotWritten { .. })),
            "{index}: {answer:?}"
        );
    }
    bodies
        .confirm_segment(&KEY, 1)
        .expect("a written segment may be confirmed");
}

pub(super) fn layouts_are_compared(at: &dyn Installation) {
    let make = |lengths: &[u32], sidecar: &[u8]| {
        BodyLayout::new(lengths.to_vec(), sidecar.to_vec()).expect("the layout is permitted")
    };
    let bodies = open(at);
    let layout = make(&[1000, 1000], b"list");
    bodies.begin(&KEY, &layout).expect("begun");
    let others = [
        make(&[1000, 1001], b"list"),
        make(&[1000, 999], b"list"),
        make(&[999, 1001], b"list"),
        make(&[1000, 1, 999], b"list"),
        make(&[2000], b"list"),
        make(&[1000], b"list"),
        make(&[1000, 1000], b"lisT"),
        make(&[1000, 1000], b"lists"),
        make(&[1000, 1000], b""),
    ];
    let refused = |bodies: &dyn Bodies, when: &str| {
        for other in &others {
            let answer = bodies.begin(&KEY, other);
            let expected = matches!(answer, Err(BodyError::LayoutDiffers));
            assert!(expected, "{when}, {other:?}: {answer:?}");
        }
    };
    refused(&*bodies, "begun");
    drop(bodies);
    let bodies = open(at);
    refused(&*bodies, "after a restart");
    write(&*bodies, 0, &[1; 1000]);
    write(&*bodies, 1, &[2; 1000]);
    bodies.finish(&KEY).expect("finished");
    refused(&*bodies, "finished");
}

pub(super) fn layouts_are_limited(_: &dyn Installation) {
    let most = SEGMENTS_MAX as usize;
    for count in [0, most + 1, 2 * most] {
        let answer = BodyLayout::new(vec![1; count], Vec::new());
        let expected = matches!(answer, Err(BodyError::SegmentCount { found }) if found == count);
        assert!(expected, "{count} segments: {answer:?}");
    }
    let cases: [(&[u32], u32); 7] = [
        (&[0], 0),
        (&[0, 1], 0),
        (&[1, 0, 1], 1),
        (&[1, 1, 0], 2),
        (&[LONGEST_SEGMENT + 1], 0),
        (&[1, LONGEST_SEGMENT + 1, 1], 1),
        (&[LONGEST_SEGMENT, 1, u32::MAX], 2),
    ];
    for (lengths, bad) in cases {
        let answer = BodyLayout::new(lengths.to_vec(), Vec::new());
        let expected =
            matches!(answer, Err(BodyError::SegmentLength { index, .. }) if index == bad);
        assert!(expected, "{lengths:?}: {answer:?}");
    }
    let answer = BodyLayout::new(vec![1], vec![0; LARGEST_SIDECAR + 1]);
    let expected = matches!(answer, Err(BodyError::SidecarTooLong { .. }));
    assert!(expected, "{answer:?}");
    let largest = BodyLayout::new(vec![LONGEST_SEGMENT; most], vec![0; LARGEST_SIDECAR]);
    let largest = largest.expect("the limits themselves are permitted");
    assert_eq!(largest.segments(), SEGMENTS_MAX);
    let size = u64::from(SEGMENTS_MAX) * u64::from(LONGEST_SEGMENT);
    assert_eq!(largest.size(), size);
}

pub(super) fn not_begun_is_refused(at: &dyn Installation) {
    let bodies = open(at);
    let answers = [
        ("write", bodies.write_segment(&KEY, 0, &[1]).err()),
        ("confirm", bodies.confirm_segment(&KEY, 0).err()),
        ("read part", bodies.read_part(&KEY, 0, 0).err()),
        ("read its segment", bodies.read_part_segment(&KEY, 0).err()),
        ("finish", bodies.finish(&KEY).err()),
    ];
    for (name, answer) in answers {
        assert!(
            matches!(answer, Some(BodyError::NotBegun)),
            "{name}: {answer:?}"
        );
    }
    let answer = bodies.read(&KEY, 0, 0);
    assert!(matches!(answer, Err(BodyError::NotFound)), "{answer:?}");
    let answer = bodies.read_segment(&KEY, 0);
    assert!(matches!(answer, Err(BodyError::NotFound)), "{answer:?}");
    assert_eq!(bodies.size(&KEY).expect("asked"), None);
    assert_eq!(bodies.layout(&KEY).expect("asked"), None);
    assert_eq!(bodies.part(&KEY).expect("asked"), None);
    begin(&*bodies, 1);
    let answer = bodies.read_segment(&KEY, 0);
    assert!(matches!(answer, Err(BodyError::NotFound)), "{answer:?}");
    write(&*bodies, 0, &[1]);
    bodies.finish(&KEY).expect("finished");
    let answers = [
        ("confirm", bodies.confirm_segment(&KEY, 0).err()),
        ("read part", bodies.read_part(&KEY, 0, 0).err()),
        ("read its segment", bodies.read_part_segment(&KEY, 0).err()),
    ];
    for (name, answer) in answers {
        assert!(
            matches!(answer, Some(BodyError::NotBegun)),
            "finished, {name}: {answer:?}"
        );
    }
}

pub(super) fn bodies_are_open_once(at: &dyn Installation) {
    let bodies = open(at);
    assert!(matches!(at.bodies(), Err(BodyError::Locked)));
    drop(bodies);
    drop(open(at));
}
