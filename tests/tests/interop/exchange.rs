//! Contexts from them to us, from us to them, and there and back.

use fedtrace::{Destination, Origin};
use serde_json::json;

use crate::cases::{Case, Rows, Said, Seen};
use crate::ours::{self, FROM_LISTED, FROM_UNLISTED, Form, TO_LISTED, TO_UNLISTED, traced};
use crate::peers::{Client, Roots, request};

/// A function of theirs that writes or reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Medium {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// The server that it is told to write to, if it asks.
    pub(crate) to: Option<&'static str>,
}

pub(crate) const fn medium(name: &'static str, form: Form, to: Option<&'static str>) -> Medium {
    Medium { name, form, to }
}

pub(crate) fn we_read_what_they_write(client: Client, media: &[Medium]) {
    let mut rows = Rows::of("read by us");
    let ((), _) = traced(|| {
        for trace_id_bits in [64, 128] {
            for said in Said::all() {
                for medium in media {
                    their_context_is_read(client, trace_id_bits, said, *medium, &mut rows);
                }
            }
        }
    });
    rows.finish();
}

fn their_context_is_read(client: Client, trace_id_bits: u32, said: Said, medium: Medium, rows: &mut Rows) {
    let row = (client, trace_id_bits, said, medium);
    let roots = Roots {
        sampled: said.decision.is_sampled(),
        trace_id_bits,
    };
    let answer = client.with(roots).ask(&request(
        "write",
        json!({
            "medium": medium.name,
            "to": medium.to,
            "priority": said.decision.priority(),
            "baggage": said.baggage(),
        }),
    ));
    let theirs = Seen::by_peer(&answer["context"]).expect("a context");
    let is_long = theirs.trace_id > u64::MAX.into();
    rows.assert_eq(
        row,
        (is_long, theirs.flags),
        (trace_id_bits == 128, said.decision.flags().into()),
    );
    for (origin, expected) in [
        (Origin::Internal, Some(theirs.clone())),
        (FROM_LISTED, Some(theirs.between_servers())),
        (FROM_UNLISTED, None),
        (Origin::Unauthenticated, None),
    ] {
        let read = medium.form.read(&answer["carrier"], origin);
        rows.assert_eq((row, origin), read.as_ref().map(Seen::by_us), expected);
    }
}

pub(crate) fn they_read_what_we_write(client: Client, media: &[Medium]) {
    let mut rows = Rows::of("read by them");
    let ((), _) = traced(|| {
        for case in Case::all() {
            for form in Form::ALL {
                let readers = media.iter().filter(|medium| medium.form == form);
                our_context_is_read(client, case, form, readers, &mut rows);
            }
        }
    });
    rows.finish();
}

fn our_context_is_read<'a>(
    client: Client,
    case: Case,
    form: Form,
    readers: impl Iterator<Item = &'a Medium> + Clone,
    rows: &mut Rows,
) {
    let scope = ours::start(&case);
    let ours = Seen::by_us(&scope.span().context().expect("a context"));
    rows.assert_eq(
        case,
        (ours.trace_id, ours.flags),
        (case.trace_id, case.decision.flags().into()),
    );
    for destination in [TO_UNLISTED, Destination::Client, Destination::ThirdParty] {
        let written = form.write(destination).to_string();
        let is_empty = written == "{}" || written == "\"{}\"";
        rows.assert_eq((case, form, destination, &written), is_empty, true);
    }
    for (destination, expected) in [
        (Destination::Internal, ours.clone()),
        (TO_LISTED, ours.between_servers()),
    ] {
        let carrier = form.write(destination);
        for medium in readers.clone() {
            let read = client.peer().ask(&request(
                "read",
                json!({"medium": medium.name, "carrier": carrier}),
            ));
            let row = (client, case, medium, destination, &carrier);
            rows.assert_eq(row, Seen::by_peer(&read), Some(expected.clone()));
        }
    }
}

/// A request of ours that a worker of theirs continues and that comes back to a worker of ours.
pub(crate) fn a_trace_comes_back_from_their_worker(client: Client) {
    let mut rows = Rows::of("there and back");
    let ((), _) = traced(|| {
        for case in Case::all() {
            let scope = ours::start(&case);
            let ours = Seen::by_us(&scope.span().context().expect("a context"));
            let carrier = Form::Headers.write(Destination::Internal);
            let theirs = client.peer().ask(&request(
                "continue",
                json!({"medium": "HTTP_HEADERS", "carrier": carrier}),
            ));
            let parent_id = theirs["parent_id"].as_str().expect("a parent");
            rows.assert_eq(
                (client, case, "parent"),
                u64::from_str_radix(parent_id, 16).ok(),
                Some(ours.span_id),
            );
            let back = Form::Headers.read(&theirs["carrier"], Origin::Internal);
            let expected = Seen {
                span_id: Seen::by_peer(&theirs["context"]).expect("a context").span_id,
                ..ours
            };
            rows.assert_eq(
                (client, case, &theirs),
                back.as_ref().map(Seen::by_us),
                Some(expected),
            );
        }
    });
    rows.finish();
}

/// A key of baggage, and what we make of it when Python and when Node wrote it: they do not check keys.
const KEYS: [(&str, [Option<&str>; 2]); 7] = [
    ("key", [Some("key"); 2]),
    ("KEY", [Some("key"); 2]),
    // The client for Node makes one of the other when the item is set.
    ("Key_One", [Some("key_one"), Some("key-one")]),
    ("two words", [None; 2]),
    ("a/b", [None; 2]),
    ("klíč", [None; 2]),
    ("", [None; 2]),
];

pub(crate) fn we_take_the_keys_that_headers_may_have(client: Client, media: &[Medium]) {
    let mut rows = Rows::of("keys of baggage");
    let ((), _) = traced(|| {
        for (key, [python, node]) in KEYS {
            let expected = match client {
                Client::Python => python,
                Client::Node => node,
            };
            for medium in media {
                let answer = client.peer().ask(&request(
                    "write",
                    json!({"medium": medium.name, "to": medium.to, "priority": null, "baggage": {key: "v"}}),
                ));
                let read = medium.form.read(&answer["carrier"], Origin::Internal);
                let read = read.map(|context| Seen::by_us(&context).baggage.into_keys().collect::<Vec<_>>());
                let expected = expected.map(str::to_owned).into_iter().collect();
                rows.assert_eq((client, key, medium), read, Some(expected));
            }
        }
    });
    rows.finish();
}
