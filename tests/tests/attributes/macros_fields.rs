//! What `#[tag_args]` takes from the forms that other crates have: `skip_all`, signs, declarations, names without `ARG.`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use fedtrace::{TagValue, Tracer, set_tag, tag_args, trace};
use fedtrace_tests::{record, record_with};
use futures::executor::block_on;

struct Shown;

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("displayed")
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("debugged")
    }
}

#[derive(Debug)]
struct Event {
    id: Shown,
}

const KEY: &str = "key.of.a.constant";

#[test]
fn skip_all_leaves_only_the_fields() {
    #[trace]
    #[tag_args(skip_all, fields(sum = a + b))]
    fn both(a: u32, b: u32) {
        let _ = (a, b);
    }
    #[trace]
    #[tag_args(only(), fields(sum = a + b))]
    fn nothing_chosen(a: u32, b: u32) {
        let _ = (a, b);
    }
    #[trace]
    #[tag_args(skip())]
    fn nothing_skipped(a: u32) {
        let _ = a;
    }
    let spans = record(|| {
        both(1, 2);
        nothing_chosen(1, 2);
        nothing_skipped(1);
    });
    for name in ["both", "nothing_chosen"] {
        assert_eq!(spans.tag(name, "sum"), Some(&TagValue::Long(3)), "{name}");
        assert!(spans.arguments(name).is_empty(), "{name}");
    }
    assert_eq!(spans.arguments("nothing_skipped"), ["a=1"]);
}

#[test]
fn self_may_be_skipped_though_it_is_never_tagged() {
    struct Server;
    impl Server {
        #[trace]
        #[tag_args(skip(self, body))]
        fn send(&self, body: &[u8], limit: u32) -> usize {
            body.len().min(limit as usize)
        }
    }
    let spans = record(|| {
        Server.send(&[1], 2);
    });
    assert_eq!(spans.arguments("send"), ["limit=2"]);
}

#[test]
fn a_sign_chooses_how_a_value_is_shown() {
    #[trace]
    #[tag_args(skip_all, fields(
        %shown,
        event = ?event.id,
        %event.id,
        display = %event.id,
        "any name" = ?shown,
        { KEY } = event.id,
        %before = shown,
    ))]
    fn store(shown: Shown, event: &Event) {
        let _ = (shown, event);
    }
    #[trace]
    #[tag_args(skip_all, fields(?shown))]
    async fn store_later(shown: Shown) {
        let _ = shown;
    }
    let spans = record(|| {
        store(Shown, &Event { id: Shown });
        block_on(store_later(Shown));
    });
    for (key, value) in [
        ("shown", "displayed"),
        ("event", "debugged"),
        ("event.id", "displayed"),
        ("display", "displayed"),
        ("any name", "debugged"),
        (KEY, "displayed"),
        ("before", "displayed"),
    ] {
        assert_eq!(spans.tag("store", key), Some(&TagValue::from(value)), "{key}");
    }
    assert_eq!(
        spans.tag("store_later", "shown"),
        Some(&TagValue::from("debugged"))
    );
}

#[test]
fn a_field_without_a_value_is_only_declared() {
    #[trace]
    #[tag_args(skip_all, fields(db.query.text, rows))]
    fn query(text: &str) {
        set_tag("db.query.text", text);
    }
    let spans = record(|| query("SELECT 1"));
    let span = spans.get("query");
    assert_eq!(span.tag("db.query.text"), Some(&TagValue::from("SELECT 1")));
    assert_eq!(span.tag("rows"), None);
}

