//! How the worker of a tracer reports spans, for others who show some of them.

use std::sync::Arc;

use crate::model::process::Process;
use crate::util::clock::Clock;
use crate::util::fork_safe::ForkMutex;

/// How the worker of a tracer reports spans. What others show beside these is right only if it is shown in the same way.
#[derive(Debug, Clone)]
pub(crate) struct Reporting {
    /// By its tags, one tells which host a span is from.
    pub(crate) process: Arc<Process>,
    /// As it was at the last report. It knows the time of ticks since the tracer was built, which a new one would have to guess.
    pub(crate) clock: Clock,
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
