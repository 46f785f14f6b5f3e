//! A trace of 10,000 spans.

use fedtrace::Tag;

use crate::recording::{OURS, Recording, Say as _, THEIRS, WORKER};

const TRACE: u128 = 0x10_000;
const ROOMS: u64 = 99;
const EVENTS: u64 = 100;

pub(crate) fn record() -> Recording {
    let mut recording = Recording::new();
    let length = (ROOMS * EVENTS) as f64;
    recording.span(OURS, (TRACE, 1, 0), "rebuild_room_index", (0.0, length));
    for room in 0..ROOMS {
        let (id, from) = ((room + 1) * 1000, (room * EVENTS) as f64);
        recording
            .span(WORKER, (TRACE, id, 1), "index_room", (from, from + EVENTS as f64))
            .tags([Tag::new("ARG.room_number", room)]);
        for event in 0..EVENTS {
            let service = if event % 10 == 0 { THEIRS } else { OURS };
            let from = from + event as f64;
            let span = recording.span(
                service,
                (TRACE, id + 1 + event, id),
                "index_event",
                (from, from + 0.9),
            );
            span.tags([Tag::new("ARG.event_number", event)]);
            if room == 60 && event == 42 {
                span.tags([Tag::new("error", true), Tag::new("needle", "in the haystack")]);
            }
        }
    }
    recording
}
