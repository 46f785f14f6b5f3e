//! Profiles, which a client waits for: such a request is one trace from end to end.

use fedtrace::TraceId;

use crate::network::{Network, network};
use crate::shown::{ancestry, cause, has, span_of, text};

const INCOMING: &str = "incoming-federation-request";
const OUTGOING: &str = "outgoing-federation-request";
const PATH: &str = "/_matrix/federation/v1/query/profile";

/// The trace of a client of Synapse that has asked for a user of ours.
fn asked_by_synapse(network: &Network, user: &str, status: u16) -> TraceId {
    let answer = network.synapse.client.profile(user);
    assert_eq!(answer.status, status, "{answer:?}\n{}", network.synapse.log());
    answer.trace()
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_profile_that_synapse_asks_for_is_one_trace_with_the_names_of_synapse() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let id = asked_by_synapse(network, &network.listed.bob(), 200);
    let trace = network.jaeger.trace(
        id,
        &[
            (&theirs, OUTGOING),
            (&ours, INCOMING),
            (&ours, "load_profile"),
            (&theirs, "encode_json_response"),
            // The last one to end.
            (&theirs, "ProfileRestServlet"),
        ],
    );
    let outgoing = span_of(&trace, &theirs, OUTGOING);
    let incoming = span_of(&trace, &ours, INCOMING);
    assert_eq!(trace.parent(incoming).unwrap().span_id, outgoing.span_id);
    assert_eq!(
        ancestry(&trace, span_of(&trace, &ours, "load_profile")),
        [
            "load_profile",
            "on_query_profile",
            INCOMING,
            OUTGOING,
            "ProfileRestServlet"
        ]
    );
    assert_eq!(text(incoming, "peer.service"), network.synapse.name);
    for (span, key, expected) in [
        (incoming, "http.status_code", "200"),
        (incoming, "error", ""),
        (outgoing, "peer.address", &*network.listed.name),
        (outgoing, "http.url", PATH),
    ] {
        assert_eq!(text(span, key), expected, "{key}");
    }

    // Our own trace refers to it, and it to our own trace.
    let own = network.jaeger.trace(
        cause(incoming).trace_id,
        &[
            (&ours, "process-federation_request"),
            (&ours, &format!("GET {PATH}")),
        ],
    );
    let request = span_of(&own, &ours, &format!("GET {PATH}"));
    assert_eq!(cause(incoming).span_id, request.span_id);
    assert_eq!(
        cause(span_of(&own, &ours, "process-federation_request")).span_id,
        incoming.span_id
    );
    assert_eq!(text(request, "authenticated_entity"), network.synapse.name);
    assert_eq!(text(request, "peer.ipv4"), "127.0.0.1");
    assert!(text(request, "request_id").starts_with("GET-"));
    // It is the only span that stands for the request.
    assert_eq!(text(request, "span.kind"), "server");
    assert_eq!(text(incoming, "span.kind"), "");
    assert!(!has(&own, &theirs), "{:?}", own.names());
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_404_of_ours_is_an_error_in_the_spans_of_both() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let nobody = format!("@nobody:{}", network.listed.name);
    let id = asked_by_synapse(network, &nobody, 404);
    let trace = network.jaeger.trace(
        id,
        &[
            (&theirs, OUTGOING),
            (&ours, INCOMING),
            (&ours, "on_query_profile"),
        ],
    );
    let incoming = span_of(&trace, &ours, INCOMING);
    assert_eq!(text(incoming, "http.status_code"), "404");
    for span in [
        incoming,
        span_of(&trace, &ours, "on_query_profile"),
        span_of(&trace, &theirs, OUTGOING),
    ] {
        assert_eq!(text(span, "error"), "true", "{}", span.operation_name);
    }
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_profile_that_we_ask_synapse_for_is_one_trace_with_the_names_of_synapse() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let answer = network.listed.client.profile(&network.synapse.alice());
    assert_eq!(answer.status, 200, "{answer:?}\n{}", network.synapse.log());
    assert_eq!(answer.body["displayname"], "alice");
    let root = "GET /_matrix/client/v3/profile/{user}";
    let trace = network
        .jaeger
        .trace(answer.trace(), &[(&ours, root), (&theirs, INCOMING)]);
    let outgoing = span_of(&trace, &ours, OUTGOING);
    assert_eq!(ancestry(&trace, outgoing), [OUTGOING, "query_profile", root]);
    for (key, expected) in [
        ("peer.address", &*network.synapse.name),
        // Alice is in the query, which is not shown.
        ("http.url", PATH),
        ("http.method", "GET"),
        ("http.status_code", "200"),
        ("span.kind", "client"),
        ("error", ""),
    ] {
        assert_eq!(text(outgoing, key), expected, "{key}");
    }
    let incoming = span_of(&trace, &theirs, INCOMING);
    assert_eq!(trace.parent(incoming).unwrap().span_id, outgoing.span_id);
    let servlet = network
        .jaeger
        .trace(cause(incoming).trace_id, &[(&theirs, "FederationQueryServlet")]);
    let servlet = span_of(&servlet, &theirs, "FederationQueryServlet");
    assert_eq!(text(servlet, "authenticated_entity"), network.listed.name);
    assert_eq!(text(servlet, "span.kind"), "server");
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_404_of_synapse_is_an_error_in_our_spans() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let nobody = format!("@nobody:{}", network.synapse.name);
    let answer = network.listed.client.profile(&nobody);
    assert_eq!(answer.status, 404, "{answer:?}");
    let root = "GET /_matrix/client/v3/profile/{user}";
    let trace = network
        .jaeger
        .trace(answer.trace(), &[(&ours, root), (&theirs, INCOMING)]);
    for name in [OUTGOING, "query_profile"] {
        assert_eq!(text(span_of(&trace, &ours, name), "error"), "true", "{name}");
    }
}
