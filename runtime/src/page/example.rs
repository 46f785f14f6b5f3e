//! Traces that stand for others of the same kind.

use std::time::{Duration, SystemTime};

use crate::delivery::span_view::SpanView;
use crate::model::id::TraceId;
use crate::model::tag::tags;
use crate::util::text::beginning;

/// The most bytes of a name or an outcome: many of them are kept.
const LONGEST: usize = 200;

/// A local root, and the trace that it is of.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) trace_id: TraceId,
    pub(super) service: String,
    pub(super) name: String,
    pub(super) start: SystemTime,
    pub(super) duration: Duration,
    pub(super) is_failed: bool,
    /// What it says about its end: an error message, else the status, else the kind of an error.
    pub(super) outcome: String,
}

impl Example {
    pub(super) fn of(root: SpanView<'_>, service: &str) -> Self {
        Self {
            trace_id: root.trace_id(),
            service: beginning(service, LONGEST).to_owned(),
            name: beginning(root.operation_name(), LONGEST).to_owned(),
            start: root.start_time(),
            duration: root.duration(),
            is_failed: root.has_failed(),
            outcome: beginning(&outcome(root), LONGEST).to_owned(),
        }
    }
}

fn outcome(root: SpanView<'_>) -> String {
    let of_failed = |is_wanted: fn(&str) -> bool| {
        let mut fields = root.logs().flat_map(|log| log.fields());
        let field = fields.find(|field| is_wanted(field.key));
        Some(field?.value.to_string()).filter(|_| root.has_failed())
    };
    let status = || Some(format!("status {}", root.tag(tags::HTTP_STATUS_CODE)?));
    of_failed(|key| matches!(key, "message" | "error.message"))
        .or_else(status)
        .or_else(|| of_failed(|key| key == "error.kind"))
        .unwrap_or_default()
}
