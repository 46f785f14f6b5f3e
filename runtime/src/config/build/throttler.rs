//! Building the throttler.

use crate::config::throttler::ThrottlerConfig;

#[cfg(feature = "http-client")]
use crate::config::environment::variables::env_variable;
use crate::config::opentracing::OpentracingConfig;
#[cfg(not(feature = "http-client"))]
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
#[cfg(feature = "http-client")]
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::throttler::permission::Throttler;
#[cfg(feature = "http-client")]
use crate::sampling::throttler::remote::throttler::{DEFAULT_ENDPOINT, RemoteThrottler};

impl OpentracingConfig {
    pub(crate) fn throttler(&self, service_name: &str) -> Result<Option<Box<dyn Throttler>>, InitError> {
        match self.jaeger_config.throttler {
            Some(config) => self.remote_throttler(service_name, config).map(Some),
            None => Ok(None),
        }
    }

    #[cfg(feature = "http-client")]
    fn remote_throttler(
        &self,
        service_name: &str,
        config: ThrottlerConfig,
    ) -> Result<Box<dyn Throttler>, InitError> {
        let (key, url) = self
            .jaeger_config
            .local_agent
            .throttling_endpoint(config, env_variable)?;
        Endpoint::of_setting(key, &url, DEFAULT_ENDPOINT)?;
        let mut builder = RemoteThrottler::builder(service_name).endpoint(url);
        if let Some(interval) = config.refresh_interval {
            builder = builder.refresh_interval(interval);
        }
        Ok(Box::new(builder.start()?))
    }

    #[cfg(not(feature = "http-client"))]
    fn remote_throttler(&self, _: &str, _: ThrottlerConfig) -> Result<Box<dyn Throttler>, InitError> {
        Err(ConfigError::key(
            "opentracing.jaeger_config.throttler",
            "needs the feature `http-client` of fedtrace; leave it out",
        )
        .into())
    }
}
