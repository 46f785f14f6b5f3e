//! Jaeger's structures, field by field as its `jaeger.thrift` and `agent.thrift` number them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::protocol::Protocol;
use crate::finished::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::reporter::Process;
use crate::tag::{Tag, TagValue};

/// The call of the agent's `emitBatch` with a process and spans that are already encoded.
pub(super) fn write_emit_batch<P: Protocol>(
    out: &mut P,
    sequence_id: u32,
    process: &[u8],
    span_count: usize,
    spans: &[u8],
) {
    out.oneway_message("emitBatch", sequence_id);
    out.begin_struct();
    out.struct_field(1);
    out.begin_struct();
    out.struct_field(1);
    out.buffer().extend_from_slice(process);
    out.struct_list_field(2, span_count);
    out.buffer().extend_from_slice(spans);
    out.end_struct();
    out.end_struct();
}

pub(super) fn write_process<P: Protocol>(out: &mut P, process: &Process) {
    out.begin_struct();
    out.binary_field(1, process.service_name.as_bytes());
    write_tags(out, 2, &process.tags);
    out.end_struct();
}

pub(super) fn write_span<P: Protocol>(out: &mut P, span: &FinishedSpan) {
    out.begin_struct();
    out.i64_field(1, span.trace_id.low() as i64);
    out.i64_field(2, span.trace_id.high() as i64);
    out.i64_field(3, span.span_id.get() as i64);
    out.i64_field(4, span.parent_span_id.map_or(0, |parent| parent.get() as i64));
    out.binary_field(5, span.operation_name.as_bytes());
    if !span.references.is_empty() {
        out.struct_list_field(6, listed_references(span).count());
        for reference in listed_references(span) {
            write_reference(out, &reference);
        }
    }
    out.i32_field(7, i32::from(span.flags.bits()));
    out.i64_field(8, micros_since_epoch(span.start_time));
    out.i64_field(9, duration_micros(span.duration));
    write_tags(out, 10, &span.tags);
    out.struct_list_field(11, span.logs.len());
    for log in &span.logs {
        write_log(out, log);
    }
    out.end_struct();
}

/// The references that Jaeger gets beside the id of the parent: none if the parent is all there is, else all of
/// them with the parent as the first.
pub(crate) fn listed_references(span: &FinishedSpan) -> impl Iterator<Item = Reference> + '_ {
    let parent = span.parent_span_id.map(|span_id| Reference {
        kind: ReferenceKind::ChildOf,
        trace_id: span.trace_id,
        span_id,
    });
    let listed_already = |parent: &Reference| {
        let mut others = span.references.iter();
        others.any(|other| other.trace_id == parent.trace_id && other.span_id == parent.span_id)
    };
    parent
        .filter(|parent| !span.references.is_empty() && !listed_already(parent))
        .into_iter()
        .chain(span.references.iter().copied())
}

fn write_reference<P: Protocol>(out: &mut P, reference: &Reference) {
    out.begin_struct();
    out.i32_field(
        1,
        match reference.kind {
            ReferenceKind::ChildOf => 0,
            ReferenceKind::FollowsFrom => 1,
        },
    );
    out.i64_field(2, reference.trace_id.low() as i64);
    out.i64_field(3, reference.trace_id.high() as i64);
    out.i64_field(4, reference.span_id.get() as i64);
    out.end_struct();
}

fn write_log<P: Protocol>(out: &mut P, log: &LogRecord) {
    out.begin_struct();
    out.i64_field(1, micros_since_epoch(log.time));
    write_tags(out, 2, &log.fields);
    out.end_struct();
}

fn write_tags<P: Protocol>(out: &mut P, id: i16, tags: &[Tag]) {
    out.struct_list_field(id, tags.len());
    for tag in tags {
        write_tag(out, tag);
    }
}

fn write_tag<P: Protocol>(out: &mut P, tag: &Tag) {
    out.begin_struct();
    out.binary_field(1, tag.key.as_bytes());
    match &tag.value {
        TagValue::String(text) => {
            out.i32_field(2, 0);
            out.binary_field(3, text.as_bytes());
        }
        TagValue::Double(value) if value.is_finite() => {
            out.i32_field(2, 1);
            out.double_field(4, *value);
        }
        // JSON has no such number, and Jaeger shows nothing of a trace that has one.
        TagValue::Double(value) => {
            out.i32_field(2, 0);
            out.binary_field(3, value.to_string().as_bytes());
        }
        TagValue::Bool(value) => {
            out.i32_field(2, 2);
            out.bool_field(5, *value);
        }
        TagValue::Long(value) => {
            out.i32_field(2, 3);
            out.i64_field(6, *value);
        }
        TagValue::Binary(bytes) => {
            out.i32_field(2, 4);
            out.binary_field(7, bytes);
        }
    }
    out.end_struct();
}

/// Jaeger's clock, which is negative before 1970.
pub(crate) fn micros_since_epoch(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => duration_micros(after),
        Err(before) => -duration_micros(before.duration()),
    }
}

