//! Tests of the W3C's Trace Context.

use super::formats::{SPAN, TRACE, context_of_128_bits, ids, read, speaking, written};
use super::*;
use crate::codec::propagation::Propagation;

#[test]
fn a_traceparent_is_padded_and_has_the_sampled_flag_only() {
    let w3c = speaking(&[Propagation::W3c]);
    for (flags, shown) in [(0, "00"), (1, "01"), (3, "01"), (0xfe, "00")] {
        for destination in [LISTED, Destination::Internal] {
            let headers = written(&context_of_128_bits(flags), destination, &w3c);
            let expected = format!("00-{TRACE}-{SPAN}-{shown}");
            assert_eq!(texts(&headers), BTreeMap::from([("traceparent", &*expected)]));
        }
    }
    let headers = written(&context(1, &[]), LISTED, &w3c);
    assert_eq!(
        headers["traceparent"],
        "00-00000000000000000000000000000abc-00000000000000de-01"
    );
}

#[test]
fn a_traceparent_is_read_by_the_letter_and_versions_to_come_by_what_is_known() {
    let known = format!("00-{TRACE}-{SPAN}-01");
    let later = format!("cc-{TRACE}-{SPAN}-03-what-comes-then");
    let unsampled = format!("01-{TRACE}-{SPAN}-02");
    let trace = u128::from_str_radix(TRACE, 16).unwrap();
    for (text, flags) in [(&known, 1), (&later, 1), (&unsampled, 0)] {
        let taken = ids(&[("traceparent", text)], &[Propagation::W3c]);
        assert_eq!(taken, Some((trace, 0xde, Some(flags))), "{text}");
    }
}

#[test]
fn a_tracestate_is_passed_on_among_ourselves_and_to_nobody_else() {
    let w3c = speaking(&[Propagation::Jaeger, Propagation::W3c]);
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let mut headers = headers(&[("traceparent", &parent), ("tracestate", "a=1, b@c=2")]);
    headers.append("tracestate", HeaderValue::from_static("d=3"));
    let (taken, rejections) = read(&headers, Origin::Internal, &w3c);
    assert_eq!(rejections, []);
    let context = taken.unwrap().context;
    assert!(context.baggage.is_empty());
    let onwards = written(&context, Destination::Internal, &w3c);
    assert_eq!(onwards["tracestate"], "a=1,b@c=2,d=3");
    assert_eq!(read(&onwards, Origin::Internal, &w3c).0.unwrap().context, context);
    let only_jaeger = written(&context, Destination::Internal, &rules());
    assert!(!only_jaeger.contains_key("tracestate"));
    assert!(!written(&context, LISTED, &w3c).contains_key("tracestate"));
    let (taken, rejections) = read(&headers, FROM_LISTED, &w3c);
    assert_eq!(taken.unwrap().context.baggage.tracestate(), None);
    assert_eq!(rejections, [Rejection::Baggage(1)]);
}

#[test]
fn a_tracestate_is_kept_without_what_is_between_its_members() {
    let w3c = speaking(&[Propagation::W3c]);
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let spaces = " ".repeat(100_000);
    for state in [&format!("a=1{spaces},b=2"), "a=1,,\tb=2 ,"] {
        let headers = headers(&[("traceparent", &parent), ("tracestate", state)]);
        let context = read(&headers, Origin::Internal, &w3c).0.unwrap().context;
        assert!(context.baggage.tracestate() == Some("a=1,b=2"), "{}", state.len());
    }
}

#[test]
fn a_wrong_tracestate_is_dropped_and_counted_and_the_context_kept() {
    let w3c = speaking(&[Propagation::Jaeger, Propagation::W3c]);
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let many: Vec<String> = (0..33).map(|n| format!("k{n}=v")).collect();
    let enough = many[..32].join(",");
    let (many, long_key, long_value) = (
        many.join(","),
        format!("{}=1", "k".repeat(257)),
        format!("k={}", "v".repeat(257)),
    );
    let largest = format!("{}={}", "k".repeat(256), "v".repeat(256));
    for (state, is_taken) in [
        ("a=1", true),
        ("0a/b*c-d_e=!~", true),
        (&enough, true),
        (&largest, true),
        ("", false),
        (",", false),
        ("a", false),
        ("A=1", false),
        ("a=", false),
        ("a=1=2", false),
        ("a=1,a=2", false),
        ("_a=1", false),
        (&many, false),
        (&long_key, false),
        (&long_value, false),
        (&",".repeat(100), false),
    ] {
        let headers = headers(&[("traceparent", &parent), ("tracestate", state)]);
        let (taken, rejections) = read(&headers, Origin::Internal, &w3c);
        let context = taken.unwrap().context;
        assert_eq!(
            context.baggage.tracestate(),
            is_taken.then_some(state),
            "{state:?}"
        );
        let expected = Vec::from_iter((!is_taken).then_some(Rejection::Baggage(1)));
        assert_eq!(rejections, expected, "{state:?}");
    }
    let of_another = headers(&[
        ("uber-trace-id", "1:2:0:1"),
        ("traceparent", &parent),
        ("tracestate", "a=1"),
    ]);
    let (taken, rejections) = read(&of_another, Origin::Internal, &w3c);
    assert_eq!(taken.unwrap().context.baggage.tracestate(), None);
    assert_eq!(rejections, [Rejection::Baggage(1)]);
}
