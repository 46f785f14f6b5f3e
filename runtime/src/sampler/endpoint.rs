use crate::http_url::{self, Problem};
use crate::propagation::percent;

/// The URL that a sampling server answers at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(String);

impl Endpoint {
    /// Reads a URL, or says what is wrong with it.
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        match http_url::parse(url) {
            Ok(uri) => Ok(Self(uri.to_string())),
            Err(Problem::NoUrl) => {
                Err("is not an http URL with a host; write one such as http://localhost:5778/sampling")
            }
            Err(Problem::User) => Err("has a user in it, and sampling servers know none; leave it out"),
            Err(Problem::NoTls) => {
                Err("needs the feature `tls` of fedtrace; turn it on, or write an http URL")
            }
        }
    }

    /// For people: without its query, which may have a secret in it.
    pub(super) fn shown(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }

    /// The URL that asks for the strategy of a service.
    pub(super) fn of_service(&self, service_name: &str) -> String {
        let separator = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{separator}service={}", self.0, percent::encode(service_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_added_to_the_query_escaped() {
        for (url, expected) in [
            (
                "http://127.0.0.1:5778/sampling",
                "http://127.0.0.1:5778/sampling?service=hs%20main%2F%C3%A9%26",
            ),
            (
                "http://[::1]:5778",
                "http://[::1]:5778/?service=hs%20main%2F%C3%A9%26",
            ),
            (
                " http://jaeger/api/sampling?a=b ",
                "http://jaeger/api/sampling?a=b&service=hs%20main%2F%C3%A9%26",
            ),
        ] {
            assert_eq!(Endpoint::parse(url).unwrap().of_service("hs main/é&"), expected);
        }
    }

    #[test]
    fn https_needs_the_feature_tls() {
        assert_eq!(
            Endpoint::parse("https://localhost/").is_ok(),
            cfg!(feature = "tls")
        );
    }

    #[test]
    fn a_query_is_not_shown() {
        let endpoint = Endpoint::parse("http://host/sampling?key=secret").unwrap();
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
            "http://host:0/",
            "http://host:99999/",
            "http://a b/",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }
}
