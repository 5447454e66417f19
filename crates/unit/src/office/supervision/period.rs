//! Months, and the periods that reports are about.

/// The first year that is asked for.
const FIRST_YEAR: u32 = 2000;
/// The last.
const LAST_YEAR: u32 = 9999;
/// The most months of one report: as many as the exchange answers for a unit.
pub const MONTHS_MAX: u32 = 120;

/// Months from one to another, each as year × 100 + month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first month.
    pub from: u32,
    /// The last.
    pub until: u32,
}

/// Why months are no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPeriod {
    /// The last month is before the first.
    Backwards,
    /// More than [`MONTHS_MAX`].
    TooLong,
}

/// Reads a month such as 2026-11.
pub fn month(text: &str) -> Option<u32> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str, many| {
        (text.len() == many && text.bytes().all(|digit| digit.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let (year, month) = (digits(year, 4)?, digits(month, 2)?);
    let known = (FIRST_YEAR..=LAST_YEAR).contains(&year) && (1..=12).contains(&month);
    known.then_some(year * 100 + month)
}

/// A month as it is typed.
pub fn typed(month: u32) -> String {
    format!("{:04}-{:02}", month / 100, month % 100)
}

fn months_since_zero(month: u32) -> u32 {
    (month / 100) * 12 + (month % 100)
}

impl Period {
    /// The months from one to another.
    pub const fn of_month(month: u32) -> Self {
        Self {
            from: month,
            until: month,
        }
    }

    /// The twelve months of a year.
    pub const fn of_year(year: u16) -> Self {
        let year = year as u32 * 100;
        Self {
            from: year + 1,
            until: year + 12,
        }
    }

    /// The months from one to another, both of which were read by [`month`].
    pub fn between(from: u32, until: u32) -> Result<Self, BadPeriod> {
        if until < from {
            return Err(BadPeriod::Backwards);
        }
        if months_since_zero(until) - months_since_zero(from) >= MONTHS_MAX {
            return Err(BadPeriod::TooLong);
        }
        Ok(Self { from, until })
    }

    /// Whether a month lies in it.
    pub const fn has(self, month: u32) -> bool {
        let known = month % 100 >= 1 && month % 100 <= 12;
        known && self.from <= month && month <= self.until
    }

    /// Its months, rising.
    pub fn months(self) -> Vec<u32> {
        let (first, last) = (months_since_zero(self.from), months_since_zero(self.until));
        let month = |since: u32| ((since - 1) / 12) * 100 + (since - 1) % 12 + 1;
        (first..=last).map(month).collect()
    }

    /// As official Chinese writes it.
    pub fn zh(self) -> String {
        let (year, month) = (self.from / 100, self.from % 100);
        let (last_year, last) = (self.until / 100, self.until % 100);
        if self.from == self.until {
            format!("{year}年{month}月")
        } else if year == last_year && (month, last) == (1, 12) {
            format!("{year}年")
        } else if year == last_year {
            format!("{year}年{month}月至{last}月")
        } else {
            format!("{year}年{month}月至{last_year}年{last}月")
        }
    }

    /// Plainly.
    pub fn en(self) -> String {
        if self.from == self.until {
            typed(self.from)
        } else {
            format!("{} to {}", typed(self.from), typed(self.until))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_in_one_way() {
        assert_eq!(month("2026-11"), Some(202_611));
        assert_eq!(typed(202_601), "2026-01");
        let bad = [
            "",
            "2026",
            "2026-",
            "2026-0",
            "2026-00",
            "2026-13",
            "2026-1",
            "26-11",
            "2026/11",
            "+026-11",
            "2026-11-01",
            "1999-12",
            "２０２６-11",
        ];
        for text in bad {
            assert_eq!(month(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_has_its_months_and_no_others() {
        let over_new_year = Period::between(202_611, 202_702).unwrap();
        let months = [202_611, 202_612, 202_701, 202_702];
        assert_eq!(over_new_year.months(), months);
        for month in months {
            assert!(over_new_year.has(month), "{month}");
        }
        for month in [202_610, 202_613, 202_700, 202_703, 0] {
            assert!(!over_new_year.has(month), "{month}");
        }
        assert_eq!(Period::of_year(2026).months().len(), 12);
    }

    #[test]
    fn a_period_runs_forward_and_for_ten_years_at_most() {
        assert_eq!(Period::between(202_611, 202_610), Err(BadPeriod::Backwards));
        assert!(Period::between(201_701, 202_612).is_ok());
        assert_eq!(Period::between(201_612, 202_612), Err(BadPeriod::TooLong));
    }

    #[test]
    fn a_period_is_written_as_offices_write_it() {
        let cases = [
            ((202_611, 202_611), "2026年11月"),
            ((202_601, 202_612), "2026年"),
            ((202_601, 202_603), "2026年1月至3月"),
            ((202_612, 202_701), "2026年12月至2027年1月"),
        ];
        for ((from, until), zh) in cases {
            assert_eq!(Period { from, until }.zh(), zh);
        }
        assert_eq!(Period::of_month(202_611).en(), "2026-11");
    }
}
