//! How many log records a span keeps.

use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::{OpentracingConfig, TagValue, Tracer, TracerBuilder, build_span, log_kv, with_tracer};

const SECONDS: Duration = Duration::from_secs(10);

/// The numbers of the records that a span keeps of so many, written in turn through its handle and as the active
/// span. `None` is the record that counts the others.
fn kept(builder: TracerBuilder, records: i64) -> Vec<Option<i64>> {
    let memory = MemoryReporter::new();
    let (tracer, guard) = builder.reporter(memory.clone()).build().unwrap();
    with_tracer(&tracer, || {
        let scope = build_span("work").start_active();
        for number in 0..records {
            match number % 2 {
                0 => log_kv([("number", number)]),
                _ => {
                    scope.span().log_kv([("number", number)]);
                }
            }
        }
    });
    guard.shutdown(SECONDS).unwrap();
    let span = memory.finished_spans().remove(0);
    let numbers = span
        .logs
        .iter()
        .map(|log| match (log.fields[0].key.as_ref(), &log.fields[0].value) {
            ("number", TagValue::Long(number)) => Some(*number),
            ("event", event) => {
                assert_eq!(event.as_str(), Some("dropped Span logs"));
                assert_eq!(log.fields[1].key, "dropped_log_count");
                assert_eq!(
                    log.fields[1].value,
                    TagValue::from(records - span.logs.len() as i64 + 1)
                );
                None
            }
            other => panic!("{other:?}"),
        });
    numbers.collect()
}

#[test]
fn a_span_keeps_its_first_and_its_newest_log_records_and_counts_the_others() {
    let builder = || Tracer::builder("svc").max_logs_per_span(5);
    let all = |count| (0..count).map(Some).collect::<Vec<_>>();
    assert_eq!(kept(builder(), 5), all(5));
    assert_eq!(kept(builder(), 20), [Some(0), Some(1), None, Some(18), Some(19)]);
    assert_eq!(
        kept(Tracer::builder("svc").max_logs_per_span(0), 3_000),
        all(3_000)
    );
}

#[test]
fn a_span_that_logs_for_ever_does_not_grow_by_default() {
    let kept = kept(Tracer::builder("svc"), 5_000);
    assert_eq!(kept.len(), 1_024);
    assert_eq!((kept[0], kept[1_023]), (Some(0), Some(4_999)));
}

#[test]
fn the_limit_can_be_configured() {
    let config = |section: &str| {
        let text = format!("enabled: true\nfedtrace: {{ max_logs_per_span: {section} }}");
        yaml_serde::from_str::<OpentracingConfig>(&text).map_err(|error| error.to_string())
    };
    let memory = MemoryReporter::new();
    let (tracer, guard) = config("3")
        .unwrap()
        .build_with("example.org", |builder| builder.reporter(memory.clone()))
        .unwrap();
    with_tracer(&tracer, || {
        let _scope = build_span("work").start_active();
        (0..9).for_each(|number| log_kv([("number", number)]));
    });
    guard.shutdown(SECONDS).unwrap();
    assert_eq!(memory.finished_spans()[0].logs.len(), 3);
    let error = config("-1").unwrap_err();
    assert!(
        error.contains("opentracing.fedtrace.max_logs_per_span: -1 is not a number of log records"),
        "{error}"
    );
}
