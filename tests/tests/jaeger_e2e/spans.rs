//! What a server shows of the spans that were sent to it.

use std::time::{SystemTime, UNIX_EPOCH};

use fedtrace::{Span, SpanContext, TraceId, build_span};
use fedtrace_tests::jaeger_query::JaegerReference;
use serde_json::json;

use crate::route::Route;

fn trace_id(span: &Span) -> TraceId {
    span.context().expect("a context").trace_id()
}

fn microseconds(time: SystemTime) -> u64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).expect("a clock after 1970");
    since_epoch
        .as_micros()
        .try_into()
        .expect("a clock before the year 586,000")
}

pub(crate) fn a_tag_keeps_its_type_and_value(route: &Route) {
    let (tracer, guard) = route.tracer("tags");
    let span = build_span("tagged")
        .tracer(&tracer)
        .tag("at.start", "text")
        .start();
    span.set_tag("empty", "");
    span.set_tag("unicode", "żółć 🦀");
    span.set_tag("yes", true);
    span.set_tag("no", false);
    span.set_tag("negative", -1);
    span.set_tag("largest", i64::MAX);
    span.set_tag("smallest", i64::MIN);
    span.set_tag("too.large", u64::MAX);
    span.set_tag("double", 1.5);
    span.set_tag("binary", vec![0, 1, 0xff]);
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = route.trace(trace_id, 1);
    let span = trace.span("tagged");
    assert_eq!(span.tag("at.start"), Some(("string", &json!("text"))));
    assert_eq!(span.tag("empty"), Some(("string", &json!(""))));
    assert_eq!(span.tag("unicode"), Some(("string", &json!("żółć 🦀"))));
    assert_eq!(span.tag("yes"), Some(("bool", &json!(true))));
    assert_eq!(span.tag("no"), Some(("bool", &json!(false))));
    assert_eq!(span.tag("negative"), Some(("int64", &json!(-1))));
    assert_eq!(
        span.tag("largest"),
        Some(("int64", &json!("9223372036854775807")))
    );
    assert_eq!(
        span.tag("smallest"),
        Some(("int64", &json!("-9223372036854775808")))
    );
    assert_eq!(
        span.tag("too.large"),
        Some(("string", &json!("18446744073709551615")))
    );
    assert_eq!(span.tag("double"), Some(("float64", &json!(1.5))));
    assert_eq!(span.tag("binary"), Some(("binary", &json!("AAH/"))));
    assert_eq!(span.warnings, None);
}

pub(crate) fn a_number_that_is_none_does_not_hide_the_trace(route: &Route) {
    let (tracer, guard) = route.tracer("not-a-number");
    let span = build_span("odd").tracer(&tracer).start();
    span.set_tag("nan", f64::NAN);
    span.set_tag("infinite", f64::INFINITY);
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = route.trace(trace_id, 1);
    assert_eq!(trace.span("odd").tag("nan"), Some(("string", &json!("NaN"))));
    assert_eq!(trace.span("odd").tag("infinite"), Some(("string", &json!("inf"))));
}

pub(crate) fn a_span_has_the_times_of_its_start_and_its_logs(route: &Route) {
    let (tracer, guard) = route.tracer("times");
    let before = microseconds(SystemTime::now());
    let span = build_span("timed").tracer(&tracer).start();
    span.log_kv([("event", "first"), ("message", "one")]);
    std::thread::sleep(std::time::Duration::from_millis(20));
    span.log_kv([("event", "second")]);
    let trace_id = trace_id(&span);
    span.finish();
    let after = microseconds(SystemTime::now());
    drop(guard);

    let trace = route.trace(trace_id, 1);
    let span = trace.span("timed");
    let end = span.start_time + span.duration;
    // Two clocks are compared here, and only one of them is ours.
    let slack = 5_000;
    assert!(before.saturating_sub(slack) <= span.start_time && end <= after + slack);
    assert!((20_000..=after - before + slack).contains(&span.duration));

    let [first, second] = &span.logs[..] else {
        panic!("there are two logs, not {:?}", span.logs)
    };
    assert_eq!(first.field("event"), Some(("string", &json!("first"))));
    assert_eq!(first.field("message"), Some(("string", &json!("one"))));
    assert_eq!(second.field("event"), Some(("string", &json!("second"))));
    assert!(span.start_time <= first.timestamp);
    assert!(first.timestamp + 20_000 <= second.timestamp);
    assert!(second.timestamp <= end);
}

