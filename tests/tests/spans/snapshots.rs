//! Trees as JSON and as snapshots.

use std::time::Duration;

use fedtrace::testing::{TestClock, TestTracer};
use fedtrace::{Origin, build_span, extract, log_kv, set_tag, start_active_span, with_tracer};
use serde_json::json;

/// Two traces, one of which began elsewhere and refers to the other and to a span that is not here.
fn traces(clock: &TestClock) -> TestTracer {
    let test = TestTracer::builder().clock(clock).build();
    with_tracer(test.tracer(), || {
        let cause = {
            let request = start_active_span("GET /sync");
            set_tag("user_id", "@alice:example.org");
            set_tag("status", 200);
            clock.advance(Duration::from_micros(1_500));
            drop(start_active_span("store"));
            log_kv((("event", "retry"), ("attempt", 2)));
            set_tag("ratio", 0.5);
            set_tag("last", true);
            request.span().context()
        };
        clock.advance(Duration::from_millis(2));
        let context = |context: &str| {
            let headers = [("uber-trace-id".to_owned(), context.to_owned())];
            extract(&std::collections::HashMap::from(headers), Origin::Internal)
        };
        let late = build_span("late")
            .child_of(context("1:2:0:1"))
            .follows_from(cause);
        let late = late.follows_from(context("3:4:0:1")).start();
        clock.advance(Duration::from_millis(40));
        late.finish();
    });
    test
}

#[test]
fn a_snapshot_of_insta_is_the_same_in_each_run() {
    let test = traces(&TestClock::new());
    insta::assert_json_snapshot!(test.tree(), @r#"
    [
      {
        "name": "GET /sync",
        "span": 1,
        "trace": 1,
        "tags": {
          "last": true,
          "ratio": 0.5,
          "sampler.param": true,
          "sampler.type": "const",
          "status": 200,
          "user_id": "@alice:example.org"
        },
        "logs": [
          {
            "attempt": 2,
            "event": "retry"
          }
        ],
        "children": [
          {
            "name": "store",
            "span": 2
          }
        ]
      },
      {
        "name": "late",
        "span": 3,
        "trace": 2,
        "parent": "remote",
        "references": [
          {
            "follows_from": 1
          },
          {
            "follows_from": null
          }
        ]
      }
    ]
    "#);
    insta::assert_snapshot!(test.tree().with_tags(["status"]).with_references(), @r"
    GET /sync status=200
      store
    late follows_from=GET /sync follows_from=0000000000000003:0000000000000004
    ");
}

#[test]
fn times_are_shown_on_request_and_are_those_of_the_clock_that_stands() {
    let trees = traces(&TestClock::new()).tree().with_times().to_json();
    let times = |tree: &serde_json::Value| [tree["start_us"].clone(), tree["duration_us"].clone()];
    assert_eq!(times(&trees[0]), [json!(0), json!(1_500)]);
    assert_eq!(times(&trees[0]["children"][0]), [json!(1_500), json!(0)]);
    assert_eq!(times(&trees[1]), [json!(3_500), json!(40_000)]);
}

#[test]
fn what_is_serialized_is_what_is_in_the_value() {
    let tree = traces(&TestClock::new()).tree();
    let text = serde_json::to_string(&tree).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        tree.to_json()
    );
    assert!(!text.contains("start_us"), "{text}");
}

#[test]
fn spans_that_are_nested_very_deeply_are_counted_below_the_levels_that_are_shown() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scopes: Vec<_> = (0..10_000).map(|_| start_active_span("level")).collect();
        scopes.into_iter().rev().for_each(drop);
    });
    let tree = test.tree().to_json();
    let mut span = &tree[0];
    let mut levels = 1;
    while span["children"].is_array() {
        span = &span["children"][0];
        levels += 1;
    }
    assert_eq!((levels, &span["deeper"]), (500, &serde_json::json!(1)));
}
