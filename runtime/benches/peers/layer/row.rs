//! What is measured: the rows of the table.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tracing::{debug_span, info, info_span, instrument};

const ROOM: &str = "!ngrWkJQtUWNCrZdSaz:example.org";

/// So many events are in one span.
const EVENTS: u64 = 64;

pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Runs it this many times.
    pub(crate) case: fn(u64),
    /// The most that fedtrace may take, as a part of what `tracing-opentelemetry` takes.
    pub(crate) goal: Option<f64>,
}

pub(crate) const ROWS: [Row; 6] = [
    Row {
        name: "child",
        case: children,
        goal: Some(0.40),
    },
    Row {
        name: "child with a field",
        case: children_with_a_field,
        goal: Some(0.40),
    },
    Row {
        name: "future polled four times",
        case: futures,
        goal: Some(0.40),
    },
    Row {
        name: "enter and leave",
        case: entries,
        goal: Some(0.35),
    },
    Row {
        name: "event with a field",
        case: events,
        goal: None,
    },
    Row {
        name: "span that a filter removes",
        case: disabled,
        goal: None,
    },
];

#[inline(never)]
#[instrument(skip_all)]
fn child(input: u64) -> u64 {
    black_box(input).wrapping_add(1)
}

fn children(times: u64) {
    for input in 0..times {
        black_box(child(input));
    }
}

#[inline(never)]
#[instrument(skip_all, fields(room_id = room))]
fn child_with_a_field(input: u64, room: &str) -> u64 {
    black_box(input).wrapping_add(1)
}

fn children_with_a_field(times: u64) {
    for input in 0..times {
        black_box(child_with_a_field(input, black_box(ROOM)));
    }
}

async fn once() {
    let mut is_first = true;
    std::future::poll_fn(|_| match std::mem::take(&mut is_first) {
        true => Poll::Pending,
        false => Poll::Ready(()),
    })
    .await;
}

#[instrument(skip_all)]
async fn future(input: u64) -> u64 {
    once().await;
    once().await;
    once().await;
    black_box(input)
}

fn futures(times: u64) {
    let mut context = Context::from_waker(Waker::noop());
    for input in 0..times {
        let mut future = pin!(future(input));
        while future.as_mut().poll(&mut context).is_pending() {}
    }
}

fn entries(times: u64) {
    let span = info_span!("entered again and again");
    for _ in 0..times {
        let _entered = black_box(&span).enter();
    }
}

fn events(times: u64) {
    // A span keeps no more than some hundreds of them.
    for _ in 0..times / EVENTS {
        let _span = info_span!("with events").entered();
        for input in 0..EVENTS {
            info!(input, "received");
        }
    }
}

fn disabled(times: u64) {
    for input in 0..times {
        let _entered = debug_span!("removed", input).entered();
    }
}
