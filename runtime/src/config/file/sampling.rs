//! The keys about sampling.

use crate::config::sampler::{SamplerConfig, SamplingConfig};
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;
use crate::sampling::sampler::per_operation::OperationStrategy;

impl SamplerConfig {
    pub(crate) fn read(value: Value) -> Result<Self, ConfigError> {
        let path = value.path.clone();
        let mut section = value.section()?;
        section.check_keys(&["type", "param"])?;
        let kind = section.take("type");
        Self::of(
            kind.as_ref(),
            section.take("param").as_ref(),
            &format!("{path}.param"),
        )
    }
}

impl SamplingConfig {
    pub(crate) fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(&["lower_bound", "operations", "endpoint"])?;
        let mut config = Self::default();
        if let Some(value) = section.take("lower_bound") {
            config.lower_bound = value.rate()?;
        }
        if let Some(value) = section.take("endpoint") {
            config.endpoint = Some(value.text()?);
        }
        if let Some(value) = section.take("operations") {
            for (name, value) in value.section()?.into_values() {
                config.operations.push((name, strategy(value)?));
            }
        }
        Ok(config)
    }
}

/// A probability, or a section with one and a lower bound.
fn strategy(value: Value) -> Result<OperationStrategy, ConfigError> {
    if !matches!(value.node, Node::Map(_)) {
        return Ok(OperationStrategy::new(value.probability()?));
    }
    let path = value.path.clone();
    let mut section = value.section()?;
    section.check_keys(&["probability", "lower_bound"])?;
    let Some(value) = section.take("probability") else {
        return Err(ConfigError::key(
            format!("{path}.probability"),
            "is missing; write a number from 0 to 1",
        ));
    };
    let strategy = OperationStrategy::new(value.probability()?);
    Ok(match section.take("lower_bound") {
        Some(value) => strategy.lower_bound(value.rate()?),
        None => strategy,
    })
}
