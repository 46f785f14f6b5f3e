use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::baggage::{MAX_BYTES, MAX_ITEMS};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::whitelist::Whitelist;

pub(super) const LISTED: Destination<'_> = Destination::Homeserver("sub.trusted.example:8448");
pub(super) const UNLISTED: Destination<'_> = Destination::Homeserver("trusted.example.evil.example");
pub(super) const FROM_LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("Trusted.example");
pub(super) const FROM_UNLISTED: Origin<'_> = Origin::AuthenticatedHomeserver("evil.example");

pub(super) const FAMILY: [&str; 14] = [
    "uber-trace-id",
    "uberctx-",
    "uberctx-synapse-force-tracing",
    "jaeger-debug-id",
    "jaeger-baggage",
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-",
    "x-b3-traceid",
    "x-b3-flags",
    "sentry-trace",
    "synapse-trace-id",
];

pub(super) fn rules() -> PropagationRules {
    PropagationRules {
        whitelist: Whitelist::new(["trusted.example"]).unwrap(),
        ..PropagationRules::default()
    }
}

fn context(flags: u8, baggage: &[(&str, &str)]) -> SpanContext {
    let mut context = SpanContext::remote(
        TraceId::new(0xabc).unwrap(),
        SpanId::new(0xde).unwrap(),
        TraceFlags::from_bits(flags),
    );
    for (key, value) in baggage {
        context.baggage = context.baggage.with(key, value).unwrap();
    }
    context
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            value.parse().unwrap(),
        );
    }
    headers
}

fn texts(headers: &HeaderMap) -> BTreeMap<&str, &str> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect()
}

pub(super) fn extract<C: Carrier>(carrier: &C, origin: Origin<'_>) -> (Option<SpanContext>, Vec<Rejection>) {
    let rejections = RefCell::new(Vec::new());
    let context = extract_context(carrier, origin, &rules(), &|rejection| {
        rejections.borrow_mut().push(rejection);
    });
    (context, rejections.into_inner())
}

/// Headers that hold every name of the family, and two that are none of our business.
fn crowded() -> HeaderMap {
    let mut headers = headers(&[("content-type", "a/b"), ("x-b4-traceid", "1")]);
    for name in FAMILY {
        headers.append(name, HeaderValue::from_static("theirs"));
        headers.append(name, HeaderValue::from_static("again"));
    }
    headers
}

#[test]
fn a_listed_homeserver_gets_the_context_with_only_the_sampled_flag_and_no_baggage() {
    for (flags, shown) in [(0x0f, "1"), (0x0e, "0"), (0x01, "1"), (0xff, "1"), (0, "0")] {
        let mut headers = HeaderMap::new();
        inject_context(
            &mut headers,
            Some(&context(flags, &[("k", "v")])),
            LISTED,
            &rules(),
        );
        let value = format!("0000000000000abc:00000000000000de:0:{shown}");
        assert_eq!(
            texts(&headers),
            BTreeMap::from([("uber-trace-id", value.as_str())])
        );
    }
}

#[test]
fn internal_gets_all_flags_and_encoded_baggage() {
    let context = context(0xfb, &[("Force", "1"), ("k", "value 1 / blah+ü")]);
    let mut headers = HeaderMap::new();
    inject_context(&mut headers, Some(&context), Destination::Internal, &rules());
    assert_eq!(
        texts(&headers),
        BTreeMap::from([
            ("uber-trace-id", "0000000000000abc:00000000000000de:0:b"),
            ("uberctx-force", "1"),
            ("uberctx-k", "value%201%20%2F%20blah%2B%C3%BC"),
        ])
    );
    let mut map = BTreeMap::new();
    inject_context(&mut map, Some(&context), Destination::Internal, &rules());
    assert_eq!(map["uberctx-k"], "value 1 / blah+ü");
}

#[test]
fn everybody_else_gets_nothing_whatever_was_there() {
    for destination in [UNLISTED, Destination::Client, Destination::ThirdParty] {
        let mut headers = crowded();
        inject_context(
            &mut headers,
            Some(&context(3, &[("k", "v")])),
            destination,
            &rules(),
        );
        assert_eq!(
            texts(&headers),
            BTreeMap::from([("content-type", "a/b"), ("x-b4-traceid", "1")])
        );
    }
}

#[test]
fn the_family_is_removed_also_when_there_is_no_context() {
    for destination in [LISTED, UNLISTED, Destination::Client, Destination::ThirdParty] {
        let mut headers = crowded();
        inject_context(&mut headers, None, destination, &rules());
        assert_eq!(headers.len(), 2, "{destination:?}");
    }
}

#[test]
fn for_internal_only_the_names_that_we_write_are_removed() {
    let mut headers = crowded();
    inject_context(&mut headers, None, Destination::Internal, &rules());
    let left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    for name in FAMILY {
        let is_foreign =
            !name.starts_with("uber") && !name.starts_with("jaeger") && name != "synapse-trace-id";
        assert_eq!(left.contains(&name), is_foreign, "{name}");
    }
}

