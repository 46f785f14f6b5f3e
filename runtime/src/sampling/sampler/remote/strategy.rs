//! The strategies of a sampling server, and the samplers made from them.

use serde_json::Value;

use crate::model::id::TraceId;
use crate::sampling::sampler::decision::{Decision, Sampler};
use crate::sampling::sampler::per_operation::{OperationStrategy, PerOperationSampler};
use crate::sampling::sampler::probabilistic::ProbabilisticSampler;
use crate::sampling::sampler::rate_limiting::RateLimitingSampler;

/// A strategy that a sampling server sends to a service.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Strategy {
    Probabilistic(f64),
    RateLimiting(f64),
    PerOperation {
        default_rate: f64,
        lower_bound: f64,
        operations: Vec<(String, f64)>,
    },
}

impl Strategy {
    /// Parses an answer of a sampling server. The error says what is wrong with it.
    ///
    /// `strategyType` is ignored: it is text from some servers and a number from others, and it follows from
    /// the other fields. Missing numbers are zero, as in protobuf's JSON.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let answer: Value = serde_json::from_slice(body).map_err(|error| format!("is not JSON: {error}"))?;
        if let Some(sampling) = section(&answer, "operationSampling")? {
            let no_operations = Vec::new();
            let operations = match sampling.get("perOperationStrategies") {
                None | Some(Value::Null) => &no_operations,
                Some(Value::Array(operations)) => operations,
                Some(_) => return Err("has perOperationStrategies that are not a list".to_owned()),
            };
            let default_rate = probability(sampling, "defaultSamplingProbability")?;
            return Ok(Self::PerOperation {
                default_rate,
                lower_bound: number(sampling, "defaultLowerBoundTracesPerSecond")?,
                operations: operations
                    .iter()
                    .map(|operation| per_operation(operation, default_rate))
                    .collect::<Result<_, _>>()?,
            });
        }
        if let Some(sampling) = section(&answer, "probabilisticSampling")? {
            return probability(sampling, "samplingRate").map(Self::Probabilistic);
        }
        if let Some(sampling) = section(&answer, "rateLimitingSampling")? {
            return number(sampling, "maxTracesPerSecond").map(Self::RateLimiting);
        }
        Err("has no strategy".to_owned())
    }
}

fn per_operation(operation: &Value, default_rate: f64) -> Result<(String, f64), String> {
    let name = operation
        .get("operation")
        .and_then(Value::as_str)
        .ok_or("has an operation without a name")?;
    let rate = match section(operation, "probabilisticSampling")? {
        Some(sampling) => probability(sampling, "samplingRate")?,
        None => default_rate,
    };
    Ok((name.to_owned(), rate))
}

/// `null` is the same as a missing section.
fn section<'a>(value: &'a Value, key: &str) -> Result<Option<&'a Value>, String> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(section @ Value::Object(_)) => Ok(Some(section)),
        Some(_) => Err(format!("has {key} that is not an object")),
    }
}

fn number(section: &Value, key: &str) -> Result<f64, String> {
    match section.get(key) {
        None | Some(Value::Null) => Ok(0.0),
        Some(value) => value
            .as_f64()
            .filter(|number| *number >= 0.0)
            .ok_or_else(|| format!("has {key} that is not a number of at least 0")),
    }
}

fn probability(section: &Value, key: &str) -> Result<f64, String> {
    number(section, key).and_then(|number| match number <= 1.0 {
        true => Ok(number),
        false => Err(format!("has {key} above 1")),
    })
}

/// The sampler of a strategy.
#[derive(Debug)]
pub(crate) enum StrategySampler {
    Probabilistic(ProbabilisticSampler),
    RateLimiting(RateLimitingSampler),
    PerOperation(PerOperationSampler),
}

impl StrategySampler {
    /// Takes over the fill levels of the sampler before. Operations that the strategy does not name are
    /// forgotten, so that their number stays bounded.
    pub(crate) fn new(strategy: &Strategy, before: &Self, max_operations: usize) -> Self {
        match strategy {
            Strategy::Probabilistic(rate) => Self::Probabilistic(ProbabilisticSampler::new(*rate)),
            Strategy::RateLimiting(rate) => Self::RateLimiting(match before {
                Self::RateLimiting(before) => before.with_rate(*rate),
                _ => RateLimitingSampler::new(*rate),
            }),
            Strategy::PerOperation {
                default_rate,
                lower_bound,
                operations,
            } => {
                let sampler = PerOperationSampler::new(*default_rate)
                    .lower_bound(*lower_bound)
                    .max_operations(max_operations);
                let operations = operations.iter().take(max_operations);
                let sampler = operations.fold(sampler, |sampler, (name, rate)| {
                    sampler.operation(name, OperationStrategy::new(*rate))
                });
                if let Self::PerOperation(before) = before {
                    sampler.take_over(before);
                }
                Self::PerOperation(sampler)
            }
        }
    }

