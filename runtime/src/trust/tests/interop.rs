//! Tests against Jaeger's reader and writer in `rustracing_jaeger`.

use http::HeaderMap;
use proptest::prelude::*;
use rustracing_jaeger::span::SpanContextState;

use super::properties::any_context;
use super::*;
use crate::trust::inject::inject_context;

proptest! {
    #[test]
    fn rustracing_jaeger_reads_what_we_write_and_we_read_what_it_writes(context in any_context()) {
        let mut headers = HeaderMap::new();
        inject_context(&mut headers, Some(&context), Destination::Internal, &rules());
        let theirs: SpanContextState = headers["uber-trace-id"].to_str().unwrap().parse().unwrap();
        prop_assert_eq!(theirs.trace_id().high, context.trace_id.high());
        prop_assert_eq!(theirs.trace_id().low, context.trace_id.low());
        prop_assert_eq!(theirs.span_id(), context.span_id.get());
        prop_assert_eq!(theirs.flags(), context.flags.bits() & 0x0f);

        let written = self::headers(&[("uber-trace-id", &theirs.to_string())]);
        let ours = extract(&written, Origin::Internal).0.unwrap();
        prop_assert_eq!(ours.trace_id(), context.trace_id);
        prop_assert_eq!(ours.span_id(), context.span_id);
        prop_assert_eq!(ours.flags().bits(), context.flags.bits() & 0x0f);
    }
}
