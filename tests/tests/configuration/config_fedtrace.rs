//! The keys that Synapse does not have, and the users whose requests are recorded.

use fedtrace::config::FedtraceConfig;
use fedtrace::propagation::MaxRemoteSampledTraces;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::{
    Destination, OpentracingConfig, TracerBuilder, force_tracing_for_user, inject_response_headers,
    with_tracer,
};
use fedtrace::{start_active_span, trace_id};
use fedtrace_tests::are_levels_compiled;
use http::HeaderMap;

fn config(section: &str) -> Result<OpentracingConfig, String> {
    yaml_serde::from_str(&format!("enabled: true\n{section}"))
        .map_err(|error: yaml_serde::Error| error.to_string())
}

fn limits(value: &str) -> (f64, f64) {
    let section = format!("fedtrace: {{ max_remote_sampled_traces_per_second: {value} }}");
    let limits = config(&section)
        .unwrap()
        .fedtrace
        .max_remote_sampled_traces_per_second;
    (limits.per_origin, limits.total)
}

#[test]
fn what_is_left_out_has_its_default() {
    for section in [
        "",
        "fedtrace:",
        "fedtrace: {}",
        "fedtrace: { prefix_match: null }",
    ] {
        let config = config(section).unwrap();
        assert_eq!(config.fedtrace, FedtraceConfig::default());
        assert!(config.force_tracing_for_users.is_empty());
    }
    let default = MaxRemoteSampledTraces::default();
    assert_eq!((default.per_origin, default.total), (10.0, 100.0));
}

#[test]
fn the_budget_is_one_rate_for_both_or_each_by_its_name() {
    for (value, expected) in [
        ("5", (5.0, 5.0)),
        ("0.5", (0.5, 0.5)),
        ("'2'", (2.0, 2.0)),
        ("0", (0.0, 0.0)),
        ("unlimited", (f64::INFINITY, f64::INFINITY)),
        ("{ per_origin: 3 }", (3.0, 100.0)),
        ("{ total: Unlimited }", (10.0, f64::INFINITY)),
        ("{ per_origin: 0, total: 7.5 }", (0.0, 7.5)),
        ("{}", (10.0, 100.0)),
    ] {
        assert_eq!(limits(value), expected, "{value}");
    }
}

#[test]
fn a_wrong_key_or_value_is_an_error_with_its_path() {
    for (section, expected) in [
        (
            "fedtrace: { max_remote_sampled_traces_per_second: -1 }",
            "opentracing.fedtrace.max_remote_sampled_traces_per_second: -1 is not a rate; \
             write a number of at least 0, or unlimited",
        ),
        (
            "fedtrace: { max_remote_sampled_traces_per_second: { total: inf } }",
            "opentracing.fedtrace.max_remote_sampled_traces_per_second.total: \"inf\" is not a rate",
        ),
        (
            "fedtrace: { max_remote_sampled_traces_per_second: { per_server: 1 } }",
            "max_remote_sampled_traces_per_second.per_server: there is no such key",
        ),
        (
            "fedtrace: { prefixmatch: true }",
            "opentracing.fedtrace.prefixmatch: there is no such key; did you mean prefix_match?",
        ),
        (
            "fedtrace: { prefix_match: maybe }",
            "opentracing.fedtrace.prefix_match: \"maybe\" is not a truth value",
        ),
        (
            "fedtrace: { trace_id_header: 'no header' }",
            "opentracing.fedtrace.trace_id_header: \"no header\" is not the name of a header",
        ),
        (
            "fedtrace: { trace_id_header: Set-Cookie }",
            "opentracing.fedtrace.trace_id_header: \"Set-Cookie\" would take set-cookie out of messages",
        ),
        (
            "fedtrace: { trace_id_for_clients: 7 }",
            "opentracing.fedtrace.trace_id_for_clients: 7 is not a truth value",
        ),
        ("fedtrace: [1]", "opentracing.fedtrace: "),
        (
            "fedtrace: { redacted_arguments: email }",
            "opentracing.fedtrace.redacted_arguments: \"email\" is not a list",
        ),
        (
            "fedtrace: { redacted_arguments: [email, '_'] }",
            "opentracing.fedtrace.redacted_arguments[1]: \"_\" is not the name of an argument; \
             write a word such as email",
        ),
        (
            "fedtrace: { levels: 'info,a::b=loud' }",
            "opentracing.fedtrace.levels: \"a::b=loud\" is not a level; write off, error, warn, info, debug or trace",
        ),
        (
            "fedtrace: { levels: verbose }",
            "opentracing.fedtrace.levels: \"verbose\" is not a level; write off, error, warn, info, debug or trace",
        ),
        ("fedtrace: { levels: [info] }", "opentracing.fedtrace.levels: "),
        (
            "fedtrace: { errors_are_failures: 7 }",
            "opentracing.fedtrace.errors_are_failures: 7 is not a truth value",
        ),
        (
            "force_tracing_for_users: '@a:b'",
            "opentracing.force_tracing_for_users: \"@a:b\" is not a list",
        ),
        (
            "force_tracing_for_users: ['@a:b', alice]",
            "opentracing.force_tracing_for_users[1]: \"alice\" is not the id of a user",
        ),
    ] {
        let error = config(section).unwrap_err();
        assert!(
            error.contains(expected),
            "\n{section}\ngives\n{error}\nwithout\n{expected}"
        );
    }
}

