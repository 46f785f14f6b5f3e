//! Contexts in EDUs and in text: what is written, who gets it, and whom we believe.

use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, FinishedSpan, Origin, ReferenceKind, context_from_string, context_to_string, extract_edu,
    force_tracing, inject_edu, start_active_span, start_active_span_from_edu, start_send_transaction,
    strip_edu, trace_id, with_tracer,
};
use fedtrace_tests::listed_tracer;
use serde_json::{Map, Value, json};

const KEY: &str = "org.matrix.opentracing_context";
const LISTED: Destination<'_> = Destination::Homeserver("trusted.example");
const UNLISTED: Destination<'_> = Destination::Homeserver("trusted.example.evil.example");
const FROM_LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("trusted.example");
const FROM_UNLISTED: Origin<'_> = Origin::AuthenticatedHomeserver("evil.example");

type Content = Map<String, Value>;

fn content(context: Value) -> Content {
    Map::from_iter([(KEY.to_owned(), context)])
}

/// The content of an EDU that was made in the span of this name, as it waits for its transaction.
fn stored(op: &'static str, forced: bool) -> Content {
    let _scope = start_active_span(op);
    if forced {
        force_tracing();
    }
    let mut content = Map::new();
    inject_edu(&mut content, Destination::Internal);
    content
}

fn text(content: &Content) -> Option<&str> {
    content.get(KEY).map(|value| value.as_str().unwrap())
}

fn causes(span: &FinishedSpan) -> Vec<u64> {
    let causes = span
        .references
        .iter()
        .filter(|reference| reference.kind == ReferenceKind::FollowsFrom);
    causes.map(|reference| reference.span_id.get()).collect()
}

#[test]
fn an_edu_holds_the_context_as_a_json_string_of_the_flat_text_map() {
    let test = listed_tracer();
    let content = with_tracer(test.tracer(), || stored("typing", true));
    let typing = test.finished_span("typing");
    let map: Value = serde_json::from_str(text(&content).unwrap()).unwrap();
    let expected = format!("{}:{}:0:3", typing.trace_id, typing.span_id);
    assert_eq!(
        map,
        json!({"uber-trace-id": expected, "uberctx-synapse-force-tracing": "1"})
    );
}

#[test]
fn each_destination_gets_in_an_edu_and_a_text_what_it_may_have() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("typing");
        force_tracing();
        let listed = context_to_string(LISTED).unwrap();
        assert!(listed.ends_with(":0:1\"}"), "{listed}");
        for (destination, expected) in [
            (LISTED, Some(listed)),
            (UNLISTED, None),
            (Destination::Client, None),
            (Destination::ThirdParty, None),
        ] {
            let mut content = content(json!("stale"));
            inject_edu(&mut content, destination);
            assert_eq!(text(&content), expected.as_deref());
            assert_eq!(context_to_string(destination), expected);
        }
    });
    assert_eq!(test.tracer().stats().missing_active_spans, 0);
}

#[test]
fn with_tracing_off_contexts_are_still_removed() {
    let context = json!(r#"{"uber-trace-id":"1:2:0:1"}"#);
    for destination in [LISTED, Destination::Internal] {
        let mut edu = content(context.clone());
        inject_edu(&mut edu, destination);
        assert!(edu.is_empty());
        let mut edus = [content(context.clone()), content(context.clone())];
        drop(start_send_transaction(&mut edus, destination));
        assert_eq!(edus, [Map::new(), Map::new()]);
    }
    let mut edu = content(context.clone());
    strip_edu(&mut edu);
    assert!(edu.is_empty());
    assert_eq!(extract_edu(&content(context), Origin::Internal), None);
    assert_eq!(context_to_string(Destination::Internal), None);
}

#[test]
fn an_edu_without_an_active_span_is_counted() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        inject_edu(&mut Map::new(), Destination::Internal);
        inject_edu(&mut Map::new(), UNLISTED);
        inject_edu(&mut Map::new(), Destination::Client);
    });
    assert_eq!(test.tracer().stats().missing_active_spans, 2);
}

