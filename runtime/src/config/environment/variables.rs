//! The variables that fill in missing settings.

use std::env;

use super::interval::interval;
use super::names;
use crate::config::fedtrace::FedtraceConfig;
use crate::config::jaeger::JaegerConfig;
use crate::config::opentracing::OpentracingConfig;
use crate::config::sampler::SamplerConfig;
use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::config::value::tag_list;
use crate::model::error::config::ConfigError;

/// The default parameter of the other clients.
const DEFAULT_PARAM: &str = "0.001";

/// A variable of this process.
pub(crate) fn env_variable(name: &str) -> Option<String> {
    // A value that is not text is shown in the error about it.
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl OpentracingConfig {
    /// The configuration that the `JAEGER_*` variables describe, as for Jaeger's other clients: enabled unless
    /// `JAEGER_DISABLED` is true, and with the remote sampler unless `JAEGER_SAMPLER_TYPE` names another.
    ///
    /// Variables fill in the settings that a configuration leaves out, also one from a file:
    /// [`build`](Self::build) reads the same variables. Only the tags of `JAEGER_TAGS` take precedence over
    /// tags of the same name. `docs/configuration.md` lists the variables.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// use fedtrace::OpentracingConfig;
    ///
    /// let mut config = OpentracingConfig::from_env()?;
    /// config.homeserver_whitelist = vec!["*.example.org".to_owned()];
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Names the variable and its value, if the value cannot be used. The addresses of the agent, the
    /// collector and the sampling server are read later, by [`build`](Self::build).
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(env_variable)
    }

    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let is_disabled = match value(&variable, names::DISABLED) {
            Some(value) => value.boolean()?,
            None => false,
        };
        let mut config = Self {
            enabled: !is_disabled,
            ..Self::default()
        };
        config.jaeger_config.default_sampler = SamplerConfig::Remote(None);
        if is_disabled {
            return Ok(config);
        }
        config.filled(variable)
    }

    /// This configuration, with missing settings filled in from variables.
    pub(crate) fn filled(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        config.fedtrace.fill(&variable)?;
        config.jaeger_config.fill(&variable)?;
        Ok(config)
    }
}

impl FedtraceConfig {
    fn fill(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let value = |name| value(&variable, name);
        fill(&mut self.rpc_metrics, value(names::RPC_METRICS), Value::boolean)?;
        if let (false, false, Some(console)) = (self.console, self.has_console, value(names::CONSOLE)) {
            self.console = console.boolean()?;
        }
        Ok(())
    }
}

impl JaegerConfig {
    fn fill(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let value = |name| value(&variable, name);
        fill(&mut self.service_name, value(names::SERVICE_NAME), Value::text)?;
        fill(&mut self.logging, value(names::LOG_SPANS), Value::boolean)?;
        fill(
            &mut self.reporter_queue_size,
            value(names::QUEUE_SIZE),
            Value::count,
        )?;
        fill(
            &mut self.reporter_flush_interval,
            value(names::FLUSH_INTERVAL),
            interval,
        )?;
        self.fill_sampler(value(names::SAMPLER_TYPE), value(names::SAMPLER_PARAM))?;
        fill(
            &mut self.sampling_refresh_interval,
            value(names::SAMPLER_REFRESH_INTERVAL),
            interval,
        )?;
        fill(
            &mut self.max_operations,
            value(names::SAMPLER_MAX_OPERATIONS),
            Value::count,
        )?;
        fill(
            &mut self.generate_128bit_trace_id,
            value(names::TRACE_ID_128BIT),
            Value::boolean,
        )?;
        fill(
            &mut self.propagation,
            value(names::PROPAGATION),
            Value::propagation,
        )?;
        self.add_tags(&variable)
    }

    fn fill_sampler(&mut self, kind: Option<Value>, param: Option<Value>) -> Result<(), ConfigError> {
        if self.sampler.is_none() && (kind.is_some() || param.is_some()) {
            self.sampler = Some(sampler(kind, param)?);
        }
        Ok(())
    }

    /// Tags of the environment replace those of the same name.
    fn add_tags(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let text = variable(names::TAGS).unwrap_or_default();
        for tag in tag_list::read(names::TAGS, &text, &variable)? {
            self.tags.retain(|other| other.key != tag.key);
            self.tags.push(tag);
        }
        Ok(())
    }
}

