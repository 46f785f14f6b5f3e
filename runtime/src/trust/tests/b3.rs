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

/// The flags of a decision without ids, and what was refused.
fn decision(pairs: &[(&str, &str)], origin: Origin<'_>) -> (Option<u8>, Vec<Rejection>) {
    let (taken, rejections) = read(&headers(pairs), origin, &speaking(&[Propagation::B3]));
    let flags = taken.map(|taken| {
        assert!(!taken.is_deferred && taken.context.seed.is_some(), "{pairs:?}");
        taken.context.flags.bits()
    });
    (flags, rejections)
}

#[test]
fn a_decision_of_b3_without_ids_begins_a_trace_as_far_as_its_origin_may_decide() {
    let unlisted = || vec![Rejection::UnlistedOrigin];
    for (pair, internal, listed) in [
        (("b3", "0"), 0, 0),
        (("b3", "1"), 1, 1),
        (("b3", " d "), 3, 1),
        (("x-b3-sampled", "0"), 0, 0),
        (("x-b3-sampled", "True"), 1, 1),
        (("x-b3-flags", "1"), 3, 1),
    ] {
        assert_eq!(
            decision(&[pair], Origin::Internal),
            (Some(internal), vec![]),
            "{pair:?}"
        );
        assert_eq!(decision(&[pair], FROM_LISTED), (Some(listed), vec![]), "{pair:?}");
        assert_eq!(decision(&[pair], FROM_UNLISTED), (None, unlisted()), "{pair:?}");
    }
    let both = [("x-b3-sampled", "0"), ("x-b3-flags", "1")];
    assert_eq!(decision(&both, Origin::Internal).0, Some(3));
    for nothing in [&[("x-b3-flags", "0")][..], &[("x-b3-parentspanid", "1")], &[]] {
        assert_eq!(decision(nothing, Origin::Internal), (None, vec![]), "{nothing:?}");
    }
    for wrong in [
        &[("b3", "2")][..],
        &[("x-b3-sampled", "2")],
        &[("x-b3-sampled", "1"), ("x-b3-traceid", "abc")],
        &[("x-b3-sampled", "1"), ("x-b3-spanid", "de")],
    ] {
        let refused = (None, vec![Rejection::DecodingError]);
        assert_eq!(decision(wrong, Origin::Internal), refused, "{wrong:?}");
    }
}

#[test]
fn a_context_with_ids_and_a_debug_id_are_preferred_to_a_decision_without_ids() {
    let rules = speaking(&[Propagation::B3, Propagation::Jaeger]);
    let with_ids = headers(&[("b3", "0"), ("uber-trace-id", "abc:de:0:1")]);
    for origin in [Origin::Internal, FROM_LISTED] {
        let taken = read(&with_ids, origin, &rules).0.unwrap().context;
        assert_eq!(
            (taken.trace_id.get(), taken.flags.bits(), taken.seed),
            (0xabc, 1, None)
        );
    }
    let with_debug_id = headers(&[("b3", "0"), ("jaeger-debug-id", "why"), ("uberctx-k", "v")]);
    let (taken, rejections) = read(&with_debug_id, Origin::Internal, &rules);
    let taken = SpanContext::from(taken.unwrap().context);
    assert_eq!(
        (taken.debug_id(), taken.baggage().get("k")),
        (Some("why"), Some("v"))
    );
    assert_eq!(rejections, []);
    let with_baggage = headers(&[("b3", "0"), ("uberctx-k", "v")]);
    let taken = read(&with_baggage, Origin::Internal, &rules).0.unwrap().context;
    assert_eq!((taken.flags.bits(), taken.baggage.get("k")), (0, Some("v")));
    assert_eq!(
        read(&with_baggage, FROM_LISTED, &rules).1,
        [Rejection::Baggage(1)]
    );
}
