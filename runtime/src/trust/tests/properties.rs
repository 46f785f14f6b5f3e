//! Properties of reading and writing, for any carrier.

use std::collections::{HashMap, HashSet};
use std::mem::discriminant;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::model::baggage::Baggage;
use crate::trust::inject::inject_context;

pub(crate) fn any_context() -> impl Strategy<Value = TraceContext> {
    let items = prop::collection::vec(("[a-zA-Z_.-]{1,8}", any::<String>()), 0..6);
    let trace_id = prop_oneof![1..u128::from(u64::MAX), 1..u128::MAX];
    (trace_id, 1..u64::MAX, 0..=0xffu8, items).prop_map(|(trace_id, span_id, flags, items)| {
        let mut context = TraceContext::remote(
            TraceId::new(trace_id).unwrap(),
            SpanId::new(span_id).unwrap(),
            TraceFlags::from_bits(flags),
        );
        for (key, value) in &items {
            context.baggage.insert(key, value);
        }
        context
    })
}

pub(super) fn any_headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop_oneof![
        prop::sample::select(&FAMILY[..]).prop_map(str::to_owned),
        "(uberctx-|x-b3-|x-)[a-z]{0,4}"
    ];
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "[0-9a-fA-F:% ]{0,40}".prop_map(String::into_bytes),
        "[0-9a-f]{1,32}(:|%3A)[0-9a-f]{1,16}:0:[0-9a-f]{1,2}".prop_map(String::into_bytes),
    ];
    prop::collection::vec((name, value), 0..8).prop_map(|pairs| {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.append(name, value);
            }
        }
        headers
    })
}

/// Names of trace headers in upper and lower case, and other names; the values are any text.
fn any_text_map() -> impl Strategy<Value = HashMap<String, String>> {
    let family = (prop::sample::select(&FAMILY[..]), any::<u32>()).prop_map(|(name, capitals)| {
        let letters = name.chars().enumerate();
        letters
            .map(|(at, letter)| match capitals >> (at % 32) & 1 {
                1 => letter.to_ascii_uppercase(),
                _ => letter,
            })
            .collect()
    });
    let name = prop_oneof![family, "(?i)(uberctx-|x-b3-|x-)\\PC{0,4}", any::<String>()];
    let value = prop_oneof![any::<String>(), "[0-9a-f]{1,32}:[0-9a-f]{1,16}:0:[0-9a-f]{1,2}",];
    prop::collection::hash_map(name, value, 0..8)
}

pub(super) fn is_of_the_family(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FAMILY.contains(&name.as_str()) || name.starts_with("uberctx-") || name.starts_with("x-b3-")
}

fn with_flags(context: &TraceContext, mask: u8) -> TraceContext {
    let mut expected = context.clone();
    expected.flags = context.flags.intersection(TraceFlags::from_bits(mask));
    expected
}

proptest! {
    #[test]
    fn internal_round_trip_is_the_identity(context in any_context(), mut headers in any_headers()) {
        inject_context(&mut headers, Some(&context), Destination::Internal, &rules());
        prop_assert_eq!(extract(&headers, Origin::Internal), (Some(with_flags(&context, 0x0f).into()), vec![]));
        let mut map = HashMap::new();
        inject_context(&mut map, Some(&context), Destination::Internal, &rules());
        prop_assert_eq!(extract(&map, Origin::Internal), (Some(with_flags(&context, 0x0f).into()), vec![]));
    }

    #[test]
    fn listed_round_trip_is_the_identity_less_baggage_and_other_flags(
        context in any_context(),
        mut headers in any_headers(),
    ) {
        inject_context(&mut headers, Some(&context), LISTED, &rules());
        let mut expected = with_flags(&context, 1);
        expected.baggage = Baggage::default();
        prop_assert_eq!(extract(&headers, FROM_LISTED), (Some(expected.clone().into()), vec![]));
        prop_assert_eq!(extract(&headers, Origin::Internal), (Some(expected.into()), vec![]));
    }

    #[test]
    fn for_everybody_else_no_name_of_the_family_remains(
        context in prop::option::of(any_context()),
        before in any_headers(),
        destination in prop::sample::select(vec![UNLISTED, Destination::Client, Destination::ThirdParty]),
    ) {
        let mut headers = before.clone();
        inject_context(&mut headers, context.as_ref(), destination, &rules());
        for name in headers.keys() {
            prop_assert!(!is_of_the_family(name.as_str()), "{} remains", name);
            prop_assert_eq!(headers.get(name), before.get(name));
        }
    }

    #[test]
    fn for_everybody_else_a_text_map_keeps_exactly_what_is_not_of_the_family(
        context in prop::option::of(any_context()),
        before in any_text_map(),
        destination in prop::sample::select(vec![UNLISTED, Destination::Client, Destination::ThirdParty]),
    ) {
        let mut map = before.clone();
        inject_context(&mut map, context.as_ref(), destination, &rules());
        let mut expected = before.clone();
        expected.retain(|name, _| !is_of_the_family(name));
        prop_assert_eq!(&map, &expected);
        let mut sorted = BTreeMap::from_iter(before);
        inject_context(&mut sorted, context.as_ref(), destination, &rules());
        prop_assert_eq!(sorted, BTreeMap::from_iter(expected));
    }

    #[test]
    fn no_text_map_makes_extraction_panic_or_widen_trust(map in any_text_map()) {
        let sorted = BTreeMap::from_iter(map.clone());
        for origin in [FROM_LISTED, FROM_UNLISTED, Origin::Internal, Origin::Unauthenticated] {
            let (context, rejections) = extract(&map, origin);
            prop_assert_eq!(context.is_none(), extract(&sorted, origin).0.is_none());
            let unreadable = rejections.iter().filter(|rejection| **rejection == Rejection::DecodingError);
            prop_assert!(unreadable.count() <= 1);
            match (origin, context) {
                (Origin::Unauthenticated | FROM_UNLISTED, context) => prop_assert_eq!(context, None),
                (Origin::AuthenticatedHomeserver(_), Some(context)) => {
                    prop_assert!(context.baggage().is_empty() && context.flags().bits() <= 1);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn no_bytes_make_extraction_panic_or_widen_trust(headers in any_headers()) {
        for origin in [FROM_LISTED, FROM_UNLISTED, Origin::Internal, Origin::Unauthenticated] {
            let (context, rejections) = extract(&headers, origin);
            let kinds: HashSet<_> = rejections.iter().map(discriminant).collect();
            prop_assert_eq!(kinds.len(), rejections.len(), "counted twice: {:?}", rejections);
            let has_debug_id = headers.contains_key("jaeger-debug-id");
            prop_assert_eq!(rejections.contains(&Rejection::DebugId), has_debug_id && origin != Origin::Internal);
            match origin {
                Origin::Unauthenticated | FROM_UNLISTED => prop_assert_eq!(context, None),
                Origin::Internal => {}
                Origin::AuthenticatedHomeserver(_) => if let Some(context) = context {
                    prop_assert_eq!(context.debug_id(), None);
                    prop_assert!(context.baggage().is_empty());
                    prop_assert!(context.flags().bits() <= 1);
                }
            }
        }
    }
}