#[test]
fn an_option_is_tagged_with_its_content_or_not_at_all() {
    type Since = Option<u64>;
    #[trace]
    #[tag_args(fields(length = text.map(str::len), filter = &filter, literal = "l"))]
    fn sync(text: Option<&str>, filter: &Option<String>, since: Since) {
        let _ = (text, filter, since);
    }
    #[tag_args(skip(name))]
    #[trace]
    fn later(name: &str, limit: Option<u32>, filter: Option<Shown>) -> Pin<Box<dyn Future<Output = usize>>> {
        let length = name.len();
        Box::pin(async move {
            let _ = (&limit, &filter);
            length
        })
    }
    let spans = record(|| sync(Some("abc"), &Some("f".to_owned()), Some(7)));
    let span = spans.get("sync");
    assert_eq!(spans.arguments("sync"), ["text=abc", "filter=f", "since=7"]);
    assert_eq!(span.tag("length"), Some(&TagValue::Long(3)));
    assert_eq!(span.tag("filter"), Some(&TagValue::from("f")));
    assert_eq!(span.tag("literal"), Some(&TagValue::from("l")));
    let spans = record(|| {
        sync(None, &None, None);
        block_on(later("a", Some(1), None));
    });
    assert!(spans.arguments("sync").is_empty());
    assert_eq!(spans.tag("sync", "length"), None);
    assert_eq!(spans.arguments("later"), ["limit=1"]);
}

#[test]
fn the_empty_value_of_the_crate_tracing_records_nothing() {
    #[trace]
    #[tag_args(fields(late = tracing::field::Empty, later = tracing::field::Empty))]
    fn declared() {
        set_tag("later", 1);
    }
    #[trace]
    #[tag_args(fields(shown = since.map(tracing::field::display), debugged = tracing::field::debug(since)))]
    fn wrapped(since: Option<u32>) {
        let _ = since;
    }
    let spans = record(|| {
        declared();
        wrapped(Some(3));
    });
    assert_eq!(spans.tag("declared", "late"), None);
    assert_eq!(spans.tag("declared", "later"), Some(&TagValue::Long(1)));
    assert_eq!(spans.tag("wrapped", "shown"), Some(&TagValue::from("3")));
    assert_eq!(spans.tag("wrapped", "debugged"), Some(&TagValue::from("Some(3)")));
}

#[test]
fn a_prefix_of_keys_replaces_arg() {
    #[trace]
    #[tag_args(prefix = "", fields(%event, late))]
    fn without(room_id: &str, event: Shown, late: u32, access_token: &str) {
        let _ = (room_id, event, late, access_token);
    }
    #[trace]
    #[tag_args(prefix = "matrix.")]
    async fn with(room_id: String) {
        let _ = room_id;
    }
    let spans = record(|| {
        without("!a:b", Shown, 1, "secret");
        block_on(with("!a:b".to_owned()));
    });
    let span = spans.get("without");
    assert_eq!(span.tag("room_id"), Some(&TagValue::from("!a:b")));
    assert_eq!(span.tag("event"), Some(&TagValue::from("displayed")));
    assert_eq!(span.tag("late"), None, "a declared field stands for the argument");
    assert_eq!(span.tag("access_token"), Some(&TagValue::from("<redacted>")));
    assert!(spans.arguments("without").is_empty());
    assert_eq!(spans.tag("with", "matrix.room_id"), Some(&TagValue::from("!a:b")));
}

#[test]
fn the_configuration_redacts_arguments_whatever_their_keys_are() {
    #[trace]
    #[tag_args(prefix = "", fields(other = email))]
    fn sync(email: &str) {
        let _ = email;
    }
    #[trace]
    #[tag_args(prefix = "user.")]
    fn later(email: &str) -> impl Future<Output = usize> + use<> {
        let length = email.len();
        async move { length }
    }
    let builder = Tracer::builder("redacting").redacted_arguments(["email"]);
    let spans = record_with(builder, || {
        sync("a@example.org");
        block_on(later("a@example.org"));
    });
    let redacted = TagValue::from("<redacted>");
    let redacted = Some(&redacted);
    assert_eq!(spans.tag("sync", "email"), redacted);
    assert_eq!(spans.tag("sync", "other"), Some(&TagValue::from("a@example.org")));
    assert_eq!(spans.tag("later", "user.email"), redacted);
}
