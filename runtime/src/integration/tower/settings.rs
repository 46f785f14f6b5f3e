//! What a layer was told.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use http::{request, response};

use crate::span::handle::Span;

type Name = dyn Fn(&request::Parts) -> Option<Cow<'static, str>> + Send + Sync;
type Filter = dyn Fn(&request::Parts) -> bool + Send + Sync;
type OnRequest = dyn Fn(&request::Parts, &Span) + Send + Sync;
type OnResponse = dyn Fn(&response::Parts, &Span) + Send + Sync;
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
    /// Further names of values that URLs do not show.
    pub(super) secrets: Vec<String>,
    pub(super) is_internal: bool,
}

impl Settings {
    pub(super) fn traces(&self, request: &request::Parts) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(request))
    }

    /// By default, a server has failed with 5xx; a client and what another homeserver asked for, also with 4xx.
    pub(super) fn is_failure(&self, status: StatusCode, side: Side) -> bool {
        match (&self.is_failure, side) {
            (Some(is_failure), _) => is_failure(status),
            (None, Side::Server) => status.is_server_error(),
            (None, Side::Client | Side::Federation) => status.is_client_error() || status.is_server_error(),
        }
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
