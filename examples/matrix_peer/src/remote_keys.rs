//! The keys of other homeservers.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::http::Method;
use fedtrace::trace;
use ruma_common::serde::Base64;
use ruma_common::{OwnedServerName, ServerName};
use ruma_signatures::{PublicKeyMap, PublicKeySet, verify_json};
use serde_json::Value;

use crate::error::{MatrixError, MatrixResult};
use crate::federation_client::path;
use crate::homeserver::Homeserver;
use crate::json::canonical_object;

/// The keys that were fetched, for the life of the process.
#[derive(Default)]
pub(crate) struct RemoteKeys(Mutex<HashMap<OwnedServerName, PublicKeySet>>);

impl RemoteKeys {
    fn known(&self, server: &ServerName) -> Option<PublicKeySet> {
        let known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        known.get(server).cloned()
    }

    fn learn(&self, server: &ServerName, keys: PublicKeySet) {
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        known.insert(server.to_owned(), keys);
    }
}

impl Homeserver {
    /// The keys of a server, by its name.
    pub(crate) async fn keys_of(&self, server: &ServerName) -> MatrixResult<PublicKeyMap> {
        let keys = match self.remote_keys.known(server) {
            Some(keys) => keys,
            None => {
                let keys = self.fetch_keys(server).await?;
                self.remote_keys.learn(server, keys.clone());
                keys
            }
        };
        Ok(PublicKeyMap::from([(server.to_string(), keys)]))
    }

    /// Asks the server itself. TLS proves that it is the one, and its signature that it has the keys.
    #[trace]
    async fn fetch_keys(&self, server: &ServerName) -> MatrixResult<PublicKeySet> {
        let answer = self
            .send_federation_request(
                Method::GET,
                server,
                path(["_matrix", "key", "v2", "server"]),
                None,
            )
            .await?;
        let keys = verify_keys(&answer).ok_or_else(|| MatrixError::bad_gateway("these are no keys"))?;
        if answer["server_name"].as_str() != Some(server.as_str()) {
            return Err(MatrixError::bad_gateway("these are the keys of another server"));
        }
        let map = PublicKeyMap::from([(server.to_string(), keys.clone())]);
        verify_json(&map, &canonical_object(answer)?).map_err(MatrixError::bad_gateway)?;
        Ok(keys)
    }
}

fn verify_keys(answer: &Value) -> Option<PublicKeySet> {
    let keys = answer.get("verify_keys")?.as_object()?.iter();
    keys.map(|(id, key)| Some((id.clone(), Base64::parse(key.get("key")?.as_str()?).ok()?)))
        .collect()
}
