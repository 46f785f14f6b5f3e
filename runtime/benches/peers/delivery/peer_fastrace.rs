//! fastrace with fastrace-jaeger.

use std::net::SocketAddr;

use fastrace::Span;
use fastrace::collector::{Config, SpanContext};
use fastrace::local::LocalSpan;
use fastrace_jaeger::JaegerReporter;

use crate::contender::{Contender, Transport};
use crate::load::{CHILDREN, DESTINATION, INTERVAL, Load, ROOM, Sent};

pub(crate) const CONTENDER: Contender = Contender {
    name: "fastrace-jaeger",
    transport: Transport::Udp,
    deliver,
};

fn deliver(sink: SocketAddr, load: &Load) -> Sent {
    let reporter = JaegerReporter::new(sink, "bench").expect("a socket");
    fastrace::set_reporter(reporter, Config::default().report_interval(INTERVAL));
    load.run(trace, fastrace::flush)
}

fn trace() {
    let root = Span::root("request", SpanContext::random()).with_properties(|| tags(0));
    let _active = root.set_local_parent();
    for number in 0..CHILDREN {
        let _child = LocalSpan::enter_with_local_parent("child").with_properties(|| tags(number));
    }
}

fn tags(limit: u64) -> [(&'static str, String); 3] {
    [
        ("destination", DESTINATION.to_owned()),
        ("limit", limit.to_string()),
        ("room_id", ROOM.to_owned()),
    ]
}
