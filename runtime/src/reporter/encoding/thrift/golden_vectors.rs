//! Tests against the bytes that other Jaeger clients write.

use std::time::{Duration, UNIX_EPOCH};

use super::binary::Binary;
use super::compact::Compact;
use super::jaeger::{
    begin_batch, begin_emit_batch, end_batch, end_emit_batch, write_log, write_process, write_reference,
    write_span, write_tag,
};
use super::protocol::Protocol;
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::process::{ClientStats, Process};
use crate::model::tag::{Tag, TagValue};

/// The length of `emitBatch`'s header and of the header of its batch field, in the binary protocol.
const BINARY_ENVELOPE: usize = 24;

const BINARY_ROOT: &str = "\
    8001000400000009656d69744261746368000000010c00010c00010b0001000000037376630f00020c000000030b00010000000e\
    6a61656765722e76657273696f6e080002000000000b000300000003782d31000b000100000008686f73746e616d650800020000\
    00000b00030000000168000b0001000000026970080002000000000b00030000000831302e302e302e3100000f00020c00000001\
    0a000100000000000000010a000200000000000000000a000300000000000000020a000400000000000000000b0005000000026f\
    70080007000000010a00080005af3107a400000a0009000000000007a1200f000a0c000000000f000b0c00000000000000";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encoded<P: Protocol>(write: impl FnOnce(&mut P)) -> String {
    let mut out = P::default();
    write(&mut out);
    hex(out.buffer())
}

fn in_both(compact: impl FnOnce(&mut Compact), binary: impl FnOnce(&mut Binary)) -> [String; 2] {
    [encoded(compact), encoded(binary)]
}

struct Message<'a> {
    process: Process,
    spans: &'a [FinishedSpan],
    client: Option<(i64, ClientStats)>,
}

impl<'a> Message<'a> {
    fn of(spans: &'a [FinishedSpan]) -> Self {
        Self {
            process: process(
                "svc",
                &[("jaeger.version", "x-1"), ("hostname", "h"), ("ip", "10.0.0.1")],
            ),
            spans,
            client: None,
        }
    }

    fn write<P: Protocol>(&self, out: &mut P) {
        let mut process = P::default();
        write_process(&mut process, &self.process);
        begin_batch(out, process.buffer(), self.spans.len());
        self.spans.iter().for_each(|span| write_span(out, span.into()));
        end_batch(out, self.client);
    }

    fn call<P: Protocol>(&self, sequence_id: u32) -> String {
        encoded::<P>(|out| {
            begin_emit_batch(out, sequence_id);
            self.write(out);
            end_emit_batch(out);
        })
    }

    fn body(&self) -> String {
        encoded::<Binary>(|out| self.write(out))
    }
}

fn process(service_name: &str, tags: &[(&'static str, &'static str)]) -> Process {
    Process::new(
        service_name,
        tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect(),
    )
}

fn span(trace_id: u128, span_id: u64, name: &'static str, micros: u64) -> FinishedSpan {
    FinishedSpan::new(
        TraceId::new(trace_id).unwrap(),
        SpanId::new(span_id).unwrap(),
        name,
        UNIX_EPOCH + Duration::from_secs(1_600_000_000),
        Duration::from_micros(micros),
    )
}

fn full_span() -> FinishedSpan {
    let mut span = span(0x0123456789abcdef_fedcba9876543210, u64::MAX, "op2", 1_250_000);
    span.parent_span_id = SpanId::new(0x8000_0000_0000_0000);
    span.flags = TraceFlags::FORCED;
    span.references = vec![Reference::follows_from(
        TraceId::new(1).unwrap(),
        SpanId::new(2).unwrap(),
    )];
    span.tags = vec![
        Tag::new("s", "v"),
        Tag::new("b", true),
        Tag::new("f", false),
        Tag::new("i", -1),
        Tag::new("d", 1.5),
    ];
    span.logs = vec![LogRecord::new(
        span.start_time + Duration::from_micros(750_000),
        vec![Tag::new("event", "e"), Tag::new("n", 7)],
    )];
    span
}

#[test]
fn golden_vector_1_a_root_span() {
    let spans = [span(1, 2, "op", 500_000)];
    let message = Message::of(&spans);
    assert_eq!(
        message.call::<Compact>(1),
        "82810109656d697442617463681c1c1803737663193c180e6a61656765722e76657273696f6e15001803782d31001808686f7\
         3746e616d65150018016800180269701500180831302e302e302e310000191c160216001604160018026f702502168080a0f\
         aa0ccd70516c0843d190c190c000000"
    );
    assert_eq!(message.call::<Binary>(1), BINARY_ROOT);
}

#[test]
fn the_body_for_a_collector_is_the_batch_without_the_call() {
    let spans = [span(1, 2, "op", 500_000)];
    let batch = &BINARY_ROOT[2 * BINARY_ENVELOPE..BINARY_ROOT.len() - 2];
    assert_eq!(Message::of(&spans).body(), batch);
    assert_eq!(batch.len(), 2 * 232);
}

