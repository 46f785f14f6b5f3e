//! The span of a request, from its head to the end of the answer's body.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, Method, Request, StatusCode};
use http::{request, response};

use super::attempts::Attempts;
use super::cause::Cause;
use super::grpc;
use super::matched_route::{route, route_name};
use super::recipient::Recipient;
use super::request_head::{Head, length, say_head};
use super::request_id::method_value;
use super::settings::{Settings, Side};
use super::shown_url::{Template, shown_full_url, shown_path};
#[cfg(feature = "axum")]
use super::told::{self, Told};
use crate::delivery::bounds::Room;
use crate::delivery::details::{Details, End};
use crate::delivery::entry::Key;
use crate::model::tag::{Tag, tags};
use crate::model::value::Value;
use crate::propagation::headers::{extract, inject_trace_id_of};
use crate::propagation::incoming_request::{IncomingFederationRequest, Marker};
use crate::span::builder::build_span;
use crate::span::handle::Span;
use crate::span::plan::SpanPlan;
use crate::span::stack::shared_span::SharedSpan;
use crate::span::start::share_request;
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
    /// Whether it is a call of gRPC whose answer has yet to say its status.
    awaits_status: bool,
    /// Of a client that sends it again.
    attempts: Option<Attempts>,
    /// What those have said of a failure who know the type of its error.
    cause: Option<Cause>,
    /// The span in our own trace that refers to this one, if it is in the trace of the sender.
    marker: Option<Marker>,
}

impl RequestSpan {
    /// Starts the span, and puts a handle to it into the request's extensions. `given` is the name that a closure has found.
    pub(super) fn start<B>(
        request: &mut Request<B>,
        given: Option<Cow<'static, str>>,
        settings: &Arc<Settings>,
    ) -> Self {
        #[cfg(feature = "axum")]
        let is_named = given.is_some();
        let head = Head::of(request);
        let path = route(head.extensions);
        let (name, template) = match given {
            Some(name) => (name, path.map(Template::new)),
            None => route_name(head.method, path),
        };
        let span = start(name, head, template, settings);
        #[cfg(feature = "axum")]
        let may_be_asked =
            template.is_none() || told::are_questions_expected() || path.is_some_and(has_wildcard);
        let extensions = request.extensions_mut();
        extensions.insert(span.clone());
        #[cfg(feature = "axum")]
        if may_be_asked {
            extensions.insert(Told {
                settings: Arc::clone(settings),
                is_named,
            });
        }
        Self::new(span, request.method(), Side::Server, settings)
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
            .tag(tags::HTTP_METHOD, method_value(&request.method))
            .tag("http.request_content_length", length(&request.headers))
            .start();
        say_url(&span, |limit| match homeserver {
            Some(_) => shown_path(&request.uri, &settings.secrets, limit).into(),
            None => shown_full_url(&request.uri, &settings.secrets, limit).into(),
        });
        let attempts = request.extensions.get::<Attempts>().cloned();
        if let Some(attempts) = &attempts {
            attempts.begin(&span);
        }
        Self {
            attempts,
            ..Self::new(span, &request.method, Side::Client, settings)
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
            ..Self::new(span, &request.method, Side::Federation, settings)
        }
    }