#[test]
fn a_context_replaces_all_that_was_there_under_its_name() {
    for destination in [LISTED, Destination::Internal] {
        let mut headers = crowded();
        inject_context(&mut headers, Some(&context(1, &[])), destination, &rules());
        let values: Vec<_> = headers.get_all("uber-trace-id").iter().collect();
        assert_eq!(values, ["0000000000000abc:00000000000000de:0:1"]);
    }
}

#[test]
fn names_in_text_maps_are_removed_and_read_in_any_case() {
    let names = FAMILY.map(|name| name.to_uppercase());
    let mut map: HashMap<String, String> = names
        .iter()
        .map(|name| (name.clone(), "theirs".to_owned()))
        .collect();
    inject_context(&mut map, None, UNLISTED, &rules());
    assert_eq!(map, HashMap::new());

    let mut map = BTreeMap::from([("Uber-Trace-Id".to_owned(), "1:2:0:1".to_owned())]);
    assert!(extract(&map, Origin::Internal).0.is_some());
    map.insert("uber-trace-id".to_owned(), "1:2:0:1".to_owned());
    assert_eq!(
        extract(&map, Origin::Internal),
        (None, vec![Rejection::DecodingError])
    );
    inject_context(&mut map, Some(&context(1, &[])), LISTED, &rules());
    assert_eq!(map.len(), 1);
}

#[test]
fn the_trace_id_header_goes_to_internal_and_when_configured_to_clients() {
    let configured = PropagationRules {
        client_trace_id: true,
        ..rules()
    };
    let custom = PropagationRules {
        trace_id_header: "X-Trace".into(),
        ..rules()
    };
    let id = TraceId::new(0xabc);
    for (destination, rules, id, expected) in [
        (
            Destination::Internal,
            &rules(),
            id,
            Some(("synapse-trace-id", "abc")),
        ),
        (Destination::Internal, &custom, id, Some(("x-trace", "abc"))),
        (Destination::Internal, &rules(), None, None),
        (
            Destination::Client,
            &configured,
            id,
            Some(("synapse-trace-id", "abc")),
        ),
        (Destination::Client, &rules(), id, None),
        (LISTED, &configured, id, None),
        (UNLISTED, &configured, id, None),
        (Destination::ThirdParty, &configured, id, None),
    ] {
        let mut headers = crowded();
        if rules.trace_id_header == custom.trace_id_header {
            headers = self::headers(&[("X-Trace", "theirs"), ("uberctx-a", "theirs")]);
        }
        inject_trace_id_header(&mut headers, id, destination, rules);
        for foreign in [
            "traceparent",
            "tracestate",
            "baggage",
            "b3",
            "sentry-trace",
            "x-b3-",
            "x-b3-traceid",
        ] {
            assert!(destination == Destination::Internal || !headers.contains_key(foreign));
        }
        let ours: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .filter(|(name, _)| name.starts_with("uber") || name.ends_with("-trace-id") || *name == "x-trace")
            .collect();
        assert_eq!(ours, Vec::from_iter(expected), "{destination:?}");
    }
}

#[test]
fn from_a_listed_homeserver_only_ids_and_the_sampled_flag_are_taken() {
    let headers = headers(&[
        ("uber-trace-id", "abc:de:5:f"),
        ("uberctx-synapse-force-tracing", "1"),
        ("uberctx-k", "v"),
        ("jaeger-baggage", "a=b"),
        ("jaeger-debug-id", "x"),
    ]);
    let (taken, rejections) = extract(&headers, FROM_LISTED);
    let taken = taken.unwrap();
    assert_eq!(taken, context(1, &[]));
    assert!(taken.is_remote() && !taken.is_forced());
    assert_eq!(rejections, [Rejection::Baggage(3)]);
}

#[test]
fn from_an_unlisted_homeserver_and_from_clients_nothing_is_taken() {
    for (origin, rejection) in [
        (FROM_UNLISTED, Rejection::UnlistedOrigin),
        (Origin::AuthenticatedHomeserver(""), Rejection::UnlistedOrigin),
        (Origin::Client, Rejection::FromClient),
    ] {
        let headers = headers(&[("uber-trace-id", "abc:de:0:1"), ("uberctx-k", "v")]);
        assert_eq!(extract(&headers, origin), (None, vec![rejection]));
        assert_eq!(extract(&HeaderMap::new(), origin), (None, vec![]));
    }
}

#[test]
fn from_internal_all_is_taken() {
    let headers = headers(&[
        ("Uber-Trace-Id", "abc:de:0:fb"),
        ("uberctx-synapse-force-tracing", "1"),
        ("uberctx-K", "a%20b+c%2B%zz%"),
    ]);
    let (taken, rejections) = extract(&headers, Origin::Internal);
    let taken = taken.unwrap();
    assert!(taken.is_forced());
    let expected = context(0x0b, &[("synapse-force-tracing", "1"), ("k", "a b c+%zz%")]);
    assert_eq!((taken, rejections), (expected, vec![]));
}

