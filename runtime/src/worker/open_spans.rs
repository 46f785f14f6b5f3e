//! Waiting for the open spans of a tracer that ends.

use std::thread;
use std::time::{Duration, Instant};

use crate::tracer::core::Tracer;
use crate::util::diagnostics;

/// The longest time between two looks at the counters.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);
/// At least this part of a timeout is left for the report.
const PART_FOR_REPORT: u32 = 4;
/// Enough time for the report.
const LONGEST_REPORT: Duration = Duration::from_secs(1);

/// What is open when a tracer begins to end.
pub(super) struct OpenSpans {
    tracer: Tracer,
    /// Those around the call, which cannot end before it returns.
    around: u64,
    deadline: Option<Instant>,
}

impl OpenSpans {
    /// Begins no more traces. `around` spans are not waited for.
    pub(super) fn begin_end(tracer: &Tracer, around: u64, timeout: Duration) -> Self {
        tracer.inner().switch.begin_end();
        let for_report = (timeout / PART_FOR_REPORT).min(LONGEST_REPORT);
        Self {
            tracer: tracer.clone(),
            around,
            deadline: Instant::now().checked_add(timeout.saturating_sub(for_report)),
        }
    }

    pub(super) fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// The recorded spans that are open now.
    pub(super) fn count(&self) -> u64 {
        self.tracer.inner().counted().open_spans
    }

    /// Waits until no others are open, or the time is over. Returns how many are open then, with those around the call.
    pub(super) fn wait(&self) -> u64 {
        let mut pause = Duration::from_millis(1);
        let mut is_over = false;
        loop {
            // The end of a span tells nobody, since that would cost each of them something.
            let open = self.count();
            let left = self
                .deadline
                .map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            // The counters are not read at one moment: a second look, at all of them again, has to agree.
            let is_first = open <= self.around && !is_over;
            if left.is_zero() || (open <= self.around && is_over) {
                return open;
            }
            is_over = is_first;
            if !is_first {
                thread::sleep(pause.min(left));
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Says that spans will be lost.
pub(super) fn warn_of(open: u64, tracer: &Tracer) {
    if open > 0 {
        diagnostics::warn(format_args!(
            "the tracer of \"{}\" was shut down while recorded spans were open; they are lost when they end, and \
             counted: {open}. End the tasks that have them first, and then call `shutdown_async`",
            tracer.service_name()
        ));
    }
}
