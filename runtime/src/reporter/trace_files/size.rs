//! About how much memory a kept span takes.

use std::mem::size_of;

use crate::model::finished_span::{FinishedSpan, LogRecord, Reference};
use crate::model::tag::{Tag, TagValue};

/// The bytes of a span with all that it owns. Room that a text or a list has to spare is not counted.
pub(crate) fn bytes_of(span: &FinishedSpan) -> usize {
    let logs: usize = span.logs.iter().map(bytes_of_log).sum();
    size_of::<FinishedSpan>()
        + span.operation_name.len()
        + span.references.len() * size_of::<Reference>()
        + bytes_of_tags(&span.tags)
        + logs
}

fn bytes_of_log(log: &LogRecord) -> usize {
    size_of::<LogRecord>() + bytes_of_tags(&log.fields)
}

fn bytes_of_tags(tags: &[Tag]) -> usize {
    tags.iter().map(bytes_of_tag).sum()
}

fn bytes_of_tag(tag: &Tag) -> usize {
    let value = match &tag.value {
        TagValue::String(text) => text.len(),
        TagValue::Binary(bytes) => bytes.len(),
        TagValue::Bool(_) | TagValue::Long(_) | TagValue::Double(_) => 0,
    };
    size_of::<Tag>() + tag.key.len() + value
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::model::id::{SpanId, TraceId};

    #[test]
    fn all_texts_of_a_span_count() {
        let (trace_id, id) = (TraceId::new(1).unwrap(), SpanId::new(2).unwrap());
        let mut span = FinishedSpan::new(trace_id, id, "1234", UNIX_EPOCH, Duration::ZERO);
        let empty = bytes_of(&span);
        span.tags = vec![Tag::new("12", "x".repeat(1000)), Tag::new("3", vec![0; 500])];
        let tagged = bytes_of(&span);
        assert_eq!(tagged - empty, 2 * size_of::<Tag>() + 1503);
        span.logs = vec![LogRecord::new(UNIX_EPOCH, [("event", "y".repeat(100))])];
        assert_eq!(
            bytes_of(&span) - tagged,
            size_of::<LogRecord>() + size_of::<Tag>() + 105
        );
    }
}
