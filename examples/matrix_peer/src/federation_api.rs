//! What other homeservers ask for.

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use fedtrace::tower::AuthenticatedOrigin;
use fedtrace::trace;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{MatrixError, MatrixResult};
use crate::homeserver::{Homeserver, Shared};
use crate::json::Content;

/// Routes for everybody.
pub(crate) fn public() -> Router<Shared> {
    Router::new()
        .route("/_matrix/key/v2/server", get(on_server_keys))
        .route("/_matrix/federation/v1/version", get(on_version))
}

/// Routes for those who have proven who they are.
pub(crate) fn authenticated() -> Router<Shared> {
    Router::new()
        .route("/_matrix/federation/v1/query/profile", get(on_query_profile))
        .route("/_matrix/federation/v1/send/{transaction}", put(on_send))
        .route("/_matrix/federation/v1/user/devices/{user}", get(on_user_devices))
}

async fn on_server_keys(State(homeserver): State<Shared>) -> MatrixResult<Json<Value>> {
    let keys = homeserver.key.published()?;
    Ok(Json(json!(keys)))
}

async fn on_version() -> Json<Value> {
    Json(json!({ "server": { "name": "matrix-peer", "version": env!("CARGO_PKG_VERSION") } }))
}

#[derive(Deserialize)]
struct ProfileQuery {
    user_id: String,
}

#[trace]
async fn on_query_profile(
    State(homeserver): State<Shared>,
    Query(query): Query<ProfileQuery>,
) -> MatrixResult<Json<Value>> {
    load_profile(&homeserver, &query.user_id).map(Json)
}

/// The profile of a user of this server.
#[trace]
pub(crate) fn load_profile(homeserver: &Homeserver, user: &str) -> MatrixResult<Value> {
    match user == homeserver.user_id() {
        true => Ok(json!({ "displayname": "Bob" })),
        false => Err(MatrixError::not_found("there is no such user")),
    }
}

/// Synapse asks for the devices of users whom its own users write to.
#[trace]
async fn on_user_devices(
    State(homeserver): State<Shared>,
    Path(user): Path<String>,
) -> MatrixResult<Json<Value>> {
    load_profile(&homeserver, &user)?;
    Ok(Json(json!({ "user_id": user, "stream_id": 1, "devices": [] })))
}

#[derive(Deserialize)]
struct Transaction {
    #[serde(default)]
    edus: Vec<Edu>,
}

#[derive(Deserialize)]
pub(crate) struct Edu {
    pub(crate) edu_type: String,
    pub(crate) content: Content,
}

/// Events are refused by nobody and kept by nobody: this server is no place to read them.
#[trace]
async fn on_send(
    State(homeserver): State<Shared>,
    Extension(AuthenticatedOrigin(origin)): Extension<AuthenticatedOrigin>,
    Json(transaction): Json<Transaction>,
) -> Json<Value> {
    for edu in transaction.edus {
        homeserver.handle_edu(&origin, edu).await;
    }
    Json(json!({ "pdus": {} }))
}
