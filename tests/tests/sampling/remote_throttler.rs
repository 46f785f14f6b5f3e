//! As many forced traces as a server credits.

use std::thread;
use std::time::{Duration, Instant};

use fedtrace::OpentracingConfig;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::throttler::{RemoteThrottler, Throttler};
use fedtrace::{Origin, Stats, Tracer, TracerGuard, build_span, extract, with_tracer};
use fedtrace_tests::{Behaviour, FakeCreditServer, LogLines, until};
use http::{HeaderMap, HeaderValue};

const INTERVAL: Duration = Duration::from_millis(20);

fn start(url: &str, timeout: Duration) -> (Tracer, TracerGuard) {
    let throttler = RemoteThrottler::builder("hs main")
        .endpoint(url)
        .refresh_interval(INTERVAL)
        .timeout(timeout)
        .start()
        .unwrap();
    Tracer::builder("hs main")
        .sampler(ConstSampler::new(false))
        .reporter(MemoryReporter::new())
        .process_tag("client-uuid", "c l")
        .throttler(throttler)
        .build()
        .unwrap()
}

/// Whether a span of this name was forced.
fn force(tracer: &Tracer, operation: &str) -> bool {
    with_tracer(tracer, || {
        let span = build_span(operation.to_owned()).start();
        span.force_tracing();
        span.context().unwrap().is_forced()
    })
}

fn forced(tracer: &Tracer, operation: &str, times: usize) -> usize {
    (0..times).filter(|_| force(tracer, operation)).count()
}

/// Gives credit once, for an operation that is known, and waits until it is there.
fn credit(server: &FakeCreditServer, tracer: &Tracer, operation: &str, balance: &str) {
    server.credit(operation, balance);
    // One answer may be on its way that was made before.
    let updates = tracer.stats().throttler_updates + 2;
    until("the credit", || tracer.stats().throttler_updates >= updates);
}

#[test]
fn nothing_is_asked_before_an_operation_is_known_and_then_all_of_them_at_each_interval() {
    let server = FakeCreditServer::start();
    let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
    thread::sleep(INTERVAL * 5);
    assert_eq!(server.questions(), [""; 0]);
    assert!(!force(&tracer, "send & join"));
    until("two questions", || server.questions().len() >= 2);
    let asked = "/credits?service=hs%20main&uuid=c%20l&operations=send%20%26%20join";
    assert_eq!(server.questions()[..2], [asked, asked]);
    assert!(!force(&tracer, "/sync"));
    until("both operations", || {
        let asked = "/credits?service=hs%20main&uuid=c%20l&operations=%2Fsync&operations=send%20%26%20join";
        server.questions().iter().any(|question| question == asked)
    });
}

#[test]
fn a_balance_is_added_to_the_credit_of_its_operation_and_each_forced_span_costs_one() {
    let server = FakeCreditServer::start();
    let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
    assert!(!force(&tracer, "a") && !force(&tracer, "b"));
    credit(&server, &tracer, "a", "2.5");
    assert_eq!((forced(&tracer, "a", 5), forced(&tracer, "b", 5)), (2, 0));
    credit(&server, &tracer, "a", "0.5");
    assert_eq!(forced(&tracer, "a", 5), 1);
    let stats = tracer.stats();
    assert_eq!(stats.throttled_debug_spans, 2 + 3 + 5 + 4);
    assert_eq!(stats.failed_throttler_updates, 0);
}

#[test]
fn a_debug_id_spends_the_credit_too() {
    let server = FakeCreditServer::start();
    let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
    let by_hand = || {
        let mut headers = HeaderMap::new();
        headers.insert("jaeger-debug-id", HeaderValue::from_static("x"));
        with_tracer(&tracer, || {
            let root = build_span("op")
                .child_of(extract(&headers, Origin::Internal))
                .start();
            root.context().unwrap().is_sampled()
        })
    };
    assert!(!by_hand());
    credit(&server, &tracer, "op", "1");
    assert_eq!([by_hand(), by_hand()], [true, false]);
}

