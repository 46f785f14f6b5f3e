//! Headers for the requests to a collector.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue};

/// Checks a header that is sent in addition to those of each request. The error says what is wrong with it.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = HeaderName::try_from(name).map_err(|_| "is not the name of a header")?;
    if [CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING].contains(&name) {
        return Err("is a header that each request has already");
    }
    if name == CONTENT_ENCODING {
        return Err("is a header that the key `compression` sets");
    }
    let value = HeaderValue::try_from(value)
        .map_err(|_| "cannot be sent in a header; leave out line breaks and the like")?;
    Ok((name, value))
}

#[cfg(feature = "http-client")]
pub(crate) mod list {
    use super::{HeaderName, HeaderValue, header};
    use crate::model::error::config::ConfigError;
    use crate::util::percent;

    /// Reads `name=value,name=value`, the format of OpenTelemetry's variables, with values that are escaped
    /// as in a URL. Errors do not repeat the values.
    pub(in crate::config) fn read(
        variable: &str,
        text: &str,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let headers = entries.map(|entry| {
            let (name, value) = entry
                .split_once('=')
                .ok_or_else(|| ConfigError::key(variable, "has an entry without =; write name=value"))?;
            let name = name.trim();
            let wrong = |problem| ConfigError::value(variable, format_args!("{name:?}"), problem);
            // A plus is not a space here, because base64 uses it.
            let value = value.trim().replace('+', "%2B");
            let value = percent::decode(&value).ok_or_else(|| wrong("has a value that is not UTF-8"))?;
            header(name, &value).map_err(wrong)
        });
        headers.collect()
    }

    #[cfg(test)]
    mod tests {
        use proptest::prelude::*;

        use super::*;

        const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";

        #[test]
        fn a_header_is_a_name_and_all_behind_the_first_equals_sign_without_its_escapes() {
            for (text, expected) in [
                ("", &[][..]),
                ("a=1", &[("a", "1")]),
                (" A = 1 , b=, ,", &[("a", "1"), ("b", "")]),
                (
                    "authorization=Basic%20dTpw==",
                    &[("authorization", "Basic dTpw==")],
                ),
                ("a=1%2C2%3d+%", &[("a", "1,2=+%")]),
                ("a=1,a=2", &[("a", "1"), ("a", "2")]),
            ] {
                let headers = read(NAME, text).unwrap();
                let pairs: Vec<_> = headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                    .collect();
                assert_eq!(pairs, expected, "{text:?}");
            }
        }

        #[test]
        fn an_error_names_the_variable_and_the_header_and_no_value() {
            for (text, expected) in [
                ("hunter2", ": has an entry without =; write name=value"),
                ("a b=hunter2", ": \"a b\" is not the name of a header"),
                ("=hunter2", ": \"\" is not the name of a header"),
                ("a=hunter2%0A", ": \"a\" cannot be sent in a header"),
                ("a=hunter2%FF", ": \"a\" has a value that is not UTF-8"),
                (
                    "Host=hunter2",
                    ": \"Host\" is a header that each request has already",
                ),
            ] {
                let error = read(NAME, text).unwrap_err().to_string();
                assert!(error.starts_with(&format!("{NAME}{expected}")), "{error}");
                assert!(!error.contains("hunter2"), "{error}");
            }
        }

        proptest! {
            #[test]
            fn no_text_makes_reading_panic(text in any::<String>(), like in "[a-z=%,+ é]{0,30}") {
                let _ = (read(NAME, &text), read(NAME, &like));
            }
        }
    }
}
