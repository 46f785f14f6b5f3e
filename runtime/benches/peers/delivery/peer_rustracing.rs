//! rustracing_jaeger. It has no worker: here a thread reads the channel as often as the workers of the others do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustracing::sampler::AllSampler;
use rustracing::tag::Tag;
use rustracing_jaeger::Tracer;
use rustracing_jaeger::reporter::JaegerCompactReporter;
use rustracing_jaeger::span::SpanReceiver;

use crate::contender::{Contender, Transport};
use crate::load::{CHILDREN, DESTINATION, INTERVAL, Load, ROOM, Sent};

pub(crate) const CONTENDER: Contender = Contender {
    name: "rustracing_jaeger",
    transport: Transport::Udp,
    deliver,
};

/// It does not split what it is given, and these fit into a packet.
const SPANS_PER_PACKET: usize = 200;

struct Worker {
    finished: SpanReceiver,
    reporter: JaegerCompactReporter,
}

impl Worker {
    fn send(&self) {
        let waiting: Vec<_> = self.finished.try_iter().collect();
        for spans in waiting.chunks(SPANS_PER_PACKET) {
            self.reporter.report(spans).expect("the packet is not too large");
        }
    }
}

fn deliver(sink: SocketAddr, load: &Load) -> Sent {
    let (tracer, finished) = Tracer::new(AllSampler);
    let mut reporter = JaegerCompactReporter::new("bench").expect("a socket");
    reporter.set_agent_addr(sink);
    let worker = Arc::new(Mutex::new(Worker { finished, reporter }));
    let of_thread = worker.clone();
    thread::spawn(move || {
        loop {
            thread::sleep(INTERVAL);
            send(&of_thread);
        }
    });
    load.run(|| trace(&tracer), || send(&worker))
}

fn send(worker: &Mutex<Worker>) {
    worker.lock().unwrap_or_else(PoisonError::into_inner).send();
}

fn trace(tracer: &Tracer) {
    let [destination, limit, room] = tags(0);
    let options = tracer.span("request").tag(destination).tag(limit).tag(room);
    let root = options.start();
    for number in 0..CHILDREN {
        let [destination, limit, room] = tags(number);
        let _child = root.child("child", |options| {
            options.tag(destination).tag(limit).tag(room).start()
        });
    }
}

fn tags(limit: u64) -> [Tag; 3] {
    [
        Tag::new("destination", DESTINATION.to_owned()),
        Tag::new("limit", limit as i64),
        Tag::new("room_id", ROOM.to_owned()),
    ]
}
