//! Tests against OpenTelemetry's reader and writer of the W3C's headers.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanContext as TheirContext, SpanId as TheirSpanId, TraceContextExt, TraceFlags as TheirFlags,
    TraceId as TheirTraceId, TraceState,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use proptest::prelude::*;

use super::properties::any_context;
use super::*;
use crate::codec::propagation::Propagation;
use crate::trust::inject::inject_context;

fn w3c() -> PropagationRules {
    PropagationRules {
        propagation: vec![Propagation::W3c].into(),
        ..rules()
    }
}

fn read(headers: &HashMap<String, String>) -> Option<TraceContext> {
    extract_context(headers, Origin::Internal, &w3c(), &|_| {}).map(|extracted| extracted.context)
}

proptest! {
    #[test]
    fn opentelemetry_reads_the_traceparent_that_we_write(context in any_context()) {
        let mut headers = HashMap::new();
        inject_context(&mut headers, Some(&context), Destination::Internal, &w3c());
        let read = TraceContextPropagator::new().extract(&headers);
        let theirs = read.span().span_context().clone();
        prop_assert!(theirs.is_valid() && theirs.is_remote());
        prop_assert_eq!(u128::from_be_bytes(theirs.trace_id().to_bytes()), context.trace_id.get());
        prop_assert_eq!(u64::from_be_bytes(theirs.span_id().to_bytes()), context.span_id.get());
        prop_assert_eq!(theirs.is_sampled(), context.flags.is_sampled());
    }

    #[test]
    fn we_read_what_opentelemetry_writes_and_give_it_back(
        trace_id in 1..u128::MAX,
        span_id in 1..u64::MAX,
        flags in any::<u8>(),
        state in prop::collection::btree_map("[a-z][a-z0-9_]{0,5}", "[!-+\\--<>-~]{1,8}", 0..5),
    ) {
        let state = TraceState::from_key_value(state).unwrap();
        let theirs = TheirContext::new(
            TheirTraceId::from_bytes(trace_id.to_be_bytes()),
            TheirSpanId::from_bytes(span_id.to_be_bytes()),
            TheirFlags::new(flags),
            true,
            state.clone(),
        );
        let propagator = TraceContextPropagator::new();
        let mut headers = HashMap::new();
        propagator.inject_context(
            &opentelemetry::Context::new().with_remote_span_context(theirs.clone()),
            &mut headers,
        );
        let ours = read(&headers).unwrap();
        prop_assert_eq!((ours.trace_id.get(), ours.span_id.get()), (trace_id, span_id));
        prop_assert_eq!(ours.flags.is_sampled(), theirs.is_sampled());

        let mut back = HashMap::new();
        inject_context(&mut back, Some(&ours), Destination::Internal, &w3c());
        let returned = propagator.extract(&back);
        let returned = returned.span().span_context().clone();
        prop_assert_eq!(returned.trace_id(), theirs.trace_id());
        prop_assert_eq!(returned.span_id(), theirs.span_id());
        prop_assert_eq!(returned.trace_state().header(), state.header());
    }
}
