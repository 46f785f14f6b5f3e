//! Looks for a text in all that spans say.

use super::tree::SpanTree;
use crate::model::finished_span::FinishedSpan;
use crate::model::tag::{Tag, TagValue};

impl SpanTree {
    /// Asserts that a text, such as a password, is in no name, tag or log record. Panics with the places where it is, and does
    /// not show it. Capitals count. A text without a character is everywhere.
    ///
    /// ```
    /// use fedtrace::testing::TestTracer;
    ///
    /// #[fedtrace::trace]
    /// #[fedtrace::tag_args]
    /// fn log_in(user: &str, password: &str) {}
    ///
    /// let test = TestTracer::new();
    /// fedtrace::with_tracer(test.tracer(), || log_in("alice", "correct horse"));
    /// test.tree().assert_nowhere("correct horse");
    /// ```
    #[track_caller]
    pub fn assert_nowhere(&self, text: &str) {
        let places: Vec<String> = self.spans().iter().flat_map(|span| places(span, text)).collect();
        assert!(
            places.is_empty(),
            "a text of {} characters should be nowhere, and is in:\n  {}",
            text.chars().count(),
            places.join("\n  ")
        );
    }
}

/// The places where a span has the text. A place that would show it is described without it.
fn places(span: &FinishedSpan, text: &str) -> Vec<String> {
    let name = &*span.operation_name;
    let in_name = name.contains(text).then(|| "the name of a span".to_owned());
    let shown_name = if name.contains(text) { "a span" } else { name };
    let in_tags = keys(&span.tags, text);
    let tags = in_tags.into_iter().map(|key| format!("{shown_name}: tag {key}"));
    let in_logs = span.logs.iter().flat_map(|log| keys(&log.fields, text));
    let logs = in_logs.map(|key| format!("{shown_name}: log record, field {key}"));
    in_name.into_iter().chain(tags).chain(logs).collect()
}

fn keys(tags: &[Tag], text: &str) -> Vec<String> {
    let found = tags.iter().filter_map(|tag| match tag.key.contains(text) {
        true => Some("(in the key)".to_owned()),
        false => contains(&tag.value, text).then(|| tag.key.to_string()),
    });
    found.collect()
}

fn contains(value: &TagValue, text: &str) -> bool {
    match value {
        TagValue::Binary(bytes) => {
            text.is_empty() || bytes.windows(text.len()).any(|window| window == text.as_bytes())
        }
        value => value.to_string().contains(text),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::finished_span::LogRecord;
    use crate::model::id::{SpanId, TraceId};

    #[test]
    fn a_text_is_found_in_names_keys_values_records_and_bytes_and_not_shown() {
        let mut span = FinishedSpan::new(
            TraceId::new(1).unwrap(),
            SpanId::new(1).unwrap(),
            "GET /s3cret",
            SystemTime::UNIX_EPOCH,
            Duration::ZERO,
        );
        span.tags = vec![
            Tag::new("url", "/?token=s3cret"),
            Tag::new("s3cret", 1),
            Tag::new("bytes", b"a s3cret".as_slice()),
            Tag::new("harmless", "secret"),
        ];
        span.logs = vec![LogRecord::new(
            SystemTime::UNIX_EPOCH,
            (("message", "no s3cret"),),
        )];
        let found = places(&span, "s3cret");
        let expected = [
            "the name of a span",
            "a span: tag url",
            "a span: tag (in the key)",
            "a span: tag bytes",
            "a span: log record, field message",
        ];
        assert_eq!(found, expected);
        let wrong = std::panic::catch_unwind(|| SpanTree::new([span]).assert_nowhere("s3cret"));
        let message = wrong.unwrap_err().downcast::<String>().unwrap();
        assert!(!message.contains("s3cret"), "{message}");
    }
}
