//! What clients ask of their homeserver.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::put;
use axum::{Json, Router};
use fedtrace::{Destination, TraceFutureExt, force_tracing_for_user, inject_edu, set_tag, tag_args, trace};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::auth::{authenticate_user, authorization};
use crate::error::{FederationError, MatrixError};
use crate::events::{Edu, Pdu, Transaction};
use crate::homeserver::Homeserver;

pub fn routes() -> Router<Arc<Homeserver>> {
    let path = "/_matrix/client/v3/rooms/{room_id}/send/{event_type}/{txn_id}";
    Router::new().route(path, put(send_message))
}

#[trace]
#[tag_args(only(room_id, event_type))]
async fn send_message(
    State(server): State<Arc<Homeserver>>,
    Path((room_id, event_type, txn_id)): Path<(String, String, String)>,
    headers: HeaderMap,
    Json(content): Json<Value>,
) -> Result<Json<Value>, MatrixError> {
    let access_token = authorization(&headers, "Bearer ").unwrap_or_default();
    let sender = authenticate_user(access_token)?;
    force_tracing_for_user(sender);
    let event = create_event(&server, room_id, sender, event_type, &txn_id, content);
    let event_id = event.event_id.clone();

    let mut deliveries = JoinSet::new();
    for destination in server.federation.peers(&event.room_id) {
        let delivery = deliver(Arc::clone(&server), destination.to_owned(), event.clone());
        // A task that is spawned begins with no active span; this gives it ours.
        deliveries.spawn(delivery.in_active_span());
    }
    let outcomes = deliveries.join_all().await;
    set_tag(
        "deliveries.failed",
        outcomes.iter().filter(|outcome| outcome.is_err()).count(),
    );
    Ok(Json(json!({ "event_id": event_id })))
}

#[trace]
fn create_event(
    server: &Homeserver,
    room_id: String,
    sender: &str,
    event_type: String,
    txn_id: &str,
    content: Value,
) -> Pdu {
    let prev_events = server.store.latest_event(&room_id).into_iter().collect();
    let event = Pdu {
        event_id: format!("${txn_id}"),
        room_id,
        sender: sender.to_owned(),
        r#type: event_type,
        content,
        prev_events,
    };
    server.store.persist_event(event.clone());
    event
}

/// Sends an event to another homeserver, and asks it for the one that it replies to if we do not have it.
#[trace]
#[tag_args(only(destination))]
async fn deliver(server: Arc<Homeserver>, destination: String, event: Pdu) -> Result<(), FederationError> {
    let federation = &server.federation;
    federation.get_version(&destination).await?;
    if let Some(replied_to) = event.in_reply_to() {
        // If it does not have it either, that stands in the trace and is no reason to stop.
        if let Ok(pdus) = federation.get_event(&destination, replied_to).await {
            pdus.into_iter().for_each(|pdu| server.store.persist_event(pdu));
        }
    }
    let txn_id = event.event_id.trim_start_matches('$').to_owned();
    let typing = typing_edu(&event);
    let transaction = Transaction {
        origin: server.name.clone(),
        pdus: vec![event],
        edus: vec![typing],
    };
    federation
        .send_transaction(&destination, &txn_id, transaction)
        .await?;
    Ok(())
}

/// The end of the typing that an event came from. It takes the trace along; who may have that is decided when its
/// transaction goes out.
fn typing_edu(event: &Pdu) -> Edu {
    let mut content = Map::from_iter([
        ("room_id".to_owned(), json!(event.room_id)),
        ("user_id".to_owned(), json!(event.sender)),
        ("typing".to_owned(), json!(false)),
    ]);
    inject_edu(&mut content, Destination::Internal);
    Edu {
        edu_type: "m.typing".to_owned(),
        content,
    }
}
