//! Intervals in variables.

use std::time::Duration;

use crate::config::value::duration::milliseconds_or_duration;
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;

const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// As Go writes it (`1m30s`), or in milliseconds, as in the clients for Java and Node.
pub(crate) fn interval(value: &Value) -> Result<Duration, ConfigError> {
    let read = match &value.node {
        Node::Text(text) => milliseconds_or_duration(text),
        _ => None,
    };
    read.filter(|interval| !interval.is_zero() && *interval <= LONGEST_INTERVAL)
        .ok_or_else(|| {
            value.wrong("is not an interval; write one such as 1s or 500ms, above 0 and at most 24h")
        })
}
