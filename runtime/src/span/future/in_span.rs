//! Futures and closures that run in an existing span.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::frame::EnteredFrame;
use super::poll::EnteredSpan;
use crate::delivery::details::End;
use crate::span::active::active_span;
use crate::span::handle::Span;
use crate::span::stack::detached::DetachedStack;
use crate::span::stack::frame::EmptyFrame;
use crate::span::stack::shared_span::SharedSpan;
use crate::tracer::activity::{ENABLED, is_on};
use crate::tracer::core::Tracer;
use crate::tracer::global::TracerOverride;

pin_project! {
    /// A future that runs in a span, or without one; see [`TraceFutureExt`].
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct InSpan<F> {
        #[pin]
        future: Option<F>,
        state: State,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(entered) = this.state.enter() {
                this.future.set(None);
                entered.close(End::Cancelled);
            }
        }
    }
}

/// The span of a future or a stream, or that none is active in it.
pub(crate) enum State {
    New {
        span: Arc<SharedSpan>,
        owned: bool,
    },
    Parked(Box<DetachedStack>),
    /// No span is active, with what was opened inside and is still open.
    Nothing(Option<Box<DetachedStack>>),
    /// Whatever is active. This is also the state of a future that is done.
    Unbound,
}

impl State {
    #[inline]
    pub(crate) fn new(span: Option<Span>, owned: bool) -> Self {
        span.and_then(|span| span.shared)
            .map_or(Self::Nothing(None), |span| Self::New { span, owned })
    }

    #[inline]
    pub(crate) fn enter(&mut self) -> Option<Entered> {
        if !ENABLED {
            return None;
        }
        Some(match mem::replace(self, Self::Unbound) {
            Self::New { span, owned } => Entered::Span(EnteredSpan::share(&span, owned)),
            Self::Parked(detached) => Entered::Span(EnteredSpan::resume(detached)),
            Self::Nothing(None) if !is_on() => {
                *self = Self::Nothing(None);
                return None;
            }
            Self::Nothing(detached) => Entered::Nothing(EnteredFrame::resume(detached)),
            Self::Unbound => return None,
        })
    }
}

/// What is on the stack during a poll, or while the future is dropped.
pub(crate) enum Entered {
    Span(EnteredSpan),
    Nothing(EnteredFrame),
}

impl Entered {
    pub(crate) fn leave(self) -> State {
        match self {
            Self::Span(span) => span.leave().map_or(State::Unbound, State::Parked),
            Self::Nothing(frame) => State::Nothing(frame.leave()),
        }
    }

    pub(crate) fn close(self, end: End) {
        match self {
            Self::Span(mut span) => span.close(end),
            Self::Nothing(frame) => drop(frame),
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(entered) = this.state.enter() else {
            return future.poll(cx);
        };
        let poll = future.poll(cx);
        if poll.is_ready() {
            entered.close(End::Done);
        } else {
            *this.state = entered.leave();
        }
        poll
    }
}

impl<F> fmt::Debug for InSpan<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that runs with a scoped tracer; see [`TraceFutureExt::with_tracer`].
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct WithTracer<F> {
        #[pin]
        future: Option<F>,
        tracer: Tracer,
    }

    impl<F> PinnedDrop for WithTracer<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _scoped = TracerOverride::enter(this.tracer.clone());
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for WithTracer<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        let _scoped = TracerOverride::enter(this.tracer.clone());
        future.poll(cx)
    }
}

impl<F> fmt::Debug for WithTracer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithTracer").finish_non_exhaustive()
    }
}