#[test]
fn a_context_that_is_long_nested_or_no_text_is_none_and_one_count() {
    let test = listed_tracer();
    let lawful = r#"{"uber-trace-id":"1:2:0:1"}"#;
    let long = format!("{lawful}{}", " ".repeat(4097 - lawful.len()));
    with_tracer(test.tracer(), || {
        for (counted, odd) in (1..).zip([
            json!(long),
            json!({"uber-trace-id": "1:2:0:1"}),
            json!({"opentracing": {"uber-trace-id": "1:2:0:1"}}),
            json!([lawful]),
            json!(null),
            json!(1),
            json!(""),
            json!("[]"),
            json!("1:2:0:1"),
            json!(r#"{"uber-trace-id":1}"#),
            json!(r#"{"uber-trace-id":["1:2:0:1"]}"#),
            json!(r#"{"uber-trace-id":"1:2:0:1","more":{}}"#),
            json!(r#"{"uber-trace-id":"1:2:0:1","uber-trace-id":"1:3:0:1"}"#),
            json!(r#"{"uber-trace-id":"1:2:0:1","Uber-Trace-Id":"1:3:0:1"}"#),
            json!(r#"{"uber-trace-id":"0:2:0:1"}"#),
            json!(format!("{}1{}", "[".repeat(2000), "]".repeat(2000))),
        ]) {
            assert_eq!(extract_edu(&content(odd.clone()), FROM_LISTED), None, "{odd}");
            assert_eq!(
                test.tracer().stats().span_context_decoding_errors,
                counted,
                "{odd}"
            );
        }
        assert!(context_from_string(&long[..4096], FROM_LISTED).is_some());
        for nothing in [Map::new(), content(json!("{}"))] {
            assert_eq!(extract_edu(&nothing, FROM_LISTED), None);
        }
    });
    let stats = test.tracer().stats();
    assert_eq!(
        (stats.span_context_decoding_errors, stats.refused_contexts),
        (16, 0)
    );
}

#[test]
fn edus_of_unlisted_homeservers_and_clients_are_not_believed_and_counted() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        for (counted, (context, origin)) in (1..).zip([
            (json!(r#"{"uber-trace-id":"1:2:0:1"}"#), FROM_UNLISTED),
            (json!(r#"{"uber-trace-id":"1:2:0:1"}"#), Origin::Unauthenticated),
            (json!({}), FROM_UNLISTED),
            (json!("garbage"), Origin::Unauthenticated),
        ]) {
            assert_eq!(extract_edu(&content(context), origin), None);
            assert_eq!(test.tracer().stats().refused_contexts, counted);
        }
    });
    assert_eq!(test.tracer().stats().span_context_decoding_errors, 0);
}

#[test]
fn from_a_listed_homeserver_an_edu_brings_ids_and_the_sampled_flag_only() {
    let test = listed_tracer();
    let context = json!(r#"{"uber-trace-id": "abc:de:0:f", "uberctx-synapse-force-tracing": "1"}"#);
    let taken = with_tracer(test.tracer(), || {
        extract_edu(&content(context), FROM_LISTED).unwrap()
    });
    assert_eq!((taken.trace_id().get(), taken.span_id().get()), (0xabc, 0xde));
    assert!(taken.flags().bits() == 1 && !taken.is_forced() && taken.baggage().is_empty());
    assert_eq!(test.tracer().stats().dropped_baggage_items, 1);
}

#[test]
fn the_handling_of_an_edu_is_a_child_of_its_sender_and_follows_from_the_active_span() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let _request = start_active_span("request");
        let context = content(json!(r#"{"uber-trace-id":"abc:de:0:1"}"#));
        drop(start_active_span_from_edu(&context, "believed", FROM_LISTED));
        drop(start_active_span_from_edu(&context, "refused", FROM_UNLISTED));
    });
    let (request, believed) = (test.finished_span("request"), test.finished_span("believed"));
    assert_eq!(believed.trace_id.get(), 0xabc);
    assert_eq!(believed.parent_span_id.map(|id| id.get()), Some(0xde));
    assert_eq!(causes(&believed), [request.span_id.get()]);
    let refused = test.finished_span("refused");
    assert_eq!(refused.trace_id, request.trace_id);
    assert_eq!(refused.parent_span_id, Some(request.span_id));
}

/// Upstream strips contexts for the servers that may have them, and keeps them for the others.
#[test]
fn a_transaction_keeps_contexts_for_a_listed_server_and_removes_them_for_others() {
    for (destination, expected) in [
        (LISTED, Some("1")),
        (UNLISTED, None),
        (Destination::ThirdParty, None),
        (Destination::Client, None),
    ] {
        let test = listed_tracer();
        with_tracer(test.tracer(), || {
            let mut edus = [stored("first", true), Map::new(), stored("second", false)];
            let before = edus.clone();
            drop(start_send_transaction(&mut edus, destination));
            assert!(edus[1].is_empty());
            for index in [0, 2] {
                let ids = |content| {
                    let map: Value = serde_json::from_str(text(content)?).unwrap();
                    assert_eq!(map.get("uberctx-synapse-force-tracing"), None);
                    Some(
                        map["uber-trace-id"]
                            .as_str()
                            .unwrap()
                            .rsplit_once(':')
                            .unwrap()
                            .1
                            .to_owned(),
                    )
                };
                assert_eq!(ids(&edus[index]).as_deref(), expected);
                assert!(text(&before[index]).is_some());
            }
        });
        let sending = test.finished_span("send_transaction");
        let (first, second) = (test.finished_span("first"), test.finished_span("second"));
        assert_eq!(causes(&sending), [first.span_id.get(), second.span_id.get()]);
        assert_eq!(sending.trace_id, first.trace_id);
    }
}

#[test]
fn a_transaction_forces_tracing_if_one_of_its_edus_was_forced() {
    let test = TestTracer::with_sampler(fedtrace::sampler::ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let mut edus = [stored("first", false), stored("second", true)];
        drop(start_send_transaction(&mut edus, LISTED));
        let mut edus = [stored("first", false)];
        drop(start_send_transaction(&mut edus, LISTED));
    });
    let spans = test.finished_spans();
    let names: Vec<_> = spans.iter().map(|span| &*span.operation_name).collect();
    assert_eq!(names, ["second", "send_transaction"]);
}

#[test]
fn a_stored_context_that_cannot_be_read_is_removed_and_counted() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let mut edus = [content(json!("garbage")), content(json!({"a": 1}))];
        drop(start_send_transaction(&mut edus, LISTED));
        assert_eq!(edus, [Map::new(), Map::new()]);
    });
    assert_eq!(test.tracer().stats().span_context_decoding_errors, 2);
    assert!(causes(&test.finished_span("send_transaction")).is_empty());
}

#[test]
fn a_change_of_the_whitelist_counts_for_edus_that_were_stored_before() {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let mut edus = [stored("typing", false)];
        test.tracer().set_homeserver_whitelist(["other.example"]).unwrap();
        drop(start_send_transaction(&mut edus, LISTED));
        assert!(edus[0].is_empty());
    });
}

#[test]
fn a_text_crosses_workers_with_baggage() {
    let (first, second) = (listed_tracer(), listed_tracer());
    let (sent, column) = with_tracer(first.tracer(), || {
        let _scope = start_active_span("add_device_change");
        force_tracing();
        (trace_id(), context_to_string(Destination::Internal).unwrap())
    });
    let taken = with_tracer(second.tracer(), || context_from_string(&column, Origin::Internal)).unwrap();
    assert!(taken.is_forced() && taken.is_remote());
    assert_eq!(Some(taken.trace_id()), sent);
}
