//! `ClientLayer` as a middleware of `reqwest-middleware`.

use std::pin::Pin;

use ::reqwest::{Request, Response};
use ::reqwest_middleware::{Error, Middleware, Next, Result};
use http::Extensions;

use super::reqwest::{head, trace};
use super::reqwest_cause::words_of;
use super::tower::{Attempts, ClientLayer};
use crate::propagation::headers::inject;
use crate::tracer::global;
use crate::trust::parties::Destination;

/// The same as a layer does: a span for each request, the context for its recipient, and no trace headers of anybody else.
///
/// ```
/// use fedtrace::tower::{ClientLayer, Recipient};
/// use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
///
/// fn client() -> reqwest::Result<ClientWithMiddleware> {
///     // Whoever follows redirects sends the context on with them.
///     let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
///     Ok(ClientBuilder::new(client).with(ClientLayer::new()).build())
/// }
///
/// async fn keys(client: &ClientWithMiddleware, name: &str, url: &str) -> reqwest_middleware::Result<String> {
///     let recipient = Recipient::Homeserver(name.to_owned());
///     Ok(client.get(url).with_extension(recipient).send().await?.text().await?)
/// }
/// ```
///
/// The recipient and [`Attempts`] are among the extensions of the request, and the closures of the layer see these extensions and all
/// headers. Add it last, behind middleware that sends a request again: then each attempt is a span, which says why it was made.
/// What a middleware behind it adds to the headers is not removed.
///
/// The span ends when the body of the answer was read or dropped. A middleware before it that reads or replaces the body (a cache) ends
/// the span then, and one that drops the answer, as retries do, gives it the tag `cancelled`.
impl Middleware for ClientLayer {
    // As `async_trait` writes it.
    fn handle<'layer, 'extensions, 'next, 'future>(
        &'layer self,
        request: Request,
        extensions: &'extensions mut Extensions,
        next: Next<'next>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'future>>
    where
        'layer: 'future,
        'extensions: 'future,
        'next: 'future,
        Self: 'future,
    {
        Box::pin(send(self, request, extensions, next))
    }
}

async fn send(
    layer: &ClientLayer,
    mut request: Request,
    extensions: &mut Extensions,
    next: Next<'_>,
) -> Result<Response> {
    if extensions.get::<Attempts>().is_none() {
        extensions.insert(Attempts::new());
    }
    let mut head = head(&request);
    head.headers.clone_from(request.headers());
    head.extensions.clone_from(extensions);
    let recipient = layer.settings.recipient(&head);
    let destination = recipient.as_ref();
    let destination = destination.map_or(Destination::ThirdParty, |recipient| recipient.destination());
    if !global::is_on() {
        inject(request.headers_mut(), destination);
        return next.run(request, extensions).await;
    }
    trace(
        &head,
        recipient.as_ref(),
        &layer.settings,
        words_of_either,
        || {
            inject(request.headers_mut(), destination);
            next.run(request, extensions)
        },
    )
    .await
}

/// Its own source is that of the error of reqwest, and not that error.
fn words_of_either(error: &Error) -> Option<String> {
    match error {
        Error::Reqwest(error) => words_of(error),
        Error::Middleware(error) => words_of(error.as_ref()),
    }
}
