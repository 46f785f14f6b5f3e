//! Futures and closures that run in an existing span.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::poll::EnteredSpan;
use crate::delivery::details::End;
use crate::span::active::active_span;
use crate::span::handle::Span;
use crate::span::stack::shared_span::SharedSpan;
use crate::span::stack::slot::DetachedStack;
use crate::tracer::activity::ENABLED;
use crate::tracer::core::Tracer;
use crate::tracer::global::Scoped;

pin_project! {
    /// A future that runs in a span; see [`TraceFutureExt`].
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct InSpan<F> {
        #[pin]
        future: Option<F>,
        state: State,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut entered) = this.state.enter() {
                this.future.set(None);
                entered.close(End::Cancelled);
            }
        }
    }
}

enum State {
    New { span: Arc<SharedSpan>, owned: bool },
    DetachedSpan(Box<DetachedStack>),
    Over,
}

impl State {
    #[inline]
    fn new(span: Option<Span>, owned: bool) -> Self {
        span.and_then(|span| span.shared)
            .map_or(Self::Over, |span| Self::New { span, owned })
    }

    #[inline]
    fn enter(&mut self) -> Option<EnteredSpan> {
        if !ENABLED {
            return None;
        }
        match mem::replace(self, Self::Over) {
            Self::New { span, owned } => Some(EnteredSpan::share(&span, owned)),
            Self::DetachedSpan(detached) => Some(EnteredSpan::resume(detached)),
            Self::Over => None,
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
        let Some(mut entered) = this.state.enter() else {
            return future.poll(cx);
        };
        let poll = future.poll(cx);
        if poll.is_ready() {
            entered.close(End::Done);
        } else {
            *this.state = entered.leave().map_or(State::Over, State::DetachedSpan);
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
            let _scoped = Scoped::enter(this.tracer.clone());
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
        let _scoped = Scoped::enter(this.tracer.clone());
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
/// A spawned task starts without an active span. To run it in the span that is active where it is spawned:
///
/// ```
/// use fedtrace::TraceFutureExt as _;
///
/// # async fn send() {}
/// # async fn example() {
/// tokio::spawn(send().in_active_span());
/// # }
/// ```
pub trait TraceFutureExt: Future + Sized {
    /// Runs this future in `span`, which is active whenever the future is polled and while it is dropped, and
    /// ends with the future. If the future is dropped before it completes, the span gets the tag `cancelled`.
    fn in_span(self, span: Span) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            state: State::new(Some(span), true),
        }
    }

    /// Runs this future in the currently active span. It does not end that span.
    fn in_active_span(self) -> InSpan<Self> {
        InSpan {
            future: Some(self),
            state: State::new(active_span(), false),
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

/// Binds a closure to the currently active span, so that another thread can call it in that span.
///
/// ```
/// let work = fedtrace::in_active_span(|| fedtrace::set_tag("on", "another thread"));
/// std::thread::spawn(work).join().unwrap();
/// ```
pub fn in_active_span<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let span = active_span().and_then(|span| span.shared);
    move || {
        let _entered = span.as_ref().map(|span| EnteredSpan::share(span, false));
        work()
    }
}