/// To Jaeger 2 a duration of no microsecond is one below zero.
pub(crate) fn a_span_shorter_than_a_microsecond_does_not_look_broken(route: &Route) {
    let (tracer, guard) = route.tracer("short");
    let start = SystemTime::now();
    let span = build_span("short").tracer(&tracer).start_time(start).start();
    let trace_id = trace_id(&span);
    span.finish_at(start + std::time::Duration::from_nanos(200));
    drop(guard);

    let trace = route.trace(trace_id, 1);
    let span = trace.span("short");
    assert_eq!((span.duration, &span.warnings), (1, &None));
    assert_eq!(span.tag("InvalidNegativeDuration"), None);
}

pub(crate) fn children_and_references_are_shown_as_such(route: &Route) {
    let (tracer, guard) = route.tracer("references");
    let cause = build_span("cause").tracer(&tracer).start();
    let root = build_span("root").tracer(&tracer).start();
    let root_context = root.context().expect("a context");
    let cause_context = cause.context().expect("a context");
    let child = build_span("child")
        .child_of(root.context())
        .follows_from(cause.context())
        .start();
    let grandchild = build_span("grandchild").child_of(child.context()).start();
    let follower = build_span("follower")
        .tracer(&tracer)
        .follows_from(root.context())
        .start();
    for span in [&grandchild, &child, &follower, &root, &cause] {
        span.finish();
    }
    drop(guard);

    let trace = route.trace(root_context.trace_id(), 4);
    assert_eq!(
        trace.names(),
        ["child", "follower", "grandchild", "root"].map(|name| format!("references: {name}"))
    );
    let parent = |name| {
        trace
            .parent(trace.span(name))
            .map(|span| span.operation_name.as_str())
    };
    assert_eq!(parent("grandchild"), Some("child"));
    assert_eq!(parent("child"), Some("root"));
    assert_eq!(parent("root"), None);
    assert_eq!(trace.span("root").span_id, root_context.span_id());
    let follows_from = |context: &SpanContext| JaegerReference {
        ref_type: "FOLLOWS_FROM".to_owned(),
        trace_id: context.trace_id(),
        span_id: context.span_id(),
    };
    assert!(
        trace
            .span("child")
            .references
            .contains(&follows_from(&cause_context))
    );
    assert!(
        trace
            .span("follower")
            .references
            .contains(&follows_from(&root_context))
    );
}

pub(crate) fn the_process_has_the_service_name_and_its_tags(route: &Route) {
    let (tracer, guard) = route.tracer("example.com generic_worker");
    let span = build_span("op").tracer(&tracer).start();
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = route.trace(trace_id, 1);
    let process = trace.process(trace.span("op"));
    assert_eq!(process.service_name, "example.com generic_worker");
    assert_eq!(process.tag("deployment"), Some(("string", &json!("end-to-end"))));
    assert_eq!(process.tag("replica"), Some(("int64", &json!(3))));
}

pub(crate) fn a_forced_trace_has_the_flags_of_one(route: &Route) {
    let (tracer, guard) = route.tracer("forced");
    let span = build_span("forced").tracer(&tracer).start();
    span.force_tracing();
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = route.trace(trace_id, 1);
    if route.keeps_flags() {
        assert_eq!(trace.span("forced").flags, 3);
    }
    assert_eq!(
        trace.span("forced").tag("sampling.priority"),
        Some(("int64", &json!(1)))
    );
}

pub(crate) fn a_trace_of_many_packets_arrives_whole(route: &Route) {
    // Three packets: what the socket of an agent holds even if it reads none of them in time.
    const CHILDREN: usize = 600;
    let (tracer, guard) = route.tracer("many");
    let root = build_span("root").tracer(&tracer).start();
    let context = root.context().expect("a context");
    for number in 0..CHILDREN {
        build_span("child")
            .child_of(root.context())
            .tag("number", number)
            .tag("padding", "x".repeat(200))
            .start()
            .finish();
    }
    root.finish();
    drop(guard);

    let trace = route.trace(context.trace_id(), CHILDREN + 1);
    assert_eq!(trace.spans.len(), CHILDREN + 1);
    let mut numbers: Vec<_> = trace
        .spans
        .iter()
        .filter_map(|span| span.tag("number")?.1.as_u64())
        .collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(0..CHILDREN as u64));
}

pub(crate) fn a_span_larger_than_a_packet_arrives_shortened(route: &Route) {
    let (tracer, guard) = route.tracer("large");
    let span = build_span("large").tracer(&tracer).tag("kept", 7).start();
    for _ in 0..route.max_batch_bytes() / 4_000 + 10 {
        span.log_kv(["event", "message", "stack", "level"].map(|key| (key, "x".repeat(1_000))));
    }
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = route.trace(trace_id, 1);
    assert_eq!(trace.span("large").tag("kept"), Some(("int64", &json!(7))));
    assert_eq!(
        trace.span("large").tag("fedtrace.shortened"),
        Some(("bool", &json!(true)))
    );
}
