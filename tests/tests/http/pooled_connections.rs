//! Connections that are used again: they belong to no request.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use fedtrace::reqwest::SendTo as _;
use fedtrace::testing::TestTracer;
use fedtrace::tower::Recipient;
use fedtrace::{TraceFutureExt as _, build_span};
use tokio::net::TcpListener;

/// A server that answers with the port of its client.
async fn start() -> String {
    let app = Router::new().route(
        "/",
        get(|ConnectInfo(client): ConnectInfo<SocketAddr>| async move { client.port().to_string() }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn a_connection_that_is_kept_does_not_keep_the_span_open_in_which_it_was_made() {
    let (url, test) = (start().await, TestTracer::new());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut ports = Vec::new();
    for name in ["first", "second"] {
        let request = async {
            let answer = client.get(&url).send_to(Recipient::Internal).await.unwrap();
            answer.text().await.unwrap()
        };
        let span = build_span(name).tracer(test.tracer()).start();
        ports.push(request.in_span(span).await);
        assert_eq!(test.finished_span(name).parent_span_id, None, "{name} is over");
    }
    assert_eq!(ports[0], ports[1], "the connection was used again");
    test.tree().assert_eq(
        "
        first
          outgoing-request
        second
          outgoing-request
    ",
    );
}
