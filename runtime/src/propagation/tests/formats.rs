//! The ways to write a context besides Jaeger's.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::properties::{any_context, any_headers};
use super::*;
use crate::propagation::{Extracted, HeaderNames, Propagation, inject_context};

const EACH: [Propagation; 3] = [Propagation::Jaeger, Propagation::B3, Propagation::W3c];
const TRACE: &str = "0123456789abcdeffedcba9876543210";
const SPAN: &str = "00000000000000de";

fn speaking(propagation: &[Propagation]) -> PropagationRules {
    PropagationRules {
        propagation: propagation.to_vec().into(),
        ..rules()
    }
}

fn written(context: &SpanContext, destination: Destination<'_>, rules: &PropagationRules) -> HeaderMap {
    let mut headers = HeaderMap::new();
    inject_context(&mut headers, Some(context), destination, rules);
    headers
}

fn read(
    headers: &HeaderMap,
    origin: Origin<'_>,
    rules: &PropagationRules,
) -> (Option<Extracted>, Vec<Rejection>) {
    let rejections = RefCell::new(Vec::new());
    let taken = extract_context(headers, origin, rules, &|rejection| {
        rejections.borrow_mut().push(rejection);
    });
    (taken, rejections.into_inner())
}

/// Ids and flags, or that the decision is ours.
fn ids(pairs: &[(&str, &str)], propagation: &[Propagation]) -> Option<(u128, u64, Option<u8>)> {
    let (taken, _) = read(&headers(pairs), Origin::Internal, &speaking(propagation));
    let Extracted { context, is_deferred } = taken?;
    let flags = (!is_deferred).then_some(context.flags().bits());
    Some((context.trace_id().get(), context.span_id().get(), flags))
}

fn context_of_128_bits(flags: u8) -> SpanContext {
    let mut context = context(flags, &[]);
    context.trace_id = TraceId::new(u128::from_str_radix(TRACE, 16).unwrap()).unwrap();
    context
}

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
fn what_is_malformed_is_no_context_and_one_count() {
    let zeros = "0".repeat(32);
    for (propagation, pairs) in [
        (Propagation::W3c, vec![("traceparent", String::new())]),
        (
            Propagation::W3c,
            vec![("traceparent", format!("ff-{TRACE}-{SPAN}-01"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{TRACE}-{SPAN}-01-"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("01-{TRACE}-{SPAN}-01x"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{TRACE}-{SPAN}-0"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{zeros}-{SPAN}-01"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{TRACE}-0000000000000000-01"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{}-{SPAN}-01", TRACE.to_uppercase()))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{SPAN}-{TRACE}-01"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00_{TRACE}_{SPAN}_01"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{TRACE}-{SPAN}-+1"))],
        ),
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{TRACE}-{SPAN}-01")); 2],
        ),
        (Propagation::B3, vec![("b3", String::new())]),
        (Propagation::B3, vec![("b3", "x".to_owned())]),
        (Propagation::B3, vec![("b3", "1-2-x".to_owned())]),
        (Propagation::B3, vec![("b3", "1-2-1-".to_owned())]),
        (Propagation::B3, vec![("b3", "1-2-1-3-4".to_owned())]),
        (Propagation::B3, vec![("b3", "0-2-1".to_owned())]),
        (Propagation::B3, vec![("b3", "1-0-1".to_owned())]),
        (Propagation::B3, vec![("b3", format!("{zeros}1-2-1"))]),
        (Propagation::B3, vec![("b3", "1-2-1".to_owned()); 2]),
        (Propagation::B3, vec![("b3", format!("{}1-2-1", " ".repeat(200)))]),
        (Propagation::B3, vec![("x-b3-traceid", "1".to_owned())]),
        (Propagation::B3, vec![("x-b3-spanid", "1".to_owned())]),
        (Propagation::B3, b3_pairs("0", "2", "1")),
        (Propagation::B3, b3_pairs("1", "x", "1")),
        (Propagation::B3, b3_pairs("1", "2", "d")),
    ] {
        let mut headers = HeaderMap::new();
        for (name, value) in &pairs {
            headers.append(*name, value.parse().unwrap());
        }
        for origin in [FROM_LISTED, Origin::Internal] {
            let taken = read(&headers, origin, &speaking(&[propagation]));
            assert_eq!(taken, (None, vec![Rejection::DecodingError]), "{pairs:?}");
        }
    }
}

fn b3_pairs(trace_id: &str, span_id: &str, sampled: &str) -> Vec<(&'static str, String)> {
    vec![
        ("x-b3-traceid", trace_id.to_owned()),
        ("x-b3-spanid", span_id.to_owned()),
        ("x-b3-sampled", sampled.to_owned()),
    ]
}

