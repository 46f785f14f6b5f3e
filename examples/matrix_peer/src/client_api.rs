//! What the user asks for.

use axum::extract::{Path, Query, State};
use axum::http::Method;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use fedtrace::trace;
use reqwest::Url;
use ruma_common::OwnedServerName;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{MatrixError, MatrixResult};
use crate::federation_api::load_profile;
use crate::federation_client::path;
use crate::homeserver::{Homeserver, Shared, server_of};
use crate::to_device::messages;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_matrix/client/v3/profile/{user}", get(profile))
        .route(
            "/_matrix/client/v3/sendToDevice/{kind}/{transaction}",
            put(send_to_device),
        )
        .route("/_matrix/client/v3/join/{room}", post(join))
        .route("/_matrix/client/v3/sync", get(sync))
}

async fn profile(State(homeserver): State<Shared>, Path(user): Path<String>) -> MatrixResult<Json<Value>> {
    let server = server_of(&user).ok_or_else(|| MatrixError::invalid("this is not the id of a user"))?;
    if server == homeserver.name {
        return load_profile(&homeserver, &user).map(Json);
    }
    query_profile(&homeserver, &user, server.to_owned())
        .await
        .map(Json)
}

/// Asks the server of the user.
#[trace]
async fn query_profile(homeserver: &Homeserver, user: &str, server: OwnedServerName) -> MatrixResult<Value> {
    let set_path = path(["_matrix", "federation", "v1", "query", "profile"]);
    let locate = |url: &mut Url| {
        set_path(url);
        url.query_pairs_mut().append_pair("user_id", user);
    };
    homeserver
        .send_federation_request(Method::GET, &server, locate, None)
        .await
}

async fn send_to_device(
    State(homeserver): State<Shared>,
    Path((kind, _)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> MatrixResult<Json<Value>> {
    for (user, messages) in messages(&body)? {
        let server = server_of(user).ok_or_else(|| MatrixError::invalid("this is not the id of a user"))?;
        let edu = homeserver.store_message(&kind, user, messages);
        homeserver.send_transaction(server, vec![edu]).await?;
    }
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct JoinQuery {
    server_name: OwnedServerName,
}

async fn join(
    State(homeserver): State<Shared>,
    Path(room): Path<String>,
    Query(query): Query<JoinQuery>,
) -> MatrixResult<Json<Value>> {
    let event = homeserver.join_room(&room, &query.server_name).await?;
    Ok(Json(json!({ "room_id": room, "event_id": event })))
}

/// The messages that came since the last call.
async fn sync(State(homeserver): State<Shared>) -> Json<Value> {
    Json(json!({ "to_device": { "events": homeserver.take_messages() } }))
}
