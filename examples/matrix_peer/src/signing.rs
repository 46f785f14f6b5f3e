//! The key of the server, and what it signs: its published keys, requests and events.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::Method;
use ruma_common::serde::Base64;
use ruma_common::{
    CanonicalJsonObject, CanonicalJsonValue, OwnedServerName, OwnedServerSigningKeyId, RoomVersionId,
    ServerName,
};
use ruma_server_util::authorization::XMatrix;
use ruma_signatures::{
    Ed25519KeyPair, PublicKeyMap, hash_and_sign_event, reference_hash, sign_json, verify_json,
};
use serde_json::{Value, json};

use crate::error::{MatrixError, MatrixResult};
use crate::json::canonical_object;

const KEY_ID: &str = "ed25519:1";
/// How long others may keep the key.
const VALIDITY: Duration = Duration::from_secs(24 * 60 * 60);

/// The key of this server. It is made at start, so no other process has it.
pub(crate) struct SigningKey {
    server_name: OwnedServerName,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    pub(crate) fn generate(server_name: &ServerName) -> Result<Self, ruma_signatures::Error> {
        let document = Ed25519KeyPair::generate()?;
        Ok(Self {
            server_name: server_name.to_owned(),
            pair: Ed25519KeyPair::from_der(&document, "1".to_owned())?,
        })
    }

    /// What `/_matrix/key/v2/server` answers.
    pub(crate) fn published(&self) -> MatrixResult<CanonicalJsonObject> {
        let key = Base64::<ruma_common::serde::base64::Standard, _>::new(self.pair.public_key().to_vec());
        self.signed(json!({
            "server_name": self.server_name,
            "verify_keys": { KEY_ID: { "key": key } },
            "old_verify_keys": {},
            "valid_until_ts": milliseconds(SystemTime::now() + VALIDITY),
        }))
    }

    fn signed(&self, object: Value) -> MatrixResult<CanonicalJsonObject> {
        let mut object = canonical_object(object)?;
        sign_json(self.server_name.as_str(), &self.pair, &mut object).map_err(MatrixError::invalid)?;
        Ok(object)
    }

    /// The `Authorization` header of a request to another server.
    pub(crate) fn authorization(
        &self,
        method: &Method,
        uri: &str,
        destination: &ServerName,
        content: Option<&CanonicalJsonValue>,
    ) -> MatrixResult<String> {
        let mut request = request_object(method, uri, &self.server_name, destination, content)?;
        sign_json(self.server_name.as_str(), &self.pair, &mut request).map_err(MatrixError::invalid)?;
        let signature =
            signature_of(&request, &self.server_name).ok_or_else(|| MatrixError::invalid("no signature"))?;
        let key = OwnedServerSigningKeyId::try_from(KEY_ID).map_err(MatrixError::invalid)?;
        let signature = Base64::parse(signature).map_err(MatrixError::invalid)?;
        let header = XMatrix::new(self.server_name.clone(), destination.to_owned(), key, signature);
        Ok(header.to_string())
    }

    /// Hashes and signs an event. Returns its id.
    pub(crate) fn sign_event(
        &self,
        event: &mut CanonicalJsonObject,
        version: &RoomVersionId,
    ) -> MatrixResult<String> {
        hash_and_sign_event(self.server_name.as_str(), &self.pair, event, version)
            .map_err(MatrixError::invalid)?;
        let hash = reference_hash(event, version).map_err(MatrixError::invalid)?;
        Ok(format!("${hash}"))
    }
}

/// Checks that the server of the header has signed the request with one of its keys.
pub(crate) fn verify_request(
    header: &XMatrix,
    (method, uri): (&Method, &str),
    our_name: &ServerName,
    content: Option<&CanonicalJsonValue>,
    keys: &PublicKeyMap,
) -> MatrixResult<()> {
    if header
        .destination
        .as_deref()
        .is_some_and(|destination| destination != our_name)
    {
        return Err(MatrixError::unauthorized(
            "the request is meant for another server",
        ));
    }
    let mut request = request_object(method, uri, &header.origin, our_name, content)?;
    let signatures = json!({ header.origin.as_str(): { header.key.as_str(): header.sig } });
    request.insert(
        "signatures".to_owned(),
        CanonicalJsonValue::Object(canonical_object(signatures)?),
    );
    verify_json(keys, &request).map_err(MatrixError::unauthorized)
}

/// What the signature of a request covers.
fn request_object(
    method: &Method,
    uri: &str,
    origin: &ServerName,
    destination: &ServerName,
    content: Option<&CanonicalJsonValue>,
) -> MatrixResult<CanonicalJsonObject> {
    let mut object = canonical_object(json!({
        "method": method.as_str(),
        "uri": uri,
        "origin": origin,
        "destination": destination,
    }))?;
    if let Some(content) = content {
        object.insert("content".to_owned(), content.clone());
    }
    Ok(object)
}

fn signature_of<'a>(object: &'a CanonicalJsonObject, server: &ServerName) -> Option<&'a str> {
    let signatures = object.get("signatures")?.as_object()?;
    signatures
        .get(server.as_str())?
        .as_object()?
        .get(KEY_ID)?
        .as_str()
}

/// Milliseconds since the epoch, as events and keys have them.
pub(crate) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
