//! EDUs as text: the same as with maps.

use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, Origin, extract_edu, extract_raw_edu, inject_edu, inject_raw_edu, start_active_span,
    start_active_span_from_raw_edu, start_send_raw_transaction, start_send_transaction, start_span_from_edu,
    start_span_from_raw_edu, strip_edu, strip_raw_edu, with_tracer,
};
use fedtrace_tests::listed_tracer;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

const KEY: &str = "org.matrix.opentracing_context";
const LISTED: Destination<'_> = Destination::Homeserver("trusted.example");
const UNLISTED: Destination<'_> = Destination::Homeserver("stranger.example");
const FROM_LISTED: Origin<'_> = Origin::AuthenticatedHomeserver("trusted.example");

type Content = Map<String, Value>;

fn map(text: &str) -> Content {
    serde_json::from_str(text).unwrap()
}

/// JSON with keys that are or look like that of a context.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from(r#"{"uber-trace-id":"abc:7:0:1"}"#)),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just(KEY.to_owned()), Just("content".to_owned()), ".{0,8}"]
}

fn object() -> impl Strategy<Value = Content> {
    prop::collection::hash_map(key(), json_value(), 0..5).prop_map(|map| map.into_iter().collect())
}

/// The text of an object in which the name of the context may be escaped, with spaces.
fn spelled(content: &Content, escaped: bool) -> String {
    let text = serde_json::to_string_pretty(content).unwrap();
    match escaped {
        true => text.replace(KEY, r"org\u002ematrix.opentracing\u005fcontext"),
        false => text,
    }
}

proptest! {
    #[test]
    fn raw_and_map_forms_agree_on_random_json(content in object(), escaped: bool, listed: bool) {
        let test = listed_tracer();
        let text = spelled(&content, escaped);
        with_tracer(test.tracer(), || {
            let mut stripped = content.clone();
            strip_edu(&mut stripped);
            assert_eq!(map(&strip_raw_edu(&text)), stripped);

            let scope = start_active_span("span");
            for destination in [Destination::Internal, if listed { LISTED } else { UNLISTED }] {
                let mut injected = content.clone();
                inject_edu(&mut injected, destination);
                assert_eq!(map(&inject_raw_edu(text.as_bytes(), destination)), injected);
            }
            drop(scope);
            for origin in [FROM_LISTED, Origin::Internal, Origin::Unauthenticated] {
                assert_eq!(extract_raw_edu(&text, origin), extract_edu(&content, origin));
            }
        });
    }

    #[test]
    fn raw_and_map_transactions_agree_on_random_json(contents in prop::collection::vec(object(), 0..4), listed: bool) {
        let test = listed_tracer();
        let destination = if listed { LISTED } else { UNLISTED };
        with_tracer(test.tracer(), || {
            let edu = |content: &Content| json!({"edu_type": "m.typing", "content": content});
            let mut raw: Vec<Box<RawValue>> = contents
                .iter()
                .map(|content| serde_json::value::to_raw_value(&edu(content)).unwrap())
                .collect();
            let mut maps = contents.clone();
            drop(start_send_transaction(&mut maps, destination));
            drop(start_send_raw_transaction(&mut raw, destination));
            for (raw, map) in raw.iter().zip(&maps) {
                assert_eq!(serde_json::from_str::<Value>(raw.get()).unwrap(), edu(map));
            }
        });
        let spans = test.finished_spans();
        let causes = |index: usize| &spans[index].references;
        prop_assert_eq!(causes(0), causes(1));
    }
}

#[test]
fn text_without_a_context_is_not_copied() {
    let content = r#" { "a" : [1, {"org.matrix.opentracing_context": 1}] } "#;
    let stripped = strip_raw_edu(content);
    assert!(matches!(stripped, std::borrow::Cow::Borrowed(_)));
    assert_eq!(stripped, content);
    let mut edus = [RawValue::from_string(r#"{"content":{"a":1}}"#.to_owned()).unwrap()];
    let before = edus[0].get().as_ptr();
    drop(start_send_raw_transaction(&mut edus, LISTED));
    assert_eq!(edus[0].get().as_ptr(), before);
}

#[test]
fn a_key_that_is_no_text_and_a_second_content_hide_no_context() {
    let context = r#""org.matrix.opentracing_context":"{\"uber-trace-id\":\"abc:7:0:1\"}""#;
    let content = format!(r#"{{"\ud800":1,{context}}}"#);
    assert!(!strip_raw_edu(&content).contains("abc"));
    let edu = format!(r#"{{"\ud800":1,"content":{{{context}}},"content":{{{context}}}}}"#);
    let mut edus = [RawValue::from_string(edu).unwrap()];
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        drop(start_send_raw_transaction(&mut edus, UNLISTED))
    });
    assert!(!edus[0].get().contains("abc"), "{}", edus[0].get());
}

#[test]
fn what_is_no_object_stays_as_it_is() {
    for text in ["", "[]", "7", r#"{"a":"#, r#"{"org.matrix.opentracing_context":"#] {
        assert_eq!(inject_raw_edu(text, Destination::Internal), text);
        assert_eq!(extract_raw_edu(text, Origin::Internal), None);
    }
    assert_eq!(strip_raw_edu(&b"\xff"[..]), "");
}

#[test]
fn an_edu_as_text_starts_the_same_spans() {
    let sender = listed_tracer();
    let content = with_tracer(sender.tracer(), || {
        let _scope = start_active_span("sender");
        inject_raw_edu("{}", Destination::Internal).into_owned()
    });
    let sent = sender.finished_span("sender");
    let test: TestTracer = listed_tracer();
    with_tracer(test.tracer(), || {
        let _transaction = start_active_span("transaction");
        drop(start_active_span_from_raw_edu(&content, "active", FROM_LISTED));
        start_span_from_raw_edu(&content, "raw", FROM_LISTED).finish();
        start_span_from_edu(&map(&content), "map", FROM_LISTED).finish();
        start_span_from_edu(&Content::new(), "without", FROM_LISTED).finish();
    });
    let transaction = test.finished_span("transaction");
    for span in ["active", "raw", "map"].map(|name| test.finished_span(name)) {
        assert_eq!(span.parent_span_id, Some(sent.span_id), "{span:?}");
        assert_eq!(span.trace_id, sent.trace_id);
        assert!(span.references.iter().any(|it| it.span_id == transaction.span_id));
    }
    let without = test.finished_span("without");
    assert_eq!(without.parent_span_id, Some(transaction.span_id));
}
