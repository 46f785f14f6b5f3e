//! Where a configuration and the environment send spans. Tests of variables run themselves again in a process with
//! the variables set.

use std::time::{Duration, Instant};

use fedtrace::OpentracingConfig;
use fedtrace::config::AgentProtocol;
use fedtrace_tests::{Answer, FakeAgent, FakeCollector, is_alone, run_alone};

const SECTION: &str = "FEDTRACE_TEST_SECTION";
const SECONDS: Duration = Duration::from_secs(10);

fn config(section: &str) -> Result<OpentracingConfig, String> {
    yaml_serde::from_str(&format!("enabled: true\n{section}"))
        .map_err(|error: yaml_serde::Error| error.to_string())
}

fn send_a_span(section: &str) {
    let (tracer, guard) = config(section).unwrap().build("example.org").unwrap();
    fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    guard.shutdown(SECONDS).unwrap();
}

/// Sends a span from a child process with these variables.
fn send_a_span_with(test: &str, section: &str, variables: &[(&str, &str)]) {
    let variables = [&[(SECTION, section)], variables].concat();
    run_alone(&format!("config_reporting::{test}"), &variables);
}

/// In the child process: sends the span.
fn is_child() -> bool {
    if is_alone() {
        send_a_span(&std::env::var(SECTION).unwrap());
    }
    is_alone()
}

fn assert_refused(section: &str, expected: &str) {
    let error = match config(section) {
        Err(error) => error,
        Ok(config) => config.build("example.org").unwrap_err().to_string(),
    };
    assert!(error.contains(expected), "{section}\n{error}");
    assert!(!error.contains("hunt"), "{error}");
}

#[test]
fn the_collector_of_the_file_gets_the_spans_with_credentials_and_headers() {
    let collector = FakeCollector::start();
    let endpoint = collector.endpoint();
    send_a_span(&format!(
        "fedtrace: {{ collector: {{ endpoint: '{endpoint}', user: u, password: p, headers: {{ X-Tenant: t }} }} }}"
    ));
    send_a_span(&format!(
        "fedtrace: {{ collector: {{ endpoint: '{endpoint}', auth_token: t0ken }} }}"
    ));
    let requests = collector.requests();
    assert_eq!(requests[0].header("authorization"), ["Basic dTpw"]);
    assert_eq!(requests[0].header("x-tenant"), ["t"]);
    assert_eq!(requests[1].header("authorization"), ["Bearer t0ken"]);
    assert_eq!(collector.spans().len(), 2);
}

#[test]
fn the_collector_of_the_environment_wins_over_the_agent_of_the_environment() {
    if is_child() {
        return;
    }
    let (collector, agent) = (FakeCollector::start(), FakeAgent::start());
    let (endpoint, host, port) = (collector.endpoint(), agent.host(), agent.port().to_string());
    send_a_span_with(
        "the_collector_of_the_environment_wins_over_the_agent_of_the_environment",
        "",
        &[
            ("JAEGER_ENDPOINT", &endpoint),
            ("JAEGER_USER", "u"),
            ("JAEGER_PASSWORD", "p"),
            ("JAEGER_AGENT_HOST", &host),
            ("JAEGER_AGENT_PORT", &port),
        ],
    );
    assert_eq!(collector.spans().len(), 1);
    assert_eq!(collector.requests()[0].header("authorization"), ["Basic dTpw"]);
    assert!(agent.packets().is_empty());
}

#[test]
fn otlp_is_sent_where_the_file_says() {
    let collector = FakeCollector::start();
    let (endpoint, host) = (collector.otlp_endpoint(), collector.address());
    for endpoint in [endpoint, format!("http://{host}")] {
        send_a_span(&format!(
            "fedtrace: {{ collector: {{ protocol: otlp, endpoint: '{endpoint}', auth_token: t0ken }} }}"
        ));
    }
    let requests = collector.requests();
    assert!(requests.iter().all(|request| request.line == "POST /v1/traces"));
    assert_eq!(requests[1].header("authorization"), ["Bearer t0ken"]);
    assert_eq!(collector.otlp_spans().len(), 2);
}

#[test]
fn otlp_is_sent_where_the_variables_of_opentelemetry_say_whatever_those_of_jaeger_say() {
    if is_child() {
        return;
    }
    let test = "otlp_is_sent_where_the_variables_of_opentelemetry_say_whatever_those_of_jaeger_say";
    let (collector, other) = (FakeCollector::start(), FakeCollector::start());
    let base = format!("http://{}/prefix/", collector.address());
    let traces = format!("http://{}/traces", collector.address());
    let variables = [
        ("JAEGER_ENDPOINT", &*other.endpoint()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &base),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces),
    ];
    let section = "fedtrace: { collector: { protocol: otlp } }";
    send_a_span_with(test, section, &variables[..2]);
    send_a_span_with(test, section, &variables);
    let lines: Vec<_> = collector
        .requests()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(lines, ["POST /prefix/v1/traces", "POST /traces"]);
    assert_eq!(collector.otlp_spans().len(), 2);
    assert!(other.requests().is_empty());
}

