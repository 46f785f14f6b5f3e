//! What a tracer is set up with.

use std::collections::HashSet;

use super::levels::Levels;
use super::limits::Limits;
use super::redaction::RedactedArguments;
use super::test_mode::TestMode;
use crate::sampling::keep::Keep;
use crate::sampling::sampler::constant::ConstSampler;
use crate::sampling::sampler::decision::Sampler;
use crate::sampling::throttler::permission::Throttler;
use crate::trust::budget::MaxRemoteSampledTraces;
use crate::trust::rules::PropagationRules;

/// Settings of a tracer, without those of its worker.
pub(crate) struct Settings {
    pub(crate) service_name: String,
    pub(crate) sampler: Box<dyn Sampler>,
    pub(crate) throttler: Option<Box<dyn Throttler>>,
    pub(crate) keep: Option<Keep>,
    pub(crate) propagation: PropagationRules,
    pub(crate) max_remote_sampled: MaxRemoteSampledTraces,
    pub(crate) force_tracing_for_users: HashSet<String>,
    pub(crate) queue_size: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) publish_metrics: bool,
    pub(crate) rpc_metrics: bool,
    pub(crate) redacted_arguments: RedactedArguments,
    pub(crate) levels: Option<Levels>,
    pub(crate) errors_are_failures: bool,
    pub(crate) limits: Limits,
    pub(crate) test_mode: Option<TestMode>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            service_name: String::new(),
            sampler: Box::new(ConstSampler::new(true)),
            throttler: None,
            keep: None,
            propagation: PropagationRules::default(),
            max_remote_sampled: MaxRemoteSampledTraces::default(),
            force_tracing_for_users: HashSet::new(),
            queue_size: 65_536,
            queue_bytes: 64 * 1024 * 1024,
            publish_metrics: true,
            rpc_metrics: false,
            redacted_arguments: RedactedArguments::default(),
            levels: None,
            errors_are_failures: true,
            limits: Limits::default(),
            test_mode: None,
        }
    }
}
