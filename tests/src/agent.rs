//! A Jaeger agent as far as a client sees it: a UDP socket.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustracing_jaeger::thrift::jaeger::{Process, Span};

use crate::emitted::EmittedBatch;

/// Listens on 127.0.0.1 and keeps all that arrives. Dropping it closes the socket.
///
/// Its methods panic if a packet arrived that is not a proper `emitBatch` call, so that no test passes over one.
#[derive(Debug)]
pub struct FakeAgent {
    address: SocketAddr,
    socket: UdpSocket,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    arrived: Mutex<Arrived>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Arrived {
    packets: Vec<Vec<u8>>,
    batches: Vec<EmittedBatch>,
    failure: Option<String>,
    stopping: bool,
}

impl FakeAgent {
    /// An agent on a port that was free.
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port on the loopback interface")
    }

    /// An agent at an address of this machine, for one that starts again or that has IPv6.
    pub fn start_at(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared::default());
        let thread = std::thread::spawn({
            let (socket, shared) = (socket.try_clone()?, shared.clone());
            move || shared.receive(&socket)
        });
        Ok(Self {
            address,
            socket,
            shared,
            thread: Some(thread),
        })
    }

    /// An agent on a port that no other socket is given while this one is down, for [`start_at`](Self::start_at)
    /// later.
    pub fn start_on_a_fixed_port() -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let offset = (std::process::id() % 5_000) as u16;
        // Systems hand out higher ports than these.
        let mut ports =
            std::iter::repeat_with(|| 20_000 + offset + NEXT.fetch_add(1, Ordering::Relaxed)).take(1_000);
        ports
            .find_map(|port| Self::start_at(SocketAddr::from(([127, 0, 0, 1], port))).ok())
            .expect("a free port on the loopback interface")
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address without its port, as `local_agent.reporting_host` takes it.
    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Waits until `count` spans have arrived or the time is up, and returns all there are.
    pub fn spans_within(&self, count: usize, timeout: Duration) -> Vec<Span> {
        let spans = |arrived: &Arrived| {
            let batches = arrived.batches.iter();
            batches.flat_map(|batch| batch.spans.clone()).collect::<Vec<_>>()
        };
        let deadline = Instant::now() + timeout;
        let mut arrived = self.arrived();
        while spans(&arrived).len() < count {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                break;
            };
            arrived = self.shared.wait(arrived, left);
            if let Some(failure) = arrived.failure.clone() {
                drop(arrived);
                panic!("{failure}");
            }
        }
        spans(&arrived)
    }

    /// The packets so far, as they arrived.
    pub fn packets(&self) -> Vec<Vec<u8>> {
        self.arrived().packets.clone()
    }

    /// The packets so far, decoded.
    pub fn batches(&self) -> Vec<EmittedBatch> {
        self.arrived().batches.clone()
    }

    /// The process of each packet so far.
    pub fn processes(&self) -> Vec<Process> {
        self.batches().into_iter().map(|batch| batch.process).collect()
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        let arrived = self.shared.lock();
        if let Some(failure) = arrived.failure.clone() {
            drop(arrived);
            panic!("{failure}");
        }
        arrived
    }
}

impl Drop for FakeAgent {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        // The thread sleeps in `recv`, which any packet ends.
        let woken = self.socket.send_to(&[], self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn receive(&self, socket: &UdpSocket) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let received = socket.recv(&mut buffer);
            let mut arrived = self.lock();
            if arrived.stopping {
                return;
            }
            let packet = match received {
                Ok(length) => &buffer[..length],
                Err(error) => {
                    arrived.failure = Some(error.to_string());
                    self.changed.notify_all();
                    return;
                }
            };
            match EmittedBatch::from_packet(packet) {
                Ok(batch) => arrived.batches.push(batch),
                Err(error) => arrived.failure = Some(error),
            }
            arrived.packets.push(packet.to_vec());
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, arrived: MutexGuard<'a, Arrived>, timeout: Duration) -> MutexGuard<'a, Arrived> {
        let outcome = self.changed.wait_timeout(arrived, timeout);
        outcome.unwrap_or_else(PoisonError::into_inner).0
    }
}
