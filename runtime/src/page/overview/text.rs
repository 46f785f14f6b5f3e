//! Numbers, times and text of others, as they stand on the page.

use std::fmt::{Arguments, Write};
use std::time::Duration;

use crate::model::id::TraceId;
use crate::reporter::console::format::shown_duration;
use crate::reporter::html::document::escaped_html;
use crate::util::escape::EscapedText;

/// Writing to a string cannot fail.
pub(super) fn put(page: &mut String, text: Arguments<'_>) {
    let _ = page.write_fmt(text);
}

/// Text of others, for an element or an attribute.
pub(super) fn shown(text: &str) -> String {
    escaped_html(&EscapedText(text).to_string())
}

/// The name of a span.
pub(super) fn name(text: &str) -> String {
    or_no_name(shown(text))
}

/// The same, of which lines may end after a slash.
pub(super) fn breakable_name(text: &str) -> String {
    or_no_name(shown(text).replace('/', "/<wbr>"))
}

/// A name that cannot be seen has words in its place, or its link could not be seen either.
fn or_no_name(name: String) -> String {
    match name.trim().is_empty() {
        true => "<i class=\"no-name\">(no name)</i>".to_owned(),
        false => name,
    }
}

/// A link to a trace, or only its text if the trace is not there any more.
pub(super) fn link(is_stored: bool, id: TraceId, text: &str) -> String {
    match is_stored {
        true => format!("<a href=\"?trace={id}\">{text}</a>"),
        false => text.to_owned(),
    }
}

pub(super) fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", grouped(count)),
    }
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1_000), number % 1_000),
    }
}

/// How long something has gone on, on one line.
pub(super) fn age(age: Duration) -> String {
    let text = match age.as_secs() {
        0..120 => shown_duration(age),
        seconds @ 120..7_200 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds @ 7_200..172_800 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        seconds => format!("{} days", seconds / 86_400),
    };
    text.replace(' ', "\u{a0}")
}

/// Roughly how long ago.
pub(super) fn ago(age: Duration) -> String {
    match age.as_secs() {
        0 => "just now".to_owned(),
        seconds @ 1..100 => format!("{seconds} s ago"),
        seconds @ 100..6_000 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let numbers = [0, 999, 1_000, 20_045, 1_000_001];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "20,045", "1,000,001"]);
        assert_eq!(counted(1, "span"), "1 span");
        assert_eq!(counted(2_000, "span"), "2,000 spans");
    }

    #[test]
    fn an_age_has_two_units_at_most() {
        let ages = [0, 119, 754, 7_260, 400_000].map(|seconds| age(Duration::from_secs(seconds)));
        let ages = ages.map(|age| age.replace('\u{a0}', " "));
        assert_eq!(ages, ["0 ns", "119 s", "12 min 34 s", "2 h 1 min", "4 days"]);
    }
}
