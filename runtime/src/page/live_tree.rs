//! The open spans in the order of their trees.

use std::time::Duration;

use super::shared_traces::ShownSpan;
use crate::model::id::TraceId;
use crate::model::span_tree::in_tree_order;
use crate::model::tag::tags;

/// An open span, and where it stands.
#[derive(Debug)]
pub(super) struct LiveRow {
    pub(super) trace_id: TraceId,
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) age: Duration,
    /// Each as `key=value`, without those of the sampler, which say nothing of the work.
    pub(super) tags: Vec<String>,
}

/// The rows of these spans.
pub(super) fn rows(live: &[ShownSpan]) -> Vec<LiveRow> {
    let positions = in_tree_order(live.iter().map(|(_, span)| span));
    let row = |(index, depth): (usize, usize)| {
        let (process, span) = live.get(index)?;
        Some(LiveRow {
            trace_id: span.trace_id,
            depth,
            name: span.operation_name.to_string(),
            service: process.service_name.clone(),
            age: span.duration,
            tags: span
                .tags
                .iter()
                .filter(|tag| !matches!(&*tag.key, tags::SAMPLER_TYPE | tags::SAMPLER_PARAM))
                .map(|tag| format!("{}={}", tag.key, tag.value))
                .collect(),
        })
    };
    let places = positions.iter().map(|position| (position.index, position.depth));
    places.filter_map(row).collect()
}
