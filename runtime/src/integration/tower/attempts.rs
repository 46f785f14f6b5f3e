//! The attempts of a request that is sent again.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use crate::span::handle::Span;
use crate::util::lock::lock;

/// Counts the attempts of a request that is sent again if it fails, so that each says on its span which one it is, and why.
///
/// Retries belong outside of a [`ClientLayer`](super::ClientLayer): then each attempt is a span. From the second on, the span has a log
/// record with `event=retry`, `attempt` (2 for the first retry) and `cause`: the status of the attempt before, the type of its error
/// (with reqwest what it says of its cause), `cancelled` or `panic`. A request is known again by this value among its extensions, all
/// clones of which count together. As a middleware of `reqwest-middleware`, the layer puts it there itself. With tower, do that outside
/// of `Retry`:
///
/// ```
/// use fedtrace::tower::Attempts;
///
/// // For `ServiceBuilder::map_request`, above `retry` and the `ClientLayer`:
/// fn counted<B>(mut request: http::Request<B>) -> http::Request<B> {
///     request.extensions_mut().insert(Attempts::new());
///     request
/// }
/// # counted(http::Request::new(()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    number: u32,
    /// How the last one ended.
    end: Option<Cow<'static, str>>,
}

impl Attempts {
    /// Of a request that was not sent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts an attempt, the span of which has just started.
    pub(super) fn begin(&self, span: &Span) {
        let (number, cause) = {
            let mut counted = lock(&self.0);
            counted.number = counted.number.saturating_add(1);
            (counted.number, counted.end.take())
        };
        if number > 1 {
            span.log_kv((("event", "retry"), ("attempt", number), ("cause", cause)));
        }
    }

    pub(super) fn end(&self, how: impl Into<Cow<'static, str>>) {
        lock(&self.0).end = Some(how.into());
    }
}