#[test]
fn requests_are_compressed_if_the_file_or_else_the_variables_of_opentelemetry_say_so() {
    if is_child() {
        return;
    }
    let test = "requests_are_compressed_if_the_file_or_else_the_variables_of_opentelemetry_say_so";
    let collector = FakeCollector::start();
    let base = format!("http://{}", collector.address());
    let section = "fedtrace: { collector: { protocol: otlp } }";
    let key = |value| format!("fedtrace: {{ collector: {{ protocol: otlp, compression: {value} }} }}");
    let (none, gzip) = (key("none"), key("gzip"));
    const ALL: &str = "OTEL_EXPORTER_OTLP_COMPRESSION";
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION";
    for (section, variables, expected) in [
        (section, &[][..], &[][..]),
        (section, &[(ALL, "gzip")], &["gzip"]),
        (section, &[(ALL, "gzip"), (TRACES, "none")], &[]),
        (&none, &[(TRACES, "gzip")], &[]),
        (&gzip, &[(TRACES, "none")], &["gzip"]),
    ] {
        let mut variables = variables.to_vec();
        variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &base));
        send_a_span_with(test, section, &variables);
        let request = collector.requests().pop().unwrap();
        assert_eq!(
            request.header("content-encoding"),
            expected,
            "{section} {variables:?}"
        );
    }
    assert_eq!(collector.otlp_spans().len(), 5);
}

#[test]
fn headers_of_opentelemetrys_variables_are_sent_if_the_file_has_none_and_credentials_win_over_them() {
    if is_child() {
        return;
    }
    let test =
        "headers_of_opentelemetrys_variables_are_sent_if_the_file_has_none_and_credentials_win_over_them";
    let collector = FakeCollector::start();
    let base = format!("http://{}", collector.address());
    let key = |more: &str| format!("fedtrace: {{ collector: {{ protocol: otlp{more} }} }}");
    let all = (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "X-Tenant=a%20b,authorization=Basic%20eDp5",
    );
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "X-Tenant=traces");
    let token = ("JAEGER_AUTH_TOKEN", "t0ken");
    let (basic, bearer) = ("Basic eDp5", "Bearer t0ken");
    for (more, variables, tenant, authorization) in [
        ("", &[all][..], &["a b"][..], &[basic][..]),
        ("", &[all, traces], &["traces"], &[]),
        ("", &[all, token], &["a b"], &[bearer]),
        (", auth_token: t0ken", &[all], &["a b"], &[bearer]),
        (", headers: { X-Tenant: file }", &[all], &["file"], &[]),
        (
            ", headers: { Authorization: Basic eDp5 }",
            &[token],
            &[],
            &[basic],
        ),
    ] {
        let mut variables = variables.to_vec();
        variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &base));
        send_a_span_with(test, &key(more), &variables);
        let request = collector.requests().pop().unwrap();
        assert_eq!(request.header("x-tenant"), tenant, "{more} {variables:?}");
        assert_eq!(
            request.header("authorization"),
            authorization,
            "{more} {variables:?}"
        );
    }
}

#[test]
fn a_collector_that_does_not_answer_in_the_time_that_is_said_is_asked_again() {
    if is_child() {
        return;
    }
    let test = "a_collector_that_does_not_answer_in_the_time_that_is_said_is_asked_again";
    let send = |more: &str, variables: &[_]| {
        let collector = FakeCollector::answering([Answer::Never], Answer::Accept);
        let endpoint = collector.endpoint();
        let section = format!("fedtrace: {{ collector: {{ endpoint: '{endpoint}'{more} }} }}");
        let start = Instant::now();
        send_a_span_with(test, &section, variables);
        assert!(start.elapsed() < Duration::from_secs(5), "{section}");
        assert_eq!(collector.spans().len(), 1);
    };
    send("", &[("JAEGER_REPORTER_TIMEOUT", "500")]);
    send(", timeout: 0.5", &[("JAEGER_REPORTER_TIMEOUT", "1h")]);
}

