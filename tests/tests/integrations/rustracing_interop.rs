//! Programs that already use `rustracing` and `rustracing_jaeger`.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::{Duration, UNIX_EPOCH};

use fedtrace::Baggage;
use fedtrace::propagation::Propagation;
use fedtrace::reporter::{MemoryReporter, Process, Reporter};
use fedtrace::rustracing::{
    RustracingReporter, ZeroIdError, extract_internal_http_header, extract_internal_text_map,
    inject_internal_http_header, inject_internal_text_map,
};
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, LogRecord, Origin, SpanContext, SpanId, Tag, TagValue, TraceFlags, TraceId, build_span,
    extract, with_tracer,
};
use rustracing::log::LogField;
use rustracing::sampler::AllSampler;
use rustracing::span::BaggageItem;
use rustracing::tag::StdTag;
use rustracing_jaeger::Tracer;
use rustracing_jaeger::span::{SpanContext as TheirContext, SpanContextState, TraceId as TheirTraceId};
use rustracing_jaeger::thrift::jaeger;

fn context(trace_id: u128, span_id: u64, flags: u8) -> SpanContext {
    SpanContext::remote(
        TraceId::new(trace_id).unwrap(),
        SpanId::new(span_id).unwrap(),
        TraceFlags::from_bits(flags),
    )
}

fn contexts() -> [SpanContext; 4] {
    [
        context(1, 2, 1),
        context(0xabc << 64, u64::MAX, 3),
        context(u128::MAX, 1, 0),
        context(u64::MAX.into(), 0xa << 60, 9),
    ]
}

#[test]
fn a_context_crosses_from_their_tracer_into_ours_and_back() {
    let (sender, batches) = mpsc::channel();
    let (ours, guard) = fedtrace::Tracer::builder("ours")
        .reporter(RustracingReporter::new(move |batch| sender.send(batch).unwrap()))
        .build()
        .unwrap();
    let (theirs, finished) = Tracer::new(AllSampler);

    let client = theirs.span("client").start();
    let caller = SpanContext::try_from(client.context().unwrap()).unwrap();
    let server = build_span("server").tracer(&ours).child_of(caller).start();
    server.log_kv([LogField::new("event", "asking the database")]);
    let callee = TheirContext::from(&server.context().unwrap());
    drop(theirs.span("database").child_of(&callee).start());
    server.finish();
    drop(client);
    guard.shutdown(Duration::from_secs(10)).unwrap();

    let batch: jaeger::Batch = batches.recv().unwrap();
    let server = &batch.spans[0];
    let [database, client] = [(); 2].map(|()| jaeger::Span::from(&finished.recv().unwrap()));
    assert_eq!(database.operation_name, "database");
    assert_eq!(server.parent_span_id, client.span_id);
    assert_eq!(database.parent_span_id, server.span_id);
    for span in [server, &database] {
        assert_eq!(span.trace_id_low, client.trace_id_low);
        assert_eq!(span.trace_id_high, client.trace_id_high);
    }
    assert_eq!(server.logs[0].fields.len(), 1);
}

#[test]
fn a_converted_context_keeps_ids_flags_and_the_decision_against_sampling() {
    for ours in contexts() {
        let theirs = TheirContext::from(&ours);
        assert_eq!(theirs.state().flags(), ours.flags().bits());
        assert_eq!(SpanContext::try_from(&theirs).unwrap(), ours);
    }
}

#[test]
fn a_decision_that_our_own_process_leaves_open_is_made_by_our_sampler_when_it_is_written() {
    let undecided = HashMap::from([("b3".to_owned(), "abc-de".to_owned())]);
    for sampled in [true, false] {
        let (tracer, _guard) = fedtrace::Tracer::builder("ours")
            .reporter(MemoryReporter::new())
            .sampler(ConstSampler::new(sampled))
            .propagation([Propagation::B3])
            .build()
            .unwrap();
        with_tracer(&tracer, || {
            let ours = extract(&undecided, Origin::Internal).unwrap();
            let theirs = TheirContext::from(&ours);
            assert_eq!(theirs.state().flags(), u8::from(sampled));
            let mut carrier = HashMap::new();
            inject_internal_text_map(&ours, &mut carrier);
            let written = extract_internal_text_map(&carrier).unwrap();
            assert_eq!(written.trace_id(), ours.trace_id());
            assert_eq!(written.is_sampled(), sampled);
        });
    }
}

