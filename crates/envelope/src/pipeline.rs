//! All of a stream's segments through three stages, each in order and on a thread of its own,
//! with a bounded number of segments under way. The caller's thread is the one that consumes.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many segments are under way at most: 8 MiB of buffers.
const UNDER_WAY: usize = 8;

/// A segment after a stage, or why there is none.
type Passed<X, E> = Result<(u32, Vec<u8>, X), E>;

/// Takes `count` segments through `produce`, `work` and `consume`, each in order. Buffers are
/// used again. The first error, in the order of the segments, ends it.
pub(crate) fn run<X: Send, E: Send>(
    count: u32,
    mut produce: impl FnMut(u32, &mut Vec<u8>) -> Result<(), E> + Send,
    work: impl Fn(u32, &mut Vec<u8>) -> Result<X, E> + Sync,
    mut consume: impl FnMut(u32, &[u8], X) -> Result<(), E>,
) -> Result<(), E> {
    if count <= 1 {
        let mut buffer = Vec::new();
        for index in 0..count {
            produce(index, &mut buffer)?;
            let outcome = work(index, &mut buffer)?;
            consume(index, &buffer, outcome)?;
        }
        return Ok(());
    }
    let (give_back, spare) = sync_channel::<Vec<u8>>(UNDER_WAY);
    let (to_work, given) = sync_channel::<Passed<(), E>>(UNDER_WAY);
    let (to_consume, worked) = sync_channel::<Passed<X, E>>(UNDER_WAY);
    let work = &work;
    // The channels move in, so that an early return ends both threads.
    std::thread::scope(move |scope| {
        scope.spawn(move || {
            let mut new = UNDER_WAY;
            for index in 0..count {
                // Every buffer comes back, or the consumer has ended.
                let mut buffer = if new > 0 {
                    new -= 1;
                    Vec::new()
                } else {
                    let Ok(buffer) = spare.recv() else { return };
                    buffer
                };
                let produced = produce(index, &mut buffer).map(|()| (index, buffer, ()));
                let failed = produced.is_err();
                if to_work.send(produced).is_err() || failed {
                    return;
                }
            }
        });
        scope.spawn(move || worker(&given, &to_consume, work));
        for passed in &worked {
            let (index, buffer, outcome) = passed?;
            consume(index, &buffer, outcome)?;
            // At the end nobody takes it any more.
            let _ = give_back.send(buffer);
        }
        Ok(())
    })
}

fn worker<X, E>(
    given: &Receiver<Passed<(), E>>,
    to_consume: &SyncSender<Passed<X, E>>,
    work: impl Fn(u32, &mut Vec<u8>) -> Result<X, E>,
) {
    while let Ok(passed) = given.recv() {
        let outcome = passed.and_then(|(index, mut buffer, ())| {
            let outcome = work(index, &mut buffer)?;
            Ok((index, buffer, outcome))
        });
        if to_consume.send(outcome).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_out_in_order() {
        for count in [0, 1, 2, 7, 8, 9, 40] {
            let mut seen = Vec::new();
            let outcome: Result<(), ()> = run(
                count,
                |index, buffer| {
                    *buffer = index.to_be_bytes().to_vec();
                    Ok(())
                },
                |index, buffer| {
                    buffer.push(0xff);
                    Ok(index * 2)
                },
                |index, buffer, doubled| {
                    assert_eq!((buffer.len(), doubled), (5, index * 2));
                    seen.push(index);
                    Ok(())
                },
            );
            assert_eq!(outcome, Ok(()));
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_anywhere_ends_it() {
        for bad in 0..12 {
            let fails = |index: u32, stage: u32| {
                if index * 3 + stage == bad {
                    Err(bad)
                } else {
                    Ok(())
                }
            };
            let outcome = run(
                4,
                |index, _| fails(index, 0),
                |index, _| fails(index, 1),
                |index, _, ()| fails(index, 2),
            );
            assert_eq!(outcome, Err(bad));
        }
    }
}
