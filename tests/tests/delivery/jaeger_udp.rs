//! Spans on their way to an agent by UDP.

use std::time::{Duration, UNIX_EPOCH};

use fedtrace::reporter::{Process, Report, Reporter, UdpReporter};
use fedtrace::{
    FinishedSpan, LogRecord, Reference, SpanId, Tag, TraceFlags, TraceId, Tracer, log_kv, set_tag,
    start_active_span, with_tracer,
};
use fedtrace_tests::{FakeAgent, tag};
use rustracing_jaeger::thrift::jaeger::{self, SpanRefKind};

const SECONDS: Duration = Duration::from_secs(10);

fn process() -> Process {
    Process::new(
        "example.org master",
        vec![Tag::new("instance_name", "master"), Tag::new("pid", 7)],
    )
}

fn span(span_id: u64) -> FinishedSpan {
    FinishedSpan::new(
        TraceId::new(0xabc << 64 | 1).unwrap(),
        SpanId::new(span_id).unwrap(),
        "send_pdu",
        UNIX_EPOCH + Duration::from_micros(1_600_000_000_000_001),
        Duration::from_nanos(2_500),
    )
}

fn sent(count: u64) -> Report {
    Report::sent(count)
}

fn failed(count: u64) -> Report {
    Report::sent(0).with_failed(count)
}

#[test]
fn a_span_arrives_with_all_that_it_has() {
    let agent = FakeAgent::start();
    let mut span = span(u64::MAX);
    span.parent_span_id = SpanId::new(3);
    span.flags = TraceFlags::FORCED;
    span.references.push(Reference::follows_from(
        TraceId::new(9).unwrap(),
        SpanId::new(8).unwrap(),
    ));
    span.tags = vec![
        Tag::new("text", "žluťoučký kůň"),
        Tag::new("yes", true),
        Tag::new("no", false),
        Tag::new("number", i64::MIN),
        Tag::new("float", -0.1),
        Tag::new("bytes", vec![0, 255]),
    ];
    span.logs.push(LogRecord::new(
        span.start_time + Duration::from_micros(1),
        vec![Tag::new("event", "error"), Tag::new("attempt", 2)],
    ));
    let mut reporter = UdpReporter::new(agent.host(), agent.port());
    assert_eq!(reporter.report(&process(), (&[span]).into()), sent(1));

    let received = agent.spans_within(1, SECONDS).remove(0);
    assert_eq!((received.trace_id_high, received.trace_id_low), (0xabc, 1));
    assert_eq!((received.span_id, received.parent_span_id), (-1, 3));
    assert_eq!(received.operation_name, "send_pdu");
    assert_eq!(received.flags, 3);
    assert_eq!(received.start_time, 1_600_000_000_000_001);
    assert_eq!(received.duration, 2);
    let references = received.references.iter();
    assert_eq!(
        references
            .map(|reference| (reference.kind, reference.trace_id_low, reference.span_id))
            .collect::<Vec<_>>(),
        [(SpanRefKind::ChildOf, 1, 3), (SpanRefKind::FollowsFrom, 9, 8)]
    );
    let key = String::from;
    assert_eq!(
        received.tags,
        [
            jaeger::Tag::String {
                key: key("text"),
                value: key("žluťoučký kůň")
            },
            jaeger::Tag::Bool {
                key: key("yes"),
                value: true
            },
            jaeger::Tag::Bool {
                key: key("no"),
                value: false
            },
            jaeger::Tag::Long {
                key: key("number"),
                value: i64::MIN
            },
            jaeger::Tag::Double {
                key: key("float"),
                value: -0.1
            },
            jaeger::Tag::Binary {
                key: key("bytes"),
                value: vec![0, 255]
            },
        ]
    );
    assert_eq!(received.logs[0].timestamp, 1_600_000_000_000_002);
    assert_eq!(received.logs[0].fields.len(), 2);
    let process = agent.processes().remove(0);
    assert_eq!(process.service_name, "example.org master");
    assert_eq!(
        tag(&process.tags, "pid"),
        Some(&jaeger::Tag::Long {
            key: key("pid"),
            value: 7
        })
    );
}

