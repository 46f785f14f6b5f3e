//! What the example shows.

use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::SpanTree;

#[test]
fn each_request_is_a_tree_with_its_route_its_status_and_no_secret() {
    let spans = MemoryReporter::new();
    crate::run(spans.clone()).unwrap();
    SpanTree::new(spans.finished_spans())
        .with_tags(["http.url", "http.status_code", "ARG.room", "error", "cancelled"])
        .assert_eq(
            "
            GET /rooms/{room}/members http.url=/rooms/lounge/members?access_token=<redacted> http.status_code=200
              load_members ARG.room=lounge
            GET /sync http.url=/sync http.status_code=408
            unknown route http.url=/nowhere http.status_code=404
            GET /rooms/{room}/state http.url=/rooms/lounge/state http.status_code=500 error=true
              load_state ARG.room=lounge error=true
        ",
        );
}
