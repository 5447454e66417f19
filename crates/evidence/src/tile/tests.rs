use std::collections::BTreeMap;

use proptest::prelude::*;
use yichuan_document::tree::{Frontier, leaf_hash, root};

use super::*;
use crate::log::append;

const LEVEL_0: TileKind = TileKind::Hashes { level: 0 };

fn hashes(level: u8, index: u64, width: u16) -> Tile {
    Tile::new(TileKind::Hashes { level }, index, width).unwrap()
}

fn entries(index: u64, width: u16) -> Tile {
    Tile::new(TileKind::Entries, index, width).unwrap()
}

#[test]
fn a_tile_has_one_path() {
    let last = (LARGEST_TREE >> 8) - 1;
    let cases = [
        (hashes(0, 0, 256), "tile/0/000"),
        (hashes(0, 0, 1), "tile/0/000.p/1"),
        (hashes(0, 7, 255), "tile/0/007.p/255"),
        (hashes(0, 999, 256), "tile/0/999"),
        (hashes(0, 1000, 256), "tile/0/x001/000"),
        (hashes(0, 1234, 5), "tile/0/x001/234.p/5"),
        (hashes(3, 1_234_067, 256), "tile/3/x001/x234/067"),
        (hashes(2, 1_000_000, 16), "tile/2/x001/x000/000.p/16"),
        (hashes(7, 0, 127), "tile/7/000.p/127"),
        (entries(0, 256), "tile/entries/000"),
        (entries(1_234_067, 9), "tile/entries/x001/x234/067.p/9"),
        (
            entries(last, 256),
            "tile/entries/x036/x028/x797/x018/x963/966",
        ),
        (
            entries(last + 1, 255),
            "tile/entries/x036/x028/x797/x018/x963/967.p/255",
        ),
    ];
    for (tile, path) in cases {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile), "{path}");
        assert!(path.len() <= LONGEST_TILE_PATH, "{path}");
    }
}

#[test]
fn every_other_path_is_refused() {
    use TileRefused::{Beyond, Level, Path, Width};
    let none = Beyond { available: 0 };
    let cases = [
        ("", Path),
        ("tile", Path),
        ("tile/", Path),
        ("tile/0", Path),
        ("tile/0/", Path),
        ("/tile/0/000", Path),
        ("tile/0/000/", Path),
        ("tile//000", Path),
        ("tile/0//000", Path),
        ("tile/0/0", Path),
        ("tile/0/00", Path),
        ("tile/0/0000", Path),
        ("tile/0/1234", Path),
        ("tile/0/x001", Path),
        ("tile/0/001/234", Path),
        ("tile/0/x001/x234", Path),
        ("tile/0/x000/234", Path),
        ("tile/0/x1/234", Path),
        ("tile/0/X001/234", Path),
        ("tile/0/xx001/234", Path),
        ("tile/0/+01", Path),
        ("tile/0/-01", Path),
        ("tile/0/0 1", Path),
        ("tile/0/../000", Path),
        ("tile/0/000\n", Path),
        ("tile/0/\u{ff10}\u{ff10}\u{ff10}", Path),
        ("tile/00/000", Path),
        ("tile/+0/000", Path),
        ("tile/-1/000", Path),
        ("tile/data/000", Path),
        ("tile/Entries/000", Path),
        ("tile/256/000", Path),
        ("tile/8/000", Level { level: 8 }),
        ("tile/63/000", Level { level: 63 }),
        ("tile/0/000.p", Path),
        ("tile/0/000.p/", Path),
        ("tile/0/000.p/01", Path),
        ("tile/0/000.p/+1", Path),
        ("tile/0/000.p/1.p/1", Path),
        ("tile/0/000.p/1/", Path),
        ("tile/0/000.p/256", Path),
        ("tile/0/000.p/65536", Path),
        ("tile/0/000.p/0", Width { width: 0 }),
        ("tile/0/000.p/257", Width { width: 257 }),
        ("tile/7/000", Beyond { available: 127 }),
        ("tile/7/001.p/1", none),
        (
            "tile/entries/x036/x028/x797/x018/x963/967",
            Beyond { available: 255 },
        ),
        ("tile/entries/x036/x028/x797/x018/x963/968.p/1", none),
        ("tile/0/x018/x446/x744/x073/x709/x551/615", none),
        ("tile/0/x018/x446/x744/x073/x709/x551/616", Path),
        ("tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999", Path),
    ];
    for (path, refused) in cases {
        assert_eq!(path.parse::<Tile>(), Err(refused), "{path:?}");
    }
}

#[test]
fn a_tree_has_the_tiles_of_the_specification() {
    // The two examples of C2SP tlog-tiles: 70,000 and 256 leaves.
    let cases = [
        (70_000, 0, 272, Some(256)),
        (70_000, 0, 273, Some(112)),
        (70_000, 0, 274, None),
        (70_000, 1, 0, Some(256)),
        (70_000, 1, 1, Some(17)),
        (70_000, 1, 2, None),
        (70_000, 2, 0, Some(1)),
        (70_000, 2, 1, None),
        (70_000, 3, 0, None),
        (256, 0, 0, Some(256)),
        (256, 0, 1, None),
        (256, 1, 0, Some(1)),
        (255, 0, 0, Some(255)),
        (255, 1, 0, None),
        (0, 0, 0, None),
        (u64::MAX, 0, 0, None),
        (70_000, 0, u64::MAX, None),
        (70_000, 8, 0, None),
        (70_000, 255, 0, None),
    ];
    for (size, level, index, width) in cases {
        let found = Tile::at(TileKind::Hashes { level }, index, size).map(|tile| tile.width());
        assert_eq!(found, width, "{size} {level} {index}");
    }
}

