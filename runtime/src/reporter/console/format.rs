//! Numbers, times and tags as text.

use std::time::{Duration, SystemTime};

use super::pending::Entry;
use crate::model::finished_span::{FinishedSpan, ReferenceKind};
use crate::model::tag::{Tag, TagValue, tags};
use crate::util::escape::EscapedText;

/// Longer values are cut and end in an ellipsis.
const MAX_VALUE: usize = 80;

/// A key and its value, safe to print.
pub(super) struct Field {
    pub(super) key: String,
    pub(super) value: String,
}

impl Field {
    pub(super) fn of(tag: &Tag) -> Self {
        Self {
            key: EscapedText(&tag.key).to_string(),
            value: Self::value_of(&tag.value),
        }
    }

    /// A value as one word: text that is empty or contains blanks or quotes is quoted.
    pub(super) fn value_of(value: &TagValue) -> String {
        let full = value.to_string();
        let mut text: String = full.chars().take(MAX_VALUE).collect();
        if text.len() < full.len() {
            text.push('…');
        }
        let is_text = matches!(value, TagValue::String(_));
        if is_text && (text.is_empty() || text.contains([' ', '"'])) {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            return format!("\"{}\"", EscapedText(&quoted));
        }
        EscapedText(&text).to_string()
    }
}

/// The fields after the name: the tags, without the mark of an error, and the references.
pub(super) fn tag_fields(span: &FinishedSpan, entries: &[Entry]) -> Vec<Field> {
    let is_mark = |tag: &&Tag| tag.key == tags::ERROR && tag.value == TagValue::Bool(true);
    let mut fields: Vec<Field> = span
        .tags
        .iter()
        .filter(|tag| !is_mark(tag))
        .map(Field::of)
        .collect();
    for reference in &span.references {
        let target = entries
            .iter()
            .map(|entry| &entry.span)
            .find(|other| (other.trace_id, other.span_id) == (reference.trace_id, reference.span_id));
        let value = match target {
            Some(other) => Field::value_of(&TagValue::String(other.operation_name.clone())),
            None if reference.trace_id == span.trace_id => reference.span_id.to_string(),
            None => format!("{}:{}", reference.trace_id, reference.span_id),
        };
        let key = match reference.kind {
            ReferenceKind::ChildOf => "child_of",
            ReferenceKind::FollowsFrom => "follows_from",
        };
        fields.push(Field {
            key: key.to_owned(),
            value,
        });
    }
    fields
}

/// The percentage of the parent's duration; over 100 if the span outlived it.
pub(super) fn share(span: &FinishedSpan, parent: Option<&FinishedSpan>) -> Option<f64> {
    let whole = parent?.duration.as_secs_f64();
    (whole > 0.0).then(|| 100.0 * span.duration.as_secs_f64() / whole)
}

/// A duration in eight columns, three digits and the unit that fits, such as ` 12.4 ms`.
pub(super) fn with_unit(sign: &str, duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 999.5e3 => (n / 1e3, "µs"),
        n if n < 999.5e6 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let digits = match value {
        v if unit == "ns" || v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{:>5} {unit:<2}", format!("{sign}{value:.digits$}"))
}

/// A duration with three digits and the unit that fits, such as `12.4 ms`.
#[cfg(feature = "page")]
pub(crate) fn shown_duration(duration: Duration) -> String {
    with_unit("", duration).trim().to_owned()
}

/// The time of the day in UTC.
pub(crate) fn time_of_day(time: SystemTime) -> String {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since_epoch.as_secs() % 86_400;
    format!(
        "{:02}:{:02}:{:02}.{:03} UTC",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since_epoch.subsec_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_eight_columns() {
        for (nanos, text) in [
            (0, "    0 ns"),
            (999, "  999 ns"),
            (1_020, " 1.02 µs"),
            (12_449, " 12.4 µs"),
            (99_960, "  100 µs"),
            (999_600, " 1.00 ms"),
            (123_400_000, "  123 ms"),
            (1_500_000_000, " 1.50 s "),
            (7_200_000_000_000, " 7200 s "),
        ] {
            assert_eq!(with_unit("", Duration::from_nanos(nanos)), text);
        }
        assert_eq!(with_unit("+", Duration::from_micros(1020)), "+1.02 ms");
    }

    #[test]
    fn a_value_is_one_word_without_control_characters() {
        let value = |text: &str| Field::value_of(&TagValue::from(text));
        assert_eq!(value("plain"), "plain");
        assert_eq!(value(""), "\"\"");
        assert_eq!(value("two words"), "\"two words\"");
        assert_eq!(value("a \"quote\""), r#""a \"quote\"""#);
        assert_eq!(value("\u{1b}[2J\n"), r"\u{1b}[2J\n");
        assert_eq!(value(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn the_time_of_day_is_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_000 + 50_587_250);
        assert_eq!(time_of_day(time), "14:03:07.250 UTC");
    }
}
