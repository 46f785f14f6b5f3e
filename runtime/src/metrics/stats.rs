//! The counters of a tracer.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why a finished span was lost.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Loss {
    QueueFull,
    TooLarge,
    SendFailure,
    AfterClose,
}

/// How much of a span was left out, because of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LeftOut {
    pub(crate) tags: u32,
    pub(crate) records: u32,
    pub(crate) fields: u32,
    pub(crate) references: u32,
}

impl LeftOut {
    pub(crate) const NONE: Self = Self {
        tags: 0,
        records: 0,
        fields: 0,
        references: 0,
    };

    pub(crate) fn add(&mut self, more: Self) {
        self.tags = self.tags.saturating_add(more.tags);
        self.records = self.records.saturating_add(more.records);
        self.fields = self.fields.saturating_add(more.fields);
        self.references = self.references.saturating_add(more.references);
    }
}

/// Traces and spans that were counted together. Each pair is those that are not recorded, and those that are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SpanCounts {
    pub(crate) begun_traces: [u64; 2],
    pub(crate) joined_traces: [u64; 2],
    /// Without the first span of each trace.
    pub(crate) started: [u64; 2],
    pub(crate) finished: [u64; 2],
}

impl SpanCounts {
    /// A span that finished and is recorded.
    pub(crate) fn one_finished() -> Self {
        Self {
            finished: [0, 1],
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, more: Self) {
        let pairs = [
            &mut self.begun_traces,
            &mut self.joined_traces,
            &mut self.started,
            &mut self.finished,
        ];
        for (counter, more) in pairs.into_iter().flatten().zip(more.in_order()) {
            *counter += more;
        }
    }

    /// All of them, in the order in which `add_spans` lists their counters.
    fn in_order(self) -> impl Iterator<Item = u64> {
        let Self {
            begun_traces,
            joined_traces,
            started,
            finished,
        } = self;
        [begun_traces, joined_traces, started, finished]
            .into_iter()
            .flatten()
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A snapshot of the counters of a [`Tracer`](crate::Tracer), all since its start.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
            /// Recorded spans that have started and not finished. Those below an open span of the same thread are added
            /// when the outermost one ends, or 256 of them have finished.
            pub open_spans: u64,
            /// Finished spans that wait for the reporter or are being reported.
            pub queued_spans: u64,
            /// The memory that these spans take, in bytes, with up to 16 KiB for each thread that it has reserved for its
            /// next spans.
            pub queued_bytes: u64,
            /// The memory that the tags and logs of open spans take, in bytes. A span counts once it takes more than
            /// 1 KiB.
            pub open_bytes: u64,
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: AtomicU64,)*
            /// Spans that are recorded since they were forced, minus those that are not recorded since they got their
            /// parent. It wraps around.
            pub(crate) recorded_later: AtomicU64,
            /// Spans that were counted as sent and then as lost, too. When others are sent, as many of them are not counted.
            pub(crate) overstated: AtomicU64,
        }

        impl Counters {
            /// Resets all counters, for a child process.
            pub(crate) fn reset(&self) {
                $(self.$name.store(0, Ordering::Relaxed);)*
                self.recorded_later.store(0, Ordering::Relaxed);
                self.overstated.store(0, Ordering::Relaxed);
            }

            /// A snapshot, with what running threads have counted and the bytes of waiting and of open spans.
            pub(crate) fn snapshot(&self, threads: SpanCounts, queued_bytes: usize, open_bytes: usize) -> Stats {
                let mut stats = Stats {
                    $($name: self.$name.load(Ordering::Relaxed),)*
                    open_spans: 0,
                    queued_spans: 0,
                    queued_bytes: queued_bytes as u64,
                    open_bytes: open_bytes as u64,
                };
                stats.add_spans(threads);
                // The first span of each trace was counted only as a trace.
                stats.started_sampled_spans += stats.started_sampled_traces + stats.joined_sampled_traces;
                stats.started_unsampled_spans += stats.started_unsampled_traces + stats.joined_unsampled_traces;
                let recorded_later = self.recorded_later.load(Ordering::Relaxed);
                let recorded = stats.started_sampled_spans.wrapping_add(recorded_later);
                // Negative only for a moment: a span may be counted as finished after the others were read.
                let open = recorded.wrapping_sub(stats.finished_sampled_spans) as i64;
                stats.open_spans = open.max(0) as u64;
                let gone = stats.reported_spans + stats.lost_spans() + stats.discarded_spans;
                let gone = gone.saturating_sub(self.overstated.load(Ordering::Relaxed));
                stats.queued_spans = stats.finished_sampled_spans.saturating_sub(gone);
                stats
            }
        }
    };
}

