//! Building the sampler.

use crate::config::sampler::{SamplerConfig, SamplingConfig};

#[cfg(feature = "http-client")]
use crate::config::environment::variables::env_variable;
use crate::config::opentracing::OpentracingConfig;
#[cfg(not(feature = "http-client"))]
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
#[cfg(feature = "http-client")]
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::sampler::constant::ConstSampler;
use crate::sampling::sampler::decision::Sampler;
use crate::sampling::sampler::per_operation::PerOperationSampler;
use crate::sampling::sampler::probabilistic::ProbabilisticSampler;
use crate::sampling::sampler::rate_limiting::RateLimitingSampler;
#[cfg(feature = "http-client")]
use crate::sampling::sampler::remote::sampler::{DEFAULT_ENDPOINT, RemoteSampler};
#[cfg(feature = "http-client")]
use crate::util::diagnostics;

impl OpentracingConfig {
    pub(crate) fn sampler(&self, service_name: &str) -> Result<Box<dyn Sampler>, InitError> {
        let jaeger = &self.jaeger_config;
        let kind = jaeger.sampler_or_default();
        let sampler: Box<dyn Sampler> = match kind {
            SamplerConfig::Const(sampled) => Box::new(ConstSampler::new(sampled)),
            SamplerConfig::Probabilistic(rate) => Box::new(ProbabilisticSampler::new(rate)),
            SamplerConfig::RateLimiting(rate) => Box::new(RateLimitingSampler::new(rate)),
            SamplerConfig::Remote(initial) => self.remote_sampler(service_name, initial)?,
        };
        let SamplingConfig {
            lower_bound,
            operations,
            ..
        } = &self.fedtrace.sampling;
        if *lower_bound == 0.0 && operations.is_empty() {
            return Ok(sampler);
        }
        let mut sampler = match kind {
            SamplerConfig::Probabilistic(rate) => PerOperationSampler::new(rate),
            _ => PerOperationSampler::with_default(sampler),
        };
        sampler = sampler.lower_bound(*lower_bound);
        if let Some(operations) = jaeger.max_operations {
            sampler = sampler.max_operations(operations);
        }
        for (name, strategy) in operations {
            sampler = sampler.operation(name, *strategy);
        }
        Ok(Box::new(sampler))
    }

    #[cfg(feature = "http-client")]
    fn remote_sampler(
        &self,
        service_name: &str,
        initial: Option<f64>,
    ) -> Result<Box<dyn Sampler>, InitError> {
        let jaeger = &self.jaeger_config;
        let (key, url) = self.sampling_endpoint(env_variable)?;
        let endpoint = Endpoint::of_setting(key, &url, DEFAULT_ENDPOINT)?;
        if jaeger.sampler.is_none() {
            // The other clients do so without a word, and a first look at Jaeger then shows nothing.
            diagnostics::warn(format_args!(
                "no sampler is configured, so it is `remote`, which records 0.1% of traces until {} answers; to record all, \
                 write `sampler: {{ type: const, param: 1 }}` below `jaeger_config`, or set JAEGER_SAMPLER_TYPE=const and \
                 JAEGER_SAMPLER_PARAM=1",
                endpoint.shown()
            ));
        }
        let mut builder = RemoteSampler::builder(service_name).endpoint(url);
        if let Some(rate) = initial {
            builder = builder.initial_sampling_rate(rate);
        }
        if let Some(interval) = jaeger.sampling_refresh_interval {
            builder = builder.refresh_interval(interval);
        }
        if let Some(operations) = jaeger.max_operations {
            builder = builder.max_operations(operations);
        }
        Ok(Box::new(builder.start()?))
    }

    #[cfg(not(feature = "http-client"))]
    fn remote_sampler(&self, _: &str, _: Option<f64>) -> Result<Box<dyn Sampler>, InitError> {
        Err(ConfigError::value(
            "opentracing.jaeger_config.sampler.type",
            "remote",
            "(also if there is no type) needs the feature `http-client` of fedtrace; write another one",
        )
        .into())
    }
}
