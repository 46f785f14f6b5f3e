//! The times of spans that are reported before anybody could have measured the rate of a counter.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use fedtrace::testing::TestTracer;
use fedtrace::{start_active_span, with_tracer};
use fedtrace_tests::alone;

/// How far the start may be off: a reading of two clocks may be interrupted.
const START: Duration = Duration::from_micros(500);

#[test]
fn spans_of_the_first_milliseconds_have_the_times_of_the_system_clock() {
    alone(|| {
        for micros in [1_500, 0, 20, 300, 5_000, 40_000] {
            let test = TestTracer::new();
            let before = SystemTime::now();
            let outside = Instant::now();
            let inside = with_tracer(test.tracer(), || {
                let _span = start_active_span("span");
                let inside = Instant::now();
                thread::sleep(Duration::from_micros(micros));
                inside.elapsed()
            });
            let outside = outside.elapsed();
            let span = test.finished_span("span");
            let allowed = outside / 1_000 + Duration::from_micros(1);
            let expected = inside.saturating_sub(allowed)..=outside + allowed;
            assert!(
                expected.contains(&span.duration),
                "{:?} not in {expected:?}",
                span.duration
            );
            let expected = before - START..=before + (outside - inside) + START;
            assert!(
                expected.contains(&span.start_time),
                "{:?} not in {expected:?}",
                span.start_time
            );
        }
    });
}
