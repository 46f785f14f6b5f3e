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

mod body;
mod client;
mod federation;
mod panic_note;
mod peer;
mod recipient;
mod request_id;
pub(super) mod request_span;
mod response_future;
#[cfg(feature = "axum")]
mod route;
mod server;
mod settings;
mod shown_url;

pub use body::TracedBody;
pub use client::{Client, ClientLayer};
pub use federation::{AuthenticatedOrigin, Federation, FederationLayer};
pub use recipient::Recipient;
pub use response_future::ResponseFuture;
#[cfg(feature = "axum")]
pub use route::{NameByRoute, RouteLayer};
pub use server::{Server, ServerLayer};
