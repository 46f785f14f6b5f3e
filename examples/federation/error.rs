//! Errors as Matrix writes them.

use std::fmt;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// An answer that is no success, as it is sent and as it is received.
#[derive(Debug, Serialize, Deserialize)]
pub struct MatrixError {
    #[serde(skip)]
    pub status: StatusCode,
    pub errcode: String,
    pub error: String,
}

impl MatrixError {
    fn new(status: StatusCode, errcode: &str, error: impl Into<String>) -> Self {
        Self {
            status,
            errcode: errcode.to_owned(),
            error: error.into(),
        }
    }

    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "M_NOT_FOUND", error)
    }

    pub fn unauthorized(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "M_UNAUTHORIZED", error)
    }

    pub fn unknown_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "M_UNKNOWN_TOKEN",
            "no such access token",
        )
    }
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.errcode, self.error)
    }
}

impl IntoResponse for MatrixError {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

/// Why a request to another homeserver has no result.
#[derive(Debug)]
pub enum FederationError {
    UnknownServer(String),
    Http(reqwest::Error),
    Refused(MatrixError),
}

impl fmt::Display for FederationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownServer(name) => write!(f, "nobody knows where {name} is"),
            Self::Http(error) => error.fmt(f),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FederationError {}

impl From<reqwest::Error> for FederationError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}
