//! What other homeservers ask.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use fedtrace::tower::AuthenticatedOrigin;
use fedtrace::{Origin, start_active_span_from_edu, strip_edu, tag_args, trace};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::{FederationError, MatrixError};
use crate::events::{Edu, Pdu, Transaction, lock};
use crate::homeserver::Homeserver;

pub fn routes() -> Router<Arc<Homeserver>> {
    Router::new()
        .route("/_matrix/federation/v1/version", get(on_version))
        .route("/_matrix/federation/v1/event/{event_id}", get(on_event))
        .route("/_matrix/federation/v1/send/{txn_id}", put(on_transaction))
        .route(
            "/_matrix/federation/v1/get_missing_events/{room_id}",
            post(on_get_missing_events),
        )
}

#[trace]
async fn on_version() -> Json<Value> {
    Json(json!({ "server": { "name": "federation example", "version": env!("CARGO_PKG_VERSION") } }))
}

#[trace]
#[tag_args(only(event_id))]
async fn on_event(
    State(server): State<Arc<Homeserver>>,
    Path(event_id): Path<String>,
) -> Result<Json<Transaction>, MatrixError> {
    let event = server.store.get_event(&event_id);
    let event = event.ok_or_else(|| MatrixError::not_found("no such event"))?;
    Ok(Json(Transaction {
        origin: server.name.clone(),
        pdus: vec![event],
        edus: Vec::new(),
    }))
}

#[trace]
#[tag_args(only(txn_id))]
async fn on_transaction(
    State(server): State<Arc<Homeserver>>,
    Extension(origin): Extension<AuthenticatedOrigin>,
    Path(txn_id): Path<String>,
    Json(transaction): Json<Transaction>,
) -> Json<Value> {
    let edus = handle_edus(Arc::clone(&server), origin.clone(), transaction.edus);
    server.start_background_process("handle_edus", edus);

    let mut results = Map::new();
    for pdu in transaction.pdus {
        let event_id = pdu.event_id.clone();
        let result = match handle_pdu(&server, &origin, pdu).await {
            Ok(()) => json!({}),
            Err(error) => json!({ "error": error.to_string() }),
        };
        results.insert(event_id, result);
    }
    Json(json!({ "pdus": results }))
}

/// Takes an event in. The sender is asked for the events before it, if we do not have them.
#[trace]
async fn handle_pdu(
    server: &Homeserver,
    origin: &AuthenticatedOrigin,
    pdu: Pdu,
) -> Result<(), FederationError> {
    if !server.store.has_events(&pdu.prev_events) {
        let latest = [pdu.event_id.as_str()];
        let federation = &server.federation;
        let missing = federation
            .get_missing_events(&origin.0, &pdu.room_id, &latest, 10)
            .await?;
        missing
            .into_iter()
            .for_each(|event| server.store.persist_event(event));
    }
    server.store.persist_event(pdu);
    Ok(())
}

async fn handle_edus(server: Arc<Homeserver>, origin: AuthenticatedOrigin, edus: Vec<Edu>) {
    lock(&server.received_edus).extend_from_slice(&edus);
    for mut edu in edus {
        let sender = Origin::AuthenticatedHomeserver(&origin.0);
        let _scope = start_active_span_from_edu(&edu.content, "on_edu", sender);
        strip_edu(&mut edu.content);
        server.store.persist_edu(edu);
    }
}

#[derive(Deserialize)]
struct MissingEvents {
    latest_events: Vec<String>,
    limit: usize,
}

#[trace]
#[tag_args(only(room_id))]
async fn on_get_missing_events(
    State(server): State<Arc<Homeserver>>,
    Path(room_id): Path<String>,
    Json(wanted): Json<MissingEvents>,
) -> Json<Value> {
    let events = server
        .store
        .events_before(&room_id, &wanted.latest_events, wanted.limit);
    Json(json!({ "events": events }))
}
