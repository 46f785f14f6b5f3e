//! The `opentracing:` section of a server's configuration.

pub(crate) mod build;
pub(crate) mod builder;
#[cfg(all(test, feature = "serde", feature = "http-client"))]
mod documentation_tests;
pub(crate) mod environment;
pub(crate) mod fedtrace;
#[cfg(feature = "serde")]
pub(crate) mod file;
pub(crate) mod jaeger;
pub(crate) mod opentracing;
pub(crate) mod sampler;
pub(crate) mod service;
pub(crate) mod throttler;
pub(crate) mod transport;
pub(crate) mod value;

pub use crate::model::error::config::ConfigError;
pub use fedtrace::FedtraceConfig;
pub use jaeger::{JaegerConfig, LocalAgentConfig};
pub use sampler::{SamplerConfig, SamplingConfig};
pub use throttler::ThrottlerConfig;
pub use transport::{AgentProtocol, CollectorCompression, CollectorConfig, CollectorProtocol};
