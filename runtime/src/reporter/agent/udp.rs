//! The reporter to an agent over UDP, in Thrift's compact or binary protocol.

use std::fmt;
use std::io;
use std::mem;
use std::net::ToSocketAddrs;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::socket::{AgentSocket, is_message_too_long};
use crate::delivery::span_view::Spans;
use crate::model::process::{ClientStats, Process};
use crate::reporter::encoding::splitter::Splitter;
use crate::reporter::encoding::thrift::binary::Binary;
use crate::reporter::encoding::thrift::compact::Compact;
use crate::reporter::encoding::thrift::packet::{Envelope, PacketSplitter};
use crate::reporter::loss_warning::LossWarning;
use crate::reporter::report::{Report, Reporter};
use crate::util::diagnostics;

/// The default packet size of Jaeger's agent and collector, in bytes.
const DEFAULT_MAX_PACKET_SIZE: usize = 65_000;
/// The maximum size of a datagram over IPv4, in bytes.
const LARGEST_PACKET_SIZE: usize = 65_507;
/// Every network carries packets of this size, in bytes.
const SMALLEST_PACKET_SIZE: usize = 500;

/// Sends spans to a Jaeger agent over UDP, in Thrift's compact protocol (agents listen on port 6831) or in
/// its binary protocol (port 6832).
///
/// The name of the agent is resolved with the first spans, again every 30 seconds, and after an error. So a
/// server starts even if the name does not resolve or the agent is not running, and an agent that moves or
/// starts later is found. IPv4 addresses are tried before IPv6 addresses, and each error moves on to the next
/// address.
///
/// UDP reports a loss only if the agent's machine answers that nothing listens there. The spans of such
/// packets, and of packets that could not be sent at all, are [`Report::failed`]. If the answer arrives after
/// the report, as many spans of the next reports are counted as failed instead.
///
/// ```
/// use fedtrace::reporter::UdpReporter;
///
/// let reporter = UdpReporter::new("localhost", 6831).max_packet_size(9_216);
/// let binary = UdpReporter::binary("localhost", 6832);
/// # drop((reporter, binary));
/// ```
pub struct UdpReporter {
    host: String,
    port: u16,
    socket: AgentSocket,
    splitter: Box<dyn Splitter>,
    warning: LossWarning,
    /// Spans that were lost after they counted as sent, and that no report has had as failed yet.
    lost_late: u64,
}

impl UdpReporter {
    /// A reporter to the agent at this host name, IPv4 address or IPv6 address, in the compact protocol.
    /// Nothing is resolved or opened yet.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let splitter = PacketSplitter::<Compact>::new(Envelope::EmitBatch, DEFAULT_MAX_PACKET_SIZE);
        Self::with_splitter(host.into(), port, Box::new(splitter))
    }

    /// As [`new`](Self::new), in the binary protocol, whose packets are about twice as large. Use it for
    /// agents that support nothing else.
    pub fn binary(host: impl Into<String>, port: u16) -> Self {
        let splitter = PacketSplitter::<Binary>::new(Envelope::EmitBatch, DEFAULT_MAX_PACKET_SIZE);
        Self::with_splitter(host.into(), port, Box::new(splitter))
    }

    fn with_splitter(host: String, port: u16, splitter: Box<dyn Splitter>) -> Self {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Self {
            host,
            port,
            socket: AgentSocket::new(move || Ok((name.as_str(), port).to_socket_addrs()?.collect())),
            splitter,
            warning: LossWarning::default(),
            lost_late: 0,
        }
    }

    /// Sets the maximum size of a packet, in bytes.
    ///
    /// The default of 65,000 is also the default of agents. A larger value than 65,507 is reduced to that,
    /// because UDP over IPv4 carries no more. If the system refuses packets of that size (macOS accepts at
    /// most 9,216 unless its administrator raised the limit), the reporter halves it until they are accepted;
    /// no span is lost by that.
    ///
    /// A span that is larger than that is shortened: long values are cut, then logs and then tags are left
    /// out, and it gets the tag `fedtrace.shortened`. A span that cannot be shortened enough is
    /// [`Report::too_large`].
    #[must_use]
    pub fn max_packet_size(mut self, bytes: usize) -> Self {
        self.splitter.set_max_packet_size(bytes.min(LARGEST_PACKET_SIZE));
        self
    }

    /// Sets the interval at which the name of a working agent is looked up again; 30 seconds by default.
    /// [`Duration::MAX`] means never. After an error, the name is looked up in any case.
    #[must_use]
    pub fn resolve_interval(mut self, interval: Duration) -> Self {
        self.socket.set_resolve_interval(interval);
        self
    }

    /// A reporter with the same settings and no socket.
    fn fresh(&self) -> Self {
        Self::with_splitter(self.host.clone(), self.port, self.splitter.fresh())
            .resolve_interval(self.socket.resolve_interval())
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// What becomes of the packets of one report.
#[derive(Default)]
struct Sending {
    report: Report,
    last_error: Option<io::Error>,
    /// The size of a packet that this system refused.
    refused: Option<usize>,
}

impl Sending {
    fn send(&mut self, socket: &mut AgentSocket, packet: &[u8], spans: u64) -> ControlFlow<()> {
        match socket.send(packet, spans) {
            Ok(()) => self.report.sent += spans,
            Err(error) if is_message_too_long(&error) && packet.len() > SMALLEST_PACKET_SIZE => {
                self.refused = Some(packet.len());
                return ControlFlow::Break(());
            }
            Err(error) => {
                self.report.failed += spans;
                self.last_error = Some(error);
            }
        }
        ControlFlow::Continue(())
    }
}

impl UdpReporter {
    fn warn(&mut self, lost: u64, error: Option<io::Error>, shrunk_to: Option<usize>) {
        if let Some(bytes) = shrunk_to {
            diagnostics::warn(format_args!(
                "this system refuses larger packets, so those to the Jaeger agent at {} have at most {bytes} bytes \
                 from now on",
                self.address()
            ));
        }
        if let Some(error) = error {
            let agent = format!("the Jaeger agent at {}", self.address());
            self.warning.lost(lost, &agent, &error);
        }
    }
}

impl Reporter for UdpReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        let mut sending = Sending::default();
        let mut rest = spans;
        let mut shrunk_to = None;
        self.socket.begin(Instant::now());
        loop {
            let (splitter, socket) = (&mut self.splitter, &mut self.socket);
            let split = splitter.split(process, rest, &mut |packet, spans| {
                sending.send(socket, packet, spans)
            });
            sending.report.too_large += split.too_large;
            rest = rest.skip(split.done);
            let Some(refused) = sending.refused.take() else {
                break;
            };
            let smaller = (refused / 2).max(SMALLEST_PACKET_SIZE);
            self.splitter.set_max_packet_size(smaller);
            shrunk_to = Some(smaller);
        }
        let mut lost = sending.report.failed;
        if let Some((late, error)) = self.socket.take_late_loss() {
            lost += late;
            self.lost_late += late;
            sending.last_error.get_or_insert(error);
        }
        sending.report.count_late_losses(&mut self.lost_late);
        self.warn(lost, sending.last_error, shrunk_to);
        sending.report
    }

    fn set_client_stats(&mut self, stats: ClientStats) {
        self.splitter.set_client_stats(stats);
    }

    fn flush(&mut self) {
        self.socket.end_report();
    }

    fn at_interval(&mut self) {
        self.socket.end_report();
    }

    fn take_late_losses(&mut self) -> u64 {
        mem::take(&mut self.lost_late)
    }

    /// The parent's socket would report the parent's losses, and the agent knows the parent's batches by
    /// their numbers.
    fn after_fork_in_child(&mut self) {
        self.socket.leave_to_parent();
        *self = self.fresh();
    }

    fn for_child(&self) -> Option<Box<dyn Reporter>> {
        Some(Box::new(self.fresh()))
    }
}

