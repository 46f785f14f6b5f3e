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

#[doc(hidden)]
pub mod __private;
mod active;
mod arrange;
mod background;
pub mod baggage;
mod batch;
mod builder;
mod clock;
pub mod config;
mod context;
mod diagnostics;
mod error;
mod escape;
mod finished;
mod future;
mod global;
mod id;
mod in_span;
mod poll;
mod process;
pub mod propagation;
mod recording;
pub mod reporter;
#[cfg(feature = "rustracing")]
pub mod rustracing;
pub mod sampler;
mod scope;
mod shared;
mod site;
mod span;
mod stack;
mod start;
mod stats;
mod tag;
pub mod testing;
mod thrift;
mod tracer;
pub mod whitelist;

pub use active::{active_span, force_tracing, log_kv, set_operation_name, set_tag, trace_id};
pub use background::run_as_background_process;
pub use baggage::Baggage;
pub use builder::{SpanBuilder, build_span, start_active_span, start_active_span_follows_from};
pub use config::{OpentracingConfig, init_tracer};
pub use context::{SpanContext, SpanId, TraceFlags, TraceId};
pub use error::{InitError, SetGlobalError};
pub use fedtrace_macros::{tag_args, trace, trace_with_opname};
pub use finished::{FinishedSpan, LogRecord, Reference, ReferenceKind};
pub use global::{global_tracer, set_global_tracer, with_tracer};
pub use in_span::{FutureExt, InSpan, WithTracer, in_active_span};
pub use propagation::{
    Carrier, Destination, Origin, extract, inject, inject_response_headers, whitelisted_homeserver,
};
pub use reporter::TracerGuard;
pub use scope::{DoNotHoldAScopeAcrossAwait, Scope};
pub use span::Span;
pub use stats::Stats;
pub use tag::{Tag, TagValue, tags};
pub use tracer::{Tracer, TracerBuilder};
