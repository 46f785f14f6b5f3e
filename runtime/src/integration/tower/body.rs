//! The body of an answer, at whose end the span of the request ends.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf as _;
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::panic_note::PanicNote;
use super::request_span::RequestSpan;
use super::settings::Side;
use crate::model::tag::TagValue;
use crate::model::value::Value;
use crate::span::future::borrowed::{Borrowed, Turn};

pin_project! {
    /// The body of an answer of a [`Server`](super::Server) or a [`Federation`](super::Federation), or to a [`Client`](super::Client). The span of the request is active while a part of it is made, and
    /// ends with it.
    pub struct TracedBody<B> {
        // `None` once it is dropped, inside of the span.
        #[pin]
        body: Option<B>,
        state: Borrowed,
        request: Option<RequestSpan>,
        sent: u64,
        // Its length, if it was known before.
        length: Option<u64>,
    }

    impl<B> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(entered) = this.state.enter() {
                this.body.set(None);
                entered.close();
            }
            if let Some(mut request) = this.request.take() {
                // Whoever knows the length need not ask for the end.
                match *this.length == Some(*this.sent) {
                    true => end(&mut request, *this.sent),
                    false => abandon(&mut request, *this.sent),
                }
            }
        }
    }
}

fn end(request: &mut RequestSpan, sent: u64) {
    let event = match request.side() {
        Side::Client => "body received",
        Side::Server | Side::Federation => "body sent",
    };
    request.say_end();
    let sent = Value::from(TagValue::from(sent));
    request.finish_saying("http.response_content_length", &sent, event);
}

fn abandon(request: &mut RequestSpan, sent: u64) {
    if let Some(span) = request.span().filter(|_| !request.has_panicked()) {
        let (key, event) = match request.side() {
            Side::Client => ("http.response_bytes_received", "body dropped"),
            Side::Server | Side::Federation => ("http.response_bytes_sent", "client gone"),
        };
        span.set_tag(key, sent);
        span.log_kv([("event", event)]);
    }
    request.abandon();
}

impl<B: Body> TracedBody<B> {
    pub(super) fn untraced(body: B) -> Self {
        Self {
            body: Some(body),
            state: Borrowed::UNBOUND,
            request: None,
            sent: 0,
            length: None,
        }
    }

    /// If there is nothing to send, the span ends at once.
    pub(super) fn traced(body: B, mut request: RequestSpan, status: StatusCode) -> Self {
        let length = body.size_hint().exact();
        if request.has_no_body(status) || body.is_end_stream() {
            request.say_end();
            request.finish();
            return Self::untraced(body);
        }
        if let Some(shared) = request.span().and_then(|span| span.shared.as_ref()) {
            shared.log_event(match request.side() {
                Side::Client => "headers received",
                Side::Server | Side::Federation => "headers sent",
            });
        }
        Self {
            body: Some(body),
            // Until it takes over from the future of the answer.
            state: Borrowed::UNBOUND,
            request: Some(request),
            sent: 0,
            length,
        }
    }

    pub(super) fn is_traced(&self) -> bool {
        self.request.is_some()
    }

    /// No span is active in it.
    pub(super) fn leave_out(&mut self) {
        self.state = Borrowed::new(None);
    }

    /// The span that was active in the future of the answer is active in the body.
    pub(super) fn take_over(&mut self, entered: Option<Turn>) {
        let span = self.request.as_ref().and_then(RequestSpan::span);
        match entered {
            Some(entered) => entered.pass_on(&mut self.state, span),
            None => self.state = Borrowed::new(span),
        }
    }
}

impl<B: Body> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let entered = this.state.enter();
        if this.request.is_none() {
            let poll = body.poll_frame(cx);
            if let Some(entered) = entered {
                entered.leave(this.state);
            }
            return poll;
        }
        let note = PanicNote::new(this.request.as_mut());
        let poll = body.as_mut().poll_frame(cx);
        drop(note);
        let is_over = match &poll {
            Poll::Pending => false,
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    *this.sent += data.remaining() as u64;
                }
                if let (Some(request), Some(trailers)) = (this.request.as_mut(), frame.trailers_ref()) {
                    request.say_trailers(trailers);
                }
                // Nothing follows trailers, and whoever has them need not ask for the end.
                frame.is_trailers() || body.is_end_stream()
            }
            Poll::Ready(Some(Err(_))) => {
                if let Some(request) = this.request.as_ref() {
                    request.fail("error", std::any::type_name::<B::Error>());
                }
                true
            }
            Poll::Ready(None) => true,
        };
        // Before it leaves the stack, so that the thread hands over once.
        if let Some(mut request) = this.request.take_if(|_| is_over) {
            match poll {
                Poll::Ready(Some(Err(_))) => request.finish(),
                _ => end(&mut request, *this.sent),
            }
        }
        match entered {
            Some(entered) if is_over => entered.close(),
            Some(entered) => entered.leave(this.state),
            None => {}
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

/// An empty body, for services that answer without one.
impl<B: Body + Default> Default for TracedBody<B> {
    fn default() -> Self {
        Self::untraced(B::default())
    }
}

impl<B> fmt::Debug for TracedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBody")
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}
