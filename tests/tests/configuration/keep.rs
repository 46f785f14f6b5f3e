//! The section `keep`.

use std::time::{Duration, SystemTime};

use fedtrace::reporter::MemoryReporter;
use fedtrace::{Keep, OpentracingConfig, build_span, tags, with_tracer};

fn config(keep: &str) -> Result<OpentracingConfig, String> {
    let sampler = "jaeger_config: { sampler: { type: const, param: 0 } }";
    yaml_serde::from_str(&format!("enabled: true\n{sampler}\nfedtrace: {{ keep: {keep} }}"))
        .map_err(|error: yaml_serde::Error| error.to_string())
}

#[test]
fn each_key_has_its_method_and_what_is_left_out_its_default() {
    let second = Duration::from_secs(1);
    for (section, expected) in [
        ("null", None),
        ("false", None),
        ("true", Some(Keep::new())),
        ("{}", Some(Keep::new())),
        ("{ slower_than: 2s }", Some(Keep::new().slower_than(2 * second))),
        ("{ slower_than: 0.5 }", Some(Keep::new().slower_than(second / 2))),
        (
            "{ slower_than: 1m30s, operations: { /sync: 35s, /slow: 60 } }",
            Some(
                Keep::new()
                    .slower_than(90 * second)
                    .operation("/sync", 35 * second)
                    .operation("/slow", 60 * second),
            ),
        ),
        (
            "{ errors: false, max_per_second: 0.5, max_bytes: 8MiB }",
            Some(Keep::new().errors(false).max_per_second(0.5).max_bytes(8 << 20)),
        ),
        ("{ max_bytes: 100000 }", Some(Keep::new().max_bytes(100_000))),
    ] {
        assert_eq!(config(section).unwrap().fedtrace.keep, expected, "{section}");
    }
}

#[test]
fn a_value_that_cannot_be_used_is_named_with_its_key() {
    for (section, key, value) in [
        (
            "{ slower_than: soon }",
            "opentracing.fedtrace.keep.slower_than",
            "soon",
        ),
        (
            "{ slower_than: -1 }",
            "opentracing.fedtrace.keep.slower_than",
            "-1",
        ),
        (
            "{ slower_than: '' }",
            "opentracing.fedtrace.keep.slower_than",
            "\"\" is not a duration",
        ),
        (
            "{ operations: { /sync: ' ' } }",
            "opentracing.fedtrace.keep.operations./sync",
            "\" \" is not a duration",
        ),
        (
            "{ operations: { /sync: 3 apples } }",
            "opentracing.fedtrace.keep.operations./sync",
            "3 apples",
        ),
        (
            "{ errors: perhaps }",
            "opentracing.fedtrace.keep.errors",
            "perhaps",
        ),
        (
            "{ max_per_second: -5 }",
            "opentracing.fedtrace.keep.max_per_second",
            "-5",
        ),
        ("{ max_bytes: 0 }", "opentracing.fedtrace.keep.max_bytes", "0"),
        (
            "{ max_bytes: 16 MB of RAM }",
            "opentracing.fedtrace.keep.max_bytes",
            "16 MB of RAM",
        ),
        (
            "{ max_bytes: 4GiB }",
            "opentracing.fedtrace.keep.max_bytes",
            "\"4GiB\" is not a size below 4GiB",
        ),
        (
            "{ slower: 2s }",
            "opentracing.fedtrace.keep.slower",
            "slower_than",
        ),
        ("7", "opentracing.fedtrace.keep", "7"),
    ] {
        let error = config(section).unwrap_err();
        assert!(error.contains(key) && error.contains(value), "{section}: {error}");
    }
}

#[test]
fn a_configured_tracer_keeps_what_was_slow() {
    let memory = MemoryReporter::new();
    let config = config("{ slower_than: 2s }").unwrap();
    let (tracer, guard) = config
        .build_with("example.org", |builder| builder.reporter(memory.clone()))
        .unwrap();
    with_tracer(&tracer, || {
        let start = SystemTime::now() - Duration::from_secs(3);
        drop(build_span("slow").start_time(start).start_active());
        drop(build_span("quick").start_active());
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let [span] = &memory.take()[..] else { panic!() };
    assert_eq!(span.tag(tags::SAMPLER_PARAM), Some(&"slow".into()));
}
