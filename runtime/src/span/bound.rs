//! Closures that run in the span that is active where they are bound.

use super::active::active_span;
use super::handle::Span;
use super::seat::{Seat, Visit};
use super::stack::frame::EmptyFrame;

/// The span that was active where [`bind_active_span`] was called, to run work in it elsewhere.
///
/// It keeps a handle to the span and does not end it. It can be called any number of times, on any thread, also on several
/// at once; a call costs as much as an entry of a [`DetachedSpan`](crate::DetachedSpan).
#[derive(Debug)]
pub struct BoundSpan {
    span: Option<Span>,
    seat: Seat,
}

/// Binds to the currently active span, for callbacks of any shape. For closures with one argument there are
/// [`in_active_span_mut`], [`in_active_span_fn`] and [`in_active_span_once`], and for those without
/// [`in_active_span`](crate::in_active_span).
///
/// ```
/// use fedtrace::{bind_active_span, set_tag};
///
/// fn on_change(mut callback: impl FnMut(&str, u64)) {
///     callback("!a:example.org", 1);
///     callback("!b:example.org", 2);
/// }
///
/// let span = bind_active_span();
/// on_change(move |room, depth| {
///     span.in_scope(|| set_tag(room.to_owned(), depth));
/// });
/// ```
#[cfg_attr(not(feature = "enable"), inline)]
pub fn bind_active_span() -> BoundSpan {
    BoundSpan {
        span: active_span(),
        seat: Seat::default(),
    }
}

impl BoundSpan {
    /// Binds to a given span.
    #[cfg(feature = "tower")]
    pub(crate) fn of(span: Span) -> Self {
        Self {
            span: Some(span),
            seat: Seat::default(),
        }
    }

    /// Runs `work` in the span. If no span was active where it was bound, `work` runs
    /// [without an active span](crate::without_active_span).
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.span {
            Some(span) => {
                let _visit = Visit::of(span, &self.seat);
                work()
            }
            None => {
                let _frame = EmptyFrame::enter();
                work()
            }
        }
    }
}

/// Binds a closure that is called many times, such as that of an iterator or a stream, to the currently active span. If no
/// span is active now, it runs [without an active span](crate::without_active_span).
///
/// The argument has one type, with one lifetime. For a callback with several arguments, or that borrows what it is given
/// (`FnMut(&Event)`), use [`bind_active_span`]. A future that the closure returns is polled later, outside of the span:
/// bind it too, by [`TraceFutureExt::in_active_span`](crate::TraceFutureExt::in_active_span) inside the closure.
///
/// ```
/// let mut sum = 0;
/// let lengths = ["a", "bc"].into_iter().map(fedtrace::in_active_span_mut(|text: &str| {
///     sum += text.len();
///     sum
/// }));
/// assert_eq!(lengths.collect::<Vec<_>>(), [1, 3]);
/// ```
#[cfg_attr(not(feature = "enable"), inline)]
pub fn in_active_span_mut<A, R>(mut work: impl FnMut(A) -> R) -> impl FnMut(A) -> R {
    let span = bind_active_span();
    move |argument| span.in_scope(|| work(argument))
}

/// Like [`in_active_span_mut`], for a callback that several threads may call at once.
///
/// ```
/// type Handler = Box<dyn Fn(u64) -> bool + Send + Sync>;
///
/// let handler: Handler = Box::new(fedtrace::in_active_span_fn(|event| event > 1));
/// assert!(handler(2));
/// assert!(!handler(1));
/// ```
#[cfg_attr(not(feature = "enable"), inline)]
pub fn in_active_span_fn<A, R>(work: impl Fn(A) -> R) -> impl Fn(A) -> R {
    let span = bind_active_span();
    move |argument| span.in_scope(|| work(argument))
}

/// Like [`in_active_span_mut`], for a callback that is called once, such as that of an upgraded connection.
///
/// ```
/// use fedtrace::{TraceFutureExt as _, in_active_span_once};
///
/// # struct Socket;
/// # fn on_upgrade<F: Future>(callback: impl FnOnce(Socket) -> F) -> F { callback(Socket) }
/// async fn serve(socket: Socket) {}
///
/// // The callback runs in the span, and so does the future, which is bound inside it.
/// let upgraded = on_upgrade(in_active_span_once(|socket| serve(socket).in_active_span()));
/// ```
#[cfg_attr(not(feature = "enable"), inline)]
pub fn in_active_span_once<A, R>(work: impl FnOnce(A) -> R) -> impl FnOnce(A) -> R {
    let span = bind_active_span();
    move |argument| span.in_scope(|| work(argument))
}
