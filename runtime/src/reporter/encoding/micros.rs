//! Times in whole microseconds, as Jaeger writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970; negative before it.
pub(crate) fn micros_since_epoch(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => whole_micros(after),
        Err(before) => -whole_micros(before.duration()),
    }
}

/// The duration of a span. A duration above zero is at least one microsecond, because Jaeger 2 warns about a
/// negative duration if it is zero.
pub(crate) fn duration_micros(duration: Duration) -> i64 {
    match whole_micros(duration) {
        0 if !duration.is_zero() => 1,
        micros => micros,
    }
}

fn whole_micros(duration: Duration) -> i64 {
    let micros = i64::try_from(duration.as_secs())
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000))
        .and_then(|micros| micros.checked_add(i64::from(duration.subsec_micros())));
    micros.unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_took_less_than_a_microsecond_took_one_and_others_as_many_as_were_full() {
        let micros = |nanos| duration_micros(Duration::from_nanos(nanos));
        assert_eq!([0, 1, 999, 1_000, 1_999].map(micros), [0, 1, 1, 1, 1]);
        assert_eq!(micros_since_epoch(UNIX_EPOCH + Duration::from_nanos(999)), 0);
    }

    #[test]
    fn times_before_1970_are_negative_and_no_time_overflows() {
        assert_eq!(micros_since_epoch(UNIX_EPOCH - Duration::from_micros(3)), -3);
        assert_eq!(duration_micros(Duration::MAX), i64::MAX);
    }
}
