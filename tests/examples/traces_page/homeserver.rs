//! What the homeserver answers.

use std::future;
use std::io::{Error, ErrorKind};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use fedtrace::reqwest::SendTo as _;
use fedtrace::tower::{Recipient, ServerLayer};
use fedtrace::{set_tag, tag_args, trace, trace_with_opname};
use tokio::time::sleep;

/// The worker is at this URL.
pub(crate) fn app(worker: String) -> Router {
    Router::new()
        .route("/sync", get(move || sync(worker)))
        .route("/rooms/{room_id}/state", get(state))
        .route("/rooms/{room_id}/send/{delay}", put(send))
        .route("/profile/{user_id}", get(|| async { "Alice" }))
        .route("/keys/query", post(keys))
        .layer(ServerLayer::new())
}

async fn sync(worker: String) -> Result<String, StatusCode> {
    for room_id in ["!kitchen:b.example", "!lounge:example.org"] {
        let events = get_missing_events(&worker, room_id).await;
        events.map_err(|_| StatusCode::BAD_GATEWAY)?;
    }
    encode_response().await;
    Ok("synced".to_owned())
}

#[trace]
#[tag_args(skip(worker))]
async fn get_missing_events(worker: &str, room_id: &str) -> reqwest::Result<String> {
    let url = format!("{worker}/events/{room_id}");
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client.get(url).send_to(Recipient::Internal).await?;
    answer.text().await
}

#[trace]
async fn encode_response() {
    sleep(Duration::from_millis(12)).await;
}

async fn send(Path((room_id, delay)): Path<(String, u64)>) -> &'static str {
    persist_event(&room_id, delay).await;
    "sent"
}

#[trace]
#[tag_args(skip(delay))]
async fn persist_event(room_id: &str, delay: u64) {
    sleep(Duration::from_millis(delay)).await;
}

/// A request that hangs, below a lock that nobody gives back.
async fn state(Path(room_id): Path<String>) -> &'static str {
    resolve_state(&room_id).await;
    "resolved"
}

#[trace]
#[tag_args]
async fn resolve_state(room_id: &str) {
    set_tag("state.groups", 1_204);
    lock_room(room_id).await;
}

#[trace_with_opname("SELECT … FOR UPDATE")]
async fn lock_room(room_id: &str) {
    set_tag(
        "db.statement",
        format!("SELECT * FROM rooms WHERE room_id = '{room_id}'"),
    );
    future::pending().await
}

async fn keys() -> Result<&'static str, StatusCode> {
    query_keys("b.example")
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok("keys")
}

#[trace]
#[tag_args]
async fn query_keys(destination: &str) -> Result<(), Error> {
    sleep(Duration::from_millis(45)).await;
    Err(Error::new(
        ErrorKind::TimedOut,
        format!("no answer from {destination} within 45 ms"),
    ))
}
