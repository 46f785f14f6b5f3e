//! Traces that somebody forced, here or in Synapse.

use fedtrace::{Destination, Origin, force_tracing, start_active_span};
use serde_json::json;

use crate::cases::{Decision, Rows, Seen};
use crate::ours::{FROM_LISTED, Form, traced, traced_with};
use crate::peers::{Client, Roots, request};

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_trace_that_begins_with_us_is_sampled_and_forced_alike_in_synapse() {
    let mut rows = Rows::of("traces that we begin");
    for decision in [Decision::Unsampled, Decision::Sampled, Decision::Forced] {
        let ((), _) = traced_with(decision.is_sampled(), || {
            let scope = start_active_span("request");
            if decision == Decision::Forced {
                force_tracing();
            }
            let ours = Seen::by_us(&scope.span().context().expect("a context"));
            let carrier = Form::Headers.write(Destination::Internal);
            let theirs = Client::Python.peer().ask(&request(
                "continue",
                json!({"medium": "span_context_from_request", "carrier": carrier}),
            ));
            let seen = Seen::by_peer(&theirs["context"]).expect("a context");
            rows.assert_eq(decision, (seen.trace_id, seen.flags), (ours.trace_id, ours.flags));
            rows.assert_eq(decision, ours.flags, decision.flags().into());
            let is_forced = theirs["is_forced"].as_bool();
            rows.assert_eq(decision, is_forced, Some(decision == Decision::Forced));
        });
    }
    rows.finish();
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_trace_that_begins_with_synapse_is_forced_here_only_if_it_is_internal() {
    let mut rows = Rows::of("traces that Synapse begins");
    for decision in Decision::ALL {
        let roots = Roots {
            sampled: decision.is_sampled(),
            ..Roots::SAMPLED
        };
        let answer = Client::Python.with(roots).ask(&request(
            "write",
            json!({"medium": "inject_request_headers", "priority": decision.priority(), "baggage": {}}),
        ));
        let ((), _) = traced(|| {
            for (origin, can_force) in [(Origin::Internal, true), (FROM_LISTED, false)] {
                let context = Form::Headers.read(&answer["carrier"], origin).expect("a context");
                let is_forced = decision == Decision::Forced && can_force;
                rows.assert_eq((decision, origin), context.is_forced(), is_forced);
                rows.assert_eq((decision, origin), context.is_sampled(), decision.is_sampled());
            }
        });
    }
    rows.finish();
}
