//! The agent of our tests.

use std::time::Duration;

use fedtrace_tests::{FakeAgent, tag};
use rustracing_jaeger::thrift::jaeger::{self, SpanRefKind};
use serde_json::json;

use crate::cases::Rows;
use crate::peers::{Client, Roots, request};

const SECONDS: Duration = Duration::from_secs(10);

/// So the agent of our tests understands what real clients send, not only what we do.
#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn our_agent_reads_the_packets_of_the_official_client() {
    let mut rows = Rows::of("packets of Synapse");
    let agent = FakeAgent::start();
    let peer = Client::Python.start(Roots::SAMPLED, agent.port());
    let context = peer.ask(&request("report", json!({})));
    let spans = agent.spans_within(2, SECONDS);
    let [cause, span] = &spans[..] else {
        panic!("not two spans: {spans:?}")
    };
    let id = |key: &str| u64::from_str_radix(context[key].as_str().expect("digits"), 16);
    rows.assert_eq("id", id("span_id"), Ok(span.span_id as u64));
    rows.assert_eq("trace", id("trace_id"), Ok(span.trace_id_low as u64));
    rows.assert_eq("trace of the cause", cause.trace_id_low, span.trace_id_low);
    rows.assert_eq("name", &*span.operation_name, "reported");
    rows.assert_eq("parent", span.parent_span_id, cause.span_id);
    let references: Vec<_> = span.references.iter().map(|it| (it.kind, it.span_id)).collect();
    rows.assert_eq(
        "references",
        references,
        vec![(SpanRefKind::FollowsFrom, cause.span_id)],
    );
    let key = |key: &str| key.to_owned();
    for expected in [
        jaeger::Tag::String {
            key: key("text"),
            value: key("ž"),
        },
        jaeger::Tag::Bool {
            key: key("yes"),
            value: true,
        },
        jaeger::Tag::Long {
            key: key("number"),
            value: -7,
        },
        jaeger::Tag::Double {
            key: key("double"),
            value: 0.5,
        },
    ] {
        rows.assert_eq("tag", tag(&span.tags, expected.key()), Some(&expected));
    }
    let [log] = &span.logs[..] else {
        panic!("not one log: {:?}", span.logs)
    };
    rows.assert_eq("log", tag(&log.fields, "event").is_some(), true);
    for process in agent.processes() {
        rows.assert_eq("service", &*process.service_name, "synapse.example worker");
        let instance = tag(&process.tags, "instance_name");
        let expected = jaeger::Tag::String {
            key: key("instance_name"),
            value: key("worker-1"),
        };
        rows.assert_eq("instance", instance, Some(&expected));
    }
    rows.finish();
}
