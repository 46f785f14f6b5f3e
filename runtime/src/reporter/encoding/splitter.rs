//! The trait of all encodings: they split spans over messages of a limited size.

use std::ops::ControlFlow;

use crate::delivery::span_view::Spans;
use crate::model::process::{ClientStats, Process};

/// The outcome of [`Splitter::split`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Split {
    /// The number of spans, from the first on, that were sent or are too large.
    pub(crate) done: usize,
    /// The number of spans that did not fit into a packet.
    pub(crate) too_large: u64,
}

/// Puts spans into packets or requests of a limited size.
pub(crate) trait Splitter: Send {
    /// A splitter with the same settings, in its initial state.
    fn fresh(&self) -> Box<dyn Splitter>;

    fn set_max_packet_size(&mut self, bytes: usize);

    /// Limits the size of packets with several spans. A single span may be as large as the packet size allows.
    #[cfg_attr(not(feature = "http-client"), expect(dead_code))]
    fn set_batch_size(&mut self, bytes: usize);

    /// Sets the losses that the next packets report.
    fn set_client_stats(&mut self, stats: ClientStats);

    /// Calls `send` with each packet and the number of its spans, until `send` breaks off because a packet
    /// was not accepted.
    fn split(
        &mut self,
        process: &Process,
        spans: Spans<'_>,
        send: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
    ) -> Split;
}
