//! The page of traces, served by axum to a client.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use fedtrace::page::Traces;
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::tower::ServerLayer;
use fedtrace::{Keep, Tracer, build_span, set_tag, start_active_span, trace, with_tracer};
use serde_json::Value;
use tokio::sync::Notify;

use super::service::TestServer;

#[trace]
async fn query(gate: Arc<Notify>) {
    set_tag("db.statement", "SELECT * FROM <events>");
    gate.notified().await;
}

/// A server with a request that hangs until `gate` opens, one that fails and one that is quick.
async fn start(gate: &Arc<Notify>) -> TestServer {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    let hung = Arc::clone(gate);
    let app = Router::new()
        .route(
            "/stuck/{room}",
            get(move || async {
                query(hung).await;
                "done"
            }),
        )
        .route("/broken", get(|| async { StatusCode::BAD_GATEWAY }))
        .route("/quick", get(|| async { "quick" }))
        .layer(ServerLayer::new())
        .nest_service("/_fedtrace", traces.service().loopback_only());
    TestServer::start_with(test, app).await
}

async fn page(server: &TestServer, query: &str) -> String {
    let answer = server.get(&format!("/_fedtrace{query}")).await;
    assert_eq!(answer.status(), 200, "{query}");
    answer.text().await.unwrap()
}

async fn json(server: &TestServer, query: &str) -> Value {
    serde_json::from_str(&page(server, query).await).unwrap()
}

fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<section id=\"{id}\">")).unwrap();
    rest.split_once("</section>").unwrap().0
}

