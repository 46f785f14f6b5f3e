//! Which traces are recorded.

use std::fmt;

use super::OpentracingConfig;
#[cfg(feature = "http")]
use super::variables::of_process;
#[cfg(not(feature = "http"))]
use crate::model::error::config::ConfigError;
use crate::model::error::init::InitError;
#[cfg(feature = "http")]
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::sampler::Sampler;
use crate::sampling::sampler::constant::ConstSampler;
use crate::sampling::sampler::per_operation::{OperationStrategy, PerOperationSampler};
use crate::sampling::sampler::probabilistic::ProbabilisticSampler;
use crate::sampling::sampler::rate_limiting::RateLimitingSampler;
#[cfg(feature = "http")]
use crate::sampling::sampler::remote::sampler::{DEFAULT_ENDPOINT, RemoteSampler};
use crate::util::url::without_secrets;

/// `opentracing.jaeger_config.sampler`: which traces to record.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SamplerConfig {
    /// `type: const`: every trace, or none.
    Const(bool),
    /// `type: probabilistic`: each trace with this probability, from 0 to 1.
    Probabilistic(f64),
    /// `type: ratelimiting`: at most this many traces in a second.
    RateLimiting(f64),
    /// `type: remote`, or none: as a sampling server says. Until it says something each trace is recorded with this
    /// probability; 0.001, if left out. It needs the feature `http`.
    Remote(Option<f64>),
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self::Const(true)
    }
}

/// `opentracing.fedtrace.sampling`: which traces of single operations to record, whatever `jaeger_config.sampler`
/// says.
///
/// What it shows of itself (`Debug`) has no secrets in it.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SamplingConfig {
    /// How many traces in a second of each operation are recorded at least; 0 is no lower bound. At most
    /// [`max_operations`](super::JaegerConfig::max_operations) are told apart.
    pub lower_bound: f64,
    /// Operations, by the name that the root of their traces has, and how they are sampled.
    pub operations: Vec<(String, OperationStrategy)>,
    /// The URL of the sampling server, without the service. If left out, it is where
    /// [`LocalAgentConfig::sampling_port`](super::LocalAgentConfig::sampling_port) says.
    pub endpoint: Option<String>,
}

impl fmt::Debug for SamplingConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingConfig")
            .field("lower_bound", &self.lower_bound)
            .field("operations", &self.operations)
            .field("endpoint", &self.endpoint.as_deref().map(without_secrets))
            .finish()
    }
}

impl OpentracingConfig {
    pub(super) fn sampler(&self, service_name: &str) -> Result<Box<dyn Sampler>, InitError> {
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

    #[cfg(feature = "http")]
    fn remote_sampler(
        &self,
        service_name: &str,
        initial: Option<f64>,
    ) -> Result<Box<dyn Sampler>, InitError> {
        let jaeger = &self.jaeger_config;
        let (key, url) = self.sampling_endpoint(of_process)?;
        Endpoint::of_setting(key, &url, DEFAULT_ENDPOINT)?;
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

    #[cfg(not(feature = "http"))]
    fn remote_sampler(&self, _: &str, _: Option<f64>) -> Result<Box<dyn Sampler>, InitError> {
        Err(ConfigError::value(
            "opentracing.jaeger_config.sampler.type",
            "remote",
            "(also if there is no type) needs the feature `http` of fedtrace; write another one",
        )
        .into())
    }
}
