//! The server that all contenders trace, and its client.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::Request;
use axum::routing::get;
use tower_service::Service;

const URI: &str = "/rooms/!ngrWkJQtUWNCrZdSaz:example.org/members?at=s72594";

pub(crate) fn router() -> Router {
    Router::new().route("/rooms/{room}/members", get(|| async { "[]" }))
}

/// Sends a request, and reads the answer to the end of its body.
pub(crate) fn send(router: &mut Router) {
    let request = Request::get(URI)
        .header("user-agent", "bench")
        .body(Body::empty())
        .expect("a good request");
    let mut context = Context::from_waker(Waker::noop());
    let mut answer = pin!(router.call(request));
    let answer: Poll<Result<_, Infallible>> = answer.as_mut().poll(&mut context);
    let Poll::Ready(Ok(answer)) = answer else {
        panic!("the handler does not wait");
    };
    assert!(answer.status().is_success());
    let mut body = pin!(answer.into_body());
    while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
        black_box(frame.expect("a good body"));
    }
}
