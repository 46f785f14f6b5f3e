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
    // Before it is parsed: a `?` in a password would end the host, and what is before it be taken for a port.
    let (host, rest) = host_and_rest(behind_scheme(text).1);
    if host.contains('@') || (rest.contains('@') && !rest.starts_with('/')) {
        return Err(Problem::User);
    }
    let uri: Uri = text.trim().parse().map_err(|_| Problem::NoUrl)?;
    let authority = uri.authority().ok_or(Problem::NoUrl)?;
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
    let (scheme, behind) = behind_scheme(url);
    let (path, query) = behind.split_once('?').unwrap_or((behind, ""));
    let shown = match query.rsplit_once('@') {
        None => path.rsplit('@').next().unwrap_or_default(),
        Some(_) if path.contains('@') => "…",
        Some(_) if is_host_with_path(path) => path,
        // Either it is the host, or what is before a `?` in the password.
        Some(_) if is_host(path) => "…",
        // The `?` is in the password.
        Some((_, rest)) => rest.split('?').next().unwrap_or_default(),
    };
    format!("{scheme}{shown}")
}

/// The scheme with `://`, and the rest.
fn behind_scheme(url: &str) -> (&str, &str) {
    let end = url.find("://").map_or(0, |at| at + "://".len());
    url.split_at_checked(end).unwrap_or(("", url))
}

/// What is before the first sign that ends a host, and the rest.
fn host_and_rest(url: &str) -> (&str, &str) {
    let end = url.find(['/', '?', '#']).unwrap_or(url.len());
    url.split_at_checked(end).unwrap_or((url, ""))
}

fn is_host_with_path(url: &str) -> bool {
    let (host, path) = host_and_rest(url);
    path.starts_with('/') && is_host(host)
}

fn is_host(text: &str) -> bool {
    let is_port = |port: &str| port.ends_with(']') || port.parse::<u16>().is_ok();
    !text.contains('/') && text.rsplit_once(':').is_none_or(|(_, port)| is_port(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_the_user_the_password_and_the_query() {
        for (url, shown) in [
            ("http://c:14268/api?key=secret", "http://c:14268/api"),
            ("http://c/api?key=secret@b", "http://c/api"),
            ("http://[::1]/api?key=secret@b", "http://[::1]/api"),
            ("http://u:secret@c/api", "http://c/api"),
            ("http://u:secret@c/api?key=secret", "http://c/api"),
            ("http://u:secret@c/api?key=secret@b", "http://…"),
            ("http://u:se@cr?et@c/api?key=secret", "http://…"),
            ("http://u:se?cr?et@c/api?key=secret", "http://c/api"),
            ("http://u:se?cr/et@c/api", "http://c/api"),
            ("http://u:se#cret@c/api", "http://c/api"),
            ("http://u:se/cr?et@c/api", "http://c/api"),
            ("u:se?cret@c/api", "c/api"),
            ("http://c:14268?key=se@cret", "http://…"),
            ("http://c?key=se@cret", "http://…"),
            ("http://u:12?x@c/", "http://…"),
            ("c:14268", "c:14268"),
        ] {
            assert_eq!(without_secrets(url), shown, "{url}");
        }
    }

    #[cfg(feature = "http-client")]
    #[test]
    fn a_query_may_have_an_at_sign_behind_a_path() {
        let url = "http://c/api?x=a@b";
        assert_eq!(parse(url).unwrap(), url);
        for url in [
            "http://u:12?x@c/",
            "http://u:12?x/y@c/",
            "http://u:12#x@c/",
            "http://u@c/",
        ] {
            assert_eq!(parse(url), Err(Problem::User), "{url}");
        }
    }
}
