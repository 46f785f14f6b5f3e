//! The signature of a request of another homeserver.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use fedtrace::tower::AuthenticatedOrigin;
use fedtrace::trace;
use ruma_server_util::authorization::XMatrix;

use crate::error::{MatrixError, MatrixResult};
use crate::homeserver::Shared;
use crate::json::canonical;
use crate::signing::verify_request;

/// A transaction is not larger.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Lets requests pass whose signature is right. The layer of the tracer is behind this one and believes the name.
pub(crate) async fn authenticate(
    State(homeserver): State<Shared>,
    request: Request,
    next: Next,
) -> MatrixResult<Response> {
    let request = authenticate_request(&homeserver, request).await?;
    Ok(next.run(request).await)
}

/// The signature covers the body, so that it is read here, and the request is made anew.
#[trace]
async fn authenticate_request(homeserver: &Shared, request: Request) -> MatrixResult<Request> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|header| header.to_str().ok());
    let header = header.ok_or_else(|| MatrixError::unauthorized("the request has no signature"))?;
    let header = XMatrix::parse(header).map_err(MatrixError::unauthorized)?;
    let (mut head, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(MatrixError::invalid)?;
    let uri = head.uri.path_and_query().map_or("/", |uri| uri.as_str());
    let keys = homeserver.keys_of(&header.origin).await?;
    let content = canonical(&body)?;
    verify_request(
        &header,
        (&head.method, uri),
        &homeserver.name,
        content.as_ref(),
        &keys,
    )?;
    head.extensions
        .insert(AuthenticatedOrigin(header.origin.to_string()));
    Ok(Request::from_parts(head, Body::from(body)))
}
