//! Synapse with the official Jaeger client for Python.

mod agent;
mod b3;
mod edus;
mod forced;
mod throttler;
mod whitelist;

use serde_json::json;

use crate::by_hand;
use crate::cases::Rows;
use crate::exchange::{self, Medium, medium};
use crate::ours::Form;
use crate::packets;
use crate::peers::{Client, LISTED, UNLISTED, request};

const WRITERS: [Medium; 8] = [
    medium("HTTP_HEADERS", Form::Headers, None),
    medium("TEXT_MAP", Form::TextMap, None),
    medium("inject_header_dict", Form::Headers, Some(LISTED)),
    medium("inject_header_dict, unchecked", Form::Headers, None),
    medium("inject_request_headers", Form::Headers, None),
    medium("get_active_span_text_map", Form::TextMap, None),
    medium("get_active_span_text_map", Form::TextMap, Some(LISTED)),
    medium("active_span_context_as_string", Form::Text, None),
];
const READERS: [Medium; 5] = [
    medium("HTTP_HEADERS", Form::Headers, None),
    medium("TEXT_MAP", Form::TextMap, None),
    medium("span_context_from_request", Form::Headers, None),
    medium("extract_text_map", Form::TextMap, None),
    medium("span_context_from_string", Form::Text, None),
];

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn we_read_what_synapse_writes() {
    exchange::we_read_what_they_write(Client::Python, &WRITERS);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn synapse_reads_what_we_write() {
    exchange::they_read_what_we_write(Client::Python, &READERS);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_trace_comes_back_from_a_worker_of_synapse() {
    exchange::a_trace_comes_back_from_their_worker(Client::Python);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn each_malformed_context_is_read_by_python_and_us_as_the_table_says() {
    by_hand::each_malformed_context_is_read_as_the_table_says(Client::Python);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_debug_id_begins_the_same_trace_in_synapse() {
    by_hand::a_debug_id_begins_the_same_trace(Client::Python);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn baggage_by_hand_is_read_alike_by_python() {
    by_hand::baggage_by_hand_is_read_alike(Client::Python);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn baggage_alone_begins_a_trace_in_synapse() {
    by_hand::baggage_alone_begins_a_trace(Client::Python);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn the_client_for_python_reads_every_field_of_our_packets() {
    packets::they_read_every_field_of_our_packets(Client::Python);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn of_the_baggage_of_synapse_we_take_the_keys_that_headers_may_have() {
    exchange::we_take_the_keys_that_headers_may_have(Client::Python, &WRITERS);
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn synapse_writes_nothing_to_servers_that_are_not_listed() {
    let mut rows = Rows::of("contexts for servers that are not listed");
    for medium in ["inject_header_dict", "get_active_span_text_map"] {
        for (to, is_written) in [(LISTED, true), (UNLISTED, false)] {
            let answer = Client::Python.peer().ask(&request(
                "write",
                json!({"medium": medium, "to": to, "priority": "forced", "baggage": {}}),
            ));
            let carrier = answer["carrier"].as_object().expect("headers");
            rows.assert_eq((medium, to), carrier.contains_key("uber-trace-id"), is_written);
            // It sends baggage to other servers; we do not, nor do we take it.
            let has_baggage = carrier.contains_key("uberctx-synapse-force-tracing");
            rows.assert_eq((medium, to), has_baggage, is_written);
        }
    }
    rows.finish();
}
