//! Whether somebody may force a trace now: a bound on what is recorded whatever the sampler decided.
//!
//! A tracer has none by default, and everybody may. With one ([`TracerBuilder::throttler`]), it is asked about each
//! span that is to have the flag [`DEBUG`] and does not have it yet:
//!
//! | asked for by | if it refuses |
//! |---|---|
//! | the header `jaeger-debug-id` | the trace begins as if there were no such header: the sampler decides, and the root has no tag `jaeger-debug-id` |
//! | [`force_tracing`], [`force_tracing_for_user`], [`inherit_force_tracing`] | nothing changes, and our other processes are not told to force either |
//! | the tag [`sampling.priority`] above zero | nothing changes, and the span has no such tag |
//!
//! `RemoteThrottler` (feature `http-client`) spends what a server credits, as Jaeger's clients do. No Jaeger server of today
//! answers what it asks, so it is for those who have a server of their own: without one, nothing can be forced.
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