    fn new(span: Span, method: &Method, side: Side, settings: &Arc<Settings>) -> Self {
        Self {
            span: Some(span),
            settings: Arc::clone(settings),
            side,
            is_head: method == Method::HEAD,
            has_panicked: false,
            awaits_status: false,
            attempts: None,
            cause: None,
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
    pub(super) fn answer(&mut self, response: &mut response::Parts) {
        if let Some(attempts) = &self.attempts {
            attempts.end(response.status.as_str().to_owned());
        }
        let Some(span) = &self.span else { return };
        let settings = &self.settings;
        let status = i64::from(response.status.as_u16());
        span.set_value(Key::Static(tags::HTTP_STATUS_CODE), &Value::Long(status));
        if settings.is_failure(response.status, self.side) {
            span.set_tag(tags::ERROR, true);
        }
        let has_said = grpc::say_status(span, &response.headers, self.side);
        self.awaits_status = !has_said && grpc::has_status(&response.headers);
        match self.side {
            Side::Server => {
                let is_behind_layer = response.extensions.remove::<ForHomeserver>().is_some();
                let answers_homeserver =
                    || span.shared.as_deref().is_some_and(SharedSpan::answers_homeserver);
                let destination = match settings.is_internal {
                    true => Destination::Internal,
                    false if is_behind_layer || answers_homeserver() => Destination::ThirdParty,
                    false => Destination::Client,
                };
                inject_trace_id_of(span, &mut response.headers, destination);
            }
            Side::Federation => drop(response.extensions.insert(ForHomeserver)),
            Side::Client => {}
        }
        settings.on_response(response, span);
    }

    pub(super) fn say_trailers(&mut self, trailers: &HeaderMap) {
        if let Some(span) = &self.span {
            self.awaits_status &= !grpc::say_status(span, trailers, self.side);
        }
    }

    /// Says what is missing of an answer that has come to its end.
    pub(super) fn say_end(&self) {
        if let Some(span) = self.span.as_ref().filter(|_| self.awaits_status) {
            grpc::say_missing_status(span, self.side);
        }
    }

    /// Whether the answer has no body, whatever its type says.
    pub(super) fn has_no_body(&self, status: StatusCode) -> bool {
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }

    /// Lets others say why it fails, before it does.
    #[cfg(feature = "reqwest")]
    pub(in crate::integration) fn explained_by(&mut self, cause: &Cause) {
        self.cause = Some(cause.clone());
    }

    pub(super) fn fail(&self, event: &'static str, kind: &'static str) {
        let cause = self.cause.as_ref().and_then(Cause::words);
        if let Some(attempts) = &self.attempts {
            attempts.end(cause.map_or(Cow::Borrowed(kind), |cause| cause.to_owned().into()));
        }
        if let Some(span) = &self.span {
            span.set_tag(tags::ERROR, true);
            span.log_kv((("event", event), ("error.kind", kind), ("message", cause)));
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
            attempts.end(match self.has_panicked {
                true => "panic",
                false => "cancelled",
            });
        }
        self.abandon();
    }

    /// Finishes the span with a last tag and a last event.
    pub(super) fn finish_saying(&mut self, key: &'static str, value: &Value<'_>, event: &'static str) {
        if let Some(shared) = self.span.take().and_then(|span| span.shared) {
            shared.finish_saying(key, value, event);
        }
        self.marker = None;
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

/// Whether a router below may know more of the route. It may make its layers only now, with this request.
#[cfg(feature = "axum")]
fn has_wildcard(route: &str) -> bool {
    route.ends_with('}') && route.contains("{*")
}

/// Starts the span of a request that a server has received.
fn start(
    name: Cow<'static, str>,
    head: Head<'_>,
    template: Option<Template<'_>>,
    settings: &Settings,
) -> Span {
    let plan = SpanPlan {
        name,
        parent: match settings.is_internal {
            true => extract(head.headers, Origin::Internal),
            false => None,
        },
        finish_on_close: true,
        ..SpanPlan::default()
    };
    let say = |details: &mut Details, room: Room<'_>, added: &[Tag]| {
        say_head(details, room, added, head, template, settings);
    };
    Span {
        shared: plan.start_saying(Some(say)).map(share_request),
    }
}

/// Sets the URL, which is made only for a span that keeps it, and cut while it is made.
pub(super) fn say_url<'a>(span: &Span, url: impl FnOnce(usize) -> Cow<'a, str>) {
    let shared = span.shared.as_ref();
    if let Some(shared) = shared.filter(|shared| shared.room().is_some()) {
        let url = url(shared.tracer.inner().bounds.value);
        shared.set_tag(Key::Static(tags::HTTP_URL), &Value::Text(&url));
    }
}
