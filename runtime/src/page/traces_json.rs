//! The lists of the page as JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use super::example::Example;
use super::histogram::Histogram;
use super::lists::Lists;
use super::operation::Operation;
use super::operation_name::{OperationKey, OperationName};
use super::shared_traces::SharedTraces;
use super::store::Store;
use super::trace_page::unfinished;
use crate::reporter::encoding::jaeger_json::traces_as_json;
use crate::reporter::encoding::micros::micros_since_epoch;

/// Each operation with its counts and examples. Durations and times are in microseconds, as in Jaeger's JSON.
pub(super) fn list(traces: &SharedTraces) -> String {
    text_of(&traces.with_store(Store::lists))
}

/// The same of these operations. `None` if nothing is known of them.
pub(super) fn operation(traces: &SharedTraces, which: &OperationName) -> Option<String> {
    let lists = traces.with_store(Store::lists).only(which);
    (!lists.operations.is_empty()).then(|| text_of(&lists))
}

fn text_of(lists: &Lists) -> String {
    let operations = lists.operations.iter();
    let operations: Vec<Value> = operations
        .map(|(key, operation)| operation_of(lists, key, operation))
        .collect();
    json!({ "operations": operations, "spans": lists.spans, "bytes": lists.bytes }).to_string()
}

fn operation_of(lists: &Lists, (service, name): &OperationKey, operation: &Operation) -> Value {
    // A trace that is not there any more cannot be asked for.
    let id = |example: &Example| {
        let id = example.trace_id;
        lists.has(id).then(|| id.to_string())
    };
    let example = |example: &Arc<Example>| {
        json!({
            "traceID": id(example),
            "startTime": micros_since_epoch(example.start),
            "duration": example.duration.as_micros() as u64,
            "error": example.is_failed,
            "outcome": example.outcome,
        })
    };
    let counts = operation
        .histogram
        .counts()
        .iter()
        .zip(&operation.examples)
        .enumerate();
    let bucket = |(index, (count, example)): (usize, (&u64, &Option<Arc<Example>>))| {
        let bound = Histogram::bound(index).map(|bound| bound.as_micros() as u64);
        json!({
            "upTo": bound,
            "count": count,
            "traceID": example.as_deref().and_then(id),
        })
    };
    json!({
        "service": service,
        "operation": name,
        "count": operation.histogram.total(),
        "failed": operation.failed,
        "durations": counts.map(bucket).collect::<Vec<_>>(),
        "slowest": operation.slowest.iter().map(&example).collect::<Vec<_>>(),
        "failures": operation.failures.iter().map(example).collect::<Vec<_>>(),
    })
}

/// The open spans, in the format of Jaeger's UI.
pub(super) fn live(traces: &SharedTraces) -> String {
    let (live, open) = traces.live();
    let missing = open.saturating_sub(live.len()) as u64;
    let live: Vec<_> = live
        .into_iter()
        .map(|(process, span)| (process, unfinished(span)))
        .collect();
    let spans: Vec<_> = live.iter().map(|(process, span)| (&**process, span)).collect();
    traces_as_json(&spans, missing)
}