#[test]
fn a_huge_balance_can_be_spent_and_no_other_one_does_harm() {
    let server = FakeCreditServer::start();
    let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
    assert!(!force(&tracer, "op"));
    for refused in ["-5", "NaN", "1e999", "\"5\"", "[]"] {
        server.credit("op", refused);
        let failed = tracer.stats().failed_throttler_updates + 1;
        until(refused, || tracer.stats().failed_throttler_updates >= failed);
        assert!(!force(&tracer, "op"), "{refused}");
    }
    credit(&server, &tracer, "op", "1e300");
    assert_eq!(forced(&tracer, "op", 10), 10);
}

fn raw(text: &str) -> Behaviour {
    Behaviour::Raw(text.as_bytes().to_vec())
}

#[test]
fn without_an_answer_that_can_be_used_the_credit_stays_and_the_failure_is_counted() {
    const GOOD: &str = r#"{"balances":[{"operation":"op","balance":1}]}"#;
    let nested = "[".repeat(100_000);
    let huge = format!("{GOOD}{}", " ".repeat(2 * 1024 * 1024));
    for behaviour in [
        Behaviour::Answer(404, GOOD.to_owned()),
        Behaviour::Answer(500, GOOD.to_owned()),
        Behaviour::Answer(302, GOOD.to_owned()),
        Behaviour::Answer(200, String::new()),
        Behaviour::Answer(200, "<html>".to_owned()),
        Behaviour::Answer(200, r#"{"strategyType":0}"#.to_owned()),
        Behaviour::Answer(200, nested),
        Behaviour::Answer(200, huge),
        Behaviour::Never,
        Behaviour::Slowly(GOOD.to_owned(), Duration::from_millis(20)),
        Behaviour::Endless,
        raw("no HTTP at all\r\n\r\n"),
        raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"balances\":["),
    ] {
        let name = format!("{behaviour:.40?}");
        let server = FakeCreditServer::start();
        let (tracer, _guard) = start(&server.url(), Duration::from_millis(150));
        assert!(!force(&tracer, "op"));
        credit(&server, &tracer, "op", "2");
        server.set(behaviour);
        let stats = || tracer.stats();
        until(&name, || stats().failed_throttler_updates >= 2);
        assert!(force(&tracer, "op"), "{name}");
        credit(&server, &tracer, "op", "1");
        assert_eq!(forced(&tracer, "op", 5), 2, "{name}");
    }
}

#[test]
fn a_server_that_is_not_there_yet_is_no_error() {
    let server = FakeCreditServer::start();
    let url = server.url();
    drop(server);
    let (tracer, _guard) = start(&url, Duration::from_secs(10));
    assert!(!force(&tracer, "op"));
    until("two failures", || tracer.stats().failed_throttler_updates >= 2);
}

