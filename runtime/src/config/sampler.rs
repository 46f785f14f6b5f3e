//! The configuration of the sampler.

use std::fmt;

use super::value::node::Node;
use super::value::section::Value;
use crate::model::error::config::ConfigError;
use crate::sampling::sampler::per_operation::OperationStrategy;
use crate::util::url::without_secrets;

const TYPES: &str = "const, probabilistic, ratelimiting or remote";

/// `opentracing.jaeger_config.sampler`: which traces to record.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SamplerConfig {
    /// `type: const`: every trace, or none.
    Const(bool),
    /// `type: probabilistic`: each trace with this probability, from 0 to 1.
    Probabilistic(f64),
    /// `type: ratelimiting`: at most this many traces per second.
    RateLimiting(f64),
    /// `type: remote`, or no type: as a sampling server decides. Until its first answer, each trace is
    /// recorded with this probability; 0.001, if left out. It needs the feature `http-client`.
    Remote(Option<f64>),
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self::Const(true)
    }
}

impl SamplerConfig {
    /// The sampler of this type, which is `remote` if there is none. `param_key` is the key of its parameter.
    pub(crate) fn of(
        kind: Option<&Value>,
        param: Option<&Value>,
        param_key: &str,
    ) -> Result<Self, ConfigError> {
        let remote = || Ok(Self::Remote(param.map(Value::probability).transpose()?));
        let Some(kind) = kind else {
            return remote();
        };
        let name = match &kind.node {
            Node::Text(text) => text.to_ascii_lowercase(),
            _ => String::new(),
        };
        let required =
            |wanted| param.ok_or_else(|| ConfigError::key(param_key, format!("is missing; write {wanted}")));
        match name.as_str() {
            // Like Jaeger's client for Python.
            "const" => Ok(Self::Const(match param {
                Some(value) => value.constant()?,
                None => false,
            })),
            "probabilistic" => Ok(Self::Probabilistic(
                required("a probability from 0 to 1")?.probability()?,
            )),
            "ratelimiting" | "rate_limiting" => Ok(Self::RateLimiting(
                required("how many traces in a second")?.rate()?,
            )),
            "remote" => remote(),
            _ => Err(kind.wrong(&format!("is not a type of sampler; write {TYPES}"))),
        }
    }
}

/// `opentracing.fedtrace.sampling`: which traces of single operations to record, whatever `jaeger_config.sampler`
/// says.
///
/// Its `Debug` output contains no secrets.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SamplingConfig {
    /// The least number of traces per second that are recorded of each operation; 0 means no lower bound. At
    /// most [`max_operations`](super::JaegerConfig::max_operations) are told apart.
    pub lower_bound: f64,
    /// Operations, by the name of their traces' root, and their strategies.
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
