//! Requests to other homeservers: signed, traced, and with the context that the whitelist allows.

use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use fedtrace::reqwest::SendTo as _;
use fedtrace::tower::Recipient;
use reqwest::{Certificate, Client, Url};
use ruma_common::{CanonicalJsonValue, ServerName};
use serde_json::Value;

use crate::error::{MatrixError, MatrixResult};
use crate::homeserver::Homeserver;

/// The port of a server whose name has none.
const DEFAULT_PORT: u16 = 8448;

/// A client that trusts this certificate only. It follows no redirects, which would take the context along.
pub(crate) fn client(certificate: &[u8]) -> reqwest::Result<Client> {
    Client::builder()
        .tls_certs_only([Certificate::from_pem(certificate)?])
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// A path of these segments, each of which may have any character.
pub(crate) fn path<'a>(segments: impl IntoIterator<Item = &'a str>) -> impl FnOnce(&mut Url) {
    let segments: Vec<String> = segments.into_iter().map(str::to_owned).collect();
    move |url| {
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
    }
}

impl Homeserver {
    /// Sends a request to a homeserver, by its name, and reads the answer.
    pub(crate) async fn send_federation_request(
        &self,
        method: Method,
        destination: &ServerName,
        locate: impl FnOnce(&mut Url),
        content: Option<Value>,
    ) -> MatrixResult<Value> {
        let port = destination.port().unwrap_or(DEFAULT_PORT);
        let mut url =
            Url::parse(&format!("https://{}:{port}", destination.host())).map_err(MatrixError::invalid)?;
        locate(&mut url);
        let uri = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let canonical = content
            .as_ref()
            .map(|content| CanonicalJsonValue::try_from(content.clone()));
        let canonical = canonical.transpose().map_err(MatrixError::invalid)?;
        let authorization = self
            .key
            .authorization(&method, &uri, destination, canonical.as_ref())?;
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, authorization);
        if let Some(content) = content {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(content.to_string());
        }
        let recipient = Recipient::Homeserver(destination.to_string());
        let answer = request.send_to(recipient).await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(MatrixError::bad_gateway);
        }
        let error = serde_json::from_slice::<MatrixError>(&body).map_err(MatrixError::bad_gateway)?;
        Err(MatrixError { status, ..error })
    }
}
