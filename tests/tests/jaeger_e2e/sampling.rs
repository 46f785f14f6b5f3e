//! What is stored under each kind of strategy that a sampling server can give.

use std::fs;
use std::time::{Duration, Instant};

use fedtrace::sampler::RemoteSampler;
use fedtrace::{TraceId, Tracer, TracerGuard, build_span};
use fedtrace_tests::jaeger_query::JaegerTrace;
use fedtrace_tests::{Behaviour, FakeSamplingServer, until};
use serde_json::{Value, json};

use crate::route::{PATIENCE, Route, Server};

/// A service, how it is sampled, and who says so.
struct Service<'a> {
    route: &'a Route,
    tracer: Tracer,
    guard: TracerGuard,
    fake: Option<FakeSamplingServer>,
    sent: Vec<Sent>,
}

/// A trace of one span.
struct Sent {
    trace_id: TraceId,
    operation: &'static str,
    sampled: bool,
}

impl<'a> Service<'a> {
    /// Waits for the first answer of the server, which a fake gives as `answer`. Until then traces are recorded
    /// with the probability `initial`.
    fn start(route: &'a Route, name: &str, variable: &str, initial: f64, answer: &Value) -> Self {
        let (fake, url) = match route.server {
            Server::Fake => {
                let fake = FakeSamplingServer::start(&answer.to_string());
                let url = fake.url();
                (Some(fake), url)
            }
            // No strategy of a file has lower bounds, and only version 2 serves others beside it.
            Server::V1 if variable == "ADAPTIVE" => (None, Server::V2.variable(variable)),
            server => (None, server.variable(variable)),
        };
        let sampler = RemoteSampler::builder(name)
            .endpoint(url)
            .refresh_interval(Duration::from_millis(100))
            .initial_sampling_rate(initial)
            .start()
            .expect("a sampler");
        let (tracer, guard) = route.builder(name).sampler(sampler).build().expect("a tracer");
        until("the first answer", || tracer.stats().sampler_updates > 0);
        Self {
            route,
            tracer,
            guard,
            fake,
            sent: Vec::new(),
        }
    }

    /// Sends a trace if it is sampled, and says whether it is.
    fn send(&mut self, operation: &'static str) -> bool {
        let span = build_span(operation).tracer(&self.tracer).start();
        let context = span.context().expect("a context");
        self.sent.push(Sent {
            trace_id: context.trace_id(),
            operation,
            sampled: context.is_sampled(),
        });
        context.is_sampled()
    }

    /// Samples it from now on with another probability, if it is the one that changes.
    fn change(&self, sampling_rate: f64) {
        match &self.fake {
            Some(fake) => fake.set(Behaviour::Answer(200, probabilistic(sampling_rate).to_string())),
            None => write_strategy(&self.route.server.variable("STRATEGIES"), sampling_rate),
        }
    }

    /// What the server has of what was sent: all that was sampled, and nothing else.
    fn stored(self) -> Vec<(&'static str, JaegerTrace)> {
        self.guard.shutdown(PATIENCE).expect("the spans are sent in time");
        let (sampled, others): (Vec<_>, Vec<_>) = self.sent.iter().partition(|sent| sent.sampled);
        let stored = sampled
            .iter()
            .map(|sent| (sent.operation, self.route.trace(sent.trace_id, 1)))
            .collect();
        for sent in others {
            assert!(self.route.find(sent.trace_id).is_none(), "{}", sent.operation);
        }
        stored
    }
}

fn probabilistic(sampling_rate: f64) -> Value {
    json!({ "strategyType": "PROBABILISTIC", "probabilisticSampling": { "samplingRate": sampling_rate } })
}

/// The type of the sampler that its root tells, and its parameter.
fn sampler_of(trace: &JaegerTrace) -> (&str, f64) {
    let [span] = &trace.spans[..] else {
        panic!("one span, and not {:?}", trace.names())
    };
    let (kind, param) = span.tag("sampler.param").expect("a parameter");
    assert_eq!(kind, "float64");
    let (_, sampler) = span.tag("sampler.type").expect("a type");
    (
        sampler.as_str().expect("a text"),
        param.as_f64().expect("a number"),
    )
}

pub(crate) fn a_service_that_is_always_sampled_is_stored_whole(route: &Route) {
    let mut service = Service::start(route, "always", "SAMPLING", 0.0, &probabilistic(1.0));
    for _ in 0..50 {
        service.send("op");
    }
    let stored = service.stored();
    assert_eq!(stored.len(), 50);
    for (_, trace) in &stored {
        assert_eq!(sampler_of(trace), ("probabilistic", 1.0));
    }
}

pub(crate) fn of_a_service_that_is_never_sampled_nothing_is_stored(route: &Route) {
    let mut service = Service::start(route, "never", "SAMPLING", 1.0, &probabilistic(0.0));
    for _ in 0..50 {
        service.send("op");
    }
    let forced = build_span("forced").tracer(&service.tracer).start();
    forced.force_tracing();
    let trace_id = forced.context().expect("a context").trace_id();
    forced.finish();
    assert!(service.stored().is_empty());
    assert_eq!(route.trace(trace_id, 1).spans.len(), 1);
}

