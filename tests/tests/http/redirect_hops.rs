//! Clients of tower that follow redirects.

use bytes::Bytes;
use fedtrace::testing::TestTracer;
use fedtrace::tower::ClientLayer;
use fedtrace_tests::listed_tracer;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::follow_redirect::FollowRedirectLayer;

use super::flaky::{attempts, flaky, in_caller, trusted};

/// Follows redirects outside of `layer`.
async fn follow(test: &TestTracer, layer: ClientLayer, request: http::Request<Empty<Bytes>>) {
    let connections = Client::builder(TokioExecutor::new()).build_http();
    let client = ServiceBuilder::new()
        .layer(FollowRedirectLayer::new())
        .layer(layer)
        .service(connections);
    let answer = in_caller(test, client.oneshot(request)).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn each_hop_of_a_redirect_is_decided_again() {
    let (ours, stranger) = (flaky(0, String::new()).await, flaky(0, String::new()).await);
    for (target, is_told) in [(&ours, true), (&stranger, false)] {
        let (server, test) = (flaky(0, target.url.clone()).await, listed_tracer());
        let known: Vec<http::Uri> = [&server.url, &ours.url].map(|url| url.parse().unwrap()).into();
        let layer = ClientLayer::new().recipient(move |request| {
            let is_known = known
                .iter()
                .any(|known| known.authority() == request.uri.authority());
            is_known.then(trusted)
        });
        let request = http::Request::get(format!("{}/moved", server.url));
        follow(&test, layer, request.body(Empty::new()).unwrap()).await;
        assert_ne!(server.contexts(), [""]);
        assert_eq!(target.contexts().len(), 1);
        assert_eq!(target.contexts() != [""], is_told);
        assert_eq!(attempts(&test).len(), 2);
    }
}

#[tokio::test]
async fn a_recipient_of_a_request_is_not_that_of_the_next_hop() {
    let target = flaky(0, String::new()).await;
    let (server, test) = (flaky(0, target.url.clone()).await, listed_tracer());
    let mut request = http::Request::get(format!("{}/moved", server.url))
        .header("traceparent", "theirs")
        .body(Empty::new())
        .unwrap();
    request.extensions_mut().insert(trusted());
    follow(&test, ClientLayer::new(), request).await;
    assert_ne!(server.contexts(), [""]);
    assert_eq!(target.contexts(), [""]);
}
