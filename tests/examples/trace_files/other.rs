//! Many fast requests, and one trace whose names and values others chose.

use fedtrace::{SpanId, Tag};

use crate::recording::{OURS, Recording, Say as _, THEIRS, WORKER, span_id, trace_id};

const HOSTILE: u128 = 0xbad;

pub(crate) fn record() -> Recording {
    let mut recording = Recording::new();
    fast_requests(&mut recording);
    hostile(&mut recording);
    recording
}

fn fast_requests(recording: &mut Recording) {
    let names = [
        "GET /sync",
        "PUT /rooms/{room_id}/send",
        "GET /profile/{user_id}",
        "POST /keys/query",
    ];
    for number in 0..40_u64 {
        let trace = 0x1000 + u128::from(number);
        let (from, took) = (number as f64 * 310.0, 4.0 + (number * 7919 % 97) as f64);
        let name = names[number as usize % names.len()];
        let id = 0x1000 + 16 * number;
        let is_failed = number % 13 == 5;
        let root = recording.span(OURS, (trace, id, 0), name, (from, from + took));
        root.tags([Tag::new("http.status_code", if is_failed { 500 } else { 200 })]);
        if is_failed {
            root.tags([Tag::new("error", true)]).log(
                took / 2.0,
                [
                    Tag::new("event", "error"),
                    Tag::new("message", "the database is locked"),
                ],
            );
        }
        let part = (from + took * 0.2, from + took * 0.7);
        recording.span(WORKER, (trace, id + 1, id), "SELECT state_groups", part);
    }
}

/// What an attacker could put into a trace.
fn hostile(recording: &mut Recording) {
    let script = "</script><script>window.__pwned = 1</script>";
    let image = "<img src=x onerror=\"window.__pwned = 2\">";
    recording
        .span(
            THEIRS,
            (HOSTILE, 0xb0, 0),
            "<script>window.__pwned = 3</script>",
            (9000.0, 9120.0),
        )
        .tags([
            Tag::new("html", image),
            Tag::new(script, "javascript:window.__pwned = 4"),
            Tag::new("terminal", "\u{1b}[31mred\u{1b}[0m \u{7}bell"),
            Tag::new("reordered", "user \u{202e}gpj.exe\u{202c} and \u{200b}nothing"),
            Tag::new("separators", "one\u{2028}two\u{2029}three"),
            Tag::new("__proto__", "constructor"),
            Tag::new("long", "0123456789 abcdefghijklmnopqrstuvwxyz ".repeat(400)),
            Tag::new("unbroken", "x".repeat(3000)),
            Tag::new("bytes", vec![0, 1, 0xff]),
            Tag::new("largest", i64::MAX),
            Tag::new("nan", f64::NAN),
        ])
        .log(
            5.0,
            [
                Tag::new("event", "<svg onload=window.__pwned=5>"),
                Tag::new(image, script),
            ],
        );
    recording.span(
        OURS,
        (HOSTILE, 0xb1, 0xb0),
        "\u{202e}gnp.exe\n\u{1b}[2J",
        (9010.0, 9020.0),
    );
    let orphan = recording.span(
        OURS,
        (HOSTILE, 0xb2, 0xdead),
        "its parent is not here",
        (9030.0, 9040.0),
    );
    orphan.follows(0xfeed, 0xbeef);
    // Two spans that claim to be each other's parent.
    let first = recording
        .span(OURS, (HOSTILE, 0xb3, 0xb4), "hen", (9050.0, 9060.0))
        .clone();
    let mut second = first.clone();
    (second.trace_id, second.span_id) = (trace_id(HOSTILE), span_id(0xb4));
    second.parent_span_id = SpanId::new(0xb3);
    second.operation_name = "egg".into();
    recording.push(OURS, second);
}