#[test]
fn c8_a_tile_beyond_the_signed_size_is_refused() {
    let cases = [
        (hashes(0, 0, 256), 256, Ok(())),
        (hashes(0, 0, 3), 256, Ok(())),
        (
            hashes(0, 0, 256),
            255,
            Err(TileRefused::Beyond { available: 255 }),
        ),
        (
            hashes(0, 1, 1),
            256,
            Err(TileRefused::Beyond { available: 0 }),
        ),
        (hashes(1, 0, 2), 600, Ok(())),
        (
            hashes(1, 0, 3),
            600,
            Err(TileRefused::Beyond { available: 2 }),
        ),
        (entries(0, 1), 0, Err(TileRefused::Beyond { available: 0 })),
    ];
    for (tile, size, found) in cases {
        assert_eq!(tile.check_within(size), found, "{tile} in {size}");
    }
}

#[test]
fn tiles_hold_the_nodes_of_the_tree() {
    let leaves: Vec<_> = (0..700_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let nodes: BTreeMap<_, _> = append(&Frontier::new(), &leaves)
        .nodes
        .into_iter()
        .map(|node| ((node.level, node.index), node.digest))
        .collect();
    let read = |tile: Tile| parse_hashes(&tile, &read_hashes(&tile, &nodes).unwrap()).unwrap();
    for index in 0..3 {
        let tile = Tile::at(LEVEL_0, index, 700).unwrap();
        let start = usize::try_from(tile.first()).unwrap();
        assert_eq!(
            read(tile),
            leaves[start..start + usize::from(tile.width())],
            "{tile}"
        );
    }
    let above = read(hashes(1, 0, 2));
    assert_eq!(above, [root(&leaves[..256]), root(&leaves[256..512])]);
    let missing = LogUnreadable::Missing { level: 8, index: 2 };
    assert_eq!(read_hashes(&hashes(1, 0, 3), &nodes), Err(missing));
}

#[test]
fn a_tile_has_exactly_its_width_in_hashes() {
    let tile = hashes(0, 0, 3);
    for length in [0, 1, 64, 95, 97, 128, 8192] {
        let refused = TileRefused::Length {
            expected: 96,
            found: length,
        };
        assert_eq!(
            parse_hashes(&tile, &vec![0; length]),
            Err(refused),
            "{length}"
        );
    }
    assert_eq!(
        parse_hashes(&tile, &[9; 96]).unwrap(),
        [Digest::from_bytes([9; 32]); 3]
    );
}

#[test]
fn a_bundle_is_read_as_it_was_written() {
    let largest = vec![7; ENTRY_BYTES_MAX];
    let cases: [&[&[u8]]; 4] = [
        &[b"one"],
        &[b""],
        &[b"one", b"", b"three"],
        &[&largest, b"x"],
    ];
    for written in cases {
        let bytes = write_bundle(written).unwrap();
        let tile = entries(0, u16::try_from(written.len()).unwrap());
        assert_eq!(parse_bundle(&tile, &bytes).unwrap(), written);
    }
    assert_eq!(write_bundle(&[b"ab"]).unwrap(), [0, 2, b'a', b'b']);
}

#[test]
fn a_bundle_of_any_other_form_is_refused() {
    use TileRefused::{Cut, Entry, Trailing};
    let cases: [(u16, &[u8], TileRefused); 9] = [
        (1, &[], Cut { entries: 0 }),
        (1, &[0], Cut { entries: 0 }),
        (1, &[0, 1], Cut { entries: 0 }),
        (1, &[0, 2, 9], Cut { entries: 0 }),
        (2, &[0, 1, 9], Cut { entries: 1 }),
        (1, &[0, 0, 0], Trailing { bytes: 1 }),
        (1, &[0, 1, 9, 0, 1, 9], Trailing { bytes: 3 }),
        (
            1,
            &[0x40, 0x01],
            Entry {
                bytes: ENTRY_BYTES_MAX + 1,
            },
        ),
        (1, &[0xff, 0xff], Entry { bytes: 65_535 }),
    ];
    for (width, bytes, refused) in cases {
        assert_eq!(
            parse_bundle(&entries(0, width), bytes),
            Err(refused),
            "{bytes:?}"
        );
    }
    let none: [&[u8]; 0] = [];
    assert_eq!(write_bundle(&none), Err(TileRefused::Width { width: 0 }));
    assert_eq!(
        write_bundle(&[b""; 257]),
        Err(TileRefused::Width { width: 257 })
    );
    let large = vec![0; ENTRY_BYTES_MAX + 1];
    assert_eq!(
        write_bundle(&[large]),
        Err(Entry {
            bytes: ENTRY_BYTES_MAX + 1
        })
    );
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        path in "(tile/)?(0|7|9|entries|.{0,3})/[x0-9/.p]{0,30}",
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        width in 1_u16..=256,
    ) {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
        let tile = entries(0, width);
        if let Ok(read) = parse_bundle(&tile, &bytes) {
            prop_assert_eq!(write_bundle(&read).unwrap(), bytes);
        }
    }

    #[test]
    fn every_tile_has_a_path(level in any::<u8>(), index in any::<u64>(), width in any::<u16>()) {
        for kind in [TileKind::Entries, TileKind::Hashes { level: level % 9 }] {
            if let Ok(tile) = Tile::new(kind, index >> (level % 64), width % 258) {
                prop_assert_eq!(tile.to_string().parse::<Tile>(), Ok(tile));
            }
        }
    }
}
