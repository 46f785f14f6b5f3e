//! Who may force a trace.

use std::time::Duration;

use super::OpentracingConfig;
#[cfg(feature = "http")]
use super::variables::of_process;
#[cfg(not(feature = "http"))]
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
#[cfg(feature = "http")]
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::throttler::Throttler;
#[cfg(feature = "http")]
use crate::sampling::throttler::remote::throttler::{DEFAULT_ENDPOINT, RemoteThrottler};

/// `opentracing.jaeger_config.throttler`: a server on the host of the agent that says how many traces may be forced;
/// see [`throttler`](crate::throttler). It needs the feature `http`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThrottlerConfig {
    /// The port at which it answers over HTTP. If left out: 5778.
    pub port: Option<u16>,
    /// How often it is asked; every five seconds, if left out.
    pub refresh_interval: Option<Duration>,
}

impl OpentracingConfig {
    pub(super) fn throttler(&self, service_name: &str) -> Result<Option<Box<dyn Throttler>>, InitError> {
        match self.jaeger_config.throttler {
            Some(config) => self.remote_throttler(service_name, config).map(Some),
            None => Ok(None),
        }
    }

    #[cfg(feature = "http")]
    fn remote_throttler(
        &self,
        service_name: &str,
        config: ThrottlerConfig,
    ) -> Result<Box<dyn Throttler>, InitError> {
        let (key, url) = self
            .jaeger_config
            .local_agent
            .throttling_endpoint(config, of_process)?;
        Endpoint::of_setting(key, &url, DEFAULT_ENDPOINT)?;
        let mut builder = RemoteThrottler::builder(service_name).endpoint(url);
        if let Some(interval) = config.refresh_interval {
            builder = builder.refresh_interval(interval);
        }
        Ok(Box::new(builder.start()?))
    }

    #[cfg(not(feature = "http"))]
    fn remote_throttler(&self, _: &str, _: ThrottlerConfig) -> Result<Box<dyn Throttler>, InitError> {
        Err(ConfigError::key(
            "opentracing.jaeger_config.throttler",
            "needs the feature `http` of fedtrace; leave it out",
        )
        .into())
    }
}
