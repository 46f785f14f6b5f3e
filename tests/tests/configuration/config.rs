//! The `opentracing:` section, as people write it.

use std::time::Duration;

use fedtrace::OpentracingConfig;
use fedtrace::config::{JaegerConfig, SamplerConfig};
use fedtrace::propagation::Propagation;
use fedtrace::{InitError, Tag};

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Homeserver {
    opentracing: OpentracingConfig,
}

fn yaml(text: &str) -> Result<OpentracingConfig, String> {
    yaml_serde::from_str::<Homeserver>(text)
        .map(|server| server.opentracing)
        .map_err(|error| error.to_string())
}

/// The error of a section that is enabled, from what stands below `opentracing:`.
fn error_of(section: &str) -> String {
    let section: String = section.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!("opentracing:\n  enabled: true\n{section}");
    yaml(&text).expect_err("a wrong section is refused")
}

#[track_caller]
fn assert_refused(section: &str, expected: &str) {
    let error = error_of(section);
    assert!(
        error.contains(expected),
        "\n{section}\ngives\n{error}\nwithout\n{expected}"
    );
}

const SYNAPSE_SAMPLE: &str = r#"
opentracing:
  enabled: true
  homeserver_whitelist:
    - "mytrustedhomeserver.org"
    - "*.myotherhomeservers.com"
"#;

#[test]
fn the_sample_of_synapses_documentation_loads_verbatim() {
    let config = yaml(SYNAPSE_SAMPLE).unwrap();
    assert!(config.enabled);
    assert_eq!(
        config.homeserver_whitelist,
        ["mytrustedhomeserver.org", "*.myotherhomeservers.com"]
    );
    assert_eq!(config.jaeger_config, JaegerConfig::default());
    assert_eq!(
        config.jaeger_config.sampler_or_default(),
        SamplerConfig::Const(true)
    );
    assert_eq!(config.jaeger_config.logging, None);
}

#[test]
fn tracing_is_off_by_default() {
    for text in [
        "{}",
        "opentracing:",
        "opentracing: {}",
        "opentracing:\n  jaeger_config:\n",
    ] {
        assert_eq!(yaml(text).unwrap(), OpentracingConfig::default(), "{text}");
    }
    assert!(!OpentracingConfig::default().enabled);
}

const EVERY_KEY: &str = r#"
opentracing:
  enabled: true
  homeserver_whitelist: ["a.example"]
  jaeger_config:
    sampler: { type: const, param: 0 }
    logging: true
    local_agent: { enabled: true, reporting_host: jaeger, reporting_port: 7000, sampling_port: 7001 }
    sampling_refresh_interval: 30
    max_operations: 100
    tags: { region: eu, rack: 7, load: 0.5, canary: true }
    service_name: my service
    max_tag_value_length: 256
    reporter_queue_size: 1000
    reporter_flush_interval: 2.5
    reporter_batch_size: 10
    enabled: true
    metrics: false
    generate_128bit_trace_id: true
    propagation: [b3, jaeger]
    trace_id_header: X_Trace
    baggage_header_prefix: x-ctx-
    debug_id_header: x-debug
    max_traceback_length: 4096
    throttler: { port: 7002, refresh_interval: 2.5 }
"#;

