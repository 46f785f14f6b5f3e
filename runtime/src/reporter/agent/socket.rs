//! A UDP socket to an agent that may move, stop and return.

use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const RESOLVE_INTERVAL: Duration = Duration::from_secs(30);

/// The pause before the next packet, for each byte of the last one: 2 ms after a full packet.
///
/// The socket of an agent holds about three full packets. Packets that arrive before it has read those are
/// lost silently.
const PAUSE_PER_BYTE: Duration = Duration::from_nanos(30);

type Resolver = Box<dyn FnMut() -> io::Result<Vec<SocketAddr>> + Send>;

pub(crate) struct AgentSocket {
    resolver: Resolver,
    addresses: Vec<SocketAddr>,
    /// The time at which the last report began.
    now: Instant,
    resolved_at: Option<Instant>,
    /// The time until which further batches of the same report do not look the name up: as long as the last lookup took.
    looked_up_until: Option<Instant>,
    resolve_interval: Duration,
    /// The error of the last lookup, if it failed.
    unresolved: Option<String>,
    /// The index of the next address, modulo their number.
    turn: usize,
    connected: Option<(UdpSocket, SocketAddr)>,
    /// Spans sent through this socket since the last report began.
    unconfirmed: u64,
    late_loss: Option<(u64, io::Error)>,
    /// The time by which the agent should have read everything sent so far.
    ready_at: Option<Instant>,
}

impl AgentSocket {
    pub(crate) fn new(resolver: impl FnMut() -> io::Result<Vec<SocketAddr>> + Send + 'static) -> Self {
        Self {
            resolver: Box::new(resolver),
            addresses: Vec::new(),
            now: Instant::now(),
            resolved_at: None,
            looked_up_until: None,
            resolve_interval: RESOLVE_INTERVAL,
            unresolved: None,
            turn: 0,
            connected: None,
            unconfirmed: 0,
            late_loss: None,
            ready_at: None,
        }
    }

    pub(crate) fn resolve_interval(&self) -> Duration {
        self.resolve_interval
    }

    pub(crate) fn set_resolve_interval(&mut self, interval: Duration) {
        self.resolve_interval = interval;
    }

    /// Lets go of the parent's socket in a child process, without closing it: the child may have closed its number, and
    /// opened something else under it.
    pub(crate) fn leave_to_parent(&mut self) {
        mem::forget(self.connected.take());
    }

