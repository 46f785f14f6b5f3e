//! Tests of Zipkin's B3.

use super::formats::{SPAN, TRACE, context_of_128_bits, ids, read, speaking, written};
use super::*;
use crate::codec::propagation::Propagation;

#[test]
fn b3_is_written_in_several_headers_and_says_sampled_beside_debug() {
    let b3 = speaking(&[Propagation::B3]);
    for (flags, destination, sampled, is_debug) in [
        (0, Destination::Internal, "0", false),
        (1, Destination::Internal, "1", false),
        (3, Destination::Internal, "1", true),
        (2, Destination::Internal, "0", false),
        (3, LISTED, "1", false),
        (0, LISTED, "0", false),
    ] {
        let ids = [
            ("x-b3-spanid", SPAN),
            ("x-b3-traceid", TRACE),
            ("x-b3-sampled", sampled),
        ];
        let debug = is_debug.then_some(("x-b3-flags", "1"));
        let expected: BTreeMap<_, _> = ids.into_iter().chain(debug).collect();
        let headers = written(&context_of_128_bits(flags), destination, &b3);
        assert_eq!(texts(&headers), expected, "{flags} {destination:?}");
    }
    let headers = written(&context(1, &[]), LISTED, &b3);
    assert_eq!(headers["x-b3-traceid"], "0000000000000abc");
}

#[test]
fn b3_is_read_from_one_header_or_several_and_one_wins() {
    let b3 = &[Propagation::B3];
    let trace = u128::from_str_radix(TRACE, 16).unwrap();
    let single = |state: &str| ids(&[("b3", &format!("{TRACE}-{SPAN}{state}"))], b3);
    assert_eq!(single("-1"), Some((trace, 0xde, Some(1))));
    assert_eq!(single("-0"), Some((trace, 0xde, Some(0))));
    assert_eq!(single("-d"), Some((trace, 0xde, Some(3))));
    assert_eq!(single("-1-05e3ac9a4f6e3b90"), Some((trace, 0xde, Some(1))));
    assert_eq!(single(""), Some((trace, 0xde, None)));
    let several = |more: &[(&str, &str)]| {
        let mut pairs = vec![("X-B3-TraceId", "ABC"), ("X-B3-SpanId", "de")];
        pairs.extend(more);
        ids(&pairs, b3)
    };
    assert_eq!(several(&[]), Some((0xabc, 0xde, None)));
    for (value, flags) in [("1", 1), ("true", 1), ("True", 1), ("0", 0), ("false", 0)] {
        assert_eq!(
            several(&[("X-B3-Sampled", value)]),
            Some((0xabc, 0xde, Some(flags)))
        );
    }
    assert_eq!(several(&[("X-B3-Flags", "1")]), Some((0xabc, 0xde, Some(3))));
    assert_eq!(
        several(&[("X-B3-Flags", "0"), ("X-B3-Sampled", "1")]),
        Some((0xabc, 0xde, Some(1)))
    );
    assert_eq!(
        several(&[("X-B3-ParentSpanId", "1"), ("X-B3-Sampled", "1")]),
        Some((0xabc, 0xde, Some(1)))
    );
    assert_eq!(several(&[("b3", "1-2-0")]), Some((1, 2, Some(0))));
}

#[test]
fn a_decision_of_b3_without_ids_is_no_context_and_no_error() {
    for pairs in [
        &[("b3", "0")],
        &[("b3", "1")],
        &[("b3", "d")],
        &[("x-b3-sampled", "1")],
    ] {
        let taken = read(&headers(pairs), Origin::Internal, &speaking(&[Propagation::B3]));
        assert_eq!(taken, (None, vec![]), "{pairs:?}");
    }
}
