//! The URL of a server that is polled.

use crate::model::error::config::ConfigError;
use crate::util::percent;
use crate::util::url;
use crate::util::url::Problem;
use crate::util::url::without_secrets;

/// The URL of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(String);

impl Endpoint {
    /// Parses the URL of a setting. The error says what is wrong and shows `example`.
    pub(crate) fn of_setting(key: &str, url: &str, example: &str) -> Result<Self, ConfigError> {
        Self::parse(url, example)
            .map_err(|problem| ConfigError::value(key, format_args!("{:?}", without_secrets(url)), problem))
    }

    fn parse(url: &str, example: &str) -> Result<Self, String> {
        url::parse(url)
            .map(|uri| Self(uri.to_string()))
            .map_err(|problem| match problem {
                Problem::NoUrl => format!("is not an http URL with a host; write one such as {example}"),
                Problem::User => {
                    "contains a user, which the server does not support; leave it out".to_owned()
                }
                Problem::NoTls => {
                    "needs the feature `tls` of fedtrace; turn it on, or write an http URL".to_owned()
                }
            })
    }

    /// The URL for messages: without its query, which may contain a secret.
    pub(crate) fn shown(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }

    /// The URL with a query, which is added to the one that it may already have.
    pub(crate) fn asking(&self, query: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        for (name, value) in query {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(&percent::encode(value));
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Endpoint, String> {
        Endpoint::parse(url, "http://localhost:5778/sampling")
    }

    #[test]
    fn what_is_asked_is_added_to_the_query_escaped() {
        for (url, expected) in [
            (
                "http://127.0.0.1:5778/sampling",
                "http://127.0.0.1:5778/sampling?service=hs%20main%2F%C3%A9%26&uuid=7",
            ),
            (
                "http://[::1]:5778",
                "http://[::1]:5778/?service=hs%20main%2F%C3%A9%26&uuid=7",
            ),
            (
                " http://jaeger/api/sampling?a=b ",
                "http://jaeger/api/sampling?a=b&service=hs%20main%2F%C3%A9%26&uuid=7",
            ),
        ] {
            let asked = parse(url)
                .unwrap()
                .asking(&[("service", "hs main/é&"), ("uuid", "7")]);
            assert_eq!(asked, expected);
        }
    }

    #[test]
    fn https_needs_the_feature_tls() {
        assert_eq!(parse("https://localhost/").is_ok(), cfg!(feature = "tls"));
    }

    #[test]
    fn a_query_is_not_shown() {
        let endpoint = parse("http://host/sampling?key=secret").unwrap();
        assert_eq!(endpoint.shown(), "http://host/sampling");
    }

    #[test]
    fn what_is_no_http_url_is_refused() {
        for url in [
            "",
            "localhost:5778",
            "/sampling",
            "http://",
            "http://:5778",
            "http://user:secret@host/",
            "http://user:12?x@host/",
            "http://user:12?x/y@host/",
            "http://user:12#x@host/",
            "http://host:0/",
            "http://host:99999/",
            "http://a b/",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
