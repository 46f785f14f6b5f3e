//! The variables of Jaeger's clients. Each test runs itself again in a process with the variables set.

use std::time::Duration;

use fedtrace::OpentracingConfig;
use fedtrace_tests::{FakeAgent, FakeSamplingServer, LogLines, is_alone, run_alone};

fn run_again(test: &str, variables: &[(&str, &str)]) -> String {
    run_alone(&format!("config_environment::{test}"), variables)
}

fn send_a_span(config: &OpentracingConfig) {
    let (tracer, guard) = config.build("example.org").unwrap();
    fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    guard.shutdown(Duration::from_secs(10)).unwrap();
}

#[test]
fn the_agent_is_the_one_of_the_environment_if_the_file_names_none() {
    if is_alone() {
        return send_a_span(&yaml_serde::from_str("enabled: true").unwrap());
    }
    let agent = FakeAgent::start();
    run_again(
        "the_agent_is_the_one_of_the_environment_if_the_file_names_none",
        &[
            ("JAEGER_AGENT_HOST", &agent.host()),
            ("JAEGER_AGENT_PORT", &agent.port().to_string()),
        ],
    );
    assert_eq!(agent.spans_within(1, Duration::from_secs(10)).len(), 1);
}

#[test]
fn the_file_wins_over_the_environment() {
    if is_alone() {
        let port = std::env::var("RIGHT_PORT").unwrap();
        let text = format!(
            "{{enabled: true, jaeger_config: {{sampler: {{type: const, param: 1}}, \
             local_agent: {{reporting_host: 127.0.0.1, reporting_port: {port}}}}}}}"
        );
        return send_a_span(&yaml_serde::from_str(&text).unwrap());
    }
    let (right, wrong) = (FakeAgent::start(), FakeAgent::start());
    run_again(
        "the_file_wins_over_the_environment",
        &[
            ("JAEGER_AGENT_HOST", &wrong.host()),
            ("JAEGER_AGENT_PORT", &wrong.port().to_string()),
            ("RIGHT_PORT", &right.port().to_string()),
        ],
    );
    assert_eq!(right.spans_within(1, Duration::from_secs(10)).len(), 1);
    assert!(wrong.packets().is_empty());
}

