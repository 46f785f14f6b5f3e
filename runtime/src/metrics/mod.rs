//! The counters of a tracer as metrics, under the names of Jaeger's clients for Go and Java.

#[cfg(all(test, feature = "enable"))]
mod documentation;
#[cfg(feature = "metrics")]
pub(crate) mod facade;
#[cfg(all(test, feature = "enable", feature = "metrics"))]
mod facade_tests;
#[cfg(feature = "prometheus")]
mod prometheus;
mod rpc;
#[cfg(all(test, feature = "enable", feature = "prometheus"))]
mod rpc_tests;

#[cfg(feature = "prometheus")]
pub use prometheus::prometheus_text;

use std::borrow::Cow;

use crate::requests::Latencies;
use crate::tracer::Tracer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

#[cfg(all(test, feature = "enable"))]
mod tests;

type Labels = Vec<(&'static str, Cow<'static, str>)>;

#[derive(Debug, Clone)]
enum Value {
    Number(u64),
    /// In a box, since there are few of them.
    Latencies(Box<Latencies>),
}

impl Value {
    fn add(&mut self, more: &Self) {
        match (self, more) {
            (Self::Number(sum), Self::Number(more)) => *sum = sum.saturating_add(*more),
            (Self::Latencies(sum), Self::Latencies(more)) => sum.add_all(more),
            (Self::Number(_), Self::Latencies(_)) | (Self::Latencies(_), Self::Number(_)) => {}
        }
    }
}

/// A metric, and its values by the labels that tell them apart.
#[derive(Debug, Clone)]
struct Metric {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    values: Vec<(Labels, Value)>,
}

fn counter(
    name: &'static str,
    help: &'static str,
    values: impl IntoIterator<Item = (Labels, u64)>,
) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        help,
        values: values
            .into_iter()
            .map(|(labels, value)| (labels, Value::Number(value)))
            .collect(),
    }
}

fn gauge(name: &'static str, help: &'static str, value: u64) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        help,
        values: vec![(Vec::new(), Value::Number(value))],
    }
}

fn by(label: &'static str, values: &[(&'static str, u64)]) -> Vec<(Labels, u64)> {
    let labelled = values
        .iter()
        .map(|(text, value)| (vec![(label, (*text).into())], *value));
    labelled.collect()
}

