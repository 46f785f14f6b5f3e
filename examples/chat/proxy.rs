//! A request that asks another server, and streams its answer on.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use fedtrace::reqwest::SendTo as _;
use fedtrace::tower::Recipient;
use fedtrace::{tag_args, trace};
use futures::{StreamExt as _, stream};

use crate::App;

/// Asks a server that is no homeserver and not ours, so it is told nothing of the trace.
#[trace]
pub async fn stream_reqwest_response(State(app): State<App>) -> Result<Response, StatusCode> {
    let request = app.http.get(format!("{}/stream", app.url));
    let answer = request.send_to(Recipient::ThirdParty).await;
    let answer = answer.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    Ok(response)
}

/// The other server: it takes its time.
pub async fn stream() -> Body {
    let chunks = stream::iter(0..4).then(|number| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, Infallible>(chunk(number))
    });
    Body::from_stream(chunks)
}

#[trace]
#[tag_args]
fn chunk(number: u32) -> String {
    format!("chunk {number}\n")
}
