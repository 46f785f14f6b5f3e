//! The list of metrics.

use super::metric::{Kind, Metric, Value};
use super::requests::Requests;
use super::rpc;
use super::stats::Stats;

/// The counts of a tracer.
pub(crate) struct TracerCounts<'a> {
    pub(crate) service_name: &'a str,
    pub(crate) stats: Stats,
    /// `None` if incoming requests are not counted.
    pub(crate) requests: Option<&'a Requests>,
}

/// The value of each label, and the function that reads the number.
type LabelledValue = (&'static [&'static str], fn(&Stats) -> u64);

/// A metric, and the source of each of its values.
struct Family {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    labels: &'static [&'static str],
    values: &'static [LabelledValue],
}

impl Family {
    fn metric(&self, stats: &Stats) -> Metric {
        let values = self.values.iter().map(|(texts, number)| {
            let labels = self.labels.iter().zip(*texts);
            let labels = labels.map(|(label, text)| (*label, (*text).into()));
            (labels.collect(), Value::Number(number(stats)))
        });
        Metric {
            name: self.name,
            kind: self.kind,
            help: self.help,
            values: values.collect(),
        }
    }
}

/// The metrics of a tracer, those of Jaeger's clients first.
pub(super) fn metrics(counted: &TracerCounts<'_>) -> Vec<Metric> {
    let mut metrics: Vec<_> = FAMILIES
        .iter()
        .map(|family| family.metric(&counted.stats))
        .collect();
    metrics.extend(rpc::metrics(counted.requests));
    metrics
}

