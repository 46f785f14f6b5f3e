//! Headers that no tracer wrote: malformed contexts, debug ids, baggage by hand.

use fedtrace::{Destination, Origin, build_span};
use serde_json::{Value, json};

use crate::cases::{Rows, Seen};
use crate::ours::{Form, traced, traced_with};
use crate::peers::{Client, Roots, request};

/// What Python, Node and we read in a header `uber-trace-id`: the numbers, `-` for no context, `!` for an exception,
/// which Synapse does not catch.
const CONTEXTS: [(&str, [&str; 3]); 26] = [
    ("1:2:0:1", ["1:2:1"; 3]),
    ("0001:0002:0003:3", ["1:2:3", "0001:0002:3", "1:2:3"]),
    ("1%3A2%3A0%3A1", ["1:2:1"; 3]),
    ("1%3a2%3a0%3a1", ["1:2:1"; 3]),
    ("ABC:DEF:0:1", ["abc:def:1"; 3]),
    ("1:2:0:8", ["1:2:8"; 3]),
    ("1:2:0:ff", ["1:2:ff", "1:2:ff", "1:2:f"]),
    ("1:2:0:100", ["1:2:100", "1:2:100", "-"]),
    ("0:2:0:1", ["!", "-", "-"]),
    ("1:0:0:1", ["!", "1:0:1", "-"]),
    ("", ["!", "-", "-"]),
    ("1", ["!", "-", "-"]),
    ("1:2:0", ["!", "-", "-"]),
    ("1:2:0:1:0", ["!", "-", "-"]),
    ("1:2::1", ["!", "-", "-"]),
    ("1:2:0:", ["!", "-", "-"]),
    (":::", ["!", "-", "-"]),
    ("-1:2:0:1", ["!", "-1:2:1", "-"]),
    ("1:-2:0:1", ["!", "1:-2:1", "-"]),
    ("+1:2:0:1", ["1:2:1", "+1:2:1", "-"]),
    ("0x1:2:0:1", ["1:2:1", "0x1:2:1", "-"]),
    ("1: 2:0:1", ["1:2:1", "1: 2:1", "-"]),
    ("1_0:2:0:1", ["10:2:1", "1_0:2:1", "-"]),
    ("1zz:2:0:1", ["!", "1zz:2:1", "-"]),
    ("zz:2:0:1", ["!", "-", "-"]),
    (
        "1:12345678901234567:0:1",
        ["1:12345678901234567:1", "1:12345678901234567:1", "-"],
    ),
];

pub(crate) fn each_malformed_context_is_read_as_the_table_says(client: Client) {
    let mut rows = Rows::of("contexts by hand");
    let ((), _) = traced(|| {
        for (text, [python, node, ours]) in CONTEXTS {
            let carrier = json!({"uber-trace-id": text});
            let theirs = match client {
                Client::Python => python,
                Client::Node => node,
            };
            let answer = read(client, "HTTP_HEADERS", &carrier);
            rows.assert_eq((client, text), in_numbers(&answer), theirs.to_owned());
            let read = Form::Headers.read(&carrier, Origin::Internal);
            let read = read.map_or("-".to_owned(), |context| {
                let Seen {
                    trace_id,
                    span_id,
                    flags,
                    ..
                } = Seen::by_us(&context);
                format!("{trace_id:x}:{span_id:x}:{flags:x}")
            });
            rows.assert_eq(("we", text), read, ours.to_owned());
        }
    });
    rows.finish();
}

fn in_numbers(answer: &Value) -> String {
    if answer.get("raises").is_some() {
        return "!".to_owned();
    }
    match (answer["trace_id"].as_str(), answer["span_id"].as_str()) {
        (Some(trace_id), Some(span_id)) => {
            let flags = answer["flags"].as_u64().expect("a number");
            format!("{}:{}:{flags:x}", trace_id.to_lowercase(), span_id.to_lowercase())
        }
        _ => "-".to_owned(),
    }
}

fn read(client: Client, medium: &str, carrier: &Value) -> Value {
    client
        .peer()
        .ask(&request("read", json!({"medium": medium, "carrier": carrier})))
}

/// The debug id that comes out of each text in a header and in a text map.
const DEBUG_IDS: [(&str, &str, &str); 6] = [
    ("ticket-42", "ticket-42", "ticket-42"),
    ("ticket 42", "ticket 42", "ticket 42"),
    ("ticket%2042", "ticket 42", "ticket%2042"),
    ("100%25", "100%", "100%25"),
    ("%C5%BElu%C5%A5", "žluť", "%C5%BElu%C5%A5"),
    ("a=b, c=d", "a=b, c=d", "a=b, c=d"),
];

/// All of us make the same of a debug id, and go on with the trace of the other.
pub(crate) fn a_debug_id_begins_the_same_trace(client: Client) {
    let mut rows = Rows::of("debug ids");
    for (text, in_headers, in_text_map) in DEBUG_IDS {
        for (medium, form, id) in [
            ("HTTP_HEADERS", Form::Headers, in_headers),
            ("TEXT_MAP", Form::TextMap, in_text_map),
        ] {
            for by_hand in [None, Some("k=v")] {
                let carrier = match by_hand {
                    Some(baggage) => json!({"Jaeger-Debug-Id": text, "jaeger-baggage": baggage}),
                    None => json!({"Jaeger-Debug-Id": text}),
                };
                let begun = Begun {
                    flags: 3,
                    baggage: by_hand.unwrap_or_default().to_owned(),
                    debug_id: Some(id.to_owned()),
                    parent: None,
                };
                let row = (client, text, medium, by_hand);
                let (theirs, read_by_us) = begun_by_them(client, medium, &carrier);
                rows.assert_eq((row, "by them"), &theirs, &begun);
                rows.assert_eq((row, "read by us"), read_by_us, true);
                let (ours, read_by_them) = begun_by_us(client, form, &carrier);
                rows.assert_eq((row, "by us"), &ours, &begun);
                rows.assert_eq((row, "read by them"), read_by_them, true);
            }
        }
    }
    rows.finish();
}