#[test]
fn every_key_is_read_and_tags_keep_their_types() {
    let config = yaml(EVERY_KEY).unwrap();
    let jaeger = &config.jaeger_config;
    assert_eq!(jaeger.sampler_or_default(), SamplerConfig::Const(false));
    assert_eq!(jaeger.logging, Some(true));
    assert_eq!(jaeger.local_agent.reporting_host.as_deref(), Some("jaeger"));
    assert_eq!(jaeger.local_agent.reporting_port, Some(7000));
    assert_eq!(jaeger.local_agent.sampling_port, Some(7001));
    assert_eq!(jaeger.sampling_refresh_interval, Some(Duration::from_secs(30)));
    assert_eq!(jaeger.max_operations, Some(100));
    assert_eq!(
        jaeger.tags,
        [
            Tag::new("region", "eu"),
            Tag::new("rack", 7),
            Tag::new("load", 0.5),
            Tag::new("canary", true)
        ]
    );
    assert_eq!(jaeger.service_name.as_deref(), Some("my service"));
    assert_eq!(jaeger.max_tag_value_length, Some(256));
    assert_eq!(jaeger.max_traceback_length, Some(4096));
    assert_eq!(jaeger.reporter_queue_size, Some(1000));
    assert_eq!(jaeger.reporter_flush_interval, Some(Duration::from_millis(2500)));
    assert_eq!(jaeger.reporter_batch_size, Some(10));
    assert_eq!(jaeger.metrics, Some(false));
    assert_eq!(jaeger.generate_128bit_trace_id, Some(true));
    assert_eq!(
        jaeger.propagation.as_deref(),
        Some(&[Propagation::B3, Propagation::Jaeger][..])
    );
    let throttler = jaeger.throttler.unwrap();
    assert_eq!(
        (throttler.port, throttler.refresh_interval),
        (Some(7002), Some(Duration::from_millis(2500)))
    );
    let names = [
        &jaeger.trace_id_header,
        &jaeger.baggage_header_prefix,
        &jaeger.debug_id_header,
    ];
    let names = names.map(|name| name.as_ref().map(|name| name.as_str()));
    assert_eq!(names, [Some("x-trace"), Some("x-ctx-"), Some("x-debug")]);
}

#[test]
fn propagation_is_a_name_several_with_commas_or_a_list() {
    for (written, read) in [
        ("b3", &[Propagation::B3][..]),
        ("W3C", &[Propagation::W3c]),
        ("'jaeger, w3c'", &[Propagation::Jaeger, Propagation::W3c]),
        (
            "[w3c, 'b3,jaeger']",
            &[Propagation::W3c, Propagation::B3, Propagation::Jaeger],
        ),
    ] {
        let text = format!("opentracing: {{enabled: true, jaeger_config: {{propagation: {written}}}}}");
        let config = yaml(&text).unwrap();
        assert_eq!(
            config.jaeger_config.propagation.as_deref(),
            Some(read),
            "{written}"
        );
    }
}

#[test]
fn yaml_toml_and_json_mean_the_same() {
    let toml = r#"
        [opentracing]
        enabled = true
        homeserver_whitelist = ["a.example"]
        [opentracing.jaeger_config]
        logging = true
        tags = { region = "eu", rack = 7, load = 0.5, canary = true }
        service_name = "my service"
        max_tag_value_length = 256
        max_traceback_length = 4096
        sampling_refresh_interval = 30
        max_operations = 100
        reporter_queue_size = 1000
        reporter_batch_size = 10
        reporter_flush_interval = 2.5
        metrics = false
        generate_128bit_trace_id = true
        propagation = ["b3", "jaeger"]
        trace_id_header = "x-trace"
        baggage_header_prefix = "x-ctx-"
        debug_id_header = "x-debug"
        [opentracing.jaeger_config.sampler]
        type = "const"
        param = 0
        [opentracing.jaeger_config.local_agent]
        reporting_host = "jaeger"
        reporting_port = 7000
        sampling_port = 7001
        [opentracing.jaeger_config.throttler]
        port = 7002
        refresh_interval = 2.5
    "#;
    let json = r#"{"opentracing": {"enabled": true, "homeserver_whitelist": ["a.example"], "jaeger_config": {
        "sampler": {"type": "const", "param": 0}, "logging": true, "service_name": "my service",
        "local_agent": {"reporting_host": "jaeger", "reporting_port": 7000, "sampling_port": 7001},
        "tags": {"region": "eu", "rack": 7, "load": 0.5, "canary": true},
        "sampling_refresh_interval": 30, "max_operations": 100,
        "max_tag_value_length": 256, "max_traceback_length": 4096, "reporter_queue_size": 1000, "reporter_flush_interval": 2.5,
        "reporter_batch_size": 10, "metrics": false,
        "generate_128bit_trace_id": true, "propagation": ["b3", "jaeger"], "trace_id_header": "x-trace",
        "baggage_header_prefix": "x-ctx-", "debug_id_header": "x-debug",
        "throttler": {"port": 7002, "refresh_interval": 2.5}}}}"#;
    let sorted = |mut server: Homeserver| {
        // toml hands out the keys of a table in alphabetical order.
        server
            .opentracing
            .jaeger_config
            .tags
            .sort_by(|a, b| a.key.cmp(&b.key));
        server.opentracing
    };
    let yaml = sorted(yaml_serde::from_str(EVERY_KEY).unwrap());
    assert_eq!(sorted(toml::from_str(toml).unwrap()), yaml);
    assert_eq!(sorted(serde_json::from_str(json).unwrap()), yaml);
}

