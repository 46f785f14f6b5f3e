//! Spans that a reporter loses after it has said that they are sent.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use fedtrace::reporter::{CompositeReporter, ConsoleReporter, HtmlReporter, MemoryReporter, Reporter};
use fedtrace::{Tracer, TracerGuard, build_span, start_active_span, with_tracer};

const SECONDS: Duration = Duration::from_secs(20);

/// Standard error after `2>&-`, or a pipe that nobody reads any more.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tracer(reporter: impl Reporter + 'static) -> (Tracer, TracerGuard) {
    let builder = Tracer::builder("s").reporter(reporter);
    builder
        .flush_interval(Duration::from_secs(3_600))
        .build()
        .unwrap()
}

fn drop_spans(count: u64) {
    (0..count).for_each(|_| drop(start_active_span("span")));
}

#[test]
fn spans_that_could_not_be_printed_in_a_flush_are_counted() {
    let in_two: Box<dyn Reporter> = Box::new(ConsoleReporter::to(Broken));
    let in_two = CompositeReporter::new().with(MemoryReporter::new()).with(in_two);
    let (tracer, guard) = tracer(in_two);
    with_tracer(&tracer, || {
        let root = build_span("root").start();
        (0..5).for_each(|_| drop(build_span("child").child_of(root.context()).start()));
        guard.flush(SECONDS).unwrap();
        assert_eq!(tracer.stats().send_failure_spans, 5);
    });
    guard.shutdown(SECONDS).unwrap();
    assert_eq!(tracer.stats().send_failure_spans, 6);
}

#[test]
fn spans_that_a_postponed_write_lost_in_a_flush_are_counted() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("late_losses");
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::remove_file(&folder);
    let (tracer, guard) = tracer(HtmlReporter::file(folder.join("trace.html")));
    // After a write that took long, the next one is put off.
    with_tracer(&tracer, || drop_spans(5_000));
    guard.flush(SECONDS).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file, not a folder").unwrap();
    with_tracer(&tracer, || drop_spans(7));
    guard.flush(SECONDS).unwrap();
    let stats = tracer.stats();
    assert_eq!(stats.send_failure_spans, 7, "{stats:?}");

    // The total is right again as soon as others are written.
    fs::remove_file(&folder).unwrap();
    with_tracer(&tracer, || drop_spans(10));
    guard.shutdown(SECONDS).unwrap();
    let stats = tracer.stats();
    assert_eq!(
        (stats.reported_spans, stats.send_failure_spans),
        (5_010, 7),
        "{stats:?}"
    );
}
