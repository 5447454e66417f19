//! Where seals are proposed, and what speaks against a place (GB/T 9704, 7.3.5).

use proptest::prelude::*;
use yichuan_layout::contents::Contents;
use yichuan_layout::geometry::Area;
use yichuan_layout::sealing::placing::{
    Edge, NoPlace, PlacingFault, Which, across, check, propose,
};
use yichuan_seal::{Clip, Placement};

use super::office::{contents, office, place, seal};
use super::paper::{Paper, TEXT, piece};

const SIZE: (u32, u32) = (4_200, 4_200);
const ONE: Which = Which { ordinal: 1, of: 1 };

fn read(paper: &Paper) -> Contents {
    contents(&paper.ofd())
}

fn area(place: &Placement) -> Area {
    let mm = |number: u32| f64::from(number) / 100.0;
    Area {
        left: mm(place.x),
        top: mm(place.y),
        right: mm(place.x + place.width),
        bottom: mm(place.y + place.height),
    }
}

/// The places of all seals of a document of so many offices.
fn all(contents: &Contents, of: u8) -> Result<Vec<Placement>, NoPlace> {
    let mut places = Vec::new();
    for ordinal in 1..=of {
        places.extend(propose(contents, SIZE, Which { ordinal, of })?);
    }
    Ok(places)
}

/// A notice whose last page is signed by rows of offices, each with the left edges of its names.
fn joint(rows: &[&[(&str, f64)]], step: f64, date: (f64, f64)) -> Paper {
    let mut paper = Paper::notice()
        .without("江州市人民政府")
        .without("2026年1月5日");
    for (row, names) in rows.iter().enumerate() {
        let top = 90.0 + step * f64::from(u8::try_from(row).expect("few rows"));
        for (name, x) in *names {
            paper = paper.with(1, piece(name, *x, top, TEXT));
        }
    }
    paper.pages[0].push(piece("江州市人民政府文件", 50.0, 72.0, 12.0));
    paper.with(1, piece("2026年1月5日", date.0, date.1, TEXT))
}

#[test]
fn one_seal_presses_name_and_date_which_lie_a_little_below_its_centre() {
    let contents = read(&Paper::notice());
    let places = propose(&contents, SIZE, ONE).expect("a place");
    let [place] = &places[..] else {
        panic!("{places:?}")
    };
    assert_eq!((place.part, place.page, place.clip), (0, 2, None));
    let seal = area(place);
    let find = |text: &str| {
        let lines = contents.pages[1].lines.iter();
        let mut lines = lines.filter(|line| line.text.trim() == text);
        lines.next().expect("a line").area
    };
    let (name, date) = (find("江州市人民政府"), find("2026年1月5日"));
    for text in [&name, &date] {
        assert!(
            seal.top < text.bottom && text.top < seal.bottom,
            "{seal:?} {text:?}"
        );
        assert!(
            seal.left < text.right && text.left < seal.right,
            "{seal:?} {text:?}"
        );
    }
    let middle = f64::midpoint(name.top, date.bottom);
    let centre = f64::midpoint(seal.top, seal.bottom);
    assert!((2.0..8.0).contains(&(middle - centre)), "{middle} {centre}");
    let across = f64::midpoint(name.left.min(date.left), name.right.max(date.right));
    assert!((f64::midpoint(seal.left, seal.right) - across).abs() < 0.01);
    assert_eq!(check(&contents, &places, SIZE), []);
}

#[test]
fn offices_together_have_a_seal_each_in_their_order() {
    // Three in a row, the last one over the date; then two rows.
    let row: &[(&str, f64)] = &[
        ("江州市财政局", 30.0),
        ("江州市教育局", 85.0),
        ("江州市民政局", 140.0),
    ];
    let in_a_row = read(&joint(&[row], 0.0, (140.0, 100.5)));
    let places = all(&in_a_row, 3).expect("places");
    assert!(places.is_sorted_by_key(|place| place.x));
    assert!(places.iter().all(|place| place.y == places[0].y), "even");
    assert_eq!(check(&in_a_row, &places, SIZE), []);
    let rows: &[&[(&str, f64)]] = &[&row[..2], &[("江州市民政局", 85.0)]];
    let in_rows = read(&joint(rows, 50.0, (85.0, 150.5)));
    let places = all(&in_rows, 3).expect("places");
    assert!(
        places[0].y == places[1].y && places[1].y < places[2].y,
        "{places:?}"
    );
    assert!(places[0].x < places[1].x);
    assert_eq!(check(&in_rows, &places, SIZE), []);
    // Too near to each other: seals would touch.
    let near: &[(&str, f64)] = &[("财政局", 30.0), ("教育局", 62.0)];
    let near = read(&joint(&[near], 0.0, (62.0, 100.5)));
    assert_eq!(all(&near, 2), Err(NoPlace::Touching { page: 2 }));
    // More or fewer offices than names.
    let more = Which { ordinal: 1, of: 4 };
    let found = NoPlace::Names {
        page: 2,
        expected: 4,
        found: 3,
    };
    assert_eq!(propose(&in_a_row, SIZE, more), Err(found));
    let found = NoPlace::Names {
        page: 2,
        expected: 1,
        found: 3,
    };
    assert_eq!(propose(&in_a_row, SIZE, ONE), Err(found));
}

