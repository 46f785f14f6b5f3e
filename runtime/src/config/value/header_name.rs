//! Names of headers, without those that HTTP needs.

use http::HeaderName;

use super::node::Node;
use super::section::Value;
use crate::model::error::config::ConfigError;

/// Headers that messages need. A configured header is removed from messages, so it must not be one of these.
const NEEDED: [&str; 44] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "access-control-allow-origin",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "forwarded",
    "host",
    "if-match",
    "if-none-match",
    "last-modified",
    "location",
    "origin",
    "proxy-authorization",
    "range",
    "referer",
    "retry-after",
    "sec-websocket-key",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];

impl Value {
    /// The name of a header that has no other use. As in Jaeger's client for Python, `_` is read as `-`.
    pub(crate) fn header_name(&self, example: &str) -> Result<HeaderName, ConfigError> {
        self.header_name_unlike(example, |needed, name| needed == name)
    }

    /// The same for the common prefix of several headers.
    pub(crate) fn header_prefix(&self, example: &str) -> Result<HeaderName, ConfigError> {
        self.header_name_unlike(example, |needed, prefix| needed.starts_with(prefix))
    }

    fn header_name_unlike(
        &self,
        example: &str,
        is_taken: impl Fn(&str, &str) -> bool,
    ) -> Result<HeaderName, ConfigError> {
        let name = match &self.node {
            Node::Text(text) => HeaderName::try_from(text.replace('_', "-")).ok(),
            _ => None,
        };
        let name = name.ok_or_else(|| {
            self.wrong(&format!(
                "is not the name of a header; write one such as {example}"
            ))
        })?;
        match NEEDED.iter().find(|needed| is_taken(needed, name.as_str())) {
            None => Ok(name),
            Some(needed) => Err(self.wrong(&format!(
                "would take {needed} out of messages; write another name, such as {example}"
            ))),
        }
    }
}
