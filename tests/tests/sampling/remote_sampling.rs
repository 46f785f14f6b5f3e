//! Sampling as a server says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fedtrace::OpentracingConfig;
use fedtrace::config::SamplerConfig;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::{ConstSampler, OperationStrategy, PerOperationSampler, RemoteSampler, Sampler};
use fedtrace::testing::TestTracer;
use fedtrace::{Tag, TagValue, TraceId, Tracer, start_active_span, with_tracer};
use fedtrace_tests::{Behaviour, FakeSamplingServer, until};

const INTERVAL: Duration = Duration::from_millis(20);
const ALL: &str = r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1}}"#;
const NONE: &str = r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":0.0}}"#;

fn sampler(server: &FakeSamplingServer, initial: f64) -> RemoteSampler {
    RemoteSampler::builder("service")
        .endpoint(server.url())
        .refresh_interval(INTERVAL)
        .initial_sampling_rate(initial)
        .start()
        .unwrap()
}

/// A tracer that has had the first answer of the server.
fn tracer(server: &FakeSamplingServer) -> TestTracer {
    let test = TestTracer::with_sampler(sampler(server, 0.0));
    until("the first answer", || test.tracer().stats().sampler_updates > 0);
    test
}

/// Gives the server another answer, and waits until the sampler has it.
fn answer(server: &FakeSamplingServer, tracer: &Tracer, body: &str) {
    server.set(Behaviour::Answer(200, body.to_owned()));
    // One may be on its way that was answered before.
    let updates = tracer.stats().sampler_updates + 2;
    until("the new answer", || tracer.stats().sampler_updates >= updates);
}

/// How many of so many traces of an operation are recorded.
fn sampled(tracer: &Tracer, operation: &'static str, traces: usize) -> usize {
    with_tracer(tracer, || {
        let one = |_: &usize| {
            start_active_span(operation)
                .span()
                .context()
                .unwrap()
                .is_sampled()
        };
        (0..traces).filter(one).count()
    })
}

#[test]
fn the_server_is_asked_at_once_and_then_at_each_interval() {
    let server = FakeSamplingServer::start(ALL);
    let start = Instant::now();
    let slow = RemoteSampler::builder("hs federation_sender & co")
        .endpoint(server.url())
        .refresh_interval(Duration::from_secs(2))
        .start()
        .unwrap();
    let requests = server.requests_within(1, Duration::from_secs(10));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let expected = "GET /sampling?service=hs%20federation_sender%20%26%20co HTTP/1.1\r\n";
    assert!(requests[0].starts_with(expected), "{requests:?}");
    assert!(
        requests[0].to_lowercase().contains("user-agent: fedtrace/"),
        "{requests:?}"
    );
    drop(slow);

    let server = FakeSamplingServer::start(ALL);
    let start = Instant::now();
    let _quick = sampler(&server, 0.0);
    server.requests_within(6, Duration::from_secs(10));
    assert!(
        start.elapsed() >= INTERVAL.mul_f64(0.9) * 5,
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn each_kind_of_strategy_changes_what_is_recorded() {
    let server = FakeSamplingServer::start(ALL);
    let test = tracer(&server);
    let tracer = test.tracer();
    assert_eq!(sampled(tracer, "op", 50), 50);
    answer(&server, tracer, NONE);
    assert_eq!(sampled(tracer, "op", 50), 0);
    answer(
        &server,
        tracer,
        r#"{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":1}}"#,
    );
    let start = Instant::now();
    let recorded = sampled(tracer, "op", 50);
    assert!(
        recorded >= 1 && recorded as f64 <= 1.0 + start.elapsed().as_secs_f64(),
        "{recorded}"
    );
    answer(
        &server,
        tracer,
        r#"{"strategyType":1,"rateLimitingSampling":{"maxTracesPerSecond":1},"probabilisticSampling":null,
            "operationSampling":{"defaultSamplingProbability":0,"defaultLowerBoundTracesPerSecond":0,
            "perOperationStrategies":[{"operation":"send_join","probabilisticSampling":{"samplingRate":1}}]}}"#,
    );
    assert_eq!(sampled(tracer, "send_join", 50), 50);
    assert_eq!(sampled(tracer, "op", 50), 0, "a lower bound of 0 is none");
    answer(&server, tracer, ALL);
    assert_eq!(sampled(tracer, "op", 50), 50);
}

#[test]
fn the_root_has_the_tags_of_the_strategy() {
    let server = FakeSamplingServer::start(
        r#"{"operationSampling":{"defaultSamplingProbability":1,"defaultLowerBoundTracesPerSecond":0.5,
            "perOperationStrategies":[{"operation":"rare","probabilisticSampling":{"samplingRate":0}}]}}"#,
    );
    let test = tracer(&server);
    assert_eq!(
        (sampled(test.tracer(), "rare", 1), sampled(test.tracer(), "op", 1)),
        (1, 1)
    );
    let told = |name| {
        let tags = test.finished_span(name).tags.into_iter();
        tags.filter(|tag| tag.key.starts_with("sampler."))
            .collect::<Vec<_>>()
    };
    let expected = |kind: &'static str, param| {
        [
            Tag::new("sampler.type", kind),
            Tag::new("sampler.param", TagValue::Double(param)),
        ]
    };
    assert_eq!(told("rare"), expected("lowerbound", 0.0));
    assert_eq!(told("op"), expected("probabilistic", 1.0));
}

