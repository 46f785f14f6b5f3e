//! How much of the text in a log record is kept.

use std::backtrace::Backtrace;
use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::{
    OpentracingConfig, Tag, Tracer, TracerBuilder, build_span, log_kv, set_tag, tags, with_tracer,
};

/// The lengths of the fields `event` and `stack`, written as the active span and through its handle, and the length of a
/// tag with the name `stack`.
fn kept(builder: TracerBuilder, written: usize) -> Vec<usize> {
    let memory = MemoryReporter::new();
    let (tracer, guard) = builder.reporter(memory.clone()).build().unwrap();
    let fields = || {
        [
            Tag::new("event", "é".repeat(written)),
            Tag::new(tags::STACK, "é".repeat(written)),
        ]
    };
    with_tracer(&tracer, || {
        let scope = build_span("work").start_active();
        log_kv(fields());
        scope.span().log_kv(fields());
        set_tag(tags::STACK, "é".repeat(written));
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let span = memory.finished_spans().remove(0);
    let tag = span.tags.iter().filter(|tag| tag.key == tags::STACK);
    let fields = span.logs.iter().flat_map(|log| &log.fields).chain(tag);
    fields
        .map(|field| field.value.as_str().unwrap().chars().count())
        .collect()
}

#[test]
fn a_stack_trace_in_a_log_record_may_be_four_times_as_long_as_other_texts() {
    assert_eq!(kept(Tracer::builder("svc"), 5_000), [512, 2_048, 512, 2_048, 512]);
}

#[test]
fn both_lengths_can_be_set() {
    let builder = Tracer::builder("svc")
        .max_tag_value_length(10)
        .max_traceback_length(7);
    assert_eq!(kept(builder, 20), [5, 3, 5, 3, 5]);
}

#[test]
fn the_length_of_a_stack_trace_can_be_configured_as_in_jaegers_client() {
    let text =
        "enabled: true\njaeger_config: { sampler: { type: const, param: 1 }, max_traceback_length: 60 }";
    let config: OpentracingConfig = yaml_serde::from_str(text).unwrap();
    let memory = MemoryReporter::new();
    let (tracer, guard) = config
        .build_with("example.org", |builder| builder.reporter(memory.clone()))
        .unwrap();
    with_tracer(&tracer, || {
        let _scope = build_span("work").start_active();
        log_kv([(tags::STACK, Backtrace::force_capture().to_string())]);
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let stack = &memory.finished_spans()[0].logs[0].fields[0].value;
    let length = stack.as_str().unwrap().len();
    assert!((57..=60).contains(&length), "{length}");
}
