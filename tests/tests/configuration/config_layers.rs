//! The section in layers, a file below and the environment above, as homeservers in Rust put theirs together.

use std::time::Duration;

use fedtrace::OpentracingConfig;
use fedtrace::config::{AgentProtocol, SamplerConfig};
use fedtrace::propagation::Propagation;
use figment::Figment;
use figment::Jail;
use figment::providers::{Env, Format, Toml};

#[derive(Debug, serde::Deserialize)]
struct Homeserver {
    server_name: String,
    #[serde(default)]
    opentracing: OpentracingConfig,
}

const FILE: &str = r#"
    [global]
    server_name = "example.org"

    [global.opentracing]
    enabled = false
    homeserver_whitelist = ["*.example.net"]

    [global.opentracing.jaeger_config]
    sampler = { type = "const", param = 1 }
    tags = { region = "eu" }
    reporter_queue_size = 100

    [global.opentracing.fedtrace.sampling.operations]
    "/sync" = 0.001
"#;

/// As the homeservers of the conduit family do it.
#[expect(clippy::result_large_err, reason = "the error is figment's")]
fn layered(variables: &[(&str, &str)]) -> Result<Homeserver, String> {
    let mut read = Err(String::new());
    Jail::try_with(|jail| {
        jail.create_file("server.toml", FILE)?;
        for (name, value) in variables {
            jail.set_env(name, value);
        }
        read = Figment::new()
            .merge(Toml::file("server.toml").nested())
            .merge(Env::prefixed("SERVER_").global().split("__"))
            .select("global")
            .extract()
            .map_err(|error| error.to_string());
        Ok(())
    })
    .unwrap();
    read
}

#[test]
fn the_file_alone_is_the_section() {
    let server = layered(&[]).unwrap();
    assert_eq!(server.server_name, "example.org");
    let config = server.opentracing;
    assert!(!config.enabled);
    assert_eq!(config.homeserver_whitelist, ["*.example.net"]);
    assert_eq!(config.jaeger_config.sampler, Some(SamplerConfig::Const(true)));
    assert_eq!(config.fedtrace.sampling.operations.len(), 1);
}

#[test]
fn variables_above_the_file_change_single_keys_of_every_kind() {
    let config = layered(&[
        ("SERVER_OPENTRACING__ENABLED", "true"),
        (
            "SERVER_OPENTRACING__JAEGER_CONFIG__SAMPLER__TYPE",
            "probabilistic",
        ),
        ("SERVER_OPENTRACING__JAEGER_CONFIG__SAMPLER__PARAM", "0.5"),
        ("SERVER_OPENTRACING__JAEGER_CONFIG__LOGGING", "1"),
        ("SERVER_OPENTRACING__JAEGER_CONFIG__TAGS__RACK", "7"),
        (
            "SERVER_OPENTRACING__JAEGER_CONFIG__REPORTER_QUEUE_SIZE",
            "\"2000\"",
        ),
        ("SERVER_OPENTRACING__JAEGER_CONFIG__REPORTER_FLUSH_INTERVAL", "2"),
        ("SERVER_OPENTRACING__JAEGER_CONFIG__PROPAGATION", "[w3c, jaeger]"),
        (
            "SERVER_OPENTRACING__JAEGER_CONFIG__LOCAL_AGENT__REPORTING_PORT",
            "7000",
        ),
        ("SERVER_OPENTRACING__FEDTRACE__TRACE_ID_FOR_CLIENTS", "yes"),
        ("SERVER_OPENTRACING__FEDTRACE__AGENT_PROTOCOL", "binary"),
        (
            "SERVER_OPENTRACING__HOMESERVER_WHITELIST",
            "[a.example, \"*.b.example\"]",
        ),
    ])
    .unwrap()
    .opentracing;
    assert!(config.enabled);
    assert_eq!(config.homeserver_whitelist, ["a.example", "*.b.example"]);
    let jaeger = &config.jaeger_config;
    assert_eq!(jaeger.sampler, Some(SamplerConfig::Probabilistic(0.5)));
    assert_eq!(jaeger.logging, Some(true));
    assert_eq!(jaeger.tags.len(), 2);
    assert_eq!(jaeger.reporter_queue_size, Some(2000));
    assert_eq!(jaeger.reporter_flush_interval, Some(Duration::from_secs(2)));
    assert_eq!(
        jaeger.propagation.as_deref(),
        Some(&[Propagation::W3c, Propagation::Jaeger][..])
    );
    assert_eq!(jaeger.local_agent.reporting_port, Some(7000));
    assert!(config.fedtrace.trace_id_for_clients);
    assert_eq!(config.fedtrace.agent_protocol, AgentProtocol::Binary);
}

#[test]
fn the_parameter_of_a_sampler_is_what_the_layer_makes_of_it() {
    for (kind, param, expected) in [
        ("const", "true", SamplerConfig::Const(true)),
        ("const", "0", SamplerConfig::Const(false)),
        ("const", "1.0", SamplerConfig::Const(true)),
        ("const", "\"false\"", SamplerConfig::Const(false)),
        ("probabilistic", "1", SamplerConfig::Probabilistic(1.0)),
        ("probabilistic", "true", SamplerConfig::Probabilistic(1.0)),
        ("probabilistic", "\"0.25\"", SamplerConfig::Probabilistic(0.25)),
        ("ratelimiting", "3", SamplerConfig::RateLimiting(3.0)),
    ] {
        let config = layered(&[
            ("SERVER_OPENTRACING__ENABLED", "true"),
            ("SERVER_OPENTRACING__JAEGER_CONFIG__SAMPLER__TYPE", kind),
            ("SERVER_OPENTRACING__JAEGER_CONFIG__SAMPLER__PARAM", param),
        ]);
        let sampler = config.unwrap().opentracing.jaeger_config.sampler;
        assert_eq!(sampler, Some(expected), "{kind} {param}");
    }
}

#[test]
fn an_unknown_key_of_a_variable_is_an_error_with_its_path_and_the_nearest_one() {
    let error = layered(&[
        ("SERVER_OPENTRACING__ENABLED", "true"),
        ("SERVER_OPENTRACING__JAEGER_CONFIG__SAMPLER__PARM", "1"),
    ])
    .unwrap_err();
    assert!(
        error.contains("opentracing.jaeger_config.sampler.parm: there is no such key; did you mean param?"),
        "{error}"
    );
}

#[test]
fn a_text_of_digits_in_a_variable_needs_quotes_and_the_error_says_so() {
    let password = |text: &str| {
        layered(&[
            ("SERVER_OPENTRACING__ENABLED", "true"),
            ("SERVER_OPENTRACING__FEDTRACE__COLLECTOR__USER", "fedtrace"),
            ("SERVER_OPENTRACING__FEDTRACE__COLLECTOR__PASSWORD", text),
        ])
        .map(|server| server.opentracing.fedtrace.collector.password)
    };
    let error = password("007").unwrap_err();
    assert!(
        error.contains("password: is not text; put it in quotes, also in a variable"),
        "{error}"
    );
    assert_eq!(password("\"007\"").unwrap().as_deref(), Some("007"));
}
