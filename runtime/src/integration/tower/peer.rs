//! The address of the other side of a connection.

use std::net::{IpAddr, SocketAddr};

use http::Extensions;

use crate::span::builder::SpanBuilder;

/// The address that the server has put into the request's extensions: a `SocketAddr`, or axum's `ConnectInfo` of one.
fn address(extensions: &Extensions) -> Option<SocketAddr> {
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
    let key = match address.ip() {
        IpAddr::V4(_) => "peer.ipv4",
        IpAddr::V6(_) => "peer.ipv6",
    };
    span.tag(key, address.ip().to_string())
        .tag("peer.port", address.port())
}
