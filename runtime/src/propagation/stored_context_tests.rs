//! Tests of contexts as text.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::edu::{EDU_CONTEXT, extract_edu, start_send_transaction};
use super::stored_context::{self, MAX_BYTES, encode};
use crate::model::flags::TraceFlags;
use crate::reporter::memory::MemoryReporter;
use crate::tracer::core::Tracer;
use crate::tracer::global::with_tracer;
use crate::tracer::span_context::SpanContext;
use crate::trust::parties::{Destination, Origin};
use crate::trust::tests::{self, FROM_LISTED, FROM_UNLISTED, LISTED, UNLISTED};
use crate::trust::whitelist::list::Whitelist;
use crate::worker::guard::TracerGuard;

fn tracer() -> (Tracer, TracerGuard) {
    Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .flush_interval(Duration::MAX)
        .homeserver_whitelist(Whitelist::new(["trusted.example"]).unwrap())
        .build()
        .unwrap()
}

fn decode(text: Option<&str>, origin: Origin<'_>, tracer: &Tracer) -> Option<SpanContext> {
    stored_context::decode(text, origin, "operation", tracer)
}

fn edu(context: Value) -> Map<String, Value> {
    Map::from_iter([
        (EDU_CONTEXT.to_owned(), context),
        ("user_id".to_owned(), json!("@a:b")),
    ])
}

fn context(flags: u8, baggage: &[(&str, &str)]) -> SpanContext {
    tests::context(flags, baggage).into()
}

fn any_context() -> impl Strategy<Value = SpanContext> {
    tests::properties::any_context().prop_map(SpanContext::from)
}

fn masked(context: &SpanContext, mask: u8) -> SpanContext {
    let mut masked = context.clone();
    masked.context.flags = context.flags().intersection(TraceFlags::from_bits(mask));
    masked
}

#[test]
fn baggage_that_makes_a_text_too_long_is_left_out_and_counted_but_not_the_mark_of_a_forced_trace() {
    let (tracer, _guard) = tracer();
    let long = "v".repeat(MAX_BYTES);
    let forced = context(3, &[("a", &long), ("b", "c"), ("synapse-force-tracing", "1")]);
    let text = encode(&forced, Destination::Internal, &tracer).unwrap();
    let taken = decode(Some(&text), Origin::Internal, &tracer);
    assert_eq!(taken, Some(context(3, &[("synapse-force-tracing", "1")])));
    assert_eq!(tracer.stats().dropped_baggage_items, 2);
    let plain = context(1, &[("a", &long)]);
    let text = encode(&plain, Destination::Internal, &tracer).unwrap();
    assert_eq!(
        decode(Some(&text), Origin::Internal, &tracer),
        Some(context(1, &[]))
    );
    assert_eq!(tracer.stats().dropped_baggage_items, 3);
}

#[test]
fn a_text_has_no_debug_id() {
    let (tracer, _guard) = tracer();
    let text = r#"{"jaeger-debug-id":"x"}"#;
    for origin in [Origin::Internal, FROM_LISTED, FROM_UNLISTED] {
        assert_eq!(decode(Some(text), origin, &tracer), None, "{origin:?}");
    }
    let text = r#"{"jaeger-debug-id":"x","uberctx-k":"v"}"#;
    let taken = decode(Some(text), Origin::Internal, &tracer).unwrap();
    assert_eq!((taken.debug_id(), taken.flags()), (None, TraceFlags::NONE));
}

proptest! {
    #[test]
    fn a_text_for_ourselves_is_the_identity(context in any_context()) {
        let (tracer, _guard) = tracer();
        let text = encode(&context, Destination::Internal, &tracer).unwrap();
        prop_assert!(text.len() <= MAX_BYTES);
        prop_assert_eq!(decode(Some(&text), Origin::Internal, &tracer), Some(masked(&context, 0x0f)));
    }

    #[test]
    fn a_text_for_a_listed_homeserver_is_the_identity_less_baggage_and_other_flags(context in any_context()) {
        let (tracer, _guard) = tracer();
        let text = encode(&context, LISTED, &tracer).unwrap();
        let mut expected = masked(&context, 1);
        expected.context.baggage = crate::model::baggage::Baggage::default();
        prop_assert_eq!(decode(Some(&text), FROM_LISTED, &tracer), Some(expected.clone()));
        prop_assert_eq!(decode(Some(&text), Origin::Internal, &tracer), Some(expected));
        for nobody in [UNLISTED, Destination::Client, Destination::ThirdParty] {
            prop_assert_eq!(encode(&context, nobody, &tracer), None);
        }
    }

    #[test]
    fn no_text_makes_extraction_panic_or_widen_trust_and_each_counts_once(
        text in prop_oneof![
            any::<String>(),
            "[{}\\[\\]\":,a-f0-9 ]{0,60}",
            "\\{\"uber-trace-id\": ?(\"[0-9a-f:%]{0,40}\"|1|null|\\[\\]|\\{\\})(, \"uberctx-[a-z]{1,3}\": \"[a-z]{0,4}\")?\\}",
        ],
    ) {
        let (tracer, _guard) = tracer();
        for origin in [FROM_LISTED, FROM_UNLISTED, Origin::Internal, Origin::Unauthenticated] {
            let before = tracer.stats();
            let taken = with_tracer(&tracer, || extract_edu(&edu(json!(text)), origin));
            let after = tracer.stats();
            let refused = after.refused_contexts - before.refused_contexts;
            let unreadable = after.span_context_decoding_errors - before.span_context_decoding_errors;
            prop_assert!(u64::from(taken.is_some()) + refused + unreadable <= 1);
            match (origin, taken) {
                (Origin::Unauthenticated | FROM_UNLISTED, taken) => prop_assert_eq!(taken, None),
                (Origin::AuthenticatedHomeserver(_), Some(context)) => {
                    prop_assert!(context.baggage().is_empty() && context.flags().bits() <= 1);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_transaction_tells_nobody_more_than_a_request_would(
        contexts in prop::collection::vec(
            prop_oneof![
                any_context().prop_map(|context| (Some(context.clone()), jaeger_text(&context))),
                any::<String>().prop_map(|text| (None, json!(text))),
                Just((None, json!({"uber-trace-id": "1:2:0:1"}))),
            ],
            0..5,
        ),
        destination in prop::sample::select(vec![
            LISTED, UNLISTED, Destination::Internal, Destination::Client, Destination::ThirdParty,
        ]),
    ) {
        let (tracer, _guard) = tracer();
        let mut edus: Vec<_> = contexts.iter().map(|(_, text)| edu(text.clone())).collect();
        let before = edus.clone();
        with_tracer(&tracer, || drop(start_send_transaction(&mut edus, destination)));
        for ((stored, _), (mut edu, mut before)) in contexts.iter().zip(edus.into_iter().zip(before)) {
            let sent = edu.remove(EDU_CONTEXT);
            before.remove(EDU_CONTEXT);
            prop_assert_eq!(edu, before);
            let expected = stored.as_ref().and_then(|context| encode(context, destination, &tracer));
            prop_assert_eq!(sent, expected.map(Value::String));
        }
    }
}

fn jaeger_text(context: &SpanContext) -> Value {
    let (tracer, _guard) = tracer();
    json!(encode(context, Destination::Internal, &tracer).unwrap())
}
