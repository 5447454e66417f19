//! Sending and receiving over time (收发文统计表), as tables: by month or by year.

use yichuan_wire::figures::Figures;

use super::super::failed::Failed;
use super::super::session::Session;
use super::circular::Circular;
use super::period::{BadPeriod, MONTHS_MAX, Period, typed};
use super::tally::{by_month, by_unit, hours, reasons, total};
use super::{MonthOfUnit, name_of};
use crate::lang::say;

/// The most years of one table.
pub const YEARS_MAX: u16 = 10;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A count.
    Count(u32),
    /// Per cent, shown with one decimal.
    Percent(f64),
    /// Minutes, shown as hours and minutes.
    Minutes(u32),
    /// Nothing to say.
    Nothing,
}

impl Cell {
    /// Words, without what would steer a terminal.
    pub fn text(words: impl AsRef<str>) -> Self {
        let words = words.as_ref().chars();
        Self::Text(words.filter(|sign| !sign.is_control()).collect())
    }

    /// Per cent; nothing where there is no rate.
    pub fn percent(rate: Option<f64>) -> Self {
        rate.map_or(Self::Nothing, Self::Percent)
    }

    /// Minutes; nothing where there are none.
    pub fn minutes(minutes: Option<u32>) -> Self {
        minutes.map_or(Self::Nothing, Self::Minutes)
    }

    /// As people read it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(words) => words.clone(),
            Self::Count(count) => count.to_string(),
            Self::Percent(rate) => format!("{rate:.1}"),
            Self::Minutes(minutes) => hours(*minutes),
            Self::Nothing => String::new(),
        }
    }
}

/// The columns that figures have, whatever they are the figures of.
pub fn columns() -> [&'static str; 17] {
    [
        say("收到", "received"),
        say("应签收", "owed"),
        say("签收", "signed"),
        say("签收率%", "rate %"),
        say("中位用时", "median"),
        say("95%用时", "p95"),
        say("迟办", "late"),
        say("逾期", "overdue"),
        say("退回", "returned"),
        say("拒收", "refused"),
        say("被撤回", "recalled"),
        say("转出或被替代", "moved"),
        say("未按时查看", "looks missed"),
        say("发出", "sent"),
        say("送往", "sent to"),
        say("未按时查询", "inquiries missed"),
        say("退回原因", "returned why"),
    ]
}

/// Figures in those columns.
pub fn cells_of(figures: &Figures) -> Vec<Cell> {
    vec![
        Cell::Count(figures.received),
        Cell::Count(figures.owed()),
        Cell::Count(figures.signed),
        Cell::percent(figures.rate()),
        Cell::minutes(figures.percentile(50)),
        Cell::minutes(figures.percentile(95)),
        Cell::Count(figures.late),
        Cell::Count(figures.overdue),
        Cell::Count(figures.returned_in_all()),
        Cell::Count(figures.refused),
        Cell::Count(figures.recalled),
        Cell::Count(figures.moved),
        Cell::Count(figures.looks_missed),
        Cell::Count(figures.sent),
        Cell::Count(figures.sent_to),
        Cell::Count(figures.inquiries_missed),
        Cell::text(reasons(figures)),
    ]
}

/// A period between two months, with what is wrong with it in words.
pub fn between(from: u32, until: u32) -> Result<Period, Failed> {
    Period::between(from, until).map_err(|why| {
        Failed::Usage(match why {
            BadPeriod::Backwards => {
                let why = say("止月在起月之前", "the last month is before the first");
                why.to_owned()
            }
            BadPeriod::TooLong => {
                let why = say("月数过多，至多", "too many months, at most");
                format!("{why} {MONTHS_MAX}")
            }
        })
    })
}

/// What a row of a table over time is.
pub struct Step {
    /// What the table is called.
    pub title: String,
    /// What its first column is called.
    pub name: &'static str,
    /// The months that it covers.
    pub period: Period,
    of: fn(u32) -> u32,
    shown: fn(u32) -> String,
}

