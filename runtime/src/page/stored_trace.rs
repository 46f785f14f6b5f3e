//! The spans of one trace.

use std::sync::Arc;

use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue};

/// The most spans of a trace.
const MOST_SPANS: usize = 10_000;

/// The spans of one trace, which may be of several services.
#[derive(Debug, Default, Clone)]
pub(super) struct StoredTrace {
    pub(super) spans: Vec<(Arc<Process>, Arc<FinishedSpan>)>,
    pub(super) bytes: usize,
    /// Spans that came when there were too many.
    pub(super) missing: u64,
    /// How often it is listed.
    pub(super) listed: u32,
}

impl StoredTrace {
    /// Adds a span. Returns the bytes that it takes.
    pub(super) fn add(&mut self, process: &Arc<Process>, span: FinishedSpan, most_bytes: usize) -> usize {
        let bytes = size(&span);
        if self.spans.len() >= MOST_SPANS || self.bytes + bytes > most_bytes {
            self.missing += 1;
            return 0;
        }
        self.spans.push((Arc::clone(process), Arc::new(span)));
        self.bytes += bytes;
        bytes
    }
}

/// About how many bytes a span takes.
fn size(span: &FinishedSpan) -> usize {
    let fields = span.logs.iter().flat_map(|log| &log.fields);
    let tags = span.tags.iter().chain(fields).map(size_of_tag).sum::<usize>();
    // With the pointers to it, and what the allocator adds.
    size_of::<FinishedSpan>() + 64 + span.operation_name.len() + 64 * span.logs.len() + tags
}

fn size_of_tag(tag: &Tag) -> usize {
    let value = match &tag.value {
        TagValue::String(text) => text.len(),
        TagValue::Binary(bytes) => bytes.len(),
        TagValue::Bool(_) | TagValue::Long(_) | TagValue::Double(_) => 0,
    };
    size_of::<Tag>() + tag.key.len() + value
}
