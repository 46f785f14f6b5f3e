//! Requests to other homeservers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, HeaderValue};
use axum::http::{HeaderMap, Method};
use fedtrace::{
    Destination, TraceFutureExt, inject, set_tag, start_send_transaction, tag_args, tags, trace,
    trace_with_opname,
};
use reqwest::redirect;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ROOMS;
use crate::auth::x_matrix;
use crate::error::{FederationError, MatrixError};
use crate::events::{Pdu, Transaction};

/// Where homeservers are: what `.well-known` and DNS are for on the internet.
pub type Resolver = Arc<HashMap<String, SocketAddr>>;

pub struct FederationClient {
    server_name: String,
    resolver: Resolver,
    http: reqwest::Client,
}

impl FederationClient {
    pub fn new(server_name: &str, resolver: Resolver) -> Result<Self, reqwest::Error> {
        // A redirect would carry our headers to a server that nobody asked the whitelist about.
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy();
        Ok(Self {
            server_name: server_name.to_owned(),
            resolver,
            http: http.build()?,
        })
    }

    pub fn knows(&self, server_name: &str) -> bool {
        self.resolver.contains_key(server_name)
    }

    /// The other servers that are in a room, in a fixed order.
    pub fn peers(&self, room_id: &str) -> Vec<&'static str> {
        let members = ROOMS.iter().find(|(room, _)| *room == room_id);
        let others = members.iter().flat_map(|(_, servers)| *servers);
        others.copied().filter(|name| *name != self.server_name).collect()
    }

    #[trace]
    #[tag_args]
    pub async fn get_version(&self, destination: &str) -> Result<Value, FederationError> {
        self.request(Method::GET, destination, "version", None).await
    }

    #[trace]
    #[tag_args]
    pub async fn get_event(&self, destination: &str, event_id: &str) -> Result<Vec<Pdu>, FederationError> {
        let path = format!("event/{event_id}");
        let answer: Transaction = self.request(Method::GET, destination, &path, None).await?;
        Ok(answer.pdus)
    }

    /// The span `send_transaction` also follows from the requests that the EDUs came from.
    pub async fn send_transaction(
        &self,
        destination: &str,
        txn_id: &str,
        mut transaction: Transaction,
    ) -> Result<Value, FederationError> {
        let contents = transaction.edus.iter_mut().map(|edu| &mut edu.content);
        let span = start_send_transaction(contents, Destination::Homeserver(destination));
        span.set_tag("destination", destination);
        span.set_tag("txn_id", txn_id);
        let (path, body) = (format!("send/{txn_id}"), json!(transaction));
        self.request(Method::PUT, destination, &path, Some(body))
            .in_span(span)
            .await
    }

    #[trace]
    #[tag_args(skip(latest_events))]
    pub async fn get_missing_events(
        &self,
        destination: &str,
        room_id: &str,
        latest_events: &[&str],
        limit: u32,
    ) -> Result<Vec<Pdu>, FederationError> {
        #[derive(Deserialize)]
        struct Answer {
            events: Vec<Pdu>,
        }
        let path = format!("get_missing_events/{room_id}");
        let body = json!({ "earliest_events": [], "latest_events": latest_events, "limit": limit });
        let answer: Answer = self.request(Method::POST, destination, &path, Some(body)).await?;
        Ok(answer.events)
    }

    /// The one way out to other homeservers, and so the one place that asks the whitelist.
    #[trace_with_opname("outgoing-federation-request")]
    async fn request<T: DeserializeOwned>(
        &self,
        method: Method,
        destination: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, FederationError> {
        let address = self.resolver.get(destination);
        let address = address.ok_or_else(|| FederationError::UnknownServer(destination.to_owned()))?;
        let path = format!("/_matrix/federation/v1/{path}");
        // As Synapse does, so that one search finds the spans of both.
        set_tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT);
        set_tag(tags::PEER_ADDRESS, destination);
        set_tag(tags::HTTP_METHOD, method.as_str());
        set_tag(tags::HTTP_URL, path.as_str());

        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(x_matrix(&self.server_name, destination)) {
            headers.insert(AUTHORIZATION, value);
        }
        // By server name, never by address: that is what the whitelist is about.
        inject(&mut headers, Destination::Homeserver(destination));

        let mut request = self
            .http
            .request(method, format!("http://{address}{path}"))
            .headers(headers);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        set_tag(tags::HTTP_STATUS_CODE, status.as_u16());
        if status.is_success() {
            return Ok(response.json().await?);
        }
        let error: MatrixError = response.json().await?;
        Err(FederationError::Refused(MatrixError { status, ..error }))
    }
}
