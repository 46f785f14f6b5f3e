//! Distributed tracing for federated servers: find out why a request was slow, across your own processes and
//! other people's servers, without leaking anything to servers you do not trust.
//!
//! ```
//! use fedtrace::set_tag;
//!
//! #[fedtrace::trace]
//! #[fedtrace::tag_args]
//! async fn get_missing_events(destination: &str, room_id: &str, limit: u32) -> Result<usize, std::io::Error> {
//!     set_tag("events.missing", limit / 2);
//!     Ok(0)
//! }
//! ```
//!
//! Each call of this function is a span with the tags `ARG.destination`, `ARG.room_id`, `ARG.limit` and
//! `events.missing`. An `Err` marks the span as failed and records the error. A panic, or dropping the future
//! before it completes, marks it too. Functions that this one calls become its children, across every
//! `.await` and on whichever thread the future runs.
//!
//! # The model
//!
//! * A [span](Span) is a piece of work with a name, a start and a duration. It has a parent, [tags](set_tag)
//!   and [log records](log_kv). The spans with a common root are a *trace*, known by its [`TraceId`].
//! * Each thread has a stack of *active* spans, and the one on top is the parent of the next. The attributes
//!   [`#[trace]`](trace) and [`#[trace_with_opname]`](trace_with_opname) maintain that stack for functions
//!   and futures. [`start_active_span`] opens a [`Scope`] explicitly. [`TraceFutureExt`] and
//!   [`in_active_span`] carry a span into tasks and threads; a [`DetachedSpan`] is entered and left by hand.
//! * A [`Tracer`] belongs to one service. It decides which traces are recorded (the [sampler]), which
//!   homeservers may see them (the [whitelist]) and where they are sent (the [reporter]). [`init_tracer`]
//!   builds one from a [configuration](OpentracingConfig) and installs it for the process. [`with_tracer`]
//!   overrides it inside a closure.
//! * Span contexts leave with [`inject`] and enter with [`extract`]. Both take the other side of the message,
//!   a [`Destination`] or an [`Origin`], and neither has a default; see [propagation].
//!
//! # Off
//!
//! Without a tracer, each span costs one relaxed load and a branch: no allocation, no formatting, no clock
//! and no message. [`inject`] still removes trace headers that another system wrote.
//!
//! Without the feature `enable`, even that cost is gone. The attributes check their input and return the
//! function unchanged, spans are never started, and calls on them are empty and inlined away.
//! [`TracerBuilder::build`] then returns a tracer that does nothing and starts no thread. A library should
//! depend on fedtrace with `default-features = false`, so that the program decides whether anything is
//! traced.
//!
//! # What can go wrong
//!
//! Only setup can fail, with an [`InitError`] that names the key and the value. After that, nothing panics,
//! blocks the caller or fails a request. Problems are counted in [`Tracer::stats`] and logged through
//! the crate `log`, at most once a minute for each kind.
//!
//! # Features
//!
//! * `enable` (default): tracing; without it, a traced function compiles to the same code as a plain one
//! * `serde` (default): [`OpentracingConfig`] can be read from YAML, TOML, JSON and other formats
//! * `json` (default): contexts as text (JSON), for databases, queues and EDUs
//! * `http-client` (default): HTTP to Jaeger: the collector, the remote [sampler] and the remote [throttler]
//! * `tls`: HTTPS for the same
//! * `otlp`: OTLP over HTTP, for Jaeger 2 and OpenTelemetry collectors
//! * `rustracing`: conversions, carriers and a reporter for programs that use `rustracing_jaeger`
//! * `tokio`: `fedtrace::tokio`: tasks in the active span, and loops whose turns are traces
//! * `stream`: `TraceStreamExt`: streams whose items are polled in a span, and the span of a traced function that returns
//!   one
//! * `tracing`: `tracing_layer()`: the spans and events of `tracing` become spans and log records
//! * `tower`: `fedtrace::tower`: layers that trace the requests of servers and of clients
//! * `axum`: names of spans by the routes of axum, and the addresses of clients
//! * `reqwest`: `fedtrace::reqwest`, which sends requests of reqwest in spans
//! * `reqwest-middleware`: `ClientLayer` as a middleware of `reqwest-middleware`
//! * `log-kv`: `log_with_trace_ids`: a logger of the crate `log` whose records have the ids of the active span
//! * `metrics`: the tracer's counters for the recorder of the crate `metrics`
//! * `prometheus`: the same counters as text for Prometheus: `Tracer::prometheus_text()`
//! * `html`: `HtmlReporter` and `JaegerJsonReporter`: traces as files, for a browser and for Jaeger's UI
//! * `page`: `fedtrace::page`: a page in your server with live, slow and failed traces
//! * `max-level-*`: the least important level of spans that are compiled, as in `log`; with `release-` before it, for
//!   releases
#![deny(unsafe_code)]
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
pub mod config;
#[cfg(feature = "page")]
pub mod page;
pub mod propagation;
pub mod reporter;
pub mod testing;

