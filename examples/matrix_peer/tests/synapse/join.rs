//! Joining a room of Synapse with an event that we sign.

use serde_json::json;

use crate::network::network;
use crate::shown::{cause, spans_of, text};

const OUTGOING: &str = "outgoing-federation-request";
const INCOMING: &str = "incoming-federation-request";

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_join_of_a_room_of_synapse_is_one_trace() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let room = network.synapse.client.request(
        "POST",
        "/client/v3/createRoom",
        &json!({ "preset": "public_chat", "room_version": "10" }),
    );
    let room = room.body["room_id"].as_str().unwrap().to_owned();
    let path = format!("/client/v3/join/{room}?server_name={}", network.synapse.name);
    let joined = network.listed.client.request("POST", &path, &json!({}));
    assert_eq!(joined.status, 200, "{joined:?}\n{}", network.synapse.log());
    let path = format!("/client/v3/rooms/{room}/joined_members");
    let members = network.synapse.client.request("GET", &path, &json!({}));
    assert!(
        members.body["joined"].get(network.listed.bob()).is_some(),
        "{members:?}"
    );

    let root = "POST /_matrix/client/v3/join/{room}";
    let trace = network
        .jaeger
        .trace(joined.trace(), &[(&ours, root), (&theirs, INCOMING)]);
    let outgoing = spans_of(&trace, &ours, OUTGOING);
    let names: Vec<_> = outgoing
        .iter()
        .map(|span| &*trace.parent(span).unwrap().operation_name)
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names.contains(&"make_join") && names.contains(&"send_join"),
        "{names:?}"
    );
    // The id of the user is in the path of one of them.
    let shown: Vec<_> = outgoing.iter().map(|span| text(span, "http.url")).collect();
    let make_join = format!("/_matrix/federation/v1/make_join/{room}/<redacted>");
    assert!(shown.contains(&make_join), "{shown:?}");
    for servlet in ["FederationMakeJoinServlet", "FederationV2SendJoinServlet"] {
        let own = network
            .jaeger
            .search(&theirs, servlet, ("authenticated_entity", &network.listed.name));
        let request = spans_of(&own, &theirs, servlet)[0];
        let trace = network.jaeger.now(joined.trace()).unwrap();
        let refers = spans_of(&trace, &theirs, INCOMING)
            .iter()
            .any(|span| cause(span).span_id == request.span_id);
        assert!(refers, "{servlet}: {:?}", trace.names());
    }
}
