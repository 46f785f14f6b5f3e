//! The spans that wait for the end of their local roots.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::recent::Recent;
#[cfg(feature = "page")]
use crate::delivery::batch::Batch;
use crate::delivery::collection::CollectedSpan;
use crate::delivery::provisional::ProvisionalTrace;
#[cfg(feature = "page")]
use crate::model::id::TraceId;

/// Spans whose local root does not end are thrown away after this time.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// Old ones are looked for this often.
const BETWEEN: Duration = Duration::from_secs(60);
/// The part of the memory that one trace may take.
const OF_ONE: usize = 8;
/// The part from which on a trace counts as large.
const OF_LARGE: usize = 256;

/// The spans that wait for the end of their local roots, by the number of the root.
#[derive(Debug)]
pub(super) struct HeldTraces {
    most_bytes: usize,
    traces: HashMap<u64, Held>,
    bytes: usize,
    /// Those that have lost spans because there was no memory, with how many.
    emptied: Recent,
    looked_at: Instant,
}

#[derive(Debug)]
struct Held {
    trace: ProvisionalTrace,
    since: Instant,
}

/// What a span has cost others.
#[derive(Debug, Default)]
pub(super) struct Lost {
    pub(super) spans: u64,
    pub(super) traces: u64,
}

impl HeldTraces {
    pub(super) fn new(most_bytes: usize, now: Instant) -> Self {
        Self {
            most_bytes,
            traces: HashMap::new(),
            bytes: 0,
            emptied: Recent::new(now),
            looked_at: now,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Copies a span.
    pub(super) fn add(&mut self, span: CollectedSpan<'_>, now: Instant) -> Lost {
        let mut before = 0;
        let held = self.traces.entry(span.local_root());
        let held = held.and_modify(|held| before = held.trace.bytes());
        let held = held.or_insert_with(|| Held {
            trace: ProvisionalTrace::default(),
            since: now,
        });
        let gone = held.trace.add(span, self.most_bytes / OF_ONE);
        self.bytes = (self.bytes + held.trace.bytes()).saturating_sub(before);
        let mut lost = match self.bytes > self.most_bytes {
            true => self.make_room(now),
            false => Lost::default(),
        };
        lost.spans += gone;
        lost
    }

    /// Empties the largest traces and then the oldest, until a quarter of the memory is free. Their local roots are judged all
    /// the same.
    fn make_room(&mut self, now: Instant) -> Lost {
        let large = self.most_bytes / OF_LARGE;
        let traces = self.traces.iter();
        let mut order: Vec<_> = traces
            .map(|(root, held)| {
                let size = held.trace.bytes();
                (Reverse(if size >= large { size } else { 0 }), held.since, *root)
            })
            .collect();
        order.sort_unstable();
        let mut lost = Lost::default();
        for (_, _, root) in order {
            if self.bytes <= self.most_bytes / 4 * 3 {
                break;
            }
            let spans = self.throw_away(root);
            let missing = u32::try_from(spans).unwrap_or(u32::MAX);
            self.emptied.add(root, missing, now);
            lost.spans += spans;
            lost.traces += 1;
        }
        lost
    }

    /// Copies the spans of a trace, which are held on.
    #[cfg(feature = "page")]
    pub(super) fn copy_to(&self, batch: &mut Batch, id: TraceId) {
        let traces = self.traces.values();
        traces.for_each(|held| held.trace.copy_to(batch, id));
    }

    /// The spans that are held for this root, which are not held any more.
    pub(super) fn take(&mut self, root: u64) -> ProvisionalTrace {
        let held = self.traces.remove(&root);
        self.bytes = self
            .bytes
            .saturating_sub(held.as_ref().map_or(0, |held| held.trace.bytes()));
        let mut trace = held.map(|held| held.trace).unwrap_or_default();
        trace.miss(self.emptied.count(root).into());
        trace
    }

    /// Returns how many spans were held.
    pub(super) fn throw_away(&mut self, root: u64) -> u64 {
        self.take(root).len() as u64
    }

    /// Throws away what has been held for very long. Returns how many spans that were.
    pub(super) fn throw_away_old(&mut self, now: Instant) -> u64 {
        if now.saturating_duration_since(self.looked_at) < BETWEEN {
            return 0;
        }
        self.looked_at = now;
        let is_old = |held: &Held| now.saturating_duration_since(held.since) >= LONGEST;
        let old = self.traces.iter().filter(|(_, held)| is_old(held));
        let old: Vec<u64> = old.map(|(root, _)| *root).collect();
        old.into_iter().map(|root| self.throw_away(root)).sum()
    }

    /// Returns how many spans were held.
    pub(super) fn throw_all_away(&mut self) -> u64 {
        self.bytes = 0;
        let traces = self.traces.drain();
        traces.map(|(_, held)| held.trace.len() as u64).sum()
    }
}