/// Those of Jaeger's clients first. `docs/metrics.md` says which of theirs are missing, and why.
fn metrics(tracer: &Tracer) -> Vec<Metric> {
    let stats = tracer.stats();
    let trace = |state: &'static str, sampled: &'static str, value| {
        (vec![("state", state.into()), ("sampled", sampled.into())], value)
    };
    let mut metrics = vec![
        counter(
            "jaeger_tracer_traces_total",
            "Traces that began here, or were continued from another process.",
            [
                trace("started", "y", stats.started_sampled_traces),
                trace("started", "n", stats.started_unsampled_traces),
                trace("joined", "y", stats.joined_sampled_traces),
                trace("joined", "n", stats.joined_unsampled_traces),
            ],
        ),
        counter(
            "jaeger_tracer_started_spans_total",
            "Spans that started.",
            by(
                "sampled",
                &[
                    ("y", stats.started_sampled_spans),
                    ("n", stats.started_unsampled_spans),
                ],
            ),
        ),
        counter(
            "jaeger_tracer_finished_spans_total",
            "Spans that finished.",
            by(
                "sampled",
                &[
                    ("y", stats.finished_sampled_spans),
                    ("n", stats.finished_unsampled_spans),
                ],
            ),
        ),
        counter(
            "jaeger_tracer_span_context_decoding_errors_total",
            "Span contexts from outside that could not be read.",
            [(Vec::new(), stats.span_context_decoding_errors)],
        ),
        counter(
            "jaeger_tracer_reporter_spans_total",
            "Spans by what became of them.",
            by(
                "result",
                &[
                    ("ok", stats.reported_spans),
                    ("err", stats.too_large_spans + stats.send_failure_spans),
                    ("dropped", stats.queue_full_spans + stats.after_close_spans),
                ],
            ),
        ),
        gauge(
            "jaeger_tracer_reporter_queue_length",
            "Spans that wait for the reporter.",
            stats.queued_spans,
        ),
        counter(
            "jaeger_tracer_sampler_queries_total",
            "Questions to the server of sampling strategies.",
            by(
                "result",
                &[
                    ("ok", stats.sampler_queries),
                    ("err", stats.failed_sampler_queries),
                ],
            ),
        ),
        counter(
            "jaeger_tracer_sampler_updates_total",
            "Sampling strategies that were taken over, or could not be.",
            by(
                "result",
                &[
                    ("ok", stats.sampler_updates),
                    ("err", stats.failed_sampler_updates),
                ],
            ),
        ),
        counter(
            "jaeger_tracer_throttled_debug_spans_total",
            "Spans that were not forced because the throttler refused it.",
            [(Vec::new(), stats.throttled_debug_spans)],
        ),
        counter(
            "jaeger_tracer_throttler_updates_total",
            "Questions to the server of credit for forced spans.",
            by(
                "result",
                &[
                    ("ok", stats.throttler_updates),
                    ("err", stats.failed_throttler_updates),
                ],
            ),
        ),
        counter(
            "jaeger_tracer_baggage_updates_total",
            "Baggage items that were set, or could not be.",
            by(
                "result",
                &[
                    ("ok", stats.baggage_updates),
                    ("err", stats.failed_baggage_updates),
                ],
            ),
        ),
        gauge(
            "fedtrace_queue_bytes",
            "Memory of the spans that wait for the reporter.",
            stats.queued_bytes,
        ),
        counter(
            "fedtrace_lost_spans_total",
            "Recorded spans that did not arrive.",
            by(
                "cause",
                &[
                    ("queue_full", stats.queue_full_spans),
                    ("too_large", stats.too_large_spans),
                    ("send_failure", stats.send_failure_spans),
                    ("after_close", stats.after_close_spans),
                ],
            ),
        ),
        counter(
            "fedtrace_refused_total",
            "What others sent and was not believed.",
            by(
                "what",
                &[
                    ("context", stats.refused_contexts),
                    ("sampled_flag", stats.over_budget_contexts),
                    ("debug_id", stats.refused_debug_ids),
                    ("baggage_item", stats.dropped_baggage_items),
                ],
            ),
        ),
        counter(
            "fedtrace_misuses_total",
            "Uses of this library that cannot do what they say.",
            by(
                "what",
                &[
                    ("abandoned_span", stats.abandoned_spans),
                    ("out_of_order_close", stats.out_of_order_closes),
                    ("leaked_scope", stats.leaked_scopes),
                    ("use_after_finish", stats.uses_after_finish),
                    ("missing_active_span", stats.missing_active_spans),
                    ("depth_limit", stats.depth_limited_spans),
                ],
            ),
        ),
        counter(
            "fedtrace_contained_panics_total",
            "Panics of a reporter, sampler or throttler that went no further.",
            [(Vec::new(), stats.contained_panics)],
        ),
    ];
    metrics.extend(rpc::metrics(tracer));
    metrics
}

/// Adds the values of another tracer.
fn add(sums: &mut Vec<Metric>, more: &[Metric]) {
    for metric in more {
        match sums.iter_mut().find(|sum| sum.name == metric.name) {
            Some(sum) => add_values(&mut sum.values, &metric.values),
            None => sums.push(metric.clone()),
        }
    }
}

fn add_values(sums: &mut Vec<(Labels, Value)>, more: &[(Labels, Value)]) {
    for (index, (labels, value)) in more.iter().enumerate() {
        // Mostly both have the same ones in the same order.
        let is_same = sums.get(index).is_some_and(|(known, _)| known == labels);
        let index = is_same
            .then_some(index)
            .or_else(|| sums.iter().position(|(known, _)| known == labels));
        match index.and_then(|index| sums.get_mut(index)) {
            Some((_, sum)) => sum.add(value),
            None => sums.push((labels.clone(), value.clone())),
        }
    }
}
