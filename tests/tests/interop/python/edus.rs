//! EDUs, through the code of Synapse that makes, sends and receives them.

use fedtrace::propagation::EDU_CONTEXT;
use fedtrace::{
    Destination, Origin, ReferenceKind, extract_edu, inject_edu, inject_response_headers,
    start_send_transaction,
};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::cases::{Case, Rows, Said, Seen};
use crate::ours::{self, FROM_LISTED, FROM_UNLISTED, Form, TO_LISTED, TO_UNLISTED, traced};
use crate::peers::{Client, LISTED, Roots, UNLISTED, request};

type Content = Map<String, Value>;

/// What Synapse stores for another server when a client sends a message to a device, and the context that it has.
fn stored_by_synapse(said: Said, trace_id_bits: u32) -> (Content, Seen) {
    let roots = Roots {
        sampled: said.decision.is_sampled(),
        trace_id_bits,
    };
    let mut answer = Client::Python.with(roots).ask(&request(
        "send to device",
        json!({"priority": said.decision.priority(), "baggage": said.baggage()}),
    ));
    let Value::Object(content) = answer["content"].take() else {
        panic!("no content: {answer}")
    };
    (content, Seen::by_peer(&answer["context"]).expect("a context"))
}

/// What we store, and the context that it has.
fn stored_by_us(case: &Case) -> (Content, Seen) {
    let scope = ours::start(case);
    let mut content = Map::new();
    inject_edu(&mut content, Destination::Internal);
    let context = scope.span().context().expect("a context");
    (content, Seen::by_us(&context))
}

fn seen(content: &Content, origin: Origin<'_>) -> Option<Seen> {
    extract_edu(content, origin).as_ref().map(Seen::by_us)
}

