//! Figures put together: by unit over months, by month over units, and ranked.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use yichuan_document::UnitCode;
use yichuan_document::inspection::ReturnCode;
use yichuan_wire::figures::Figures;

use super::MonthOfUnit;
use crate::lang::say;

/// The figures of each unit, over all its months, rising by code.
pub fn by_unit(rows: &[MonthOfUnit]) -> Vec<(UnitCode, Figures)> {
    let mut units: Vec<(UnitCode, Figures)> = Vec::new();
    for row in rows {
        match units.iter_mut().find(|(unit, _)| *unit == row.unit) {
            Some((_, figures)) => figures.add(&row.figures),
            None => units.push((row.unit.clone(), row.figures.clone())),
        }
    }
    units.sort_by(|one, other| one.0.as_str().cmp(other.0.as_str()));
    units
}

/// The figures of each month, over all units.
pub fn by_month(rows: &[MonthOfUnit]) -> BTreeMap<u32, Figures> {
    let mut months: BTreeMap<u32, Figures> = BTreeMap::new();
    for row in rows {
        months.entry(row.month).or_default().add(&row.figures);
    }
    months
}

/// All figures together.
pub fn total<'f>(all: impl Iterator<Item = &'f Figures>) -> Figures {
    let mut total = Figures::default();
    all.for_each(|figures| total.add(figures));
    total
}

/// A place among units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    /// From 1; who are equal share it, and the next one after them counts them all.
    pub place: usize,
    /// Whether others share it.
    pub tied: bool,
}

/// Units by receipt rate, the highest first, then by median time, the shortest first. Who owed
/// nothing has no rank and comes last. Equal ones stand by code, and are told to be equal.
pub fn ranking(mut units: Vec<(UnitCode, Figures)>) -> Vec<(Option<Rank>, UnitCode, Figures)> {
    units.sort_by(|one, other| {
        better(&one.1, &other.1).then_with(|| one.0.as_str().cmp(other.0.as_str()))
    });
    let ranks: Vec<Option<Rank>> = units
        .iter()
        .map(|(_, figures)| {
            let equals = |other: &&(UnitCode, Figures)| better(&other.1, figures).is_eq();
            let before = |other: &&(UnitCode, Figures)| better(&other.1, figures).is_lt();
            (figures.owed() > 0).then(|| Rank {
                place: units.iter().filter(before).count() + 1,
                tied: units.iter().filter(equals).count() > 1,
            })
        })
        .collect();
    let ranked = ranks.into_iter().zip(units);
    ranked
        .map(|(rank, (unit, figures))| (rank, unit, figures))
        .collect()
}

/// Less is better.
fn better(one: &Figures, other: &Figures) -> Ordering {
    match (one.owed() > 0, other.owed() > 0) {
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => return Ordering::Equal,
        (true, true) => {}
    }
    // As fractions, so that no rounding makes a tie.
    let left = u64::from(one.signed) * u64::from(other.owed());
    let right = u64::from(other.signed) * u64::from(one.owed());
    let median = |figures: &Figures| figures.percentile(50).unwrap_or(u32::MAX);
    right
        .cmp(&left)
        .then_with(|| median(one).cmp(&median(other)))
}

/// One of the numbers of figures, with its Chinese and English word.
pub type Number = (&'static str, &'static str, fn(&Figures) -> u32);

/// The numbers of figures that are no lists.
pub const NUMBERS: [Number; 11] = [
    ("收到", "received", |it| it.received),
    ("签收", "signed for", |it| it.signed),
    ("迟办", "late", |it| it.late),
    ("逾期", "overdue", |it| it.overdue),
    ("拒收", "refused", |it| it.refused),
    ("被撤回", "recalled", |it| it.recalled),
    ("转出或被替代", "moved", |it| it.moved),
    ("未按时查看", "looks missed", |it| it.looks_missed),
    ("发出", "sent", |it| it.sent),
    ("送往", "sent to", |it| it.sent_to),
    ("未按时查询", "inquiries missed", |it| {
        it.inquiries_missed
    }),
];

