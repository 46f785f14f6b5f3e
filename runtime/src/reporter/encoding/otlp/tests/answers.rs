//! Answers are read as prost reads them.

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use super::super::answer::rejection;

fn expected(answer: &[u8]) -> Option<(u64, String)> {
    let partial = ExportTraceServiceResponse::decode(answer).ok()?.partial_success?;
    let rejected = u64::try_from(partial.rejected_spans).ok()?;
    (rejected > 0).then_some((rejected, partial.error_message))
}

fn answer(rejected_spans: i64, error_message: &str) -> Vec<u8> {
    let partial = ExportTracePartialSuccess {
        rejected_spans,
        error_message: error_message.to_owned(),
    };
    ExportTraceServiceResponse {
        partial_success: Some(partial),
    }
    .encode_to_vec()
}

#[test]
fn only_a_positive_number_of_spans_is_a_rejection() {
    assert_eq!(rejection(&answer(3, "why")), Some((3, "why".to_owned())));
    assert_eq!(
        rejection(&answer(i64::MAX, "")),
        Some((i64::MAX as u64, String::new()))
    );
    for warning in [answer(0, "slow down"), answer(-1, "?"), vec![]] {
        assert_eq!(rejection(&warning), None);
    }
}

#[test]
fn what_is_not_in_the_protocol_rejects_nothing() {
    let not_utf8 = b"\x0a\x05\x08\x01\x12\x01\xff";
    let endless = [0x0a, 0x0b, 0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2];
    for answer in [
        &b"<html>busy</html>"[..],
        b"{}",
        not_utf8,
        &endless,
        b"\x08\x01",
        b"\x0a\x02\x0a\x00",
    ] {
        assert_eq!(rejection(answer), None, "{answer:?}");
        assert_eq!(expected(answer), None, "{answer:?}");
    }
}

#[test]
fn fields_that_a_later_version_may_add_are_left_out() {
    let mut answer = vec![
        0x10, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x2a, 0x01, b'x',
    ];
    answer.extend([0x0a, 0x07, 0x1a, 0x01, b'y', 0x20, 0x01, 0x08, 0x04]);
    assert_eq!(rejection(&answer), Some((4, String::new())));
    assert_eq!(expected(&answer), rejection(&answer));
}

proptest! {
    #[test]
    fn answers_that_are_repeated_or_cut_off_are_read_as_prost_reads_them(
        one in (any::<i64>(), ".{0,20}"),
        other in (any::<i32>(), ".{0,200}"),
        length in 0..300_usize,
    ) {
        let mut both = answer(one.0, &one.1);
        both.extend(answer(other.0.into(), &other.1));
        prop_assert_eq!(rejection(&both), expected(&both));
        both.truncate(length);
        prop_assert_eq!(rejection(&both), expected(&both));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..60)) {
        let _ = rejection(&bytes);
    }
}