#[test]
fn odd_but_lawful_contexts_are_read() {
    let long = format!("{}1:{}2:{}:01", "0".repeat(31), "0".repeat(15), "f".repeat(16));
    for text in [
        "1:2:0:1",
        "0001:0002:0003:1",
        " 1:2:0:1\t",
        "1%3A2%3a0%3A1",
        "1:2%3A0:1",
        &long,
    ] {
        let taken = extract(&headers(&[("uber-trace-id", text)]), FROM_LISTED)
            .0
            .unwrap();
        assert_eq!((taken.trace_id().get(), taken.span_id().get()), (1, 2), "{text}");
        assert!(taken.is_sampled());
    }
    let upper = headers(&[("uber-trace-id", "FEDCBA98765432100123456789ABCDEF:DE:0:8")]);
    let taken = extract(&upper, Origin::Internal).0.unwrap();
    assert_eq!(taken.trace_id().get(), 0xfedc_ba98_7654_3210_0123_4567_89ab_cdef);
    assert_eq!(taken.flags(), TraceFlags::FIREHOSE);
}

#[test]
fn bad_input_is_no_context_and_one_count() {
    let over_long = format!("{}1:2:0:1", " ".repeat(200));
    let (trace_33, span_17) = (
        format!("{}1:2:0:1", "0".repeat(32)),
        format!("1:{}1:0:1", "0".repeat(16)),
    );
    for text in [
        "",
        " ",
        ":",
        ":::",
        "0:2:0:1",
        "1:0:0:1",
        "1:2:0",
        "1:2:0:1:0",
        "1:2::1",
        "1:2:0:",
        "-1:2:0:1",
        "1:-2:0:1",
        "+1:2:0:1",
        "1:2:0:+1",
        "0x1:2:0:1",
        "1: 2:0:1",
        "1_0:2:0:1",
        "1zz:2:0:1",
        "1:2:0:100",
        "1:2:0:001",
        "1%3B2%3A0%3A1",
        "1%3",
        "%",
        "%31:2:0:1",
        "1:2:g:1",
        &trace_33,
        &span_17,
        &over_long,
    ] {
        for origin in [FROM_LISTED, Origin::Internal] {
            let headers = headers(&[("uber-trace-id", text), ("uberctx-k", "v")]);
            assert_eq!(
                extract(&headers, origin),
                (None, vec![Rejection::DecodingError]),
                "{text:?}"
            );
        }
    }
    let map = BTreeMap::from([("uber-trace-id".to_owned(), "1%3A2%3A0%3A1".to_owned())]);
    assert_eq!(
        extract(&map, Origin::Internal),
        (None, vec![Rejection::DecodingError])
    );
}

#[test]
fn several_contexts_are_no_context_and_one_count() {
    let headers = headers(&[("uber-trace-id", "1:2:0:1"), ("uber-trace-id", "1:2:0:1")]);
    assert_eq!(
        extract(&headers, Origin::Internal),
        (None, vec![Rejection::DecodingError])
    );
}

#[test]
fn baggage_beyond_the_bounds_or_unreadable_is_dropped_and_counted_and_the_rest_kept() {
    let mut headers = headers(&[
        ("uber-trace-id", "abc:de:0:1"),
        ("uberctx-twice", "1"),
        ("uberctx-twice", "2"),
    ]);
    headers.insert("uberctx-bytes", HeaderValue::from_bytes(b"\xff").unwrap());
    headers.insert("uberctx-not-utf8", HeaderValue::from_static("%ff"));
    headers.insert("uberctx-", HeaderValue::from_static("v"));
    headers.insert("uberctx-long", "v".repeat(MAX_BYTES).parse().unwrap());
    for n in 0..MAX_ITEMS + 3 {
        headers.insert(
            HeaderName::from_bytes(format!("uberctx-{n}").as_bytes()).unwrap(),
            HeaderValue::from_static("v"),
        );
    }
    let (taken, rejections) = extract(&headers, Origin::Internal);
    assert_eq!(taken.unwrap().baggage().iter().count(), MAX_ITEMS);
    assert_eq!(rejections, [Rejection::Baggage(5 + 3)]);
}

#[test]
fn a_full_header_map_is_no_panic() {
    let mut headers = HeaderMap::new();
    for n in 0.. {
        let name = HeaderName::from_bytes(format!("x-{n}").as_bytes()).unwrap();
        if headers.try_insert(name, HeaderValue::from_static("v")).is_err() {
            break;
        }
    }
    inject_context(
        &mut headers,
        Some(&context(1, &[("k", "v")])),
        Destination::Internal,
        &rules(),
    );
    assert_eq!(texts(&headers).get("uber-trace-id"), None);
}

#[test]
fn a_context_is_written_in_one_allocation_of_its_exact_size() {
    for id in [1, u128::MAX] {
        let context = SpanContext::remote(
            TraceId::new(id).unwrap(),
            SpanId::new(1).unwrap(),
            TraceFlags::FORCED,
        );
        let text = jaeger::encode(&context, jaeger::KNOWN_FLAGS);
        assert_eq!(text.len(), text.capacity());
    }
}
