//! Joining a room of another homeserver.

use std::time::SystemTime;

use axum::http::Method;
use fedtrace::trace;
use reqwest::Url;
use ruma_common::{CanonicalJsonObject, RoomVersionId, ServerName};
use serde_json::{Value, json};

use crate::error::{MatrixError, MatrixResult};
use crate::federation_client::path;
use crate::homeserver::Homeserver;
use crate::json::canonical_object;
use crate::signing::milliseconds;

/// The versions of rooms whose events this server can sign.
const ROOM_VERSIONS: [&str; 2] = ["10", "11"];

impl Homeserver {
    /// Joins a room through a server that is in it. Returns the id of the event.
    #[trace]
    pub(crate) async fn join_room(&self, room: &str, through: &ServerName) -> MatrixResult<String> {
        let (event, version) = self.make_join(room, through).await?;
        let mut event = canonical_object(event)?;
        let id = self.key.sign_event(&mut event, &version)?;
        self.send_join(room, through, &id, &event).await?;
        Ok(id)
    }

    /// The template of the event, completed.
    #[trace]
    async fn make_join(&self, room: &str, through: &ServerName) -> MatrixResult<(Value, RoomVersionId)> {
        let user = self.user_id();
        let set_path = path(["_matrix", "federation", "v1", "make_join", room, &user]);
        let locate = |url: &mut Url| {
            set_path(url);
            url.query_pairs_mut()
                .extend_pairs(ROOM_VERSIONS.map(|version| ("ver", version)));
        };
        let mut answer = self
            .send_federation_request(Method::GET, through, locate, None)
            .await?;
        let version = answer["room_version"].as_str().unwrap_or_default();
        if !ROOM_VERSIONS.contains(&version) {
            return Err(MatrixError::bad_gateway(
                "the room has a version that was not asked for",
            ));
        }
        let version = RoomVersionId::try_from(version).map_err(MatrixError::bad_gateway)?;
        let mut event = answer["event"].take();
        if event["sender"] != user || event["state_key"] != user || event["content"]["membership"] != "join" {
            return Err(MatrixError::bad_gateway(
                "this would be another event than the join",
            ));
        }
        event["origin_server_ts"] = json!(milliseconds(SystemTime::now()));
        Ok((event, version))
    }

    #[trace]
    async fn send_join(
        &self,
        room: &str,
        through: &ServerName,
        id: &str,
        event: &CanonicalJsonObject,
    ) -> MatrixResult<()> {
        let locate = path(["_matrix", "federation", "v2", "send_join", room, id]);
        let answer = self
            .send_federation_request(Method::PUT, through, locate, Some(json!(event)))
            .await?;
        match answer["state"].is_array() {
            true => Ok(()),
            false => Err(MatrixError::bad_gateway("the answer has no state of the room")),
        }
    }
}
