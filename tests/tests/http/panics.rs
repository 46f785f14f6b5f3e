//! Services that panic before they have an answer.

use std::convert::Infallible;
use std::future::{Ready, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use fedtrace::testing::TestTracer;
use fedtrace::tower::{Attempts, ClientLayer, ServerLayer};
use fedtrace::{Span, with_tracer};
use fedtrace_tests::poll_once;
use http::{Request, Response};
use tower::{Service, service_fn};
use tower_layer::Layer as _;

use super::service::text;

type Answer = Result<Response<Body>, Infallible>;

fn panicking(_: Request<()>) -> Ready<Answer> {
    panic!("on purpose")
}

/// Calls the service. Its panic is caught, as a layer around would.
fn call<S: Service<Request<()>>>(test: &TestTracer, service: &mut S, request: Request<()>) {
    let call = || with_tracer(test.tracer(), || drop(service.call(request)));
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
}

#[test]
fn a_service_that_panics_when_it_is_called_has_failed_and_its_span_has_ended() {
    let test = TestTracer::new();
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let service = service_fn(move |request: Request<()>| {
        // As what is logged later.
        *keep.lock().unwrap() = request.extensions().get::<Span>().cloned();
        panicking(request)
    });
    call(&test, &mut ServerLayer::new().layer(service), Request::new(()));
    assert!(kept.lock().unwrap().is_some());
    let spans = test.finished_spans();
    let [span] = &*spans else { panic!("{spans:?}") };
    assert_eq!(text(span, "error"), "true");
    assert_eq!(span.tag("cancelled"), None);
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
    assert_eq!(test.tracer().stats().out_of_order_closes, 0);
}

/// What the attempt after this one says of it.
fn cause_after(attempt: impl FnOnce(&TestTracer, Request<()>)) -> String {
    let test = TestTracer::new();
    let mut request = Request::new(());
    request.extensions_mut().insert(Attempts::new());
    attempt(&test, request.clone());
    call(
        &test,
        &mut ClientLayer::new().layer(service_fn(panicking)),
        request,
    );
    let retry = test.finished_spans().remove(1).logs.remove(0);
    retry
        .fields
        .iter()
        .find(|field| field.key == "cause")
        .unwrap()
        .value
        .to_string()
}

#[test]
fn an_attempt_that_panics_says_so_to_the_next_one() {
    let in_call = |test: &TestTracer, request| {
        call(
            test,
            &mut ClientLayer::new().layer(service_fn(panicking)),
            request,
        );
    };
    assert_eq!(cause_after(in_call), "panic");
    let in_poll = |test: &TestTracer, request| {
        let service =
            service_fn(|_: Request<()>| poll_fn(|_| -> std::task::Poll<Answer> { panic!("on purpose") }));
        let poll = || {
            with_tracer(test.tracer(), || {
                poll_once(pin!(ClientLayer::new().layer(service).call(request)));
            });
        };
        assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    };
    assert_eq!(cause_after(in_poll), "panic");
    let left = |test: &TestTracer, request| {
        let service = service_fn(|_: Request<()>| std::future::pending::<Answer>());
        with_tracer(test.tracer(), || {
            drop(ClientLayer::new().layer(service).call(request))
        });
    };
    assert_eq!(cause_after(left), "cancelled");
}
