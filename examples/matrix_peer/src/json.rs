//! JSON as values, and in the canonical form that is signed.

use axum::body::Bytes;
use ruma_common::{CanonicalJsonObject, CanonicalJsonValue};
use serde_json::{Map, Value};

use crate::error::MatrixError;

/// The content of an EDU or of a to-device message.
pub(crate) type Content = Map<String, Value>;

/// A body, which may be empty.
pub(crate) fn canonical(body: &Bytes) -> Result<Option<CanonicalJsonValue>, MatrixError> {
    if body.is_empty() {
        return Ok(None);
    }
    let value = serde_json::from_slice(body).map_err(|error| MatrixError::not_json(&error))?;
    Ok(Some(value))
}

/// An object of this server. It has no fractions, which the canonical form does not know.
pub(crate) fn canonical_object(value: Value) -> Result<CanonicalJsonObject, MatrixError> {
    serde_json::from_value(value).map_err(|error| MatrixError::not_json(&error))
}
