//! The agent over UDP, in Thrift's compact protocol.

use std::fmt;
use std::io;
use std::net::ToSocketAddrs;
use std::time::{Duration, Instant};

use super::agent_socket::AgentSocket;
use super::{Process, Report, Reporter};
use crate::diagnostics;
use crate::finished::FinishedSpan;
use crate::thrift::{Compact, PacketSplitter};

/// The size that Jaeger's agent and collector read by default, in bytes.
const DEFAULT_MAX_PACKET_SIZE: usize = 65_000;
/// The most that fits into a datagram over IPv4, in bytes.
const LARGEST_PACKET_SIZE: usize = 65_507;
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// Sends spans to a Jaeger agent by UDP; agents listen on port 6831.
///
/// The name of the agent is resolved with the first spans, again every 30 seconds and after an error. So a name
/// that does not resolve, or an agent that is not there, keeps no server from starting, and an agent that moves
/// or comes later is found. Of several addresses IPv4 ones come first, and each error turns to the next one.
///
/// UDP tells of a loss only where the machine of the agent answers that nothing listens there. The spans of such
/// packets, and of those that could not be sent at all, are [`Report::failed`]. If the answer comes after the
/// report, as many spans of the next report are counted as failed in their place.
///
/// ```
/// use fedtrace::reporter::UdpReporter;
///
/// let reporter = UdpReporter::new("localhost", 6831).max_packet_size(9_216);
/// ```
pub struct UdpReporter {
    address: String,
    socket: AgentSocket,
    splitter: PacketSplitter<Compact>,
    last_warning: Option<Instant>,
    unwarned: u64,
}

impl UdpReporter {
    /// A reporter for the agent at this host name, IPv4 or IPv6 address. Nothing is resolved or opened yet.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let host: String = host.into();
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Self {
            address: format!("{host}:{port}"),
            socket: AgentSocket::new(move || Ok((name.as_str(), port).to_socket_addrs()?.collect())),
            splitter: PacketSplitter::new(DEFAULT_MAX_PACKET_SIZE),
            last_warning: None,
            unwarned: 0,
        }
    }

    /// Sets the most bytes that a packet may have.
    ///
    /// The default of 65,000 is what agents read by default. More than 65,507 is taken as that, since UDP over
    /// IPv4 carries no more. macOS sends at most 9,216 unless its administrator raised the limit.
    ///
    /// A span that alone needs more is shortened: long values are cut, then logs and then tags are left out,
    /// and it gets the tag `fedtrace.shortened`. What cannot be shortened enough is [`Report::too_large`].
    #[must_use]
    pub fn max_packet_size(mut self, bytes: usize) -> Self {
        self.splitter = PacketSplitter::new(bytes.min(LARGEST_PACKET_SIZE));
        self
    }

    fn warn(&mut self, lost: u64, error: &io::Error) {
        self.unwarned += lost;
        if self
            .last_warning
            .is_some_and(|last| last.elapsed() < WARNING_INTERVAL)
        {
            return;
        }
        self.last_warning = Some(Instant::now());
        let lost = std::mem::take(&mut self.unwarned);
        diagnostics::warn(format_args!(
            "lost {lost} spans since the last such warning: cannot send to the Jaeger agent at {}: {error}",
            self.address
        ));
    }
}

impl Reporter for UdpReporter {
    fn report(&mut self, process: &Process, spans: &[FinishedSpan]) -> Report {
        let socket = &mut self.socket;
        let mut report = Report::default();
        let mut last_error = None;
        socket.begin(Instant::now());
        report.too_large = self.splitter.split(process, spans, |packet, span_count| {
            match socket.send(packet, span_count) {
                Ok(()) => report.sent += span_count,
                Err(error) => {
                    report.failed += span_count;
                    last_error = Some(error);
                }
            }
        });
        if let Some((lost, error)) = socket.take_late_loss() {
            let lost = lost.min(report.sent);
            report.sent -= lost;
            report.failed += lost;
            last_error.get_or_insert(error);
        }
        if let Some(error) = last_error {
            self.warn(report.failed, &error);
        }
        report
    }
}

impl fmt::Debug for UdpReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpReporter")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
