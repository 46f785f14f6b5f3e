//! Log warnings about lost spans.

use std::fmt::{Arguments, Display};
use std::time::{Duration, Instant};

use crate::util::diagnostics;

const INTERVAL: Duration = Duration::from_secs(60);

/// Warns about losses at most once a minute, with the number of spans lost since the last warning.
#[derive(Debug, Default)]
pub(crate) struct LossWarning {
    last: Option<Instant>,
    unwarned: u64,
}

impl LossWarning {
    /// Records that `spans` spans were lost because sending to `receiver` failed.
    pub(crate) fn lost(&mut self, spans: u64, receiver: &dyn Display, reason: &dyn Display) {
        self.warn(spans, format_args!("cannot send to {receiver}: {reason}"));
    }

    /// Records that `spans` spans were lost before they reached a transport. Zero is ignored.
    pub(crate) fn lost_here(&mut self, spans: u64, reason: &str) {
        if spans > 0 {
            self.warn(spans, format_args!("{reason}"));
        }
    }

    fn warn(&mut self, spans: u64, reason: Arguments<'_>) {
        self.unwarned += spans;
        if self.last.is_some_and(|last| last.elapsed() < INTERVAL) {
            return;
        }
        self.last = Some(Instant::now());
        let lost = std::mem::take(&mut self.unwarned);
        let plural = if lost == 1 { "" } else { "s" };
        diagnostics::warn(format_args!(
            "lost {lost} span{plural} since the last such warning: {reason}"
        ));
    }
}