    /// Begins a report: resolves the name again if it is time.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.now = now;
        self.notice_late_error();
        self.unconfirmed = 0;
        let Some((_, address)) = self.connected else {
            return;
        };
        let due = |resolved_at| now.saturating_duration_since(resolved_at) >= self.resolve_interval;
        if self.resolved_at.is_none_or(due) && self.resolve().is_ok() && !self.addresses.contains(&address) {
            self.turn = 0;
            self.connected = None;
        }
    }

    /// The batches that follow are of another report.
    pub(crate) fn end_report(&mut self) {
        self.looked_up_until = None;
    }

    /// Sends a packet, and if that fails sends it once more through a new socket.
    pub(crate) fn send(&mut self, packet: &[u8], span_count: u64) -> io::Result<()> {
        // An answer to the packets before may come in the pause.
        self.pause();
        self.notice_late_error();
        if let Err(error) = self.send_once(packet) {
            if is_message_too_long(&error) {
                return Err(error);
            }
            // It may be the answer to a packet before this one.
            if is_answer(&error) {
                self.lose_unconfirmed(error);
            }
            self.disconnect();
            self.send_once(packet).inspect_err(|_| self.disconnect())?;
        }
        self.unconfirmed += span_count;
        Ok(())
    }

    /// The number of spans that were sent without an error and turned out to be lost since the last call (an
    /// upper bound), and the cause.
    pub(crate) fn take_late_loss(&mut self) -> Option<(u64, io::Error)> {
        self.late_loss.take()
    }

    fn pause(&mut self) {
        if let Some(ready_at) = self.ready_at.take() {
            std::thread::sleep(ready_at.saturating_duration_since(Instant::now()));
        }
    }

    fn send_once(&mut self, packet: &[u8]) -> io::Result<()> {
        let socket = self.connect()?;
        socket.send(packet)?;
        // On the same machine, the answer that nothing listens is there at once.
        if let Some(error) = socket.take_error()? {
            return Err(error);
        }
        let bytes = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        self.ready_at = Instant::now().checked_add(PAUSE_PER_BYTE.saturating_mul(bytes));
        Ok(())
    }

    /// From another machine, the answer that nothing listens arrives later.
    fn notice_late_error(&mut self) {
        let Some((socket, _)) = &self.connected else {
            return;
        };
        if let Ok(Some(error)) = socket.take_error() {
            self.lose_unconfirmed(error);
            self.disconnect();
        }
    }

    fn lose_unconfirmed(&mut self, error: io::Error) {
        if self.unconfirmed > 0 {
            let before = self.late_loss.take().map_or(0, |(lost, _)| lost);
            self.late_loss = Some((before + self.unconfirmed, error));
        }
    }

    fn disconnect(&mut self) {
        self.connected = None;
        self.unconfirmed = 0;
        self.turn = self.turn.wrapping_add(1);
    }

    fn connect(&mut self) -> io::Result<&UdpSocket> {
        if self.connected.is_none() {
            // The known addresses stay if it fails.
            let _ = self.resolve();
            let turn = self.turn.checked_rem(self.addresses.len()).unwrap_or(0);
            let Some(&address) = self.addresses.get(turn) else {
                let reason = self.unresolved.as_deref().unwrap_or("the name does not resolve");
                return Err(io::Error::new(io::ErrorKind::NotFound, reason));
            };
            let any: IpAddr = match address {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            let socket = UdpSocket::bind((any, 0))?;
            socket.connect(address)?;
            self.connected = Some((socket, address));
        }
        match &self.connected {
            Some((socket, _)) => Ok(socket),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Has the agent, which is gone, refuse what was sent.
    #[cfg(test)]
    pub(super) fn refuse_late(&self) {
        let (open, _) = self.connected.as_ref().unwrap();
        open.send(b"a packet whose refusal nobody has seen yet").unwrap();
    }

    /// Looks the name up, at most once per report because it may take seconds, and a report may be many batches. The known
    /// addresses stay if that fails.
    fn resolve(&mut self) -> io::Result<()> {
        let is_soon = self.looked_up_until.is_some_and(|until| self.now < until);
        if is_soon || self.resolved_at == Some(self.now) {
            return Ok(());
        }
        self.resolved_at = Some(self.now);
        self.unresolved = None;
        let began = Instant::now();
        let outcome = (self.resolver)();
        let took = began.elapsed();
        self.looked_up_until = Instant::now().checked_add(took);
        let mut addresses = outcome.inspect_err(|error| self.unresolved = Some(error.to_string()))?;
        addresses.sort_by_key(SocketAddr::is_ipv6);
        if !addresses.is_empty() {
            self.addresses = addresses;
        }
        Ok(())
    }
}

/// Whether the network says so of a packet that was sent. Other errors are of this machine, and of the packet that is sent now.
fn is_answer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable};
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionReset | HostUnreachable
    )
}

