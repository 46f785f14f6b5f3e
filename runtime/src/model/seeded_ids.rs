//! Ids that are the same each time a test runs.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::id::{SpanId, TraceId};
use crate::util::lock::lock;

/// The ids of all tracers that have a seed, by the number of the table.
static TABLES: Mutex<Option<HashMap<u64, Table>>> = Mutex::new(None);

static NEXT: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct Table {
    seed: u64,
    traces: u64,
    /// By number of the span.
    spans: HashMap<u64, SpanId>,
}

/// The ids of a tracer that has a seed. The first trace that begins has the first id, and the first span whose id is needed
/// has the first id of a span.
#[derive(Debug)]
pub(crate) struct SeededIds {
    table: u64,
}

impl SeededIds {
    pub(crate) fn new(seed: u64) -> Self {
        let table = NEXT.fetch_add(1, Ordering::Relaxed);
        let new = Table {
            seed,
            traces: 0,
            spans: HashMap::new(),
        };
        lock(&TABLES).get_or_insert_default().insert(table, new);
        Self { table }
    }

    /// Its number, for [`span_id`].
    pub(crate) fn table(&self) -> u64 {
        self.table
    }

    /// The id of a trace that begins.
    pub(crate) fn new_trace_id(&self, is_128bit: bool) -> TraceId {
        let next = with(self.table, |table| {
            table.traces += 2;
            [1, 0].map(|half| mixed(table.seed, table.traces - half, 0x7ace))
        });
        let [high, low] = next.unwrap_or([1, 1]);
        match is_128bit {
            false => TraceId::from_low(nonzero(low)),
            true => TraceId::from_halves(nonzero(high), nonzero(low)),
        }
    }
}

impl Drop for SeededIds {
    fn drop(&mut self) {
        let mut tables = lock(&TABLES);
        let table = tables.as_mut().and_then(|tables| tables.remove(&self.table));
        drop(tables);
        drop(table);
    }
}

/// The id of a span of the tracer that has this table. The same number has the same id as long as the tracer is there.
pub(crate) fn span_id(table: u64, number: u64) -> SpanId {
    let id = with(table, |table| {
        let next = mixed(table.seed, table.spans.len() as u64 + 1, 0x59a9);
        *table.spans.entry(number).or_insert_with(|| id(next))
    });
    id.unwrap_or_else(|| self::id(mixed(table, number, 0)))
}

fn with<R>(table: u64, change: impl FnOnce(&mut Table) -> R) -> Option<R> {
    lock(&TABLES).as_mut()?.get_mut(&table).map(change)
}

fn id(number: u64) -> SpanId {
    SpanId::new(number).unwrap_or(SpanId::MIN)
}

fn nonzero(number: u64) -> u64 {
    number.max(1)
}

/// The `nth` number of a sequence, as splitmix64 has them. No two are equal.
fn mixed(seed: u64, nth: u64, purpose: u64) -> u64 {
    let mut bits = (seed ^ (purpose << 32)).wrapping_add(nth.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn ids(seed: u64, numbers: &[u64]) -> Vec<(TraceId, SpanId)> {
        let ids = SeededIds::new(seed);
        let each = numbers.iter().map(|number| {
            let trace_id = ids.new_trace_id(true);
            (trace_id, span_id(ids.table(), *number))
        });
        each.collect()
    }

    #[test]
    fn ids_depend_on_the_seed_and_the_order_and_not_on_numbers() {
        assert_eq!(ids(7, &[4096, 4100, 9000]), ids(7, &[1, 2, 3]));
        assert_ne!(ids(7, &[1, 2]), ids(8, &[1, 2]));
        let (traces, spans): (HashSet<_>, HashSet<_>) = ids(0, &[1, 2, 3]).into_iter().unzip();
        assert_eq!((traces.len(), spans.len()), (3, 3));
    }

    #[test]
    fn a_span_keeps_its_id() {
        let ids = SeededIds::new(1);
        let first = span_id(ids.table(), 5);
        assert_ne!(span_id(ids.table(), 6), first);
        assert_eq!(span_id(ids.table(), 5), first);
    }
}
