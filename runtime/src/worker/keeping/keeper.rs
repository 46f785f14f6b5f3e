//! Rejected traces between their first finished span and the end of their local root.

use std::sync::Arc;
#[cfg(feature = "page")]
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::held::HeldTraces;
use super::open::OpenRoots;
use super::recent::Recent;
#[cfg(feature = "page")]
use crate::delivery::batch::Batch;
use crate::delivery::collection::Collection;
use crate::delivery::provisional::MOST_SPANS;
use crate::delivery::span_view::{SpanView, Spans};
use crate::metrics::stats::Counters;
use crate::model::decision_tags::DecisionTags;
#[cfg(feature = "page")]
use crate::model::id::TraceId;
use crate::model::tag::{Tag, tags};
use crate::sampling::keep::{Keep, Reason};
#[cfg(feature = "page")]
use crate::tracer::reporting::HeldSpans;
use crate::util::counter::{add, count};
use crate::util::leaky_bucket::LeakyBucket;
#[cfg(feature = "page")]
use crate::util::lock::lock;

/// Decides about rejected traces when their local roots end.
#[derive(Debug)]
pub(in crate::worker) struct Keeper {
    held: HeldTraces,
    /// Those of which Jaeger has a beginning, so that their end is not judged again.
    open: OpenRoots,
    /// With the number of spans that were reported after the local root.
    kept: Recent,
    thrown_away: Recent,
    allowed: LeakyBucket,
}

/// A local root that has ended, or that goes on and was reported so far.
struct Ended {
    root: u64,
    /// Its place among the provisional spans.
    index: usize,
    reason: Option<Reason>,
    goes_on: bool,
}

/// What there is to do after the spans were sorted.
#[derive(Default)]
struct Sorted {
    ended: Vec<Ended>,
    /// Spans whose local root was kept before.
    late: Vec<usize>,
}

impl Keeper {
    pub(in crate::worker) fn new(keep: &Keep, now: Instant) -> Self {
        Self {
            held: HeldTraces::new(keep.bytes(), now),
            open: OpenRoots::default(),
            kept: Recent::new(now),
            thrown_away: Recent::new(now),
            allowed: LeakyBucket::new(keep.rate(), now),
        }
    }

    /// Takes the spans of rejected traces, and adds those that are kept to the spans that are reported. Returns the indices of
    /// the local roots whose traces are thrown away.
    pub(in crate::worker) fn sort_out(
        &mut self,
        spans: &mut Collection,
        keep: &Keep,
        stats: &Counters,
        now: Instant,
    ) -> Vec<usize> {
        let Sorted { ended, late } = self.sort(spans, keep, now, stats);
        add(&stats.kept_spans, late.len() as u64);
        late.into_iter().for_each(|index| spans.report_provisional(index));
        for root in spans.take_forced() {
            self.keep_rest(root, now, spans, stats);
        }
        let mut thrown_away = Vec::new();
        for Ended {
            root,
            index,
            reason,
            goes_on,
        } in ended
        {
            if self.open.contains(root) {
                spans.report_provisional(index);
                count(&stats.kept_spans);
                if !goes_on {
                    self.end_open(root, now);
                }
                continue;
            }
            if goes_on && self.has_ended(root) {
                // Another thread had reported the end, and was visited first.
                match self.takes_late(root, now) {
                    Some(true) => {
                        spans.report_provisional(index);
                        count(&stats.kept_spans);
                    }
                    Some(false) | None => count(&stats.discarded_spans),
                }
                continue;
            }
            match reason {
                Some(reason) if self.allowed.take_one(now) => {
                    self.keep(root, index, reason, spans, stats);
                    self.remember_kept(root, goes_on, now);
                    continue;
                }
                Some(_) if !goes_on => count(&stats.over_rate_traces),
                _ => {}
            }
            count(&stats.discarded_spans);
            if !goes_on {
                add(&stats.discarded_spans, self.held.throw_away(root));
                self.thrown_away.add(root, 0, now);
                thrown_away.push(index);
            }
        }
        add(&stats.discarded_spans, self.held.throw_away_old(now));
        stats
            .held_bytes
            .store(self.held.bytes() as u64, Ordering::Relaxed);
        thrown_away
    }