counters! {
    /// Traces that began here and are recorded.
    started_sampled_traces,
    /// Traces that began here and are not recorded.
    started_unsampled_traces,
    /// Spans with a parent in another process, in traces that are recorded.
    joined_sampled_traces,
    /// Spans with a parent in another process, in traces that are not recorded.
    joined_unsampled_traces,
    /// Spans that started in recorded traces. Those of a thread are added when its outermost span ends, or 256 of them
    /// have finished.
    started_sampled_spans,
    /// Spans that started in traces that are not recorded. Those of a thread are added as those of recorded traces.
    started_unsampled_spans,
    /// Recorded spans that finished: sent, lost or still waiting. Those of a thread are added when its
    /// outermost span ends, or 256 of them have finished.
    finished_sampled_spans,
    /// Spans that finished and were not recorded. Those of a thread are added as those that are recorded. A
    /// span that was forced after its start counts as recorded.
    finished_unsampled_spans,
    /// Spans that the reporter has sent.
    reported_spans,
    /// Traces that the sampler rejected and that were [kept](crate::Keep) because they were slow, failed or were forced.
    kept_traces,
    /// Their spans, which are also counted as reported or lost.
    kept_spans,
    /// Spans of traces that the sampler rejected and that were not kept.
    discarded_spans,
    /// Traces that were not kept because there were too many in that second.
    over_rate_traces,
    /// Traces that the sampler rejected and that lost the spans below their local root because there was no memory to hold
    /// them.
    over_memory_traces,
    /// The memory that spans take whose local root has not ended, in bytes, in traces that the sampler rejected.
    held_bytes,
    /// Spans lost because the queue was full.
    queue_full_spans,
    /// Spans lost because a single one was larger than the transport's limit.
    too_large_spans,
    /// Spans lost because the transport failed, or the reporter panicked.
    send_failure_spans,
    /// Spans lost because they finished after the tracer was shut down.
    after_close_spans,
    /// Tags that recorded spans lost, because there were too many on a span or its memory was full.
    dropped_tags,
    /// Log records that recorded spans lost, because the memory was full. Those that newer ones replaced are counted
    /// on their span.
    dropped_log_records,
    /// Fields that log records lost, because there were too many in a record.
    dropped_log_fields,
    /// References that recorded spans lost, because there were too many on a span.
    dropped_references,
    /// Spans that ended only because their last handle was dropped.
    abandoned_spans,
    /// Reports of spans that had been open for long; see
    /// [`TracerBuilder::long_open_after`](crate::TracerBuilder::long_open_after). Each also counts as a recorded span that
    /// started and finished.
    unfinished_reports,
    /// Scopes that were closed while a scope opened later was still open.
    out_of_order_closes,
    /// Scopes that were never closed and ended with their thread or future.
    leaked_scopes,
    /// Uses of a span after it had finished.
    uses_after_finish,
    /// Calls that need an active span and found none.
    missing_active_spans,
    /// Spans not started because too many were open on the thread.
    depth_limited_spans,
    /// Span contexts from outside that could not be read.
    span_context_decoding_errors,
    /// Span contexts refused because their origin is not on the whitelist.
    refused_contexts,
    /// Sampled contexts of listed homeservers over their budget; our own sampler decided about them. See
    /// [`Tracer::over_budget_origins`](crate::Tracer::over_budget_origins).
    over_budget_contexts,
    /// Debug ids refused because they did not come from our own processes.
    refused_debug_ids,
    /// Baggage items that were dropped: items from other servers, and items that are too long to read or
    /// write.
    dropped_baggage_items,
    /// Baggage items that were set: [`force_tracing`](crate::force_tracing) sets one.
    baggage_updates,
    /// Baggage items that could not be set, because of the limits on their number and size.
    failed_baggage_updates,
    /// Panics of the reporter, the sampler, the throttler, the recorder of metrics or a closure of a layer, all of which are
    /// contained.
    contained_panics,
    /// Queries of a remote [sampler](crate::sampler) that its server answered.
    sampler_queries,
    /// Queries of a remote sampler that failed or were answered with an error.
    failed_sampler_queries,
    /// Answers with a strategy, which was put into use. It may be the same as before.
    sampler_updates,
    /// Answers without a usable strategy; the last good one stays.
    failed_sampler_updates,
    /// Spans that were not forced because the [throttler](crate::throttler) refused it.
    throttled_debug_spans,
    /// Answers with balances that a remote throttler got from its server.
    throttler_updates,
    /// Queries of a remote throttler that failed or whose answer could not be used; its credit stays.
    failed_throttler_updates,
}

impl Stats {
    /// Recorded spans that finished and were lost, whatever the cause.
    pub fn lost_spans(&self) -> u64 {
        self.queue_full_spans + self.too_large_spans + self.send_failure_spans + self.after_close_spans
    }

    fn add_spans(&mut self, counts: SpanCounts) {
        let counters = [
            &mut self.started_unsampled_traces,
            &mut self.started_sampled_traces,
            &mut self.joined_unsampled_traces,
            &mut self.joined_sampled_traces,
            &mut self.started_unsampled_spans,
            &mut self.started_sampled_spans,
            &mut self.finished_unsampled_spans,
            &mut self.finished_sampled_spans,
        ];
        for (counter, more) in counters.into_iter().zip(counts.in_order()) {
            *counter += more;
        }
    }
}

impl Counters {
    /// Adds what a thread has counted.
    pub(crate) fn add_spans(&self, counts: SpanCounts) {
        let counters = [
            &self.started_unsampled_traces,
            &self.started_sampled_traces,
            &self.joined_unsampled_traces,
            &self.joined_sampled_traces,
            &self.started_unsampled_spans,
            &self.started_sampled_spans,
            &self.finished_unsampled_spans,
            &self.finished_sampled_spans,
        ];
        for (counter, more) in counters.into_iter().zip(counts.in_order()) {
            if more > 0 {
                counter.fetch_add(more, Ordering::Relaxed);
            }
        }
    }

    /// Counts what is missing of recorded spans.
    pub(crate) fn leave_out(&self, left_out: LeftOut) {
        for (counter, parts) in [
            (&self.dropped_tags, left_out.tags),
            (&self.dropped_log_records, left_out.records),
            (&self.dropped_log_fields, left_out.fields),
            (&self.dropped_references, left_out.references),
        ] {
            if parts > 0 {
                counter.fetch_add(u64::from(parts), Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn lose(&self, loss: Loss, spans: usize) {
        let counter = match loss {
            Loss::QueueFull => &self.queue_full_spans,
            Loss::TooLarge => &self.too_large_spans,
            Loss::SendFailure => &self.send_failure_spans,
            Loss::AfterClose => &self.after_close_spans,
        };
        counter.fetch_add(spans as u64, Ordering::Relaxed);
    }
}
