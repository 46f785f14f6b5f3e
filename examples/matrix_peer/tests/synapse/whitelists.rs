//! Servers that do not list each other, or do not sample.

use crate::network::network;
use crate::peer::Peer;
use crate::shown::{has, span_of, spans_of, text};

const INCOMING: &str = "incoming-federation-request";
const OUTGOING: &str = "outgoing-federation-request";
const SERVLET: &str = "FederationQueryServlet";
const REQUEST: &str = "GET /_matrix/federation/v1/query/profile";
const PROFILE: &str = "GET /_matrix/client/v3/profile/{user}";

/// Synapse asks this server for a profile. The server does not join the trace, whoever of the two does not list the
/// other.
fn synapse_asks_and_is_not_joined(peer: &Peer) {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), peer.service());
    let answer = network.synapse.client.profile(&peer.bob());
    assert_eq!(answer.status, 200, "{answer:?}\n{}", network.synapse.log());
    let own = network
        .jaeger
        .search(&ours, REQUEST, ("authenticated_entity", &network.synapse.name));
    let own = network.jaeger.trace(
        own.spans[0].trace_id,
        &[(&ours, REQUEST), (&ours, "on_query_profile")],
    );
    let (request, incoming) = (span_of(&own, &ours, REQUEST), span_of(&own, &ours, INCOMING));
    assert_eq!(own.parent(incoming).unwrap().span_id, request.span_id);
    assert_eq!(text(request, "span.kind"), "server");
    assert_eq!(text(incoming, "span.kind"), "");
    let asking = network.jaeger.trace(
        answer.trace(),
        &[(&theirs, OUTGOING), (&theirs, "ProfileRestServlet")],
    );
    assert!(!has(&asking, &ours), "{:?}", asking.names());
    assert!(!has(&own, &theirs), "{:?}", own.names());
}

/// The other way round.
fn we_ask_and_are_not_joined(peer: &Peer) {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), peer.service());
    let answer = peer.client.profile(&network.synapse.alice());
    assert_eq!(answer.status, 200, "{answer:?}\n{}", network.synapse.log());
    let own = network
        .jaeger
        .search(&theirs, SERVLET, ("authenticated_entity", &peer.name));
    let id = span_of(&own, &theirs, SERVLET).trace_id;
    let own = network.jaeger.trace(id, &[(&theirs, INCOMING)]);
    assert!(!has(&own, &ours), "{:?}", own.names());
    let asking = network
        .jaeger
        .trace(answer.trace(), &[(&ours, PROFILE), (&ours, OUTGOING)]);
    assert!(!has(&asking, &theirs), "{:?}", asking.names());
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn synapse_tells_nothing_to_a_server_that_it_does_not_list() {
    synapse_asks_and_is_not_joined(&network().unlisted_there);
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn synapse_believes_nothing_of_a_server_that_it_does_not_list() {
    we_ask_and_are_not_joined(&network().unlisted_there);
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn we_believe_nothing_of_a_synapse_that_we_do_not_list() {
    synapse_asks_and_is_not_joined(&network().unlisted_here);
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn we_tell_nothing_to_a_synapse_that_we_do_not_list() {
    we_ask_and_are_not_joined(&network().unlisted_here);
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn what_synapse_samples_is_recorded_here_by_one_span_of_a_server() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.unsampled.service());
    let answer = network.synapse.client.profile(&network.unsampled.bob());
    assert_eq!(answer.status, 200, "{answer:?}\n{}", network.synapse.log());
    let trace = network.jaeger.trace(
        answer.trace(),
        &[(&theirs, OUTGOING), (&ours, INCOMING), (&ours, "load_profile")],
    );
    let incoming = span_of(&trace, &ours, INCOMING);
    assert_eq!(text(incoming, "span.kind"), "server");
    // The span of the request itself was not sampled.
    assert!(spans_of(&trace, &ours, REQUEST).is_empty());
    let own = crate::shown::cause(incoming).trace_id;
    assert!(network.jaeger.now(own).is_none());
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn what_we_do_not_sample_synapse_does_not_record_below_its_servlet() {
    let network = network();
    let theirs = network.synapse.service();
    let answer = network.unsampled.client.profile(&network.synapse.alice());
    assert_eq!(answer.status, 200, "{answer:?}\n{}", network.synapse.log());
    let own = network.jaeger.search(
        &theirs,
        SERVLET,
        ("authenticated_entity", &network.unsampled.name),
    );
    assert!(spans_of(&own, &theirs, INCOMING).is_empty(), "{:?}", own.names());
    assert!(network.jaeger.now(answer.trace()).is_none());
}

/// Nobody has to prove anything for it.
#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn synapse_tells_the_id_of_its_trace_to_anybody() {
    let network = network();
    let path = "/federation/v1/version";
    let answer = network
        .synapse
        .stranger()
        .request("GET", path, &serde_json::Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    let trace = answer.trace();
    network
        .jaeger
        .trace(trace, &[(&network.synapse.service(), "FederationVersionServlet")]);
}
