//! fastrace, with a reporter that drops what it gets.

use std::hint::black_box;
use std::time::Duration;

use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::{Span, prelude::LocalSpan, trace};

use crate::contender::{Contender, Row};
use crate::work::{DESTINATION, ROOM, once, plain, poll_twice, work};

pub(crate) const CONTENDER: Contender = Contender {
    name: "fastrace",
    case,
    drain: fastrace::flush,
};

struct NoReporter;

impl Reporter for NoReporter {
    fn report(&mut self, _: Vec<SpanRecord>) {}
}

pub(crate) fn set_up() {
    fastrace::set_reporter(
        NoReporter,
        Config::default().report_interval(Duration::from_secs(3600)),
    );
}

fn case(row: Row) -> Option<fn(u64)> {
    Some(match row {
        Row::Plain => plain,
        Row::Off => children,
        Row::Unsampled => |times| in_root(times, false, children),
        Row::Root => roots,
        Row::RootWithChildren => roots_with_children,
        Row::Child => |times| in_root(times, true, children),
        Row::ActiveSpan => |times| in_root(times, true, local_spans),
        Row::OneTag => |times| in_root(times, true, tagged),
        Row::ThreeTags => |times| in_root(times, true, tagged_thrice),
        Row::ThreeConstantTags => |times| in_root(times, true, tagged_with_constants),
        Row::ThreeArguments => |times| in_root(times, true, with_arguments),
        Row::Future => |times| in_root(times, true, futures),
    })
}

fn in_root(times: u64, sampled: bool, run: fn(u64)) {
    let root = Span::root("root", SpanContext::random().sampled(sampled));
    let _active = root.set_local_parent();
    run(times);
}

#[inline(never)]
fn root(input: u64) -> u64 {
    let _root = Span::root("root", SpanContext::random());
    work(input)
}

fn roots(times: u64) {
    for input in 0..times {
        black_box(root(input));
    }
}

/// What fedtrace's root always is: the parent of what follows on its thread.
#[inline(never)]
fn root_with_children(input: u64) -> u64 {
    let root = Span::root("root", SpanContext::random());
    let _active = root.set_local_parent();
    work(input)
}

fn roots_with_children(times: u64) {
    for input in 0..times {
        black_box(root_with_children(input));
    }
}

#[inline(never)]
#[trace(short_name = true)]
fn child(input: u64) -> u64 {
    work(input)
}

fn children(times: u64) {
    for input in 0..times {
        black_box(child(input));
    }
}

#[inline(never)]
fn local_span(input: u64) -> u64 {
    let _span = LocalSpan::enter_with_local_parent("child");
    work(input)
}

fn local_spans(times: u64) {
    for input in 0..times {
        black_box(local_span(input));
    }
}

#[inline(never)]
fn child_with_three_tags(input: u64, destination: &str, room: &str) -> u64 {
    let _span = LocalSpan::enter_with_local_parent("child_with_three_tags").with_properties(|| {
        [
            ("destination", destination.to_owned()),
            ("limit", input.to_string()),
            ("room_id", room.to_owned()),
        ]
    });
    work(input)
}

fn tagged_thrice(times: u64) {
    for input in 0..times {
        black_box(child_with_three_tags(
            input,
            black_box(DESTINATION),
            black_box(ROOM),
        ));
    }
}

/// Static text is not copied here.
#[inline(never)]
fn child_with_constant_tags(input: u64) -> u64 {
    let _span = LocalSpan::enter_with_local_parent("child_with_constant_tags")
        .with_properties(|| [("destination", DESTINATION), ("limit", "50"), ("room_id", ROOM)]);
    work(input)
}

fn tagged_with_constants(times: u64) {
    for input in 0..times {
        black_box(child_with_constant_tags(input));
    }
}

#[inline(never)]
fn tagged_child(input: u64, room: &str) -> u64 {
    let _span =
        LocalSpan::enter_with_local_parent("tagged_child").with_property(|| ("room_id", room.to_owned()));
    work(input)
}

fn tagged(times: u64) {
    for input in 0..times {
        black_box(tagged_child(input, black_box(ROOM)));
    }
}

#[inline(never)]
#[trace(short_name = true, properties = { "destination": "{destination}", "room": "{room}", "limit": "{limit}" })]
fn child_with_arguments(destination: &str, room: &str, limit: u64) -> u64 {
    work(limit)
}

fn with_arguments(times: u64) {
    for input in 0..times {
        black_box(child_with_arguments(
            black_box(DESTINATION),
            black_box(ROOM),
            input,
        ));
    }
}

#[trace(short_name = true)]
async fn future(input: u64) -> u64 {
    once().await;
    work(input)
}

fn futures(times: u64) {
    for input in 0..times {
        black_box(poll_twice(future(input)));
    }
}
