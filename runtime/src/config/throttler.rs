//! The configuration of the throttler.

use std::time::Duration;

/// `opentracing.jaeger_config.throttler`: a server on the host of the agent that limits forced traces; see
/// [`throttler`](crate::throttler). It needs the feature `http-client`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThrottlerConfig {
    /// The port at which it answers over HTTP. If left out: 5778.
    pub port: Option<u16>,
    /// How often it is asked; every five seconds, if left out.
    pub refresh_interval: Option<Duration>,
}
