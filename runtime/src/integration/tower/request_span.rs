//! The span of a request, from its head to the end of the answer's body.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, header};
use http::{request, response};

use super::attempts::Attempts;
use super::grpc;
use super::matched_route::{full_uri, route, route_name};
use super::peer;
use super::recipient::Recipient;
use super::request_id::{method_tag, request_id};
use super::settings::{Settings, Side};
use super::shown_url::{shown_full_url, shown_path, shown_url};
use crate::delivery::details::End;
use crate::model::tag::tags;
use crate::propagation::headers::{extract, inject_response_headers};
use crate::propagation::incoming_request::{IncomingFederationRequest, Marker};
use crate::span::builder::build_span;
use crate::span::handle::Span;
use crate::trust::parties::{Destination, Origin};

/// Marks an answer for the layer around: it goes to another homeserver, which is not told the id of our trace.
#[derive(Debug, Clone, Copy)]
struct ForHomeserver;

/// The span of a request, until it is [finished](Self::finish) or dropped.
#[derive(Debug)]
pub(in crate::integration) struct RequestSpan {
    /// `None` once it has finished.
    span: Option<Span>,
    settings: Arc<Settings>,
    side: Side,
    is_head: bool,
    has_panicked: bool,
    /// Of a client that sends it again.
    attempts: Option<Attempts>,
    /// The span in our own trace that refers to this one, if it is in the trace of the sender.
    marker: Option<Marker>,
}

impl RequestSpan {
    /// Starts the span, and puts a handle to it into the request's extensions.
    pub(super) fn start(request: &mut request::Parts, settings: &Arc<Settings>) -> Self {
        let template = route(request);
        let given = settings.name(request);
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
        let name = settings.name(request).unwrap_or(match homeserver {
            Some(_) => "outgoing-federation-request".into(),
            None => "outgoing-request".into(),
        });
        let span = build_span(name)
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
            .tag(tags::PEER_ADDRESS, homeserver.map(str::to_owned))
            .tag(tags::HTTP_METHOD, method_tag(request))
            .tag("http.request_content_length", length(&request.headers))
            .start();
        say_url(&span, |limit| match homeserver {
            Some(_) => shown_path(&request.uri, &settings.secrets, limit),
            None => shown_full_url(&request.uri, &settings.secrets, limit),
        });
        let attempts = request.extensions.get::<Attempts>().cloned();
        if let Some(attempts) = &attempts {
            attempts.begin(&span);
        }
        Self {
            attempts,
            ..Self::new(span, request, Side::Client, settings)
        }
    }

    /// The second span of a request of another homeserver.
    pub(super) fn federation(
        incoming: IncomingFederationRequest,
        request: &request::Parts,
        settings: &Arc<Settings>,
    ) -> Self {
        let (span, marker) = incoming.into_parts();
        Self {
            marker: Some(marker),
            ..Self::new(span, request, Side::Federation, settings)
        }
    }

    fn new(span: Span, request: &request::Parts, side: Side, settings: &Arc<Settings>) -> Self {
        Self {
            span: Some(span),
            settings: Arc::clone(settings),
            side,
            is_head: request.method == Method::HEAD,
            has_panicked: false,
            attempts: None,
            marker: None,
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
        if let Some(attempts) = &self.attempts {
            attempts.end(response.status.as_str().to_owned());
        }
        let Some(span) = &self.span else { return };
        let settings = &self.settings;
        span.set_tag(tags::HTTP_STATUS_CODE, response.status.as_u16());
        if settings.is_failure(response.status, self.side) {
            span.set_tag(tags::ERROR, true);
        }
        grpc::say_status(span, &response.headers, self.side);
        match self.side {
            Side::Server => {
                let is_for_homeserver = response.extensions.remove::<ForHomeserver>().is_some();
                let destination = match settings.is_internal {
                    true => Destination::Internal,
                    false if is_for_homeserver => Destination::ThirdParty,
                    false => Destination::Client,
                };
                inject_response_headers(&mut response.headers, destination);
            }
            Side::Federation => drop(response.extensions.insert(ForHomeserver)),
            Side::Client => {}
        }
        settings.on_response(response, span);
    }

    pub(super) fn say_trailers(&self, trailers: &HeaderMap) {
        if let Some(span) = &self.span {
            grpc::say_status(span, trailers, self.side);
        }
    }

    /// Whether the answer has no body, whatever its type says.
    pub(super) fn has_no_body(&self, status: StatusCode) -> bool {
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }

    pub(super) fn fail(&self, event: &'static str, kind: &'static str) {
        if let Some(attempts) = &self.attempts {
            attempts.end(kind);
        }
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

    /// Ends the span of a request that nobody waits for any more, before its answer has come.
    pub(super) fn abandon_unanswered(&mut self) {
        if let Some(attempts) = &self.attempts {
            attempts.end("cancelled");
        }
        self.abandon();
    }

    pub(super) fn finish(&mut self) {
        if let Some(shared) = self.span.take().and_then(|span| span.shared) {
            shared.finish_at_close();
        }
        self.marker = None;
    }

    /// Ends the span of a request that nobody waits for any more.
    pub(super) fn abandon(&mut self) {
        if !self.has_panicked {
            self.mark(End::Cancelled);
        }
        self.finish();
    }
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

/// The length of a message, as its headers say it.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
