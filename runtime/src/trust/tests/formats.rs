//! Tests of several formats in one carrier, and of which one wins.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::properties::{any_context, any_headers};
use super::*;
use crate::codec::header_names::HeaderNames;
use crate::codec::propagation::Propagation;
use crate::trust::extract::ExtractedContext;
use crate::trust::inject::inject_context;

const EACH: [Propagation; 3] = [Propagation::Jaeger, Propagation::B3, Propagation::W3c];
pub(super) const TRACE: &str = "0123456789abcdeffedcba9876543210";
pub(super) const SPAN: &str = "00000000000000de";

pub(super) fn speaking(propagation: &[Propagation]) -> PropagationRules {
    PropagationRules {
        propagation: propagation.to_vec().into(),
        ..rules()
    }
}

pub(super) fn written(
    context: &TraceContext,
    destination: Destination<'_>,
    rules: &PropagationRules,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    inject_context(&mut headers, Some(context), destination, rules);
    headers
}

pub(super) fn read(
    headers: &HeaderMap,
    origin: Origin<'_>,
    rules: &PropagationRules,
) -> (Option<ExtractedContext>, Vec<Rejection>) {
    let rejections = RefCell::new(Vec::new());
    let taken = extract_context(headers, origin, rules, &|rejection| {
        rejections.borrow_mut().push(rejection);
    });
    (taken, rejections.into_inner())
}

/// Ids and flags; `None` for the flags if the decision is ours.
pub(super) fn ids(pairs: &[(&str, &str)], propagation: &[Propagation]) -> Option<(u128, u64, Option<u8>)> {
    let (taken, _) = read(&headers(pairs), Origin::Internal, &speaking(propagation));
    let ExtractedContext { context, is_deferred } = taken?;
    let flags = (!is_deferred).then_some(context.flags.bits());
    Some((context.trace_id.get(), context.span_id.get(), flags))
}

pub(super) fn context_of_128_bits(flags: u8) -> TraceContext {
    let mut context = context(flags, &[]);
    context.trace_id = TraceId::new(u128::from_str_radix(TRACE, 16).unwrap()).unwrap();
    context
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
            vec![(
                "traceparent",
                format!("00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-00"),
            )],
        ),
        (Propagation::B3, vec![("b3", String::new())]),
        (Propagation::B3, vec![("b3", "x".to_owned())]),
        (Propagation::B3, vec![("b3", "1-2-x".to_owned())]),
        (Propagation::B3, vec![("b3", "1-2-1-".to_owned())]),
        (Propagation::B3, vec![("b3", "1-2-1-3-4".to_owned())]),
        (Propagation::B3, vec![("b3", "0-2-1".to_owned())]),
        (Propagation::B3, vec![("b3", "1-0-1".to_owned())]),
        (Propagation::B3, vec![("b3", format!("{zeros}1-2-1"))]),
        (Propagation::B3, vec![("b3", "1-2-1, 1-2-0".to_owned())]),
        (
            Propagation::B3,
            vec![("b3", "1-2-1".to_owned()), ("b3", "1-2-0".to_owned())],
        ),
        (Propagation::B3, b3_pairs("1,2", "2", "1")),
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

#[test]
fn equal_copies_of_a_header_are_one_in_every_format() {
    for (propagation, pairs) in [
        (
            Propagation::W3c,
            vec![("traceparent", format!("00-{TRACE}-{SPAN}-01"))],
        ),
        (Propagation::B3, vec![("b3", format!("{TRACE}-{SPAN}-1"))]),
        (Propagation::B3, b3_pairs(TRACE, SPAN, "1")),
        (
            Propagation::Jaeger,
            vec![("uber-trace-id", format!("{TRACE}:{SPAN}:0:1"))],
        ),
    ] {
        let (mut twice, mut joined) = (HeaderMap::new(), HeaderMap::new());
        for (name, value) in &pairs {
            twice.append(*name, value.parse().unwrap());
            twice.append(*name, value.parse().unwrap());
            joined.append(*name, format!("{value}, {value}").parse().unwrap());
        }
        for headers in [twice, joined] {
            let (taken, rejections) = read(&headers, FROM_LISTED, &speaking(&[propagation]));
            assert_eq!(
                taken.map(|taken| taken.context),
                Some(context_of_128_bits(1)),
                "{headers:?}"
            );
            assert_eq!(rejections, []);
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
        assert_eq!(taken.unwrap().context.trace_id.get(), first);
        assert_eq!(rejections, []);
    }
    let broken = headers(&[("uber-trace-id", "x"), ("traceparent", "x"), ("b3", "2-2-1")]);
    for origin in [FROM_LISTED, Origin::Internal] {
        let (taken, rejections) = read(
            &broken,
            origin,
            &speaking(&[Propagation::Jaeger, Propagation::W3c, Propagation::B3]),
        );
        assert_eq!(taken.unwrap().context.trace_id.get(), 2);
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
    assert_eq!(SpanContext::from(taken.unwrap().context).debug_id(), Some("me"));
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
        let ExtractedContext { context: taken, is_deferred } = taken.unwrap();
        let is_debug = context.flags.contains(TraceFlags::FORCED);
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
        for origin in [FROM_LISTED, FROM_UNLISTED, Origin::Internal, Origin::Unauthenticated] {
            let (taken, rejections) = read(&headers, origin, &rules);
            let unreadable = rejections.iter().filter(|rejection| **rejection == Rejection::DecodingError);
            prop_assert!(unreadable.count() <= 1);
            match (origin, taken) {
                (Origin::Unauthenticated | FROM_UNLISTED, taken) => prop_assert_eq!(taken, None),
                (Origin::AuthenticatedHomeserver(_), Some(ExtractedContext { context, is_deferred })) => {
                    prop_assert!(context.baggage == crate::model::baggage::Baggage::default());
                    prop_assert!(context.flags.bits() <= u8::from(!is_deferred));
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
