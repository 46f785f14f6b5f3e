//! The span that is entered and left.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
#[cfg(feature = "tower")]
use std::mem;

use super::handle::Span;
use super::scope::DoNotHoldAScopeAcrossAwait;
use super::seat::{Seat, Visit};
use crate::delivery::details::End;
use crate::model::into_tag::IntoTagValue;
use crate::model::log_fields::LogFields;
use crate::tracer::span_context::SpanContext;

/// A span that is entered and left any number of times, on any thread, and ends when this value is dropped.
///
/// It is for work that is neither one call nor one future: a connection whose packets arrive on several threads, a state
/// machine, a parser that is fed. [`SpanBuilder::start_detached`](crate::SpanBuilder::start_detached) starts it;
/// [`enter`](Self::enter) makes it the active span of the thread until the guard is dropped. For one call, use
/// [`start_active_span`](crate::start_active_span), and for one future
/// [`TraceFutureExt::in_span`](crate::TraceFutureExt::in_span).
///
/// It may be entered on several threads at once, and again on a thread where it is entered already. If guards are dropped
/// in another order than the reverse of their making, each takes its own entry away; that is counted, as for a
/// [`Scope`](crate::Scope). What was opened inside and is still open stays active on that thread.
///
/// # Cost
///
/// The start allocates the record that threads share, and each tag locks it, as for a [`Span`]. An entry and its exit cost
/// half as much again as a poll of a traced future, and allocate nothing, on the thread that entered it last. An entry
/// on another thread, while it is entered elsewhere, or again on the same thread also counts references to what the trace
/// shares. Nothing waits for another thread's entry.
///
/// When tracing is off, it is empty and its methods do nothing.
///
/// ```
/// use fedtrace::{DetachedSpan, build_span, set_tag};
///
/// struct Connection {
///     span: DetachedSpan,
/// }
///
/// impl Connection {
///     fn on_packet(&self, bytes: &[u8]) {
///         let _entered = self.span.enter();
///         set_tag("bytes", bytes.len());
///     }
/// }
///
/// let connection = Connection {
///     span: build_span("connection").start_detached(),
/// };
/// connection.on_packet(b"hello");
/// connection.on_packet(b"bye");
/// drop(connection); // the span ends
/// ```
#[must_use = "dropping the span at once ends it at once; bind it to a variable"]
pub struct DetachedSpan {
    span: Span,
    seat: Seat,
}

/// Shows the name and the context.
impl fmt::Debug for DetachedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DetachedSpan").field(&self.span).finish()
    }
}

/// The span ends with the new value, even if there are other handles.
impl From<Span> for DetachedSpan {
    #[inline]
    fn from(span: Span) -> Self {
        Self {
            span,
            seat: Seat::default(),
        }
    }
}

impl DetachedSpan {
    /// Makes the span active on this thread until the guard is dropped. The span does not end then.
    ///
    /// A panic while it is entered marks the span as failed.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn enter(&self) -> Entered<'_> {
        Entered {
            visit: Visit::of(&self.span, &self.seat),
            span: &self.span,
            _not_send: PhantomData,
        }
    }

    /// Runs `work` with the span active on this thread.
    ///
    /// ```
    /// let span = fedtrace::build_span("sync").start_detached();
    /// let sum = span.in_scope(|| 1 + 1);
    /// assert_eq!(sum, 2);
    /// ```
    #[inline]
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        work()
    }

    /// The span, which does not end with this any more.
    #[cfg(feature = "tower")]
    pub(crate) fn into_open_span(mut self) -> Span {
        mem::replace(&mut self.span, Span::NONE)
    }

    /// A handle to the span, which can be cloned. It does not keep the span open.
    #[inline]
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// The context, to which other spans can refer; `None` when tracing is off.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn context(&self) -> Option<SpanContext> {
        self.span.context()
    }

    /// Whether the span is recorded now: whether tracing is on and the trace is sampled.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn is_recorded(&self) -> bool {
        self.span
            .shared
            .as_ref()
            .is_some_and(|shared| shared.is_recorded())
    }

    /// Sets a tag, entered or not; see [`Span::set_tag`].
    pub fn set_tag(&self, key: impl Into<Cow<'static, str>>, value: impl IntoTagValue) -> &Self {
        self.span.set_tag(key, value);
        self
    }

    /// Adds a log record with the current time, entered or not; see [`Span::log_kv`].
    pub fn log_kv(&self, fields: impl LogFields) -> &Self {
        self.span.log_kv(fields);
        self
    }

    /// Renames the span, entered or not.
    pub fn set_operation_name(&self, name: impl Into<Cow<'static, str>>) -> &Self {
        self.span.set_operation_name(name);
        self
    }

    /// Ends the span, as dropping it does. To end it at a given time, use [`Span::finish_at`] before.
    #[inline]
    pub fn finish(self) {}
}

impl Drop for DetachedSpan {
    #[inline]
    fn drop(&mut self) {
        if let Some(shared) = &self.span.shared {
            shared.finish_at_close();
        }
    }
}

/// The guard of an entry of a [`DetachedSpan`]; dropping it leaves the span.
///
/// It cannot be held across an `.await` of a future that is spawned; see [`DoNotHoldAScopeAcrossAwait`].
#[must_use = "dropping the guard at once leaves the span at once; bind it to a variable"]
#[derive(Debug)]
pub struct Entered<'a> {
    visit: Visit<'a>,
    span: &'a Span,
    /// A raw pointer, so that the compiler's message names the reason.
    _not_send: PhantomData<*const DoNotHoldAScopeAcrossAwait>,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(shared) = self.span.shared.as_ref().filter(|_| self.visit.panicked()) {
            shared.mark(End::Panicked);
        }
    }
}
