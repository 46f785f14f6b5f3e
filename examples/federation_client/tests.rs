//! What the example shows.

use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::SpanTree;

use crate::{LISTED, STRANGER};

#[test]
fn a_listed_homeserver_is_told_the_trace_by_each_client_and_a_stranger_nothing() {
    let spans = MemoryReporter::new();
    let received = crate::run(spans.clone()).unwrap();
    let told: Vec<_> = received
        .iter()
        .map(|request| (request.server, &*request.path, request.trace_headers.join(", ")))
        .collect();
    let context = || "uber-trace-id".to_owned();
    assert_eq!(
        told,
        [
            (LISTED, "version", context()),
            (LISTED, "keys", context()),
            (LISTED, "send/1", context()),
            (STRANGER, "version", String::new()),
            (STRANGER, "keys", String::new()),
            (STRANGER, "send/1", String::new()),
        ]
    );
    SpanTree::new(spans.finished_spans())
        .with_tags(["server", "peer.address", "http.status_code", "error"])
        .assert_eq(
            "
            ask_all
              get_version server=listed.example.org
                outgoing-federation-request peer.address=listed.example.org http.status_code=200
              get_keys server=listed.example.org
                outgoing-federation-request peer.address=listed.example.org http.status_code=200
              send_transaction
                outgoing-federation-request peer.address=listed.example.org http.status_code=200
              on_edu
              get_version server=stranger.example.net
                outgoing-federation-request peer.address=stranger.example.net http.status_code=200
              get_keys server=stranger.example.net
                outgoing-federation-request peer.address=stranger.example.net http.status_code=200
              send_transaction
                outgoing-federation-request peer.address=stranger.example.net http.status_code=200
            on_edu
        ",
        );
}