#[tokio::test]
async fn a_request_that_hangs_is_on_the_page_with_its_children_and_tags_until_it_ends() {
    let gate = Arc::new(Notify::new());
    let server = start(&gate).await;
    let empty = page(&server, "").await;
    assert!(section(&empty, "live").contains("Nothing runs."));
    assert!(section(&empty, "slowest").contains("No request has ended yet."));
    assert!(section(&empty, "failed").contains("No request has failed."));
    let url = server.url("/stuck/!a:b");
    let stuck = tokio::spawn(async move { reqwest::get(url).await.unwrap().text().await.unwrap() });
    let mut live = Value::Null;
    while live["data"][0]["spans"].as_array().map_or(0, Vec::len) < 2 {
        live = json(&server, "?live&format=json").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let page_of_live = page(&server, "").await;
    let shown = section(&page_of_live, "live");
    let position = |text: &str| {
        shown
            .find(text)
            .unwrap_or_else(|| panic!("{text} is not in {shown}"))
    };
    assert!(position("GET /stuck/{room}") < position(">query<"));
    position("http.method=GET");
    position("db.statement=SELECT * FROM &lt;events&gt;");
    assert!(!shown.contains("sampler."), "{shown}");

    // The trace can be opened meanwhile.
    let id = live["data"][0]["traceID"].as_str().unwrap();
    let trace = page(&server, &format!("?trace={id}")).await;
    assert!(trace.contains("query") && trace.contains("unfinished"), "{trace}");

    gate.notify_one();
    assert_eq!(stuck.await.unwrap(), "done");
    server.spans(|span| span.operation_name == "query", 1).await;
    server.request_span().await;
    assert!(section(&page(&server, "").await, "live").contains("Nothing runs."));
    let ended = json(&server, &format!("?trace={id}&format=json")).await;
    assert_eq!(ended["data"][0]["spans"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_lead_to_traces() {
    let server = start(&Arc::default()).await;
    for _ in 0..3 {
        server.get("/quick").await.text().await.unwrap();
    }
    server.get("/broken").await.text().await.unwrap();
    server.spans(|span| span.tag("span.kind").is_some(), 4).await;
    let list = json(&server, "?format=json").await;
    let operations = list["operations"].as_array().unwrap();
    let [broken, quick] = &operations[..] else {
        panic!("{list}")
    };
    assert_eq!(broken["operation"], "GET /broken");
    assert_eq!((&broken["count"], &broken["failed"]), (&1.into(), &1.into()));
    assert_eq!(broken["failures"][0]["outcome"], "status 502");
    assert_eq!((&quick["count"], &quick["failed"]), (&3.into(), &0.into()));
    let counts = quick["durations"].as_array().unwrap().iter();
    assert_eq!(
        counts
            .map(|bucket| bucket["count"].as_u64().unwrap())
            .sum::<u64>(),
        3
    );

    let overview = page(&server, "").await;
    let failed = section(&overview, "failed");
    assert!(
        failed.contains("GET /broken") && failed.contains("failed</b> status 502"),
        "{failed}"
    );
    let id = broken["failures"][0]["traceID"].as_str().unwrap();
    assert!(failed.contains(&format!("href=\"?trace={id}\"")), "{failed}");
    let trace = json(&server, &format!("?trace={id}&format=json")).await;
    assert_eq!(trace["data"][0]["spans"][0]["operationName"], "GET /broken");
}

#[tokio::test]
async fn the_page_is_one_address_whose_links_are_right_wherever_it_is_mounted() {
    let server = start(&Arc::default()).await;
    for path in ["/_fedtrace", "/_fedtrace/", "/_fedtrace?"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("href=\"?asset=overview.css\""), "{page}");
        assert!(!page.contains("href=\"/"), "{page}");
    }
    for (asset, kind) in [
        ("base.css", "text/css"),
        ("overview.css", "text/css"),
        ("view.css", "text/css"),
        ("view.js", "text/javascript"),
    ] {
        let answer = server.get(&format!("/_fedtrace?asset={asset}")).await;
        assert!(
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with(kind)
        );
    }
    for path in ["/_fedtrace/x", "/_fedtrace?trace=1", "/_fedtrace?asset=x"] {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }
}

/// A tracer whose sampler rejects every trace.
pub(super) fn rejecting(keep: Option<Keep>) -> fedtrace::TracerBuilder {
    let builder = Tracer::builder("test")
        .sampler(ConstSampler::new(false))
        .reporter(fedtrace::reporter::MemoryReporter::new());
    match keep {
        Some(keep) => builder.keep(keep),
        None => builder,
    }
}

/// What the page says as JSON.
async fn list(traces: &Traces) -> Value {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    let request = axum::http::Request::get("/?format=json").body(()).unwrap();
    let answer = traces.service().guard(|_| true).oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn with_keep_all_requests_are_counted_and_the_slow_ones_have_traces() {
    let (tracer, guard) = rejecting(Some(Keep::new().slower_than(Duration::from_secs(2))))
        .build()
        .unwrap();
    let traces = Traces::new().watch(&tracer);
    with_tracer(&tracer, || {
        for number in 0..1_000 {
            let ago = Duration::from_secs(if number == 500 { 5 } else { 0 });
            let start = SystemTime::now() - ago;
            let _root = build_span("GET /").start_time(start).start_active();
            drop(start_active_span("child"));
        }
    });
    guard.flush(Duration::from_secs(10)).unwrap();
    let list = list(&traces).await;
    let operation = &list["operations"][0];
    assert_eq!(operation["count"], 1_000);
    let slowest = operation["slowest"].as_array().unwrap();
    assert_eq!(slowest.len(), 1);
    assert!(slowest[0]["duration"].as_u64().unwrap() >= 5_000_000);
}

#[tokio::test]
async fn an_unsampled_request_that_hangs_is_seen_too() {
    let (tracer, _guard) = rejecting(None).build().unwrap();
    let traces = Traces::new().watch(&tracer);
    with_tracer(&tracer, || {
        let _root = start_active_span("stuck");
        let _child = start_active_span("below");
        assert!(format!("{traces:?}").contains("Traces"));
        let names = live_names(&traces);
        assert_eq!(names, ["stuck", "below"]);
    });
    assert_eq!(live_names(&traces), Vec::<String>::new());
}

fn live_names(traces: &Traces) -> Vec<String> {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    let request = axum::http::Request::get("/?live&format=json").body(()).unwrap();
    let service = traces.service().guard(|_| true);
    let body = futures::executor::block_on(async {
        let answer = service.oneshot(request).await.unwrap();
        answer.into_body().collect().await.unwrap().to_bytes()
    });
    let live: Value = serde_json::from_slice(&body).unwrap();
    let traces = live["data"].as_array().unwrap().iter();
    let spans = traces.flat_map(|trace| trace["spans"].as_array().unwrap());
    spans
        .map(|span| span["operationName"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn traces_take_no_more_memory_than_allowed() {
    let test = TestTracer::new();
    let traces = Traces::with_max_bytes(512 * 1024).watch(test.tracer());
    with_tracer(test.tracer(), || {
        for number in 0..5_000 {
            let _root = start_active_span(format!("operation {}", number % 50));
            set_tag("text", "x".repeat(900));
            drop(start_active_span("child"));
        }
    });
    test.finished_spans();
    let list = list(&traces).await;
    assert!(list["bytes"].as_u64().unwrap() <= 512 * 1024, "{}", list["bytes"]);
    let operations = list["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 50);
    assert_eq!(
        operations
            .iter()
            .map(|of| of["count"].as_u64().unwrap())
            .sum::<u64>(),
        5_000
    );
}