/// Runs futures in spans.
///
/// A future that is polled sees the span that is active where it is polled. An executor that polls its tasks from
/// its threads has none there, so a spawned task starts without an active span. To run it in the span that is active
/// where it is spawned:
///
/// ```
/// use fedtrace::TraceFutureExt as _;
///
/// # async fn send() {}
/// # async fn example() {
/// tokio::spawn(send().in_active_span());
/// # }
/// ```
///
/// An executor that polls its tasks while its caller waits, on the stack of the caller, polls them below the caller's
/// active span: a runtime of the flavor `current_thread` in `block_on`, a `LocalSet`, a `LocalPool`, or rayon. There a
/// task that nobody bound runs in that span. [`without_active_span`](Self::without_active_span) keeps it out; so does
/// `in_active_span` if no span was active where it was called.
pub trait TraceFutureExt: Future + Sized {
    /// Runs this future in `span`, which is active whenever the future is polled and while it is dropped, and
    /// ends with the future. If the future is dropped before it completes, the span gets the tag `cancelled`.
    ///
    /// If `span` is none, because tracing was off, the future runs without an active span.
    fn in_span(self, span: Span) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            state: State::new(Some(span), true),
        }
    }

    /// Runs this future in the currently active span. It does not end that span. If no span is active now, the future
    /// runs [without an active span](Self::without_active_span).
    fn in_active_span(self) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            state: State::new(active_span(), false),
        }
    }

    /// Runs this future without an active span, whatever is active where it is polled. Its first span begins a trace.
    ///
    /// Spans that are still open inside when it completes end with it.
    ///
    /// ```
    /// use fedtrace::TraceFutureExt as _;
    ///
    /// #[fedtrace::trace]
    /// async fn request() {}
    ///
    /// #[fedtrace::trace]
    /// async fn serve() {
    ///     request().without_active_span().await; // not a child of `serve`
    /// }
    /// ```
    fn without_active_span(self) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            state: State::Nothing(None),
        }
    }

    /// Runs this future with `tracer` instead of the global tracer; see [`with_tracer`](crate::with_tracer).
    fn with_tracer(self, tracer: &Tracer) -> WithTracer<Self> {
        WithTracer {
            future: Some(self),
            tracer: tracer.clone(),
        }
    }
}

impl<F: Future> TraceFutureExt for F {}

/// Runs a future in `span`, or where it is polled if there is no span.
pub(super) fn in_span_if_any<F: Future>(future: F, span: Option<Span>) -> InSpan<F> {
    let state = span.map_or(State::Unbound, |span| State::new(Some(span), true));
    InSpan {
        future: Some(future),
        state,
    }
}

/// Binds a closure to the currently active span, so that another thread can call it in that span. If no span is active
/// now, the closure runs [without an active span](without_active_span).
///
/// | closure | function |
/// |---|---|
/// | `FnOnce() -> R` | `in_active_span` |
/// | `FnOnce(A) -> R` | [`in_active_span_once`](crate::in_active_span_once) |
/// | `FnMut(A) -> R`, also of an iterator | [`in_active_span_mut`](crate::in_active_span_mut) |
/// | `Fn(A) -> R` | [`in_active_span_fn`](crate::in_active_span_fn) |
/// | any other | [`bind_active_span`](crate::bind_active_span) |
///
/// ```
/// let work = fedtrace::in_active_span(|| fedtrace::set_tag("on", "another thread"));
/// std::thread::spawn(work).join().unwrap();
/// ```
pub fn in_active_span<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let span = active_span().and_then(|span| span.shared);
    move || match &span {
        Some(span) => {
            let _entered = EnteredSpan::share(span, false);
            work()
        }
        None => without_active_span(work),
    }
}

/// Runs `work` on this thread without an active span, whatever is active here. Its first span begins a trace.
///
/// It is for work that its caller does not wait for, where the executor may run it on the stack of somebody who waits,
/// as rayon does, and for a program whose `main` is traced. A scope that is still open afterwards stays active until
/// it is closed. For futures, use [`TraceFutureExt::without_active_span`].
///
/// ```
/// let _scope = fedtrace::start_active_span("main");
/// fedtrace::without_active_span(|| {
///     assert!(fedtrace::active_span().is_none());
/// });
/// ```
#[cfg_attr(not(feature = "enable"), inline)]
pub fn without_active_span<R>(work: impl FnOnce() -> R) -> R {
    let _frame = EmptyFrame::enter();
    work()
}