#[test]
fn the_sampling_server_is_the_one_of_the_environment_if_the_file_names_none() {
    if is_alone() {
        let config: OpentracingConfig = yaml_serde::from_str("{enabled: true, jaeger_config: {}}").unwrap();
        let (tracer, _guard) = config.build("example.org").unwrap();
        return fedtrace_tests::until("an answer", || tracer.stats().sampler_updates == 1);
    }
    let server = FakeSamplingServer::start(r#"{"probabilisticSampling":{"samplingRate":1}}"#);
    run_again(
        "the_sampling_server_is_the_one_of_the_environment_if_the_file_names_none",
        &[("JAEGER_SAMPLING_ENDPOINT", &server.url())],
    );
    let request = &server.requests()[0];
    assert!(
        request.starts_with("GET /sampling?service=example.org%20main HTTP/1.1\r\n"),
        "{request}"
    );
}

#[test]
fn a_wrong_sampling_endpoint_in_the_environment_is_an_error_that_names_the_variable() {
    let name = "a_wrong_sampling_endpoint_in_the_environment_is_an_error_that_names_the_variable";
    if is_alone() {
        let config: OpentracingConfig = yaml_serde::from_str("{enabled: true, jaeger_config: {}}").unwrap();
        let error = config.build("example.org").unwrap_err().to_string();
        let expected =
            "JAEGER_SAMPLING_ENDPOINT: \"jaeger:5778\" is not an http URL with a host; write one such as";
        assert!(error.starts_with(expected), "{error}");
        return;
    }
    run_again(name, &[("JAEGER_SAMPLING_ENDPOINT", "jaeger:5778")]);
}

#[test]
fn variables_that_kubernetes_sets_for_a_service_are_ignored_with_one_warning_each() {
    let name = "variables_that_kubernetes_sets_for_a_service_are_ignored_with_one_warning_each";
    if is_alone() {
        let log = LogLines::install();
        for section in ["jaeger_config: {}", "fedtrace: { agent_protocol: binary }"] {
            let config: OpentracingConfig =
                yaml_serde::from_str(&format!("{{enabled: true, {section}}}")).unwrap();
            let (_tracer, guard) = config.build("example.org").unwrap();
            guard.shutdown(Duration::from_secs(10)).unwrap();
        }
        for line in log.containing("Kubernetes") {
            println!("said: {line}");
        }
        return;
    }
    let output = run_again(
        name,
        &[
            ("JAEGER_AGENT_PORT", "udp://100.67.30.30:5775"),
            ("JAEGER_SAMPLER_MANAGER_HOST_PORT", "tcp://[fd00::7]:5778"),
        ],
    );
    let said: Vec<&str> = output
        .lines()
        .filter_map(|line| line.strip_prefix("said: "))
        .collect();
    assert_eq!(said.len(), 2, "{output}");
    for (variable, value, service) in [
        ("JAEGER_AGENT_PORT", "udp://100.67.30.30:5775", "jaeger-agent"),
        (
            "JAEGER_SAMPLER_MANAGER_HOST_PORT",
            "tcp://[fd00::7]:5778",
            "jaeger-sampler-manager-host",
        ),
    ] {
        let expected = format!("WARN fedtrace: {variable}: {value:?} is ignored, because Kubernetes");
        let line = said.iter().find(|line| line.starts_with(&expected));
        assert!(
            line.is_some_and(|line| line.contains(&format!("`{service}`"))),
            "{output}"
        );
    }
}

#[test]
fn a_wrong_value_about_looking_up_the_agent_is_an_error_that_names_the_variable() {
    let name = "a_wrong_value_about_looking_up_the_agent_is_an_error_that_names_the_variable";
    if is_alone() {
        let config: OpentracingConfig = yaml_serde::from_str("enabled: true").unwrap();
        let error = config.build("example.org").unwrap_err().to_string();
        println!("{error}");
        return;
    }
    for (variable, value) in [
        ("JAEGER_REPORTER_ATTEMPT_RECONNECT_INTERVAL", "soon"),
        ("JAEGER_REPORTER_ATTEMPT_RECONNECTING_DISABLED", "perhaps"),
    ] {
        let output = run_again(name, &[(variable, value)]);
        assert!(output.contains(&format!("{variable}: \"{value}\"")), "{output}");
    }
}

#[test]
fn without_a_file_the_variables_are_the_configuration() {
    if is_alone() {
        return send_a_span(&OpentracingConfig::from_env().unwrap());
    }
    let agent = FakeAgent::start();
    run_again(
        "without_a_file_the_variables_are_the_configuration",
        &[
            ("JAEGER_AGENT_HOST", &agent.host()),
            ("JAEGER_AGENT_PORT", &agent.port().to_string()),
            ("JAEGER_SERVICE_NAME", "mine"),
            ("JAEGER_SAMPLER_TYPE", "const"),
            ("JAEGER_SAMPLER_PARAM", "1"),
            ("JAEGER_TRACEID_128BIT", "true"),
            ("JAEGER_TAGS", "region=${REGION:us}, hostname=me"),
            ("REGION", "eu"),
        ],
    );
    let spans = agent.spans_within(1, Duration::from_secs(10));
    assert_ne!(spans[0].trace_id_high, 0);
    let process = &agent.processes()[0];
    assert_eq!(process.service_name, "mine");
    for (key, value) in [("region", "eu"), ("hostname", "me")] {
        let tags = process.tags.iter().filter(|tag| format!("{tag:?}").contains(key));
        let tags: Vec<_> = tags.map(|tag| format!("{tag:?}")).collect();
        assert_eq!(tags.len(), 1, "{process:?}");
        assert!(tags[0].contains(&format!("{value:?}")), "{tags:?}");
    }
}

#[test]
fn variables_are_asked_for_what_a_file_leaves_out() {
    let name = "variables_are_asked_for_what_a_file_leaves_out";
    if is_alone() {
        return send_a_span(
            &yaml_serde::from_str("{enabled: true, jaeger_config: {tags: {rack: 7}}}").unwrap(),
        );
    }
    let agent = FakeAgent::start();
    run_again(
        name,
        &[
            ("JAEGER_AGENT_HOST", &agent.host()),
            ("JAEGER_AGENT_PORT", &agent.port().to_string()),
            ("JAEGER_SERVICE_NAME", "mine"),
            ("JAEGER_SAMPLER_TYPE", "probabilistic"),
            ("JAEGER_SAMPLER_PARAM", "1.0"),
        ],
    );
    assert_eq!(agent.spans_within(1, Duration::from_secs(10)).len(), 1);
    assert_eq!(agent.processes()[0].service_name, "mine");
}

#[test]
fn a_remote_sampler_that_nobody_chose_is_told_in_the_log_and_one_that_was_chosen_is_not() {
    let name = "a_remote_sampler_that_nobody_chose_is_told_in_the_log_and_one_that_was_chosen_is_not";
    if is_alone() {
        let log = LogLines::install();
        let told = |config: &OpentracingConfig| {
            drop(config.build("example.org").unwrap());
            let lines = log.take().into_iter();
            lines
                .filter(|line| line.contains("no sampler is configured"))
                .count()
        };
        let file = |text| yaml_serde::from_str::<OpentracingConfig>(text).unwrap();
        assert_eq!(told(&OpentracingConfig::from_env().unwrap()), 1);
        assert_eq!(told(&file("{enabled: true, jaeger_config: {logging: false}}")), 1);
        for chosen in [
            "enabled: true",
            "{enabled: true, jaeger_config: {sampler: {type: remote}}}",
            "{enabled: false, jaeger_config: {}}",
        ] {
            assert_eq!(told(&file(chosen)), 0, "{chosen}");
        }
        return;
    }
    run_again(name, &[]);
}

#[test]
fn a_wrong_value_in_the_environment_is_an_error_at_the_start_that_names_the_variable() {
    let name = "a_wrong_value_in_the_environment_is_an_error_at_the_start_that_names_the_variable";
    if is_alone() {
        let expected = "JAEGER_REPORTER_MAX_QUEUE_SIZE: \"lots\" is not a count";
        let config: OpentracingConfig = yaml_serde::from_str("enabled: true").unwrap();
        let error = config.build("example.org").unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        let error = OpentracingConfig::from_env().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        return;
    }
    run_again(name, &[("JAEGER_REPORTER_MAX_QUEUE_SIZE", "lots")]);
}

#[test]
fn a_wrong_otlp_endpoint_in_the_environment_is_shown_as_it_was_written_with_one_for_otlp() {
    if is_alone() {
        let config = "enabled: true\nfedtrace: { collector: { protocol: otlp } }";
        let config: OpentracingConfig = yaml_serde::from_str(config).unwrap();
        let error = config.build("example.org").unwrap_err().to_string();
        assert_eq!(
            error,
            "OTEL_EXPORTER_OTLP_ENDPOINT: \"localhost:4318\" is not the URL of a collector; write one such as \
             http://localhost:4318"
        );
        return;
    }
    run_again(
        "a_wrong_otlp_endpoint_in_the_environment_is_shown_as_it_was_written_with_one_for_otlp",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")],
    );
}

#[test]
fn trees_are_printed_on_standard_error_beside_the_agent_if_the_key_or_else_the_variable_says_so() {
    let name = "trees_are_printed_on_standard_error_beside_the_agent_if_the_key_or_else_the_variable_says_so";
    if is_alone() {
        let key = std::env::var("KEY").unwrap();
        return send_a_span(
            &yaml_serde::from_str(&format!("{{enabled: true, fedtrace: {{console: {key}}}}}")).unwrap(),
        );
    }
    for (key, variable, is_printed) in [
        ("null", "", false),
        ("true", "", true),
        ("null", "true", true),
        ("null", "0", false),
        ("true", "false", true),
        ("false", "true", false),
    ] {
        let agent = FakeAgent::start();
        let output = run_again(
            name,
            &[
                ("JAEGER_AGENT_HOST", &agent.host()),
                ("JAEGER_AGENT_PORT", &agent.port().to_string()),
                ("FEDTRACE_CONSOLE", variable),
                ("KEY", key),
            ],
        );
        let is_found = output.contains("example.org main \u{2500}\u{2500}")
            && output.contains("  work  sampler.type=const");
        assert_eq!(is_found, is_printed, "{key} {variable}\n{output}");
        assert_eq!(agent.spans_within(1, Duration::from_secs(10)).len(), 1);
    }
}

#[test]
fn a_batch_of_the_file_fits_into_the_queue_of_the_environment() {
    if is_alone() {
        let text = "{ enabled: true, jaeger_config: { reporter_batch_size: 500 } }";
        let config: OpentracingConfig = yaml_serde::from_str(text).unwrap();
        let error = config.build("example.org").unwrap_err().to_string();
        assert!(
            error.contains(
                "opentracing.jaeger_config.reporter_batch_size: 500 is more than reporter_queue_size, which is 100"
            ),
            "{error}"
        );
        return;
    }
    run_again(
        "a_batch_of_the_file_fits_into_the_queue_of_the_environment",
        &[("JAEGER_REPORTER_MAX_QUEUE_SIZE", "100")],
    );
}
