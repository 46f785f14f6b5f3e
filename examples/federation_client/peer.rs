//! Another homeserver, as far as it can tell what it was told.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, put};
use axum::{Json, Router};
use ruma_common::serde::Raw;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::OURS;
use crate::edu::{Edu, span_of};

/// A request, without the headers that all requests have.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub server: &'static str,
    pub path: String,
    /// The names of all headers that a tracer may have written.
    pub trace_headers: Vec<String>,
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = match &self.trace_headers[..] {
            [] => "no trace headers".to_owned(),
            names => names.join(", "),
        };
        write!(f, "{:20} got {} with {headers}", self.server, self.path)
    }
}

type Log = Arc<Mutex<Vec<Received>>>;

pub struct Peer {
    pub name: &'static str,
    base: String,
    received: Log,
}

#[derive(Deserialize)]
struct Transaction {
    edus: Vec<Raw<Edu>>,
}

impl Peer {
    pub async fn start(name: &'static str) -> io::Result<Self> {
        let received = Log::default();
        let app = Router::new()
            .route("/_matrix/federation/v1/version", get(|| async { "{}" }))
            .route("/_matrix/federation/v1/keys", get(|| async { "{}" }))
            .route("/_matrix/federation/v1/send/{txn_id}", put(on_transaction))
            .layer(from_fn_with_state((name, Arc::clone(&received)), remember));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}/_matrix/federation/v1", listener.local_addr()?);
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok(Self { name, base, received })
    }

    /// Where it is. That says nothing about who it is.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Real ones check the signature first, and take the sender from there.
async fn on_transaction(Json(transaction): Json<Transaction>) -> &'static str {
    for edu in transaction.edus {
        if let Ok(span) = span_of(&edu, OURS) {
            span.finish();
        }
    }
    "{}"
}

async fn remember(
    State((server, log)): State<(&'static str, Log)>,
    request: Request,
    next: Next,
) -> Response {
    let usual = ["accept", "content-length", "content-type", "host"];
    let names = request.headers().keys().map(|name| name.as_str());
    let received = Received {
        server,
        path: last_segments(request.uri()),
        trace_headers: names
            .filter(|name| !usual.contains(name))
            .map(str::to_owned)
            .collect(),
    };
    log.lock().unwrap_or_else(PoisonError::into_inner).push(received);
    next.run(request).await
}

fn last_segments(uri: &Uri) -> String {
    uri.path()
        .trim_start_matches("/_matrix/federation/v1/")
        .to_owned()
}
