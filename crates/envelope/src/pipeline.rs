//! Two cores on one stream: the caller's thread produces and consumes, a second one does the
//! work between, in order, with a bounded number of segments under way.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many segments are under way at most: 8 MiB of buffers.
const UNDER_WAY: u32 = 8;

/// Takes `count` segments through `produce`, `work` and `consume`, each in order. Buffers are
/// used again. The first error ends it.
pub(crate) fn run<X: Send, E: Send>(
    count: u32,
    mut produce: impl FnMut(u32, &mut Vec<u8>) -> Result<(), E>,
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
    let (to_work, given) = sync_channel::<(u32, Vec<u8>)>(UNDER_WAY as usize);
    let (worked, from_work) = sync_channel::<(u32, Vec<u8>, Result<X, E>)>(UNDER_WAY as usize);
    let work = &work;
    // The channels move in, so that an early return ends the worker too.
    std::thread::scope(move |scope| {
        scope.spawn(move || worker(&given, &worked, work));
        let mut spare: Vec<Vec<u8>> = Vec::new();
        let mut next = 0;
        let mut done = 0;
        while done < count {
            // Keep the worker fed before waiting for it.
            while next < count && next - done < UNDER_WAY {
                let mut buffer = spare.pop().unwrap_or_default();
                produce(next, &mut buffer)?;
                if to_work.send((next, buffer)).is_err() {
                    break;
                }
                next += 1;
                if let Ok((index, buffer, outcome)) = from_work.try_recv() {
                    consume(index, &buffer, outcome?)?;
                    spare.push(buffer);
                    done += 1;
                }
            }
            if done < count {
                let Ok((index, buffer, outcome)) = from_work.recv() else {
                    break;
                };
                consume(index, &buffer, outcome?)?;
                spare.push(buffer);
                done += 1;
            }
        }
        drop(to_work);
        Ok(())
    })
}

fn worker<X, E>(
    given: &Receiver<(u32, Vec<u8>)>,
    worked: &SyncSender<(u32, Vec<u8>, Result<X, E>)>,
    work: impl Fn(u32, &mut Vec<u8>) -> Result<X, E>,
) {
    while let Ok((index, mut buffer)) = given.recv() {
        let outcome = work(index, &mut buffer);
        if worked.send((index, buffer, outcome)).is_err() {
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
