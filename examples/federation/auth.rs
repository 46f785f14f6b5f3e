//! Who sent a request: access tokens of users, the `X-Matrix` scheme of homeservers.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use fedtrace::tower::AuthenticatedOrigin;
use fedtrace::{tag_args, trace};

use crate::error::MatrixError;

pub const ALICE: &str = "@alice:a.myotherhomeservers.com";
pub const ALICES_TOKEN: &str = "syt_alice_doNotLogMe";

/// What a homeserver says of itself in the `Authorization` header of a request.
pub fn x_matrix(origin: &str, destination: &str) -> String {
    format!(r#"X-Matrix origin="{origin}",destination="{destination}",key="ed25519:1",sig="unsigned""#)
}

/// The homeserver that sent a request to `our_name`.
///
/// This checks that the request names a known origin and is meant for us. It does NOT verify the signature: a
/// real homeserver must do that right here, for without it anybody can claim to be anybody.
#[trace]
pub fn authenticate_homeserver(
    headers: &HeaderMap,
    our_name: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<AuthenticatedOrigin, MatrixError> {
    let missing = || MatrixError::unauthorized("missing X-Matrix authorization");
    let fields = authorization(headers, "X-Matrix ").ok_or_else(missing)?;
    let field = |name| {
        let mut pairs = fields.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key.trim() == name).then(|| value.trim().trim_matches('"')))
    };
    if field("destination") != Some(our_name) {
        return Err(MatrixError::unauthorized(
            "the request is meant for another server",
        ));
    }
    match field("origin") {
        Some(origin) if is_known(origin) => Ok(AuthenticatedOrigin(origin.to_owned())),
        _ => Err(MatrixError::unauthorized("unknown origin")),
    }
}

/// The user to whom an access token belongs.
#[trace]
#[tag_args]
pub fn authenticate_user(access_token: &str) -> Result<&'static str, MatrixError> {
    match access_token {
        ALICES_TOKEN => Ok(ALICE),
        _ => Err(MatrixError::unknown_token()),
    }
}

/// What follows the name of the scheme in the `Authorization` header.
pub fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix(scheme)
}
