//! The address of the other side of a connection.

use std::net::{IpAddr, SocketAddr};

use http::Extensions;

use crate::model::tag::tags;
use crate::span::builder::SpanBuilder;

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

/// Tags a span with the address, by the names of OpenTracing.
pub(super) fn tag(span: SpanBuilder, extensions: &Extensions) -> SpanBuilder {
    let Some(address) = address(extensions) else {
        return span;
    };
    // A listener of both versions shows IPv4 in the form of IPv6.
    let ip = address.ip().to_canonical();
    let key = match ip {
        IpAddr::V4(_) => tags::PEER_IPV4,
        IpAddr::V6(_) => tags::PEER_IPV6,
    };
    span.tag(key, ip.to_string()).tag(tags::PEER_PORT, address.port())
}