impl Step {
    /// The months of a year.
    pub fn monthly(year: u16) -> Self {
        let words = say("收发文统计表", "sent and received by month,");
        Self {
            title: format!("{words} {year}"),
            name: say("月份", "month"),
            period: Period::of_year(year),
            of: |month| month,
            shown: typed,
        }
    }

    /// So many years, up to one.
    pub fn yearly(last: u16, years: u16) -> Result<Self, Failed> {
        let back = years.clamp(1, YEARS_MAX) - 1;
        let first = last.saturating_sub(back).max(2_000);
        let (from, until) = (Period::of_year(first).from, Period::of_year(last).until);
        let words = say("收发文统计表（按年）", "sent and received by year,");
        Ok(Self {
            title: format!("{words} {first}–{last}"),
            name: say("年份", "year"),
            period: between(from, until)?,
            of: |month| month / 100,
            shown: |year| year.to_string(),
        })
    }

    /// Every step of the period, those without any figures too.
    pub fn figures(&self, rows: &[MonthOfUnit]) -> Vec<(u32, Figures)> {
        let months = by_month(rows);
        let mut steps: Vec<(u32, Figures)> = Vec::new();
        for month in self.period.months() {
            let place = (self.of)(month);
            if steps.last().is_none_or(|(last, _)| *last != place) {
                steps.push((place, Figures::default()));
            }
            if let (Some((_, sum)), Some(figures)) = (steps.last_mut(), months.get(&month)) {
                sum.add(figures);
            }
        }
        steps
    }

    /// The heads of the columns.
    pub fn head(&self) -> Vec<&'static str> {
        std::iter::once(self.name).chain(columns()).collect()
    }

    /// The rows, with the sum under them; none where there are no figures at all.
    pub fn rows(&self, rows: &[MonthOfUnit]) -> Vec<Vec<Cell>> {
        if rows.is_empty() {
            return Vec::new();
        }
        let steps = self.figures(rows);
        let all = total(steps.iter().map(|(_, figures)| figures));
        let line = |name: Cell, figures: &Figures| {
            let cells = std::iter::once(name);
            cells.chain(cells_of(figures)).collect::<Vec<Cell>>()
        };
        let shown = |place: &u32| Cell::Text((self.shown)(*place));
        let lines = steps.iter().map(|(place, it)| line(shown(place), it));
        let sum = line(Cell::text(say("合计", "in all")), &all);
        lines.chain([sum]).collect()
    }
}

impl Session {
    /// What a circular on a period is made from.
    pub fn circular(&self, period: Period, rows: &[MonthOfUnit]) -> Circular {
        let roster = self.mirror.roster();
        let units = by_unit(rows).into_iter();
        Circular {
            period,
            issuer: name_of(roster, &self.identity.unit()),
            units: units
                .map(|(unit, figures)| {
                    let name = name_of(roster, &unit);
                    (unit, name, figures)
                })
                .collect(),
            size: self.log_size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_and_every_year_has_its_row() {
        let row = |month, sent| MonthOfUnit {
            unit: "513200-zfb".parse().unwrap(),
            month,
            figures: Figures {
                sent,
                ..Figures::default()
            },
        };
        let rows = [row(202_512, 1), row(202_601, 2), row(202_602, 3)];
        let months = Step::monthly(2026).figures(&rows);
        assert_eq!(months.len(), 12);
        let sent: Vec<u32> = months.iter().map(|(_, figures)| figures.sent).collect();
        assert_eq!(sent[..3], [2, 3, 0]);
        let yearly = Step::yearly(2026, 2).unwrap();
        let years = yearly.figures(&rows);
        let years: Vec<(u32, u32)> = years.iter().map(|(year, it)| (*year, it.sent)).collect();
        assert_eq!(years, [(2025, 1), (2026, 5)]);
        // A row for each year, and the sum.
        assert_eq!(yearly.rows(&rows).len(), 3);
        assert!(yearly.rows(&[]).is_empty());
    }
}
