//! Counters: what a tracer lost and what it was asked that it could not do.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::reporter::ClientStats;
use crate::sampler::SamplerStats;

/// Why a finished span did not arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Loss {
    QueueFull,
    TooLarge,
    SendFailure,
    AfterClose,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of a [`Tracer`](crate::Tracer) at one moment, all since its start.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: AtomicU64,)*
        }

        impl Counters {
            pub(crate) fn snapshot(&self) -> Stats {
                Stats { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Spans that the reporter has handed on.
    reported_spans,
    /// Spans lost because the queue was full.
    queue_full_spans,
    /// Spans lost because one alone was larger than the transport takes.
    too_large_spans,
    /// Spans lost because the transport failed, or the reporter panicked.
    send_failure_spans,
    /// Spans lost because they finished after the tracer was shut down.
    after_close_spans,
    /// Spans that were finished only because their last handle was dropped.
    abandoned_spans,
    /// Scopes that were closed while a scope opened later was still open.
    out_of_order_closes,
    /// Scopes that were never closed and were ended with their thread or future.
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
    /// Sampled contexts of listed homeservers above their budget; our own sampler decided about them. See
    /// [`Tracer::over_budget_origins`](crate::Tracer::over_budget_origins).
    over_budget_contexts,
    /// Debug ids refused because they did not come from our own processes.
    refused_debug_ids,
    /// Baggage items that were dropped: those from other servers, and those that are too long to read or write.
    dropped_baggage_items,
    /// Panics of the reporter or of the sampler, contained.
    contained_panics,
    /// Answers that a [`RemoteSampler`](crate::sampler) got from its server.
    sampler_queries,
    /// Questions of a remote sampler to which there was no answer, or an error.
    failed_sampler_queries,
    /// Answers with a strategy, which is then in use. It may be the same as before.
    sampler_updates,
    /// Answers that held no strategy; the last good one stays.
    failed_sampler_updates,
}

impl Stats {
    pub(crate) fn add_sampler(&mut self, sampler: SamplerStats) {
        self.sampler_queries += sampler.sampler_queries;
        self.failed_sampler_queries += sampler.failed_sampler_queries;
        self.sampler_updates += sampler.sampler_updates;
        self.failed_sampler_updates += sampler.failed_sampler_updates;
    }
}

impl Counters {
    pub(crate) fn lose(&self, loss: Loss, spans: usize) {
        let counter = match loss {
            Loss::QueueFull => &self.queue_full_spans,
            Loss::TooLarge => &self.too_large_spans,
            Loss::SendFailure => &self.send_failure_spans,
            Loss::AfterClose => &self.after_close_spans,
        };
        counter.fetch_add(spans as u64, Ordering::Relaxed);
    }

    pub(crate) fn client_stats(&self) -> ClientStats {
        ClientStats {
            full_queue_dropped_spans: self.queue_full_spans.load(Ordering::Relaxed),
            too_large_dropped_spans: self.too_large_spans.load(Ordering::Relaxed),
            failed_to_emit_spans: self.send_failure_spans.load(Ordering::Relaxed),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