#[test]
fn the_first_way_that_can_be_read_wins_and_what_cannot_counts_once() {
    let all = headers(&[
        ("uber-trace-id", "1:1:0:1"),
        ("b3", "2-2-1"),
        ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
    ]);
    for (propagation, first) in [
        (&[Propagation::Jaeger, Propagation::B3][..], 1),
        (&[Propagation::B3, Propagation::Jaeger], 2),
        (&[Propagation::B3, Propagation::W3c], 2),
    ] {
        let (taken, rejections) = read(&all, Origin::Internal, &speaking(propagation));
        assert_eq!(taken.unwrap().context.trace_id().get(), first);
        assert_eq!(rejections, []);
    }
    let broken = headers(&[("uber-trace-id", "x"), ("traceparent", "x"), ("b3", "2-2-1")]);
    for origin in [FROM_LISTED, Origin::Internal] {
        let (taken, rejections) = read(
            &broken,
            origin,
            &speaking(&[Propagation::Jaeger, Propagation::W3c, Propagation::B3]),
        );
        assert_eq!(taken.unwrap().context.trace_id().get(), 2);
        assert_eq!(rejections, [Rejection::DecodingError]);
    }
    assert_eq!(read(&all, Origin::Internal, &speaking(&[])), (None, vec![]));
}

#[test]
fn a_way_that_is_not_configured_is_neither_read_nor_written() {
    for own in EACH {
        for other in EACH.into_iter().filter(|other| *other != own) {
            let headers = written(&context(1, &[]), Destination::Internal, &speaking(&[other]));
            assert_eq!(
                read(&headers, Origin::Internal, &speaking(&[own])),
                (None, vec![])
            );
        }
    }
}

#[test]
fn whatever_is_configured_everybody_else_gets_nothing_and_a_listed_homeserver_only_the_context() {
    for own in EACH {
        for destination in [UNLISTED, Destination::Client, Destination::ThirdParty] {
            let mut headers = crowded();
            inject_context(
                &mut headers,
                Some(&context(3, &[("k", "v")])),
                destination,
                &speaking(&[own]),
            );
            assert_eq!(headers.len(), 2, "{own} {destination:?}");
        }
        let mut headers = crowded();
        inject_context(&mut headers, None, LISTED, &speaking(&[own]));
        assert_eq!(headers.len(), 2, "{own}");
    }
}