#[test]
fn a_zero_id_does_not_convert() {
    assert_eq!(
        TraceId::try_from(TheirTraceId { high: 0, low: 0 }),
        Err(ZeroIdError)
    );
    for text in ["0:1:0:1", "1:0:0:1"] {
        let state: SpanContextState = text.parse().unwrap();
        let theirs = TheirContext::new(state, Vec::new());
        assert_eq!(SpanContext::try_from(&theirs), Err(ZeroIdError));
    }
}

#[test]
fn baggage_converts_up_to_its_limits() {
    let items = (0..Baggage::MAX_ITEMS + 1).map(|number| BaggageItem::new(&format!("{number:03}"), "value"));
    let theirs = TheirContext::new("1:2:0:1".parse().unwrap(), items.collect());
    let ours = SpanContext::try_from(&theirs).unwrap();
    assert_eq!(ours.baggage().iter().count(), Baggage::MAX_ITEMS);
    assert_eq!(ours.baggage().get("007"), Some("value"));
    let back = TheirContext::from(&ours);
    assert_eq!(back.baggage_items().len(), Baggage::MAX_ITEMS);
}

#[test]
fn their_tracer_reads_what_we_put_into_their_carriers() {
    for ours in contexts() {
        let mut carrier = HashMap::new();
        inject_internal_text_map(&ours, &mut carrier);
        let theirs = TheirContext::extract_from_text_map(&carrier).unwrap().unwrap();
        assert_eq!(SpanContext::try_from(&theirs).unwrap(), ours);

        let mut carrier = HashMap::new();
        inject_internal_http_header(&ours, &mut carrier).unwrap();
        let theirs = TheirContext::extract_from_http_header(&carrier).unwrap().unwrap();
        assert_eq!(SpanContext::try_from(&theirs).unwrap(), ours);
        assert_eq!(extract_internal_http_header(&carrier), Some(ours));
    }
}

#[test]
fn we_read_what_their_tracer_puts_into_its_carriers() {
    let (tracer, _finished) = Tracer::new(AllSampler);
    let span = tracer.span("client").start();
    let theirs = span.context().unwrap();
    let ours = SpanContext::try_from(theirs).unwrap();

    let mut carrier = HashMap::new();
    theirs.inject_to_text_map(&mut carrier).unwrap();
    assert_eq!(extract_internal_text_map(&carrier), Some(ours.clone()));
    let mut carrier = HashMap::new();
    theirs.inject_to_http_header(&mut carrier).unwrap();
    assert_eq!(extract_internal_http_header(&carrier), Some(ours));
}

#[test]
fn the_text_form_is_padded_and_names_no_parent() {
    let mut carrier = HashMap::new();
    inject_internal_text_map(&context(0xabc, 0xdef, 3), &mut carrier);
    assert_eq!(carrier["uber-trace-id"], "0000000000000abc:0000000000000def:0:3");
}

#[test]
fn header_names_have_no_case_and_old_clients_escape_the_colons() {
    let carrier = HashMap::from([("Uber-Trace-Id", "abc%3ADEF%3a0%3A1")]);
    assert_eq!(
        extract_internal_http_header(&carrier),
        Some(context(0xabc, 0xdef, 1))
    );
}