impl fmt::Debug for UdpReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpReporter")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::model::finished_span::FinishedSpan;
    use crate::model::id::SpanId;
    use crate::model::id::TraceId;
    use crate::model::tag::Tag;

    #[test]
    fn a_late_loss_of_more_spans_than_the_next_report_has_is_counted_by_those_after_it() {
        let agent = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let (gone, other) = (agent(), agent());
        let (gone_address, address) = [&gone, &other].map(|of| of.local_addr().unwrap()).into();
        let mut reporter = UdpReporter::new("127.0.0.1", 0);
        reporter.socket = AgentSocket::new(move || Ok(vec![gone_address, address]));
        let process = Process::new("svc", Vec::new());
        let failed = |reporter: &mut UdpReporter, count: u64| {
            let spans: Vec<_> = (1..=count)
                .map(|id| {
                    let (trace_id, id) = (TraceId::new(1).unwrap(), SpanId::new(id).unwrap());
                    FinishedSpan::new(trace_id, id, "op", UNIX_EPOCH, Duration::ZERO)
                })
                .collect();
            let report = reporter.report(&process, Spans::from(&spans));
            assert_eq!(report.sent + report.failed, count);
            report.failed
        };
        assert_eq!(failed(&mut reporter, 5), 0);
        drop(gone);
        reporter.socket.refuse_late();
        assert_eq!([1, 1, 1].map(|count| failed(&mut reporter, count)), [1, 1, 1]);
        // The worker need not wait for further reports.
        assert_eq!(reporter.take_late_losses(), 2);
        assert_eq!(failed(&mut reporter, 1), 0);
    }

    #[test]
    fn packets_that_the_system_refuses_are_split_again_and_arrive_whole() {
        let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
        agent.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut reporter = UdpReporter::new("127.0.0.1", agent.local_addr().unwrap().port());
        // More than any system sends in one packet.
        reporter.splitter.set_max_packet_size(100_000);
        let process = Process::new("svc", Vec::new());
        let spans: Vec<_> = (1..=95)
            .map(|id| {
                let (trace_id, id) = (TraceId::new(1).unwrap(), SpanId::new(id).unwrap());
                let mut span = FinishedSpan::new(trace_id, id, "op", UNIX_EPOCH, Duration::ZERO);
                span.tags = vec![Tag::new("k", "v".repeat(1_000))];
                span
            })
            .collect();
        let reading = std::thread::spawn(move || {
            let mut buffer = [0; 70_000];
            let (mut sizes, mut values) = (Vec::new(), 0);
            while values < 95 * 1_000 {
                let size = agent.recv(&mut buffer).unwrap();
                values += buffer[..size].iter().filter(|byte| **byte == b'v').count();
                sizes.push(size);
            }
            sizes
        });
        let report = reporter.report(&process, Spans::from(&spans));
        assert_eq!((report.sent, report.failed, report.too_large), (95, 0, 0));
        let sizes = reading.join().unwrap();
        assert!(
            sizes.len() >= 2 && sizes.iter().all(|size| *size <= 50_000),
            "{sizes:?}"
        );
    }
}