#[test]
fn golden_vector_2_a_child_with_references_tags_and_a_log() {
    assert_eq!(
        Message::of(&[full_span()]).call::<Compact>(1),
        "82810109656d697442617463681c1c1803737663193c180e6a61656765722e76657273696f6e15001803782d31001808686f7\
         3746e616d65150018016800180269701500180831302e302e302e310000191c16dfb7de9af1d9a2a30216deb7de9af1d9a2a\
         302160116ffffffffffffffffff0118036f7032192c150016dfb7de9af1d9a2a30216deb7de9af1d9a2a30216fffffffffff\
         fffffff01001502160216001604001506168080a0faa0ccd70516a0cb9801195c18017315001801760018016215043100180\
         166150432001801691506460100180164150227000000000000f83f00191c16e0c6fbfaa0ccd705192c18056576656e74150\
         01801650018016e1506460e0000000000"
    );
}

#[test]
fn golden_vector_3_a_list_of_16_has_the_long_form() {
    let spans = vec![span(1, 2, "op", 1); 16];
    let message = Message::of(&spans);
    assert!(
        message
            .call::<Compact>(1)
            .contains("31302e302e302e31000019fc10160216")
    );
    assert!(message.call::<Binary>(1).contains("00000f00020c000000100a0001"));
}

#[test]
fn golden_vector_4_no_spans_and_no_process_tags() {
    let message = Message {
        process: process("s", &[]),
        ..Message::of(&[])
    };
    assert_eq!(
        message.call::<Compact>(1),
        "82810109656d697442617463681c1c180173190c00190c0000"
    );
    let process = &message.process;
    assert_eq!(
        in_both(
            |out| write_process(out, process),
            |out| write_process(out, process)
        ),
        ["180173190c00", "0b000100000001730f00020c0000000000"]
    );
}

#[test]
fn golden_vector_5_the_number_of_the_batch_and_what_the_client_lost() {
    let stats = ClientStats {
        full_queue_dropped_spans: 1,
        too_large_dropped_spans: 2,
        failed_to_emit_spans: 3,
    };
    let message = Message {
        process: process("s", &[]),
        client: Some((5, stats)),
        ..Message::of(&[])
    };
    assert_eq!(
        message.call::<Compact>(5),
        "82810509656d697442617463681c1c180173190c00190c160a1c160216041606000000"
    );
    assert_eq!(
        message.body(),
        "0c00010b000100000001730f00020c00000000000f00020c000000000a000300000000000000050c00040a0001000000000000\
         00010a000200000000000000020a000300000000000000030000"
    );
}

#[test]
fn golden_vectors_of_tags() {
    let cases: [(TagValue, [&str; 2]); 8] = [
        (
            "é".into(),
            [
                "18016b15001802c3a900",
                "0b0001000000016b080002000000000b000300000002c3a900",
            ],
        ),
        (
            "".into(),
            [
                "18016b1500180000",
                "0b0001000000016b080002000000000b00030000000000",
            ],
        ),
        (
            (-2.5).into(),
            [
                "18016b15022700000000000004c000",
                "0b0001000000016b08000200000001040004c00400000000000000",
            ],
        ),
        (
            true.into(),
            ["18016b15043100", "0b0001000000016b080002000000020200050100"],
        ),
        (
            false.into(),
            ["18016b15043200", "0b0001000000016b080002000000020200050000"],
        ),
        (
            i64::MIN.into(),
            [
                "18016b150646ffffffffffffffffff0100",
                "0b0001000000016b080002000000030a0006800000000000000000",
            ],
        ),
        (
            i64::MAX.into(),
            [
                "18016b150646feffffffffffffffff0100",
                "0b0001000000016b080002000000030a00067fffffffffffffff00",
            ],
        ),
        (
            vec![0, 1, 0xff].into(),
            [
                "18016b150858030001ff00",
                "0b0001000000016b080002000000040b0007000000030001ff00",
            ],
        ),
    ];
    for (value, golden) in cases {
        let tag = Tag::new("k", value);
        assert_eq!(
            in_both(
                |out| write_tag(out, (&tag).into()),
                |out| write_tag(out, (&tag).into())
            ),
            golden
        );
    }
}

#[test]
fn a_double_that_json_cannot_hold_is_text() {
    for (value, text) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(
            encoded::<Compact>(|out| write_tag(out, (&Tag::new("k", value)).into())),
            encoded::<Compact>(|out| write_tag(out, (&Tag::new("k", text)).into()))
        );
    }
}

#[test]
fn golden_vectors_of_a_reference_and_a_log() {
    let reference = Reference::follows_from(TraceId::new(2 << 64 | 1).unwrap(), SpanId::new(3).unwrap());
    assert_eq!(
        in_both(
            |out| write_reference(out, &reference),
            |out| write_reference(out, &reference)
        ),
        [
            "150216021604160600",
            "080001000000010a000200000000000000010a000300000000000000020a0004000000000000000300"
        ]
    );
    let log = LogRecord::new(
        UNIX_EPOCH + Duration::from_secs(1_600_000_000),
        vec![Tag::new("event", "e")],
    );
    assert_eq!(
        in_both(
            |out| write_log(out, (&log).into()),
            |out| write_log(out, (&log).into())
        ),
        [
            "168080a0faa0ccd705191c18056576656e7415001801650000",
            "0a00010005af3107a400000f00020c000000010b0001000000056576656e74080002000000000b000300000001650000"
        ]
    );
}
