//! What a request costs behind the layer for servers.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use fedtrace::tower::ServerLayer;
use fedtrace::with_tracer;
use fedtrace_tests::allocations_in;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, Service, service_fn};

use super::no_allocation::tracer;

type Body = Full<&'static [u8]>;

fn answer(_: Request<()>) -> Ready<Result<Response<Body>, Infallible>> {
    ready(Ok(Response::new(Full::new(b"0123456789".as_slice()))))
}

fn send<S, B>(service: &mut S)
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body,
{
    let mut request = Request::new(());
    *request.uri_mut() = "/rooms/a/members?since=s1".parse().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut context) else {
        panic!("it is ready");
    };
    let mut body = pin!(response.into_body());
    while let Poll::Ready(Some(_)) = body.as_mut().poll_frame(&mut context) {}
}

/// The allocations of a request that are the layer's, on average.
fn allocations_of_the_layer(sampled: bool) -> u64 {
    const REQUESTS: u64 = 100;
    let (tracer, guard) = tracer(sampled);
    with_tracer(&tracer, || {
        let mut traced = ServerLayer::new().layer(service_fn(answer));
        let mut untraced = service_fn(answer);
        for _ in 0..1000 {
            send(&mut traced);
        }
        guard.flush(std::time::Duration::from_secs(10)).unwrap();
        let all = allocations_in(|| (0..REQUESTS).for_each(|_| send(&mut traced)));
        let without = allocations_in(|| (0..REQUESTS).for_each(|_| send(&mut untraced)));
        (all - without) / REQUESTS
    })
}

#[test]
fn a_request_allocates_little() {
    let [sampled, unsampled] = [true, false].map(allocations_of_the_layer);
    println!("{sampled} allocations of a request that is recorded, {unsampled} of one that is not");
    assert!(sampled <= 6, "{sampled}");
    assert!(unsampled <= sampled, "{unsampled}");
}
