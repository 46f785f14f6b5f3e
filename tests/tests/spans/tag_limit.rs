//! How many tags, fields and references a span keeps, and how long their names may be.

use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, OpentracingConfig, Tag, TagValue, Tracer, build_span, log_kv, set_operation_name, set_tag,
    with_tracer,
};

const LONG: usize = 5_000;

fn finished(work: impl FnOnce()) -> FinishedSpan {
    let test = TestTracer::new();
    with_tracer(test.tracer(), work);
    test.finished_span("work")
}

/// The tags but those of the sampler.
fn own(span: &FinishedSpan) -> Vec<&Tag> {
    let tags = span.tags.iter();
    tags.filter(|tag| !tag.key.starts_with("sampler.")).collect()
}

#[test]
fn a_span_keeps_its_first_128_tags_and_the_last_value_of_each() {
    let ways: [&dyn Fn(); 3] = [
        &|| {
            let _scope = build_span("work").start_active();
            (0..300).for_each(|key| set_tag(key.to_string(), "first"));
            set_tag("127", "last");
            set_tag("128", "last");
        },
        &|| {
            let span = build_span("work").start();
            for key in 0..300 {
                span.set_tag(key.to_string(), "first");
            }
            span.set_tag("127", "last").set_tag("128", "last");
        },
        &|| {
            let tags = (0..300).map(|key| (key.to_string(), "first"));
            let last = ["127", "128"].map(|key| (key, "last"));
            build_span("work").tags(tags).tags(last).start().finish();
        },
    ];
    for way in ways {
        let span = finished(way);
        let tags = own(&span);
        assert_eq!(tags.len(), 128);
        assert_eq!((tags[0].key.as_ref(), &tags[0].value), ("0", &"first".into()));
        assert_eq!(
            (tags[127].key.as_ref(), &tags[127].value),
            ("127", &"last".into())
        );
    }
}

#[test]
fn a_failure_has_its_tag_beside_all_others() {
    let span = finished(|| {
        let _ = std::panic::catch_unwind(|| {
            let _scope = build_span("work").start_active();
            (0..300).for_each(|key| set_tag(key.to_string(), 1));
            panic!("on purpose");
        });
    });
    assert_eq!(span.tag("error"), Some(&TagValue::Bool(true)));
}

#[test]
fn a_log_record_has_as_many_fields_as_a_span_has_tags() {
    let span = finished(|| {
        let scope = build_span("work").start_active();
        let fields = || {
            (0..300)
                .map(|key| Tag::new(key.to_string(), 1))
                .collect::<Vec<_>>()
        };
        log_kv(fields());
        scope.span().log_kv(fields());
    });
    assert_eq!(
        span.logs.iter().map(|log| log.fields.len()).collect::<Vec<_>>(),
        [128; 2]
    );
}

#[test]
fn a_span_has_128_references() {
    let span = finished(|| {
        let causes: Vec<_> = (0..300).map(|_| build_span("cause").start()).collect();
        let mut builder = build_span("work").ignore_active_span();
        for cause in &causes {
            builder = builder.follows_from(cause.context());
        }
        drop(builder.start());
    });
    // The first one became the parent, and refers to nothing else.
    assert_eq!(span.references.len(), 128);
}

#[test]
fn names_and_keys_are_cut_as_values_are() {
    let long = || "é".repeat(LONG);
    let expected = "é".repeat(512);
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        drop(build_span(long()).start());
        let _scope = build_span("renamed").start_active();
        set_operation_name(long());
        drop(build_span(long().leak() as &'static str).start());
    });
    let names: Vec<_> = test
        .finished_spans()
        .into_iter()
        .map(|span| span.operation_name)
        .collect();
    assert_eq!(names, [expected.as_str(); 3]);
    let span = finished(|| {
        let scope = build_span("work").tag(format!("a{}", long()), 1).start_active();
        set_tag(format!("b{}", long()), 1);
        scope.span().set_tag(format!("c{}", long()), 1);
        log_kv([(format!("d{}", long()), 1)]);
    });
    let fields = span.logs.iter().flat_map(|log| &log.fields);
    let lengths: Vec<_> = own(&span)
        .into_iter()
        .chain(fields)
        .map(|tag| tag.key.len())
        .collect();
    assert_eq!(lengths, [1_023; 4]);
}

#[test]
fn the_limit_can_be_set_and_what_is_left_out_of_recorded_spans_is_counted() {
    let config = |tags: &str| {
        let text = format!("enabled: true\nfedtrace: {{ max_tags_per_span: {tags} }}");
        yaml_serde::from_str::<OpentracingConfig>(&text).map_err(|error| error.to_string())
    };
    let memory = MemoryReporter::new();
    let set_up = |builder: fedtrace::TracerBuilder| builder.reporter(memory.clone());
    let (tracer, guard) = config("3").unwrap().build_with("example.org", set_up).unwrap();
    let write = |tracer: &Tracer| {
        let span = build_span("work").tracer(tracer).start();
        for key in 0..300 {
            span.set_tag(key.to_string(), key);
        }
        span.log_kv(
            (0..5)
                .map(|key| Tag::new(key.to_string(), key))
                .collect::<Vec<_>>(),
        );
        span.set_tag("2", "last");
    };
    write(&tracer);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let span = memory.take().remove(0);
    assert_eq!((own(&span).len(), span.logs[0].fields.len()), (3, 3));
    assert_eq!(span.tag("2"), Some(&"last".into()));
    let stats = tracer.stats();
    assert_eq!((stats.dropped_tags, stats.dropped_log_fields), (297, 2));

    let (tracer, guard) = set_up(Tracer::builder("svc").max_tags_per_span(0))
        .build()
        .unwrap();
    write(&tracer);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_eq!(own(&memory.finished_spans()[0]).len(), 300);
    assert_eq!(tracer.stats().dropped_tags, 0);

    let error = config("-1").unwrap_err();
    let expected = "opentracing.fedtrace.max_tags_per_span: -1 is not a number of tags";
    assert!(error.contains(expected), "{error}");
}
