//! The header `Retry-After`.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The pause that the header `Retry-After` of an answer asks for, as a number of seconds or as a date.
///
/// A date is compared with the answer's own `Date` if there is one, because the clocks of two machines
/// differ.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let said = headers.get(DATE).and_then(|date| date.to_str().ok());
    let now = said
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now);
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    /// The date in the examples of RFC 9110.
    const NOW: Duration = Duration::from_secs(784_111_777);

    fn asked(text: &[u8], date: Option<&'static str>) -> Option<Duration> {
        let value = |text: &[u8]| HeaderValue::from_bytes(text).unwrap();
        let date = date.map(|date| (DATE, value(date.as_bytes())));
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value(text))].into_iter().chain(date));
        retry_after(&headers, SystemTime::UNIX_EPOCH + NOW)
    }

    #[test]
    fn it_is_a_number_of_seconds_or_a_date_in_each_form_of_http() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (text, expected) in [
            ("120", seconds(120)),
            (" 0 ", seconds(0)),
            ("99999999999999999999", seconds(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", seconds(10)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", seconds(10)),
            ("Sun Nov  6 08:49:47 1994", seconds(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", seconds(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994", None),
        ] {
            assert_eq!(asked(text.as_bytes(), None), expected, "{text:?}");
        }
        let other = HeaderMap::from_iter([(HeaderName::from_static("x-retry-after"), "1".parse().unwrap())]);
        assert_eq!(retry_after(&other, SystemTime::UNIX_EPOCH), None);
    }

    #[test]
    fn a_date_is_compared_with_the_clock_of_the_server_if_it_tells() {
        let until = b"Sun, 06 Nov 1994 08:49:47 GMT";
        let asked_at = |date| asked(until, Some(date)).unwrap().as_secs();
        assert_eq!(asked_at("Sun, 06 Nov 1994 08:49:40 GMT"), 7);
        assert_eq!(asked_at("now"), 10);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(text in "[ -~\\t]{0,40}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} .{0,12}") {
            if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
                let _ = retry_after(&headers, SystemTime::UNIX_EPOCH);
            }
        }
    }
}