#[test]
fn without_a_date_or_a_name_there_is_no_place() {
    let cases = [
        (Paper::notice().without("2026年1月5日"), NoPlace::NoDate),
        (
            Paper::notice().replaced("2026年1月5日", "二〇二六年一月五日"),
            NoPlace::NoDate,
        ),
        (
            Paper::notice().without("江州市人民政府"),
            NoPlace::NoName { page: 2 },
        ),
        (
            Paper::notice().replaced("江州市人民政府", "请认真贯彻执行。"),
            NoPlace::NoName { page: 2 },
        ),
    ];
    for (paper, refusal) in cases {
        // The head of page 1 is no name under a date.
        let found = propose(&read(&paper), SIZE, ONE);
        assert_eq!(found, Err(refusal));
        assert!(!refusal.zh().is_empty() && !refusal.to_string().is_empty());
    }
    for which in [Which { ordinal: 0, of: 1 }, Which { ordinal: 2, of: 1 }] {
        let found = propose(&read(&Paper::notice()), SIZE, which);
        assert_eq!(found, Err(NoPlace::Which));
    }
    // A seal that would leave the page, and a name too far from its date.
    let large = propose(&read(&Paper::notice()), (20_000, 20_000), ONE);
    assert_eq!(large, Err(NoPlace::Outside { page: 2 }));
    let far = joint(&[&[("江州市财政局", 30.0)]], 0.0, (30.0, 150.0));
    let apart = Err(NoPlace::Apart { page: 2 });
    assert_eq!(propose(&read(&far), SIZE, ONE), apart);
}

#[test]
fn a_seal_does_not_touch_one_that_is_there() {
    let before = Paper::notice().ofd();
    let places = propose(&contents(&before), SIZE, ONE).expect("a place");
    let (sealed, _) = seal(&before, office(0), 1, &places).expect("sealed");
    let sealed = contents(&sealed);
    let touching = NoPlace::Touching { page: 2 };
    assert_eq!(propose(&sealed, SIZE, ONE), Err(touching));
    let beside = Placement {
        x: places[0].x + 4_201,
        ..places[0]
    };
    assert_eq!(check(&sealed, &[beside], SIZE), []);
    let on_it = Placement {
        x: places[0].x + 4_200,
        ..places[0]
    };
    let fault = PlacingFault::Touching { page: 2 };
    assert_eq!(check(&sealed, &[on_it], SIZE), [fault]);
    assert_eq!(check(&sealed, &[beside, beside], SIZE), [fault]);
}

#[test]
fn what_speaks_against_a_place_is_told() {
    let contents = read(&Paper::notice());
    let good = place(2, 3_000, 10_000);
    assert_eq!(check(&contents, &[good], SIZE), []);
    let cases = [
        (
            Placement { page: 3, ..good },
            PlacingFault::NoPage { page: 3 },
        ),
        (
            Placement { page: 0, ..good },
            PlacingFault::NoPage { page: 0 },
        ),
        (place(2, 3_000, 17_500), PlacingFault::Empty { page: 2 }),
        (place(1, 16_801, 17_000), PlacingFault::Outside { page: 1 }),
        (
            Placement {
                width: 4_301,
                ..good
            },
            PlacingFault::Size { page: 2 },
        ),
        (
            Placement {
                height: 4_099,
                ..good
            },
            PlacingFault::Size { page: 2 },
        ),
    ];
    for (place, fault) in cases {
        assert_eq!(check(&contents, &[place], SIZE), [fault], "{place:?}");
        assert!(!fault.zh().is_empty() && !fault.to_string().is_empty());
        assert_eq!(fault.page(), place.page);
    }
    // A millimetre is what is measured wrong; a strip needs no text.
    let strip = Clip {
        x: 0,
        y: 0,
        width: 800,
        height: 4_200,
    };
    for place in [
        Placement {
            width: 4_300,
            ..good
        },
        Placement {
            clip: Some(strip),
            ..place(2, 20_200, 17_500)
        },
    ] {
        assert_eq!(check(&contents, &[place], SIZE), [], "{place:?}");
    }
}