#[test]
fn before_the_first_answer_the_initial_rate_counts() {
    let server = FakeSamplingServer::start_with(Behaviour::Never);
    for (initial, expected) in [(1.0, 50), (0.0, 0)] {
        let test = TestTracer::with_sampler(sampler(&server, initial));
        assert_eq!(sampled(test.tracer(), "op", 50), expected);
        assert_eq!(test.tracer().stats().sampler_queries, 0);
    }
    let sampler = RemoteSampler::builder("service")
        .endpoint(server.url())
        .start()
        .unwrap();
    let id = |low: f64| TraceId::new((low * 2_f64.powi(64)) as u128).unwrap();
    assert!(sampler.sample(id(0.000_9), "op").is_sampled());
    assert!(!sampler.sample(id(0.001_1), "op").is_sampled());
}

#[test]
fn the_same_answer_again_gives_no_new_lower_bounds() {
    let server = FakeSamplingServer::start(
        r#"{"operationSampling":{"defaultSamplingProbability":0,"defaultLowerBoundTracesPerSecond":0.0001}}"#,
    );
    let test = tracer(&server);
    assert_eq!(sampled(test.tracer(), "op", 10), 1);
    let updates = test.tracer().stats().sampler_updates;
    until("some answers", || {
        test.tracer().stats().sampler_updates > updates + 3
    });
    assert_eq!(sampled(test.tracer(), "op", 10), 0);
}

#[test]
fn at_most_max_operations_have_a_lower_bound() {
    let server = FakeSamplingServer::start(
        r#"{"operationSampling":{"defaultSamplingProbability":0,"defaultLowerBoundTracesPerSecond":0.0001}}"#,
    );
    let sampler = RemoteSampler::builder("service")
        .endpoint(server.url())
        .max_operations(2)
        .start()
        .unwrap();
    let test = TestTracer::with_sampler(sampler);
    until("the first answer", || test.tracer().stats().sampler_updates > 0);
    let recorded = ["a", "b", "c"].map(|name| sampled(test.tracer(), name, 5));
    assert_eq!(recorded, [1, 1, 0]);
}

fn is_asked_no_more(server: &FakeSamplingServer) -> bool {
    // One may be on its way.
    std::thread::sleep(INTERVAL * 2);
    let requests = server.requests().len();
    std::thread::sleep(INTERVAL * 10);
    server.requests().len() == requests
}

#[test]
fn nothing_is_asked_after_the_shutdown_though_the_tracer_lives_on() {
    let server = FakeSamplingServer::start(ALL);
    let (tracer, guard) = Tracer::builder("test")
        .sampler(sampler(&server, 0.0))
        .reporter(MemoryReporter::new())
        .build()
        .unwrap();
    until("the first answer", || tracer.stats().sampler_updates > 0);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert!(is_asked_no_more(&server));
    assert!(tracer.stats().sampler_updates > 0, "the counts stay");
}

