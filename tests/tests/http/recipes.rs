//! The recipes of `docs/incoming-requests.md` for frameworks without a layer, as the document shows them.

mod actix;
mod warp;

use std::fs;
use std::path::Path;

use ::warp::Filter as _;
use actix_web::dev::Service as _;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use fedtrace::testing::TestTracer;
use fedtrace::{TraceFutureExt as _, trace};
use fedtrace_tests::alone;
use tokio::net::TcpListener;

use super::service::{request_span, spans, text};

#[trace]
async fn members() -> &'static str {
    tokio::task::yield_now().await;
    "[]"
}

#[test]
fn the_recipes_of_the_document_are_those_that_run_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("docs/incoming-requests.md")).unwrap();
    for recipe in ["actix", "warp"] {
        let source = root.join(format!("tests/tests/http/recipes/{recipe}.rs"));
        let source = fs::read_to_string(source).unwrap().replace("pub(crate) ", "");
        assert!(document.contains(&source), "{recipe}");
    }
}

/// Starts a server of actix with the recipe. It runs on threads of its own until the process ends.
fn start_actix(test: &TestTracer) -> String {
    let tracer = test.tracer().clone();
    let app = move || {
        let tracer = tracer.clone();
        App::new()
            .route("/rooms/{room}", web::get().to(members))
            .route(
                "/broken",
                web::get().to(|| async { HttpResponse::BadGateway().finish() }),
            )
            .route(
                "/failed",
                web::get().to(|| async { Err::<&str, _>(std::io::Error::other("on purpose")) }),
            )
            .wrap(from_fn(actix::trace_request))
            .wrap_fn(move |request, service| service.call(request).with_tracer(&tracer))
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(|| {
        actix_web::rt::System::new().block_on(async {
            let server = HttpServer::new(app).workers(1).disable_signals();
            server.listen(listener).unwrap().run().await
        })
    });
    url
}

#[tokio::test]
async fn requests_of_actix_are_spans_by_the_recipe() {
    let test = TestTracer::new();
    let url = start_actix(&test);
    for (path, name, status, error) in [
        ("/rooms/7", "/rooms/{room}", "200", ""),
        ("/broken", "/broken", "502", "true"),
        ("/failed", "/failed", "500", "true"),
        ("/nowhere/7", "unknown route", "404", ""),
    ] {
        let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
        assert_eq!(answer.status().as_str(), status);
        let span = spans(&test, |span| span.operation_name == name, 1)
            .await
            .remove(0);
        assert_eq!(text(&span, "http.status_code"), status);
        assert_eq!(text(&span, "error"), error, "{path}");
        assert_eq!(text(&span, "http.method"), "GET");
    }
    let inner = test.finished_span("members");
    assert_eq!(
        inner.parent_span_id,
        Some(test.finished_span("/rooms/{room}").span_id)
    );
}

#[test]
fn requests_of_warp_are_spans_by_the_recipe() {
    // The recipe serves with the global tracer.
    alone(|| {
        let test = TestTracer::new();
        fedtrace::set_global_tracer(test.tracer().clone()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/rooms/7", listener.local_addr().unwrap());
            let filter = ::warp::path!("rooms" / String).then(|_| members());
            tokio::spawn(warp::serve(listener, filter));
            assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "[]");
            let span = request_span(&test).await;
            assert_eq!(span.operation_name, "/rooms/{room}");
            assert_eq!(text(&span, "http.status_code"), "200");
            assert_eq!(test.finished_span("members").parent_span_id, Some(span.span_id));
        });
    });
}
