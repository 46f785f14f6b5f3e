//! What a layer was told.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::{Request, StatusCode};
use http::{request, response};

use super::recipient::Recipient;
use super::user_code;
use crate::span::handle::Span;
use crate::tracer::global;
use crate::util::diagnostics::{NowAndThen, warn_now_and_then};

static NO_RECIPIENT: NowAndThen = NowAndThen::new();

type Name = dyn Fn(&request::Parts) -> Option<Cow<'static, str>> + Send + Sync;
type Filter = dyn Fn(&request::Parts) -> bool + Send + Sync;
type OnRequest = dyn Fn(&request::Parts, &Span) + Send + Sync;
type OnResponse = dyn Fn(&response::Parts, &Span) + Send + Sync;
type FindRecipient = dyn Fn(&request::Parts) -> Option<Recipient> + Send + Sync;
type IsFailure = dyn Fn(StatusCode) -> bool + Send + Sync;

/// Which side of a request a span is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
    /// A server's, once the homeserver that sent the request has proven who it is.
    Federation,
}

/// What a [`ServerLayer`](super::ServerLayer) or a [`ClientLayer`](super::ClientLayer) was told.
#[derive(Clone, Default)]
pub(in crate::integration) struct Settings {
    pub(super) name: Option<Arc<Name>>,
    pub(super) filter: Option<Arc<Filter>>,
    pub(super) on_request: Option<Arc<OnRequest>>,
    pub(super) on_response: Option<Arc<OnResponse>>,
    pub(super) is_failure: Option<Arc<IsFailure>>,
    pub(super) find_recipient: Option<Arc<FindRecipient>>,
    /// Further names of values that URLs do not show.
    pub(super) secrets: Vec<String>,
    pub(super) is_internal: bool,
}

impl Settings {
    pub(super) fn traces(&self, request: &request::Parts) -> bool {
        let filter = self.filter.as_ref();
        let answer = filter.and_then(|filter| user_code::run("filter", || filter(request)));
        answer.unwrap_or(true)
    }

    pub(super) fn name(&self, request: &request::Parts) -> Option<Cow<'static, str>> {
        let name = self.name.as_ref()?;
        user_code::run("name", || name(request)).flatten()
    }

    /// Whether a closure is to be asked about a request before its span starts. Only then it is worth to take it apart.
    pub(super) fn asks(&self) -> bool {
        self.filter.is_some() || self.name.is_some()
    }

    /// The name that a closure gives a request, if there is one. Nothing if the request is not traced.
    pub(super) fn ask<B>(&self, request: Request<B>) -> (Request<B>, Option<Option<Cow<'static, str>>>) {
        let (head, body) = request.into_parts();
        let answer = self.traces(&head).then(|| self.name(&head));
        (Request::from_parts(head, body), answer)
    }

    /// Shows a request, whose span is among its extensions, to the closure for requests.
    pub(super) fn tell_on_request<B>(&self, request: Request<B>) -> Request<B> {
        let (head, body) = request.into_parts();
        if let Some(span) = head.extensions.get::<Span>() {
            self.on_request(&head, span);
        }
        Request::from_parts(head, body)
    }

    /// Who gets a request: whom it names, or who is found.
    pub(in crate::integration) fn recipient(&self, request: &request::Parts) -> Option<Recipient> {
        let given = request.extensions.get::<Recipient>().cloned();
        let recipient = given.or_else(|| {
            let find = self.find_recipient.as_ref()?;
            user_code::run("recipient", || find(request)).flatten()
        });
        if recipient.is_none() && global::is_on() {
            warn_now_and_then(&NO_RECIPIENT, || {
                let host = request.uri.host().unwrap_or_default();
                format!("a request to {host} names no recipient, so no span context is sent with it")
            });
        }
        recipient
    }

    pub(super) fn on_request(&self, request: &request::Parts, span: &Span) {
        if let Some(on_request) = &self.on_request {
            user_code::run("on_request", || on_request(request, span));
        }
    }

    pub(super) fn on_response(&self, response: &response::Parts, span: &Span) {
        if let Some(on_response) = &self.on_response {
            user_code::run("on_response", || on_response(response, span));
        }
    }

    /// By default, a server has failed with 5xx; a client and what another homeserver asked for, also with 4xx.
    pub(super) fn is_failure(&self, status: StatusCode, side: Side) -> bool {
        let is_failure = self.is_failure.as_ref();
        let answer = is_failure.and_then(|is_failure| user_code::run("is_failure", || is_failure(status)));
        answer.unwrap_or_else(|| match side {
            Side::Server => status.is_server_error(),
            Side::Client | Side::Federation => status.is_client_error() || status.is_server_error(),
        })
    }

    pub(super) fn set_name<N: Into<Cow<'static, str>>>(
        &mut self,
        name: impl Fn(&request::Parts) -> Option<N> + Send + Sync + 'static,
    ) {
        self.name = Some(Arc::new(move |request| name(request).map(Into::into)));
    }

    pub(super) fn redact<S: Into<String>>(&mut self, names: impl IntoIterator<Item = S>) {
        self.secrets.extend(names.into_iter().map(Into::into));
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("secrets", &self.secrets)
            .field("is_internal", &self.is_internal)
            .finish_non_exhaustive()
    }
}