#[test]
fn nothing_is_asked_after_another_sampler_took_its_place_and_the_counts_stay() {
    let server = FakeSamplingServer::start(ALL);
    let test = tracer(&server);
    test.tracer().set_sampler(ConstSampler::new(false));
    assert!(is_asked_no_more(&server));
    assert!(test.tracer().stats().sampler_updates > 0);
    assert_eq!(sampled(test.tracer(), "op", 10), 0);
}

#[test]
fn operations_of_the_program_go_before_those_of_the_server() {
    let server = FakeSamplingServer::start(ALL);
    let remote = Arc::new(sampler(&server, 0.0));
    let sampler = PerOperationSampler::with_default(Arc::clone(&remote))
        .operation("/sync", OperationStrategy::new(0.0));
    let test = TestTracer::with_sampler(sampler);
    until("the first answer", || test.tracer().stats().sampler_updates > 0);
    assert_eq!(sampled(test.tracer(), "/sync", 10), 0);
    assert_eq!(sampled(test.tracer(), "op", 10), 10);
}

fn config(section: &str) -> OpentracingConfig {
    yaml_serde::from_str(&format!("{{enabled: true, {section}}}")).unwrap()
}

#[test]
fn the_configuration_finds_the_server_with_its_keys() {
    let server = FakeSamplingServer::start(ALL);
    let port = server.port();
    for section in [
        format!(
            "jaeger_config: {{local_agent: {{reporting_host: 127.0.0.1, sampling_port: {port}}}, \
             sampling_refresh_interval: 0.02}}"
        ),
        format!(
            "jaeger_config: {{sampler: {{type: remote, param: 0}}, sampling_refresh_interval: 0.02}}, \
             fedtrace: {{sampling: {{endpoint: 'http://127.0.0.1:{port}/sampling'}}}}"
        ),
    ] {
        let before = server.requests().len();
        let config = config(&section);
        assert!(matches!(
            config.jaeger_config.sampler_or_default(),
            SamplerConfig::Remote(_)
        ));
        let (tracer, guard) = config
            .build_with("hs", |builder| builder.reporter(MemoryReporter::new()))
            .unwrap();
        until("two answers", || tracer.stats().sampler_updates >= 2);
        assert_eq!(sampled(&tracer, "op", 10), 10);
        guard.shutdown(Duration::from_secs(10)).unwrap();
        let requests = server.requests();
        assert!(
            requests[before].starts_with("GET /sampling?service=hs%20main HTTP/1.1"),
            "{requests:?}"
        );
    }
}

#[test]
fn a_wrong_endpoint_is_an_error_that_names_the_key() {
    for (url, shown, problem) in [
        (
            "localhost:5778",
            "localhost:5778",
            "is not an http URL with a host",
        ),
        (
            "ftp://localhost/sampling?key=hunter2",
            "ftp://localhost/sampling",
            "is not an http URL with a host",
        ),
        (
            "http://a:hunter2@localhost/",
            "http://localhost/",
            "contains a user",
        ),
    ] {
        let config = config(&format!(
            "jaeger_config: {{}}, fedtrace: {{sampling: {{endpoint: '{url}'}}}}"
        ));
        let error = config.build("hs").unwrap_err().to_string();
        let expected = format!("opentracing.fedtrace.sampling.endpoint: {shown:?} {problem}");
        assert!(error.starts_with(&expected), "{error}");
        let error = RemoteSampler::builder("s").endpoint(url).start().unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn the_endpoint_is_shown_without_secrets() {
    let url = "http://a:hunter2@localhost/sampling?key=hunter2";
    let builder = RemoteSampler::builder("s").endpoint(url);
    let config = config(&format!("fedtrace: {{sampling: {{endpoint: '{url}'}}}}"));
    for shown in [format!("{builder:?}"), format!("{config:?}")] {
        assert!(
            shown.contains("http://localhost/sampling") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
