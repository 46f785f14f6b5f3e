//! Throttlers limit the traces that are forced, whatever the sampler decided.
//!
//! A tracer has no throttler by default, and does not limit them. A throttler ([`TracerBuilder::throttler`])
//! is asked about each span that is about to get the flag [`DEBUG`]:
//!
//! | requested by | if the throttler refuses |
//! |---|---|
//! | the header `jaeger-debug-id` | the header is ignored: the sampler decides, and the root has no tag `jaeger-debug-id` |
//! | [`force_tracing`], [`force_tracing_for_user`], [`inherit_force_tracing`] | nothing changes, and our other processes do not force the trace either |
//! | the tag [`sampling.priority`] above zero | nothing changes, and the tag is not set |
//!
//! `RemoteThrottler` (feature `http-client`) spends credit from a server, as Jaeger's clients do. Current
//! Jaeger servers do not support this, so it needs a custom server: without one, no trace can be forced.
//!
//! [`DEBUG`]: crate::TraceFlags::DEBUG
//! [`TracerBuilder::throttler`]: crate::TracerBuilder::throttler
//! [`force_tracing`]: crate::force_tracing
//! [`force_tracing_for_user`]: crate::force_tracing_for_user
//! [`inherit_force_tracing`]: crate::SpanBuilder::inherit_force_tracing
//! [`sampling.priority`]: crate::tags::SAMPLING_PRIORITY

pub(crate) mod current;
pub(crate) mod permission;
#[cfg(feature = "http-client")]
pub(crate) mod remote;
pub(crate) mod stats;

pub use permission::Throttler;
#[cfg(feature = "http-client")]
pub use remote::throttler::{RemoteThrottler, RemoteThrottlerBuilder};
pub use stats::ThrottlerStats;
