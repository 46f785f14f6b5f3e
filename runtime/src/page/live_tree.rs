//! The open spans in the order of their trees.

use std::sync::Arc;
use std::time::Duration;

use crate::model::finished_span::FinishedSpan;
use crate::model::id::TraceId;
use crate::model::process::Process;
use crate::model::span_tree::in_tree_order;
use crate::model::tag::tags;

/// The most open spans that are shown.
const MOST: usize = 1_000;

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

/// The rows of the spans that have been open for longest, and how many there are in all.
pub(super) fn rows(live: &[(Arc<Process>, FinishedSpan)]) -> (Vec<LiveRow>, usize) {
    let oldest = live.get(..MOST).unwrap_or(live);
    let positions = in_tree_order(oldest.iter().map(|(_, span)| span));
    let row = |(index, depth): (usize, usize)| {
        let (process, span) = oldest.get(index)?;
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
    (places.filter_map(row).collect(), live.len())
}
