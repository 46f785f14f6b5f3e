//! The worker that has the events.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use fedtrace::tower::ServerLayer;
use fedtrace::{log_kv, set_tag, tag_args, trace, trace_with_opname};
use tokio::time::sleep;

/// It believes its callers, which are processes of the same homeserver.
pub(crate) fn app() -> Router {
    Router::new()
        .route("/events/{room_id}", get(events))
        .layer(ServerLayer::new().internal())
}

async fn events(Path(room_id): Path<String>) -> String {
    load_events(&room_id).await.to_string()
}

#[trace]
#[tag_args]
async fn load_events(room_id: &str) -> usize {
    log_kv([("event", "waits for the lock of the room")]);
    sleep(Duration::from_millis(350)).await;
    log_kv([("event", "has the lock")]);
    select_events(room_id).await
}

#[trace_with_opname("SELECT events")]
async fn select_events(room_id: &str) -> usize {
    sleep(Duration::from_millis(40)).await;
    set_tag("db.rows", 7);
    room_id.len()
}
