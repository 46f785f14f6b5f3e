//! What the page of traces takes at most.

use fedtrace::page::Traces;
use fedtrace::testing::TestTracer;
use fedtrace::{Span, build_span, set_tag, start_active_span, with_tracer};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

async fn get(traces: &Traces, query: &str) -> String {
    let request = axum::http::Request::get(format!("/{query}")).body(()).unwrap();
    let answer = traces.service().guard(|_| true).oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn operations(traces: &Traces) -> Vec<String> {
    let list: Value = serde_json::from_str(&get(traces, "?format=json").await).unwrap();
    let operations = list["operations"].as_array().unwrap().iter();
    operations
        .map(|operation| operation["operation"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn many_names_once_do_not_hide_an_operation_for_ever() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || {
        for number in 0..2_000 {
            drop(start_active_span(format!("GET /{number}")));
        }
        drop(start_active_span("GET /important"));
    });
    test.finished_spans();
    let operations = operations(&traces).await;
    assert_eq!(operations.len(), 500);
    assert!(operations.contains(&"GET /important".to_owned()));
    assert!(operations.contains(&"GET /1999".to_owned()) && !operations.contains(&"GET /0".to_owned()));
}

#[tokio::test]
async fn long_names_and_messages_are_cut_in_the_lists() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || {
        let _root = start_active_span("n".repeat(900));
        set_tag("error", true);
        fedtrace::log_kv([("event", "error".to_owned()), ("message", "m".repeat(900))]);
    });
    test.finished_spans();
    let list = get(&traces, "?format=json").await;
    assert!(list.contains(&"n".repeat(200)) && !list.contains(&"n".repeat(201)));
    assert!(list.contains(&"m".repeat(200)) && !list.contains(&"m".repeat(201)));
}

#[tokio::test]
async fn of_many_open_spans_the_oldest_are_shown_and_all_of_a_trace_can_be_opened() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    let open: Vec<Span> = with_tracer(test.tracer(), || {
        let start = |number| build_span(format!("open {number}")).start();
        (0..20_000).map(start).collect()
    });
    let live = get(&traces, "?live&format=json").await;
    assert!(live.len() < 2_000_000, "{} bytes", live.len());
    assert!(live.contains("\"open 0\"") && live.contains("\"open 999\"") && !live.contains("\"open 1000\""));
    let page = get(&traces, "").await;
    assert!(
        page.contains("20,000") && page.len() < 1_000_000,
        "{} bytes",
        page.len()
    );
    let newest = open.last().unwrap().context().unwrap().trace_id();
    let trace = get(&traces, &format!("?trace={newest}&format=json")).await;
    assert!(trace.contains("\"open 19999\""), "{trace}");
}

#[tokio::test]
async fn a_page_that_nobody_has_any_more_sees_nothing() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    let service = traces.service();
    drop(traces.clone());
    with_tracer(test.tracer(), || drop(start_active_span("seen")));
    test.finished_spans();
    assert_eq!(operations(&traces).await, ["seen"]);
    drop((traces, service));
    with_tracer(test.tracer(), || drop(start_active_span("not seen")));
    test.finished_spans();
    let other = Traces::new().watch(test.tracer());
    assert_eq!(operations(&other).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_json_says_what_is_missing() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    let id = with_tracer(test.tracer(), || {
        let _root = start_active_span("GET /");
        (0..20_000).for_each(|_| drop(start_active_span("child")));
        fedtrace::trace_id().unwrap()
    });
    test.finished_spans();
    let trace: Value =
        serde_json::from_str(&get(&traces, &format!("?trace={id}&format=json")).await).unwrap();
    assert_eq!(trace["data"][0]["spans"].as_array().unwrap().len(), 10_000);
    assert_eq!(
        trace["data"][0]["warnings"],
        serde_json::json!(["10001 more spans found no room here"])
    );

    let _open: Vec<Span> = with_tracer(test.tracer(), || {
        (0..1_200).map(|_| build_span("open").start()).collect()
    });
    let live: Value = serde_json::from_str(&get(&traces, "?live&format=json").await).unwrap();
    assert_eq!(
        live["warnings"],
        serde_json::json!(["200 more spans found no room here"])
    );
}

#[tokio::test]
async fn neither_the_page_nor_its_json_names_a_trace_that_is_not_there() {
    let test = TestTracer::new();
    let traces = Traces::with_max_bytes(0).watch(test.tracer());
    with_tracer(test.tracer(), || {
        for number in 0..100 {
            let _root = start_active_span(format!("GET /{}", number % 3));
            set_tag("error", true);
        }
    });
    test.finished_spans();
    let page = get(&traces, "").await;
    assert!(page.contains("GET /2") && !page.contains("?trace="), "{page}");
    let list: Value = serde_json::from_str(&get(&traces, "?format=json").await).unwrap();
    assert_eq!(list["bytes"], 0);
    for operation in list["operations"].as_array().unwrap() {
        assert!(operation["count"].as_u64() >= Some(33));
        for (name, number) in [("slowest", 5), ("failures", 5), ("durations", 11)] {
            let all = operation[name].as_array().unwrap();
            assert_eq!(all.len(), number, "{operation:#}");
            assert!(all.iter().all(|one| one["traceID"].is_null()), "{operation:#}");
        }
    }
}
