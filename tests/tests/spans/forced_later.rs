//! What was said about a request before it was forced.

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, Origin, build_span, extract, force_tracing, force_tracing_for_user, log_kv,
    set_operation_name, set_tag, start_active_span, tags, with_tracer,
};

fn never() -> TestTracer {
    TestTracer::with_sampler(ConstSampler::new(false))
}

/// The only span that is recorded of `work`.
fn recorded(work: impl FnOnce()) -> FinishedSpan {
    let test = never();
    with_tracer(test.tracer(), work);
    let mut spans = test.finished_spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.remove(0)
}

fn shown(span: &FinishedSpan) -> Vec<String> {
    let tags = span.tags.iter().map(|tag| format!("{}={}", tag.key, tag.value));
    let fields = span.logs.iter().flat_map(|log| &log.fields);
    tags.chain(fields.map(|field| format!("log {}={}", field.key, field.value)))
        .collect()
}

#[test]
fn a_request_that_is_forced_later_has_what_was_said_before() {
    let span = recorded(|| {
        let scope = build_span("request")
            .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
            .tags([(tags::HTTP_METHOD, "GET")])
            .start_active();
        set_tag(tags::HTTP_URL, "/sync");
        scope.span().set_tag("handle", 3);
        log_kv([("event", "authenticated")]);
        scope.span().log_kv([("event", "read")]);
        set_operation_name("/sync");
        force_tracing();
        set_tag("after", true);
    });
    assert_eq!(span.operation_name, "/sync");
    assert_eq!(
        shown(&span),
        [
            "span.kind=server",
            "http.method=GET",
            "http.url=/sync",
            "handle=3",
            "sampling.priority=1",
            "after=true",
            "log event=authenticated",
            "log event=read",
        ]
    );
}

#[test]
fn that_holds_however_it_is_started_and_forced() {
    let expected = ["before=1", "sampling.priority=1"];
    let of_attribute = recorded(|| {
        let _scope = start_active_span("request");
        set_tag("before", 1);
        force_tracing();
    });
    assert_eq!(shown(&of_attribute), expected);
    let by_tag = recorded(|| {
        let _scope = build_span("request").tag("before", 1).start_active();
        set_tag(tags::SAMPLING_PRIORITY, 1);
    });
    assert_eq!(shown(&by_tag), expected);
    let by_handle = recorded(|| {
        let span = build_span("request").tag("before", 1).start();
        std::thread::spawn(move || span.force_tracing()).join().unwrap();
    });
    assert_eq!(shown(&by_handle), expected);
    let of_another_process = recorded(|| {
        let mut headers = http::HeaderMap::new();
        headers.insert("uber-trace-id", "1:2:0:0".parse().unwrap());
        let parent = extract(&headers, Origin::Internal);
        let scope = build_span("request").child_of(parent).start_active();
        scope.span().set_tag("before", 1);
        force_tracing();
    });
    assert_eq!(shown(&of_another_process), expected);
}

#[test]
fn a_user_that_is_forced_has_the_tags_of_the_middleware() {
    let (tracer, guard, memory) = {
        let memory = fedtrace::reporter::MemoryReporter::new();
        let (tracer, guard) = fedtrace::Tracer::builder("svc")
            .sampler(ConstSampler::new(false))
            .force_tracing_for_users(["@alice:example.org"])
            .reporter(memory.clone())
            .build()
            .unwrap();
        (tracer, guard, memory)
    };
    for user in ["@bob:example.org", "@alice:example.org"] {
        with_tracer(&tracer, || {
            let _scope = build_span("request").tag(tags::HTTP_METHOD, "GET").start_active();
            force_tracing_for_user(user);
        });
    }
    guard.shutdown(std::time::Duration::from_secs(10)).unwrap();
    let spans = memory.finished_spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(shown(&spans[0]), ["http.method=GET", "sampling.priority=1"]);
}

#[test]
fn the_children_of_an_unsampled_request_stay_unrecorded_until_it_is_forced() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _root = build_span("request").tag("before", 1).start_active();
        {
            let _child = start_active_span("earlier");
            set_tag("of child", 1);
        }
        force_tracing();
        drop(start_active_span("later"));
    });
    test.tree()
        .with_tags(["before"])
        .assert_eq("request before=1\n  later");
}

#[test]
fn what_an_unsampled_request_keeps_is_bounded() {
    let span = recorded(|| {
        let _scope = start_active_span("request");
        for number in 0..1_000 {
            set_tag(number.to_string(), "x".repeat(1_000));
            log_kv([("text", "x".repeat(1_000))]);
        }
        force_tracing();
    });
    let bytes: usize = shown(&span).iter().map(String::len).sum();
    assert!((4_000..9_000).contains(&bytes), "{bytes}");
}

#[test]
fn a_log_record_that_is_longer_than_all_that_an_unsampled_request_keeps_is_left_out() {
    let span = recorded(|| {
        let _scope = start_active_span("request");
        log_kv(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(|key| (key, "x".repeat(1_000))));
        force_tracing();
    });
    assert!(span.logs.is_empty(), "{:?}", span.logs);
}
