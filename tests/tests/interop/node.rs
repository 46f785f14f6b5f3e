//! The official Jaeger client for Node.

use crate::by_hand;
use crate::exchange::{self, Medium, medium};
use crate::ours::Form;
use crate::packets;
use crate::peers::Client;

const MEDIA: [Medium; 2] = [
    medium("HTTP_HEADERS", Form::Headers, None),
    medium("TEXT_MAP", Form::TextMap, None),
];

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn we_read_what_node_writes() {
    exchange::we_read_what_they_write(Client::Node, &MEDIA);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn node_reads_what_we_write() {
    exchange::they_read_what_we_write(Client::Node, &MEDIA);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn a_trace_comes_back_from_node() {
    exchange::a_trace_comes_back_from_their_worker(Client::Node);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn each_malformed_context_is_read_by_node_and_us_as_the_table_says() {
    by_hand::each_malformed_context_is_read_as_the_table_says(Client::Node);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn a_debug_id_begins_the_same_trace_in_node() {
    by_hand::a_debug_id_begins_the_same_trace(Client::Node);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn baggage_by_hand_is_read_alike_by_node() {
    by_hand::baggage_by_hand_is_read_alike(Client::Node);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn baggage_alone_begins_a_trace_in_node() {
    by_hand::baggage_alone_begins_a_trace(Client::Node);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn the_client_for_node_reads_every_field_of_our_packets() {
    packets::they_read_every_field_of_our_packets(Client::Node);
}

#[test]
#[ignore = "needs the Jaeger client for Node, see .ci/interop"]
fn of_the_baggage_of_node_we_take_the_keys_that_headers_may_have() {
    exchange::we_take_the_keys_that_headers_may_have(Client::Node, &MEDIA);
}
