//! What becomes of the batches of one report.

use std::ops::ControlFlow;
use std::time::Instant;

use super::batch_size::{BatchSize, Refusal};
use super::client::{Collector, Failure, shown};
use super::format::Rejection;
use super::retry::Retry;
use crate::reporter::report::Report;
use crate::util::diagnostics;

pub(crate) struct Sending<'a> {
    collector: &'a mut Collector,
    retry: &'a mut Retry,
    size: &'a mut BatchSize,
    pub(crate) report: Report,
    /// The spans that were too large alone, which the report does not have yet.
    pub(crate) refused: u64,
    /// The reason of the last loss.
    pub(crate) reason: Option<String>,
    /// The last batch was refused, and is sent in smaller ones.
    is_halved: bool,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(collector: &'a mut Collector, retry: &'a mut Retry, size: &'a mut BatchSize) -> Self {
        size.begin();
        Self {
            collector,
            retry,
            size,
            report: Report::default(),
            refused: 0,
            reason: None,
            is_halved: false,
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.size.limit()
    }

    /// Whether the rest of the spans is to be split again.
    pub(crate) fn take_halved(&mut self) -> bool {
        std::mem::take(&mut self.is_halved)
    }

    /// Sends a batch, unless it is certain that it is too large.
    pub(crate) fn send(&mut self, body: &[u8], spans: u64) -> ControlFlow<()> {
        if self.size.is_hopeless(body.len()) {
            return self.refused(body.len(), spans);
        }
        match send(self.collector, self.retry, body) {
            Ok(rejection) => {
                let lost = rejection.map_or(0, |rejection| self.rejected(&rejection).min(spans));
                self.report.sent += spans - lost;
                self.report.failed += lost;
                self.accepted();
            }
            Err(failure) if failure.is_too_large => {
                self.refused(body.len(), spans)?;
                self.reason = Some(failure.reason);
            }
            Err(failure) => {
                self.reason = Some(failure.reason);
                if failure.is_retryable {
                    return ControlFlow::Break(());
                }
                self.report.failed += spans;
            }
        }
        ControlFlow::Continue(())
    }

    fn rejected(&mut self, rejection: &Rejection) -> u64 {
        self.reason = Some(format!("it rejected spans: {}", shown(&rejection.reason)));
        rejection.spans
    }

    fn accepted(&mut self) {
        if let Some(bytes) = self.size.accepted() {
            diagnostics::warn(format_args!(
                "{} at {} refuses larger requests (413), so those with several spans have at most {bytes} bytes from \
                 now on; set `max_batch_size` to what it accepts",
                self.collector.format().receiver(),
                self.collector.endpoint()
            ));
        }
    }

    fn refused(&mut self, bytes: usize, spans: u64) -> ControlFlow<()> {
        match self.size.refused(bytes, spans) {
            Refusal::Halve => {
                self.is_halved = true;
                ControlFlow::Break(())
            }
            Refusal::GiveUp => {
                self.refused += spans;
                ControlFlow::Continue(())
            }
        }
    }
}

/// Sends a batch, also several times if it may succeed later.
fn send(collector: &mut Collector, retry: &mut Retry, body: &[u8]) -> Result<Option<Rejection>, Failure> {
    let now = Instant::now();
    if retry.is_asked_for_quiet(now) {
        return Err(Failure::without_an_attempt(
            "it asked for a longer pause than spans can wait",
        ));
    }
    if retry.has_just_failed(now) {
        return Err(Failure::without_an_attempt(
            "the request before this one has just failed",
        ));
    }
    let body = collector.packed(body)?;
    loop {
        let began = Instant::now();
        let outcome = collector.send(&body);
        match outcome {
            Err(failure) if failure.is_retryable => {
                match retry.next_pause(began, Instant::now(), failure.retry_after) {
                    Some(pause) => std::thread::sleep(pause),
                    None => return Err(failure),
                }
            }
            _ => {
                retry.answered();
                return outcome;
            }
        }
    }
}
