//! Which traces are recorded.

use super::{JaegerConfig, OpentracingConfig};
use crate::sampler::{
    ConstSampler, OperationStrategy, PerOperationSampler, ProbabilisticSampler, RateLimitingSampler, Sampler,
};

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
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self::Const(true)
    }
}

/// `opentracing.fedtrace.sampling`: which traces of single operations to record, whatever `jaeger_config.sampler`
/// says.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SamplingConfig {
    /// How many traces in a second of each operation are recorded at least; 0 is no lower bound. At most
    /// [`max_operations`](JaegerConfig::max_operations) are told apart.
    pub lower_bound: f64,
    /// Operations, by the name that the root of their traces has, and how they are sampled.
    pub operations: Vec<(String, OperationStrategy)>,
}

impl OpentracingConfig {
    pub(super) fn sampler(&self) -> Box<dyn Sampler> {
        let jaeger = &self.jaeger_config;
        let sampler = jaeger.sampler();
        let SamplingConfig {
            lower_bound,
            operations,
        } = &self.fedtrace.sampling;
        if *lower_bound == 0.0 && operations.is_empty() {
            return sampler;
        }
        let mut sampler = match jaeger.sampler {
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
        Box::new(sampler)
    }
}

impl JaegerConfig {
    fn sampler(&self) -> Box<dyn Sampler> {
        match self.sampler {
            SamplerConfig::Const(sampled) => Box::new(ConstSampler::new(sampled)),
            SamplerConfig::Probabilistic(rate) => Box::new(ProbabilisticSampler::new(rate)),
            SamplerConfig::RateLimiting(rate) => Box::new(RateLimitingSampler::new(rate)),
        }
    }
}