pub(crate) fn of_a_service_that_is_sampled_by_half_about_half_is_stored(route: &Route) {
    let mut service = Service::start(route, "half", "SAMPLING", 0.0, &probabilistic(0.5));
    for _ in 0..400 {
        service.send("op");
    }
    let stored = service.stored();
    // Further from 200 than six times the standard deviation.
    assert!((140..=260).contains(&stored.len()), "{}", stored.len());
    for (_, trace) in &stored {
        assert_eq!(sampler_of(trace), ("probabilistic", 0.5));
    }
}

pub(crate) fn of_a_service_with_a_limit_no_more_is_stored_in_a_second(route: &Route) {
    let limit =
        json!({ "strategyType": "RATE_LIMITING", "rateLimitingSampling": { "maxTracesPerSecond": 3 } });
    let mut service = Service::start(route, "three a second", "SAMPLING", 0.0, &limit);
    let start = Instant::now();
    for _ in 0..100 {
        service.send("op");
        std::thread::sleep(Duration::from_millis(15));
    }
    let credit = 3.0 + 3.0 * start.elapsed().as_secs_f64();
    let stored = service.stored();
    assert!(
        stored.len() >= 3 && stored.len() as f64 <= credit,
        "{} of {credit}",
        stored.len()
    );
    for (_, trace) in &stored {
        assert_eq!(sampler_of(trace), ("ratelimiting", 3.0));
    }
}

pub(crate) fn each_operation_is_stored_as_its_own_strategy_says(route: &Route) {
    let strategy = json!({
        "strategyType": "PROBABILISTIC",
        "probabilisticSampling": { "samplingRate": 0 },
        "operationSampling": {
            "defaultSamplingProbability": 0,
            "defaultLowerBoundTracesPerSecond": 0,
            "perOperationStrategies": [
                { "operation": "send_join", "probabilisticSampling": { "samplingRate": 1 } },
                { "operation": "sync", "probabilisticSampling": { "samplingRate": 0 } },
            ],
        },
    });
    let mut service = Service::start(route, "by operation", "SAMPLING", 0.0, &strategy);
    for _ in 0..20 {
        for operation in ["send_join", "sync", "other"] {
            service.send(operation);
        }
    }
    let stored = service.stored();
    assert_eq!(stored.len(), 20);
    for (operation, trace) in &stored {
        assert_eq!(*operation, "send_join");
        assert_eq!(sampler_of(trace), ("probabilistic", 1.0));
    }
}

pub(crate) fn a_lower_bound_has_the_rarest_operations_stored(route: &Route) {
    let strategy = json!({
        "strategyType": 0,
        "operationSampling": {
            "defaultSamplingProbability": 0,
            "defaultLowerBoundTracesPerSecond": 2,
            "defaultUpperBoundTracesPerSecond": 0,
            "perOperationStrategies": [],
        },
    });
    let mut service = Service::start(route, "rare", "ADAPTIVE", 0.0, &strategy);
    let start = Instant::now();
    for _ in 0..60 {
        for operation in ["knock", "leave"] {
            service.send(operation);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let credit = 2.0 + 2.0 * start.elapsed().as_secs_f64();
    let stored = service.stored();
    for operation in ["knock", "leave"] {
        let of_it = stored.iter().filter(|(stored, _)| *stored == operation).count();
        assert!(
            of_it >= 2 && of_it as f64 <= credit,
            "{operation}: {of_it} of {credit}"
        );
    }
    for (_, trace) in &stored {
        assert_eq!(sampler_of(trace), ("lowerbound", 0.0));
    }
}

pub(crate) fn a_strategy_that_changes_changes_what_is_stored(route: &Route) {
    let mut service = Service::start(route, "changing", "SAMPLING", 0.0, &probabilistic(0.0));
    // Its file may be changed from an earlier run.
    service.change(0.0);
    until("the old strategy", || !service.send("earlier"));
    for _ in 0..20 {
        assert!(!service.send("before"));
    }
    service.change(1.0);
    until("the new strategy", || service.send("between"));
    for _ in 0..20 {
        assert!(service.send("after"));
    }
    let stored = service.stored();
    assert!(stored.iter().all(|(operation, _)| *operation != "before"));
    let after = stored.iter().filter(|(operation, _)| *operation == "after");
    assert_eq!(after.count(), 20);
}

fn write_strategy(path: &str, sampling_rate: f64) {
    let text = fs::read_to_string(path).expect("the strategies");
    let mut strategies: Value = serde_json::from_str(&text).expect("strategies in JSON");
    let services = strategies["service_strategies"].as_array_mut().expect("services");
    let mut changing = services
        .iter_mut()
        .filter(|service| service["service"] == "changing");
    changing.next().expect("the service")["param"] = json!(sampling_rate);
    // The server must not read half a file.
    let new = format!("{path}.new");
    fs::write(&new, strategies.to_string()).expect("a file beside the strategies");
    fs::rename(new, path).expect("a file in the place of the strategies");
}
