//! rustracing_jaeger. It has no active span: the parent is handed on by the caller.

use std::hint::black_box;

use rustracing::sampler::AllSampler;
use rustracing::tag::Tag;
use rustracing_jaeger::span::SpanReceiver;
use rustracing_jaeger::{Span, Tracer};

use crate::contender::{Contender, Row};
use crate::work::{DESTINATION, ROOM, once, plain, poll_twice, work};

pub(crate) const CONTENDER: Contender = Contender {
    name: "rustracing",
    case,
    drain,
};

thread_local! {
    static TRACER: (Tracer, SpanReceiver) = Tracer::new(AllSampler);
}

fn case(row: Row) -> Option<fn(u64)> {
    Some(match row {
        Row::Plain => plain,
        Row::ThreeConstantTags => return None,
        // Here both are a span that is inactive.
        Row::Off | Row::Unsampled => |times| children(times, &Span::inactive()),
        Row::Root | Row::RootWithChildren => roots,
        // There are no attributes, so these are the same.
        Row::Child | Row::ActiveSpan => |times| in_root(times, children),
        Row::OneTag => |times| in_root(times, tagged),
        Row::ThreeTags | Row::ThreeArguments => |times| in_root(times, with_arguments),
        Row::Future => |times| in_root(times, futures),
    })
}

fn drain() {
    TRACER.with(|(_, finished)| finished.try_iter().for_each(drop));
}

fn in_root(times: u64, run: fn(u64, &Span)) {
    let root = TRACER.with(|(tracer, _)| tracer.span("root").start());
    run(times, &root);
}

#[inline(never)]
fn root(input: u64, tracer: &Tracer) -> u64 {
    let _span = tracer.span("root").start();
    work(input)
}

fn roots(times: u64) {
    TRACER.with(|(tracer, _)| {
        for input in 0..times {
            black_box(root(input, tracer));
        }
    });
}

#[inline(never)]
fn child(input: u64, parent: &Span) -> u64 {
    let _span = parent.child("child", |options| options.start());
    work(input)
}

fn children(times: u64, parent: &Span) {
    for input in 0..times {
        black_box(child(input, parent));
    }
}

#[inline(never)]
fn tagged_child(input: u64, room: &str, parent: &Span) -> u64 {
    let _span = parent.child("tagged_child", |options| {
        options.tag(Tag::new("room_id", room.to_owned())).start()
    });
    work(input)
}

fn tagged(times: u64, parent: &Span) {
    for input in 0..times {
        black_box(tagged_child(input, black_box(ROOM), parent));
    }
}

#[inline(never)]
fn child_with_arguments(destination: &str, room: &str, limit: u64, parent: &Span) -> u64 {
    let _span = parent.child("child_with_arguments", |options| {
        options
            .tag(Tag::new("destination", destination.to_owned()))
            .tag(Tag::new("room", room.to_owned()))
            .tag(Tag::new("limit", limit as i64))
            .start()
    });
    work(limit)
}

fn with_arguments(times: u64, parent: &Span) {
    for input in 0..times {
        let (destination, room) = (black_box(DESTINATION), black_box(ROOM));
        black_box(child_with_arguments(destination, room, input, parent));
    }
}

async fn future(input: u64, parent: &Span) -> u64 {
    let _span = parent.child("future", |options| options.start());
    once().await;
    work(input)
}

fn futures(times: u64, parent: &Span) {
    for input in 0..times {
        black_box(poll_twice(future(input, parent)));
    }
}