fn handled_by_synapse(content: &Content) -> Seen {
    let answer = Client::Python
        .peer()
        .ask(&request("handle edu", json!({"content": content})));
    Seen::by_peer(&answer).expect("a span")
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn we_read_the_edus_of_synapse() {
    let mut rows = Rows::of("EDUs of Synapse");
    for trace_id_bits in [64, 128] {
        for said in Said::all() {
            let (content, theirs) = stored_by_synapse(said, trace_id_bits);
            let ((), _) = traced(|| {
                for (origin, expected) in [
                    (Origin::Internal, Some(theirs.clone())),
                    (FROM_LISTED, Some(theirs.clone().between_servers())),
                    (FROM_UNLISTED, None),
                    (Origin::Unauthenticated, None),
                ] {
                    rows.assert_eq((trace_id_bits, said, origin), seen(&content, origin), expected);
                }
            });
            our_transaction_has_what_its_destination_may_know(
                (said, trace_id_bits),
                &content,
                &theirs,
                &mut rows,
            );
        }
    }
    rows.finish();
}

/// Our federation sender, with an EDU that a worker with Synapse stored.
fn our_transaction_has_what_its_destination_may_know(
    row: (Said, u32),
    content: &Content,
    theirs: &Seen,
    rows: &mut Rows,
) {
    for (destination, expected) in [
        (TO_LISTED, Some(theirs.clone().between_servers())),
        (TO_UNLISTED, None),
    ] {
        let (sent, spans) = traced(|| {
            let mut sent = content.clone();
            start_send_transaction([&mut sent], destination).finish();
            sent
        });
        rows.assert_eq(
            (row, destination),
            sent.contains_key(EDU_CONTEXT),
            expected.is_some(),
        );
        let (read, _) = traced(|| seen(&sent, Origin::Internal));
        rows.assert_eq((row, destination), read, expected);
        let causes: Vec<_> = spans
            .iter()
            .flat_map(|span| &span.references)
            .filter(|reference| reference.kind == ReferenceKind::FollowsFrom)
            .map(|reference| (reference.trace_id.get(), reference.span_id.get()))
            .collect();
        let is_recorded = theirs.flags & 1 == 1;
        let expected = Vec::from_iter(is_recorded.then_some((theirs.trace_id, theirs.span_id)));
        rows.assert_eq((row, destination, "causes"), causes, expected);
    }
}

/// Synapse keeps the context for servers that are not listed and takes it away for those that are: its check is
/// the wrong way round.
#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_transaction_of_synapse_follows_from_our_edus_and_tells_the_wrong_servers() {
    let mut rows = Rows::of("EDUs in transactions of Synapse");
    let ((), _) = traced(|| {
        for case in Case::all() {
            let (content, ours) = stored_by_us(&case);
            for (destination, left) in [(LISTED, json!("{}")), (UNLISTED, content[EDU_CONTEXT].clone())] {
                let answer = Client::Python.peer().ask(&request(
                    "send transaction",
                    json!({"destination": destination, "contents": [content]}),
                ));
                let [cause] = &answer["causes"].as_array().expect("a list")[..] else {
                    panic!("not one cause: {answer}")
                };
                rows.assert_eq((case, destination), Seen::by_peer(cause), Some(ours.clone()));
                rows.assert_eq(
                    (case, destination, "left"),
                    &answer["contents"][0][EDU_CONTEXT],
                    &left,
                );
            }
        }
    });
    rows.finish();
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn what_synapse_took_away_is_no_context_and_no_error() {
    let mut rows = Rows::of("EDUs that Synapse emptied");
    let (tracer, _guard, _) = ours::tracer(true);
    fedtrace::with_tracer(&tracer, || {
        for content in [json!({}), json!({EDU_CONTEXT: "{\"uber-trace-id\":\"1:2:0:1\"}"})] {
            let answer = Client::Python.peer().ask(&request(
                "send transaction",
                json!({"destination": LISTED, "contents": [content]}),
            ));
            let left = answer["contents"][0].as_object().expect("an object");
            rows.assert_eq(&content, &left[EDU_CONTEXT], &json!("{}"));
            for origin in [Origin::Internal, FROM_LISTED] {
                rows.assert_eq((&content, origin), seen(left, origin), None);
            }
        }
    });
    rows.assert_eq("errors", tracer.stats().span_context_decoding_errors, 0);
    rows.finish();
}

/// It looks under another key than it writes, in another form, so it begins a new trace also for its own EDUs.
#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn synapse_does_not_read_the_contexts_of_edus_neither_ours_nor_its_own() {
    let mut rows = Rows::of("EDUs that Synapse handles");
    for said in Said::all() {
        let (content, context) = stored_by_synapse(said, 64);
        let handled = handled_by_synapse(&content);
        rows.assert_eq((said, "its own"), handled.trace_id == context.trace_id, false);
    }
    let ((), _) = traced(|| {
        for case in Case::all() {
            let (content, ours) = stored_by_us(&case);
            let handled = handled_by_synapse(&content);
            rows.assert_eq((case, "ours"), handled.trace_id == ours.trace_id, false);

            let text_map: Value = serde_json::from_str(content[EDU_CONTEXT].as_str().expect("a text"))
                .expect("the text map as JSON");
            let context = json!({"opentracing": text_map}).to_string();
            let handled = handled_by_synapse(&Map::from_iter([("context".to_owned(), json!(context))]));
            rows.assert_eq(
                (case, "where it looks"),
                (handled.trace_id, handled.flags, handled.baggage),
                (ours.trace_id, ours.flags, ours.baggage),
            );
        }
    });
    rows.finish();
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn a_response_names_the_trace_as_synapse_does() {
    let mut rows = Rows::of("response headers");
    let ((), _) = traced(|| {
        for case in Case::all() {
            let _scope = ours::start(&case);
            let carrier = Form::TextMap.write(Destination::Internal);
            let theirs = Client::Python
                .peer()
                .ask(&request("response header", json!({"carrier": carrier})));
            let mut ours = HeaderMap::new();
            inject_response_headers(&mut ours, Destination::Internal);
            let [(name, value)] = &theirs.as_object().expect("headers").iter().collect::<Vec<_>>()[..] else {
                panic!("not one header: {theirs}")
            };
            rows.assert_eq((case, name), ours.len(), 1);
            let ours = ours.get(name.as_str()).map(|value| value.as_bytes());
            rows.assert_eq((case, name), ours, value.as_str().map(str::as_bytes));
        }
    });
    rows.finish();
}
