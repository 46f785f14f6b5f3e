//! What is known of the local roots with one name.

use std::collections::VecDeque;
use std::sync::Arc;

use super::example::Example;
use super::histogram::{BUCKETS, Histogram};
use crate::model::id::TraceId;

/// The slowest and the last failed traces that are kept of an operation.
const KEPT: usize = 5;

/// The local roots of one name and service. Clones share the examples.
#[derive(Debug, Default, Clone)]
pub(super) struct Operation {
    pub(super) failed: u64,
    /// The number of the last one, among those of all operations.
    pub(super) last: u64,
    pub(super) histogram: Histogram,
    /// The last trace of each bucket.
    pub(super) examples: [Option<Arc<Example>>; BUCKETS],
    /// The slowest first.
    pub(super) slowest: Vec<Arc<Example>>,
    /// The newest first.
    pub(super) failures: VecDeque<Arc<Example>>,
}

/// What becomes of traces because of a new one.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// How often the new trace is listed.
    pub(super) listed: u32,
    /// Traces that it has replaced.
    pub(super) replaced: Vec<TraceId>,
}

impl Change {
    fn replace(&mut self, replaced: Option<Arc<Example>>) {
        self.listed += 1;
        self.replaced.extend(replaced.map(|example| example.trace_id));
    }
}

impl Operation {
    /// Counts a local root whose trace is not there.
    pub(super) fn count(&mut self, example: &Example) {
        self.histogram.count(Histogram::bucket(example.duration));
        self.failed += u64::from(example.is_failed);
    }

    /// Counts a local root, and lists its trace.
    pub(super) fn add(&mut self, example: &Arc<Example>) -> Change {
        self.count(example);
        let mut change = Change::default();
        if let Some(place) = self.examples.get_mut(Histogram::bucket(example.duration)) {
            change.replace(place.replace(Arc::clone(example)));
        }
        let place = self
            .slowest
            .partition_point(|slower| slower.duration >= example.duration);
        if place < KEPT {
            self.slowest.insert(place, Arc::clone(example));
            let replaced = (self.slowest.len() > KEPT).then(|| self.slowest.pop()).flatten();
            change.replace(replaced);
        }
        if example.is_failed {
            self.failures.push_front(Arc::clone(example));
            let replaced = (self.failures.len() > KEPT).then(|| self.failures.pop_back());
            change.replace(replaced.flatten());
        }
        change
    }
}

impl Operation {
    /// The traces that it lists, each as often as it does.
    pub(super) fn listed(&self) -> impl Iterator<Item = TraceId> {
        let examples = self.examples.iter().flatten();
        let all = examples.chain(&self.slowest).chain(&self.failures);
        all.map(|example| example.trace_id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn example(number: u64, millis: u64, is_failed: bool) -> Arc<Example> {
        Arc::new(Example {
            trace_id: TraceId::new(number.into()).unwrap(),
            service: String::new(),
            name: String::new(),
            start: SystemTime::UNIX_EPOCH,
            duration: Duration::from_millis(millis),
            is_failed,
            outcome: String::new(),
        })
    }

    #[test]
    fn the_slowest_and_the_last_failed_traces_and_one_of_each_bucket_are_listed() {
        let mut operation = Operation::default();
        for number in 1..=20 {
            operation.add(&example(number, number, number % 2 == 0));
        }
        let ids = |examples: &mut dyn Iterator<Item = &Arc<Example>>| {
            examples.map(|example| example.trace_id.low()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&mut operation.slowest.iter()), [20, 19, 18, 17, 16]);
        assert_eq!(ids(&mut operation.failures.iter()), [20, 18, 16, 14, 12]);
        assert_eq!(ids(&mut operation.examples.iter().flatten()), [1, 3, 10, 20]);
        assert_eq!((operation.histogram.total(), operation.failed), (20, 10));
    }

    #[test]
    fn each_trace_is_replaced_as_often_as_it_was_listed() {
        let mut operation = Operation::default();
        let mut listed = 0_i64;
        for number in 1..=1_000 {
            let change = operation.add(&example(number, number * 7 % 50, number % 3 == 0));
            listed += i64::from(change.listed) - change.replaced.len() as i64;
        }
        let lists =
            operation.examples.iter().flatten().count() + operation.slowest.len() + operation.failures.len();
        assert_eq!(listed, lists as i64);
    }
}