/// A trace that began with what somebody asked for by hand.
#[derive(Debug, PartialEq)]
struct Begun {
    flags: u64,
    baggage: String,
    debug_id: Option<String>,
    parent: Option<String>,
}

/// What they make of it, and whether we read the same in what they send on.
fn begun_by_them(client: Client, medium: &str, carrier: &Value) -> (Begun, bool) {
    let theirs = continued(client, medium, carrier, false);
    let seen = Seen::by_peer(&theirs["context"]).expect("a context");
    let (read, _) = traced(|| Form::Headers.read(&theirs["carrier"], Origin::Internal));
    let is_read = read.as_ref().map(Seen::by_us).as_ref() == Some(&seen);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let begun = Begun {
        flags: seen.flags,
        baggage: in_line(&seen),
        debug_id: text(&theirs["tags"]["jaeger-debug-id"]),
        parent: text(&theirs["parent_id"]),
    };
    (begun, is_read)
}

/// What we make of it, and whether they read the same in what we send on.
fn begun_by_us(client: Client, form: Form, carrier: &Value) -> (Begun, bool) {
    let ((seen, written), spans) = traced_with(false, || {
        let context = form.read(carrier, Origin::Internal);
        let scope = build_span("root").child_of(context).start_active();
        let context = scope.span().context().expect("a context");
        (Seen::by_us(&context), Form::Headers.write(Destination::Internal))
    });
    let is_read = Seen::by_peer(&read(client, "HTTP_HEADERS", &written)).as_ref() == Some(&seen);
    let [root] = &spans[..] else {
        panic!("not one span: {spans:?}")
    };
    let debug_id = root.tag("jaeger-debug-id").and_then(|value| value.as_str());
    let begun = Begun {
        flags: seen.flags,
        baggage: in_line(&seen),
        debug_id: debug_id.map(str::to_owned),
        parent: root.parent_span_id.map(|id| id.to_string()),
    };
    (begun, is_read)
}

fn continued(client: Client, medium: &str, carrier: &Value, sampled: bool) -> Value {
    let roots = Roots {
        sampled,
        trace_id_bits: 64,
    };
    client.with(roots).ask(&request(
        "continue",
        json!({"medium": medium, "carrier": carrier}),
    ))
}

/// What they and we take of a header `jaeger-baggage`.
const BAGGAGE: [(&str, &str, &str); 8] = [
    ("k=v", "k=v", "k=v"),
    ("k=v, l=w", "k=v|l=w", "k=v|l=w"),
    ("k=v,l=w,", "k=v|l=w", "k=v|l=w"),
    // Of the official clients, only that for Java trims around `=`.
    ("k = v", "k = v", "k=v"),
    ("k=v=w, l=m", "l=m", "l=m"),
    ("k, l=m", "l=m", "l=m"),
    ("k=a%20b", "k=a b", "k=a b"),
    ("k=a%2Cl=b", "k=a|l=b", "k=a|l=b"),
];

/// Baggage by hand that comes with a trace.
pub(crate) fn baggage_by_hand_is_read_alike(client: Client) {
    let mut rows = Rows::of("baggage by hand");
    let ((), _) = traced(|| {
        for (text, theirs, ours) in BAGGAGE {
            let carrier = json!({"jaeger-baggage": text, "uber-trace-id": "1:2:0:1"});
            let read = Seen::by_peer(&read(client, "HTTP_HEADERS", &carrier)).expect("a context");
            rows.assert_eq((client, text), in_line(&read), theirs.to_owned());
            let read = Form::Headers.read(&carrier, Origin::Internal).expect("a context");
            rows.assert_eq(("we", text), in_line(&Seen::by_us(&read)), ours.to_owned());
        }
    });
    rows.finish();
}

fn in_line(seen: &Seen) -> String {
    let items = seen.baggage.iter().map(|(key, value)| format!("{key}={value}"));
    items.collect::<Vec<_>>().join("|")
}

/// Without a trace the sampler is asked, except by the client for Python, which never samples such a trace.
pub(crate) fn baggage_alone_begins_a_trace(client: Client) {
    let mut rows = Rows::of("baggage without a trace");
    let carrier = json!({"jaeger-baggage": "k=v"});
    for sampled in [false, true] {
        let theirs = continued(client, "HTTP_HEADERS", &carrier, sampled);
        let theirs = Seen::by_peer(&theirs["context"]).expect("a context");
        let is_sampled = sampled && matches!(client, Client::Node);
        rows.assert_eq((client, sampled), theirs.flags, u64::from(is_sampled));
        let (ours, _) = traced_with(sampled, || {
            let context = Form::Headers.read(&carrier, Origin::Internal);
            let root = build_span("root").child_of(context).start();
            Seen::by_us(&root.context().expect("a context"))
        });
        rows.assert_eq(("we", sampled), ours.flags, u64::from(sampled));
        rows.assert_eq((client, sampled), in_line(&theirs), in_line(&ours));
    }
    rows.finish();
}
