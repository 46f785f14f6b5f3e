//! `assert_trace!`: what holds, what does not, and what it then says.

use fedtrace::testing::{TestTracer, assert_trace};
use fedtrace::{Origin, build_span, log_kv, set_tag, start_active_span, tags, with_tracer};
use fedtrace_tests::failure;

/// Runs in a tracer of its own.
fn trace(work: impl FnOnce()) -> TestTracer {
    let test = TestTracer::new();
    with_tracer(test.tracer(), work);
    test
}

fn span(name: &'static str, work: impl FnOnce()) {
    let _scope = start_active_span(name);
    work();
}

fn nothing() {}

fn request() -> TestTracer {
    trace(|| {
        span("GET /send", || {
            set_tag(tags::HTTP_STATUS_CODE, 200);
            set_tag("user_id", "@alice:example.org");
            span("authenticate", nothing);
            span("store", || span("insert", nothing));
            span("notify", || {
                set_tag(tags::ERROR, true);
                log_kv((("event", "error"), ("message", "connection refused")));
            });
        });
    })
}

const STORE: &str = "store";

#[test]
fn a_tree_holds_with_all_that_its_spans_say() {
    let test = request();
    assert_trace!(test, {
        "GET /send" [
            http.status_code = 200,
            user_id ~ "@*:example.org",
            { tags::HTTP_STATUS_CODE } = _,
            !secret,
            !error,
        ] {
            "authenticate",
            STORE { _ }
            "notify" [error ~ "*refused", log(event = "error", message = _), "error" = true],
        }
    });
    assert_trace!(&test, { ~ "GET *" { "authenticate", any_order { "notify" [error], "store" { "insert" } } } });
    assert_trace!(test.tree(), { "GET /send" { "store" { .. }, .. } });
    assert_trace!(test.finished_spans(), { _ { .. } });
}

#[test]
fn no_span_is_an_empty_tree() {
    let test = TestTracer::new();
    assert_trace!(test, {});
    let message = failure(|| assert_trace!(test, { "a" }));
    assert!(message.contains("\"a\" is missing"), "{message}");
}

#[test]
fn others_are_allowed_only_where_two_dots_are() {
    let test = trace(|| {
        ["a", "x", "b", "y", "c"]
            .into_iter()
            .for_each(|name| span(name, nothing))
    });
    assert_trace!(test, { "a", "b", "c", .. });
    assert_trace!(test, { any_order { "c", "a" } .. });
    assert_trace!(test, { "x", any_order { "c", "b" }, .. });
    for message in [
        failure(|| assert_trace!(test, { "a", "b", "c" })),
        failure(|| assert_trace!(test, { "b", "a", .. })),
        failure(|| assert_trace!(test, { any_order { "c", "a" }, "b", .. })),
        failure(|| assert_trace!(test, { any_order { "a", "b", "c", "x" } })),
    ] {
        assert!(message.starts_with("the spans are not as expected"), "{message}");
    }
}

/// The first one that fits is not always the right one.
#[test]
fn in_any_order_a_span_gives_its_place_to_one_that_has_no_other() {
    let test = trace(|| ["a", "b", "c"].into_iter().for_each(|name| span(name, nothing)));
    assert_trace!(test, { any_order { _, ~ "?", "a" } });
}

#[test]
fn references_and_remote_parents_are_asserted_by_name() {
    let test = trace(|| {
        let remote = [("uber-trace-id", "1:2:0:1")];
        let remote = remote.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let caller = fedtrace::extract(&std::collections::HashMap::from(remote), Origin::Internal);
        let request = build_span("request").child_of(caller).start();
        let late = build_span("late").ignore_active_span().start();
        build_span("part")
            .child_of(late.context())
            .follows_from(request.context())
            .start()
            .finish();
        late.finish();
        request.finish();
    });
    assert_trace!(test, {
        "request" [remote_parent],
        "late" { "part" [follows_from = "request", follows_from ~ "re*"] }
    });
    let message = failure(|| {
        assert_trace!(test, {
            "request" [follows_from = "late"],
            "late" [remote_parent] { "part" [follows_from = "other"] }
        });
    });
    for line in [
        "+     (no follows_from)",
        "+     (no parent in another process)",
        "+       follows_from = \"request\"",
    ] {
        assert!(message.contains(line), "{message}");
    }
}

