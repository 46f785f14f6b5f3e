//! What the page answers to odd queries.

use fedtrace::page::Traces;
use fedtrace::testing::TestTracer;
use fedtrace::{start_active_span, with_tracer};

use super::page_lists::ask;

#[tokio::test]
async fn live_alone_is_the_list_of_what_runs() {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || drop(start_active_span("has ended")));
    test.finished_spans();
    let _open = with_tracer(test.tracer(), || fedtrace::build_span("runs").start());
    for query in ["?live", "?live=", "?live=1", "?live=true&format=html"] {
        let (status, page) = ask(&traces, query).await;
        assert_eq!(status, 200, "{query}");
        assert!(
            page.contains(">runs</a>") && !page.contains("has ended"),
            "{query}: {page}"
        );
    }
    let (status, json) = ask(&traces, "?live=1&format=json").await;
    assert_eq!(status, 200);
    assert!(json.contains("\"runs\"") && !json.contains("has ended"), "{json}");
}

#[tokio::test]
async fn a_query_that_the_page_does_not_know_is_refused_with_the_reason() {
    for (query, reason) in [
        ("?format=xml", "format"),
        ("?format", "format"),
        ("?live=perhaps", "live"),
        ("?foo=bar", "trace"),
        ("?trace=zz", "hexadecimal"),
        ("?trace=", "hexadecimal"),
        ("?trace=1&live", "one of"),
        ("?trace=1&trace=2", "one of"),
        ("?service=a", "operation"),
    ] {
        let (status, why) = ask(&Traces::new(), query).await;
        assert_eq!(status, 400, "{query}");
        assert!(
            why.contains(reason) && !why.contains("forgotten"),
            "{query}: {why}"
        );
    }
    for (query, reason) in [("?trace=1", "forgotten"), ("?asset=x", "no such file")] {
        let (status, why) = ask(&Traces::new(), query).await;
        assert_eq!(status, 404, "{query}");
        assert!(why.contains(reason), "{query}: {why}");
    }
}
