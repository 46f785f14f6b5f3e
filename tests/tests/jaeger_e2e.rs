//! What a real Jaeger shows of the spans that were sent to it.
//!
//! Run with `.ci/jaeger run cargo test -p fedtrace-tests --test jaeger_e2e -- --ignored`.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use fedtrace::reporter::UdpReporter;
use fedtrace::{Span, SpanContext, TraceId, Tracer, TracerGuard, build_span};
use fedtrace_tests::jaeger_query::{JaegerQuery, JaegerReference};
use serde_json::json;

/// A tracer that sends to the agent of this server.
fn tracer(service_name: &str) -> (Tracer, TracerGuard) {
    let host = std::env::var("JAEGER_AGENT_HOST").expect("the host of the agent");
    let port = std::env::var("JAEGER_AGENT_PORT").expect("the port of the agent");
    Tracer::builder(service_name)
        .reporter(UdpReporter::new(host, port.parse().expect("a port")))
        .process_tag("deployment", "end-to-end")
        .process_tag("replica", 3)
        .build()
        .expect("a tracer")
}

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

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn a_tag_keeps_its_type_and_value() {
    let (tracer, guard) = tracer("tags");
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

    let trace = JaegerQuery::from_env().trace(trace_id, 1);
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

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn a_number_that_is_none_does_not_hide_the_trace() {
    let (tracer, guard) = tracer("not-a-number");
    let span = build_span("odd").tracer(&tracer).start();
    span.set_tag("nan", f64::NAN);
    span.set_tag("infinite", f64::INFINITY);
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = JaegerQuery::from_env().trace(trace_id, 1);
    assert_eq!(trace.span("odd").tag("nan"), Some(("string", &json!("NaN"))));
    assert_eq!(trace.span("odd").tag("infinite"), Some(("string", &json!("inf"))));
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn a_span_has_the_times_of_its_start_and_its_logs() {
    let (tracer, guard) = tracer("times");
    let before = microseconds(SystemTime::now());
    let span = build_span("timed").tracer(&tracer).start();
    span.log_kv([("event", "first"), ("message", "one")]);
    std::thread::sleep(std::time::Duration::from_millis(20));
    span.log_kv([("event", "second")]);
    let trace_id = trace_id(&span);
    span.finish();
    let after = microseconds(SystemTime::now());
    drop(guard);

    let trace = JaegerQuery::from_env().trace(trace_id, 1);
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

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn children_and_references_are_shown_as_such() {
    let (tracer, guard) = tracer("references");
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

    let trace = JaegerQuery::from_env().trace(root_context.trace_id(), 4);
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

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn the_process_has_the_service_name_and_its_tags() {
    let (tracer, guard) = tracer("example.com generic_worker");
    let span = build_span("op").tracer(&tracer).start();
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = JaegerQuery::from_env().trace(trace_id, 1);
    let process = trace.process(trace.span("op"));
    assert_eq!(process.service_name, "example.com generic_worker");
    assert_eq!(process.tag("deployment"), Some(("string", &json!("end-to-end"))));
    assert_eq!(process.tag("replica"), Some(("int64", &json!(3))));
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn a_forced_trace_has_the_flags_of_one() {
    let (tracer, guard) = tracer("forced");
    let span = build_span("forced").tracer(&tracer).start();
    span.force_tracing();
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = JaegerQuery::from_env().trace(trace_id, 1);
    assert_eq!(trace.span("forced").flags, 3);
    assert_eq!(
        trace.span("forced").tag("sampling.priority"),
        Some(("int64", &json!(1)))
    );
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn a_trace_of_many_packets_arrives_whole() {
    // Three packets: what the socket of an agent holds even if it reads none of them in time.
    const CHILDREN: usize = 600;
    let (tracer, guard) = tracer("many");
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

    let trace = JaegerQuery::from_env().trace(context.trace_id(), CHILDREN + 1);
    assert_eq!(trace.spans.len(), CHILDREN + 1);
    let mut numbers: Vec<_> = trace
        .spans
        .iter()
        .filter_map(|span| span.tag("number")?.1.as_u64())
        .collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(0..CHILDREN as u64));
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn a_span_larger_than_a_packet_arrives_shortened() {
    let (tracer, guard) = tracer("large");
    let span = build_span("large").tracer(&tracer).tag("kept", 7).start();
    for _ in 0..200 {
        span.log_kv([("event", "x".repeat(1_000))]);
    }
    let trace_id = trace_id(&span);
    span.finish();
    drop(guard);

    let trace = JaegerQuery::from_env().trace(trace_id, 1);
    assert_eq!(trace.span("large").tag("kept"), Some(("int64", &json!(7))));
    assert_eq!(
        trace.span("large").tag("fedtrace.shortened"),
        Some(("bool", &json!(true)))
    );
}

/// Replaces the port of each loopback address, which differs from run to run.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "127.0.0.1:PORT" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

/// The claims that the README shows are among those that the example prints, numbers aside.
fn assert_readme_shows(printed: &str) {
    let claims = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("  ✓ "));
        lines
            .map(|line| line.replace(|c: char| c.is_ascii_digit(), ""))
            .collect()
    };
    let (shown, printed) = (claims(include_str!("../../README.md")), claims(printed));
    assert!(shown.len() > 10, "{shown:#?}");
    for claim in shown {
        assert!(printed.contains(&claim), "{claim}");
    }
}

#[test]
#[ignore = "needs a Jaeger server, see .ci/jaeger"]
fn the_trace_of_the_federation_example_is_there_with_every_span_parent_tag_and_log() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--locked", "--quiet", "--example", "federation"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{printed}");
    assert_readme_shows(&printed);
    let digits = printed.lines().find_map(|line| line.strip_prefix("trace id: "));
    let trace_id = u128::from_str_radix(digits.expect("a line with the trace id"), 16)
        .ok()
        .and_then(TraceId::new)
        .expect("a trace id");

    let expected = include_str!("federation_trace.txt");
    let spans = expected
        .lines()
        .filter(|line| !line.trim_start().starts_with('*'))
        .count();
    let trace = JaegerQuery::from_env().trace(trace_id, spans);
    let tree = without_ports(&trace.tree());
    assert!(
        tree == expected,
        "Jaeger shows another trace than federation_trace.txt:\n{tree}"
    );
    assert!(trace.spans.iter().all(|span| span.warnings.is_none()));
    for process in trace.processes.values() {
        assert_eq!(process.tag("instance_name"), Some(("string", &json!("main"))));
        let version = concat!("fedtrace-", env!("CARGO_PKG_VERSION"));
        assert_eq!(process.tag("jaeger.version"), Some(("string", &json!(version))));
        assert!(process.tag("hostname").is_some());
    }
}