    fn sort(&mut self, spans: &Collection, keep: &Keep, now: Instant, stats: &Counters) -> Sorted {
        let mut sorted = Sorted::default();
        let provisional = spans.provisional();
        for (index, view) in Spans::from(provisional).iter().enumerate() {
            let Some(span) = provisional.get(index) else {
                continue;
            };
            let root = span.local_root();
            let is_open_root = span.is_local_root() && self.open.contains(root);
            let late = (!is_open_root).then(|| self.takes_late(root, now)).flatten();
            match late {
                Some(true) => sorted.late.push(index),
                Some(false) => count(&stats.discarded_spans),
                None if self.thrown_away.contains(root) => count(&stats.discarded_spans),
                None if span.is_local_root() => sorted.ended.push(Ended {
                    root,
                    index,
                    reason: reason(view, keep),
                    goes_on: view.goes_on(),
                }),
                None => {
                    let lost = self.held.add(span, now);
                    add(&stats.discarded_spans, lost.spans);
                    add(&stats.over_memory_traces, lost.traces);
                }
            }
        }
        sorted
    }

    fn has_ended(&self, root: u64) -> bool {
        self.kept.contains(root) || self.thrown_away.contains(root)
    }

    /// Whether a further span of a trace that was kept is reported, too. `None` if the trace was not kept.
    fn takes_late(&mut self, root: u64, now: Instant) -> Option<bool> {
        let has_room = |count: u32| count < MOST_SPANS as u32;
        if let Some(count) = self.open.count_mut(root) {
            let takes = has_room(*count);
            *count += u32::from(takes);
            return Some(takes);
        }
        if !self.kept.contains(root) {
            return None;
        }
        let takes = has_room(self.kept.count(root));
        if takes {
            self.kept.add(root, 1, now);
        }
        Some(takes)
    }

    fn keep(&mut self, root: u64, index: usize, reason: Reason, spans: &mut Collection, stats: &Counters) {
        let Some(span) = spans.provisional().get(index) else {
            return;
        };
        let mut trace = self.held.take(root);
        let missing = trace.missing();
        trace.add_local_root(span, decision_tags(reason, missing));
        count(&stats.kept_traces);
        add(&stats.kept_spans, trace.len() as u64);
        spans.add_kept(trace.into_batch());
    }

    fn remember_kept(&mut self, root: u64, goes_on: bool, now: Instant) {
        if !goes_on {
            self.kept.add(root, 0, now);
        } else if let Some((oldest, count)) = self.open.add(root) {
            self.kept.add(oldest, count, now);
        }
    }

    /// A root has ended that was kept before. What was below it may come later.
    fn end_open(&mut self, root: u64, now: Instant) -> bool {
        let count = self.open.end(root);
        self.kept.add(root, count.unwrap_or(0), now);
        count.is_some()
    }

    /// Keeps what ended before its trace was forced. The local root is reported as any other that is recorded.
    fn keep_rest(&mut self, root: u64, now: Instant, spans: &mut Collection, stats: &Counters) {
        let trace = self.held.take(root);
        if !self.end_open(root, now) {
            count(&stats.kept_traces);
        }
        add(&stats.kept_spans, trace.len() as u64);
        spans.add_kept(trace.into_batch());
    }

    /// Throws away what is held, after a shutdown.
    pub(in crate::worker) fn end(&mut self, stats: &Counters) {
        add(&stats.discarded_spans, self.held.throw_all_away());
        stats.held_bytes.store(0, Ordering::Relaxed);
    }
}

fn reason(root: SpanView<'_>, keep: &Keep) -> Option<Reason> {
    keep.reason(root.operation_name(), root.duration(), root.has_failed())
}

fn decision_tags(reason: Reason, missing: u64) -> DecisionTags {
    let mut tags = vec![
        Tag::new(tags::SAMPLER_TYPE, "keep"),
        Tag::new(tags::SAMPLER_PARAM, reason.as_str()),
    ];
    if missing > 0 {
        tags.push(Tag::new("keep.missing_spans", missing));
    }
    DecisionTags::Shared(Arc::new(tags))
}