#[test]
fn what_is_malformed_or_there_twice_and_different_is_no_context_and_one_count() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || malformed_is_no_context(&test));
    let twice = |second: &str| {
        [("uber-trace-id", "1:2:0:1"), ("Uber-Trace-Id", second)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let before = test.tracer().stats().span_context_decoding_errors;
    with_tracer(test.tracer(), || {
        assert_eq!(
            extract_internal_http_header(&HashMap::from(twice("1:2:0:0"))),
            None
        );
        assert!(extract_internal_http_header(&HashMap::from(twice("1:2:0:1"))).is_some());
    });
    assert_eq!(test.tracer().stats().span_context_decoding_errors, before + 1);
}

fn malformed_is_no_context(test: &TestTracer) {
    let too_long = format!("{}:1:0:1", "1".repeat(33));
    let malformed = [
        "",
        "1:2:0",
        "1:2:0:1:1",
        "0:2:0:1",
        "1:0:0:1",
        "1:2::1",
        "1:2:0:",
        "1:2:0:100",
        "1:+2:0:1",
        "-1:2:0:1",
        "0x1:2:0:1",
        "1: 2:0:1",
        "1:12345678901234567:0:1",
        "é:2:0:1",
        &too_long,
    ];
    for text in malformed {
        let carrier = HashMap::from([("uber-trace-id".to_owned(), text.to_owned())]);
        assert_eq!(extract_internal_text_map(&carrier), None, "{text:?}");
        assert_eq!(extract_internal_http_header(&carrier), None, "{text:?}");
    }
    assert_eq!(extract_internal_text_map(&HashMap::new()), None);
    let counted = test.tracer().stats().span_context_decoding_errors;
    assert_eq!(counted, 2 * malformed.len() as u64);
}

#[test]
fn their_tags_and_log_fields_are_accepted_where_ours_are() {
    let tags = [
        (StdTag::http_method("GET"), Tag::new("http.method", "GET")),
        (StdTag::http_status_code(404), Tag::new("http.status_code", 404)),
        (StdTag::error(), Tag::new("error", true)),
        (rustracing::tag::Tag::new("ratio", 0.5), Tag::new("ratio", 0.5)),
    ];
    for (theirs, ours) in tags {
        assert_eq!(Tag::from(theirs), ours);
    }
    assert_eq!(
        Tag::from(LogField::new("event", "error")),
        Tag::new("event", "error")
    );
}

#[test]
fn their_logs_convert_with_time_and_fields() {
    let (tracer, finished) = Tracer::new(AllSampler);
    let time = UNIX_EPOCH + Duration::from_secs(5);
    let mut span = tracer.span("op").start();
    span.log(|log| {
        log.time(time).error().kind("io").message("gone");
    });
    drop(span);
    let record = LogRecord::from(&finished.recv().unwrap().logs()[0]);
    assert_eq!(record.time, time);
    let fields = ["error.kind", "event", "message"].map(|key| {
        let field = record.fields.iter().find(|field| field.key == key).unwrap();
        field.value.clone()
    });
    assert_eq!(
        fields,
        ["io", "error", "gone"].map(|text| TagValue::String(text.into()))
    );
}

#[test]
fn a_closure_gets_finished_spans_in_their_types() {
    let mut batches = Vec::new();
    let process = Process::new("svc", vec![Tag::new("hostname", "h")]);
    let mut span = FinishedSpan::new(
        TraceId::new(2 << 64 | 1).unwrap(),
        SpanId::new(3).unwrap(),
        "op",
        UNIX_EPOCH + Duration::from_secs(1),
        Duration::from_micros(9),
    );
    span.parent_span_id = SpanId::new(4);
    span.tags.push(StdTag::http_status_code(200).into());
    let report = RustracingReporter::new(|batch| batches.push(batch)).report(&process, (&[span]).into());
    assert_eq!(report.sent, 1);

    let batch: jaeger::Batch = batches.remove(0);
    assert_eq!(batch.process.service_name, "svc");
    assert_eq!(batch.process.tags.len(), 1);
    let span = &batch.spans[0];
    assert_eq!((span.trace_id_high, span.trace_id_low), (2, 1));
    assert_eq!((span.span_id, span.parent_span_id, span.flags), (3, 4, 1));
    assert_eq!((span.start_time, span.duration), (1_000_000, 9));
    assert_eq!(
        span.tags,
        [jaeger::Tag::Long {
            key: "http.status_code".to_owned(),
            value: 200
        }]
    );
}
