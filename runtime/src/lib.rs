//! Distributed tracing for federated servers.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod baggage;
mod context;
mod finished;
pub mod reporter;
mod tag;

pub use baggage::Baggage;
pub use context::{SpanContext, SpanId, TraceFlags, TraceId};
pub use finished::{FinishedSpan, LogRecord, Reference, ReferenceKind};
pub use tag::{Tag, TagValue, tags};
