//! Connections that outlive the request that has opened them.

use std::borrow::Cow;

use crate::span::active::active_span;
use crate::span::builder::build_span;
use crate::span::future::in_span::{InSpan, TraceFutureExt as _, without_active_span};

/// Gives an upgraded connection, such as a websocket, a span of its own: for the callback of an upgrade, which runs after the answer.
///
/// Call it where the request is handled. The span of the request ends with its answer, a 101. The one that is described here starts with
/// the connection, in the same trace, follows from the request, and ends when the future of `serve` does. It is active in `serve` and
/// in its future; bind the tasks that start there with [`in_active_span`](crate::TraceFutureExt::in_active_span). If the future is
/// dropped before its end, the span has the tag `cancelled`.
///
/// Where no span is active, because tracing is off or the request was left out, the connection is served without one.
///
/// ```
/// use fedtrace::tower::upgraded;
///
/// # struct WebSocket;
/// # struct WebSocketUpgrade;
/// # impl WebSocketUpgrade {
/// #     fn on_upgrade<F: Future<Output = ()> + Send + 'static>(self, _: impl FnOnce(WebSocket) -> F + Send + 'static) {}
/// # }
/// async fn serve(socket: WebSocket) { /* read and write messages */ }
///
/// async fn handler(upgrade: WebSocketUpgrade) {
///     upgrade.on_upgrade(upgraded("websocket", serve))
/// }
/// ```
///
/// With hyper alone, the callback is what waits for the connection:
///
/// ```
/// # use fedtrace::tower::upgraded;
/// # async fn on(request: ()) -> Result<(), ()> { Ok(()) }
/// # async fn serve(connection: ()) {}
/// # async fn handler(request: ()) {
/// let serve = upgraded("tunnel", serve);
/// tokio::spawn(async move {
///     if let Ok(connection) = /* hyper::upgrade:: */ on(request).await {
///         serve(connection).await;
///     }
/// });
/// # }
/// ```
pub fn upgraded<C, F: Future>(
    name: impl Into<Cow<'static, str>>,
    serve: impl FnOnce(C) -> F,
) -> impl FnOnce(C) -> InSpan<F> {
    let name = name.into();
    let request = active_span().and_then(|span| span.context());
    move |connection| {
        let span = request.map(|request| {
            build_span(name)
                .ignore_active_span()
                .follows_from(request)
                .start_detached()
        });
        // None too if its tracer has ended since.
        let Some(span) = span.filter(|span| span.span().shared.is_some()) else {
            return without_active_span(|| serve(connection)).without_active_span();
        };
        // It ends here if this panics.
        let future = span.in_scope(|| serve(connection));
        future.in_span(span.into_open_span())
    }
}
