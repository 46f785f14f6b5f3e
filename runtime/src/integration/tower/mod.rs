//! Layers for tower: a server whose requests are spans.
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
mod panic_note;
mod peer;
mod request_id;
mod request_span;
#[cfg(feature = "axum")]
mod route;
mod server;
mod server_future;
mod settings;
mod shown_url;

pub use body::TracedBody;
#[cfg(feature = "axum")]
pub use route::{NameByRoute, RouteLayer};
pub use server::{Server, ServerLayer};
pub use server_future::ServerFuture;
