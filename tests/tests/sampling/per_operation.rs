//! Sampling by operation, from the configuration.

use fedtrace::OpentracingConfig;
use fedtrace::config::{SamplerConfig, SamplingConfig};
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::OperationStrategy;
use fedtrace::{FinishedSpan, start_active_span, with_tracer};

fn config(section: &str) -> Result<OpentracingConfig, String> {
    yaml_serde::from_str(&format!("enabled: true\n{section}"))
        .map_err(|error: yaml_serde::Error| error.to_string())
}

/// The spans of ten traces of each operation, with a tracer of this configuration.
fn spans_of(section: &str, operations: &[&'static str]) -> Vec<FinishedSpan> {
    let memory = MemoryReporter::new();
    let (tracer, guard) = config(section)
        .unwrap()
        .build_with("hs", |builder| builder.reporter(memory.clone()))
        .unwrap();
    with_tracer(&tracer, || {
        for operation in operations {
            for _ in 0..10 {
                drop(start_active_span(*operation));
            }
        }
    });
    guard.shutdown(std::time::Duration::from_secs(10)).unwrap();
    memory.finished_spans()
}

fn counts(section: &str, operations: &[&'static str]) -> Vec<usize> {
    let spans = spans_of(section, operations);
    let count = |name: &&str| spans.iter().filter(|span| span.operation_name == **name).count();
    operations.iter().map(count).collect()
}

#[test]
fn each_operation_is_sampled_as_the_configuration_says_and_the_others_as_the_sampler_does() {
    let sampling =
        "fedtrace: { sampling: { operations: { /sync: 0, send_join: 1, /health: { probability: 0 } } } }";
    let operations = ["/sync", "send_join", "/health", "other"];
    for (sampler, expected) in [
        ("{ type: const, param: 1 }", [0, 10, 0, 10]),
        ("{ type: const, param: 0 }", [0, 10, 0, 0]),
        ("{ type: probabilistic, param: 0 }", [0, 10, 0, 0]),
        ("{ type: ratelimiting, param: 0.01 }", [0, 10, 0, 1]),
    ] {
        let section = format!("jaeger_config: {{ sampler: {sampler} }}\n{sampling}");
        assert_eq!(counts(&section, &operations), expected, "{sampler}");
    }
}

#[test]
fn the_lower_bound_holds_for_each_operation_unless_it_has_its_own() {
    let section = "
jaeger_config: { sampler: { type: probabilistic, param: 0 } }
fedtrace:
  sampling:
    lower_bound: 0.001
    operations: { never: { probability: 0, lower_bound: 0 }, often: { probability: 0, lower_bound: 5 } }
";
    assert_eq!(counts(section, &["one", "two", "never", "often"]), [1, 1, 0, 5]);
}

#[test]
fn at_most_max_operations_have_a_lower_bound() {
    let section = "
jaeger_config: { sampler: { type: probabilistic, param: 0 }, max_operations: 2 }
fedtrace: { sampling: { lower_bound: 0.001 } }
";
    assert_eq!(counts(section, &["one", "two", "three"]), [1, 1, 0]);
}

#[test]
fn the_root_tells_what_recorded_it() {
    let section = "
jaeger_config: { sampler: { type: probabilistic, param: 0.0 } }
fedtrace: { sampling: { lower_bound: 0.001, operations: { send_join: 1 } } }
";
    let told: Vec<_> = spans_of(section, &["send_join", "other"])
        .iter()
        .map(|span| {
            let tags = span.tags.iter().filter(|tag| tag.key.starts_with("sampler."));
            tags.map(|tag| format!("{:?}", tag.value)).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(told.len(), 11);
    assert_eq!(told[0], ["String(\"probabilistic\")", "Double(1.0)"]);
    assert_eq!(told[10], ["String(\"lowerbound\")", "Double(0.0)"]);
}

#[test]
fn the_keys_are_read() {
    let config = config("fedtrace: { sampling: { lower_bound: 0.5, operations: { a: true, b: '0.25', c: { probability: 0.0, lower_bound: 2 } } } }").unwrap();
    let mut expected = SamplingConfig::default();
    expected.lower_bound = 0.5;
    expected.operations = vec![
        ("a".to_owned(), OperationStrategy::new(1.0)),
        ("b".to_owned(), OperationStrategy::new(0.25)),
        ("c".to_owned(), OperationStrategy::new(0.0).lower_bound(2.0)),
    ];
    assert_eq!(config.fedtrace.sampling, expected);
    assert_eq!(
        config.jaeger_config.sampler_or_default(),
        SamplerConfig::Const(true)
    );
}

#[test]
fn the_example_of_the_page_does_what_it_says() {
    let page = include_str!("../../../docs/sampling.md");
    let mut examples = page
        .split("```yaml\n")
        .filter_map(|text| text.split("```").next());
    let example = examples.find(|text| text.contains("sampling:")).unwrap();
    let (_, section) = example.split_once("enabled: true\n").unwrap();
    let section = section
        .replace("\n  ", "\n")
        .replacen("  ", "", 1)
        .replace("0.01 }", "0 }");
    let operations = ["/sync", "/health", "send_join", "other"];
    let counts = counts(&section, &operations);
    assert_eq!(counts[1..], [0, 10, 1]);
    // The first by its lower bound, and another one in a thousand runs.
    assert!((1..=2).contains(&counts[0]), "{counts:?}");
}

#[test]
fn the_example_with_routes_is_read_as_the_page_says() {
    let page = include_str!("../../../docs/sampling.md");
    let mut examples = page
        .split("```yaml\n")
        .filter_map(|text| text.split("```").next());
    let example = examples.find(|text| text.contains("/health: 0\n")).unwrap();
    let (_, section) = example.split_once("enabled: true\n").unwrap();
    let section = section.replace("\n  ", "\n").replacen("  ", "", 1);
    let operations = &config(&section).unwrap().fedtrace.sampling.operations;
    let expected = [
        ("GET /health", 0.0),
        ("GET /_matrix/client/v3/sync", 0.01),
        ("unknown route", 0.001),
    ];
    let expected = expected.map(|(name, share)| (name.to_owned(), OperationStrategy::new(share)));
    assert_eq!(operations[..], expected);
}

#[test]
fn a_wrong_key_or_value_is_an_error_with_its_path() {
    for (section, expected) in [
        (
            "{ operations: { /sync: 1.5 } }",
            "opentracing.fedtrace.sampling.operations./sync: 1.5 is not a probability; write a number from 0 to 1",
        ),
        (
            "{ operations: { /sync: { lower_bound: 1 } } }",
            "opentracing.fedtrace.sampling.operations./sync.probability: is missing",
        ),
        (
            "{ operations: { /sync: { probability: 1, lower_bound: -1 } } }",
            "opentracing.fedtrace.sampling.operations./sync.lower_bound: -1 is not a rate",
        ),
        (
            "{ operations: { /sync: { probabilty: 1 } } }",
            "opentracing.fedtrace.sampling.operations./sync.probabilty: there is no such key; \
             did you mean probability?",
        ),
        (
            "{ operations: [a] }",
            "opentracing.fedtrace.sampling.operations: a list is not a section",
        ),
        (
            "{ lower_bound: .inf }",
            "opentracing.fedtrace.sampling.lower_bound: inf is not a rate; write how many traces in a second",
        ),
    ] {
        let error = config(&format!("fedtrace: {{ sampling: {section} }}")).unwrap_err();
        assert!(
            error.contains(expected),
            "\n{section}\ngives\n{error}\nwithout\n{expected}"
        );
    }
}
