//! The address of the other side of a connection.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use http::Extensions;

use crate::model::tag::tags;

/// The address that the server has put into the request's extensions: a `SocketAddr`, or axum's `ConnectInfo` of one.
pub(crate) fn address(extensions: &Extensions) -> Option<SocketAddr> {
    let plain = extensions.get::<SocketAddr>().copied();
    #[cfg(feature = "axum")]
    let plain = plain.or_else(|| {
        let info = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
        info.map(|info| info.0)
    });
    plain
}

/// Appends the address to a text. Returns the key of its tag, by the names of OpenTracing.
pub(super) fn push_ip(address: SocketAddr, text: &mut String) -> &'static str {
    // A listener of both versions shows IPv4 in the form of IPv6.
    let ip = address.ip().to_canonical();
    // Writing to a string cannot fail.
    let _ = write!(text, "{ip}");
    match ip {
        IpAddr::V4(_) => tags::PEER_IPV4,
        IpAddr::V6(_) => tags::PEER_IPV6,
    }
}
