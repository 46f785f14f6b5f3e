//! A sync that waits for another homeserver, which answers too late once.

use fedtrace::Tag;

use crate::recording::{OURS, Recording, Say as _, THEIRS, WORKER};

const TRACE: u128 = 0x5a1e_0000_0000_0000_0000_0000_0000_0a11;

pub(crate) fn record() -> Recording {
    let mut recording = Recording::new();
    request(&mut recording);
    federation(&mut recording);
    answer(&mut recording);
    recording
}

fn request(recording: &mut Recording) {
    recording
        .span(OURS, (TRACE, 0x10, 0), "GET /sync", (0.0, 2310.0))
        .tags([
            Tag::new("span.kind", "server"),
            Tag::new("http.method", "GET"),
            Tag::new(
                "http.url",
                "/_matrix/client/v3/sync?timeout=30000&since=s72594_4483_1934",
            ),
            Tag::new("http.status_code", 200),
            Tag::new("authenticated_entity", "@alice:example.org"),
            Tag::new("request_id", "GET-8321"),
        ]);
    recording
        .span(OURS, (TRACE, 0x11, 0x10), "get_user_by_req", (1.2, 14.8))
        .tags([Tag::new("ARG.allow_guest", true)]);
    recording
        .span(WORKER, (TRACE, 0x12, 0x11), "SELECT access_tokens", (2.0, 13.9))
        .tags([Tag::new("db.rows", 1), Tag::new("db.cached", false)]);
    recording
        .span(OURS, (TRACE, 0x13, 0x10), "load_room_state", (16.0, 212.0))
        .tags([
            Tag::new("ARG.room_id", "!kitchen:b.example"),
            Tag::new("result.length", 1_204),
        ]);
    recording.span(OURS, (TRACE, 0x14, 0x13), "resolve_state_groups", (18.0, 130.0));
    recording.span(OURS, (TRACE, 0x15, 0x13), "check_event_auth", (131.0, 209.0));
}

fn federation(recording: &mut Recording) {
    recording
        .span(OURS, (TRACE, 0x20, 0x10), "get_missing_events", (214.0, 2204.0))
        .tags([
            Tag::new("ARG.destination", "b.example"),
            Tag::new("ARG.limit", 10),
            Tag::new("events.missing", 7),
        ]);
    recording
        .span(OURS, (TRACE, 0x21, 0x20), "outgoing-federation-request", (216.0, 1216.0))
        .tags([
            Tag::new("span.kind", "client"),
            Tag::new("destination", "b.example"),
            Tag::new("attempt", 1),
            Tag::new("error", true),
        ])
        .log(400.0, [Tag::new("event", "connected"), Tag::new("peer.address", "198.51.100.7:8448")])
        .log(
            1000.0,
            [
                Tag::new("event", "error"),
                Tag::new("error.kind", "TimedOut"),
                Tag::new("message", "no answer from b.example within 1000 ms"),
                Tag::new("stack", "send_request\n  at federation/client.rs:214\nget_missing_events\n  at handlers/sync.rs:88"),
            ],
        );
    recording
        .span(
            OURS,
            (TRACE, 0x22, 0x20),
            "outgoing-federation-request",
            (1240.0, 2190.0),
        )
        .tags([
            Tag::new("span.kind", "client"),
            Tag::new("destination", "b.example"),
            Tag::new("attempt", 2),
            Tag::new("http.status_code", 200),
        ])
        .follows(TRACE, 0x21);
    recording
        .span(
            THEIRS,
            (TRACE, 0x30, 0x22),
            "incoming-federation-request",
            (1262.0, 2170.0),
        )
        .tags([Tag::new("span.kind", "server"), Tag::new("origin", "example.org")]);
    recording
        .span(THEIRS, (TRACE, 0x31, 0x30), "load_events", (1270.0, 2151.0))
        .tags([Tag::new("db.rows", 7), Tag::new("lock.waited_ms", 812.5)])
        .log(3.0, [Tag::new("event", "waits for the lock of the room")])
        .log(815.5, [Tag::new("event", "has the lock")]);
    recording.span(THEIRS, (TRACE, 0x32, 0x31), "SELECT events", (2086.0, 2149.0));
}

fn answer(recording: &mut Recording) {
    recording
        .span(WORKER, (TRACE, 0x40, 0x10), "persist_events", (2205.0, 2298.0))
        .tags([Tag::new("events.count", 7), Tag::new("stream.position", 72_601)]);
    recording.span(OURS, (TRACE, 0x41, 0x10), "encode_response", (2299.0, 2309.0));
    recording
        .span(OURS, (TRACE, 0x42, 0), "bgproc.notify_pushers", (2311.0, 2460.0))
        .follows(TRACE, 0x10);
}
