//! What a server layer was told.

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

/// What a [`ServerLayer`](super::ServerLayer) was told.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) name: Option<Arc<Name>>,
    pub(super) filter: Option<Arc<Filter>>,
    pub(super) on_request: Option<Arc<OnRequest>>,
    pub(super) on_response: Option<Arc<OnResponse>>,
    pub(super) is_failure: Option<Arc<IsFailure>>,
    /// Further names of values that URLs do not show.
    pub(super) secrets: Arc<Vec<String>>,
    pub(super) is_internal: bool,
}

impl Settings {
    pub(super) fn traces(&self, request: &request::Parts) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(request))
    }

    /// By default, an answer says that the server has failed, not its client.
    pub(super) fn is_failure(&self, status: StatusCode) -> bool {
        match &self.is_failure {
            Some(is_failure) => is_failure(status),
            None => status.is_server_error(),
        }
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
