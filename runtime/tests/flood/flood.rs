//! Threads that finish spans at full speed, and the tracer that reports them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fedtrace::reporter::UdpReporter;
use fedtrace::{Tracer, TracerGuard, set_tag, start_active_span, with_tracer};

use super::accounting::Accounting;
use super::sink::Sink;

const THREADS: usize = 4;
const CHILDREN: u64 = 10;

pub(crate) struct Flood {
    stopping: Arc<AtomicBool>,
    started: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
    tracer: Tracer,
    guard: TracerGuard,
    sink: Sink,
}

impl Flood {
    pub(crate) fn start() -> Self {
        let sink = Sink::start();
        let reporter = UdpReporter::new("127.0.0.1", sink.port());
        let (tracer, guard) = Tracer::builder("flood").reporter(reporter).build().unwrap();
        let mut flood = Self {
            stopping: Arc::default(),
            started: Arc::default(),
            threads: Vec::new(),
            tracer,
            guard,
            sink,
        };
        for _ in 0..THREADS {
            let (stopping, started) = (flood.stopping.clone(), flood.started.clone());
            let tracer = flood.tracer.clone();
            flood.threads.push(thread::spawn(move || {
                while !stopping.load(Ordering::Relaxed) {
                    with_tracer(&tracer, trace);
                    started.fetch_add(CHILDREN + 1, Ordering::Relaxed);
                }
            }));
        }
        flood
    }

    /// How many spans have started so far.
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Lets the threads end and the tracer send what waits.
    pub(crate) fn stop(self) -> Accounting {
        self.stopping.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.guard.shutdown(Duration::from_secs(30)).unwrap();
        Accounting {
            started: self.started.load(Ordering::Relaxed),
            stats: self.tracer.stats(),
            arrived_packets: self.sink.stop(),
        }
    }
}

fn trace() {
    let _root = start_active_span("request");
    for number in 0..CHILDREN {
        let _child = start_active_span("child");
        set_tag("destination", "matrix.example.org");
        set_tag("limit", number);
        set_tag("room_id", "!ngrWkJQtUWNCrZdSaz:example.org");
    }
}
