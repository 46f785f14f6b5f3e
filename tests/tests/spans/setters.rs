//! What the setters of a span take and return.

use std::cell::Cell;

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{LogFields, Tag, TagValue, build_span, log_kv, set_tag, start_active_span, tags, with_tracer};

#[test]
fn a_record_has_fields_of_different_types_in_their_order() {
    let expected = [
        Tag::new("event", "retry"),
        Tag::new("attempt", 2),
        Tag::new("last", false),
    ];
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("op");
        log_kv((("event", "retry"), ("attempt", 2), ("last", false)));
        let handle = scope.span();
        handle.log_kv((("event", "retry"), ("attempt", 2), ("last", false)));
        handle.log_kv((
            ("event", "retry"),
            ("error", None::<&str>),
            ("attempt", Some(2)),
            ("last", false),
        ));
    });
    let span = test.finished_span("op");
    assert_eq!(span.logs.len(), 3);
    for record in &span.logs {
        assert_eq!(record.fields, expected);
    }
}

#[test]
fn fields_are_not_converted_for_a_span_that_is_not_recorded() {
    struct Counted<'a>(&'a Cell<u32>);

    impl LogFields for Counted<'_> {
        fn into_fields(self) -> Vec<Tag> {
            self.0.set(self.0.get() + 1);
            vec![Tag::new("event", "counted")]
        }
    }

    for (sampled, expected) in [(false, 0), (true, 2)] {
        let (test, conversions) = (TestTracer::with_sampler(ConstSampler::new(sampled)), Cell::new(0));
        with_tracer(test.tracer(), || {
            // Without it, the span could be forced later, and would keep its fields until then.
            let _root = start_active_span("root");
            let scope = start_active_span("op");
            log_kv(Counted(&conversions));
            scope.span().log_kv(Counted(&conversions));
        });
        assert_eq!(conversions.get(), expected);
    }
}

#[test]
fn a_tag_whose_value_is_none_is_not_set() {
    let (missing, present) = (None::<u32>, Some(7));
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = build_span("op")
            .tag("built.missing", missing)
            .tag("built.present", present)
            .tags([("listed.missing", missing), ("listed.present", present)])
            .start_active();
        set_tag("active.missing", missing);
        set_tag("active.present", present);
        let handle = scope.span();
        handle.set_tag("handle.missing", missing);
        handle.set_tag("handle.present", present);
    });
    let span = test.finished_span("op");
    let keys: Vec<_> = span.tags.iter().map(|tag| &*tag.key).collect();
    let set = [
        "built.present",
        "listed.present",
        "active.present",
        "handle.present",
    ];
    assert_eq!(
        keys,
        ["sampler.type", "sampler.param"]
            .iter()
            .chain(&set)
            .copied()
            .collect::<Vec<_>>()
    );
    assert!(set.iter().all(|key| span.tag(key) == Some(&TagValue::Long(7))));
}

#[test]
fn a_value_that_is_none_leaves_the_tag_and_the_decision_as_they_are() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("op");
        scope.span().set_tag("key", 1).set_tag("key", None::<i32>);
        set_tag("key", None::<i32>);
        scope.span().set_tag(tags::SAMPLING_PRIORITY, None::<i32>);
    });
    assert_eq!(test.finished_span("op").tag("key"), Some(&TagValue::Long(1)));
}

#[test]
fn the_setters_of_a_handle_can_be_chained() {
    let test = TestTracer::new();
    let span = with_tracer(test.tracer(), || build_span("op").start());
    span.set_operation_name("renamed")
        .set_tag("key", TagValue::from_static("value"))
        .log_kv([("event", "chained")])
        .set_baggage_item("item", "value")
        .finish();
    let finished = test.finished_span("renamed");
    assert_eq!(finished.tag("key"), Some(&"value".into()));
    assert_eq!(finished.logs[0].fields, [Tag::new("event", "chained")]);
    assert_eq!(span.baggage_item("item").as_deref(), Some("value"));
}

#[test]
fn setters_of_nothing_can_be_chained_too() {
    let span = build_span("op").start();
    span.set_operation_name("renamed")
        .set_tag("key", 1)
        .log_kv([("event", "chained")])
        .set_baggage_item("item", "value")
        .finish();
    assert_eq!(span.baggage_item("item"), None);
}

#[test]
fn a_record_without_fields_is_no_record() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = start_active_span("op");
        log_kv(Vec::<Tag>::new());
        log_kv([("error", None::<&str>)]);
        scope.span().log_kv([("error", None::<&str>)]);
    });
    assert!(test.finished_span("op").logs.is_empty());
}

#[test]
fn a_handle_shows_its_name_and_context_and_nothing_of_its_inside() {
    let test = TestTracer::new();
    let span = build_span("op").tracer(test.tracer()).start();
    let shown = format!("{span:?}");
    assert!(
        shown.starts_with("Span { name: \"op\", context: SpanContext { trace_id: "),
        "{shown}"
    );
    assert!(!shown.contains("Mutex"), "{shown}");
}
