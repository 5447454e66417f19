//! The queue before the sequencer: urgent requests first, with a share for the ordinary ones.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many requests of each lane may wait; beyond that the exchange is busy.
pub(super) const LANE_MAX: usize = 2_048;
/// Of so many requests that are taken one is an ordinary one, where one waits.
const ORDINARY_EVERY: usize = 4;

/// Which requests go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// About an urgent document (加急 and above), and what the authority says.
    Urgent,
    /// The rest.
    Ordinary,
}

struct Lanes<T> {
    urgent: VecDeque<T>,
    ordinary: VecDeque<T>,
    taken: usize,
    senders: usize,
    receiver: bool,
}

struct Shared<T> {
    lanes: Mutex<Lanes<T>>,
    came: Condvar,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Lanes<T>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way in.
pub(super) struct Sender<T>(Arc<Shared<T>>);

/// The way out.
pub(super) struct Receiver<T>(Arc<Shared<T>>);

/// Why a request was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// Its lane is full.
    Full,
    /// Nobody takes requests any more.
    Closed,
}

/// What a receiver found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came<T> {
    /// A request.
    Request(T),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

pub(super) fn queue<T>() -> (Sender<T>, Receiver<T>) {
    let lanes = Lanes {
        urgent: VecDeque::new(),
        ordinary: VecDeque::new(),
        taken: 0,
        senders: 1,
        receiver: true,
    };
    let shared = Arc::new(Shared {
        lanes: Mutex::new(lanes),
        came: Condvar::new(),
    });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

impl<T> Sender<T> {
    pub(super) fn send(&self, lane: Lane, request: T) -> Result<(), NotTaken> {
        let mut lanes = self.0.lock();
        if !lanes.receiver {
            return Err(NotTaken::Closed);
        }
        let of = match lane {
            Lane::Urgent => &mut lanes.urgent,
            Lane::Ordinary => &mut lanes.ordinary,
        };
        if of.len() >= LANE_MAX {
            return Err(NotTaken::Full);
        }
        of.push_back(request);
        self.0.came.notify_one();
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.lock().senders -= 1;
        self.0.came.notify_one();
    }
}

impl<T> Lanes<T> {
    fn take(&mut self) -> Option<T> {
        let turn = self.taken % ORDINARY_EVERY == ORDINARY_EVERY - 1;
        let (first, second) = if turn {
            (&mut self.ordinary, &mut self.urgent)
        } else {
            (&mut self.urgent, &mut self.ordinary)
        };
        let taken = first.pop_front().or_else(|| second.pop_front())?;
        self.taken = self.taken.wrapping_add(1);
        Some(taken)
    }
}

impl<T> Receiver<T> {
    /// The next request, if one waits.
    pub(super) fn next_now(&self) -> Option<T> {
        self.0.lock().take()
    }

    /// The next request, waiting for it at most so long.
    pub(super) fn next_within(&self, wait: Duration) -> Came<T> {
        let mut lanes = self.0.lock();
        let mut left = wait;
        loop {
            if let Some(request) = lanes.take() {
                return Came::Request(request);
            }
            if lanes.senders == 0 {
                return Came::Closed;
            }
            if left.is_zero() {
                return Came::Nothing;
            }
            let began = std::time::Instant::now();
            let waited = self.0.came.wait_timeout(lanes, left);
            lanes = waited.unwrap_or_else(PoisonError::into_inner).0;
            left = left.saturating_sub(began.elapsed());
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut lanes = self.0.lock();
        lanes.receiver = false;
        // Whoever waits for an answer learns that there is none.
        lanes.urgent.clear();
        lanes.ordinary.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h2_urgent_ones_go_first_and_ordinary_ones_are_not_starved() {
        let (sender, receiver) = queue();
        for number in 0..100 {
            sender.send(Lane::Ordinary, ("ordinary", number)).unwrap();
        }
        for number in 0..9 {
            sender.send(Lane::Urgent, ("urgent", number)).unwrap();
        }
        let taken: Vec<_> = (0..12).filter_map(|_| receiver.next_now()).collect();
        let urgent = taken.iter().filter(|request| request.0 == "urgent").count();
        assert_eq!(urgent, 9, "{taken:?}");
        let ordinary: Vec<_> = taken.iter().filter(|it| it.0 == "ordinary").collect();
        assert_eq!(
            ordinary,
            [&("ordinary", 0), &("ordinary", 1), &("ordinary", 2)]
        );
        // Each lane keeps its order.
        assert!(taken.iter().filter(|it| it.0 == "urgent").is_sorted());
    }

    #[test]
    fn h2_a_full_lane_refuses_and_the_other_one_does_not() {
        let (sender, _receiver) = queue();
        for number in 0..LANE_MAX {
            sender.send(Lane::Ordinary, number).unwrap();
        }
        assert_eq!(sender.send(Lane::Ordinary, 0), Err(NotTaken::Full));
        assert_eq!(sender.send(Lane::Urgent, 0), Ok(()));
    }

    #[test]
    fn either_end_notices_that_the_other_has_gone() {
        let (sender, receiver) = queue();
        let other = sender.clone();
        sender.send(Lane::Ordinary, 1).unwrap();
        drop((sender, other));
        assert_eq!(receiver.next_within(Duration::ZERO), Came::Request(1));
        assert_eq!(receiver.next_within(Duration::from_secs(9)), Came::Closed);
        let (sender, receiver) = queue();
        assert_eq!(
            receiver.next_within(Duration::from_millis(1)),
            Came::Nothing
        );
        drop(receiver);
        assert_eq!(sender.send(Lane::Urgent, 1), Err(NotTaken::Closed));
    }
}
