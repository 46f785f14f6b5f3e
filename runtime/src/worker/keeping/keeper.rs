//! Rejected traces between their first finished span and the end of their local root.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::recent::Recent;
use crate::delivery::collection::{CollectedSpan, Collection};
use crate::delivery::provisional::ProvisionalTrace;
use crate::delivery::span_view::{SpanView, Spans};
use crate::delivery::tag_view::ValueView;
use crate::metrics::stats::Counters;
use crate::model::decision_tags::DecisionTags;
use crate::model::tag::{Tag, tags};
use crate::sampling::keep::{Keep, Reason};
use crate::util::counter::{add, count};
use crate::util::leaky_bucket::LeakyBucket;

/// A trace whose local root does not end is thrown away after this time.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Holds rejected traces until their local roots end.
#[derive(Debug)]
pub(in crate::worker) struct Keeper {
    held: HashMap<u64, Held>,
    bytes: usize,
    kept: Recent,
    thrown_away: Recent,
    allowed: LeakyBucket,
    looked_at: Instant,
}

#[derive(Debug)]
struct Held {
    trace: ProvisionalTrace,
    since: Instant,
}

/// A local root that has ended.
struct Ended {
    root: u64,
    reason: Option<Reason>,
    /// Its place among the provisional spans.
    index: usize,
}

impl Keeper {
    pub(in crate::worker) fn new(keep: &Keep, now: Instant) -> Self {
        Self {
            held: HashMap::new(),
            bytes: 0,
            kept: Recent::new(now),
            thrown_away: Recent::new(now),
            allowed: LeakyBucket::new(keep.rate(), now),
            looked_at: now,
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
        let (mut ended, mut late) = (Vec::new(), Vec::new());
        let provisional = spans.provisional();
        for (index, view) in Spans::from(provisional).iter().enumerate() {
            let Some(span) = provisional.get(index) else {
                continue;
            };
            let root = span.local_root();
            if self.kept.contains(root) {
                late.push(index);
            } else if self.thrown_away.contains(root) || !self.hold(span, keep, now, stats) {
                count(&stats.discarded_spans);
            } else if span.is_local_root() {
                let reason = reason(view, keep);
                // A report of a span that goes on can only be a reason to keep it.
                let goes_on = view.tag(tags::UNFINISHED).is_some_and(ValueView::is_true);
                if reason.is_some() || !goes_on {
                    ended.push(Ended { root, reason, index });
                }
            }
        }
        add(&stats.kept_spans, late.len() as u64);
        late.into_iter().for_each(|index| spans.report_provisional(index));
        let forced = spans.take_forced().into_iter().map(|root| Ended {
            root,
            reason: Some(Reason::Forced),
            index: 0,
        });
        let mut thrown_away = Vec::new();
        for Ended { root, reason, index } in forced.chain(ended) {
            match reason {
                Some(reason) if reason == Reason::Forced || self.allowed.take_one(now) => {
                    self.keep(root, reason, now, spans, stats);
                    continue;
                }
                Some(_) => count(&stats.over_rate_traces),
                None => {}
            }
            self.throw_away(root, now, stats);
            thrown_away.push(index);
        }
        self.throw_away_old(now, stats);
        stats.held_bytes.store(self.bytes as u64, Ordering::Relaxed);
        thrown_away
    }

    /// Copies a span. False if there is no room for it.
    fn hold(&mut self, span: CollectedSpan<'_>, keep: &Keep, now: Instant, stats: &Counters) -> bool {
        let root = span.local_root();
        let is_full = self.bytes >= keep.bytes();
        let (before, held) = match self.held.entry(root) {
            Entry::Occupied(held) => (held.get().trace.bytes(), held.into_mut()),
            Entry::Vacant(_) if is_full => {
                count(&stats.over_memory_traces);
                self.thrown_away.add(root, now);
                return false;
            }
            Entry::Vacant(place) => {
                let trace = ProvisionalTrace::default();
                (0, place.insert(Held { trace, since: now }))
            }
        };
        let most = (keep.bytes() / 8).min(before + keep.bytes().saturating_sub(self.bytes));
        let gone = held.trace.add(span, most);
        add(&stats.discarded_spans, gone);
        self.bytes = (self.bytes + held.trace.bytes()).saturating_sub(before);
        true
    }

    fn take(&mut self, root: u64) -> Option<ProvisionalTrace> {
        let trace = self.held.remove(&root)?.trace;
        self.bytes = self.bytes.saturating_sub(trace.bytes());
        Some(trace)
    }

    fn keep(&mut self, root: u64, reason: Reason, now: Instant, spans: &mut Collection, stats: &Counters) {
        self.kept.add(root, now);
        count(&stats.kept_traces);
        if let Some(trace) = self.take(root) {
            add(&stats.kept_spans, trace.len() as u64);
            let tags = decision_tags(reason, trace.missing());
            spans.add_kept(trace.into_batch(tags));
        }
    }

    fn throw_away(&mut self, root: u64, now: Instant, stats: &Counters) {
        self.thrown_away.add(root, now);
        if let Some(trace) = self.take(root) {
            add(&stats.discarded_spans, trace.len() as u64);
        }
    }

    fn throw_away_old(&mut self, now: Instant, stats: &Counters) {
        if now.saturating_duration_since(self.looked_at) < super::recent::GRACE {
            return;
        }
        self.looked_at = now;
        let is_old = |held: &Held| now.saturating_duration_since(held.since) >= LONGEST;
        let old = self.held.iter().filter(|(_, held)| is_old(held));
        let old: Vec<u64> = old.map(|(root, _)| *root).collect();
        old.into_iter().for_each(|root| self.throw_away(root, now, stats));
    }

    /// Throws away what is held, after a shutdown.
    pub(in crate::worker) fn end(&mut self, stats: &Counters) {
        let spans: usize = self.held.drain().map(|(_, held)| held.trace.len()).sum();
        add(&stats.discarded_spans, spans as u64);
        self.bytes = 0;
        stats.held_bytes.store(0, Ordering::Relaxed);
    }
}

fn reason(root: SpanView<'_>, keep: &Keep) -> Option<Reason> {
    let is_failed = root.tag(tags::ERROR).is_some_and(ValueView::is_true);
    keep.reason(root.operation_name(), root.duration(), is_failed)
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
