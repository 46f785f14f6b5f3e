//! Which requests are recorded, by their routes.

use axum::Router;
use axum::routing::get;
use fedtrace::sampler::{ConstSampler, OperationStrategy, PerOperationSampler};
use fedtrace::testing::TestTracer;
use fedtrace::tower::{RouteLayer, ServerLayer};
use tower_layer::Layer as _;

use super::service::TestServer;

fn sampler() -> PerOperationSampler {
    PerOperationSampler::with_default(ConstSampler::new(true))
        .operation("GET /health", OperationStrategy::new(0.0))
        .operation("unknown route", OperationStrategy::new(0.0))
        .operation("mine", OperationStrategy::new(1.0))
}

fn routes() -> Router {
    Router::new()
        .route("/health", get(|| async {}))
        .route("/rooms/{room}/members", get(|| async { "[]" }))
}

/// The names of the recorded requests, after one for health, one for a room, and one that no route takes.
async fn recorded(app: Router) -> Vec<String> {
    let server = TestServer::start_with(TestTracer::with_sampler(sampler()), app).await;
    for path in ["/health", "/rooms/!a:b/members", "/nowhere"] {
        server.get(path).await.bytes().await.unwrap();
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        // Those that are not recorded end too.
        let spans = server.test.finished_spans();
        let stats = server.test.tracer().stats();
        if stats.finished_sampled_spans + stats.finished_unsampled_spans == 3 {
            return spans.iter().map(|span| span.operation_name.to_string()).collect();
        }
        assert!(std::time::Instant::now() < deadline, "{stats:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_layer_of_the_router_asks_the_sampler_for_the_route() {
    let expected = ["GET /rooms/{room}/members"];
    assert_eq!(recorded(routes().layer(ServerLayer::new())).await, expected);
    assert_eq!(
        recorded(routes().fallback(|| async {}).layer(ServerLayer::new())).await,
        expected
    );
}

#[tokio::test]
async fn a_layer_outside_of_the_router_asks_the_sampler_for_an_unknown_route_and_the_decision_stays() {
    let inner = routes().route_layer(RouteLayer);
    let app = Router::new().fallback_service(ServerLayer::new().layer(inner));
    assert_eq!(recorded(app).await, [""; 0]);
}

#[tokio::test]
async fn the_sampler_is_asked_for_the_name_that_the_layer_was_given() {
    let inner = routes().route_layer(RouteLayer);
    let named = ServerLayer::new().name(|request| (request.uri.path() == "/health").then_some("mine"));
    let app = Router::new().fallback_service(named.layer(inner));
    assert_eq!(recorded(app).await, ["mine"]);
}
