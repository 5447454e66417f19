//! The exchange's clocks, and whether they can be believed (protocol rule 28).
//!
//! The wall clock says what time it is; another one that cannot be set says how much has passed.
//! Where they part, or where the wall clock does not fit the log, nobody knows what time it is
//! until the authority has said so.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use yichuan_document::Timestamp;

/// By how much the two clocks may part, and a confirmation may differ.
pub const APART_MS_MAX: u64 = 120_000;
/// How long nothing may have been recorded when the exchange starts.
pub const GAP_MS_MAX: u64 = 24 * 3_600_000;
/// How long a confirmation may have been under way.
const UNDER_WAY_MS_MAX: u64 = 3_600_000;
/// How often the two clocks are set equal, so that small steps do not add up.
const ANCHOR_MS: u64 = 3_600_000;

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// What the wall clock says.
    fn wall(&self) -> Timestamp;
    /// How much time has passed since some moment, whatever the wall clock says.
    fn passed(&self) -> Duration;
}

/// The clocks of this computer.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        wall()
    }

    fn passed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The wall clock: the one place where the exchange reads it.
pub fn wall() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Why the exchange holds: it admits nothing but what the authority says about the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The wall clock departed from the other one, by so many milliseconds.
    Departed(u64),
    /// The wall clock is behind the newest entry.
    Behind(u64),
    /// Nothing was recorded for so long before the exchange started.
    Gap(u64),
}

impl std::fmt::Display for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |ms: u64| ms / 1_000;
        match *self {
            Self::Departed(ms) => write!(f, "the clock was set by {} s", seconds(ms)),
            Self::Behind(ms) => write!(f, "the clock is {} s behind the log", seconds(ms)),
            Self::Gap(ms) => write!(f, "nothing was recorded for {} s", seconds(ms)),
        }
    }
}

/// Watches the clocks.
#[derive(Debug)]
pub struct Watch {
    /// What both said when they were last believed.
    anchor: (Timestamp, Duration),
    /// Found at the start, and lifted by the authority alone.
    at_start: Option<Hold>,
}

impl Watch {
    /// Begins to watch, beside a log whose last entry is of `last`.
    pub fn begin(clock: &dyn Clock, last: Timestamp) -> Self {
        let anchor = (clock.wall(), clock.passed());
        let behind = last.ms_since(anchor.0);
        let gap = anchor.0.ms_since(last);
        let at_start = if behind > APART_MS_MAX {
            Some(Hold::Behind(behind))
        } else if gap > GAP_MS_MAX {
            Some(Hold::Gap(gap))
        } else {
            None
        };
        Self { anchor, at_start }
    }

    /// What time it is, or why nobody knows. A wall clock that has come back is believed again.
    pub fn look(&mut self, clock: &dyn Clock) -> Result<Timestamp, Hold> {
        if let Some(hold) = self.at_start {
            return Err(hold);
        }
        let (wall, passed) = (clock.wall(), clock.passed());
        let since = passed.saturating_sub(self.anchor.1).as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        let expected = self.anchor.0.plus_ms(since);
        let apart = wall.ms_since(expected).max(expected.ms_since(wall));
        if apart > APART_MS_MAX {
            return Err(Hold::Departed(apart));
        }
        if since > ANCHOR_MS {
            self.anchor = (wall, passed);
        }
        Ok(wall)
    }

    /// The authority has looked at a clock that said `at`; it fits the wall clock, or the wall
    /// clock is to be set first.
    pub fn confirm(&mut self, clock: &dyn Clock, at: Timestamp) -> Result<Timestamp, Timestamp> {
        let wall = clock.wall();
        if at.ms_since(wall) > APART_MS_MAX || wall.ms_since(at) > UNDER_WAY_MS_MAX {
            return Err(wall);
        }
        self.anchor = (wall, clock.passed());
        self.at_start = None;
        Ok(wall)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);
    const DAY_MS: u64 = 86_400_000;

    struct Set(Mutex<(Timestamp, Duration)>);

    impl Set {
        fn new() -> Self {
            Self(Mutex::new((NOW, Duration::from_secs(9))))
        }

        fn pass(&self, ms: u64) {
            let mut both = self.0.lock().unwrap();
            *both = (both.0.plus_ms(ms), both.1 + Duration::from_millis(ms));
        }

        fn set(&self, to: Timestamp) {
            self.0.lock().unwrap().0 = to;
        }
    }

    impl Clock for Set {
        fn wall(&self) -> Timestamp {
            self.0.lock().unwrap().0
        }

        fn passed(&self) -> Duration {
            self.0.lock().unwrap().1
        }
    }

    fn earlier(ms: u64) -> Timestamp {
        Timestamp::from_unix_ms(NOW.unix_ms() - ms)
    }

    #[test]
    fn c4_a_clock_that_is_set_is_not_believed_until_it_comes_back() {
        let clock = Set::new();
        let mut watch = Watch::begin(&clock, NOW);
        clock.pass(60_000);
        assert_eq!(watch.look(&clock), Ok(NOW.plus_ms(60_000)));
        // +400 days for three seconds.
        clock.set(NOW.plus_ms(400 * DAY_MS));
        assert!(matches!(watch.look(&clock), Err(Hold::Departed(_))));
        clock.set(NOW.plus_ms(63_000));
        assert_eq!(watch.look(&clock), Ok(NOW.plus_ms(63_000)));
        clock.set(earlier(200_000));
        assert!(matches!(watch.look(&clock), Err(Hold::Departed(_))));
    }

    #[test]
    fn small_steps_are_taken_and_do_not_add_up() {
        let clock = Set::new();
        let mut watch = Watch::begin(&clock, NOW);
        for _ in 0..1_000 {
            clock.pass(600_000);
            let wall = clock.wall();
            clock.set(wall.plus_ms(100));
            assert!(watch.look(&clock).is_ok());
        }
    }

    #[test]
    fn a_log_that_does_not_fit_the_clock_holds_until_it_is_confirmed() {
        let holds = [
            (
                NOW.plus_ms(APART_MS_MAX + 1),
                Hold::Behind(APART_MS_MAX + 1),
            ),
            (earlier(GAP_MS_MAX + 1), Hold::Gap(GAP_MS_MAX + 1)),
        ];
        for (last, hold) in holds {
            let clock = Set::new();
            let mut watch = Watch::begin(&clock, last);
            assert_eq!(watch.look(&clock), Err(hold));
            assert_eq!(watch.confirm(&clock, NOW.plus_ms(180_000)), Err(NOW));
            assert_eq!(watch.confirm(&clock, earlier(2 * 3_600_000)), Err(NOW));
            assert_eq!(watch.look(&clock), Err(hold), "nothing was confirmed");
            assert_eq!(watch.confirm(&clock, earlier(60_000)), Ok(NOW));
            assert_eq!(watch.look(&clock), Ok(NOW));
        }
        for fits in [NOW, NOW.plus_ms(APART_MS_MAX), earlier(GAP_MS_MAX)] {
            let clock = Set::new();
            assert_eq!(Watch::begin(&clock, fits).look(&clock), Ok(NOW));
        }
    }
}
