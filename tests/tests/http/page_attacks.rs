//! What strangers and their texts cannot do with the page of traces.

use std::net::SocketAddr;

use axum::Router;
use fedtrace::page::Traces;
use fedtrace::testing::TestTracer;
use fedtrace::{set_tag, start_active_span, tags, with_tracer};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::TcpListener;

use super::service::TestServer;

const HOSTILE: [&str; 6] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</pre><iframe src=//evil.example>",
    "\u{1b}[31mred\u{1b}[0m\r\nSet-Cookie: a=b",
    "\u{202e}gnp.exe \u{2028} <!-- ]]> ${7*7} {{7*7}}",
    "javascript:alert(1)//&lt;b&gt;",
];

async fn start() -> TestServer {
    let test = TestTracer::new();
    let traces = Traces::new().watch(test.tracer());
    with_tracer(test.tracer(), || {
        for text in HOSTILE {
            let _root = start_active_span(text);
            set_tag(text, text);
            set_tag("long", "<b>".repeat(300));
            set_tag("access_token", "<redacted>");
            set_tag(tags::ERROR, true);
            fedtrace::log_kv([("event", "error"), ("message", text)]);
            drop(start_active_span(text));
        }
    });
    test.finished_spans();
    let app = Router::new().nest_service("/_fedtrace", traces.service().loopback_only());
    TestServer::start_with(test, app).await
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

async fn get(server: &TestServer, query: &str, pairs: &[(&str, &str)]) -> reqwest::Response {
    let url = server.url(&format!("/_fedtrace{query}"));
    let client = reqwest::Client::new();
    client.get(url).headers(headers(pairs)).send().await.unwrap()
}

/// Nothing of the texts is markup: each `<` in the page begins one of our own elements.
fn assert_escaped(page: &str) {
    for forbidden in [
        "<script>",
        "<img",
        "<iframe",
        "<b>red",
        "onerror=alert(1)>",
        "\u{1b}",
        "\u{202e}",
        "\u{2028}",
        "<!-- ]]>",
    ] {
        assert!(!page.contains(forbidden), "{forbidden:?} is in {page}");
    }
    assert!(
        page.contains("&lt;script&gt;alert(1)") || page.contains("\\u003cscript"),
        "{page}"
    );
}

#[tokio::test]
async fn names_and_tags_are_never_markup() {
    let server = start().await;
    let overview = get(&server, "", &[]).await.text().await.unwrap();
    assert_escaped(&overview);
    let list: serde_json::Value = get(&server, "?format=json", &[]).await.json().await.unwrap();
    let hostile = list["operations"].as_array().unwrap();
    assert_eq!(hostile.len(), HOSTILE.len());
    for operation in hostile {
        let id = operation["failures"][0]["traceID"].as_str().unwrap();
        let page = get(&server, &format!("?trace={id}"), &[])
            .await
            .text()
            .await
            .unwrap();
        // Its JSON is read by the script, which shows such characters by their numbers.
        for forbidden in ["<script>", "<img", "<iframe", "\u{1b}", "\u{2028}"] {
            assert!(!page.contains(forbidden), "{forbidden:?} is in {page}");
        }
        assert!(page.contains("access_token"), "{page}");
    }
}

#[tokio::test]
async fn each_answer_forbids_scripts_of_others_frames_caches_and_sets_no_cookies() {
    let server = start().await;
    for query in [
        "",
        "?format=json",
        "?live&format=json",
        "?asset=view.js",
        "?trace=1",
        "/nothing",
    ] {
        let answer = get(&server, query, &[]).await;
        let headers = answer.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(headers[name], value, "{query}");
        }
        assert!(!headers.contains_key("set-cookie"));
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn names_of_others_proxies_and_sites_of_others_get_nothing() {
    let server = start().await;
    for pairs in [
        &[("host", "evil.example")][..],
        &[("host", "localhost.evil.example")],
        &[("host", "localhost@evil.example")],
        &[("x-forwarded-for", "127.0.0.1")],
        &[("forwarded", "for=127.0.0.1")],
        &[("x-forwarded-host", "localhost")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")],
        &[
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", "no-cors"),
            ("sec-fetch-dest", "script"),
        ],
        &[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "iframe"),
        ],
    ] {
        for query in ["", "?format=json", "?asset=view.js"] {
            let answer = get(&server, query, pairs).await;
            assert_eq!(answer.status(), 403, "{pairs:?}");
            let text = answer.text().await.unwrap();
            assert!(!text.contains("script"), "{text}");
        }
    }
    let port = server.address.port();
    for pairs in [
        &[("host", "localhost")][..],
        &[("host", format!("127.0.0.1:{port}").as_str())],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")],
        &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ],
    ] {
        assert_eq!(get(&server, "", pairs).await.status(), 200, "{pairs:?}");
    }
}

#[tokio::test]
async fn without_a_guard_or_an_address_nobody_gets_an_answer() {
    let traces = Traces::new();
    let panicking = |_: &axum::http::request::Parts| -> bool { panic!("on purpose") };
    let app = Router::new()
        .nest_service("/none", traces.service())
        .nest_service("/loopback", traces.service().loopback_only())
        .nest_service("/never", traces.service().guard(|_| false))
        .nest_service("/panicking", traces.service().guard(panicking))
        .nest_service("/always", traces.service().guard(|_| true));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    // Not `into_make_service_with_connect_info`: the server does not say who asks.
    tokio::spawn(async move { axum::serve(listener, app).await });
    for (path, status) in [
        ("none", 403),
        ("loopback", 403),
        ("never", 403),
        ("panicking", 403),
        ("always", 200),
    ] {
        let answer = reqwest::get(format!("http://{address}/{path}")).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test]
async fn the_page_can_only_be_read() {
    let server = start().await;
    let client = reqwest::Client::new();
    let url = server.url("/_fedtrace");
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = client
            .request(method.parse().unwrap(), &url)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 405, "{method}");
        assert_eq!(answer.headers()["allow"], "GET, HEAD");
    }
    let answer = client.head(&url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "");
}
