//! Rejected traces between their first finished span and the end of their local root.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::held::HeldTraces;
use super::recent::Recent;
use crate::delivery::collection::Collection;
use crate::delivery::provisional::MOST_SPANS;
use crate::delivery::span_view::{SpanView, Spans};
use crate::metrics::stats::Counters;
use crate::model::decision_tags::DecisionTags;
use crate::model::tag::{Tag, tags};
use crate::sampling::keep::{Keep, Reason};
use crate::util::counter::{add, count};
use crate::util::leaky_bucket::LeakyBucket;

/// Decides about rejected traces when their local roots end.
#[derive(Debug)]
pub(in crate::worker) struct Keeper {
    held: HeldTraces,
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
    ) -> Vec<usize> {
        let now = Instant::now();
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
            match reason {
                Some(reason) if self.allowed.take_one(now) => {
                    self.keep(root, index, reason, now, spans, stats);
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
            if self.kept.contains(root) {
                match self.kept.count(root) < MOST_SPANS as u32 {
                    true => {
                        self.kept.add(root, 1, now);
                        sorted.late.push(index);
                    }
                    false => count(&stats.discarded_spans),
                }
            } else if self.thrown_away.contains(root) {
                count(&stats.discarded_spans);
            } else if span.is_local_root() {
                sorted.ended.push(Ended {
                    root,
                    index,
                    reason: reason(view, keep),
                    goes_on: view.goes_on(),
                });
            } else {
                let lost = self.held.add(span, now);
                add(&stats.discarded_spans, lost.spans);
                add(&stats.over_memory_traces, lost.traces);
            }
        }
        sorted
    }

    fn keep(
        &mut self,
        root: u64,
        index: usize,
        reason: Reason,
        now: Instant,
        spans: &mut Collection,
        stats: &Counters,
    ) {
        let Some(span) = spans.provisional().get(index) else {
            return;
        };
        let mut trace = self.held.take(root);
        let missing = trace.missing();
        trace.add_local_root(span, decision_tags(reason, missing));
        self.kept.add(root, 0, now);
        count(&stats.kept_traces);
        add(&stats.kept_spans, trace.len() as u64);
        spans.add_kept(trace.into_batch());
    }

    /// Keeps what ended before its trace was forced. The local root is reported as any other that is recorded.
    fn keep_rest(&mut self, root: u64, now: Instant, spans: &mut Collection, stats: &Counters) {
        let trace = self.held.take(root);
        self.kept.add(root, 0, now);
        count(&stats.kept_traces);
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