#[test]
fn an_error_has_the_full_path_in_every_format() {
    let expected =
        r#"opentracing.jaeger_config.sampler.type: "constant" is not a type of sampler; write const, "#;
    let yaml = error_of("jaeger_config: { sampler: { type: constant } }");
    let toml = "[opentracing]\nenabled = true\njaeger_config.sampler.type = 'constant'";
    let toml = toml::from_str::<Homeserver>(toml).unwrap_err().to_string();
    let json = r#"{"opentracing": {"enabled": true, "jaeger_config": {"sampler": {"type": "constant"}}}}"#;
    let json = serde_json::from_str::<Homeserver>(json).unwrap_err().to_string();
    for error in [yaml, toml, json] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_nearest_one() {
    assert_refused(
        "homeserver_witelist: []",
        "opentracing.homeserver_witelist: there is no such key; did you mean homeserver_whitelist?",
    );
    assert_refused(
        "jaeger_config: { sampler: { type: const, param: 1 }, serviceName: x }",
        "opentracing.jaeger_config.serviceName: there is no such key; did you mean service_name?",
    );
    assert_refused(
        "jaeger_config: { sampler: { type: const, params: 1 } }",
        "opentracing.jaeger_config.sampler.params: there is no such key; did you mean param?",
    );
    assert_refused(
        "tracer_enabled: true",
        "opentracing.tracer_enabled: there is no such key; did you mean enabled?",
    );
    assert_refused(
        "jaeger_config: { sampler: { type: const, param: 1 }, service: x }",
        "opentracing.jaeger_config.service: there is no such key; did you mean service_name?",
    );
    assert_refused(
        "jaeger_config: { sampler: { type: const }, local_agent: { colour: 1 } }",
        "opentracing.jaeger_config.local_agent.colour: there is no such key; \
         write one of reporting_host, reporting_port, sampling_port, enabled",
    );
}

#[test]
fn a_parameter_that_does_not_fit_its_sampler_is_an_error() {
    for (sampler, expected) in [
        (
            "type: probabilistic",
            "is missing; write a probability from 0 to 1",
        ),
        (
            "type: probabilistic, param: 1.5",
            "1.5 is not a probability; write a number from 0 to 1",
        ),
        ("type: probabilistic, param: -0.1", "-0.1 is not a probability"),
        ("type: probabilistic, param: .nan", "NaN is not a probability"),
        (
            "type: ratelimiting",
            "is missing; write how many traces in a second",
        ),
        (
            "type: ratelimiting, param: -1",
            "-1 is not a rate; write how many traces in a second, at least 0",
        ),
        ("type: ratelimiting, param: fast", "\"fast\" is not a rate"),
    ] {
        assert_refused(
            &format!("jaeger_config: {{ sampler: {{ {sampler} }} }}"),
            &format!("opentracing.jaeger_config.sampler.param: {expected}"),
        );
    }
}

#[test]
fn a_jaeger_config_without_a_sampler_or_a_type_of_it_asks_for_the_remote_one() {
    for (section, initial) in [
        ("{}", None),
        ("{ logging: true, sampler: null }", None),
        ("{ sampler: {} }", None),
        ("{ sampler: { param: 0.5 } }", Some(0.5)),
        ("{ sampler: { type: remote } }", None),
        ("{ sampler: { type: remote, param: 1 } }", Some(1.0)),
    ] {
        let config = yaml(&format!(
            "opentracing: {{ enabled: true, jaeger_config: {section} }}"
        ))
        .unwrap();
        assert_eq!(
            config.jaeger_config.sampler_or_default(),
            SamplerConfig::Remote(initial),
            "{section}"
        );
    }
    assert_refused(
        "jaeger_config: { sampler: { type: remote, param: 2 } }",
        "opentracing.jaeger_config.sampler.param: 2 is not a probability",
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_an_error_with_its_path() {
    for (section, expected) in [
        (
            "homeserver_whitelist: a.example",
            "opentracing.homeserver_whitelist: \"a.example\" is not a list",
        ),
        (
            "homeserver_whitelist: [a, 3]",
            "opentracing.homeserver_whitelist[1]: 3 is not text",
        ),
        (
            "jaeger_config: [1]",
            "opentracing.jaeger_config: a list is not a section",
        ),
    ] {
        assert_refused(section, expected);
    }
    for (key, expected) in [
        (
            "logging: maybe",
            "logging: \"maybe\" is not a truth value; write true or false",
        ),
        ("max_operations: 0", "max_operations: 0 is not a count"),
        ("reporter_queue_size: 0", "reporter_queue_size: 0 is not a count"),
        (
            "reporter_queue_size: 1.5",
            "reporter_queue_size: 1.5 is not a count",
        ),
        (
            "reporter_batch_size: many",
            "reporter_batch_size: \"many\" is not a count",
        ),
        (
            "reporter_flush_interval: -1",
            "reporter_flush_interval: -1 is not an interval; write seconds, at most 86400, or 0 for none",
        ),
        (
            "reporter_flush_interval: .nan",
            "reporter_flush_interval: NaN is not an interval",
        ),
        (
            "reporter_flush_interval: 1e300",
            "reporter_flush_interval: 1e300 is not an interval",
        ),
        (
            "tags: { a: [1] }",
            "tags.a: a list is not text, a number or a truth value",
        ),
        ("tags: [a]", "tags: a list is not a section"),
        ("service_name: 7", "service_name: 7 is not text; put it in quotes"),
        (
            "propagation: zipkin",
            "propagation: \"zipkin\" is not a propagation; write jaeger, b3 or w3c",
        ),
        ("propagation: [b3, 3]", "propagation[1]: 3 is not a propagation"),
        (
            "propagation: []",
            "propagation: is an empty list; write jaeger, b3 or w3c",
        ),
        (
            "trace_id_header: 'a b'",
            "trace_id_header: \"a b\" is not the name of a header",
        ),
        (
            "trace_id_header: Content_Type",
            "trace_id_header: \"Content_Type\" would take content-type out of messages; write another name, such as x-trace",
        ),
        (
            "debug_id_header: host",
            "debug_id_header: \"host\" would take host out of messages",
        ),
        (
            "baggage_header_prefix: x-",
            "baggage_header_prefix: \"x-\" would take x-forwarded-for out of messages",
        ),
        (
            "baggage_header_prefix: ''",
            "baggage_header_prefix: \"\" is not the name of a header",
        ),
        (
            "throttler: { ports: 1 }",
            "throttler.ports: there is no such key; did you mean port?",
        ),
        ("throttler: true", "throttler: true is not a section"),
        (
            "throttler: { port: 65536 }",
            "throttler.port: 65536 is not a port; write a number from 1 to 65535",
        ),
        (
            "throttler: { refresh_interval: 0 }",
            "throttler.refresh_interval: 0 is not an interval",
        ),
        (
            "max_traceback_length: -1",
            "max_traceback_length: -1 is not a count",
        ),
        (
            "local_agent: { reporting_port: 65536 }",
            "local_agent.reporting_port: 65536 is not a port",
        ),
        (
            "sampling_refresh_interval: 0",
            "sampling_refresh_interval: 0 is not an interval",
        ),
        (
            "local_agent: { sampling_port: 0 }",
            "local_agent.sampling_port: 0 is not a port",
        ),
        (
            "local_agent: { reporting_port: true }",
            "local_agent.reporting_port: true is not a port",
        ),
        (
            "local_agent: { reporting_host: 1.5 }",
            "local_agent.reporting_host: 1.5 is not text",
        ),
    ] {
        assert_refused(
            &format!("jaeger_config:\n  sampler: {{ type: const }}\n  {key}"),
            &format!("opentracing.jaeger_config.{expected}"),
        );
    }
    let twice = serde_json::from_str::<OpentracingConfig>(r#"{"enabled": true, "enabled": false}"#);
    assert!(
        twice
            .unwrap_err()
            .to_string()
            .contains("opentracing.enabled: is there twice")
    );
}

#[test]
fn null_is_the_same_as_leaving_the_key_out_also_where_the_keys_are_names_of_the_file() {
    let read = |tag: &str, header: &str, operation: &str| {
        let text = format!(
            "{{opentracing: {{enabled: true, jaeger_config: {{tags: {{a: 1{tag}}}}}, fedtrace: {{\
             collector: {{headers: {{X-A: a{header}}}}}, sampling: {{operations: {{/a: 1{operation}}}}}}}}}}}"
        );
        yaml(&text).unwrap()
    };
    assert_eq!(read(", b: null", ", X-B: null", ", /b: null"), read("", "", ""));
}

#[test]
fn numbers_are_read_from_integers_floats_and_text_and_a_parameter_also_from_truth_values() {
    for (param, sampled) in [
        ("1", true),
        ("1.0", true),
        ("'1'", true),
        ("'1.0'", true),
        ("true", true),
        ("'True'", true),
        ("0", false),
        ("0.0", false),
        ("'0'", false),
        ("false", false),
        ("none", false),
        ("null", false),
    ] {
        let text = format!(
            "{{opentracing: {{enabled: true, jaeger_config: {{sampler: {{type: const, param: {param}}}}}}}}}"
        );
        assert_eq!(
            yaml(&text).unwrap().jaeger_config.sampler_or_default(),
            SamplerConfig::Const(sampled),
            "{param}"
        );
    }
    assert_refused(
        "jaeger_config: { sampler: { type: const, param: 0.5 } }",
        "opentracing.jaeger_config.sampler.param: 0.5 is not 0 or 1",
    );
    for (sampler, expected) in [
        (
            "type: probabilistic, param: 0.25",
            SamplerConfig::Probabilistic(0.25),
        ),
        ("type: probabilistic, param: 1", SamplerConfig::Probabilistic(1.0)),
        (
            "type: Probabilistic, param: true",
            SamplerConfig::Probabilistic(1.0),
        ),
        ("type: ratelimiting, param: 2", SamplerConfig::RateLimiting(2.0)),
        (
            "type: rate_limiting, param: '0.5'",
            SamplerConfig::RateLimiting(0.5),
        ),
    ] {
        let text = format!("{{opentracing: {{enabled: true, jaeger_config: {{sampler: {{{sampler}}}}}}}}}");
        assert_eq!(yaml(&text).unwrap().jaeger_config.sampler_or_default(), expected);
    }
    for port in ["7000", "7000.0", "'7000'"] {
        let text = format!(
            "{{opentracing: {{enabled: true, jaeger_config: {{sampler: {{type: const}}, \
             local_agent: {{reporting_port: {port}}}}}}}}}"
        );
        assert_eq!(
            yaml(&text).unwrap().jaeger_config.local_agent.reporting_port,
            Some(7000)
        );
    }
}

#[test]
fn a_disabled_section_is_only_checked_for_the_names_of_its_own_keys() {
    let text = "opentracing: { force_tracing_for_users: 3, jaeger_config: { sampler: { type: none } } }";
    let config = yaml(text).unwrap();
    assert!(!config.enabled);
    let (_tracer, _guard) = config.build("hs").unwrap();
    let error = yaml("opentracing: { jaeger: {} }").unwrap_err();
    assert!(
        error.contains("opentracing.jaeger: there is no such key"),
        "{error}"
    );
}

#[test]
fn a_section_that_is_enabled_later_is_checked_then() {
    let mut config = yaml("opentracing: { homeserver_whitelist: [a.example] }").unwrap();
    assert_eq!(config.homeserver_whitelist, ["a.example"]);
    config.enabled = true;
    let (_tracer, _guard) = config.build("hs").unwrap();

    let mut config = yaml("opentracing: { jaeger_config: { sampler: { type: none } } }").unwrap();
    config.enabled = true;
    let error = config.build("hs").unwrap_err();
    assert!(matches!(error, InitError::Config(_)));
    assert_eq!(
        error.to_string(),
        "opentracing.jaeger_config.sampler.type: \"none\" is not a type of sampler; \
         write const, probabilistic, ratelimiting or remote"
    );
}

#[test]
fn a_key_that_begins_with_a_dollar_is_a_key() {
    let config: OpentracingConfig = yaml_serde::from_str(
        "jaeger_config: {sampler: {type: const, param: 1}, tags: {$a: b}}\nenabled: true",
    )
    .unwrap();
    assert_eq!(config.jaeger_config.tags.len(), 1);
    let section = "enabled: true\nhomeserver_whitelist: [{$x: evil.org}]";
    let error = yaml_serde::from_str::<OpentracingConfig>(section)
        .unwrap_err()
        .to_string();
    assert!(error.contains("opentracing.homeserver_whitelist[0]"), "{error}");
}

#[test]
fn a_whole_file_is_not_the_section() {
    let error = yaml_serde::from_str::<OpentracingConfig>("opentracing: {enabled: true}").unwrap_err();
    assert!(
        error.to_string().contains("a struct with a field of that name"),
        "{error}"
    );
}

#[test]
fn what_a_batch_is_and_when_it_is_sent_is_that_of_the_file() {
    let jaeger = |section: &str| {
        let text = format!("opentracing: {{ enabled: true, jaeger_config: {{ {section} }} }}");
        yaml(&text).unwrap().jaeger_config
    };
    assert_eq!(jaeger("reporter_batch_size: 10").reporter_batch_size, Some(10));
    assert_eq!(
        jaeger("reporter_flush_interval: 0").reporter_flush_interval,
        Some(Duration::ZERO)
    );
    assert_eq!(jaeger("metrics: false").metrics, Some(false));
    for (section, problem) in [
        (
            "reporter_batch_size: 10, reporter_queue_size: 9",
            "10 is more than reporter_queue_size, which is 9",
        ),
        (
            "reporter_batch_size: 100000",
            "100000 is more than reporter_queue_size, which is 65536",
        ),
    ] {
        let text = format!("opentracing: {{ enabled: true, jaeger_config: {{ {section} }} }}");
        let error = yaml(&text).unwrap().build("example.org").unwrap_err().to_string();
        let expected = format!("opentracing.jaeger_config.reporter_batch_size: {problem}");
        assert!(error.contains(&expected), "{section}\n{error}");
    }
    // What counts is the queue that there is.
    let text = "opentracing: { enabled: true, jaeger_config: { reporter_batch_size: 1000 } }";
    for (places, is_possible) in [(1_000, true), (999, false)] {
        let built = yaml(text)
            .unwrap()
            .build_with("example.org", |builder| builder.queue_size(places));
        assert_eq!(built.is_ok(), is_possible, "{places}");
    }
}

#[test]
fn a_header_that_would_say_two_things_is_an_error_that_names_both_keys() {
    for (keys, expected) in [
        (
            "trace_id_header: x-a, debug_id_header: X_A",
            "opentracing.jaeger_config.trace_id_header: \"x-a\" is the name of \
             opentracing.jaeger_config.debug_id_header too; write another name",
        ),
        (
            "trace_id_header: jaeger-debug-id",
            "opentracing.jaeger_config.trace_id_header: \"jaeger-debug-id\" is the name of \
             opentracing.jaeger_config.debug_id_header too",
        ),
        (
            "debug_id_header: synapse-trace-id",
            "opentracing.jaeger_config.debug_id_header: \"synapse-trace-id\" is the name of \
             opentracing.fedtrace.trace_id_header too",
        ),
        (
            "trace_id_header: x-a-b, baggage_header_prefix: x-a-",
            "opentracing.jaeger_config.trace_id_header: \"x-a-b\" begins with \"x-a-\", the value of \
             opentracing.jaeger_config.baggage_header_prefix",
        ),
        (
            "baggage_header_prefix: uber-",
            "opentracing.jaeger_config.baggage_header_prefix: \"uber-\" is a prefix of uber-trace-id",
        ),
        (
            "baggage_header_prefix: trace",
            "opentracing.jaeger_config.baggage_header_prefix: \"trace\" is a prefix of traceparent",
        ),
        (
            "baggage_header_prefix: x-b3-s, propagation: b3",
            "opentracing.jaeger_config.baggage_header_prefix: \"x-b3-s\" is a prefix of x-b3-spanid; write another name",
        ),
        (
            "trace_id_header: x-b3-traceid, propagation: [jaeger, b3]",
            "opentracing.jaeger_config.trace_id_header: \"x-b3-traceid\" is a header of another propagation format",
        ),
        (
            "debug_id_header: traceparent",
            "opentracing.jaeger_config.debug_id_header: \"traceparent\" is a header of another propagation format",
        ),
    ] {
        let text =
            format!("enabled: true\njaeger_config: {{ sampler: {{ type: const, param: 1 }}, {keys} }}");
        let config: OpentracingConfig = yaml_serde::from_str(&text).unwrap();
        let error = config.build("example.org").unwrap_err().to_string();
        assert!(error.starts_with(expected), "{keys}: {error}");
    }
    // What everybody else calls them may be written, too.
    let usual =
        "trace_id_header: uber-trace-id, debug_id_header: jaeger-debug-id, baggage_header_prefix: uberctx-";
    let text = format!("enabled: true\njaeger_config: {{ sampler: {{ type: const, param: 1 }}, {usual} }}");
    let config: OpentracingConfig = yaml_serde::from_str(&text).unwrap();
    drop(config.build("example.org").unwrap());
}

#[test]
fn a_merge_key_that_nobody_resolved_is_an_error_that_says_how() {
    for (section, key) in [
        ("<<: *base", "opentracing.<<"),
        ("jaeger_config: { <<: *base }", "opentracing.jaeger_config.<<"),
        (
            "jaeger_config: { tags: { <<: *base } }",
            "opentracing.jaeger_config.tags.<<",
        ),
    ] {
        let text = format!("base: &base {{ enabled: true }}\nopentracing:\n  enabled: true\n  {section}");
        let error = yaml(&text).unwrap_err();
        let expected = format!(
            "{key}: is a merge key, which has to be resolved before the section is read \
             (`Value::apply_merge` of the YAML crate); or write its keys here"
        );
        assert!(error.contains(&expected), "{error}");
    }
}
