//! Contexts as B3, which the client for Python has in headers only.

use fedtrace::propagation::Propagation;
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Destination, Origin, SpanContext, SpanId, TraceFlags, TraceId, Tracer, TracerGuard, build_span,
    with_tracer,
};
use serde_json::json;

use crate::cases::{Decision, Rows, Seen};
use crate::ours::{FROM_LISTED, FROM_UNLISTED, Form, TO_LISTED, TO_UNLISTED};
use crate::peers::{Client, LISTED, Roots, request};

/// Its sampler decides against what nobody decided, as the other clients do.
fn tracer() -> (Tracer, TracerGuard) {
    Tracer::builder("ours")
        .sampler(ConstSampler::new(false))
        .reporter(MemoryReporter::new())
        .homeserver_whitelist(Whitelist::new([LISTED]).expect("a whitelist"))
        .propagation([Propagation::B3])
        .build()
        .expect("a tracer")
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn we_read_the_b3_that_python_writes() {
    let mut rows = Rows::of("B3 read by us");
    let (tracer, _guard) = tracer();
    for trace_id_bits in [64, 128] {
        for decision in Decision::ALL {
            let roots = Roots {
                sampled: decision.is_sampled(),
                trace_id_bits,
            };
            let answer = Client::Python.with(roots).ask(&request(
                "write",
                json!({"medium": "B3", "priority": decision.priority(), "baggage": {}}),
            ));
            let mut theirs = Seen::by_peer(&answer["context"]).expect("a context");
            theirs.baggage.clear();
            for (origin, expected) in [
                (Origin::Internal, Some(theirs.clone())),
                (FROM_LISTED, Some(theirs.between_servers())),
                (FROM_UNLISTED, None),
                (Origin::Unauthenticated, None),
            ] {
                let read = with_tracer(&tracer, || Form::Headers.read(&answer["carrier"], origin));
                let row = (trace_id_bits, decision, origin, &answer["carrier"]);
                rows.assert_eq(row, read.as_ref().map(Seen::by_us), expected);
            }
        }
    }
    rows.finish();
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn python_reads_the_b3_that_we_write() {
    let mut rows = Rows::of("B3 read by them");
    let (tracer, _guard) = tracer();
    for trace_id in [1, u64::MAX.into(), 1 << 64, u128::MAX] {
        for flags in [0, 1, 3] {
            let parent = SpanContext::remote(
                TraceId::new(trace_id).expect("an id"),
                SpanId::new(1).expect("an id"),
                TraceFlags::from_bits(flags),
            );
            with_tracer(&tracer, || {
                let scope = build_span("ours").child_of(parent).start_active();
                let ours = Seen::by_us(&scope.span().context().expect("a context"));
                for (destination, expected) in [
                    (Destination::Internal, Some(ours.clone())),
                    (TO_LISTED, Some(ours.between_servers())),
                    (TO_UNLISTED, None),
                ] {
                    let carrier = Form::Headers.write(destination);
                    let read = Client::Python
                        .peer()
                        .ask(&request("read", json!({"medium": "B3", "carrier": carrier})));
                    rows.assert_eq((trace_id, flags, &carrier), Seen::by_peer(&read), expected);
                }
            });
        }
    }
    rows.finish();
}