pub(crate) fn duration_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Compact;
    use super::*;
    use crate::flags::TraceFlags;
    use crate::id::{SpanId, TraceId};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn encoded(write: impl FnOnce(&mut Compact)) -> String {
        let mut out = Compact::default();
        write(&mut out);
        hex(out.buffer())
    }

    fn message(process: &Process, spans: &[FinishedSpan]) -> String {
        let mut process_bytes = Compact::default();
        write_process(&mut process_bytes, process);
        let mut span_bytes = Compact::default();
        for span in spans {
            write_span(&mut span_bytes, span);
        }
        encoded(|out| write_emit_batch(out, 1, process_bytes.buffer(), spans.len(), span_bytes.buffer()))
    }

    fn process() -> Process {
        Process {
            service_name: "svc".to_owned(),
            tags: vec![
                Tag::new("jaeger.version", "x-1"),
                Tag::new("hostname", "h"),
                Tag::new("ip", "10.0.0.1"),
            ],
        }
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
        span.references = vec![Reference {
            kind: ReferenceKind::FollowsFrom,
            trace_id: TraceId::new(1).unwrap(),
            span_id: SpanId::new(2).unwrap(),
        }];
        span.tags = vec![
            Tag::new("s", "v"),
            Tag::new("b", true),
            Tag::new("f", false),
            Tag::new("i", -1),
            Tag::new("d", 1.5),
        ];
        span.logs = vec![LogRecord {
            time: span.start_time + Duration::from_micros(750_000),
            fields: vec![Tag::new("event", "e"), Tag::new("n", 7)],
        }];
        span
    }

    #[test]
    fn golden_vector_1_a_root_span() {
        assert_eq!(
            message(&process(), &[span(1, 2, "op", 500_000)]),
            "82810109656d697442617463681c1c1803737663193c180e6a61656765722e76657273696f6e15001803782d31001808686f7\
             3746e616d65150018016800180269701500180831302e302e302e310000191c160216001604160018026f702502168080a0f\
             aa0ccd70516c0843d190c190c000000"
        );
    }

    #[test]
    fn golden_vector_2_a_child_with_references_tags_and_a_log() {
        assert_eq!(
            message(&process(), &[full_span()]),
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
        assert!(message(&process(), &spans).contains("31302e302e302e31000019fc10160216"));
    }

    #[test]
    fn golden_vector_4_no_spans_and_no_process_tags() {
        let process = Process {
            service_name: "s".to_owned(),
            tags: Vec::new(),
        };
        assert_eq!(
            message(&process, &[]),
            "82810109656d697442617463681c1c180173190c00190c0000"
        );
        assert_eq!(encoded(|out| write_process(out, &process)), "180173190c00");
    }

    #[test]
    fn golden_vectors_of_tags() {
        let cases: [(TagValue, &str); 8] = [
            ("é".into(), "18016b15001802c3a900"),
            ("".into(), "18016b1500180000"),
            ((-2.5).into(), "18016b15022700000000000004c000"),
            (true.into(), "18016b15043100"),
            (false.into(), "18016b15043200"),
            (i64::MIN.into(), "18016b150646ffffffffffffffffff0100"),
            (i64::MAX.into(), "18016b150646feffffffffffffffff0100"),
            (vec![0, 1, 0xff].into(), "18016b150858030001ff00"),
        ];
        for (value, golden) in cases {
            assert_eq!(encoded(|out| write_tag(out, &Tag::new("k", value))), golden);
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
                encoded(|out| write_tag(out, &Tag::new("k", value))),
                encoded(|out| write_tag(out, &Tag::new("k", text)))
            );
        }
    }

    #[test]
    fn golden_vectors_of_a_reference_and_a_log() {
        let reference = Reference {
            kind: ReferenceKind::FollowsFrom,
            trace_id: TraceId::new(2 << 64 | 1).unwrap(),
            span_id: SpanId::new(3).unwrap(),
        };
        assert_eq!(
            encoded(|out| write_reference(out, &reference)),
            "150216021604160600"
        );
        let log = LogRecord {
            time: UNIX_EPOCH + Duration::from_secs(1_600_000_000),
            fields: vec![Tag::new("event", "e")],
        };
        assert_eq!(
            encoded(|out| write_log(out, &log)),
            "168080a0faa0ccd705191c18056576656e7415001801650000"
        );
    }

    #[test]
    fn the_parent_is_listed_once_and_only_beside_other_references() {
        let mut only_a_parent = full_span();
        only_a_parent.references.clear();
        assert_eq!(listed_references(&only_a_parent).count(), 0);

        let mut follows_its_parent = full_span();
        follows_its_parent.references = vec![Reference {
            kind: ReferenceKind::FollowsFrom,
            trace_id: follows_its_parent.trace_id,
            span_id: follows_its_parent.parent_span_id.unwrap(),
        }];
        assert_eq!(
            listed_references(&follows_its_parent).collect::<Vec<_>>(),
            follows_its_parent.references
        );
        assert_eq!(listed_references(&full_span()).count(), 2);
    }

    #[test]
    fn times_before_1970_are_negative_and_no_time_overflows() {
        assert_eq!(micros_since_epoch(UNIX_EPOCH - Duration::from_micros(3)), -3);
        assert_eq!(duration_micros(Duration::MAX), i64::MAX);
    }
}