#[test]
fn prefix_match_reads_the_whitelist_as_synapse_does_also_after_a_change() {
    let whitelist = "homeserver_whitelist: ['matrix\\.org']";
    for (prefix_match, expected) in [(true, true), (false, false)] {
        let config = config(&format!(
            "{whitelist}\nfedtrace: {{ prefix_match: {prefix_match} }}"
        ))
        .unwrap();
        let (tracer, _guard) = config.build("example.org").unwrap();
        assert!(tracer.is_whitelisted("matrix.org"));
        assert_eq!(tracer.is_whitelisted("matrix.org.evil.example"), expected);
        tracer.set_homeserver_whitelist(["other"]).unwrap();
        assert!(!tracer.is_whitelisted("matrix.org"));
        assert_eq!(tracer.is_whitelisted("other.example"), expected);
    }
    let config = config("homeserver_whitelist: ['*.example.org']\nfedtrace: { prefix_match: true }").unwrap();
    let error = config.build("example.org").unwrap_err().to_string();
    assert!(
        error.starts_with("opentracing.homeserver_whitelist[0]: `*.example.org`"),
        "{error}"
    );
}

#[test]
fn the_response_header_has_the_configured_name_and_clients_get_it_if_configured() {
    let told = |section: &str, destination| {
        let (tracer, _guard) = config(section).unwrap().build("example.org").unwrap();
        with_tracer(&tracer, || {
            let _scope = start_active_span("request");
            let mut headers = HeaderMap::new();
            inject_response_headers(&mut headers, destination);
            let expected = format!("{:x}", trace_id().unwrap());
            let names = headers.iter().map(|(name, value)| {
                assert_eq!(value.to_str().unwrap(), expected);
                name.to_string()
            });
            names.collect::<Vec<_>>()
        })
    };
    let named = "fedtrace: { trace_id_header: X-Trace, trace_id_for_clients: true }";
    assert_eq!(told(named, Destination::Client), ["x-trace"]);
    assert_eq!(told(named, Destination::Internal), ["x-trace"]);
    assert!(told(named, Destination::Homeserver("example.org")).is_empty());
    assert!(told("", Destination::Client).is_empty());
    assert_eq!(told("", Destination::Internal), ["synapse-trace-id"]);
}

#[test]
fn requests_of_the_configured_users_are_forced_and_those_of_others_are_not() {
    let section = "force_tracing_for_users: ['@alice:example.org']\njaeger_config: { sampler: { type: const, param: 0 } }";
    let (tracer, _guard) = config(section).unwrap().build("example.org").unwrap();
    with_tracer(&tracer, || {
        for (user, expected) in [
            ("@alice:example.org", true),
            ("@Alice:example.org", false),
            ("@alice:example.org.evil.example", false),
            ("", false),
        ] {
            let scope = start_active_span("incoming-request");
            assert_eq!(force_tracing_for_user(user), expected, "{user}");
            let context = scope.span().context().unwrap();
            assert_eq!((context.is_forced(), context.is_sampled()), (expected, expected));
            let child = start_active_span("get_user_by_req");
            assert_eq!(child.span().context().unwrap().is_forced(), expected);
        }
    });
    assert_eq!(tracer.stats().missing_active_spans, 0);
}

#[test]
fn forcing_without_an_active_span_is_counted_for_the_configured_users_only() {
    let section = "force_tracing_for_users: ['@alice:example.org']";
    let (tracer, _guard) = config(section).unwrap().build("example.org").unwrap();
    with_tracer(&tracer, || {
        assert!(force_tracing_for_user("@alice:example.org"));
        assert!(!force_tracing_for_user("@bob:example.org"));
    });
    assert_eq!(tracer.stats().missing_active_spans, 1);
    assert!(
        !force_tracing_for_user("@alice:example.org"),
        "tracing is off here"
    );
}

#[test]
fn arguments_that_the_configuration_names_are_redacted() {
    #[fedtrace::trace]
    #[fedtrace::tag_args]
    fn login(user_email: &str, attempt: u8) {
        let _ = (user_email, attempt);
    }
    let memory = MemoryReporter::new();
    let config = config("fedtrace: { redacted_arguments: [email, phone_number] }").unwrap();
    let build = |builder: TracerBuilder| builder.reporter(memory.clone()).sampler(ConstSampler::new(true));
    let (tracer, guard) = config.build_with("hs", build).unwrap();
    with_tracer(&tracer, || login("alice@example.org", 1));
    drop(guard);
    let spans = memory.finished_spans();
    assert_eq!(spans[0].tag("ARG.user_email"), Some(&"<redacted>".into()));
    assert_eq!(spans[0].tag("ARG.attempt"), Some(&1.into()));
}

#[test]
fn the_configuration_sets_levels_and_what_an_err_is() {
    #[fedtrace::trace(level = "debug")]
    fn detail() {}
    #[fedtrace::trace]
    fn fallible() -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }
    let spans = |yaml: &str| {
        let memory = MemoryReporter::new();
        let build =
            |builder: TracerBuilder| builder.reporter(memory.clone()).sampler(ConstSampler::new(true));
        let (tracer, guard) = config(yaml).unwrap().build_with("hs", build).unwrap();
        with_tracer(&tracer, || {
            detail();
            fallible().expect_err("it fails");
        });
        drop(guard);
        let spans = memory.finished_spans();
        let shown = spans
            .iter()
            .map(|span| (span.operation_name.to_string(), span.tag("error").is_some()));
        shown.collect::<Vec<_>>()
    };
    let fallible = |is_failure| ("fallible".to_owned(), is_failure);
    let all = spans("");
    assert_eq!(all.len() > 1, are_levels_compiled());
    assert_eq!(all.last(), Some(&fallible(true)));
    assert_eq!(
        spans("fedtrace: { levels: info, errors_are_failures: false }"),
        [fallible(false)]
    );
    assert_eq!(spans("fedtrace: { levels: off }"), [fallible(true)]);
}
