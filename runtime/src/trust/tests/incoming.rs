//! Tests of incoming contexts.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::model::baggage::Baggage;

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
    assert_eq!(taken, context(1, &[]).into());
    assert!(taken.is_remote() && !taken.is_forced());
    assert_eq!(rejections, [Rejection::DebugId, Rejection::Baggage(3)]);
}

#[test]
fn from_an_unlisted_homeserver_and_from_clients_nothing_is_taken() {
    for (origin, rejection) in [
        (FROM_UNLISTED, Rejection::UnlistedOrigin),
        (Origin::AuthenticatedHomeserver(""), Rejection::UnlistedOrigin),
        (Origin::Unauthenticated, Rejection::Unauthenticated),
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
    assert_eq!((taken, rejections), (expected.into(), vec![]));
}

#[test]
fn odd_but_lawful_contexts_are_read() {
    let long = format!("{}1:{}2:{}:01", "0".repeat(31), "0".repeat(15), "f".repeat(16));
    for text in [
        "1:2:0:1",
        "0001:0002:0003:3",
        "1:2:0:ff",
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
    let upper = headers(&[("UBER-TRACE-ID", "FEDCBA98765432100123456789ABCDEF:DE:0:8")]);
    let from_listed = extract(&upper, FROM_LISTED).0.unwrap();
    assert!(!from_listed.is_sampled() && from_listed.flags().bits() == 0);
    let taken = extract(&upper, Origin::Internal).0.unwrap();
    assert_eq!(taken.trace_id().get(), 0xfedc_ba98_7654_3210_0123_4567_89ab_cdef);
    assert_eq!(taken.flags(), TraceFlags::FIREHOSE);
}

#[test]
fn bad_input_is_no_context_and_one_count() {
    let over_long = format!("{}1:2:0:1", " ".repeat(200));
    let (trace_33, span_17, parent_17) = (
        format!("{}1:2:0:1", "0".repeat(32)),
        format!("1:{}1:0:1", "0".repeat(16)),
        format!("1:2:{}1:1", "0".repeat(16)),
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
        "1:2:-3:1",
        "1:2:0:-1",
        "+1:2:0:1",
        "1:+2:0:1",
        "1:2:+0:1",
        "1:2:0:+1",
        "0x1:2:0:1",
        "1:0x2:0:1",
        "1:2:0:0x1",
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
        &parent_17,
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
    for values in [
        &["1:2:0:1", "1:2:0:0"][..],
        &["1:2:0:1, 1:2:0:0"],
        &["1:2:0:1,"],
        &["1:2:0:1", "1:2:0:1,1:3:0:1"],
        &["1:2:0:1", "1:2:0:1", "x"],
    ] {
        let pairs: Vec<_> = values.iter().map(|value| ("uber-trace-id", *value)).collect();
        assert_eq!(
            extract(&headers(&pairs), Origin::Internal),
            (None, vec![Rejection::DecodingError]),
            "{values:?}"
        );
    }
}

#[test]
fn equal_copies_of_a_context_are_one() {
    for values in [
        &["1:2:0:1", "1:2:0:1"][..],
        &["1:2:0:1", "1:2:0:1", "1:2:0:1"],
        &["1:2:0:1,1:2:0:1"],
        &["1:2:0:1, 1:2:0:1"],
        &["1:2:0:1 ", "1:2:0:1,1:2:0:1"],
    ] {
        let pairs: Vec<_> = values.iter().map(|value| ("uber-trace-id", *value)).collect();
        let (taken, rejections) = extract(&headers(&pairs), FROM_LISTED);
        assert_eq!(
            (taken.map(|taken| taken.trace_id().get()), rejections),
            (Some(1), vec![]),
            "{values:?}"
        );
    }
    let map = BTreeMap::from(
        ["Uber-Trace-Id", "uber-trace-id"].map(|name| (name.to_owned(), "1:2:0:1".to_owned())),
    );
    assert!(extract(&map, Origin::Internal).0.is_some());
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
    headers.insert("uberctx-long", "v".repeat(Baggage::MAX_BYTES).parse().unwrap());
    for n in 0..Baggage::MAX_ITEMS + 3 {
        headers.insert(
            HeaderName::from_bytes(format!("uberctx-{n}").as_bytes()).unwrap(),
            HeaderValue::from_static("v"),
        );
    }
    let (taken, rejections) = extract(&headers, Origin::Internal);
    assert_eq!(taken.unwrap().baggage().iter().count(), Baggage::MAX_ITEMS);
    assert_eq!(rejections, [Rejection::Baggage(5 + 3)]);
}

#[test]
fn baggage_written_by_hand_is_split_and_trimmed_and_what_is_no_pair_is_dropped_and_counted() {
    let mut by_hand = headers(&[("jaeger-baggage", "k1=v1, k2 = v%202 ,k3=v=3,k4,,K1=again")]);
    let (taken, rejections) = extract(&by_hand, Origin::Internal);
    let expected = [("k1", "again"), ("k2", "v 2")];
    assert_eq!(taken.unwrap().baggage().iter().collect::<Vec<_>>(), expected);
    assert_eq!(rejections, [Rejection::Baggage(2)]);

    by_hand.insert("uber-trace-id", HeaderValue::from_static("abc:de:0:1"));
    by_hand.insert("uberctx-k0", HeaderValue::from_static("v0"));
    let expected = context(1, &[("k0", "v0"), ("k1", "again"), ("k2", "v 2")]);
    assert_eq!(extract(&by_hand, Origin::Internal).0, Some(expected.into()));

    by_hand.append("jaeger-baggage", HeaderValue::from_static("k=v"));
    let (taken, rejections) = extract(&by_hand, Origin::Internal);
    assert_eq!(taken, Some(context(1, &[("k0", "v0")]).into()));
    assert_eq!(rejections, [Rejection::Baggage(1)]);
}

#[test]
fn in_a_text_map_nothing_is_unescaped() {
    let map = BTreeMap::from([
        ("jaeger-debug-id".to_owned(), "a%20b".to_owned()),
        ("jaeger-baggage".to_owned(), "k=%41".to_owned()),
    ]);
    let taken = extract(&map, Origin::Internal).0.unwrap();
    assert_eq!(
        (taken.debug_id(), taken.baggage().get("k")),
        (Some("a%20b"), Some("%41"))
    );
}

#[test]
fn a_debug_id_counts_only_without_a_context_that_can_be_read() {
    let with = |trace: &str| {
        extract(
            &headers(&[("jaeger-debug-id", "my%20id"), ("uber-trace-id", trace)]),
            Origin::Internal,
        )
    };
    assert_eq!(with("abc:de:0:0"), (Some(context(0, &[]).into()), vec![]));
    let (taken, rejections) = with("garbage");
    let taken = taken.unwrap();
    assert_eq!((taken.debug_id(), taken.flags().bits()), (Some("my id"), 3));
    assert_eq!(rejections, [Rejection::DecodingError]);

    let empty = headers(&[("jaeger-debug-id", "")]);
    assert_eq!(extract(&empty, Origin::Internal), (None, vec![]));
    let two = headers(&[("jaeger-debug-id", "a"), ("jaeger-debug-id", "b")]);
    let no_text = headers(&[("jaeger-debug-id", "%ff")]);
    for wrong in [two, no_text] {
        assert_eq!(
            extract(&wrong, Origin::Internal),
            (None, vec![Rejection::DecodingError])
        );
    }
}
