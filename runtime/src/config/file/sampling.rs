//! The keys about sampling.

use crate::config::sampler::{SamplerConfig, SamplingConfig};
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;
use crate::sampling::sampler::per_operation::OperationStrategy;

impl SamplerConfig {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let [kind, param] = ["type", "param"].map(|key| section.take(key));
        // First, so that a misspelt key is not reported as one that is missing.
        section.finish()?;
        Self::of(kind.as_ref(), param.as_ref(), &format!("{}.param", value.path))
    }
}

impl SamplingConfig {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        let config = Self {
            lower_bound: section.read("lower_bound", Value::rate)?.unwrap_or(0.0),
            operations: section.read("operations", operations)?.unwrap_or_default(),
            endpoint: section.read("endpoint", Value::text)?,
        };
        section.finish()?;
        Ok(config)
    }
}

fn operations(value: &Value) -> Result<Vec<(String, OperationStrategy)>, ConfigError> {
    let operations = value.section()?.into_values();
    operations
        .map(|(name, value)| Ok((name, strategy(&value)?)))
        .collect()
}

/// A probability, or a section with one and a lower bound.
fn strategy(value: &Value) -> Result<OperationStrategy, ConfigError> {
    if !matches!(value.node, Node::Map(_)) {
        return Ok(OperationStrategy::new(value.probability()?));
    }
    let mut section = value.section()?;
    let [probability, lower_bound] = ["probability", "lower_bound"].map(|key| section.take(key));
    // First, so that a misspelt key is not reported as one that is missing.
    section.finish()?;
    let Some(probability) = probability else {
        return Err(ConfigError::key(
            format!("{}.probability", value.path),
            "is missing; write a number from 0 to 1",
        ));
    };
    let strategy = OperationStrategy::new(probability.probability()?);
    Ok(match lower_bound {
        Some(rate) => strategy.lower_bound(rate.rate()?),
        None => strategy,
    })
}
