//! What an error of `reqwest` says, without its text: that has the URL of the request.

use std::error::Error;
use std::io;
use std::iter;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::reqwest::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::tower::cause::Cause;

/// What an error says of its cause, such as `connect: connection refused` or `timed out`. `None` if that is unknown.
pub(super) fn words_of(error: &(dyn Error + 'static)) -> Option<String> {
    let of_reqwest = sources(error).find_map(|error| error.downcast_ref::<::reqwest::Error>());
    let stage = of_reqwest.and_then(stage_of);
    let is_timeout = of_reqwest.is_some_and(::reqwest::Error::is_timeout);
    let reason = match is_timeout {
        true => Some("timed out".to_owned()),
        false => sources(error).find_map(|error| error.downcast_ref().and_then(io_reason)),
    };
    match (stage, reason) {
        (Some(stage), Some(reason)) => Some(format!("{stage}: {reason}")),
        (stage, reason) => reason.or(stage.map(str::to_owned)),
    }
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        error.source()
    })
}

/// What it was doing.
fn stage_of(error: &::reqwest::Error) -> Option<&'static str> {
    let stages: [(bool, &str); 5] = [
        (error.is_connect(), "connect"),
        (error.is_redirect(), "redirect"),
        (error.is_body(), "body"),
        (error.is_decode(), "decode"),
        (error.is_builder(), "build"),
    ];
    stages
        .into_iter()
        .find_map(|(is_it, stage)| is_it.then_some(stage))
}

/// The kind of an error of the system. Its text may be anybody's.
fn io_reason(error: &io::Error) -> Option<String> {
    match error.kind() {
        // A name that is not found has a kind that is not stable.
        io::ErrorKind::Other => None,
        kind => Some(kind.to_string()).filter(|kind| kind != "uncategorized error"),
    }
}

/// The body of an answer, which says why it ends early.
#[derive(Debug)]
pub(super) struct ExplainedBody {
    pub(super) body: Body,
    pub(super) cause: Cause,
}

impl http_body::Body for ExplainedBody {
    type Data = Bytes;
    type Error = ::reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ::reqwest::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Err(error))) = &polled {
            self.cause.say(words_of(error));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
