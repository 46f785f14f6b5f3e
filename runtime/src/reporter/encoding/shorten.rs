//! Shortening of a span or a process that is too large for one packet or request.

use std::borrow::Cow;

use crate::delivery::span_view::SpanView;
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue, tags};

/// The tag, always `true`, on spans and processes that lost something to the size of a packet.
const SHORTENED: &str = "fedtrace.shortened";

/// The lengths to which values are cut, one after the other, until the span fits.
const VALUE_LIMITS: [usize; 4] = [4096, 1024, 256, 64];

/// Shortens a span step by step until `fits` returns `true`. Returns `false` if it never does.
///
/// First the name and long values are cut, then the older logs are removed, then tags and references.
pub(crate) fn shorten_span(span: SpanView<'_>, mut fits: impl FnMut(&FinishedSpan) -> bool) -> bool {
    let mut span = span.to_finished_span();
    span.tags.insert(0, Tag::new(SHORTENED, true));

    for limit in VALUE_LIMITS {
        cut(&mut span, limit);
        if fits(&span) {
            return true;
        }
    }
    while !span.logs.is_empty() {
        // The last log record is the one that most often describes an error.
        span.logs.drain(..span.logs.len().div_ceil(2));
        if fits(&span) {
            return true;
        }
    }
    let mut kept = span.tags.len().max(span.references.len());
    while kept > 0 {
        kept /= 2;
        keep_tags(&mut span.tags, kept);
        span.references.truncate(kept);
        if fits(&span) {
            return true;
        }
    }
    false
}

/// The process in a form that fits: whole, else with shorter values, else without its tags.
pub(crate) fn process_that_fits(
    process: &Process,
    mut fits: impl FnMut(&Process) -> bool,
) -> Cow<'_, Process> {
    if fits(process) {
        return Cow::Borrowed(process);
    }
    let mut process = process.clone();
    process.tags.insert(0, Tag::new(SHORTENED, true));
    for limit in VALUE_LIMITS {
        for tag in &mut process.tags {
            tag.value.truncate(limit);
        }
        if fits(&process) {
            return Cow::Owned(process);
        }
    }
    keep_tags(&mut process.tags, 0);
    Cow::Owned(process)
}

fn cut(span: &mut FinishedSpan, limit: usize) {
    if span.operation_name.len() > limit {
        let mut name = TagValue::String(std::mem::take(&mut span.operation_name));
        name.truncate(limit);
        if let TagValue::String(name) = name {
            span.operation_name = name;
        }
    }
    let fields = span.logs.iter_mut().flat_map(|log| &mut log.fields);
    for tag in span.tags.iter_mut().chain(fields) {
        tag.value.truncate(limit);
    }
}

/// Keeps the first `count` tags and those that must not be lost.
fn keep_tags(tags: &mut Vec<Tag>, count: usize) {
    let mut index = 0;
    tags.retain(|tag| {
        index += 1;
        index <= count || tag.key == SHORTENED || tag.key == tags::ERROR
    });
}
