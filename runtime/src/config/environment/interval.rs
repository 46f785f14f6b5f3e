//! Intervals in variables.

use std::time::Duration;

use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;

const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// As Go writes it (`1m30s`), or in milliseconds, as in the clients for Java and Node.
pub(crate) fn interval(value: &Value) -> Result<Duration, ConfigError> {
    let read = match &value.node {
        Node::Text(text) => duration(text),
        _ => None,
    };
    read.filter(|interval| !interval.is_zero() && *interval <= LONGEST_INTERVAL)
        .ok_or_else(|| {
            value.wrong("is not an interval; write one such as 1s or 500ms, above 0 and at most 24h")
        })
}

fn duration(text: &str) -> Option<Duration> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_millis);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (number, behind) =
            rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?)?;
        let unit = behind.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, next) = behind.split_at_checked(unit.unwrap_or(behind.len()))?;
        let of_a_second = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            // Two signs that look alike: micro and the Greek letter.
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * of_a_second;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn an_interval_is_read_as_go_writes_it_or_in_milliseconds() {
        for (text, nanoseconds) in [
            ("1s", 1_000_000_000),
            ("1500", 1_500_000_000),
            ("1h0m1.5s", 3_601_500_000_000),
            (".5s", 500_000_000),
            ("250us", 250_000),
            ("250\u{b5}s", 250_000),
            ("250\u{3bc}s", 250_000),
            ("40ns", 40),
        ] {
            let read = duration(text).map(|read| read.as_nanos());
            assert_eq!(read, Some(nanoseconds), "{text}");
        }
        for text in [
            "s",
            "1.",
            "1x",
            "1s1",
            "+1s",
            "1e3s",
            "1d",
            "1 s",
            "99999999999999999999",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
