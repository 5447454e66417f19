//! How many refusals of one computer go into the log (protocol rule 31).

use std::collections::HashMap;
use std::sync::Mutex;

use yichuan_document::{DeviceId, Timestamp};

/// At most this many single refusals per computer and hour.
const SINGLE_PER_HOUR: u32 = 60;
const HOUR_MS: u64 = 3_600_000;

/// Counts refusals per computer and hour.
#[derive(Default)]
pub(super) struct RefusalRate {
    hours: Mutex<HashMap<DeviceId, Hour>>,
}

struct Hour {
    began: Timestamp,
    count: u32,
}

impl RefusalRate {
    /// How many refusals the entry to be recorded stands for; none where it is only counted.
    ///
    /// The first sixty of an hour stand for themselves. What was counted beyond them is recorded
    /// together with the first refusal of a later hour.
    pub(super) fn count(&self, device: &DeviceId, now: Timestamp) -> Option<u32> {
        let mut hours = self
            .hours
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let hour = hours.entry(device.clone()).or_insert(Hour {
            began: now,
            count: 0,
        });
        if now.ms_since(hour.began) >= HOUR_MS {
            let beyond = hour.count.saturating_sub(SINGLE_PER_HOUR);
            *hour = Hour {
                began: now,
                count: 1,
            };
            return Some(beyond + 1);
        }
        hour.count += 1;
        (hour.count <= SINGLE_PER_HOUR).then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c7_refusals_beyond_sixty_an_hour_are_counted_together() {
        let rate = RefusalRate::default();
        let device: DeviceId = "513200-zfb-pc01".parse().unwrap();
        let at = Timestamp::from_unix_ms;
        for i in 0..60 {
            assert_eq!(rate.count(&device, at(i)), Some(1), "{i}");
        }
        for i in 60..100 {
            assert_eq!(rate.count(&device, at(i)), None, "{i}");
        }
        assert_eq!(rate.count(&device, at(HOUR_MS)), Some(41));
        assert_eq!(rate.count(&device, at(HOUR_MS + 1)), Some(1));
    }
}
