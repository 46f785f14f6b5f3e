//! URLs of the servers that fedtrace talks to.

#[cfg(feature = "http-client")]
use http::Uri;

/// The error of a URL.
#[cfg(feature = "http-client")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    NoUrl,
    /// It contains a user, and perhaps a password.
    User,
    /// It begins with `https`, and the feature `tls` is off.
    NoTls,
}

/// Reads an HTTP URL with a host.
#[cfg(feature = "http-client")]
pub(crate) fn parse(text: &str) -> Result<Uri, Problem> {
    let uri: Uri = text.trim().parse().map_err(|_| Problem::NoUrl)?;
    let authority = uri.authority().ok_or(Problem::NoUrl)?;
    if authority.as_str().contains('@') {
        return Err(Problem::User);
    }
    let host = authority.host();
    let port = authority.as_str().get(host.len()..).unwrap_or_default();
    let is_port = |port: &str| port.parse().is_ok_and(|port: u16| port != 0);
    if host.is_empty() || !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
        return Err(Problem::NoUrl);
    }
    match uri.scheme_str() {
        Some("http") => Ok(uri),
        Some("https") if cfg!(feature = "tls") => Ok(uri),
        Some("https") => Err(Problem::NoTls),
        _ => Err(Problem::NoUrl),
    }
}

/// A URL without its query and without the user information before the host.
pub(crate) fn without_secrets(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => url.to_owned(),
    }
}