#[test]
fn a_request_is_as_large_as_the_file_allows() {
    let collector = FakeCollector::start();
    let endpoint = collector.endpoint();
    let section =
        |size| format!("fedtrace: {{ collector: {{ endpoint: '{endpoint}', max_batch_size: {size} }} }}");
    let (tracer, guard) = config(&section("2000")).unwrap().build("example.org").unwrap();
    fedtrace::with_tracer(&tracer, || {
        (0..100).for_each(|_| drop(fedtrace::start_active_span("work")));
    });
    guard.shutdown(SECONDS).unwrap();
    assert_eq!(collector.spans().len(), 100);
    let sizes: Vec<_> = collector
        .requests()
        .iter()
        .map(|request| request.body.len())
        .collect();
    assert!(
        sizes.iter().all(|size| *size <= 2_000) && sizes.len() > 2,
        "{sizes:?}"
    );
    for size in ["999", "1.5", "-1", "many", "4294967295"] {
        assert_refused(
            &section(size),
            &format!("opentracing.fedtrace.collector.max_batch_size: {size}").replace("many", "\"many\""),
        );
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn certificates_need_the_feature_tls() {
    assert_refused(
        "fedtrace: { collector: { endpoint: 'http://c/', root_certificates: /etc/ca.pem } }",
        "opentracing.fedtrace.collector.root_certificates: \"/etc/ca.pem\" needs the feature `tls` of fedtrace",
    );
}

#[test]
fn the_agent_of_the_file_wins_over_the_collector_of_the_environment() {
    if is_child() {
        return;
    }
    let (collector, agent) = (FakeCollector::start(), FakeAgent::start());
    let section = format!(
        "jaeger_config: {{ sampler: {{ type: const, param: 1 }}, local_agent: {{ reporting_host: 127.0.0.1, \
         reporting_port: {} }} }}",
        agent.port()
    );
    send_a_span_with(
        "the_agent_of_the_file_wins_over_the_collector_of_the_environment",
        &section,
        &[("JAEGER_ENDPOINT", &collector.endpoint())],
    );
    assert_eq!(agent.spans_within(1, SECONDS).len(), 1);
    assert!(collector.requests().is_empty());
}

#[test]
fn a_token_of_the_environment_goes_to_the_collector_of_the_file_and_credentials_of_the_file_win() {
    if is_child() {
        return;
    }
    let test = "a_token_of_the_environment_goes_to_the_collector_of_the_file_and_credentials_of_the_file_win";
    let collector = FakeCollector::start();
    let endpoint = collector.endpoint();
    for (more, expected) in [("", "Bearer t0ken"), (", user: u, password: p", "Basic dTpw")] {
        let section = format!("fedtrace: {{ collector: {{ endpoint: '{endpoint}'{more} }} }}");
        send_a_span_with(test, &section, &[("JAEGER_AUTH_TOKEN", "t0ken\n")]);
        assert_eq!(
            collector.requests().last().unwrap().header("authorization"),
            [expected]
        );
    }
}

#[test]
fn an_agent_that_reads_the_binary_protocol_can_be_configured_with_a_size_of_packets() {
    let agent = FakeAgent::start();
    let section = format!(
        "fedtrace: {{ agent_protocol: binary, max_packet_size: 1000 }}\n\
         jaeger_config: {{ sampler: {{ type: const, param: 1 }}, tags: {{ long: {} }}, \
         local_agent: {{ reporting_host: 127.0.0.1, reporting_port: {} }} }}",
        "x".repeat(5_000),
        agent.port()
    );
    send_a_span(&section);
    assert_eq!(agent.spans_within(1, SECONDS).len(), 1);
    let packet = agent.packets().remove(0);
    assert!(packet.starts_with(&[0x80, 1]) && packet.len() <= 1_000);
}

#[test]
fn what_is_left_out_has_its_default() {
    for section in ["", "fedtrace: { collector: null }", "fedtrace: { collector: {} }"] {
        let fedtrace = config(section).unwrap().fedtrace;
        assert_eq!(fedtrace.collector, Default::default());
        assert_eq!(fedtrace.agent_protocol, AgentProtocol::Compact);
        assert_eq!(
            (fedtrace.max_packet_size, fedtrace.reporter_queue_bytes),
            (None, None)
        );
    }
    let fedtrace = config("fedtrace: { reporter_queue_bytes: 1e6 }")
        .unwrap()
        .fedtrace;
    assert_eq!(fedtrace.reporter_queue_bytes, Some(1_000_000));
}

#[test]
fn a_wrong_key_or_value_is_an_error_with_its_path_and_without_secrets() {
    let endpoint = "endpoint: 'http://c:14268/api/traces'";
    for (collector, expected) in [
        (
            "endpoint: c:14268",
            "endpoint: \"c:14268\" is not the URL of a collector",
        ),
        (
            "endpoint: 'http://u:hunter2@c/'",
            "endpoint: \"http://c/\" contains a user or a password",
        ),
        (
            "endpoint: 'http://u:hunt?er2@c/'",
            "endpoint: \"http://c/\" contains a user or a password",
        ),
        (
            "endpoint: 'http://u:hunt#er2@c/'",
            "endpoint: \"http://c/\" contains a user or a password",
        ),
        (
            "endpoint: 'http://u:hunt/e?r2@c/'",
            "endpoint: \"http://c/\" is not the URL",
        ),
        (
            "endpoint: 'http://u:12?x@c/'",
            "endpoint: \"http://…\" contains a user or a password",
        ),
        (
            "endpoint: 'http://c:14268?key=x@hunt'",
            "endpoint: \"http://…\" contains a user or a password",
        ),
        (
            "endpoint: 'x://c/?key=hunter2'",
            "endpoint: \"x://c/\" is not the URL",
        ),
        (
            &format!("{endpoint}, user: u"),
            "password: is missing beside a user",
        ),
        (
            &format!("{endpoint}, password: hunter2"),
            "user: is missing beside a password",
        ),
        (
            &format!("{endpoint}, user: u, password: hunter2, auth_token: hunter2"),
            "auth_token: is there beside a user and a password",
        ),
        (
            &format!("{endpoint}, auth_token: 'hunter2 '"),
            "auth_token: cannot be sent in a header",
        ),
        (
            &format!("{endpoint}, user: 'a:b', password: hunter2"),
            "user: cannot be sent in a header",
        ),
        ("password: 12345", "password: is not text; put it in quotes"),
        (
            "headers: { X-A: 7 }",
            "headers.X-A: is not text; put it in quotes",
        ),
        (
            "headers: 'X-A: hunter2'",
            "headers: is not a section; write its keys below it",
        ),
        (
            "headers: { 'X A': a }",
            "headers.X A: is not the name of a header",
        ),
        (
            "headers: { X-A: \"hunter2\\n\" }",
            "headers.X-A: cannot be sent in a header",
        ),
        (
            "protocol: grpc",
            "protocol: \"grpc\" is not a protocol of collectors; write thrift or otlp",
        ),
        (
            &format!("{endpoint}, compression: zstd"),
            "compression: \"zstd\" is not a compression; write gzip or none",
        ),
        (
            &format!("{endpoint}, compression: gzip"),
            "compression: \"gzip\" is for OTLP only",
        ),
        (
            "headers: { Content-Encoding: gzip }",
            "headers.Content-Encoding: is a header that the key `compression` sets",
        ),
        (
            &format!("{endpoint}, timeout: 0"),
            "timeout: 0 is not an interval; write seconds, above 0 and at most 86400",
        ),
        ("url: x", "url: there is no such key; write one of endpoint"),
    ] {
        assert_refused(
            &format!("fedtrace: {{ collector: {{ {collector} }} }}"),
            &format!("opentracing.fedtrace.collector.{expected}"),
        );
    }
    for (key, expected) in [
        (
            "collector: 'http://u:hunter2@c/'",
            "collector: is not a section; write its keys below it",
        ),
        (
            "agent_protocol: json",
            "agent_protocol: \"json\" is not a protocol of the agent",
        ),
        (
            "max_packet_size: 70000",
            "max_packet_size: 70000 is not a size of packets",
        ),
        (
            "reporter_queue_bytes: 0",
            "reporter_queue_bytes: 0 is not a count",
        ),
        (
            "reporter_queue_bytes: 4294967296",
            "reporter_queue_bytes: 4294967296 is not a count; write a whole number from 1 to 4294967295",
        ),
    ] {
        assert_refused(
            &format!("fedtrace: {{ {key} }}"),
            &format!("opentracing.fedtrace.{expected}"),
        );
    }
}

#[test]
fn a_configuration_does_not_show_its_secrets() {
    let config = config(
        "fedtrace: { collector: { endpoint: 'http://c/?k=hunter2', user: u, password: hunter2, \
         auth_token: hunter2, headers: { X-Key: hunter2 } } }",
    );
    let shown = format!("{:?}", config.unwrap());
    assert!(
        shown.contains("http://c/") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn settings_of_a_collector_that_is_nowhere_are_an_error() {
    for section in ["user: u, password: hunter2", "headers: { X-Tenant: t }"] {
        assert_refused(
            &format!("fedtrace: {{ collector: {{ {section} }} }}"),
            "opentracing.fedtrace.collector.endpoint: is missing beside other settings of a collector",
        );
    }
}

#[test]
fn a_header_that_each_request_has_is_an_error() {
    for header in ["Content-Length", "transfer-encoding", "Host"] {
        assert_refused(
            &format!(
                "fedtrace: {{ collector: {{ endpoint: 'http://localhost', headers: {{ {header}: '3' }} }} }}"
            ),
            "is a header that each request has already",
        );
    }
}
