//! Requests of `reqwest` as spans, with the context that the recipient may have.
//!
//! ```
//! use fedtrace::reqwest::SendTo as _;
//! use fedtrace::tower::Recipient;
//!
//! async fn keys(client: &reqwest::Client, name: &str, url: &str) -> reqwest::Result<String> {
//!     // The name that the request is addressed to, not the host that it is sent to:
//!     let recipient = Recipient::Homeserver(name.to_owned());
//!     client.get(url).send_to(recipient).await?.text().await
//! }
//! ```
//!
//! What the span has is described at [`ClientLayer`](crate::tower::ClientLayer). It ends when the body of the answer was read or
//! dropped. The record of an error also has a `message`, such as `connect: connection refused` or `timed out`. The text of the error
//! is not there, because it has the URL.
//!
//! A client of reqwest follows redirects, and sends the context on with them. Build the one for other homeservers with
//! `redirect(reqwest::redirect::Policy::none())`.

use std::future::Future;
use std::sync::Arc;

use ::reqwest::header::CONTENT_LENGTH;
use ::reqwest::{Body, Client, Error, Request, RequestBuilder, Response, ResponseBuilderExt as _};

use super::reqwest_cause::{ExplainedBody, words_of};
use super::tower::cause::Cause;
use super::tower::request_span::RequestSpan;
use super::tower::settings::Settings;
use super::tower::{Recipient, ResponseFuture};
use crate::propagation::headers::inject;
use crate::tracer::global;

/// Sends a request that is built already; see [`SendTo::send_to`].
///
/// # Errors
/// Those of [`Client::execute`].
pub async fn execute(client: &Client, mut request: Request, recipient: Recipient) -> Result<Response, Error> {
    if !global::is_on() {
        inject(request.headers_mut(), recipient.destination());
        return client.execute(request).await;
    }
    let head = head(&request);
    let words_of = |error: &Error| words_of(error);
    trace(&head, Some(&recipient), &Default::default(), words_of, || {
        inject(request.headers_mut(), recipient.destination());
        client.execute(request)
    })
    .await
}

/// Sends a request in a span, which lasts until the body of the answer was read or dropped.
pub(super) async fn trace<F, E>(
    head: &http::request::Parts,
    recipient: Option<&Recipient>,
    settings: &Arc<Settings>,
    words_of: fn(&E) -> Option<String>,
    send: impl FnOnce() -> F,
) -> Result<Response, E>
where
    F: Future<Output = Result<Response, E>>,
{
    let cause = Cause::default();
    let mut span = RequestSpan::send(head, recipient, settings);
    span.explained_by(&cause);
    let answer = ResponseFuture::traced(span, || {
        let pending = send();
        async move {
            match pending.await {
                Ok(answer) => Ok(with_url(answer).map(|body| ExplainedBody { body, cause })),
                Err(error) => {
                    cause.say(words_of(&error));
                    Err(error)
                }
            }
        }
    });
    Ok(answer.await?.map(Body::wrap).into())
}

/// The answer in the types of `http`, with its URL, which the conversion loses.
fn with_url(answer: Response) -> http::Response<Body> {
    let of_url = http::Response::builder().url(answer.url().clone()).body(());
    let mut answer = http::Response::<Body>::from(answer);
    if let Ok(of_url) = of_url {
        answer.extensions_mut().extend(of_url.into_parts().0.extensions);
    }
    answer
}

/// What the span says about a request. Of its headers, that is the length only.
pub(super) fn head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    let length = request.headers().get(CONTENT_LENGTH);
    head.headers
        .extend(length.map(|length| (CONTENT_LENGTH, length.clone())));
    head.uri = request.url().as_str().parse().unwrap_or_default();
    head
}

/// Sends requests in a span; see the [module](self).
pub trait SendTo {
    /// Sends the request in a span, with the context of the span as far as the recipient may have it. Trace headers that somebody
    /// else wrote are removed in every case.
    ///
    /// # Errors
    /// Those of [`RequestBuilder::send`].
    fn send_to(self, recipient: Recipient) -> impl Future<Output = Result<Response, Error>> + Send;
}

impl SendTo for RequestBuilder {
    async fn send_to(self, recipient: Recipient) -> Result<Response, Error> {
        let (client, request) = self.build_split();
        execute(&client, request?, recipient).await
    }
}