#[test]
fn packets_are_split_and_numbered() {
    let agent = FakeAgent::start();
    let mut reporter = UdpReporter::new(agent.host(), agent.port()).max_packet_size(500);
    let spans: Vec<_> = (1..=50).map(span).collect();
    assert_eq!(reporter.report(&process(), (&spans[..25]).into()), sent(25));
    assert_eq!(reporter.report(&process(), (&spans[25..]).into()), sent(25));

    let received = agent.spans_within(50, SECONDS);
    let ids = received.iter().map(|span| span.span_id);
    assert_eq!(ids.collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
    assert!(agent.packets().iter().all(|packet| packet.len() <= 500));
    let numbers = agent
        .batches()
        .iter()
        .map(|batch| batch.sequence_id)
        .collect::<Vec<_>>();
    assert!(numbers.len() > 5);
    assert_eq!(numbers, (1..=numbers.len() as i32).collect::<Vec<_>>());
}

#[test]
fn without_an_agent_the_spans_are_counted_as_failed_and_one_that_comes_is_reached() {
    let agent = FakeAgent::start_on_a_fixed_port();
    let address = agent.address();
    drop(agent);
    let mut reporter = UdpReporter::new(address.ip().to_string(), address.port()).max_packet_size(500);
    let spans: Vec<_> = (1..=50).map(span).collect();
    assert_eq!(reporter.report(&process(), (&spans).into()), failed(50));
    assert_eq!(reporter.report(&process(), (&spans[..1]).into()), failed(1));

    let agent = FakeAgent::start_at(address).unwrap();
    assert_eq!(reporter.report(&process(), (&spans).into()), sent(50));
    assert_eq!(agent.spans_within(50, SECONDS).len(), 50);

    drop(agent);
    assert_eq!(reporter.report(&process(), (&spans[..1]).into()), failed(1));
    let agent = FakeAgent::start_at(address).unwrap();
    assert_eq!(reporter.report(&process(), (&spans[..1]).into()), sent(1));
    assert_eq!(agent.spans_within(1, SECONDS).len(), 1);
}

#[test]
fn a_name_that_does_not_resolve_is_a_counted_loss() {
    let mut reporter = UdpReporter::new("no-such-host.invalid", 6831);
    assert_eq!(
        reporter.report(&process(), (&[span(1), span(2)]).into()),
        failed(2)
    );
    let mut reporter = UdpReporter::new("not a name", 6831);
    assert_eq!(reporter.report(&process(), (&[span(1)]).into()), failed(1));
}

#[test]
fn a_name_and_an_ipv6_address_are_taken_as_well() {
    let agent = FakeAgent::start();
    let mut reporter = UdpReporter::new("localhost", agent.port());
    assert_eq!(reporter.report(&process(), (&[span(1)]).into()), sent(1));
    assert_eq!(agent.spans_within(1, SECONDS).len(), 1);

    let Ok(agent) = FakeAgent::start_at("[::1]:0".parse().unwrap()) else {
        eprintln!("not tested: this machine has no IPv6");
        return;
    };
    for host in ["::1", "[::1]"] {
        let mut reporter = UdpReporter::new(host, agent.port());
        assert_eq!(reporter.report(&process(), (&[span(1)]).into()), sent(1));
    }
    assert_eq!(agent.spans_within(2, SECONDS).len(), 2);
}

#[test]
fn a_tracer_sends_its_spans_with_parents_tags_and_logs() {
    let agent = FakeAgent::start();
    let (tracer, guard) = Tracer::builder("example.org master")
        .process_tag("instance_name", "master")
        .reporter(UdpReporter::new(agent.host(), agent.port()))
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        let _request = start_active_span("get_event");
        set_tag("http.status_code", 404);
        let _query = start_active_span("select_event");
        log_kv([("event", "missing")]);
    });
    guard.shutdown(SECONDS).unwrap();

    let spans = agent.spans_within(2, SECONDS);
    let named = |name: &str| spans.iter().find(|span| span.operation_name == name).unwrap();
    let (request, query) = (named("get_event"), named("select_event"));
    assert_eq!(request.parent_span_id, 0);
    assert_eq!(query.parent_span_id, request.span_id);
    assert_eq!(query.trace_id_low, request.trace_id_low);
    assert_eq!(query.trace_id_high, request.trace_id_high);
    let key = String::from("http.status_code");
    assert_eq!(
        tag(&request.tags, &key),
        Some(&jaeger::Tag::Long { key, value: 404 })
    );
    let event = tag(&query.logs[0].fields, "event").unwrap();
    assert_eq!(event.kind(), jaeger::TagKind::String);
    assert!(request.start_time > 1_600_000_000_000_000);
    assert!(request.duration >= query.duration && query.duration >= 0);
    let process = agent.processes().remove(0);
    assert_eq!(process.service_name, "example.org master");
    assert!(tag(&process.tags, "instance_name").is_some());
    assert_eq!(tracer.stats().reported_spans, 2);
}

#[test]
fn an_agent_that_reads_the_binary_protocol_gets_the_same_spans() {
    let agent = FakeAgent::start();
    let mut reporter = UdpReporter::binary(agent.host(), agent.port()).max_packet_size(1_000);
    let spans: Vec<_> = (1..=50).map(span).collect();
    assert_eq!(reporter.report(&process(), (&spans).into()), sent(50));
    let ids = agent
        .spans_within(50, SECONDS)
        .into_iter()
        .map(|span| span.span_id);
    assert_eq!(ids.collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
    assert!(
        agent
            .packets()
            .iter()
            .all(|packet| packet.starts_with(&[0x80, 1]) && packet.len() <= 1_000)
    );
}

#[test]
fn the_agent_is_told_what_was_lost_before_and_which_batch_it_is() {
    let agent = FakeAgent::start_on_a_fixed_port();
    let address = agent.address();
    drop(agent);
    let (tracer, guard) = Tracer::builder("example.org")
        .process_tag("client-uuid", "mine")
        .reporter(UdpReporter::new(address.ip().to_string(), address.port()))
        .build()
        .unwrap();
    with_tracer(&tracer, || drop(start_active_span("lost")));
    guard.flush(SECONDS).unwrap();
    assert_eq!(tracer.stats().send_failure_spans, 1);

    let agent = FakeAgent::start_at(address).unwrap();
    for _ in 0..2 {
        with_tracer(&tracer, || drop(start_active_span("arrives")));
        guard.flush(SECONDS).unwrap();
    }
    agent.spans_within(2, SECONDS);
    let batches = agent.batches();
    assert!(
        batches.iter().all(|batch| batch.lost == Some([0, 0, 1])),
        "{batches:?}"
    );
    let numbers: Vec<_> = batches.iter().filter_map(|batch| batch.sequence_number).collect();
    // The first packet was sent, and nobody was there.
    assert_eq!(numbers, [2, 3]);
    let uuid = tag(&batches[0].process.tags, "client-uuid");
    let (key, value) = ("client-uuid".to_owned(), "mine".to_owned());
    assert_eq!(uuid, Some(&jaeger::Tag::String { key, value }));
}