#[test]
fn a_seal_across_five_pages_is_cut_as_offices_do() {
    let mut paper = Paper::notice();
    paper.pages = vec![paper.pages[1].clone(); 5];
    let before = paper.ofd();
    let places = across(&contents(&before), (4_000, 4_000), Edge::Right).expect("strips");
    let told: Vec<(u32, u32, u32, u32)> = places
        .iter()
        .map(|place| {
            let clip = place.clip.expect("a strip");
            (place.page, place.x, clip.x, clip.width)
        })
        .collect();
    let expected = [
        (1, 20_200, 0, 800),
        (2, 19_400, 800, 800),
        (3, 18_600, 1_600, 800),
        (4, 17_800, 2_400, 800),
        (5, 17_000, 3_200, 800),
    ];
    assert_eq!(told, expected);
    assert!(places.iter().all(|place| place.y == (29_700 - 4_000) / 2));
    let (sealed, _) = seal(&before, office(0), 1, &places).expect("sealed");
    let sealed = contents(&sealed);
    let shown = &sealed.signatures[0].stamps;
    assert!(
        shown
            .iter()
            .all(|(_, area)| (area.left - 202.0).abs() < 0.01),
        "{shown:?}"
    );
    // A second one finds a place beside the first.
    let second = across(&sealed, (4_000, 4_000), Edge::Right).expect("room");
    assert_ne!(second[0].y, places[0].y);
    assert_eq!(check(&sealed, &second, (4_000, 4_000)), []);
    let lower = across(&sealed, (4_000, 4_000), Edge::Lower).expect("strips");
    assert_eq!((lower[4].x, lower[4].y), (8_500, 29_700 - 4_000));
    assert_eq!(
        lower[4].clip.map(|clip| (clip.y, clip.height)),
        Some((3_200, 800))
    );
}

#[test]
fn one_page_has_no_edge_to_seal_across() {
    let mut paper = Paper::notice();
    paper.pages.truncate(1);
    let one = read(&paper);
    let found = across(&one, SIZE, Edge::Right);
    assert_eq!(found, Err(NoPlace::Pages { found: 1 }));
    let two = read(&Paper::notice());
    assert_eq!(
        across(&two, (500, 500), Edge::Right),
        Err(NoPlace::TooSmall)
    );
    let outside = Err(NoPlace::Outside { page: 1 });
    assert_eq!(across(&two, (4_200, u32::MAX), Edge::Right), outside);
    assert!(across(&two, (u32::MAX, 4_200), Edge::Right).is_err());
}

proptest! {
    #[test]
    fn a_proposal_is_on_its_page_and_nothing_speaks_against_it(
        x in 20.0_f64..180.0,
        top in 85.0_f64..235.0,
        side in 3_000_u32..=6_000,
    ) {
        let paper = Paper::notice().without("江州市人民政府").without("2026年1月5日");
        let paper = paper
            .with(0, piece("江州市人民政府文件", 50.0, 72.0, 12.0))
            .with(1, piece("江州市财政局", x, top, TEXT))
            .with(1, piece("2026年1月5日", x, top + 10.5, TEXT));
        let contents = read(&paper);
        match propose(&contents, (side, side), ONE) {
            Ok(places) => prop_assert_eq!(check(&contents, &places, (side, side)), []),
            Err(why) => {
                prop_assert!(matches!(why.code(), "outside" | "names" | "no_name"), "{why}");
            }
        }
    }

    #[test]
    fn strips_of_a_group_make_the_whole_seal(pages in 2_usize..=70, side in 1_000_u32..=6_000) {
        let mut paper = Paper::notice();
        paper.pages = vec![paper.pages[1][..1].to_vec(); pages];
        paper.red_line = false;
        let contents = read(&paper);
        let places = across(&contents, (side, side), Edge::Right).expect("strips");
        prop_assert_eq!(places.len(), pages);
        prop_assert_eq!(check(&contents, &places, (side, side)), []);
        let mut end = side;
        for (page, place) in (1..).zip(&places) {
            let clip = place.clip.expect("a strip");
            prop_assert_eq!(place.page, page);
            prop_assert!(clip.width >= 200 && clip.width < side);
            // Each begins where the last one ended, or anew with the next impression.
            prop_assert!(clip.x == end || clip.x == 0 && end == side);
            prop_assert_eq!(place.x + clip.x + clip.width, 21_000);
            end = clip.x + clip.width;
        }
        prop_assert_eq!(end, side);
    }
}
