//! The tracer that a configuration makes.

use fedtrace::config::SamplerConfig;
use fedtrace::reporter::{MemoryReporter, Process};
use fedtrace::{InitError, OpentracingConfig, Service, Tag, TagValue, Tracer};
use fedtrace_tests::FakeAgent;
use http::HeaderName;
use std::time::Duration;

fn enabled() -> OpentracingConfig {
    let mut config = OpentracingConfig::default();
    config.enabled = true;
    config
}

/// What the process says after one span.
fn process(config: &OpentracingConfig, instance: &str) -> Process {
    let memory = MemoryReporter::new();
    let (tracer, guard) = config
        .build_with(Service::new("example.org").instance(instance), |builder| {
            builder.reporter(memory.clone())
        })
        .unwrap();
    fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    memory.process().unwrap()
}

fn values<'a>(process: &'a Process, key: &str) -> Vec<&'a TagValue> {
    let tags = process.tags.iter().filter(|tag| tag.key == key);
    tags.map(|tag| &tag.value).collect()
}

#[test]
fn the_service_is_named_after_the_server_and_the_kind_of_instance() {
    let process = process(&enabled(), "federation_reader-12");
    assert_eq!(process.service_name, "example.org federation_reader");
    assert_eq!(
        values(&process, "instance_name"),
        [&TagValue::from("federation_reader-12")]
    );
}

#[test]
fn a_server_name_alone_is_the_instance_main() {
    for service in [
        Service::from("example.org"),
        "example.org".to_owned().into(),
        Service::new("example.org").instance("main"),
    ] {
        let memory = MemoryReporter::new();
        let (tracer, guard) = enabled()
            .build_with(service, |builder| builder.reporter(memory.clone()))
            .unwrap();
        fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
        guard.shutdown(Duration::from_secs(10)).unwrap();
        let process = memory.process().unwrap();
        assert_eq!(process.service_name, "example.org main");
        assert_eq!(values(&process, "instance_name"), [&TagValue::from("main")]);
    }
}

#[test]
fn a_process_says_its_client_and_its_host() {
    let process = process(&enabled(), "main");
    let [version] = values(&process, "jaeger.version")[..] else {
        panic!("{process:?}")
    };
    assert!(version.as_str().unwrap().starts_with("fedtrace-"));
    assert_eq!(values(&process, "hostname").len(), 1);
}

#[test]
fn a_service_name_and_tags_of_the_configuration_win_and_are_never_there_twice() {
    let mut config = enabled();
    config.jaeger_config.service_name = Some("mine".to_owned());
    config.jaeger_config.tags = vec![
        Tag::new("hostname", "a"),
        Tag::new("instance_name", "b"),
        Tag::new("region", "eu"),
    ];
    let process = process(&config, "main");
    assert_eq!(process.service_name, "mine");
    for (key, value) in [("hostname", "a"), ("instance_name", "b"), ("region", "eu")] {
        assert_eq!(values(&process, key), [&TagValue::from(value)], "{process:?}");
    }
}

#[test]
fn a_constant_sampler_records_all_or_nothing() {
    for sampled in [true, false] {
        let mut config = enabled();
        config.jaeger_config.sampler = Some(SamplerConfig::Const(sampled));
        let memory = MemoryReporter::new();
        let (tracer, guard) = config
            .build_with("hs", |builder| builder.reporter(memory.clone()))
            .unwrap();
        fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
        guard.shutdown(Duration::from_secs(10)).unwrap();
        assert_eq!(memory.len(), usize::from(sampled));
    }
}

#[test]
fn spans_go_to_the_agent_of_the_configuration() {
    let agent = FakeAgent::start();
    let mut config = enabled();
    config.jaeger_config.local_agent.reporting_host = Some(agent.host());
    config.jaeger_config.local_agent.reporting_port = Some(agent.port());
    let (tracer, guard) = config.build("example.org").unwrap();
    fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let spans = agent.spans_within(1, Duration::from_secs(10));
    assert_eq!(spans.len(), 1);
    assert_eq!(agent.processes()[0].service_name, "example.org main");
}

#[test]
fn a_wrong_whitelist_entry_is_an_error_with_its_path() {
    let mut config = enabled();
    config.homeserver_whitelist = vec!["a.example".to_owned(), "*broken(".to_owned()];
    let error = config.build("hs").unwrap_err();
    assert!(matches!(error, InitError::Whitelist(_)));
    let text = error.to_string();
    assert!(
        text.starts_with("opentracing.homeserver_whitelist[1]: "),
        "{text}"
    );
    assert!(text.contains("*broken("), "{text}");
}

#[test]
fn a_tracer_needs_a_name() {
    let error = enabled().build(Service::new("").instance("1")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Service: \"\" with the instance \"1\" is not the name of a server")
    );
}

#[test]
fn a_wrong_host_is_an_error_that_says_where_the_port_goes() {
    let mut config = enabled();
    config.jaeger_config.local_agent.reporting_host = Some("jaeger:6831".to_owned());
    assert_eq!(
        config.build("hs").unwrap_err().to_string(),
        "opentracing.jaeger_config.local_agent.reporting_host: \"jaeger:6831\" is not a host; \
         write a name or an address only, the port has its own key"
    );
}

#[test]
fn without_enabled_the_tracer_does_nothing_and_no_value_is_checked() {
    let mut config = OpentracingConfig::default();
    config.homeserver_whitelist = vec!["*broken(".to_owned()];
    let (tracer, guard) = config.build(Service::new("").instance("")).unwrap();
    fedtrace::with_tracer(&tracer, || {
        let _scope = fedtrace::start_active_span("work");
        assert_eq!(fedtrace::trace_id(), None);
    });
    guard.shutdown(Duration::ZERO).unwrap();
}

#[test]
fn a_header_that_would_say_two_things_is_an_error_of_the_builder_too() {
    let name = HeaderName::from_static;
    let builder = || Tracer::builder("svc").reporter(MemoryReporter::new());
    for (builder, expected) in [
        (
            builder()
                .trace_context_header(name("x-a-b"))
                .baggage_header_prefix(name("x-a-")),
            "TracerBuilder::trace_context_header: \"x-a-b\" begins with \"x-a-\", the value of \
             TracerBuilder::baggage_header_prefix; write another name",
        ),
        (
            builder().trace_id_header(name("jaeger-debug-id")),
            "TracerBuilder::trace_id_header: \"jaeger-debug-id\" is the name of TracerBuilder::debug_id_header too; \
             write another name",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_service_without_a_server_name_or_with_control_characters_is_an_error_that_shows_it() {
    for (service, problem) in [
        (Service::new(""), "is not the name of a server"),
        (Service::new("  "), "is not the name of a server"),
        (Service::new("a\nb"), "has a control character"),
        (
            Service::new("a").instance("main\u{1b}"),
            "has a control character",
        ),
    ] {
        let error = enabled().build(service.clone()).unwrap_err().to_string();
        assert!(
            error.contains(problem) && !error.contains(char::is_control),
            "{error}"
        );
        let mut named = enabled();
        named.jaeger_config.service_name = Some("named".to_owned());
        assert!(named.build(service).is_ok());
    }
}

#[test]
fn an_error_of_setting_up_reads_the_same_when_a_main_function_returns_it() {
    let mut config = enabled();
    config.homeserver_whitelist = vec!["(".to_owned()];
    let error = config.build("example.org").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}