/// A variable that is there and not empty.
pub(crate) fn value(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<Value> {
    let text = variable(name)?;
    let text = text.trim();
    (!text.is_empty()).then(|| Value {
        path: name.to_owned(),
        node: Node::Text(text.to_owned()),
    })
}

pub(crate) fn fill<T>(
    setting: &mut Option<T>,
    value: Option<Value>,
    read: impl FnOnce(&Value) -> Result<T, ConfigError>,
) -> Result<(), ConfigError> {
    if let (None, Some(value)) = (&setting, value) {
        *setting = Some(read(&value)?);
    }
    Ok(())
}

fn sampler(kind: Option<Value>, param: Option<Value>) -> Result<SamplerConfig, ConfigError> {
    let is = |names: &[&str]| {
        let kind = kind.as_ref().map(|kind| &kind.node);
        matches!(kind, Some(Node::Text(text)) if names.iter().any(|name| text.eq_ignore_ascii_case(name)))
    };
    if is(&["const"]) && param.is_none() {
        // The clients disagree about its meaning.
        return Err(ConfigError::key(
            names::SAMPLER_PARAM,
            "is missing; write 1 to record every trace or 0 to record none",
        ));
    }
    let default = is(&["probabilistic", "ratelimiting", "rate_limiting"]).then(|| Value {
        path: names::SAMPLER_PARAM.to_owned(),
        node: Node::Text(DEFAULT_PARAM.to_owned()),
    });
    SamplerConfig::of(kind.as_ref(), param.or(default).as_ref(), names::SAMPLER_PARAM)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::names::{SAMPLER_PARAM as PARAM, SAMPLER_TYPE as TYPE};
    use super::*;
    use crate::codec::propagation::Propagation;

    fn among<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.to_string())
        }
    }

    fn config(variables: &[(&str, &str)]) -> JaegerConfig {
        OpentracingConfig::from_variables(among(variables))
            .unwrap()
            .jaeger_config
    }

    const ALL: &[(&str, &str)] = &[
        ("JAEGER_SERVICE_NAME", "service"),
        ("JAEGER_REPORTER_LOG_SPANS", "True"),
        ("JAEGER_REPORTER_MAX_QUEUE_SIZE", "200"),
        ("JAEGER_REPORTER_FLUSH_INTERVAL", "1m30s"),
        ("JAEGER_SAMPLER_TYPE", "const"),
        ("JAEGER_SAMPLER_PARAM", "1"),
        ("JAEGER_SAMPLER_REFRESH_INTERVAL", "500"),
        ("JAEGER_SAMPLER_MAX_OPERATIONS", "30"),
        ("JAEGER_TRACEID_128BIT", "1"),
        ("JAEGER_PROPAGATION", "jaeger,b3"),
        ("JAEGER_RPC_METRICS", "true"),
        ("FEDTRACE_CONSOLE", "true"),
        ("JAEGER_TAGS", "region=eu"),
    ];

    #[test]
    fn every_variable_is_read() {
        let config = OpentracingConfig::from_variables(among(ALL)).unwrap();
        assert_eq!(config.fedtrace.rpc_metrics, Some(true));
        assert!(config.fedtrace.console);
        let config = config.jaeger_config;
        assert_eq!(config.service_name.as_deref(), Some("service"));
        assert_eq!(config.logging, Some(true));
        assert_eq!(config.reporter_queue_size, Some(200));
        assert_eq!(config.reporter_flush_interval, Some(Duration::from_secs(90)));
        assert_eq!(config.sampler, Some(SamplerConfig::Const(true)));
        assert_eq!(config.sampling_refresh_interval, Some(Duration::from_millis(500)));
        assert_eq!(config.max_operations, Some(30));
        assert_eq!(config.generate_128bit_trace_id, Some(true));
        assert_eq!(
            config.propagation,
            Some(vec![Propagation::Jaeger, Propagation::B3])
        );
        assert_eq!(config.tags, [crate::model::tag::Tag::new("region", "eu")]);
    }

    #[test]
    fn what_the_configuration_says_wins_except_for_tags_of_the_same_name() {
        let said = OpentracingConfig {
            jaeger_config: JaegerConfig {
                service_name: Some("mine".to_owned()),
                logging: Some(false),
                reporter_queue_size: Some(1),
                reporter_flush_interval: Some(Duration::from_secs(1)),
                sampler: Some(SamplerConfig::Const(false)),
                sampling_refresh_interval: Some(Duration::from_secs(2)),
                max_operations: Some(3),
                generate_128bit_trace_id: Some(false),
                propagation: Some(vec![Propagation::W3c]),
                tags: vec![
                    crate::model::tag::Tag::new("region", "us"),
                    crate::model::tag::Tag::new("rack", 7),
                ],
                ..JaegerConfig::default()
            },
            fedtrace: FedtraceConfig {
                rpc_metrics: Some(false),
                has_console: true,
                ..FedtraceConfig::default()
            },
            ..OpentracingConfig::default()
        };
        let mut expected = said.clone();
        expected.jaeger_config.tags = vec![
            crate::model::tag::Tag::new("rack", 7),
            crate::model::tag::Tag::new("region", "eu"),
        ];
        assert_eq!(said.filled(among(ALL)).unwrap(), expected);
        assert_eq!(expected.filled(among(ALL)).unwrap(), expected);
    }

    #[test]
    fn a_wrong_value_is_an_error_that_names_the_variable_and_the_value() {
        for (name, text, problem) in [
            ("JAEGER_DISABLED", "maybe", "is not a truth value"),
            ("JAEGER_REPORTER_LOG_SPANS", "2", "is not a truth value"),
            ("JAEGER_REPORTER_MAX_QUEUE_SIZE", "0", "is not a count"),
            ("JAEGER_REPORTER_MAX_QUEUE_SIZE", "-1", "is not a count"),
            ("JAEGER_REPORTER_FLUSH_INTERVAL", "soon", "is not an interval"),
            ("JAEGER_REPORTER_FLUSH_INTERVAL", "0", "is not an interval"),
            ("JAEGER_REPORTER_FLUSH_INTERVAL", "-1s", "is not an interval"),
            ("JAEGER_REPORTER_FLUSH_INTERVAL", "25h", "is not an interval"),
            ("JAEGER_SAMPLER_REFRESH_INTERVAL", "1.5.5s", "is not an interval"),
            ("JAEGER_SAMPLER_MAX_OPERATIONS", "many", "is not a count"),
            ("JAEGER_SAMPLER_TYPE", "all", "is not a type of sampler"),
            ("JAEGER_SAMPLER_PARAM", "2", "is not a probability"),
            ("JAEGER_TRACEID_128BIT", "long", "is not a truth value"),
            ("JAEGER_RPC_METRICS", "some", "is not a truth value"),
            ("FEDTRACE_CONSOLE", "some", "is not a truth value"),
            ("JAEGER_PROPAGATION", "jaeger,zipkin", "is not a propagation"),
            ("JAEGER_TAGS", "region", "is not a tag"),
        ] {
            let error = OpentracingConfig::from_variables(among(&[(name, text)])).unwrap_err();
            assert_eq!(error.path(), name);
            let error = error.to_string();
            assert!(
                error.starts_with(&format!("{name}: {text:?} {problem}")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_sampler_without_a_parameter_has_that_of_the_other_clients() {
        let of = |variables: &[(&str, &str)]| config(variables).sampler;
        assert_eq!(of(&[]), None);
        assert_eq!(config(&[]).sampler_or_default(), SamplerConfig::Remote(None));
        assert_eq!(of(&[(PARAM, "0.5")]), Some(SamplerConfig::Remote(Some(0.5))));
        assert_eq!(of(&[(TYPE, "remote")]), Some(SamplerConfig::Remote(None)));
        assert_eq!(
            of(&[(TYPE, "Probabilistic")]),
            Some(SamplerConfig::Probabilistic(0.001))
        );
        assert_eq!(
            of(&[(TYPE, "ratelimiting"), (PARAM, "2")]),
            Some(SamplerConfig::RateLimiting(2.0))
        );
        let error = OpentracingConfig::from_variables(among(&[(TYPE, "const")])).unwrap_err();
        assert_eq!(error.path(), PARAM);
    }

    #[test]
    fn disabled_is_off_and_nothing_else_is_looked_at() {
        let config = OpentracingConfig::from_variables(among(&[
            ("JAEGER_DISABLED", "true"),
            ("JAEGER_TAGS", "region"),
        ]));
        assert!(!config.unwrap().enabled);
        for text in ["false", "0", "", " "] {
            let config = OpentracingConfig::from_variables(among(&[("JAEGER_DISABLED", text)]));
            assert!(config.unwrap().enabled, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_in_a_variable_makes_reading_panic(
            texts in prop::collection::vec(
                prop_oneof![any::<String>(), "[a-z0-9=,:.${}%]{0,20}", "[0-9.]{0,30}(h|m|s|ms|us|ns){0,2}"],
                ALL.len(),
            ),
        ) {
            for ((name, _), text) in ALL.iter().zip(&texts) {
                let read = OpentracingConfig::from_variables(among(&[(name, text)]));
                if let Err(error) = read {
                    let names_one = ALL.iter().any(|(name, _)| error.path() == *name);
                    prop_assert!(names_one, "{}", error);
                }
            }
        }
    }
}
