//! What each header is for.

use http::HeaderName;

use super::{ConfigError, OpentracingConfig};
use crate::propagation::{HeaderNames, SYNAPSE_TRACE_ID};

/// Names that `propagation` gives to something else, and what they begin with.
const OF_OTHERS: [&str; 5] = ["b3", "traceparent", "tracestate", "baggage", "jaeger-baggage"];
const B3: &str = "x-b3-";

const TRACE: &str = "opentracing.jaeger_config.trace_id_header";
const DEBUG: &str = "opentracing.jaeger_config.debug_id_header";
const BAGGAGE: &str = "opentracing.jaeger_config.baggage_header_prefix";
const RESPONSE: &str = "opentracing.fedtrace.trace_id_header";

impl OpentracingConfig {
    /// Each header says one thing: one for two would be written over, or read as what it is not.
    pub(super) fn check_header_names(&self) -> Result<(), ConfigError> {
        let (jaeger, defaults) = (&self.jaeger_config, HeaderNames::JAEGER);
        let of = |set: &Option<HeaderName>, default: &str| match set {
            Some(name) => name.as_str().to_owned(),
            None => default.to_ascii_lowercase(),
        };
        let trace = of(&jaeger.trace_id_header, &defaults.trace_context);
        let debug = of(&jaeger.debug_id_header, &defaults.debug_id);
        let prefix = of(&jaeger.baggage_header_prefix, &defaults.baggage_prefix);
        let response = of(&self.fedtrace.trace_id_header, SYNAPSE_TRACE_ID);
        let names = [
            (TRACE, trace.as_str(), jaeger.trace_id_header.is_some()),
            (DEBUG, debug.as_str(), jaeger.debug_id_header.is_some()),
            (
                RESPONSE,
                response.as_str(),
                self.fedtrace.trace_id_header.is_some(),
            ),
        ];
        let wrong = |key, name: &str, problem: String| {
            Err(ConfigError::value(
                key,
                format_args!("{name:?}"),
                format!("{problem}; write another name"),
            ))
        };
        for (key, name, is_set) in names {
            if OF_OTHERS.contains(&name) || name.starts_with(B3) {
                return wrong(key, name, "is a header of another propagation".to_owned());
            }
            let same = names
                .iter()
                .find(|(other, taken, _)| *other != key && *taken == name);
            if let (true, Some((other, ..))) = (is_set, same) {
                return wrong(key, name, format!("is the name of {other} too"));
            }
            if name.starts_with(&prefix) {
                return match is_set {
                    true => wrong(key, name, format!("begins with what {BAGGAGE} says, {prefix:?}")),
                    false => wrong(BAGGAGE, &prefix, format!("is what {name} begins with")),
                };
            }
        }
        let mut of_others = OF_OTHERS.iter().chain([&B3]);
        match of_others.find(|name| name.starts_with(&prefix)) {
            Some(name) => wrong(BAGGAGE, &prefix, format!("is what {name} begins with")),
            None => Ok(()),
        }
    }
}
