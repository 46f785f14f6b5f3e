//! The URL of a collector.

use std::fmt;

use http::Uri;

use super::error::HttpReporterError;
use super::format::Format;
use crate::util::url;
use crate::util::url::Problem;

/// The URL of a collector. Its text leaves out the query, which may contain a secret.
#[derive(Clone)]
pub(crate) struct Endpoint(Uri);

impl Endpoint {
    pub(crate) fn parse(text: &str, format: Format) -> Result<Self, HttpReporterError> {
        let uri = url::parse(text).map_err(|problem| match problem {
            Problem::NoUrl => HttpReporterError::Endpoint,
            Problem::User => HttpReporterError::CredentialsInEndpoint,
            Problem::NoTls => HttpReporterError::NoTls,
        })?;
        if uri.path() != "/" || uri.query().is_some() {
            return Ok(Self(uri));
        }
        let mut parts = uri.into_parts();
        parts.path_and_query = Some(format.default_path());
        Uri::from_parts(parts)
            .map(Self)
            .map_err(|_| HttpReporterError::Endpoint)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    /// The host without the brackets of an IPv6 address, and the port.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        let host = self.0.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let default = if self.0.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        (host, self.0.port_u16().unwrap_or(default))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        write!(
            f,
            "{}://{authority}{}",
            self.0.scheme_str().unwrap_or_default(),
            self.0.path()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_used_as_given_and_one_that_ends_with_the_host_gets_the_path_of_a_collector() {
        for (text, uri) in [
            ("http://c:14268/api/traces", "http://c:14268/api/traces"),
            (" http://c/x?a=b ", "http://c/x?a=b"),
            ("http://c/?a=b", "http://c/?a=b"),
            ("http://c:14268", "http://c:14268/api/traces?format=jaeger.thrift"),
            (
                "http://[::1]:14268/",
                "http://[::1]:14268/api/traces?format=jaeger.thrift",
            ),
        ] {
            assert_eq!(
                Endpoint::parse(text, Format::Thrift).unwrap().uri().to_string(),
                uri
            );
        }
        let host_and_port = |text| {
            let endpoint = Endpoint::parse(text, Format::Thrift).unwrap();
            let (host, port) = endpoint.host_and_port();
            (host.to_owned(), port)
        };
        assert_eq!(host_and_port("http://[::1]:14268/"), ("::1".to_owned(), 14268));
        assert_eq!(host_and_port("http://c/x"), ("c".to_owned(), 80));
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn a_url_that_ends_with_the_host_gets_the_path_of_otlp() {
        for (text, uri) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://c:4318/prefix/v1/traces", "http://c:4318/prefix/v1/traces"),
        ] {
            assert_eq!(
                Endpoint::parse(text, Format::Otlp).unwrap().uri().to_string(),
                uri
            );
        }
    }

    #[test]
    fn what_is_no_url_of_a_collector_is_refused() {
        for text in [
            "",
            "localhost",
            "localhost:14268",
            "/api/traces",
            "udp://c:14268/",
            "http://",
            "http://:14268/",
            "http://c:0/",
            "http://c:70000/",
            "http://a b/",
        ] {
            assert_eq!(
                Endpoint::parse(text, Format::Thrift).err(),
                Some(HttpReporterError::Endpoint),
                "{text}"
            );
        }
        for text in ["http://user:secret@c/", "http://user@c/"] {
            let error = Endpoint::parse(text, Format::Thrift).err();
            assert_eq!(error, Some(HttpReporterError::CredentialsInEndpoint));
        }
    }

    #[test]
    fn https_needs_the_feature_tls() {
        let expected = (!cfg!(feature = "tls")).then_some(HttpReporterError::NoTls);
        assert_eq!(Endpoint::parse("https://c/", Format::Thrift).err(), expected);
    }

    #[test]
    fn a_query_is_not_shown() {
        let endpoint = Endpoint::parse("http://c:1/api/traces?token=secret", Format::Thrift).unwrap();
        assert_eq!(endpoint.to_string(), "http://c:1/api/traces");
    }
}
