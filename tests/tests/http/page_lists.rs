//! The rows of the lists of the page, and where they lead.

use axum::http::StatusCode;
use fedtrace::page::Traces;
use fedtrace::testing::TestTracer;
use fedtrace::{log_kv, set_tag, start_active_span, tags, with_tracer};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// What the page answers to this query.
pub(super) async fn ask(traces: &Traces, query: &str) -> (StatusCode, String) {
    let request = axum::http::Request::get(format!("/{query}")).body(()).unwrap();
    let answer = traces.service().guard(|_| true).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn page(traces: &Traces, query: &str) -> String {
    let (status, page) = ask(traces, query).await;
    assert_eq!(status, 200, "{query}: {page}");
    page
}

fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<section id=\"{id}\">")).unwrap();
    rest.split_once("</section>").unwrap().0
}

fn rows(section: &str) -> Vec<&str> {
    section.split("<tr><td").skip(1).collect()
}

/// Starts a local root that fails.
fn fail(name: &str, fields: &[(&'static str, &'static str)]) {
    let _root = start_active_span(name.to_owned());
    set_tag(tags::ERROR, true);
    log_kv(fields.to_vec());
}

/// A page of these requests, in this order.
fn page_of(requests: impl FnOnce()) -> Traces {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), requests);
    test.finished_spans();
    traces
}

#[tokio::test]
async fn operations_that_fail_often_do_not_hide_the_failure_of_another() {
    let traces = page_of(|| {
        fail("GET /rare", &[]);
        for number in 0..40 {
            fail(&format!("GET /noisy/{}", number % 4), &[]);
        }
    });
    let overview = page(&traces, "").await;
    let failed = section(&overview, "failed");
    assert!(failed.contains("GET /rare"), "{failed}");
    assert_eq!(rows(failed).len(), 20);
    for number in 0..4 {
        assert!(failed.contains(&format!("GET /noisy/{number}")), "{failed}");
    }
}

#[tokio::test]
async fn a_list_says_how_many_it_does_not_show_and_leads_to_all_of_them() {
    let traces = page_of(|| {
        for number in 0..27 {
            fail(&format!("GET /{number}"), &[]);
        }
    });
    let overview = page(&traces, "").await;
    for list in ["slowest", "failed"] {
        let list_of_some = section(&overview, list);
        assert_eq!(rows(list_of_some).len(), 20);
        let link = format!("<a href=\"?all#{list}\">Show all 27</a>");
        assert!(
            list_of_some.contains("7 are not shown") && list_of_some.contains(&link),
            "{list_of_some}"
        );
    }
    let all = page(&traces, "?all").await;
    let failed = section(&all, "failed");
    assert_eq!(rows(failed).len(), 27);
    assert!(!failed.contains("not shown"), "{failed}");
}

#[tokio::test]
async fn a_number_of_failures_leads_to_the_traces_that_failed() {
    let traces = page_of(|| {
        for number in 0..30 {
            fail(&format!("GET /{number}"), &[]);
        }
        fail("GET /a&b=<c>", &[]);
        drop(start_active_span("GET /a&b=<c>"));
    });
    let overview = page(&traces, "").await;
    let (_, operation) = section(&overview, "operations")
        .split_once("a&amp;b=&lt;c&gt;")
        .unwrap();
    let (_, link) = operation.split_once("class=\"n failed\"><a href=\"").unwrap();
    let (link, rest) = link.split_once('"').unwrap();
    assert!(rest.starts_with(">1</a>"), "{rest}");
    let (query, anchor) = link.split_once('#').unwrap();
    assert_eq!(anchor, "failed");
    let query = query.replace("&amp;", "&");
    let of_operation = page(&traces, &query).await;
    assert_eq!(rows(section(&of_operation, "failed")).len(), 1);
    assert_eq!(rows(section(&of_operation, "slowest")).len(), 2);
    assert!(!of_operation.contains("GET /0") && of_operation.contains("<a href=\"?\">"));
    let json: Value = serde_json::from_str(&page(&traces, &format!("{query}&format=json")).await).unwrap();
    let operations = json["operations"].as_array().unwrap();
    assert_eq!((operations.len(), &operations[0]["count"]), (1, &2.into()));
    let (status, why) = ask(&traces, "?operation=GET%20/never").await;
    assert_eq!(status, 404);
    assert!(why.contains("operation"), "{why}");
}

#[tokio::test]
async fn a_root_without_a_name_can_be_seen_and_is_a_link() {
    let traces = page_of(|| {
        drop(start_active_span(""));
        fail("  ", &[]);
    });
    let overview = page(&traces, "").await;
    let shown = "\"><i class=\"no-name\">(no name)</i></a>";
    assert_eq!(
        section(&overview, "slowest").matches(shown).count(),
        2,
        "{overview}"
    );
    assert_eq!(
        section(&overview, "failed").matches(shown).count(),
        1,
        "{overview}"
    );
    assert_eq!(
        section(&overview, "operations").matches(">(no name)</i>").count(),
        2
    );
}

#[tokio::test]
async fn a_failure_without_a_message_or_a_status_says_of_which_kind_it_is() {
    let traces = page_of(|| {
        fail("GET /panic", &[("event", "error"), ("error.kind", "panic")]);
        fail(
            "GET /told",
            &[("error.kind", "TimedOut"), ("message", "too late")],
        );
    });
    let overview = page(&traces, "").await;
    let failed = section(&overview, "failed");
    assert!(failed.contains("failed</b> panic</tr>"), "{failed}");
    assert!(failed.contains("failed</b> too late</tr>"), "{failed}");
}