/// Whether a packet was not sent because of its size (`EMSGSIZE`), which the standard library does not name.
pub(crate) fn is_message_too_long(error: &io::Error) -> bool {
    let code = match () {
        () if cfg!(windows) => 10_040,
        () if cfg!(any(target_os = "linux", target_os = "android")) => 90,
        () => 40,
    };
    error.raw_os_error() == Some(code)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Names = Arc<Mutex<Option<Vec<SocketAddr>>>>;

    fn agent() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    fn received(agent: &UdpSocket) -> Vec<u8> {
        let mut buffer = [0; 64];
        let length = agent.recv(&mut buffer).unwrap();
        buffer[..length].to_vec()
    }

    fn has_nothing(agent: &UdpSocket) -> bool {
        agent.set_nonblocking(true).unwrap();
        let nothing = agent.recv(&mut [0; 64]).is_err();
        agent.set_nonblocking(false).unwrap();
        nothing
    }

    fn socket_for(addresses: Option<Vec<SocketAddr>>) -> (AgentSocket, Names, Arc<Mutex<u32>>) {
        let names: Names = Arc::new(Mutex::new(addresses));
        let lookups = Arc::new(Mutex::new(0));
        let socket = AgentSocket::new({
            let (names, lookups) = (names.clone(), lookups.clone());
            move || {
                *lookups.lock().unwrap() += 1;
                names
                    .lock()
                    .unwrap()
                    .clone()
                    .ok_or_else(|| io::Error::other("no such name"))
            }
        });
        (socket, names, lookups)
    }

    #[test]
    fn an_agent_that_moved_is_found_after_30_seconds() {
        let ((first, first_address), (second, second_address)) = (agent(), agent());
        let (mut socket, names, lookups) = socket_for(Some(vec![first_address]));
        let start = Instant::now();
        socket.begin(start);
        socket.send(b"1", 1).unwrap();
        *names.lock().unwrap() = Some(vec![second_address]);

        socket.begin(start + Duration::from_secs(29));
        socket.send(b"2", 1).unwrap();
        assert_eq!(
            (received(&first), received(&first)),
            (b"1".to_vec(), b"2".to_vec())
        );

        socket.begin(start + Duration::from_secs(30));
        socket.send(b"3", 1).unwrap();
        assert_eq!(received(&second), b"3");
        assert!(has_nothing(&first));
        assert_eq!(*lookups.lock().unwrap(), 2);
    }

    #[test]
    fn an_agent_that_moved_is_found_after_the_interval_that_was_set() {
        let ((_first, first_address), (second, second_address)) = (agent(), agent());
        let (mut socket, names, _) = socket_for(Some(vec![first_address]));
        socket.set_resolve_interval(Duration::from_secs(2));
        let start = Instant::now();
        socket.begin(start);
        socket.send(b"1", 1).unwrap();
        *names.lock().unwrap() = Some(vec![second_address]);
        socket.begin(start + Duration::from_secs(2));
        socket.send(b"2", 1).unwrap();
        assert_eq!(received(&second), b"2");

        socket.set_resolve_interval(Duration::MAX);
        *names.lock().unwrap() = Some(vec![first_address]);
        socket.begin(start + Duration::from_secs(1_000_000));
        socket.send(b"3", 1).unwrap();
        assert_eq!(received(&second), b"3");
    }

    #[test]
    fn a_burst_leaves_the_agent_time_to_read() {
        let (_agent, address) = agent();
        let (mut socket, _, _) = socket_for(Some(vec![address]));
        socket.begin(Instant::now());
        let start = Instant::now();
        for _ in 0..11 {
            socket.send(&[0; 10_000], 1).unwrap();
        }
        assert!(start.elapsed() >= 10 * 10_000 * PAUSE_PER_BYTE);
    }

    #[test]
    fn a_name_that_stops_to_resolve_keeps_its_last_address() {
        let (agent, address) = agent();
        let (mut socket, names, _) = socket_for(Some(vec![address]));
        let start = Instant::now();
        socket.begin(start);
        socket.send(b"1", 1).unwrap();
        for outcome in [None, Some(Vec::new())] {
            *names.lock().unwrap() = outcome;
            socket.begin(start + Duration::from_secs(60));
            socket.send(b"2", 1).unwrap();
        }
        assert_eq!(received(&agent), b"1");
        assert_eq!(received(&agent), b"2");
        assert_eq!(received(&agent), b"2");
    }

    #[test]
    fn a_name_that_does_not_resolve_is_looked_up_once_a_report_and_each_packet_tells_why() {
        let (mut socket, _, lookups) = socket_for(None);
        let start = Instant::now();
        for report in 0..2 {
            socket.begin(start + Duration::from_secs(report));
            for _ in 0..5 {
                let error = socket.send(b"1", 1).unwrap_err();
                assert_eq!(error.to_string(), "no such name");
            }
        }
        assert_eq!(*lookups.lock().unwrap(), 2);
    }

    #[test]
    fn a_lookup_that_takes_long_is_not_repeated_by_each_batch_of_a_report() {
        let lookups = Arc::new(Mutex::new(0));
        let mut socket = AgentSocket::new({
            let lookups = Arc::clone(&lookups);
            move || {
                *lookups.lock().unwrap() += 1;
                std::thread::sleep(Duration::from_millis(200));
                Err(io::Error::other("the server of names is away"))
            }
        });
        let start = Instant::now();
        for batch in 0..10 {
            socket.begin(start + Duration::from_millis(batch));
            let error = socket.send(b"1", 1).unwrap_err();
            assert_eq!(error.to_string(), "the server of names is away");
        }
        assert_eq!(*lookups.lock().unwrap(), 1);
        socket.end_report();
        socket.begin(start + Duration::from_millis(11));
        socket.send(b"1", 1).unwrap_err();
        assert_eq!(*lookups.lock().unwrap(), 2);
    }

    #[test]
    fn a_refused_packet_goes_to_the_next_address() {
        let (gone, gone_address) = agent();
        drop(gone);
        let (agent, address) = agent();
        let (mut socket, _, _) = socket_for(Some(vec![gone_address, address]));
        socket.begin(Instant::now());
        socket.send(b"1", 1).unwrap();
        assert_eq!(received(&agent), b"1");
    }

    #[test]
    fn a_refusal_that_comes_after_the_report_counts_its_spans() {
        let (gone, address) = agent();
        let (mut socket, _, _) = socket_for(Some(vec![address]));
        socket.begin(Instant::now());
        socket.send(b"1", 3).unwrap();
        drop(gone);
        socket.refuse_late();

        socket.begin(Instant::now());
        let (lost, error) = socket.take_late_loss().unwrap();
        assert_eq!((lost, error.kind()), (3, io::ErrorKind::ConnectionRefused));
        assert!(socket.take_late_loss().is_none());
    }

    #[test]
    fn a_refusal_that_comes_in_the_pause_between_packets_counts_the_spans_before_it() {
        let (gone, address) = agent();
        let (mut socket, _, _) = socket_for(Some(vec![address]));
        socket.begin(Instant::now());
        socket.send(b"1", 5).unwrap();
        drop(gone);
        let (open, _) = socket.connected.as_ref().unwrap();
        let open = open.try_clone().unwrap();
        let pause = Duration::from_millis(100);
        socket.ready_at = Instant::now().checked_add(pause);
        let refused = std::thread::spawn(move || {
            std::thread::sleep(pause / 3);
            // Whose refusal comes at once.
            open.send(b"a packet that nobody reads")
        });
        // Nobody listens any more, so it is refused too.
        let sent = socket.send(b"2", 3);
        refused.join().unwrap().unwrap();
        assert!(sent.is_err());
        socket.begin(Instant::now());
        let (lost, error) = socket.take_late_loss().unwrap();
        assert_eq!((lost, error.kind()), (5, io::ErrorKind::ConnectionRefused));
    }

    #[test]
    fn an_error_of_a_packet_counts_the_spans_that_nobody_has_confirmed() {
        let (gone, address) = agent();
        let (mut socket, _, _) = socket_for(Some(vec![address]));
        socket.begin(Instant::now());
        socket.send(b"1", 5).unwrap();
        drop(gone);
        // What it is told of these is told at once.
        assert!(socket.send(b"2", 3).is_err());
        let (lost, _) = socket.take_late_loss().unwrap();
        assert_eq!(lost, 5);
    }

    #[test]
    fn ipv4_comes_before_ipv6() {
        let (agent, address) = agent();
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, address.port()));
        let (mut socket, _, _) = socket_for(Some(vec![v6, address]));
        socket.begin(Instant::now());
        socket.send(b"1", 1).unwrap();
        assert_eq!(received(&agent), b"1");
    }
}
