//! The span of a request, from its head to the end of the answer's body.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, Uri, header};
use http::{request, response};

use super::peer;
use super::recipient::Recipient;
use super::request_id::{method_name, method_tag, request_id};
use super::settings::{Settings, Side};
use super::shown_url::{shown_full_url, shown_url};
use crate::delivery::details::End;
use crate::model::tag::tags;
use crate::propagation::headers::{extract, inject_response_headers};
use crate::span::builder::build_span;
use crate::span::handle::Span;
use crate::trust::parties::{Destination, Origin};

/// The name of requests that no route takes, and of those of servers without routes.
const UNKNOWN_ROUTE: &str = "unknown route";

/// The span of a request, until it is [finished](Self::finish) or dropped.
#[derive(Debug)]
pub(in crate::integration) struct RequestSpan {
    /// `None` once it has finished.
    span: Option<Span>,
    settings: Arc<Settings>,
    side: Side,
    is_head: bool,
    has_panicked: bool,
}

impl RequestSpan {
    /// Starts the span, and puts a handle to it into the request's extensions.
    pub(super) fn start(request: &mut request::Parts, settings: &Arc<Settings>) -> Self {
        let template = route(request);
        let given = settings.name.as_ref().and_then(|name| name(request));
        let is_named = given.is_some();
        let name = match given {
            Some(name) => name,
            None => route_name(request, template),
        };
        let builder = build_span(name)
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .tag(tags::REQUEST_ID, request_id(request))
            .tag(tags::HTTP_METHOD, method_tag(request))
            .tag("http.request_content_length", length(&request.headers));
        let builder = peer::tag(builder, &request.extensions);
        let builder = match settings.is_internal {
            true => builder.child_of(extract(&request.headers, Origin::Internal)),
            false => builder,
        };
        let span = builder.start();
        say_url(&span, |limit| {
            shown_url(full_uri(request), template, &settings.secrets, limit)
        });
        request.extensions.insert(span.clone());
        request.extensions.insert(Told {
            settings: Arc::clone(settings),
            is_named,
        });
        Self::new(span, request, Side::Server, settings)
    }

    /// Starts the span of an outgoing request.
    pub(in crate::integration) fn send(
        request: &request::Parts,
        recipient: Option<&Recipient>,
        settings: &Arc<Settings>,
    ) -> Self {
        let homeserver = match recipient {
            Some(Recipient::Homeserver(name)) => Some(name.as_str()),
            _ => None,
        };
        let name = settings.name.as_ref().and_then(|name| name(request));
        let name = name.unwrap_or(match homeserver {
            Some(_) => "outgoing-federation-request".into(),
            None => "outgoing-request".into(),
        });
        let span = build_span(name)
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .tag(tags::PEER_ADDRESS, homeserver.map(str::to_owned))
            .tag(tags::HTTP_METHOD, method_tag(request))
            .tag("http.request_content_length", length(&request.headers))
            .start();
        say_url(&span, |limit| {
            shown_full_url(&request.uri, &settings.secrets, limit)
        });
        Self::new(span, request, Side::Client, settings)
    }

    fn new(span: Span, request: &request::Parts, side: Side, settings: &Arc<Settings>) -> Self {
        Self {
            span: Some(span),
            settings: Arc::clone(settings),
            side,
            is_head: request.method == Method::HEAD,
            has_panicked: false,
        }
    }

    pub(super) fn has_panicked(&self) -> bool {
        self.has_panicked
    }

    pub(super) fn side(&self) -> Side {
        self.side
    }

    pub(super) fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    /// Says how the request is answered. The span is active here.
    pub(super) fn answer(&self, response: &mut response::Parts) {
        let Some(span) = &self.span else { return };
        let settings = &self.settings;
        span.set_tag(tags::HTTP_STATUS_CODE, response.status.as_u16());
        if settings.is_failure(response.status, self.side) {
            span.set_tag(tags::ERROR, true);
        }
        say_grpc_status(span, &response.headers);
        if self.side == Side::Server {
            let destination = match settings.is_internal {
                true => Destination::Internal,
                false => Destination::Client,
            };
            inject_response_headers(&mut response.headers, destination);
        }
        if let Some(on_response) = &settings.on_response {
            on_response(response, span);
        }
    }

    /// Whether the answer has no body, whatever its type says.
    pub(super) fn has_no_body(&self, status: StatusCode) -> bool {
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }

    pub(super) fn fail(&self, event: &'static str, kind: &'static str) {
        if let Some(span) = &self.span {
            span.set_tag(tags::ERROR, true);
            span.log_kv([("event", event), ("error.kind", kind)]);
        }
    }

    /// Marks the span, if a panic goes through its future or body now.
    pub(super) fn mark_panic(&mut self) {
        self.has_panicked = true;
        self.mark(End::Panicked);
    }

    fn mark(&self, end: End) {
        if let Some(shared) = self.span.as_ref().and_then(|span| span.shared.as_ref()) {
            shared.mark(end);
        }
    }

    pub(super) fn finish(&mut self) {
        if let Some(shared) = self.span.take().and_then(|span| span.shared) {
            shared.finish_at_close();
        }
    }

    /// Ends the span of a request that nobody waits for any more.
    pub(super) fn abandon(&mut self) {
        if !self.has_panicked {
            self.mark(End::Cancelled);
        }
        self.finish();
    }
}

/// The route that axum has found.
fn route(request: &request::Parts) -> Option<&str> {
    #[cfg(feature = "axum")]
    if let Some(path) = request.extensions.get::<axum::extract::MatchedPath>() {
        return Some(path.as_str());
    }
    let _ = request;
    None
}

/// The URI before a router that is nested in another one has taken its prefix away.
pub(super) fn full_uri(request: &request::Parts) -> &Uri {
    #[cfg(feature = "axum")]
    if let Some(original) = request.extensions.get::<axum::extract::OriginalUri>() {
        return &original.0;
    }
    &request.uri
}

/// Sets the URL, which is made only for a span that keeps it, and cut while it is made.
pub(super) fn say_url(span: &Span, url: impl FnOnce(usize) -> String) {
    let shared = span.shared.as_ref();
    if let Some(shared) = shared.filter(|shared| shared.room().is_some()) {
        let url = url(shared.tracer.inner().bounds.value);
        span.set_tag(tags::HTTP_URL, url);
    }
}

/// What a layer behind the router has to know, which learns the route later.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "axum"), allow(dead_code))]
pub(super) struct Told {
    pub(super) settings: Arc<Settings>,
    /// Whether the span has a name that the layer was given.
    pub(super) is_named: bool,
}

/// The method and the route: names with ids in them could not be compared or sampled.
pub(super) fn route_name(request: &request::Parts, route: Option<&str>) -> Cow<'static, str> {
    match route {
        // Not by `format!`, which takes several times as long.
        Some(route) => [method_name(request), route].join(" ").into(),
        None => UNKNOWN_ROUTE.into(),
    }
}

/// The length of a message, as its headers say it.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The status of a call of gRPC, which is in the trailers, or in the headers if there is no message.
pub(super) fn say_grpc_status(span: &Span, headers: &HeaderMap) {
    let status = headers.get("grpc-status").and_then(|status| status.to_str().ok());
    let Some(status) = status.and_then(|status| status.parse::<u16>().ok()) else {
        return;
    };
    span.set_tag("rpc.grpc.status_code", status);
    if status != 0 {
        span.set_tag(tags::ERROR, true);
    }
}