/// Returns by reason, the most frequent first: 格式不符 2、其他 1.
pub fn reasons(figures: &Figures) -> String {
    let mut counts = figures.returned.clone();
    counts.sort_by(|one, other| other.times.cmp(&one.times).then(one.what.cmp(&other.what)));
    let words: Vec<String> = counts
        .iter()
        .map(|count| {
            let code = ReturnCode(u64::from(count.what));
            format!("{} {}", reason(code), count.times)
        })
        .collect();
    words.join(say("、", ", "))
}

/// A reason in words, or its number where this build does not know it.
pub fn reason(code: ReturnCode) -> String {
    let known = code.known();
    known.map_or_else(
        || code.0.to_string(),
        |known| say(known.zh(), known.en()).to_owned(),
    )
}

/// Minutes as hours and minutes, 1:05.
pub fn hours(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yichuan_wire::figures::End;

    fn figures(ends: &[End]) -> Figures {
        let mut figures = Figures::default();
        for end in ends {
            figures.count_delivery(*end, false, false, 1);
        }
        figures
    }

    fn unit(code: &str) -> UnitCode {
        code.parse().unwrap()
    }

    fn row(code: &str, month: u32, ends: &[End]) -> MonthOfUnit {
        MonthOfUnit {
            unit: unit(code),
            month,
            figures: figures(ends),
        }
    }

    #[test]
    fn months_and_units_add_up_to_the_same() {
        let rows = [
            row("513201-zf", 202_611, &[End::Signed(5), End::Pending]),
            row("513201-zf", 202_612, &[End::Returned(10)]),
            row("513202-zf", 202_611, &[End::Signed(9)]),
        ];
        let units = by_unit(&rows);
        let months = by_month(&rows);
        assert_eq!(units.len(), 2);
        assert_eq!((units[0].1.received, units[1].1.received), (3, 1));
        assert_eq!(
            (months[&202_611].received, months[&202_612].received),
            (3, 1)
        );
        let all = total(units.iter().map(|(_, figures)| figures));
        assert_eq!(all, total(months.values()));
        assert_eq!(all.percentile(50), Some(5));
    }

    #[test]
    fn units_are_ranked_by_rate_then_median_and_ties_are_told() {
        let units = vec![
            (unit("513204-zf"), figures(&[])),
            (unit("513203-zf"), figures(&[End::Signed(10)])),
            (unit("513202-zf"), figures(&[End::Signed(10)])),
            (unit("513201-zf"), figures(&[End::Signed(4)])),
            (unit("513205-zf"), figures(&[End::Signed(1), End::Pending])),
            // What was recalled is not owed.
            (unit("513206-zf"), figures(&[End::Recalled])),
        ];
        let ranked = ranking(units);
        let told: Vec<(Option<(usize, bool)>, &str)> = ranked
            .iter()
            .map(|(rank, unit, _)| (rank.map(|rank| (rank.place, rank.tied)), unit.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (Some((1, false)), "513201-zf"),
                (Some((2, true)), "513202-zf"),
                (Some((2, true)), "513203-zf"),
                (Some((4, false)), "513205-zf"),
                (None, "513204-zf"),
                (None, "513206-zf"),
            ]
        );
    }

    #[test]
    fn rates_that_round_alike_are_no_tie() {
        let many = |signed: u32, owed: u32| Figures {
            received: owed,
            signed,
            ..Figures::default()
        };
        let ranked = ranking(vec![
            (unit("513201-zf"), many(99_998, 100_000)),
            (unit("513202-zf"), many(99_999, 100_000)),
        ]);
        assert_eq!(ranked[0].1.as_str(), "513202-zf");
        assert!(ranked.iter().all(|row| !row.0.unwrap().tied));
    }

    #[test]
    fn reasons_are_told_in_words_the_most_frequent_first() {
        let figures = figures(&[
            End::Returned(63),
            End::Returned(6),
            End::Returned(6),
            End::Returned(60_000),
        ]);
        let told = reasons(&figures);
        let first = ReturnCode(6).known().unwrap().zh();
        assert!(told.starts_with(&format!("{first} 2、")), "{told}");
        assert!(told.ends_with("60000 1"), "{told}");
        assert_eq!(reasons(&Figures::default()), "");
    }

    #[test]
    fn minutes_are_shown_as_hours() {
        assert_eq!(
            (hours(0), hours(65), hours(6_000)),
            ("0:00".into(), "1:05".into(), "100:00".into())
        );
    }
}