/// `docs/metrics.md` lists the metrics of Jaeger's clients that are missing, with the reasons.
const FAMILIES: &[Family] = &[
    Family {
        name: "jaeger_tracer_traces_total",
        kind: Kind::Counter,
        help: "Traces that began here, or were continued from another process.",
        labels: &["state", "sampled"],
        values: &[
            (&["started", "y"], |stats| stats.started_sampled_traces),
            (&["started", "n"], |stats| stats.started_unsampled_traces),
            (&["joined", "y"], |stats| stats.joined_sampled_traces),
            (&["joined", "n"], |stats| stats.joined_unsampled_traces),
        ],
    },
    Family {
        name: "jaeger_tracer_started_spans_total",
        kind: Kind::Counter,
        help: "Spans that started.",
        labels: &["sampled"],
        values: &[
            (&["y"], |stats| stats.started_sampled_spans),
            (&["n"], |stats| stats.started_unsampled_spans),
        ],
    },
    Family {
        name: "jaeger_tracer_finished_spans_total",
        kind: Kind::Counter,
        help: "Spans that finished.",
        labels: &["sampled"],
        values: &[
            (&["y"], |stats| stats.finished_sampled_spans),
            (&["n"], |stats| stats.finished_unsampled_spans),
        ],
    },
    Family {
        name: "jaeger_tracer_span_context_decoding_errors_total",
        kind: Kind::Counter,
        help: "Span contexts from outside that could not be read.",
        labels: &[],
        values: &[(&[], |stats| stats.span_context_decoding_errors)],
    },
    Family {
        name: "jaeger_tracer_reporter_spans_total",
        kind: Kind::Counter,
        help: "Spans by the result of reporting.",
        labels: &["result"],
        values: &[
            (&["ok"], |stats| stats.reported_spans),
            (&["err"], |stats| stats.too_large_spans + stats.send_failure_spans),
            (&["dropped"], |stats| {
                stats.queue_full_spans + stats.after_close_spans
            }),
        ],
    },
    Family {
        name: "jaeger_tracer_reporter_queue_length",
        kind: Kind::Gauge,
        help: "Spans that wait for the reporter.",
        labels: &[],
        values: &[(&[], |stats| stats.queued_spans)],
    },
    Family {
        name: "fedtrace_keep_traces_total",
        kind: Kind::Counter,
        help: "Slow and failed traces that the sampler had rejected.",
        labels: &["result"],
        values: &[
            (&["kept"], |stats| stats.kept_traces),
            (&["over_rate"], |stats| stats.over_rate_traces),
            (&["over_memory"], |stats| stats.over_memory_traces),
        ],
    },
    Family {
        name: "fedtrace_keep_spans_total",
        kind: Kind::Counter,
        help: "Finished spans of traces that the sampler had rejected.",
        labels: &["result"],
        values: &[
            (&["kept"], |stats| stats.kept_spans),
            (&["discarded"], |stats| stats.discarded_spans),
        ],
    },
    Family {
        name: "fedtrace_keep_bytes",
        kind: Kind::Gauge,
        help: "The memory of spans whose local root has not ended, in traces that the sampler had rejected.",
        labels: &[],
        values: &[(&[], |stats| stats.held_bytes)],
    },
    Family {
        name: "jaeger_tracer_sampler_queries_total",
        kind: Kind::Counter,
        help: "Queries to the sampling server.",
        labels: &["result"],
        values: &[
            (&["ok"], |stats| stats.sampler_queries),
            (&["err"], |stats| stats.failed_sampler_queries),
        ],
    },
    Family {
        name: "jaeger_tracer_sampler_updates_total",
        kind: Kind::Counter,
        help: "Updates of the sampling strategy.",
        labels: &["result"],
        values: &[
            (&["ok"], |stats| stats.sampler_updates),
            (&["err"], |stats| stats.failed_sampler_updates),
        ],
    },
    Family {
        name: "jaeger_tracer_throttled_debug_spans_total",
        kind: Kind::Counter,
        help: "Spans that were not forced because the throttler refused.",
        labels: &[],
        values: &[(&[], |stats| stats.throttled_debug_spans)],
    },
    Family {
        name: "jaeger_tracer_throttler_updates_total",
        kind: Kind::Counter,
        help: "Queries to the throttling server.",
        labels: &["result"],
        values: &[
            (&["ok"], |stats| stats.throttler_updates),
            (&["err"], |stats| stats.failed_throttler_updates),
        ],
    },
    Family {
        name: "jaeger_tracer_baggage_updates_total",
        kind: Kind::Counter,
        help: "Attempts to set a baggage item.",
        labels: &["result"],
        values: &[
            (&["ok"], |stats| stats.baggage_updates),
            (&["err"], |stats| stats.failed_baggage_updates),
        ],
    },
    Family {
        name: "fedtrace_queue_bytes",
        kind: Kind::Gauge,
        help: "Memory of the spans that wait for the reporter, in bytes.",
        labels: &[],
        values: &[(&[], |stats| stats.queued_bytes)],
    },
    Family {
        name: "fedtrace_open_spans",
        kind: Kind::Gauge,
        help: "Recorded spans that have started and not finished.",
        labels: &[],
        values: &[(&[], |stats| stats.open_spans)],
    },
    Family {
        name: "fedtrace_unfinished_reports_total",
        kind: Kind::Counter,
        help: "Reports of spans that have been open for long.",
        labels: &[],
        values: &[(&[], |stats| stats.unfinished_reports)],
    },
    Family {
        name: "fedtrace_open_bytes",
        kind: Kind::Gauge,
        help: "Memory of the tags and logs of open spans, in bytes.",
        labels: &[],
        values: &[(&[], |stats| stats.open_bytes)],
    },
    Family {
        name: "fedtrace_lost_spans_total",
        kind: Kind::Counter,
        help: "Recorded spans that were lost.",
        labels: &["cause"],
        values: &[
            (&["queue_full"], |stats| stats.queue_full_spans),
            (&["too_large"], |stats| stats.too_large_spans),
            (&["send_failure"], |stats| stats.send_failure_spans),
            (&["after_close"], |stats| stats.after_close_spans),
        ],
    },
    Family {
        name: "fedtrace_left_out_total",
        kind: Kind::Counter,
        help: "Parts of recorded spans that were left out because of a limit.",
        labels: &["what"],
        values: &[
            (&["tag"], |stats| stats.dropped_tags),
            (&["log_record"], |stats| stats.dropped_log_records),
            (&["log_field"], |stats| stats.dropped_log_fields),
            (&["reference"], |stats| stats.dropped_references),
        ],
    },
    Family {
        name: "fedtrace_refused_total",
        kind: Kind::Counter,
        help: "Incoming trace data that was rejected.",
        labels: &["what"],
        values: &[
            (&["context"], |stats| stats.refused_contexts),
            (&["sampled_flag"], |stats| stats.over_budget_contexts),
            (&["debug_id"], |stats| stats.refused_debug_ids),
            (&["baggage_item"], |stats| stats.dropped_baggage_items),
        ],
    },
    Family {
        name: "fedtrace_misuses_total",
        kind: Kind::Counter,
        help: "Incorrect uses of this library.",
        labels: &["what"],
        values: &[
            (&["abandoned_span"], |stats| stats.abandoned_spans),
            (&["out_of_order_close"], |stats| stats.out_of_order_closes),
            (&["leaked_scope"], |stats| stats.leaked_scopes),
            (&["use_after_finish"], |stats| stats.uses_after_finish),
            (&["missing_active_span"], |stats| stats.missing_active_spans),
            (&["depth_limit"], |stats| stats.depth_limited_spans),
        ],
    },
    Family {
        name: "fedtrace_contained_panics_total",
        kind: Kind::Counter,
        help: "Panics of a reporter, sampler, throttler, recorder or closure of a layer that were contained.",
        labels: &[],
        values: &[(&[], |stats| stats.contained_panics)],
    },
];