mod codec;
mod delivery;
mod integration;
mod metrics;
mod model;
mod sampling;
mod span;
mod tracer;
mod trust;
mod util;
mod worker;

pub use codec::carrier::Carrier;
pub use config::build::tracer::init_tracer;
pub use config::builder::TracerBuilder;
pub use config::opentracing::OpentracingConfig;
pub use config::service::Service;
pub use fedtrace_macros::{tag_args, test, trace, trace_with_opname};
#[cfg(feature = "log-kv")]
pub use integration::log_kv::{LogWithTraceIds, log_with_trace_ids};
#[cfg(feature = "reqwest")]
pub use integration::reqwest;
#[cfg(feature = "rustracing")]
pub use integration::rustracing;
#[cfg(feature = "stream")]
pub use integration::stream::TraceStreamExt;
#[cfg(feature = "tokio")]
pub use integration::tokio;
#[cfg(feature = "tower")]
pub use integration::tower;
#[cfg(feature = "tracing")]
pub use integration::tracing::{
    TracingLayer, TracingSpanExt, WithTraceIds, tracing_layer, with_trace_ids, with_trace_ids_in_json,
};
pub use metrics::stats::Stats;
pub use model::baggage::Baggage;
pub use model::error::id::ParseIdError;
pub use model::error::init::InitError;
pub use model::error::levels::ParseLevelsError;
pub use model::failure::Failure;
pub use model::finished_span::{FinishedSpan, LogRecord, Reference, ReferenceKind};
pub use model::flags::TraceFlags;
pub use model::id::{SpanId, TraceId};
pub use model::into_tag::{IntoTag, IntoTagValue};
pub use model::log_fields::LogFields;
pub use model::tag::{Tag, TagValue, tags};
#[cfg(feature = "json")]
pub use propagation::edu::{
    extract_edu, inject_edu, start_active_span_from_edu, start_send_transaction, start_span_from_edu,
    strip_edu,
};
pub use propagation::headers::{extract, inject, inject_response_headers, whitelisted_homeserver};
pub use propagation::incoming_request::incoming_federation_request;
#[cfg(feature = "json")]
pub use propagation::raw_edu::{
    RawJson, extract_raw_edu, inject_raw_edu, start_active_span_from_raw_edu, start_send_raw_transaction,
    start_span_from_raw_edu, strip_raw_edu,
};
#[cfg(feature = "json")]
pub use propagation::stored_context::{context_from_string, context_to_string};
#[cfg(feature = "html")]
pub use reporter::html::document::html;
pub use sampling::keep::Keep;
pub use sampling::{sampler, throttler};
pub use span::active::{
    active_span, force_tracing, force_tracing_for_user, log_kv, set_operation_name, set_tag, trace_id,
};
pub use span::bound::{
    BoundSpan, bind_active_span, in_active_span_fn, in_active_span_mut, in_active_span_once,
};
pub use span::builder::{SpanBuilder, build_span, start_active_span, start_active_span_follows_from};
pub use span::detached::{DetachedSpan, Entered};
pub use span::future::background::run_as_background_process;
pub use span::future::in_span::{InSpan, TraceFutureExt, WithTracer, in_active_span, without_active_span};
#[cfg(feature = "stream")]
pub use span::future::stream::InSpanStream;
pub use span::handle::Span;
pub use span::scope::{DoNotHoldAScopeAcrossAwait, Scope};
pub use tracer::core::Tracer;
pub use tracer::global::{SetGlobalError, global_tracer, set_global_tracer, with_tracer};
pub use tracer::levels::Levels;
#[cfg(feature = "prometheus")]
pub use tracer::metrics::prometheus_text;
pub use tracer::span_context::SpanContext;
pub use trust::parties::{Destination, Origin};
pub use trust::whitelist;
pub use worker::fork::child::after_restore;
pub use worker::guard::TracerGuard;
pub use worker::timeout_error::TimeoutError;

#[cfg(all(doctest, feature = "enable", feature = "serde"))]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/async.md")]
    struct Async;
    #[doc = include_str!("../../docs/configuration.md")]
    struct Configuration;
    #[doc = include_str!("../../docs/incoming-requests.md")]
    struct IncomingRequests;
    #[cfg(all(feature = "http-client", feature = "json"))]
    #[doc = include_str!("../../docs/federation.md")]
    struct Federation;
    #[cfg(all(feature = "axum", feature = "page"))]
    #[doc = include_str!("../../docs/seeing.md")]
    struct Seeing;
}
