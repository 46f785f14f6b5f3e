//! The first tests of a homeserver, which `docs/testing.md` quotes.

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::routing::get;
use fedtrace::testing::{TestTracer, assert_trace};
use fedtrace::tower::ServerLayer;
use fedtrace::{
    Destination, inject, log_kv, run_as_background_process, set_tag, start_active_span, tag_args, trace,
    with_tracer,
};
use fedtrace_tests::failure;
use tower::ServiceExt as _;

#[derive(Debug)]
struct UnknownToken;

impl fmt::Display for UnknownToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown token")
    }
}

#[trace]
#[tag_args]
fn user_of(access_token: &str) -> Result<&'static str, UnknownToken> {
    match access_token {
        "syt_alice" => Ok("@alice:example.org"),
        _ => Err(UnknownToken),
    }
}

#[trace]
#[tag_args]
async fn events_since(since: u64) -> Vec<u64> {
    tokio::task::yield_now().await;
    vec![since + 1]
}

async fn sync(headers: HeaderMap) -> Result<String, StatusCode> {
    let token = headers[header::AUTHORIZATION].to_str().unwrap_or_default();
    let user = user_of(token).map_err(|_| StatusCode::UNAUTHORIZED)?;
    set_tag("user_id", user);
    Ok(format!("{:?}", events_since(7).await))
}

#[trace]
async fn delete_events() {
    tokio::task::yield_now().await;
}

async fn forget_room() {
    tokio::spawn(run_as_background_process("purge_room", delete_events()));
}

/// The headers of a request to another homeserver.
#[trace]
#[tag_args]
fn federation_headers(destination: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    inject(&mut headers, Destination::Homeserver(destination));
    headers
}

/// Sends a request to our homeserver, and reads the answer.
async fn request(path: &str, token: &str) -> StatusCode {
    let app = Router::new()
        .route("/sync", get(sync))
        .route("/forget", get(forget_room))
        .layer(ServerLayer::new());
    let request = Request::get(path)
        .header(header::AUTHORIZATION, token)
        .body(Body::empty());
    let answer = app.oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    status
}

#[fedtrace::test(tokio::test)]
async fn a_sync_looks_for_the_user_and_for_events(test: &TestTracer) {
    assert_eq!(request("/sync", "syt_alice").await, StatusCode::OK);
    assert_trace!(test, {
        "GET /sync" [http.status_code = 200, user_id = "@alice:example.org", !error] {
            "user_of",
            "events_since" [ARG.since = 7],
        }
    });
}

#[fedtrace::test(tokio::test)]
async fn an_unknown_token_marks_the_span_that_refuses_it(test: &TestTracer) {
    assert_eq!(request("/sync", "syt_mallory").await, StatusCode::UNAUTHORIZED);
    assert_trace!(test, {
        "GET /sync" [http.status_code = 401, !user_id] {
            "user_of" [error = "unknown token"],
        }
    });
}

#[fedtrace::test(tokio::test)]
async fn no_span_has_the_access_token(test: &TestTracer) {
    request("/sync", "syt_alice").await;
    test.tree().assert_nowhere("syt_alice");
}

#[fedtrace::test]
fn only_a_listed_homeserver_is_sent_a_context(test: &TestTracer) {
    test.tracer()
        .set_homeserver_whitelist(["friend.example.com"])
        .unwrap();
    let friend = federation_headers("friend.example.com");
    let span = test.finished_span("federation_headers");
    assert_eq!(
        friend["uber-trace-id"],
        format!("{}:{}:0:1", span.trace_id, span.span_id)
    );
    assert!(federation_headers("other.example.com").is_empty());
}

#[fedtrace::test(tokio::test)]
async fn a_room_is_purged_after_the_request_and_in_a_trace_of_its_own(test: &TestTracer) {
    assert_eq!(request("/forget", "syt_alice").await, StatusCode::OK);
    test.settled(Duration::from_secs(10)).await;
    assert_trace!(test, {
        "GET /forget" {
            "start_bgproc.purge_room" [follows_from = "bgproc.purge_room"],
        }
        "bgproc.purge_room" {
            "bgproc_child.purge_room" [follows_from = "GET /forget"] {
                "delete_events",
            }
        }
    });
}

/// The blocks of the page that begin with an attribute of a test are functions of this file.
#[test]
fn the_tests_of_the_page_are_these() {
    let page = include_str!("../../../docs/testing.md");
    let source = include_str!("first_tests.rs");
    let blocks = page
        .split("```rust,ignore\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let tests: Vec<_> = blocks
        .filter(|block| block.starts_with("#[fedtrace::test"))
        .collect();
    assert_eq!(tests.len(), 5, "{tests:#?}");
    for test in tests {
        assert!(source.contains(test), "not in first_tests.rs:\n{test}");
    }
}

/// The failures that the page shows.
#[test]
fn the_page_shows_failures_as_they_are() {
    let page = include_str!("../../../docs/testing.md");
    let test = TestTracer::builder().build();
    with_tracer(test.tracer(), || {
        let _request = start_active_span("PUT /send");
        set_tag("http.status_code", 200);
        drop(start_active_span("authenticate"));
        let _store = start_active_span("store");
        let notify = start_active_span("notify");
        set_tag("error", true);
        log_kv((("event", "error"), ("message", "connection refused")));
        drop(notify);
    });
    let difference = failure(|| {
        assert_trace!(test, {
            "PUT /send" [http.status_code = "200"] { "authenticate", "store", "notify" }
        });
    });
    assert!(
        page.contains(&format!("```text\n{difference}```")),
        "{difference}"
    );
    let open = failure(|| {
        let test = TestTracer::builder().build();
        with_tracer(test.tracer(), || {
            for name in ["PUT /send", "store"] {
                std::mem::forget(start_active_span(name));
            }
        });
    });
    let lines = open.lines().map(|line| line.split(", for ").next().unwrap());
    for line in lines {
        assert!(page.contains(&format!("\n{line}")), "{open}");
    }
}
