//! A client's layer as a middleware of reqwest.

use fedtrace::tower::{ClientLayer, Recipient};
use fedtrace_tests::listed_tracer;
use reqwest::redirect;
use reqwest_middleware::ClientBuilder;

use super::flaky::{attempts, flaky, in_caller, trusted};
use super::service::text;

#[tokio::test]
async fn the_span_of_a_middleware_ends_with_the_body_and_its_closures_see_the_request() {
    #[derive(Clone)]
    struct Room(&'static str);

    let (server, test) = (flaky(0, String::new()).await, listed_tracer());
    let layer = ClientLayer::new()
        .recipient(|request| {
            request
                .headers
                .contains_key("x-ours")
                .then_some(Recipient::Internal)
        })
        .name(|request| Some(request.extensions.get::<Room>()?.0));
    let client = ClientBuilder::new(reqwest::Client::new()).with(layer).build();
    let request = client
        .get(&server.url)
        .header("x-ours", "1")
        .with_extension(Room("of a room"));
    let work = async {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.url().as_str(), format!("{}/", server.url));
        assert_eq!(answer.content_length(), Some(6));
        assert!(test.finished_spans().is_empty(), "the body was not read yet");
        answer.text().await.unwrap()
    };
    assert_eq!(in_caller(&test, work).await, "answer");
    let spans = attempts(&test);
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].operation_name, "of a room");
    assert_eq!(text(&spans[0], "http.response_content_length"), "6");
    assert_ne!(server.contexts(), [""]);
}

#[tokio::test]
async fn a_middleware_tells_others_nothing_and_removes_headers_also_while_tracing_is_off() {
    let server = flaky(0, String::new()).await;
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(ClientLayer::new())
        .build();
    let stranger = Recipient::Homeserver("stranger.example".to_owned());
    for recipient in [Some(stranger), Some(Recipient::ThirdParty), None] {
        let mut request = client.get(&server.url).header("traceparent", "theirs");
        if let Some(recipient) = recipient {
            request = request.with_extension(recipient);
        }
        in_caller(&listed_tracer(), request.send()).await.unwrap();
    }
    let request = client.get(&server.url).header("traceparent", "theirs");
    request.with_extension(trusted()).send().await.unwrap();
    assert_eq!(server.contexts(), [""; 4]);
}

#[tokio::test]
async fn with_redirects_off_a_middleware_tells_the_stranger_nothing() {
    let stranger = flaky(0, String::new()).await;
    let (server, test) = (flaky(0, stranger.url.clone()).await, listed_tracer());
    let client = reqwest::Client::builder().redirect(redirect::Policy::none());
    let client = ClientBuilder::new(client.build().unwrap()).with(ClientLayer::new());
    let request = client
        .build()
        .get(format!("{}/moved", server.url))
        .with_extension(trusted());
    let answer = in_caller(&test, request.send()).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_ne!(server.contexts(), [""]);
    assert!(stranger.contexts().is_empty(), "it was not asked");
}
