//! A server that gives credit for forced traces.

use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::throttler::RemoteThrottler;
use fedtrace::{Tracer, build_span, with_tracer};
use fedtrace_tests::{FakeCreditServer, until};
use serde_json::json;

use crate::cases::{Decision, Rows};
use crate::peers::{Client, Roots, request};

/// The names of the parameters, the service and the operations.
fn parameters(question: &str) -> (Vec<String>, String, Vec<String>) {
    let (path, query) = question.split_once('?').expect("a query");
    assert_eq!(path, "/credits");
    let parameters = || query.split('&').map(|it| it.split_once('=').expect("a value"));
    let of = |name: &'static str| {
        let values = parameters().filter(move |(it, _)| *it == name);
        // Python writes a space like this, as forms do.
        values.map(|(_, value)| value.replace('+', "%20"))
    };
    let mut operations: Vec<_> = of("operations").collect();
    operations.sort();
    let names = parameters().map(|(name, _)| name.to_owned()).collect();
    (names, of("service").collect(), operations)
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_server_gets_the_same_question_from_python_and_us_and_its_credit_has_the_same_effect() {
    let mut rows = Rows::of("credit for Synapse and us");
    let server = FakeCreditServer::start();
    let unsampled = Roots {
        sampled: false,
        ..Roots::SAMPLED
    };
    let peer = Client::Python.throttled(unsampled, server.port());
    let theirs = || {
        let arguments = json!({"medium": "TEXT_MAP", "priority": Decision::Forced.priority(), "baggage": {}});
        let answer = peer.ask(&request("write", arguments));
        answer["context"]["flags"] == 3
    };
    rows.assert_eq("theirs, without credit", theirs(), false);
    until("their question", || !server.questions().is_empty());
    let (names, service, operations) = parameters(&server.questions()[0]);
    let operation = operations[0].clone();
    server.credit(&operation.replace("%20", " "), "1.5");
    until("their credit", theirs);
    rows.assert_eq("theirs, with less than 1 left", theirs(), false);
    drop(peer);

    let server = FakeCreditServer::start();
    let throttler = RemoteThrottler::builder(service.replace("%20", " "))
        .endpoint(server.url())
        .refresh_interval(Duration::from_millis(20))
        .start()
        .expect("a throttler");
    let (tracer, _guard) = Tracer::builder("ours")
        .sampler(ConstSampler::new(false))
        .reporter(MemoryReporter::new())
        .throttler(throttler)
        .build()
        .expect("a tracer");
    let name = operation.replace("%20", " ");
    let ours = || {
        with_tracer(&tracer, || {
            let span = build_span(name.clone()).start();
            span.force_tracing();
            span.context().expect("a context").flags().bits() == 3
        })
    };
    rows.assert_eq("ours, without credit", ours(), false);
    until("our question", || !server.questions().is_empty());
    let question = parameters(&server.questions()[0]);
    rows.assert_eq("question", question, (names, service, operations));
    server.credit(&name, "1.5");
    until("our credit", ours);
    rows.assert_eq("ours, with less than 1 left", ours(), false);
    rows.finish();
}
