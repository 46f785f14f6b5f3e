//! The answer that a server is working on.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::TracedBody;
use super::panic_note::PanicNote;
use super::request_span::RequestSpan;
use crate::span::future::borrowed::{Borrowed, Turn};
use crate::span::future::in_span::State;
use crate::util::panic::PanicWatch;

pin_project! {
    /// The future of a [`Server`](super::Server), a [`Client`](super::Client) or a [`Federation`](super::Federation).
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        future: Option<F>,
        state: Borrowed,
        // `None` if the request is not traced, and once the body has the span.
        request: Option<RequestSpan>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(entered) = this.state.enter() {
                this.future.set(None);
                entered.close();
            }
            if let Some(mut request) = this.request.take() {
                request.abandon_unanswered();
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn untraced(future: F) -> Self {
        Self {
            future: Some(future),
            state: Borrowed::UNBOUND,
            request: None,
        }
    }

    /// One in which no span is active, nor in the body of its answer.
    pub(super) fn left_out(future: F) -> Self {
        Self {
            future: Some(future),
            state: Borrowed::other(State::Nothing(None)),
            request: None,
        }
    }

    /// Calls a service inside of the span of a request, in which the future then is.
    pub(in crate::integration) fn traced(request: RequestSpan, call: impl FnOnce() -> F) -> Self {
        let calling = Calling::begin(request);
        let future = call();
        calling.end(future)
    }
}

/// The call of a service inside of the span of a request. Not a closure, into which the request would have to move.
pub(super) struct Calling {
    watch: PanicWatch,
    state: Borrowed,
    turn: Option<Turn>,
    request: Option<RequestSpan>,
}

impl Calling {
    pub(super) fn begin(request: RequestSpan) -> Self {
        let mut state = Borrowed::new(request.span());
        Self {
            watch: PanicWatch::new(1),
            turn: state.enter(),
            state,
            request: Some(request),
        }
    }

    /// The future that the service has given.
    pub(super) fn end<F>(mut self, future: F) -> ResponseFuture<F> {
        if let Some(turn) = self.turn.take() {
            turn.leave(&mut self.state);
        }
        ResponseFuture {
            future: Some(future),
            state: mem::replace(&mut self.state, Borrowed::UNBOUND),
            request: self.request.take(),
        }
    }
}

/// Ends the span after a panic of the service: who catches it may keep a handle to the span, in the request or elsewhere.
impl Drop for Calling {
    fn drop(&mut self) {
        if let Some(mut request) = self.request.take() {
            if self.watch.panicked() {
                request.mark_panic();
            }
            drop(self.turn.take());
            request.abandon_unanswered();
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<TracedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        let is_left_out = this.request.is_none() && !this.state.is_unbound();
        let entered = this.state.enter();
        let note = PanicNote::new(this.request.as_mut());
        let poll = future.poll(cx);
        drop(note);
        let Poll::Ready(answer) = poll else {
            if let Some(entered) = entered {
                entered.leave(this.state);
            }
            return Poll::Pending;
        };
        let mut answer = answer_with(answer, this.request.take());
        match &mut answer {
            Ok(answer) if answer.body().is_traced() => answer.body_mut().take_over(entered),
            Ok(answer) if is_left_out => {
                entered.into_iter().for_each(Turn::close);
                answer.body_mut().leave_out();
            }
            _ => entered.into_iter().for_each(Turn::close),
        }
        Poll::Ready(answer)
    }
}

fn answer_with<R: Body, E>(
    answer: Result<Response<R>, E>,
    request: Option<RequestSpan>,
) -> Result<Response<TracedBody<R>>, E> {
    let Some(mut request) = request else {
        return answer.map(|answer| answer.map(TracedBody::untraced));
    };
    match answer {
        Ok(answer) => {
            let (mut head, body) = answer.into_parts();
            request.answer(&mut head);
            let body = TracedBody::traced(body, request, head.status);
            Ok(Response::from_parts(head, body))
        }
        Err(error) => {
            request.fail("error", std::any::type_name::<E>());
            request.finish();
            Err(error)
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