/// Compares the lines behind the first one.
#[track_caller]
fn assert_lines(message: &str, first: &str, lines: &str) {
    let (head, rest) = message
        .split_once("\n(- expected, + actual)\n\n")
        .expect("two lines of heading");
    assert_eq!(head, format!("the spans are not as expected: {first}"));
    let rest: Vec<&str> = rest.lines().collect();
    let lines: Vec<&str> = lines
        .lines()
        .map(|line| line.strip_prefix("            ").unwrap_or(line))
        .collect();
    assert_eq!(rest.join("\n"), lines[1..].join("\n").trim_end(), "\n{message}");
}

#[test]
fn another_value_is_shown_with_the_type_of_both() {
    let message = failure(|| {
        assert_trace!(request(), {
            "GET /send" [http.status_code = "200", user_id ~ "@bob:*"] {
                "authenticate", "store" { "insert" }, "notify"
            }
        });
    });
    assert_lines(
        &message,
        r#""GET /send": expected http.status_code = "200", found http.status_code = 200"#,
        r#"
              GET /send
            -     http.status_code = "200"   <-- first difference
            +     http.status_code = 200
            -     user_id ~ "@bob:*"
            +     user_id = "@alice:example.org"
                authenticate
                store
                  insert
                notify   (error = "connection refused")
    "#,
    );
}

#[test]
fn a_tag_that_is_missing_is_shown_with_those_that_there_are() {
    let message = failure(|| {
        assert_trace!(request(), { "GET /send" [user = "@alice:example.org"] { .. } });
    });
    assert_lines(
        &message,
        r#""GET /send": expected user = "@alice:example.org", found (no user; there are: http.status_code, user_id)"#,
        r#"
              GET /send
            -     user = "@alice:example.org"
            +     (no user; there are: http.status_code, user_id)
                .. (3 others)
    "#,
    );
}

#[test]
fn a_span_that_is_missing_and_one_that_is_not_expected_are_shown_in_their_place() {
    let message = failure(|| {
        assert_trace!(request(), { "GET /send" { "store" { "insert" }, "commit" [rows = 1], "notify" } });
    });
    assert_lines(
        &message,
        r#""authenticate" is not expected below "GET /send""#,
        r#"
              GET /send
            +   authenticate
                store
                  insert
            -   commit [rows = 1]
                notify   (error = "connection refused")
    "#,
    );
}

#[test]
fn a_span_below_another_parent_is_shown_with_the_place_where_it_is() {
    let message = failure(|| {
        assert_trace!(request(), { "GET /send" { "authenticate", "store", "insert", "notify" } });
    });
    assert_lines(
        &message,
        r#""insert" is not expected below "store""#,
        r#"
              GET /send
                authenticate
                store
            +     insert
            -   insert   (there is one below "store")
                notify   (error = "connection refused")
    "#,
    );
}

#[test]
fn another_order_is_called_that() {
    let message = failure(|| {
        assert_trace!(request(), { "GET /send" { "store" { .. }, "notify", "authenticate" } });
    });
    assert_lines(
        &message,
        r#""authenticate" is not expected below "GET /send""#,
        r#"
              GET /send
            +   authenticate
                store
                  .. (1 other)
                notify   (error = "connection refused")
            -   authenticate   (it comes at another place, which any_order { … } allows)
    "#,
    );
}

#[test]
fn another_name_is_shown_above_the_same_children() {
    let message = failure(|| {
        assert_trace!(request(), { "GET /sync" { "authenticate", "store" { "insert" }, "notify" [!error] } });
    });
    assert_lines(
        &message,
        r#"expected "GET /sync", found "GET /send""#,
        r#"
            - GET /sync   <-- first difference
            + GET /send
                authenticate
                store
                  insert
                notify
            -       !error
            +       error = "connection refused"
    "#,
    );
}

#[test]
fn names_and_values_cannot_control_the_terminal() {
    let test = trace(|| {
        let _scope = start_active_span("a\u{1b}[2J");
        set_tag("key", "b\r\u{202e}");
    });
    let message = failure(|| assert_trace!(test, { "other"[key = _] }));
    assert!(!message.contains(['\u{1b}', '\r', '\u{202e}']), "{message:?}");
}
