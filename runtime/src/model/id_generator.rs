//! The numbers of spans, and the ids made from them.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::id::{SpanId, TraceId};
use super::seeded_ids;
use crate::util::random;

/// How many numbers a thread reserves at a time.
const BLOCK: u64 = 4096;

/// `Relaxed` is enough: each `fetch_add` returns another number, and nothing is read because of it.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// How often this process turned out to be a copy. It is raised (release) after [`NEXT`] has moved, and read (acquire) before, so
/// a thread that sees it reserves none of the numbers of the original.
static COPIES: AtomicUsize = AtomicUsize::new(0);

/// Hands out numbers of spans. No two spans of a process have the same number; zero means no span, and the highest bit is
/// free for others.
#[derive(Debug)]
pub(crate) struct Numbers {
    next: u64,
    end: u64,
    /// Of the process that they were reserved in.
    copies: usize,
}

impl Numbers {
    pub(crate) const fn new() -> Self {
        Self {
            next: 0,
            end: 0,
            copies: 0,
        }
    }

    #[inline]
    pub(crate) fn take(&mut self) -> u64 {
        if self.next == self.end || self.copies != COPIES.load(Ordering::Acquire) {
            self.refill();
        }
        let number = self.next;
        self.next += 1;
        number
    }

    /// As [`take`](Self::take), if there is one in this block, also if the original has the same block.
    #[inline(always)]
    pub(crate) fn take_at_once(&mut self) -> Option<u64> {
        let number = self.next;
        if number == self.end {
            return None;
        }
        self.next += 1;
        Some(number)
    }

    #[cold]
    fn refill(&mut self) {
        self.copies = COPIES.load(Ordering::Acquire);
        self.next = NEXT.fetch_add(BLOCK, Ordering::Relaxed);
        self.end = self.next + BLOCK;
    }
}

/// A number for a span that does not start on this thread's stack.
pub(crate) fn next_number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

// Relaxed: the first key is ordered by the `Once` in `of_process`, and a child process takes another one as a step
// of `worker::fork`, which orders all of its changes before other threads start spans.
static BASE: AtomicU64 = AtomicU64::new(0);
static FACTOR: AtomicU64 = AtomicU64::new(1);

/// Begins again elsewhere, for a child process, before any span starts in it.
///
/// Spans that were open before keep their key, so their children need other numbers than in the original.
pub(crate) fn renew() {
    renew_key();
    move_away();
}

fn move_away() {
    NEXT.store(far_away(), Ordering::Relaxed);
    COPIES.fetch_add(1, Ordering::Release);
}

/// A number that is not zero, after which there are more than a process can count to before the highest bit.
fn far_away() -> u64 {
    random::number() >> 2 | 1
}

fn renew_key() {
    BASE.store(random::number(), Ordering::Relaxed);
    FACTOR.store(random::number() | 1, Ordering::Relaxed);
}

/// Turns numbers of spans into ids: a bijection with a random key, so that ids are unique in the process,
/// random to others, and computed only on demand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdKey {
    base: u64,
    factor: u64,
}

impl IdKey {
    pub(crate) fn of_process() -> Self {
        static FIRST: Once = Once::new();
        FIRST.call_once(renew_key);
        Self {
            base: BASE.load(Ordering::Relaxed),
            factor: FACTOR.load(Ordering::Relaxed),
        }
    }

    /// Ids from a table of [`seeded_ids`]. The factor of other keys is odd.
    pub(crate) const fn seeded(table: u64) -> Self {
        Self {
            base: table,
            factor: 0,
        }
    }

    pub(crate) fn span_id(self, number: u64) -> SpanId {
        if self.factor == 0 {
            return seeded_ids::span_id(self.base, number);
        }
        let mut id = number.wrapping_add(self.base);
        id = (id ^ (id >> 32)).wrapping_mul(self.factor);
        id = (id ^ (id >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        id ^= id >> 32;
        // One number of 2^64 maps to zero, which is not an id.
        SpanId::new(id)
            .or(SpanId::new(self.factor))
            .unwrap_or(SpanId::MIN)
    }
}

/// A random id of 64 or 128 bits for a new trace.
pub(crate) fn new_trace_id(is_128bit: bool) -> TraceId {
    let low = random::nonzero_number();
    match is_128bit {
        false => TraceId::from_low(low),
        true => TraceId::from_halves(random::nonzero_number(), low),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_unique_across_threads() {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn(|| {
                    let mut numbers = Numbers::new();
                    (0..10_000).map(|_| numbers.take()).collect::<Vec<_>>()
                })
            })
            .collect();
        let all: Vec<u64> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(!distinct.contains(&0));
    }

    #[test]
    fn a_copy_begins_with_a_number_that_leaves_room_for_all_that_follow() {
        for _ in 0..1_000 {
            let first = far_away();
            assert!(first > 0 && first < 1 << 62, "{first}");
        }
    }

    #[test]
    fn a_thread_of_a_copy_drops_the_numbers_that_it_had_reserved() {
        let mut numbers = Numbers::new();
        let before = numbers.take();
        move_away();
        let after = numbers.take();
        assert!(after.abs_diff(before) > BLOCK, "{before} {after}");
        assert_eq!(numbers.take_at_once(), Some(after + 1));
    }

    #[test]
    fn ids_are_a_bijection_of_numbers() {
        let key = IdKey {
            base: u64::MAX - 7,
            factor: 0x1234_5678_9abc_def1,
        };
        let ids: HashSet<_> = (0..100_000).map(|number| key.span_id(number)).collect();
        assert_eq!(ids.len(), 100_000);
    }

    #[test]
    fn the_number_that_maps_to_zero_gets_an_id() {
        let key = IdKey { base: 0, factor: 5 };
        assert_eq!(key.span_id(0).get(), 5);
    }
}
