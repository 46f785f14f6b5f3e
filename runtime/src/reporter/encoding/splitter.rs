//! What all encodings have in common: they split spans over messages of a limited size.

use std::ops::ControlFlow;

use crate::model::finished_span::FinishedSpan;
use crate::model::process::{ClientStats, Process};

/// What became of the spans given to [`Splitter::split`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Split {
    /// How many of the first spans are in packets that were taken, or too large.
    pub(crate) done: usize,
    /// Spans that no packet could hold.
    pub(crate) too_large: u64,
}

/// Puts spans into packets or requests of a limited size.
pub(crate) trait Splitter: Send {
    /// Another one of the same kind and size, which has split nothing.
    fn fresh(&self) -> Box<dyn Splitter>;

    fn set_max_packet_size(&mut self, bytes: usize);

    /// Sets what the next packets say about losses.
    fn set_client_stats(&mut self, stats: ClientStats);

    /// Calls `send` with each packet and the number of its spans, until it breaks off because the packet was not
    /// taken.
    fn split(
        &mut self,
        process: &Process,
        spans: &[FinishedSpan],
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> Split;
}
