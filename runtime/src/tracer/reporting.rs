//! How the worker of a tracer reports spans, for others who show some of them.

use std::fmt;
use std::sync::Arc;

use crate::delivery::batch::Batch;
use crate::model::id::TraceId;
use crate::model::process::Process;
use crate::util::clock::Clock;
use crate::util::fork_safe::ForkMutex;

/// The finished spans of rejected traces, until it is known whether the traces are kept.
pub(crate) trait HeldSpans: fmt::Debug + Send + Sync {
    /// Copies those of a trace.
    fn copy_to(&self, batch: &mut Batch, id: TraceId);
}

/// How the worker of a tracer reports spans. What others show beside these is right only if it is shown in the same way.
#[derive(Debug, Clone)]
pub(crate) struct Reporting {
    /// By its tags, one tells which host a span is from.
    pub(crate) process: Arc<Process>,
    /// As it was at the last report. It knows the time of ticks since the tracer was built, which a new one would have to guess.
    pub(crate) clock: Clock,
    /// `None` if the tracer keeps none.
    pub(crate) held: Option<Arc<dyn HeldSpans>>,
}

/// The same of the worker that is at work.
#[derive(Debug)]
pub(crate) struct CurrentReporting(ForkMutex<Option<Reporting>>);

impl CurrentReporting {
    pub(super) fn none() -> Self {
        Self(ForkMutex::new(None))
    }

    /// A worker begins.
    pub(crate) fn begin(&self, reporting: Reporting) {
        self.0.with(|current| *current = Some(reporting));
    }

    /// The clock of the worker has been compared with that of the system.
    pub(crate) fn follow(&self, clock: &Clock) {
        self.0.with(|current| {
            if let Some(current) = current {
                current.clock.clone_from(clock);
            }
        });
    }

    /// `None` if there was no worker yet.
    pub(crate) fn get(&self) -> Option<Reporting> {
        self.0.with(|current| current.clone())
    }

    pub(super) fn reset_in_child(&self) {
        self.0.replace_in_child(None);
    }
}
