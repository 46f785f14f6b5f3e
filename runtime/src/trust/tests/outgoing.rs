//! Tests of outgoing contexts.

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::codec::jaeger;
use crate::trust::inject::{inject_context, inject_trace_id_header};

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
    map.insert("uber-trace-id".to_owned(), "1:2:0:0".to_owned());
    assert_eq!(
        extract(&map, Origin::Internal),
        (None, vec![Rejection::DecodingError])
    );
    inject_context(&mut map, Some(&context(1, &[])), LISTED, &rules());
    assert_eq!(map.len(), 1);
}

#[test]
fn the_usual_trace_id_header_is_removed_also_where_another_one_is_configured() {
    let custom = PropagationRules {
        trace_id_header: "X-Trace".into(),
        ..rules()
    };
    let usual = || headers(&[("Synapse-Trace-Id", "theirs")]);
    for destination in [
        LISTED,
        UNLISTED,
        Destination::Internal,
        Destination::Client,
        Destination::ThirdParty,
    ] {
        let (mut request, mut response) = (usual(), usual());
        inject_context(&mut request, None, destination, &custom);
        inject_trace_id_header(&mut response, None, destination, &custom);
        assert!(request.is_empty() && response.is_empty(), "{destination:?}");
    }
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
        let context = TraceContext::remote(
            TraceId::new(id).unwrap(),
            SpanId::new(1).unwrap(),
            TraceFlags::FORCED,
        );
        let text = jaeger::encode(&context, jaeger::KNOWN_FLAGS);
        assert_eq!(text.len(), text.capacity());
    }
}
