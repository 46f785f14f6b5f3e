//! Numbers that JSON does not have.

/// The text for a number that is not finite. JSON has no such number, and Jaeger cannot show a trace that contains one.
pub(crate) fn text_if_not_finite(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_finite() => None,
        _ if value.is_nan() => Some("NaN"),
        _ if value.is_sign_negative() => Some("-inf"),
        _ => Some("inf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_that_rust_shows() {
        for value in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(text_if_not_finite(value), Some(&*value.to_string()));
        }
        for value in [0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE] {
            assert_eq!(text_if_not_finite(value), None);
        }
    }
}
