//! Layers for tower: servers and clients whose requests are spans.
//!
//! ```
//! use axum::Router;
//! use axum::routing::get;
//! use fedtrace::tower::ServerLayer;
//!
//! let app: Router = Router::new()
//!     .route("/rooms/{room}/members", get(|| async { "[]" }))
//!     .layer(ServerLayer::new()); // last, so that it is outermost
//! ```
//!
//! The layers work with tonic too. For hyper alone, hyper-util makes a service of tower one of hyper:
//! `TowerToHyperService::new(ServerLayer::new().layer(tower::service_fn(handler)))`.

mod attempts;
mod body;
pub(super) mod cause;
mod client;
mod federation;
mod few_headers;
mod grpc;
mod matched_route;
mod panic_note;
pub(crate) mod peer;
mod recipient;
mod request_head;
mod request_id;
pub(super) mod request_span;
mod response_future;
#[cfg(feature = "axum")]
mod route;
#[cfg(feature = "axum")]
mod route_names;
mod server;
pub(super) mod settings;
mod shown_url;
#[cfg(feature = "axum")]
mod told;
mod upgrade;
mod user_code;

pub use attempts::Attempts;
pub use body::TracedBody;
pub use client::{Client, ClientLayer};
pub use federation::{AuthenticatedOrigin, Federation, FederationLayer};
pub use recipient::Recipient;
pub use response_future::ResponseFuture;
#[cfg(feature = "axum")]
pub use route::{NameByRoute, RouteLayer};
pub use server::{Server, ServerLayer};
pub use upgrade::upgraded;
