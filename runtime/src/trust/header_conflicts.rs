//! The check that each header has a single purpose.

use super::rules::PropagationRules;
use crate::codec::header_names::HeaderNames;
use crate::model::error::config::ConfigError;

/// Names and prefixes that other formats of `propagation` use.
const OF_OTHERS: [&str; 5] = ["b3", "traceparent", "tracestate", "baggage", "jaeger-baggage"];
const B3: &str = "x-b3-";

/// The keys or methods that set the name of each header, for errors.
pub(crate) struct HeaderRoles {
    pub(crate) trace_context: &'static str,
    pub(crate) debug_id: &'static str,
    pub(crate) baggage_prefix: &'static str,
    pub(crate) trace_id: &'static str,
}

impl HeaderRoles {
    /// Checks that no header has two purposes: one would overwrite the other, or be read as the other.
    pub(crate) fn check(&self, rules: &PropagationRules) -> Result<(), ConfigError> {
        let (set, default) = (&rules.names, PropagationRules::default());
        let trace_id = rules.trace_id_header.to_ascii_lowercase();
        let default_trace_id = default.trace_id_header.to_ascii_lowercase();
        let names = [
            (
                self.trace_context,
                set.trace_context.as_ref(),
                HeaderNames::JAEGER.trace_context.as_ref(),
            ),
            (
                self.debug_id,
                set.debug_id.as_ref(),
                HeaderNames::JAEGER.debug_id.as_ref(),
            ),
            (self.trace_id, &trace_id, &default_trace_id),
        ];
        let wrong = |role: &str, name: &str, problem: String| {
            Err(ConfigError::value(
                role,
                format_args!("{name:?}"),
                format!("{problem}; write another name"),
            ))
        };
        let prefix = set.baggage_prefix.as_ref();
        for (role, name, default) in names {
            let is_set = name != default;
            if OF_OTHERS.contains(&name) || name.starts_with(B3) {
                return wrong(role, name, "is a header of another propagation format".to_owned());
            }
            let same = names
                .iter()
                .find(|(other, taken, _)| *other != role && *taken == name);
            if let (true, Some((other, ..))) = (is_set, same) {
                return wrong(role, name, format!("is the name of {other} too"));
            }
            if name.starts_with(prefix) {
                let prefix_role = self.baggage_prefix;
                return match is_set {
                    true => wrong(
                        role,
                        name,
                        format!("begins with {prefix:?}, the value of {prefix_role}"),
                    ),
                    false => wrong(prefix_role, prefix, format!("is a prefix of {name}")),
                };
            }
        }
        let mut of_others = OF_OTHERS.iter().chain([&B3]);
        match of_others.find(|name| name.starts_with(prefix)) {
            Some(name) => wrong(self.baggage_prefix, prefix, format!("is a prefix of {name}")),
            None => Ok(()),
        }
    }
}
