//! Who may see the page.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::Version;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

use crate::integration::tower::peer;

/// How headers of proxies begin: behind one, everybody seems to be on this machine.
const OF_PROXIES: [&str; 13] = [
    "cf-",
    "client-ip",
    "fastly-",
    "fly-",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-",
    "x-forwarded",
    "x-original-",
    "x-real-ip",
];

#[derive(Clone)]
pub(super) enum Guard {
    Nobody,
    Loopback,
    Closure(Arc<dyn Fn(&Parts) -> bool + Send + Sync>),
}

impl Guard {
    /// Why the request is refused; `None` if it is not.
    pub(super) fn refusal(&self, request: &Parts) -> Option<&'static str> {
        match self {
            Self::Nobody => {
                Some("This page has no guard. Give its service one: `loopback_only()` or `guard(…)`.")
            }
            Self::Loopback => refusal_of_stranger(request),
            Self::Closure(admits) => (!admits(request)).then_some("You may not see this page."),
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Loopback => "Loopback",
            Self::Closure(_) => "Closure",
        })
    }
}

fn refusal_of_stranger(request: &Parts) -> Option<&'static str> {
    let Some(address) = peer::address(&request.extensions) else {
        return Some(
            "The server does not say who asks. With axum, serve it with `into_make_service_with_connect_info::<SocketAddr>()`.",
        );
    };
    if !address.ip().to_canonical().is_loopback() {
        return Some("This page is for this machine only.");
    }
    // Proxies that are not told better ask by HTTP/1.0, and browsers do not.
    if is_forwarded(request) || request.version < Version::HTTP_11 {
        return Some("This page is for this machine only, and does not answer through a proxy.");
    }
    // A name of somebody else's that resolves to this machine would let their scripts read the page.
    if !names_loopback(request) {
        return Some("This page only answers to localhost, 127.0.0.1 and [::1].");
    }
    None
}

fn is_forwarded(request: &Parts) -> bool {
    let mut names = request.headers.keys();
    names.any(|name| OF_PROXIES.iter().any(|begin| name.as_str().starts_with(begin)))
}

/// Whether each name that the request has for this server is one of this machine.
fn names_loopback(request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let named = match (first, second) {
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        // HTTP/2 has the name in the URI.
        (None, _) => request.uri.authority().cloned(),
        _ => None,
    };
    let in_uri = request.uri.authority().is_none_or(is_loopback);
    in_uri && named.as_ref().is_some_and(is_loopback)
}

fn is_loopback(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let ip = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use http::Request;

    use super::*;

    fn parts(peer: &str, host: &str, header: Option<(&str, &str)>) -> Parts {
        let mut request = Request::builder().uri("/").header("host", host);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(peer.parse::<SocketAddr>().unwrap());
        parts
    }

    fn is_refused(parts: &Parts) -> bool {
        Guard::Loopback.refusal(parts).is_some()
    }

    #[test]
    fn this_machine_is_admitted_under_its_own_names_only() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "127.1.2.3",
        ] {
            assert!(!is_refused(&parts("127.0.0.1:5", host, None)), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "evil.example:80",
            "user@localhost",
            "localhost@evil.example",
            "localhost, evil.example",
            "0.0.0.0",
            "",
        ] {
            assert!(is_refused(&parts("127.0.0.1:5", host, None)), "{host}");
        }
    }

    #[test]
    fn strangers_and_proxies_are_refused() {
        assert!(!is_refused(&parts("[::ffff:127.0.0.1]:5", "localhost", None)));
        for peer in ["10.0.0.1:5", "[2001:db8::1]:5", "0.0.0.0:5"] {
            assert!(is_refused(&parts(peer, "localhost", None)), "{peer}");
        }
        for name in [
            "forwarded",
            "x-forwarded-for",
            "X-Forwarded-Proto",
            "X-Real-IP",
            "via",
            "X-Envoy-External-Address",
        ] {
            assert!(
                is_refused(&parts("127.0.0.1:5", "localhost", Some((name, "x")))),
                "{name}"
            );
        }
    }

    #[test]
    fn a_request_without_an_address_or_with_two_hosts_is_refused() {
        let mut request = parts("127.0.0.1:5", "localhost", None);
        request.headers.append(HOST, "localhost".parse().unwrap());
        assert!(is_refused(&request));
        let mut request = parts("127.0.0.1:5", "localhost", None);
        request.extensions.clear();
        assert!(is_refused(&request));
        let mut request = parts("127.0.0.1:5", "localhost", None);
        request.uri = "http://evil.example/".parse().unwrap();
        assert!(is_refused(&request));
    }

    #[test]
    fn a_request_of_http_1_0_may_be_that_of_a_proxy() {
        let mut request = parts("127.0.0.1:5", "localhost", None);
        request.version = Version::HTTP_10;
        assert!(is_refused(&request));
        request.version = Version::HTTP_2;
        assert!(!is_refused(&request));
    }

    #[test]
    fn nobody_is_admitted_without_a_guard() {
        assert!(
            Guard::Nobody
                .refusal(&parts("127.0.0.1:5", "localhost", None))
                .is_some()
        );
    }
}