#[cfg(feature = "page")]
impl HeldSpans for Mutex<Keeper> {
    fn copy_to(&self, batch: &mut Batch, id: TraceId) {
        lock(self).held.copy_to(batch, id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::delivery::batch::{Batch, EndingSpan};
    use crate::delivery::details::Details;
    use crate::delivery::identity::Identity;
    use crate::delivery::record::SpanStart;
    use crate::model::flags::TraceFlags;
    use crate::model::id::TraceId;
    use crate::util::tick::Tick;

    const MINUTE: Duration = Duration::from_secs(60);
    const ROOT: u64 = 7;

    struct Keeping {
        keep: Keep,
        keeper: Keeper,
        stats: Counters,
        start: Instant,
    }

    impl Keeping {
        /// Keeps one trace and then no other.
        fn one() -> Self {
            let keep = Keep::new().slower_than(MINUTE).max_per_second(1e-9);
            let start = Instant::now();
            let keeper = Keeper::new(&keep, start);
            Self {
                keep,
                keeper,
                stats: Counters::default(),
                start,
            }
        }

        /// Keeps several traces.
        fn several() -> Self {
            let keep = Keep::new().slower_than(MINUTE).max_per_second(1_000.0);
            let keeper = Keeper::new(&keep, Instant::now());
            Self {
                keep,
                keeper,
                ..Self::one()
            }
        }

        /// How many spans are reported of those that are added.
        fn report(&mut self, minutes: u32, add: impl FnOnce(&mut Batch)) -> usize {
            let mut batch = Batch::new();
            add(&mut batch);
            let mut spans = Collection::new(usize::MAX);
            spans.add(batch);
            let now = self.start + minutes * MINUTE;
            self.keeper.sort_out(&mut spans, &self.keep, &self.stats, now);
            spans.len()
        }

        fn counts(&self) -> (u64, u64) {
            let [kept, over_rate] =
                [&self.stats.kept_traces, &self.stats.over_rate_traces].map(|of| of.load(Ordering::Relaxed));
            (kept, over_rate)
        }
    }

    /// A span that started long ago, in a rejected trace.
    fn add(batch: &mut Batch, number: u64, goes_on: bool) {
        add_below(batch, ROOT, number, goes_on);
    }

    fn add_below(batch: &mut Batch, root: u64, number: u64, goes_on: bool) {
        add_with(batch, TraceFlags::PROVISIONAL, root, number, goes_on);
    }

    fn add_with(batch: &mut Batch, flags: TraceFlags, root: u64, number: u64, goes_on: bool) {
        let identity = Identity::of_trace(TraceId::new(1).unwrap(), flags);
        let mut details = Details::default();
        details.set_start(UNIX_EPOCH);
        let span = EndingSpan {
            span: SpanStart {
                number,
                parent: if number == root { 0 } else { root },
                start: Tick::now(),
                name: "root",
            },
            end: Tick::now(),
            identity: identity.with_root(root),
            details: Some(&details),
            decision: &DecisionTags::None,
        };
        match goes_on {
            true => span.add_open_to(batch),
            false => span.add_to(batch),
        }
    }

    #[test]
    fn a_trace_that_was_kept_while_it_was_open_is_not_judged_again_when_it_ends() {
        let mut keeping = Keeping::one();
        assert_eq!(keeping.report(0, |batch| add(batch, ROOT, true)), 1);
        // Others come and go meanwhile.
        for minute in 1..12 {
            let root = 1_000 + u64::from(minute);
            keeping.keeper.kept.add(root, 0, keeping.start + minute * MINUTE);
        }
        assert_eq!(keeping.report(12, |batch| add(batch, ROOT, true)), 1);
        assert_eq!(keeping.report(25, |batch| add(batch, ROOT, false)), 1);
        // As those that come after the end of any trace.
        assert_eq!(keeping.report(25, |batch| add(batch, 99, false)), 1);
        assert_eq!(keeping.counts(), (1, 0));
    }

    #[test]
    fn a_trace_that_is_found_ended_before_it_is_found_open_is_kept_once() {
        let mut keeping = Keeping::several();
        // Two threads have reported: the one that saw it open is visited last.
        let both = |batch: &mut Batch| {
            add(batch, ROOT, false);
            add(batch, ROOT, true);
        };
        assert_eq!(keeping.report(0, both), 2);
        assert_eq!(keeping.counts(), (1, 0));
        assert!(!keeping.keeper.open.contains(ROOT));
        // It may also be visited at the next report.
        assert_eq!(keeping.report(0, |batch| add(batch, ROOT, true)), 1);
        assert_eq!(keeping.counts(), (1, 0));
        assert!(!keeping.keeper.open.contains(ROOT));
    }

    #[test]
    fn a_trace_that_was_thrown_away_at_its_end_is_not_kept_when_it_is_found_open() {
        let mut keeping = Keeping::one();
        // The only one that is kept.
        assert_eq!(keeping.report(0, |batch| add_below(batch, 1, 1, false)), 1);
        let both = |batch: &mut Batch| {
            add(batch, ROOT, false);
            add(batch, ROOT, true);
        };
        assert_eq!(keeping.report(0, both), 0);
        assert_eq!(keeping.counts(), (1, 1));
        let discarded = || keeping.stats.discarded_spans.load(Ordering::Relaxed);
        assert_eq!(discarded(), 2);
    }

    #[test]
    fn a_trace_that_was_forced_is_kept_once_also_if_it_is_found_open_after_that() {
        let mut keeping = Keeping::several();
        let forced = TraceFlags::PROVISIONAL | TraceFlags::FORCED;
        let both = |batch: &mut Batch| {
            add_with(batch, forced, ROOT, ROOT, false);
            add(batch, ROOT, true);
        };
        assert_eq!(keeping.report(0, both), 2);
        assert_eq!(keeping.counts(), (1, 0));
        assert!(!keeping.keeper.open.contains(ROOT));
    }
}
