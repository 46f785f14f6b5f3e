//! A sampling server that is not there, is not well, or is not a sampling server.

use std::time::{Duration, Instant};

use fedtrace::sampler::{ConstSampler, RemoteSampler};
use fedtrace::testing::TestTracer;
use fedtrace::{Stats, Tracer, start_active_span, with_tracer};
use fedtrace_tests::{Behaviour, FakeSamplingServer, LogLines, until};

const INTERVAL: Duration = Duration::from_millis(20);
const ALL: &str = r#"{"probabilisticSampling":{"samplingRate":1}}"#;

fn sampler(url: &str, timeout: Duration) -> RemoteSampler {
    RemoteSampler::builder("service")
        .endpoint(url)
        .refresh_interval(INTERVAL)
        .timeout(timeout)
        .initial_sampling_rate(0.0)
        .start()
        .unwrap()
}

fn is_sampled(tracer: &Tracer) -> bool {
    with_tracer(tracer, || {
        start_active_span("op").span().context().unwrap().is_sampled()
    })
}

/// A tracer that has had a good answer, and then the server falls ill.
fn falls_ill(behaviour: Behaviour) -> (FakeSamplingServer, TestTracer) {
    let server = FakeSamplingServer::start(ALL);
    let test = TestTracer::with_sampler(sampler(&server.url(), Duration::from_millis(150)));
    until("the first answer", || is_sampled(test.tracer()));
    server.set(behaviour);
    (server, test)
}

/// That the last good strategy stays while `counter` counts, and that a good answer is taken again.
fn stays_and_recovers(behaviour: Behaviour, counter: fn(&Stats) -> u64) {
    let name = format!("{behaviour:.40?}");
    let (server, test) = falls_ill(behaviour);
    let stats = || test.tracer().stats();
    until(&name, || counter(&stats()) >= 2);
    assert!(is_sampled(test.tracer()), "{name}");
    server.set(Behaviour::Answer(
        200,
        r#"{"probabilisticSampling":{"samplingRate":0}}"#.to_owned(),
    ));
    until("a good answer is taken again", || !is_sampled(test.tracer()));
}

fn raw(text: &str) -> Behaviour {
    Behaviour::Raw(text.as_bytes().to_vec())
}

#[test]
fn without_an_answer_the_last_good_strategy_stays_and_the_failure_is_counted() {
    let behaviours = [
        Behaviour::Answer(400, "'service' parameter must be provided once".to_owned()),
        Behaviour::Answer(404, ALL.to_owned()),
        Behaviour::Answer(500, "collector error: no such host".to_owned()),
        Behaviour::Answer(503, "<html>\u{1b}[31m</html>".to_owned()),
        Behaviour::Answer(302, ALL.to_owned()),
        Behaviour::Never,
        Behaviour::Slowly(ALL.to_owned(), Duration::from_millis(20)),
        Behaviour::Endless,
        raw("no HTTP at all\r\n\r\n"),
        raw(""),
        raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"probabilisticSampling\":{"),
        Behaviour::Raw(vec![0xff; 100_000]),
    ];
    for behaviour in behaviours {
        stays_and_recovers(behaviour, |stats| stats.failed_sampler_queries);
    }
}

#[test]
fn an_answer_without_a_strategy_is_counted_apart() {
    let bodies = [
        "",
        "null",
        "{}",
        "not JSON",
        "<html></html>",
        r#"{"strategyType":"PROBABILISTIC"}"#,
        r#"{"probabilisticSampling":{"samplingRate":7}}"#,
        r#"{"operationSampling":{"perOperationStrategies":[{}]}}"#,
        r#"{"rateLimitingSampling":{"maxTracesPerSecond":1e999}}"#,
    ];
    let nested = "[".repeat(100_000);
    let bodies = bodies.into_iter().chain([nested.as_str()]);
    for body in bodies {
        stays_and_recovers(Behaviour::Answer(200, body.to_owned()), |stats| {
            stats.failed_sampler_updates
        });
    }
}

#[test]
fn a_huge_answer_is_not_read_to_its_end() {
    let huge = format!("{ALL}{}", " ".repeat(2 * 1024 * 1024));
    stays_and_recovers(Behaviour::Answer(200, huge), |stats| stats.failed_sampler_queries);
}

#[test]
fn any_timeout_will_do() {
    let server = FakeSamplingServer::start(ALL);
    let test = TestTracer::with_sampler(sampler(&server.url(), Duration::MAX));
    until("the first answer", || is_sampled(test.tracer()));
}

#[test]
fn nobody_waits_for_a_server_that_never_answers() {
    let server = FakeSamplingServer::start_with(Behaviour::Never);
    let start = Instant::now();
    let (tracer, guard) = Tracer::builder("test")
        .sampler(sampler(&server.url(), Duration::from_secs(60)))
        .reporter(fedtrace::reporter::MemoryReporter::new())
        .build()
        .unwrap();
    server.requests_within(1, Duration::from_secs(10));
    for _ in 0..100 {
        assert!(!is_sampled(&tracer));
    }
    tracer.set_sampler(ConstSampler::new(true));
    tracer.set_sampler(sampler(&server.url(), Duration::from_secs(60)));
    server.requests_within(2, Duration::from_secs(10));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_server_that_is_not_there_yet_is_no_error() {
    let server = FakeSamplingServer::start(ALL);
    let url = server.url();
    drop(server);
    for url in [url.as_str(), "http://no-such-host.invalid/sampling"] {
        let test = TestTracer::with_sampler(sampler(url, Duration::from_millis(500)));
        until("two failures", || {
            test.tracer().stats().failed_sampler_queries >= 2
        });
        assert!(!is_sampled(test.tracer()));
    }
}

#[test]
fn the_log_is_told_once_in_a_while_with_the_url_and_the_reason_on_one_line() {
    let lines = LogLines::install();
    let body = format!("collector error:\n{}", "x".repeat(1000));
    let server = FakeSamplingServer::start_with(Behaviour::Answer(500, body));
    let test = TestTracer::with_sampler(sampler(&server.url(), Duration::from_secs(10)));
    until("five failures", || {
        test.tracer().stats().failed_sampler_queries >= 5
    });
    let said = lines.containing(&format!("sampling strategy from {}", server.url()));
    assert_eq!(said.len(), 1, "{said:?}");
    let expected = format!(
        "WARN fedtrace: no sampling strategy from {}, the last one stays (0% of traces): 500 Internal Server Error: \
         collector error:\\nxxx",
        server.url()
    );
    assert!(said[0].starts_with(&expected), "{said:?}");
    assert!(said[0].len() < expected.len() + 200, "{said:?}");
    assert!(!said[0].contains('\n'));
}