#[test]
fn nobody_waits_for_a_server_that_never_answers() {
    let server = FakeCreditServer::start();
    server.set(Behaviour::Never);
    let begin = Instant::now();
    let (tracer, guard) = start(&server.url(), Duration::from_secs(60));
    assert!(!force(&tracer, "op"));
    until("the question", || !server.questions().is_empty());
    assert_eq!(forced(&tracer, "op", 100), 0);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn nothing_is_asked_after_the_shutdown_though_the_tracer_lives_on() {
    let server = FakeCreditServer::start();
    let (tracer, guard) = start(&server.url(), Duration::from_secs(10));
    assert!(!force(&tracer, "op"));
    credit(&server, &tracer, "op", "5");
    let open = with_tracer(&tracer, || build_span("op").start());
    guard.shutdown(Duration::from_secs(10)).unwrap();
    // One may be on its way.
    thread::sleep(INTERVAL * 2);
    let questions = server.questions().len();
    thread::sleep(INTERVAL * 10);
    assert_eq!(server.questions().len(), questions);
    assert!(tracer.stats().throttler_updates > 0, "the counts stay");
    open.force_tracing();
    assert!(!open.context().unwrap().is_forced());
}

#[test]
fn a_shutdown_ends_a_round_of_many_questions() {
    let server = FakeCreditServer::start();
    let (tracer, guard) = start(&server.url(), Duration::from_secs(10));
    for index in 0..300 {
        assert!(!force(&tracer, &format!("{index:x>400}")));
    }
    // So that what comes now is a whole round, of some 30 questions.
    server.set(Behaviour::Answer(500, String::new()));
    until("a failure", || tracer.stats().failed_throttler_updates > 0);
    let before = server.questions().len();
    server.set(Behaviour::Slowly(
        r#"{"balances":[]}"#.to_owned(),
        Duration::from_micros(500),
    ));
    until("the round", || server.questions().len() > before + 2);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let questions = server.questions().len();
    thread::sleep(Duration::from_millis(500));
    assert!(server.questions().len() <= questions + 1, "one was on its way");
}

#[test]
fn many_operations_are_asked_about_in_several_questions_and_too_many_not_at_all() {
    let lines = LogLines::install();
    let server = FakeCreditServer::start();
    let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
    for index in 0..2000 {
        assert!(!force(
            &tracer,
            &format!("operation {index:04} {}", "é".repeat(40))
        ));
    }
    let asked_of = |question: &str| question.matches("&operations=").count();
    // A round may have begun before all of them were known.
    until("a round with all of them", || {
        let questions = server.questions();
        let first = |question: &&String| question.contains("operation%200000%20");
        let last_round = questions
            .iter()
            .rposition(|question| first(&question))
            .unwrap_or(0);
        questions[last_round..]
            .iter()
            .map(|question| asked_of(question))
            .sum::<usize>()
            == 512
    });
    assert!(server.questions().iter().all(|question| question.len() < 5000));
    credit(
        &server,
        &tracer,
        &format!("operation 0511 {}", "é".repeat(40)),
        "1",
    );
    assert_eq!(
        forced(&tracer, &format!("operation 0511 {}", "é".repeat(40)), 5),
        1
    );
    let too_many = &format!("operation 0512 {}", "é".repeat(40));
    credit(&server, &tracer, too_many, "1");
    assert!(!force(&tracer, too_many));
    assert_eq!(tracer.stats().throttled_debug_spans, 2000 + 4 + 1);
    assert_eq!(lines.containing("no credit for further operations").len(), 1);
}

#[test]
fn that_a_server_knows_no_credit_is_said_once_and_clearly() {
    let lines = LogLines::install();
    for (status, body, reason) in [
        (404, "404 page\nnot found", "404 Not Found: 404 page\\nnot found"),
        (
            200,
            r#"{"strategyType":"PROBABILISTIC"}"#,
            "the answer has no balances",
        ),
    ] {
        let server = FakeCreditServer::start();
        server.set(Behaviour::Answer(status, body.to_owned()));
        let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
        assert!(!force(&tracer, "op"));
        until("five failures", || tracer.stats().failed_throttler_updates >= 5);
        let expected = format!(
            "WARN fedtrace: no span can be forced: {} gives no credit, like every current Jaeger server \
             ({reason}); remove the throttler, or configure a server that gives credit",
            server.url()
        );
        assert_eq!(lines.containing(&format!("{} ", server.url())), [expected]);
    }
}

#[test]
fn other_failures_are_logged_now_and_then() {
    let lines = LogLines::install();
    let server = FakeCreditServer::start();
    server.set(Behaviour::Answer(500, "no\nidea".to_owned()));
    let (tracer, _guard) = start(&format!("{}?key=secret", server.url()), Duration::from_secs(10));
    assert!(!force(&tracer, "op"));
    until("five failures", || tracer.stats().failed_throttler_updates >= 5);
    let expected = format!(
        "WARN fedtrace: no credit for forced spans from {}, what is left stays: 500 Internal Server Error: no\\nidea",
        server.url()
    );
    let said = lines.containing(&format!("{},", server.url()));
    assert_eq!(said, [expected]);
    assert!(server.questions()[0].starts_with("/credits?key=secret&service="));
}

fn build(jaeger_config: &str) -> (Tracer, TracerGuard) {
    let section =
        format!("{{enabled: true, jaeger_config: {{sampler: {{type: const, param: 0}}, {jaeger_config}}}}}");
    let config: OpentracingConfig = yaml_serde::from_str(&section).unwrap();
    let memory = MemoryReporter::new();
    config
        .build_with("hs", |builder| builder.reporter(memory))
        .unwrap()
}

#[test]
fn the_key_throttler_of_synapse_lets_its_server_decide() {
    let server = FakeCreditServer::start();
    let (tracer, _guard) = build(&format!(
        "local_agent: {{reporting_host: 127.0.0.1}}, throttler: {{port: {}, refresh_interval: 0.02}}",
        server.port()
    ));
    assert!(!force(&tracer, "op"));
    until("a question", || !server.questions().is_empty());
    let question = &server.questions()[0];
    let uuid = question.strip_prefix("/credits?service=hs%20main&uuid=");
    let uuid = uuid.and_then(|rest| rest.strip_suffix("&operations=op"));
    assert_eq!(uuid.map(str::len), Some(16), "{question}");
    credit(&server, &tracer, "op", "1");
    assert_eq!(forced(&tracer, "op", 3), 1);
}

#[test]
fn the_key_turns_it_on_by_being_there_and_null_is_the_same_as_nothing() {
    for (throttler, throttles) in [("throttler: {}", true), ("throttler: null", false), ("", false)] {
        // Nobody gives credit at this address, which is this machine's own.
        let (tracer, _guard) = build(&format!(
            "local_agent: {{reporting_host: 127.77.0.1}}, {throttler}"
        ));
        assert_eq!(force(&tracer, "op"), !throttles, "{throttler}");
        assert_eq!(tracer.stats().throttled_debug_spans, u64::from(throttles));
    }
}

#[test]
fn a_wrong_endpoint_is_an_error_that_shows_no_secrets() {
    for (url, expected) in [
        (
            "localhost:5778",
            "the throttling endpoint: \"localhost:5778\" is not an http URL with a host; write one such as \
             http://localhost:5778/credits",
        ),
        (
            "http://a:hunter2@localhost/?key=hunter2",
            "the throttling endpoint: \"http://localhost/\" contains a user, which the server does not support; leave it out",
        ),
    ] {
        let builder = RemoteThrottler::builder("hs").endpoint(url);
        assert!(!format!("{builder:?}").contains("hunter2"));
        assert_eq!(builder.start().unwrap_err().to_string(), expected);
    }
}

#[test]
fn one_that_belongs_to_no_tracer_asks_without_a_client() {
    let server = FakeCreditServer::start();
    let throttler = RemoteThrottler::builder("hs")
        .endpoint(server.url())
        .refresh_interval(Duration::ZERO)
        .start()
        .unwrap();
    assert!(!throttler.is_allowed("op"));
    until("a question", || !server.questions().is_empty());
    assert_eq!(server.questions()[0], "/credits?service=hs&uuid=&operations=op");
    server.credit("op", "1");
    until("the credit", || throttler.is_allowed("op"));
    assert!(throttler.stats().throttler_updates >= 1);
}

#[test]
fn the_counts_are_those_of_the_server() {
    let server = FakeCreditServer::start();
    let (tracer, _guard) = start(&server.url(), Duration::from_secs(10));
    let counts = |stats: &Stats| {
        (
            stats.throttled_debug_spans,
            stats.throttler_updates,
            stats.failed_throttler_updates,
        )
    };
    assert_eq!(counts(&tracer.stats()), (0, 0, 0));
    assert!(!force(&tracer, "op"));
    until("an update", || tracer.stats().throttler_updates > 0);
    server.set(Behaviour::Answer(500, String::new()));
    until("a failure", || tracer.stats().failed_throttler_updates > 0);
    assert_eq!(tracer.stats().throttled_debug_spans, 1);
}