    /// What it records, for a message.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Probabilistic(sampler) => format!("{} of traces", percent(sampler.sampling_rate())),
            Self::RateLimiting(sampler) => format!("{} traces per second", sampler.max_traces_per_second()),
            Self::PerOperation(sampler) => match sampler.default_probability() {
                Some(rate) => format!(
                    "of each operation its rate, of others {} of traces",
                    percent(rate)
                ),
                None => "of each operation its rate".to_owned(),
            },
        }
    }

    pub(crate) fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        match self {
            Self::Probabilistic(sampler) => sampler.sample(trace_id, operation),
            Self::RateLimiting(sampler) => sampler.sample(trace_id, operation),
            Self::PerOperation(sampler) => sampler.sample(trace_id, operation),
        }
    }
}

/// Without the digits that the multiplication adds.
fn percent(rate: f64) -> String {
    format!("{}%", (rate * 1e6).round() / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Strategy, String> {
        Strategy::read(text.as_bytes())
    }

    #[test]
    fn a_strategy_says_what_it_records() {
        let initial = StrategySampler::Probabilistic(ProbabilisticSampler::new(0.001));
        for (strategy, summary) in [
            (Strategy::Probabilistic(0.07), "7% of traces"),
            (Strategy::RateLimiting(2.5), "2.5 traces per second"),
            (
                per_operation(0.001, 0.0, &[]),
                "of each operation its rate, of others 0.1% of traces",
            ),
        ] {
            assert_eq!(StrategySampler::new(&strategy, &initial, 10).summary(), summary);
        }
    }

    fn per_operation(default_rate: f64, lower_bound: f64, operations: &[(&str, f64)]) -> Strategy {
        Strategy::PerOperation {
            default_rate,
            lower_bound,
            operations: operations
                .iter()
                .map(|(name, rate)| ((*name).to_owned(), *rate))
                .collect(),
        }
    }

    #[test]
    fn every_answer_seen_in_the_wild_is_understood() {
        for (text, expected) in [
            (
                r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.8}}"#,
                Strategy::Probabilistic(0.8),
            ),
            (
                r#"{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":5}}"#,
                Strategy::RateLimiting(5.0),
            ),
            (
                r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.8},
                    "operationSampling":{"defaultSamplingProbability":0.8,"defaultLowerBoundTracesPerSecond":0,
                    "defaultUpperBoundTracesPerSecond":0,"perOperationStrategies":[{"operation":"op1",
                    "probabilisticSampling":{"samplingRate":0.2}}]}}"#,
                per_operation(0.8, 0.0, &[("op1", 0.2)]),
            ),
            (
                r#"{"strategyType":"PROBABILISTIC","operationSampling":{"defaultSamplingProbability":0.1,
                    "defaultLowerBoundTracesPerSecond":0.5,"perOperationStrategies":[]}}"#,
                per_operation(0.1, 0.5, &[]),
            ),
            (
                r#"{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":5},
                    "operationSampling":{"defaultSamplingProbability":1,"defaultLowerBoundTracesPerSecond":0,
                    "perOperationStrategies":[]}}"#,
                per_operation(1.0, 0.0, &[]),
            ),
            (
                r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":0.5}}"#,
                Strategy::Probabilistic(0.5),
            ),
            (
                r#"{"strategyType":1,"rateLimitingSampling":{"maxTracesPerSecond":10}}"#,
                Strategy::RateLimiting(10.0),
            ),
            (
                r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":0.5},"rateLimitingSampling":null,
                    "operationSampling":null}"#,
                Strategy::Probabilistic(0.5),
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_left_out_or_null_is_zero_or_the_default() {
        for (text, expected) in [
            (r#"{"probabilisticSampling":{}}"#, Strategy::Probabilistic(0.0)),
            (
                r#"{"rateLimitingSampling":{"maxTracesPerSecond":null}}"#,
                Strategy::RateLimiting(0.0),
            ),
            (
                r#"{"operationSampling":{"defaultSamplingProbability":0.5,"perOperationStrategies":[
                    {"operation":"a"},{"operation":"b","probabilisticSampling":null},
                    {"operation":"c","probabilisticSampling":{}}]}}"#,
                per_operation(0.5, 0.0, &[("a", 0.5), ("b", 0.5), ("c", 0.0)]),
            ),
            (
                r#"{"operationSampling":{"perOperationStrategies":null}}"#,
                per_operation(0.0, 0.0, &[]),
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_as_a_whole() {
        for (text, problem) in [
            ("", "is not JSON"),
            ("collector error: no such host", "is not JSON"),
            ("<html></html>", "is not JSON"),
            ("\"0.5\"", "has no strategy"),
            ("{}", "has no strategy"),
            ("[]", "has no strategy"),
            (r#"{"strategyType":"PROBABILISTIC"}"#, "has no strategy"),
            (
                r#"{"probabilisticSampling":{"samplingRate":1.5}}"#,
                "has samplingRate above 1",
            ),
            (
                r#"{"probabilisticSampling":{"samplingRate":-0.5}}"#,
                "has samplingRate that is not a number",
            ),
            (
                r#"{"probabilisticSampling":{"samplingRate":"0.5"}}"#,
                "has samplingRate that is not a number",
            ),
            (
                r#"{"probabilisticSampling":0.5}"#,
                "has probabilisticSampling that is not an object",
            ),
            (
                r#"{"rateLimitingSampling":{"maxTracesPerSecond":-1}}"#,
                "has maxTracesPerSecond that is not a number",
            ),
            (
                r#"{"operationSampling":{"perOperationStrategies":{}}}"#,
                "has perOperationStrategies that are not a list",
            ),
            (
                r#"{"operationSampling":{"perOperationStrategies":[{"probabilisticSampling":{}}]}}"#,
                "has an operation without a name",
            ),
            (
                r#"{"operationSampling":{"perOperationStrategies":[{"operation":"a",
                    "probabilisticSampling":{"samplingRate":2}}]}}"#,
                "has samplingRate above 1",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(problem), "{text} gives {error}");
        }
    }

    #[test]
    fn an_update_names_the_operations_anew_and_carries_over_what_is_used_up() {
        let first = StrategySampler::Probabilistic(ProbabilisticSampler::new(0.0));
        let strategy = per_operation(0.0, 0.001, &[("kept", 0.0), ("gone", 1.0)]);
        let first = StrategySampler::new(&strategy, &first, 10);
        let id = TraceId::new(1 << 63).unwrap();
        let sampled = |strategist: &StrategySampler, name: &str| strategist.sample(id, name).is_sampled();
        assert!(sampled(&first, "kept") && !sampled(&first, "kept"));
        assert!(sampled(&first, "gone") && sampled(&first, "gone"));
        assert!(sampled(&first, "learnt") && !sampled(&first, "learnt"));

        let second = StrategySampler::new(&per_operation(0.0, 0.001, &[("kept", 0.25)]), &first, 10);
        assert!(!sampled(&second, "kept"), "its lower bound was used up");
        assert!(sampled(&second, "gone") && !sampled(&second, "gone"));
    }

    #[test]
    fn a_rate_limiter_keeps_its_level_when_its_rate_changes() {
        let first = StrategySampler::Probabilistic(ProbabilisticSampler::new(0.0));
        let first = StrategySampler::new(&Strategy::RateLimiting(4.0), &first, 10);
        let taken = |strategist: &StrategySampler| {
            let id = TraceId::new(1).unwrap();
            (0..100)
                .filter(|_| strategist.sample(id, "op").is_sampled())
                .count()
        };
        assert_eq!(taken(&first), 4);
        assert_eq!(
            taken(&StrategySampler::new(&Strategy::RateLimiting(8.0), &first, 10)),
            0
        );
        let full = StrategySampler::new(
            &Strategy::RateLimiting(4.0),
            &StrategySampler::Probabilistic(ProbabilisticSampler::new(1.0)),
            10,
        );
        assert_eq!(
            taken(&StrategySampler::new(&Strategy::RateLimiting(8.0), &full, 10)),
            8
        );
    }

    #[test]
    fn no_more_operations_than_allowed_are_taken_from_a_server() {
        let first = StrategySampler::Probabilistic(ProbabilisticSampler::new(0.0));
        let strategy = per_operation(0.0, 0.0, &[("a", 1.0), ("b", 1.0), ("c", 1.0)]);
        let strategist = StrategySampler::new(&strategy, &first, 2);
        let id = TraceId::new(1).unwrap();
        let sampled = ["a", "b", "c"].map(|name| strategist.sample(id, name).is_sampled());
        assert_eq!(sampled, [true, true, false]);
    }
}
