//! What each key about sampling means.

use super::node::Node;
use super::section::Value;
use super::{SamplerConfig, SamplingConfig};
use crate::model::error::config::ConfigError;
use crate::sampling::sampler::per_operation::OperationStrategy;

const TYPES: &str = "const, probabilistic, ratelimiting or remote";

impl SamplerConfig {
    pub(super) fn read(value: Value) -> Result<Self, ConfigError> {
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

    /// The sampler of this type, which is `remote` if there is none. `param_key` is where its parameter is looked for.
    pub(super) fn of(
        kind: Option<&Value>,
        param: Option<&Value>,
        param_key: &str,
    ) -> Result<Self, ConfigError> {
        let remote = || Ok(Self::Remote(param.map(probability).transpose()?));
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
            // As Jaeger's client for Python has it.
            "const" => Ok(Self::Const(match param {
                Some(value) => value.constant()?,
                None => false,
            })),
            "probabilistic" => Ok(Self::Probabilistic(probability(required(
                "a probability from 0 to 1",
            )?)?)),
            "ratelimiting" | "rate_limiting" => Ok(Self::RateLimiting(rate(required(
                "how many traces in a second",
            )?)?)),
            "remote" => remote(),
            _ => Err(kind.wrong(&format!("is not a type of sampler; write {TYPES}"))),
        }
    }
}

impl SamplingConfig {
    pub(super) fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = value.section()?;
        section.check_keys(&["lower_bound", "operations", "endpoint"])?;
        let mut config = Self::default();
        if let Some(value) = section.take("lower_bound") {
            config.lower_bound = rate(&value)?;
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
        return Ok(OperationStrategy::new(probability(&value)?));
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
    let strategy = OperationStrategy::new(probability(&value)?);
    Ok(match section.take("lower_bound") {
        Some(value) => strategy.lower_bound(rate(&value)?),
        None => strategy,
    })
}

fn probability(value: &Value) -> Result<f64, ConfigError> {
    value
        .lenient_number()
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| value.wrong("is not a probability; write a number from 0 to 1"))
}

fn rate(value: &Value) -> Result<f64, ConfigError> {
    value
        .lenient_number()
        .filter(|rate| rate.is_finite() && *rate >= 0.0)
        .ok_or_else(|| value.wrong("is not a rate; write how many traces in a second, at least 0"))
}
