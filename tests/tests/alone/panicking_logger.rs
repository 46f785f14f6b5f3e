//! A logger that panics, such as one that prints to a closed pipe.

use std::net::UdpSocket;
use std::time::Duration;

use fedtrace::reporter::UdpReporter;
use fedtrace::{Tracer, set_tag, start_active_span, with_tracer};
use fedtrace_tests::alone;

struct Panics;

impl log::Log for Panics {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        panic!("on purpose");
    }

    fn flush(&self) {}
}

#[test]
fn a_logger_that_panics_ends_neither_the_worker_nor_the_caller() {
    alone(|| {
        log::set_logger(&Panics).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let nobody = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (tracer, guard) = Tracer::builder("test")
            .reporter(UdpReporter::new("127.0.0.1", nobody.port()))
            .build()
            .unwrap();
        with_tracer(&tracer, || {
            set_tag("without", "a span");
            for _ in 0..2 {
                drop(start_active_span("op"));
                guard.flush(Duration::from_secs(10)).unwrap();
            }
        });
        guard.shutdown(Duration::from_secs(10)).unwrap();
        let stats = tracer.stats();
        assert_eq!(stats.missing_active_spans, 1);
        assert_eq!(stats.reported_spans + stats.send_failure_spans, 2);
    });
}
