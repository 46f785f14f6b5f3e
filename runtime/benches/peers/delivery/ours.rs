//! fedtrace.

use std::net::SocketAddr;
use std::time::Duration;

use fedtrace::reporter::{HttpReporter, Reporter, UdpReporter};
use fedtrace::{Tracer, set_global_tracer, set_tag, start_active_span};

use crate::contender::{Contender, Transport};
use crate::load::{CHILDREN, DESTINATION, INTERVAL, Load, ROOM, Sent};

pub(crate) const UDP: Contender = Contender {
    name: "fedtrace",
    transport: Transport::Udp,
    deliver: |sink, load| {
        let reporter = UdpReporter::new(sink.ip().to_string(), sink.port());
        deliver(reporter, load)
    },
};

pub(crate) const OTLP: Contender = Contender {
    name: "fedtrace",
    transport: Transport::Otlp,
    deliver: |sink, load| deliver(otlp(sink), load),
};

fn otlp(sink: SocketAddr) -> HttpReporter {
    HttpReporter::otlp(&format!("http://{sink}")).expect("a valid address")
}

fn deliver(reporter: impl Reporter + 'static, load: &Load) -> Sent {
    let builder = Tracer::builder("bench")
        .reporter(reporter)
        .flush_interval(INTERVAL);
    let (tracer, guard) = builder.build().expect("a worker thread");
    set_global_tracer(tracer).expect("no other global tracer");
    load.run(trace, || {
        guard.flush(Duration::from_secs(10)).expect("the worker works");
    })
}

fn trace() {
    let _root = start_active_span("request");
    tag(0);
    for number in 0..CHILDREN {
        let _child = start_active_span("child");
        tag(number);
    }
}

fn tag(limit: u64) {
    set_tag("destination", DESTINATION);
    set_tag("limit", limit);
    set_tag("room_id", ROOM);
}
