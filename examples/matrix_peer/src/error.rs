//! Errors as Matrix writes them.

use std::fmt;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// An answer that is no success, as it is sent and as it is received.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MatrixError {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    #[serde(default)]
    pub(crate) errcode: String,
    #[serde(default)]
    pub(crate) error: String,
}

/// What a handler or a request to another homeserver gives.
pub(crate) type MatrixResult<T> = Result<T, MatrixError>;

impl MatrixError {
    fn new(status: StatusCode, errcode: &str, error: impl fmt::Display) -> Self {
        Self {
            status,
            errcode: errcode.to_owned(),
            error: error.to_string(),
        }
    }

    pub(crate) fn not_found(error: impl fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "M_NOT_FOUND", error)
    }

    pub(crate) fn unauthorized(error: impl fmt::Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "M_UNAUTHORIZED", error)
    }

    pub(crate) fn invalid(error: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "M_INVALID_PARAM", error)
    }

    pub(crate) fn not_json(error: &serde_json::Error) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "M_NOT_JSON", error)
    }

    /// Another homeserver cannot be reached, or answers what makes no sense.
    pub(crate) fn bad_gateway(error: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "M_UNKNOWN", error)
    }
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.errcode, self.error)
    }
}

impl std::error::Error for MatrixError {}

impl IntoResponse for MatrixError {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

impl From<reqwest::Error> for MatrixError {
    fn from(error: reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::bad_gateway(text)
    }
}