#[test]
fn for_internal_the_names_of_the_configured_ways_are_removed_too() {
    for (own, left) in [
        (
            Propagation::B3,
            &["traceparent", "tracestate", "baggage", "sentry-trace"][..],
        ),
        (
            Propagation::W3c,
            &[
                "b3",
                "x-b3-",
                "x-b3-traceid",
                "x-b3-flags",
                "baggage",
                "sentry-trace",
            ],
        ),
    ] {
        let mut headers = crowded();
        inject_context(&mut headers, None, Destination::Internal, &speaking(&[own]));
        let names: Vec<_> = FAMILY
            .into_iter()
            .filter(|name| headers.contains_key(*name))
            .collect();
        let mut left = left.to_vec();
        left.sort_by_key(|name| FAMILY.iter().position(|other| other == name));
        assert_eq!(names, left, "{own}");
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
    assert!(context.baggage().is_empty());
    let onwards = written(&context, Destination::Internal, &w3c);
    assert_eq!(onwards["tracestate"], "a=1, b@c=2,d=3");
    assert_eq!(read(&onwards, Origin::Internal, &w3c).0.unwrap().context, context);
    let only_jaeger = written(&context, Destination::Internal, &rules());
    assert!(!only_jaeger.contains_key("tracestate"));
    assert!(!written(&context, LISTED, &w3c).contains_key("tracestate"));
    let (taken, rejections) = read(&headers, FROM_LISTED, &w3c);
    assert_eq!(taken.unwrap().context.baggage().tracestate(), None);
    assert_eq!(rejections, [Rejection::Baggage(1)]);
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
        ("a=1,,b=2", true),
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
            context.baggage().tracestate(),
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
    assert_eq!(taken.unwrap().context.baggage().tracestate(), None);
    assert_eq!(rejections, [Rejection::Baggage(1)]);
}

#[test]
fn configured_names_are_written_read_and_removed_and_the_usual_ones_removed_too() {
    let named = PropagationRules {
        names: HeaderNames {
            trace_context: "x-trace".into(),
            baggage_prefix: "x-ctx-".into(),
            debug_id: "x-debug".into(),
        },
        ..rules()
    };
    let sent = context(3, &[("k", "v")]);
    let headers = written(&sent, Destination::Internal, &named);
    let value = "0000000000000abc:00000000000000de:0:3";
    assert_eq!(
        texts(&headers),
        BTreeMap::from([("x-ctx-k", "v"), ("x-trace", value)])
    );
    assert_eq!(read(&headers, Origin::Internal, &named).0.unwrap().context, sent);
    assert_eq!(read(&headers, Origin::Internal, &rules()), (None, vec![]));
    let mut crowded = crowded();
    for name in ["x-trace", "x-ctx-k", "x-debug"] {
        crowded.insert(name, HeaderValue::from_static("theirs"));
    }
    inject_context(&mut crowded, None, UNLISTED, &named);
    assert_eq!(crowded.len(), 2);
    let asked = self::headers(&[("x-debug", "me"), ("jaeger-debug-id", "other")]);
    let (taken, _) = read(&asked, Origin::Internal, &named);
    assert_eq!(taken.unwrap().context.debug_id(), Some("me"));
}

fn any_propagation() -> impl Strategy<Value = Vec<Propagation>> {
    prop::collection::vec(prop::sample::select(&EACH[..]), 1..4)
}

fn any_contexts_headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop::sample::select(vec![
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-sampled",
        "x-b3-flags",
        "traceparent",
        "tracestate",
        "uber-trace-id",
    ]);
    let value = prop_oneof![
        "[0-9a-f]{1,32}-[0-9a-f]{1,16}(-[01dx])?(-[0-9a-f]{0,16})?",
        "(00|01|ff)-[0-9a-f]{32}-[0-9a-f]{16}-0[01](-x)?",
        "[0-9a-f]{1,32}:[0-9a-f]{1,16}:0:[0-9a-f]",
        "[0-9a-f]{1,32}",
        "[01d]",
        "([a-z]{1,3}=[a-z]{0,3},?){0,4}",
        "\\PC{0,20}",
    ];
    (any_headers(), prop::collection::vec((name, value), 0..8)).prop_map(|(mut headers, pairs)| {
        for (name, value) in pairs {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        headers
    })
}

proptest! {
    #[test]
    fn in_every_way_the_round_trip_keeps_ids_baggage_and_the_flags_that_it_has(
        context in any_context(),
        mut headers in any_headers(),
        propagation in any_propagation(),
    ) {
        let rules = speaking(&propagation);
        inject_context(&mut headers, Some(&context), Destination::Internal, &rules);
        let (taken, rejections) = read(&headers, Origin::Internal, &rules);
        prop_assert_eq!(rejections, vec![]);
        let Extracted { context: taken, is_deferred } = taken.unwrap();
        let is_debug = context.flags().contains(TraceFlags::FORCED);
        let mask = match propagation[0] {
            Propagation::Jaeger => 0x0f,
            Propagation::B3 if is_debug => 3,
            Propagation::B3 | Propagation::W3c => 1,
        };
        let mut expected = context;
        expected.flags = expected.flags.intersection(TraceFlags::from_bits(mask));
        prop_assert_eq!(taken, expected);
        prop_assert!(!is_deferred);
    }

    #[test]
    fn no_headers_make_extraction_panic_or_widen_trust_in_any_way(
        headers in any_contexts_headers(),
        propagation in any_propagation(),
    ) {
        let rules = speaking(&propagation);
        for origin in [FROM_LISTED, FROM_UNLISTED, Origin::Internal, Origin::Client] {
            let (taken, rejections) = read(&headers, origin, &rules);
            let unreadable = rejections.iter().filter(|rejection| **rejection == Rejection::DecodingError);
            prop_assert!(unreadable.count() <= 1);
            match (origin, taken) {
                (Origin::Client | FROM_UNLISTED, taken) => prop_assert_eq!(taken, None),
                (Origin::AuthenticatedHomeserver(_), Some(Extracted { context, is_deferred })) => {
                    prop_assert!(context.baggage() == &crate::Baggage::default());
                    prop_assert!(context.flags().bits() <= u8::from(!is_deferred));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn for_everybody_else_nothing_of_the_family_remains_in_any_way(
        context in any_context(),
        mut headers in any_contexts_headers(),
        propagation in any_propagation(),
    ) {
        for destination in [UNLISTED, Destination::Client, Destination::ThirdParty] {
            inject_context(&mut headers, Some(&context), destination, &speaking(&propagation));
            for name in headers.keys() {
                prop_assert!(!super::properties::is_of_the_family(name.as_str()), "{} remains", name);
            }
        }
    }
}
