//! Transactions with a message to a device, the simplest EDU that needs no room.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::network::network;
use crate::shown::{ancestry, cause, has, span_of, spans_of, text};

const INCOMING: &str = "incoming-federation-request";
const TO_DEVICE: (&str, &str) = ("edu_type", "m.direct_to_device");

/// Waits until the message is there.
fn receive(client: &Client, message: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !client.messages().iter().any(|text| text == message) {
        assert!(Instant::now() < deadline, "the message {message:?} has not come");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Synapse sends from a loop in the background, so an operator finds the message in another trace than the request of
/// the client.
#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_message_of_synapse_is_in_the_trace_of_its_transaction_and_not_of_the_request() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let sent = network
        .synapse
        .client
        .send_to_device(&network.listed.bob(), "to-bob");
    receive(&network.listed.client, "to-bob");
    let trace = network.jaeger.search(&ours, "handle_edu", TO_DEVICE);
    let id = trace.spans[0].trace_id;
    assert_ne!(id, sent.trace());
    let trace = network.jaeger.trace(
        id,
        &[
            (&theirs, "bgproc.federation_transaction_transmission_loop"),
            (&theirs, "outgoing-federation-request"),
            (&ours, INCOMING),
            (&ours, "handle_edu"),
        ],
    );
    let edu = spans_of(&trace, &ours, "handle_edu")
        .into_iter()
        .find(|span| text(span, TO_DEVICE.0) == TO_DEVICE.1)
        .unwrap();
    let path = ancestry(&trace, edu);
    assert_eq!(path[..3], ["handle_edu", "on_send", INCOMING]);
    assert!(path.contains(&"send_transaction"), "{path:?}");
    // What Synapse writes into the EDU for a listed server is empty, which is no error.
    let own = network
        .jaeger
        .trace(sent.trace(), &[(&theirs, "SendToDeviceRestServlet")]);
    assert!(!has(&own, &ours), "{:?}", own.names());
}

/// Synapse writes the context into EDUs for those whom it does not list.
#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn an_edu_for_a_server_that_synapse_does_not_list_has_the_trace_of_the_request() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.unlisted_there.service());
    let sent = network
        .synapse
        .client
        .send_to_device(&network.unlisted_there.bob(), "to-stranger");
    receive(&network.unlisted_there.client, "to-stranger");
    let trace = network.jaeger.trace(
        sent.trace(),
        &[(&theirs, "SendToDeviceRestServlet"), (&ours, "handle_edu")],
    );
    let edu = span_of(&trace, &ours, "handle_edu");
    assert_ne!(
        cause(edu).trace_id,
        sent.trace(),
        "it was handled in another trace"
    );
    assert!(
        spans_of(&trace, &ours, INCOMING).is_empty(),
        "{:?}",
        trace.names()
    );
}

#[test]
#[ignore = "needs Synapse and Jaeger, see .ci/synapse"]
fn a_message_of_ours_is_one_trace_as_far_as_synapse_handles_it() {
    let network = network();
    let (theirs, ours) = (network.synapse.service(), network.listed.service());
    let sent = network
        .listed
        .client
        .send_to_device(&network.synapse.alice(), "to-alice");
    receive(&network.synapse.client, "to-alice");
    let root = "PUT /_matrix/client/v3/sendToDevice/{kind}/{transaction}";
    let trace = network.jaeger.trace(
        sent.trace(),
        &[(&ours, root), (&theirs, INCOMING), (&theirs, "handle_edu")],
    );
    let stored = span_of(&trace, &ours, "store_message");
    let transaction = span_of(&trace, &ours, "send_transaction");
    assert_eq!(cause(transaction).span_id, stored.span_id);
    assert_eq!(ancestry(&trace, transaction), ["send_transaction", root]);
    let outgoing = span_of(&trace, &ours, "outgoing-federation-request");
    assert_eq!(trace.parent(outgoing).unwrap().span_id, transaction.span_id);
    let incoming = span_of(&trace, &theirs, INCOMING);
    assert_eq!(trace.parent(incoming).unwrap().span_id, outgoing.span_id);
    // It is there by the header: Synapse does not read the context of our EDU.
    let path = ancestry(&trace, span_of(&trace, &theirs, "handle_edu"));
    assert!(path.contains(&INCOMING), "{path:?}");
    assert!(!path.contains(&"store_message"), "{path:?}");
}
