//! What the example shows.

use std::time::Duration;

use fedtrace::Tracer;
use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::SpanTree;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::service;

#[tokio::test]
async fn a_request_is_one_tree() {
    let reporter = MemoryReporter::new();
    let builder = Tracer::builder("tracing-service").reporter(reporter.clone());
    let (tracer, guard) = builder.build().unwrap();
    fedtrace::set_global_tracer(tracer).unwrap();
    let subscriber = tracing_subscriber::registry().with(fedtrace::tracing_layer());
    let _default = tracing::subscriber::set_default(subscriber);

    let url = service::start().await.unwrap();
    let answer = reqwest::get(format!("{url}/rooms/lounge/members?token=secret"));
    let answer = answer.await.unwrap().text().await.unwrap();
    assert_eq!(answer, r#"["@alice:lounge","@bob:lounge"]"#);

    let mut spans = Vec::new();
    for _ in 0..100 {
        guard.flush_async(Duration::from_secs(5)).await.unwrap();
        spans.extend(reporter.take());
        // The task and the end of the body may come after the answer.
        if spans.len() >= 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Those of the client and the server below the service are roots of their own.
    let request = spans
        .iter()
        .find(|span| span.operation_name.starts_with("/rooms/"));
    let trace = request.unwrap().trace_id;
    spans.retain(|span| span.trace_id == trace);
    let shown = format!("{spans:?}");
    assert!(
        !shown.contains("syt_secret") && !shown.contains("token=secret"),
        "{shown}"
    );
    SpanTree::new(spans)
        .with_tags(["span.kind", "http.method", "room", "ARG.room", "error"])
        .assert_eq(
            r"
            /rooms/{room}/members span.kind=server http.method=GET
              names room=lounge
                ids ARG.room=lounge
                state room=lounge error=true
              notify room=lounge
        ",
        );
}
